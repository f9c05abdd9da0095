"""Fingers and tabs on the real screen: double taps, two names at once, hidden and late pages."""

import json
import os
import re
import signal
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Program, until
from tests.screens.pages import pass_preflight, settled
from tests.screens.test_glass import WAIT_MS, open_chair, recorder_of, serve, stay, watch

pytestmark = pytest.mark.browser

EVENTS = "SELECT count(*) FROM journal WHERE kind = 'event' AND data LIKE ?"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Program, str]]:
    folder = tmp_path_factory.mktemp("clinic")
    program = Program(folder / "chairside.db")
    try:
        yield program, serve(program, folder)
    finally:
        program.close()


def start_session(page: Page, program: Program, address: str) -> None:
    page.goto(f"{address}/session?chair=1")
    page.get_by_label("Patient reference").fill("KAP-0147")
    page.get_by_role("textbox", name="Second identifier").fill("1979")
    page.get_by_role("radio", name="Other infusion").click()
    expect(page.get_by_text("No dose is entered yet.")).to_be_visible(timeout=WAIT_MS)
    settled(page)  # the table below is another one with each regimen, and so is its tick
    page.get_by_text("Alarm limits seen").click()
    page.get_by_role("button", name="Start the session").click()
    expect(page.get_by_text("Session started.")).to_be_visible(timeout=WAIT_MS)
    pass_preflight(program.database)
    page.get_by_role("link", name="To the live screen").first.click()
    expect(page.get_by_text("KAP-0147").first).to_be_visible(timeout=WAIT_MS)


def test_a_double_tap_is_one_entry_and_stops_no_infusion(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    page = open_chair(browser, address)
    watch(page)
    start_session(page, program, address)
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true", timeout=WAIT_MS)
    page.get_by_role("button", name="Nausea").dblclick()
    until(lambda: program.query(EVENTS, "%Nausea%") == [(1,)])
    pump = page.get_by_test_id("infusion")
    expect(pump).to_have_attribute("data-settling", "false")
    pump.dblclick(delay=120)
    expect(page.get_by_test_id("infusion")).to_have_text("Enter stop", timeout=WAIT_MS)
    expect(page.get_by_text("null")).to_have_count(0)  # no dose was entered, and none is made up
    page.get_by_test_id("infusion").dblclick()
    expect(page.get_by_test_id("infusion")).to_have_text("Tap again: infusion stopped")
    stay(page)
    asked = "SELECT kind FROM journal WHERE kind NOT IN ('check', 'override') ORDER BY id"
    kinds = [kind for (kind,) in program.query(asked)]
    assert kinds == ["watch", "session_start", "event", "infusion_start"]
    page.get_by_test_id("infusion").click()
    until(lambda: ("infusion_stop",) in program.query("SELECT kind FROM journal"))
    ((session,),) = program.query("SELECT id FROM session")
    pressed = program.query("SELECT data FROM journal WHERE kind LIKE 'infusion%'")
    assert [json.loads(data) for (data,) in pressed] == [{"session": session}] * 2
    page.close()


def test_two_names_at_once_end_as_one_on_both_screens(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    here, there = open_chair(browser, address, 2), open_chair(browser, address, 2)
    watch(here, "RN Keller")
    watch(there, "RN Ode")
    for page in (here, there):
        expect(page.get_by_test_id("watch")).to_contain_text("RN Ode", timeout=8000)
    here.get_by_test_id("watch").click()
    there.get_by_test_id("watch").click()
    for page, name in ((here, "RN Ode"), (there, "RN Keller")):
        page.get_by_role("button", name=name, exact=True).first.click()
    last = "SELECT actor FROM journal WHERE kind = 'watch' AND chair = 2 ORDER BY id DESC LIMIT 1"
    until(lambda: len(program.query(last.replace(" LIMIT 1", ""))) == 4)
    ((name,),) = program.query(last)
    for page in (here, there):
        expect(page.get_by_test_id("watch")).to_contain_text(name, timeout=WAIT_MS)
    stay(here)
    for page in (here, there):
        assert name in str(page.get_by_test_id("watch").text_content())
    here.close()
    there.close()


def test_who_opens_a_screen_after_the_recorder_hung_sees_no_number(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    os.kill(recorder_of(program), signal.SIGSTOP)
    try:
        late = browser.new_page(viewport={"width": 1920, "height": 1080})
        late.add_init_script(
            "window.seen = []; setInterval(() => window.seen.push("
            "document.querySelector('[data-testid=value-HR]')?.textContent), 20)"
        )
        late.goto(f"{address}/?chair=1")
        expect(late.get_by_test_id("alarm-line")).to_contain_text("NO DATA", timeout=WAIT_MS)
        late.wait_for_function("seen.filter((text) => text).length > 50")
        assert {text for text in late.evaluate("window.seen") if text} == {"---"}
    finally:
        os.kill(recorder_of(program), signal.SIGCONT)
    expect(late.get_by_test_id("value-HR")).to_have_text(re.compile(r"^\d+$"), timeout=WAIT_MS)
    late.close()


def test_a_hidden_page_leaves_its_connection_to_others(
    running: tuple[Program, str], browser: Browser
) -> None:
    """A browser opens six connections to a server: more tabs than that must not starve."""
    _, address = running
    page = browser.new_page()
    page.add_init_script(
        "window.streams = []; const Real = EventSource;"
        " window.EventSource = class extends Real {"
        " constructor(url) { super(url); window.streams.push(this); } };"
        " window.turn = (state) => { Object.defineProperty(document, 'visibilityState',"
        " { value: state, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); };"
        " let ahead = 0; const real = performance.now.bind(performance);"
        " performance.now = () => real() + ahead; window.later = (ms) => { ahead += ms; };"
        " window.looks = 0; setInterval(() => { window.looks += 1; }, 250);"
    )
    page.goto(f"{address}/?chair=1")
    value = page.get_by_test_id("value-HR")
    expect(value).to_have_text(re.compile(r"^\d+$"), timeout=WAIT_MS)
    page.evaluate("turn('hidden')")
    opened = "streams.filter((s) => s.readyState !== EventSource.CLOSED).length"
    page.evaluate("later(6500); looks = 0")  # longer than any silence that opens a new one
    page.wait_for_function("looks >= 3")
    assert page.evaluate(opened) == 0
    assert value.text_content() == "---"
    page.evaluate("turn('visible')")
    expect(value).to_have_text(re.compile(r"^\d+$"), timeout=WAIT_MS)
    assert page.evaluate(opened) == 1
    page.close()


def test_the_recorder_knows_that_a_screen_listens_and_when_it_left(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    listening = (
        "SELECT t_ms = seen_ms, heard_ms IS NOT NULL AND t_ms = heard_ms FROM listening"
        " WHERE chair = 2"
    )
    page = open_chair(browser, address, 2)
    until(lambda: program.query(listening) == [(1, 0)])
    page.get_by_test_id("sound").click()
    page.get_by_test_id("sound-on").click()
    page.get_by_test_id("sound-yes").click()
    until(lambda: program.query(listening) == [(1, 1)])
    page.goto("about:blank")
    until(lambda: program.query(listening) == [(0, 0)])
    page.close()
