"""Each alarm condition as a table: at so many seconds this comes, and that is the alarm then.

A number is a value that comes, "off" the word that there is none, "quiet" that the device talks of
other things, "silent" that it says nothing, "ack" that a person acknowledges. The last column is
the alarm after the tick: "" (none), a priority, or a priority with "ack".
"""

import math
from typing import Any

import pytest

from devices.numeric import Parameter, Validity, numeric
from monitor.alarms.conditions import figure
from monitor.alarms.limits import Limit, Priority
from tests.alarms.bedside import SHIPPED, Bedside, cuff, cuff_word, ms, states

Row = tuple[float, float | str, str]


def play(
    bedside: Bedside, condition: str, parameter: Parameter, rows: list[Row], every_s: float = 1.0
) -> None:
    """Play a table. Between its rows, what came last goes on, a tick every ``every_s``."""
    what: float | str = "silent"
    at_s = -every_s
    for row_s, new, expected in rows:
        while at_s + every_s < row_s:
            at_s += every_s
            come(bedside, condition, parameter, at_s, "" if what == "ack" else what)
        at_s, what = row_s, new
        come(bedside, condition, parameter, at_s, what)
        assert bedside.priority(condition) == expected, f"at {at_s:g} s"


def come(
    bedside: Bedside, condition: str, parameter: Parameter, at_s: float, what: float | str
) -> None:
    if what == "ack":
        bedside.engine.acknowledge(bedside.one(condition).id, "RN Keller")
        return
    if what == "off":
        bedside.none(at_s, parameter)
    elif what == "quiet":
        bedside.hear(at_s)
    elif isinstance(what, int | float):
        bedside.value(at_s, what, parameter)
    bedside.tick(at_s)


LOW_SPO2: dict[str, list[Row]] = {
    "on the limit is inside": [(0, 90, ""), (60, 90, "")],
    "above": [(0, 91, ""), (60, 100, "")],
    "below, once the delay is over": [(0, 89, ""), (14, 89, ""), (15, 89, "medium")],
    "shorter than the delay": [(0, 89, ""), (14, 89, ""), (15, 90, ""), (16, 89, ""), (30, 89, "")],
    "the delay begins anew after a value inside": [(0, 89, ""), (10, 95, ""), (11, 89, ""),
                                                   (25, 89, ""), (26, 89, "medium")],
    "far below: high, after its own delay": [(0, 84, ""), (4, 84, ""), (5, 84, "high")],
    "on the high limit is medium": [(0, 85, ""), (14, 85, ""), (15, 85, "medium")],
    "raised, lowered, ended": [(0, 88, ""), (15, 88, "medium"), (20, 80, "medium"),
                               (25, 80, "high"), (26, 88, "medium"), (27, 90, "")],
    "high falls to medium though medium's delay is not over": [(0, 84, ""), (5, 84, "high"),
                                                               (6, 88, "medium")],
    "a dip shorter than high's delay": [(0, 88, ""), (15, 88, "medium"), (16, 80, "medium"),
                                        (19, 88, "medium"), (20, 80, "medium"), (24, 80, "medium"),
                                        (25, 80, "high")],
    "unknown does not end": [(0, 88, ""), (15, 88, "medium"), (16, "off", "medium"),
                             (600, "off", "medium"), (601, 95, "")],
    "unknown does not begin": [(0, "off", ""), (600, "off", "")],
    "unknown does not stop the delay, and only a value begins": [
        (0, 88, ""), (14, 88, ""), (15, "off", ""), (30, "off", ""), (31, 88, "medium")],
    "unknown now and then": [(0, 88, ""), (1, "off", ""), (2, 88, ""), (3, "off", ""),
                             (14, 88, ""), (15, 88, "medium")],
    "silence does not end": [(0, 88, ""), (15, 88, "medium"), (16, "silent", "medium"),
                             (900, "silent", "medium"), (901, 91, "")],
    "silence does not begin": [(0, 88, ""), (1, "silent", ""), (600, "silent", "")],
    "an old value does not begin": [(0, 88, ""), (1, "quiet", ""), (9, "quiet", ""),
                                    (60, "quiet", "")],
    "never any data": [(0, "silent", ""), (600, "silent", "")],
    "acknowledged stays on, and ends": [(0, 88, ""), (15, 88, "medium"), (16, "ack", "medium ack"),
                                        (60, 88, "medium ack"), (61, 95, "")],
    "acknowledged, then another occurrence": [(0, 88, ""), (15, 88, "medium"),
                                              (16, "ack", "medium ack"), (17, 95, ""),
                                              (18, 88, ""), (33, 88, "medium")],
    "acknowledged, then raised: signals anew": [(0, 88, ""), (15, 88, "medium"),
                                                (16, "ack", "medium ack"), (17, 80, "medium ack"),
                                                (22, 80, "high")],
    "acknowledged high, lowered, raised": [(0, 80, ""), (5, 80, "high"), (6, "ack", "high ack"),
                                           (7, 88, "medium ack"), (8, 80, "medium ack"),
                                           (13, 80, "high")],
    "acknowledged, then no data": [(0, 88, ""), (15, 88, "medium"), (16, "ack", "medium ack"),
                                   (17, "silent", "medium ack"), (300, "silent", "medium ack")],
}  # fmt: skip


