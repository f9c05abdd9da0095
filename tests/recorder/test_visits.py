"""A visit through the real store: restarts, replays, past sessions, and who presses at once."""

from pathlib import Path
from typing import Any

import pytest

from monitor.alarms.presets import from_json
from monitor.session.state import Visit
from monitor.session.visit import AFTERWARDS, fold
from monitor.store import current, journal
from tests.recorder.past import PATIENT, Past
from tests.recorder.test_replay import replayed, stored

WHY = {"reason": "agreed"}
# SpO2 of the virtual patient is beyond this regimen's limit, and not beyond the clinic's.
REGIMEN: dict[str, Any] = {
    "id": "iv",
    "name": "IV",
    "drug": "ketamine",
    "route": "iv",
    "infusion": True,
    "task": [{"id": "iv_site", "name": "IV site check", "every_s": {"dosing": 60}}],
    "limits": {"SpO2": {"medium": {"low": 99.5, "delay_s": 5}, "high": {"low": 80, "delay_s": 0}}},
}
STEPS: dict[str, Any] = {
    "preflight": [{"id": "identity", "text": "Identity"}],
    "open_after_minutes": 0,
    "observe_minutes": 0,
}
PLAN = {"weight_kg": 70, "dose_mg": 35, "minutes": 40, "regimen": REGIMEN, "steps": STEPS}


@pytest.fixture
def past(database: Path) -> Past:
    return Past(database)


def answers(past: Past) -> list[tuple[int, str]]:
    return [(a, t) for a, t in past.rows("SELECT accepted, text FROM answer ORDER BY journal")]


def begin(past: Past, **more: Any) -> Past:
    past.run(5)
    past.press("event", text="Before")
    past.run(1)
    past.press("session_start", **PATIENT, **{**PLAN, **more})
    past.run(1)
    past.press("check", item="identity", answer="yes")
    past.run(1)
    past.press("infusion_start")
    past.run(1)
    return past


def visit(past: Past) -> Visit:
    found = past.recorder.chairs[0].state.visit
    assert found is not None
    return found


def folded(past: Past, number: int = 1) -> Visit:
    found = current.stored_session(past.recorder.db, number)
    assert found is not None
    return fold(found[0], journal.accepted_of(past.recorder.db, number))


def in_the_middle(past: Past) -> None:
    """A pause, a medicine, an override, a baseline, a strike: all in one infusion."""
    begin(past)
    past.press("baseline", values={"HR": 60, "SpO2": 97})
    past.press("drug", drug="ketamine", lot="K7", concentration_mg_ml=10)
    past.run(30)
    for alarm in list(past.recorder.chairs[0].state.engine.on.values()):
        past.press("acknowledge", occurrence=alarm.id)
    past.press("infusion_pause", reason="nausea")
    past.press("override", item="identity", prescriber="Dr Lim", **WHY)
    past.run(20)
    past.press("infusion_resume")
    past.press("strike", entry=entry_of(past, "drug"), **WHY)
    past.run(160)  # the IV site is overdue by then
    past.press("not_now", due="iv_site")
    past.run(60)


def test_a_restart_in_the_middle_of_a_visit(past: Past, database: Path) -> None:
    in_the_middle(past)
    before, preset = visit(past), past.recorder.chairs[0].state.preset
    assert all(accepted for accepted, _ in answers(past))
    assert list(before.put_off) == ["iv_site"]
    assert (before.concentration_mg_ml, dict(before.baseline)) == (None, {"HR": 60, "SpO2": 97})
    assert folded(past) == before
    conditions = {x.condition for x in past.recorder.chairs[0].state.engine.on.values()}
    past.end()
    again = Past(database, before_s=6900)
    again.run(2)
    assert visit(again) == before
    assert again.recorder.chairs[0].state.knowledge.from_ms == before.session.from_ms > 0
    assert again.recorder.chairs[0].state.preset == preset
    now = again.recorder.chairs[0].state.engine.on
    assert {x for x in conditions if x.startswith("spo2")} <= set(now)
    again.press("infusion_rate", rate_mg_min=2)
    again.run(2)
    assert visit(again) == folded(again)
    again.press("session_end", how="aborted", **WHY)
    again.run(2)
    assert replayed(again.recorder.db, 1) == stored(again.recorder.db, 1)
    again.end()


