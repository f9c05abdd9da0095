"""What a chair's stream may tell, for the tests of the live screen's own logic."""

from typing import Any

from tests.screens.conftest import Js

HR = {
    "unit": "/min", "decimals": 0, "episodic": False, "dim_ms": 5_000, "dash_ms": 10_000,
    "source": 1, "t_ms": 100_000, "value": 88, "validity": "valid", "reason": "",
    "last": {"t_ms": 100_000, "value": 88},
}  # fmt: skip
SYS = {**HR, "episodic": True, "value": 164}


def alarm(name: str, priority: str, since: int, **rest: Any) -> dict[str, Any]:
    return {"occurrence": name, "parameter": name, "kind": "physiological", "priority": priority,
            "state": "active", "since_ms": since, "text": name, "by": None, **rest}  # fmt: skip


def snapshot(**rest: Any) -> dict[str, Any]:
    return {
        "tick": 1, "now_ms": 100_000, "rate": 1, "alarms": [], "session": None, "limits": {},
        "sources": [{"id": 1, "name": "B450", "state": "connected"}],
        "tiles": {"HR": {"parameters": ["HR"], "label": "HR", "expected": True}},
        "parameters": {"HR": HR}, "history": {"width_ms": 1000, "traces": {}, "cuffs": []}, **rest,
    }  # fmt: skip


IV_SITE = {"id": "iv_site", "name": "IV site check", "at_ms": 90_000, "not_before_ms": None,
           "kind": "task", "scale": None}  # fmt: skip


def line(js: Js, data: dict[str, Any], now: int = 100_500, **link: Any) -> dict[str, Any]:
    link = {"fresh": True, "starting": False, "cause": "the recorder has stopped.", **link}
    result: dict[str, Any] = js(
        "alarmline.js",
        "const { Model } = await import('/model.js'); const model = new Model();"
        "model.snapshot(d[0]); return m.alarmLine(model, d[1], d[2]);",
        [data, now, link],
    )
    return result
