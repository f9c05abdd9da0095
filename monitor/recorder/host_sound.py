"""The sound of the recorder's own computer: for when no screen is there to sound (promise 3).

It plays the medium-priority burst of docs/alarms.md, made here, through whatever the system plays
sounds with. Where it has nothing for that, the terminal's bell stands in, and a notice is stored.
"""

import logging
import math
import struct
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path


class NoSoundError(Exception):
    """This computer cannot play a sound. The message says why."""


EVERY_S = 15.0  # medium priority: 2.5 to 30 s between bursts (IEC 60601-1-8)
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


def play_by_system(path: Path) -> None:
    """Start a sound file with what the system has for it. Raises NoSoundError."""
    # Where it finds nothing to play with, the library writes that on the screen when it is loaded.
    logging.getLogger("playsound3").addHandler(logging.NullHandler())
    from playsound3 import playsound
    from playsound3.playsound3 import PlaysoundException

    try:
        playsound(path, block=False)
    except PlaysoundException as error:
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

    def look(self, needed: bool) -> None:
        """Ring if it is needed and time for it."""
        if not needed:
            self._rang_s = None
            return
        if self._rang_s is not None and self._now_s() - self._rang_s < EVERY_S:
            return
        self._rang_s = self._now_s()
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="chairside-")
                burst_file(Path(self._folder.name))
            self._play(next(Path(self._folder.name).iterdir()))
        except (NoSoundError, OSError) as error:
            sys.stderr.write("\a")
            why = str(error).rstrip(".!")
            self.trouble = f"Nobody listens, and this computer cannot play a sound: {why}."
