"""What a virtual monitor said, read straight from the protocols' tables, not through a driver."""

import struct
from dataclasses import dataclass, field

from devices.driver import Line
from devices.port import Port, open_port

DRI_LINE = Line(19200, parity="E", rtscts=True)
MASIMO_LINE = Line(9600)
NO_VALUE = -32767
MEASURING, OLDER = 1 << 5, 1 << 8

# Displayed values of the basic class every 5 s; the same once; the two printed by the maker: every
# 10 s with all classes, and stop (Datex-Ohmeda S/5 Computer Interface M1017617, appendix A).
EVERY_5_S = bytes.fromhex("7e31" + "00" * 20 + "ff" + "00" * 18 + "0105" + "00" * 7 + "367e")
ONCE = bytes.fromhex("7e31" + "00" * 20 + "ff" + "00" * 18 + "01ffff" + "00" * 6 + "2f7e")
EVERY_10_S = bytes.fromhex("7e31" + "00" * 20 + "ff" + "00" * 18 + "010a000e0000000000497e")
STOP = bytes.fromhex("7e31" + "00" * 20 + "ff" + "00" * 18 + "01" + "00" * 8 + "317e")
TREND_60_S = bytes.fromhex("7e31" + "00" * 20 + "ff" + "00" * 18 + "033c000e00000000007d5d7e")


def request(kind: int, interval_s: int, classes: int = 0) -> bytes:
    """Build a request as the specification describes it."""
    record = bytearray(49)
    struct.pack_into("<h", record, 0, 49)
    record[16 + 5] = 0xFF
    struct.pack_into("<BhI", record, 40, kind, interval_s, classes)
    whole = bytes(record) + bytes([sum(record) & 0xFF])
    stuffed = bytearray()
    for byte in whole:
        stuffed += bytes([0x7D, byte & ~0x20]) if byte in (0x7D, 0x7E) else bytes([byte])
    return b"\x7e" + bytes(stuffed) + b"\x7e"


@dataclass
class Clock:
    """A program clock that moves only when told."""

    s: float = 0.0

    def __call__(self) -> float:
        return self.s


@dataclass
class Bench:
    """A virtual monitor on an open port, and a clock to step it."""

    url: str
    line: Line = DRI_LINE
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.port: Port = open_port(self.url, self.line, self.clock)
        self.begin_s = self.clock.s

    def until(self, t_s: float) -> bytes:
        """All that is said until so many seconds after opening, second by second."""
        said = b""
        while self.clock.s < self.begin_s + t_s:
            self.clock.s = min(self.clock.s + 1, self.begin_s + t_s)
            said += self.port.read(0)
        return said


def unframe(stream: bytes) -> list[bytes]:
    """Give the records of a stream whose every byte belongs to a frame and whose sums are right."""
    records = []
    while stream:
        assert stream[0] == 0x7E
        end = stream.index(0x7E, 1)
        body, record = iter(stream[1:end]), bytearray()
        for byte in body:
            record.append(next(body) | 0x20 if byte == 0x7D else byte)
        assert sum(record[:-1]) & 0xFF == record[-1]
        assert struct.unpack_from("<h", record)[0] == len(record) - 1
        records.append(bytes(record[:-1]))
        stream = stream[end + 1 :]
    return records


@dataclass(frozen=True)
class Displayed:
    """The basic class of one displayed record; offsets count from the subrecord."""

    record: bytes
    at: int = 40

    def i16(self, offset: int) -> int:
        return int(struct.unpack_from("<h", self.record, self.at + offset)[0])

    def u16(self, offset: int) -> int:
        return int(struct.unpack_from("<H", self.record, self.at + offset)[0])

    def u32(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self.record, self.at + offset)[0])

    @property
    def r_time(self) -> int:
        return int(struct.unpack_from("<I", self.record, 6)[0])

    @property
    def plug_id(self) -> int:
        return int(struct.unpack_from("<H", self.record, 4)[0])

    @property
    def hr(self) -> int:
        return self.i16(10)

    @property
    def impedance_rr(self) -> int:
        return self.i16(18)

    @property
    def nibp(self) -> tuple[int, int, int]:
        return self.i16(82), self.i16(84), self.i16(86)

    @property
    def nibp_bits(self) -> int:
        return self.u16(80)

    @property
    def spo2(self) -> int:
        return self.i16(128)

    @property
    def pr(self) -> int:
        return self.i16(130)


def displayed(stream: bytes) -> list[Displayed]:
    """The displayed records (subrecord type 1) of a stream."""
    return [Displayed(record) for record in unframe(stream) if record[18] == 1]


@dataclass
class CuffReader:
    """Finds new cuff readings by the rule for monitors that repeat their last one."""

    last: tuple[int, int, int] | None = None
    marked: bool = False

    def __call__(self, record: Displayed) -> tuple[int, int, int] | None:
        bits = record.nibp_bits
        if bits & (MEASURING | OLDER):
            self.marked = True
            return None
        if record.nibp == (NO_VALUE,) * 3:
            return None
        if self.last is not None and not self.marked and record.nibp == self.last:
            return None
        self.last, self.marked = record.nibp, False
        return record.nibp


def cuff_readings(stream: bytes) -> list[tuple[int, int, int]]:
    reader = CuffReader()
    return [found for record in displayed(stream) if (found := reader(record)) is not None]
