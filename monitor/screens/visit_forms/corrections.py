"""What was entered wrongly: another patient, a line to strike through, a word after the end."""

import streamlit as st

from monitor.screens.context import reading, sorry
from monitor.screens.frame import plain
from monitor.screens.visit_forms import known
from monitor.screens.visit_forms.page import VisitPage, is_other
from monitor.session.entries import MAX_NAME, MAX_REASON, MAX_TEXT
from monitor.session.state import Said
from monitor.session.strike import strikable
from monitor.store.database import StoreError


def wrong_patient(page: VisitPage) -> None:
    """Say whose visit it really is. Nothing that was entered is taken away."""
    session = page.visit.session
    st.subheader("Wrong patient")
    st.write(
        f"This visit is entered for **{plain(session.patient)}**. If another patient is on the"
        " chair, say who. Weight and dose must then be entered anew; all that was recorded stays,"
        " and says whose it was taken for."
    )
    with st.form(page.key("reassign", "form")):
        left, right = st.columns(2)
        patient = left.text_input(
            "Right patient's reference", max_chars=MAX_NAME, key=page.key("reassign", "patient")
        )
        second = right.text_input(
            "Second identifier, as this patient says it",
            max_chars=MAX_NAME,
            key=page.key("reassign", "second"),
        )
        reason = st.text_input(
            "What happened", max_chars=MAX_REASON, key=page.key("reassign", "reason")
        )
        if st.form_submit_button("This is the right patient"):
            try:
                with reading(page.at) as db:
                    record = known.known_patient(db, patient.strip())
            except StoreError as error:
                sorry(str(error))
            if is_other(record, second):
                return
            page.enter(
                "reassign",
                "reassign",
                patient=record.reference if record else patient.strip(),
                second_identifier=second.strip(),
                reason=reason,
                flags=list(record.flags if record else ()),
            )


def strike_form(page: VisitPage) -> None:
    """Strike an entry through. It stays to be read, with who struck it, when and why."""
    visit = page.visit
    may = strikable(visit)
    lines = [x for x in visit.said if x.entry in may]
    if not lines:
        return
    st.subheader("Strike an entry through")
    st.write(
        "Of doses, the infusion's entries and steps, the newest is struck through first. The visit"
        " is then as if it had not been entered; a pump runs on as it runs."
    )
    by_number: dict[int, Said] = {x.entry: x for x in reversed(lines)}  # the newest on top
    with st.form(page.key("strike", "form")):
        entry = st.selectbox(
            "Entry",
            list(by_number),
            index=None,
            placeholder="Choose the line",
            format_func=lambda n: f"{page.clock(by_number[n].t_ms)} · {by_number[n].text}",
            key=page.key("strike", "entry"),
        )
        reason = st.text_input("Why", max_chars=MAX_REASON, key=page.key("strike", "reason"))
        if st.form_submit_button("Strike it through"):
            if entry is None:
                st.error("Choose the line that is wrong.")
            else:
                page.enter("strike", "strike", entry=entry, reason=reason)


def signing(page: VisitPage) -> None:
    """Sign a visit that is over, once. What is signed can be added to, never changed."""
    session = page.visit.session
    if session.signed_ms is not None:
        st.success(f"Signed by {plain(session.signed_by or '')}, {page.clock(session.signed_ms)}.")
    elif session.ended_ms is None:
        st.info("A visit is signed when it is over.")
    else:
        # What is signed is what was read, when the button was shown: the recorder refuses it where
        # somebody entered or struck something since then.
        key = f"shown-sign-{session.id}"
        seen = st.session_state.get(key, 0)
        st.session_state[key] = page.visit.newest
        if st.button(f"Sign as {page.who or '…'}", type="primary", key=page.key("sign", "sign")):
            page.enter("sign", "sign", seen=seen)


def addendum_form(page: VisitPage) -> None:
    """Add to a visit that is over."""
    if page.visit.session.ended_ms is None:
        return
    with st.form(page.key("addendum", "form")):
        text = st.text_area("Addendum", max_chars=MAX_TEXT, key=page.key("addendum", "text"))
        if st.form_submit_button("Add it"):
            page.enter("addendum", "addendum", text=text)
