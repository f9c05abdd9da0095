"""Limits: the shipped ones, their bounds, phases and baselines, and every one that is refused."""

from typing import Any

import pytest

from devices.numeric import Parameter
from monitor.alarms.limits import (
    Kind,
    Limit,
    LimitsError,
    Phase,
    Priority,
    Side,
    check,
    in_force,
    limits_of,
    number,
)
from tests.alarms.bedside import SHIPPED

# Medium and high as (low, high, delay in seconds); None is no limit.
TABLE = {
    "HR": ((50, 120, 10), (40, 150, 5)),
    "PR": ((50, 120, 10), (40, 150, 5)),
    "SpO2": ((90, None, 15), (85, None, 5)),
    "NIBP_sys": ((90, 160, 0), (80, 180, 0)),
    "NIBP_dia": ((50, 100, 0), (40, 110, 0)),
    "NIBP_mean": ((60, 110, 0), (55, 130, 0)),
    "RR": ((8, 30, 15), None),
    "EtCO2": ((25, 50, 15), None),
}
# Without sound: (parameter, side, bound, kind, delay in seconds).
ADVISORY = {
    ("HR", "low", 25, "percent", 10),
    ("HR", "high", 25, "percent", 10),
    ("PR", "low", 25, "percent", 10),
    ("PR", "high", 25, "percent", 10),
    ("SpO2", "low", 94, "value", 15),
    ("NIBP_sys", "high", 20, "percent", 0),
    ("NIBP_dia", "high", 20, "percent", 0),
}


def test_the_shipped_alarms_are_the_table() -> None:
    expected = {
        (name, priority, side, bound, delay_s)
        for name, tiers in TABLE.items()
        for priority, tier in zip(("medium", "high"), tiers, strict=True)
        if tier is not None
        for side, bound, delay_s in (("low", tier[0], tier[2]), ("high", tier[1], tier[2]))
        if bound is not None
    }
    alarms = [x for x in SHIPPED if x.priority is not Priority.LOW]
    found = [(x.parameter.value, x.priority.word, x.side, x.bound, x.delay_s) for x in alarms]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert {(x.kind, x.phase) for x in alarms} == {("value", None)}


def test_the_shipped_advisories_are_the_table() -> None:
    found = [x for x in SHIPPED if x.priority is Priority.LOW]
    assert {(x.parameter.value, x.side, x.bound, x.kind, x.delay_s) for x in found} == ADVISORY
    assert len(found) == len(ADVISORY)


def limit(
    bound: float = 50,
    side: Side = "low",
    priority: Priority = Priority.MEDIUM,
    kind: Kind = "value",
    phase: Phase | None = None,
    parameter: Parameter = Parameter.HR,
) -> Limit:
    return Limit(parameter, side, priority, bound, 0.0, kind, phase)


@pytest.mark.parametrize(
    ("side", "kind", "priority", "condition"),
    [
        ("low", "value", Priority.MEDIUM, "hr_low"),
        ("low", "value", Priority.HIGH, "hr_low"),
        ("high", "value", Priority.HIGH, "hr_high"),
        ("high", "value", Priority.LOW, "hr_high_advisory"),
        ("low", "percent", Priority.LOW, "hr_below_baseline_advisory"),
        ("low", "difference", Priority.MEDIUM, "hr_below_baseline"),
        ("high", "percent", Priority.HIGH, "hr_above_baseline"),
    ],
)
def test_the_id_of_a_condition(side: Side, kind: Kind, priority: Priority, condition: str) -> None:
    assert limit(side=side, kind=kind, priority=priority).condition == condition


@pytest.mark.parametrize(
    ("side", "kind", "baseline", "bound"),
    [
        ("low", "value", None, 20),
        ("low", "value", 80.0, 20),
        ("low", "percent", 80.0, 64),
        ("high", "percent", 80.0, 96),
        ("low", "difference", 80.0, 60),
        ("high", "difference", 80.0, 100),
        ("high", "percent", None, None),
        ("low", "difference", None, None),
    ],
)
def test_a_bound_in_the_parameters_unit(
    side: Side, kind: Kind, baseline: float | None, bound: float | None
) -> None:
    assert limit(20, side=side, kind=kind).at(baseline) == bound


