"""Builds frames as a Datex-Ohmeda monitor would send them, and the constructed logs of them.

Written from the record specification, apart from the driver, so that both can disagree.
``python -m tests.devices.dri_frames`` writes the ``.raw`` files of CASES.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

LOGS = Path(__file__).parents[1] / "logs" / "datex_dri"
CLOCK_S = 1_700_000_000
"""The monitor's clock at the first record of every case."""

INVALID, OVER = -32767, -32763
ON = 0b11
INACTIVE = 0b01
ABSENT = 0
BY_ECG, BY_PLETH, BY_MORTARA = 1 << 3, 6 << 3, 9 << 3
ASYSTOLE, NOISE, ARTIFACT, LEARNING, LEAD_OFF = 1 << 2, 1 << 7, 1 << 8, 1 << 9, 1 << 11
MEASURING, OLDER = 1 << 5, 1 << 8
APNEA, CALIBRATING, OCCLUSION, LEAK, APNEA_BY_IMPEDANCE = 1 << 2, 1 << 3, 1 << 5, 1 << 6, 1 << 7
CUFF = (12000, 8000, 9300)
NO_CUFF = (INVALID, INVALID, INVALID)


@dataclass(frozen=True)
class Shown:
    """What the monitor displays: raw values and status bits, all well unless said otherwise."""

    ecg: int = ON | BY_ECG
    hr: int = 72
    impedance_rr: int = 15
    nibp: int = ON
    cuff_label: int = 0
    cuff: tuple[int, int, int] = NO_CUFF
    temps: tuple[tuple[int, int], ...] = ((ON, 3660),)
    spo2_status: int = ON
    spo2: int = 9750
    pr: int = 71
    co2: int = ON
    et: int = 526
    co2_rr: int = 14
    ambient: int = 7600
    level_class: int = 0

    def subrecord(self, clock_s: int) -> bytes:
        """The 278 bytes of displayed values."""
        data = bytearray(278)

        def put(at: int, value: int, size: int = 2) -> None:
            data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")

        for at in range(10, 274, 2):
            put(at, INVALID)
        for at in (4, 20, 34, 48, 62, 76, 90, 98, 106, 114, 122, 136, 150, 160, 170, 182):
            put(at, 0, 6)
        for at in (204, 218, 236, 244, 258):
            put(at, 0, 6)
        put(0, clock_s, 4)
        put(4, self.ecg, 4)
        put(10, self.hr)
        put(18, self.impedance_rr)
        put(76, self.nibp, 4)
        put(80, self.cuff_label)
        for at, value in zip((82, 84, 86), self.cuff, strict=True):
            put(at, value)
        for at, (status, value) in zip((90, 98, 106, 114), self.temps, strict=False):
            put(at, status, 4)
            put(at + 6, value)
        put(122, self.spo2_status, 4)
        put(128, self.spo2)
        put(130, self.pr)
        put(136, self.co2, 4)
        put(142, self.et)
        put(144, 0)
        put(146, self.co2_rr)
        put(148, self.ambient)
        put(276, self.level_class)
        return bytes(data)


@dataclass(frozen=True)
class Record:
    """A record of any subrecords."""

    parts: tuple[tuple[int, bytes], ...]
    clock_s: int = CLOCK_S
    plug: int = 7
    main_type: int = 0
    level: int = 11
    number: int = 0
    length: int | None = None
    extra: bytes = field(default=b"", kw_only=True)

    def record(self) -> bytes:
        """The record before checksum and stuffing."""
        body, described = b"", b""
        for kind, data in self.parts:
            described += len(body).to_bytes(2, "little") + bytes([kind])
            body += data
        if len(self.parts) < 8:
            described += b"\0\0\xff"
        body += self.extra
        length = 40 + len(body) if self.length is None else self.length
        header = length.to_bytes(2, "little") + bytes([self.number, self.level])
        header += self.plug.to_bytes(2, "little") + self.clock_s.to_bytes(4, "little") + bytes(4)
        header += self.main_type.to_bytes(2, "little")
        return header + described.ljust(24, b"\0") + body

    def wire(self) -> bytes:
        """As on the wire."""
        return wire(self.record())


def wire(record: bytes) -> bytes:
    """Checksum, stuffing, delimiters."""
    stuffed = bytearray(b"\x7e")
    for byte in (*record, sum(record) % 256):
        stuffed += bytes([0x7D, byte - 0x20]) if byte in (0x7D, 0x7E) else bytes([byte])
    return bytes(stuffed) + b"\x7e"


def displayed(shown: Shown, after_s: int = 0, *, plug: int = 7, cuff_s: int | None = None) -> bytes:
    """One record of displayed values; ``cuff_s`` adds an aux subrecord (0: time unknown)."""
    clock_s = CLOCK_S + after_s
    parts: tuple[tuple[int, bytes], ...] = ((1, shown.subrecord(clock_s)),)
    if cuff_s is not None:
        parts += ((4, aux_subrecord(cuff_s)),)
    return Record(parts, clock_s, plug).wire()


def aux_subrecord(cuff_s: int) -> bytes:
    """An aux subrecord; ``cuff_s`` is the monitor's time of its last cuff reading."""
    return cuff_s.to_bytes(4, "little").ljust(114, b"\0")


