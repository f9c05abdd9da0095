"""A therapist's notes on one session, apart from the vitals record."""

import streamlit as st
from sqlite_utils import Database

from devices.numeric import Generation
from monitor.exports.notes import write_notes
from monitor.screens import frame
from monitor.screens.context import entered_as, here, reading, sorry
from monitor.screens.frame import plain
from monitor.screens.past_sessions import clock, said_of, session_number
from monitor.screens.saving import said, save, turn
from monitor.store import patients, sessions
from monitor.store.database import StoreError

at = here()
wanted = st.query_params.get("session", "")
stored, notes = None, []
try:
    with reading(at) as db:
        of = session_number(wanted)
        stored = sessions.one(db, of) if of is not None else None
        if stored is not None:
            notes = patients.notes_of(db, stored.session.id)
except StoreError as error:
    sorry(str(error))
frame.begin("Therapist's notes")
if stored is None:
    st.page_link("app_pages/review.py", label="To the sessions")
    sorry(f"There is no session {plain(wanted)}." if wanted else "The address names no session.")
assert stored is not None
number = stored.session.id
form = f"notes-{number}"

frame.banner(Generation(stored.generation))
st.write(f"Session {number}: **{plain(said_of(stored))}**")
st.info(
    "These notes are kept apart: they are no part of the vitals record, its charts or its exports."
    " There is no sign-in yet: whoever uses this dashboard can read them."
)
for note in notes:
    st.caption(f"{plain(note.author)}, {clock(stored, note.t_ms)}")
    st.text(note.text)
if not notes:
    st.write("No note was written on this session.")

said(form)
message = st.container()
author = entered_as(at, 0, None)
key = turn(form)
with st.form(key):
    text = st.text_area("New note", height=200, max_chars=20_000, key=f"{key}-text")
    pressed = st.form_submit_button("Save the note", type="primary", key=f"{key}-save")
if pressed:

    def write(db: Database, press: str, now_ms: int) -> None:
        """Store the note that the form holds."""
        patients.write_note(
            db, press=press, t_ms=now_ms, session=number, author=author, text=text
        )  # fmt: skip

    with message:
        if save(at, form, [author, text], write, "Note saved."):
            st.rerun()


def exported() -> bytes:
    """The notes as they are now, made when they are asked for."""
    assert stored is not None
    with reading(at) as db:
        return write_notes(stored, patients.notes_of(db, number)).encode()


st.download_button(
    "Export notes",
    exported,
    file_name=f"notes-session-{number}.txt",
    mime="text/plain",
    disabled=not notes,
    key="export-notes",
)
frame.end()
