"""Dose arithmetic, against the same done another way: in exact fractions, and second by second."""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.session.dosing import (
    AboveMostError,
    DosingError,
    Infusion,
    Plan,
    checked_rate,
    figure,
    mg_min,
    ml_h,
    planned,
    rate_doubt,
    said,
)

NEAR = 1e-9  # of the value, or mg: what floats may differ from exact fractions
NAN, INF = float("nan"), float("inf")


def near(value: float | None, exact: Fraction) -> bool:
    return value is not None and abs(Fraction(value) - exact) <= Fraction(NEAR) * max(
        Fraction(1), abs(exact)
    )


# The plan.


def test_the_plan_of_half_a_milligram_per_kg() -> None:
    plan = planned(71, None, 0.5, 40, 1)
    assert (plan.dose_mg, plan.mg_per_kg, plan.weight_kg, plan.minutes) == (35.5, 0.5, 71, 40)
    assert plan.volume_ml == 35.5
    assert plan.rate_mg_min == pytest.approx(0.8875)
    assert plan.rate_ml_h == pytest.approx(53.25)
    assert (
        said(plan) == "35.5 mg (0.5 mg/kg, 71 kg) over 40 min · 0.89 mg/min · 53.3 mL/h of 1 mg/mL"
    )


tenths = st.integers(250, 3000).map(lambda x: Decimal(x) / 10)
hundredths = st.integers(1, 600).map(lambda x: Decimal(x) / 100)


@given(tenths, hundredths, st.integers(1, 600), st.integers(1, 5000).map(lambda x: Decimal(x) / 50))
def test_a_plan_by_weight_is_what_fractions_say(
    weight: Decimal, per_kg: Decimal, minutes: int, concentration: Decimal
) -> None:
    plan = planned(float(weight), None, float(per_kg), minutes, float(concentration))
    mg = Fraction(weight) * Fraction(per_kg)
    assert near(plan.dose_mg, mg)
    assert plan.mg_per_kg == float(per_kg)
    assert near(plan.rate_mg_min, mg / minutes)
    assert near(plan.volume_ml, mg / Fraction(concentration))
    assert near(plan.rate_ml_h, mg / Fraction(concentration) / Fraction(minutes, 60))
    # A dose in mg with the weight is the same plan.
    same = planned(float(weight), plan.dose_mg, None, minutes, float(concentration))
    assert near(same.mg_per_kg, Fraction(per_kg))
    assert (same.rate_mg_min, same.rate_ml_h) == (plan.rate_mg_min, plan.rate_ml_h)


def test_what_was_not_entered_is_not_made_up() -> None:
    assert planned(None, None, None, None) == Plan()
    assert planned(71, None, None, 30, 2) == Plan(weight_kg=71, minutes=30, concentration_mg_ml=2)
    assert planned(None, 80, None, 120) == Plan(dose_mg=80, minutes=120, rate_mg_min=80 / 120)
    assert planned(80, 40, None, None, 50) == Plan(40, 0.5, 80, None, 50, 0.8)


RANGES = {
    "weight": (0, 25, 300, "kg"),
    "dose": (1, 0.1, 2000, "mg"),
    "duration": (3, 1, 600, "minutes"),
    "concentration": (4, 0.01, 1000, "mg/mL"),
}


@pytest.mark.parametrize("what", RANGES)
def test_the_bounds_of_what_is_entered(what: str) -> None:
    at, low, high, unit = RANGES[what]
    for value in (low, high):
        entered = [70.0, 50.0, None, 40.0, 1.0]
        entered[at] = value
        assert planned(*entered).dose_mg is not None
    for value in (0, -1, low * 0.99, high * 1.01):
        entered[at] = value
        with pytest.raises(DosingError) as told:
            planned(*entered)
        assert str(told.value) == f"The {what} must be between {low:g} and {high:g} {unit}."
    for odd in (NAN, INF, -INF, "70", True, 10**400, Decimal(70)):
        entered[at] = odd  # type: ignore[assignment]
        with pytest.raises(DosingError, match=f"^The {what} is not a number.$"):
            planned(*entered)


