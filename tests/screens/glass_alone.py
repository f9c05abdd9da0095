"""The live screen's own files on a page of their own, with a stream that the test plays.

Sound, layout and presses are the browser's real ones; only what the server would say is told by
``tell``. Ticks come four times a second, each a quarter of a second later, as long as ``beating``.
"""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from monitor.screens import live
from monitor.screens.routes import PLOTLY

ORIGIN = "http://live.test/"
NOW_MS = 1_795_330_328_000
_HERE = Path(live.__file__).parent

_PLAYED = """
(() => {
  const ahead = { ms: 0 };
  const real = performance.now.bind(performance);
  performance.now = () => real() + ahead.ms;
  window.skip = (ms) => { ahead.ms += ms; };
  window.EventSource = class {
    static CLOSED = 2;
    constructor() { window.source = this; this.on = {}; this.readyState = 1; begin(); }
    addEventListener(kind, heard) { this.on[kind] = heard; }
    close() { this.readyState = 2; }
  };
  window.state = SNAPSHOT;
  const state = window.state;
  window.beating = true;
  const say = (kind, data) => window.source.on[kind]?.({ data: JSON.stringify(data) });
  const begin = () => setTimeout(() => window.beating && say("snapshot", state), 0);
  window.tell = (changes) => {
    Object.assign(state, changes, { tick: state.tick + 1 });
    for (const p of Object.values(state.parameters)) {
      if (!p.episodic) p.t_ms = state.now_ms;
    }
    say("tick", { tick: state.tick, now_ms: state.now_ms, rate: 1, ...changes,
      parameters: state.parameters });
  };
  setInterval(() => {
    state.now_ms += 250;
    if (window.beating && window.source?.readyState === 1) window.tell({});
  }, 250);
})();
"""


def parameter(value: float | None, unit: str, **rest: Any) -> dict[str, Any]:
    return {"unit": unit, "decimals": 0, "episodic": False, "dim_ms": 5000, "dash_ms": 10_000,
            "source": 1, "t_ms": NOW_MS, "value": value, "validity": "valid", "reason": "",
            "last": {"t_ms": NOW_MS, "value": value}, **rest}  # fmt: skip


def tile(label: str, *parameters: str) -> dict[str, Any]:
    return {"parameters": list(parameters), "label": label, "expected": True}


def alarm(parameter: str | None, priority: str, text: str, **rest: Any) -> dict[str, Any]:
    return {"occurrence": f"1.{text}", "condition": "x", "parameter": parameter,
            "kind": "physiological", "priority": priority, "state": "active",
            "since_ms": NOW_MS - 14_000, "text": text, "value": 80, "limit": 85, "by": None,
            **rest}  # fmt: skip


DOSE = {"drug": "ketamine", "dose_mg": 35.5, "minutes": 40}
PAD = {
    "error": "",
    "events": [{"text": "Nausea", "key": "n"}, {"text": "Music", "key": "m"}],
    "medications": [{"drug": "ondansetron", "routes": ["IV", "oral"]}],
    "scales": [],
}


def running(**rest: Any) -> dict[str, Any]:
    """An infusion that was started 1000 s ago at its planned rate."""
    start = NOW_MS - 1_000_000
    return {**DOSE, "started_ms": start, "stopped_ms": None, "paused_ms": None,
            "paused_reason": None, "at_ms": start, "given_mg": 0, "rate_mg_min": 35.5 / 40,
            "rate_ml_h": None, "steps": [[start, 35.5 / 40]], "doses": [], **rest}  # fmt: skip


def session(**rest: Any) -> dict[str, Any]:
    """A session in its dosing."""
    return {"id": 7, "patient": "KAP-0147", "number": 3, "weight_kg": 71, "events": [],
            "started_ms": NOW_MS - 1_500_000, "plan": {**DOSE, "concentration_mg_ml": None},
            "regimen": None, "stage": {"id": "dosing", "name": "Dosing",
                                       "since_ms": NOW_MS - 1_000_000},
            "next": {"kind": "stage", "label": "Peak", "to": "peak", "mg": None},
            "steps": [{"to": "recovery", "label": "Recovery", "regular": False}],
            "infusion": None, "flags": [], "checks_open": 0,
            "pause_reasons": ["SpO2", "nausea"], "scores": [], **rest}  # fmt: skip