def test_a_visit_replays_to_the_tick_with_its_regimen_and_what_was_overdue(past: Past) -> None:
    in_the_middle(past)
    past.press("stage", to="peak")
    past.press("reassign", **{**PATIENT, "patient": "P-9"}, **WHY)
    past.run(200)
    past.press("infusion_stop")
    past.run(130)
    past.press("session_end", how="aborted", **WHY)
    past.run(5)
    found = stored(past.recorder.db, 1)
    began = {str(row[1]).split(".")[1] for row in found}
    assert {"spo2_low", "overdue_iv_site", "overdue_open"} <= began
    assert len([x for x in found if ".overdue_iv_site." in str(x[1]) and x[2] == "active"]) == 2
    assert replayed(past.recorder.db, 1) == found
    limits = from_json(past.rows("SELECT limits FROM session")[0][0]).limits
    assert [x.bound for x in limits if x.parameter.value == "SpO2" and x.priority.word == "medium"]
    assert any(x.bound == 99.5 for x in limits)
    past.end()


ROW = "SELECT stage, infusion_started_ms, infusion_stopped_ms, stage_ms FROM session"


def test_a_stop_and_a_start_by_a_slip_are_struck_through(past: Past, database: Path) -> None:
    """The row of the session, a restarted recorder and a replay have what stands."""
    begin(past)
    running, row = visit(past), past.rows(ROW)
    past.run(100)
    past.press("infusion_stop")
    past.run(5)
    assert past.rows(ROW) != row
    past.press("strike", entry=entry_of(past, "infusion_stop"), **WHY)
    past.run(100)  # the IV site is overdue by then, as its infusion never stopped
    assert answers(past)[-1][1].startswith("Struck through. The infusion is entered as running at")
    assert past.rows(ROW) == row
    now = visit(past)
    assert (now.session, now.infusion) == (running.session, running.infusion)
    assert "overdue_iv_site" in past.recorder.chairs[0].state.engine.on
    past.press("strike", entry=entry_of(past, "infusion_start"), **WHY)
    past.run(2)
    ((stage, *times, _),) = past.rows(ROW)
    assert (stage, times) == ("arrival", [None, None])
    assert "overdue_iv_site" not in past.recorder.chairs[0].state.engine.on
    past.press("infusion_start")
    past.run(1)
    before = visit(past)
    assert folded(past) == before
    past.end()
    again = Past(database, before_s=6900)
    again.run(2)
    assert visit(again) == before
    again.press("session_end", how="aborted", **WHY)
    again.run(2)
    assert replayed(again.recorder.db, 1) == stored(again.recorder.db, 1)
    again.end()


def test_a_visit_that_was_left_open_overnight(database: Path) -> None:
    past = Past(database, before_s=8 * 3600)
    past.press("session_start", **PATIENT)
    past.run(2)
    past.end()
    morning = Past(database, before_s=600)
    morning.run(3)
    on = morning.recorder.chairs[0].state.engine.on
    assert on["overdue_open"].text == "Overdue: Is this visit over?"
    morning.press("session_end", how="aborted", **WHY)
    morning.run(2)
    assert "overdue_open" not in morning.recorder.chairs[0].state.engine.on
    morning.end()


def test_the_wrong_patient_at_minute_twenty(past: Past) -> None:
    begin(past)
    past.press("event", text="Tears")
    past.run(20)
    journal_before = past.rows("SELECT * FROM journal ORDER BY id")
    past.press("reassign", patient="P-9 ", second_identifier="1999", **WHY)
    past.run(2)
    now = visit(past)
    assert past.rows("SELECT patient, second_identifier FROM session") == [("P-9", "1999")]
    assert past.rows("SELECT * FROM journal ORDER BY id")[: len(journal_before)] == journal_before
    assert now.stale == "Weight and dose were entered for P-1: look at them again"
    assert [x.text for x in now.said if x.kind == "event"] == ["Tears"]
    assert current.visits_of(past.recorder.db, "P-9", 1) == 1
    assert current.visits_of(past.recorder.db, "P-1", 1) == 0
    past.end()


# Sessions that are over.


def two(past: Past) -> Past:
    """One session that is over, and another that is open."""
    begin(past)
    past.press("event", text="Tears")
    past.run(2)
    past.press("session_end", how="aborted", **WHY)
    past.run(2)
    past.press("session_start", **{**PATIENT, "patient": "P-2"})
    past.run(2)
    return past


def entry_of(past: Past, kind: str) -> int:
    return int(past.rows("SELECT max(id) FROM journal WHERE kind = ?", kind)[0][0])


