"""Limit alarms as tables: at so many seconds this comes, and that is the alarm then."""

import math
from dataclasses import replace
from typing import Any

import pytest

from devices.numeric import Parameter, Validity, numeric
from monitor.alarms.conditions import limit_conditions, limits_now
from monitor.alarms.limits import Limit, Priority
from monitor.alarms.situation import figure
from tests.alarms.bedside import SHIPPED, Bedside, Row, cuff, cuff_word, ms, play, states

LOW_SPO2: dict[str, list[Row]] = {
    "on the limit is inside": [(0, 90, ""), (60, 90, "")],
    "above": [(0, 91, ""), (60, 100, "")],
    "below, once the delay is over": [(0, 89, ""), (14, 89, ""), (15, 89, "medium")],
    "shorter than the delay": [(0, 89, ""), (14, 89, ""), (15, 90, ""), (16, 89, ""), (30, 89, "")],
    "the delay begins anew after a value inside": [(0, 89, ""), (10, 95, ""), (11, 89, ""),
                                                   (25, 89, ""), (26, 89, "medium")],
    "far below: high, after its own delay": [(0, 84, ""), (4, 84, ""), (5, 84, "high")],
    "on the high limit is medium": [(0, 85, ""), (14, 85, ""), (15, 85, "medium")],
    "raised, latched, acknowledged, ended": [
        (0, 88, ""), (15, 88, "medium"), (20, 80, "medium"), (25, 80, "high"), (26, 88, "latched"),
        (60, 97, "latched"), (61, "ack", "high ack"), (62, 97, "")],
    "latched, acknowledged below medium: goes on as medium, though its delay is not over": [
        (0, 84, ""), (5, 84, "high"), (6, 88, "latched"), (7, "ack", "high ack"),
        (8, 88, "medium ack"), (9, 91, "")],
    "latched, then far below again, after the delay": [
        (0, 84, ""), (5, 84, "high"), (6, 97, "latched"), (7, 84, "latched"), (11, 84, "latched"),
        (12, 84, "high"), (13, 97, "latched")],
    "latched, then no data: stays until somebody acknowledges": [
        (0, 84, ""), (5, 84, "high"), (6, 97, "latched"), (7, "silent", "latched"),
        (130, "off", "latched"), (131, "ack", "high ack"), (132, 97, "")],
    "inside by less than the hysteresis: over 5 s after the first value inside": [
        (0, 88, ""), (15, 88, "medium"), (16, 90, "medium"), (20, 90.9, "medium"), (21, 90, "")],
    "inside by the hysteresis: over at once": [(0, 88, ""), (15, 88, "medium"), (16, 91, "")],
    "to and fro about the limit is one occurrence": [
        (0, 88, ""), (15, 88, "medium"), (16, 90, "medium"), (19, 90, "medium"), (20, 89, "medium"),
        (21, 90, "medium"), (25, 90, "medium"), (26, 90, "")],
    "a high alarm settles at its own limit too": [
        (0, 84, ""), (5, 84, "high"), (6, 85.5, "high"), (10, 85.5, "high"), (11, 85.5, "latched")],
    "nothing settles before the delay is over": [(0, 89, ""), (13, 89, ""), (14, 90, ""),
                                                 (15, 89, ""), (29, 89, ""), (30, 89, "medium")],
    "acknowledged high signals anew after three minutes": [
        (0, 80, ""), (5, 80, "high"), (6, "ack", "high ack"), (7, 80, "high ack"),
        (185, 80, "high ack"), (186, 80, "high"), (187, 97, "latched")],
    "acknowledged high signals anew without a value too": [
        (0, 80, ""), (5, 80, "high"), (6, "ack", "high ack"), (7, "silent", "high ack"),
        (185, "silent", "high ack"), (186, "silent", "high")],
    "acknowledged medium does not signal anew": [(0, 88, ""), (15, 88, "medium"),
                                                 (16, "ack", "medium ack"),
                                                 (200, 88, "medium ack")],
    "a dip shorter than high's delay": [(0, 88, ""), (15, 88, "medium"), (16, 80, "medium"),
                                        (19, 88, "medium"), (20, 80, "medium"), (24, 80, "medium"),
                                        (25, 80, "high")],
    "unknown does not end": [(0, 88, ""), (15, 88, "medium"), (16, "off", "medium"),
                             (130, "off", "medium"), (131, 95, "")],
    "unknown does not begin": [(0, "off", ""), (130, "off", "")],
    "unknown does not stop the delay, and only a value begins": [
        (0, 88, ""), (14, 88, ""), (15, "off", ""), (30, "off", ""), (31, 88, "medium")],
    "unknown now and then": [(0, 88, ""), (1, "off", ""), (2, 88, ""), (3, "off", ""),
                             (14, 88, ""), (15, 88, "medium")],
    "silence does not end": [(0, 88, ""), (15, 88, "medium"), (16, "silent", "medium"),
                             (200, "silent", "medium"), (201, 91, "")],
    "silence does not begin": [(0, 88, ""), (1, "silent", ""), (130, "silent", "")],
    "an old value does not begin": [(0, 88, ""), (1, "quiet", ""), (9, "quiet", ""),
                                    (60, "quiet", "")],
    "never any data": [(0, "silent", ""), (130, "silent", "")],
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
    play(Bedside(), "spo2_low", Parameter.SPO2, rows)


@pytest.mark.parametrize("rows", LOW_SPO2.values(), ids=LOW_SPO2)
def test_a_high_limit_is_the_same_the_other_way_round(rows: list[Row]) -> None:
    """Mirrored at 100: 90 becomes 110, 85 becomes 115."""
    mirrored = [
        Limit(Parameter.HR, "high", x.priority, 200 - x.bound, x.delay_s)
        for x in SHIPPED
        if x.parameter is Parameter.SPO2
    ]
    turned: list[Row] = [(at, 200 - x if isinstance(x, int | float) else x, y) for at, x, y in rows]
    play(Bedside(limits=mirrored), "hr_high", Parameter.HR, turned)


@pytest.mark.parametrize("limit", SHIPPED, ids=lambda x: f"{x.condition}-{x.priority.word}")
@pytest.mark.parametrize("every_s", [0.1, 1.0, 4.0])
def test_every_shipped_limit_below_at_and_beyond(limit: Limit, every_s: float) -> None:
    """At any pace of ticks: not before its delay, and at most one tick after it."""
    outward = -1 if limit.side == "low" else 1
    baseline = 100.0
    bound = limit.at(baseline)
    assert bound is not None
    for step, expected in ((-1, ""), (0, ""), (1, limit.priority.word)):
        bedside = Bedside(limits=[limit], baseline={limit.parameter: baseline})
        for tick in range(math.ceil(limit.delay_s / every_s) + 1):
            at_s = tick * every_s
            bedside.value(at_s, bound + outward * step, limit.parameter)
            bedside.tick(at_s)
            if at_s < limit.delay_s:
                assert bedside.priority(limit.condition) == ""
        assert bedside.priority(limit.condition) == expected


def test_a_questionable_value_counts() -> None:
    bedside = Bedside()
    for at_s in range(16):
        bedside.say(at_s, numeric(Parameter.SPO2, 80, ms(at_s), doubt="low perfusion"))
        bedside.tick(at_s)
    assert bedside.priority("spo2_low") == "high"


def test_pr_alarms_as_pr_and_hr_as_hr() -> None:
    bedside = Bedside()
    for at_s in range(6):
        bedside.value(at_s, 38, Parameter.PR)
        bedside.value(at_s, 80, Parameter.HR)
        bedside.tick(at_s)
    assert {x.text for x in bedside.engine.on.values()} == {"PR 38 < 40"}


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
    assert states(bedside.tick(23)) == [("spo2_low", "cleared", "medium")]


def test_a_cuff_reading_alarms_at_once_and_lasts() -> None:
    bedside = Bedside(expected=(Parameter.NIBP_SYS,))
    bedside.say(0, *cuff(0, 164, 98, 120))
    assert states(bedside.tick(0)) == [
        ("nibp_sys_high", "active", "medium"),
        ("nibp_mean_high", "active", "medium"),
    ]
    for at_s in range(1, 1200, 60):
        bedside.hear(at_s)
        assert bedside.tick(at_s) == []
    bedside.say(1201, *cuff(1201, 150, 90, 110))
    assert [state for _, state, _ in states(bedside.tick(1201))] == ["cleared", "cleared"]


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
    assert bedside.priority("nibp_mean_high") == "high"


def test_a_cuff_value_from_before_the_connection_never_alarms() -> None:
    bedside = Bedside()
    bedside.say(0, *cuff_word(0, "before connection 210", Validity.UNAVAILABLE))
    bedside.tick(0)
    bedside.tick(600)
    assert not any(key.startswith("nibp") for key in bedside.engine.on)


def test_a_reading_measured_in_the_past_alarms_once_with_its_value() -> None:
    bedside = Bedside()
    bedside.hear(300)
    bedside.say(300, *cuff(120, 190, 100, 125))
    assert ("nibp_sys_high", "active", "high") in states(bedside.tick(300))
    bedside.hear(301)
    assert bedside.tick(301) == []


def test_removing_a_limit_ends_its_alarm_and_a_tier_lowers_it() -> None:
    bedside = Bedside()
    for at_s in range(16):
        bedside.value(at_s, 80)
        bedside.tick(at_s)
    bedside.acknowledge("spo2_low", 15)
    bedside.limits = [x for x in SHIPPED if x.priority is not Priority.HIGH]
    assert states(bedside.tick(16)) == [("spo2_low", "acknowledged", "medium")]
    bedside.limits = []
    assert states(bedside.tick(17)) == [("spo2_low", "cleared", "medium")]


def test_removing_the_limit_of_a_latched_alarm_ends_it() -> None:
    bedside = Bedside()
    for at_s in range(6):
        bedside.value(at_s, 80)
        bedside.tick(at_s)
    bedside.limits = [x for x in SHIPPED if x.priority is not Priority.HIGH]
    assert states(bedside.tick(6)) == [("spo2_low", "latched", "high")]
    bedside.limits = []
    assert states(bedside.tick(7)) == [("spo2_low", "cleared", "high")]


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
        assert bedside.priority("spo2_low") == ""
    bedside.value(9, 80)
    bedside.tick(9)
    assert bedside.priority("spo2_low") == "high"


@pytest.mark.parametrize(
    ("parameter", "value", "beside", "text"),
    [
        (Parameter.SPO2, 88.0, 90.0, "88"),
        (Parameter.SPO2, 50.8, 85.0, "51"),
        (Parameter.SPO2, 89.6, 90.0, "89.6"),
        (Parameter.SPO2, 89.96, 90.0, "89.96"),
        (Parameter.SPO2, 89.999, 90.0, "90.00"),
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


TEMP = Parameter.TEMP


@pytest.mark.parametrize(
    ("limit", "value", "text"),
    [
        (Limit(Parameter.SPO2, "low", Priority.HIGH, 90, 0), 88.0, "SpO2 88 < 90"),
        (Limit(Parameter.SPO2, "low", Priority.HIGH, 90, 0), 89.6, "SpO2 89.6 < 90"),
        (Limit(TEMP, "high", Priority.HIGH, 38, 0), 39.0, "Temp 39.0 > 38"),
        (
            Limit(TEMP, "high", Priority.HIGH, 1, 0, "difference"),
            39.0,
            "Temp 39.0 > 38 (1 above baseline 37.0)",
        ),
    ],
)
def test_the_text_of_a_limit_alarm(limit: Limit, value: float, text: str) -> None:
    """Only a limit of the baseline speaks of it."""
    bedside = Bedside(limits=[limit], baseline={TEMP: 37.0, Parameter.SPO2: 98})
    bedside.value(0, value, limit.parameter)
    bedside.tick(0)
    assert [x.text for x in bedside.engine.on.values()] == [text]


def test_what_no_device_gives_is_not_judged_and_all_else_is() -> None:
    situation = Bedside().situation()
    limits = limits_now(situation.preset, None, {}).by_condition
    for gone in {tiers[0].parameter for _, tiers in limits}:
        left = replace(situation, measurable=frozenset(Parameter) - {gone})
        judged = [x.condition for x in limit_conditions(ms(0), left, limits)]
        assert judged == [name for name, tiers in limits if tiers[0].parameter is not gone]
