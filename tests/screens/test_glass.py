"""The live screen in a real browser, with the real recorder and dashboard.

What is on the glass equals what is on the disk; what is old looks old; a press is saved and seen.
"""

import os
import re
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Program, clinic_file, until
from tests.screens.pages import pass_preflight

pytestmark = pytest.mark.browser

WAIT_MS = 15_000
STILL_MS = 8_000  # long before a value is too old by itself (10 s), also on a busy computer


def serve(program: Program, folder: Path) -> str:
    address = program.dashboard(
        clinic_file(
            folder,
            ("Chair 1", "datex_dri", "sim://datex_dri?seed=1&spo2=97&cuff_min=3"),
            ("Chair 2", "masimo_ascii1", "sim://masimo_ascii1?seed=2&spo2=86&sn=0000000002"),
        )
    )
    until(lambda: program.ticks() > 2)
    return address


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Program, str]]:
    folder = tmp_path_factory.mktemp("clinic")
    program = Program(folder / "chairside.db")
    try:
        yield program, serve(program, folder)
    finally:
        program.close()


def open_chair(browser: Browser, address: str, chair: int = 1) -> Page:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(f"{address}/?chair={chair}")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true", timeout=WAIT_MS)
    expect(page.get_by_test_id("value-SpO2")).to_have_text(re.compile(r"^\d+$"), timeout=WAIT_MS)
    return page


def tick_of(page: Page) -> int:
    return int(page.get_by_test_id("root").get_attribute("data-tick") or 0)


def stay(page: Page, ticks: int = 2) -> None:
    """Let so many ticks come."""
    start = tick_of(page)
    until(lambda: tick_of(page) >= start + ticks)


def recorder_of(program: Program) -> int:
    (number,) = program.query("SELECT process FROM run ORDER BY id DESC LIMIT 1")[0]
    return int(number)


def watch(page: Page, name: str = "RN Keller") -> None:
    """Say who is on watch."""
    page.get_by_test_id("watch").click()
    page.get_by_role("button", name=name, exact=True).first.click()
    expect(page.get_by_test_id("watch")).to_contain_text(name, timeout=WAIT_MS)


@pytest.fixture(scope="module")
def first(running: tuple[Program, str], browser: Browser) -> Generator[Page]:
    """The screen of Chair 1, for those who only look."""
    page = open_chair(browser, running[1])
    yield page
    page.close()


def test_the_value_on_the_glass_is_the_row_on_the_disk(
    running: tuple[Program, str], first: Page
) -> None:
    program, _ = running
    seen = 0
    for _ in range(20):
        if seen == 8:
            break
        shown = first.evaluate(
            "() => { const text = (id) => document.querySelector(`[data-testid=${id}]`)"
            ".textContent; const root = document.querySelector('[data-testid=root]');"
            " return [Number(root.dataset.tick), text('value-HR'), text('value-SpO2')] }"
        )
        if (
            "---" in shown
        ):  # a page that was starved of time shows no number, rather than an old one
            stay(first, 1)
            continue
        for name, text in zip(("HR", "SpO2"), shown[1:], strict=True):
            (value,) = program.query(
                "SELECT value FROM reading JOIN parameter ON parameter.id = reading.parameter"
                " WHERE chair = 1 AND parameter.name = ? AND tick <= ? ORDER BY t_ms DESC LIMIT 1",
                name,
                shown[0],
            )[0]
            assert text == f"{value:.0f}"
            seen += 1
        stay(first, 1)
    assert seen == 8
    expect(first.get_by_test_id("banner")).to_contain_text("SIMULATED MONITOR")


def test_one_chart_for_the_whole_run(first: Page) -> None:
    expect(first.locator(".js-plotly-plot")).to_have_count(1, timeout=WAIT_MS)
    first.evaluate("document.querySelector('.js-plotly-plot').dataset.kept = 'yes'")
    stay(first, 3)
    assert first.evaluate("document.querySelector('.js-plotly-plot').dataset.kept") == "yes"
    expect(first.locator(".js-plotly-plot")).to_have_count(1)


def test_zoom_and_hover_survive_new_points(first: Page) -> None:
    expect(first.locator(".js-plotly-plot")).to_have_count(1, timeout=WAIT_MS)
    box = first.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    first.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    first.mouse.down()
    first.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5, steps=8)
    first.mouse.up()
    zoomed = "document.querySelector('.js-plotly-plot').layout.xaxis.range.map(String)"
    before = first.evaluate(zoomed)
    first.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
    stay(first, 4)
    assert first.evaluate(zoomed) == before
    live = first.get_by_role("button", name="Live ▸")
    expect(live).to_be_visible()
    live.click()
    until(lambda: first.evaluate(zoomed) != before)


