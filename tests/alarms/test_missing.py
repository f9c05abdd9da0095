"""Missing values, silent devices, another monitor: tables of what comes and the alarm then."""

import math

import pytest

from devices.numeric import Parameter, Validity
from tests.alarms.bedside import Bedside, Row, come, cuff_word, ms, play, states

MISSING: dict[str, list[Row]] = {
    "a value": [(0, 97, ""), (60, 97, "")],
    "probe off rises though new words keep coming": [
        (0, 97, ""), (1, "off", "low"), (10, "off", "low"), (11, "off", "medium"),
        (130, "off", "medium"), (131, 97, "")],
    "no new value while the device talks on": [
        (0, 97, ""), (1, "quiet", ""), (9, "quiet", ""), (10, "quiet", "low"),
        (19, "quiet", "low"), (20, "quiet", "medium"), (21, 97, "")],
    "no new value, then probe off: the age goes on": [
        (0, 97, ""), (1, "quiet", ""), (10, "quiet", "low"), (20, "quiet", "medium"),
        (90, "off", "medium"), (91, 97, "")],
    "never any data, the device talks": [
        (0, "quiet", ""), (9, "quiet", ""), (10, "quiet", "low"), (20, "quiet", "medium"),
        (130, 97, "")],
    "never any data, the device says why": [(0, "off", "low"), (10, "off", "medium")],
    "the device is silent: its own alarm says so": [(0, 97, ""), (1, "silent", ""),
                                                    (10, "silent", ""), (130, "silent", "")],
    "never any data, the device is silent": [(0, "silent", ""), (130, "silent", "")],
    "on, then the device falls silent: stays": [
        (0, 97, ""), (1, "off", "low"), (2, "silent", "low"), (8, "silent", "low"),
        (11, "silent", "medium"), (130, "silent", "medium"), (131, "off", "medium"), (132, 97, "")],
    "silent for long, then probe off: not as new": [(0, 97, ""), (1, "silent", ""),
                                                    (300, "silent", ""), (301, "off", "medium")],
    "value and no value in turns": [(0, 97, ""), (1, "off", "low"), (2, 97, ""), (3, "off", "low"),
                                    (4, 97, "")],
    "acknowledged, then raised: signals anew": [
        (0, "off", "low"), (1, "ack", "low ack"), (9, "off", "low ack"), (10, "off", "medium"),
        (11, "ack", "medium ack"), (130, "off", "medium ack"), (131, 97, "")],
}  # fmt: skip


@pytest.mark.parametrize("rows", MISSING.values(), ids=MISSING)
def test_missing(rows: list[Row]) -> None:
    play(Bedside(expected=(Parameter.SPO2,)), "spo2_missing", Parameter.SPO2, rows)


@pytest.mark.parametrize("rows", MISSING.values(), ids=MISSING)
def test_what_nobody_expects_is_never_missing(rows: list[Row]) -> None:
    unexpected: list[Row] = [(at, what, "") for at, what, _ in rows if what != "ack"]
    play(Bedside(), "spo2_missing", Parameter.SPO2, unexpected)


NO_DATA: dict[str, list[Row]] = {
    "talks": [(0, 97, ""), (60, 97, ""), (61, "off", ""), (120, "off", ""), (121, "quiet", "")],
    "falls silent": [(0, 97, ""), (1, "silent", ""), (9, "silent", ""), (10, "silent", "low"),
                     (19, "silent", "low"), (20, "silent", "medium"), (200, "silent", "medium"),
                     (201, 97, "")],
    "never any data": [(0, "silent", ""), (9, "silent", ""), (10, "silent", "low"),
                       (20, "silent", "medium"), (200, "silent", "medium")],
    "speaks, only to say that there is no value": [(0, "silent", ""), (60, "silent", "medium"),
                                                          (61, "off", "")],
    "again": [(0, 97, ""), (1, "silent", ""), (10, "silent", "low"), (11, 97, ""),
              (12, "silent", ""), (20, "silent", ""), (21, "silent", "low")],
    "acknowledged, then raised: signals anew": [
        (0, "silent", ""), (10, "silent", "low"), (11, "ack", "low ack"), (19, "silent", "low ack"),
        (20, "silent", "medium"), (21, "ack", "medium ack"), (200, "silent", "medium ack")],
}  # fmt: skip


