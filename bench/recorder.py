"""The recorder with 64 chairs: real bytes over pseudo-terminals from another process."""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import BenchError, Processes, Window, rss_mb, until
from bench.report import RESULTS, Result, Row, number, of_budget, percentile, say
from monitor.store.database import StoreError, open_to_read

CHAIRS = 64
SETTLE_S = 8.0  # every DRI monitor has answered once
MUST_PERCENT = 15.0
MUST_MS = 300.0
# What a second brings: a DRI record holds six continuous values each 5 s, a Masimo line two.
VALUES_A_SECOND = {"datex_dri": 6 / 5, "masimo_ascii1": 2}


def run(seconds: float) -> Result:
    """Record for ``seconds`` after everything has settled."""
    result = Result("recorder", seconds)
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=RESULTS, prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Processes(folder) as processes:
            _record(result, folder, processes, seconds)
    return result


def _record(result: Result, folder: Path, processes: Processes, seconds: float) -> None:
    database, file = folder / "bench.db", folder / "lines.json"
    feeder = processes.start([sys.executable, "-m", "bench.feeder", str(CHAIRS), str(file)])
    until(lambda: file.exists() or feeder.poll() is not None, 20, "the monitors' lines")
    lines = json.loads(file.read_text("utf-8"))
    command = [sys.executable, "-m", "monitor", "record", "--database", str(database)]
    for chair, (driver, port) in enumerate(lines, 1):
        command += ["--device", f"Chair {chair}:{driver}={port}"]
    recorder = processes.start(command)
    until(lambda: ticks(database) != [] or recorder.poll() is not None, 30, "the first tick")
    say(f"recorder: {CHAIRS} chairs for {seconds:g} s")
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
    values = _values(database, seen[first - 1][1], seen[-1][1])
    wanted = sum(VALUES_A_SECOND[driver] for driver, _ in lines) * (len(seen) - first)
    late = lateness(seen, first)
    worst = percentile(late, 0.999)
    result.rows = [
        Row(
            f"CPU, {CHAIRS} chairs, half DRI at 5 s, half Masimo at 1 Hz",
            f"<= {MUST_PERCENT:.0f} % of a core",
            f"{number(percent['recorder'], 1)} %",
            of_budget(percent["recorder"], MUST_PERCENT),
            {"percent": percent["recorder"], "rss_mb": held},
        ),
        Row(
            "ticks late by",
            f"p99.9 < {MUST_MS:.0f} ms",
            f"p50 {number(percentile(late, 0.5))}, p99.9 {number(worst)} ms (n={len(late)})",
            of_budget(worst, MUST_MS),
            {"p50_ms": percentile(late, 0.5), "p999_ms": worst, "ticks": len(late)},
        ),
        Row(
            "values stored",
            "all",
            f"{values} of about {wanted:.0f}",
            f"{values / wanted:.3f}" if wanted else "",
            {"stored": values, "expected": wanted},
        ),
    ]
    result.notes.append(
        f"recorder {number(held)} MB; the monitors' own process {number(percent['feeder'], 1)} %;"
        " with under 1,000 ticks p99.9 is all but the worst"
    )


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


def _values(database: Path, after_ms: int, to_ms: int) -> int:
    db = open_to_read(database)
    try:
        row = db.execute(
            "SELECT count(*) FROM reading WHERE episodic = 0 AND tick IN"
            " (SELECT tick FROM tick WHERE t_ms > ? AND t_ms <= ?)",
            [after_ms, to_ms],
        ).fetchone()
        return int(row[0])
    finally:
        db.close()
