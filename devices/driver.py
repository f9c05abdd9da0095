"""What a driver is: bytes and a time in, numerics and bytes to send out.

A driver owns no port, no clock and no thread, so recorded bytes replay exactly. There are two
shapes. A monitor that only pushes needs a ``split`` and a ``parse``: `PushDriver`. A monitor that
must be asked is a class of its own below `Driver`, which also says what to send and when.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from devices.numeric import Numeric, Parameter


class DeviceError(Exception):
    """Something between us and a monitor went wrong."""


class PortError(DeviceError):
    """A port cannot be opened, or was lost. The message is a sentence for the operator."""


class FrameError(DeviceError):
    """Bytes are not a frame of this protocol. Dropped and counted; never shown as a value."""


BATTERY_LOW = "battery low"


@dataclass(frozen=True, slots=True)
class Line:
    """Settings of the serial line, as the monitor's manual states them."""

    baudrate: int
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    rtscts: bool = False
    xonxoff: bool = False


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """All that is said of a driver outside its own file.

    ``period_s`` is the usual time between two values of a continuous parameter: it decides when a
    value counts as old. ``expected`` are the parameters whose absence is worth an alarm unless the
    clinic says otherwise. ``checksum`` is None where the protocol has none.
    """

    name: str
    maker: str
    models: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    expected: tuple[Parameter, ...]
    line: Line
    period_s: float
    checksum: str | None
    evidence: tuple[Literal["captured", "published", "constructed"], ...]


class Driver(ABC):
    """One conversation with one monitor. One object serves one source for the process's life.

    ``accepted`` and ``refused`` count frames. ``identity`` is what the monitor says it is (a serial
    number, a plug id), None while unknown. ``trouble`` is a sentence for staff when the stream
    shows a cause that a person can mend (a wrong output mode), else empty. ``weakness`` is what the
    device says of itself while it works: BATTERY_LOW, else empty.
    """

    facts: ClassVar[DriverFacts]
    accepted: int = 0
    refused: int = 0
    identity: str | None = None
    trouble: str = ""
    weakness: str = ""

    @abstractmethod
    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Take bytes as they came at ``t_ms``, in any chunks; give what whole frames said."""

    def connected(self, t_ms: int) -> bytes:
        """Begin anew on a port that was just opened: forget half frames. What to send first."""
        return b""

    def due(self, t_ms: int) -> bytes:
        """What to send now: requests, keep-alives, repeats of what went unanswered."""
        return b""

    def closing(self) -> bytes:
        """What to send before the port is closed."""
        return b""


@dataclass
class LineSplitter:
    """Cut a byte stream at line ends (CR, LF or both). Empty lines vanish.

    A line longer than ``longest`` bytes is no line: it is given up to the next line end, and
    returned as one overlong frame for the parser to refuse.
    """

    longest: int = 512
    _rest: bytearray = field(default_factory=bytearray)
    _overlong: bool = False

    def __call__(self, data: bytes) -> list[bytes]:
        """Add bytes; give the whole lines, without their ends."""
        self._rest += data.replace(b"\r", b"\n")
        *lines, rest = bytes(self._rest).split(b"\n")
        if self._overlong and lines:
            lines[0] = b""
            self._overlong = False
        if len(rest) > self.longest:
            if not self._overlong:
                lines.append(rest)
            self._overlong = True
            rest = b""
        self._rest = bytearray(rest)
        return [line for line in lines if line]

    def clear(self) -> None:
        """Forget a half line."""
        self._rest.clear()
        self._overlong = False


class Splitter(Protocol):
    """Cuts a byte stream into frames, whatever the chunks in which it comes."""

    def __call__(self, data: bytes) -> list[bytes]:
        """Add bytes; give the frames that are now whole."""

    def clear(self) -> None:
        """Forget a half frame."""


class PushDriver(Driver):
    """A monitor that only talks: set ``split`` and write ``parse``."""

    split: Splitter

    @abstractmethod
    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read one frame: all of it, or FrameError."""

    def connected(self, t_ms: int) -> bytes:
        """Forget the half frame of the connection before."""
        self.split.clear()
        self.weakness = ""
        return b""

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Split, parse, count."""
        numerics: list[Numeric] = []
        for frame in self.split(data):
            try:
                numerics += self.parse(frame, t_ms)
            except FrameError:
                self.refused += 1
            else:
                self.accepted += 1
        return numerics
