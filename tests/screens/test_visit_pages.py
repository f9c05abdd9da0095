"""A visit on its pages, from arrival to signature, with a recorder that answers."""

import csv
import io
import re
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from monitor.command import places
from monitor.exports.csv import write_csv
from monitor.screens.visit_forms import known
from monitor.screens.visit_forms.known import KnownPatient
from monitor.session.records import read_forms
from monitor.store import current, patients, sessions
from monitor.store.database import open_to_read
from monitor.store.journal import entries_after
from tests.conftest import until
from tests.recorder.parts import answered, write
from tests.screens.pages import arrive, field, page, pass_preflight, press
from tests.screens.pages import words as shown
from tests.screens.stored import Stored
from tests.screens.ticking import Ticking

pytestmark = pytest.mark.usefixtures("place")

SESSION, REVIEW = "app_pages/session.py", "app_pages/review.py"
START = "Start the session"
BY_HAND = ("identity", "escort", "fasting", "medicines", "pregnancy", "consent", "timeout")
FULL = "datex_dri=sim://datex_dri?cuff_min=1"


@pytest.fixture
def ticking(database: Path) -> Generator[Callable[..., Ticking]]:
    """Starts a recorder that ticks by itself."""
    begun: list[Ticking] = []

    def begin(*devices: str) -> Ticking:
        begun.append(Ticking(database, *devices))
        begun[-1].start()
        until(lambda: _ticks(database), 20)
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


def _ticks(path: Path) -> bool:
    if not path.exists():
        return False
    db = open_to_read(path)
    try:
        return current.last_tick(db) is not None
    finally:
        db.close()


def words(test: AppTest) -> str:
    """What the page says, without the marks that keep it from being markup."""
    return shown(test).replace("\\", "")


def part(test: AppTest, name: str) -> None:
    field(test, "Part of the visit").set_value(name).run()


def started(path: Path, **more: object) -> None:
    """A visit by the regimen of 40 minutes, whose questions are all answered or overridden."""
    regimen, steps = places.regimens()["iv-ketamine-40"], places.steps()
    data = {
        "patient": "KAP-0147", "second_identifier": "1979", "weight_kg": 71, "drug": "Ketamine",
        "dose_mg": 35.5, "minutes": 40, "regimen": regimen.table, "steps": steps.table, **more,
    }  # fmt: skip
    press(path, "session_start", **data)
    pass_preflight(path)


def last(db: Database) -> tuple[str, dict[str, object]]:
    entry = entries_after(db, 0)[-1]
    return entry.kind, dict(entry.data)


# Arrival.


def test_the_dose_is_arithmetic_that_was_seen_before_it_is_started(stored: Stored) -> None:
    test = page(SESSION)
    for number in test.number_input:
        assert number.value is None, "nothing clinical is filled in"
    assert field(test, "Regimen").value is None
    field(test, START).click().run()
    assert "Choose the regimen first" in words(test)
    field(test, "Regimen").set_value("iv-ketamine-40").run()
    field(test, "Alarm limits seen").check()
    field(test, START).click().run()
    assert "The weight is missing: the dose is in mg/kg." in words(test)
    for weight, sentence in (
        (710.0, "The weight must be between 25 and 300 kg."),
        (7.1, "The weight must be between 25 and 300 kg."),
    ):
        field(test, "Weight today").set_value(weight).run()
        field(test, START).click().run()
        assert sentence in "\n".join(x.value for x in test.error)
    field(test, "Weight today").set_value(71.0)
    field(test, START).click().run()  # the finger that leaves the field presses the button too
    assert "The dose changed with what was typed last" in words(test)
    assert "0.5 mg/kg × 71 kg = 35.5 mg" in words(test)
    assert "35.5 mg (0.5 mg/kg, 71 kg) over 40 min · 0.89 mg/min" in words(test)
    field(test, "Concentration").set_value(1.0).run()
    assert "53.3 mL/h of 1 mg/mL" in words(test)
    field(test, "Dose (mg)").set_value(3550.0).run()
    field(test, START).click().run()
    assert "The dose must be between 0.1 and 2000 mg." in "\n".join(x.value for x in test.error)
    field(test, "Dose (mg)").set_value(90.0).run()
    assert "above the regimen's most, 1 mg/kg: it needs a prescriber's order" in words(test)
    assert entries_after(stored.db, 0) == []
    field(test, "Regimen").set_value("im-ketamine").run()
    assert not field(test, "Alarm limits seen").value, "these are other limits"


