"""Before the dose: the questions, the baseline, the drug, and what the time-out says aloud."""

from collections.abc import Mapping

import streamlit as st

from devices.numeric import Parameter
from monitor.screens.baseline_form import baseline_form
from monitor.screens.frame import plain
from monitor.screens.visit_forms.arithmetic import aloud
from monitor.screens.visit_forms.drug import drug_form
from monitor.screens.visit_forms.page import VisitPage, say
from monitor.screens.visit_forms.questions import questions
from monitor.session import items


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
    st.markdown(
        "| Time-out, said aloud | |\n|---|---|\n"
        + "\n".join(f"| {name} | **{plain(words)}** |" for name, words in aloud(visit))
    )
    questions(page, answered)
    if text := baseline_form(page.at, page.who, visit.session, baseline, page.now_ms):
        say(page.chair, text)
    drug_form(page)
