"""The pages of patients: record, consultation, decision, scales, course, a therapist's notes."""

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from devices.numeric import Generation
from monitor.__main__ import main
from monitor.command import places
from monitor.session.patient import Patient
from monitor.session.records import read_forms
from monitor.store import patients
from monitor.store.database import open_to_write
from tests.conftest import Program, clinic_file, until
from tests.screens.pages import MAIN, words
from tests.screens.stored import Stored

PATIENTS, PATIENT, NOTES = (f"app_pages/{x}.py" for x in ("patients", "patient", "notes"))
FORMS = read_forms(places.LIMITS.parent)
REF = "KAP-0147"


@pytest.fixture(autouse=True)
def _place(place: None) -> None:
    """Every page here serves the test's own database."""


def opened(name: str, **query: str) -> AppTest:
    test = AppTest.from_file(MAIN, default_timeout=20)
    test.run()
    test.switch_page(name)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception, test.exception
    return test


def told(test: AppTest) -> str:
    return words(test).replace("\\", "")


def one(fields: Any, label: str) -> Any:
    (found,) = [field for field in fields if field.label == label]
    return found


def press(test: AppTest, label: str) -> None:
    one(test.button, label).click().run()
    assert not test.exception, test.exception


def enter(db: Database, kind: str, **data: Any) -> int:
    return patients.write_entry(
        db,
        press=f"{kind}-{data}",
        t_ms=1_700_000_000_000,
        patient=REF,
        kind=kind,
        actor="RN Keller",
        data=data,
        forms=FORMS,
    )


@pytest.fixture
def record(db: Database) -> Database:
    enter(db, "created", reference=REF, second_identifier="1979", name="A. Muster")
    return db


def held(db: Database) -> Patient:
    found = patients.patient(db, REF)
    assert found
    return found


def as_keller(test: AppTest) -> AppTest:
    one(test.pills, "Entered as").set_value("RN Keller")
    return test


def test_a_name_that_was_given_serves_the_next_page_of_records_for_a_while(
    record: Database,
) -> None:
    test = as_keller(opened(PATIENTS)).run()

    def shown(page: str) -> str | None:
        test.switch_page(page)
        test.query_params["ref"] = REF
        test.run()
        found: str | None = one(test.pills, "Entered as").value
        return found

    assert shown(PATIENT) == "RN Keller"
    one(test.pills, "Entered as").set_value("Another name…").run()
    one(test.text_input, "Your name").set_value("Dr. Lang").run()
    assert shown(PATIENTS) == "Dr. Lang"
    name, at_s = test.session_state["named"]
    test.session_state["named"] = (name, at_s - 15 * 60)
    assert shown(PATIENT) is None


def all_no(**others: str) -> dict[str, dict[str, str]]:
    return {p.id: {"answer": others.get(p.id, "no"), "note": ""} for p in FORMS.points}


def test_a_record_is_begun_found_and_not_begun_twice(db: Database) -> None:
    test = opened(PATIENTS)
    assert "No patient has a record yet" in told(test)
    one(test.text_input, "Patient reference").set_value(REF)
    one(test.text_input, "Second identifier").set_value("1979")
    press(test, "Begin the record")
    assert "in whose name" in told(test)
    as_keller(test)
    press(test, "Begin the record")
    assert "The record of KAP-0147 is begun." in told(test)
    assert one(test.text_input, "Patient reference").value == "", "the form is empty again"
    assert held(db).created_by == "RN Keller"
    one(test.text_input, "Patient reference").set_value("kap-0147")
    one(test.text_input, "Second identifier").set_value("x")
    press(test, "Begin the record")
    assert "a record of KAP-0147 already" in told(test)
    one(test.text_input, "Find").set_value("kap-9").run()
    assert "No record fits" in told(test)


