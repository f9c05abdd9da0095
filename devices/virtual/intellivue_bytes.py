"""The bytes of Data Export as a virtual IntelliVue writes and reads them: framing, numbers, lists.

Constructed from the specification; shares nothing with the driver: the two check each other.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

ACCEPT, REQUEST, REFUSE, ABORT = 0x0E, 0x0D, 0x0C, 0x19
RELEASE, RELEASED = 0x09, 0x0A
INVOKE, RESULT, LINKED = 1, 2, 5
EVENT_REPORT, ACTION = 1, 7
MDS_CREATE = 0x0D06
SINGLE, EXTENDED = 0x0C16, 0xF13B
MDS, NUMERICS = 0x0021, 0x0006
TICKS_PER_S = 8000
LONGEST = 996

_NAN = 0x007FFFFF
_PERIOD = 0xF13E
_MIN_POLL = 4000


def fcs(data: bytes) -> int:
    """RFC 1662 FCS-16."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF


def framed(data: bytes) -> bytes:
    """Put header, FCS, escapes and flags around."""
    body = b"\x11\x01" + struct.pack(">H", len(data)) + data
    body += struct.pack("<H", fcs(body))
    for byte in (b"\x7d", b"\xc0", b"\xc1"):  # the escape first
        body = body.replace(byte, bytes([0x7D, byte[0] ^ 0x20]))
    return b"\xc0" + body + b"\xc1"


def float_type(value: float | None, exponent: int = 0) -> bytes:
    """Encode a number as mantissa and decimal exponent; None is NaN."""
    if value is None:
        return struct.pack(">I", _NAN)
    mantissa = round(value * 10**-exponent) & 0xFFFFFF
    return struct.pack(">I", (exponent & 0xFF) << 24 | mantissa)


def wall_clock(unix_s: int) -> bytes:
    """Absolute time: century, year, month, day, hour, minute, second, hundredths, in BCD."""
    return bytes.fromhex(datetime.fromtimestamp(unix_s, UTC).strftime("%Y%m%d%H%M%S00"))


def counted(items: list[bytes]) -> bytes:
    """Encode a list: how many, how long, then the items."""
    return struct.pack(">HH", len(items), sum(map(len, items))) + b"".join(items)


def attribute(number: int, value: bytes) -> bytes:
    """One attribute: id, length, value."""
    return struct.pack(">HH", number, len(value)) + value


def operation(kind: int, command: int, argument: bytes, link: bytes = b"") -> bytes:
    """One remote operation with its session head; ``link`` is its place in a linked result."""
    body = link + struct.pack(">HHH", 1, command, len(argument)) + argument
    return struct.pack(">HHHH", 0xE100, 2, kind, len(body)) + body


@dataclass(frozen=True, slots=True)
class Poll:
    """What was asked for; ``lasts_s`` is None for a single poll."""

    action: int
    number: int
    partition: int
    code: int
    group: int
    lasts_s: float | None


def poll(data: bytes) -> Poll | None:
    """Read a poll, or None if it is none."""
    if len(data) < 36 or data[:4] != b"\xe1\x00\x00\x02":
        return None
    kind, length, _, command, inner = struct.unpack_from(">HHHHH", data, 4)
    if (kind, length, command, inner) != (INVOKE, len(data) - 8, ACTION, len(data) - 14):
        return None
    managed, _, _, _, action, size = struct.unpack_from(">HHHIHH", data, 14)
    if managed != MDS or action not in (SINGLE, EXTENDED) or size != len(data) - 28:
        return None
    number, partition, code, group = struct.unpack_from(">HHHH", data, 28)
    lasts_s = None
    if action == EXTENDED and len(data) >= 40:
        count, at = struct.unpack_from(">H", data, 36)[0], 40
        for _ in range(count):
            if at + 4 > len(data):
                return None
            key, size = struct.unpack_from(">HH", data, at)
            if key == _PERIOD and size == 4 and at + 8 <= len(data):
                lasts_s = struct.unpack_from(">I", data, at + 4)[0] / TICKS_PER_S
            at += 4 + size
    return Poll(action, number, partition, code, group, lasts_s)


def accept() -> bytes:
    """Accept an association: the poll profile with the shortest period and the longest message."""
    extension = attribute(0xF001, struct.pack(">II", 0x8C000000, 0))
    profile = struct.pack(
        ">IIIIII", 0x80000000, _MIN_POLL, LONGEST, LONGEST, 0xFFFFFFFF, 0x60000000
    ) + counted([extension])
    user = struct.pack(">IIIIII", 0x80000000, 0x40000000, 0, 0x80000000, 0x80000000, 0)
    user += counted([attribute(0x0001, profile)])
    # Session head, then ACSE and presentation as far as they hold the user data.
    body = bytes.fromhex("61803080020101a0806180be80288002010281")
    body += bytes([len(user)]) + user + bytes(12)  # six ends of what began with 80
    return bytes([ACCEPT, len(body) + 2, 0xC1, len(body)]) + body


def released() -> bytes:
    """Confirm a release: the request's form, with the tag of a response."""
    form = bytes.fromhex("18c11661803080020101a0806380800100")
    return bytes([RELEASED]) + form + bytes(8)
