"""What stops the first dose and the discharge, and how it is let pass."""

from typing import Any

import pytest

from devices.numeric import Parameter
from monitor.session import items
from monitor.session.steps import steps_of
from monitor.session.visit import Entry, apply
from tests.session.visits import (
    INFUSION,
    MIN,
    SINGLE,
    STEPS,
    T0_MS,
    WHY,
    Played,
    opened,
    ready,
)

SYS, SPO2 = Parameter.NIBP_SYS, Parameter.SPO2
PER_KG = {**INFUSION, "dose_mg_per_kg": 0.5, "most_mg_per_kg": 1.0, "most_mg": 60}
HOLD = {**INFUSION, "hold": {"NIBP_sys": {"high": 140}, "HR": {"low": 50, "high": 110}}}
OVER = {"prescriber": "Dr Lim", **WHY}


def baseline(played: Played, **values: float) -> Played:
    entry = Entry(990, "b", T0_MS + played.at_ms, 3, "baseline", "RN", {"values": values})
    played.visit = apply(played.now, entry)
    return played


def state(played: Played, item: str) -> tuple[str, str]:
    """How an item stands, and why."""
    found = [*items.preflight(played.now)]
    found += items.discharge(played.now, played.latest, T0_MS + played.at_ms)
    (x,) = (x for x in found if x.item.id == item)
    return x.state, x.why


def test_nothing_is_answered_beforehand() -> None:
    played = opened(HOLD, STEPS, weight_kg=None, dose_mg=None)
    asked = [*items.preflight(played.now), *items.discharge(played.now, {}, T0_MS)]
    assert {x.item.id for x in asked if not x.stops} == {
        *("dose", "weight")  # this regimen names no dose, and does not go by weight
    }
    assert len(asked) == len(STEPS.preflight) + len(STEPS.discharge)


@pytest.mark.parametrize("auto", [None, "weight", "dose", "baseline", "hold"])
def test_each_item_alone_stops_the_first_dose_until_a_prescriber_overrides_it(
    auto: str | None,
) -> None:
    ok = {"weight_kg": 70, "dose_mg": 35}
    for regimen, kind, more in ((PER_KG, "infusion_start", {}), (SINGLE, "dose", {"mg": 35})):
        regimen = {**regimen, "dose_mg_per_kg": 0.5, "hold": HOLD["hold"]}
        item = next(x for x in STEPS.preflight if x.auto == auto)
        short: dict[str, Any] = {"weight": {"weight_kg": None}, "dose": {"dose_mg": None}}
        played = ready(regimen, **{**ok, **short.get(auto or "", {})})
        if auto is None:
            played.must("check", item=item.id, answer="no")
        if auto == "baseline":
            baseline(played)
            played.must("override", item="hold", **OVER)
        if auto == "hold":
            baseline(played, HR=70, NIBP_sys=141)
        text = played.press(kind, **more)
        assert text.startswith(f"no: Not before the pre-flight check: {item.text}")
        played.must("override", item=item.id, **OVER).must(kind, **more)
        (over,) = [x for x in items.preflight(played.now) if x.item.id == item.id]
        assert (over.state, over.why, over.by) == (
            "overridden",
            "agreed",
            "Dr Lim, entered by RN Keller",
        )
        assert any("Override by Dr Lim" in x.text for x in played.now.said)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"weight_kg": 70}, ("yes", "70 kg")),
        ({"weight_kg": None}, ("open", "no weight is entered")),
    ],
)
def test_weight(more: dict[str, Any], found: tuple[str, str]) -> None:
    assert state(opened(PER_KG, STEPS, **more), "weight") == found
    most = {**INFUSION, "most_mg_per_kg": 1.0}  # its dose is left to the prescriber, not its most
    assert state(opened(most, STEPS, weight_kg=None), "weight")[0] == "open"
    by_mg = opened(INFUSION, STEPS, weight_kg=None)
    assert state(by_mg, "weight") == ("na", "this regimen does not go by weight")
    assert state(opened(None, STEPS, weight_kg=None), "weight")[0] == "open"