def test_mg_per_kg_needs_a_weight_and_must_make_a_dose() -> None:
    with pytest.raises(DosingError, match=r"^The weight is missing: the dose is in mg/kg\.$"):
        planned(None, None, 0.5, 40)
    with pytest.raises(DosingError, match=r"^Enter the dose in mg or in mg/kg, not both\.$"):
        planned(71, 35, 0.5, 40)
    with pytest.raises(DosingError) as told:
        planned(70, None, -0.5, 40)
    sentence = "-0.5 mg/kg for 70 kg is -35 mg: the dose must be between 0.1 and 2000 mg."
    assert str(told.value) == sentence
    for odd in (0, 50, NAN, INF, 10**400):
        with pytest.raises(DosingError):
            planned(70, None, odd, 40)


def test_above_the_regimens_most_is_for_a_prescriber() -> None:
    sentence = "The dose {} is above the regimen's most, {}: it needs a prescriber's order."
    with pytest.raises(AboveMostError) as told:
        planned(70, None, 1.1, 40, most_mg_per_kg=1.0)
    assert str(told.value) == sentence.format("1.1 mg/kg", "1 mg/kg")
    with pytest.raises(AboveMostError) as told:
        planned(70, 150.0002, None, 40, most_mg=150)
    assert str(told.value) == sentence.format("150.001 mg", "150 mg")
    with pytest.raises(AboveMostError) as told:
        planned(50, 84, None, None, most_mg=84, most_mg_per_kg=1.5)
    assert str(told.value) == sentence.format("1.68 mg/kg", "1.5 mg/kg")
    assert planned(70, 150.0002, None, 40).dose_mg == 150.0002  # ordered


@given(tenths, hundredths)
def test_the_most_itself_is_allowed(weight: Decimal, per_kg: Decimal) -> None:
    dose = float(weight * per_kg)
    most = float(per_kg)
    assert planned(float(weight), dose, None, 40, most_mg_per_kg=most, most_mg=dose).dose_mg == dose


def test_a_most_per_kg_needs_a_weight_too() -> None:
    sentence = r"^The weight is missing: the regimen's most is in mg/kg\.$"
    with pytest.raises(DosingError, match=sentence) as told:
        planned(None, 50, None, None, most_mg_per_kg=1.5)
    assert not isinstance(told.value, AboveMostError)  # no order replaces a weight
    assert planned(None, None, None, 30, most_mg_per_kg=1.5).dose_mg is None


# Rates.


@given(st.floats(0.0001, 2000), st.floats(0.01, 1000))
def test_a_rate_both_ways(rate: float, concentration: float) -> None:
    there = ml_h(rate, concentration)
    assert near(there, Fraction(rate) * 60 / Fraction(concentration))
    back = mg_min(there, concentration) if 0.00011 < rate < 1999 else rate
    assert back == pytest.approx(rate, rel=NEAR)


def test_rates_by_hand() -> None:
    assert ml_h(0.5, 2) == 15
    assert mg_min(53.25, 1) == pytest.approx(0.8875)


@pytest.mark.parametrize("rate", [0, -0.5])
def test_a_rate_of_nothing_is_a_pause(rate: float) -> None:
    sentence = "The rate must be above 0 {}: to stop, pause or stop the infusion."
    for check, unit in ((checked_rate, "mg/min"), (lambda x: mg_min(x, 1.0), "mL/h")):
        with pytest.raises(DosingError) as told:
            check(rate)
        assert str(told.value) == sentence.format(unit)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: checked_rate(NAN),
        lambda: checked_rate(INF),
        lambda: checked_rate(2001),
        lambda: checked_rate(0.00001),
        lambda: checked_rate("1"),  # type: ignore[arg-type]
        lambda: mg_min(NAN, 1),
        lambda: mg_min(10, 0),
        lambda: mg_min(10, NAN),
        lambda: mg_min(500_000, 1000),
        lambda: ml_h(0, 1),
        lambda: ml_h(1, 0),
        lambda: Infusion().at_rate(0, 0),
        lambda: Infusion().at_rate(0, -1),
        lambda: Infusion().at_rate(0, NAN),
        lambda: Infusion().with_dose(0, 0),
        lambda: Infusion().with_dose(0, 2001),
        lambda: Infusion().resumed(0),
        lambda: Infusion().halted(0).resumed(1),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(refused: Callable[[], object]) -> None:
    with pytest.raises(DosingError, match=r"^The .*\.$"):
        refused()


