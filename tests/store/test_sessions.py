"""Reading all of it: whole, in order, and without holding the database."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.store import sessions
from monitor.store.database import open_to_read
from tests.store.rows import BASE_MS, chair_with, session, store, store_sessions

HR, PR = Parameter.HR, Parameter.PR


def two_chairs(db: Database) -> None:
    """Twenty seconds of two chairs; the first has two parameters, and two devices for one."""
    one, (first, second) = chair_with(db, 1000, 1000)
    other, (third,) = chair_with(db, 1000, name="Chair 2")
    for chair, source, parameter in (
        (one, first, HR),
        (one, first, PR),
        (one, second, PR),
        (other, third, HR),
    ):
        points = [(BASE_MS + s * 1000, float(60 + s)) for s in range(20)]
        store(db, chair, source, parameter, points, tick=source * 10 + len(parameter.value))
        db.execute("DELETE FROM tick")
    store_sessions(db, 99, session(1, one, BASE_MS + 3000, BASE_MS + 9000))


@pytest.mark.parametrize("page", [1, 3, 7, 2000])
def test_every_reading_comes_once_in_the_order_of_time(
    db: Database, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(sessions, "PAGE", page)
    two_chairs(db)
    rows = list(sessions.all_readings(db, None))
    keys = [(row["t_ms"], row["chair"], row["parameter"], row["source"]) for row in rows]
    assert len(set(keys)) == len(keys) == 80
    assert [key[0] for key in keys] == sorted(key[0] for key in keys)
    claimed = [row["t_ms"] for row in sessions.all_readings(db, 1)]
    assert claimed == [BASE_MS + s * 1000 for s in range(3, 10) for _ in range(3)]
    assert list(sessions.all_readings(db, 7)) == []


def test_who_takes_them_slowly_holds_no_lock(
    db: Database, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the log of the database could not be emptied, and would grow."""
    monkeypatch.setattr(sessions, "PAGE", 3)
    two_chairs(db)
    reader = open_to_read(database)
    rows = sessions.all_readings(reader, None)
    assert next(rows)["value"] == 60
    chair, (source,) = chair_with(db, 1000, name="Chair 3")
    store(db, chair, source, HR, [(BASE_MS, 70.0)], tick=500)
    busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    assert len(list(rows)) == 79
    reader.close()
