"""Frames of the Philips IntelliVue serial interface, and the messages that we send in them.

    C0 | 11 01 length | message | FCS | C1

``length`` is a big-endian u16, that of the message. FCS is the checksum of RFC 1662 over header and
message, low byte first. Between C0 and C1 the bytes C0, C1 and 7D are sent as 7D and the byte XOR
20. A C0 begins a frame even inside another one; 7D C1 gives a frame up; what stands outside frames
is noise. `devices.philips_intellivue` says what the messages mean and where all this comes from.
"""

from dataclasses import dataclass, field
from struct import pack

from devices.driver import FrameError

BEGIN, END, ESCAPE = 0xC0, 0xC1, 0x7D
_ESCAPED = (BEGIN ^ 0x20, END ^ 0x20, ESCAPE ^ 0x20)
_HEADER = b"\x11\x01"
LONGEST = 4096
"""Bytes between C0 and C1. Messages are at most 996 bytes long as we agree with the monitor."""


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_FCS = _table()


def fcs(data: bytes) -> int:
    """Give the 16-bit frame check sequence of RFC 1662."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _FCS[(value ^ byte) & 0xFF]
    return value ^ 0xFFFF


def frame(message: bytes) -> bytes:
    """Wrap a message for the wire."""
    return framed(_HEADER + pack(">H", len(message)) + message)


def framed(content: bytes) -> bytes:
    """Add the checksum, the escapes and both ends to header and message."""
    checked = content + pack("<H", fcs(content))
    for byte in (ESCAPE, BEGIN, END):  # the escape first, that it escapes no escape
        checked = checked.replace(bytes([byte]), bytes([ESCAPE, byte ^ 0x20]))
    return bytes([BEGIN]) + checked + bytes([END])


def unframe(stuffed: bytes) -> bytes:
    """Give the message out of the bytes between C0 and C1, or FrameError."""
    start, *escaped = stuffed.split(bytes([ESCAPE]))
    if not all(part and part[0] in _ESCAPED for part in escaped):
        raise FrameError("given up, or an escape that is none")
    content = start + b"".join(bytes([part[0] ^ 0x20]) + part[1:] for part in escaped)
    message = content[4:-2]
    if content[:2] != _HEADER or not message or len(message) != int.from_bytes(content[2:4], "big"):
        raise FrameError("header or length")
    if fcs(content[:-2]) != int.from_bytes(content[-2:], "little"):
        raise FrameError("checksum")
    return message


@dataclass
class FrameSplitter:
    """Cut a byte stream into what stands between C0 and C1. Noise, however long, vanishes."""

    _rest: bytearray = field(default_factory=bytearray)

    def __call__(self, data: bytes) -> list[bytes]:
        """Add bytes; give the frames that are now whole, still escaped, without their ends."""
        self._rest += data
        *pieces, rest = bytes(self._rest).split(bytes([END]))
        frames = [piece[piece.rfind(BEGIN) + 1 :] for piece in pieces if BEGIN in piece]
        begin = rest.rfind(BEGIN)
        keep = begin >= 0 and len(rest) - begin <= LONGEST
        self._rest = bytearray(rest[begin:] if keep else b"")
        return [found for found in frames if len(found) < LONGEST]

    def clear(self) -> None:
        """Forget a half frame."""
        self._rest.clear()


# What we send: to associate, to confirm, to ask, to release


_MDIF = bytes.fromhex("060c2a8648ce140201000000")  # object identifier, two bytes missing
_MIN_POLL_PERIOD = 8000  # 1/8 ms
_LONGEST_MESSAGE = 996


def _open(tag: int, *parts: bytes) -> bytes:
    """A BER value of indefinite length: it ends with two zeros."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def _integer(value: int) -> bytes:
    return bytes([2, 1, value])


def _attributes(*items: tuple[int, bytes]) -> bytes:
    body = b"".join(pack(">HH", key, len(value)) + value for key, value in items)
    return pack(">HH", len(items), len(body)) + body


def _user_information() -> bytes:
    extended = pack(">I", 0x8C000000) + _attributes()
    profile = pack(
        ">IIIIII",
        0x80000000,  # revision
        _MIN_POLL_PERIOD,
        _LONGEST_MESSAGE,  # that we take
        _LONGEST_MESSAGE,  # that we send
        0xFFFFFFFF,  # bandwidth: no estimate
        0x60000000,  # options of the poll profile
    ) + _attributes((0xF001, extended))
    return (
        pack(
            ">IIIII",
            0x80000000,  # version of the protocol
            0x40000000,  # of the nomenclature
            0,  # functional units
            0x80000000,  # we are a client
            0x20000000,  # that starts cold
        )
        + _attributes()
        + _attributes((0x0001, profile))
    )


def association_request() -> bytes:
    """Ask to associate: an ISO session connect that holds presentation, ACSE and our profile."""
    user = _user_information()
    acse = _open(
        0x30, _integer(1), bytes.fromhex("060452010001"), _open(0x30, bytes.fromhex("06025101"))
    )
    mdif = _open(0x30, _integer(2), _MDIF + b"\x01\x01", _open(0x30, _MDIF + b"\x02\x01"))
    external = _open(0x28, _MDIF + b"\x01\x01", _integer(2), bytes([0x81, len(user)]) + user)
    associate = _open(0x60, _open(0xA1, _MDIF + b"\x03\x01"), _open(0xBE, external))
    presentation = _open(
        0x31,
        _open(0xA0, bytes.fromhex("800101")),
        _open(
            0xA2,
            bytes.fromhex("a003000001"),
            _open(0xA4, acse, mdif),
            _open(0x61, _open(0x30, _integer(1), _open(0xA0, associate))),
        ),
    )
    session = bytes.fromhex("0508" + "130100" + "160102" + "8000" + "14020002")
    body = session + bytes([0xC1, len(presentation)]) + presentation
    return bytes([0x0D, len(body)]) + body


def release_request() -> bytes:
    """Ask to end the association."""
    release = _open(0x62, bytes.fromhex("800100"))
    presentation = _open(0x61, _open(0x30, _integer(1), _open(0xA0, release)))
    return bytes([0x09, len(presentation) + 2, 0xC1, len(presentation)]) + presentation


def _operation(kind: int, invoke: int, command: int, body: bytes) -> bytes:
    remote = pack(">HHH", invoke, command, len(body)) + body
    return pack(">HHHH", 0xE100, 2, kind, len(remote)) + remote


def create_result(invoke: int, mds: bytes, event_time: int) -> bytes:
    """Confirm that the monitor told us of itself; ``mds`` and the time are its own words."""
    return _operation(2, invoke, 1, mds + pack(">IHH", event_time, 0x0D06, 0))


def numerics_poll(number: int) -> bytes:
    """Ask once for all numerics with all their attributes."""
    mds = pack(">HHH", 0x0021, 0, 0)
    request = pack(">HHHH", number, 1, 6, 0)
    return _operation(1, number, 7, mds + pack(">IHH", 0, 0x0C16, len(request)) + request)
