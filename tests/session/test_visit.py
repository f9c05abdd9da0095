"""What presses mean: every kind in every state of a session, and whatever sequence of them."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.session import visit
from monitor.session.visit import (
    BASELINE_MS,
    KINDS,
    OF_A_SESSION,
    Entry,
    EntryError,
    Session,
    check,
    decide,
)

T0_MS = 1_700_000_000_000
START = {
    "patient": " KAP-0147 ",
    "second_identifier": "1979 ",
    "weight_kg": 71,
    "drug": " ketamine ",
    "dose_mg": 35.5,
    "minutes": 40,
}
DATA: dict[str, dict[str, Any]] = {
    "watch": {},
    "acknowledge": {"occurrence": "1.spo2_low.16"},
    "event": {"text": "Nausea"},
    "infusion_start": {"session": 0},
    "infusion_stop": {"session": 0},
    "confirm_monitor": {"source": 1, "identity": "monitor=7"},
    "session_start": START,
    "session_end": {"session": 0},
}


def entry(kind: str, at_ms: int = T0_MS, data: Mapping[str, Any] | None = None) -> Entry:
    return Entry(1, "press", at_ms, 3, kind, "RN Keller", DATA[kind] if data is None else data)


def opened() -> Session:
    answer = decide(entry("session_start"), None, 0, "uuid")
    assert answer.session is not None
    return answer.session


OPEN = opened()
RUNNING = replace(OPEN, infusion_started_ms=T0_MS + 1)
STOPPED = replace(RUNNING, infusion_stopped_ms=T0_MS + 2)
STATES: dict[str, Session | None] = {
    "none": None,
    "open": OPEN,
    "running": RUNNING,
    "stopped": STOPPED,
}

NO_SESSION = "There is no open session on this chair."
AT_MS = T0_MS + 60_000
# What is answered, by kind and state; a sentence that is refused begins with "no: ".
ANSWERS = {
    ("watch", "none"): "RN Keller is on watch.",
    ("watch", "open"): "RN Keller is on watch.",
    ("watch", "running"): "RN Keller is on watch.",
    ("watch", "stopped"): "RN Keller is on watch.",
    ("acknowledge", "none"): "Taken up.",
    ("acknowledge", "open"): "Taken up.",
    ("acknowledge", "running"): "Taken up.",
    ("acknowledge", "stopped"): "Taken up.",
    ("confirm_monitor", "none"): "Taken up.",
    ("confirm_monitor", "open"): "Taken up.",
    ("confirm_monitor", "running"): "Taken up.",
    ("confirm_monitor", "stopped"): "Taken up.",
    ("event", "none"): "Noted.",
    ("event", "open"): "Noted.",
    ("event", "running"): "Noted.",
    ("event", "stopped"): "Noted.",
    ("infusion_start", "none"): f"no: {NO_SESSION}",
    ("infusion_start", "open"): "Infusion started.",
    ("infusion_start", "running"): "no: The infusion was already started.",
    ("infusion_start", "stopped"): "no: The infusion was already started.",
    ("infusion_stop", "none"): f"no: {NO_SESSION}",
    ("infusion_stop", "open"): "no: No infusion is running.",
    ("infusion_stop", "running"): "Infusion stopped.",
    ("infusion_stop", "stopped"): "no: No infusion is running.",
    ("session_end", "none"): f"no: {NO_SESSION}",
    ("session_end", "open"): "Session ended.",
    ("session_end", "running"): "Session ended.",
    ("session_end", "stopped"): "Session ended.",
    ("session_start", "none"): "Session started.",
    ("session_start", "open"): "no: This chair already has an open session, started by RN Keller.",
    ("session_start", "running"): (
        "no: This chair already has an open session, started by RN Keller."
    ),
    ("session_start", "stopped"): (
        "no: This chair already has an open session, started by RN Keller."
    ),
}
CHANGED = {
    ("infusion_start", "open"): replace(OPEN, infusion_started_ms=AT_MS),
    ("infusion_stop", "running"): replace(RUNNING, infusion_stopped_ms=AT_MS),
    ("session_end", "open"): replace(OPEN, ended_ms=AT_MS),
    ("session_end", "running"): replace(RUNNING, infusion_stopped_ms=AT_MS, ended_ms=AT_MS),
    ("session_end", "stopped"): replace(STOPPED, ended_ms=AT_MS),
}


def test_the_table_is_whole() -> None:
    assert set(ANSWERS) == {(kind, state) for kind in KINDS for state in STATES}


@pytest.mark.parametrize(("kind", "state"), ANSWERS)
def test_every_kind_in_every_state(kind: str, state: str) -> None:
    before = STATES[state]
    answer = decide(entry(kind, AT_MS), before, 0, "another")
    sentence = ANSWERS[(kind, state)]
    assert (answer.accepted, answer.text) == (
        not sentence.startswith("no: "),
        sentence.removeprefix("no: "),
    )
    if (kind, state) != ("session_start", "none"):
        assert answer.session == CHANGED.get((kind, state), before)


@pytest.mark.parametrize("kind", OF_A_SESSION)
def test_a_press_for_a_session_that_is_not_the_open_one_is_refused(kind: str) -> None:
    """Two screens: on one the session ended and another began, the other still showed the first."""
    for state in (OPEN, RUNNING):
        now = replace(state, id=8, opened_by="RN Ode")
        answer = decide(entry(kind, AT_MS, {"session": 7}), now, 0, "another")
        sentence = "Another session is open on this chair now, started by RN Ode."
        assert (answer.accepted, answer.text, answer.session) == (False, sentence, now)


def test_a_session_holds_what_was_entered() -> None:
    assert (
        Session(
            id=0,
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
        )
        == OPEN
    )
    assert not OPEN.dosing
    assert RUNNING.dosing
    assert not STOPPED.dosing


def test_what_was_not_entered_is_none() -> None:
    bare = {"patient": "KAP-0147", "second_identifier": "1979"}
    session = decide(entry("session_start", data=bare), None, 0, "uuid").session
    assert session is not None
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
    session = decide(entry("session_start"), None, earliest_ms, "uuid").session
    assert session is not None
    assert (session.from_ms, session.started_ms) == (from_ms, started_ms)


@pytest.mark.parametrize(
    ("kind", "before", "field"),
    [
        ("infusion_start", OPEN, "infusion_started_ms"),
        ("infusion_stop", RUNNING, "infusion_stopped_ms"),
        ("session_end", STOPPED, "ended_ms"),
    ],
)
def test_a_press_that_was_overtaken_is_not_earlier_than_what_it_follows(
    kind: str, before: Session, field: str
) -> None:
    after = decide(entry(kind, T0_MS - 500), before, 0, "").session
    times = (before.started_ms, before.infusion_started_ms, before.infusion_stopped_ms)
    assert getattr(after, field) == max(time for time in times if time is not None)


def test_a_kind_that_nobody_decides_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "KINDS", (*KINDS, "purge"))
    answer = decide(entry("purge", data={}), OPEN, 0, "")
    assert (answer.accepted, answer.session) == (False, OPEN)
    assert answer.text == "There is no entry of the kind 'purge'."


NONSENSE: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "kind": ("purge", "RN", {}, "There is no entry of the kind 'purge'."),
    "nobody": ("watch", "  ", {}, "Say first who is on watch."),
    "a novel for a name": ("watch", "x" * 81, {}, "Say first who is on watch."),
    "half a letter in the name": (
        "watch",
        "RN \ud800",
        {},
        "The entry holds a letter that cannot be stored.",
    ),
    "half a letter in the patient": (
        "session_start",
        "RN",
        {**START, "patient": "\udfff"},
        "The entry holds a letter that cannot be stored.",
    ),
    "half a letter in a note": (
        "event",
        "RN",
        {"text": "a\ud83d"},
        "The entry holds a letter that cannot be stored.",
    ),
    "no note": ("event", "RN", {}, "The note is empty."),
    "empty note": ("event", "RN", {"text": " \n"}, "The note is empty."),
    "a note that is no text": ("event", "RN", {"text": 7}, "The note is empty."),
    "long note": ("event", "RN", {"text": "x" * 501}, "The note is longer than 500 letters."),
    "which alarm": (
        "acknowledge",
        "RN",
        {"occurrence": 4},
        "The entry does not say which alarm was acknowledged.",
    ),
    "which monitor": (
        "confirm_monitor",
        "RN",
        {"source": "1", "identity": "monitor=7"},
        "The entry does not say which monitor was confirmed.",
    ),
    "a truth value for a monitor": (
        "confirm_monitor",
        "RN",
        {"source": True, "identity": "monitor=7"},
        "The entry does not say which monitor was confirmed.",
    ),
    "which identity": (
        "confirm_monitor",
        "RN",
        {"source": 1},
        "The entry does not say which monitor was confirmed.",
    ),
    **{
        f"{kind} of which session": (
            kind,
            "RN",
            {"session": number},
            "The entry does not say which session it is for: load the page again.",
        )
        for kind in OF_A_SESSION
        for number in (None, "1", True)
    },
    "no patient": (
        "session_start",
        "RN",
        {**START, "patient": " "},
        "The patient reference is missing.",
    ),
    "long patient": (
        "session_start",
        "RN",
        {**START, "patient": "x" * 81},
        "The patient reference is missing.",
    ),
    "no second identifier": (
        "session_start",
        "RN",
        {**START, "second_identifier": None},
        "The second identifier is missing.",
    ),
    "drug": (
        "session_start",
        "RN",
        {**START, "drug": "x" * 81},
        "The drug must be a name of at most 80 letters.",
    ),
    "drug that is no text": (
        "session_start",
        "RN",
        {**START, "drug": None},
        "The drug must be a name of at most 80 letters.",
    ),
}


@pytest.mark.parametrize(("kind", "actor", "data", "sentence"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_at_the_door_and_again_by_the_recorder(
    kind: str, actor: str, data: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EntryError) as error:
        check(kind, actor, data)
    assert str(error.value) == sentence
    answer = decide(replace(entry("watch"), kind=kind, actor=actor, data=data), None, 0, "")
    assert (answer.accepted, answer.text, answer.session) == (False, sentence, None)


@pytest.mark.parametrize(
    ("key", "sentence", "ends"),
    [
        ("weight_kg", "The weight must be between 25 and 300 kg.", (25, 300)),
        ("dose_mg", "The dose must be between 0.1 and 2000 mg.", (0.1, 2000)),
        ("minutes", "The duration must be between 1 and 600 minutes.", (1, 600)),
    ],
)
def test_numbers_that_no_visit_has_are_refused(
    key: str, sentence: str, ends: tuple[float, float]
) -> None:
    bad = [ends[0] - 0.01, ends[1] + 0.01, 0, -1, True, "70", float("nan"), float("inf"), []]
    for value in bad:
        with pytest.raises(EntryError) as error:
            check("session_start", "RN", {**START, key: value})
        assert str(error.value) == sentence
    for good in (*ends, None):
        check("session_start", "RN", {**START, key: good})


@pytest.mark.parametrize("kind", KINDS)
def test_what_makes_sense_passes(kind: str) -> None:
    check(kind, "RN Ode", DATA[kind])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(-3000, 120_000), st.booleans()), max_size=40
    )
)
def test_no_sequence_opens_two_sessions_or_touches_an_ended_one(
    presses: list[tuple[str, int, bool]],
) -> None:
    """Presses may overtake each other by seconds; now and then the monitor is connected anew."""
    session: Session | None = None
    ended: list[Session] = []
    connected_ms, now_ms = 0, T0_MS
    for number, (kind, wait_ms, reconnects) in enumerate(presses):
        now_ms = max(T0_MS, now_ms + wait_ms)
        connected_ms = now_ms - 100 if reconnects else connected_ms
        earliest_ms = max([connected_ms, *(x.ended_ms or 0 for x in ended)])
        answer = decide(entry(kind, now_ms), session, earliest_ms, str(number))
        after = answer.session
        if session is None:
            assert after is None or (kind == "session_start" and answer.accepted)
            assert after is None or after.from_ms >= earliest_ms
        else:
            assert after is not None
            assert (after.uuid, after.from_ms) == (session.uuid, session.from_ms)
            if not answer.accepted:
                assert after == session
        if after is not None:
            times = [after.from_ms, after.started_ms, after.infusion_started_ms]
            times += [after.infusion_stopped_ms, after.ended_ms]
            known = [time for time in times if time is not None]
            assert known == sorted(known)
            assert after.infusion_stopped_ms is None or after.infusion_started_ms is not None
        session = after
        if session is not None and session.ended_ms is not None:
            assert not session.dosing
            ended.append(session)
            session = None
    spans = [(x.from_ms, x.ended_ms or 0) for x in ended]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
