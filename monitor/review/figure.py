"""The chart of one past session: trends, cuff readings, limits, events and alarms. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go  # type: ignore[import-untyped]

from devices.numeric import Parameter
from monitor.alarms.limits import Limit, Priority
from monitor.session.visit import Entry
from monitor.store.history import CuffReading, Trace
from monitor.store.sessions import AlarmRow

COLOURS = {
    Parameter.HR: "#41d98d",
    Parameter.PR: "#2fa56b",
    Parameter.SPO2: "#4cc3f0",
    Parameter.RR: "#b9a8ff",
    Parameter.ETCO2: "#9db2c9",
    Parameter.TEMP: "#9aa5b1",
}
ROWS = (
    ("HR, PR /min", (Parameter.HR, Parameter.PR)),
    ("SpO₂ %", (Parameter.SPO2,)),
    ("NIBP mmHg", (Parameter.NIBP_SYS,)),
    ("RR /min", (Parameter.RR,)),
    ("EtCO₂ mmHg", (Parameter.ETCO2,)),
    ("Temp °C", (Parameter.TEMP,)),
)
WORDS = {
    "infusion_start": "infusion started",
    "infusion_stop": "infusion stopped",
    "session_start": "session started",
    "session_end": "session ended",
}
ORDER = ("low", "medium", "high")
GRID = "#1d2733"
GAP = 0.03
ROW_PX = 170
LANE_PX = 14
WORD_PX = 15  # a line of the words of events above the chart
WORD_LINES = 5
WORD_LENGTH = 32  # the whole note stands in the journal beside the chart
LETTERS = 180  # so many fit beside each other on a desk screen
_SPAN = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
PRIORITY_COLOURS = {"high": "#e5484d", "medium": "#f2c230", "low": "#35c3d6"}


Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn: traces by parameter and source, and all that happened beside them."""

    traces: Mapping[tuple[Parameter, int], Trace]
    cuffs: Sequence[CuffReading]
    limits: Sequence[Limit]
    entries: Sequence[Entry]
    alarms: Sequence[AlarmRow]
    zone: ZoneInfo
    from_ms: int
    to_ms: int


def session_figure(drawn: Drawn) -> go.Figure:
    """Make the figure: one row a parameter that the session holds, on one time axis.

    It is put together as plain data and checked once: built step by step, Plotly checks the whole
    of it at each step, which took over a second.
    """
    there = {parameter for parameter, _ in drawn.traces}
    if drawn.cuffs:
        there.add(Parameter.NIBP_SYS)
    rows = [row for row in ROWS if there & set(row[1])] or [ROWS[0]]
    traces: list[Part] = []
    lane = LANE_PX / (ROW_PX * len(rows))
    shapes, annotations = _marks(drawn, 1 - lane)
    layout: Part = {
        "template": "plotly_dark",
        "paper_bgcolor": "#0a0e13",
        "plot_bgcolor": "#0d131a",
        "height": ROW_PX * len(rows) + 90 + WORD_PX * WORD_LINES,
        "margin": {"l": 70, "r": 20, "t": 10 + WORD_PX * WORD_LINES, "b": 40},
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "uirevision": "session",
        "shapes": shapes,
        "annotations": annotations,
    }
    height = (1 - lane - GAP * len(rows)) / len(rows)
    for row, (title, parameters) in enumerate(rows):
        axis = f"y{row + 1}" if row else "y"
        top = 1 - lane - GAP - row * (height + GAP)
        layout[axis.replace("y", "yaxis")] = {
            "title": {"text": title},
            "domain": [max(0.0, top - height), top],
            "gridcolor": GRID,
        }
        for (parameter, _source), trace in drawn.traces.items():
            if parameter in parameters:
                traces.append({**_line(parameter, trace, drawn.zone), "xaxis": "x", "yaxis": axis})
        if Parameter.NIBP_SYS in parameters:
            carets = _carets(drawn.cuffs, drawn.zone)
            traces += [{**caret, "xaxis": "x", "yaxis": axis} for caret in carets]
        measured = next((p for p in parameters if p in there), parameters[0])
        shapes += [_limit_line(x, axis) for x in drawn.limits if x.parameter is measured]
    layout["xaxis"] = {"type": "date", "gridcolor": GRID, "anchor": axis}
    return go.Figure({"data": traces, "layout": layout})


def _limit_line(limit: Limit, axis: str) -> Part:
    return {
        "type": "line",
        "xref": "x domain",
        "yref": axis,
        "x0": 0,
        "x1": 1,
        "y0": limit.bound,
        "y1": limit.bound,
        "line": {
            "color": PRIORITY_COLOURS[limit.priority.word],
            "width": 1 if limit.priority is Priority.MEDIUM else 1.5,
            "dash": "dot",
        },
        "opacity": 0.7,
    }


def _line(parameter: Parameter, trace: Trace, zone: ZoneInfo) -> Part:
    """Each bucket's lowest and highest value; the line is broken where the recording is."""
    times: list[str | None] = []
    values: list[float | None] = []
    for t_ms, low, high, broken in zip(
        trace.t_ms, trace.low, trace.high, trace.broken, strict=True
    ):
        if broken and times:
            times.append(None)
            values.append(None)
        time = _time(t_ms, zone)
        times.append(time)
        values.append(low)
        if high != low:
            times.append(time)
            values.append(high)
    return {
        "type": "scatter",
        "x": times,
        "y": values,
        "name": parameter.value,
        "mode": "lines",
        "line": {"color": COLOURS[parameter], "width": 1.5},
        "connectgaps": False,
        "hovertemplate": "%{y:.1f}" if parameter is Parameter.TEMP else "%{y:.0f}",
    }


