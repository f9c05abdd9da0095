"""The sound of the recorder's own computer: for when no screen is there to sound (promise 3).

It plays the medium-priority burst of docs/alarms.md, made here, through whatever the system plays
sounds with. Where it has nothing for that, the terminal's bell stands in, and a notice is stored.
"""

import logging
import math
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path


class NoSoundError(Exception):
    """This computer cannot play a sound. The message says why."""


EVERY_S = 15.0  # medium priority: 2.5 to 30 s between bursts (IEC 60601-1-8)
LOADING_S = 0.5  # a tick waits no longer for the system's player
_RATE = 22_050
_PULSE_S, _GAP_S, _PULSES = 0.2, 0.2, 3
_RISE_S = 0.03  # 10 to 20 % of the pulse
_FUNDAMENTAL_HZ, _HARMONICS = 440.0, (1.0, 0.6, 0.5, 0.4, 0.3)


def burst() -> bytes:
    """Three pulses of 440 Hz with its harmonics: 16-bit mono samples at 22,050 Hz."""
    loudest = sum(_HARMONICS)
    samples: list[int] = []
    for _ in range(_PULSES):
        for n in range(round(_PULSE_S * _RATE)):
            t_s = n / _RATE
            tone = sum(
                share * math.sin(2 * math.pi * _FUNDAMENTAL_HZ * number * t_s)
                for number, share in enumerate(_HARMONICS, start=1)
            )
            rise = min(1.0, t_s / _RISE_S, (_PULSE_S - t_s) / _RISE_S)
            samples.append(round(32_000 * rise * tone / loudest))
        samples += [0] * round(_GAP_S * _RATE)
    return struct.pack(f"<{len(samples)}h", *samples)


def burst_file(folder: Path) -> Path:
    """Write the burst as a WAV file."""
    path = folder / "chairside-nobody-listening.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(burst())
    return path


class _Player(threading.Thread):
    """Loads the system's player aside: it runs other programs to find one, and those may hang."""

    def __init__(self) -> None:
        super().__init__(name="sound player", daemon=True)
        self.play: Callable[[Path], object] | None = None
        self.why = "the system's player does not answer"

    def run(self) -> None:
        """Load it. What goes wrong is kept for who wants to play."""
        # Where it finds nothing to play with, the library writes that on the screen when loaded.
        logging.getLogger("playsound3").addHandler(logging.NullHandler())
        try:
            from playsound3 import playsound
        except (ImportError, OSError, subprocess.SubprocessError) as error:
            self.why = f"the system's player fails: {error}"
            return
        self.play = lambda path: playsound(path, block=False)


_player = _Player()


def play_by_system(path: Path) -> None:
    """Start a sound file with what the system has for it. Raises NoSoundError.

    Never waits for longer than 0.5 s, and nothing that goes wrong may end the recorder.
    """
    global _player
    if not _player.is_alive() and _player.play is None:
        _player = _Player()
        _player.start()
    _player.join(LOADING_S)
    if _player.play is None:
        raise NoSoundError(_player.why)
    try:
        _player.play(path)
    except Exception as error:  # each system fails with errors of its own
        raise NoSoundError(str(error)) from error


class HostSound:
    """Rings every 15 s while it is needed; never waits for a sound to end.

    ``trouble`` is a sentence where it could not, else empty.
    """

    def __init__(
        self,
        play: Callable[[Path], object] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``play`` starts a sound file and does not wait; the system's own where None is given."""
        self.trouble = ""
        self._play = play or play_by_system
        self._now_s = now_s
        self._rang_s: float | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file: Path | None = None

    def look(self, needed: bool) -> None:
        """Ring if it is needed and time for it."""
        if not needed:
            self._rang_s = None
            return
        if self._rang_s is not None and self._now_s() - self._rang_s < EVERY_S:
            return
        self._rang_s = self._now_s()
        try:
            self._play(self._burst())
        except (NoSoundError, OSError) as error:
            sys.stderr.write("\a")
            why = str(error).rstrip(".!")
            self.trouble = f"Nobody listens, and this computer cannot play a sound: {why}."

    def _burst(self) -> Path:
        """The sound file; made anew where the system has tidied it away, or half of it was made."""
        if self._file is None or not self._file.is_file():
            if self._folder is not None:
                self._folder.cleanup()
            self._folder = tempfile.TemporaryDirectory(
                prefix="chairside-", ignore_cleanup_errors=True
            )
            self._file = None
            self._file = burst_file(Path(self._folder.name))
        return self._file