@pytest.mark.parametrize("rows", LOW_SPO2.values(), ids=LOW_SPO2)
def test_a_low_limit(rows: list[Row]) -> None:
    play(Bedside(), "SpO2_low", Parameter.SPO2, rows)


@pytest.mark.parametrize("rows", LOW_SPO2.values(), ids=LOW_SPO2)
def test_a_high_limit_is_the_same_the_other_way_round(rows: list[Row]) -> None:
    """Mirrored at 100: 90 becomes 110, 85 becomes 115."""
    mirrored = [
        Limit(Parameter.HR, "high", x.priority, 200 - x.bound, x.delay_s)
        for x in SHIPPED
        if x.parameter is Parameter.SPO2
    ]
    turned: list[Row] = [(at, 200 - x if isinstance(x, int) else x, y) for at, x, y in rows]
    play(Bedside(limits=mirrored), "HR_high", Parameter.HR, turned)


@pytest.mark.parametrize("limit", SHIPPED, ids=lambda x: f"{x.condition}-{x.priority.word}")
@pytest.mark.parametrize("every_s", [0.1, 1.0, 4.0])
def test_every_shipped_limit_below_at_and_beyond(limit: Limit, every_s: float) -> None:
    """At any pace of ticks: not before its delay, and at most one tick after it."""
    outward = -1 if limit.side == "low" else 1
    for step, expected in ((-1, ""), (0, ""), (1, limit.priority.word)):
        bedside = Bedside(limits=[limit])
        for tick in range(math.ceil(limit.delay_s / every_s) + 1):
            at_s = tick * every_s
            bedside.value(at_s, limit.bound + outward * step, limit.parameter)
            bedside.tick(at_s)
            if at_s < limit.delay_s:
                assert bedside.priority(limit.condition) == ""
        assert bedside.priority(limit.condition) == expected


def test_a_questionable_value_counts() -> None:
    bedside = Bedside()
    for at_s in range(16):
        bedside.say(at_s, numeric(Parameter.SPO2, 80, ms(at_s), doubt="low perfusion"))
        bedside.tick(at_s)
    assert bedside.priority("SpO2_low") == "high"


def test_pr_alarms_as_pr_and_hr_as_hr() -> None:
    bedside = Bedside()
    for at_s in range(6):
        bedside.value(at_s, 38, Parameter.PR)
        bedside.value(at_s, 80, Parameter.HR)
        bedside.tick(at_s)
    assert {x.text for x in bedside.engine.on.values()} == {"PR 38 < 40"}