def test_ml_h_entered_as_mg_min_is_asked_about() -> None:
    plan = planned(71, None, 0.5, 40, 1)
    assert rate_doubt(53.25, plan) == (
        "Is it 53.25 mg/min, planned are 0.89? Look at the unit and the decimal point."
    )
    assert rate_doubt(0.089, plan) is not None
    for fine in (0.8875, 0.2, 4.4):
        assert rate_doubt(fine, plan) is None
    assert rate_doubt(53.25, planned(71, 35.5, None, None)) is None  # nothing to compare with


# What was given.

rates = st.integers(1, 30_000).map(lambda x: Fraction(x, 1000))
# (what, seconds since the step before, its figure)
Script = list[tuple[str, int, Fraction]]
scripts: st.SearchStrategy[Script] = st.lists(
    st.tuples(st.sampled_from(["rate", "halt", "resume", "dose"]), st.integers(-30, 90), rates),
    max_size=8,
)


def played(script: Script) -> Infusion:
    infusion, t_ms = Infusion(), 0
    for what, after_s, value in script:
        t_ms += after_s * 1000
        if what == "rate":
            infusion = infusion.at_rate(t_ms, float(value))
        elif what == "halt":
            infusion = infusion.halted(t_ms)
        elif what == "dose":
            infusion = infusion.with_dose(t_ms, float(value) + 1)
        elif any(rate for _, rate in infusion.steps):
            infusion = infusion.resumed(t_ms)
    return infusion


def second_by_second(script: Script, until_s: int) -> Fraction:
    """The same, as a pump would do it: each second gives a sixtieth of the rate of that second."""
    given_mg, t_s = Fraction(0), 0
    rate, ran = Fraction(0), Fraction(0)
    clock_s, dosed_s = None, None  # of the last step, of the last dose
    timeline: dict[int, Fraction] = {}
    for what, after_s, value in script:
        t_s += after_s
        if what == "dose":
            dosed_s = t_s if dosed_s is None else max(t_s, dosed_s)
            given_mg += value + 1 if dosed_s <= until_s else 0
            continue
        if what == "resume" and not ran:
            continue
        clock_s = t_s if clock_s is None else max(t_s, clock_s)
        if what == "rate":
            ran = value
        rate = Fraction(0) if what == "halt" else ran
        timeline[clock_s] = rate
    rate = Fraction(0)
    for second in range(min(timeline, default=0), until_s):
        rate = timeline.get(second, rate)
        given_mg += rate / 60
    return given_mg


@given(scripts, st.integers(-300, 900))
def test_what_was_given_is_what_a_pump_gives_second_by_second(script: Script, at_s: int) -> None:
    assert near(played(script).given_mg(at_s * 1000), second_by_second(script, at_s))


@given(
    st.lists(st.tuples(st.integers(0, 4_000_000), rates), max_size=8), st.integers(0, 40_000_000)
)
def test_what_was_given_over_hours_is_the_exact_integral(
    steps: list[tuple[int, Fraction]], now_ms: int
) -> None:
    infusion, at_ms, changes = Infusion(), 0, []
    for after_ms, rate in steps:
        at_ms += after_ms
        infusion = infusion.at_rate(at_ms, float(rate))
        changes.append((at_ms, rate))
    # Each change of the rate, times how long it has lasted.
    before = [Fraction(0), *(rate for _, rate in changes)]
    exact = sum(
        (rate - old) * max(0, now_ms - t_ms) / 60_000
        for (t_ms, rate), old in zip(changes, before, strict=False)
    )
    assert near(infusion.given_mg(now_ms), Fraction(exact))


