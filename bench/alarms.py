"""Alarms: what judging 64 chairs costs, how soon one is on the glass, and an acknowledgement.

The glass is two tabs on the real recorder and dashboard, with a simulated oximeter whose SpO2 falls
again and again, ten times as fast as real.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page

from bench.glass import glass
from bench.processes import BenchError, Processes, Window, free_port, until
from bench.report import RESULTS, Result, Row, number, of_budget, percentile, say
from devices.numeric import Numeric, Parameter, numeric
from monitor.alarms.presets import read_preset
from monitor.chair import ChairState, Inputs, SourceState
from monitor.command import places
from monitor.session.state import Session, Visit
from monitor.store import current, journal
from monitor.store.database import StoreError, open_to_read, open_to_write

CHAIRS, MUST_PERCENT = 64, 3.0
MUST_GLASS_MS, MUST_ACK_MS = 500.0, 1000.0
RATE = 10
TICKS = 120
BEGIN_MS = 1_700_000_000_000

# Notes when each occurrence comes to stand on the alarm line, and when it is acknowledged there.
PROBE = """
window.seen = {};
const look = () => {
  const line = document.querySelector("[data-testid=alarm-line]");
  if (!line || !line.dataset.occurrence) return;
  const key = line.dataset.occurrence + " " + line.dataset.state;
  window.seen[key] ??= Date.now();
};
new MutationObserver(look).observe(document, {subtree: true, attributes: true, childList: true});
document.addEventListener("click", (event) => {
  const near = event.target.closest?.("[data-testid=acknowledge]");
  const line = document.querySelector("[data-testid=alarm-line]");
  if (near) window.seen[line.dataset.occurrence + " pressed"] ??= Date.now();
}, true);
"""


def run(seconds: float) -> Result:
    """Judge for a while, then watch two tabs for ``seconds``."""
    result = Result("alarms", seconds)
    window = Window()
    result.rows.append(_cost())
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=RESULTS, prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Processes(folder) as processes, glass() as tab:
            result.rows += _watched(folder, processes, tab._browser, seconds)
            result.others_percent = window.others_percent()
    return result


def _cost() -> Row:
    """Nine parameters a second on each chair, the shipped preset, a session with a baseline."""
    say(f"alarms: judging {CHAIRS} chairs")
    chairs = [_chair(number) for number in range(1, CHAIRS + 1)]
    took_ms = []
    for tick in range(1, TICKS + 1):
        now_ms = BEGIN_MS + tick * 1000
        began_s = time.process_time()
        for chair in chairs:
            words = [(1, x) for x in _words(now_ms, tick)]
            chair.take(Inputs(words=words, heard={1}), now_ms)
            chair.judge(tick, now_ms)
        took_ms.append((time.process_time() - began_s) * 1000)
    half, high = percentile(took_ms[20:], 0.5), percentile(took_ms[20:], 0.95)
    percent = (half or 0.0) / 10  # ms of each second
    return Row(
        f"judging {CHAIRS} chairs, 9 parameters at 1 Hz",
        f"<= {MUST_PERCENT:.0f} % of a core",
        f"{percent:.1f} % (p50 {number(half, 1)}, p95 {number(high, 1)} ms of each second)",
        of_budget(percent, MUST_PERCENT),
        {"percent": percent, "p50_ms": half, "p95_ms": high},
    )


def _chair(number: int) -> ChairState:
    source = SourceState(1, "B450", 1000, BEGIN_MS, "connected")
    expected = (Parameter.HR, Parameter.PR, Parameter.SPO2, Parameter.RR)
    state = ChairState(number, {1: source}, expected, read_preset(places.LIMITS), BEGIN_MS)
    session = Session(
        1, "", number, "P", "1980", 70.0, "", None, None, "", BEGIN_MS, BEGIN_MS, BEGIN_MS
    )
    state.visit = Visit(session)
    state.baseline = {Parameter.HR: 72.0, Parameter.PR: 72.0, Parameter.NIBP_SYS: 120.0}
    return state


def _words(now_ms: int, tick: int) -> list[Numeric]:
    """A calm patient; SpO2 wanders about its advisory limit."""
    values = {
        Parameter.HR: 72 + tick % 5,
        Parameter.PR: 72 + tick % 4,
        Parameter.SPO2: 95 - tick % 4,
        Parameter.RR: 14,
        Parameter.ETCO2: 38,
        Parameter.TEMP: 36.8,
    }
    words = [numeric(parameter, value, now_ms) for parameter, value in values.items()]
    if tick % 60 == 1:
        cuff = {Parameter.NIBP_SYS: 128, Parameter.NIBP_DIA: 78, Parameter.NIBP_MEAN: 95}
        words += [numeric(parameter, value, now_ms) for parameter, value in cuff.items()]
    return words


def _watched(folder: Path, processes: Processes, browser: Any, seconds: float) -> list[Row]:
    database, clinic = folder / "bench.db", folder / "clinic.toml"
    falls = ",".join(f"{begin}-{begin + 25}" for begin in range(60, 40_000, 60))
    clinic.write_text(
        'clinic = "Bench"\ntime_zone = "Europe/Zurich"\nstaff = ["RN Keller"]\n'
        '[[chair]]\nname = "Chair 1"\n[[chair.device]]\nname = "Rad-8"\n'
        f'driver = "masimo_ascii1"\nurl = "sim://masimo_ascii1?desaturate={falls}"\n',
        encoding="utf-8",
    )
    record = [sys.executable, "-m", "monitor", "record", "--database", str(database)]
    processes.start([*record, "--clinic", str(clinic), "--speed", str(RATE)])
    until(lambda: database.exists() and _ticks(database) > 1, 30, "the recorder's first ticks")
    _on_watch(database)
    environment = {
        places.MODE_VARIABLE: "clinic",
        places.DATABASE_VARIABLE: str(database),
        places.CLINIC_VARIABLE: str(clinic),
    }
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "bench/apps/ours.py"]
    command += [f"--server.port={port}", "--server.headless=true"]
    processes.serve(command, port, "/_stcore/health", environment)
    say(f"alarms: two tabs for {seconds:g} s")
    pages = [_tab(browser, f"http://127.0.0.1:{port}/?chair=1") for _ in range(2)]
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        pages[0].wait_for_timeout(400)
        _acknowledge(pages[0])
    first, second = (page.evaluate("window.seen") for page in pages)
    for page in pages:
        page.context.close()
    return _rows(database, first, second)


def _ticks(database: Path) -> int:
    try:
        db = open_to_read(database)
    except StoreError:
        return 0  # it is being made
    tick = current.last_tick(db)
    db.close()
    return tick.tick if tick else 0


def _tab(browser: Any, address: str) -> Page:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.add_init_script(PROBE)
    page: Page = context.new_page()
    page.goto(address, wait_until="domcontentloaded", timeout=30_000)
    page.get_by_test_id("value-SpO2").wait_for(timeout=60_000)
    return page


def _acknowledge(page: Page) -> None:
    """Press what stands there."""
    page.evaluate("document.querySelector('[data-testid=acknowledge]:not([hidden])')?.click()")


def _on_watch(database: Path) -> None:
    """Somebody is on watch, so that a press asks no name."""
    db = open_to_write(database)
    tick = current.last_tick(db)
    journal.write_entry(
        db,
        press="bench-watch",
        t_ms=tick.t_ms if tick else BEGIN_MS,
        chair=1,
        kind="watch",
        actor="RN Keller",
        data={},
    )
    db.close()


def _rows(database: Path, first: dict[str, int], second: dict[str, int]) -> list[Row]:
    try:
        db = open_to_read(database)
    except StoreError as error:
        raise BenchError(str(error)) from error
    ((anchor_ms,),) = db.execute("SELECT anchor_ms FROM run").fetchall()
    began = db.execute(
        "SELECT occurrence, min(t_ms) FROM alarm WHERE parameter = 'SpO2' AND kind ="
        " 'physiological' AND priority IN ('medium', 'high') GROUP BY occurrence"
    ).fetchall()
    db.close()
    shown, seen = [], []
    for occurrence, t_ms in began:
        at_ms = anchor_ms + (t_ms - anchor_ms) / RATE
        stood = first.get(f"{occurrence} active")
        if stood is not None and stood > at_ms - 1000:
            shown.append(stood - at_ms)
        pressed = first.get(f"{occurrence} pressed")
        taken = second.get(f"{occurrence} acknowledged")
        if pressed is not None and taken is not None:
            seen.append(float(taken - pressed))
    return [
        _times("alarm decided to alarm line", MUST_GLASS_MS, shown),
        _times("acknowledged, seen in a second browser", MUST_ACK_MS, seen),
    ]


def _times(what: str, must_ms: float, found: list[float]) -> Row:
    half, high = percentile(found, 0.5), percentile(found, 0.95)
    return Row(
        what,
        f"p95 <= {must_ms:.0f} ms",
        f"p50 {number(half)}, p95 {number(high)} ms (n={len(found)})",
        "" if high is None else of_budget(high, must_ms),
        {"p50_ms": half, "p95_ms": high, "n": len(found)},
    )