@pytest.mark.parametrize("rows", NO_DATA.values(), ids=NO_DATA)
def test_no_data(rows: list[Row]) -> None:
    play(Bedside(expected=(Parameter.SPO2,)), "no_data_1", Parameter.SPO2, rows)


@pytest.mark.parametrize("every_s", [0.05, 1.0, 3.0])
@pytest.mark.parametrize(
    ("condition", "what", "first_s"), [("no_data_1", "silent", 10), ("spo2_missing", "off", 0)]
)
def test_while_dosing_no_data_becomes_high_and_falls_with_the_infusion(
    condition: str, what: str, first_s: float, every_s: float
) -> None:
    """Low at once, medium 10 s later, high at 60 s: each at most one tick late, none early."""
    bedside = Bedside(expected=(Parameter.SPO2,), dosing=True)
    seen: dict[str, float] = {}
    for tick in range(math.ceil(75 / every_s)):
        at_s = tick * every_s
        come(bedside, condition, Parameter.SPO2, at_s, what)
        seen.setdefault(bedside.priority(condition), at_s)
    for word, due_s in (("low", 0), ("medium", 10), ("high", 60)):
        assert first_s + due_s <= round(seen[word], 3) < first_s + due_s + every_s
        texts = {x.occurrence.text for x in bedside.log if x.occurrence.condition == condition}
        assert texts in ({"NO DATA from Monitor 1"}, {"SpO2 missing: probe off"})
    bedside.acknowledge(condition, 79)
    bedside.dosing = False
    come(bedside, condition, Parameter.SPO2, 80, what)
    assert bedside.priority(condition) == "medium ack"
    bedside.dosing = True
    come(bedside, condition, Parameter.SPO2, 81, what)
    assert bedside.priority(condition) == "high"


def test_dosing_that_begins_after_a_minute_without_data_is_high_at_once() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,))
    play(bedside, "spo2_missing", Parameter.SPO2, [(0, "off", "low"), (90, "off", "medium")])
    bedside.dosing = True
    bedside.none(91)
    bedside.tick(91)
    assert bedside.priority("spo2_missing") == "high"


@pytest.mark.parametrize(
    ("period_s", "dash_s"), [(0.5, 10), (1, 10), (3, 10), (4, 12), (5, 15), (10, 30), (60, 30)]
)
def test_a_slow_source_is_judged_by_its_own_period(period_s: float, dash_s: float) -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), periods={1: period_s})
    bedside.value(0, 97)
    bedside.tick(dash_s - 0.001)
    assert bedside.priority("no_data_1") == ""
    bedside.tick(dash_s)
    assert bedside.priority("no_data_1") == "low"


def test_a_device_lost_in_an_alarm_keeps_it_and_says_so_once() -> None:
    bedside = Bedside(expected=(Parameter.SPO2, Parameter.PR))
    for at_s in range(16):
        bedside.value(at_s, 88)
        bedside.value(at_s, 80, Parameter.PR)
        bedside.tick(at_s)
    bedside.states[1] = "lost"
    for at_s in range(16, 300):
        bedside.tick(at_s)
    assert {key: bedside.priority(key) for key in bedside.engine.on} == {
        "spo2_low": "medium",
        "no_data_1": "medium",
    }


def test_minutes_between_two_ticks_are_not_forgotten() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), dosing=True)
    bedside.value(0, 97)
    bedside.tick(0)
    assert states(bedside.tick(300)) == [("no_data_1", "active", "high")]
    bedside.none(301)
    assert states(bedside.tick(301)) == [
        ("no_data_1", "cleared", "high"),
        ("spo2_missing", "active", "high"),
    ]


def test_one_late_frame_between_two_late_ticks_does_not_lower() -> None:
    bedside = Bedside()
    bedside.tick(60)
    assert bedside.priority("no_data_1") == "medium"
    bedside.hear(100)
    bedside.tick(111)
    assert bedside.priority("no_data_1") == "medium"


def test_a_cuff_among_the_expected_hides_no_missing_value() -> None:
    bedside = Bedside(expected=(Parameter.NIBP_SYS, Parameter.SPO2))
    bedside.none(0)
    bedside.tick(0)
    assert set(bedside.engine.on) == {"spo2_missing"}


