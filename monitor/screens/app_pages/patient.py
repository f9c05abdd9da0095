"""One patient's record: who, flags, consultation and decision, scales, course, sessions."""

from typing import Any

import streamlit as st

from devices.numeric import Generation
from monitor.screens import frame, patient_record
from monitor.screens.consultation_form import (
    consultation_form,
    decision_words,
    suitability_form,
)
from monitor.screens.context import entered_as, here, reading, sorry
from monitor.screens.frame import plain
from monitor.screens.routes import recorder_now_ms
from monitor.screens.saving import day, forms, zone_of
from monitor.screens.scale_form import scale_form
from monitor.session.patient import Patient, PatientEntry, patient_of, reference_of
from monitor.session.records import unanswered
from monitor.store import patients, sessions
from monitor.store.database import StoreError
from monitor.store.sessions import StoredSession

at = here()
reference = reference_of(st.query_params.get("ref", ""))
entries: list[PatientEntry] = []
stored: list[StoredSession] = []
in_sessions: list[tuple[int, int, dict[str, Any]]] = []
now_ms = 0
try:
    with reading(at) as db:
        entries = patients.entries(db, reference)
        stored = sessions.of_patient(db, reference)
        in_sessions = patients.session_scores(db, reference)
        now_ms = recorder_now_ms(db)
except StoreError as error:
    sorry(str(error))
zone, held = zone_of(at), forms()
found: Patient | None = patient_of(entries)
banner = Generation.SIMULATED if at.mode == "demo" else Generation.REAL

if found is None:
    frame.begin("Patient")
    frame.banner(banner)
    st.warning(
        f"There is no record of {plain(reference)}."
        if reference
        else "The address names no patient."
    )
    st.page_link(
        "app_pages/patients.py", label="To the patients", query_params={"ref": reference}
    )  # fmt: skip
    if stored:
        patient_record.session_list(stored, zone)
    frame.end()
    st.stop()
assert found is not None
patient = found

frame.begin(
    f"{patient.reference} · {patient.name}" if patient.name else patient.reference,
    back=("app_pages/patients.py", "To the patients"),
)
frame.banner(banner)
who_is = [f"second identifier **{plain(patient.second_identifier)}**"]
if patient.birth_year:
    who_is.append(f"born {patient.birth_year}")
if patient.weights:
    last = patient.weights[-1]
    who_is.append(f"{last.kg:g} kg on {day(zone, last.t_ms, '%Y-%m-%d')}")
who_is.append(f"{len(stored)} session{'' if len(stored) == 1 else 's'}")
points, missing = len(held.points), len(unanswered(patient, held.points))
answered = f"consultation: {missing} of {points} points are not answered"
if not missing:
    answered = f"consultation: all {points} points are answered"
left, right = st.columns([2, 1], vertical_alignment="bottom")
left.markdown("  \n".join([" · ".join(who_is), decision_words(patient, zone), answered]))
with right:
    who = entered_as(at, 0, None)

# In a place of their own: a flag that an answer brought would else draw the tabs anew, and the
# page would jump from the consultation to the first of them.
flags = st.container()
if patient.flags:
    flags.warning("⚑ " + plain(" · ".join(patient.flags)))
totals = patient_record.totals_of(patient, in_sessions, stored, dict(held.scales))
latest = {total.scale: total for total, _ in totals}  # by when it was answered
for score in latest.values():
    if score.flagged:
        flags.warning(f"⚑ {plain(score.words)} · answered {day(zone, score.at_ms, '%Y-%m-%d')}")
if patient.changed_since_decision:
    flags.info("Answers of the consultation changed after this decision.")

record, consultation, scales, weeks, visits = st.tabs(
    ["Record", "Consultation", "Scales", "Course", "Sessions"]
)
with record:
    first, second = st.columns(2, gap="large")
    with first:
        patient_record.weight_form(at, who, patient, held, zone)
    with second:
        patient_record.note_form(at, who, patient, held, zone)
    with st.expander("Change who this is"):
        patient_record.identity_form(at, who, patient, held)
    st.subheader("All entries")
    patient_record.history(at, who, patient, entries, held, zone)
with consultation:
    consultation_form(at, who, patient, held, zone)
    st.subheader("Suitability")
    st.markdown(decision_words(patient, zone))
    suitability_form(at, who, patient, held)
with scales:
    scale_form(at, who, patient, held, zone, now_ms)
with weeks:
    patient_record.course(totals, stored, dict(held.scales), zone)
with visits:
    patient_record.session_list(stored, zone)

frame.end()
