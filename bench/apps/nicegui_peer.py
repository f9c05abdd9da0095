"""The live screen in NiceGUI: a timer, labels, one chart that gets new points."""

import sys

from nicegui import ui  # type: ignore[import-not-found]  # installed for this comparison only

from bench.apps import source
from devices.numeric import Parameter

POLL_S = 0.2
NAMES = (Parameter.HR, Parameter.SPO2, Parameter.RR, Parameter.ETCO2, Parameter.TEMP)


def page() -> None:
    """One viewer's page: everything up to now, then what is new."""
    db = source.opened()
    t_ms, _ = source.latest(db)
    labels = {}
    with ui.row():
        for name in (*NAMES, Parameter.NIBP_SYS):
            ui.label(name.value)
            labels[name] = ui.label("").classes(f"text-h2 numeral-{name.value}")
    chart = ui.plotly(source.figure(db, t_ms, ribbons=False)).classes("w-full")
    last_ms = t_ms

    def poll() -> None:
        nonlocal last_ms
        now_ms, values = source.latest(db)
        if now_ms == last_ms:
            return
        last_ms = now_ms
        for name in NAMES:
            labels[name].text = f"{values[name]:.0f}"
        cuff = f"{values[Parameter.NIBP_SYS]:.0f}/{values[Parameter.NIBP_DIA]:.0f}"
        labels[Parameter.NIBP_SYS].text = cuff
        chart.run_plot_method("extendTraces", source.points(now_ms, values), [0, 1])

    ui.timer(POLL_S, poll)


ui.page("/")(page)
ui.run(host="127.0.0.1", port=int(sys.argv[1]), reload=False, show=False)
