"""The virtual Nonin, Nellcor and Contec oximeters, their bytes read from the protocols' tables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import pytest

from devices.numeric import Parameter
from devices.virtual.contec_monitor import Contec5ByteMonitor, ContecMonitor
from devices.virtual.nellcor_monitor import MODELS, NellcorMonitor
from devices.virtual.nonin_monitor import FORMS, Form, NoninMonitor
from devices.virtual.patient import Cuff, Vitals, Why
from devices.virtual.query import Intervals
from devices.virtual.wire import Source

NOON_S = 1_772_366_400  # 2026-03-01 12:00:00
PROBE_OFF: Vitals = {Parameter.PR: Why.PROBE_OFF, Parameter.SPO2: Why.PROBE_OFF}


@dataclass
class Still:
    """A patient whose values do not move."""

    vitals: Vitals

    def at(self, t_s: float) -> Vitals:
        return self.vitals

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        return []


def patient(pulse: float = 72, spo2: float = 97) -> Still:
    return Still({Parameter.PR: pulse, Parameter.SPO2: spo2})


def clock(t_s: float) -> int:
    return NOON_S + int(t_s)


def during(*artefacts: str) -> Mapping[str, Intervals]:
    """From 2 s to the end of time."""
    return {artefact: Intervals(((2, 1e9),)) for artefact in artefacts}


def said(source: Source, until_s: float, hear: Callable[[float], bytes] = lambda _: b"") -> bytes:
    """All that it says until then; each second it hears something."""
    data, second = b"", 0
    while second <= until_s:
        source.receive(hear(second), second)
        second += 1
        while (due := source.next_s()) is not None and due <= min(second, until_s) + 1e-9:
            data += source.emit()
    return data


# --- Nonin -------------------------------------------------------------------------------------

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


# --- Nellcor -----------------------------------------------------------------------------------

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


# --- Contec ------------------------------------------------------------------------------------


def command(code: int) -> bytes:
    return bytes([0x7D, 0x81, code]) + b"\x80" * 6


START, STOP, ALIVE = command(0xA1), command(0xA2), command(0xAF)


def ask(second: float) -> bytes:
    """Start, then say each 5 s that we are there."""
    if second == 0:
        return START
    return ALIVE if second % 5 == 0 else b""


def contec_packets(data: bytes) -> list[tuple[int, bytes]]:
    """Type and unpacked payload of each packet; only a type byte has its top bit clear."""
    found = []
    for raw in re.findall(rb"[\x00-\x7f][\x80-\xff]+", data):
        payload = bytes((byte & 0x7F) | (raw[1] >> n & 1) << 7 for n, byte in enumerate(raw[2:]))
        found.append((raw[0], payload))
    assert sum(len(payload) + 2 for _, payload in found) == len(data)
    return found


@dataclass(frozen=True)
class Finger:
    """The seven bytes of a real-time packet."""

    d: bytes

    def bit(self, byte: int, place: int) -> bool:
        return bool(self.d[byte] >> place & 1)

    @property
    def values(self) -> tuple[int, int, int]:
        """Pulse, saturation, perfusion index."""
        return self.d[3], self.d[4], self.d[5] | self.d[6] << 8


def fingers(monitor: ContecMonitor, until_s: float) -> list[Finger]:
    packets = contec_packets(said(monitor, until_s, ask))
    assert {(kind, len(payload)) for kind, payload in packets} == {(1, 7)}
    return [Finger(payload) for _, payload in packets]


def test_contec_is_silent_until_it_is_asked() -> None:
    monitor = ContecMonitor(patient())
    assert said(monitor, 30) == b""
    assert monitor.next_s() is None


def test_contec_sends_sixty_a_second_as_long_as_we_are_there() -> None:
    found = fingers(ContecMonitor(patient(72, 97)), 30)
    assert len(found) == 1800
    assert {finger.values for finger in found} == {(72, 97, 240)}
    assert not any(finger.bit(0, 7) or finger.bit(1, 7) or finger.bit(2, 4) for finger in found)


def test_contec_ends_the_link_that_is_not_kept_alive() -> None:
    monitor = ContecMonitor(patient())
    data = said(monitor, 60, lambda second: START if second == 0 else b"")
    found = contec_packets(data)
    assert found[-1] == (0x0D, b"")
    assert 590 <= len(found) <= 601
    assert monitor.next_s() is None


def test_contec_stops_and_starts_again() -> None:
    def hear(second: float) -> bytes:
        return {0: START, 2: STOP, 4: START}.get(int(second), b"")

    kinds = [kind for kind, _ in contec_packets(said(ContecMonitor(patient()), 5, hear))]
    assert kinds.count(1) == 180
    assert kinds.count(0x0C) == 1


def test_contec_hears_a_command_in_pieces_and_after_noise() -> None:
    pieces = [b"\x7d\x7d\x81\x11", *(START[n : n + 1] for n in range(9))]
    monitor = ContecMonitor(patient())
    for piece in pieces:
        assert monitor.next_s() is None
        monitor.receive(piece, 0)
    assert monitor.next_s() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        # As recorded: github.com/headrotor/contec_data, stream_data.py (MIT).
        (0xA7, "0c80"),
        (0xA2, "0c80"),
        (0xA0, "06808087"),
        (0xB0, "118081818080808080"),
        (0xAC, "0e8081"),
        (0xAA, "0480f5f3e5f2a0a0a0"),
        (0xB9, "0b81b985"),
    ],
)
def test_contec_answers(code: int, answer: str) -> None:
    monitor = ContecMonitor(patient())
    monitor.receive(command(code), 3.0)
    assert monitor.next_s() == 3.0
    assert monitor.emit().hex() == answer
    assert monitor.next_s() is None


def test_contec_without_a_perfusion_index() -> None:
    monitor = ContecMonitor(patient(65, 97), perfusion_index=False)
    for finger in fingers(monitor, 1):
        assert finger.values == (65, 97, 0xFFFF)
        assert finger.bit(2, 4)
    monitor.receive(command(0xAC), 2)
    assert monitor.emit().hex() == "0e8080"


def test_contec_with_the_finger_out() -> None:
    for finger in fingers(ContecMonitor(Still(PROBE_OFF)), 1):
        assert finger.values == (0xFF, 0x7F, 0xFFFF)
        assert finger.bit(0, 7)
        assert finger.d[1] == 0x40


def test_contec_searching_and_then_for_too_long() -> None:
    found = fingers(ContecMonitor(patient(), artefacts=during("searching")), 9)
    assert {finger.values for finger in found[:114]} == {(72, 97, 240)}
    after = found[120:]
    assert {finger.values for finger in after} == {(0xFF, 0x7F, 0xFFFF)}
    assert all(finger.bit(1, 7) and not finger.bit(0, 7) for finger in after)
    assert {finger.bit(0, 4) for finger in found[:400]} == {False}
    assert {finger.bit(0, 4) for finger in found[440:]} == {True}


def test_contec_with_low_perfusion_and_low_saturation() -> None:
    found = fingers(ContecMonitor(patient(72, 86), artefacts=during("low_perfusion")), 4)
    assert {finger.values[2] for finger in found} == {240, 30}
    assert {finger.d[0] & 15 for finger in found} == {5, 1}
    assert all(finger.bit(0, 5) for finger in found)


def test_contec_that_was_switched_off_waits_to_be_asked_again() -> None:
    monitor = ContecMonitor(patient(), artefacts={"off": Intervals(((3, 6),))})

    def hear(second: float) -> bytes:
        return START if second in (0, 5, 9) else ALIVE

    found = contec_packets(said(monitor, 12, hear))
    assert len(found) == pytest.approx(60 * 3 + 60 * 3, abs=12)


def test_a_contec_beat_for_each_of_the_patients() -> None:
    beats = sum(finger.bit(0, 6) for finger in fingers(ContecMonitor(patient(90)), 20))
    assert beats == pytest.approx(30, abs=1)


@dataclass(frozen=True)
class Old:
    """The five bytes of the older protocol."""

    b: bytes

    def __post_init__(self) -> None:
        assert [byte >> 7 for byte in self.b] == [1, 0, 0, 0, 0]

    @property
    def values(self) -> tuple[int, int]:
        return (self.b[2] >> 6 & 1) << 7 | self.b[3], self.b[4]

    @property
    def flags(self) -> tuple[int, int, int, int]:
        """Finger out, dropping, probe error, searching."""
        return self.b[0] >> 4 & 1, self.b[0] >> 5 & 1, self.b[2] >> 4 & 1, self.b[2] >> 5 & 1


def olds(monitor: Contec5ByteMonitor, until_s: float) -> list[Old]:
    data = said(monitor, until_s)
    assert len(data) == 300 * until_s
    return [Old(data[at : at + 5]) for at in range(0, len(data), 5)]


@pytest.mark.parametrize(("pulse", "spo2"), [(72, 97), (127, 100), (128, 99), (200, 90)])
def test_an_older_contec(pulse: int, spo2: int) -> None:
    found = olds(Contec5ByteMonitor(patient(pulse, spo2)), 2)
    assert {(old.values, old.flags) for old in found} == {((pulse, spo2), (0, 0, 0, 0))}


def test_an_older_contec_has_a_flag_for_each() -> None:
    out = olds(Contec5ByteMonitor(Still(PROBE_OFF)), 1)
    assert {(old.values, old.flags) for old in out} == {((0, 0), (1, 0, 1, 0))}
    searching = olds(Contec5ByteMonitor(patient(), artefacts=during("searching")), 4)[-60:]
    assert {(old.values, old.flags) for old in searching} == {((0, 0), (0, 0, 0, 1))}
    low = olds(Contec5ByteMonitor(patient(72, 86)), 1)
    assert {old.flags for old in low} == {(0, 1, 0, 0)}
    weak = olds(Contec5ByteMonitor(patient(), artefacts=during("low_perfusion")), 4)[-60:]
    assert {old.b[0] & 15 for old in weak} == {1}


# --- All ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "monitor",
    [
        *(NoninMonitor(patient(), clock, form) for form in FORMS),
        NellcorMonitor(patient(), clock),
        Contec5ByteMonitor(patient()),
    ],
    ids=lambda monitor: f"{type(monitor).__name__}-{getattr(monitor, '_form', '')}",
)
def test_those_that_push_hear_nothing_and_never_stop(monitor: Source) -> None:
    noise = bytes(byte for byte in range(256) if byte not in (0x11, 0x13))
    data = said(monitor, 10, lambda _: noise)
    assert data
    due = monitor.next_s()
    assert due is not None
    assert 10 < due <= 12


def with_artefact(artefact: str) -> Mapping[str, Intervals]:
    return {artefact: Intervals(((2, 6),))} if artefact else {}


def nonin(form: Form, artefact: str) -> Source:
    return NoninMonitor(patient(), clock, form, with_artefact(artefact))


MAKERS: dict[str, tuple[tuple[str, ...], Callable[[str], Source]]] = {
    **{f"nonin {form}": (NoninMonitor.ARTEFACTS[form], partial(nonin, form)) for form in FORMS},
    "nellcor": (
        NellcorMonitor.ARTEFACTS,
        lambda artefact: NellcorMonitor(patient(), clock, artefacts=with_artefact(artefact)),
    ),
    "contec": (
        ContecMonitor.ARTEFACTS,
        lambda artefact: ContecMonitor(patient(), artefacts=with_artefact(artefact)),
    ),
    "contec, older": (
        Contec5ByteMonitor.ARTEFACTS,
        lambda artefact: Contec5ByteMonitor(patient(), artefacts=with_artefact(artefact)),
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_artefact_can_be_seen_and_ends(name: str) -> None:
    artefacts, make = MAKERS[name]
    well = said(make(""), 6, ask)
    for artefact in artefacts:
        touched = said(make(artefact), 6, ask)
        assert touched != well, artefact
        # Up to its begin, a second before which all of them have spoken, nothing differs.
        before = len(said(make(""), 1.5, ask))
        assert touched[:before] == well[:before], artefact