def snapshot(**rest: Any) -> dict[str, Any]:
    cuff = {"episodic": True, "t_ms": NOW_MS - 200_000}
    return {
        "tick": 100, "now_ms": NOW_MS, "rate": 1, "tz": "Europe/Zurich",
        "chair": {"id": 1, "name": "Chair 1"},
        "chairs": [{"id": 1, "name": "Chair 1"}, {"id": 2, "name": "Chair 2"}],
        "demo": True, "generation": "simulated", "watch": "RN Keller",
        "staff": ["RN Keller", "RN Ode"], "heartbeat_limit_ms": 3000,
        "sources": [{"id": 1, "name": "B450", "generation": "simulated", "state": "connected",
                     "since_ms": NOW_MS, "detail": "", "period_ms": 5000}],
        "tiles": {"HR": tile("HR", "HR"), "SpO2": tile("SpO₂", "SpO2"),
                  "NIBP": tile("NIBP", "NIBP_sys", "NIBP_dia", "NIBP_mean"),
                  "RR": tile("RR", "RR")},
        "parameters": {"HR": parameter(88, "/min"), "SpO2": parameter(97, "%"),
                       "NIBP_sys": parameter(137, "mmHg", **cuff),
                       "NIBP_dia": parameter(84, "mmHg", **cuff),
                       "NIBP_mean": parameter(102, "mmHg", **cuff), "RR": parameter(14, "/min")},
        "limits": {"HR": [{"priority": "medium", "side": "high", "bound": 120}],
                   "SpO2": [{"priority": "medium", "side": "low", "bound": 90}]},
        "alarms": [],
        "session": session(infusion=running()),
        "pad": PAD,
        "due": [],
        "history": {"width_ms": 4000, "traces": {}, "cuffs": []},
        **rest,
    }  # fmt: skip


HIGH = alarm("SpO2", "high", "SpO₂ 82 < 85")
MEDIUM = alarm("NIBP_sys", "medium", "NIBP systolic 164 > 160")
LOW = alarm("HR", "low", "HR 111, 26 % above its baseline 88")
ON = {"state": "on", "by": None, "reason": "", "since_ms": None, "until_ms": None}
PAUSED = {**ON, "state": "paused", "by": "RN Ode", "since_ms": NOW_MS, "until_ms": NOW_MS + 90_000}
OFF = {**ON, "state": "off", "by": "RN Ode", "reason": "Staff in the room", "since_ms": NOW_MS}

PLAYING = "shown.audio.sound.playing?.name ?? null"


class Alone:
    """A page with the screen on it, and what it sent."""

    def __init__(
        self,
        browser: Browser,
        size: tuple[int, int] = (1920, 1080),
        chart: bool = False,
        **state: Any,
    ) -> None:
        self.chart = chart
        self.presses: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route(f"{ORIGIN}**", self._serve)
        self.page.add_init_script(self.played(state))
        self.page.goto(ORIGIN)

    def played(self, state: dict[str, Any]) -> str:
        """The script that plays the server's stream."""
        return _PLAYED.replace("SNAPSHOT", json.dumps(snapshot(**state)))

    def document(self) -> str:
        """The page itself."""
        css = "".join((_HERE / name).read_text("utf-8") for name in live.STYLES)
        config = {"chair": 1, "plotly": "/plotly.js", "session_url": "/session",
                  "review_url": "/review", "limits_url": "/limits"}  # fmt: skip
        return document(css, (_HERE / "live.html").read_text("utf-8"), "screen.js", config)

    def tell(self, **changes: Any) -> None:
        """A tick with these sections."""
        self.page.evaluate("(changes) => tell(changes)", changes)

    def last_report(self) -> dict[str, Any]:
        """What the page said last of itself; what it sends is taken in while we look at it."""
        self.page.evaluate("0")
        return self.reports[-1]

    def close(self) -> None:
        self.context.close()
        assert self.errors == []

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "plotly.js" and self.chart:
            route.fulfill(path=PLOTLY, content_type="text/javascript")
        elif path in live.MODULES:
            body = live.MODULES[path].read_text("utf-8")
            route.fulfill(body=body, content_type="text/javascript")
        elif path == "api/journal":
            self.presses.append(json.loads(route.request.post_data or "{}"))
            route.fulfill(json={"saved": True, "id": len(self.presses)})
        elif path == "api/screen":
            self.reports.append(json.loads(route.request.post_data or "{}"))
            route.fulfill(json={"heard": True})
        elif path == "":
            route.fulfill(body=self.document(), content_type="text/html")
        else:
            route.fulfill(status=404)


def document(css: str, html: str, module: str, config: dict[str, Any]) -> str:
    """A page with one of the screens and nothing else."""
    given = {"token": "t", "stream": "/api/stream", "journal": "/api/journal", **config}
    start = (
        f"import {{ Screen }} from '/{module}';"
        f" window.shown = new Screen(document.querySelector('.cs'), {json.dumps(given)});"
    )
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>x</title><style>{css}</style>"
    return f"{head}{html}<script type='module'>{start}</script>"


def arm(page: Page) -> None:
    """Turn sound on, as a nurse does."""
    page.get_by_test_id("sound").click()
    page.get_by_test_id("sound-on").click()
    page.get_by_test_id("sound-yes").click()
    page.get_by_test_id("sound-close").click()


def sign(page: Page, key: str) -> Any:
    return page.locator(f"[data-testid=sign][data-sign={key}]")