@pytest.mark.parametrize("name", [PATIENTS, PATIENT, NOTES])
def test_no_database_and_a_damaged_one_are_sentences(name: str, database: Path) -> None:
    assert "There is no database" in told(opened(name))
    database.write_bytes(b"this is not a database" * 300)
    assert "not a Chairside database" in told(opened(name))


def test_an_unknown_patient_or_session_is_said(db: Database) -> None:
    assert "There is no record of X-1." in told(opened(PATIENT, ref="X-1"))
    assert "names no patient" in told(opened(PATIENT))
    assert "There is no session 7." in told(opened(NOTES, session="7"))
    assert "names no session" in told(opened(NOTES))


def test_no_answer_is_filled_in_beforehand(record: Database) -> None:
    enter(record, "consultation", answers=all_no(cystitis="yes"))
    test = opened(PATIENT, ref=REF)
    for scale in (None, "phq9", "aldrete", "nausea_nrs", "cadss"):
        if scale:
            one(test.selectbox, "Scale").set_value(scale).run()
            assert not test.exception, test.exception
            assert len(test.radio) >= len(FORMS.points) + 1 + len(FORMS.scales[scale].items)
        assert {radio.value for radio in test.radio} == {None}
        assert {number.value for number in test.number_input} == {None}
        assert one(test.text_input, "Decided by").value == ""


def tabs_at(test: AppTest) -> list[int]:
    """Where the page draws its tabs, counted from its top: drawn elsewhere, they begin anew."""
    return [at for at, block in test.main.children.items() if block.type == "tab_container"]


def test_answers_are_saved_with_who_and_flagged(record: Database) -> None:
    test = as_keller(opened(PATIENT, ref=REF)).run()
    before = tabs_at(test)
    assert "consultation: 29 of 29 points are not answered" in told(test)
    one(test.text_input, "Note: Severe hepatic disease?").set_value("2019").run()
    assert held(record).points == {}, "a note waits for its answer"
    one(test.radio, "Pregnancy?").set_value("unknown").run()
    one(test.radio, "Severe hepatic disease?").set_value("yes").run()
    said = told(test)
    assert "⚑ Severe hepatic disease (2019) · not known: Pregnancy" in said
    assert tabs_at(test) == before != [], "a flag moves no tab: the page would jump to the first"
    assert "27 of 29 points are not answered" in said
    assert "**Yes**, 2019 · RN Keller" in said
    hepatic = one(test.radio, "Severe hepatic disease?")
    assert hepatic.value == "yes"
    assert held(record).points["hepatic"].by == "RN Keller"
    # A later note is one on the answer that stands; nothing that was tapped is lost by a reload.
    again = opened(PATIENT, ref=REF)
    assert "Say above, first, in whose name" in told(again)
    assert all(radio.disabled for radio in again.radio if radio.label.endswith("?"))
    again = as_keller(again).run()
    assert "27 of 29 points are not answered" in told(again)
    assert {radio.value for radio in again.radio} == {None}
    one(again.text_input, "Note: Pregnancy?").set_value("test ordered").run()
    assert held(record).points["pregnancy"].note == "test ordered"
    assert held(record).points["pregnancy"].answer == "unknown"
    # What another person answered meanwhile is what stands, not what is still tapped here.
    one(again.radio, "Severe hepatic disease?").set_value("no").run()
    test.run()
    assert one(test.radio, "Severe hepatic disease?").value is None
    assert "**No** · RN Keller" in told(test)


def test_a_named_person_decides_and_says_why_over_open_points(record: Database) -> None:
    test = as_keller(opened(PATIENT, ref=REF))
    assert "No decision on suitability yet" in told(test)
    press(test, "Save the decision")
    assert "Say what was decided" in told(test)
    one(test.radio, "Decision").set_value("discuss")
    press(test, "Save the decision")
    assert "29 points of the consultation not answered: say why" in told(test)
    one(test.text_input, "Reason").set_value("awaits the letter")
    press(test, "Save the decision")
    assert "name of who decided is missing" in told(test)
    one(test.text_input, "Decided by").set_value("RN Ode")
    press(test, "Save the decision")
    assert "**To be discussed**, decided by RN Ode · entered by RN Keller" in told(test)
    decision = held(record).decision
    assert decision
    assert (decision.by, len(decision.unanswered)) == ("RN Ode", 29)
    enter(record, "consultation", answers=all_no())
    assert "changed after this decision" in told(opened(PATIENT, ref=REF))


