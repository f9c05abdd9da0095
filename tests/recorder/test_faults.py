"""What goes wrong around a recorder: it is said, it is stored, and nothing is lost."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import clock
from monitor.recorder.loop import LATE_MS
from monitor.store.database import StoreError, damage, open_to_read, open_to_write, transaction
from monitor.store.journal import answer_to
from tests.conftest import ROOT, Program, until
from tests.recorder.parts import CALM_DRI, OXIMETER, START, ByHand, write


def waiting(recorder: ByHand) -> dict[int, int]:
    """How many readings wait in memory, by tick."""
    return {batch.tick: len(batch.readings) for batch in recorder.recorder.unsaved}


def stored(recorder: ByHand, ticks: Iterable[int]) -> dict[int, int]:
    """How many readings those ticks have on the disk."""
    sql = "SELECT count(*) FROM reading WHERE tick = ?"
    return {tick: recorder.rows(sql, tick)[0][0] for tick in ticks}


def test_full_disk_keeps_the_ticks_in_memory_and_says_it_once(
    by_hand: Callable[..., ByHand],
) -> None:
    recorder = by_hand(OXIMETER, speed=30)
    recorder.tick_until(lambda: recorder.rows("SELECT 1 FROM reading"))
    db = recorder.recorder.db
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("CREATE TABLE ballast(x)")
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> bool:
        recorder.tick()
        return len(recorder.recorder.unsaved) >= 20

    until(fill, 20)
    first_waiting = recorder.recorder.unsaved[0].tick
    pressed = write_when_full(recorder)
    for _ in range(3):
        recorder.tick()
    # Nothing is answered, or begun, by what is not on the disk.
    assert answer_to(db, pressed) is None
    assert recorder.chair.session is None
    kept = waiting(recorder)
    assert sum(kept.values()) > 5
    db.execute("PRAGMA max_page_count=1000000")
    recorder.tick()
    assert recorder.recorder.unsaved == []
    assert stored(recorder, kept) == kept
    recorder.tick()
    told = answer_to(db, pressed)
    assert told
    assert told.accepted
    assert [line for line in recorder.said if "disk is full" in line] == [recorder.said[0]]
    assert "wait in memory until it can be written again" in recorder.said[0]
    assert recorder.said[1].startswith("The database can be written again")
    assert len(recorder.said) == 2
    ((count, last),) = recorder.rows("SELECT count(*), max(tick) FROM tick")
    assert count == last > first_waiting + 20


def write_when_full(recorder: ByHand) -> int:
    """The dashboard's connection has room where the recorder's has none."""
    return write(recorder.path, "session_start", **START)


def test_database_that_is_locked_for_long_loses_nothing(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER, speed=5)
    recorder.tick_until(lambda: recorder.rows("SELECT 1 FROM reading"))
    other = open_to_write(recorder.path)
    with transaction(other):
        for _ in range(4):
            recorder.tick()
        kept = waiting(recorder)
        assert len(kept) == 4
        assert sum(kept.values()) > 5
    other.close()
    recorder.tick()
    assert recorder.recorder.unsaved == []
    assert stored(recorder, kept) == kept
    assert ["locked" in line for line in recorder.said] == [True, False]
    assert recorder.said[1] == "The database can be written again; 5 ticks were kept."


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux's prlimit")
def test_running_recorder_outlives_a_file_that_may_not_grow(program: Program) -> None:
    process = program.record(OXIMETER, speed=10)
    until(lambda: program.query("SELECT 1 FROM reading"))
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    size = Path(f"{program.database}-wal").stat().st_size
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))
    until(lambda: "Readings wait in memory" in program.said())
    full_ns = clock.boot_ns()
    until(lambda: clock.boot_ns() - full_ns > 15 * 10**8)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    until(lambda: "The database can be written again" in program.said())
    assert program.end(process) == 0
    assert program.said().count("Readings wait in memory") == 1
    assert program.query("SELECT count(*) = max(tick) FROM tick") == [(1,)]
    rows = program.query("SELECT t_ms FROM reading WHERE parameter = 3 ORDER BY t_ms")
    times = [t_ms for (t_ms,) in rows]
    assert times[-1] - times[0] > 15_000
    assert max(after - before for before, after in pairwise(times)) < 8000
    db = open_to_read(program.database)
    assert damage(db) is None
    db.close()


def test_clock_that_is_set_is_noticed_and_does_not_move_ours(
    by_hand: Callable[..., ByHand], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = by_hand(OXIMETER)
    steps = clock.StepWatch(recorder.recorder.clock)
    recorder.tick(steps.step_ms())
    real = clock.wall_ms
    monkeypatch.setattr(clock, "wall_ms", lambda: real() - 7_200_000)
    recorder.tick(steps.step_ms())
    recorder.tick(steps.step_ms())
    ((kind, text),) = recorder.rows("SELECT kind, text FROM notice")
    assert kind == "clock_step"
    assert text.startswith("The computer's clock was set by -7200")
    times = [t for (t,) in recorder.rows("SELECT t_ms FROM tick ORDER BY tick")]
    assert times == sorted(times)
    assert times[-1] - times[0] < 60_000


def test_suspended_recorder_says_how_long_it_did_not_run(program: Program) -> None:
    process = program.record(OXIMETER, speed=1)
    process.send_signal(signal.SIGSTOP)
    frozen_ms = clock.boot_ns()
    until(lambda: clock.boot_ns() - frozen_ms > (LATE_MS + 1200) * 10**6)
    process.send_signal(signal.SIGCONT)
    ((text,),) = until(lambda: program.query("SELECT text FROM notice WHERE kind = 'late'"))
    seconds = float(text.removeprefix("The recorder did not run for ").removesuffix(" s."))
    assert 4 <= seconds < 10


DYING = """
import sys
from devices.driver import Driver
from devices.masimo_ascii1 import MasimoAscii1
from devices.table import DRIVERS
from monitor.__main__ import main

