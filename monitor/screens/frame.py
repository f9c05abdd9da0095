"""What the pages beside the live screen share: their look, the banner, the way back."""

import re

import streamlit as st

from devices.numeric import Generation
from monitor.screens.document import choose_colours, style

_BANNERS = {
    Generation.SIMULATED: "SIMULATED MONITOR — NOT A PATIENT",
    Generation.REPLAY: "REPLAY OF RECORDED BYTES — NOT LIVE",
}
_FOOTER = (
    "Supplementary display. The bedside monitor's own alarms remain primary. Not a medical device."
)


def plain(text: str) -> str:
    """What people typed, to stand in a page's text as they typed it."""
    return re.sub(r"([\\`*_\[\]<>$~:#|])", r"\\\1", text)


def begin(
    title: str, chair: int | None = None, back: tuple[str, str] = ("app_pages/live.py", "")
) -> None:
    """The page's style, its way back (a page and its words), its title, and its colours' choice."""
    st.html(style())
    params = {"chair": str(chair)} if chair is not None else None
    page, words = back
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.page_link(
            page,
            label=words or ("Back to the chair" if chair is not None else "To the chairs"),
            icon=":material/arrow_back:",
            query_params=params,
            width="content",
        )
        st.title(plain(title), width="content")
        choose_colours()


def to_top() -> None:
    """Show the page from its top: it is another one than the one that was scrolled."""
    script = "document.querySelector('[data-testid=stMain]')?.scrollTo(0, 0)"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def records(patient: str, session: int) -> None:
    """The ways to the patient's record and to the therapist's notes of a session."""
    record, notes = st.columns(2)
    record.page_link(
        "app_pages/patient.py",
        label="Patient's record",
        query_params={"ref": patient},
        width="stretch",
    )
    notes.page_link(
        "app_pages/notes.py",
        label="Therapist's notes",
        query_params={"session": str(session)},
        width="stretch",
    )


def banner(generation: Generation) -> None:
    """Made-up data cannot pass for real; the banner's colours are no alarm's."""
    if generation in _BANNERS:
        st.html(f'<div class="made-up" data-testid="banner">{_BANNERS[generation]}</div>')


def end() -> None:
    """What the program is, on every page."""
    st.html(f'<div class="supplementary">{_FOOTER}</div>')
