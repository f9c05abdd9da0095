"""What is due next, from when on, and what it is over with."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.session.due import BEFORE_MS, LONG_MS, NOT_NOW_MS, Due, due
from tests.session.visits import INFUSION, MIN, SINGLE, SITE, START, T0_MS, WHY, Played, opened

EVERY = {"dosing": 600.0, "recovery": 900.0}
SEDATION = {"id": "sedation", "name": "Sedation", "scale": "moaas", "at_minutes": [20, 40]}
OBSERVED = {**INFUSION, "observe_minutes": 60, "observe_from": "end"}


def at(
    played: Played,
    now_min: float,
    *,
    bp_min: float | None = None,
    every: dict[str, float] | None = None,
) -> dict[str, Due]:
    """What is due at a minute, by id."""
    bp_ms = None if bp_min is None else T0_MS + round(bp_min * MIN)
    now_ms = T0_MS + round(now_min * MIN)
    found = due(played.now, EVERY if every is None else every, bp_ms, now_ms)
    assert list(found) == sorted(found, key=lambda x: (x.at_ms, x.id))
    assert len({x.id for x in found}) == len(found)
    return {x.id: x for x in found}


def minute(x: Due) -> float:
    return (x.at_ms - T0_MS) / MIN


def infused(regimen: dict[str, Any] = INFUSION, **more: Any) -> Played:
    """The infusion, 35.5 mg over 40 minutes, runs from minute 10 on."""
    return opened(regimen, **more).must("infusion_start", 10 * MIN)


@pytest.mark.parametrize(
    ("bp_min", "due_min"), [(None, 20), (5, 20), (10, 20), (12, 22), (19.5, 29.5)]
)
def test_a_pressure_by_the_interval_of_the_phase(bp_min: float | None, due_min: float) -> None:
    x = at(infused(), 12, bp_min=bp_min)["bp"]
    assert (minute(x), x.name, x.kind, x.alarms) == (due_min, "BP", "bp", False)


def test_the_interval_is_that_of_the_phase_and_a_phase_may_have_none() -> None:
    played = opened(INFUSION)
    assert "bp" not in at(played, 5)
    played.must("infusion_start", 10 * MIN)
    assert "bp" not in at(played, 20, every={})
    played.must("infusion_stop", 50 * MIN)
    assert minute(at(played, 51, bp_min=45)["bp"]) == 65


@pytest.mark.parametrize(
    ("bp_min", "found"),
    [
        (None, ("bp_0", 10)),
        (4.9, ("bp_0", 10)),
        (5, ("bp_40", 50)),
        (44.9, ("bp_40", 50)),
        (45, ("bp_90", 100)),
        (52, ("bp_90", 100)),
        (95, None),
        (200, None),
    ],
)
def test_pressures_at_marks(bp_min: float | None, found: tuple[str, float] | None) -> None:
    """The label of a nasal spray wants one at 40 minutes; one from 5 minutes before it counts."""
    marks = {**SINGLE, "bp_at_minutes": [0, 40, 90]}
    assert [x for x in at(opened(marks), 5) if x.startswith("bp")] == []
    played = opened(marks).must("dose", 10 * MIN, mg=56)
    seen = {x.id: x for x in at(played, 30, bp_min=bp_min, every={}).values() if x.kind == "bp"}
    assert {x: minute(y) for x, y in seen.items()} == (dict([found]) if found else {})
    assert all(x.alarms for x in seen.values())
    if found:
        assert seen[found[0]].name == f"BP at {found[0][3:]} min"


def test_a_pressure_before_discharge() -> None:
    played = infused({**OBSERVED, "bp_at_end": True})
    assert "bp_end" not in at(played, 40)
    played.must("infusion_stop", 50 * MIN)
    assert minute(at(played, 60, bp_min=104)["bp_end"]) == 110
    assert "bp_end" not in at(played, 60, bp_min=105)


def test_a_task_by_interval_and_done() -> None:
    played = opened({**INFUSION, "task": [SITE]})
    assert "iv_site" not in at(played, 5)
    played.must("infusion_start", 10 * MIN)
    x = at(played, 11)["iv_site"]
    assert (minute(x), x.kind, x.scale, x.name, x.alarms) == (20, "task", None, SITE["name"], True)
    played.must("done", 21 * MIN, due="iv_site")
    assert minute(at(played, 21)["iv_site"]) == 31
    played.must("done", 30 * MIN, due="iv_site")
    assert minute(at(played, 30)["iv_site"]) == 40
    played.must("strike", 31 * MIN, entry=played.pressed, **WHY)
    assert minute(at(played, 31)["iv_site"]) == 31
    played.must("infusion_stop", 50 * MIN)
    assert "iv_site" not in at(played, 55)


def test_a_score_at_its_marks() -> None:
    played = infused({**INFUSION, "task": [SEDATION]})
    x = at(played, 11)["sedation"]
    assert (minute(x), x.kind, x.scale) == (30, "score", "moaas")
    played.must("score", 24 * MIN, scale="moaas", total=5)  # too soon for the mark at 30
    assert minute(at(played, 25)["sedation"]) == 30
    played.must("score", 25 * MIN, scale="moaas", total=4)
    assert minute(at(played, 25)["sedation"]) == 50
    played.must("score", 26 * MIN, scale="aldrete", total=4)
    played.must("strike", 27 * MIN, entry=played.pressed - 1, **WHY)
    assert minute(at(played, 27)["sedation"]) == 30
    played.must("score", 55 * MIN, scale="moaas", total=5, at_ms=T0_MS + 46 * MIN)
    assert "sedation" not in at(played, 55)


def test_a_task_with_marks_and_an_interval_is_due_once_the_sooner() -> None:
    both = {**SEDATION, "every_s": {"dosing": 900}}
    played = infused({**INFUSION, "task": [both]})
    assert minute(at(played, 11)["sedation"]) == 25
    played.must("score", 25 * MIN, scale="moaas", total=5)
    assert minute(at(played, 26)["sedation"]) == 40


def test_not_now_is_over_after_two_minutes_and_puts_off_one_thing() -> None:
    played = infused({**INFUSION, "task": [SITE]})
    played.must("not_now", 15 * MIN, due="iv_site")  # not due yet: nothing to put off
    assert at(played, 15)["iv_site"].not_before_ms is None
    played.must("not_now", 21 * MIN, due="iv_site")
    for now_min in (21, 22, 23, 30):
        found = at(played, now_min)
        assert found["iv_site"].not_before_ms == T0_MS + 21 * MIN + NOT_NOW_MS
        assert minute(found["iv_site"]) == 20
        assert found["bp"].not_before_ms is None
    played.must("not_now", 23 * MIN, due="iv_site")
    assert at(played, 23)["iv_site"].not_before_ms == T0_MS + 25 * MIN
    played.must("done", 24 * MIN, due="iv_site")
    assert at(played, 24)["iv_site"].not_before_ms is None


def test_how_many_times_in_a_row_a_thing_was_put_off_is_counted_until_it_is_done() -> None:
    played = infused({**INFUSION, "task": [SITE, SEDATION]})

    def counts(now_min: float, bp_min: float | None = None) -> tuple[int, int, int]:
        found = at(played, now_min, bp_min=bp_min)
        return found["iv_site"].put_off, found["sedation"].put_off, found["bp"].put_off

    played.must("not_now", 15 * MIN, due="iv_site")  # long before it is due: that is over by then
    assert counts(21) == (0, 0, 0)
    for times, at_min in enumerate((19, 21, 23, 25), 1):  # it is due at 20
        played.must("not_now", at_min * MIN, due="iv_site")
        assert counts(at_min) == (times, 0, 0)
    played.must("not_now", 26 * MIN, due="bp").must("not_now", 31 * MIN, due="sedation")
    assert counts(31) == (4, 1, 1)
    slip = played.must("done", 32 * MIN, due="iv_site").pressed
    assert counts(32, bp_min=31) == (0, 1, 0)
    played.must("score", 33 * MIN, scale="moaas", total=5)
    assert counts(33) == (0, 0, 1)
    played.must("strike", 34 * MIN, entry=slip, **WHY)  # it was not done after all
    assert counts(34) == (4, 0, 1)


def test_what_was_put_off_and_then_done_is_put_off_no_longer() -> None:
    """Also where it is wanted again within the two minutes."""
    played = infused({**INFUSION, "task": [{**SITE, "every_s": {"dosing": 60}}]})
    played.must("not_now", 12 * MIN, due="iv_site").must("done", 12 * MIN + 5000, due="iv_site")
    found = at(played, 13.5)["iv_site"]
    assert (minute(found), found.not_before_ms, found.put_off) == (12 + 65 / 60, None, 0)


# Devices with a rest between them.

NASAL = {**SINGLE, "route": "nasal", "between_doses_minutes": 5}


def test_the_next_device_is_due_after_its_rest_while_less_than_planned_was_given() -> None:
    played = opened(NASAL, dose_mg=84)
    assert "next_dose" not in at(played, 5)
    played.must("dose", 10 * MIN, mg=28)
    x = at(played, 11)["next_dose"]
    assert (minute(x), x.name, x.kind, x.alarms) == (15, "Next device", "dose", False)
    assert minute(at(played, 40)["next_dose"]) == 15
    played.must("dose", 16 * MIN, mg=28)
    assert minute(at(played, 16)["next_dose"]) == 21
    slip = played.must("dose", 17 * MIN, mg=28).pressed
    assert "next_dose" not in at(played, 18)
    played.must("strike", 18 * MIN, entry=slip, **WHY)
    assert minute(at(played, 18)["next_dose"]) == 21
    played.must("stage", 19 * MIN, to="recovery")  # no more are given
    assert "next_dose" not in at(played, 20)


@pytest.mark.parametrize(
    ("regimen", "dose_mg", "name"),
    [
        (NASAL, 56, "Next device"),
        ({**NASAL, "route": "oral"}, 56, "Next dose"),
        (NASAL, None, None),
        (SINGLE, 56, None),
    ],
)
def test_a_rest_is_due_where_the_regimen_has_one_and_the_plan_a_dose(
    regimen: dict[str, Any], dose_mg: float | None, name: str | None
) -> None:
    found = at(opened(regimen, dose_mg=dose_mg).must("dose", 10 * MIN, mg=28), 11).values()
    assert [x.name for x in found if x.kind == "dose"] == ([name] if name else [])


def test_a_dose_sooner_than_its_rest_is_possible_and_says_so() -> None:
    played = opened(NASAL, dose_mg=140)
    for at_min in (10, 12, 12.5, 17.4, 22.4):
        played.must("dose", round(at_min * MIN), mg=28)
    assert [x.text for x in played.now.said[1:]] == [
        "Dose given: 28 mg",
        "Dose given: 28 mg (2 min after the one before)",
        "Dose given: 28 mg (30 s after the one before)",
        "Dose given: 28 mg (4 min after the one before)",
        "Dose given: 28 mg",
    ]
    played.must("strike", entry=3, **WHY)  # the line after it is of another one before
    texts = [x.text for x in played.now.said[1:4]]
    assert texts == [
        "Dose given: 28 mg",
        "Dose given: 28 mg (2 min after the one before)",
        "Dose given: 28 mg (2 min after the one before)",
    ]
    assert (
        opened(SINGLE).must("dose", mg=28).must("dose", mg=28).now.said[-1].text
        == "Dose given: 28 mg"
    )


# The ends.


def ends(played: Played, now_min: float) -> dict[str, float]:
    found = at(played, now_min, every={})
    return {x.id: minute(x) for x in found.values() if x.kind in ("end", "observation", "open")}


def test_the_end_of_an_infusion_by_its_rate_and_its_pauses() -> None:
    played = infused()
    for now_min in (10, 11.25, 49.9, 50, 55):
        assert ends(played, now_min) == {"infusion_end": 50, "open": 50 + LONG_MS / MIN}
    played.must("infusion_pause", 20 * MIN, **WHY)
    assert ends(played, 25) == {"open": 10 + LONG_MS / MIN}
    played.must("infusion_resume", 26 * MIN)
    assert ends(played, 30) == {"infusion_end": 56, "open": 56 + LONG_MS / MIN}
    played.must("infusion_rate", 36 * MIN, rate_mg_min=35.5 / 80)  # half of it is left
    assert ends(played, 40) == {"infusion_end": 76, "open": 76 + LONG_MS / MIN}
    played.must("plan", 40 * MIN, dose_mg=10, **WHY)  # already given when the rate was set
    assert ends(played, 41) == {"infusion_end": 36, "open": 36 + LONG_MS / MIN}


@pytest.mark.parametrize("regimen", [INFUSION, SINGLE])
def test_the_observation_and_whether_the_visit_is_over(regimen: dict[str, Any]) -> None:
    table = {**regimen, "observe_minutes": 90, "observe_from": "end"}
    if regimen is INFUSION:
        played = infused(table).must("infusion_stop", 50 * MIN)
    else:
        played = opened(table).must("dose", 10 * MIN, mg=56)
        assert ends(played, 20) == {"open": 10 + LONG_MS / MIN}
        played.must("stage", 50 * MIN, to="recovery")
    assert ends(played, 139.9) == {"observation": 140, "open": 200}
    assert ends(played, 140) == {"open": 200}
    assert ends(played, 1000) == {"open": 200}
    by_id = at(played, 60)
    assert (by_id["observation"].alarms, by_id["open"].alarms) == (False, True)
    played.must("session_end", 1000 * MIN)
    assert at(played, 1000) == {}


def test_an_observation_from_the_first_dose_on() -> None:
    table = {**SINGLE, "observe_minutes": 120, "observe_from": "first_dose"}
    played = opened(table).must("dose", 10 * MIN, mg=56)
    assert ends(played, 20) == {"observation": 130, "open": 190}
    played.must("dose", 15 * MIN, mg=28)
    assert ends(played, 20) == {"observation": 130, "open": 190}


@pytest.mark.parametrize(
    ("more", "press"),
    [
        ({"dose_mg": None}, "infusion_start"),
        ({"minutes": None}, "infusion_start"),
        ({}, ""),
        ({}, "consent"),
    ],
    ids=["no dose", "no rate", "begun and forgotten", "forgotten before the dose"],
)
def test_a_visit_that_is_forgotten_asks_whether_it_is_over(
    more: dict[str, Any], press: str
) -> None:
    """Also while an infusion runs of which no end can be reckoned: nothing else would ask."""
    played = opened(INFUSION, **{**START, **more})
    if press == "infusion_start":
        played.must(press, 10 * MIN)
    if press == "consent":
        played.must("stage", 10 * MIN, to=press)
    assert ends(played, 30) == {"open": (10 if press else 0) + LONG_MS / MIN}


def test_a_rate_that_is_entered_late_gives_no_end() -> None:
    """What ran before it is not known, so what is left is not either."""
    played = infused(minutes=None).must("infusion_rate", 20 * MIN, rate_mg_min=1)
    assert "open" in ends(played, 30)


def test_a_clock_that_is_set_back_makes_nothing_due_sooner() -> None:
    played = infused({**INFUSION, "task": [SITE]}).must("done", 15 * MIN, due="iv_site")
    before = at(played, 16, bp_min=14)
    assert at(played, -30, bp_min=14) == before
    played.must("infusion_pause", 5 * MIN, **WHY)  # counts from the start on
    played.must("infusion_resume", 5 * MIN)
    assert ends(played, 5) == {"infusion_end": 50, "open": 50 + LONG_MS / MIN}


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 2000), st.floats(1, 600), st.floats(0.0001, 2000), st.integers(0, 10**7))
def test_what_is_due_does_not_move_from_second_to_second(
    dose_mg: float, minutes: float, rate: float, now_ms: int
) -> None:
    """Or each screen would be told anew each second."""
    played = infused({**INFUSION, "task": [SITE, SEDATION]}, dose_mg=dose_mg, minutes=minutes)
    played.must("infusion_rate", 20 * MIN + 333, rate_mg_min=rate)
    told = {due(played.now, EVERY, T0_MS, T0_MS + now_ms + s * 1000) for s in range(30)}
    assert len(told) == 1


def test_the_reading_before_a_mark_counts_from_five_minutes_on() -> None:
    assert BEFORE_MS == 5 * MIN
