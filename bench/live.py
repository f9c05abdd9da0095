"""Reading to glass: from the commit to the number and the chart in a real browser, one viewer.

Our screen and the other ones are looked at in turns, several times, in one run: the same
browser, the same database, the same writer. The writer's period is 1.02 s, so that it drifts
through every phase of a poll of one second.
"""

import time
from collections.abc import Sequence

from bench.glass import Glass, Latencies, Screen, glass, matched
from bench.processes import Window
from bench.report import Result, Row, number, of_budget, say, times
from bench.stage import Stage, stage

PERIOD_S = 1.02
SETTLE_S = 3.0
AFTER_S = 3.0  # so long may a value be on its way when a turn ends
TURNS = 3
MUST_MS = 250.0
MUST_TIMES = 5.0


def run(seconds: float) -> Result:
    """Look at ours and at the usual way, each for ``seconds``."""
    result = Result("live", seconds)
    with stage() as at, glass() as tab:
        ours, _ = at.ours()
        usual, _ = at.usual()
        at.write(PERIOD_S)
        found = in_turns(at, tab, [ours, usual], seconds, result)
        result.notes.append(f"Chromium {tab.version()}, 3 h of history, 1 viewer")
    result.rows += rows(found["ours"], {"usual": found["usual"]})
    return result


def in_turns(
    at: Stage, tab: Glass, screens: Sequence[Screen], seconds: float, result: Result
) -> dict[str, Latencies]:
    """Look at each screen for ``seconds`` in all, in turns; screens that wait are closed."""
    found = {screen.name: Latencies([], [], 0) for screen in screens}
    turns = TURNS if seconds >= 30 else 1
    window = Window()
    for turn in range(turns):
        for screen in screens:
            say(f"{result.part}: turn {turn + 1} of {turns}, {screen.name}")
            tab.show(screen)
            time.sleep(min(SETTLE_S, seconds))
            from_ms = time.time() * 1000
            time.sleep(seconds / turns)
            to_ms = time.time() * 1000
            time.sleep(AFTER_S)
            found[screen.name].add(matched(at.commits(), tab.log(), from_ms, to_ms))
    result.others_percent = window.others_percent()
    tab.clear()
    commits = at.commits()
    stored = sorted(commit.done_ms - commit.began_ms for commit in commits)
    result.notes.append(f"the commit itself: median {number(stored[len(stored) // 2], 1)} ms")
    return found


def rows(ours: Latencies, others: dict[str, Latencies]) -> list[Row]:
    """Ours against each other one."""
    mine = ours.values()
    lines = []
    for kind in ("numeral", "chart"):
        p95 = mine[f"{kind}_p95_ms"]
        lines.append(
            Row(
                f"{kind}, ours",
                f"p95 <= {MUST_MS:.0f} ms",
                _words(mine, kind),
                of_budget(p95, MUST_MS),
                {**_of(mine, kind), "missed": mine["missed"]},
            )
        )
        for name, other in others.items():
            its = other.values()
            half, most = f"{kind}_p50_ms", f"{kind}_p95_ms"
            must = f">= {MUST_TIMES:.0f} x ours" if name == "usual" else "slower than ours"
            ratio = f"{times(mine[half], its[half], 'p50')}, {times(p95, its[most], 'p95')}"
            lines.append(
                Row(
                    f"{kind}, {name}",
                    must,
                    _words(its, kind),
                    ratio,
                    {**_of(its, kind), "missed": its["missed"]},
                )
            )
    return lines


def _words(values: dict[str, float | int | None], kind: str) -> str:
    shown = f"p50 {number(values[f'{kind}_p50_ms'])}, p95 {number(values[f'{kind}_p95_ms'])} ms"
    count = f"n={values['updates']}" if kind == "numeral" else "redraws"
    return f"{shown} ({count}, {values['missed']} never shown)" if kind == "numeral" else shown


def _of(values: dict[str, float | int | None], kind: str) -> dict[str, float | int | None]:
    return {key: value for key, value in values.items() if key.startswith(kind)}
