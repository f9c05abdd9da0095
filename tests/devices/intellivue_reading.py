"""What an IntelliVue says, read straight from the protocol's tables, not through a driver."""

import struct
from dataclasses import dataclass, field

ASSOCIATE = b"\x0d\xec" + bytes(236)
CONFIRM = bytes.fromhex("E1000002 0002 0014 0001 0001 000E 0021 0000 0000 00000000 0D06 0000")
RELEASE = bytes.fromhex("0918C11661803080020101A080628080010000000000000000000000")[:26]


def checked(data: bytes) -> int:
    """FCS-16 of RFC 1662, the table way."""
    crc = 0xFFFF
    for byte in data:
        value = (crc ^ byte) & 0xFF
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
        crc = crc >> 8 ^ value
    return crc ^ 0xFFFF


def wire(data: bytes) -> bytes:
    """A frame as a host sends it."""
    body = bytes([0x11, 0x01, len(data) >> 8, len(data) & 0xFF]) + data
    body += checked(body).to_bytes(2, "little")
    escaped = (bytes([0x7D, b ^ 0x20]) if b in (0x7D, 0xC0, 0xC1) else bytes([b]) for b in body)
    return b"\xc0" + b"".join(escaped) + b"\xc1"


def frames(stream: bytes) -> list[bytes]:
    """The data of all frames; every byte must belong to one and every FCS be right."""
    found = []
    while stream:
        assert stream[0] == 0xC0
        end = stream.index(0xC1)
        raw, body = iter(stream[1:end]), bytearray()
        for byte in raw:
            body.append(next(raw) ^ 0x20 if byte == 0x7D else byte)
        assert body[:2] == b"\x11\x01"
        assert struct.unpack_from(">H", body, 2)[0] == len(body) - 6
        assert checked(bytes(body[:-2])).to_bytes(2, "little") == body[-2:]
        found.append(bytes(body[4:-2]))
        stream = stream[end + 1 :]
    return found


def single(number: int = 1, code: int = 0x0006, group: int = 0x0803) -> bytes:
    head = bytes.fromhex("E1000002 0001001C 000100070016 002100000000 00000000 0C160008")
    return head + struct.pack(">HHHH", number, 1, code, group)


def extended(lasts_s: float, number: int = 1, group: int = 0x0803) -> bytes:
    asked = struct.pack(">HHHH", number, 1, 6, group)
    asked += struct.pack(">HHHHI", 1, 8, 0xF13E, 4, round(lasts_s * 8000))
    body = bytes.fromhex("002100000000 00000000 F13B") + struct.pack(">H", len(asked)) + asked
    body = struct.pack(">HHH", 1, 7, len(body)) + body
    return struct.pack(">HHHH", 0xE100, 2, 1, len(body)) + body


def listed(data: bytes, at: int) -> tuple[int, bytes]:
    """Count and bytes of a list."""
    count, length = struct.unpack_from(">HH", data, at)
    assert at + 4 + length <= len(data)
    return count, data[at + 4 : at + 4 + length]


def attributes(data: bytes) -> dict[int, bytes]:
    """A list of attributes, whole."""
    count, rest = listed(data, 0)
    assert len(data) == 4 + len(rest)
    found = {}
    while rest:
        number, length = struct.unpack_from(">HH", rest)
        found[number] = rest[4 : 4 + length]
        rest = rest[4 + length :]
    assert len(found) == count
    return found


@dataclass
class Answer:
    """One result, read whole."""

    kind: int
    state: int
    place: int
    action: int
    number: int
    sequence: int
    ticks: int
    code: int
    objects: dict[int, dict[int, bytes]] = field(default_factory=dict)

    def values(self) -> dict[int, tuple[int, int, int, int]]:
        """By id: state, unit, mantissa, exponent."""
        found = {}
        for given in self.objects.values():
            items = [given[0x0950]] if 0x0950 in given else []
            if 0x094B in given:
                count, rest = listed(given[0x094B], 0)
                items += [rest[at : at + 10] for at in range(0, len(rest), 10)]
                assert len(items) == count
            for item in items:
                number, state, unit, value = struct.unpack(">HHHI", item)
                exponent = (value >> 24) - 256 * (value >> 31)
                found[number] = (state, unit, value & 0xFFFFFF, exponent)
        return found


def answer(data: bytes) -> Answer:
    assert data[:4] == b"\xe1\x00\x00\x02"
    kind, length = struct.unpack_from(">HH", data, 4)
    assert length == len(data) - 8
    at, state, place = 8, 0, 0
    if kind == 5:
        state, place, at = data[8], data[9], 10
    invoke, command, length = struct.unpack_from(">HHH", data, at)
    assert (invoke, command, length) == (1, 7, len(data) - at - 6)
    managed, context, handle, action, length = struct.unpack_from(">HHHHH", data, at + 6)
    assert (managed, context, handle, length) == (0x21, 0, 0, len(data) - at - 16)
    at += 16
    number, sequence = struct.unpack_from(">HH", data, at)
    at += 4 if action == 0xF13B else 2
    ticks = struct.unpack_from(">I", data, at)[0]
    assert data[at + 4 : at + 12] == b"\xff" * 8
    partition, code, _ = struct.unpack_from(">HHH", data, at + 12)
    assert partition == 1
    found = Answer(kind, state, place, action, number, sequence, ticks, code)
    contexts, rest = listed(data, at + 18)
    assert at + 22 + len(rest) == len(data)
    while rest:
        count, observed = listed(rest, 2)
        rest = rest[6 + len(observed) :]
        while observed:
            length = struct.unpack_from(">HH", observed, 2)[1]
            found.objects[struct.unpack_from(">H", observed)[0]] = attributes(
                observed[2 : 6 + length]
            )
            observed = observed[6 + length :]
        assert len(found.objects) == count
        contexts -= 1
    assert contexts == 0
    return found
