"""The CSV: every reading, in the order of time, in the clinic's time, and never a formula."""

import csv
import io
from datetime import datetime

import pytest
from sqlite_utils import Database

from devices.numeric import Parameter, no_value, numeric
from monitor.exports.csv import HEADER, write_csv
from tests.alarms.bedside import cuff, ms
from tests.review.past_visit import PastVisit


def rows(visit: PastVisit) -> list[dict[str, str]]:
    text = write_csv(visit.db, visit.stored())
    return list(csv.DictReader(io.StringIO(text)))


def test_every_reading_is_there_with_its_reason_and_nothing_else(db: Database) -> None:
    visit = PastVisit(db)
    visit.write(-1, numeric(Parameter.SPO2, 91, ms(-0.001)))
    words = []
    for second in range(600):
        spo2 = numeric(Parameter.SPO2, 90 + second % 10, ms(second))
        if second % 7 == 0:
            spo2 = no_value(Parameter.SPO2, ms(second), "probe off")
        words += [spo2, *(cuff(second, 120, 80) if second % 300 == 0 else [])]
    visit.write(600, *words)
    visit.write(601, numeric(Parameter.SPO2, 92, ms(600.001)))
    found = [row for row in rows(visit) if row["kind"] == "reading"]
    assert len(found) == 600 + 4
    assert sum(row["reason"] == "probe off" and row["value"] == "" for row in found) == 86
    assert {row["unit"] for row in found} == {"%", "mmHg"}
    assert {(row["source"], row["generation"]) for row in found} == {("B450", "real")}
    assert {(row["session"], row["patient"]) for row in found} == {("1", "KAP-0147")}


def test_rows_are_in_the_order_of_time(db: Database) -> None:
    visit = PastVisit(db)
    visit.press(5, "event", text="Nausea")
    visit.alarm(3, "active")
    visit.write(9, *cuff(4, 120, 80), numeric(Parameter.SPO2, 97, ms(9)))
    visit.alarm(6, "acknowledged")
    found = rows(visit)
    assert [int(row["t_ms"]) for row in found] == sorted(int(row["t_ms"]) for row in found)
    assert [(row["kind"], row["text"], row["actor"]) for row in found] == [
        ("alarm", "medium active: SpO2 87 < 90", ""),
        ("reading", "", ""),
        ("reading", "", ""),
        ("event", "Nausea", "RN Keller"),
        ("alarm", "medium acknowledged: SpO2 87 < 90", "RN Keller"),
        ("reading", "", ""),
    ]


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("Europe/Zurich", "2023-11-14T23:13:20.250+01:00"),
        ("America/New_York", "2023-11-14T17:13:20.250-05:00"),
        ("Asia/Kolkata", "2023-11-15T03:43:20.250+05:30"),
        ("UTC", "2023-11-14T22:13:20.250+00:00"),
    ],
)
def test_times_are_the_clinics_with_their_offset(zone: str, time: str, db: Database) -> None:
    visit = PastVisit(db, zone=zone)
    visit.write(1, numeric(Parameter.SPO2, 97, ms(0.25)))
    (row,) = rows(visit)
    assert row["time"] == time
    assert datetime.fromisoformat(row["time"]).timestamp() * 1000 == int(row["t_ms"])


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1", "＋1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str, db: Database) -> None:
    visit = PastVisit(db, device=text)
    visit.press(1, "event", actor="=HYPERLINK(1)", text=text)
    visit.write(2, no_value(Parameter.SPO2, ms(2), text))
    found = rows(visit)
    cells = [cell for row in found for cell in row.values() if cell == f"'{text}"]
    assert len(cells) == 3, "the note, the device, the reason"
    assert found[0]["actor"] == "'=HYPERLINK(1)"
    for row in found:
        for cell in row.values():
            assert not cell.strip().startswith(("=", "+", "-", "@", "＝", "＋"))


def test_a_note_with_commas_quotes_and_lines_stays_one_cell(db: Database) -> None:
    visit = PastVisit(db)
    note = 'says "I float", then\nlaughs; ü 漢'
    visit.press(1, "event", text=note)
    assert rows(visit)[0]["text"] == note


def test_what_was_entered_after_the_end_is_there_and_what_is_not_named_never(db: Database) -> None:
    visit = PastVisit(db)
    visit.press(2, "event", text="Nausea")
    visit.press(3, "therapist_note", text="not for this file")
    visit.press(700, "strike", entry=1, reason="it was the next chair")
    visit.press(701, "addendum", text="Called at home")
    found = [(row["kind"], row["text"], row["t_ms"]) for row in rows(visit)]
    assert found == [
        ("event", "STRUCK THROUGH by RN Keller (it was the next chair): Nausea", str(ms(2))),
        ("strike", "Nausea: it was the next chair", str(ms(700))),
        ("addendum", "Addendum: Called at home", str(ms(701))),
    ]


def test_each_row_says_what_it_is_in_which_unit_and_in_whose_time(db: Database) -> None:
    visit = PastVisit(db)
    visit.alarm(1, "active")
    visit.press(2, "reading", values={"HR": 72})
    visit.press(3, "watch", of=None)
    visit.press(4, "baseline", values={"SpO2": 98, "NIBP_sys": 120})
    visit.press(
        5, "limits", parameter="SpO2", tier="medium", phase=None, limits={"low": 88}, reason="cold"
    )
    visit.press(6, "audio_pause", reason="calm", for_s=120)
    found = rows(visit)
    assert {row["time_zone"] for row in found} == {"Europe/Zurich"}
    assert [(row["kind"], row["value"], row["unit"]) for row in found[:2]] == [
        ("alarm", "87.0", "%"),
        ("reading_by_hand", "", ""),
    ], "a row of the kind reading is a value, or says why there is none"
    assert [row["text"] for row in found[2:]] == [
        "on watch",
        "Baseline taken: SpO2 98 %, NIBP_sys 120 mmHg",
        "limits: SpO2 medium < 88 (cold)",
        "audio pause: calm",
    ]


def test_an_open_session_reaches_to_now(db: Database) -> None:
    visit = PastVisit(db, ended_s=None)
    visit.write(9000, numeric(Parameter.SPO2, 97, ms(9000)))
    assert len(rows(visit)) == 1


def test_the_head_names_every_column(db: Database) -> None:
    text = write_csv(db, PastVisit(db).stored())
    assert text == ",".join(HEADER) + "\r\n"