def test_a_past_session_is_signed_and_corrected_while_another_is_open(past: Past) -> None:
    two(past)
    open_before = visit(past)
    tears = past.rows("SELECT min(id) FROM journal WHERE data LIKE '%Tears%'")[0][0]
    before = folded(past)
    for kind, data in (
        ("strike", {"entry": tears, **WHY}),
        ("sign", {}),
        ("addendum", {"text": "Called the day after."}),
        ("score", {"scale": "aldrete", "total": 10}),
        ("waste", {"mg": 10, "witness": "RN Ode"}),
        ("reassign", {**PATIENT, "patient": "P-3", **WHY}),
    ):
        assert kind in AFTERWARDS
        past.press(kind, session=1, **data)
        past.run(1)
    assert [a for a, _ in answers(past)] == [1] * 13
    after = folded(past)
    assert after.session.signed_by == "RN Keller"
    assert after.session.patient == "P-3"
    assert [x.kind for x in after.said[len(before.said) :]] == [
        *("sign", "addendum", "score", "waste", "reassign"),
    ]
    assert set(after.struck) == {tears}
    assert after.session.ended_ms == before.session.ended_ms
    rows = past.rows("SELECT id, patient, signed_by, signed_ms IS NULL, how FROM session")
    assert rows == [(1, "P-3", "RN Keller", 0, "aborted"), (2, "P-2", None, 1, None)]
    assert past.rows("SELECT limits != '' AND generation > 0 FROM session WHERE id = 1") == [(1,)]
    assert visit(past) == open_before
    past.press("sign", session=1)
    past.run(1)
    assert answers(past)[-1] == (0, "It was signed by RN Keller; write an addendum.")
    assert replayed(past.recorder.db, 1) == stored(past.recorder.db, 1)
    past.end()


def test_values_that_overtook_a_step_are_struck_at_the_time_at_which_they_are_stored(
    past: Past,
) -> None:
    begin(past)
    past.run(60)
    past.press("infusion_stop")
    journal.write_entry(
        past.recorder.db,
        press="by-hand-0001",
        t_ms=past.recorder.clock.now_ms() - 40,
        chair=1,
        kind="reading",
        actor="RN Keller",
        data={"session": 1, "values": {"HR": 180}},
    )
    past.run(2)
    past.press("reading", session=1, values={"HR": 70})
    right = entry_of(past, "reading")
    past.run(2)
    past.press("session_end", how="aborted", **WHY)
    past.run(2)
    past.press("strike", session=1, entry=right - 1, **WHY)
    past.run(1)
    assert answers(past)[-1] == (1, "Struck through.")
    hand = (
        "SELECT t_ms FROM reading JOIN source ON source.id = source AND driver = 'by_hand'"
        " WHERE value = 180"
    )
    assert past.rows(hand) == past.rows("SELECT t_ms FROM struck") != []
    # What stood there when it was signed stays.
    past.press("sign", session=1)
    past.press("strike", session=1, entry=right, **WHY)
    past.run(3)
    assert answers(past)[-1] == (0, "It was signed by RN Keller; write an addendum.")
    assert past.rows(hand) == past.rows("SELECT t_ms FROM struck")
    past.end()


def test_what_was_given_is_mended_after_the_end(past: Past) -> None:
    two(past)
    start, open_before = entry_of(past, "infusion_start"), visit(past)
    (before,) = past.rows("SELECT infusion_started_ms, limits FROM session WHERE id = 1")
    assert before[0] is not None
    past.press("strike", session=1, entry=start, **WHY)
    past.run(1)
    text = "Struck through. No dose is entered as given; the step is Arrival."
    assert answers(past)[-1] == (1, text)
    assert past.rows("SELECT infusion_started_ms, limits FROM session WHERE id = 1") == [
        (None, before[1])
    ]
    assert folded(past).infusion.given_mg(2**62) == 0
    assert visit(past) == open_before
    past.end()


def test_two_who_sign_at_once_sign_once_and_both_are_told(past: Past) -> None:
    """Also where the visit ended in that very second: the next second knows it."""
    begin(past)
    past.press("session_end", how="aborted", **WHY)
    for number, actor in enumerate(("RN Keller", "RN Ode")):
        journal.write_entry(
            past.recorder.db,
            press=f"sign-{number}",
            t_ms=past.recorder.clock.now_ms(),
            chair=1,
            kind="sign",
            actor=actor,
            data={"session": 1},
        )
    past.press("event", text="Music")
    past.run(4)
    assert answers(past)[-4:] == [
        (1, "Session ended."),
        (1, "Signed."),
        (0, "It was signed by RN Keller; write an addendum."),
        (1, "Noted."),
    ]
    assert past.rows("SELECT signed_by FROM session") == [("RN Keller",)]
    past.end()


