"""What is read first of a past session: its numbers, counted a second time by other means."""

from random import Random

import pytest
from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Parameter, numeric
from monitor.alarms.limits import Priority
from monitor.review.bands import dosing_spans, step_spans
from monitor.review.past import drawn_session
from monitor.review.summary import Summary, alarm_count, open_things, summary_of
from monitor.session import by_hand
from monitor.session.visit import fold
from monitor.store import sessions, writing
from monitor.store.extremes import Extreme
from monitor.store.sessions import AlarmRow
from monitor.store.writing import Reading, Struck
from tests.alarms.bedside import cuff, ms
from tests.review.past_visit import PastVisit
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


def of(visit: PastVisit) -> Summary:
    drawn = drawn_session(visit.db, visit.stored(), ms(600))
    folded = drawn.visit or fold(visit.stored().session, [])
    return summary_of(visit.db, drawn, folded)


def entered(visit: PastVisit, at_s: float, *numerics: Numeric) -> int:
    """Values by hand; gives the number of their source."""
    hand = writing.register_source(
        visit.db, visit.chair, by_hand.NAME, by_hand.DRIVER, by_hand.URL, Generation.REAL, 0
    )
    held = [Reading(visit.chair, hand, Generation.REAL, x, by_hand=True) for x in numerics]
    visit.write(at_s, readings=held)
    return hand


@pytest.mark.parametrize("seed", range(5))
def test_the_extremes_are_those_of_the_valid_readings_that_the_export_has(
    db: Database, seed: int
) -> None:
    """With doubtful values lower than all others, with values by hand, and with one struck."""
    visit, random = PastVisit(db), Random(seed)
    for second in range(0, 600, 5):
        doubt = "low perfusion" if random.random() < 0.2 else ""
        value = random.randint(60, 80) if doubt else random.randint(88, 99)
        visit.write(second, numeric(Parameter.SPO2, value, ms(second), doubt=doubt))
    for second in range(30, 600, 120):
        visit.write(second, *cuff(second, random.randint(110, 150), 70, 85))
    high = random.randint(130, 170)
    hand = entered(visit, 200, *cuff(200, high, 80), numeric(Parameter.SPO2, 89, ms(201)))
    entered(visit, 300, *cuff(300, 220, 80))
    gone = [Struck(visit.chair, hand, x, 1) for x in cuff(300, 220, 80)]
    visit.press(310, "event", text="Nausea")
    visit.write(320, struck=gone)

    rows = list(sessions.all_readings(db, 1))
    names = {visit.source: "B450", hand: by_hand.NAME}

    def counted(parameter: Parameter, sign: int) -> tuple[float, int, str, int, int]:
        held = [x for x in rows if x["parameter"] == parameter.value and x["value"] is not None]
        valid = [x for x in held if x["validity"] == "valid"]
        first = min(valid, key=lambda x: (sign * x["value"], x["t_ms"]))
        return first["value"], first["t_ms"], first["source"], len(valid), len(held) - len(valid)

    def told(x: Extreme | None) -> tuple[float, int, str, int, int]:
        assert x
        return x.value, x.t_ms, names[x.source], x.valid, x.questionable

    found = of(visit)
    assert told(found.lowest_spo2) == counted(Parameter.SPO2, 1)
    assert told(found.highest_systolic) == counted(Parameter.NIBP_SYS, -1)
    assert found.highest_systolic
    assert found.highest_systolic.valid == 6, "five of the cuff, one by hand, none that was struck"
    assert found.lowest_spo2
    assert found.lowest_spo2.questionable > 10


def test_without_a_valid_reading_there_is_no_number(db: Database) -> None:
    visit = PastVisit(db)
    visit.write(1, numeric(Parameter.SPO2, 70, ms(1), doubt="interference"))
    assert (of(visit).lowest_spo2, of(visit).highest_systolic) == (None, None)


def test_alarms_are_counted_once_by_the_worst_that_they_were(db: Database) -> None:
    visit = PastVisit(db)
    visit.alarm(10, "active")
    visit.alarm(20, "active", Priority.HIGH)
    visit.alarm(30, "cleared", Priority.HIGH)
    visit.alarm(40, "active", number="2")
    visit.alarm(50, "active", Priority.LOW, number="3")
    assert of(visit).alarms == {"high": 1, "medium": 1, "low": 0}
    assert of(visit).technical == {"high": 0, "medium": 0, "low": 0}
    low = AlarmRow(1, "a", "overdue_bp", None, "technical", "low", "active", None, None, "", None)
    assert alarm_count([low], 0) == {"high": 0, "medium": 0, "low": 1}


def test_what_was_before_the_session_began_is_not_summed(db: Database) -> None:
    """It claims readings from before its start, so that they are drawn."""
    visit = PastVisit(db, started_s=200)
    visit.write(1, numeric(Parameter.SPO2, 80, ms(1)), *cuff(2, 190, 80))
    visit.write(300, numeric(Parameter.SPO2, 95, ms(300)), *cuff(301, 130, 80))
    visit.alarm(10, "active", number="over before")
    visit.alarm(20, "cleared", number="over before")
    visit.alarm(100, "active", Priority.HIGH, number="calmer by then")
    visit.alarm(150, "active", number="calmer by then")
    visit.alarm(250, "cleared", number="calmer by then")
    found = of(visit)
    assert found.lowest_spo2
    assert found.highest_systolic
    assert (found.lowest_spo2.value, found.highest_systolic.value) == (95, 130)
    assert found.alarms == {"high": 0, "medium": 1, "low": 0}


