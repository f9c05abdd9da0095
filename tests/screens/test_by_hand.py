"""Values by hand on the live screen: the number pad, and a chair that has no device at all."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from devices.numeric import Parameter
from tests.conftest import Program, until
from tests.screens.conftest import Js
from tests.screens.glass_alone import Alone
from tests.screens.test_glass import WAIT_MS, watch
from tests.screens.test_glass_presses import start_session

pytestmark = pytest.mark.browser

CLINIC = """clinic = "Spot checks"
time_zone = "Europe/Zurich"
staff = ["RN Keller"]
[[chair]]
name = "Chair 1"
"""


def tap(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_test_id(name).click()


def open_pad(page: Page) -> None:
    expect(page.get_by_test_id("by-hand")).to_be_enabled(timeout=WAIT_MS)
    page.get_by_text("Record an event").click()


def test_a_chair_without_devices_is_watched_by_hand(
    program: Program, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    address = program.dashboard(tmp_path / "clinic.toml")
    until(lambda: program.ticks() > 1)
    page = browser.new_page(viewport={"width": 1024, "height": 768})
    page.goto(f"{address}/?chair=1")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true", timeout=WAIT_MS)
    watch(page)
    start_session(page, program, address)
    open_pad(page)
    tap(page, "by-hand", "by-hand-BP")
    page.keyboard.type("18595")
    tap(page, "by-hand-SpO2", "key-8", "key-4", "by-hand-Temp", "key-3", "key-6", "key-8")
    page.reload()  # what was typed stays
    open_pad(page)
    tap(page, "by-hand")
    expect(page.get_by_test_id("by-hand-BP")).to_have_text("BP 185 / 95")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("value-NIBP")).to_have_text("185/95", timeout=WAIT_MS)
    expect(page.get_by_test_id("age-NIBP")).to_contain_text("by hand")
    expect(page.get_by_test_id("value-SpO2")).to_have_text("84")
    expect(page.get_by_test_id("age-SpO2")).to_have_text(re.compile(r"^by hand · \d+ s ago$"))
    expect(page.get_by_test_id("value-Temp")).to_have_text("36.8")
    expect(page.get_by_test_id("alarm-line")).to_contain_text(re.compile("SpO2 84 < 85|NIBP"))
    ((data,),) = program.query("SELECT data FROM journal WHERE kind = 'reading'")
    values = {"NIBP_sys": 185, "NIBP_dia": 95, "SpO2": 84, "Temp": 36.8}
    assert json.loads(data) == {"session": 1, "values": values}
    assert len(program.query("SELECT 1 FROM reading WHERE episodic = 1")) == 4
    page.close()


@pytest.mark.parametrize(
    ("kind", "keys", "text"),
    [
        ("BP", "12080", "120 / 80"),
        ("BP", "9860", "98 / 60"),
        ("BP", "30/2", "30 / 2"),
        ("BP", "120801", "120 / 801"),
        ("BP", "1208012", "120 / 801"),
        ("BP", "/", ""),
        ("BP", "1208bbb5", "125"),
        ("BP", "1208bb9", "120 / 9"),
        ("Temp", "366", "36.6"),
        ("Temp", "3.6.65", "36.6"),
        ("SpO2", "97.1", "971"),
        ("HR", "1234/b", "12"),
    ],
)
def test_what_a_key_does(js: Js, kind: str, keys: str, text: str) -> None:
    body = (
        "let s = ''; for (const k of d[1]) s = m.typed(d[0], s, k === 'b' ? 'back' : k); return s"
    )
    assert js("handvalues.js", body, [kind, keys]) == text


REFUSED: list[tuple[dict[str, str], str]] = [
    ({}, "Type a value first."),
    ({"SpO2": ""}, "Type a value first."),
    ({"SpO2": "101"}, "The SpO2 must be between 1 and 100 %."),
    ({"BP": "120"}, "The diastolic pressure must be between 10 and 300 mmHg."),
    ({"BP": "301 / 80"}, "The systolic pressure must be between 20 and 300 mmHg."),
    ({"BP": "80 / 80"}, "The systolic pressure must be above the diastolic."),
    ({"HR": "9", "SpO2": "97"}, "The PR must be between 10 and 350 /min."),
    ({"Temp": "3"}, "The Temp must be between 15 and 45 °C."),
]


def test_what_cannot_be_is_refused_before_it_is_sent(js: Js) -> None:
    told = js("handvalues.js", "return d.map((x) => m.valuesOf(x, 'PR'))", [x for x, _ in REFUSED])
    assert [x["why"] for x in told] == [why for _, why in REFUSED]
    assert all(not x["values"] for x in told)
    whole = js("handvalues.js", "return m.valuesOf({HR: '70', Temp: '36.6'}, 'HR')")
    assert whole == {"values": {"HR": 70, "Temp": 36.6}, "why": ""}
    ranges = js("handvalues.js", "return m.RANGES")
    assert ranges == {p: [*Parameter(p).range, Parameter(p).unit] for p in ranges}


def test_when_it_was_taken_and_a_draft_that_lay_for_long(browser: Browser) -> None:
    alone = Alone(browser)
    page = alone.page
    tap(page, "by-hand", "by-hand-SpO2", "key-9", "key-7", "ago-5")
    tap(page, "by-hand-save")
    until(lambda: page.evaluate("0") == 0 and alone.presses)
    sent = alone.presses[-1]
    now_ms = page.evaluate("state.now_ms")
    assert (sent["kind"], sent["data"]["values"]) == ("reading", {"SpO2": 97})
    assert -2000 < now_ms - 300_000 - sent["data"]["at_ms"] < 2000
    expect(page.get_by_test_id("by-hand-panel")).to_be_hidden()
    tap(page, "by-hand")
    expect(page.get_by_test_id("by-hand-SpO2")).to_have_text("SpO₂")
    tap(page, "by-hand-RR", "key-1", "key-4")
    page.evaluate("skip(130000); state.now_ms += 130000")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true")
    page.wait_for_function("shown.clock.now(performance.now()) > state.now_ms - 2000")
    tap(page, "by-hand-save")
    expect(page.get_by_test_id("by-hand-why")).to_contain_text("say when it was taken")
    page.keyboard.press("Enter")
    assert len(alone.presses) == 1
    tap(page, "ago-2", "by-hand-save")
    until(lambda: page.evaluate("0") == 0 and len(alone.presses) == 2)
    expect(page.get_by_test_id("by-hand-panel")).to_be_hidden()
    tap(page, "by-hand", "by-hand-RR", "key-1")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("by-hand-panel")).to_be_hidden()
    tap(page, "by-hand", "key-back", "by-hand-HR", "key-9", "key-9")
    alone.tell(session={**page.evaluate("state.session"), "id": 8})
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("by-hand-why")).to_contain_text("Another session")
    tap(page, "by-hand-close", "by-hand")
    expect(page.get_by_test_id("by-hand-HR")).to_have_text("HR")
    alone.tell(session=None)
    expect(page.get_by_test_id("by-hand")).to_be_disabled()
    alone.close()


def test_marks_stand_in_the_chart(browser: Browser) -> None:
    alone = Alone(browser, chart=True)
    page = alone.page
    page.wait_for_function("shown.chart?.made")
    now_ms = page.evaluate("state.now_ms")
    alone.tell(by_hand=[{"p": "HR", "t": now_ms - 60_000, "v": 180}])
    marked: dict[str, Any] = {"t_ms": now_ms - 1000, "sys": 120, "dia": 80, "mean": None}
    page.evaluate("(c) => shown.model.cuff(c)", {**marked, "by_hand": True})
    squares = (
        "shown.chart.node.data.filter((d) => d.marker?.symbol === 'square-open').map((d) => d.y)"
    )
    page.wait_for_function(f"JSON.stringify({squares}) === '[[180],[],[120,80]]'")
    assert page.evaluate("shown.chart.node.layout.yaxis.range")[1] >= 180
    alone.close()
