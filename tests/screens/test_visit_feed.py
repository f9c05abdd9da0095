"""What the screens are told of a visit: what was stored, once, and nothing that did not change."""

from pathlib import Path
from typing import Any

import pytest

from monitor.screens.feed import Feed
from monitor.session.visit import fold
from monitor.store import current, journal
from tests.recorder.past import MASIMO, PATIENT, Past
from tests.recorder.test_visits import PLAN, WHY

STEPS: dict[str, Any] = {"preflight": [{"id": "identity", "text": "Identity", "na": True}]}


@pytest.fixture
def past(database: Path) -> Past:
    return Past(database)


def tick_of(past: Past) -> current.Tick:
    tick = current.last_tick(past.recorder.db)
    assert tick
    return tick


def feed_of(past: Past) -> Feed:
    feed = Feed(1)
    feed.load(past.recorder.db, tick_of(past), 1.0)
    return feed


def advance(feed: Feed, past: Past, for_s: float = 1) -> dict[str, Any]:
    past.run(for_s)
    return feed.advance(past.recorder.db, tick_of(past), 1.0, changed=True)


def snapshot_session(feed: Feed) -> Any:
    return feed.sections["session"]


SEQUENCE: list[tuple[str, dict[str, Any]]] = [
    ("check", {"item": "identity", "answer": "yes"}),
    ("drug", {"drug": "ketamine", "lot": "K7", "concentration_mg_ml": 10}),
    ("infusion_start", {}),
    ("event", {"text": "Tears"}),
    ("score", {"scale": "moaas", "total": 5}),
    ("strike", {"entry": 6, **WHY}),
    ("infusion_pause", {"reason": "nausea"}),
    ("infusion_resume", {}),
    ("infusion_rate", {"rate_mg_min": 2}),
    ("not_now", {"due": "bp"}),
    ("baseline", {"values": {"HR": 60}}),
    ("reassign", {**PATIENT, "patient": "P-9", **WHY}),
    ("infusion_stop", {}),
    ("infusion_resume", WHY),
]


def test_what_is_folded_bit_by_bit_is_what_is_folded_at_once(past: Past) -> None:
    past.run(10)  # what was said before the link was up is of nobody here
    feed = feed_of(past)
    assert snapshot_session(feed) is None
    past.press("event", text="Before")
    advance(feed, past)
    past.press("session_start", **PATIENT, **{**PLAN, "steps": STEPS})
    told = advance(feed, past)
    assert [x["text"] for x in told["session"]["events"]] == ["Before", "Arrival, by RN Keller"]
    for kind, data in SEQUENCE:
        past.press(kind, **data)
        told = advance(feed, past)
        if kind not in ("not_now", "baseline"):
            assert told["session"] == feed.sections["session"]
        stored = current.open_session(past.recorder.db, 1)
        assert stored
        whole = fold(stored[0], journal.accepted_of(past.recorder.db, 1))
        assert feed.visit == whole == past.recorder.chairs[0].state.visit
        assert feed_of(past).sections["session"] == feed.sections["session"]
    assert past.rows("SELECT min(accepted) FROM answer") == [(1,)]
    session = feed.sections["session"]
    assert session["events"][0]["text"] == "Before"
    struck = [(x["text"], x["struck"]) for x in session["events"] if x["struck"]]
    assert struck == [("Tears", {"by": "RN Keller", "why": "agreed"})]
    # What may be struck through is said by the recorder's own rule: of the course the newest.
    may = [x["text"] for x in session["events"] if x["strikable"]]
    assert may == ["ketamine, lot K7, 10 mg/mL", "moaas 5", "Infusion goes on: agreed"]
    assert [x["total"] for x in session["scores"]] == [5]
    assert session["patient"] == "P-9"
    assert session["flags"] == ["Weight and dose were entered for P-1: look at them again"]
    infusion = session["infusion"]
    assert (infusion["rate_mg_min"], infusion["rate_ml_h"]) == (2, 12)
    past.press("session_end", how="aborted", **WHY)
    assert advance(feed, past)["session"] is None
    assert feed.sections["due"] == []
    past.end()


