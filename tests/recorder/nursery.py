"""Starts the real recorder again and again and kills it mid-write. Run as a program.

Each recorder is forked, so that fifty of them cost no fifty starts of Python. It announces each
write before it begins, and says after the commit that it is done; the last lines that came
through before the kill are what was acknowledged.
"""

import os
import random
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sqlite_utils import Database

from monitor.__main__ import main
from monitor.store import writing
from monitor.store.writing import Batch

DEVICES = (
    "A:datex_dri=sim://datex_dri?cuff_min=1&probe_off=20-40",
    "A:masimo_ascii1=sim://masimo_ascii1?sn=11",
    "B:masimo_ascii1=sim://masimo_ascii1?sn=22&desaturate=10-100000",
)
SPEED = "200"


def record(database: Path, out: int) -> None:
    """Be a recorder that says what it writes."""
    written = writing.write_ticks

    def write_and_say(db: Database, batches: Sequence[Batch]) -> None:
        for b in batches:
            sizes = f"{len(b.readings)} {len(b.alarms)} {len(b.links)}"
            os.write(out, f"begin {b.tick} {sizes}\n".encode())
        written(db, batches)
        for b in batches:
            os.write(out, f"done {b.tick}\n".encode())

    writing.write_ticks = write_and_say
    options = [part for device in DEVICES for part in ("--device", device)]
    main(["record", "--database", str(database), "--speed", SPEED, *options])


def readings_begun(said: bytes) -> bool:
    """True once a write that holds readings was announced."""
    words = (line.split() for line in said.split(b"\n")[:-1])
    return any(word[0] == b"begin" and word[2] != b"0" for word in words if word)


def one_life(database: Path, wait_s: float) -> str:
    """Let a recorder live for so long after it began to write readings; give all that it said."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            record(database, theirs)
        finally:
            os._exit(70)
    os.close(theirs)
    said = b""
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s:
        if select.select([ours], [], [], max(0.0, end_s - time.monotonic()))[0]:
            data = os.read(ours, 65536)
            if not data:
                break  # it ended by itself
            before = readings_begun(said)
            said += data
            if not before and readings_begun(said):
                end_s = time.monotonic() + wait_s
    os.kill(child, signal.SIGKILL)
    while data := os.read(ours, 65536):
        said += data
    os.close(ours)
    _, status = os.waitpid(child, 0)
    how = "killed" if os.WIFSIGNALED(status) else "ended by itself"
    return said.decode() + how


def lives(database: Path, number: int) -> None:
    chance = random.Random(number)
    for _ in range(number):
        sys.stdout.write(one_life(database, chance.uniform(0.01, 0.12)) + "\n")


if __name__ == "__main__":
    lives(Path(sys.argv[1]), int(sys.argv[2]))
