"""What the compared screens draw: the same history, thinned out the same way, and what is new."""

import os
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.store import history
from monitor.store.database import open_to_read
from monitor.store.schema import PARAMETER_IDS

HOURS_MS = 3 * 3_600_000
TRENDS = (Parameter.HR, Parameter.SPO2)
COLOURS = ("#41d98d", "#4cc3f0", "#f4f6f9")
TITLES = ("HR /min", "SpO2 %", "NIBP mmHg")


def opened() -> Database:
    """The database of the run, read-only."""
    return open_to_read(Path(os.environ["BENCH_DATABASE"]))


def latest(db: Database) -> tuple[int, dict[Parameter, float]]:
    """The last tick's time, and the newest value of each parameter."""
    tick, t_ms = db.execute("SELECT tick, t_ms FROM tick ORDER BY tick DESC LIMIT 1").fetchone()
    names = {number: parameter for parameter, number in PARAMETER_IDS.items()}
    rows = db.execute(
        "SELECT parameter, value FROM reading WHERE chair = 1 AND t_ms > ? AND episodic = 0"
        " AND tick <= ? ORDER BY t_ms",
        [t_ms - 3000, tick],
    ).fetchall()
    rows += db.execute(
        "SELECT parameter, value FROM reading WHERE chair = 1 AND episodic = 1 AND tick > 0"
        " ORDER BY tick DESC LIMIT 3"
    ).fetchall()
    return int(t_ms), {names[number]: float(value) for number, value in rows}


def drawn(db: Database, t_ms: int, ribbons: bool) -> list[tuple[list[Any], list[Any]]]:
    """Three rows of (x, y): HR and SpO2 from lowest to highest, and the cuff.

    A ribbon goes along the top and back along the bottom; a line, to which points can be added,
    goes up and down within each bucket.
    """
    from_ms = t_ms - HOURS_MS
    width_ms = history.bucket_width_ms(from_ms, t_ms)
    traces = history.traces(db, 1, from_ms, t_ms, width_ms)
    found: list[tuple[list[Any], list[Any]]] = []
    for parameter in TRENDS:
        trace = traces[(parameter, 1)]
        mids = [at + width_ms / 2 for at in trace.t_ms]
        if ribbons:
            found.append((mids + mids[::-1], trace.high + trace.low[::-1]))
        else:
            both = [y for pair in zip(trace.low, trace.high, strict=True) for y in pair]
            found.append(([at for at in mids for _ in (0, 1)], both))
    cuffs = history.cuff_readings(db, 1, from_ms, t_ms)
    found.append(
        (
            [at for cuff in cuffs for at in (cuff.t_ms, cuff.t_ms, None)],
            [value for cuff in cuffs for value in (cuff.sys, cuff.dia, None)],
        )
    )
    return found


def points(t_ms: int, values: dict[Parameter, float]) -> dict[str, list[list[float]]]:
    """One more point for each of the two lines, as Plotly's extendTraces takes it."""
    return {"x": [[t_ms] for _ in TRENDS], "y": [[values[parameter]] for parameter in TRENDS]}


def figure(db: Database, t_ms: int, *, ribbons: bool = True) -> dict[str, Any]:
    """The three rows as one Plotly figure in plain words, for those who take it so."""
    traces = []
    layout: dict[str, Any] = {
        "uirevision": "x",
        "height": 600,
        "showlegend": False,
        "template": {},
        "paper_bgcolor": "#0a0e13",
        "plot_bgcolor": "#0c1219",
        "xaxis": {"type": "date", "anchor": "y3"},
    }
    for number, (x, y) in enumerate(drawn(db, t_ms, ribbons), 1):
        axis = "y" if number == 1 else f"y{number}"
        ribbon = {"fill": "toself", "hoveron": "points"} if ribbons and number < 3 else {}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": y,
                "yaxis": axis,
                "name": TITLES[number - 1],
                "line": {"color": COLOURS[number - 1], "width": 1.5},
                **ribbon,
            }
        )
        low = (3 - number) / 3
        layout[axis.replace("y", "yaxis")] = {"domain": [low, low + 0.3]}
    layout["yaxis"]["range"] = [40, 130]
    return {"data": traces, "layout": layout}
