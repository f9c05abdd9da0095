"""Past sessions: the list, one session's summary and signature, chart, timeline, and exports."""

import pandas as pd
import streamlit as st

from devices.numeric import Generation
from monitor.exports.csv import ENCODING, write_csv
from monitor.review.figure import session_figure
from monitor.review.past import drawn_session
from monitor.review.summary import summary_of
from monitor.screens import frame
from monitor.screens.context import entered_as, here, reading, sorry, the_chair
from monitor.screens.frame import plain
from monitor.screens.past_sessions import clock, lines_of, said_of, session_number, what_of
from monitor.screens.visit_forms.corrections import (
    addendum_form,
    signing,
    strike_form,
    wrong_patient,
)
from monitor.screens.visit_forms.page import VisitPage, said
from monitor.screens.visit_forms.summary import measured
from monitor.screens.visit_forms.timeline import sums, timeline
from monitor.session.visit import fold
from monitor.store import current, journal, sessions
from monitor.store.database import StoreError
from monitor.store.sessions import StoredSession

DAY = "%Y-%m-%d"
LATELY_MS = 30 * 60_000

at = here()
wanted = st.query_params.get("session", "")
found: list[StoredSession] = []
asked = None
back = None
try:
    with reading(at) as db:
        found = sessions.listed(db)
        tick = current.last_tick(db)
        if st.query_params.get("chair"):
            back = the_chair(db)
        if wanted:
            of = session_number(wanted)
            asked = sessions.one(db, of) if of is not None else None
except StoreError as error:
    sorry(str(error))
frame.begin("Sessions", back)
if wanted and asked is None:
    st.error(f"There is no session {plain(wanted)}. Choose one of these:")
if not found:
    st.info("No session was recorded yet. One begins on a chair's screen, with Start a session.")
    frame.end()
    st.stop()

if asked is not None and all(stored.session.id != asked.session.id for stored in found):
    found.append(asked)  # older than those that are listed
by_number = {stored.session.id: stored for stored in found}
numbers = list(by_number)
# Another one is never shown in place of the one that was asked for.
first = None if wanted else 0
number = st.selectbox(
    "Session",
    numbers,
    index=numbers.index(asked.session.id) if asked is not None else first,
    placeholder="Choose a session",
    format_func=lambda n: said_of(by_number[n]),
    key=f"choice-{wanted}",  # so that the choice stays when another session begins
)
if number is None:
    frame.end()
    st.stop()
assert number is not None
stored = by_number[number]
session = stored.session
frame.banner(Generation(stored.generation))
if answer := said(session.chair)[0]:
    st.success(plain(answer))
weight = f"{session.weight_kg:g} kg" if session.weight_kg is not None else "weight not entered"
until = "and still open"
if session.ended_ms is not None:
    overnight = clock(stored, session.ended_ms, DAY) != clock(stored, session.started_ms, DAY)
    until = f"to {clock(stored, session.ended_ms, '%Y-%m-%d %H:%M' if overnight else '%H:%M')}"
st.write(
    f"**{plain(session.patient)}** ({weight}) on {plain(stored.chair)},"
    f" {clock(stored, session.started_ms)} {until}"
    f" · {plain(session.drug) or 'drug not entered'}"
    f" · started by {plain(session.opened_by)}"
)
try:
    with reading(at) as db:
        drawn = drawn_session(db, stored, tick.t_ms if tick else session.started_ms)
        visit = drawn.visit or fold(session, [])
        summary = summary_of(db, drawn, visit)
        # Who is on watch now was there then, unless it was long ago: else nobody is filled in.
        now_ms = tick.t_ms if tick else session.started_ms
        lately = session.ended_ms is None or now_ms - session.ended_ms < LATELY_MS
        watching = journal.on_watch(db, session.chair) if lately else None
except StoreError as error:
    sorry(str(error))
lines = lines_of(visit)


def at_time(t_ms: int) -> str:
    """A time of the session as the clinic's clock showed it; with the day where it is another."""
    same = clock(stored, t_ms, DAY) == clock(stored, session.started_ms, DAY)
    return clock(stored, t_ms, "%H:%M:%S" if same else "%Y-%m-%d %H:%M")


# What is signed stands right above the button that signs it.
left, right = st.columns(2, gap="medium")
with left:
    sums(visit, drawn.to_ms)
with right:
    measured(summary, visit, drawn.to_ms, drawn.sources, drawn.hand, at_time)
by, sign = st.columns([3, 2], vertical_alignment="bottom")
with by:
    who = entered_as(at, session.chair, watching)
form = VisitPage(at, who, visit, drawn.to_ms, at_time)
with sign:
    signing(form)

st.plotly_chart(
    session_figure(drawn), key=f"session-{number}", config={"displaylogo": False}, theme=None
)
st.caption("An alarm's bar is as high as its priority: high, medium, low.")
st.subheader("Timeline")
timeline(visit, at_time)
addendum_form(form)
with st.expander("Correct an entry, or the patient"):
    strike_form(form)
    wrong_patient(form)

left, right = st.columns(2)
left.subheader("Alarms")
left.dataframe(
    pd.DataFrame(
        [
            {
                "time": clock(stored, row.t_ms, "%H:%M:%S"),
                "priority": row.priority,
                "state": row.state,
                "alarm": row.text,
                "by": row.actor or "",
            }
            for row in drawn.alarms
        ],
        columns=["time", "priority", "state", "alarm", "by"],
    ),
    hide_index=True,
)
right.subheader("Journal")
right.dataframe(
    pd.DataFrame(
        [
            {
                "time": clock(stored, entry.t_ms, "%H:%M:%S"),
                "what": what_of(entry, lines),
                "by": entry.actor,
            }
            for entry in drawn.entries
        ],
        columns=["time", "what", "by"],
    ),
    hide_index=True,
)


def as_csv() -> bytes:
    """The session as a CSV file, made when it is asked for."""
    with reading(at) as db:
        return write_csv(db, stored).encode(ENCODING)


with st.container(horizontal=True, vertical_alignment="center"):
    st.download_button(
        "Download CSV", as_csv, file_name=f"session-{number}.csv", mime="text/csv", key="csv"
    )
    if session.ended_ms is not None:
        st.page_link(
            "app_pages/whatif.py",
            label="What if the alarm limits had been others?",
            query_params={"session": str(number)},
        )
frame.records(session.patient, session.id)

frame.end()
