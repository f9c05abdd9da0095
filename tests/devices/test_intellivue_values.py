"""Philips IntelliVue: what a numeric says, absolute time, and the cuff's own time."""

from dataclasses import replace

import pytest

from devices.intellivue_values import MonitorClock, Told, Words, absolute_ms
from devices.numeric import Parameter, Validity
from tests.devices import intellivue_messages as made
from tests.devices.intellivue_driver import T_MS, after, cuff_of, polling, value_of
from tests.devices.intellivue_messages import (
    CUFF_AT_9_S,
    DEMO,
    MEASURING,
    SECOND,
    START,
    STEADY,
    CuffShown,
    shown,
    time_at,
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("fd007d00", 32),
        ("ff000140", 32),
        ("01000140", 3200),
        ("02000020", 3200),
        ("fffffffb", -0.5),
    ],
)
def test_floating_numbers(raw: str, value: float) -> None:
    told = Told.of(Words(bytes(6) + bytes.fromhex(raw)))
    assert told.value() == value


@pytest.mark.parametrize("exponent", [-128, -5, 100, 127])
def test_an_absurd_exponent_is_out_of_range(exponent: int) -> None:
    hr = value_of(after(polling(), 1, shown(made.HR, 72, made.BPM, 0, exponent)), Parameter.HR)
    assert (hr.value, hr.reason) == (None, "out of range")


def test_a_pulse_by_the_oximeter_comes_before_another() -> None:
    both = (shown(made.PULSE, 80, made.BPM), shown(made.PLETH_PULSE, 71, made.BPM))
    assert value_of(after(polling(), 1, *both), Parameter.PR).value == 71
    lost = (both[0], shown(made.PLETH_PULSE, made.NAN, made.BPM, made.INVALID))
    assert value_of(after(polling(), 1, *lost), Parameter.PR).value == 80


def test_the_cuffs_pulse_is_no_pulse_rate() -> None:
    pr = value_of(after(polling(), 1, shown(made.CUFF_PULSE, 77, made.BPM)), Parameter.PR)
    assert (pr.value, pr.reason) == (None, "not connected")


def test_of_two_alike_the_one_that_is_named_so() -> None:
    named = shown(made.SPO2, 97, made.PERCENT)
    other = shown(made.SPO2, 88, made.PERCENT, label=0xF0AB)
    for pair in ((named, other), (other, named)):
        assert value_of(after(polling(), 1, *pair), Parameter.SPO2).value == 97


@pytest.mark.parametrize(
    ("state", "validity", "reason"),
    [
        (made.INVALID, Validity.INVALID, "no valid value"),
        (made.UNAVAILABLE, Validity.UNAVAILABLE, "not measuring"),
        (made.INVALID | made.UNAVAILABLE, Validity.UNAVAILABLE, "not measuring"),
        (made.CALIBRATING, Validity.INVALID, "calibrating"),
        (made.TEST | made.QUESTIONABLE, Validity.INVALID, "test data"),
        (made.QUESTIONABLE, Validity.QUESTIONABLE, "questionable"),
        (made.EARLY | made.QUESTIONABLE, Validity.QUESTIONABLE, "questionable, early value"),
        (made.ALARM | 0x0081, Validity.VALID, ""),
    ],
)
def test_a_state_is_believed_whatever_number_comes_with_it(
    state: int, validity: Validity, reason: str
) -> None:
    hr = value_of(after(polling(), 1, shown(made.HR, 72, made.BPM, state)), Parameter.HR)
    assert (hr.validity, hr.reason) == (validity, reason)
    assert hr.value == (72 if validity.has_value else None)


def test_a_number_still_being_measured_is_measuring() -> None:
    temp = shown(made.TEMP, made.NAN, made.CELSIUS, MEASURING)
    assert value_of(after(polling(), 1, temp), Parameter.TEMP).validity is Validity.MEASURING


def test_demo_values_are_marked() -> None:
    numerics = after(polling(), 1, shown(made.HR, 72, made.BPM, DEMO), *STEADY[1:])
    assert {n.parameter for n in numerics if n.demo} == {Parameter.HR}
    assert value_of(numerics, Parameter.HR).value == 72


# The clock


@pytest.mark.parametrize(
    ("bcd", "ms"),
    [
        ("1970010100000000", 0),
        ("2000022923595999", 951_868_799_990),
        ("ffffffffffffffff", None),
        ("2026130100000000", None),
        ("2026010100006000", None),
        ("20260a0100000000", None),
        ("2026", None),
    ],
)
def test_absolute_time(bcd: str, ms: int | None) -> None:
    assert absolute_ms(bytes.fromhex(bcd)) == ms


