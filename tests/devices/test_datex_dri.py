"""Datex-Ohmeda DRI: frames, the conversation, and the values that are displayed."""

import random
from dataclasses import replace

import pytest

from devices.datex_dri import (
    AUX,
    DISPLAYED,
    START,
    START_AUX,
    STOP,
    STOP_AUX,
    DatexDri,
    parameter_request,
    request_frame,
    unframe,
)
from devices.driver import FrameError
from devices.numeric import Numeric, Parameter, Validity
from tests.devices import dri_frames as dri
from tests.devices.dri_frames import INVALID, ON, Record, Shown, displayed

T_MS = 1_700_000_000_000
PUBLISHED = (dri.LOGS / "official_requests_echoed.raw").read_bytes()
WAVE_OF_ECG1, NO_MORE_WAVES = b"\0\0\0\0\x01\xff", b"\x01\0\0\0\xff"
BUILT = {
    "displayed values every 10 s, all classes": parameter_request(DISPLAYED, 10, 0x0E),
    "no more displayed values": parameter_request(DISPLAYED, 0),
    "trend every 60 s, all classes, checksum escaped": parameter_request(3, 60, 0x0E),
    "no more trend": parameter_request(3, 0),
    "wave of ECG1": request_frame(1, WAVE_OF_ECG1.ljust(32, b"\0")),
    "no more waves": request_frame(1, NO_MORE_WAVES.ljust(32, b"\0")),
}


def read(shown: Shown, *, after_s: int = 0) -> dict[Parameter, Numeric]:
    driver = DatexDri()
    numerics = driver.receive(displayed(shown, after_s), T_MS)
    assert driver.accepted == 1
    return {numeric.parameter: numeric for numeric in numerics}


def received(data: bytes) -> tuple[list[Numeric], int, int]:
    driver = DatexDri()
    return driver.receive(data, T_MS), driver.accepted, driver.refused


# Requests and the conversation


@pytest.mark.parametrize("number", range(6), ids=BUILT)
def test_a_request_is_the_published_one_byte_for_byte(number: int) -> None:
    published = PUBLISHED.strip(b"\x7e").split(b"\x7e\x7e")
    assert list(BUILT.values())[number] == b"\x7e" + published[number] + b"\x7e"


def test_connecting_asks_for_aux_and_for_basic_values_every_5_s() -> None:
    basic = "31" + "00" * 20 + "ff" + "00" * 18 + "01 05 00 00 00 00 00 00 00 36"
    assert bytes.fromhex(f"7e {basic} 7e") == START
    assert DatexDri().connected(T_MS) == START_AUX + START


def heard(driver: DatexDri, second: int) -> None:
    assert driver.receive(displayed(Shown()), T_MS + second * 1000)


def test_a_request_that_goes_unanswered_is_repeated() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    sent = {second: driver.due(T_MS + second * 1000) for second in range(31)}
    assert {second for second in sent if sent[second]} == {10, 20, 30}
    assert sent[10] == sent[20] == sent[30] == START


def test_values_that_stop_are_asked_for_again() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    for second in range(5, 60, 5):
        heard(driver, second)
        assert driver.due(T_MS + second * 1000) == b""
    assert driver.due(T_MS + 64_999) == b""
    assert driver.due(T_MS + 65_000) == START
    assert driver.due(T_MS + 65_000) == b""


def test_noise_is_no_answer() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    for second in range(10):
        driver.receive(START + dri.aux(None) + b"\x7e\x7e???\x7e", T_MS + second * 1000)
    assert driver.due(T_MS + 10_000) == START


def test_aux_waits_for_values_where_both_at_once_were_not_answered() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    assert driver.due(T_MS + 10_000) == START
    heard(driver, 11)
    assert driver.due(T_MS + 14_999) == b""
    assert driver.due(T_MS + 15_000) == START_AUX
    heard(driver, 16)
    assert driver.due(T_MS + 21_000) == b""
    assert driver.connected(T_MS + 30_000) == START


def test_aux_is_given_up_if_values_stop_after_it() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    heard(driver, 1)
    assert driver.due(T_MS + 11_000) == START
    heard(driver, 12)
    assert driver.due(T_MS + 16_000) == START_AUX
    assert driver.due(T_MS + 26_000) == START
    assert driver.connected(T_MS + 30_000) == START
    for second in range(31, 60):
        heard(driver, second)
        assert driver.due(T_MS + second * 1000) == b""
    assert driver.closing() == STOP + STOP_AUX


