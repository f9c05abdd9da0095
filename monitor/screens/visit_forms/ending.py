"""The end of a visit: what is asked before the patient goes, and how it ends."""

import streamlit as st

from monitor.screens.frame import plain
from monitor.screens.visit_forms.page import VisitPage
from monitor.screens.visit_forms.questions import questions
from monitor.session import items
from monitor.session.due import due
from monitor.session.entries import MAX_NAME, MAX_REASON, MAX_TEXT
from monitor.session.items import Answered
from monitor.session.steps import ENDS

# The scales that an item may ask for, with their least and most points, until a page of their own
# asks item by item. Modified Aldrete: five items of 0 to 2 (Aldrete 1995).
SCALES = {"aldrete": ("Modified Aldrete score", 0.0, 10.0)}
ANY = (0.0, 200.0)


def ending(page: VisitPage) -> None:
    """The discharge check, and the end. How a visit ends is chosen by a person, never filled in."""
    visit, session = page.visit, page.visit.session
    answered = items.discharge(visit, page.latest, page.now_ms)
    waiting = sum(x.stops for x in answered)
    if answered:
        st.subheader(
            f"Discharge: {waiting} of {len(answered)} open"
            if waiting
            else "Discharge: nothing is open"
        )
        st.caption(
            f"Values as of {page.clock(page.now_ms)}; each tap draws the page anew, and the"
            " recorder looks again when the visit is ended."
        )
        questions(page, answered)
        for x in answered:
            if x.item.auto == "score":
                _score(page, x)
    st.subheader("End")
    if session.dosing and visit.infuses:
        st.info(
            "The infusion is entered as running. Stop it before a discharge; otherwise ending the"
            " session ends it too."
        )
    ends = {x: said for x, said in ENDS.items() if x != "held" or not session.infusion_started_ms}
    how = st.segmented_control(
        "How does the visit end?",
        list(ends),
        format_func=ends.__getitem__,
        required=True,  # what was chosen is changed, not taken away, by another tap
        key=f"how-{session.id}",
    )
    if how is None:
        st.caption("Choose how it ends. Only a discharge asks that nothing above is open.")
        return
    with st.form(page.key("end", "form")):
        left, right = st.columns(2)
        reason = escort = ""
        if how == "discharged":
            escort = left.text_input("Escort's name", max_chars=MAX_NAME, key=page.key("end", "by"))
        else:
            reason = left.text_input(
                "Why it ends so", max_chars=MAX_REASON, key=page.key("end", "reason")
            )
        instructions = right.text_input(
            "Instructions given", max_chars=MAX_TEXT, key=page.key("end", "instructions")
        )
        if st.form_submit_button(f"End the session: {ends[how].lower()}", type="primary"):
            given = {"reason": reason, "escort": escort, "instructions": instructions}
            told = {name: text for name, text in given.items() if text.strip()}
            page.enter("end", "session_end", how=how, **told)


def _score(page: VisitPage, x: Answered) -> None:
    """A scale's total as one number, within the scale's range."""
    scale = (x.item.rule or {})["scale"]
    name, low, high = SCALES.get(scale, (scale, *ANY))
    with st.form(page.key(f"score-{scale}", "form")):
        total = st.number_input(
            f"{name}, {low:g} to {high:g}",
            value=None,
            step=1.0,
            format="%g",
            key=page.key(f"score-{scale}", "total"),
        )
        if st.form_submit_button("Enter the score"):
            if total is None or not low <= total <= high:
                st.error(f"The score must be between {low:g} and {high:g} points.")
            else:
                page.enter(f"score-{scale}", "score", scale=scale, name=name, total=total)


def overdue(page: VisitPage) -> bool:
    """Ask plainly whether a visit that was left open is over; True where it was asked."""
    visit, now_ms = page.visit, page.now_ms
    asks = [x for x in due(visit, {}, None, now_ms) if x.kind == "open" and x.at_ms <= now_ms]
    if not asks:
        return False
    began, last = (now_ms - t for t in (visit.session.started_ms, visit.seen_ms))
    st.warning(
        f"**Is this visit over?** It began {age(began)} ago, and the last entry is {age(last)} old."
        f" It is still open for {plain(visit.session.patient)}, and what the monitor sends is"
        " recorded as this patient's. If it is over, end it below and say when the patient left. If"
        " it goes on, enter its step on the live screen."
    )
    return True


def age(ms: int) -> str:
    """How long something lasted, for the eye: ``14 h 20 min``."""
    hours, minutes = divmod(max(0, ms) // 60_000, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
