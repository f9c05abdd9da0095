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

MAX_NOTE = 500  # letters
WORDS = {"yes": "Yes", "no": "No", "unknown": "Not known"}


def consultation_form(at: Place, who: str, patient: Patient, forms: Forms, zone: ZoneInfo) -> None:
    """Every point with its answer so far, and fields for another one. Each tap is saved at once.

    A point's fields are empty until somebody answers it here, and again where what they say is not
    what is stored: it was not saved, or another person has answered meanwhile.
    """
    form = f"consultation-{patient.reference}"
    with st.container(key="said"):
        if taps := st.session_state.pop(f"taps-{form}", {}):
            enter(
                at, form, patient.reference, "consultation", who, {"answers": taps}, forms, ""
            )  # fmt: skip
        if not who:
            st.warning("Say above, first, in whose name the answers are entered.")
    st.caption(
        "Each answer is saved as it is tapped, and a note when its field is left; the rest may"
        " follow later. ⚑ is shown to monitoring staff where it is yes or not known."
    )
    for group, points in groupby(forms.points, lambda point: point.group):
        st.subheader(group)
        for point in points:
            _point(form, point, patient.points.get(point.id), zone, disabled=not who)


def _point(
    form: str, point: Point, before: PointAnswer | None, zone: ZoneInfo, *, disabled: bool
) -> None:  # fmt: skip
    asked, answer, note = st.columns([4, 4, 3], vertical_alignment="center")
    flag = " ⚑" if point.flag else ""
    so_far = "*not answered*"
    if before is not None:
        so_far = f"**{WORDS[before.answer]}**" + (f", {plain(before.note)}" if before.note else "")
        so_far += f" · {plain(before.by)}, {day(zone, before.t_ms, '%Y-%m-%d')}"
    asked.markdown(f"{plain(point.ask)}{flag}  \n{so_far}")
    key = f"{form}-{point.id}"
    if st.session_state.get(key) not in (None, before.answer if before else None):
        st.session_state[key] = None
    answer.radio(
        point.ask,
        ANSWERS,
        index=None,
        format_func=lambda x: WORDS[x],
        horizontal=True,
        label_visibility="collapsed",
        key=key,
        disabled=disabled,
        on_change=_tapped,
        args=(form, point.id),
    )
    note.text_input(
        f"Note: {point.ask}",
        placeholder="Note",
        max_chars=MAX_NOTE,
        label_visibility="collapsed",
        key=f"{key}-note",
        disabled=disabled,
        on_change=_tapped,
        args=(form, point.id, before.answer if before else None),
    )


def _tapped(form: str, point: str, before: str | None = None) -> None:
    """A tap takes effect in the next run; a note alone is one on the answer that stands.

    A note without an answer stays in its field, and goes with the answer.
    """
    answer = st.session_state.get(f"{form}-{point}") or before
    if answer is not None:
        note = st.session_state.get(f"{form}-{point}-note") or ""
        taps = st.session_state.setdefault(f"taps-{form}", {})
        taps[point] = {"answer": answer, "note": note}


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
