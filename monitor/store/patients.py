"""The patients' journal, and the therapists' notes, which are kept apart from all else.

Both are append-only. A patient is a fold over the entries (monitor/session/patient.py); references
that differ only in capitals or spaces are the same patient.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from monitor.session.patient import (
    MAX_NAME,
    Patient,
    PatientEntry,
    PatientError,
    patient_of,
    reference_of,
)
from monitor.session.records import MAX_WORDS, Forms, check_letters, decide
from monitor.store.database import transaction

_COLUMNS = "id, press, t_ms, patient, kind, actor, data"


@dataclass(frozen=True, slots=True)
class TherapistNote:
    """One note of a therapist on one session."""

    id: int
    t_ms: int
    session: int
    patient: str
    author: str
    text: str


def write_entry(
    db: Database,
    *,
    press: str,
    t_ms: int,
    patient: str,
    kind: str,
    actor: str,
    data: Mapping[str, Any],
    forms: Forms,
) -> int:
    """Store an entry and give its number; the same press again is the same entry.

    It is judged by the record as it is at that moment. Raises PatientError with a sentence where
    it makes no sense, StoreError where it cannot be stored: then nothing was.
    """
    with transaction(db):
        row = db.execute("SELECT id FROM patient_entry WHERE press = ?", [press]).fetchone()
        if row:
            return int(row[0])
        held = entries(db, str(data.get("reference")) if kind == "created" else patient)
        record = patient_of(held)
        kinds = {entry.id: entry.kind for entry in held}
        stored = decide(kind, actor, data, t_ms, record, forms, kinds)
        reference = record.reference if record else stored["reference"]
        cursor = db.execute(
            "INSERT INTO patient_entry(press, t_ms, patient, kind, actor, data)"
            " VALUES (?,?,?,?,?,?)",
            [press, t_ms, reference, kind, actor.strip(), json.dumps(stored)],
        )
    return int(cursor.lastrowid or 0)


def entries(db: Database, reference: str) -> list[PatientEntry]:
    """One patient's entries, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM patient_entry WHERE patient = ? ORDER BY id",
        [reference_of(reference)],
    ).fetchall()
    return [_entry(row) for row in rows]


def patient(db: Database, reference: str) -> Patient | None:
    """The patient's record; None where none was begun."""
    return patient_of(entries(db, reference))


def flags_of(record: Patient | None) -> tuple[str, ...]:
    """What monitoring staff must see of a patient; nothing of one without a record."""
    return record.flags if record else ()


def listed(db: Database) -> list[Patient]:
    """All patients by reference, without their scores, weights and notes."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM patient_entry WHERE kind IN"
        " ('created', 'identity', 'consultation', 'suitability', 'correction') ORDER BY id"
    ).fetchall()
    held: dict[str, list[PatientEntry]] = defaultdict(list)
    for row in rows:
        entry = _entry(row)
        held[entry.patient].append(entry)
    found = [record for each in held.values() if (record := patient_of(each))]
    return sorted(found, key=lambda record: record.reference.casefold())


def flagged_scores(db: Database) -> dict[str, list[str]]:
    """The words of each scale's last score, where that one is flagged, by patient reference.

    The last one by when it was answered; what was struck through does not count.
    """
    rows = db.execute(
        "SELECT patient, data FROM (SELECT id, patient, data, row_number() OVER ("
        "PARTITION BY patient, json_extract(data, '$.scale')"
        " ORDER BY json_extract(data, '$.at_ms') DESC, id DESC) AS place"
        " FROM patient_entry WHERE kind = 'score' AND id NOT IN"
        " (SELECT json_extract(data, '$.entry') FROM patient_entry WHERE kind = 'correction'))"
        " WHERE place = 1 AND json_extract(data, '$.flagged') ORDER BY id"
    ).fetchall()
    found: dict[str, list[str]] = defaultdict(list)
    for reference, data in rows:
        found[reference].append(str(json.loads(data)["words"]))
    return dict(found)


def session_scores(db: Database, reference: str) -> list[tuple[int, int, dict[str, Any]]]:
    """The scores entered in the patient's sessions: session, when (UTC ms), the entry's data.

    Those that were struck through are left out.
    """
    rows = db.execute(
        "SELECT session.id, journal.id, journal.t_ms, journal.kind, journal.data"
        " FROM session JOIN answer ON answer.session = session.id AND answer.accepted = 1"
        " JOIN journal ON journal.id = answer.journal"
        " WHERE session.patient = ? COLLATE NOCASE AND journal.kind IN ('score', 'strike')"
        " ORDER BY journal.id",
        [reference_of(reference)],
    ).fetchall()
    struck = {json.loads(data).get("entry") for *_, kind, data in rows if kind == "strike"}
    return [
        (session, held.get("at_ms") or t_ms, held)
        for session, entry, t_ms, kind, data in rows
        if kind == "score" and entry not in struck and (held := json.loads(data))
    ]


def write_note(
    db: Database, *, press: str, t_ms: int, session: int, author: str, text: str
) -> int:  # fmt: skip
    """Store a therapist's note on a session and give its number; the same press is one note.

    Raises PatientError with a sentence where it makes no sense, StoreError where it is not stored.
    """
    check_letters((author, text))
    if not author.strip() or len(author) > MAX_NAME:
        raise PatientError("Say first who writes this note.")
    if not text.strip():
        raise PatientError("The note is empty.")
    if len(text) > 10 * MAX_WORDS:
        raise PatientError(f"The note is longer than {10 * MAX_WORDS} letters.")
    with transaction(db):
        row = db.execute("SELECT patient FROM session WHERE id = ?", [session]).fetchone()
        if row is None:
            raise PatientError(f"There is no session {session}.")
        db.execute(
            "INSERT INTO therapist_note(press, t_ms, session, patient, author, text)"
            " VALUES (?,?,?,?,?,?) ON CONFLICT(press) DO NOTHING",
            [press, t_ms, session, row[0], author.strip(), text.strip()],
        )
        stored = db.execute("SELECT id FROM therapist_note WHERE press = ?", [press]).fetchone()
    return int(stored[0])


def notes_of(db: Database, session: int) -> list[TherapistNote]:
    """The therapists' notes on a session, oldest first."""
    rows = db.execute(
        "SELECT id, t_ms, session, patient, author, text FROM therapist_note"
        " WHERE session = ? ORDER BY id",
        [session],
    ).fetchall()
    return [TherapistNote(*row) for row in rows]


def _entry(row: tuple[Any, ...]) -> PatientEntry:
    number, press, t_ms, reference, kind, actor, data = row
    return PatientEntry(number, press, t_ms, reference, kind, actor, json.loads(data))