def test_aux_is_asked_for_again_from_a_monitor_that_restarted() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    heard(driver, 6)
    assert driver.due(T_MS + 16_000) == START
    heard(driver, 40)
    assert driver.due(T_MS + 40_000) == START_AUX
    assert driver.connected(T_MS + 60_000) == START_AUX + START


def test_closing_stops_what_was_asked_for() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    assert driver.closing() == STOP + STOP_AUX
    driver.due(T_MS + 10_000)
    assert driver.closing() == STOP


@pytest.mark.parametrize(("plug", "identity"), [(0, None), (7, "plug 7"), (65535, "plug 65535")])
def test_the_plug_is_the_identity(plug: int, identity: str | None) -> None:
    driver = DatexDri()
    driver.receive(displayed(Shown(), plug=plug), T_MS)
    assert driver.identity == identity
    driver.connected(T_MS)
    assert driver.identity is None


# Frames


def test_any_level_of_the_interface_is_read() -> None:
    part = (DISPLAYED, Shown().subrecord(dri.CLOCK_S))
    for level in (0, 2, 9, 15, 16, 255):
        assert len(received(Record((part,), level=level).wire())[0]) == 6


DISPLAYED_PART = (DISPLAYED, Shown().subrecord(dri.CLOCK_S))


@pytest.mark.parametrize(
    "record",
    [
        Record((DISPLAYED_PART,), length=317),
        Record((DISPLAYED_PART,), length=319),
        Record((DISPLAYED_PART,), length=0),
        Record((DISPLAYED_PART,), length=0x8000 + 318),
        Record((DISPLAYED_PART,), main_type=2),
        Record((DISPLAYED_PART,), main_type=0x100),
        Record(((DISPLAYED, DISPLAYED_PART[1][:-1]),)),
        Record((DISPLAYED_PART, (AUX, bytes(113)))),
        Record((DISPLAYED_PART, (9, b""))),
        Record((DISPLAYED_PART, (0, bytes(9)))),
    ],
    ids=range(10),
)
def test_a_record_that_is_not_as_it_should_be_is_refused(record: Record) -> None:
    assert received(record.wire()) == ([], 0, 1)


def test_a_subrecord_cannot_begin_outside_its_record() -> None:
    record = bytearray(Record((DISPLAYED_PART,)).record())
    for offset in (-40, -1, 1, 278, 279, 32767):
        record[16:18] = offset.to_bytes(2, "little", signed=True)
        assert received(dri.wire(bytes(record))) == ([], 0, 1)


def test_eight_subrecords_need_no_end() -> None:
    parts = tuple((7, bytes([n])) for n in range(7))
    assert len(received(Record((*parts, DISPLAYED_PART)).wire())[0]) == 6


@pytest.mark.parametrize("kind", [2, 3, 5, 9])
def test_trends_and_the_unknown_are_not_displayed_values(kind: int) -> None:
    assert received(Record(((kind, DISPLAYED_PART[1]),)).wire()) == ([], 1, 0)


@pytest.mark.parametrize("main_type", [1, 4, 5, 8])
def test_other_records_are_passed_over(main_type: int) -> None:
    assert received(Record(((1, bytes(20)),), main_type=main_type).wire()) == ([], 1, 0)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_other_classes_are_passed_over(number: int) -> None:
    assert received(displayed(Shown(level_class=number << 8))) == ([], 1, 0)
    assert len(received(displayed(Shown(level_class=0xF0FF)))[0]) == 6


@pytest.mark.parametrize("escape", [b"\x7d\x00", b"\x7d\x7d", b"\x7d", b"\x7d\x5c", b"\x7d\x7e"])
def test_an_escape_that_is_none_is_refused(escape: bytes) -> None:
    with pytest.raises(FrameError, match="escape"):
        unframe(bytes(60) + escape)


def test_frames_may_share_a_delimiter() -> None:
    one = displayed(Shown())
    assert received(one + one[1:])[1:] == (2, 0)
    assert received(b"\x7e\x7e" + one + b"\x7e\x7e")[1:] == (1, 0)


def test_bytes_before_the_first_delimiter_are_the_end_of_a_frame_not_heard() -> None:
    one = displayed(Shown())
    assert received(one[50:] + one)[1:] == (1, 0)


def test_bytes_without_an_end_are_given_up_once() -> None:
    driver = DatexDri()
    assert driver.receive(b"\x7e" + bytes(4000), T_MS) == []
    assert driver.receive(bytes(4000), T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)
    assert driver._rest == b""
    assert driver.receive(bytes(10) + displayed(Shown()), T_MS)
    assert (driver.accepted, driver.refused) == (1, 1)


