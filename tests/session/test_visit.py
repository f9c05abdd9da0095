"""What presses mean: every kind in every state of a visit, and how far a session reaches."""

from collections.abc import Callable

import pytest

from monitor.session.by_hand import AHEAD_MS
from monitor.session.state import Session
from monitor.session.visit import AFTERWARDS, BASELINE_MS, KINDS, OF_A_SESSION, Entry, decide
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
)


def running() -> Played:
    return opened(TASKED, STEPS_OF_ONE).must("infusion_start", MIN)


def ended() -> Played:
    return running().must("session_end", 2 * MIN, how="aborted", **WHY)


TASKED = {**INFUSION, "task": [SITE]}
# One question each way, so that `check` and `override` have something to answer.
STEPS_OF_ONE = type(STEPS)(
    table={
        "preflight": [{"id": "identity", "text": "Identity", "auto": "weight"}],
        "discharge": [{"id": "fasting", "text": "Fasting"}, {"id": "oriented", "text": "Oriented"}],
    }
)
STATES: dict[str, Callable[[], Played]] = {
    "none": Played,
    "open": lambda: opened(TASKED, STEPS_OF_ONE),
    "running": running,
    "paused": lambda: running().must("infusion_pause", **WHY),
    "stopped": lambda: running().must("infusion_stop"),
    "single": lambda: opened({**SINGLE, "task": [SITE]}, STEPS_OF_ONE),
    "given": lambda: opened({**SINGLE, "task": [SITE]}, STEPS_OF_ONE).must("dose", mg=50),
    "ended": ended,
    "signed": lambda: ended().must("sign"),
}
LIVE = tuple(state for state in STATES if state not in ("none", "ended", "signed"))
DOSED = ("running", "paused", "stopped", "given")
RUN = ("running", "paused", "stopped")
OVER = ("ended", "signed")
# In which states a press of each kind is accepted, as `DATA` has it.
ACCEPTED: dict[str, tuple[str, ...]] = {
    "watch": tuple(STATES),
    "acknowledge": tuple(STATES),
    "confirm_monitor": tuple(STATES),
    "event": ("none", *LIVE),
    "medication": ("none", *LIVE),
    "session_start": ("none",),
    "session_end": LIVE,
    "stage": ("stopped", "given"),
    "check": LIVE,
    "override": LIVE,
    "plan": LIVE,
    "drug": LIVE,
    "waste": (*LIVE, *OVER),
    "infusion_start": ("open",),
    "infusion_rate": ("running",),
    "infusion_pause": ("running",),
    "infusion_resume": ("paused",),
    "infusion_stop": ("running", "paused"),
    "dose": ("single", "given"),
    "reading": LIVE,
    "score": (*LIVE, *OVER),
    "done": LIVE,
    "not_now": LIVE,
    "strike": (*LIVE, *OVER),
    "sign": ("ended",),
    "addendum": OVER,
    "reassign": (*LIVE, *OVER),
}


