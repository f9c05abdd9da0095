"""The one clock of the program: UTC milliseconds that never step back.

It is anchored once, to the wall clock, and then runs on the boot-time clock, which counts suspend
and which nobody can set. ``rate`` scales it (``--speed``). Any process of the same machine that
knows the anchor reads the same time.
"""

import socket
import time
from dataclasses import dataclass
from pathlib import Path

STEP_MS = 1000  # a difference to the wall clock that changes by more than this is a clock step


def boot_ns() -> int:
    """Nanoseconds of the boot-time clock; where there is none, the monotonic one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


def boot_id() -> str:
    """A name for this boot of this machine, so that an anchor of another is not used."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        started_s = (time.time_ns() - boot_ns()) // 10**9
        return f"{socket.gethostname()}-{started_s // 10}"


def wall_ms() -> int:
    """The wall clock, which people and time servers may set."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment on both clocks, and how fast ours runs from there."""

    utc_ms: int
    boot_ns: int
    rate: float

    def now_s(self) -> float:
        """The time in seconds since the epoch."""
        return self.utc_ms / 1000 + (boot_ns() - self.boot_ns) / 1e9 * self.rate

    def now_ms(self) -> int:
        """The time in whole milliseconds."""
        return self.utc_ms + round((boot_ns() - self.boot_ns) / 1e6 * self.rate)


class Clock:
    """The time since an anchor, for all threads of a process."""

    def __init__(self, anchor: Anchor) -> None:
        """Run from an anchor."""
        self.anchor = anchor

    @classmethod
    def starting(cls, not_before_ms: int, rate: float, at_ms: int | None = None) -> "Clock":
        """A clock that starts now (or at ``at_ms``), but never before what is already stored."""
        start_ms = wall_ms() if at_ms is None else at_ms
        return cls(Anchor(max(start_ms, not_before_ms), boot_ns(), rate))

    @property
    def rate(self) -> float:
        """How much faster than the wall clock it runs."""
        return self.anchor.rate

    def set_rate(self, rate: float) -> None:
        """Run faster or slower from now on, without a step."""
        self.anchor = Anchor(self.anchor.now_ms(), boot_ns(), rate)

    def step(self, by_ms: int) -> None:
        """Stand still, but for steps: the time of what is made rather than awaited."""
        self.anchor = Anchor(self.anchor.now_ms() + by_ms, boot_ns(), 0.0)

    def now_ms(self) -> int:
        """The time."""
        return self.anchor.now_ms()

    def now_s(self) -> float:
        """The time in seconds, for virtual monitors."""
        return self.anchor.now_s()

    def wall_s_until(self, t_ms: int) -> float:
        """How many seconds of the wall clock pass until ``t_ms``; not below zero."""
        return max(0.0, (t_ms - self.now_ms()) / 1000 / self.rate)


class StepWatch:
    """Notices that the wall clock was set, while ours went on. Only at real speed."""

    def __init__(self, clock: Clock) -> None:
        """Begin with the difference as it is."""
        self._clock = clock
        self._offset_ms = wall_ms() - clock.now_ms()

    def step_ms(self) -> int:
        """By how much the wall clock was set since the last call; 0 where it was not."""
        if self._clock.rate != 1:
            return 0
        offset_ms = wall_ms() - self._clock.now_ms()
        step = offset_ms - self._offset_ms
        self._offset_ms = offset_ms
        return step if abs(step) > STEP_MS else 0
