"""Builds what Nonin and Contec oximeters send in binary, and the constructed logs of it.

Written from the published descriptions, apart from the drivers, so that both can disagree.
``python -m tests.devices.oximeter_frames`` writes the ``.raw`` files of CASES.
"""

from pathlib import Path
from typing import Literal

LOGS = Path(__file__).parents[1] / "logs"

NO_PR, NO_SPO2 = 511, 127
"""Nonin's; a Contec sends 255 and 127."""


# Nonin formats 1 and 8: a frame a second.


def nonin_1(pr: int, spo2: int, status: int = 0) -> bytes:
    """One frame of format 1; ``status`` without the bits of PR."""
    return bytes([0x80 | status | pr >> 7, pr & 0x7F, spo2])


def nonin_8(pr: int, spo2: int, status: int = 0, more: int = 0) -> bytes:
    """One frame of format 8."""
    return nonin_1(pr, spo2, status) + bytes([more])


CALM = ((72, 97), (73, 97), (73, 97), (74, 98), (77, 98), (75, 98), (75, 97), (79, 96))
STEADY_1 = [nonin_1(*one) for one in CALM]
STEADY_8 = [nonin_8(*one) for one in CALM]


# Nonin formats 2 and 7: 25 frames of five bytes are a packet.

GREEN, RED, YELLOW, ALARM, OUT_OF_TRACK, ARTIFACT, DISCONNECTED = (
    *(0x02, 0x04, 0x06, 0x08),
    *(0x10, 0x20, 0x40),
)
Form = Literal["2", "7"]