def test_an_acknowledgement_in_one_browser_shows_in_a_second(
    running: tuple[Program, str], browser: Browser
) -> None:
    """Chair 2's SpO2 is 86: a medium alarm after its delay."""
    program, address = running
    here, there = open_chair(browser, address, 2), open_chair(browser, address, 2)
    for page in (here, there):
        expect(page.get_by_test_id("alarm-line")).to_contain_text("SpO2", timeout=30_000)
        expect(page.get_by_test_id("alarm-line")).to_have_attribute("data-state", "active")
    watch(here, "RN Ode")
    here.get_by_test_id("acknowledge").click()
    for page in (here, there):
        expect(page.get_by_test_id("alarm-line")).to_contain_text("RN Ode", timeout=3000)
        expect(page.get_by_test_id("alarm-line")).to_have_attribute(
            "data-state", "acknowledged", timeout=3000
        )
    rows = program.query("SELECT actor FROM alarm WHERE chair = 2 AND state = 'acknowledged'")
    assert rows == [("RN Ode",)]
    here.close()
    there.close()


def test_a_press_is_one_entry_with_who_and_is_seen_to_be_saved(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    page = open_chair(browser, address)
    watch(page)
    page.goto(f"{address}/session?chair=1")
    page.get_by_label("Patient reference").fill("KAP-0147")
    page.get_by_role("textbox", name="Second identifier").fill("1979")
    page.get_by_label("Weight today (kg)").fill("71")
    page.get_by_role("radio", name="Other infusion").click()
    page.get_by_label("Drug").fill("ketamine")
    page.get_by_label("Dose (mg)").fill("35.5")
    page.get_by_label("Over (minutes)").fill("40")
    page.keyboard.press("Enter")
    arithmetic = page.get_by_text("35.5 mg (0.5 mg/kg, 71 kg) over 40 min")
    expect(arithmetic).to_be_visible(timeout=WAIT_MS)
    page.get_by_text("Alarm limits seen").click()
    page.get_by_role("button", name="Start the session").dblclick()
    expect(page.get_by_text("Session started.")).to_be_visible(timeout=WAIT_MS)
    pass_preflight(program.database)
    page.get_by_role("link", name="To the live screen").first.click()
    expect(page.get_by_text("KAP-0147").first).to_be_visible(timeout=WAIT_MS)
    pump = page.get_by_test_id("infusion")
    expect(pump).to_have_text("Infusion started")
    expect(pump).to_have_attribute("data-settling", "false")
    pump.click()
    expect(page.get_by_test_id("saved")).to_contain_text("saved", timeout=3000)
    expect(page.get_by_test_id("infusion")).to_have_text("Enter stop", timeout=WAIT_MS)
    page.get_by_role("button", name="Nausea").dblclick()
    kinds = (
        "SELECT kind, actor FROM journal WHERE chair = 1"
        " AND kind NOT IN ('watch', 'check', 'override') ORDER BY id"
    )
    wanted = [("session_start", "RN Keller"), ("infusion_start", "RN Keller")]
    until(lambda: program.query(kinds)[:2] == wanted and len(program.query(kinds)) >= 3)
    assert program.query("SELECT patient, weight_kg, dose_mg FROM session") == [
        ("KAP-0147", 71.0, 35.5)
    ]
    assert program.query("SELECT count(*) FROM answer WHERE accepted = 0") == [(0,)]
    page.close()


def test_a_press_that_cannot_be_saved_says_so_and_the_next_try_is_the_same_press(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    page = open_chair(browser, address)
    watch(page)
    count = "SELECT count(*) FROM journal WHERE kind = 'event' AND data LIKE '%Bathroom%'"
    page.route("**/api/journal", lambda route: route.abort())
    page.get_by_role("button", name="Bathroom").click()
    expect(page.get_by_test_id("saved")).to_contain_text("NOT SAVED", timeout=3000)
    assert program.query(count) == [(0,)]
    page.unroute("**/api/journal")
    page.get_by_role("button", name="Bathroom").click()
    until(lambda: program.query(count) == [(1,)])
    page.close()


def test_two_chairs_in_two_browsers_do_not_mix(
    running: tuple[Program, str], browser: Browser
) -> None:
    _, address = running
    one, two = open_chair(browser, address, 1), open_chair(browser, address, 2)
    expect(one.get_by_test_id("value-SpO2")).to_have_text(re.compile(r"^9\d$"))
    expect(two.get_by_test_id("value-SpO2")).to_have_text(re.compile(r"^8\d$"))
    one.close()
    two.close()


def test_nothing_is_fetched_from_elsewhere(running: tuple[Program, str], browser: Browser) -> None:
    _, address = running
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/?chair=1")
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=WAIT_MS)
    foreign = [
        url for url in asked if not url.startswith((address, "data:", "blob:", "ws://127.0.0.1"))
    ]
    assert foreign == []
    assert any("plotly.min.js" in url for url in asked)
    page.close()


def test_no_data_when_the_recorder_is_killed_and_cannot_be_started_again(
    running: tuple[Program, str], browser: Browser
) -> None:
    """The last one here: it leaves the program without a recorder."""
    program, address = running
    page = open_chair(browser, address)
    (program.database.parent / "clinic.toml").write_text("this is [not TOML")
    os.kill(recorder_of(program), signal.SIGKILL)
    expect(page.get_by_test_id("value-SpO2")).to_have_text("---", timeout=STILL_MS)
    expect(page.get_by_test_id("alarm-line")).to_contain_text("NO DATA")
    expect(page.get_by_test_id("alarm-line")).to_contain_text("is not valid TOML", timeout=WAIT_MS)
    page.close()