def aux(cuff_after_s: int | None, after_s: int = 0) -> bytes:
    """One record of its own with the time of the last cuff reading."""
    cuff_s = 0 if cuff_after_s is None else CLOCK_S + cuff_after_s
    return Record(((4, aux_subrecord(cuff_s)),), CLOCK_S + after_s).wire()


WELL = Shown(cuff=CUFF, cuff_label=OLDER)
NOTHING = Shown(ecg=ABSENT, nibp=ABSENT, temps=(), spo2_status=ABSENT, co2=ABSENT)


def _every_5_s(*shown: Shown) -> bytes:
    return b"".join(displayed(one, 5 * n) for n, one in enumerate(shown))


def _with_escapes() -> bytes:
    """Values and times whose bytes are 7D and 7E, so that everything is stuffed."""
    shown = replace(WELL, hr=0x7D, pr=0x7E, ambient=0x1D7E, cuff=(0x2E7D, 0x207E, 0x247D))
    parts = ((1, shown.subrecord(CLOCK_S)),)
    numbers = [Record(parts, 0x657D7E7D, 0x7E7D, number=n).record() for n in range(256)]
    chosen = [record for record in numbers if sum(record) % 256 in (0x7D, 0x7E)]
    return b"".join(wire(record) for record in chosen)


_NEW = replace(WELL, cuff=(13100, 8400, 9900), cuff_label=0)
_BUSY = replace(WELL, cuff=NO_CUFF, cuff_label=MEASURING)

CASES: dict[str, tuple[str, bytes]] = {
    "steady": (
        "HR, PR, SpO2, RR, EtCO2 and Temp over 15 s; no cuff",
        _every_5_s(Shown(), Shown(hr=73), Shown(spo2=9680, pr=74), Shown(et=513, co2_rr=13)),
    ),
    "nothing_connected": ("no module in the monitor", displayed(NOTHING)),
    "cuff_new_reading": (
        "old reading there at connecting; measuring twice; a new one; it repeats and grows old",
        _every_5_s(WELL, _BUSY, _BUSY, _NEW, _NEW, replace(_NEW, cuff_label=OLDER)),
    ),
    "cuff_same_numbers_again": (
        "measured again with the same result: a reading of its own",
        _every_5_s(_NEW, replace(_NEW, cuff_label=OLDER), _BUSY, _NEW),
    ),
    "cuff_failed": ("measuring, then no values", _every_5_s(_BUSY, replace(WELL, cuff=NO_CUFF))),
    "cuff_partial": (
        "a reading of mean only, then one whose systolic is above range",
        _every_5_s(Shown(cuff=(INVALID, INVALID, 9000)), _BUSY, Shown(cuff=(OVER, 11000, 16000))),
    ),
    "cuff_time_in_aux": (
        "aux before the values: the cuff measured 7 s before the record that shows it",
        displayed(_BUSY, 0)
        + displayed(_BUSY, 5)
        + aux(8, 10)
        + displayed(_NEW, 15)
        + aux(8, 20)
        + displayed(_NEW, 25),
    ),
    "leads_off": (
        "leads off, then the monitor counts the pulse instead",
        _every_5_s(
            Shown(ecg=ON | BY_ECG | LEAD_OFF, hr=INVALID, impedance_rr=INVALID, co2=ABSENT),
            Shown(ecg=ON | BY_PLETH | LEAD_OFF, hr=71, co2=INACTIVE),
        ),
    ),
    "heart_rate_in_doubt": (
        "noise, artifact, learning, then asystole",
        _every_5_s(
            *(Shown(ecg=ON | BY_ECG | bit) for bit in (NOISE, ARTIFACT, LEARNING, ASYSTOLE))
        ),
    ),
    "probe_off": (
        "SpO2 without values, then inactive",
        _every_5_s(Shown(spo2=INVALID, pr=INVALID), Shown(spo2_status=INACTIVE, spo2=0, pr=0)),
    ),
    "sentinels": (
        "each kind of no value",
        _every_5_s(
            Shown(hr=-32766, spo2=-32764, pr=-32763, et=-32762, co2_rr=-32001),
            Shown(hr=0, spo2=0, pr=0, et=0, co2_rr=0, temps=((ON, 0),)),
            Shown(ambient=INVALID, temps=((ABSENT, INVALID), (ON, INVALID), (ON, 3710))),
        ),
    ),
    "co2_hindered": (
        "apnea, calibrating, occlusion, leak",
        _every_5_s(*(Shown(co2=ON | bit) for bit in (APNEA, CALIBRATING, OCCLUSION, LEAK))),
    ),
    "escapes": ("values, times and checksums that must be stuffed", _with_escapes()),
}


def main() -> None:
    """Write the constructed logs."""
    LOGS.mkdir(parents=True, exist_ok=True)
    for name, (notes, raw) in CASES.items():
        (LOGS / f"{name}.raw").write_bytes(raw)
        expected = LOGS / f"{name}.expected"
        if not expected.exists():
            expected.write_text(
                "# Device: none, frames as of a CARESCAPE B650\n"
                "# Source: constructed from the specification, 8005313, 12th edition\n"
                "# Evidence: constructed\n"
                f"# Notes: {notes}\n",
                encoding="utf-8",
            )


if __name__ == "__main__":
    main()