MISSING: dict[str, list[Row]] = {
    "a value": [(0, 97, ""), (60, 97, "")],
    "probe off rises though new words keep coming": [
        (0, 97, ""), (1, "off", "low"), (10, "off", "low"), (11, "off", "medium"),
        (600, "off", "medium"), (601, 97, "")],
    "no new value while the device talks on": [
        (0, 97, ""), (1, "quiet", ""), (9, "quiet", ""), (10, "quiet", "low"),
        (19, "quiet", "low"), (20, "quiet", "medium"), (21, 97, "")],
    "no new value, then probe off: the age goes on": [
        (0, 97, ""), (1, "quiet", ""), (10, "quiet", "low"), (20, "quiet", "medium"),
        (90, "off", "medium"), (91, 97, "")],
    "never any data, the device talks": [
        (0, "quiet", ""), (9, "quiet", ""), (10, "quiet", "low"), (20, "quiet", "medium"),
        (500, 97, "")],
    "never any data, the device says why": [(0, "off", "low"), (10, "off", "medium")],
    "the device is silent: its own alarm says so": [(0, 97, ""), (1, "silent", ""),
                                                    (10, "silent", ""), (600, "silent", "")],
    "never any data, the device is silent": [(0, "silent", ""), (600, "silent", "")],
    "on, then the device falls silent: stays": [
        (0, 97, ""), (1, "off", "low"), (2, "silent", "low"), (8, "silent", "low"),
        (11, "silent", "medium"), (600, "silent", "medium"), (601, "off", "medium"), (602, 97, "")],
    "silent for long, then probe off: not as new": [(0, 97, ""), (1, "silent", ""),
                                                    (300, "silent", ""), (301, "off", "medium")],
    "value and no value in turns": [(0, 97, ""), (1, "off", "low"), (2, 97, ""), (3, "off", "low"),
                                    (4, 97, "")],
    "acknowledged, then raised: signals anew": [
        (0, "off", "low"), (1, "ack", "low ack"), (9, "off", "low ack"), (10, "off", "medium"),
        (11, "ack", "medium ack"), (500, "off", "medium ack"), (501, 97, "")],
}  # fmt: skip


@pytest.mark.parametrize("rows", MISSING.values(), ids=MISSING)
def test_missing(rows: list[Row]) -> None:
    play(Bedside(expected=(Parameter.SPO2,)), "SpO2_missing", Parameter.SPO2, rows)


@pytest.mark.parametrize("rows", MISSING.values(), ids=MISSING)
def test_what_nobody_expects_is_never_missing(rows: list[Row]) -> None:
    unexpected: list[Row] = [(at, what, "") for at, what, _ in rows if what != "ack"]
    play(Bedside(), "SpO2_missing", Parameter.SPO2, unexpected)


NO_DATA: dict[str, list[Row]] = {
    "talks": [(0, 97, ""), (60, 97, ""), (61, "off", ""), (120, "off", ""), (121, "quiet", "")],
    "falls silent": [(0, 97, ""), (1, "silent", ""), (9, "silent", ""), (10, "silent", "low"),
                     (19, "silent", "low"), (20, "silent", "medium"), (900, "silent", "medium"),
                     (901, 97, "")],
    "never any data": [(0, "silent", ""), (9, "silent", ""), (10, "silent", "low"),
                       (20, "silent", "medium"), (900, "silent", "medium")],
    "speaks, only to say that there is no value": [(0, "silent", ""), (60, "silent", "medium"),
                                                          (61, "off", "")],
    "again": [(0, 97, ""), (1, "silent", ""), (10, "silent", "low"), (11, 97, ""),
              (12, "silent", ""), (20, "silent", ""), (21, "silent", "low")],
    "acknowledged, then raised: signals anew": [
        (0, "silent", ""), (10, "silent", "low"), (11, "ack", "low ack"), (19, "silent", "low ack"),
        (20, "silent", "medium"), (21, "ack", "medium ack"), (900, "silent", "medium ack")],
}  # fmt: skip


@pytest.mark.parametrize("rows", NO_DATA.values(), ids=NO_DATA)
def test_no_data(rows: list[Row]) -> None:
    play(Bedside(expected=(Parameter.SPO2,)), "no_data_1", Parameter.SPO2, rows)


