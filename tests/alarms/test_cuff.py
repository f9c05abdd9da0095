"""The cuff: implausible readings, none for too long, and SpO2 on the arm that it squeezes."""

from dataclasses import replace

import pytest

from devices.numeric import Numeric, Parameter, Validity
from monitor.alarms.limits import Limit, Phase, Priority
from monitor.alarms.presets import Rules
from tests.alarms.bedside import PRESET, Bedside, cuff, cuff_word, quiet_chair, states

HR, SPO2 = Parameter.HR, Parameter.SPO2
RULES = PRESET.rules

IMPLAUSIBLE = [
    (120, 80, 93, None),
    (120, 120, None, "NIBP 120/120 is implausible: repeat it"),
    (118, 120, None, "NIBP 118/120 is implausible: repeat it"),
    (121, 120, None, None),
    (120, 80, 120, None),
    (120, 80, 121, "NIBP 120/80 is implausible: repeat it"),
    (120, 80, 80, None),
    (120, 80, 79, "NIBP 120/80 is implausible: repeat it"),
    (120, None, 121, "NIBP 120/--- is implausible: repeat it"),
    (None, 80, 79, "NIBP ---/80 is implausible: repeat it"),
    (120, None, 93, None),
    (None, 80, 93, None),
    (None, None, 93, None),
    (120, None, None, None),
]


@pytest.mark.parametrize(("systolic", "diastolic", "mean", "text"), IMPLAUSIBLE)
def test_an_implausible_cuff_reading(
    systolic: float | None, diastolic: float | None, mean: float | None, text: str | None
) -> None:
    bedside = quiet_chair()
    bedside.say(0, *cuff(0, systolic, diastolic, mean))
    bedside.tick(0)
    assert [x.text for x in bedside.engine.on.values()] == ([text] if text else [])


@pytest.mark.parametrize(
    "word",
    [
        cuff_word(60, "measuring", Validity.MEASURING),
        cuff_word(60, "before connection 120", Validity.UNAVAILABLE),
    ],
    ids=["measuring", "before connection"],
)
def test_only_another_reading_ends_an_implausible_one(word: list[Numeric]) -> None:
    bedside = quiet_chair()
    bedside.say(0, *cuff(0, 80, 120))
    bedside.tick(0)
    x = bedside.one("nibp_implausible")
    assert (x.kind, x.priority, x.parameter) == ("technical", Priority.LOW, Parameter.NIBP_SYS)
    bedside.say(60, *word)
    assert bedside.tick(60) == []
    bedside.say(90, *cuff(90, 120, 80))
    assert states(bedside.tick(90)) == [("nibp_implausible", "cleared", "low")]


def overdue(phase: Phase | None, phase_s: float, last_s: float | None) -> Bedside:
    """A chair that expects a cuff, in a phase since then, with its last reading then."""
    bedside = quiet_chair(expected=(Parameter.NIBP_SYS,), phase=phase, phase_s=phase_s)
    if last_s is not None:
        bedside.say(last_s, *cuff(last_s, 120, 80, 93))
    return bedside


@pytest.mark.parametrize(
    ("phase", "phase_s", "last_s", "low_s", "medium_s"),
    [
        ("dosing", 1000, None, 1720, 1900),  # due 10 min after the infusion began
        ("dosing", 1000, 900, 1720, 1800),  # medium sooner: then the last one is 15 min old
        ("dosing", 1000, 1100, 1820, 2000),  # due 10 min after it
        ("recovery", 1000, None, 2020, 2200),  # due 15 min after the infusion stopped
        ("recovery", 1000, 100, 2020, 2200),  # its age counts only while dosing
        ("recovery", 1000, 1300, 2320, 2500),
    ],
)
def test_when_a_blood_pressure_is_overdue(
    phase: Phase, phase_s: float, last_s: float | None, low_s: float, medium_s: float
) -> None:
    bedside = overdue(phase, phase_s, last_s)
    seen = []
    for at_s in (low_s - 1, low_s, medium_s - 1, medium_s):
        bedside.hear(at_s)
        bedside.tick(at_s)
        seen.append(bedside.priority("bp_overdue"))
    assert seen == ["", "low", "low", "medium"]
    x = bedside.one("bp_overdue")
    minutes = {"dosing": 10, "recovery": 15}[phase]
    assert x.text == f"BP overdue: wanted every {minutes} min"
    assert (x.kind, x.parameter) == ("technical", Parameter.NIBP_SYS)
    assert x.value == (None if last_s is None else 120)


def test_an_old_reading_does_not_make_the_first_one_of_the_infusion_overdue() -> None:
    bedside = overdue("dosing", 1000, 40)
    bedside.hear(1599)
    bedside.tick(1599)
    assert bedside.priority("bp_overdue") == ""
    bedside.hear(1600)
    bedside.tick(1600)
    assert bedside.priority("bp_overdue") == "medium"


def test_while_dosing_no_reading_may_be_older_than_fifteen_minutes_though_medium_comes_later() -> (
    None
):
    bedside = overdue("dosing", 0, 100)
    bedside.rules = replace(RULES, bp_medium_after_s=1000, bp_low_after_s=900)
    for at_s, expected in ((999, ""), (1000, "medium")):
        bedside.hear(at_s)
        bedside.tick(at_s)
        assert bedside.priority("bp_overdue") == expected