def test_the_clock_runs_on_through_the_turn_of_relative_time() -> None:
    clock = MonitorClock()
    clock.tell(2**32 - 8000, 1_000_000)
    clock.tell(8000, None)
    assert clock.absolute_ms == 1_002_000
    clock.tell(2**32 - 8000, None)
    assert clock.absolute_ms == 1_000_000


# The cuff


def test_a_reading_has_the_time_of_its_measurement() -> None:
    driver = polling()
    for s in range(1, 9):
        after(driver, s, CuffShown(state=MEASURING).attributes())
    told = cuff_of(after(driver, 11, CUFF_AT_9_S.attributes()))
    assert [n.value for n in told] == [131, 84, 99]
    assert {n.t_ms for n in told} == {T_MS + 9_000}


@pytest.mark.parametrize("relative", [START, 2**32 - 4 * SECOND])
def test_or_by_relative_time(relative: int) -> None:
    driver = polling(relative=relative)
    stamp = (relative + 9 * SECOND) % 2**32
    cuff = CuffShown(131, 84, 99, relative=stamp).attributes()
    after(driver, 8, CuffShown(state=MEASURING).attributes(), relative=relative)
    told = cuff_of(after(driver, 11, cuff, relative=relative))
    assert {n.t_ms for n in told} == {T_MS + 9_000}


def test_a_reading_is_told_once() -> None:
    driver = polling()
    told = [cuff_of(after(driver, s, CUFF_AT_9_S.attributes())) for s in range(10, 200)]
    assert [bool(numerics) for numerics in told] == [True] + [False] * 189
    driver.connected(T_MS + 300_000)
    driver.receive(made.opening(), T_MS + 300_000)
    assert cuff_of(after(driver, 301, CUFF_AT_9_S.attributes())) == []


def test_equal_numbers_with_another_time_are_another_reading() -> None:
    driver = polling()
    assert cuff_of(after(driver, 10, CUFF_AT_9_S.attributes()))
    again = replace(CUFF_AT_9_S, absolute=time_at(12))
    assert {n.t_ms for n in cuff_of(after(driver, 13, again.attributes()))} == {T_MS + 12_000}


def test_a_reading_of_before_is_no_value() -> None:
    old = CuffShown(142, 90, 107, absolute=bytes.fromhex("2026030111300000"))
    told = cuff_of(after(polling(), 1, old.attributes()))
    assert [(n.value, n.validity) for n in told] == [(None, Validity.UNAVAILABLE)] * 3
    assert [n.reason for n in told] == [f"before connection {n}" for n in (142, 90, 107)]


def test_without_a_time_what_was_there_at_first_is_of_before() -> None:
    driver = polling()
    timeless = CuffShown(142, 90, 107)
    assert cuff_of(after(driver, 1, timeless.attributes()))[0].reason == "before connection 142"
    assert cuff_of(after(driver, 2, timeless.attributes())) == []
    changed = cuff_of(after(driver, 3, CuffShown(150, 90, 110).attributes()))
    assert [(n.value, n.t_ms) for n in changed] == [(v, T_MS + 3000) for v in (150, 90, 110)]
    after(driver, 4, CuffShown(state=MEASURING).attributes())
    same = cuff_of(after(driver, 5, CuffShown(150, 90, 110).attributes()))
    assert [n.value for n in same] == [150, 90, 110]


@pytest.mark.parametrize("minute", ["00", "59"])
def test_a_clock_that_was_set_does_not_move_what_we_saw_measured(minute: str) -> None:
    driver = polling()
    after(driver, 700, CuffShown(state=MEASURING).attributes())
    cuff = CuffShown(131, 84, 99, absolute=bytes.fromhex(f"20260301{12}{minute}0500"))
    told = cuff_of(after(driver, 705, cuff.attributes()))
    assert {n.t_ms for n in told} == {T_MS + 705_000}


def test_a_failed_measurement_is_told_though_the_old_reading_stands() -> None:
    driver = polling()
    after(driver, 10, CUFF_AT_9_S.attributes())
    measuring = cuff_of(after(driver, 20, replace(CUFF_AT_9_S, state=MEASURING).attributes()))
    assert {n.validity for n in measuring} == {Validity.MEASURING}
    assert cuff_of(after(driver, 21, replace(CUFF_AT_9_S, state=MEASURING).attributes())) == []
    failed = cuff_of(after(driver, 30, CUFF_AT_9_S.attributes()))
    assert {n.reason for n in failed} == {"cuff measurement failed"}


def test_a_reading_that_leaves_the_display_is_not_undone() -> None:
    driver = polling()
    after(driver, 10, CUFF_AT_9_S.attributes())
    assert cuff_of(after(driver, 11, made.NO_CUFF.attributes())) == []