@pytest.mark.parametrize(
    ("weight_kg", "dose_mg", "found"),
    [
        (70, 35, ("yes", "35 mg")),
        (70, 60, ("yes", "60 mg")),
        (70, 60.1, ("no", "60.1 mg is more than the regimen's most, 60 mg")),
        (35.5, 35.5, ("yes", "35.5 mg")),
        (35, 36, ("no", "1.03 mg/kg is more than the regimen's most, 1 mg/kg")),
        (None, 36, ("yes", "36 mg")),  # the weight's own item stops it
        (70, None, ("open", "no dose is entered")),
    ],
)
def test_dose(weight_kg: float | None, dose_mg: float | None, found: tuple[str, str]) -> None:
    assert state(opened(PER_KG, STEPS, weight_kg=weight_kg, dose_mg=dose_mg), "dose") == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"NIBP_sys": 140, "HR": 50}, ("yes", "")),
        ({"NIBP_sys": 140.5, "HR": 110}, ("no", "BP systolic 140.5 > 140")),
        ({"NIBP_sys": 120, "HR": 49}, ("no", "HR 49 < 50")),
        ({"NIBP_sys": 150, "HR": 111}, ("no", "BP systolic 150 > 140, HR 111 > 110")),
        ({"NIBP_sys": 150}, ("no", "BP systolic 150 > 140")),
        ({"NIBP_sys": 120}, ("open", "the baseline lacks HR")),
        ({}, ("open", "the baseline lacks BP, HR")),
        ({"NIBP_sys": 120, "PR": 111}, ("no", "PR 111 > 110")),
        ({"NIBP_sys": 120, "HR": 60, "PR": 111}, ("yes", "")),
    ],
)
def test_hold(values: dict[str, float], found: tuple[str, str]) -> None:
    assert state(baseline(opened(HOLD, STEPS), **values), "hold") == found
    assert state(opened(INFUSION, STEPS), "hold") == ("na", "the regimen names no hold numbers")


def test_an_override_is_of_what_stood_there_then() -> None:
    played = ready(PER_KG, dose_mg=80)
    played.must("override", item="dose", **OVER)
    assert state(played, "dose")[0] == "overridden"
    played.must("plan", drug="Ketamine")
    assert state(played, "dose")[0] == "overridden"
    played.must("plan", dose_mg=2000)
    assert state(played, "dose")[0] == "no"
    played = baseline(ready(HOLD), HR=70, NIBP_sys=145).must("override", item="hold", **OVER)
    assert state(played, "hold")[0] == "overridden"
    assert state(baseline(played, HR=70, NIBP_sys=190), "hold") == ("no", "BP systolic 190 > 140")


def test_all_single_doses_together_are_at_most_the_regimens_most() -> None:
    played = ready({**SINGLE, "most_mg": 84, "choices_mg": [28, 56, 84]}, dose_mg=56)
    played.must("dose", mg=56).must("dose", mg=28)
    text = (
        "no: In all 112 mg is more than the regimen's most, 84 mg: a prescriber must override it."
    )
    assert played.press("dose", mg=28) == text
    played.must("override", item="dose", **OVER).must("dose", mg=28)
    assert played.now.infusion.given_mg(T0_MS + played.at_ms) == 112


def test_a_first_dose_above_the_most_is_stopped_though_the_plan_is_not() -> None:
    played = ready({**SINGLE, "most_mg": 84}, dose_mg=56)
    assert played.press("dose", mg=85).startswith("no: In all 85 mg is more than")


def test_where_the_clinic_does_not_ask_for_the_dose_none_is_stopped() -> None:
    """Or what was given could not be entered, by nobody."""
    steps = steps_of({"preflight": [{"id": "x", "text": "Weight", "auto": "weight"}]})
    played = opened({**SINGLE, "most_mg": 84}, steps).must("dose", mg=56)
    assert played.press("dose", mg=56) == "Noted."


def test_the_override_of_a_dose_is_found_whatever_the_clinic_calls_its_item() -> None:
    steps = steps_of({"preflight": [{"id": "amount", "text": "Dose", "auto": "dose"}]})
    played = opened({**SINGLE, "most_mg": 84}, steps).must("dose", mg=56)
    assert played.press("dose", mg=56).startswith("no: In all 112 mg")
    assert played.must("override", item="amount", **OVER).press("dose", mg=56) == "Noted."


