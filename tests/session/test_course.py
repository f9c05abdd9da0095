"""The fold: what is stored gives the same visit again, and no visit is stuck."""

from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.numeric import Parameter
from monitor.session import items
from monitor.session.ahead import next_step
from monitor.session.course import VISIT_KINDS
from monitor.session.state import Visit
from monitor.session.steps import ENDS, STAGES
from monitor.session.visit import AFTERWARDS, KINDS, apply, fold
from tests.session.visits import (
    DATA,
    INFUSION,
    MIN,
    SINGLE,
    SITE,
    START,
    STEPS,
    T0_MS,
    WHY,
    Played,
    opened,
    ready,
)

ITEMS = [x.id for x in (*STEPS.preflight, *STEPS.discharge)]
REASON = st.sampled_from([{}, WHY, WHY])
AMOUNT = st.sampled_from([0.5, 1, 28, 84.5])
# What is drawn anew of a press; the rest is as in DATA.
DRAWN: dict[str, Any] = {
    "session_end": st.sampled_from([{"how": how, **WHY} for how in ENDS]),
    "stage": st.builds(lambda to, why: {"to": to, **why}, st.sampled_from(STAGES), REASON),
    "check": st.fixed_dictionaries(
        {"item": st.sampled_from(ITEMS), "answer": st.sampled_from(["yes", "yes", "no", "na"])}
    ),
    "override": st.fixed_dictionaries({"item": st.sampled_from(ITEMS)}),
    "plan": st.builds(
        lambda keys, mg, why: {**dict.fromkeys(keys, mg), **why},
        st.sets(st.sampled_from(["dose_mg", "minutes", "concentration_mg_ml"])),
        AMOUNT,
        REASON,
    ),
    "drug": st.sampled_from([{}, {"concentration_mg_ml": 50}]),
    "infusion_start": st.sampled_from([{}, {"rate_mg_min": 2}]),
    "infusion_rate": AMOUNT.map(lambda x: {"rate_mg_min": x}),
    "infusion_resume": REASON,
    "infusion_stop": REASON,
    "dose": AMOUNT.map(lambda x: {"mg": x}),
    "score": st.sampled_from([{}, {"total": 8}, {"scale": "moaas"}]),
    "strike": st.integers(1, 20).map(lambda x: {"entry": x}),
    "reassign": st.sampled_from([{}, {"flags": ["Latex"]}]),
}
# A way through a visit is likelier than chance: else no sequence would come as far as a signature.
LIKELY = ["infusion_start", "dose", "infusion_stop", "stage", "session_end", "sign", "strike"]


@st.composite
def presses(draw: st.DrawFn) -> list[tuple[str, int, dict[str, Any]]]:
    kinds = st.sampled_from([*KINDS, "baseline"]) | st.sampled_from(LIKELY)
    found = []
    for kind in draw(st.lists(kinds, max_size=30)):
        more = draw(DRAWN[kind]) if kind in DRAWN else {}
        wait_ms = draw(st.sampled_from([-1500, 0, 1000, 60_000, 40 * MIN]))
        found.append((kind, wait_ms, more))
    return found


def play(regimen: dict[str, Any] | None, asks: bool, sequence: list[Any]) -> Played:
    """Press them all; after each, the stored entries must give the very same visit."""
    played = opened(regimen, STEPS if asks else None)
    step = played.visit
    for kind, wait_ms, more in sequence:
        at_ms = played.at_ms + wait_ms
        before, accepted = played.now, len(played.entries)
        if kind == "baseline":  # the chair takes it, with the limits of its alarms
            if before.session.ended_ms is None:
                played.must("event", at_ms, text="Tears")
                entry = replace(played.entries[-1], kind=kind, data={"values": {"HR": 70.0}})
                played.entries[-1], played.visit = entry, apply(before, entry)
        else:
            data = {} if kind in ("stage", "check", "override", "plan") else DATA[kind]
            if kind == "override":
                data = DATA[kind]
            if kind == "infusion_resume":
                data = {}
            text = played.press(kind, at_ms, **{**data, **more})
            assert text.endswith(".") or ": " in text
        after = played.now
        if before.session.ended_ms is not None:
            if kind not in AFTERWARDS:
                assert after == before
            kept = (
                "ended_ms",
                "how",
                *(() if kind == "strike" else ("infusion_stopped_ms", "stage")),
            )
            for name in kept:
                assert getattr(after.session, name) == getattr(before.session, name)
        if len(played.entries) == accepted:
            assert after == before
        else:
            assert step is not None
            step = apply(step, played.entries[-1])
            assert step == after
        check_times(after)
    if all(wait_ms >= 0 for _, wait_ms, _ in sequence):  # else a time may be that of what is gone
        as_if_not_entered(played)
    return played