class Dying(MasimoAscii1):
    def receive(self, data, t_ms):
        if self.accepted > 3:
            raise ZeroDivisionError("a fault that nobody foresaw")
        return super().receive(data, t_ms)

DRIVERS["masimo_ascii1"] = Dying
sys.exit(main(sys.argv[1:]))
"""


def test_reader_that_dies_ends_the_process_with_a_sentence(database: Path) -> None:
    child = subprocess.run(
        [
            *(sys.executable, "-c", DYING, "record", "--database", str(database)),
            *("--speed", "20", "--device", OXIMETER),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert child.returncode not in (0, 2, 3)
    last = child.stderr.strip().splitlines()[-1]
    assert last.startswith("The reader of masimo_ascii1 on Chair 1 died: ZeroDivisionError")
    db = open_to_read(database)
    (why,) = db.execute("SELECT ended_why FROM run").fetchone()
    assert db.execute("SELECT count(*) FROM reading").fetchone()[0] > 0
    db.close()
    assert "died" in why


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("masimo_ascii1=nonsense://x", "nonsense:// is no kind of port"),
        ("masimo_ascii1=/dev/ttyNotThere", "is not there: the adapter is unplugged"),
        ("datex_dri=sim://datex_dri?recording=none.csv", "The recording none.csv is not there."),
        ("datex_dri=sim://datex_dri?recording=README.md", "the header is not t_seconds"),
        ("datex_dri=sim://datex_dri?plug=many", "plug=many is no number"),
    ],
)
def test_port_that_cannot_be_opened_is_said_once_and_stored(
    by_hand: Callable[..., ByHand], device: str, sentence: str
) -> None:
    recorder = by_hand(device)
    recorder.tick_until(lambda: recorder.said)
    for _ in range(5):
        recorder.tick()
    assert [sentence in line for line in recorder.said] == [True]
    assert recorder.said[0].startswith("Chair 1, ")
    ((state, detail),) = recorder.rows("SELECT state, detail FROM link")
    assert state == "lost"
    assert sentence in detail


def test_dead_device_does_not_stop_the_other_chair(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(
        "A:masimo_ascii1=/dev/ttyNotThere", f"B:{OXIMETER}", f"B:{CALM_DRI}", speed=30
    )
    recorder.tick_until(lambda: recorder.rows("SELECT 1 FROM reading WHERE chair = 2"))
    names = dict(recorder.rows("SELECT id, name FROM chair"))
    assert names == {1: "A", 2: "B"}
    assert recorder.rows("SELECT count(*) FROM reading WHERE chair = 1") == [(0,)]


def test_recorder_whose_file_was_deleted_ends_loudly(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    recorder.path.rename(recorder.path.with_suffix(".away"))
    with pytest.raises(StoreError, match=r"is gone: it was deleted or moved\."):
        recorder.tick()
