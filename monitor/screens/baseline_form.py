"""Set the baseline of the open session: proposed from what was measured, confirmed by a person."""

from collections.abc import Mapping

import streamlit as st
from sqlite_utils import Database

from devices.numeric import CUFF, Numeric, Parameter
from monitor.alarms.situation import label_of
from monitor.screens.context import reading, sorry
from monitor.screens.limit_table import in_words
from monitor.screens.visit_forms.page import VisitPage
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


def baseline_form(page: VisitPage, held: Mapping[Parameter, float]) -> None:
    """Show the baseline, what is proposed for it, and what confirms that.

    Where none is set, and nothing is missing to propose one, it is proposed at once. What is
    proposed stays as it is until somebody takes it anew: what is saved is what was seen, whatever
    is measured meanwhile. After 5 minutes it must be taken anew.
    """
    session, now_ms = page.visit.session, page.now_ms
    before_dose = session.phase[0] == "baseline"
    st.subheader("Baseline")
    st.write(in_words(held) if held else "Not set: limits relative to the baseline do not alarm.")
    if not before_dose:
        st.info("The infusion was started already: a baseline is better set before it.")
    key = page.key("baseline", "shown")  # another one once it was confirmed
    if key not in st.session_state and before_dose and not held:
        first = _propose(page)
        if not first.missing:
            st.session_state[key] = (now_ms, first)
    values = st.container()
    # What takes it anew stands second, and is asked first: what is confirmed is what it left.
    row = st.container(horizontal=True)
    confirm, anew, cancel = (row.container(width="content") for _ in range(3))
    words = "Take it anew" if key in st.session_state else "Set the baseline"
    if anew.button("Set a new baseline" if held else words, key=f"baseline-{session.id}-ask"):
        st.session_state[key] = (now_ms, _propose(page))
    taken_ms, proposal = st.session_state.get(key, (now_ms, None))
    if proposal is None:
        return
    with values:
        if now_ms - taken_ms > SPAN_MS:
            st.info("What was proposed is older than 5 minutes by now: take it anew.")
            return
        _show(page, proposal, taken_ms, held)
    if held and cancel.button("Cancel", key=f"{key}-cancel"):
        del st.session_state[key]
        st.rerun()
    if not proposal.values:
        return
    # Its key names what is shown: a press on other values is no press on these.
    pressed = confirm.button("Confirm this baseline", type="primary", key=f"{key}-{taken_ms}")
    if pressed:
        page.enter(
            "baseline", "baseline", values={p.value: value for p, value in proposal.values.items()}
        )


def _propose(page: VisitPage) -> Proposal:
    try:
        with reading(page.at) as db:
            return proposed(db, page.visit.session, page.now_ms)
    except StoreError as error:
        sorry(str(error))
        raise AssertionError("the page has ended") from error


def _show(
    page: VisitPage, proposal: Proposal, taken_ms: int, held: Mapping[Parameter, float]
) -> None:
    """The values that are proposed, what is missing, and what was entered by hand."""
    st.write(
        f"Median of the 5 minutes before {page.clock(taken_ms)}, and the last cuff reading of this"
        " session: "
        + (f"**{in_words(proposal.values)}**" if proposal.values else "nothing to go by.")
    )
    if not proposal.values:
        st.info("Wait for the monitor's values, or enter values by hand on the live screen.")
    for parameter, why in proposal.missing.items():
        name = "NIBP" if parameter in CUFF else label_of(parameter)
        then = "the one that is set goes" if _is_set(parameter, held) else "it gets no baseline"
        st.warning(f"{name}: {why}; {then}.")
    for parameter, by_hand_ms in proposal.by_hand.items():
        ago = (taken_ms - by_hand_ms) // 60_000
        st.info(f"{label_of(parameter)} was entered by hand, taken {ago} min before.")


def _is_set(parameter: Parameter, held: Mapping[Parameter, float]) -> bool:
    """True where the parameter (of the cuff: any part) has a baseline now."""
    return any(p in held for p in (CUFF if parameter in CUFF else (parameter,)))
