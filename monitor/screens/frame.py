"""What the pages beside the live screen share: their look, the banner, the way back."""

import re

import streamlit as st

from devices.numeric import Generation

_STYLE = """
<style>
.stMainBlockContainer { padding-top: 0.8rem; padding-bottom: 2rem; max-width: 100%; }
h1 { font-size: 1.7rem !important; padding: 0.2rem 0 !important; }
.made-up {
  padding: 0.35rem 1rem; border-radius: 6px; text-align: center; font-weight: 700;
  letter-spacing: 0.12em; color: #d9ccff;
  background: repeating-linear-gradient(135deg, #2a1f45 0 14px, #33264f 14px 28px);
}
.stButton button, .stFormSubmitButton button, .stDownloadButton button, .stPageLink a {
  min-height: 54px;
}
h3 { font-size: 1.3rem !important; }
.stRadio [role="radiogroup"] { gap: 0 0.6rem; }
.stRadio [role="radiogroup"] label { min-height: 44px; padding: 0.2rem 0.4rem 0.2rem 0.2rem; }
.stRadio label[data-testid="stRadioOption"]:not(:has(input:checked)) > div > div:first-child {
  box-shadow: 0 0 0 1.5px #8a97a6;
}
.stPopover button, .stButtonGroup button, [data-testid="stTextInputRootElement"],
[data-testid="stNumberInputContainer"], .stSelectbox [role="group"] { min-height: 54px; }
button[kind^="primary"]:not(:disabled) p { color: #0a0e13; font-weight: 600; }
.stButtonGroup button { min-width: 72px; }
.stTabs button[role="tab"] { min-height: 54px; }
.stCheckbox label { min-height: 54px; align-items: center; }
.stMainBlockContainer .stPageLink a {
  border: 1px solid #2b3847; border-radius: 8px; justify-content: center; padding: 0 1.4rem;
}
.stMainBlockContainer h3 { font-size: 1.35rem; padding: 0.4rem 0; }
.stMarkdown table { width: 100%; font-size: 0.95rem; }
.stMarkdown table :is(td, th) { padding: 0.25rem 0.7rem !important; line-height: 1.35; }
[class*="st-key-item-"] {
  max-width: 1100px; gap: 0.3rem; padding-bottom: 0.35rem; border-bottom: 1px solid #1c2733;
}
.supplementary { color: #8a97a6; font-size: 0.9rem; }
</style>
"""
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
    """The page's style, its way back (a page and its words), and its title."""
    st.html(_STYLE)
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
