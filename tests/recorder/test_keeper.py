"""The dashboard's keeper: there is always one recorder, and it is the right one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from monitor.recorder import supervision
from monitor.recorder.supervision import Keeper
from monitor.store.database import StoreError
from tests.conftest import ROOT, Program, until
from tests.recorder.parts import OXIMETER

OPTIONS = ["--device", OXIMETER, "--speed", "20"]

Keep = Callable[..., Keeper]


@pytest.fixture
def keep(database: Path) -> Generator[Keep]:
    """Keepers that are stopped after the test."""
    kept: list[Keeper] = []

    def start(*options: str, demo: bool = False) -> Keeper:
        keeper = Keeper(database, list(options) or OPTIONS, demo=demo)
        keeper.prepare()
        keeper.start()
        kept.append(keeper)
        return keeper

    yield start
    for keeper in kept:
        keeper.stop()


def recorder_of(program: Program) -> int:
    """The process of the newest run."""
    rows = program.query("SELECT process FROM run ORDER BY id DESC LIMIT 1")
    return int(rows[0][0]) if rows else 0


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_keeper_starts_one_and_starts_it_again_when_it_is_killed(
    program: Program, keep: Keep
) -> None:
    keeper = keep()
    until(lambda: program.ticks() > 3)
    first = recorder_of(program)
    os.kill(first, signal.SIGKILL)
    until(lambda: "started again" in keeper.why_silent()[1])
    before = program.ticks()
    until(lambda: program.ticks() > before + 3)
    second = recorder_of(program)
    assert second != first
    assert os.getsid(second) != os.getsid(0)  # Ctrl+C at the dashboard does not reach it
    keeper.stop()
    assert lives(second)  # a clinic's recorder outlives the dashboard
    before = program.ticks()
    until(lambda: program.ticks() > before + 3)
    os.kill(second, signal.SIGTERM)
    until(lambda: not lives(second) or os.waitpid(second, os.WNOHANG)[0])


def test_running_recorder_is_adopted_and_not_ended(
    program: Program, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "ADOPTED_S", 0.3)
    running = program.record(OXIMETER, speed=20)
    started: list[object] = []
    popen = subprocess.Popen

    def counted(*arguments: object, **options: object) -> object:
        started.append(arguments)
        return popen(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", counted)
    keeper = keep()
    until(lambda: started)
    before = program.ticks()
    until(lambda: program.ticks() > before + 40)
    assert recorder_of(program) == running.pid
    assert len(started) == 1  # nothing is started over and over beside a recorder that serves
    assert running.poll() is None
    program.end(running, signal.SIGKILL)
    until(lambda: recorder_of(program) != running.pid)  # and now it is needed
    keeper.stop()
    os.kill(recorder_of(program), signal.SIGTERM)


def test_demo_begins_anew_and_ends_with_its_keeper(program: Program, keep: Keep) -> None:
    first = program.record(OXIMETER, speed=20)
    program.end(first)
    until(lambda: program.query("SELECT 1 FROM tick"))
    keeper = keep("--demo", demo=True)
    until(lambda: program.query("SELECT count(*) FROM chair") == [(4,)])
    until(lambda: program.ticks() > 3)
    demo = recorder_of(program)
    assert demo != first.pid
    assert program.query("SELECT count(*) FROM run WHERE process = ?", first.pid) == [(0,)]
    keeper.stop()
    assert not lives(demo)


def test_demo_ends_when_its_dashboard_is_killed(program: Program) -> None:
    """The pipe says it, where nobody could say goodbye."""
    reads, writes = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "monitor", "record", "--demo"),
            *("--database", str(program.database), "--device", OXIMETER),
        ],
        cwd=ROOT,
        stdin=reads,
        stderr=subprocess.DEVNULL,
    )
    os.close(reads)
    program.processes.append(process)
    until(lambda: program.ticks() > 3)
    assert process.poll() is None
    os.close(writes)
    assert process.wait(timeout=10) == 0
    assert program.query("SELECT ended_why FROM run ORDER BY id DESC LIMIT 1") == [("stopped",)]


def test_keeper_passes_on_why_a_recorder_cannot_begin(program: Program, keep: Keep) -> None:
    clinic = program.database.parent / "broken.toml"
    clinic.write_text("clinic = ")
    keeper = keep("--clinic", str(clinic))
    until(lambda: keeper.why_silent()[0] == "stopped" and "TOML" in keeper.why_silent()[1])
    state, words = keeper.why_silent()
    assert state == "stopped"
    assert words.startswith(f"The clinic's file {clinic} is not valid TOML")


def test_keeper_says_at_once_that_a_database_cannot_be_used(database: Path) -> None:
    database.write_text("Dear diary")
    with pytest.raises(StoreError, match="is not a Chairside database"):
        Keeper(database, OPTIONS, demo=False).prepare()
    assert database.read_text() == "Dear diary"