def test_answers_and_overrides_of_items_that_are_not_there() -> None:
    played = opened(INFUSION, STEPS)
    assert played.press("check", item="shoes", answer="yes").startswith("no: There is no such")
    assert played.press("override", item="shoes", **OVER).startswith("no: There is no such")
    text = "no: That item is judged from what was entered."
    assert played.press("check", item="weight", answer="yes") == text
    assert (
        played.press("check", item="identity", answer="na") == "no: That item needs a yes or a no."
    )
    assert played.must("check", item="escort", answer="na").now.checks["escort"].text == "na"
    assert state(played, "escort")[0] == "na"
    assert state(played.must("check", item="escort", answer="no", note="bus"), "escort") == (
        "no",
        "bus",
    )


# Before the patient goes.


def recovered(**more: Any) -> Played:
    """A visit whose discharge check lets the patient go 60 minutes after the infusion."""
    played = ready({**INFUSION, "observe_minutes": 60, "observe_from": "end", **more})
    played.must("infusion_start", 10 * MIN).must("infusion_stop", 50 * MIN)
    played.must("score", 80 * MIN, scale="aldrete", total=9)
    for item in STEPS.discharge:
        if item.auto is None:
            played.must("check", item=item.id, answer="yes")
    played.latest = {SYS: (T0_MS + 100 * MIN, 140.0), SPO2: (T0_MS + 109 * MIN, 93.0)}
    played.at_ms = 110 * MIN - 1000
    return played


def test_a_patient_who_may_go() -> None:
    assert recovered().press("session_end") == "Session ended."


@pytest.mark.parametrize(
    ("parameter", "t_min", "value", "item", "found"),
    [
        (SYS, 100, 140.5, "pressure", ("no", "140.5, baseline 120 mmHg")),
        (SYS, 100, 99.5, "pressure", ("no", "99.5, baseline 120 mmHg")),
        (SYS, 100, 100, "pressure", ("yes", "100, baseline 120 mmHg")),
        (SYS, 9, 120, "pressure", ("open", "no valid BP since dosing")),
        (SYS, 49, 120, "pressure", ("open", "no valid BP since dosing")),
        (SYS, None, 0, "pressure", ("open", "no valid BP since dosing")),
        (SPO2, 109, 92, "spo2", ("no", "92 %")),
        (SPO2, 109, 92.5, "spo2", ("yes", "92.5 %")),
        (SPO2, None, 0, "spo2", ("open", "no valid SpO2 since dosing")),
        (SPO2, 79, 99, "spo2", ("open", "the last SpO2, 99 %, is 31 min old")),
        (SYS, 79, 120, "pressure", ("open", "the last BP, 120 mmHg, is 31 min old")),
        (SPO2, 79.8, 99, "spo2", ("open", "the last SpO2, 99 %, is 31 min old")),
        (SPO2, 80, 99, "spo2", ("yes", "99 %")),
    ],
)
def test_values_before_the_patient_goes(
    parameter: Parameter, t_min: float | None, value: float, item: str, found: tuple[str, str]
) -> None:
    """The pressure of the baseline itself is near the baseline: it says nothing of now."""
    played = recovered()
    del played.latest[parameter]
    if t_min is not None:
        played.latest[parameter] = (T0_MS + round(t_min * MIN), value)
    assert state(played, item) == found
    text = played.press("session_end")
    assert text.startswith("no: Not before the discharge check:") is (found[0] != "yes")
    assert found[0] == "yes" or played.must("override", item=item, **OVER).press("session_end")


def test_no_baseline_to_be_near_to() -> None:
    assert state(baseline(recovered()), "pressure") == ("open", "no baseline")


def test_the_last_score_that_stands_counts() -> None:
    played = recovered()
    assert state(played, "aldrete") == ("yes", "9 (wanted: 9 or more)")
    played.must("score", scale="aldrete", total=8)
    assert state(played, "aldrete") == ("no", "8 (wanted: 9 or more)")
    played.must("strike", entry=played.pressed, **WHY)
    assert state(played, "aldrete")[0] == "yes"
    played.must("score", scale="moaas", total=2)
    assert state(played, "aldrete")[0] == "yes"
    assert state(ready(), "aldrete") == ("open", "no score is entered")
    early = ready().must("score", scale="aldrete", total=10).must("infusion_start", MIN)
    assert state(early, "aldrete") == ("open", "no score since dosing")