def test_expected_on_a_chair_without_a_device() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), periods={})
    bedside.tick(9)
    assert bedside.priority("spo2_missing") == ""
    bedside.tick(10)
    assert bedside.one("spo2_missing").text == "SpO2 missing: never seen"


def test_a_restart_ends_nothing_and_lowers_nothing() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), dosing=True)
    bedside.value(0, 97)
    for at_s in range(80):
        bedside.hear(at_s)
        bedside.tick(at_s)
    bedside.acknowledge("spo2_missing", 80)
    before = bedside.one("spo2_missing")
    assert bedside.priority("spo2_missing") == "high ack"
    bedside.restart(100)
    for at_s in range(100, 130):
        bedside.hear(at_s)
        assert bedside.tick(at_s) == []
    assert bedside.one("spo2_missing") == before
    bedside.value(130, 97)
    assert states(bedside.tick(130)) == [("spo2_missing", "cleared", "high")]


def test_a_different_monitor_is_high_until_it_is_another_matter() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,))
    bedside.value(0, 97)
    bedside.tick(0)
    bedside.states[1] = "different"
    bedside.say(1, cuff_word(1, "different monitor", Validity.UNAVAILABLE)[0])
    bedside.none(1, reason="different monitor")
    assert states(bedside.tick(1)) == [
        ("different_monitor_1", "active", "high"),
        ("spo2_missing", "active", "low"),
    ]
    for at_s in range(2, 90):
        bedside.tick(at_s)
    assert bedside.priority("different_monitor_1") == "high"
    assert bedside.priority("no_data_1") == ""
    bedside.states[1] = "connected"
    bedside.value(90, 97)
    assert states(bedside.tick(90)) == [
        ("different_monitor_1", "cleared", "high"),
        ("spo2_missing", "cleared", "medium"),
    ]


def test_another_patient_is_not_missing_what_comes_in_time() -> None:
    """A session's end forgets the values; the next ones are not late because of it."""
    bedside = Bedside(expected=(Parameter.SPO2,), periods={1: 5.0}, phase="baseline")
    for at_s in range(0, 600, 5):
        bedside.value(at_s, 97)
        bedside.tick(at_s)
    bedside.knowledge.forget_before(ms(597))
    assert bedside.engine.end_all() == []
    for at_s in (598, 599):
        assert bedside.tick(at_s) == []
    bedside.value(600, 97)
    assert bedside.tick(600) == []
    bedside.knowledge.forget_before(ms(601))
    for at_s in range(601, 615):
        bedside.hear(at_s)
        assert bedside.tick(at_s) == []
    bedside.hear(615)
    assert states(bedside.tick(615)) == [("spo2_missing", "active", "low")]


@pytest.mark.parametrize(
    ("what", "condition", "text"),
    [
        ("off", "spo2_missing", "SpO2 missing: probe off"),
        ("quiet", "spo2_missing", "SpO2 missing: no new value"),
        ("never", "spo2_missing", "SpO2 missing: never seen"),
        ("silent", "no_data_1", "NO DATA from Monitor 1"),
        (
            "different",
            "different_monitor_1",
            "DIFFERENT MONITOR on Monitor 1: check the patient, then confirm",
        ),
    ],
)
def test_the_text_says_what_and_why(what: str, condition: str, text: str) -> None:
    bedside = Bedside(expected=(Parameter.SPO2,))
    if what != "never":
        bedside.value(0, 97)
    if what == "different":
        bedside.states[1] = "different"
    if what in ("quiet", "never"):
        bedside.hear(12)
    if what == "off":
        bedside.none(12)
    bedside.tick(12)
    x = bedside.one(condition)
    assert (x.text, x.kind) == (text, "technical")
    assert x.parameter is (Parameter.SPO2 if condition == "spo2_missing" else None)


def test_another_monitor_on_one_port_does_not_hide_that_the_other_port_is_silent() -> None:
    bedside = Bedside(periods={1: 1.0, 2: 1.0}, states={1: "different"})
    bedside.tick(10)
    assert set(bedside.engine.on) == {"different_monitor_1", "no_data_2"}
