"""Nobody listens: the recorder's own computer sounds, and the alarm says so."""

import os
import struct
import subprocess
import sys
import wave
from itertools import pairwise
from pathlib import Path

import pytest

from devices.numeric import Generation
from monitor.alarms.technical import LISTEN_MS
from monitor.recorder import host_sound
from monitor.recorder.host_sound import EVERY_S, HostSound, NoSoundError, burst_file
from monitor.recorder.loop import REPORT_MS
from monitor.store.listening import report
from tests.conftest import ROOT
from tests.recorder.past import PATIENT, Past

ALARM = "SELECT priority, state FROM alarm WHERE condition = 'nobody_listening' ORDER BY id"


class Played:
    """A loudspeaker that counts; ``broken`` has none."""

    def __init__(self, broken: bool = False) -> None:
        self.files: list[Path] = []
        self.broken = broken
        self.now_s = 0.0

    def __call__(self, path: Path) -> None:
        if self.broken:
            raise NoSoundError("No supported audio backends on this system!")
        assert path.is_file()
        self.files.append(path)

    def sound(self) -> HostSound:
        return HostSound(self, lambda: self.now_s)


def test_it_rings_at_once_and_then_every_fifteen_seconds() -> None:
    played = Played()
    sound = played.sound()
    for now_s in (0.0, 1.0, EVERY_S - 0.1, EVERY_S, EVERY_S + 1):
        played.now_s = now_s
        sound.look(True)
    assert len(played.files) == 2
    sound.look(False)
    assert len(played.files) == 2
    sound.look(True)  # needed anew: at once
    assert len(played.files) == 3
    assert sound.trouble == ""


def test_a_computer_without_sound_says_so() -> None:
    sound = Played(broken=True).sound()
    sound.look(True)
    assert sound.trouble == (
        "Nobody listens, and this computer cannot play a sound:"
        " No supported audio backends on this system."
    )


def test_a_sound_file_that_the_system_tidied_away_is_made_anew() -> None:
    played = Played()
    sound = played.sound()
    sound.look(True)
    played.files[0].unlink()
    played.now_s = EVERY_S
    sound.look(True)
    assert len(played.files) == 2
    assert sound.trouble == ""


def test_half_a_sound_file_is_never_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> Path:
        (folder / "half.wav").touch()
        raise OSError(28, "No space left on device")

    played = Played()
    sound = played.sound()
    monkeypatch.setattr(host_sound, "burst_file", full)
    sound.look(True)
    assert "No space left" in sound.trouble
    monkeypatch.undo()
    played.now_s = EVERY_S
    sound.look(True)
    (file,) = played.files
    assert file.stat().st_size > 10_000


def test_the_burst_is_three_pulses_within_the_standards_table(tmp_path: Path) -> None:
    with wave.open(str(burst_file(tmp_path))) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(frames) // 2}h", frames)
    step = rate // 100  # 10 ms
    loud = [max(map(abs, samples[n : n + step])) > 3000 for n in range(0, len(samples), step)]
    edges = [n for n in range(1, len(loud)) if loud[n] != loud[n - 1]]
    spans = [0.01 * (after - before) for before, after in pairwise(edges)]
    assert loud[0]
    assert len(edges) == 5  # three pulses, and the silence after the last
    assert all(0.125 <= span <= 0.25 for span in spans)
    assert 20_000 < max(samples) <= 32_767


def test_a_chair_that_no_screen_shows_alarms_and_is_over_when_one_does(database: Path) -> None:
    past = Past(database)
    past.press("session_start", **PATIENT)
    since_ms = past.recorder.chairs[0].state.since_ms
    past.run(30)
    ((began_ms,),) = past.rows("SELECT t_ms FROM alarm WHERE condition = 'nobody_listening'")
    assert 0 <= began_ms - since_ms - REPORT_MS - LISTEN_MS <= 1000
    assert past.rows(ALARM) == [("medium", "active")]

    def reported(sounding: bool) -> tuple[object, ...]:
        now_ms = past.recorder.clock.now_ms()
        report(past.recorder.db, "desk", 1, now_ms, visible=True, sounding=sounding)
        past.run(1)
        return past.rows(ALARM)[-1]

    assert reported(sounding=False) == ("low", "active")  # somebody may look, nobody can hear
    assert reported(sounding=True) == ("low", "cleared")
    now_ms = past.recorder.clock.now_ms()  # the last tab is closed
    report(past.recorder.db, "desk", 1, now_ms, visible=False, sounding=False)
    past.run(LISTEN_MS / 1000 - 1)
    assert past.rows(ALARM)[-1] == ("low", "cleared")
    past.run(2)
    assert past.rows(ALARM)[-1] == ("medium", "active")


def test_a_report_that_is_ahead_of_the_recorders_clock_is_nobody(database: Path) -> None:
    """A dashboard that ended told the time by a recorder's clock that is no more."""
    past = Past(database)
    ahead_ms = past.recorder.clock.now_ms() + 600_000
    report(past.recorder.db, "desk", 1, ahead_ms, visible=True, sounding=True)
    past.run(30)
    assert past.rows(ALARM) == [("medium", "active")]


def test_real_values_ring_on_the_host_and_simulated_ones_do_not(database: Path) -> None:
    played = Played()
    past = Past(database)
    past.recorder.sound = played.sound()
    past.run(30)
    assert past.rows(ALARM)
    assert played.files == []
    past.recorder.chairs[0].links[0].generation = Generation.REAL
    past.run(1)
    assert len(played.files) == 1


def test_a_host_without_sound_leaves_a_notice(database: Path) -> None:
    past = Past(database)
    past.recorder.sound = Played(broken=True).sound()
    past.recorder.chairs[0].links[0].generation = Generation.REAL
    past.run(30)
    ((text,),) = past.rows("SELECT text FROM notice WHERE kind = 'host_sound'")
    assert "cannot play a sound" in text


@pytest.mark.parametrize(("player", "why"), [("exit 1", "fails"), ("sleep 5", "does not answer")])
def test_a_player_that_fails_or_hangs_neither_ends_nor_stops_the_recorder(
    tmp_path: Path, player: str, why: str
) -> None:
    program = tmp_path / "gst-play-1.0"
    program.write_text(f"#!/bin/sh\n{player}\n")
    program.chmod(0o755)
    code = (
        "import time\n"
        "from monitor.recorder.host_sound import HostSound\n"
        "sound, began_s = HostSound(), time.monotonic()\n"
        "sound.look(True)\n"
        "print(time.monotonic() - began_s, sound.trouble)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    took_s, trouble = done.stdout.split(" ", 1)
    assert float(took_s) < 2
    assert why in trouble


def test_the_systems_own_player_prints_nothing(tmp_path: Path) -> None:
    """What a recorder prints is taken for why it is silent: a missing player must not be there."""
    path = burst_file(tmp_path)
    program = (
        "import pathlib, sys\n"
        "from monitor.recorder.host_sound import NoSoundError, play_by_system\n"
        "try:\n    play_by_system(pathlib.Path(sys.argv[1]))\n"
        "except NoSoundError:\n    sys.exit(3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode in (0, 3), done.stderr
    assert (done.stdout, done.stderr) == ("", "")
