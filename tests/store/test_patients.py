"""The patients' journal and the therapists' notes: once, for good, and apart from the rest."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the library it chose

from devices.numeric import Generation
from monitor.exports.csv import write_csv
from monitor.session.patient import PatientError
from monitor.session.records import read_forms
from monitor.store import patients, sessions
from monitor.store.database import StoreError, open_to_read
from monitor.store.journal import write_entry as write_press
from monitor.store.writing import Batch, StoredAnswer, write_ticks
from tests.store.rows import BASE_MS, chair_with, session, store_sessions

FORMS = read_forms(Path(__file__).parents[2] / "data" / "presets")


def enter(db: Database, kind: str, press: str = "", of: str = "P-1", **data: Any) -> int:
    return patients.write_entry(
        db,
        press=press or f"{kind}-{data}",
        t_ms=BASE_MS,
        patient=of,
        kind=kind,
        actor=" RN Keller ",
        data=data,
        forms=FORMS,
    )


def begin(db: Database, reference: str = "P-1") -> int:
    return enter(
        db, "created", f"new-{reference}", reference, reference=reference, second_identifier="1979"
    )


def test_a_record_is_read_back_as_it_was_entered(db: Database, database: Path) -> None:
    assert patients.patient(db, "P-1") is None
    assert patients.flags_of(None) == ()
    begin(db)
    enter(db, "weight", kg=71.5)
    enter(db, "consultation", answers={"cystitis": {"answer": "yes", "note": ""}})
    reader = open_to_read(database)
    found = patients.patient(reader, "P-1")
    reader.close()
    assert found
    assert (found.reference, found.created_by) == ("P-1", "RN Keller")
    assert found.weights[0].kg == 71.5
    assert patients.flags_of(found) == ("Cystitis",)


def test_a_flag_is_of_the_last_answers_that_stand(db: Database) -> None:
    begin(db)
    begin(db, "P-2")
    low, high = ({f"item_{n}": value for n in range(1, 10)} for value in (0, 1))
    day = 86_400_000
    enter(db, "score", scale="phq9", items=low, at_ms=BASE_MS - 2 * day)
    flagged = enter(db, "score", scale="phq9", items=high, at_ms=BASE_MS - day)
    enter(db, "score", "older, entered later", scale="phq9", items=low, at_ms=BASE_MS - 3 * day)
    enter(db, "score", scale="gad7", items={f"item_{n}": 0 for n in range(1, 8)})
    (words,) = patients.flagged_scores(db)["P-1"]
    assert words.startswith("PHQ-9 9, mild; item 9")
    assert set(patients.flagged_scores(db)) == {"P-1"}
    enter(db, "correction", entry=flagged, reason="another patient's")
    assert patients.flagged_scores(db) == {}
    enter(db, "score", "again", scale="phq9", items=high)
    enter(db, "score", "later the same day", scale="phq9", items=low)
    assert patients.flagged_scores(db) == {}


def test_a_double_press_is_one_entry(db: Database) -> None:
    begin(db)
    numbers = {enter(db, "weight", "the press", kg=70) for _ in range(3)}
    assert len(numbers) == 1
    assert begin(db) == 1, "the second press on a record that exists meanwhile is its first"
    assert [x.kind for x in patients.entries(db, "P-1")] == ["created", "weight"]


def test_capitals_and_spaces_make_no_second_record(db: Database) -> None:
    begin(db, "Kap 0147")
    with pytest.raises(PatientError, match="a record of Kap 0147 already"):
        begin(db, " KAP  0147")
    enter(db, "weight", of="KAP 0147", kg=70)
    found = patients.patient(db, "kap 0147 ")
    assert found
    assert found.reference == "Kap 0147"
    assert len(found.weights) == 1
    assert [x.reference for x in patients.listed(db)] == ["Kap 0147"]
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO patient_entry(press, t_ms, patient, kind, actor, data)"
            " VALUES ('x', 1, 'KAP 0147', 'created', 'A', '{}')"
        )


def test_a_refused_entry_leaves_nothing_and_no_open_transaction(db: Database) -> None:
    begin(db)
    with pytest.raises(PatientError):
        enter(db, "weight", kg=700)
    assert not db.conn.in_transaction
    assert len(patients.entries(db, "P-1")) == 1


def test_one_patients_entry_is_not_struck_from_anothers_record(db: Database) -> None:
    begin(db, "P-1")
    begin(db, "P-2")
    number = enter(db, "weight", kg=70)
    with pytest.raises(PatientError, match="no such entry"):
        enter(db, "correction", of="P-2", entry=number, reason="x")
    enter(db, "correction", entry=number, reason="x")
    assert [x.reference for x in patients.listed(db)] == ["P-1", "P-2"]


@pytest.mark.parametrize("table", ["patient_entry", "therapist_note"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET t_ms = 0", "DELETE FROM {}"])
def test_nothing_is_overwritten(db: Database, table: str, statement: str) -> None:
    visit_of(db)
    begin(db)
    patients.write_note(db, press="n", t_ms=1, session=1, author="T", text="x")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement.format(table))


def test_a_full_or_read_only_file_is_a_store_error(db: Database, database: Path) -> None:
    begin(db)
    reader = open_to_read(database)
    with pytest.raises(StoreError, match="may not be written"):
        enter(reader, "weight", kg=70)
    reader.close()


def visit_of(db: Database) -> int:
    """A session of P-1 on a chair; its number is 1."""
    chair, _ = chair_with(db, 1000, generation=Generation.REAL)
    store_sessions(db, 2, session(1, chair, BASE_MS, BASE_MS + 5000))
    return chair


def test_the_sessions_of_a_patient(db: Database) -> None:
    visit_of(db)
    (found,) = sessions.listed(db)
    reference = found.session.patient
    assert sessions.of_patient(db, reference.lower()) == [found]
    assert sessions.of_patient(db, f"{reference}7") == []


def test_scores_of_sessions_are_those_accepted_and_not_struck(db: Database) -> None:
    chair = visit_of(db)
    reference = sessions.listed(db)[0].session.patient
    for press, kind, data in (
        ("a", "score", {"scale": "phq9", "total": 12}),
        ("b", "score", {"scale": "phq9", "total": 13, "at_ms": BASE_MS + 7}),
        ("c", "score", {"scale": "phq9", "total": 14}),
        ("d", "strike", {"entry": 1, "reason": "x"}),
    ):
        write_press(
            db, press=press, t_ms=BASE_MS + 9, chair=chair, kind=kind, actor="A", data=data
        )  # fmt: skip
    answers = [StoredAnswer(number, number != 3, "", 1) for number in (1, 2, 3, 4)]
    write_ticks(db, [Batch(9, BASE_MS + 9, 4, answers=answers)])
    found = patients.session_scores(db, reference)
    assert [(number, at_ms, data["total"]) for number, at_ms, data in found] == [
        (1, BASE_MS + 7, 13)
    ]


def test_therapists_notes_are_stored_once_with_their_author(db: Database) -> None:
    visit_of(db)
    for _ in range(2):
        patients.write_note(db, press="n", t_ms=5, session=1, author=" Th. Ross ", text=" a calm ")
    (note,) = patients.notes_of(db, 1)
    assert (note.author, note.text, note.t_ms, note.session) == ("Th. Ross", "a calm", 5, 1)
    assert note.patient == sessions.listed(db)[0].session.patient
    for author, text, session_, sentence in (
        ("", "x", 1, "who writes"),
        ("T", " ", 1, "empty"),
        ("T", "x" * 20_001, 1, "longer"),
        ("T", "x", 9, "no session 9"),
        ("T", "\ud83d", 1, "cannot be stored"),
    ):
        with pytest.raises(PatientError, match=sentence):
            patients.write_note(db, press="m", t_ms=1, session=session_, author=author, text=text)


def test_a_therapists_note_is_in_no_export_of_the_vitals(db: Database) -> None:
    visit_of(db)
    patients.write_note(db, press="n", t_ms=BASE_MS + 1, session=1, author="T", text="PRIVATE")
    stored = sessions.one(db, 1)
    assert stored
    assert "PRIVATE" not in write_csv(db, stored)
    assert db.execute("SELECT count(*) FROM journal").fetchone() == (0,)
