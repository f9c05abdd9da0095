"""What was entered by a slip is struck through: then the visit is as if it had not been entered."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor.session.course import fold
from monitor.session.strike import ALONE, COURSE, strikable
from monitor.session.visit import KINDS
from tests.session.visits import DATA, INFUSION, MIN, SINGLE, SITE, T0_MS, WHY, Played, opened


def infused() -> Played:
    """35.5 mg over 40 minutes, from minute 10 on; its start is entry 2."""
    return opened(INFUSION).must("infusion_start", 10 * MIN)


def strike(played: Played, entry: int | None = None, at_ms: int | None = None) -> str:
    """Strike an entry through, the one pressed last unless another is named; the answer's text."""
    entry = played.pressed if entry is None else entry
    return played.press("strike", at_ms, entry=entry, **WHY)


def test_a_stop_by_a_slip_is_taken_back_and_the_infusion_has_run_on() -> None:
    played = infused()
    before = played.now
    played.must("infusion_stop", 20 * MIN).must("event", 21 * MIN, text="Tears")
    assert played.now.session.phase[0] == "recovery"
    assert strike(played, 3, 30 * MIN) == (
        "Struck through. The infusion is entered as running at 0.89 mg/min,"
        " 17.8 mg as given so far; the step is Dosing."
    )
    now = played.now
    assert (now.session, now.infusion) == (before.session, before.infusion)
    assert [x.text for x in now.said[2:]] == ["Infusion stopped", "Tears"]
    assert (now.struck[3].text, now.struck[3].by) == ("agreed", "RN Keller")
    strike(played, 4)
    assert played.now.seen_ms == T0_MS + 21 * MIN  # somebody did enter it then
    played.must("infusion_stop", 40 * MIN)
    assert played.now.infusion.given_mg(2**62) == pytest.approx(30 * 35.5 / 40)


def test_a_start_by_a_slip_is_taken_back_and_can_be_entered_again() -> None:
    played = opened(INFUSION).must("stage", to="preparation", **WHY).must("infusion_start")
    assert strike(played) == "Struck through. No dose is entered as given; the step is Preparation."
    session = played.now.session
    assert (session.infusion_started_ms, session.phase) == (None, ("baseline", T0_MS))
    played.must("infusion_start", 30 * MIN)
    assert played.now.session.infusion_started_ms == T0_MS + 30 * MIN
    assert played.now.infusion.given_mg(T0_MS + 30 * MIN) == 0


SLIPS: list[tuple[str, Callable[[], Played], str, str]] = [
    ("a pause", lambda: infused().must("infusion_pause", 20 * MIN, **WHY), "running", "17.8"),
    ("a rate", lambda: infused().must("infusion_rate", 20 * MIN, rate_mg_min=9), "running", "17.8"),
    (
        "on after a pause",
        lambda: infused().must("infusion_pause", 20 * MIN, **WHY).must("infusion_resume"),
        "paused",
        "8.9",
    ),
    (
        "on after the stop",
        lambda: infused().must("infusion_stop", 20 * MIN).must("infusion_resume", **WHY),
        "stopped",
        "8.9",
    ),
]


@pytest.mark.parametrize(("slip", "play", "how", "mg"), SLIPS)
def test_what_the_visit_holds_for_so_is_said(
    slip: str, play: Callable[[], Played], how: str, mg: str
) -> None:
    text = strike(play(), at_ms=30 * MIN)
    assert text.startswith(f"Struck through. The infusion is entered as {how}"), slip
    assert f", {mg} mg as given so far" in text


def test_a_rate_that_nobody_entered_is_said_as_that() -> None:
    played = opened(INFUSION, minutes=None).must("infusion_start").must("infusion_stop")
    assert strike(played) == (
        "Struck through. The infusion is entered as running at a rate that nobody entered,"
        " an amount that is not known as given so far; the step is Dosing."
    )


def test_of_the_course_only_the_newest_that_stands_is_struck_through() -> None:
    played = infused().must("infusion_rate", rate_mg_min=2).must("infusion_pause", reason="nausea")
    played.must("event", text="Tears").must("stage", to="peak").must("infusion_resume")
    # 2 start, 3 rate, 4 pause, 5 event, 6 peak, 7 on
    assert strikable(played.now) == {5, 7}
    assert strike(played, 3) == (
        "no: Strike through first what came after it:"
        " Infusion goes on; Peak; Infusion paused: nausea."
    )
    assert strike(played, 2).endswith("Infusion paused: nausea; and 1 more.")
    for entry in (7, 6, 4, 3, 2):
        assert not strike(played, entry).startswith("no: ")
        assert strike(played, entry) == "no: That entry is struck through already."
    assert played.now.session.stage == "arrival"
    assert strikable(played.now) == {5}


def test_a_step_by_a_slip_is_taken_back() -> None:
    played = opened(SINGLE).must("dose", MIN, mg=50).must("stage", 9 * MIN, to="recovery")
    assert played.now.session.phase[0] == "recovery"
    text = strike(played)
    assert text == "Struck through. 50 mg in 1 dose is entered as given; the step is Dosing."
    assert played.now.session.phase == ("dosing", T0_MS + MIN)
    assert played.now.session.stage_ms == T0_MS + MIN


def test_a_dose_entered_twice_may_go_at_any_time_but_the_last_one_in_its_turn() -> None:
    played = opened(SINGLE).must("dose", MIN, mg=28).must("dose", 2 * MIN, mg=28)
    played.must("stage", to="peak")
    assert strikable(played.now) == {2, 3, 4}
    assert strike(played, 2) == (
        "Struck through. 28 mg in 1 dose is entered as given; the step is Peak."
    )
    now = played.now
    assert now.infusion.doses == ((T0_MS + 2 * MIN, 28),)
    assert now.session.infusion_started_ms == T0_MS + 2 * MIN
    assert strike(played, 3) == "no: Strike through first what came after it: Peak."