@pytest.mark.parametrize("every_s", [0.05, 1.0, 3.0])
@pytest.mark.parametrize(
    ("condition", "what", "first_s"), [("no_data_1", "silent", 10), ("SpO2_missing", "off", 0)]
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
    bedside.engine.acknowledge(bedside.one(condition).id, "RN Keller")
    bedside.dosing = False
    come(bedside, condition, Parameter.SPO2, 80, what)
    assert bedside.priority(condition) == "medium ack"
    bedside.dosing = True
    come(bedside, condition, Parameter.SPO2, 81, what)
    assert bedside.priority(condition) == "high"


def test_dosing_that_begins_after_a_minute_without_data_is_high_at_once() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,))
    play(bedside, "SpO2_missing", Parameter.SPO2, [(0, "off", "low"), (90, "off", "medium")])
    bedside.dosing = True
    bedside.none(91)
    bedside.tick(91)
    assert bedside.priority("SpO2_missing") == "high"


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
        "SpO2_low": "medium",
        "no_data_1": "medium",
    }


def test_minutes_between_two_ticks_are_not_forgotten() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), dosing=True)
    bedside.value(0, 97)
    bedside.tick(0)
    assert states(bedside.tick(300)) == [("no_data_1", "active", "high")]
    bedside.none(301)
    assert states(bedside.tick(301)) == [
        ("no_data_1", "ended", "high"),
        ("SpO2_missing", "active", "high"),
    ]


def test_one_late_frame_between_two_late_ticks_does_not_lower() -> None:
    bedside = Bedside()
    bedside.tick(60)
    assert bedside.priority("no_data_1") == "medium"
    bedside.hear(100)
    bedside.tick(111)
    assert bedside.priority("no_data_1") == "medium"


def test_expected_on_a_chair_without_a_device() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), periods={})
    bedside.tick(9)
    assert bedside.priority("SpO2_missing") == ""
    bedside.tick(10)
    assert bedside.one("SpO2_missing").text == "SpO2 missing: never seen"


def test_a_restart_ends_nothing_and_lowers_nothing() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,), dosing=True)
    bedside.value(0, 97)
    for at_s in range(80):
        bedside.hear(at_s)
        bedside.tick(at_s)
    bedside.engine.acknowledge(bedside.one("SpO2_missing").id, "RN Keller")
    before = bedside.one("SpO2_missing")
    assert bedside.priority("SpO2_missing") == "high ack"
    bedside.restart(100)
    for at_s in range(100, 130):
        bedside.hear(at_s)
        assert bedside.tick(at_s) == []
    assert bedside.one("SpO2_missing") == before
    bedside.value(130, 97)
    assert states(bedside.tick(130)) == [("SpO2_missing", "ended", "high")]


def test_a_restart_in_a_limit_alarm_serves_no_second_delay() -> None:
    bedside = Bedside()
    for at_s in range(16):
        bedside.value(at_s, 88)
        bedside.tick(at_s)
    bedside.restart(20)
    assert bedside.tick(21) == []
    bedside.value(22, 88)
    assert bedside.tick(22) == []
    bedside.value(23, 95)
    assert states(bedside.tick(23)) == [("SpO2_low", "ended", "medium")]


def test_a_different_monitor_is_high_until_it_is_another_matter() -> None:
    bedside = Bedside(expected=(Parameter.SPO2,))
    bedside.value(0, 97)
    bedside.tick(0)
    bedside.states[1] = "different"
    bedside.say(1, cuff_word(1, "different monitor", Validity.UNAVAILABLE)[0])
    bedside.none(1, reason="different monitor")
    assert states(bedside.tick(1)) == [
        ("different_monitor_1", "active", "high"),
        ("SpO2_missing", "active", "low"),
    ]
    for at_s in range(2, 90):
        bedside.tick(at_s)
    assert bedside.priority("different_monitor_1") == "high"
    assert bedside.priority("no_data_1") == ""
    bedside.states[1] = "connected"
    bedside.value(90, 97)
    assert states(bedside.tick(90)) == [
        ("different_monitor_1", "ended", "high"),
        ("SpO2_missing", "ended", "medium"),
    ]


def test_a_cuff_reading_alarms_at_once_and_lasts() -> None:
    bedside = Bedside(expected=(Parameter.NIBP_SYS,))
    bedside.say(0, *cuff(0, 164, 98, 120))
    assert states(bedside.tick(0)) == [
        ("NIBP_sys_high", "active", "medium"),
        ("NIBP_mean_high", "active", "medium"),
    ]
    for at_s in range(1, 1200, 60):
        bedside.hear(at_s)
        assert bedside.tick(at_s) == []
    bedside.say(1201, *cuff(1201, 150, 90, 110))
    assert [state for _, state, _ in states(bedside.tick(1201))] == ["ended", "ended"]


