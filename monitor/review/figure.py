"""The chart of one past session: trends, cuff readings, limits, events and alarms. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go  # type: ignore[import-untyped]

from devices.numeric import CUFF, Parameter
from monitor.alarms.limits import Limit, Priority
from monitor.review.bands import band_shapes
from monitor.session.by_hand import NAME
from monitor.session.state import Visit
from monitor.session.visit import Entry
from monitor.store.by_hand import Mark
from monitor.store.history import MOST_BUCKETS, CuffReading, Trace
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
    ("NIBP mmHg", CUFF),
    ("RR /min", (Parameter.RR,)),
    ("EtCO₂ mmHg", (Parameter.ETCO2,)),
    ("Temp °C", (Parameter.TEMP,)),
)
SHOWN = {parameter for _, parameters in ROWS for parameter in parameters}
WORDS = {
    "infusion_start": "infusion started",
    "infusion_stop": "infusion stopped",
    "session_start": "session started",
    "session_end": "session ended",
}
# What stands in the chart in the words of the visit's timeline; the rest is read there.
MARKED = (
    "medication",
    "dose",
    "infusion_rate",
    "infusion_pause",
    "infusion_resume",
    "reassign",
)
ORDER = ("low", "medium", "high")
GRID = "#1d2733"
GAP = 0.03
ROW_PX = 170
LANE_PX = 18
WORD_PX = 15  # a line of the words of events above the chart
WORD_LINES = 5
WORD_LENGTH = 32  # the whole note stands in the journal beside the chart
LETTERS = 180  # so many fit beside each other on a desk screen
_SPAN = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
HEIGHTS = {"high": 1.0, "medium": 0.65, "low": 0.3}  # of a lane
PRIORITY_COLOURS = {"high": "#e5484d", "medium": "#f2c230", "low": "#35c3d6"}
# A chair's second device is told from the first by its dashes and by the shape of its marks.
DASHES = ("solid", "dash", "dot", "dashdot")
CARETS = (("arrow-down-open", "arrow-up-open"), ("triangle-down", "triangle-up"))
SQUARES = ("square-open", "square-open")  # what people entered by hand
LEGEND_PX = 60
# Of the cuff only the inner limits of these are drawn, each with its name, its dashes and the side
# on which the name stands: twelve lines hid the readings. The lane of alarms says what others did.
CUFF_LIMITS = {
    Parameter.NIBP_SYS: ("sys", "dot", "end"),
    Parameter.NIBP_DIA: ("dia", "dash", "start"),
}


Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn: traces by parameter and source, and all that happened beside them.

    ``sources`` names the chair's devices, in the order of preference that the clinic had then.
    ``hand`` is the one of them whose values people entered; ``marks`` are the continuous ones.
    ``visit`` is what was entered of the visit.
    """

    sources: Mapping[int, str]
    traces: Mapping[tuple[Parameter, int], Trace]
    cuffs: Sequence[CuffReading]
    limits: Sequence[Limit]
    entries: Sequence[Entry]
    alarms: Sequence[AlarmRow]
    zone: ZoneInfo
    from_ms: int
    to_ms: int
    marks: Sequence[Mark] = ()
    hand: int | None = None
    visit: Visit | None = None


