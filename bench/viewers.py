"""Sixty viewers of one chair: a real browser and the rest at the level of the protocol.

A viewer that knows only the protocol reads the live stream like the browser does, but draws
nothing: so the server serves sixty, while the machine draws one.
"""

import json
import sys
import time
from typing import Any

from bench.glass import glass, matched
from bench.processes import Window, until
from bench.report import Result, Row, number, of_budget, percentile, say
from bench.stage import stage
from bench.writer import Commit
from monitor.command.places import Place
from monitor.screens.server import screen_token

VIEWERS = 60
PERIOD_S = 1.02
SETTLE_S = 4.0
AFTER_S = 2.0
MUST_MS = 300.0
MUST_PERCENT = 5.0


def run(seconds: float) -> Result:
    """Watch for ``seconds``."""
    result = Result("viewers", seconds)
    with stage() as at, glass() as tab:
        ours, server = at.ours()
        at.write(PERIOD_S)
        tab.show(ours)
        said = at.folder / "crowd.json"
        port = ours.address.rstrip("/").rpartition(":")[2]
        token = screen_token(Place("clinic", at.database))
        count = VIEWERS - 1
        say(f"viewers: {count} streams and one browser for {seconds:g} s")
        command = [sys.executable, "-m", "bench.crowd", port, token, str(count), str(said)]
        crowd = at.processes.start(command)
        time.sleep(SETTLE_S)
        window = Window({"server": server.pid})
        from_ms = time.time() * 1000
        time.sleep(seconds)
        to_ms = time.time() * 1000
        percent = window.percent()["server"]
        result.others_percent = window.others_percent()
        time.sleep(AFTER_S)
        glassy = matched(at.commits(), tab.log(), from_ms, to_ms)
        at.processes.end(crowd)
        until(said.exists, 10, "what the viewers noted")
        streams = streamed(json.loads(said.read_text("utf-8")), at.commits(), from_ms, to_ms)
    seen = glassy.values()
    result.rows = [
        Row(
            f"{count} streams, commit to client",
            f"p95 <= {MUST_MS:.0f} ms",
            f"p50 {number(streams['p50_ms'])}, p95 {number(streams['p95_ms'])} ms",
            of_budget(streams["p95_ms"], MUST_MS),
            streams,
        ),
        Row(
            "the browser among them, numeral",
            f"p95 <= {MUST_MS:.0f} ms",
            f"p50 {number(seen['numeral_p50_ms'])}, p95 {number(seen['numeral_p95_ms'])} ms",
            of_budget(seen["numeral_p95_ms"], MUST_MS),
            seen,
        ),
        Row(
            "the browser among them, chart",
            f"p95 <= {MUST_MS:.0f} ms",
            f"p50 {number(seen['chart_p50_ms'])}, p95 {number(seen['chart_p95_ms'])} ms",
            of_budget(seen["chart_p95_ms"], MUST_MS),
        ),
        Row(
            "updates missed by any of them",
            "0",
            f"{number(streams['missed'])} of {number(streams['expected'])} by the streams,"
            f" {glassy.missed} of {len(glassy.numeral) + glassy.missed} by the browser",
            "",
            {"streams": streams["missed"], "browser": glassy.missed},
        ),
        Row(
            "server",
            f"<= {MUST_PERCENT:.0f} % of a core",
            f"{number(percent, 1)} %",
            of_budget(percent, MUST_PERCENT),
            {"percent": percent},
        ),
        Row(
            f"first snapshot, {count} asking at once",
            "–",
            f"p50 {number(streams['snapshot_p50_ms'])},"
            f" p95 {number(streams['snapshot_p95_ms'])} ms",
        ),
    ]
    result.notes.append(
        f"3 h of history; {number(streams['bytes_per_s'])} bytes a second and viewer"
    )
    return result


def streamed(
    said: dict[str, Any], commits: list[Commit], from_ms: float, to_ms: float
) -> dict[str, float | int | None]:
    """What came of the commits within the span, and when."""
    stored = {c.tick: c.began_ms for c in commits if from_ms <= c.began_ms <= to_ms}
    late: list[float] = []
    missed = 0
    for viewer in said["viewers"]:
        came = dict(reversed(viewer["ticks"]))
        for tick, began_ms in stored.items():
            if tick in came:
                late.append(came[tick] - began_ms)
            else:
                missed += 1
    first = [viewer["snapshot_ms"] for viewer in said["viewers"] if viewer["snapshot"]]
    ticks = [tick for viewer in said["viewers"] for tick in viewer["ticks"]]
    length = sum(viewer["bytes"] for viewer in said["viewers"])
    return {
        "p50_ms": percentile(late, 0.5),
        "p95_ms": percentile(late, 0.95),
        "p99_ms": percentile(late, 0.99),
        "missed": missed,
        "expected": len(stored) * len(said["viewers"]),
        "ended_early": said["ended_early"],
        "snapshot_p50_ms": percentile(first, 0.5),
        "snapshot_p95_ms": percentile(first, 0.95),
        "bytes_per_s": length / max(1, len(ticks)) / PERIOD_S,
    }