def as_if_not_entered(played: Played) -> None:
    """The visit is what the entries give that are not struck through, but for the struck lines."""
    now = played.now
    struck = set(now.struck)
    standing = [x for x in played.entries if x.kind != "strike" and x.id not in struck]
    without = fold(replace(now.session, id=7), standing)
    lines = tuple(x for x in now.said if x.entry not in struck)
    assert lines == without.said
    assert replace(now, said=lines, struck={}, seen_ms=without.seen_ms) == without


def check_times(visit: Visit) -> None:
    x = visit.session
    times = [x.from_ms, x.started_ms, x.infusion_started_ms, x.infusion_stopped_ms, x.ended_ms]
    known = [time for time in (*times, x.signed_ms) if time is not None]
    assert known == sorted(known)
    assert x.infusion_stopped_ms is None or x.infusion_started_ms is not None
    assert x.stage_ms >= x.started_ms
    steps = [t for t, _ in visit.infusion.steps]
    assert steps == sorted(steps)
    assert visit.infusion.last_ms <= (x.ended_ms or 2**62)
    assert visit.running is (visit.infusion.rate_mg_min(2**62) != 0)
    if x.ended_ms is not None:
        assert not x.dosing


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([None, *({**x, "task": [SITE]} for x in (INFUSION, SINGLE))]),
    st.booleans(),
    presses(),
)
def test_what_is_stored_gives_the_same_visit_again(
    regimen: dict[str, Any] | None, asks: bool, sequence: list[Any]
) -> None:
    """A restart, the screens and a replay all go by it. And whatever came, there is an end."""
    played = play(regimen, asks, sequence)
    now = played.now
    # As a restart finds it: the session as listed last, or as it was listed at first.
    for listed in (now.session, opened(regimen).now.session):
        assert fold(replace(listed, id=7), played.entries) == now
    half = len(played.entries) // 2
    first = fold(now.session, played.entries[: max(1, half)])
    assert reduce(apply, played.entries[max(1, half) :], first) == now
    if now.session.ended_ms is None:
        assert next_step(now) is not None
        if now.infuses and now.session.dosing:
            played.must("infusion_stop")
        by_override(played)
        played.must("session_end")
    assert next_step(played.now) is None
    if played.now.session.signed_ms is None:
        played.must("sign")
    played.must("addendum", text="Called.")


def by_override(played: Played) -> None:
    """Let a prescriber answer for all that stands in the way of the discharge."""
    found = items.discharge(played.now, played.latest, T0_MS + played.at_ms + 1000)
    for x in found:
        if x.stops:
            played.must("override", item=x.item.id, prescriber="Dr Lim", **WHY)


@pytest.mark.parametrize("how", [how for how in ENDS if how != "discharged"])
def test_any_visit_can_be_ended_otherwise(how: str) -> None:
    visits = {
        "open": opened(INFUSION, STEPS),
        "running": ready(INFUSION).must("infusion_start"),
        "paused": ready(INFUSION).must("infusion_start").must("infusion_pause", **WHY),
        "given": ready(SINGLE).must("dose", mg=50),
    }
    for name, played in visits.items():
        runs = "no: The infusion is entered as running: stop it first."
        first = runs if name in ("running", "paused") else "no: Not before the discharge check"
        assert played.press("session_end").startswith(first)
        assert played.press("session_end", how=how) == "no: Say why: a reason is missing."
        text = played.press("session_end", how=how, **WHY)
        if how == "held" and name != "open":
            assert text == "no: A dose was given: the visit was not held before it."
            continue
        assert text == "Session ended."
        assert played.now.said[-1].text == f"{ENDS[how]}: agreed"
        assert not played.now.session.dosing
        assert played.now.infusion.rate_mg_min(2**62) == 0