@given(scripts, st.integers(0, 900), st.integers(0, 100_000))
def test_a_pause_adds_nothing(script: Script, at_s: int, pause_ms: int) -> None:
    paused = played(script).halted(at_s * 1000)
    from_ms = paused.steps[-1][0]
    at_rest = Infusion(None, paused.steps)  # single doses may still come
    assert at_rest.given_mg(from_ms + pause_ms) == at_rest.given_mg(from_ms)
    assert paused.rate_mg_min(from_ms + pause_ms) == 0
    assert paused.left_ms(from_ms + pause_ms) is None


@given(scripts, rates, st.integers(0, 100_000), st.integers(0, 100_000))
def test_entering_the_same_rate_again_changes_nothing(
    script: Script, rate: Fraction, first_ms: int, then_ms: int
) -> None:
    once = played(script).at_rate(900_000, float(rate))
    twice = once.at_rate(900_000 + first_ms, float(rate))
    now_ms = 900_000 + first_ms + then_ms
    assert near(twice.given_mg(now_ms), Fraction(once.given_mg(now_ms) or 0))


@given(scripts, st.integers(0, 10**12), st.integers(-300, 900))
def test_the_hour_of_the_day_changes_nothing(script: Script, later_ms: int, at_s: int) -> None:
    here = played(script)
    there = Infusion(
        None,
        tuple((t_ms + later_ms, rate) for t_ms, rate in here.steps),
        tuple((t_ms + later_ms, mg) for t_ms, mg in here.doses),
    )
    assert there.given_mg(at_s * 1000 + later_ms) == here.given_mg(at_s * 1000)


@given(scripts)
def test_steps_never_go_back_and_what_was_given_never_falls(script: Script) -> None:
    infusion = played(script)
    for steps in (infusion.steps, infusion.doses):
        assert all(a <= b for (a, _), (b, _) in pairwise(steps))
    given = [infusion.given_mg(t_s * 1000) or 0.0 for t_s in range(-300, 900, 30)]
    assert all(a <= b + NEAR for a, b in pairwise(given))


def test_a_clock_that_seems_to_go_back() -> None:
    infusion = Infusion().at_rate(60_000, 1.0).halted(30_000)
    assert infusion.steps == ((60_000, 1.0), (60_000, 0.0))
    assert infusion.given_mg(600_000) == 0
    dosed = Infusion().with_dose(60_000, 5).with_dose(0, 6)
    assert dosed.doses == ((60_000, 5), (60_000, 6))
    # Asked of a time that has passed, it says what had been given then.
    assert Infusion().at_rate(0, 1.0).at_rate(120_000, 3.0).given_mg(60_000) == 1


def test_single_doses() -> None:
    nasal = Infusion(84).with_dose(0, 28).with_dose(300_000, 28).with_dose(600_000, 28)
    assert [nasal.given_mg(t_ms) for t_ms in (-1, 0, 299_999, 300_000, 10**9)] == [
        0,
        28,
        28,
        56,
        84,
    ]
    assert nasal.left_ms(10**9) is None


def test_a_rate_that_nobody_entered_is_no_number() -> None:
    infusion = Infusion(35.5).with_dose(0, 5).at_rate(60_000, None)
    assert infusion.given_mg(60_000) == 5  # until then it is known
    assert infusion.given_mg(60_001) is None
    assert infusion.rate_mg_min(61_000) is None
    assert infusion.left_ms(61_000) is None
    later = infusion.at_rate(120_000, 1.0)
    assert later.given_mg(180_000) is None
    assert later.left_ms(180_000) is None
    assert later.rate_mg_min(180_000) == 1.0
    resumed = infusion.halted(90_000).resumed(100_000)
    assert resumed.rate_mg_min(100_000) is None


def test_resumed_runs_as_it_ran_last() -> None:
    infusion = Infusion().at_rate(0, 1.0).at_rate(10, 2.0).halted(20).halted(30).resumed(40)
    assert infusion.rate_mg_min(40) == 2.0


# What is left.