def test_who_the_patient_is_must_be_what_the_record_says(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = KnownPatient(
        "KAP-0147", "12 May/1979", 70.0, ("Difficult veins",), 3, "Ana B.", "Suitable, by X",
        1_700_000_000_000, ("PHQ-9 9, mild; item 9 is 1",),
    )  # fmt: skip
    monkeypatch.setattr(known, "known_patient", lambda _db, _reference: record)
    test = page(SESSION)
    offered = field(test, "Entered as").options
    field(test, "Entered as").set_value("RN Ode").run()
    assert field(test, "Entered as").options == offered, "a name that is chosen stays in its place"
    arrive(test)
    said = words(test)
    assert "**Ana B.**, 3 visits before, last weight 70 kg" in said
    assert "Suitable, by X, entered 2023-11-14." in said
    assert "Nobody has decided" not in said
    assert "Difficult veins" in said
    assert "PHQ-9 9, mild; item 9 is 1: see the patient's page" in said
    assert "May" not in said, "the identifier is the patient's to say"
    for another in ("1979", "1 2May.1978", "1/2 May 1979"):
        field(test, "Second identifier").set_value(another)
        field(test, START).click().run()
        assert "The second identifier is not that of this patient's record" in words(test)
        (way_on,) = [x for x in test.get("page_link") if "KAP-0147" in str(x.proto)]
        assert "patient" in way_on.proto.page
    assert entries_after(stored.db, 0) == []
    field(test, "Second identifier").set_value("12may - 1979")
    field(test, START).click().run()
    kind, data = last(stored.db)
    assert (kind, data["flags"]) == ("session_start", ["Difficult veins"])


def test_what_the_record_says_of_a_patient(db: Database) -> None:
    entered: list[tuple[str, dict[str, object]]] = [
        ("created", {"reference": "KAP-1", "second_identifier": "1979", "name": "Ana B."}),
        ("suitability", {"decision": "suitable", "by": "Dr. Weiss", "reason": "all is known"}),
    ]
    forms = read_forms(places.LIMITS.parent)
    for n, (kind, data) in enumerate(entered):
        patients.write_entry(
            db, press=kind, t_ms=10 + n, patient="KAP-1", kind=kind, actor="RN", data=data,
            forms=forms,
        )  # fmt: skip
        found = known.known_patient(db, "kap-1")
        assert found
        assert found.name == "Ana B."
        decided = ("Suitable, decided by Dr. Weiss", 11) if n else ("", 0)
        assert (found.decision, found.decided_ms) == decided


# A visit.


def test_a_visit_from_arrival_to_signature(
    ticking: Callable[..., Ticking], database: Path, db: Database
) -> None:
    clock = ticking(FULL)
    clock.skip(200)
    test = page(SESSION)
    arrive(test)
    field(test, START).click().run()
    said = words(test)
    assert "Session started." in said
    assert "Pre-flight: 10 of 12 open" in said
    aloud = "| **Ketamine** | **not entered** | **35.5 mg (0.5 mg/kg, 71 kg) over 40 min** |"
    assert "| Drug | Concentration | Dose |" in said
    assert aloud in said

    for item in BY_HAND:
        asked = test.segmented_control(key=f"check-1-{item}")
        assert asked.value is None, "no answer is filled in"
        asked.set_value("yes")
    test.run()
    assert "Pre-flight: 3 of 12 open" in words(test)
    test.segmented_control(key="check-1-rescue").set_value("no").run()
    assert test.segmented_control(key="check-1-rescue").value == "no"
    press(database, "check", session=1, item="rescue", answer="yes")
    test.run()
    assert test.segmented_control(key="check-1-rescue").value == "yes", "from another screen"
    press(database, "check", session=1, item="rescue", answer="no")
    test.run()

    clock.skip(120)
    test.button(key="baseline-1-ask").click().run()
    field(test, "Confirm this baseline").click().run()
    assert "Pre-flight: 1 of 12 open" in words(test)
    (override,) = [x for x in test.button if x.label == "Override this item"]
    override.click().run()
    assert "The name of the prescriber is missing." in words(test)
    field(test, "Prescriber who decides").set_value("Dr. Lang")
    field(test, "Override this item").click().run()
    assert "Say why: a reason is missing." in words(test)
    field(test, "Why").set_value("the bottle is next door")
    field(test, "Override this item").click().run()
    assert "Pre-flight: nothing is open" in words(test)
    assert "Dr. Lang, entered by RN Keller" in words(test)

    field(test, "Enter the drug").click().run()
    assert "The lot number is missing." in words(test)
    field(test, "Lot number").set_value("K-7")
    field(test, "Concentration").set_value(10.0)
    field(test, "Drawn up").set_value(50.0)
    field(test, "Enter the drug").click().run()
    said = words(test)
    assert "Ketamine, lot K-7, 10 mg/mL, 50 mg drawn; asked anew: Time-out" in said
    assert "Pre-flight: 1 of 12 open" in said, "it was said aloud without its concentration"
    press(database, "check", session=1, item="timeout", answer="yes")
    test.run()
    assert "0.89 mg/min, 5.3 mL/h" in words(test)
    assert field(test, "Lot number").value == ""

    for stage in ("consent", "baseline", "preparation"):
        press(database, "stage", session=1, to=stage)
    press(database, "infusion_start", session=1)
    clock.skip(300)
    test.run()
    assert re_given(words(test)) == pytest.approx(0.8875 * 5, abs=0.8)
    field(test, "Dose (mg)").set_value(40.0).run()
    assert "40 mg (0.56 mg/kg, 71 kg) over 40 min · 1 mg/min" in words(test)
    field(test, "Enter the new plan").click().run()
    assert "A dose was given: to change the plan needs a reason." in words(test)
    field(test, "Why (a dose was given)").set_value("as ordered")
    field(test, "Enter the new plan").click().run()
    assert "Plan entered." in words(test)
    assert last(db) == ("plan", {"dose_mg": 40.0, "reason": "as ordered", "session": 1})

    field(test, "Wasted").set_value(10.0)
    field(test, "Witness").set_value("rn keller")
    field(test, "Enter the waste").click().run()
    assert "The witness is another person" in words(test)
    field(test, "Witness").set_value("RN Ode")
    field(test, "Enter the waste").click().run()
    assert "wasted 10 mg: left " in words(test)
    for there_are in (1, 2):  # asked once: a second press is the answer
        field(test, "Wasted").set_value(10.0)
        field(test, "Witness").set_value("RN Ode ")
        field(test, "Enter the waste").click().run()
        assert ("The same was entered at" in words(test)) == (there_are == 1)
        wasted = [x for x in entries_after(db, 0) if x.kind == "waste"]
        assert len(wasted) == there_are
    press(database, "strike", session=1, entry=wasted[0].id, reason="twice")

    press(database, "infusion_stop", session=1)
    press(database, "stage", session=1, to="recovery")
    press(database, "stage", session=1, to="discharge")
    press(database, "reading", session=1, values={"NIBP_sys": 121, "NIBP_dia": 80})
    test.run()
    assert "60 min left" in words(test)
    told = {"item": "observation", "prescriber": "Dr. Lang", "reason": "lives next door"}
    press(database, "override", session=1, **told)
    test.run()
    said = words(test)
    assert "Values as of " in test.caption[0].value, "a value never stands without its time"
    assert "⚑ Overridden" in said
    assert "no score is entered" in said
    assert "mmHg" in said, "the last cuff reading beside the baseline"
    field(test, "Modified Aldrete score, 0 to 10").set_value(11.0)
    field(test, "Enter the score").click().run()
    assert "The score must be between 0 and 10 points." in words(test)
    field(test, "Modified Aldrete score, 0 to 10").set_value(10.0)
    field(test, "Enter the score").click().run()
    for item in ("oriented", "escort_here"):
        test.segmented_control(key=f"check-1-{item}").set_value("yes")
    test.run()
    field(test, "How does the visit end?").set_value("discharged").run()
    field(test, "Escort's name").set_value("A. Muster")
    field(test, "End the session").click().run()
    assert "Not before the discharge check: Written instructions given" in words(test)
    test.segmented_control(key="check-1-instructions").set_value("yes").run()
    field(test, "End the session").click().run()
    said = words(test)
    assert "Session ended." in said
    assert "Arrival" not in said, "what is to sign stands alone"
    field(test.run(), "Next patient on this chair").click().run()
    assert "Arrival" in words(test)
    assert "Next patient on this chair" not in [button.label for button in test.button]
    kind, data = last(db)
    assert kind == "session_end"
    assert data == {"session": 1, "how": "discharged", "escort": "A. Muster"}

    review = page(REVIEW, chair="1", session="1")
    said = words(review)
    assert "| Ended | **Discharged** |" in said
    assert "| Signature | **not signed** |" in said
    assert "| Waste | **Wasted 10 mg, witness RN Ode** |" in said
    assert "Override by Dr. Lang" in said
    assert "| Scores | **Modified Aldrete score 10** |" in said
    said = said.replace("\u00a0", " ")
    assert re.search(r"\| Lowest SpO₂ \| \*\*\d\d % at \d\d:\d\d:\d\d\*\* \(.*; of \d", said)
    assert re.search(
        r"\| Highest systolic \| \*\*1\d\d mmHg at .*\(.*; of \d+ valid readings", said
    )
    assert re.search(r"\| Patient's alarms \| \*\*\d+ high, \d+ medium, \d+ low\*\* \|", said)
    assert re.search(r"\| Technical alarms \| \d+ high, \d+ medium, \d+ low \(", said)
    assert "| Drug account | Drawn 50 mg − given " in said
    assert "| Still open | **nothing** |" in said
    field(review, "Entered as").set_value("RN Keller").run()
    line = wasted[1]
    # Of what was given and the steps, only the last is offered.
    offered = [x.split(" · ")[1] for x in field(review, "Entry").options]
    steps = {"Discharge", "Integration", "Recovery", "Infusion stopped", "Infusion started"}
    assert [x for x in offered if x in steps or x.startswith("Infusion")] == ["Discharge"]
    field(review, "Entry").set_value(line.id)
    field(review, "Strike it through").click().run()
    assert "Say why: a reason is missing." in words(review)
    field(review, "Why").set_value("it was 5 mg")
    field(review, "Strike it through").click().run()
    said = words(review)
    assert "~~Wasted 10 mg, witness RN Ode~~ struck through by RN Keller" in said
    assert "it was 5 mg" in said
    late = write(database, "score", session=1, scale="moaas", total=5)
    assert answered(database, late).accepted
    field(review, "Sign as RN Keller").click().run()
    said = words(review)
    assert "Something was entered since this was shown: read it again, then sign." in said
    assert "| Scores | **Modified Aldrete score 10; moaas 5** |" in said
    field(review, "Sign as RN Keller").click().run()
    assert "| Signature | **signed by RN Keller** |" in words(review)
    assert "Strike an entry through" not in words(review), "what is signed stays"
    since = write(database, "score", session=1, scale="moaas", total=4)
    assert answered(database, since).accepted
    offered = [x.split(" · ")[1] for x in field(review.run(), "Entry").options]
    assert offered == ["moaas 4"]
    field(review, "Addendum").set_value("")
    field(review, "Add it").click().run()
    assert "The addendum is missing." in words(review)
    field(review, "Addendum").set_value("Called at home: well.")
    field(review, "Add it").click().run()
    said = words(review)
    assert "Addendum: Called at home: well." in said
    assert "| Signature | **signed by RN Keller; since then 2 entered** |" in said
    exported_says(db)


def re_given(said: str) -> float:
    found = re.search(r"Given until \d\d:\d\d:\d\d: ([\d.]+) mg", said)
    assert found
    return float(found[1])


def exported_says(db: Database) -> None:
    """The CSV carries the timeline, also what was entered after the end."""
    stored = sessions.one(db, 1)
    assert stored
    rows = list(csv.DictReader(io.StringIO(write_csv(db, stored))))
    text = {row["kind"]: row["text"] for row in rows if row["kind"] not in ("reading", "alarm")}
    assert text["session_end"] == "Discharged"
    assert text["waste"] == (
        "STRUCK THROUGH by RN Keller (it was 5 mg): Wasted 10 mg, witness RN Ode"
    )
    assert text["sign"] == "Signed by RN Keller"
    assert text["addendum"] == "Addendum: Called at home: well."
    assert text["check"].startswith("Written instructions given")
    assert text["check"].endswith(": yes")


def test_the_wrong_patient_is_found_out_at_minute_20(
    ticking: Callable[..., Ticking], database: Path, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ticking()
    started(database)
    press(database, "infusion_start", session=1)
    clock.skip(1200)
    test = page(SESSION)
    field(test, "Entered as").set_value("RN Ode")
    part(test, "wrong")
    field(test, "Right patient's reference").set_value("KAP-0200")
    field(test, "Second identifier").set_value("1990")
    field(test, "This is the right patient").click().run()
    assert "Say why: a reason is missing." in words(test)
    field(test, "What happened").set_value("two of that name")
    record = KnownPatient("KAP-0200", "1991", flags=("Latex allergy",))
    monkeypatch.setattr(known, "known_patient", lambda _db, _reference: record)
    field(test, "This is the right patient").click().run()
    assert "The second identifier is not that" in words(test)
    field(test, "Second identifier").set_value("1991")
    field(test, "This is the right patient").click().run()
    said = words(test)
    assert "Open session: KAP-0200" in said
    assert "⚑ Weight and dose were entered for KAP-0147: look at them again" in said
    assert "⚑ Latex allergy" in said
    field(test, "Weight today").set_value(60.0).run()
    assert "0.5 mg/kg × 60 kg = 30 mg; type it to change the dose" in test.caption[0].value
    field(test, "Why (a dose was given)").set_value("the right patient's")
    field(test, "Enter the new plan").click().run()
    assert "enter both anew" in words(test)
    field(test, "Dose (mg)").set_value(35.5).run()
    field(test, "Enter the new plan").click().run()
    said = words(test)
    assert "Plan entered." in said
    assert "⚑ Weight" not in said
    assert last(db)[0] == "plan"


def test_a_visit_that_is_held_says_why(
    ticking: Callable[..., Ticking], database: Path, db: Database
) -> None:
    ticking()
    before = page(SESSION)
    arrive(before, patient="KAP-0200")
    started(database)
    before.run()
    said = words(before)
    assert "Meanwhile RN Keller started a session on this chair, for KAP-0147." in said
    assert "scrollTo" in said, "the page is another one than that which was scrolled"
    assert "Meanwhile" not in words(before.run())
    occupied = answered(
        database, write(database, "session_start", patient="P", second_identifier="1")
    )
    assert occupied.text == "This chair already has an open session, started by RN Keller."
    test = page(SESSION)
    field(test, "Entered as").set_value("RN Ode")
    part(test, "end")
    field(test, "How does the visit end?").set_value("held").run()
    field(test, "End the session").click().run()
    assert "Say why: a reason is missing." in words(test)
    field(test, "Why it ends so").set_value("160/100 at rest")
    field(test, "End the session").click().run()
    assert "Session ended." in words(test)
    assert "ended meanwhile" not in words(test)
    before.run()
    assert "The session on this chair was ended meanwhile, on another screen." in words(before)
    assert "Next patient on this chair" in [button.label for button in before.button]
    assert last(db) == ("session_end", {"session": 1, "how": "held", "reason": "160/100 at rest"})
    review = page(REVIEW, session="1")
    assert "| Ended | **Held before the dose** |" in words(review)
    assert "no dose was entered as given" in words(review)
    assert "held before the dose" in field(review, "Session").options[0]


def test_once_a_dose_was_given_the_visit_cannot_be_held_before_it(
    ticking: Callable[..., Ticking], database: Path
) -> None:
    """The page was loaded before the dose."""
    ticking()
    started(database)
    test = page(SESSION)
    part(test, "end")
    assert "Held before the dose" in field(test, "How does the visit end?").options
    press(database, "infusion_start", session=1)
    test.run()
    part(test, "end")
    assert "Held before the dose" not in field(test, "How does the visit end?").options
    assert "ending the session ends it too" in words(test)


def test_a_visit_left_open_overnight_asks(stored: Stored) -> None:
    night_ms = 14 * 3_600_000 + 20 * 60_000
    stored.session(started_ms=stored.t_ms - night_ms, from_ms=stored.t_ms - night_ms)
    said = words(page(SESSION))
    assert "Is this visit over?" in said
    assert "It began 14 h 20 min ago" in said
    assert "How does the visit end?" not in said
    stored.session(ended_ms=stored.t_ms)
    stored.session(id=2)
    assert "Is this visit over?" not in words(page(SESSION))


def test_files_that_cannot_be_read_are_said_and_a_visit_can_begin(
    stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("order = [")
    monkeypatch.setattr(places.steps, "__defaults__", (broken,))
    monkeypatch.setattr(places.scales, "__defaults__", (tmp_path,))
    monkeypatch.setattr(places.regimens, "__defaults__", (tmp_path / "none", places.LIMITS))
    test = page(SESSION)
    assert "are not valid TOML" in words(test)
    assert "cannot be read" in words(test)
    field(test, "Entered as").set_value("RN Keller")
    field(test, "Patient reference").set_value("KAP-0147")
    field(test, "Second identifier").set_value("1979")
    field(test, "Alarm limits seen").check().run()
    field(test, START).click().run()
    kind, data = last(stored.db)
    assert kind == "session_start"
    assert (data["steps"], data["scales"]) == (None, None)
    assert data["flags"] == [
        "No pre-flight and discharge questions: the clinic's file cannot be read"
    ]


@pytest.fixture
def stored(db: Database) -> Stored:
    found = Stored(db)
    found.values()
    return found