def test_what_was_said_before_the_last_dose_lets_nobody_go() -> None:
    """An answer and an override say how it was then: before the dose the patient walked well."""
    played = recovered()
    for item in ("pressure", "aldrete", "oriented"):
        played.must("override", item=item, **OVER)
    played.must("check", item="oriented", answer="no").at_ms = 115 * MIN
    played.latest[SYS] = (T0_MS + 105 * MIN, 150.0)
    assert not items.stopping(items.discharge(played.now, played.latest, T0_MS + 115 * MIN))
    played.must("infusion_resume", 120 * MIN, **WHY).must("infusion_stop", 121 * MIN)
    played.latest = {SYS: (T0_MS + 180 * MIN, 150.0), SPO2: (T0_MS + 180 * MIN, 99.0)}
    played.at_ms = 181 * MIN
    assert state(played, "pressure")[0] == "no"
    assert state(played, "aldrete") == ("open", "no score since dosing")
    for item in ("oriented", "escort_here", "instructions"):
        assert state(played, item) == ("open", "was answered before the last dose")
    assert state(played, "identity")[0] == "yes"  # it was asked for the dose
    for item in ("oriented", "escort_here", "instructions"):
        played.must("check", item=item, answer="yes")
    for item in ("pressure", "aldrete"):
        played.must("override", item=item, **OVER)
    played.must("session_end")


def test_an_override_is_not_for_what_was_measured_later() -> None:
    """A pressure of 150 was let pass; 215, or a worse score, is another question."""
    played = recovered()
    played.latest[SYS] = (T0_MS + 100 * MIN, 150.0)
    played.must("override", item="pressure", **OVER)
    assert state(played, "pressure")[0] == "overridden"
    played.latest[SYS] = (T0_MS + 111 * MIN, 215.0)
    played.at_ms = 112 * MIN
    assert state(played, "pressure") == ("no", "215, baseline 120 mmHg")
    assert played.press("session_end").startswith("no: Not before the discharge check:")
    played.latest[SYS] = (T0_MS + 113 * MIN, 130.0)
    played.must("score", scale="aldrete", total=8).must("override", item="aldrete", **OVER)
    assert state(played, "aldrete")[0] == "overridden"
    played.must("score", scale="aldrete", total=6)
    assert state(played, "aldrete") == ("no", "6 (wanted: 9 or more)")
    # It covers what was entered before it, also where the clock was set back between them.
    played.must("score", scale="aldrete", total=8)
    played.must("override", played.at_ms - 90_000, item="aldrete", **OVER)
    assert state(played, "aldrete")[0] == "overridden"
    played.at_ms += 90_000
    # What is measured each second goes up and down: of it the override stands.
    played.latest[SPO2] = (T0_MS + played.at_ms, 91.0)
    played.must("override", item="spo2", **OVER)
    played.latest[SPO2] = (T0_MS + played.at_ms + 1000, 91.0)
    assert state(played, "spo2")[0] == "overridden"
    played.must("override", item="aldrete", **OVER).must("session_end")


def test_another_plan_before_the_first_dose_is_said_aloud_again() -> None:
    played = ready(concentration_mg_ml=10)
    assert state(played, "timeout")[0] == "yes"
    drug = {"drug": "ketamine", "lot": "K7", "drawn_mg": 50}
    played.must("drug", **drug, concentration_mg_ml=10).must("drug", **drug)
    assert state(played, "timeout")[0] == "yes"  # it is as it was said
    played.must("drug", **drug, concentration_mg_ml=50)
    assert (
        played.now.said[-1].text == "ketamine, lot K7, 50 mg/mL, 50 mg drawn; asked anew: Time-out"
    )
    assert state(played, "timeout") == ("open", "not answered")
    assert played.press("infusion_start").startswith(
        "no: Not before the pre-flight check: Time-out"
    )
    played.must("check", item="timeout", answer="yes").must("plan", dose_mg=30, **WHY)
    assert state(played, "timeout") == ("open", "not answered")
    assert state(played, "identity")[0] == "yes"
    played.must("override", item="timeout", **OVER).must("plan", minutes=50, **WHY)
    assert state(played, "timeout") == ("open", "not answered")
    played.must("check", item="timeout", answer="yes").must("infusion_start")
    played.must("plan", minutes=60, **WHY)
    assert state(played, "timeout")[0] == "yes"  # it was asked for the dose, and the dose is begun


