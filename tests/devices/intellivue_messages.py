"""Builds messages as an IntelliVue monitor would send them, and the constructed logs of them.

Written from the structure of the protocol, apart from the driver, so that both can disagree.
``python -m tests.devices.intellivue_messages`` writes the ``.raw`` files of CASES.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from struct import pack

LOGS = Path(__file__).parents[1] / "logs" / "philips_intellivue"
START = 80_000
"""Relative time, 1/8 ms, at MDS create; the first poll result comes one second later."""
SECOND = 8000
NOON = bytes.fromhex("2026030112000000")
"""The monitor's clock at MDS create: 1 March 2026, 12:00:00.00."""

INVALID, QUESTIONABLE, UNAVAILABLE, CALIBRATING = 0x8000, 0x4000, 0x2000, 0x1000
TEST, DEMO, EARLY, MEASURING, ALARM = 0x0800, 0x0400, 0x0040, 0x0020, 0x0002
NAN, NO_RESOLUTION, PLUS_INFINITY, MINUS_INFINITY = 0x7FFFFF, 0x800000, 0x7FFFFE, 0x800002
BPM, RPM, PERCENT, MMHG, KPA = 0x0AA0, 0x0AE0, 0x0220, 0x0F20, 0x0F03
CELSIUS, FAHRENHEIT, MILLIMETRE = 0x17A0, 0x1140, 0x0512
HR, SPO2, PLETH_PULSE, PULSE, PERFUSION = 0x4182, 0x4BB8, 0x4822, 0x480A, 0x4BB0
CUFF, CUFF_PULSE, RR, AIRWAY_RR, ETCO2 = 0x4A04, 0xF0E5, 0x500A, 0x5012, 0x50B0
TEMP, BLOOD_TEMP, ST = 0x4B48, 0xE014, 0x0300


def wire(message: bytes, *, header: bytes = b"\x11\x01", length: int | None = None) -> bytes:
    """Header, frame check sequence, escapes, delimiters."""
    content = header + pack(">H", len(message) if length is None else length) + message
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in content)
    check = int(f"{crc_hqx(mirrored, 0xFFFF) ^ 0xFFFF:016b}"[::-1], 2)
    out = bytearray(b"\xc0")
    for byte in content + pack("<H", check):
        out += bytes([0x7D, byte ^ 0x20]) if byte in (0xC0, 0xC1, 0x7D) else bytes([byte])
    return bytes(out) + b"\xc1"


def floating(mantissa: int, exponent: int = 0) -> bytes:
    """A FLOAT: special mantissas as they are."""
    return pack(">b", exponent) + pack(">I", mantissa % (1 << 24))[1:]


def counted(items: Sequence[bytes]) -> bytes:
    """A list."""
    return pack(">HH", len(items), sum(map(len, items))) + b"".join(items)


def attribute(key: int, value: bytes) -> bytes:
    return pack(">HH", key, len(value)) + value


def observed(code: int, mantissa: int, unit: int, state: int = 0, exponent: int = 0) -> bytes:
    """The ten bytes of one numeric."""
    return pack(">HHH", code, state, unit) + floating(mantissa, exponent)


def shown(
    code: int,
    mantissa: int,
    unit: int,
    state: int = 0,
    exponent: int = 0,
    *,
    label: int | None = None,
) -> bytes:
    """The attributes of an object with one numeric."""
    value = attribute(0x0950, observed(code, mantissa, unit, state, exponent))
    return counted([attribute(0x0924, pack(">HH", 2, label or code)), value])


def silent(code: int) -> bytes:
    """The attributes of an object that has no numeric yet."""
    return counted([attribute(0x0924, pack(">HH", 2, code))])


@dataclass(frozen=True)
class CuffShown:
    """The cuff's object: numbers, their states, and when it measured."""

    sys: int = NAN
    dia: int = NAN
    mean: int = NAN
    state: int = 0
    unit: int = MMHG
    exponent: int = 0
    absolute: bytes | None = None
    relative: int | None = None

    def attributes(self) -> bytes:
        numbers = zip((0x4A05, 0x4A06, 0x4A07), (self.sys, self.dia, self.mean), strict=True)
        parts = [
            observed(code, number, self.unit, self.state, 0 if number == NAN else self.exponent)
            for code, number in numbers
        ]
        items = [attribute(0x0924, pack(">HH", 2, CUFF)), attribute(0x094B, counted(parts))]
        if self.absolute is not None:
            items.append(attribute(0x0990, self.absolute))
        if self.relative is not None:
            items.append(attribute(0x0991, pack(">I", self.relative)))
        return counted(items)


