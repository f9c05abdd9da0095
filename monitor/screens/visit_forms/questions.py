"""Items that are answered yes, no or not applicable: each tap is an entry at once."""

from collections.abc import Callable, Sequence

import streamlit as st

from monitor.command.places import Place
from monitor.screens.context import show_presses
from monitor.screens.frame import plain
from monitor.screens.visit_forms.page import VisitPage
from monitor.session.entries import MAX_NAME, MAX_REASON
from monitor.session.items import UNANSWERED, Answered, answer_to

WORDS = {"yes": "Yes", "no": "No", "na": "N/A"}
STATES = {
    "yes": "✓ Yes",
    "no": "✗ No",
    "na": "– N/A",
    "open": "○ Open",
    "overridden": "⚑ Overridden",
}


def store_taps(at: Place, chair: int, session: int, who: str) -> None:
    """Store what was tapped since the page was last drawn: several taps may come together."""
    taps: dict[str, str] = st.session_state.pop(_taps(session), {})
    if not taps:
        return
    several = [{"item": x, "answer": answer, "session": session} for x, answer in taps.items()]
    show_presses(at, "check", chair, "check", who, several)


def _taps(session: int) -> str:
    return f"taps-{session}"


def _tapped(session: int, item: str, key: str) -> None:
    """A tap takes effect in the next run. To take an answer away is no answer."""
    answer = st.session_state.get(key)
    if answer is not None:
        st.session_state.setdefault(_taps(session), {})[item] = answer


def questions(
    page: VisitPage, answered: Sequence[Answered], after: Callable[[str], None] = lambda item: None
) -> None:
    """Show each item: how it stands, the question, and beside it what answers or overrides it.

    ``after`` shows what belongs to an item below it; it is told the item's id.
    """
    for x in answered:
        with st.container(key=f"item-{page.visit.session.id}-{x.item.id}"):
            words, answer = st.columns([6, 5], vertical_alignment="center")
            words.markdown(_question(x))
            place = answer.container(horizontal=True, vertical_alignment="center")
            if x.item.auto is not None:
                place.markdown(STATES[x.state], width="content")
            else:
                _answer(page, x, place)
            if x.stops and (x.item.auto is not None or x.state == "no"):
                with place.popover("Override"):
                    _override(page, x)
            after(x.item.id)


def _question(x: Answered) -> str:
    """The item's text, and why it stops or who answered it; the buttons show what is unanswered."""
    by = f"answered by {x.by}" if x.by and x.state in WORDS else x.by
    why = " — ".join(plain(part) for part in (x.why, by) if part and part != UNANSWERED)
    return f"**{plain(x.item.text)}**" + (f"  \n{why}" if why else "")


def _answer(page: VisitPage, x: Answered, place: "st.delta_generator.DeltaGenerator") -> None:
    """The answers as buttons; the stored one is chosen, whichever screen gave it."""
    session = page.visit.session.id
    key = f"check-{session}-{x.item.id}"
    said = answer_to(page.visit, x.item)
    held = said.text if said else None
    if st.session_state.get(key) != held:
        st.session_state[key] = held
    place.segmented_control(
        x.item.text,
        ["yes", "no", "na"] if x.item.na else ["yes", "no"],
        format_func=WORDS.__getitem__,
        key=key,
        label_visibility="collapsed",
        on_change=_tapped,
        args=(session, x.item.id, key),
    )
    if x.state == "overridden":
        place.markdown(STATES[x.state])


def _override(page: VisitPage, x: Answered) -> None:
    form = f"override-{x.item.id}"
    with st.form(page.key(form, "form"), border=False):
        st.markdown(f"**{plain(x.item.text)}**" + (f"  \n{plain(x.why)}" if x.why else ""))
        prescriber = st.text_input(
            "Prescriber who decides", max_chars=MAX_NAME, key=page.key(form, "prescriber")
        )
        reason = st.text_input("Why", max_chars=MAX_REASON, key=page.key(form, "reason"))
        if st.form_submit_button("Override this item", type="primary"):
            page.enter(form, "override", item=x.item.id, prescriber=prescriber, reason=reason)