def test_a_flipped_bit_between_whole_frames_invents_no_values() -> None:
    chance = random.Random(4)
    for _, raw in (dri.CASES["steady"], dri.CASES["escapes"]):
        at_first = raw.index(b"\x7e\x7e") + 1
        first = raw[:at_first]
        alone = [repr(numeric) for numeric in received(first)[0]]
        for at in range(len(first)):
            bit = chance.randrange(8)
            flipped = first[:at] + bytes([first[at] ^ 1 << bit]) + first[at + 1 :]
            driver = DatexDri()
            numerics = driver.receive(first + flipped + first + first, T_MS)
            assert {repr(numeric) for numeric in numerics} <= set(alone)
            assert 2 <= driver.accepted <= 4  # a lost end may cost the frame after, no more


def test_a_flipped_bit_in_two_subrecords_invents_no_values() -> None:
    frame = displayed(Shown(), cuff_s=dri.CLOCK_S)
    unflipped, *_ = received(frame)
    for at in range(len(frame)):
        for bit in range(8):
            flipped = frame[:at] + bytes([frame[at] ^ 1 << bit]) + frame[at + 1 :]
            assert received(flipped)[0] in ([], unflipped)


# Values


def no_values(shown: Shown, parameter: Parameter) -> tuple[Validity, str]:
    numeric = read(shown)[parameter]
    assert numeric.value is None
    return numeric.validity, numeric.reason


@pytest.mark.parametrize("source", [1, 9])
def test_a_rate_from_the_ecg_is_hr(source: int) -> None:
    assert read(Shown(ecg=ON | source << 3, hr=64))[Parameter.HR] == Numeric(
        Parameter.HR, 64.0, T_MS
    )


@pytest.mark.parametrize("source", [n for n in range(16) if n not in (1, 9)])
def test_a_rate_from_elsewhere_is_not_hr(source: int) -> None:
    shown = Shown(ecg=ON | source << 3, hr=64)
    assert no_values(shown, Parameter.HR) == (Validity.UNAVAILABLE, "not from ECG")
    assert read(shown)[Parameter.PR].value == 71.0


@pytest.mark.parametrize("ecg", [ON | dri.BY_ECG, ON, dri.INACTIVE, ON | dri.BY_PLETH])
def test_asystole_is_never_hidden_behind_a_number_or_a_state(ecg: int) -> None:
    shown = Shown(ecg=ecg | dri.ASYSTOLE, hr=40)
    assert no_values(shown, Parameter.HR) == (Validity.INVALID, "asystole (monitor)")


@pytest.mark.parametrize(
    ("bits", "doubt"),
    [
        (dri.NOISE, "noise"),
        (dri.ARTIFACT, "artifact"),
        (dri.LEARNING, "learning"),
        (dri.NOISE | dri.ARTIFACT, "noise, artifact"),
    ],
)
def test_hr_in_doubt_keeps_its_number(bits: int, doubt: str) -> None:
    shown = Shown(ecg=ON | dri.BY_ECG | bits)
    hr = read(shown)[Parameter.HR]
    assert (hr.value, hr.validity, hr.reason) == (72.0, Validity.QUESTIONABLE, doubt)
    assert no_values(replace(shown, hr=INVALID), Parameter.HR) == (Validity.INVALID, doubt)


ABSENCES = [
    (Shown(ecg=dri.ABSENT), Parameter.HR, "not connected"),
    (Shown(ecg=dri.INACTIVE), Parameter.HR, "not measuring"),
    (Shown(ecg=dri.INACTIVE | dri.LEAD_OFF), Parameter.HR, "leads off"),
    (Shown(spo2_status=dri.ABSENT), Parameter.SPO2, "not connected"),
    (Shown(spo2_status=dri.ABSENT), Parameter.PR, "not connected"),
    (Shown(spo2_status=dri.INACTIVE), Parameter.SPO2, "probe off"),
    (Shown(spo2_status=dri.INACTIVE), Parameter.PR, "probe off"),
    (Shown(co2=dri.ABSENT), Parameter.ETCO2, "not connected"),
    (Shown(co2=dri.INACTIVE), Parameter.ETCO2, "not measuring"),
    (Shown(co2=dri.ABSENT, ecg=dri.ABSENT), Parameter.RR, "not connected"),
    (Shown(temps=()), Parameter.TEMP, "not connected"),
    (Shown(temps=((0, 3700), (1, 3700))), Parameter.TEMP, "not measuring"),
]


