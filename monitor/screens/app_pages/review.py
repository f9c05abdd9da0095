"""Past sessions: the list, one session's chart as it was, and its CSV."""

import pandas as pd
import streamlit as st

from devices.numeric import Generation
from monitor.exports.csv import ENCODING, write_csv
from monitor.review.figure import session_figure
from monitor.review.past import drawn_session
from monitor.screens import frame
from monitor.screens.context import here, reading, sorry, the_chair
from monitor.screens.frame import plain
from monitor.screens.past_sessions import clock, said_of, what_of
from monitor.store import current, sessions
from monitor.store.database import StoreError
from monitor.store.sessions import StoredSession

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
            asked = sessions.one(db, int(wanted)) if wanted.isdecimal() else None
except StoreError as error:
    sorry(str(error))
frame.begin("Sessions", back)
if wanted and asked is None:
    st.error(f"There is no session {plain(wanted)}. These are the sessions:")
if not found:
    st.info("No session was recorded yet.")
    st.stop()

if asked is not None and all(stored.session.id != asked.session.id for stored in found):
    found.append(asked)  # older than those that are listed
by_number = {stored.session.id: stored for stored in found}
numbers = list(by_number)
number = st.selectbox(
    "Session",
    numbers,
    index=numbers.index(asked.session.id) if asked is not None else 0,
    format_func=lambda n: said_of(by_number[n]),
    key=f"choice-{wanted}",  # so that the choice stays when another session begins
)
stored = by_number[number]
session = stored.session
frame.banner(Generation(stored.generation))
dose = f"{session.dose_mg:g} mg" if session.dose_mg is not None else "dose not entered"
weight = f"{session.weight_kg:g} kg" if session.weight_kg is not None else "weight not entered"
st.write(
    f"**{plain(session.patient)}** ({weight}) on {plain(stored.chair)},"
    f" {clock(stored, session.started_ms)} to {clock(stored, session.ended_ms, '%H:%M')}"
    f" · {plain(session.drug) or 'drug not entered'} {dose}"
    f" · started by {plain(session.opened_by)}"
)
try:
    with reading(at) as db:
        drawn = drawn_session(db, stored, tick.t_ms if tick else session.started_ms)
except StoreError as error:
    sorry(str(error))
st.plotly_chart(
    session_figure(drawn), key=f"session-{number}", config={"displaylogo": False}, theme=None
)


def as_csv() -> bytes:
    """The session as a CSV file, made when it is asked for."""
    with reading(at) as db:
        return write_csv(db, stored).encode(ENCODING)


st.download_button(
    "Download CSV", as_csv, file_name=f"session-{number}.csv", mime="text/csv", key="csv"
)

if session.ended_ms is not None:
    st.page_link(
        "app_pages/whatif.py",
        label="What if the alarm limits had been others?",
        query_params={"session": str(number)},
    )

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
                "what": what_of(entry),
                "by": entry.actor,
            }
            for entry in drawn.entries
        ],
        columns=["time", "what", "by"],
    ),
    hide_index=True,
)

frame.end()