def session_figure(drawn: Drawn) -> go.Figure:
    """Make the figure: one row a parameter that the session holds, on one time axis.

    It is put together as plain data and checked once: built step by step, Plotly checks the whole
    of it at each step, which took over a second.
    """
    there = {parameter for parameter, _ in drawn.traces} | {x.parameter for x in drawn.marks}
    if drawn.cuffs:
        there |= set(CUFF)
    spoke = {source for parameter, source in drawn.traces if parameter in SHOWN}
    spoke |= {cuff.source for cuff in drawn.cuffs}
    devices = [source for source in drawn.sources if source in spoke]
    several = len(devices) > 1
    rows = [row for row in ROWS if there & set(row[1])] or [ROWS[0]]
    traces: list[Part] = []
    lane = LANE_PX / (ROW_PX * len(rows))
    top_of_rows = 1 - 2 * lane
    lanes = {"alarms": 1.0, "technical": 1 - lane}
    shapes, words = _marks(drawn)
    annotations = [*(_lane_name(kind, top - lane / 2) for kind, top in lanes.items()), *words]
    for kind, top in lanes.items():
        of = [x for x in drawn.alarms if (x.kind == "physiological") == (kind == "alarms")]
        shapes += _alarm_lane(of, drawn, top - lane, top)
    if drawn.visit is not None:
        top_of_rows -= lane
        clock = partial(_time, zone=drawn.zone)
        shapes += band_shapes(drawn.visit, drawn.to_ms, clock, top_of_rows, top_of_rows + lane)
    layout: Part = {
        "template": "plotly_dark",
        "paper_bgcolor": "#0a0e13",
        "plot_bgcolor": "#0d131a",
        "height": ROW_PX * len(rows) + 90 + WORD_PX * WORD_LINES + LEGEND_PX * several,
        "margin": {"l": 70, "r": 20, "t": 10 + WORD_PX * WORD_LINES, "b": 40 + LEGEND_PX * several},
        "showlegend": several,
        "legend": {"orientation": "h", "x": 0, "yref": "container", "y": 0, "yanchor": "bottom"},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "uirevision": "session",
        "shapes": shapes,
        "annotations": annotations,
    }
    height = (top_of_rows - GAP * len(rows)) / len(rows)
    for row, (title, parameters) in enumerate(rows):
        axis = f"y{row + 1}" if row else "y"
        top = top_of_rows - GAP - row * (height + GAP)
        layout[axis.replace("y", "yaxis")] = {
            "title": {"text": title},
            "domain": [max(0.0, top - height), top],
            "gridcolor": GRID,
        }
        axes = {"xaxis": "x", "yaxis": axis}
        for (parameter, source), trace in drawn.traces.items():
            if parameter in parameters:
                line = _line(parameter, trace, drawn.zone)
                traces.append({**_of_device(line, drawn, devices, source), **axes})
        squares = _squares([x for x in drawn.marks if x.parameter in parameters], drawn.zone)
        traces += [{**part, **axes} for part in squares]
        if Parameter.NIBP_SYS in parameters:
            for number, source in enumerate(devices):
                cuffs = [cuff for cuff in drawn.cuffs if cuff.source == source]
                symbols = SQUARES if source == drawn.hand else CARETS[min(number, 1)]
                carets = _carets(cuffs, drawn.zone, symbols) if cuffs else []
                traces += [{**_of_device(x, drawn, devices, source), **axes} for x in carets]
        measured = [p for p in parameters if p in there]
        # HR's and PR's limits are mostly the same: those of the first; the cuff's parts are apart.
        measured = measured if Parameter.NIBP_SYS in measured else measured[:1] or [parameters[0]]
        shapes += [_limit_line(x, axis) for x in drawn.limits if _is_drawn(x, measured)]
    layout["xaxis"] = {"type": "date", "gridcolor": GRID, "anchor": axis}
    return go.Figure({"data": traces, "layout": layout})


def _of_device(part: Part, drawn: Drawn, devices: Sequence[int], source: int) -> Part:
    """Tell the part from those of the chair's other devices, where there are several."""
    number = devices.index(source)
    if len(devices) == 1:
        return part
    told = dict(part)
    if "line" in part:
        told["line"] = {**part["line"], "dash": DASHES[min(number, len(DASHES) - 1)]}
    if "name" in part:
        told["name"] = f"{part['name']} · {escape(drawn.sources[source], quote=False)}"
    return told


def _is_drawn(limit: Limit, measured: Sequence[Parameter]) -> bool:
    if limit.parameter in CUFF:
        inner = limit.priority is Priority.MEDIUM and limit.parameter in CUFF_LIMITS
        return inner and limit.parameter in measured
    return limit.parameter in measured