def test_an_infusion_that_is_paused_stopped_and_goes_on() -> None:
    played = opened(INFUSION, dose_mg=40).must("infusion_start", 10 * MIN)
    played.must("infusion_pause", 20 * MIN, reason="nausea")
    assert played.now.paused
    assert (played.now.running, played.now.session.dosing) == (False, True)
    played.must("infusion_resume", 25 * MIN).must("infusion_rate", 30 * MIN, rate_mg_min=2)
    played.must("infusion_stop", 35 * MIN).must("infusion_resume", 45 * MIN, **WHY)
    steps = [((t - T0_MS) / MIN, rate) for t, rate in played.now.infusion.steps]
    assert steps == [(10, 1), (20, 0), (25, 1), (30, 2), (35, 0), (45, 2)]
    assert played.now.infusion.given_mg(T0_MS + 50 * MIN) == 10 + 5 + 10 + 10
    assert [x.text for x in played.now.said][1:] == [
        "Infusion started, 1 mg/min",
        "Infusion paused: nausea",
        "Infusion goes on",
        "Rate 2 mg/min",
        "Infusion stopped",
        "Infusion goes on: agreed",
    ]


@pytest.mark.parametrize(
    ("plan", "press", "rate"),
    [
        ({}, {}, 35.5 / 40),
        ({}, {"rate_mg_min": 2}, 2),
        ({"minutes": None}, {}, None),
        ({"dose_mg": None}, {}, None),
    ],
)
def test_the_rate_of_a_start(
    plan: dict[str, None], press: dict[str, float], rate: float | None
) -> None:
    """What nobody entered is not known: nothing is reckoned from it."""
    played = opened(INFUSION, **plan).must("infusion_start", MIN, **press)
    assert played.now.infusion.steps == ((T0_MS + MIN, rate),)
    assert (played.now.infusion.given_mg(T0_MS + 2 * MIN) is None) is (rate is None)
    assert played.now.running


def test_a_plan_is_changed_freely_before_the_first_dose_and_with_a_reason_after_it() -> None:
    played = opened(INFUSION).must("plan", dose_mg=40, drug=" S-ketamine ")
    session = played.now.session
    assert (session.dose_mg, session.minutes, session.weight_kg) == (40, 40, 71)
    assert (session.drug, played.now.infusion.dose_mg) == ("S-ketamine", 40)
    played.must("infusion_start")
    assert played.press("plan", dose_mg=20) == (
        "no: A dose was given: to change the plan needs a reason."
    )
    played.must("plan", dose_mg=20, drug=None, **WHY)
    assert (played.now.infusion.dose_mg, played.now.session.drug) == (20, "S-ketamine")
    assert played.now.infusion.rate_mg_min(2**62) == 1  # the pump runs as it ran


def test_another_patient_keeps_what_was_entered() -> None:
    played = opened(INFUSION, flags=["Penicillin"]).must("infusion_start", MIN)
    played.must("event", 10 * MIN, text="Tears").must("reassign", 20 * MIN, **DATA["reassign"])
    now = played.now
    assert (now.session.patient, now.session.second_identifier) == ("KAP-0200", "1981")
    assert now.stale == "Weight and dose were entered for KAP-0147: look at them again"
    assert now.flags == ()  # they were the other's
    assert [x.kind for x in now.said] == ["session_start", "infusion_start", "event", "reassign"]
    assert now.said[-1].text == "Patient is KAP-0200, not KAP-0147: agreed"
    assert (now.session.dose_mg, now.running) == (START["dose_mg"], True)


def test_what_is_folded_is_all_that_a_visit_may_hold() -> None:
    """A kind that is accepted for a visit and not folded would be lost at a restart."""
    free = {"watch", "acknowledge", "confirm_monitor"}
    assert set(VISIT_KINDS) - {"baseline", "reading"} == set(KINDS) - free - {"reading"}


def test_a_value_known_at_the_bedside_counts_at_the_end() -> None:
    played = ready(INFUSION).must("infusion_start").must("infusion_stop")
    played.latest = {Parameter.SPO2: (T0_MS + played.at_ms, 97.0)}
    by_id = {x.item.id: x for x in items.discharge(played.now, played.latest, T0_MS)}
    assert by_id["spo2"].state == "yes"
