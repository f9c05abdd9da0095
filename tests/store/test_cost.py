"""One session costs the same among many: counted in SQLite's own instructions."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from devices.numeric import Generation, Parameter
from monitor.alarms.engine import Occurrence, Transition
from monitor.alarms.limits import Priority
from monitor.alarms.presets import Preset
from monitor.chair import ChairState, LinkChange, SourceState
from monitor.store import current, history, journal, sessions
from monitor.store.database import open_to_write
from monitor.store.restoring import restore
from monitor.store.writing import Batch, Reading, StoredAnswer, write_ticks
from tests.store.cost import instructions
from tests.store.rows import BASE_MS, chair_with, said, session, store

VISIT_MS = 4 * 3_600_000
LENGTH_S = 120
CUFF = (Parameter.NIBP_SYS, Parameter.NIBP_DIA)


def clinic_with(path: Path, visits: int) -> Database:
    """Years of one chair, each visit alike; the last one ended too."""
    db = open_to_write(path)
    chair, (source,) = chair_with(db, 1000)
    for number in range(1, visits + 1):
        from_ms = BASE_MS + number * VISIT_MS
        rows = [(Parameter.HR, from_ms + s * 1000) for s in range(LENGTH_S)]
        rows += [(p, from_ms + s * 1000) for p in CUFF for s in range(0, LENGTH_S, 20)]
        press = journal.write_entry(
            db,
            press=f"p{number}",
            t_ms=from_ms + 10,
            chair=chair,
            kind="watch",
            actor="RN Keller",
            data={},
        )
        low = Occurrence(
            f"1.hr_low.{number}",
            "hr_low",
            "physiological",
            Parameter.HR,
            Priority.HIGH,
            from_ms,
            30.0,
            40.0,
            "HR 30 < 40",
        )
        batch = Batch(number, from_ms + 5, press)
        batch.readings = [
            Reading(chair, source, Generation.REAL, said(p, t_ms, 70.0)) for p, t_ms in rows
        ]
        batch.links = [LinkChange(source, from_ms, "connected", "", None)]
        batch.alarms = [(chair, Transition(low, "active")), (chair, Transition(low, "cleared"))]
        batch.answers = [StoredAnswer(press, True, "Noted.", None)]
        batch.sessions = [
            (
                session(number, chair, from_ms, from_ms + LENGTH_S * 1000),
                "[]",
                "UTC",
                Generation.REAL,
            )
        ]
        write_ticks(db, [batch])
    return db


FROM_MS = BASE_MS + VISIT_MS
TO_MS = FROM_MS + LENGTH_S * 1000

QUESTIONS: dict[str, Callable[[Database], object]] = {
    "chart": lambda db: history.traces(db, 1, FROM_MS, TO_MS, 1000),
    "cuff readings": lambda db: history.cuff_readings(db, 1, FROM_MS, TO_MS),
    "readings": lambda db: list(sessions.all_readings(db, 1)),
    "alarms": lambda db: sessions.alarms(db, 1, FROM_MS, TO_MS),
    "entries": lambda db: journal.entries_of(db, 1, FROM_MS, TO_MS),
    "one session": lambda db: sessions.one(db, 1),
}

AT_THE_CHAIR: dict[str, Callable[[Database, int], object]] = {
    "the new readings": lambda db, last: current.readings_since(
        db, 1, BASE_MS + last * VISIT_MS + 110_000, last - 1
    ),
    "the new cuff readings": lambda db, last: history.cuff_readings(
        db, 1, BASE_MS + last * VISIT_MS, 2**62, last - 1
    ),
    "the cuff readings of these hours": lambda db, last: history.cuff_readings(
        db, 1, BASE_MS + last * VISIT_MS, 2**62
    ),
    "the cuff readings after a restart": lambda db, last: current.cuff_rows(
        db, 1, BASE_MS + last * VISIT_MS
    ),
    "the open session": lambda db, last: current.open_session(db, 1),
    "the last tick": lambda db, last: current.last_tick(db),
    "the marks": lambda db, last: current.marks(db),
    "the link": lambda db, last: current.links(db, [1]),
    "who is on watch": lambda db, last: journal.on_watch(db, 1),
    "the new entries": lambda db, last: journal.entries_after(db, last - 1),
    "the last answer": lambda db, last: journal.last_answered(db, 1),
    "the open alarms": lambda db, last: [current.open_alarms(db, 1)],
    "the new answers": lambda db, last: journal.answers_after(db, 1, last - 1),
}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return clinic_with(tmp_path_factory.mktemp("few") / "few.db", 2)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return clinic_with(tmp_path_factory.mktemp("many") / "many.db", 300)


def cost(db: Database, ask: Callable[[Database], object]) -> tuple[int, object]:
    with instructions(db) as spent:
        found = ask(db)
    return spent.count, found


@pytest.mark.parametrize("what", QUESTIONS)
def test_past_session_costs_the_same_among_many(few: Database, many: Database, what: str) -> None:
    among_few, found = cost(few, QUESTIONS[what])
    among_many, the_same = cost(many, QUESTIONS[what])
    assert found
    assert the_same == found
    assert among_many <= 1.1 * among_few + 50


@pytest.mark.parametrize("what", AT_THE_CHAIR)
def test_what_the_chair_asks_often_costs_the_same_after_years(
    few: Database, many: Database, what: str
) -> None:
    among_few, found = cost(few, lambda db: AT_THE_CHAIR[what](db, 2))
    among_many, _ = cost(many, lambda db: AT_THE_CHAIR[what](db, 300))
    assert found is None or found
    assert among_many <= 1.1 * among_few + 50


def test_a_replay_begins_without_a_walk_through_the_years_since(
    few: Database, many: Database
) -> None:
    def begin(db: Database) -> object:
        source = SourceState(1, "Monitor", 1000, FROM_MS)
        state = ChairState(1, {1: source}, (), Preset(), FROM_MS)
        restore(db, state, TO_MS - 1, before_tick=2)
        return state.knowledge.by_source

    among_few, found = cost(few, begin)
    among_many, the_same = cost(many, begin)
    assert found
    assert the_same == found
    assert among_many <= among_few + 20_000


def test_an_alarm_is_open_until_it_is_over_however_long_that_is(db: Database) -> None:
    chair_with(db, 1000)
    full = Occurrence(
        "1.disk_nearly_full.1",
        "disk_nearly_full",
        "technical",
        None,
        Priority.LOW,
        BASE_MS,
        None,
        None,
        "Disk nearly full",
    )
    year_ms = 365 * 24 * 3_600_000
    write_ticks(db, [Batch(1, BASE_MS, 0, alarms=[(1, Transition(full, "active"))])])
    write_ticks(db, [Batch(2, BASE_MS + year_ms, 0)])
    assert [x.id for x in current.open_alarms(db, 1)] == [full.id]
    assert current.open_alarms(db, 1, before_tick=1) == []
    write_ticks(db, [Batch(3, BASE_MS + year_ms + 1, 0, alarms=[(1, Transition(full, "cleared"))])])
    assert current.open_alarms(db, 1) == []
    assert [x.id for x in current.open_alarms(db, 1, before_tick=3)] == [full.id]


def test_cuff_readings_are_found_without_a_walk_through_everything_else(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS + s * 1000, 70.0) for s in range(5000)])
    store(db, chair, source, Parameter.NIBP_SYS, [(BASE_MS + 5000, 120.0)], tick=2)
    asked: tuple[Callable[[Database], object], ...] = (
        lambda db: history.cuff_readings(db, chair, BASE_MS, BASE_MS + 5_000_000),
        lambda db: current.cuff_rows(db, chair, BASE_MS),
    )
    for ask in asked:
        spent, found = cost(db, ask)
        assert found
        assert spent < 1000