def test_the_first_dose_goes_and_the_step_between_two_stands() -> None:
    played = opened(SINGLE).must("dose", MIN, mg=28).must("stage", to="peak").must("dose", mg=56)
    strike(played, 2)
    assert (played.now.session.stage, played.now.session.phase[0]) == ("peak", "dosing")
    strike(played, 4)
    assert played.now.session.infusion_started_ms is None
    played.must("stage", to="preparation", **WHY)  # it is not stuck


def test_after_the_end_what_was_given_can_be_mended_until_it_is_signed() -> None:
    played = infused().must("infusion_stop", 20 * MIN)
    played.must("session_end", 30 * MIN, how="aborted", **WHY)
    assert played.now.infusion.given_mg(2**62) == pytest.approx(10 * 35.5 / 40)
    assert strike(played, 3, 60 * MIN) == (
        "Struck through. The infusion is entered as stopped, 17.8 mg as given so far;"
        " the step is Dosing."
    )
    session = played.now.session
    assert (session.infusion_stopped_ms, session.ended_ms) == (T0_MS + 30 * MIN, T0_MS + 30 * MIN)
    assert (session.how, session.dosing) == ("aborted", False)
    assert strikable(played.now) == {2}
    played.must("sign")
    assert strikable(played.now) == frozenset()
    assert strike(played, 2) == "no: It was signed by RN Keller; write an addendum."


def test_what_was_signed_stays_and_what_was_entered_since_can_be_struck_through() -> None:
    """Whatever it is: each kind stands once before the signature."""
    played = opened({**INFUSION, "task": [SITE]}).must("infusion_start", MIN)
    for kind in ("event", "medication", "reading", "score", "waste", "drug", "done"):
        played.must(kind, **DATA[kind])
    played.must("score", **DATA["score"]).must("strike", entry=played.pressed, **WHY)
    gone = played.pressed - 1
    played.must("infusion_stop").must("session_end", **DATA["session_end"])
    assert strikable(played.now) >= {x.entry for x in played.now.said if x.kind in ALONE} - {gone}
    played.must("sign")
    signed = played.now
    for said in signed.said:
        text = "no: It was signed by RN Keller; write an addendum."
        if said.entry == gone:
            text = "no: That entry is struck through already."
        assert strike(played, said.entry) == text, said
    assert played.now == signed
    played.must("score", **DATA["score"]).must("waste", **DATA["waste"])
    played.must("addendum", **DATA["addendum"])
    since = played.pressed
    assert strikable(played.now) == {since - 2, since - 1}
    assert strike(played, since) == (
        "no: That entry cannot be struck through: enter what is right instead."
    )
    for entry in (since - 2, since - 1):
        assert strike(played, entry) == "Struck through."
    assert strikable(played.now) == frozenset()


def test_what_nobody_has_read_is_not_signed() -> None:
    """Who signs names the newest entry that was shown; another browser may be faster."""
    played = infused().must("event", text="Tears").must("session_end", **DATA["session_end"])
    ended = played.pressed
    assert played.now.newest == ended
    late = "no: Something was entered since this was shown: read it again, then sign."
    played.must("score", **DATA["score"])
    assert played.press("sign", seen=ended) == late
    seen = played.now.newest
    played.must("strike", entry=ended - 1, **WHY)
    assert played.press("sign", seen=seen) == late
    assert played.now.newest == seen + 2
    assert played.press("sign", seen=played.now.newest) == "Signed."
    assert played.press("sign", seen="7").startswith("no: The entry does not say what was read.")


def test_a_line_is_not_changed_by_what_is_struck_but_for_its_mark() -> None:
    """And an entry that counted later than it was pressed keeps its time."""
    played = infused().must("event", text="Tears").must("infusion_stop", 5 * MIN)
    said = played.now.said
    strike(played, 2 + 1)
    assert played.now.said == said
    assert fold(replace(played.now.session, id=7), played.entries) == played.now


def test_what_can_be_struck_through_and_what_cannot() -> None:
    played = opened(INFUSION).must("event", text="Tears").must("plan", dose_mg=30)
    assert strike(played, 77) == "no: There is no such entry in this visit."
    text = "no: That entry cannot be struck through: enter what is right instead."
    assert strike(played, 1) == strike(played, 3) == text
    played.must("strike", entry=2, reason="another patient's")
    assert played.now.struck[2].text == "another patient's"
    assert [x.text for x in played.now.said][1] == "Tears"  # it stays, struck through
    assert strike(played, 2) == "no: That entry is struck through already."
    assert set(ALONE) | set(COURSE) <= set(KINDS)
    assert not set(ALONE) & set(COURSE)


def test_a_drug_that_was_struck_through_does_not_make_the_concentration() -> None:
    played = opened(INFUSION, concentration_mg_ml=10)
    played.must("drug", drug="ketamine", lot="K7", concentration_mg_ml=50)
    first = played.pressed
    assert played.now.concentration_mg_ml == 50
    played.must("drug", drug="ketamine", lot="K8", concentration_mg_ml=100)
    played.must("strike", entry=first, **WHY)
    assert played.now.concentration_mg_ml == 100
    played.must("strike", entry=first + 1, **WHY)
    assert played.now.concentration_mg_ml == 10
    played.must("plan", concentration_mg_ml=20).must("drug", drug="ketamine", lot="K9")
    played.must("strike", entry=played.pressed, **WHY)
    assert played.now.concentration_mg_ml == 20
