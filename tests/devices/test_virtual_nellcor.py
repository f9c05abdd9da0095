"""The virtual Nellcor oximeters, their lines read from the protocol's tables."""

import re
from dataclasses import dataclass

import pytest

from devices.virtual.nellcor_monitor import MODELS, NellcorMonitor
from devices.virtual.query import Intervals
from tests.devices.still_patient import PROBE_OFF, Still, clock, patient, said

PRINTED = re.compile(
    r"(\d\d-[A-Z]{3}-\d\d \d\d:\d\d:\d\d)\s+(\d+\*?|-+)\s+(\d+\*?|-+)\s+(\d+|-+)((?: +[A-Z]{2})*)"
)


@dataclass(frozen=True)
class Printed:
    time: str
    spo2: str
    pulse: str
    amplitude: str
    codes: tuple[str, ...]


def printout(monitor: NellcorMonitor, until_s: float) -> tuple[list[Printed], list[str]]:
    """The lines with values, and the others."""
    values, others = [], []
    data = said(monitor, until_s)
    assert not data or data.endswith(b"\r\n")
    for line in data.decode("ascii").splitlines():
        if found := PRINTED.fullmatch(line):
            codes = tuple(found[5].split())
            values.append(Printed(found[1], found[2], found[3], found[4], codes))
        else:
            others.append(line)
    return values, others


def test_a_nellcor_page() -> None:
    values, header = printout(NellcorMonitor(patient(), clock), 6)
    assert header == [
        "NPB-290 VERSION 1.0.0.1 CRC: XXXX SpO2 Limit: 85-100% PR Limit: 40-170BPM",
        "TIME  %SPO2  BPM  PA  Status",
    ]
    assert values == [Printed(f"01-MAR-26 12:00:0{s}", "97", "72", "50", ()) for s in (2, 4, 6)]


def test_nellcor_repeats_its_header_after_25_lines() -> None:
    data = said(NellcorMonitor(patient(), clock), 102).decode()
    heads = [n for n, line in enumerate(data.splitlines()) if "VERSION" in line]
    assert heads == [0, 27, 54]


@pytest.mark.parametrize("model", MODELS)
def test_nellcor_models_name_themselves(model: str) -> None:
    _, header = printout(NellcorMonitor(patient(), clock, model), 2)
    assert header[0].startswith(f"{model} VERSION")
    assert len(header) == (3 if model == "N-595" else 2)


@pytest.mark.parametrize(
    ("artefact", "shown", "codes"),
    [
        ("disconnected", ("---", "---", "---"), ("SD",)),
        ("pulse_lost", ("0", "0", "0"), ("LP",)),
        ("pulse_lost_motion", ("0", "0", "0"), ("LM",)),
        ("pulse_search", ("97", "72", "50"), ("PS",)),
        ("motion", ("97", "72", "50"), ("MO",)),
        ("low_perfusion", ("97", "72", "4"), ()),
        ("battery_low", ("97", "72", "50"), ("LB",)),
        ("audio_paused", ("97", "72", "50"), ("AS",)),
    ],
)
def test_nellcor_has_a_code_for_each(
    artefact: str, shown: tuple[str, str, str], codes: tuple[str, ...]
) -> None:
    span = {artefact: Intervals(((3, 5),))}
    values, _ = printout(NellcorMonitor(patient(), clock, artefacts=span), 6)
    found = [((v.spo2, v.pulse, v.amplitude), v.codes) for v in values]
    assert found == [(("97", "72", "50"), ()), (shown, codes), (("97", "72", "50"), ())]


def test_nellcor_with_the_sensor_off() -> None:
    ((value,), _) = printout(NellcorMonitor(Still(PROBE_OFF), clock), 2)
    assert (value.spo2, value.pulse, value.codes) == ("---", "---", ("SO",))


@pytest.mark.parametrize(
    ("pulse", "spo2", "shown", "codes"),
    [
        (72, 84, ("84*", "72"), ("SL",)),
        (39, 97, ("97", "39*"), ("PL",)),
        (180, 80, ("80*", "180*"), ("SL", "PH")),
        (40, 85, ("85", "40"), ()),
    ],
)
def test_nellcor_stars_what_is_outside_its_limits(
    pulse: float, spo2: float, shown: tuple[str, str], codes: tuple[str, ...]
) -> None:
    ((value,), _) = printout(NellcorMonitor(patient(pulse, spo2), clock), 2)
    assert ((value.spo2, value.pulse), value.codes) == (shown, codes)


def test_nellcor_honours_xoff_and_xon() -> None:
    def hear(second: float) -> bytes:
        return {5: b"\x13", 9: b"\x11"}.get(int(second), b"")

    lines = said(NellcorMonitor(patient(), clock), 12, hear).decode().splitlines()[2:]
    assert [line[16:18] for line in lines] == ["02", "04", "10", "12"]
