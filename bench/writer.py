"""A process in the recorder's place: it stores a tick now and then, and says when it did.

``python -m bench.writer DATABASE LOG --period SECONDS --rate N --chairs N``: the period is of the
wall clock, the recorder's time passes ``rate`` times as fast. It writes with the recorder's own
code.
"""

import argparse
import json
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from bench import data
from monitor.clock import Clock
from monitor.store import writing
from monitor.store.database import open_to_write


@dataclass(frozen=True, slots=True)
class Commit:
    """One tick: the wall clock just before it was stored and when it was on the disk."""

    tick: int
    rate_shown: int
    began_ms: float
    done_ms: float


def commits(log: Path) -> list[Commit]:
    """What a writer has said so far."""
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8").splitlines()
    return [Commit(*json.loads(line)) for line in lines if line.endswith("]")]


def main() -> None:
    """Write until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--period", type=float, default=1.02)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--chairs", type=int, default=1)
    given = parser.parse_args()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    with FileLock(f"{given.database}.lock", timeout=10):
        db = open_to_write(given.database)
        last = data.last_tick(db)
        clock = Clock.starting(last.t_ms + 1, given.rate)
        data.begin_run(db, last.tick + 1, clock.now_ms(), given.rate)
        tick = last.tick
        due_s = time.monotonic()
        with given.log.open("a", encoding="utf-8", buffering=1) as log:
            while not stopping.wait(max(0.0, due_s - time.monotonic())):
                due_s += given.period
                tick += 1
                t_ms = clock.now_ms()
                one = data.ward(tick, t_ms, given.chairs)
                began_ms = time.time_ns() / 1e6
                writing.write_ticks(db, [one])
                done_ms = time.time_ns() / 1e6
                log.write(json.dumps([tick, data.heart_rate(t_ms), began_ms, done_ms]) + "\n")
        db.close()


if __name__ == "__main__":
    main()