def test_what_is_left_follows_the_rate_really_set() -> None:
    infusion = Infusion(40).at_rate(0, 1.0)
    assert infusion.left_ms(-1) is None
    assert infusion.left_ms(0) == 40 * 60_000
    slower = infusion.at_rate(20 * 60_000, 0.5)
    assert slower.left_ms(20 * 60_000) == 40 * 60_000
    assert slower.left_ms(60 * 60_000) == 0
    over = slower.given_mg(70 * 60_000)
    assert over == 45  # more than planned: it is what rate times time says
    assert slower.left_ms(70 * 60_000) == 0
    assert Infusion(None).at_rate(0, 1.0).left_ms(0) is None


@given(scripts, rates, st.integers(1, 2000))
def test_after_what_is_left_the_planned_dose_is_given(
    script: Script, rate: Fraction, dose_mg: int
) -> None:
    steps = Infusion(None, played(script).steps)
    infusion = Infusion(dose_mg, steps.at_rate(900_000, float(rate)).steps)
    now_ms = infusion.steps[-1][0]
    left_ms, given_mg = infusion.left_ms(now_ms), infusion.given_mg(now_ms)
    assert left_ms is not None
    assert given_mg is not None
    then_mg = infusion.given_mg(now_ms + left_ms)
    of_a_ms = float(rate) / 60_000 + NEAR * dose_mg  # it is a whole number of ms
    assert then_mg == pytest.approx(max(dose_mg, given_mg), abs=of_a_ms)


# What is shown.


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        (Plan(), ""),
        (planned(71.5, None, 0.3, None), "21.5 mg (0.3 mg/kg, 71.5 kg)"),
        (planned(None, 80, None, 120), "80 mg over 120 min · 0.67 mg/min"),
        (planned(70, 84, None, None), "84 mg (1.2 mg/kg, 70 kg)"),
        (planned(71, 35, None, None, 50), "35 mg (0.49 mg/kg, 71 kg) · 0.7 mL of 50 mg/mL"),
        (planned(None, None, None, 30), "over 30 min"),
        (planned(80, None, None, 30, 2.5), "over 30 min · 2.5 mg/mL"),
        (
            planned(None, 0.1, None, 600, 1),
            "0.1 mg over 600 min · 0.00017 mg/min · 0.01 mL/h of 1 mg/mL",
        ),
    ],
)
def test_a_plan_in_one_line(plan: Plan, line: str) -> None:
    assert said(plan) == line


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (35.65, 1, "35.7"),  # half up, though the binary number is a little less
        (0.3 * 71.5, 1, "21.5"),
        (35.0, 1, "35"),
        (100.0, 1, "100"),
        (9.96, 1, "10"),
        (0.25, 1, "0.25"),
        (0.0449, 1, "0.045"),
        (0.00017, 2, "0.00017"),
        (0.0, 1, "0"),
        (1200.04, 1, "1200"),
        (53.25, 0, "53"),
    ],
)
def test_figures(value: float, places: int, text: str) -> None:
    assert figure(value, places) == text


@given(st.integers(1, 10**9).map(lambda x: Decimal(x) / 10_000), st.integers(0, 3))
def test_a_figure_is_near_its_value_and_never_nothing(value: Decimal, places: int) -> None:
    text = figure(float(value), places)
    assert abs(Decimal(text) - value) <= max(Decimal(0), Decimal(5).scaleb(-places - 1))
    assert abs(Decimal(text) - value) <= value * (Decimal("0.05") if places or value < 1 else 1)
    assert Decimal(text) > 0
    assert "." not in text or not text.endswith(("0", "."))
    if value >= 10:
        assert Decimal(text) == value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def plan_or_none(entered: list[object]) -> Plan | None:
    try:
        return planned(*entered)  # type: ignore[arg-type]
    except DosingError:
        return None


@given(st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.booleans(), st.none()))
def test_whatever_is_entered_ends_as_a_plan_or_a_refusal(value: object) -> None:
    for at in range(5):
        entered: list[object] = [70.0, None, 0.5, 40.0, 1.0]
        entered[at] = value
        plan = plan_or_none(entered)
        if plan is not None:
            numbers = [plan.dose_mg, plan.rate_mg_min, plan.rate_ml_h, plan.volume_ml]
            assert all(x is None or (math.isfinite(x) and x > 0) for x in numbers)
