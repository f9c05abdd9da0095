"""The board: reading to glass with sixteen chairs on one screen, and what it costs.

The last of the chairs is looked at: its number stands on the glass after all the others.
"""

import time

from bench.glass import Screen, glass, matched
from bench.processes import Window
from bench.report import Result, Row, number, of_budget, say
from bench.stage import stage

CHAIRS = 16
HOURS = 0.25
PERIOD_S = 1.02
SETTLE_S = 5.0
AFTER_S = 3.0
MUST_MS = 300.0
MUST_PERCENT = 5.0


def run(seconds: float) -> Result:
    """Look at the board for ``seconds``."""
    result = Result("board", seconds)
    with stage(HOURS, CHAIRS) as at, glass() as tab:
        ours, server = at.ours()
        last = f"[data-testid=card][data-chair='{CHAIRS}'] [data-testid=value-HR]"
        at.write(PERIOD_S)
        tab.show(Screen("board", ours.address, last, chart=False))
        say(f"board: {CHAIRS} chairs for {seconds:g} s")
        time.sleep(min(SETTLE_S, seconds))
        window = Window({"server": server.pid})
        wall_s, cpu_s = tab.busy_s()
        from_ms = time.time() * 1000
        time.sleep(seconds)
        to_ms = time.time() * 1000
        percent = window.percent()["server"]
        result.others_percent = window.others_percent()
        busy = [100 * (b - a) / seconds for a, b in zip((wall_s, cpu_s), tab.busy_s(), strict=True)]
        time.sleep(AFTER_S)
        seen = matched(at.commits(), tab.log(), from_ms, to_ms)
        result.notes.append(f"Chromium {tab.version()}, {CHAIRS} chairs, 1 viewer")
    values = seen.values()
    shown = f"p50 {number(values['numeral_p50_ms'])}, p95 {number(values['numeral_p95_ms'])} ms"
    result.rows = [
        Row(
            f"numeral, chair {CHAIRS} of {CHAIRS}",
            f"p95 <= {MUST_MS:.0f} ms",
            f"{shown} (n={values['updates']}, {seen.missed} never shown)",
            of_budget(values["numeral_p95_ms"], MUST_MS),
            values,
        ),
        Row(
            "server",
            f"<= {MUST_PERCENT:.0f} % of a core",
            f"{number(percent, 1)} %",
            of_budget(percent, MUST_PERCENT),
            {"percent": percent},
        ),
        Row(
            "main thread",
            "–",
            f"{number(busy[0], 1)} % by the wall clock, {number(busy[1], 1)} % by its CPU time",
            "",
            {"wall_percent": busy[0], "cpu_percent": busy[1]},
        ),
    ]
    return result
