"""The parts of a patient's page beside its forms: who, flags, weights, notes, course, sessions."""

from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from devices.numeric import Generation
from monitor.command.places import Place
from monitor.review.course import Total, course_figure
from monitor.screens.frame import plain
from monitor.screens.saving import day, enter, said, turn
from monitor.session.patient import Patient, PatientEntry
from monitor.session.records import DECISIONS, STRIKABLE, Forms
from monitor.session.scales import Scale, band_of
from monitor.session.steps import ENDS
from monitor.store.sessions import StoredSession

SessionScores = list[tuple[int, int, dict[str, object]]]


def weight_form(at: Place, who: str, patient: Patient, forms: Forms, zone: ZoneInfo) -> None:
    """The last weight, and a field for another one."""
    st.subheader("Weight")
    form = f"weight-{patient.reference}"
    if patient.weights:
        last = patient.weights[-1]
        st.write(f"**{last.kg:g} kg** · {plain(last.by)}, {day(zone, last.t_ms)}")
    else:
        st.write("No weight entered.")
    said(form)
    key = turn(form)
    message = st.container()
    with st.form(key):
        kg = st.number_input(
            "Weight (kg)", value=None, step=0.5, key=f"{key}-kg"
        )  # without bounds: a field that refuses 700 would send the 70 that stood in it before
        if st.form_submit_button("Save the weight", key=f"{key}-save"):
            with message:
                enter(at, form, patient.reference, "weight", who, {"kg": kg}, forms)


def note_form(at: Place, who: str, patient: Patient, forms: Forms, zone: ZoneInfo) -> None:
    """The notes that matter to monitoring, and a field for another one."""
    st.subheader("Notes for monitoring")
    form = f"note-{patient.reference}"
    for note in patient.notes:
        st.markdown(f"{plain(note.text)}  \n*{plain(note.by)}, {day(zone, note.t_ms)}*")
    if not patient.notes:
        st.write("None.")
    said(form)
    key = turn(form)
    message = st.container()
    with st.form(key):
        text = st.text_input(
            "Note",
            placeholder="such as: no cuff on the left arm",
            max_chars=2000,
            key=f"{key}-text",
        )
        if st.form_submit_button("Save the note", key=f"{key}-save"):
            with message:
                enter(at, form, patient.reference, "note", who, {"text": text}, forms)


def identity_form(at: Place, who: str, patient: Patient, forms: Forms) -> None:
    """Who the patient is, said anew with the reason; what was said before stays in the record."""
    form = f"identity-{patient.reference}"
    key = turn(form)
    said(form)
    message = st.container()
    with st.form(key):
        second = st.text_input(
            "Second identifier", patient.second_identifier, max_chars=80, key=f"{key}-second"
        )
        name = st.text_input("Name", patient.name, max_chars=80, key=f"{key}-name")
        year = st.number_input("Year of birth", value=patient.birth_year, step=1, key=f"{key}-year")
        reason = st.text_input("Reason for the change", key=f"{key}-reason")
        if st.form_submit_button("Save who this is", key=f"{key}-save"):
            with message:
                data: dict[str, object] = {
                    "second_identifier": second,
                    "name": name,
                    "birth_year": year,
                    "reason": reason,
                }
                enter(at, form, patient.reference, "identity", who, data, forms)


def history(
    at: Place,
    who: str,
    patient: Patient,
    entries: list[PatientEntry],
    forms: Forms,
    zone: ZoneInfo,
) -> None:
    """All that was ever entered, newest first, and how to strike an entry through."""
    lines = []
    for entry in reversed(entries):
        words = plain(what_of(entry, entries, zone))
        struck = patient.struck.get(entry.id)
        if struck:
            words = f"~~{words}~~ struck through by {plain(struck.by)}: {plain(struck.reason)}"
        lines.append(f"| {day(zone, entry.t_ms)} | {words} | {plain(entry.actor)} |")
    st.markdown("\n".join(["| time | entry | entered as |", "|---|---|---|", *lines]))
    left = [x for x in entries if x.kind in STRIKABLE and x.id not in patient.struck]
    form = f"correction-{patient.reference}"
    said(form)
    if not left:
        return
    st.markdown("**Strike an entry through** It stays readable, and counts for nothing any more.")
    key = turn(form)
    message = st.container()
    with st.form(key):
        by_number = {x.id: x for x in reversed(left)}
        number = st.selectbox(
            "Entry",
            list(by_number),
            index=None,
            placeholder="Choose the entry that was wrong",
            format_func=lambda x: (
                f"{day(zone, by_number[x].t_ms)} · {what_of(by_number[x], entries, zone)}"
            ),
            key=f"{key}-entry",
        )
        reason = st.text_input("Why", key=f"{key}-reason")
        if st.form_submit_button("Strike it through", key=f"{key}-save"):
            with message:
                data: dict[str, object] = {"entry": number, "reason": reason}
                text = "Struck through."
                enter(at, form, patient.reference, "correction", who, data, forms, text)


