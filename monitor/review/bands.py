"""The steps of a visit and the time of its dosing, as bands of the chart. Pure."""

from collections.abc import Callable
from typing import Any

from monitor.session.state import Visit
from monitor.session.steps import NAMES

Part = dict[str, Any]

STEP_FILLS = ("#16202c", "#243447")
DOSING_FILL = "#7f97ff"
INK = "#c9d4e0"
LETTERS = 75  # so many of a name fit beside each other on a tablet; the timeline has them all


def step_spans(visit: Visit, to_ms: int) -> list[tuple[int, int, str]]:
    """From when to when the visit was in which step, in the order of time, until its end."""
    session = visit.session
    changes: list[tuple[int, str]] = []
    stopped = False
    for said in visit.said:
        if said.entry in visit.struck:
            continue
        to = {"session_start": "arrival", "infusion_start": "dosing", "dose": "dosing"}.get(
            said.kind, said.data.get("to", "") if said.kind == "stage" else ""
        )
        if said.kind == "infusion_resume" and stopped:
            to = "dosing"  # what was only paused goes on in its step
        stopped = said.kind == "infusion_stop" or (stopped and said.kind != "infusion_resume")
        # Peak and Exploration go on where only the dose before them was struck through.
        here = changes[-1][1] if changes else ""
        goes_on = said.kind == "dose" and (
            said.t_ms != session.infusion_started_ms or here in ("peak", "exploration")
        )
        if to and not goes_on and here != to:
            changes.append((said.t_ms, to))
    end_ms = session.ended_ms if session.ended_ms is not None else to_ms
    ends = [*(t_ms for t_ms, _ in changes[1:]), end_ms]
    return [(begin, end, to) for (begin, to), end in zip(changes, ends, strict=False)]


def dosing_spans(visit: Visit, to_ms: int) -> list[tuple[int, int]]:
    """When the infusion ran, as it was entered, also at a rate that nobody entered."""
    steps = visit.infusion.steps
    ends = [*(t_ms for t_ms, _ in steps[1:]), to_ms]
    return [
        (begin, end)
        for (begin, rate), end in zip(steps, ends, strict=False)
        if rate != 0 and end > begin
    ]


def band_shapes(
    visit: Visit, to_ms: int, time: Callable[[int], str], low: float, high: float
) -> list[Part]:
    """The steps with their names, in a lane between two heights; below it the time of dosing."""
    spans = step_spans(visit, to_ms)
    letter_ms = (to_ms - visit.session.from_ms) / LETTERS
    lane: list[Part] = [
        {
            "type": "rect", "xref": "x", "yref": "paper", "x0": time(begin), "x1": time(end),
            "y0": low, "y1": high, "fillcolor": STEP_FILLS[number % 2], "line": {"width": 0},
            "label": {
                "text": name if end - begin >= len(name) * letter_ms else "",
                "font": {"size": 11, "color": INK},
            },
        }
        for number, (begin, end, step) in enumerate(spans)
        for name in [NAMES[step].split(" ")[0]]
    ]  # fmt: skip
    return lane + [
        {
            "type": "rect", "xref": "x", "yref": "paper", "x0": time(begin), "x1": time(end),
            "y0": 0, "y1": low, "fillcolor": DOSING_FILL, "opacity": 0.09, "line": {"width": 0},
            "layer": "below",
        }
        for begin, end in dosing_spans(visit, to_ms)
    ]  # fmt: skip