def test_nothing_of_a_visit_is_told_again_while_nothing_is_pressed(past: Past) -> None:
    """Also while the infusion runs past its planned dose, and while something is overdue."""
    past.run(2)
    past.press("session_start", **PATIENT, **{**PLAN, "steps": {}, "dose_mg": 1.1, "minutes": 1})
    past.run(1)
    past.press("infusion_start", rate_mg_min=0.7)
    past.run(2)
    feed = feed_of(past)
    seen = [x["id"] for x in feed.sections["due"]]
    assert seen == ["iv_site", "infusion_end", "bp", "open"]
    told = [advance(feed, past) for _ in range(185)]
    assert [x for message in told for x in ("due", "session") if x in message] == []
    assert "overdue_iv_site" in {x["condition"] for x in feed.sections["alarms"]}
    assert feed.sections["due"][0]["at_ms"] % 1000 == 0
    past.press("done", due="iv_site")
    message = advance(feed, past)
    assert {"due", "session"} <= set(message)
    assert [x["id"] for x in message["due"]] == ["infusion_end", "iv_site", "bp", "open"]
    past.end()


def test_the_screens_are_told_how_many_times_in_a_row_a_thing_was_put_off(past: Past) -> None:
    past.run(2)
    past.press("session_start", **PATIENT, **{**PLAN, "steps": {}})
    past.run(1)
    past.press("infusion_start")
    past.run(70)
    feed = feed_of(past)
    told = [next(x for x in feed.sections["due"] if x["id"] == "iv_site")["put_off"]]
    for kind in ("not_now", "not_now", "not_now", "done"):
        past.press(kind, due="iv_site")
        due = {x["id"]: x["put_off"] for x in advance(feed, past, 30)["due"]}
        told.append(due["iv_site"])
        assert feed_of(past).sections["due"] == feed.sections["due"]
    assert told == [0, 1, 2, 3, 0]
    assert due["bp"] == 0
    past.end()


def test_another_session_begins_with_nothing_of_the_one_before(past: Past) -> None:
    past.run(2)
    past.press("session_start", **PATIENT, **{**PLAN, "steps": {}})
    past.run(1)
    feed = feed_of(past)
    past.press("event", text="Tears")
    past.press("session_end", how="aborted", **WHY)
    advance(feed, past, 2)
    past.press("session_start", **PATIENT)
    told = advance(feed, past)["session"]
    assert (told["id"], told["number"]) == (2, 2)
    assert [x["text"] for x in told["events"]] == ["Arrival, by RN Keller"]
    past.end()


def test_a_pump_stands_beside_what_was_entered_and_a_difference_is_told(database: Path) -> None:
    """A virtual pump, its driver, the recorder, the store: 60 mL/h are 1 mg/min of 1 mg/mL."""
    past = Past(database, (MASIMO, "bbraun_bcc=sim://bbraun_bcc?rate=60&from=20&until=200"))
    past.run(10)
    thin = {"dose_mg": 40, "minutes": 40, "concentration_mg_ml": 1}
    past.press("session_start", **PATIENT, **{**PLAN, "steps": {}, **thin})
    past.run(10)
    feed = feed_of(past)
    assert feed.sections["pump"] == {"from_ml": 0, "differs": None}
    advance(feed, past, 15)
    assert feed.sections["pump"]["differs"] is None  # it is entered once the pump has been set
    told = advance(feed, past, 20)["pump"]["differs"]
    assert told["text"] == "Pump runs (60 mL/h), no start entered"
    past.press("infusion_start")
    assert advance(feed, past, 1)["pump"]["differs"] is None
    assert "pump" not in advance(feed, past, 30)
    past.press("infusion_rate", rate_mg_min=0.5)
    assert advance(feed, past, 32)["pump"]["differs"]["text"] == "Pump 60 mL/h, entered 30"
    past.press("infusion_rate", rate_mg_min=1)
    told = advance(feed, past, 120)["pump"]["differs"]
    assert told["text"] == "Pump stands still, entered as running"
    # It is no alarm of ours: the monitor's SpO2 and what is due have theirs.
    assert not any("ump" in x["text"] for x in feed.sections["alarms"])
    assert feed_of(past).sections["pump"] == feed.sections["pump"]
    parameters = feed.snapshot(past.recorder.db)["parameters"]
    assert parameters["Pump_volume"]["value"] == pytest.approx(3.0, abs=0.05)  # 180 s of 60 mL/h
    past.end()


def test_a_pump_that_is_not_heard_is_held_beside_nothing(database: Path) -> None:
    pump = "bbraun_bcc=sim://bbraun_bcc?rate=60&silent=60-600"
    past = Past(database, (MASIMO, pump))
    past.run(5)
    past.press("session_start", **PATIENT)
    past.run(50)
    feed = feed_of(past)
    told: Any = feed.sections["pump"]
    assert told["differs"]["text"] == "Pump runs (60 mL/h), no start entered"
    assert advance(feed, past, 40)["pump"]["differs"] is None
    past.end()
