"""The consultation's points and the decision on suitability. No answer is filled in beforehand."""

from itertools import groupby
from zoneinfo import ZoneInfo

import streamlit as st

from monitor.command.places import Place
from monitor.screens.frame import plain
from monitor.screens.saving import day, enter, said, turn
from monitor.session.entries import MAX_NAME
from monitor.session.patient import Patient, PointAnswer
from monitor.session.records import ANSWERS, DECISIONS, Forms, Point

WORDS = {"yes": "Yes", "no": "No", "unknown": "Not known"}


def consultation_form(at: Place, who: str, patient: Patient, forms: Forms, zone: ZoneInfo) -> None:
    """Every point with its answer so far, and fields for another one; only what is new is saved."""
    form = f"consultation-{patient.reference}"
    key = turn(form)
    st.caption(
        "What is left open below stays as it is. Nothing is kept before “Save the answers” is"
        " pressed; some answers may be saved now, and the others later."
        " ⚑ is shown to monitoring staff where it is yes or not known."
    )
    answers: dict[str, dict[str, object]] = {}
    with st.form(key, border=False):
        for group, points in groupby(forms.points, lambda point: point.group):
            st.subheader(group)
            for point in points:
                given = _point(point, patient.points.get(point.id), key, zone)
                if given["answer"] is not None or given["note"]:
                    answers[point.id] = given
        said(form)
        message = st.container()
        if st.form_submit_button("Save the answers", type="primary", key=f"{key}-save"):
            with message:
                data: dict[str, object] = {"answers": answers}
                text = f"{len(answers)} answers saved." if len(answers) > 1 else "1 answer saved."
                enter(at, form, patient.reference, "consultation", who, data, forms, text)


def _point(
    point: Point, before: PointAnswer | None, key: str, zone: ZoneInfo
) -> dict[str, object]:  # fmt: skip
    asked, answer, note = st.columns([4, 4, 3], vertical_alignment="center")
    flag = " ⚑" if point.flag else ""
    so_far = "*not answered*"
    if before is not None:
        so_far = f"**{WORDS[before.answer]}**" + (f", {plain(before.note)}" if before.note else "")
        so_far += f" · {plain(before.by)}, {day(zone, before.t_ms, '%Y-%m-%d')}"
    asked.markdown(f"{plain(point.ask)}{flag}  \n{so_far}")
    chosen = answer.radio(
        point.ask,
        ANSWERS,
        index=None,
        format_func=lambda x: WORDS[x],
        horizontal=True,
        label_visibility="collapsed",
        key=f"{key}-{point.id}",
    )
    text = note.text_input(
        f"Note: {point.ask}",
        placeholder="Note",
        label_visibility="collapsed",
        key=f"{key}-{point.id}-note",
    )
    return {"answer": chosen, "note": text}


def decision_words(patient: Patient, zone: ZoneInfo) -> str:
    """The last decision in a sentence, with who and when."""
    last = patient.decision
    if last is None:
        return "No decision on suitability yet."
    words = f"**{DECISIONS[last.decision].capitalize()}**, decided by {plain(last.by)}"
    words += f" · entered by {plain(last.entered_by)}, {day(zone, last.t_ms)}"
    if last.reason:
        words += f" · {plain(last.reason)}"
    return words


def suitability_form(at: Place, who: str, patient: Patient, forms: Forms) -> None:
    """The decision of a named person."""
    form = f"suitability-{patient.reference}"
    key = turn(form)
    said(form)
    message = st.container()
    with st.form(key):
        decision = st.radio(
            "Decision",
            list(DECISIONS),
            index=None,
            format_func=lambda x: DECISIONS[x].capitalize(),
            horizontal=True,
            key=f"{key}-decision",
        )
        left, right = st.columns([1, 2])
        by = left.text_input("Decided by", max_chars=MAX_NAME, key=f"{key}-by")
        reason = right.text_input(
            "Reason", key=f"{key}-reason", placeholder="needed over open points or a flag"
        )
        if st.form_submit_button("Save the decision", type="primary", key=f"{key}-save"):
            with message:
                data: dict[str, object] = {"decision": decision, "by": by, "reason": reason}
                enter(
                    at, form, patient.reference, "suitability", who, data, forms, "Decision saved."
                )
