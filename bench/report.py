"""What a run found: rows of a table, printed and saved with the machine that it ran on."""

import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(os.environ.get("BENCH_RESULTS") or Path(__file__).parent / "results")
PACKAGES = ("streamlit", "plotly", "pandas", "starlette", "uvicorn", "sqlite-utils", "pysqlite3")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``values`` are the bare numbers behind its words."""

    what: str
    must_reach: str
    measured: str
    ratio: str = ""
    values: dict[str, float | int | None] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """One part of a run. ``others_percent``: what other programs took of one core meanwhile."""

    part: str
    seconds: float
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    others_percent: float | None = None
    took_s: float = 0.0


def say(sentence: str) -> None:
    """Tell how far the run is; the table alone goes to the standard output."""
    print(sentence, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` (0 to 1) of the values lie, between neighbours; else None."""
    if not values:
        return None
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def number(value: float | None, digits: int = 0) -> str:
    """A number as it stands in the table."""
    return "–" if value is None else f"{value:,.{digits}f}"


def times(ours: float | None, other: float | None, name: str) -> str:
    """How many times longer the other takes."""
    if not ours or other is None:
        return ""
    return f"{name} / ours = {other / ours:.1f}"


def of_budget(measured: float | None, budget: float) -> str:
    """How much of what it may take is taken."""
    return "" if measured is None else f"{measured / budget:.2f} of it"


def machine() -> dict[str, Any]:
    """What the run ran on; nothing that tells whose machine it is."""
    from monitor.store.database import sqlite_version

    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite_version(),
        "packages": versions,
        "load_average": [round(x, 2) for x in psutil.getloadavg()],
    }


def table(results: Sequence[Result]) -> str:
    """All rows as text, under one head."""
    head = ("what", "must reach", "measured", "ratio")
    lines = [
        (f"{result.part}: {row.what}", row.must_reach, row.measured, row.ratio)
        for result in results
        for row in result.rows
    ]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return " | ".join(padded).rstrip()

    text = [line(head), "-+-".join("-" * width for width in widths), *map(line, lines)]
    for result in results:
        others = number(result.others_percent)
        text.append(f"{result.part}: {result.took_s:.0f} s; other programs: {others} % of a core")
        text += [f"  {note}" for note in result.notes]
    return "\n".join(text)


def save(results: Sequence[Result], on: dict[str, Any]) -> dict[str, Any]:
    """Write the run to bench/results, as JSON and as text; give it as it stands in the JSON."""
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    run = {"ended": began, "machine": on, "parts": [asdict(result) for result in results]}
    RESULTS.mkdir(exist_ok=True)
    parts = "-".join(result.part for result in results) or "nothing"
    path = RESULTS / f"{began.replace(':', '')}-{parts}"
    path.with_suffix(".json").write_text(
        json.dumps(run, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    text = f"{table(results)}\n{json.dumps(on, ensure_ascii=False)}\n"
    path.with_suffix(".txt").write_text(text, encoding="utf-8")
    return run