@pytest.mark.parametrize("number", [0, 2, 7, 2**53])
def test_a_session_that_is_not_there_cannot_be_signed(past: Past, number: int) -> None:
    begin(past)
    past.press("sign", session=number)
    past.run(1)
    assert answers(past)[-1] == (0, "There is no such session on this chair.")
    past.end()


@pytest.mark.parametrize("number", [2**70, -1, "1", True, None, [1]])
@pytest.mark.parametrize("kind", ["sign", "session_end"])
def test_a_session_that_cannot_be_looked_up_does_not_stop_the_recorder(
    past: Past, kind: str, number: object
) -> None:
    begin(past)
    past.press(kind, session=number)
    past.press("watch")
    past.run(2)
    (refused, _), last = answers(past)[-2:]
    assert (refused, last) == (0, (1, "RN Keller is on watch."))
    past.end()


def test_a_chair_that_is_occupied_and_two_who_start_at_once(past: Past) -> None:
    past.run(2)
    for actor in ("RN Keller", "RN Ode"):
        journal.write_entry(
            past.recorder.db,
            press=actor,
            t_ms=past.recorder.clock.now_ms(),
            chair=1,
            kind="session_start",
            actor=actor,
            data={**PATIENT, **PLAN},
        )
    past.run(2)
    refused = (0, "This chair already has an open session, started by RN Keller.")
    assert answers(past) == [(1, "Session started."), refused]
    past.press("session_start", **{**PATIENT, "patient": "P-2"})
    past.run(1)
    assert answers(past)[-1] == refused
    assert past.rows("SELECT patient, opened_by FROM session") == [("P-1", "RN Keller")]
    assert len(visit(past).said) == 1
    past.end()


def test_who_begins_a_session_is_on_watch_where_nobody_is(past: Past, database: Path) -> None:
    def by(actor: str, kind: str, **data: Any) -> str | None:
        journal.write_entry(
            past.recorder.db,
            press=f"{actor}-{kind}-{len(answers(past))}",
            t_ms=past.recorder.clock.now_ms(),
            chair=1,
            kind=kind,
            actor=actor,
            data=data,
        )
        past.run(1)
        return journal.on_watch(past.recorder.db, 1)

    past.run(1)
    assert by("RN Lim", "session_start", patient=" ", second_identifier="1") is None
    assert by("RN Keller", "session_start", **PATIENT) == "RN Keller"
    assert by("RN Ode", "event", text="Tears") == "RN Keller"
    assert by("RN Ode", "session_end", how="aborted", session=1, **WHY) == "RN Keller"
    assert by("RN Ode", "session_start", **PATIENT) == "RN Ode"  # the watch before is over
    assert by("RN Keller", "watch") == "RN Keller"
    assert by("RN Ode", "session_end", how="aborted", session=2, **WHY) == "RN Keller"
    assert by("RN Ode", "watch") == "RN Ode"
    assert by("RN Keller", "session_start", **PATIENT) == "RN Ode"  # who said so since
    starts = past.rows("SELECT started_ms FROM session ORDER BY id")
    then = [journal.on_watch(past.recorder.db, 1, start) for (start,) in starts]
    assert then == ["RN Keller", "RN Ode", "RN Ode"]
    assert journal.on_watch(past.recorder.db, 2) is None
    past.end()
    again = Past(database, before_s=6900)
    assert journal.on_watch(again.recorder.db, 1) == "RN Ode"
    for number in (1, 2):
        assert replayed(again.recorder.db, number) == stored(again.recorder.db, number)
    again.end()


def test_what_was_said_of_the_patient_before_is_not_the_next_ones(past: Past) -> None:
    begin(past)
    past.press("session_end", how="aborted", **WHY)
    past.run(1)
    past.press("event", text="Tears", session=1)
    past.run(1)
    assert answers(past)[-1] == (0, "That session is over.")
    past.end()


def test_regimen_limits_that_do_not_fit_the_clinics_are_refused(past: Past) -> None:
    past.run(1)
    limits = {"SpO2": {"medium": {"low": 90, "high": 80}}}
    past.press("session_start", **PATIENT, regimen={**REGIMEN, "limits": limits})
    past.run(1)
    ((accepted, text),) = answers(past)
    assert not accepted
    assert text.endswith(".")
    past.end()