def operation(kind: int, invoke: int, command: int, body: bytes, link: bytes = b"") -> bytes:
    inner = link + pack(">HHH", invoke, command, len(body)) + body
    return pack(">HHHH", 0xE100, 2, kind, len(inner)) + inner


MDS = bytes.fromhex("002100000000")
_ABSENT_TIME = b"\xff" * 8


def result(
    objects: Sequence[bytes],
    relative: int,
    *,
    invoke: int = 1,
    polled: int = 6,
    extended: bool = False,
    link: tuple[int, int] | None = None,
    absolute: bytes = _ABSENT_TIME,
) -> bytes:
    """One message that answers a poll, or a part of the answer."""
    handled = [pack(">H", 0x8000 + n) + body for n, body in enumerate(objects)]
    contexts = [pack(">H", 1) + counted(handled)] if handled else []
    told = pack(">H", 1) + (b"\0\0" if extended else b"") + pack(">I", relative) + absolute
    told += pack(">HHH", 1, polled, 0) + counted(contexts)
    body = MDS + pack(">HH", 0xF13B if extended else 0x0C16, len(told)) + told
    if link is None:
        return operation(2, invoke, 7, body)
    return operation(5, invoke, 7, body, bytes(link))


def mds_create(
    system: bytes = bytes.fromhex("0009fb112233"), relative: int = START, now: bytes = NOON
) -> bytes:
    """What the monitor tells of itself once associated."""
    attributes = counted(
        [
            attribute(0x0984, pack(">H", len(system)) + system),
            attribute(0x0928, b"\0\x08Philips\0\0\x06M8105\0"),
            attribute(0x0987, now),
            attribute(0x098F, pack(">I", relative)),
        ]
    )
    told = MDS + attributes
    return operation(1, 1, 1, MDS + pack(">IHH", relative, 0x0D06, len(told)) + told)


def session(kind: int, body: bytes = b"\x05\x03\x13\x01\x00") -> bytes:
    """A message of the association: 0E accept, 0C refuse, 09, 0A release, 19 abort."""
    return bytes([kind, len(body)]) + body


def accept(min_poll_period: int = 8000) -> bytes:
    """An accept, its ISO wrapping left out."""
    profile = pack(">IIIIII", 0x80000000, min_poll_period, 996, 996, 0xFFFFFFFF, 0x60000000)
    supported = attribute(1, profile + counted([]))
    info = bytes.fromhex("80000000400000000000000000800000800000000000 0000") + counted([supported])
    return session(0x0E, bytes.fromhex("0508130100160102800014020002") + info)


STEADY = (
    shown(HR, 72, BPM),
    shown(SPO2, 975, PERCENT, exponent=-1),
    shown(PLETH_PULSE, 71, BPM),
    shown(PERFUSION, 21, 0x0200, exponent=-1),
    shown(RR, 15, RPM),
    shown(AIRWAY_RR, 14, RPM),
    shown(ETCO2, 38, MMHG),
    shown(TEMP, 366, CELSIUS, exponent=-1),
    shown(CUFF_PULSE, 77, BPM),
)
NO_CUFF = CuffShown(state=UNAVAILABLE)