@pytest.mark.parametrize(
    "word",
    [
        cuff_word(60, "measuring", Validity.MEASURING),
        cuff_word(60, "cuff measurement failed"),
        cuff_word(60, "before connection 120", Validity.UNAVAILABLE),
        cuff(60, 164, 98),
    ],
    ids=["measuring", "failed", "before connection", "without the mean"],
)
def test_a_cuff_that_says_less_ends_no_alarm(word: list[Any]) -> None:
    bedside = Bedside()
    bedside.say(0, *cuff(0, 200, 120, 145))
    bedside.tick(0)
    bedside.say(60, *word)
    bedside.tick(60)
    assert bedside.priority("NIBP_mean_high") == "high"


def test_a_cuff_value_from_before_the_connection_never_alarms() -> None:
    bedside = Bedside()
    bedside.say(0, *cuff_word(0, "before connection 210", Validity.UNAVAILABLE))
    bedside.tick(0)
    bedside.tick(600)
    assert not any(key.startswith("NIBP") for key in bedside.engine.on)


def test_a_reading_measured_in_the_past_alarms_once_with_its_value() -> None:
    bedside = Bedside()
    bedside.hear(300)
    bedside.say(300, *cuff(120, 190, 100, 125))
    assert ("NIBP_sys_high", "active", "high") in states(bedside.tick(300))
    bedside.hear(301)
    assert bedside.tick(301) == []


def test_removing_a_limit_ends_its_alarm_and_a_tier_lowers_it() -> None:
    bedside = Bedside()
    for at_s in range(16):
        bedside.value(at_s, 80)
        bedside.tick(at_s)
    assert bedside.priority("SpO2_low") == "high"
    bedside.limits = [x for x in SHIPPED if x.priority is not Priority.HIGH]
    assert states(bedside.tick(16)) == [("SpO2_low", "lowered", "medium")]
    bedside.limits = []
    assert states(bedside.tick(17)) == [("SpO2_low", "ended", "medium")]


def test_a_tier_that_comes_back_serves_its_delay_anew() -> None:
    bedside = Bedside()
    bedside.value(0, 80)
    bedside.tick(0)
    bedside.limits = [x for x in SHIPPED if x.priority is Priority.MEDIUM]
    bedside.value(2, 80)
    bedside.tick(2)
    bedside.limits = SHIPPED
    for at_s in (4, 8):
        bedside.value(at_s, 80)
        bedside.tick(at_s)
        assert bedside.priority("SpO2_low") == ""
    bedside.value(9, 80)
    bedside.tick(9)
    assert bedside.priority("SpO2_low") == "high"


@pytest.mark.parametrize(
    ("parameter", "value", "beside", "text"),
    [
        (Parameter.SPO2, 88.0, 90.0, "88"),
        (Parameter.SPO2, 50.8, 85.0, "51"),
        (Parameter.SPO2, 89.6, 90.0, "89.6"),
        (Parameter.SPO2, 89.96, 90.0, "89.96"),
        (Parameter.SPO2, 90.0, 90.0, "90"),
        (Parameter.TEMP, 37.0, None, "37.0"),
        (Parameter.TEMP, 37.25, None, "37.2"),
        (Parameter.TEMP, 38.04, 38.0, "38.04"),
    ],
)
def test_figures_as_staff_read_them(
    parameter: Parameter, value: float, beside: float | None, text: str
) -> None:
    """As on the tile, but never so rounded that a value beyond its limit reads as the limit."""
    assert figure(parameter, value, beside) == text


def test_another_patient_is_not_missing_what_comes_in_time() -> None:
    """A session's end forgets the values; the next ones are not late because of it."""
    bedside = Bedside(expected=(Parameter.SPO2,), periods={1: 5.0})
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
    assert states(bedside.tick(615)) == [("SpO2_missing", "active", "low")]