def test_who_was_on_watch_from_when_and_what_is_open(db: Database) -> None:
    visit = PastVisit(db, ended_s=None)
    visit.press(-60, "watch", of=None)
    visit.press(100, "watch", actor="RN Ode")
    found = of(visit)
    assert found.watch == [(ms(0), "RN Keller"), (ms(100), "RN Ode")]
    assert found.open == ["the visit is not ended"]


def test_who_was_on_watch_before_it_began_watched_nothing_of_it(db: Database) -> None:
    """The session claims what was entered up to half an hour before it."""
    visit = PastVisit(db, started_s=200)
    visit.press(50, "watch", actor="RN Lim", of=None)
    visit.press(100, "watch", actor="RN Keller", of=None)
    visit.press(300, "watch", actor="RN Ode")
    assert of(visit).watch == [(ms(200), "RN Keller"), (ms(300), "RN Ode")]


def test_what_nobody_answered_is_open_until_it_is_overridden() -> None:
    first, second, early, *others = [item for item in STEPS.discharge if item.auto is None]
    played = ready(INFUSION).must("check", 1000, item=early.id, answer="yes")
    played.must("infusion_start", MIN).must("infusion_stop", 2 * MIN)
    played.must("check", item=first.id, answer="no")
    played.must("override", item=second.id, prescriber="Dr Lim", **WHY)
    played.must("session_end", 3 * MIN, how="aborted", **WHY)
    assert open_things(played.now, T0_MS) == [
        f"{first.text}: no",
        f"{early.text}: was answered before the last dose",
        *(f"{item.text}: no answer" for item in others),
    ]
    held = opened(INFUSION, STEPS).must("session_end", how="held", **WHY)
    assert open_things(held.now, T0_MS) == []


def test_more_than_was_planned_is_open_and_so_is_an_amount_that_is_not_known() -> None:
    def told(played: Played, at_ms: int) -> list[str]:
        return [x for x in open_things(played.now, T0_MS + at_ms) if "given" in x]

    played = ready(SINGLE).must("dose", MIN, mg=35)
    assert told(played, 2 * MIN) == []
    played.must("override", item="dose", prescriber="Dr Lim", **WHY).must("dose", 3 * MIN, mg=28)
    assert told(played, 4 * MIN) == ["given 63 mg, more than the planned 35.5 mg"]
    runs = ready(INFUSION).must("infusion_start", MIN)
    planned_ms = round((runs.now.session.minutes or 0) * MIN)
    assert told(runs, MIN + planned_ms + 20_000) == [], "its stop was pressed a little late"
    (words,) = told(runs, 2 * MIN + round(planned_ms * 1.1))
    assert "more than the planned" in words


def test_a_step_that_was_struck_through_has_no_band() -> None:
    played = opened(INFUSION).must("stage", MIN, to="consent")
    slip = played.must("stage", 2 * MIN, to="preparation", **WHY).pressed
    played.must("strike", 3 * MIN, entry=slip, reason="another chair's")
    to_ms = T0_MS + 4 * MIN
    assert [name for *_, name in step_spans(played.now, to_ms)] == ["arrival", "consent"]


def test_the_band_of_peak_goes_on_where_only_the_dose_before_it_was_struck_through() -> None:
    played = opened(SINGLE).must("dose", MIN, mg=28)
    slip = played.pressed
    played.must("stage", 2 * MIN, to="peak").must("dose", 3 * MIN, mg=28)
    played.must("strike", 4 * MIN, entry=slip, **WHY)
    assert played.now.session.stage == "peak"
    found = step_spans(played.now, T0_MS + 5 * MIN)
    assert [(t_ms - T0_MS, step) for t_ms, _, step in found] == [(0, "arrival"), (2 * MIN, "peak")]


@pytest.mark.parametrize("regimen", [INFUSION, SINGLE])
def test_the_bands_are_the_steps_as_each_press_made_them(regimen: dict[str, object]) -> None:
    """Counted a second time: the step of the fold after each press."""
    played = opened(regimen)
    seen: list[tuple[int, str]] = []

    def press(kind: str, at_ms: int, **data: object) -> None:
        played.must(kind, at_ms, **data)
        session = played.now.session
        if not seen or seen[-1][1] != session.stage:
            seen.append((session.stage_ms, session.stage))

    seen.append((played.now.session.stage_ms, "arrival"))
    press("stage", MIN, to="consent")
    press("stage", 2 * MIN, to="preparation", **WHY)
    if regimen is INFUSION:
        press("infusion_start", 3 * MIN)
        press("stage", 5 * MIN, to="peak")
        press("infusion_pause", 6 * MIN, **WHY)
        press("infusion_resume", 7 * MIN, **WHY)
        press("infusion_stop", 8 * MIN)
        press("stage", 9 * MIN, to="recovery")
        press("infusion_resume", 10 * MIN, **WHY)
        press("infusion_stop", 11 * MIN)
    else:
        press("dose", 3 * MIN, mg=50)
        press("stage", 5 * MIN, to="peak")
        press("dose", 6 * MIN, mg=25)
    press("stage", 12 * MIN, to="recovery")
    press("session_end", 14 * MIN, how="aborted", **WHY)
    ended_ms = played.now.session.ended_ms
    assert ended_ms
    ends = [*(t_ms for t_ms, _ in seen[1:]), ended_ms]
    spans = step_spans(played.now, ended_ms)
    assert spans == [(t, end, step) for (t, step), end in zip(seen, ends, strict=True)]
    ran = [(a - ended_ms, b - ended_ms) for a, b in dosing_spans(played.now, ended_ms)]
    three = [(-11 * MIN, -8 * MIN), (-7 * MIN, -6 * MIN), (-4 * MIN, -3 * MIN)]
    assert ran == (three if regimen is INFUSION else [])