def test_nobody_is_discharged_while_the_infusion_runs() -> None:
    """An observation that is reckoned from the first dose can be over before its end."""
    played = recovered(observe_minutes=30, observe_from="first_dose")
    played.must("infusion_resume", 111 * MIN, **WHY)
    for item in STEPS.discharge:
        played.must("override", item=item.id, **OVER)
    runs = "no: The infusion is entered as running: stop it first."
    assert played.press("session_end") == runs
    played.must("infusion_pause", **WHY)
    assert played.press("session_end") == runs
    played.must("session_end", how="transferred", **WHY)
    single = opened(SINGLE, steps_of({})).must("dose", mg=50)
    single.must("session_end")  # no pump runs on


def test_the_observation() -> None:
    played = recovered()
    played.at_ms = 109 * MIN + 1
    assert state(played, "observation") == ("no", "1 min left")
    played.at_ms = 110 * MIN
    assert state(played, "observation") == ("yes", "")
    played.at_ms = 50 * MIN
    assert state(played, "observation") == ("no", "60 min left")
    running = ready(INFUSION).must("infusion_start", 10 * MIN)
    assert state(running, "observation") == ("open", "the infusion is not over")
    from_first = ready({**INFUSION, "observe_minutes": 120, "observe_from": "first_dose"})
    from_first.must("infusion_start", 10 * MIN).at_ms = 130 * MIN
    assert state(from_first, "observation") == ("yes", "")
    silent = ready(INFUSION).must("infusion_start", 10 * MIN).must("infusion_stop", 50 * MIN)
    silent.at_ms = 110 * MIN - 1  # as the clinic's file says
    assert state(silent, "observation")[0] == "no"


def test_a_refusal_names_the_first_few_items() -> None:
    said = items.stopping(items.preflight(opened(HOLD, STEPS).now))
    assert said.count(";") == items.FEW
    assert said.endswith("more")


def test_another_patient_is_asked_anew() -> None:
    """The answers, and what a prescriber let pass, were of the patient before."""
    played = ready(PER_KG, dose_mg=80).must("override", item="dose", **OVER)
    assert not items.stopping(items.preflight(played.now))
    played.must("reassign", patient=" P-2 ", second_identifier=" 1999 ", **WHY)
    session = played.now.session
    assert (session.patient, session.second_identifier) == ("P-2", "1999")
    stale = "Weight and dose were entered for KAP-0147: look at them again"
    assert (state(played, "weight"), state(played, "dose")) == (("no", stale), ("no", stale))
    assert state(played, "identity") == ("open", "not answered")
    played.must("plan", drug="Ketamine").must("plan", dose_mg=40)
    assert played.now.stale == stale
    played.must("plan", dose_mg=40, weight_kg=80)
    assert (state(played, "weight"), state(played, "dose")) == (("yes", "80 kg"), ("yes", "40 mg"))


# Single doses above the regimen's most.

NASAL = {**SINGLE, "choices_mg": [56, 84], "most_mg": 84}
ABOVE = "no: In all 112 mg is more than the regimen's most, 84 mg: a prescriber must override it."


def given(played: Played, *doses: float) -> list[bool]:
    """Which of these doses are accepted, one after the other."""
    return [not played.press("dose", mg=mg).startswith("no: ") for mg in doses]


def test_an_override_of_a_dose_above_the_most_is_for_that_dose() -> None:
    played = ready(NASAL, dose_mg=84)
    assert given(played, 28, 28, 28) == [True] * 3
    assert played.press("dose", mg=28) == ABOVE
    played.must("override", item="dose", **OVER)
    assert given(played, 28, 28) == [True, False]
    played.must("override", item="dose", **OVER)
    assert given(played, 28, 28) == [True, False]
    # A dose that was entered by a slip has not used it up.
    played.must("strike", entry=played.pressed - 1, **WHY)
    assert given(played, 28, 28) == [True, False]


def test_an_override_of_a_plan_above_the_most_is_for_that_plan() -> None:
    played = ready(NASAL, dose_mg=140)
    assert given(played, 28) == [False]
    played.must("override", item="dose", **OVER)
    assert given(played, 84, 84, 28, 28, 28) == [True, False, True, True, False]
    played.must("override", item="dose", **OVER)
    assert given(played, 28, 28) == [True, False]


def test_doses_that_are_added_up_to_the_most_are_not_above_it() -> None:
    played = ready({**SINGLE, "most_mg": 0.3}, dose_mg=0.3)
    assert given(played, 0.1, 0.1, 0.1, 0.1) == [True, True, True, False]
