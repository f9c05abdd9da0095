"""A visit as it is read afterwards: its sums, its timeline, what was overridden."""

from collections.abc import Callable

import streamlit as st

from monitor.screens.frame import plain
from monitor.screens.visit_forms.arithmetic import plan_now
from monitor.session.dosing import figure, said
from monitor.session.state import Said, Visit
from monitor.session.steps import ENDS


def sums(visit: Visit, now_ms: int) -> None:
    """How it ended, what was planned, given and wasted, what was scored and overridden."""
    x = visit.session
    lines = {
        "Ended": ENDS.get(x.how or "", "") if x.ended_ms is not None else "not ended",
        "Signature": _signature(visit),
        "Regimen": visit.regimen.name if visit.regimen else "none",
        "Planned": said(plan_now(visit)) or "no dose was entered",
        "Given": _given(visit, now_ms),
        "Drug": _texts(visit, "drug"),
        "Waste": _texts(visit, "waste"),
        "Scores": "; ".join(line.text for line in visit.scores),
        "Overridden": _texts(visit, "override"),
        "Flags": "; ".join([*visit.flags, *([visit.stale] if visit.stale else [])]),
    }
    rows = [f"| {name} | **{plain(words)}** |" for name, words in lines.items() if words]
    st.markdown("| | |\n|---|---|\n" + "\n".join(rows))


def _signature(visit: Visit) -> str:
    """Who signed, and that what is read now is not all of it what was signed."""
    x = visit.session
    if x.signed_ms is None:
        return "not signed"
    signed = next((line.entry for line in visit.said if line.kind == "sign"), 0)
    entered = sum(line.entry > signed and line.kind != "strike" for line in visit.said)
    struck = sum(gone.entry > signed for gone in visit.struck.values())
    since = [f"{entered} entered"] * bool(entered) + [f"{struck} struck through"] * bool(struck)
    return f"signed by {x.signed_by}" + (f"; since then {', '.join(since)}" if since else "")


def _given(visit: Visit, now_ms: int) -> str:
    if visit.session.infusion_started_ms is None:
        return "no dose was entered as given"
    end_ms = visit.session.ended_ms
    given_mg = visit.infusion.given_mg(now_ms if end_ms is None else end_ms)
    if given_mg is None:
        return "not known: the infusion ran at a rate that was not entered"
    return f"{figure(given_mg, 1)} mg, by the rates and doses entered"


def _texts(visit: Visit, kind: str) -> str:
    found = [x.text for x in visit.said if x.kind == kind and x.entry not in visit.struck]
    return "; ".join(found)


def timeline(visit: Visit, clock: Callable[[int], str]) -> None:
    """All that was entered, in the order of time; what was struck through stays to be read."""
    rows = [_row(visit, line, clock) for line in sorted(visit.said, key=lambda line: line.t_ms)]
    st.markdown("| time | what | by |\n|---|---|---|\n" + "\n".join(rows))


def _row(visit: Visit, line: Said, clock: Callable[[int], str]) -> str:
    time, text, by = clock(line.t_ms), _cell(line.text), _cell(line.by)
    struck = visit.struck.get(line.entry)
    if struck is None:
        return f"| {time} | {text} | {by} |"
    why = f"struck through by {_cell(struck.by)}, {clock(struck.t_ms)}: {_cell(struck.text)}"
    return f"| ~~{time}~~ | ~~{text}~~ {why} | ~~{by}~~ |"


def _cell(text: str) -> str:
    """What people typed, on one line of a table."""
    return plain(" ".join(text.split()))
