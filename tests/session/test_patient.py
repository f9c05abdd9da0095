"""The patient's record: what may be entered, what it folds to, and that nothing is edited."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.session.patient import Patient, PatientEntry, PatientError, patient_of, reference_of
from monitor.session.records import decide, read_forms, read_points, unanswered

PRESETS = Path(__file__).parents[2] / "data" / "presets"
FORMS = read_forms(PRESETS)
NOW_MS = 1_790_000_000_000
WHO = {"reference": "KAP-0147", "second_identifier": "1979", "name": "A. Muster"}
PHQ9 = {f"item_{n}": 1 for n in range(1, 10)}


@dataclass
class Record:
    """A record that grows as the store lets it grow."""

    held: list[PatientEntry] = field(default_factory=list)

    def enter(self, kind: str, actor: str = "RN Keller", **data: Any) -> PatientEntry:
        number = len(self.held) + 1
        kinds = {entry.id: entry.kind for entry in self.held}
        t_ms = NOW_MS + number * 1000
        stored = decide(kind, actor, data, t_ms, patient_of(self.held), FORMS, kinds)
        entry = PatientEntry(number, f"p{number}", t_ms, "KAP-0147", kind, actor, stored)
        self.held.append(entry)
        return entry

    @property
    def patient(self) -> Patient:
        found = patient_of(self.held)
        assert found
        return found


@pytest.fixture
def record() -> Record:
    begun = Record()
    begun.enter("created", **WHO)
    return begun


def all_answers(answer: str = "no", **others: str) -> dict[str, dict[str, str]]:
    return {p.id: {"answer": others.get(p.id, answer), "note": ""} for p in FORMS.points}


def test_nothing_is_entered_before_the_record_is_begun() -> None:
    assert patient_of([]) is None
    for kind in ("weight", "note", "consultation", "suitability", "score", "correction"):
        with pytest.raises(PatientError, match="no record of this patient"):
            Record().enter(kind)


def test_a_record_is_begun_once_and_with_both_identifiers(record: Record) -> None:
    with pytest.raises(PatientError, match="a record of KAP-0147 already"):
        record.enter("created", **WHO)
    for missing in ("reference", "second_identifier"):
        with pytest.raises(PatientError, match="is missing"):
            Record().enter("created", **{**WHO, missing: "  "})
    with pytest.raises(PatientError, match="in whose name"):
        record.enter("weight", actor=" ", kg=70)
    for year in (1899, 2050, "1979", True):
        with pytest.raises(PatientError, match="year of birth"):
            Record().enter("created", **WHO, birth_year=year)
    assert record.patient.birth_year is None


def test_references_that_look_the_same_are_the_same() -> None:
    assert reference_of(" Kap  0147 ") == "Kap 0147"
    assert reference_of("Zu\u0308rich") == reference_of("Zürich")


@pytest.mark.parametrize("kg", [24, 301, 0, None, "70", True, float("nan")])
def test_a_weight_that_no_adult_has_is_refused(record: Record, kg: object) -> None:
    with pytest.raises(PatientError, match="between 25 and 300 kg"):
        record.enter("weight", kg=kg)
    assert record.patient.weights == ()


def test_what_was_struck_counts_no_more_and_stays_with_the_reason(record: Record) -> None:
    record.enter("weight", kg=70)
    wrong = record.enter("weight", kg=170)
    record.enter("correction", "RN Ode", entry=wrong.id, reason="slipped finger")
    patient = record.patient
    assert [weight.kg for weight in patient.weights] == [70]
    assert (patient.struck[wrong.id].by, patient.struck[wrong.id].reason) == (
        "RN Ode", "slipped finger",
    )  # fmt: skip
    assert len(record.held) == 4
    with pytest.raises(PatientError, match="already"):
        record.enter("correction", entry=wrong.id, reason="again")
    with pytest.raises(PatientError, match="reason for the correction is missing"):
        record.enter("correction", entry=2, reason=" ")
    for entry in (1, 4, 99, "2", None):  # the record's beginning, a correction, none
        with pytest.raises(PatientError, match="no such entry"):
            record.enter("correction", entry=entry, reason="x")


def test_who_the_patient_is_is_said_anew_with_a_reason(record: Record) -> None:
    with pytest.raises(PatientError, match="reason for the change"):
        record.enter("identity", second_identifier="1978")
    changed = record.enter("identity", second_identifier="1978", birth_year=1978, reason="typo")
    assert (record.patient.second_identifier, record.patient.birth_year) == ("1978", 1978)
    record.enter("correction", entry=changed.id, reason="it was right")
    assert (record.patient.second_identifier, record.patient.name) == ("1979", "A. Muster")


def test_no_point_is_answered_before_a_person_answers_it(record: Record) -> None:
    assert record.patient.points == {}
    assert unanswered(record.patient, FORMS.points) == FORMS.points
    nothing: object
    for nothing in ({}, None):
        with pytest.raises(PatientError, match="Nothing was answered"):
            record.enter("consultation", answers=nothing)
    with pytest.raises(PatientError, match="Answer yes, no or not known"):
        record.enter("consultation", answers={"pregnancy": {"answer": None, "note": "asked"}})
    with pytest.raises(PatientError, match="no point 'colour'"):
        record.enter("consultation", answers={"colour": {"answer": "yes"}})
    record.enter("consultation", answers={"pregnancy": {"answer": "no"}})
    left = unanswered(record.patient, FORMS.points)
    assert len(left) == len(FORMS.points) - 1
    assert "pregnancy" not in {point.id for point in left}


def test_flags_are_what_was_answered_yes_and_then_what_is_not_known(record: Record) -> None:
    answers = all_answers(pregnancy="unknown", cystitis="yes", consent="yes", history="unknown")
    answers["cystitis"]["note"] = "2024"
    record.enter("consultation", answers=answers)
    assert list(record.patient.flags) == ["Cystitis (2024)", "not known: Pregnancy"]
    record.enter("consultation", answers={"pregnancy": {"answer": "no"}})
    assert list(record.patient.flags) == ["Cystitis (2024)"]
    record.enter("correction", entry=2, reason="of another patient")
    assert list(record.patient.flags) == []
    assert set(record.patient.points) == {"pregnancy"}


def test_a_decision_names_who_decided_and_is_never_made_by_itself(record: Record) -> None:
    record.enter("consultation", answers=all_answers())
    assert record.patient.decision is None
    for data in ({}, {"decision": "maybe", "by": "Dr A"}):
        with pytest.raises(PatientError, match="what was decided"):
            record.enter("suitability", **data)
    with pytest.raises(PatientError, match="name of who decided is missing"):
        record.enter("suitability", decision="suitable", by="")
    entry = record.enter("suitability", decision="suitable", by="Dr Amsler")
    decision = record.patient.decision
    assert decision
    assert (decision.decision, decision.by, decision.entered_by, decision.t_ms) == (
        "suitable", "Dr Amsler", "RN Keller", entry.t_ms,
    )  # fmt: skip
    assert not record.patient.changed_since_decision
    record.enter("consultation", answers={"maoi": {"answer": "yes"}})
    assert record.patient.changed_since_decision
    record.enter("suitability", decision="not_suitable", by="Dr Amsler")
    record.enter("correction", entry=entry.id + 2, reason="not said")
    assert record.patient.decision == decision


def test_a_decision_over_open_points_or_flags_needs_a_reason(record: Record) -> None:
    record.enter("consultation", answers={"pregnancy": {"answer": "no"}})
    for decision in ("suitable", "discuss", "not_suitable"):
        with pytest.raises(PatientError, match="28 points of the consultation not answered"):
            record.enter("suitability", decision=decision, by="Dr Amsler")
    record.enter("suitability", decision="discuss", by="Dr Amsler", reason="awaits the letter")
    found = record.patient.decision
    assert found
    assert len(found.unanswered) == 28
    assert "Pregnancy?" not in found.unanswered
    record.enter("consultation", answers=all_answers(hepatic="yes"))
    with pytest.raises(PatientError, match=r"is flagged \(Severe hepatic disease\): say why"):
        record.enter("suitability", decision="suitable", by="Dr Amsler")
    record.enter("suitability", decision="not_suitable", by="Dr Amsler")


def test_a_score_is_stored_with_its_own_words_and_the_day_it_was_answered(record: Record) -> None:
    day = 86_400_000
    record.enter("score", scale="phq9", items=PHQ9, at_ms=NOW_MS - 7 * day)
    (score,) = record.patient.scores
    assert (score.total, score.flagged, score.at_ms) == (9, True, NOW_MS - 7 * day)
    assert score.words.startswith("PHQ-9 9, mild; item 9")
    record.enter("score", scale="cadss", total=12)
    assert record.patient.scores[1].at_ms == record.patient.scores[1].t_ms
    for at_ms in (NOW_MS + day, NOW_MS - 4000 * day, "today"):
        with pytest.raises(PatientError, match="The day of the answers"):
            record.enter("score", scale="cadss", total=12, at_ms=at_ms)
    with pytest.raises(PatientError, match="no scale 'hamd'"):
        record.enter("score", scale="hamd", total=12)
    with pytest.raises(PatientError, match="not complete"):
        record.enter("score", scale="phq9", items={"item_1": 1})


@given(st.lists(st.floats(25, 300, allow_nan=False), max_size=8), st.data())
def test_the_record_is_the_same_however_often_it_is_folded(
    weights: list[float], data: st.DataObject
) -> None:
    """What stands is all that was entered less what was struck, in the order of entering."""
    record = Record()
    record.enter("created", **WHO)
    numbers = [record.enter("weight", kg=kg).id for kg in weights]
    struck = data.draw(st.sets(st.sampled_from(numbers))) if numbers else set()
    for number in sorted(struck):
        record.enter("correction", entry=number, reason="x")
    stand = [kg for number, kg in zip(numbers, weights, strict=True) if number not in struck]
    assert [weight.kg for weight in record.patient.weights] == stand
    assert patient_of(tuple(record.held)) == record.patient


def test_half_a_letter_and_endless_words_are_refused(record: Record) -> None:
    with pytest.raises(PatientError, match="cannot be stored"):
        record.enter("note", text="\ud83d")
    with pytest.raises(PatientError, match="longer than 2000"):
        record.enter("note", text="x" * 2001)
    with pytest.raises(PatientError, match="no entry of the kind"):
        record.enter("colour")


def test_the_shipped_form_has_every_contraindication_with_its_source() -> None:
    flagged = {point.id for point in FORMS.points if point.flag}
    assert {
        "hypertension", "cardiovascular", "pressure_hazard", "vascular", "haemorrhage",
        "hypersensitivity", "pregnancy", "psychosis", "hepatic", "intracranial_pressure",
        "intraocular_pressure", "substance_use", "sleep_apnoea", "cystitis", "hyperthyroidism",
        "maoi", "stimulants", "benzodiazepines", "lamotrigine",
    } <= flagged  # fmt: skip
    assert {"history", "condition", "alternatives", "readiness", "consent"} & flagged == set()
    assert all(point.source and point.ask.strip() for point in FORMS.points)


def test_a_damaged_form_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "consultation.toml"
    with pytest.raises(PatientError, match="cannot be read"):
        read_points(path)
    for text, sentence in (
        ("not [TOML", "not valid TOML"),
        ("", "has no points"),
        ('[[point]]\nid = "a"\n', "a point that is not one"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PatientError, match=sentence):
            read_points(path)