def test_a_reading_ends_it_and_so_does_another_phase() -> None:
    for end in ("reading", "phase", "part"):
        bedside = overdue("dosing", 0, None)
        bedside.hear(720)
        assert states(bedside.tick(720)) == [("bp_overdue", "active", "low")]
        if end == "reading":
            bedside.say(721, *cuff(715, 130))
        elif end == "part":
            bedside.say(721, *cuff(715, None, 80))
        else:
            bedside.phase, bedside.phase_s = "recovery", 721
        expected = [] if end == "part" else [("bp_overdue", "cleared", "low")]
        assert states(bedside.tick(721)) == expected


@pytest.mark.parametrize("phase", [None, "baseline"])
def test_no_reading_is_wanted_in_a_phase_without_an_interval(phase: Phase | None) -> None:
    bedside = overdue(phase, 0, 0)
    bedside.hear(7200)
    bedside.tick(7200)
    assert bedside.priority("bp_overdue") == ""


def test_no_reading_is_wanted_of_a_chair_without_a_cuff() -> None:
    bedside = quiet_chair(expected=(SPO2,), phase="dosing")
    bedside.tick(7200)
    assert bedside.priority("bp_overdue") == ""
    bedside.say(7200, *cuff_word(7200, "measuring", Validity.MEASURING))
    bedside.tick(7200)
    assert bedside.priority("bp_overdue") == "medium", "there is one"


@pytest.mark.parametrize("part", [Parameter.NIBP_DIA, Parameter.NIBP_MEAN])
def test_a_cuff_is_expected_by_any_of_its_parts(part: Parameter) -> None:
    bedside = quiet_chair(expected=(part,), phase="dosing")
    bedside.tick(7200)
    assert bedside.priority("bp_overdue") == "medium"


# The cuff on the probe's arm.


def below(at_s: float, bedside: Bedside, value: float = 80) -> None:
    bedside.value(at_s, value)
    bedside.tick(at_s)


LOW_AT_ONCE = [Limit(SPO2, "low", Priority.HIGH, 85, 0), Limit(SPO2, "high", Priority.HIGH, 99, 0)]


def test_spo2_low_is_held_while_the_cuff_is_inflated_for_a_minute_at_most() -> None:
    bedside = quiet_chair(limits=LOW_AT_ONCE, same_arm=True, measuring_s=0)
    below(0, bedside)
    assert {x: bedside.priority(x) for x in bedside.engine.on} == {"spo2_held": "low"}
    x = bedside.one("spo2_held")
    assert (x.parameter, x.kind) == (SPO2, "technical")
    assert x.text == "SpO2 low is held: the cuff is inflated on the same arm"
    below(59.999, bedside)
    assert bedside.priority("spo2_low") == ""
    below(60, bedside)
    assert {x: bedside.priority(x) for x in bedside.engine.on} == {"spo2_low": "high"}


def test_it_is_held_until_the_cuff_ends() -> None:
    bedside = quiet_chair(limits=LOW_AT_ONCE, same_arm=True, measuring_s=0)
    below(1, bedside)
    bedside.measuring_s = None
    below(2, bedside)
    assert set(bedside.engine.on) == {"spo2_low"}


def test_the_delay_begins_when_the_cuff_is_done() -> None:
    """The first seconds after a cuff are still its own: the pulse has to come back."""
    slow = [replace(LOW_AT_ONCE[0], delay_s=15)]
    bedside = quiet_chair(limits=slow, same_arm=True, measuring_s=0)
    below(0, bedside)
    bedside.measuring_s = None
    below(20, bedside)
    below(34, bedside)
    assert bedside.priority("spo2_low") == ""
    below(35, bedside)
    assert bedside.priority("spo2_low") == "high"


def test_an_alarm_that_is_on_is_not_held() -> None:
    bedside = quiet_chair(limits=LOW_AT_ONCE, same_arm=True)
    below(0, bedside)
    bedside.measuring_s = 1
    below(1, bedside)
    assert bedside.priority("spo2_low") == "high"


@pytest.mark.parametrize(
    ("parameter", "value", "same_arm", "alarm"),
    [
        (SPO2, 100, True, "spo2_high"),
        (SPO2, 80, False, "spo2_low"),
        (HR, 30, True, "hr_low"),
    ],
)
def test_nothing_else_is_held(
    parameter: Parameter, value: float, same_arm: bool, alarm: str
) -> None:
    limits = [*LOW_AT_ONCE, Limit(HR, "low", Priority.HIGH, 40, 0)]
    bedside = quiet_chair(limits=limits, same_arm=same_arm, measuring_s=0)
    bedside.value(0, value, parameter)
    bedside.tick(0)
    assert alarm in bedside.engine.on


def test_of_a_preset_without_rules_no_blood_pressure_is_wanted() -> None:
    bedside = overdue("dosing", 0, None)
    bedside.rules = Rules()
    bedside.tick(7200)
    assert bedside.priority("bp_overdue") == ""


def test_a_low_tier_tells_the_interval_too() -> None:
    bedside = overdue("recovery", 0, None)
    bedside.hear(1020)
    bedside.tick(1020)
    x = bedside.one("bp_overdue")
    assert (x.text, x.priority.word) == ("BP overdue: wanted every 15 min", "low")