def time_at(after_s: float) -> bytes:
    """The monitor's clock so many seconds after MDS create, within the hour."""
    hundredths = round(after_s * 100)
    minute, second = divmod(hundredths // 100, 60)
    return bytes.fromhex(f"2026030112{minute:02d}{second:02d}{hundredths % 100:02d}")


CUFF_AT_9_S = CuffShown(131, 84, 99, absolute=time_at(9))


def opening() -> bytes:
    return wire(accept()) + wire(mds_create())


def results(*polls: Sequence[bytes]) -> bytes:
    """Polls of one second each, from the first second on."""
    return b"".join(
        wire(result(objects, START + n * SECOND, invoke=n)) for n, objects in enumerate(polls, 1)
    )


def linked(objects: Sequence[bytes], relative: int, *, extended: bool = False) -> bytes:
    """One answer in three linked messages and the empty one that ends them."""
    cut = (objects[:3], objects[3:6], objects[6:])
    messages = [
        result(part, relative, extended=extended, link=(state, state))
        for state, part in enumerate(cut, 1)
    ]
    return b"".join(map(wire, [*messages, result((), relative, extended=extended)]))


def _cuff_polls(*cuffs: CuffShown) -> bytes:
    return opening() + results(*((shown(HR, 72, BPM), cuff.attributes()) for cuff in cuffs))


def _states(*states: int) -> bytes:
    polls = [
        (shown(HR, 72, BPM, state), shown(SPO2, 97, PERCENT, state), shown(PLETH_PULSE, 71, BPM))
        for state in states
    ]
    return opening() + results(*polls)


_WAVE = counted([attribute(0x0924, pack(">HH", 2, 0x0102)), attribute(0x096E, bytes(140))])

CASES: dict[str, tuple[str, bytes]] = {
    "steady": (
        "accept, MDS create, three polls of all parameters; no cuff reading yet",
        opening() + results(*[(*STEADY, NO_CUFF.attributes())] * 3),
    ),
    "nothing_connected": ("an object that is not ours", opening() + results((silent(ST),))),
    "not_measuring": (
        "objects without a numeric, then without a number",
        opening()
        + results(
            tuple(silent(code) for code in (HR, SPO2, PLETH_PULSE, RR, ETCO2, TEMP)),
            tuple(
                shown(code, NAN, unit, UNAVAILABLE)
                for code, unit in ((HR, BPM), (SPO2, PERCENT), (PLETH_PULSE, BPM), (RR, RPM))
            ),
        ),
    ),
    "linked_extended": (
        "results of an extended poll in three parts, a wave result between them",
        opening()
        + linked((*STEADY, NO_CUFF.attributes()), START + SECOND, extended=True)
        + wire(result((_WAVE,), START + SECOND, invoke=4, polled=9, extended=True))
        + linked((*STEADY, NO_CUFF.attributes()), START + 2 * SECOND, extended=True),
    ),
    "states": (
        "invalid, questionable, calibrating, test, demo, early, measuring, in alarm",
        _states(INVALID, QUESTIONABLE, CALIBRATING, TEST, DEMO, EARLY, MEASURING, ALARM),
    ),
    "specials": (
        "not a number, no resolution, both infinities, and zero, in a valid state",
        opening()
        + results(
            *(
                (shown(HR, special, BPM), shown(SPO2, special, PERCENT))
                for special in (NAN, NO_RESOLUTION, PLUS_INFINITY, MINUS_INFINITY, 0)
            )
        ),
    ),
    "units": (
        "kPa and Fahrenheit, then units that a parameter cannot have",
        opening()
        + results(
            (
                shown(ETCO2, 51, KPA, exponent=-1),
                shown(TEMP, 986, FAHRENHEIT, exponent=-1),
                CuffShown(160, 107, 127, unit=KPA, exponent=-1, absolute=time_at(1)).attributes(),
            ),
            (shown(HR, 72, MILLIMETRE), shown(ETCO2, 5, PERCENT), shown(TEMP, 37, PERCENT)),
        ),
    ),
    "cuff_new_reading": (
        "a reading of before; measuring; a new one with its own time, 2 s old; it repeats",
        _cuff_polls(
            *[CuffShown(142, 90, 107, absolute=bytes.fromhex("2026030111300000"))] * 2,
            *[CuffShown(142, 90, 107, MEASURING)] * 8,
            *[CUFF_AT_9_S] * 3,
        ),
    ),
    "cuff_same_numbers_again": (
        "measured again with the same result: its time tells that it is new",
        _cuff_polls(
            replace(CUFF_AT_9_S, absolute=time_at(1)),
            replace(CUFF_AT_9_S, state=MEASURING),
            replace(CUFF_AT_9_S, absolute=time_at(3)),
            replace(CUFF_AT_9_S, absolute=time_at(3)),
        ),
    ),
    "cuff_failed": (
        "nothing yet; measuring; then no values",
        _cuff_polls(NO_CUFF, CuffShown(state=MEASURING), CuffShown(state=INVALID)),
    ),
    "cuff_demo": (
        "a cuff reading that is demo data, its time relative",
        _cuff_polls(replace(CUFF_AT_9_S, state=DEMO, absolute=None, relative=START + SECOND)),
    ),
    "abort_and_refuse": (
        "the monitor ends the association, refuses the next, and accepts again",
        opening()
        + results(STEADY)
        + wire(session(0x19))
        + wire(session(0x0C))
        + opening()
        + results(STEADY),
    ),
    "damaged": (
        "a wrong checksum, a frame given up, our own words, a half frame",
        opening()
        + wire(b"\xe1\x00").replace(b"\xe1", b"\xe2")
        + b"\xc0\x11\x01\x00\x7d\xc1"
        + wire(session(0x0D))
        + results(STEADY)[:60]
        + results(STEADY),
    ),
}


def main() -> None:
    """Write the constructed logs."""
    LOGS.mkdir(parents=True, exist_ok=True)
    for name, (notes, raw) in CASES.items():
        (LOGS / f"{name}.raw").write_bytes(raw)
        expected = LOGS / f"{name}.expected"
        if not expected.exists():
            expected.write_text(
                "# Device: none, messages as of an IntelliVue monitor\n"
                "# Source: constructed from the specification, as our protocol page has it\n"
                "# Evidence: constructed\n"
                f"# Notes: {notes}\n",
                encoding="utf-8",
            )


if __name__ == "__main__":
    main()