def test_on_the_limit_is_inside() -> None:
    low, high = limit(side="low"), limit(side="high")
    assert [low.violated(value, 40) for value in (39.9, 40, 41)] == [True, False, False]
    assert [high.violated(value, 150) for value in (149, 150, 150.1)] == [False, False, True]


@pytest.mark.parametrize(
    ("parameter", "value", "near"),
    [
        (Parameter.HR, 40.0, True),
        (Parameter.HR, 40.99, True),
        (Parameter.HR, 41.0, False),
        (Parameter.TEMP, 40.09, True),
        (Parameter.TEMP, 40.11, False),
        (Parameter.NIBP_SYS, 40.0, False),
    ],
)
def test_near_is_inside_by_less_than_the_hysteresis(
    parameter: Parameter, value: float, near: bool
) -> None:
    """A cuff reading is an event: it is inside or it is not."""
    assert limit(parameter=parameter).near(value, 40.0) is near


def test_a_phase_has_its_own_tiers_or_the_general_ones() -> None:
    general, urgent = limit(50), limit(40, priority=Priority.HIGH)
    other = limit(45, parameter=Parameter.PR)
    dosing = limit(60, phase="dosing")
    held = [general, urgent, dosing, other]
    assert in_force(held, "dosing") == [urgent, dosing, other]
    assert in_force(held, "recovery") == [general, urgent, other]
    assert in_force(held, None) == [general, urgent, other]


def test_a_tier_that_a_phase_replaces_loses_both_its_sides_there() -> None:
    held = limits_of(
        Parameter.HR, {"medium": {"low": 50, "high": 120}, "dosing": {"medium": {"low": 45}}}
    )
    assert [(x.side, x.bound) for x in in_force(held, "dosing")] == [("low", 45)]


def test_a_tier_may_hold_a_bound_and_a_change_from_the_baseline() -> None:
    table = {"high": {"low": 40, "low_percent": 30, "high_difference": 50, "delay_s": 5}}
    assert limits_of(Parameter.HR, table) == [
        Limit(Parameter.HR, "low", Priority.HIGH, 40, 5),
        Limit(Parameter.HR, "low", Priority.HIGH, 30, 5, "percent"),
        Limit(Parameter.HR, "high", Priority.HIGH, 50, 5, "difference"),
    ]