def what_of(entry: PatientEntry, entries: list[PatientEntry], zone: ZoneInfo) -> str:
    """An entry in one line; of a score also the day on which it was answered."""
    data = entry.data
    match entry.kind:
        case "created":
            return f"record begun, second identifier {data['second_identifier']}"
        case "identity":
            parts = [data["second_identifier"], data.get("name"), data.get("birth_year")]
            said_ = ", ".join(str(part) for part in parts if part)
            return f"who this is: {said_} ({data['reason']})"
        case "weight":
            return f"weight {data['kg']:g} kg"
        case "note":
            return f"note: {data['text']}"
        case "consultation":
            answers = data["answers"].values()
            if len(answers) > 3:
                return f"consultation: {len(answers)} answers"
            return "consultation: " + " ".join(f"{x['ask']} {x['answer']}" for x in answers)
        case "suitability":
            why = f" ({data['reason']})" if data.get("reason") else ""
            if left := data.get("unanswered"):
                why += f", {len(left)} points not answered"
            return f"decision: {DECISIONS[data['decision']]}, by {data['by']}{why}"
        case "score":
            return f"{data['words']}, answered {day(zone, data['at_ms'], '%Y-%m-%d')}"
        case "correction":
            of = next((x for x in entries if x.id == data["entry"]), None)
            return f"struck through: {what_of(of, entries, zone) if of else data['entry']}"
    return entry.kind


def totals_of(
    patient: Patient,
    in_sessions: SessionScores,
    stored: list[StoredSession],
    scales: dict[str, Scale],
) -> list[tuple[Total, str]]:
    """Every total in the order of answering, each with where it was entered."""
    found = [
        (Total(x.scale, x.at_ms, x.total, x.flagged, x.words), x.by) for x in patient.scores
    ]  # fmt: skip
    counts = {x.session.id: count for count, x in enumerate(stored, 1)}
    for session, at_ms, data in in_sessions:
        scale, total = scales.get(str(data.get("scale"))), data.get("total")
        if scale is None or not isinstance(total, int):
            continue
        band = band_of(scale, total)
        words = f"{scale.name} {total}" + (f", {band}" if band else "")
        flagged = bool(data.get("flagged") or data.get("flag"))
        found.append(
            (Total(scale.id, at_ms, total, flagged, words), f"session {counts.get(session, 0)}")
        )
    return sorted(found, key=lambda x: x[0].at_ms)


def course(
    totals: list[tuple[Total, str]],
    stored: list[StoredSession],
    scales: dict[str, Scale],
    zone: ZoneInfo,
) -> None:
    """The chart over weeks with the sessions marked, and every total in a table."""
    if not totals:
        st.info("No score is entered yet.")
        return
    followed = [x for x, _ in totals if x.scale in scales and scales[x.scale].weeks]
    if followed:
        marks = {
            x.session.id: (x.session.started_ms, f"session {count}{_made_up(x)}")
            for count, x in enumerate(stored, 1)
        }
        st.plotly_chart(
            course_figure(scales, followed, marks, zone),
            key="course",
            config={"displaylogo": False, "displayModeBar": False},
            theme=None,
        )
        st.caption("Dashed: a session. Dotted: where a published band begins. ⚑: flagged.")
    else:
        st.info("None of the scores is of a scale that is followed over weeks.")
    rows = [
        {
            "answered": day(zone, x.at_ms, "%Y-%m-%d"),
            "scale": scales[x.scale].name if x.scale in scales else x.scale,
            "total": x.total,
            "in words": x.words,
            "flag": "⚑" if x.flagged else "",
            "by": by,
        }
        for x, by in reversed(totals)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _made_up(stored: StoredSession) -> str:
    """A word beside a session that was simulated or replayed."""
    made_up = Generation(stored.generation)
    return f" ({made_up.word})" if made_up is not Generation.REAL else ""


def session_list(stored: list[StoredSession], zone: ZoneInfo) -> None:
    """The patient's sessions, newest first, each with its review and the therapist's notes."""
    if not stored:
        st.info("No session of this patient was recorded yet.")
    for count, x in reversed(list(enumerate(stored, 1))):
        session = x.session
        what, review, notes = st.columns([4, 2, 3], vertical_alignment="center")
        planned = f"planned {session.dose_mg:g} mg" if session.dose_mg is not None else "no dose"
        ended = ENDS.get(session.how or "", "ended").lower() if session.ended_ms else "open"
        what.markdown(
            f"**Session {count}**{_made_up(x)} · {day(zone, session.started_ms)} · {plain(x.chair)}"
            f" · {plain(session.drug) or 'drug not entered'}, {planned} · {ended}"
        )
        params = {"session": str(session.id)}
        review.page_link(
            "app_pages/review.py",
            label="Review",
            icon=":material/arrow_forward:",
            query_params=params,
        )
        notes.page_link(
            "app_pages/notes.py",
            label="Therapist's notes",
            icon=":material/arrow_forward:",
            query_params=params,
        )