def _limit_line(limit: Limit, axis: str) -> Part:
    """A line across the row. The cuff's parts share one: each line says whose it is."""
    name, dash, side = CUFF_LIMITS.get(limit.parameter, ("", "dot", "end"))
    inner = limit.priority is Priority.MEDIUM
    return {
        "label": {
            "text": f"{name} {limit.bound:g}" if name else "",
            "textposition": side,
            "yanchor": "top" if limit.side == "high" else "bottom",  # within the row
            "font": {"size": 11, "color": PRIORITY_COLOURS[limit.priority.word]},
            "padding": 1,
        },
        "type": "line",
        "xref": "x domain",
        "yref": axis,
        "x0": 0,
        "x1": 1,
        "y0": limit.bound,
        "y1": limit.bound,
        "line": {
            "color": PRIORITY_COLOURS[limit.priority.word],
            "width": 1 if inner else 1.5,
            "dash": dash,
        },
        "opacity": 0.7 if dash == "dot" else 0.45,
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


def _squares(marks: Sequence[Mark], zone: ZoneInfo) -> list[Part]:
    """The continuous values that people entered, by parameter: single marks, never a line."""
    held: dict[Parameter, list[Mark]] = {}
    for mark in marks:
        held.setdefault(mark.parameter, []).append(mark)
    return [
        {
            "type": "scatter",
            "x": [_time(x.t_ms, zone) for x in of],
            "y": [x.value for x in of],
            "name": f"{parameter.value} · {NAME}",
            "mode": "markers",
            "marker": {
                "symbol": SQUARES[0],
                "size": 9,
                "color": COLOURS[parameter],
                "line": {"width": 2},
            },
            "hovertemplate": "%{y:.1f}" if parameter is Parameter.TEMP else "%{y:.0f}",
        }
        for parameter, of in held.items()
    ]


def _carets(cuffs: Sequence[CuffReading], zone: ZoneInfo, symbols: tuple[str, str]) -> list[Part]:
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
        ("systolic", [cuff.sys for cuff in cuffs], symbols[0]),
        ("diastolic", [cuff.dia for cuff in cuffs], symbols[1]),
        ("mean", [cuff.mean for cuff in cuffs], "line-ew-open"),
    )
    stem: Part = {
        "type": "scatter",
        "x": stems_x,
        "y": stems_y,
        "mode": "lines",
        "line": {"color": ink, "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
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


def _lane_name(text: str, at: float) -> Part:
    return {
        "x": 0,
        "y": at,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "right",
        "text": f"{text} ",
        "showarrow": False,
        "font": {"size": 12},
    }


def _alarm_lane(alarms: Sequence[AlarmRow], drawn: Drawn, low: float, high: float) -> list[Part]:
    """Alarms in a lane above the rows, between two heights; the worst covers the others.

    A bar is as high as its priority, so that it is told without its colour. The patient's and the
    technical ones have a lane each: that nobody listened must not cover what the patient had.
    """
    spans = alarm_spans(alarms, drawn.from_ms, drawn.to_ms)
    return [
        {
            **_SPAN,
            "y0": low,
            "y1": low + (high - low) * HEIGHTS[priority],
            "type": "rect",
            "x0": _time(begin_ms, drawn.zone),
            "x1": _time(end_ms, drawn.zone),
            "fillcolor": PRIORITY_COLOURS[priority],
            "line": {"width": 0},
        }
        for begin_ms, end_ms, priority in sorted(spans, key=lambda span: ORDER.index(span[2]))
    ]


def _marks(drawn: Drawn) -> tuple[list[Part], list[Part]]:
    """Events as lines with words."""
    shapes: list[Part] = []
    annotations: list[Part] = []
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
    return shapes, annotations


def _event_words(drawn: Drawn) -> list[tuple[int, str, int]]:
    """When, what, and on which line above the chart, so that neighbours do not cover each other.

    What was struck through is no mark, and what was entered for an earlier time stands at that.
    Plotly takes a few tags for markup: what people typed must stay text.
    """
    visit = drawn.visit
    said = {x.entry: x for x in visit.said} if visit else {}
    struck = visit.struck if visit else {}
    letter_ms = (drawn.to_ms - drawn.from_ms) / LETTERS
    ends_ms = [float("-inf")] * WORD_LINES
    found = []
    marks: list[tuple[int, str]] = []
    for entry in drawn.entries:
        text = WORDS.get(entry.kind) or (
            str(entry.data.get("text")) if entry.kind == "event" else ""
        )
        if entry.kind in MARKED and entry.id in said:
            text = said[entry.id].text
        if text and entry.id not in struck:
            marks.append((said[entry.id].t_ms if entry.id in said else entry.t_ms, text))
    for t_ms, text in sorted(marks, key=lambda mark: mark[0]):
        if len(text) > WORD_LENGTH:
            text = f"{text[: WORD_LENGTH - 1]}…"
        free = (line for line, end_ms in enumerate(ends_ms) if end_ms <= t_ms)
        level = next(free, min(range(WORD_LINES), key=ends_ms.__getitem__))
        ends_ms[level] = t_ms + (len(text) + 2) * letter_ms
        found.append((t_ms, escape(text, quote=False), level))
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


@lru_cache(maxsize=2 * MOST_BUCKETS)  # the parameters share their buckets' times
def _time(t_ms: int, zone: ZoneInfo) -> str:
    """The clinic's time without its zone: the chart shows the hands of the clinic's clock."""
    return datetime.fromtimestamp(t_ms / 1000, zone).replace(tzinfo=None).isoformat()
