"""A database of the release before visits had steps: its sessions are kept, and go on."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the library it chose

from devices.numeric import Generation, Parameter, numeric
from monitor.session.state import Visit
from monitor.session.visit import fold
from monitor.store import current, inputs, journal, sessions, writing
from monitor.store.database import open_to_write
from monitor.store.schema import migrations
from monitor.store.writing import purge_unclaimed

T0_MS = 1_700_000_000_000
PATIENT = {"patient": "P-1", "second_identifier": "1980", "drug": "ketamine", "dose_mg": 40}
# As that release wrote them: kind, data, the session of the answer.
PRESSES: list[tuple[str, dict[str, Any], int]] = [
    ("session_start", {**PATIENT, "weight_kg": 80, "minutes": 40}, 1),
    ("infusion_start", {"session": 1}, 1),
    ("event", {"text": "Tears"}, 1),
    ("limits", {"parameter": "SpO2", "tier": "high", "limits": {}, "reason": "x"}, 1),
    ("infusion_stop", {"session": 1}, 1),
    ("session_end", {"session": 1}, 1),
    ("session_start", {**PATIENT, "patient": "P-2"}, 2),
    ("infusion_start", {"session": 2}, 2),
]
OLD = (
    "id, uuid, chair, patient, second_identifier, weight_kg, drug, dose_mg, minutes, time_zone,"
    " limits, opened_by, from_ms, started_ms, infusion_started_ms, infusion_stopped_ms, ended_ms,"
    " generation"
)
ROWS = [
    (1, "a", 1, "P-1", "1980", 80, "ketamine", 40, 40, "UTC", "[]", "RN", 0, 1, 2, 5, 6, 0),
    (
        2,
        "b",
        1,
        "P-2",
        "1980",
        None,
        "ketamine",
        40,
        None,
        "UTC",
        "[]",
        "RN",
        6,
        7,
        8,
        None,
        None,
        0,
    ),
]


@pytest.fixture
def older(database: Path) -> Path:
    """The store as the release before left it: one session that ended, one whose infusion runs."""
    raw = Database(sqlite3.connect(database))
    after = [x.name for x in migrations.pending(raw) if x.name > "m005_alarm_conditions"]
    migrations.apply(raw, stop_before=after)
    assert "stage" not in raw["session"].columns_dict
    with raw.conn:
        raw.execute("INSERT INTO chair VALUES (1, 'Chair 1')")
        raw.execute("INSERT INTO source VALUES (1, 1, 'S', 'masimo_ascii1', 'COM1', 0, 1000)")
        for number, (kind, data, _) in enumerate(PRESSES, 1):
            t_ms = T0_MS + number * 1000
            raw.execute(
                "INSERT INTO journal VALUES (?, ?, ?, 1, ?, 'RN', ?)",
                [number, f"p{number}", t_ms, kind, json.dumps(data)],
            )
            raw.execute("INSERT INTO tick VALUES (?, ?, ?)", [number, t_ms, number])
        for row in ROWS:
            times = [None if x is None else T0_MS + x * 1000 for x in row[12:17]]
            raw.execute(
                f"INSERT INTO session({OLD}) VALUES ({','.join('?' * 18)})",
                [*row[:12], *times, row[17]],
            )
        for number, (_, _, session) in enumerate(PRESSES, 1):
            raw.execute(
                "INSERT INTO answer VALUES (?, ?, 1, 'Noted.', ?)", [number, number, session]
            )
        for minute in range(5):
            t_ms = T0_MS - minute * 60_000
            raw.execute(
                "INSERT INTO reading VALUES (1, ?, 1, 1, 70, 'valid', NULL, 0, 0, 1)", [t_ms]
            )
    raw.close()
    return database


def visit_of(db: Database, number: int) -> Visit:
    found = current.stored_session(db, number)
    assert found
    return fold(found[0], journal.accepted_of(db, number))


def test_a_store_of_the_release_before_takes_what_a_pump_says(older: Path) -> None:
    raw = sqlite3.connect(older)
    with raw:
        raw.execute("DELETE FROM parameter WHERE id > 9")  # as that release made it
    raw.close()
    db = open_to_write(older)
    batch = writing.Batch(9, T0_MS, 0)
    said = [numeric(Parameter.PUMP_RATE, 0, T0_MS), numeric(Parameter.PUMP_VOLUME, 3.38, T0_MS)]
    batch.readings = [writing.Reading(1, 1, Generation.REAL, x) for x in said]
    writing.write_ticks(db, [batch])
    of = "SELECT name, unit, value FROM reading JOIN parameter ON parameter.id = parameter"
    rows = db.execute(f"{of} WHERE parameter > 9 ORDER BY parameter").fetchall()
    assert rows == [("Pump_rate", "mL/h", 0.0), ("Pump_volume", "mL", 3.38)]
    db.close()


def test_sessions_of_the_release_before_are_kept_and_go_on(older: Path) -> None:
    db = open_to_write(older)
    assert migrations.pending(db) == []
    first, second = (sessions.one(db, number) for number in (1, 2))
    assert first
    assert second
    assert (first.session.patient, first.session.weight_kg, first.session.how) == ("P-1", 80, None)
    assert (second.session.ended_ms, second.session.signed_by, second.session.regimen) == (
        *(None, None),
        "",
    )
    past = visit_of(db, 1)
    assert past.session.ended_ms == first.session.ended_ms == T0_MS + 6000
    assert past.infusion.given_mg(2**62) == pytest.approx(3 / 60)  # 1 mg/min for 3 s
    assert [x.text for x in past.said][2] == "Tears"
    now = visit_of(db, 2)
    assert (now.session.phase, now.running) == (("dosing", T0_MS + 8000), True)
    assert now.infusion.given_mg(2**62) is None  # nobody entered how fast
    found = inputs.visit_before(db, 1, 5)
    assert found
    assert found[0].session.infusion_stopped_ms is None
    assert found[0].session.infusion_started_ms == T0_MS + 2000
    assert inputs.visit_before(db, 1, 7) is None
    assert current.visits_of(db, "P-1", 2) == 1
    db.close()


def test_what_no_session_claims_is_purged_as_before_and_the_journal_is_kept(older: Path) -> None:
    db = open_to_write(older)
    before = visit_of(db, 1)
    assert purge_unclaimed(db, 1, T0_MS + 10_000, T0_MS + 11_000) == 4
    assert visit_of(db, 1) == before
    db.close()
