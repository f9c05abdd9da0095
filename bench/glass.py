"""A real Chromium that looks at a screen and notes when a value and a chart change on it."""

import json
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.processes import BenchError
from bench.report import percentile
from bench.writer import Commit
from tests import browser as installed

# One probe for every screen: the numeral when its text has changed in the DOM, the chart when
# Plotly says that it has plotted, with the last values that its first line holds.
PROBE = """
(() => {
  const wanted = CONFIG, log = [], seen = new WeakMap(), made = new WeakSet();
  let charts = 0, shown = null;
  window.bench = { log, charts: () => charts };
  const last = (y) => {
    y = Array.from(y);
    if (!wanted.ribbon) return y.slice(-1);
    const part = y.slice(y.lastIndexOf(null) + 1), half = part.length / 2;
    return [part[half - 1], part[half]];
  };
  const plotted = (gd) => {
    const y = (gd._fullData ?? gd.data)?.[0]?.y;
    if (wanted.log && y?.length) log.push([Date.now(), "chart", last(y)]);
  };
  const look = () => {
    const text = document.querySelector(wanted.numeral)?.textContent.trim();
    if (text && text !== shown) {
      shown = text;
      if (wanted.log) log.push([Date.now(), "numeral", [Number(text)]]);
    }
    for (const gd of document.getElementsByClassName("js-plotly-plot")) {
      if (!made.has(gd)) {
        made.add(gd);
        charts++;
      }
      if (!gd.on || (seen.has(gd) && seen.get(gd) === gd._ev)) continue;
      seen.set(gd, gd._ev);
      if (gd.calcdata) plotted(gd);
      gd.on("plotly_afterplot", () => plotted(gd));
    }
  };
  const all = { childList: true, subtree: true, characterData: true };
  new MutationObserver(look).observe(document, all);
})();
"""

MATCH_MS = 15_000  # a value of the made-up heart rate is unique for longer than this


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen to look at: where its heart rate stands, and how the first line is drawn, if any."""

    name: str
    address: str
    numeral: str
    ribbon: bool = True
    chart: bool = True


@dataclass(slots=True)
class Latencies:
    """From the beginning of a commit to the glass, in ms; ``missed`` never came."""

    numeral: list[float]
    chart: list[float]
    missed: int

    def add(self, other: "Latencies") -> None:
        """Take another stretch of the same screen."""
        self.numeral += other.numeral
        self.chart += other.chart
        self.missed += other.missed

    def values(self) -> dict[str, float | int | None]:
        """The figures of both."""
        return {
            "numeral_p50_ms": percentile(self.numeral, 0.5),
            "numeral_p95_ms": percentile(self.numeral, 0.95),
            "chart_p50_ms": percentile(self.chart, 0.5),
            "chart_p95_ms": percentile(self.chart, 0.95),
            "updates": len(self.numeral),
            "missed": self.missed,
        }


class Glass:
    """One tab."""

    def __init__(self, browser: Browser) -> None:
        """A tab without a page."""
        self._browser = browser
        self.page: Page | None = None
        self._cdp: CDPSession | None = None
        self._by_cpu: CDPSession | None = None

    def show(self, screen: Screen, *, log: bool = True) -> None:
        """Load a screen afresh and wait until its number and its chart are there."""
        self.clear()
        context = self._browser.new_context(viewport={"width": 1920, "height": 1080})
        config = {"numeral": screen.numeral, "ribbon": screen.ribbon, "log": log}
        context.add_init_script(PROBE.replace("CONFIG", json.dumps(config)))
        page = context.new_page()
        self.page = page
        page.goto(screen.address, wait_until="domcontentloaded", timeout=30_000)
        drawn = "document.querySelector('.js-plotly-plot')?.calcdata" if screen.chart else "true"
        ready = f"(css) => {drawn} && /\\d/.test(document.querySelector(css)?.textContent ?? '')"
        page.wait_for_function(ready, arg=screen.numeral, timeout=90_000, polling=250)
        self._cdp = context.new_cdp_session(page)
        self._cdp.send("Performance.enable")
        self._by_cpu = context.new_cdp_session(page)
        self._by_cpu.send("Performance.enable", {"timeDomain": "threadTicks"})

    def clear(self) -> None:
        """Close the page, so that nothing of it runs."""
        if self.page:
            self.page.context.close()
        self.page = self._cdp = self._by_cpu = None

    def log(self) -> list[tuple[float, str, list[float]]]:
        """What the probe noted: when (ms), what, which last values."""
        assert self.page is not None
        return [(at, kind, values) for at, kind, values in self.page.evaluate("window.bench.log")]

    def charts(self) -> int:
        """How many chart nodes the page has made since it was loaded."""
        assert self.page is not None
        return int(self.page.evaluate("window.bench.charts()"))

    def busy_s(self) -> tuple[float, float]:
        """How long tasks of the page have run: by the wall clock, and by the thread's own CPU.

        The first counts as well how long other programs held the core meanwhile.
        """
        assert self._cdp is not None
        assert self._by_cpu is not None
        return _metric(self._cdp, "TaskDuration"), _metric(self._by_cpu, "TaskDuration")

    def heap_mb(self) -> float:
        """What the page holds after all that can go has gone."""
        assert self._cdp is not None
        for _ in range(2):
            self._cdp.send("HeapProfiler.collectGarbage")
            time.sleep(0.2)
        return _metric(self._cdp, "JSHeapUsedSize") / 2**20

    def version(self) -> str:
        """Which browser it is."""
        return self._browser.version


def _metric(cdp: CDPSession, name: str) -> float:
    """One of the browser's own figures of the page."""
    metrics = cdp.send("Performance.getMetrics")["metrics"]
    return float(next(x["value"] for x in metrics if x["name"] == name))


@contextmanager
def glass() -> Generator[Glass]:
    """A browser of our own, closed at the end."""
    path = installed.find()
    if path is None:
        raise BenchError(installed.SENTENCE)
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"executable_path": path, "args": installed.arguments()}
        browser = playwright.chromium.launch(**options)
        try:
            yield Glass(browser)
        finally:
            browser.close()


def matched(
    commits: Sequence[Commit],
    log: Sequence[tuple[float, str, list[float]]],
    from_ms: float,
    to_ms: float,
) -> Latencies:
    """Find for each commit within the span when its value first stood on the glass."""
    found = Latencies([], [], 0)
    for commit in commits:
        if not from_ms <= commit.began_ms <= to_ms:
            continue
        at: dict[str, float] = {}
        for noted_ms, kind, values in log:
            since_ms = noted_ms - commit.began_ms
            if -1 <= since_ms < MATCH_MS and commit.rate_shown in values:
                at.setdefault(kind, max(0.0, since_ms))
        if "numeral" in at:
            found.numeral.append(at["numeral"])
        else:
            found.missed += 1
        if "chart" in at:
            found.chart.append(at["chart"])
    return found
