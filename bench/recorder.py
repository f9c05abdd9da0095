"""The recorder with 64 chairs: real bytes over pseudo-terminals from another process.

``recorder`` has the two usual monitors, ``mixed`` those of all drivers in turn.
"""

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import BenchError, Processes, Window, rss_mb, until
from bench.report import RESULTS, Result, Row, number, of_budget, percentile, say
from devices.table import DRIVERS
from monitor.store.database import StoreError, open_to_read

CHAIRS = 64
SETTLE_S = 8.0  # every DRI monitor has answered once
MUST_PERCENT, MUST_PERCENT_MIXED = 15.0, 25.0
MUST_MS = 300.0
# What a second brings: a DRI record holds six continuous values each 5 s, a Masimo line two.
VALUES_A_SECOND = {"datex_dri": 6 / 5, "masimo_ascii1": 2}


def run(seconds: float) -> Result:
    """Record for ``seconds`` after everything has settled: half DRI, half Masimo."""
    result, seen = _recorded("recorder", list(VALUES_A_SECOND), MUST_PERCENT, seconds)
    result.rows[0] = replace(
        result.rows[0], what=f"CPU, {CHAIRS} chairs, half DRI at 5 s, half Masimo at 1 Hz"
    )
    wanted = CHAIRS * sum(VALUES_A_SECOND.values()) / len(VALUES_A_SECOND) * seen.ticks
    result.rows.append(
        Row(
            "values stored",
            "all",
            f"{seen.values} of about {wanted:.0f}",
            f"{seen.values / wanted:.3f}" if wanted else "",
            {"stored": seen.values, "expected": wanted},
        )
    )
    return result


def run_mixed(seconds: float) -> Result:
    """Record for ``seconds`` after everything has settled: every driver there is, in turn."""
    drivers = sorted(DRIVERS)
    result, seen = _recorded("mixed", drivers, MUST_PERCENT_MIXED, seconds)
    continuous = [name for name in drivers if DRIVERS[name].facts.expected]
    wanted = sum(drivers[n % len(drivers)] in continuous for n in range(CHAIRS))
    result.rows.append(
        Row(
            "chairs with values",
            "all but those of a cuff alone",
            f"{seen.chairs} of at least {wanted}, {seen.values} values",
            "",
            {"chairs": seen.chairs, "expected": wanted, "stored": seen.values},
        )
    )
    return result


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored meanwhile: continuous readings, the chairs that they are of, and ticks."""

    values: int
    chairs: int
    ticks: int


def _recorded(
    part: str, drivers: list[str], must_percent: float, seconds: float
) -> tuple[Result, Stored]:
    result = Result(part, seconds)
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=RESULTS, prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Processes(folder) as processes:
            return result, _record(result, folder, processes, drivers, must_percent)


def _record(
    result: Result, folder: Path, processes: Processes, drivers: list[str], must_percent: float
) -> Stored:
    seconds = result.seconds
    database, file = folder / "bench.db", folder / "lines.json"
    feeder = processes.start(
        [sys.executable, "-m", "bench.feeder", str(CHAIRS), str(file), *drivers]
    )
    until(lambda: file.exists() or feeder.poll() is not None, 20, "the monitors' lines")
    lines = json.loads(file.read_text("utf-8"))
    command = [sys.executable, "-m", "monitor", "record", "--database", str(database)]
    for chair, (driver, port) in enumerate(lines, 1):
        command += ["--device", f"Chair {chair}:{driver}={port}"]
    recorder = processes.start(command)
    until(lambda: ticks(database) != [] or recorder.poll() is not None, 30, "the first tick")
    say(f"{result.part}: {CHAIRS} chairs for {seconds:g} s")
    time.sleep(min(SETTLE_S, 1 + seconds))
    window = Window({"recorder": recorder.pid, "feeder": feeder.pid})
    first = len(ticks(database))
    time.sleep(seconds)
    percent = window.percent()
    result.others_percent = window.others_percent()
    held = rss_mb(recorder.pid)
    if recorder.poll() is not None:
        raise BenchError(f"The recorder ended: {processes.words(recorder)}")
    seen = ticks(database)
    late = lateness(seen, first)
    worst = percentile(late, 0.999)
    result.rows = [
        Row(
            f"CPU, {CHAIRS} chairs, {len(drivers)} drivers in turn",
            f"<= {must_percent:.0f} % of a core",
            f"{number(percent['recorder'], 1)} %",
            of_budget(percent["recorder"], must_percent),
            {"percent": percent["recorder"], "rss_mb": held},
        ),
        Row(
            "ticks late by",
            f"p99.9 < {MUST_MS:.0f} ms",
            f"p50 {number(percentile(late, 0.5))}, p99.9 {number(worst)} ms (n={len(late)})",
            of_budget(worst, MUST_MS),
            {"p50_ms": percentile(late, 0.5), "p999_ms": worst, "ticks": len(late)},
        ),
    ]
    result.notes.append(
        f"recorder {number(held)} MB; the monitors' own process {number(percent['feeder'], 1)} %;"
        " with under 1,000 ticks p99.9 is all but the worst"
    )
    return _stored(database, seen[first - 1][1], seen[-1][1], len(seen) - first)


def ticks(database: Path) -> list[tuple[int, int]]:
    """All ticks so far: number and time."""
    try:
        db = open_to_read(database)
    except StoreError:
        return []
    try:
        return list(db.execute("SELECT tick, t_ms FROM tick ORDER BY tick").fetchall())[1:]
    finally:
        db.close()


def lateness(seen: list[tuple[int, int]], first: int) -> list[float]:
    """How much later than its second each tick began. The earliest of all was in time."""
    start = [t_ms - tick * 1000 for tick, t_ms in seen]
    ideal = min(start)
    return [float(at - ideal) for at in start[first:]]


def _stored(database: Path, after_ms: int, to_ms: int, ticks: int) -> Stored:
    db = open_to_read(database)
    try:
        row = db.execute(
            "SELECT count(*), count(DISTINCT chair) FROM reading"
            " WHERE episodic = 0 AND tick IN"
            " (SELECT tick FROM tick WHERE t_ms > ? AND t_ms <= ?)",
            [after_ms, to_ms],
        ).fetchone()
        return Stored(int(row[0]), int(row[1]), ticks)
    finally:
        db.close()
