"""A patient's course over weeks: the totals of the scales, with the sessions marked. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go  # type: ignore[import-untyped]

from monitor.session.scales import Scale

COLOURS = ("#7f97ff", "#4cc3f0", "#b9a8ff", "#41d98d", "#9db2c9")
GRID = "#1d2733"
QUIET = "#8a97a6"
ROW_PX = 200
GAP = 0.06


@dataclass(frozen=True, slots=True)
class Total:
    """One total of a scale, when it was answered (UTC ms), and whether it is flagged."""

    scale: str
    at_ms: int
    total: int
    flagged: bool
    words: str


def course_figure(
    scales: Mapping[str, Scale],
    totals: Sequence[Total],
    sessions: Mapping[int, tuple[int, str]],
    zone: ZoneInfo,
) -> go.Figure:
    """One row a scale that is followed over weeks and has a total, on one axis of days.

    ``sessions`` are start (UTC ms) and label by number; each is a vertical line through all rows.
    """
    shown = [
        scale
        for scale in scales.values()
        if scale.weeks and any(x.scale == scale.id for x in totals)
    ]
    height = (1 - GAP * (len(shown) - 1)) / max(1, len(shown))
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "template": "plotly_dark",
        "paper_bgcolor": "#0a0e13",
        "plot_bgcolor": "#0d131a",
        "height": ROW_PX * max(1, len(shown)) + 90,
        "margin": {"l": 70, "r": 130, "t": 40, "b": 40},
        "showlegend": False,
        "font": {"size": 15},
        "hovermode": "closest",
        "uirevision": "course",
        "shapes": [],
        "annotations": [],
    }
    for row, scale in enumerate(shown):
        axis = f"y{row + 1}" if row else "y"
        top = 1 - row * (height + GAP)
        layout[axis.replace("y", "yaxis")] = {
            "title": {"text": scale.name},
            "domain": [max(0.0, top - height), top],
            "range": [scale.low, scale.high * 1.04],
            "gridcolor": GRID,
            "anchor": "x",
            "nticks": 5,
        }
        traces += _traces(scale, totals, axis, COLOURS[row % len(COLOURS)], zone)
        for band in scale.bands:
            if band.low > scale.low:
                _band(layout, axis, band.low, band.text)
    layout["xaxis"] = {
        "type": "date",
        "gridcolor": GRID,
        "anchor": f"y{len(shown)}" if len(shown) > 1 else "y",
        "tickformat": "%-d %b %Y",
    }
    for started_ms, label in sessions.values():
        _session(layout, _at(started_ms, zone), label)
    return go.Figure({"data": traces, "layout": layout})


def _traces(
    scale: Scale, totals: Sequence[Total], axis: str, colour: str, zone: ZoneInfo
) -> list[dict[str, Any]]:
    held = sorted((x for x in totals if x.scale == scale.id), key=lambda x: x.at_ms)
    return [
        {
            "type": "scatter",
            "mode": "lines+markers+text",
            "x": [_at(x.at_ms, zone) for x in held],
            "y": [x.total for x in held],
            "text": [f"{x.total} ⚑" if x.flagged else str(x.total) for x in held],
            "textposition": "top center",
            "hovertext": [x.words for x in held],
            "hovertemplate": "%{hovertext}<br>%{x|%Y-%m-%d}<extra></extra>",
            "line": {"color": colour, "width": 2},
            "marker": {
                "size": 11,
                "symbol": ["diamond-open" if x.flagged else "circle" for x in held],
            },
            "cliponaxis": False,
            "yaxis": axis,
            "name": scale.name,
        }
    ]


def _band(layout: dict[str, Any], axis: str, low: int, text: str) -> None:
    """A dotted line where a published band begins, its name at the right edge."""
    layout["shapes"].append(
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": low, "y1": low,
            "line": {"color": QUIET, "width": 1, "dash": "dot"}, "layer": "below",
        }
    )  # fmt: skip
    words = text if len(text) <= 20 else f"{low}"
    layout["annotations"].append(
        {
            "xref": "paper", "x": 1.005, "xanchor": "left", "yref": axis, "y": low,
            "text": words, "showarrow": False, "font": {"size": 12, "color": QUIET},
        }
    )  # fmt: skip


def _session(layout: dict[str, Any], at: str, label: str) -> None:
    layout["shapes"].append(
        {
            "type": "line", "xref": "x", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": "#e8eef4", "width": 1, "dash": "dash"},
        }
    )  # fmt: skip
    layout["annotations"].append(
        {
            "xref": "x", "x": at, "yref": "paper", "y": 1, "yanchor": "bottom",
            "text": label, "showarrow": False, "font": {"size": 12},
        }
    )  # fmt: skip


def _at(t_ms: int, zone: ZoneInfo) -> str:
    """A time for Plotly's axis, which knows no time zones."""
    return datetime.fromtimestamp(t_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
