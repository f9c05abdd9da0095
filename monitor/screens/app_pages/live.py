"""The live screens: a chair that the address names, else all chairs where there are several."""

import streamlit as st

from monitor.recorder.supervision import last_words, log_of
from monitor.screens.board import board
from monitor.screens.context import here, reading, sorry, the_chair
from monitor.screens.frame import plain
from monitor.screens.live import LiveData, live
from monitor.store import current
from monitor.store.database import StoreError

at = here()
chair = None
token = ""
try:
    with reading(at) as db:
        chair = the_chair(db)
        token = current.facts(db)["token"]
        several = not st.query_params.get("chair") and len(current.chairs(db)) > 1
        ready = current.last_tick(db) is not None
except StoreError as error:
    sorry(str(error))

if chair is None or not ready:

    @st.fragment(run_every=0.5)
    def wait() -> None:
        """Load the page again as soon as there is a chair; until then say what keeps us."""
        st.info("The recorder is starting.")
        if words := last_words(log_of(at.database)):
            st.error(plain(words))
        try:
            with reading(at) as db:
                begun = current.last_tick(db) is not None and bool(current.chairs(db))
        except StoreError as error:
            st.error(str(error))
            return
        if begun:
            st.rerun()

    wait()
    st.stop()

assert chair is not None
if several:
    board(token, key="board")
    st.stop()
live(
    LiveData(
        chair=chair,
        token=token,
        stream="/api/stream",
        journal="/api/journal",
        plotly="/api/plotly.min.js",
        session_url=f"/session?chair={chair}",
        review_url=f"/review?chair={chair}",
        limits_url=f"/limits?chair={chair}",
    ),
    key="live",
)