def test_a_scale_is_saved_whole_and_item_9_is_seen(record: Database) -> None:
    test = as_keller(opened(PATIENT, ref=REF))
    one(test.selectbox, "Scale").set_value("phq9").run()
    items = [radio for radio in test.radio if radio.label[:1].isdigit()]
    assert len(items) == 9
    assert len(items[0].options) == 4
    for radio in items[:8]:
        radio.set_value(1)
    press(test, "Save the score")
    assert "not complete: item 9 not answered" in told(test)
    assert held(record).scores == ()
    items = [radio for radio in test.radio if radio.label[:1].isdigit()]
    items[8].set_value(2)
    press(test, "Save the score")
    said = told(test)
    assert "Saved: PHQ-9 10, moderate; item 9" in said
    assert "⚑ PHQ-9 10, moderate; item 9" in said
    (score,) = held(record).scores
    assert (score.total, score.items["item_9"], score.by) == (10, 2, "RN Keller")
    assert len(test.get("plotly_chart")) == 1
    # A later one is not hidden by an older one that is entered after it.
    older = {f"item_{n}": 0 for n in range(1, 10)}
    enter(record, "score", scale="phq9", items=older)
    said = told(opened(PATIENT, ref=REF))
    assert "⚑ PHQ-9 10, moderate; item 9" in said
    assert "PHQ-9 0, minimal, answered 2023-11-14 |" in said, "the list of entries tells the day"
    assert list(test.dataframe[0].value["total"]) == [10]
    assert "⚑ PHQ-9 10, moderate; item 9" in told(opened(PATIENTS))


@pytest.mark.parametrize("day", [date(2999, 1, 1), date(1900, 1, 1), None])
def test_a_day_that_cannot_be_is_refused_and_not_saved_as_today(
    record: Database, day: date | None
) -> None:
    test = as_keller(opened(PATIENT, ref=REF))
    one(test.selectbox, "Scale").set_value("madrs").run()
    one(test.number_input, "Total (0 to 60)").set_value(30)
    answered = one(test.date_input, "Answered on")
    # A field with bounds keeps what it held, and sends that, when another day is typed.
    assert answered.min <= date(1900, 1, 1)
    assert answered.max >= date(2999, 1, 1)
    answered.set_value(day)
    press(test, "Save the score")
    assert ("lies ahead, or more than ten years back" if day else "on which day") in told(test)
    assert held(record).scores == ()


def test_no_number_field_sends_another_number_than_is_typed(record: Database) -> None:
    test = opened(PATIENT, ref=REF)
    one(test.selectbox, "Scale").set_value("madrs").run()
    fields = [*test.number_input, *opened(PATIENTS).number_input]
    assert {x.label for x in fields} == {
        "Weight (kg)", "Year of birth", "Total (0 to 60)", "Year of birth (may stay empty)"
    }  # fmt: skip
    assert {(x.min, x.max) for x in fields} <= {(None, None), (-((1 << 53) - 1), (1 << 53) - 1)}


