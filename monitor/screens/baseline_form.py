"""Set the baseline of the open session: proposed from what was measured, confirmed by a person."""

from collections.abc import Mapping

import streamlit as st
from sqlite_utils import Database

from devices.numeric import CUFF, Numeric, Parameter
from monitor.alarms.situation import label_of
from monitor.command.places import Place
from monitor.screens.context import reading, show_press, sorry
from monitor.screens.limit_table import in_words
from monitor.session.baseline import SPAN_MS, Proposal, propose
from monitor.session.state import Session
from monitor.store import by_hand, current
from monitor.store.database import StoreError


def proposed(db: Database, session: Session, now_ms: int) -> Proposal:
    """The baseline that the readings of this session propose now, by the recorder's clock."""
    chair = session.chair
    since_ms = max(session.from_ms, now_ms - SPAN_MS) - 1
    rows = current.readings_since(db, chair, since_ms, 2**62)
    rows += current.cuff_rows(db, chair, session.from_ms)
    return propose(
        [(row.source, row.numeric) for row in rows],
        current.preferred(db, chair),
        {source.id: source.period_ms for source in current.sources(db, chair)},
        {Parameter(x) for x in (current.setting(db, chair) or {}).get("expected", [])},
        session.from_ms,
        now_ms,
        [
            Numeric(x.parameter, x.value, x.t_ms)
            for x in by_hand.marks(db, chair, session.from_ms, now_ms)
        ],
    )


def baseline_form(
    at: Place, who: str, session: Session, held: Mapping[Parameter, float], now_ms: int
) -> str | None:
    """Show the baseline and how to set it; gives the recorder's answer where one was set now.

    What was proposed stays on the page until it is confirmed or asked for anew: what is saved is
    what was seen, whatever is measured meanwhile. It is asked for anew when it is 5 minutes old.
    """
    st.subheader("Baseline")
    st.write(in_words(held) if held else "Not set: limits relative to the baseline do not alarm.")
    if session.phase[0] != "baseline":
        st.info("The infusion was started already: a baseline is better set before it.")
    key = f"baseline-{session.id}"
    if st.button("Set a new baseline" if held else "Set the baseline", key=f"{key}-ask"):
        try:
            with reading(at) as db:
                st.session_state[key] = (now_ms, proposed(db, session, now_ms))
        except StoreError as error:
            sorry(str(error))
    asked_ms, shown = st.session_state.get(key, (0, None))
    if shown is None:
        return None
    if now_ms - asked_ms > SPAN_MS:
        del st.session_state[key]
        st.info("What was proposed is older than 5 minutes by now: ask for it again.")
        return None
    st.write(
        "Median of the last 5 minutes, and the last cuff reading of this session: "
        + (f"**{in_words(shown.values)}**" if shown.values else "nothing to go by.")
    )
    for parameter, why in shown.missing.items():
        name = "NIBP" if parameter in CUFF else label_of(parameter)
        then = "the one that is set goes" if _is_set(parameter, held) else "it will have none"
        st.warning(f"{name}: {why}; {then}.")
    for parameter, taken_ms in shown.by_hand.items():
        ago = (asked_ms - taken_ms) // 60_000
        st.info(f"{label_of(parameter)} was entered by hand, taken {ago} min before.")
    if not shown.values:
        return None
    confirm, cancel = st.columns(2)
    if cancel.button("Cancel", key=f"{key}-cancel"):
        del st.session_state[key]
        st.rerun()
    if not confirm.button("Confirm this baseline", type="primary", key=f"{key}-confirm"):
        return None
    values = {p.value: value for p, value in shown.values.items()}
    answer = show_press(
        at, "baseline", session.chair, "baseline", who, {"values": values, "session": session.id}
    )
    if answer is None:
        return None
    del st.session_state[key]
    return answer.text


def _is_set(parameter: Parameter, held: Mapping[Parameter, float]) -> bool:
    """True where the parameter (of the cuff: any part) has a baseline now."""
    return any(p in held for p in (CUFF if parameter in CUFF else (parameter,)))
