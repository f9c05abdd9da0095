"""What a clinician reads first of a past session, and signs."""

from collections.abc import Callable, Mapping

import streamlit as st

from devices.numeric import Parameter
from monitor.review.summary import Summary
from monitor.screens.frame import plain
from monitor.screens.visit_forms.arithmetic import drug_account
from monitor.session.by_hand import NAME
from monitor.session.state import Visit
from monitor.store.extremes import Extreme


def measured(
    summary: Summary,
    visit: Visit,
    to_ms: int,
    sources: Mapping[int, str],
    hand: int | None,
    clock: Callable[[int], str],
) -> None:
    """The extremes of valid readings with their times, the alarms, who watched, what is open.

    ``sources`` names the chair's devices; ``hand`` is the one whose values people entered.
    """

    def said(found: Extreme | None, parameter: Parameter) -> str:
        if found is None:
            return "no valid reading"
        by_hand = found.source == hand
        of = f"of {found.valid:,} valid readings"
        if found.questionable:
            of += f", {found.questionable:,} questionable not counted"
        name = NAME.lower() if by_hand else plain(sources.get(found.source, ""))
        value = f"{found.value:g} {parameter.unit} at {clock(found.t_ms)}"
        return f"**{value}**{' ✎' if by_hand else ''} ({name}; {of})"

    alarms, technical = (
        ", ".join(f"{number} {word}" for word, number in of.items())
        for of in (summary.alarms, summary.technical)
    )
    watch = [
        name if not n else f"{name} from {clock(t)}" for n, (t, name) in enumerate(summary.watch)
    ]
    lines = {
        "Lowest\u00a0SpO₂": said(summary.lowest_spo2, Parameter.SPO2),
        "Highest\u00a0systolic": said(summary.highest_systolic, Parameter.NIBP_SYS),
        "Patient's\u00a0alarms": f"**{alarms}**",
        "Technical\u00a0alarms": f"{technical} (devices, screens, what was due)",
        "On\u00a0watch": f"**{plain(', '.join(watch)) or 'nobody said'}**",
        "Drug\u00a0account": plain(drug_account(visit, to_ms)),
        "Still\u00a0open": f"**{plain('; '.join(summary.open)) or 'nothing'}**",
    }
    rows = [f"| {name} | {words} |" for name, words in lines.items() if words]
    st.markdown("| | |\n|---|---|\n" + "\n".join(rows))