def test_weights_notes_and_who_it_is_are_entered_and_struck(record: Database) -> None:
    test = as_keller(opened(PATIENT, ref=REF))
    one(test.number_input, "Weight (kg)").set_value(171.0)
    press(test, "Save the weight")
    assert "**171 kg** · RN Keller" in told(test)
    one(test.text_input, "Note").set_value("No cuff on the <left> arm")
    press(test, "Save the note")
    one(test.text_input, "Second identifier").set_value("1978")
    one(test.text_input, "Reason for the change").set_value("typo")
    press(test, "Save who this is")
    assert "second identifier **1978**" in told(test)
    number = held(record).weights[0].entry
    one(test.selectbox, "Entry").set_value(number)
    press(test, "Strike it through")
    assert "reason for the correction is missing" in told(test)
    one(test.text_input, "Why").set_value("slipped finger")
    press(test, "Strike it through")
    said = told(test)
    assert "No weight entered." in said
    assert "~~weight 171 kg~~ struck through by RN Keller: slipped finger" in said
    assert held(record).notes[0].text == "No cuff on the <left> arm"


def test_the_patients_sessions_are_listed_and_those_made_up_are_named(record: Database) -> None:
    stored = Stored(record, generation=Generation.SIMULATED)
    stored.session(patient="kap-0147", ended_ms=stored.t_ms + 1)
    said = told(opened(PATIENT, ref=REF))
    assert "**Session 1** (simulated)" in said
    assert "ketamine, planned 35.5 mg · ended" in said, "nothing tells that it was given"
    assert "1 session" in said


def test_a_therapists_note_is_kept_apart(
    record: Database, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = Stored(record)
    stored.session(patient=REF, ended_ms=stored.t_ms + 1)
    test = opened(NOTES, session="1")
    assert "no part of the vitals record" in told(test)
    one(test.text_area, "New note").set_value("Spoke of the river")
    press(test, "Save the note")
    assert "who writes" in told(test)
    as_keller(test)
    press(test, "Save the note")
    assert "Note saved." in told(test)
    assert [x.value for x in test.text] == ["Spoke of the river"]
    (note,) = patients.notes_of(record, 1)
    assert note.author == "RN Keller"
    out = StringIO()
    monkeypatch.setattr("sys.stdout", out)
    assert main(["notes", "--session", "1", "--database", str(database)]) == 0
    assert "RN Keller\nSpoke of the river" in out.getvalue()
    assert "kept apart" in out.getvalue()
    assert main(["notes", "--session", "2", "--database", str(database)]) == 2
    for apart in (["export", "1"], ["readings"], ["sessions"]):
        out.truncate(0)
        assert main([*apart, "--database", str(database)]) == 0
        assert "river" not in out.getvalue()
    assert "river" not in told(opened("app_pages/review.py", session="1"))
    assert "river" not in told(opened(PATIENT, ref=REF))


@pytest.mark.browser
def test_in_the_browser_a_double_press_is_one_entry_and_the_keyboard_answers(
    program: Program, page: Page, tmp_path: Path
) -> None:
    db = open_to_write(program.database)
    enter(db, "created", reference=REF, second_identifier="1979")
    address = program.dashboard(clinic_file(tmp_path, ("Chair 1", "datex_dri", "sim://datex_dri")))
    page.goto(f"{address}/patient?ref={REF}")
    page.get_by_role("radiogroup", name="Entered as").get_by_text("RN Keller").click()
    page.get_by_label("Weight (kg)").fill("71.5")
    page.get_by_role("button", name="Save the weight").dblclick()
    page.get_by_text("71.5 kg").first.wait_for()
    page.get_by_role("tab", name="Scales").click()
    page.get_by_role("combobox", name="Scale").fill("MOAA")
    page.keyboard.press("Enter")
    page.get_by_text("Responsiveness").wait_for()
    answers = page.get_by_role("radiogroup", name="Responsiveness")
    first = answers.get_by_role("radio").first
    assert answers.get_by_role("radio", checked=True).count() == 0
    row = page.locator("label", has_text="Responds readily to name in normal tone")
    box = row.bounding_box()
    assert box
    assert box["height"] >= 44
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Save the score").focus()
    page.keyboard.press("Enter")
    until(lambda: held(db).scores)
    assert [weight.kg for weight in held(db).weights] == [71.5]
    assert [(score.words, score.by) for score in held(db).scores] == [("MOAA/S 4", "RN Keller")]
    db.close()
