"""The live screen in Dash: an interval, numerals, one chart that gets new points."""

import sys
from typing import Any

from dash import (  # type: ignore[import-not-found]  # installed for this comparison only
    Dash,
    Input,
    Output,
    State,
    dcc,
    html,
    no_update,
)

from bench.apps import source
from devices.numeric import Parameter

POLL_MS = 200
NAMES = (Parameter.HR, Parameter.SPO2, Parameter.RR, Parameter.ETCO2, Parameter.TEMP)


def layout() -> Any:
    """The page as it is loaded: everything up to now."""
    db = source.opened()
    t_ms, _ = source.latest(db)
    figure = source.figure(db, t_ms, ribbons=False)
    db.close()
    numerals = [
        html.Div([html.Span(name.value), html.H1("", id=name.value)])
        for name in (*NAMES, Parameter.NIBP_SYS)
    ]
    return html.Div(
        [
            html.Div(numerals, style={"display": "flex", "gap": "4em"}),
            dcc.Graph(id="chart", figure=figure),
            dcc.Interval(id="poll", interval=POLL_MS),
            dcc.Store(id="last", data=t_ms),
        ]
    )


def poll(_count: int, last_ms: int) -> Any:
    """What is new, or nothing."""
    db = source.opened()
    t_ms, values = source.latest(db)
    db.close()
    if t_ms == last_ms:
        return [no_update] * (len(NAMES) + 3)
    cuff = f"{values[Parameter.NIBP_SYS]:.0f}/{values[Parameter.NIBP_DIA]:.0f}"
    points = source.points(t_ms, values)
    return [*(f"{values[name]:.0f}" for name in NAMES), cuff, (points, [0, 1]), t_ms]


def main() -> None:
    """Serve on the loopback."""
    app = Dash(__name__)
    app.layout = layout
    outputs = [Output(name.value, "children") for name in (*NAMES, Parameter.NIBP_SYS)]
    outputs += [Output("chart", "extendData"), Output("last", "data")]
    app.callback(outputs, Input("poll", "n_intervals"), State("last", "data"))(poll)
    app.run(host="127.0.0.1", port=int(sys.argv[1]), debug=False)


if __name__ == "__main__":
    main()
