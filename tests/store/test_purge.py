"""The one deletion: old readings that no session claims, and a journal entry that says so."""

import json

from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.store.sessions import all_readings
from monitor.store.writing import purge_unclaimed
from tests.store.cost import instructions
from tests.store.rows import BASE_MS, chair_with, session, store, store_sessions

HR = Parameter.HR
MINUTE_MS = 60_000


def kept(db: Database, chair: int) -> list[int]:
    rows = db.execute("SELECT t_ms FROM reading WHERE chair = ? ORDER BY t_ms", [chair])
    return [(t_ms - BASE_MS) // MINUTE_MS for (t_ms,) in rows.fetchall()]


def minutes(db: Database, chair: int, source: int, count: int) -> None:
    store(db, chair, source, HR, [(BASE_MS + m * MINUTE_MS, 70.0) for m in range(count)])


def test_purge_keeps_every_reading_that_a_session_claims(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    minutes(db, chair, source, 60)
    store_sessions(
        db,
        2,
        session(1, chair, BASE_MS + 10 * MINUTE_MS, BASE_MS + 20 * MINUTE_MS),
        session(2, chair, BASE_MS + 20 * MINUTE_MS + 1, BASE_MS + 22 * MINUTE_MS),
        session(3, chair, BASE_MS + 30 * MINUTE_MS, None),
    )
    deleted = purge_unclaimed(db, chair, BASE_MS + 50 * MINUTE_MS, BASE_MS + 99 * MINUTE_MS)
    assert kept(db, chair) == [*range(10, 23), *range(30, 60)]
    assert deleted == 17
    row = db.execute("SELECT kind, actor, data, t_ms FROM journal").fetchall()
    assert [(kind, actor) for kind, actor, _, _ in row] == [("purge", "recorder")]
    assert json.loads(row[0][2]) == {"readings": 17, "before_ms": BASE_MS + 50 * MINUTE_MS}
    assert row[0][3] == BASE_MS + 99 * MINUTE_MS
    assert len(list(all_readings(db, 1))) == 11


def test_purge_leaves_what_is_young_and_what_is_of_another_chair(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    other, (others,) = chair_with(db, 1000, name="Chair 2")
    minutes(db, chair, source, 10)
    store(db, other, others, HR, [(BASE_MS, 70.0)], tick=2)
    assert purge_unclaimed(db, chair, BASE_MS + 5 * MINUTE_MS, BASE_MS) == 5
    assert kept(db, chair) == [5, 6, 7, 8, 9]
    assert kept(db, other) == [0]


def test_purge_of_nothing_leaves_no_entry(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    minutes(db, chair, source, 3)
    assert purge_unclaimed(db, chair, BASE_MS, BASE_MS) == 0
    assert db.execute("SELECT count(*) FROM journal").fetchone() == (0,)


def test_purge_costs_what_it_deletes_not_what_is_claimed(db: Database) -> None:
    """An hour's purge must not walk through years of sessions: the tick waits for it."""
    costs = []
    for name, visits in (("few", 4), ("many", 400)):
        chair, (source,) = chair_with(db, 1000, name=name)
        points = [
            (BASE_MS + (visit * 60 + m) * MINUTE_MS, 70.0)
            for visit in range(visits)
            for m in range(50)
        ]
        late_ms = BASE_MS + visits * 60 * MINUTE_MS
        points += [(late_ms + m * MINUTE_MS, 70.0) for m in range(50)]
        tick = db.execute("SELECT coalesce(max(tick), 0) FROM tick").fetchone()[0] + 1
        store(db, chair, source, HR, points, tick=tick)
        first = db.execute("SELECT coalesce(max(id), 0) FROM session").fetchone()[0] + 1
        store_sessions(
            db,
            tick + 1,
            *(
                session(
                    first + visit,
                    chair,
                    BASE_MS + visit * 60 * MINUTE_MS,
                    BASE_MS + (visit * 60 + 50) * MINUTE_MS,
                )
                for visit in range(visits)
            ),
        )
        with instructions(db) as spent:
            assert purge_unclaimed(db, chair, late_ms + 60 * MINUTE_MS, late_ms) == 50
        costs.append(spent.count)
    few, many = costs
    assert many < few + 400 * 60  # a seek for each session, no walk through its readings