def test_the_table_is_whole() -> None:
    """A kind that is added must say where it makes sense, and does so somewhere."""
    assert set(ACCEPTED) == set(DATA) == set(KINDS)
    assert all(ACCEPTED.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_accepted_in_its_states_and_in_no_other(kind: str) -> None:
    accepted = []
    for name, state in STATES.items():
        played = state()
        data = dict(DATA[kind])
        if kind == "check":
            data["item"] = "oriented"
        if kind == "strike":
            data["entry"] = noted(played)
        before = played.visit
        text = played.press(kind, **data)
        if not text.startswith("no: "):
            accepted.append(name)
            continue
        assert text.endswith(".")
        assert played.visit == before
    assert tuple(accepted) == ACCEPTED[kind]


def noted(played: Played) -> int:
    """The number of an entry that can be struck; an ended visit takes a score."""
    if played.visit is None:
        return 1
    played.must("score", **DATA["score"])
    return played.pressed


SENTENCES = [
    ("infusion_start", "running", "The infusion was already started."),
    ("infusion_start", "given", "This regimen is given in single doses."),
    ("infusion_pause", "paused", "The infusion is paused already."),
    ("infusion_pause", "open", "No infusion is running."),
    ("infusion_rate", "paused", "The infusion is paused: resume it first."),
    ("infusion_rate", "stopped", "No infusion is running."),
    ("infusion_resume", "running", "The infusion runs."),
    ("infusion_resume", "open", "No infusion was started."),
    ("infusion_resume", "stopped", "The infusion was stopped: to resume it needs a reason."),
    ("infusion_stop", "given", "No infusion is running."),
    ("dose", "open", "This regimen runs at a rate: enter its start instead."),
    ("sign", "open", "A visit is signed when it is over."),
    ("sign", "signed", "It was signed by RN Keller; write an addendum."),
    ("addendum", "open", "An addendum is for a visit that is over: write a note."),
    ("infusion_stop", "ended", "That session is over."),
    ("session_start", "open", "This chair already has an open session, started by RN Keller."),
    ("session_end", "none", "There is no open session on this chair."),
]


@pytest.mark.parametrize(("kind", "state", "sentence"), SENTENCES)
def test_what_a_refusal_says(kind: str, state: str, sentence: str) -> None:
    assert STATES[state]().press(kind, **DATA[kind]) == f"no: {sentence}"


@pytest.mark.parametrize("kind", OF_A_SESSION)
def test_a_press_for_a_session_that_is_not_the_open_one_is_refused(kind: str) -> None:
    """Two screens: on one the session ended and another began, the other still showed the first."""
    for state in LIVE:
        played = STATES[state]()
        sentence = "no: Another session is open on this chair now, started by RN Keller."
        assert played.press(kind, **{**DATA[kind], "session": 6}) == sentence


@pytest.mark.parametrize("kind", ["event", "medication"])
def test_what_was_said_of_a_session_that_is_over_does_not_reach_the_next(kind: str) -> None:
    """The next session claims what stands between the two."""
    text = Played().press(kind, **{**DATA[kind], "session": 6})
    assert text == "no: That session is over."
    assert Played().press(kind, **{**DATA[kind], "session": None}) == "Noted."


@pytest.mark.parametrize("kind", [k for k in OF_A_SESSION if k not in AFTERWARDS])
def test_a_session_that_is_over_is_over(kind: str) -> None:
    assert ended().press(kind, **DATA[kind]) == "no: That session is over."


def test_a_session_holds_what_was_entered() -> None:
    session = Session(
        id=7,
        uuid="uuid",
        chair=3,
        patient="KAP-0147",
        second_identifier="1979",
        weight_kg=71,
        drug="ketamine",
        dose_mg=35.5,
        minutes=40,
        opened_by="RN Keller",
        from_ms=T0_MS - BASELINE_MS,
        started_ms=T0_MS,
        stage_ms=T0_MS,
        regimen="IV",
    )
    assert opened(INFUSION).now.session == session


@pytest.mark.parametrize("bare", [{}, dict.fromkeys(("weight_kg", "dose_mg", "minutes", "drug"))])
def test_what_was_not_entered_is_none(bare: dict[str, None]) -> None:
    data = {"patient": "KAP-0147", "second_identifier": "1979", **bare}
    session = Played().must("session_start", **data).now.session
    assert (session.weight_kg, session.dose_mg, session.minutes) == (None, None, None)
    assert session.drug == ""


@pytest.mark.parametrize(
    ("earliest_ms", "from_ms", "started_ms"),
    [
        (0, T0_MS - BASELINE_MS, T0_MS),
        (T0_MS - BASELINE_MS - 1, T0_MS - BASELINE_MS, T0_MS),
        (T0_MS - 5000, T0_MS - 5000, T0_MS),
        (T0_MS, T0_MS, T0_MS),
        (T0_MS + 40, T0_MS + 40, T0_MS + 40),
    ],
    ids=["long ago", "before the baseline", "lately", "now", "after the press"],
)
def test_how_far_back_a_session_reaches(earliest_ms: int, from_ms: int, started_ms: int) -> None:
    """Never back into the session before, nor to what came before the last disconnection."""
    entry = Entry(1, "press", T0_MS, 3, "session_start", "RN Keller", START)
    session = decide(entry, None, earliest_ms, "uuid").session
    assert session is not None
    assert (session.from_ms, session.started_ms) == (from_ms, started_ms)


@pytest.mark.parametrize(
    ("state", "kind", "field", "least"),
    [
        ("open", "infusion_start", "infusion_started_ms", 0),
        ("running", "infusion_stop", "infusion_stopped_ms", MIN),
        ("stopped", "session_end", "ended_ms", MIN + 1000),
        ("given", "stage", "infusion_stopped_ms", 1000),
        ("ended", "sign", "signed_ms", 2 * MIN),
    ],
)
def test_a_press_that_was_overtaken_is_not_earlier_than_what_it_follows(
    state: str, kind: str, field: str, least: int
) -> None:
    played = STATES[state]().must(kind, -500, **DATA[kind])
    assert getattr(played.now.session, field) == T0_MS + least


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_may_be_told_late_has_a_time_of_its_own(kind: str) -> None:
    """Anything else could be told as earlier than what it follows."""
    (played,) = [STATES[x]() for x in ACCEPTED[kind][:1]]
    data = dict(DATA[kind])
    if kind == "strike":
        data["entry"] = noted(played)
    data["item"] = "oriented" if kind == "check" else data.get("item")
    text = played.press(kind, 5 * MIN, **data, at_ms=T0_MS + 4 * MIN)
    late = kind in ("event", "medication", "reading", "score")
    assert text.startswith("no: ") is not late
    if not late:
        assert text == "no: An entry of that kind has no time of its own."


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (5 * MIN + AHEAD_MS + 1, "no: That time is still to come."),
        (5 * MIN, "Noted."),
        (-30 * MIN, "Noted."),
        (-30 * MIN - 1, "no: Only the last 60 minutes of this visit can be entered."),
    ],
)
def test_how_late_a_thing_may_be_told(at_ms: int, text: str) -> None:
    played = opened(INFUSION)
    assert played.press("event", 5 * MIN, text="Tears", at_ms=T0_MS + at_ms) == text
    long_after = opened(INFUSION).press("event", 90 * MIN, text="Tears", at_ms=T0_MS + 29 * MIN)
    assert long_after.startswith("no: Only the last 60 minutes")


def test_a_kind_that_nobody_decides_is_refused() -> None:
    played = opened()
    assert played.press("purge") == "no: There is no entry of the kind 'purge'."
