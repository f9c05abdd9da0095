"""Builds what three small monitors send, and the logs of it.

Written from the published descriptions, apart from the drivers, so that both can disagree.
``python -m tests.devices.small_lines`` writes the ``.raw`` files of CASES.
"""

from pathlib import Path

LOGS = Path(__file__).parents[1] / "logs"

# Ivy 450C: FF, eight letters, 400 bytes of waves, lines, FE. The waves here hold every byte value.
WAVES = bytes(range(256)) + bytes(range(144))


def ivy(
    hr: str = "72;II;",
    spo2: str = "97;PR=71;",
    nibp: str = ";;;;;",
    rr: str = "14;;",
    etco2: str = "38;;",
    t1: str = "36.8;;",
    more: str = "",
    waves: bytes = WAVES,
) -> bytes:
    """One message of an Ivy 450C."""
    given = {"HR": hr, "RR": rr, "ETCO2": etco2, "SPO2": spo2, "NIBP": nibp}
    given |= {"P1": ";;;;", "P2": ";;;;", "T1": t1, "T2": ";;"}
    lines = "".join(f"{name}=;{text}\r" for name, text in given.items()) + more
    return b"\xffANSAR-B " + waves + lines.encode("ascii") + b"\xfe"


CUFF, NEXT_CUFF = "118;76;90;71;;", "124;80;95;74;;"


def medlab(text: str) -> bytes:
    """One checked message of a Medlab module."""
    return b"\x02%s%02X\x03\r" % (text.encode(), sum(text.encode()) % 256)


def medlab_status(result: str = "118076090", pulse: int = 71, error: str = "00") -> bytes:
    return medlab(f"S1;A0;C00;M{error};P{result};R{pulse:03d};T0000;;")


def cuff_pressure(*mmhg: int) -> bytes:
    return b"".join(b"\x02%03d\x03\r" % number for number in mmhg)


MEASURED = cuff_pressure(0, 60, 140, 165, 130, 100, 70, 40, 999)

ACCUTORR_EXAMPLE = b"P:--,85,120, 45, 80,000,010,000, 5\r\n"


def accutorr(
    spo2: str = " 97",
    pr: str = " 72",
    sys: str = "118",
    mean: str = " 90",
    dia: str = " 76",
    flags: str = "000,000,000",
    minutes: str = "  0",
) -> bytes:
    """One answer of an Accutorr 3 to P."""
    return f"P:{spo2},{pr},{sys},{mean},{dia},{flags},{minutes}\r\n>".encode()


NONE_YET = {"sys": "--", "mean": "--", "dia": "--", "minutes": "--"}
CASES: dict[str, bytes] = {
    "ivy_450c/steady": ivy(hr="72;II;") + ivy(hr="74;II;", spo2="98;PR=73;") * 2,
    "ivy_450c/cuff": (
        ivy(nibp=CUFF) * 3 + ivy(nibp=NEXT_CUFF) * 3 + ivy() * 11 + ivy(nibp=NEXT_CUFF) * 2
    ),
    "ivy_450c/no_values": ivy(
        hr=";II;LEAD OFF", spo2=";PR=;", rr="--;;", etco2=";;", t1=";;"
    ) + ivy(hr="72;SPO2;", spo2="0;PR=0;", etco2="5.1;;", t1="98.2;;", nibp="118;76;;71;;"),
    "ivy_450c/damaged": (
        ivy()[200:]
        + ivy()[:150]
        + ivy(more="HR=;72;II;\r")
        + ivy(spo2="197;PR=71;")
        + ivy(rr="1\x7f;;")
        + b"no message\r\n"
        + ivy()
    ),
    "medlab_nibp/start_message": (b"\x02S1;A0;C00;M00;P135345234;R087;T6890;;D9\x03\r"),
    "medlab_nibp/measured": (
        medlab_status() + MEASURED + medlab_status("124080095", 74) * 2 + MEASURED
        + medlab_status("124080095", 74)
    ),
    "medlab_nibp/failed": (
        medlab_status("000000000", 0) + MEASURED + medlab_status("000000000", 0, "03")
        + MEASURED + medlab_status("131085101", 78) + medlab_status("128082097", 0)
    ),
    "medlab_nibp/damaged": (
        medlab_status()[4:]
        + medlab_status().replace(b"118", b"121")
        + b"\x02" + b"\x02120\x03\r" + b"\x02351\x03\r" + b"\x02" + b"1" * 80
        + medlab_status()
    ),
    "accutorr3_ascii/vendor_example": ACCUTORR_EXAMPLE,
    "accutorr3_ascii/cuff": (
        b"ACCUTORR PC Interface is ready\r\n>"
        + accutorr(**NONE_YET) + accutorr() * 2 + accutorr(minutes="  1")
        + accutorr() + accutorr(sys="--") + accutorr(sys="124", dia=" 80", mean=" 95")
    ),
    "accutorr3_ascii/cuff_only": (
        accutorr(spo2="--", pr=" 85", minutes="  5") * 2 + accutorr(spo2="--", pr=" 80")
        + accutorr(spo2="--", pr=" 80") + accutorr(spo2="--", pr="--", mean=" 70", minutes="  0")
    ),
    "accutorr3_ascii/oximeter_states": b"".join(
        accutorr(flags=flags, **NONE_YET)
        for flags in ("001,000,000", "002,000,000", "004,000,000", "010,000,000", "000,002,000")
    ) + accutorr(spo2="--", pr="--", flags="002,000,000", **NONE_YET) + accutorr(
        spo2="  0", pr="  0", **NONE_YET
    ),
    "accutorr3_ascii/cuff_states": (
        accutorr(**NONE_YET) + accutorr(flags="000,000,002")
        + accutorr(flags="000,000,001", sys="130")
    ),
    "accutorr3_ascii/damaged": (
        accutorr()[5:] + accutorr().replace(b",000,", b",00,") + accutorr(spo2="101")
        + accutorr(sys="1>8") + b"L:100, 85,120, 45,160, 90,110, 60, 90, 50\r\n>" + accutorr()
    ),
}  # fmt: skip


def main() -> None:
    """Write the bytes of all cases."""
    for name, raw in CASES.items():
        path = LOGS / f"{name}.raw"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


if __name__ == "__main__":
    main()
