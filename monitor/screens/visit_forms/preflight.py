"""Before the dose: the questions, the baseline, the drug, and what the time-out says aloud."""

from collections.abc import Mapping

import streamlit as st

from devices.numeric import Parameter
from monitor.screens.baseline_form import baseline_form
from monitor.screens.frame import plain
from monitor.screens.visit_forms.arithmetic import aloud
from monitor.screens.visit_forms.drug import drug_form
from monitor.screens.visit_forms.page import VisitPage
from monitor.screens.visit_forms.questions import questions
from monitor.session import items

TIME_OUT = "timeout"  # the id of the item at which the plan is said aloud


def preflight(page: VisitPage, baseline: Mapping[Parameter, float]) -> None:
    """All that comes before the first dose, in one place."""
    visit = page.visit
    answered = items.preflight(visit)
    waiting = sum(x.stops for x in answered)
    if visit.session.infusion_started_ms is not None:
        st.info("A dose was given: what is answered now is entered as of now.")
    elif not answered:
        st.warning("This visit has no pre-flight questions.")
    elif waiting:
        st.subheader(f"Pre-flight: {waiting} of {len(answered)} open")
    else:
        st.subheader("Pre-flight: nothing is open")
        st.success("The first dose can be entered on the live screen.")
    if not any(x.item.id == TIME_OUT for x in answered):
        _aloud(page)
    questions(page, answered, lambda item: _aloud(page) if item == TIME_OUT else None)
    baseline_form(page, baseline)
    drug_form(page)


def _aloud(page: VisitPage) -> None:
    """What is read out, in one row so that it stands at its question on a tablet."""
    said = aloud(page.visit)
    rows = [[name for name, _ in said], ["---"] * len(said), [f"**{plain(x)}**" for _, x in said]]
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in rows))
