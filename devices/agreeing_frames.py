"""Short binary frames without a checksum: none is told before several in a row agree.

In all of these protocols the highest bit of a frame's first byte differs from that of its other
bytes, so where a frame begins is plain; that its values are right is not. What stands in for a
checksum: the frame's length, its ranges, and that it follows the frame before without a byte
between and with values close to it. Out of step, ``in_a_row`` such frames are needed before one is
told, all with values or all without. In step, values may come and go, and a frame whose values jump
waits for one more that agrees with it. A stray byte or a frame that cannot be loses the step.
"""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from devices.driver import Driver, FrameError
from devices.numeric import Numeric, Parameter, Validity, no_value, numeric

FARTHEST_SPO2, FARTHEST_PR = 3, 15


@dataclass(frozen=True, slots=True)
class Oximetry:
    """What one frame says: None is no value, ``reason`` disowns both, ``doubt`` marks both.

    ``why_none`` or a doubt explains a value that the frame leaves out, or of which it sends a 0;
    ``unplugged`` goes with ``reason``; ``weakness`` is what `Driver` has of that name.
    """

    spo2: int | None
    pr: int | None
    reason: str = ""
    doubt: str = ""
    why_none: str = ""
    unplugged: bool = False
    weakness: str = ""

    def numerics(self, t_ms: int) -> list[Numeric]:
        """SpO2 and PR."""
        pair = ((Parameter.SPO2, self.spo2), (Parameter.PR, self.pr))
        return [self._numeric(parameter, value, t_ms) for parameter, value in pair]

    def _numeric(self, parameter: Parameter, value: int | None, t_ms: int) -> Numeric:
        if self.reason:
            validity = Validity.UNAVAILABLE if self.unplugged else Validity.INVALID
            return no_value(parameter, t_ms, self.reason, validity)
        why = self.why_none or self.doubt
        if value is None or (value == 0 and why):
            return no_value(parameter, t_ms, why or "no value")
        return numeric(parameter, value, t_ms, doubt=self.doubt)

    def agrees(self, other: "Oximetry", in_step: bool) -> bool:
        """Whether one can follow the other. In step, no value (or 0) goes with any."""
        return _close(self.spo2, other.spo2, FARTHEST_SPO2, in_step) and _close(
            self.pr, other.pr, FARTHEST_PR, in_step
        )


def _close(one: int | None, other: int | None, farthest: int, in_step: bool) -> bool:
    return abs(one - other) <= farthest if one and other else in_step or one == other


class AgreeingFrames(Driver):
    """An oximeter that sends such frames: set the three constants, write ``read``.

    ``first_bit`` is the highest bit of a frame's first byte. Bytes that are no frame are counted
    as refused by frame lengths; frames that wait are counted when they are told or given up.
    """

    size: ClassVar[int]
    first_bit: ClassVar[int]
    in_a_row: ClassVar[int]

    def __init__(self) -> None:
        """Begin out of step."""
        low, high = rb"\x00-\x7f", rb"\x80-\xff"
        first, other = (high, low) if self.first_bit else (low, high)
        self._pieces = re.compile(rb"[%s][%s]{0,%d}|[%s]+" % (first, other, self.size - 1, other))
        self._begin()

    def _begin(self) -> None:
        self._begun = b""
        self._stray = 0
        self._waiting = 0
        self._lose_step()

    def _lose_step(self) -> None:
        self.refused += self._waiting
        self._last: Oximetry | None = None
        self._run = self._waiting = 0
        self._in_step = False

    @abstractmethod
    def read(self, frame: bytes) -> Oximetry:
        """Read one frame of the right length and highest bits, or FrameError."""

    def passed_over(self, piece: bytes) -> bool:
        """Whether a piece of another length is one that the protocol knows."""
        return False

    def connected(self, t_ms: int) -> bytes:
        """Forget what came on the connection before."""
        self._waiting = 0
        self.weakness = ""
        self._begin()
        return b""

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Cut where a first byte stands, read what is whole, tell what agrees."""
        numerics: list[Numeric] = []
        data = self._begun + data
        self._begun = b""
        for found in self._pieces.finditer(data):
            piece = found[0]
            if piece[0] >> 7 != self.first_bit:
                self._drop(len(piece))
            elif len(piece) == self.size:
                numerics += self._whole(piece, t_ms)
            elif found.end() == len(data):
                self._begun = piece
            elif not self.passed_over(piece):
                self._drop(len(piece))
        return numerics

    def _drop(self, count: int) -> None:
        self._lose_step()
        before = -(-self._stray // self.size)
        self._stray += count
        self.refused += -(-self._stray // self.size) - before

    def _whole(self, frame: bytes, t_ms: int) -> list[Numeric]:
        if self.passed_over(frame):
            return []
        try:
            said = self.read(frame)
        except FrameError:
            self._drop(self.size)
            return []
        self._stray = 0
        if self._last is not None and not said.agrees(self._last, self._in_step):
            self.refused += self._waiting
            self._in_step = self._in_step and self._run > 1
            self._run = self._waiting = 0
        self._last = said
        self._run += 1
        self._waiting += 1
        if self._run < (2 if self._in_step else self.in_a_row):
            return []
        self._in_step = True
        self.accepted += self._waiting
        self._waiting = 0
        self.weakness = said.weakness
        return said.numerics(t_ms)
