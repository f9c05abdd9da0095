"""The virtual Nonin oximeters, their bytes read from the protocols' tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import pytest

from devices.numeric import Parameter
from devices.virtual.nonin_monitor import FORMS, Form, NoninMonitor
from devices.virtual.patient import Why
from devices.virtual.query import Intervals
from tests.devices.still_patient import PROBE_OFF, Still, clock, during, patient, said

ASCII = re.compile(rb"(?:\d\d:\d\d:\d\d )?SPO2=(\d{3}|---) HR=(\d{3}|---)( F)?(\*)?\r\n")


def ascii_lines(data: bytes) -> list[tuple[bytes, ...]]:
    """Give saturation, pulse and marks; every byte must belong to a line."""
    assert ASCII.sub(b"", data) == b""
    return [tuple(found or b"" for found in line) for line in ASCII.findall(data)]


def test_nonin_lines() -> None:
    data = said(NoninMonitor(patient(72.4, 97), clock), 3)
    assert data == b"SPO2=097 HR=072\r\n" * 3


def test_nonin_lines_of_an_8600_have_the_time() -> None:
    data = said(NoninMonitor(patient(), clock, "ascii_8600"), 2)
    assert data == b"12:00:01 SPO2=097 HR=072\r\n12:00:02 SPO2=097 HR=072\r\n"


def test_nonin_lines_without_a_value() -> None:
    assert said(NoninMonitor(Still(PROBE_OFF), clock), 1) == b"SPO2=--- HR=---\r\n"
    monitor = NoninMonitor(patient(), clock, "ascii", during("disconnected"))
    assert ascii_lines(said(monitor, 2)) == [
        (b"097", b"072", b"", b""),
        (b"---", b"---", b"", b""),
    ]


def test_nonin_marks() -> None:
    monitor = NoninMonitor(patient(), clock, "ascii", during("event", "fast"))
    assert ascii_lines(said(monitor, 2))[1] == (b"097", b"072", b" F", b"*")


@dataclass(frozen=True)
class Short:
    """One message of format 1 or 8."""

    raw: bytes

    def __post_init__(self) -> None:
        assert [byte >> 7 for byte in self.raw] == [1, 0, 0, 0][: len(self.raw)]

    @property
    def hr(self) -> int:
        return (self.raw[0] & 3) << 7 | self.raw[1]

    @property
    def spo2(self) -> int:
        return self.raw[2]

    @property
    def status(self) -> int:
        return self.raw[0] >> 2 & 0b11111

    @property
    def more(self) -> int:
        return self.raw[3]


def short(form: Form, monitor_of: Still, artefacts: Mapping[str, Intervals]) -> list[Short]:
    size = 3 if form == "1" else 4
    data = said(NoninMonitor(monitor_of, clock, form, artefacts), 3)
    assert len(data) == 3 * size
    return [Short(data[at : at + size]) for at in range(0, len(data), size)]


@pytest.mark.parametrize("form", ["1", "8"])
@pytest.mark.parametrize(("pulse", "spo2"), [(72, 97), (127, 100), (128, 1), (255, 50), (256, 88)])
def test_nonin_short_forms(form: Form, pulse: int, spo2: int) -> None:
    for message in short(form, patient(pulse, spo2), {}):
        assert (message.hr, message.spo2, message.status) == (pulse, spo2, 0)


@pytest.mark.parametrize("form", ["1", "8"])
@pytest.mark.parametrize(
    ("artefact", "status", "lost"),
    [
        ("disconnected", 0b10000, True),
        ("out_of_track", 0b01000, True),
        ("low_perfusion", 0b00100, False),
        ("marginal_perfusion", 0b00010, False),
        ("artifact", 0b00001, False),
    ],
)
def test_nonin_short_forms_have_a_bit_for_each(
    form: Form, artefact: str, status: int, lost: bool
) -> None:
    before, *then = short(form, patient(), during(artefact))
    assert (before.status, before.hr) == (0, 72)
    for message in then:
        assert message.status == status
        assert (message.hr, message.spo2) == ((511, 127) if lost else (72, 97))


@pytest.mark.parametrize("form", ["1", "8"])
def test_nonin_short_forms_with_the_probe_off(form: Form) -> None:
    for message in short(form, Still(PROBE_OFF), {}):
        assert (message.hr, message.spo2, message.status) == (511, 127, 0b01000)


def test_nonin_format_8_tells_sensor_fault_and_battery() -> None:
    fault = short("8", patient(), during("sensor_fault"))
    assert [message.more for message in fault] == [0, 8, 8]
    assert fault[1].hr == 511
    assert [message.more for message in short("8", patient(), during("battery_low"))] == [0, 1, 1]


@dataclass(frozen=True)
class Packet:
    """25 frames of format 2 or 7: status and data by frame, from 1 on."""

    status: dict[int, int]
    data: dict[int, int]
    pleth: list[int]

    @classmethod
    def of(cls, raw: bytes, form: str) -> "Packet":
        status, data, pleth = {}, {}, []
        for number in range(1, 26):
            frame = raw[5 * number - 5 : 5 * number]
            assert sum(frame[:4]) % 256 == frame[4]
            if form == "2":
                assert frame[0] == 1
                status[number], data[number] = frame[1], frame[3]
                pleth.append(frame[2])
            else:
                status[number], data[number] = frame[0], frame[3]
                pleth.append(frame[1] << 8 | frame[2])
            assert status[number] & 0x80
            assert bool(status[number] & 1) == (number == 1)
        return cls(status, data, pleth)

    def hr(self, at: int) -> int:
        assert self.data[at] < 4
        assert self.data[at + 1] < 128
        return self.data[at] << 7 | self.data[at + 1]


def packets(
    form: Form, monitor_of: Still, artefacts: Mapping[str, Intervals], until_s: float = 3
) -> list[Packet]:
    data = said(NoninMonitor(monitor_of, clock, form, artefacts), until_s)
    assert len(data) == 125 * 3 * until_s
    return [Packet.of(data[at : at + 125], form) for at in range(0, len(data), 125)]


@pytest.mark.parametrize("form", ["2", "7"])
@pytest.mark.parametrize(("pulse", "spo2"), [(72, 97), (128, 100), (255, 50), (256, 88)])
def test_nonin_packets(form: Form, pulse: int, spo2: int) -> None:
    for packet in packets(form, patient(pulse, spo2), {}):
        assert [packet.hr(at) for at in (1, 14, 20, 22)] == [pulse] * 4
        assert [packet.data[at] for at in (3, 9, 10, 11, 16, 17)] == [spo2] * 6
        assert packet.data[4] == 48
        assert packet.data[8] == 0x20
        assert {status & ~1 for status in packet.status.values()} == {0x82}


def test_a_nonin_packet_beside_the_one_that_is_published() -> None:
    # github.com/pez-globo/pufferfish-software, TestPacketReceiver.cpp (Apache-2.0): HR 72, SpO2 97.
    data = bytes.fromhex("00486130 00000000 616161 000000 48 6161 000000 48 00 48 0000")
    (packet, *_) = packets("2", patient(72, 97), {})
    timer_and_stat2 = (6, 7, 8)
    for number, byte in enumerate(data, 1):
        if number not in timer_and_stat2:
            assert packet.data[number] == byte, number


@pytest.mark.parametrize("form", ["2", "7"])
@pytest.mark.parametrize(
    ("artefact", "status", "lost"),
    [
        ("disconnected", 0xC8, True),
        ("artifact", 0xA2, False),
        ("out_of_track", 0x92, True),
        ("sensor_fault", 0x88, True),
        ("low_perfusion", 0x84, False),
        ("marginal_perfusion", 0x86, False),
    ],
)
def test_nonin_packets_have_a_bit_for_each(
    form: Form, artefact: str, status: int, lost: bool
) -> None:
    *_, packet = packets(form, patient(), during(artefact))
    told = {found & ~1 for found in packet.status.values()}
    green = 0x02
    assert {found | green for found in told} == {status | green}
    if not lost:
        assert told == {status}
    assert packet.hr(20) == (511 if lost else 72)
    assert packet.data[9] == (127 if lost else 97)


@pytest.mark.parametrize("form", ["2", "7"])
def test_nonin_packets_with_the_probe_off(form: Form) -> None:
    for packet in packets(form, Still(PROBE_OFF), {}):
        assert (packet.hr(1), packet.data[3], set(packet.pleth)) == (511, 127, {0})
        assert {status & ~1 for status in packet.status.values()} == {0x88}


def test_nonin_packets_tell_the_battery() -> None:
    found = packets("7", patient(), during("battery_low"))
    assert [packet.data[8] for packet in found] == [0x20] * 5 + [0x21] * 4


@pytest.mark.parametrize("form", ["2", "7"])
def test_the_nonin_wave_has_the_patients_pulse(form: Form) -> None:
    wave = [sample for packet in packets(form, patient(90), {}, 20) for sample in packet.pleth]
    middle = max(wave) / 2
    rises = sum(a < middle <= b for a, b in pairwise(wave))
    assert rises == pytest.approx(90 * 20 / 60, abs=1)
    assert max(wave) < (1 << 8 if form == "2" else 1 << 16)


@pytest.mark.parametrize("form", FORMS)
def test_one_value_that_is_missing_leaves_the_other(form: Form) -> None:
    half = Still({Parameter.SPO2: 97.0, Parameter.PR: Why.NO_VALUE})
    data = said(NoninMonitor(half, clock, form), 1)
    if form.startswith("ascii"):
        assert ascii_lines(data) == [(b"097", b"---", b"", b"")]
    elif form in ("1", "8"):
        assert (Short(data).hr, Short(data).spo2, Short(data).status) == (511, 97, 0)
    else:
        assert (Packet.of(data, form).hr(1), Packet.of(data, form).data[3]) == (511, 97)
