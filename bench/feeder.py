"""Bedside monitors behind real pseudo-terminals.

``python -m bench.feeder COUNT FILE DRIVER...`` writes the terminals' names to FILE as JSON and then
plays the virtual monitors of these drivers, in turn, in a process of its own, until told to end.
"""

import json
import os
import select
import signal
import sys
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devices.virtual.patient import Baseline, CalmPatient, Staged
from devices.virtual.query import Query
from devices.virtual.table import MONITORS
from devices.virtual.wire import Source


@dataclass(slots=True)
class Line:
    """One monitor and our end of its line. ``began_s``: when its own time was 0."""

    monitor: Source
    driver: str
    our_end: int
    name: str
    began_s: float


def lay(count: int, drivers: list[str]) -> list[Line]:
    """Lay the lines, each monitor at a moment of its own within the second."""
    lines = []
    for number in range(count):
        our_end, their_end = os.openpty()  # theirs stays open: it is a line, not a plug
        tty.setraw(their_end)
        os.set_blocking(our_end, False)
        patient = Staged(CalmPatient(Baseline(), number))
        driver = drivers[number % len(drivers)]
        clock_s: Callable[[float], int] = lambda t_s: 1_767_225_600 + int(t_s)  # noqa: E731
        options = {"datex_dri": f"plug={number + 1}", "masimo_ascii1": f"sn={number:010d}"}
        query = Query(f"sim://{driver}?{options.get(driver, '')}")
        monitor = MONITORS[driver](query, patient, clock_s)
        began_s = time.monotonic() - number / count
        lines.append(Line(monitor, driver, our_end, os.ttyname(their_end), began_s))
    return lines


def play(lines: list[Line]) -> None:
    """Answer what is asked and say what is due, for ever."""
    by_end = {line.our_end: line for line in lines}
    while True:
        now_s = time.monotonic()
        next_s = now_s + 1
        for line in lines:
            while (due := line.monitor.next_s()) is not None and line.began_s + due <= now_s:
                data = line.monitor.emit()
                with suppress(BlockingIOError):  # nobody reads: a real line loses it as well
                    os.write(line.our_end, data)
            if due is not None:
                next_s = min(next_s, line.began_s + due)
        asked, _, _ = select.select(list(by_end), [], [], max(0.0, next_s - time.monotonic()))
        for end in asked:
            line = by_end[end]
            line.monitor.receive(os.read(end, 4096), time.monotonic() - line.began_s)


def main() -> None:
    """Say where the lines are, then play."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    lines = lay(int(sys.argv[1]), sys.argv[3:])
    file = Path(sys.argv[2])
    part = file.with_suffix(".part")
    part.write_text(json.dumps([(line.driver, line.name) for line in lines]), encoding="utf-8")
    part.replace(file)
    play(lines)


if __name__ == "__main__":
    main()
