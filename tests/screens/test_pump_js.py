"""What a screen says of the infusion pump, run in the real browser."""

from typing import Any

import pytest

from tests.screens.conftest import Js
from tests.screens.stream_alone import IV_SITE, alarm, line, snapshot

pytestmark = pytest.mark.browser

WORDS = (
    "const { Model } = await import('/model.js'); const model = new Model();"
    "model.snapshot(d[0]); return m.pumpWords(model, d[1]);"
)
DIFFERS = {"text": "Pump 40 mL/h, entered 53.3", "since_ms": 90_000}


def said(value: float | None, at_ms: int = 100_000, **more: Any) -> dict[str, Any]:
    return {"episodic": False, "by_hand": False, "dim_ms": 10_000, "dash_ms": 15_000, "t_ms": at_ms,
            "value": value, "validity": "valid" if value is not None else "unavailable",
            "reason": "", "last": None, "source": 2, "decimals": 1, **more}  # fmt: skip


def pumped(rate: float | None, volume: float | None, **pump: Any) -> dict[str, Any]:
    parameters = {**snapshot()["parameters"], "Pump_rate": said(rate), "Pump_volume": said(volume)}
    return snapshot(parameters=parameters, pump={"from_ml": 2.5, "differs": None, **pump})


def words(js: Js, told: dict[str, Any], now: int = 100_500, fresh: bool = True) -> str:
    return str(js("pump.js", WORDS, [told, {"now": now, "fresh": fresh}]))


def test_what_the_pump_says_stands_in_its_own_units(js: Js) -> None:
    assert words(js, snapshot()) == words(js, snapshot(pump=None)) == ""
    assert words(js, pumped(53.25, 11.4)) == "pump says 53.3 mL/h · 8.9 mL pumped"
    assert words(js, pumped(0, 2.5)) == "pump says 0 mL/h · 0 mL pumped"
    assert words(js, pumped(53.25, None)) == "pump says 53.3 mL/h"
    differs = "pump 40 mL/h, entered 53.3 · 8.9 mL pumped"
    assert words(js, pumped(40, 11.4, differs=DIFFERS)) == differs


def test_an_old_number_of_the_pump_is_no_number(js: Js) -> None:
    told = pumped(53.25, 11.4, differs=DIFFERS)
    assert words(js, told, now=115_000) == "pump: no data"
    assert words(js, told, fresh=False) == "pump: no data"
    told["parameters"]["Pump_rate"] = said(None, reason="no pump")
    assert words(js, told) == "pump: no pump"


def test_a_pump_that_differs_is_never_beside_no_alarm(js: Js) -> None:
    assert line(js, pumped(53.25, 11.4))["text"] == "No alarm"
    told = pumped(40, 11.4, differs=DIFFERS)
    found = line(js, told)
    assert (found["state"], found["text"]) == ("incomplete", DIFFERS["text"])
    both = line(js, {**told, "session": {"id": 1}, "due": [IV_SITE]})
    assert both["text"] == f"{DIFFERS['text']} · IV site check overdue 0:10"
    high = line(js, {**told, "alarms": [alarm("SpO2 82 < 85", "high", 99_000)]})
    assert high["text"] == "SpO2 82 < 85"
    assert line(js, told, fresh=False)["state"] == "no-data"
