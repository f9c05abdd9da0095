"""The board's own files on a page of their own, with a stream that the test plays."""

import json
from typing import Any

from monitor.screens import board
from tests.screens.glass_alone import NOW_MS, Alone, alarm, document, parameter, snapshot

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
  window.say = (kind, data) => window.source.on[kind]?.({ data: JSON.stringify(data) });
  const begin = () => setTimeout(() => window.beating && say("snapshot", state), 0);
  window.tell = (each) => {
    state.tick += 1;
    const told = {};
    for (const [id, chair] of Object.entries(state.each)) {
      Object.assign(chair, each[id] ?? {});
      for (const p of Object.values(chair.parameters)) {
        if (!p.episodic && !p.stays) p.t_ms = state.now_ms;
      }
      told[id] = { ...each[id], parameters: chair.parameters };
    }
    say("tick", { tick: state.tick, now_ms: state.now_ms, rate: 1, each: told });
  };
  setInterval(() => {
    state.now_ms += 250;
    if (window.beating && window.source?.readyState === 1) window.tell({});
  }, 250);
})();
"""


def whole(*chairs: dict[str, Any]) -> dict[str, Any]:
    """A snapshot of all chairs; each is what differs from a chair in the middle of a visit."""
    names = [
        {"id": n, "name": chair.pop("name", f"Chair {n}"), "removed": False}
        for n, chair in enumerate(chairs, 1)
    ]
    each = {}
    for chair, name in zip(chairs, names, strict=True):
        told = snapshot(**{**chair, "chair": name})
        common = {key: told[key] for key in ("tick", "now_ms", "rate", "tz")}
        for key in (*common, "chairs", "demo", "staff", "heartbeat_limit_ms", "history"):
            told.pop(key)
        each[str(name["id"])] = told
    return {**common, "heartbeat_limit_ms": 3000, "demo": True, "staff": ["RN Keller", "RN Ode"],
            "chairs": names, "each": each}  # fmt: skip


class BoardAlone(Alone):
    """A page with the board on it, and what it sent."""

    def played(self, state: dict[str, Any]) -> str:
        return _PLAYED.replace("SNAPSHOT", json.dumps(whole(*state["each"])))

    def document(self) -> str:
        html, css = board.page()
        return document(css, html, "board.js", {"chair": "all"})

    def tell(self, **each: Any) -> None:
        """A tick; ``c1`` is what is new of the first chair."""
        changes = {name.removeprefix("c"): told for name, told in each.items()}
        self.page.evaluate("(each) => tell(each)", changes)

    def card(self, number: int) -> Any:
        return self.page.locator(f"[data-testid=card][data-chair='{number}']")


def session(patient: str, stage: str = "dosing", **rest: Any) -> dict[str, Any]:
    """A session as the stream tells it."""
    began = NOW_MS - 1_344_000
    name = {"dosing": "Dosing", "recovery": "Recovery", "baseline": "Baseline"}[stage]
    infusion = {"drug": "ketamine", "dose_mg": 35.5, "minutes": 40, "started_ms": began,
                "stopped_ms": None, "paused_ms": None, "given_mg": 19.88, "at_ms": NOW_MS,
                "rate_mg_min": 0.8875}  # fmt: skip
    if stage == "recovery":
        infusion |= {"stopped_ms": NOW_MS - 41_000, "given_mg": 35.5, "rate_mg_min": 0}
    return {"id": 7, "patient": patient, "number": 3, "weight_kg": 71,
            "started_ms": NOW_MS - 2_000_000, "events": [],
            "plan": {"drug": "ketamine", "dose_mg": 35.5, "minutes": 40},
            "infusion": None if stage == "baseline" else infusion,
            "stage": {"id": stage, "name": name, "since_ms": NOW_MS - 41_000},
            "next": None, **rest}  # fmt: skip


def due(name: str, in_s: float, kind: str = "bp") -> dict[str, Any]:
    return {"id": name, "name": name, "at_ms": NOW_MS + in_s * 1000, "not_before_ms": None,
            "kind": kind, "scale": None}  # fmt: skip


PROBE_OFF = parameter(
    None, "%", validity="invalid", reason="probe off", last={"t_ms": NOW_MS - 7000, "value": 98}
)


def four() -> list[dict[str, Any]]:
    """Recovery, an alarm, a missing probe with an overdue BP, and a calm baseline."""
    usual = snapshot()["parameters"]
    return [
        {"session": session("KAP-0102", "recovery"),
            "due": [due("BP", 530)],
         "baseline": {"HR": 68}},
        {"session": session("KAP-0147"),
            "due": [due("BP", 106)],
         "baseline": {"HR": 74, "NIBP_sys": 128, "NIBP_dia": 80},
         "alarms": [alarm("NIBP_sys", "medium", "NIBP systolic 164 > 160", limit=160)],
         "parameters": {**usual, "NIBP_sys": {**usual["NIBP_sys"], "value": 164}}},
        {"session": session("KAP-0151"),
            "due": [due("BP", -52), due("IV site check", -20, "task")],
         "parameters": {**usual, "SpO2": PROBE_OFF}},
        {"session": session("KAP-0098", "baseline", next={"to": "timeout", "label": "time-out"})},
    ]  # fmt: skip