def _carets(cuffs: Sequence[CuffReading], zone: ZoneInfo) -> list[Part]:
    """Systolic as a caret from above, diastolic from below, a stem between where both are."""
    times = [_time(cuff.t_ms, zone) for cuff in cuffs]
    stems_x: list[str | None] = []
    stems_y: list[float | None] = []
    for cuff, time in zip(cuffs, times, strict=True):
        if cuff.sys is not None and cuff.dia is not None:
            stems_x += [time, time, None]
            stems_y += [cuff.sys, cuff.dia, None]
    ink = "#f4f6f9"
    parts = (
        ("systolic", [cuff.sys for cuff in cuffs], "arrow-down-open"),
        ("diastolic", [cuff.dia for cuff in cuffs], "arrow-up-open"),
        ("mean", [cuff.mean for cuff in cuffs], "line-ew-open"),
    )
    stem: Part = {
        "type": "scatter",
        "x": stems_x,
        "y": stems_y,
        "mode": "lines",
        "line": {"color": ink, "width": 1},
        "hoverinfo": "skip",
    }
    return [
        stem,
        *(
            {
                "type": "scatter",
                "x": times,
                "y": values,
                "name": f"NIBP {name}",
                "mode": "markers",
                "marker": {"symbol": symbol, "size": 9, "color": ink, "line": {"width": 2}},
                "hovertemplate": "%{y:.0f}",
            }
            for name, values, symbol in parts
        ),
    ]


def _marks(drawn: Drawn, lane_from: float) -> tuple[list[Part], list[Part]]:
    """Events as lines with words; alarms in a lane of their own above the rows, the worst on top.

    The lane lies between ``lane_from`` and 1 of the chart's height.
    """
    shapes: list[Part] = []
    annotations: list[Part] = [
        {
            "x": 0,
            "y": (1 + lane_from) / 2,
            "xref": "paper",
            "yref": "paper",
            "xanchor": "right",
            "text": "alarms ",
            "showarrow": False,
            "font": {"size": 12},
        }
    ]
    for t_ms, text, level in _event_words(drawn):
        time = _time(t_ms, drawn.zone)
        line = {"color": "#7f97ff", "width": 1, "dash": "dot"}
        shapes.append({**_SPAN, "type": "line", "x0": time, "x1": time, "line": line})
        annotations.append(
            {
                "x": time,
                "y": 1.0,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": level * WORD_PX,
                "xanchor": "left",
                "text": text,
                "showarrow": False,
                "font": {"size": 12, "color": "#a9b8ff"},
            }
        )
    spans = alarm_spans(drawn.alarms, drawn.from_ms, drawn.to_ms)
    for begin_ms, end_ms, priority in sorted(spans, key=lambda span: ORDER.index(span[2])):
        shapes.append(
            {
                **_SPAN,
                "y0": lane_from,
                "type": "rect",
                "x0": _time(begin_ms, drawn.zone),
                "x1": _time(end_ms, drawn.zone),
                "fillcolor": PRIORITY_COLOURS[priority],
                "line": {"width": 0},
            }
        )
    return shapes, annotations


def _event_words(drawn: Drawn) -> list[tuple[int, str, int]]:
    """When, what, and on which line above the chart, so that neighbours do not cover each other.

    Plotly takes a few tags for markup: what people typed must stay text.
    """
    letter_ms = (drawn.to_ms - drawn.from_ms) / LETTERS
    ends_ms = [float("-inf")] * WORD_LINES
    found = []
    for entry in drawn.entries:
        text = WORDS.get(entry.kind) or (
            str(entry.data.get("text")) if entry.kind == "event" else ""
        )
        if not text:
            continue
        if len(text) > WORD_LENGTH:
            text = f"{text[: WORD_LENGTH - 1]}…"
        free = (line for line, end_ms in enumerate(ends_ms) if end_ms <= entry.t_ms)
        level = next(free, min(range(WORD_LINES), key=ends_ms.__getitem__))
        ends_ms[level] = entry.t_ms + (len(text) + 2) * letter_ms
        found.append((entry.t_ms, escape(text, quote=False), level))
    return found


def alarm_spans(alarms: Sequence[AlarmRow], from_ms: int, to_ms: int) -> list[tuple[int, int, str]]:
    """From the beginning to the end of each occurrence, with its highest priority.

    One that began before ``from_ms`` is drawn from there, one still on at ``to_ms`` until there.
    """
    open_: dict[str, tuple[int, str]] = {}
    spans: list[tuple[int, int, str]] = []
    for row in alarms:
        first_ms = row.t_ms if row.state == "active" else from_ms
        begin_ms, priority = open_.get(row.occurrence, (first_ms, row.priority))
        worst = max(priority, row.priority, key=ORDER.index)
        open_[row.occurrence] = (begin_ms, worst)
        if row.state in ("cleared", "ended"):
            begin_ms, worst = open_.pop(row.occurrence)
            spans.append((begin_ms, row.t_ms, worst))
    spans += [(begin_ms, to_ms, priority) for begin_ms, priority in open_.values()]
    return spans


def _time(t_ms: int, zone: ZoneInfo) -> str:
    """The clinic's time without its zone: the chart shows the hands of the clinic's clock."""
    return datetime.fromtimestamp(t_ms / 1000, zone).replace(tzinfo=None).isoformat()
