"""Alarms on the real screen: silent devices, an empty room, a dead recorder, a page that slept."""

import os
import re
import signal
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Program, clinic_file, until
from tests.recorder.parts import Plug, line
from tests.screens.glass_alone import arm
from tests.screens.test_glass import WAIT_MS, open_chair, recorder_of, watch

pytestmark = pytest.mark.browser

NUMBER, DRIVER = "0000000011", "masimo_ascii1"
LOW = re.compile(r"^(79|8[0-2])$")  # 80, wandering
SET = "SELECT data FROM alarm_setting WHERE chair = 1 ORDER BY id DESC LIMIT 1"
REPORTED = "SELECT 1 FROM listening WHERE chair = ? AND seen_ms = t_ms"
UNHEARD = (
    "SELECT priority, state FROM alarm WHERE chair = ? AND condition = 'nobody_listening'"
    " ORDER BY id DESC LIMIT 1"
)

# The computer sleeps: the wall clock runs on, the monotonic one does not. While `cut`, a new
# connection finds nobody; the one that stands goes on.
SLEEPER = """
(() => {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  window.asleep = (ms) => { ahead += ms; };
  const Real = EventSource;
  window.EventSource = class extends Real {
    constructor(url) { super(window.cut ? '/nowhere' : url); }
  };
})()
"""


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[tuple[Program, str, Plug]]:
    """Chair 1, on which the SpO2 is low, and Chair 2 with an oximeter that the test lets speak."""
    folder = tmp_path_factory.mktemp("alarms")
    plug = Plug(folder)
    plug.plug_in()
    program = Program(folder / "chairside.db")
    low = f"sim://{DRIVER}?spo2=80"
    chairs = (("Chair 1", DRIVER, low), ("Chair 2", DRIVER, plug.url))
    try:
        yield program, program.dashboard(clinic_file(folder, *chairs)), plug
    finally:
        program.close()
        plug.pull()


@pytest.fixture(scope="module")
def left(running: tuple[Program, str, Plug], browser: Browser) -> None:
    """The last screen of Chair 1 is closed: the delay runs while another chair is tried."""
    program, address, _ = running
    window = browser.new_context()  # it outlives its tab, so that the tab may say its last word
    window.new_page().goto(f"{address}/?chair=1")
    until(lambda: program.query(REPORTED, 1))
    window.pages[0].close()
    until(lambda: not program.query(REPORTED, 1))
    window.close()


def test_a_device_that_falls_silent_leaves_no_number_and_an_alarm(
    running: tuple[Program, str, Plug], browser: Browser, left: None
) -> None:
    _, address, plug = running
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(f"{address}/?chair=2")
    value, alarm = page.get_by_test_id("value-SpO2"), page.get_by_test_id("alarm-line")
    expect(value).to_be_visible(timeout=WAIT_MS)

    def speaks() -> bool:
        plug.send(line(NUMBER, spo2=97))
        page.wait_for_timeout(150)
        calm = "NO DATA" not in (alarm.text_content() or "")
        return value.text_content() == "97" and calm

    until(speaks, 20)
    expect(value).to_have_text("---", timeout=WAIT_MS)
    expect(alarm).to_have_text(re.compile(rf"■\s*NO DATA from {DRIVER}"), timeout=WAIT_MS)
    expect(alarm).to_have_attribute("data-state", "active")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true")  # only the device
    until(speaks, 20)
    page.close()


def test_nobody_listening_stands_until_a_screen_is_heard(
    running: tuple[Program, str, Plug], browser: Browser, left: None
) -> None:
    """Who comes sees that the room was empty, for as long as the recorder knows of nobody."""
    program, address, _ = running
    until(lambda: program.query(UNHEARD, 1) == [("medium", "active")], 30)
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.route("**/api/screen", lambda route: route.abort())
    page.goto(f"{address}/?chair=1")
    told = page.get_by_test_id("other-alarm").filter(has_text="NOBODY LISTENING")
    expect(told).to_have_attribute("data-priority", "medium", timeout=WAIT_MS)
    expect(told).to_contain_text("no screen in sight")
    tick = program.ticks()
    until(lambda: int(page.get_by_test_id("root").get_attribute("data-tick") or 0) > tick + 1)
    expect(told).to_be_visible()
    page.unroute("**/api/screen")
    arm(page)
    expect(told).to_have_count(0, timeout=WAIT_MS)
    until(lambda: program.query(UNHEARD, 1)[0][1] == "cleared")
    page.close()


def test_a_page_that_slept_shows_no_number_until_it_hears_a_fresh_one(
    running: tuple[Program, str, Plug], browser: Browser
) -> None:
    _, address, _ = running
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(SLEEPER)
    page.goto(f"{address}/?chair=1")
    value, root = page.get_by_test_id("value-SpO2"), page.get_by_test_id("root")
    expect(value).to_have_text(LOW, timeout=WAIT_MS)
    page.evaluate("cut = true; asleep(-3_600_000)")  # the wall clock was set back: no sleep
    tick = int(root.get_attribute("data-tick") or 0)
    until(lambda: int(root.get_attribute("data-tick") or 0) > tick + 1)
    expect(value).to_have_text(LOW)

    page.evaluate("asleep(20_000)")
    expect(value).to_have_text("---", timeout=WAIT_MS)
    expect(page.get_by_test_id("alarm-line")).to_contain_text("NO DATA")
    expect(root).to_have_attribute("data-fresh", "false")
    expect(page.get_by_test_id("clock")).to_have_text("--:--:--")
    page.evaluate("cut = false")
    expect(value).to_have_text(LOW, timeout=WAIT_MS)
    expect(root).to_have_attribute("data-fresh", "true")
    page.close()


def test_a_pause_outlives_the_recorder(
    running: tuple[Program, str, Plug], browser: Browser
) -> None:
    program, address, _ = running
    page = open_chair(browser, address)
    watch(page)
    alarm = page.get_by_test_id("alarm-line")
    expect(alarm).to_have_attribute("data-priority", "high", timeout=WAIT_MS)
    expect(alarm).to_contain_text(re.compile(r"SpO2 8\d < 85"))
    page.get_by_role("button", name=re.compile("Pause audio")).first.click()
    sign = page.get_by_text(re.compile(r"AUDIO PAUSED")).first
    expect(sign).to_be_visible(timeout=WAIT_MS)
    before = program.query(SET)

    os.kill(recorder_of(program), signal.SIGKILL)
    until(lambda: len(program.query("SELECT id FROM run")) == 2, 15)
    last = program.ticks()
    until(lambda: program.ticks() > last + 1, 15)
    expect(alarm).to_have_attribute("data-priority", "high", timeout=WAIT_MS)
    expect(sign).to_be_visible(timeout=WAIT_MS)
    assert program.query(SET) == before
    page.close()
