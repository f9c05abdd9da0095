"""The schema: made once, strict, and closed to those who would change what was."""

from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the library it chose

from devices.numeric import Generation, Parameter
from monitor.alarms.engine import Occurrence, Transition
from monitor.alarms.limits import Priority
from monitor.store import current
from monitor.store.database import StoreError, open_to_read, open_to_write, sqlite_is_fixed
from monitor.store.journal import entries_after, write_entry
from monitor.store.schema import PARAMETER_IDS
from monitor.store.writing import Batch, Reading, write_ticks
from tests.store.rows import BASE_MS, chair_with, said, session, store, store_sessions


def test_fresh_file_has_wal_full_foreign_keys_and_its_own_id(db: Database) -> None:
    pragmas = {
        name: db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert {"database", "token"} <= set(current.facts(db))
    stored = dict(db.execute("SELECT name, unit FROM parameter").fetchall())
    assert stored == {parameter.value: parameter.unit for parameter in Parameter}
    assert set(PARAMETER_IDS) == set(Parameter)
    assert len(set(PARAMETER_IDS.values())) == len(PARAMETER_IDS)


def test_migrated_file_is_opened_again_without_loss(database: Path, db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS, 70.0)])
    facts, schema = current.facts(db), db.schema
    db.close()
    again = open_to_write(database)
    assert current.facts(again) == facts
    assert again.schema == schema
    assert again.execute("SELECT value FROM reading").fetchall() == [(70.0,)]
    assert chair_with(again, 1000) == (chair, [source])
    again.close()


def test_two_databases_differ_in_their_ids(tmp_path: Path) -> None:
    stores = [open_to_write(tmp_path / name) for name in ("a.db", "b.db")]
    assert len({current.facts(store)["database"] for store in stores}) == 2
    assert len({current.facts(store)["token"] for store in stores}) == 2


def test_every_table_of_ours_is_strict(db: Database) -> None:
    rows = db.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").fetchall()
    loose = {
        name for name, strict in rows if not strict and not name.startswith(("sqlite_", "_sqlite_"))
    }
    assert loose == set()
    chair, (source,) = chair_with(db, 1000)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO reading VALUES (?, 'noon', 1, ?, 70.0, 'valid', NULL, 0, 0, 1)",
            [chair, source],
        )


def test_reading_of_an_unknown_chair_or_source_is_refused_whole(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    hr = said(Parameter.HR, BASE_MS, 70.0)
    batch = Batch(1, BASE_MS, 0)
    batch.readings = [
        Reading(chair, source, Generation.REAL, hr),
        Reading(99, source, Generation.REAL, hr),
    ]
    with pytest.raises(sqlite3.IntegrityError):
        write_ticks(db, [batch])
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    assert not db.conn.in_transaction


def test_reading_that_is_written_twice_is_one(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS, 70.0)])
    store(db, chair, source, Parameter.HR, [(BASE_MS, 71.0)], tick=2)
    assert db.execute("SELECT value, tick FROM reading").fetchall() == [(70.0, 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reading SET value = 100",
        "DELETE FROM reading",
        "UPDATE journal SET actor = 'RN Ode'",
        "DELETE FROM journal",
        "UPDATE alarm SET state = 'cleared'",
        "DELETE FROM alarm",
    ],
)
def test_what_was_stored_cannot_be_changed(db: Database, statement: str) -> None:
    chair, (source,) = chair_with(db, 1000)
    store_sessions(db, 1, session(1, chair, BASE_MS, None))
    store(db, chair, source, Parameter.HR, [(BASE_MS + 5000, 70.0)], tick=2)
    write_entry(db, press="p", t_ms=1, chair=chair, kind="watch", actor="RN Keller", data={})
    low = Occurrence(
        "1.hr_low.3",
        "hr_low",
        "physiological",
        Parameter.HR,
        Priority.HIGH,
        BASE_MS,
        30.0,
        40.0,
        "HR 30 < 40",
    )
    write_ticks(db, [Batch(3, BASE_MS + 3, 1, alarms=[(chair, Transition(low, "active"))])])
    with pytest.raises(sqlite3.IntegrityError, match=r"never changed|append-only|claims"):
        db.execute(statement)


def test_a_chair_has_one_open_session(db: Database) -> None:
    chair, _ = chair_with(db, 1000)
    store_sessions(db, 1, session(1, chair, BASE_MS, None))
    with pytest.raises(sqlite3.IntegrityError):
        store_sessions(db, 2, session(2, chair, BASE_MS + 5, None))
    assert current.last_session_id(db) == 1


def test_session_keeps_its_worst_generation_and_who_it_is(db: Database) -> None:
    chair, _ = chair_with(db, 1000)
    visit = session(1, chair, BASE_MS, None)
    for tick, generation in enumerate((Generation.SIMULATED, Generation.REAL), 1):
        batch = Batch(tick, BASE_MS + tick, 0)
        batch.sessions = [(visit, "[]", "UTC", generation)]
        write_ticks(db, [batch])
    other = session(1, chair, BASE_MS + 1000, BASE_MS + 9000)
    store_sessions(db, 3, other)
    row = db.execute("SELECT generation, from_ms, ended_ms FROM session").fetchone()
    assert row == (int(Generation.SIMULATED), BASE_MS, BASE_MS + 9000)


def test_the_same_press_is_one_entry(db: Database) -> None:
    chair, _ = chair_with(db, 1000)
    numbers = {
        write_entry(
            db, press="a", t_ms=t, chair=chair, kind="watch", actor=" RN Keller ", data={"x": t}
        )
        for t in range(5)
    }
    (entry,) = entries_after(db, 0)
    assert numbers == {entry.id}
    assert (entry.actor, entry.data) == ("RN Keller", {"x": 0})


def test_reader_cannot_write_and_sees_what_is_committed(database: Path, db: Database) -> None:
    reader = open_to_read(database)
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS, 70.0)])
    assert reader.execute("SELECT count(*) FROM reading").fetchone() == (1,)
    with pytest.raises(StoreError, match="may not be written"):
        write_entry(reader, press="p", t_ms=1, chair=chair, kind="watch", actor="A", data={})
    reader.close()


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ("3.40.1", False),
        ("3.44.6", True),
        ("3.44.5", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.53.0", True),
        ("4.0.0", True),
    ],
)
def test_sqlite_with_the_wal_reset_bug_is_known(version: str, fixed: bool) -> None:
    assert sqlite_is_fixed(version) is fixed


def test_sqlite_in_use_has_the_mend() -> None:
    assert sqlite_is_fixed()
