"""What a screen costs the browser: its main thread, its memory, its charts; and the server's.

The main thread is measured at one tick a second, ours and the usual way in turns. The memory is
measured in an accelerated run: twenty ticks a second, so that three minutes stand for an hour.
"""

import statistics
import time

from bench.glass import Glass, Screen, glass
from bench.processes import Window, rss_mb
from bench.report import Result, Row, number, of_budget, say, times
from bench.stage import Stage, stage

SETTLE_S = 5.0
FAST_PERIOD_S = 0.05
FAST_RATE = 20.0
FAST_TIMES = 3  # the accelerated run lasts so many times longer
SAMPLES = 13  # of the heap: one alone says little, a redraw may just have been under way
MUST_PERCENT = 8.0
MUST_MB = 1.0


def run(seconds: float) -> Result:
    """Measure the main thread for ``seconds`` each, then the memory for three times as long."""
    result = Result("browser", seconds)
    with stage() as at, glass() as tab:
        ours, server = at.ours()
        usual, usual_server = at.usual()
        at.write(1.0)
        servers = {"ours": server.pid, "usual": usual_server.pid}
        window = Window()
        busy: dict[str, tuple[float, float]] = {}
        cost = {}
        for screen in (ours, usual):
            say(f"browser: main thread, {screen.name}, {seconds:g} s")
            busy[screen.name], cost[screen.name], charts = _main_thread(
                tab, screen, servers[screen.name], seconds
            )
            if screen is ours:
                result.rows.append(_charts(charts, seconds))
        result.others_percent = window.others_percent()
        tab.clear()
        at.processes.end(usual_server)
        result.rows[:0] = [
            _busy(
                "ours", f"<= {MUST_PERCENT:.0f} %", busy, of_budget(busy["ours"][0], MUST_PERCENT)
            ),
            _busy("usual", "–", busy, times(busy["ours"][0], busy["usual"][0], "usual")),
            Row(
                "server, 1 viewer",
                "–",
                f"ours {number(cost['ours'], 1)} %, usual {number(cost['usual'], 1)} %",
                times(cost["ours"], cost["usual"], "usual"),
                {"ours_percent": cost["ours"], "usual_percent": cost["usual"]},
            ),
        ]
        result.rows += _memory(at, tab, ours, server.pid, seconds * FAST_TIMES)
        result.notes.append(f"Chromium {tab.version()}, 1920x1080, 3 h of history")
    return result


def _main_thread(
    tab: Glass, screen: Screen, server: int, seconds: float
) -> tuple[tuple[float, float], float, int]:
    """Per cent of the browser's main thread and of the server's core; how many charts were made."""
    tab.show(screen, log=False)
    time.sleep(min(SETTLE_S, seconds))
    window = Window({"server": server})
    before = tab.busy_s()
    time.sleep(seconds)
    wall_s = window.seconds()
    wall, cpu = (100 * (b - a) / wall_s for a, b in zip(before, tab.busy_s(), strict=True))
    return (wall, cpu), window.percent()["server"], tab.charts()


def _busy(name: str, must: str, busy: dict[str, tuple[float, float]], ratio: str) -> Row:
    wall, cpu = busy[name]
    measured = f"{number(wall, 1)} % by the wall clock, {number(cpu, 1)} % by its CPU time"
    values: dict[str, float | int | None] = {"percent": wall, "cpu_percent": cpu}
    return Row(f"main thread, {name}", must, measured, ratio, values)


def _charts(charts: int, seconds: float) -> Row:
    made = f"{charts} in {seconds:g} s"
    return Row("chart nodes made, ours", "1", made, "", {"charts": charts})


def _memory(at: Stage, tab: Glass, screen: Screen, server: int, seconds: float) -> list[Row]:
    """The heap after forced collections, and the server's memory, in an accelerated run."""
    say(f"browser: memory, {FAST_RATE:g} ticks a second for {seconds:g} s")
    at.write(FAST_PERIOD_S, FAST_RATE)
    tab.show(screen, log=False)
    time.sleep(min(SETTLE_S * 2, seconds))
    window = Window({"server": server})
    first = len(at.commits())
    hours, heaps, held = [0.0], [tab.heap_mb()], [rss_mb(server)]
    while window.seconds() < seconds:
        time.sleep(seconds / (SAMPLES - 1))
        hours.append((len(at.commits()) - first) / 3600)
        heaps.append(tab.heap_mb())
        held.append(rss_mb(server))
    percent = window.percent()["server"]
    third = max(1, len(heaps) // 3)
    parts = [heaps[:third], heaps[third:-third] or heaps, heaps[-third:]]
    shown = [statistics.median(part) for part in parts]
    a_hour = slope(hours, heaps)
    late = slope(hours[third:], heaps[third:])
    return [
        Row(
            "heap after collection, accelerated",
            f"< {MUST_MB:.0f} MB an hour",
            f"{' → '.join(number(x, 1) for x in shown)} MB (thirds of {hours[-1]:.2f} h):"
            f" {a_hour:+.2f} MB an hour, {late:+.2f} after the first third",
            of_budget(max(0.0, late), MUST_MB),
            {
                "start_mb": shown[0],
                "middle_mb": shown[1],
                "end_mb": shown[2],
                "mb_an_hour": a_hour,
                "mb_an_hour_after_first_third": late,
                "lowest_mb": min(heaps),
                "highest_mb": max(heaps),
                "hours": hours[-1],
            },
        ),
        Row(
            "chart nodes made, accelerated",
            "1",
            f"{tab.charts()} in {hours[-1]:.2f} h",
            "",
            {"charts": tab.charts()},
        ),
        Row(
            "server, accelerated",
            "–",
            f"{number(held[0], 1)} → {number(held[-1], 1)} MB, {number(percent, 1)} % of a core",
            "",
            {"start_mb": held[0], "end_mb": held[-1], "percent": percent},
        ),
    ]


def slope(x: list[float], y: list[float]) -> float:
    """How much ``y`` grows for each 1 of ``x``, by least squares; 0 where nothing can be said."""
    if len(set(x)) < 2:
        return 0.0
    return statistics.linear_regression(x, y).slope