def packet(
    form: Form,
    pr: int = 72,
    spo2: int = 97,
    *,
    status: int = GREEN,
    only: tuple[int, ...] = (),
    display: tuple[int, int] | None = None,
    battery_low: bool = False,
) -> bytes:
    """One packet. ``status`` stands in all frames, or in ``only`` some, counted from 1."""
    shown_pr, shown_spo2 = display or (pr, spo2)
    data = {4: 48, 8: int(battery_low)}
    data |= dict.fromkeys((1, 14), pr >> 7) | dict.fromkeys((2, 15), pr & 0x7F)
    data |= dict.fromkeys((20, 22), shown_pr >> 7) | dict.fromkeys((21, 23), shown_pr & 0x7F)
    data |= dict.fromkeys((3, 10, 11, 16), spo2) | dict.fromkeys((9, 17), shown_spo2)
    whole = b""
    for number in range(1, 26):
        state = 0x80 | (number == 1) | (status if number in (only or (number,)) else 0)
        wave = 99 + number
        pleth = bytes([wave] if form == "2" else [wave // 2, (181 + 7 * number) % 256])
        begin = bytes([1, state]) if form == "2" else bytes([state])
        frame = begin + pleth + bytes([data.get(number, 0)])
        whole += frame + bytes([sum(frame) % 256])
    return whole


def states(form: Form) -> bytes:
    return (
        packet(form)
        + packet(form, only=(4,))
        + packet(form, status=RED, only=(4, 21))
        + packet(form, status=YELLOW, only=(4,))
        + packet(form, status=ARTIFACT, only=(25,))
        + packet(form, status=OUT_OF_TRACK, only=(13,))
        + packet(form, status=ALARM, only=(2,))
        + packet(form, NO_PR, NO_SPO2, status=DISCONNECTED | ALARM)
        + packet(form, NO_PR, NO_SPO2, status=0)
        + packet(form, 0, 0, status=0)
        + packet(form, 300, 88)
        + packet(form, battery_low=True)
    )


def display_values(form: Form) -> bytes:
    return (
        packet(form, 90, 95, display=(88, 96))
        + packet(form, 90, 95, display=(NO_PR, 96))
        + packet(form, NO_PR, NO_SPO2, display=(88, 96))
    )


def damaged_packets(form: Form) -> bytes:
    whole, flipped = packet(form, 73), bytearray(packet(form, 75))
    flipped[40] ^= 1
    return (
        packet(form)[60:] + packet(form) + whole[:60] + whole[61:] + packet(form, 74)
        + flipped + packet(form, 75, 101) + packet(form, 400) + packet(form, 76)
    )  # fmt: skip


# Contec, the older form: five bytes.


def contec_5(pr: int, spo2: int, wave: int = 0x1E, *, state: int = 0x05, bar: int = 0x06) -> bytes:
    """One frame; ``state`` and ``bar`` with their flags, without the bit of PR."""
    return bytes([0x80 | state, wave, bar | pr >> 7 << 6, pr & 0x7F, spo2])


STEADY_5 = [contec_5(64 + n // 4, 97, 0x28 + n) for n in range(8)]


# Contec V7.0: a type, the highest bits, data.


def contec_7(kind: int, *data: int) -> bytes:
    """Any packet: bit k of the second byte is the highest one of the k-th data byte."""
    high = sum((byte >> 7) << place for place, byte in enumerate(data))
    return bytes([kind, 0x80 | high, *(0x80 | byte for byte in data)])


def realtime(pr: int, spo2: int, wave: int = 0x30, *, state: int = 0x05, pi: int = 0xFFFF) -> bytes:
    """One packet of present values; the highest bit of ``wave`` is searching."""
    return contec_7(1, state, wave, 6, pr, spo2, pi & 0xFF, pi >> 8)


STEADY_7 = [realtime(64 + n // 4, 97, 0x28 + n) for n in range(8)]


def _joined(*parts: bytes | list[bytes]) -> bytes:
    return b"".join(part if isinstance(part, bytes) else b"".join(part) for part in parts)


CASES: dict[str, bytes] = {
    "nonin_format1/steady": _joined(STEADY_1),
    "nonin_format1/format8": _joined(STEADY_8),
    "nonin_format1/fast_heart": b"".join(
        nonin_1(pr, 95) for pr in (127, 127, 128, 129, 131, 140, 255, 256, 257)
    ),
    "nonin_format1/states": _joined(
        STEADY_1[:4], nonin_1(74, 97, 0x10), nonin_1(74, 96, 0x08), nonin_1(76, 96, 0x04),
        nonin_1(76, 96, 0x14), nonin_1(76, 96, 0x20), nonin_1(NO_PR, NO_SPO2, 0x20),
        nonin_1(NO_PR, NO_SPO2, 0x40), nonin_1(NO_PR, NO_SPO2), nonin_1(0, 0), nonin_1(81, 99),
    ),
    "nonin_format1/damaged": _joined(
        STEADY_1[0][1:], STEADY_1[:5], STEADY_1[5][:-1], STEADY_1[:5], b"\x55\xff",
        nonin_1(80, 120), STEADY_1[:2],
    ),
    "nonin_format8/steady": _joined(STEADY_8),
    "nonin_format8/format1": _joined(STEADY_1),
    "nonin_format8/states": _joined(
        STEADY_8[:4], nonin_8(74, 98, more=0x01), nonin_8(74, 98, more=0x02),
        nonin_8(75, 98, more=0x04), nonin_8(76, 98, more=0x08), nonin_8(76, 98, 0x10),
        nonin_8(200, 98), nonin_8(202, 97), nonin_8(202, 97, 0x20),
        nonin_8(NO_PR, NO_SPO2, 0x40), nonin_8(90, 92, more=0x71),
    ),
    "nonin_format8/damaged": _joined(
        STEADY_8[0][2:], STEADY_8[:5], STEADY_8[4][:-1], STEADY_8[:5],
        nonin_8(77, 98, more=0x80), STEADY_8[:3],
    ),
    "contec_cms50_5byte/steady": _joined(STEADY_5),
    "contec_cms50_5byte/states": _joined(
        STEADY_5, contec_5(66, 97, state=0x25), contec_5(66, 97, state=0x45),
        contec_5(66, 97, bar=0x26), contec_5(66, 97, state=0x15), contec_5(66, 97, bar=0x16),
        contec_5(255, 127), contec_5(255, 127, state=0x10, bar=0x30), contec_5(0, 0),
        contec_5(130, 98), contec_5(140, 99),
    ),
    "contec_cms50_5byte/damaged": _joined(
        STEADY_5[0][2:], STEADY_5[:6], STEADY_5[6][:-1], STEADY_5[:6], b"\0", STEADY_5[:6],
        contec_5(66, 110), STEADY_5[:5],
    ),
    "contec_cms50/states": _joined(
        STEADY_7, realtime(66, 97, state=0x25), realtime(66, 97, 0xB0),
        realtime(66, 97, state=0x85), realtime(255, 127, 0x40, state=0x80),
        realtime(255, 127, 0xC0, state=0x10), realtime(255, 127, 0xC0), realtime(255, 127),
        realtime(0, 0), realtime(130, 98, pi=325), realtime(140, 99),
    ),
    "contec_cms50/damaged": _joined(
        STEADY_7[0][3:], STEADY_7[:6], STEADY_7[6][:-1], STEADY_7[:6], b"\x80", STEADY_7[:6],
        realtime(66, 110), STEADY_7[:5], realtime(66, 97, state=0x09), contec_7(0x0C),
        STEADY_7[:5], contec_7(0x0B, 0xA1, 0x00, 0x7F), STEADY_7[5], contec_7(0x0D), STEADY_7[6],
    ),
}  # fmt: skip
_FORMS: tuple[Form, ...] = ("2", "7")
for _form in _FORMS:
    CASES[f"nonin_format{_form}/states"] = states(_form)
    CASES[f"nonin_format{_form}/display_values"] = display_values(_form)
    CASES[f"nonin_format{_form}/damaged"] = damaged_packets(_form)


def main() -> None:
    """Write the bytes of all cases."""
    for name, raw in CASES.items():
        path = LOGS / f"{name}.raw"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


if __name__ == "__main__":
    main()
