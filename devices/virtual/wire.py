"""A serial port without hardware: bytes fall due on a clock, a reader waits for them.

No pseudo-terminal and no thread of its own, so it works alike on every system and a hundred of
them cost nothing while nothing is due.
"""

import time
from collections.abc import Callable
from threading import Condition
from typing import Any, Protocol

from serial import PortNotOpenError, SerialBase

from devices.driver import PortError

LONGEST_BACKLOG = 65536
_FIRST_DAY_S = 1_767_225_600  # 2026-01-01, where the clocks of all virtual monitors begin
_YEAR_S = 365 * 86_400


class Source(Protocol):
    """What speaks on a virtual port. Times are seconds since the port was opened."""

    def next_s(self) -> float | None:
        """When it speaks next; None while it has nothing to say."""

    def emit(self) -> bytes:
        """What it says at that time. Only called when ``next_s`` has come."""

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear what was sent to it."""


class Pace:
    """How fast the program's clock runs beside the wall clock, measured as it goes."""

    window_s = 0.02
    poll_s = 0.05

    def __init__(self, now_s: Callable[[], float]) -> None:
        """Begin to measure."""
        self._now_s = now_s
        self._anchor = (now_s(), time.monotonic())
        self._rate: float | None = None

    def wall_s(self, wait_s: float) -> float:
        """Seconds on the wall clock until ``wait_s`` have passed on the program's clock."""
        now, wall = self._now_s(), time.monotonic()
        passed = wall - self._anchor[1]
        if passed >= self.window_s:
            self._rate = (now - self._anchor[0]) / passed
            self._anchor = (now, wall)
        if self._rate is None:
            return self.window_s
        if self._rate <= 0:  # a clock that stands still: look again now and then
            return self.poll_s
        return max(0.002, wait_s / self._rate)


class VirtualSerial(SerialBase):
    """Base of the virtual ports: ``source_of`` reads the URL, this class keeps the time."""

    now_s: Callable[[], float] = staticmethod(time.monotonic)
    """The program's clock in seconds. Set it before ``open``."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Take what pySerial passes on."""
        self._changed = Condition()
        self._bytes = bytearray()
        self._source: Source | None = None
        self._pace: Pace | None = None
        self._opened_s = 0.0
        super().__init__(*args, **settings)

    def source_of(self, url: str) -> Source:
        """Make what speaks on this port, or raise PortError with a sentence."""
        raise NotImplementedError

    def clock_s(self, t_s: float) -> int:
        """What a device's own clock reads ``t_s`` after opening: Unix seconds.

        It follows the program's clock, not the date: a monitor's clock is seldom right, and it
        runs on when the port is closed and opened again.
        """
        return int(_FIRST_DAY_S + self._opened_s % _YEAR_S + t_s)

    def open(self) -> None:
        """Begin at time 0."""
        if self.is_open:
            raise PortError(f"{self.port} is open already.")
        with self._changed:
            self._opened_s = self.now_s()
            self._source = self.source_of(str(self.port))
            self._pace = Pace(self.now_s)
            self._bytes.clear()
            self.is_open = True

    def close(self) -> None:
        """Let go, and wake who waits."""
        with self._changed:
            self.is_open = False
            self._changed.notify_all()

    def _speaker(self) -> Source:
        if not self.is_open or self._source is None:
            raise PortNotOpenError
        return self._source

    def _fill(self) -> float | None:
        """Take all that has fallen due; give the seconds until the next."""
        source = self._speaker()
        now = self.now_s() - self._opened_s + 1e-6
        while (due := source.next_s()) is not None and due <= now:
            self._bytes += source.emit()
        if len(self._bytes) > LONGEST_BACKLOG:  # nobody reads: what is oldest is lost
            del self._bytes[:-LONGEST_BACKLOG]
        return None if due is None else due - now

    @property
    def in_waiting(self) -> int:
        """How many bytes are there."""
        with self._changed:
            self._fill()
            return len(self._bytes)

    def read(self, size: int = 1, /) -> bytes:
        """Give ``size`` bytes, or fewer when the timeout (on the wall clock) has passed."""
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        with self._changed:
            while True:
                wait_s = self._fill()
                left = None if deadline is None else deadline - time.monotonic()
                if len(self._bytes) >= size or (left is not None and left <= 0):
                    break
                if wait_s is not None and self._pace is not None:
                    due = self._pace.wall_s(wait_s)
                    left = due if left is None else min(left, due)
                self._changed.wait(left)
            data = bytes(self._bytes[:size])
            del self._bytes[:size]
            return data

    def write(self, data: Any, /) -> int:
        """Let the device hear the bytes."""
        with self._changed:
            self._fill()
            sent = bytes(data)
            self._speaker().receive(sent, self.now_s() - self._opened_s)
            self._changed.notify_all()
            return len(sent)

    def flush(self) -> None:
        """Nothing is held back."""

    def reset_input_buffer(self) -> None:
        """Forget what has come."""
        with self._changed:
            self._fill()
            self._bytes.clear()

    def reset_output_buffer(self) -> None:
        """Nothing is held back."""

    def _reconfigure_port(self, force_update: bool = False) -> None:
        """Settings of the line mean nothing here."""

    def _update_rts_state(self) -> None:
        """No such line."""

    def _update_dtr_state(self) -> None:
        """No such line."""