@pytest.mark.parametrize(("shown", "parameter", "reason"), ABSENCES)
def test_what_is_not_there_has_no_value(shown: Shown, parameter: Parameter, reason: str) -> None:
    assert no_values(shown, parameter) == (Validity.UNAVAILABLE, reason)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (-32768, "no value"),
        (-32767, "no value"),
        (-32766, "not updated"),
        (-32765, "no value"),
        (-32764, "below range"),
        (-32763, "above range"),
        (-32762, "not calibrated"),
        (-32001, "no value"),
        (-32000, "out of range"),
        (-1, "out of range"),
        (0, "no value (0)"),
    ],
)
def test_what_is_no_number_of_a_patient_has_its_reason(raw: int, reason: str) -> None:
    shown = Shown(hr=raw, pr=raw, spo2=raw, co2_rr=raw, et=raw, temps=((ON, raw),))
    assert {numeric.value for numeric in read(shown).values()} == {None}
    assert {numeric.reason for numeric in read(shown).values()} == {reason}


def test_oximetry_in_its_units() -> None:
    shown = read(Shown(spo2=9150, pr=118))
    assert (shown[Parameter.SPO2].value, shown[Parameter.PR].value) == (91.5, 118.0)


@pytest.mark.parametrize(
    ("et", "ambient", "mmhg"),
    [
        (526, 7600, 40.0),  # 5.26 % of 760 mmHg is 39.976
        (500, 7600, 38.0),
        (500, 6000, 30.0),
        (1000, 8500, 85.0),
        (480, 7471, 35.9),  # 35.861
    ],
)
def test_end_tidal_co2_is_its_part_of_the_ambient_pressure(
    et: int, ambient: int, mmhg: float
) -> None:
    assert read(Shown(et=et, ambient=ambient))[Parameter.ETCO2].value == mmhg


@pytest.mark.parametrize("ambient", [INVALID, 0, 760, 3999, 8501])
def test_end_tidal_co2_needs_the_ambient_pressure(ambient: int) -> None:
    assert no_values(Shown(ambient=ambient), Parameter.ETCO2)[1] == "no ambient pressure"


@pytest.mark.parametrize(
    ("bits", "rr", "etco2"),
    [
        (1 << 2, "apnea (monitor)", "apnea (monitor)"),
        (1 << 3, "calibrating", "calibrating"),
        (1 << 4, "zeroing", "zeroing"),
        (1 << 5, "occlusion", "occlusion"),
        (1 << 6, "leak", "leak"),
        (1 << 7, "apnea (monitor)", ""),
        (1 << 8, "", ""),
        (1 << 9, "", ""),
    ],
)
def test_what_hinders_co2(bits: int, rr: str, etco2: str) -> None:
    shown = read(Shown(co2=ON | bits))
    assert (shown[Parameter.RR].reason, shown[Parameter.ETCO2].reason) == (rr, etco2)
    assert (shown[Parameter.RR].value is None) == (rr not in ("", "leak"))


def test_rr_is_by_co2_while_that_measures_and_else_by_impedance() -> None:
    assert read(Shown(co2_rr=14, impedance_rr=15))[Parameter.RR].value == 14.0
    assert read(Shown(co2_rr=INVALID, impedance_rr=15))[Parameter.RR].value is None
    for status in (dri.ABSENT, dri.INACTIVE, dri.INACTIVE | dri.APNEA, dri.APNEA_BY_IMPEDANCE):
        assert read(Shown(co2=status, co2_rr=14, impedance_rr=15))[Parameter.RR].value == 15.0
    hidden = Shown(co2=dri.INACTIVE | dri.APNEA_BY_IMPEDANCE)
    assert no_values(hidden, Parameter.RR) == (Validity.INVALID, "apnea (monitor)")


@pytest.mark.parametrize(
    ("temps", "value"),
    [
        (((ON, 3650), (ON, 3720)), 36.5),
        (((ON, INVALID), (ON, 3720)), 37.2),
        (((dri.INACTIVE, 3650), (ON, 3720)), 37.2),
        (((0, 0), (0, 0), (0, 0), (ON, 3801)), 38.01),
        (((ON, INVALID),), None),
        (((ON, 4600),), None),
    ],
)
def test_temperature_is_of_the_first_probe_that_has_it(
    temps: tuple[tuple[int, int], ...], value: float | None
) -> None:
    assert read(Shown(temps=temps))[Parameter.TEMP].value == value