KEYS = "low, high, low_percent, high_percent, low_difference, high_difference, delay_s"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown tier": (
        {"low": {"low": 50}},
        "[HR] has 'low'; a tier is advisory, medium or high.",
    ),
    "a tier that is no table": (
        {"medium": 50},
        "[HR] has 'medium'; a tier is advisory, medium or high.",
    ),
    "a phase that is no table": (
        {"dosing": 50},
        "[HR] has 'dosing'; a tier is advisory, medium or high.",
    ),
    "unknown tier in a phase": (
        {"dosing": {"low": {}}},
        "[HR.dosing] has 'low'; a tier is advisory, medium or high.",
    ),
    "unknown key": ({"medium": {"lo": 50}}, f"[HR] medium has 'lo'; known are {KEYS}."),
    "a key with too much": (
        {"medium": {"low_value": 50}},
        f"[HR] medium has 'low_value'; known are {KEYS}.",
    ),
    "a key with half a word": (
        {"dosing": {"medium": {"low_": 50}}},
        f"[HR.dosing] medium has 'low_'; known are {KEYS}.",
    ),
    "text": ({"medium": {"low": "50"}}, "[HR] medium low is not a number."),
    "a truth value": ({"medium": {"low": True}}, "[HR] medium low is not a number."),
    "not a number": ({"medium": {"low": float("nan")}}, "[HR] medium low is not a number."),
    "infinite": ({"high": {"high": float("inf")}}, "[HR] high high is not a number."),
    "beyond numbers": ({"high": {"high": 10**400}}, "[HR] high high is not a number."),
    "a delay that is text": ({"medium": {"delay_s": "5"}}, "[HR] medium delay_s is not a number."),
    "a negative delay": (
        {"medium": {"low": 50, "delay_s": -1}},
        "[HR] medium delay_s -1 is not between 0 and 60.",
    ),
    "a delay over a minute": (
        {"medium": {"low": 50, "delay_s": 61}},
        "[HR] medium delay_s 61 is not between 0 and 60.",
    ),
    "zero for no limit": ({"medium": {"low": 0}}, "[HR] medium low 0 is not between 10 and 350."),
    "out of range": ({"medium": {"high": 351}}, "[HR] medium high 351 is not between 10 and 350."),
    "no percentage": (
        {"medium": {"high_percent": 0.5}},
        "[HR] medium high 0.5 is not between 1 and 100.",
    ),
    "over a hundred percent": (
        {"medium": {"low_percent": 101}},
        "[HR] medium low 101 is not between 1 and 100.",
    ),
    "a difference within the noise": (
        {"medium": {"low_difference": 0.9}},
        "[HR] medium low 0.9 is not between 1 and 340.",
    ),
    "a difference beyond what can be": (
        {"medium": {"low_difference": 341}},
        "[HR] medium low 341 is not between 1 and 340.",
    ),
    "low above high": ({"medium": {"low": 120, "high": 50}}, "[HR] low 120 is not below 50."),
    "low equal to high": ({"medium": {"low": 60, "high": 60}}, "[HR] low 60 is not below 60."),
    "low above the other tier's high": (
        {"medium": {"low": 60}, "high": {"high": 55}},
        "[HR] low 60 is not below 55.",
    ),
    "high tier's low inside medium": (
        {"medium": {"low": 50}, "high": {"low": 51}},
        "[HR] the high-priority low limit lies inside the medium one.",
    ),
    "high tier's high inside medium": (
        {"medium": {"high": 120}, "high": {"high": 119}},
        "[HR] the high-priority high limit lies inside the medium one.",
    ),
    "an advisory outside the medium limit": (
        {"advisory": {"low": 49}, "medium": {"low": 50}},
        "[HR] the medium-priority low limit lies inside the low one.",
    ),
    "high tier's difference inside medium": (
        {"medium": {"low_difference": 30}, "high": {"low_difference": 29}},
        "[HR] the high-priority low limit lies inside the medium one.",
    ),
    "only in a phase": (
        {"medium": {"low": 50}, "high": {"low": 40}, "dosing": {"high": {"low": 55}}},
        "[HR] the high-priority low limit lies inside the medium one.",
    ),
    "two ways to be far from the baseline": (
        {"advisory": {"low_percent": 25, "low_difference": 20}},
        "[HR] has low_percent and low_difference: one condition takes one of them.",
    ),
    "two ways, of two tiers": (
        {"medium": {"high_percent": 25}, "high": {"high_difference": 20}},
        "[HR] has high_percent and high_difference: one condition takes one of them.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "sentence"), REFUSED.values(), ids=REFUSED)
def test_every_refusal_has_its_sentence(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LimitsError) as error:
        limits_of(Parameter.HR, table)
    assert str(error.value) == sentence


def test_a_difference_of_temperature_may_be_a_tenth() -> None:
    table = {"medium": {"high_difference": 0.1}}
    assert [x.bound for x in limits_of(Parameter.TEMP, table)] == [0.1]


@pytest.mark.parametrize(
    "table",
    [
        {"medium": {"low": 10, "high": 350, "delay_s": 60}, "high": {"low": 10, "high": 350}},
        {"medium": {"low_percent": 100, "high_percent": 1, "delay_s": 0}},
        {"medium": {"low_difference": 1}, "high": {"low_difference": 340}},
        {"medium": {"low_percent": 20, "high_difference": 20}},
        {"medium": {"low_percent": 20}, "dosing": {"medium": {"low_difference": 20}}},
        {"medium": {"low": 50, "high": 51}},
    ],
)
def test_the_ends_are_allowed(table: dict[str, Any]) -> None:
    tiers = [*table.values()] if "dosing" not in table else [table["medium"], {"low": 1}]
    bounds = sum(len(tier) - ("delay_s" in tier) for tier in tiers)
    assert len(limits_of(Parameter.HR, table)) == bounds


def test_one_parameter_is_not_held_against_another() -> None:
    check([limit(50), limit(45, "high", parameter=Parameter.RR)])


def test_a_number_is_a_float() -> None:
    found = number(5, "here")
    assert isinstance(found, float)
    assert found == 5
