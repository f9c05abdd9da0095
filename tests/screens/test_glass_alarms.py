"""Alarms on the real screen: who falls silent, dies, sleeps or goes away, is seen to do so.

What takes long to begin, begins before the first test: a device falls silent, a room is left.
"""

import os
import re
import signal
from collections.abc import Generator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Program, clinic_file, until
from tests.recorder.parts import Plug, line
from tests.screens.glass_alone import arm
from tests.screens.proxy import Proxy
from tests.screens.test_glass import STILL_MS, WAIT_MS, open_chair, recorder_of, watch

pytestmark = pytest.mark.browser

NUMBER, DRIVER = "0000000011", "masimo_ascii1"
# 80, wandering
LOW = re.compile(r"^(79|8[0-2])$")
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


# The chart is as large as its place; every row's name and the line of now stand where they belong.
CHART_FITS = """() => {
  const chart = document.querySelector('[data-testid=chart]'), full = chart._fullLayout;
  const top = chart.getBoundingClientRect().top;
  const names = [...document.querySelectorAll('.cs-row-title')].slice(0, 3);
  const at = names.map((name) => name.getBoundingClientRect().top - top);
  const rows = [full.yaxis._offset, full.yaxis2._offset, full.yaxis3._offset];
  const now = document.querySelector('.cs-now').getBoundingClientRect();
  const ours = chart.getBoundingClientRect();
  return Math.abs(full.width - chart.clientWidth) < 2 && at.length === 3
    && at.every((y, i) => Math.abs(y - rows[i]) < 3)
    && Math.abs(now.top - ours.top - full.margin.t) < 2
    && Math.abs(ours.bottom - now.bottom - full.margin.b) < 2
    && now.left < ours.left + full.xaxis._offset + full.xaxis._length;
}"""


@dataclass(frozen=True)
class Clinic:
    """The running program, and who is where.

    On Chair 1 the SpO2 is low. On Chair 2, before an open screen, an oximeter just said its last.
    Chair 3 is well, and its last screen was just closed.
    """

    program: Program
    address: str
    oximeter: Plug
    silent: Page


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Generator[Clinic]:
    folder = tmp_path_factory.mktemp("alarms")
    plug = Plug(folder)
    plug.plug_in()
    program = Program(folder / "chairside.db")
    urls = (f"sim://{DRIVER}?spo2=80", plug.url, f"sim://{DRIVER}?spo2=97&sn=33")
    chairs = [(f"Chair {n}", DRIVER, url) for n, url in enumerate(urls, 1)]
    try:
        address = program.dashboard(clinic_file(folder, *chairs))
        tab = browser.new_context()  # it outlives its page, so that the page may say its last word
        tab.new_page().goto(f"{address}/?chair=3")
        until(lambda: program.query(REPORTED, 3))
        tab.pages[0].goto(
            "about:blank"
        )  # it leaves; of one that is closed the last word may be lost
        until(lambda: not program.query(REPORTED, 3))
        tab.close()
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{address}/?chair=2")
        expect(page.get_by_test_id("value-SpO2")).to_be_visible(timeout=WAIT_MS)
        until(lambda: speaks(plug, page), 20)
        yield Clinic(program, address, plug, page)
    finally:
        program.close()
        plug.pull()


def speaks(plug: Plug, page: Page) -> bool:
    """Let the oximeter of Chair 2 say a line; true once its screen shows it and is calm."""
    plug.send(line(NUMBER, spo2=97))
    page.wait_for_timeout(150)
    calm = "NO DATA" not in (page.get_by_test_id("alarm-line").text_content() or "")
    return page.get_by_test_id("value-SpO2").text_content() == "97" and calm


def test_a_page_that_slept_shows_no_number_until_it_hears_a_fresh_one(
    clinic: Clinic, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(SLEEPER)
    page.goto(f"{clinic.address}/?chair=1")
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


def test_no_data_when_the_recorder_hangs_and_values_again_when_it_goes_on(
    clinic: Clinic, browser: Browser
) -> None:
    recorder = recorder_of(clinic.program)
    page = open_chair(browser, clinic.address)
    os.kill(recorder, signal.SIGSTOP)
    try:
        expect(page.get_by_test_id("value-SpO2")).to_have_text("---", timeout=STILL_MS)
        expect(page.get_by_test_id("alarm-line")).to_contain_text("NO DATA")
        expect(page.get_by_test_id("alarm-line")).to_have_attribute("data-state", "no-data")
        expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "false")
        for width, height in ((1024, 768), (768, 1024)):  # a window made smaller, a tablet turned
            page.set_viewport_size({"width": width, "height": height})
            until(lambda: page.evaluate(CHART_FITS), 2)  # at once: no tick comes that could help
    finally:
        os.kill(recorder, signal.SIGCONT)
    expect(page.get_by_test_id("value-SpO2")).to_have_text(re.compile(r"^\d+$"), timeout=WAIT_MS)
    late = page.get_by_text(re.compile(r"The recorder did not run for \d\.\d s"))
    expect(late).to_be_visible(timeout=WAIT_MS)
    page.close()


def test_no_data_when_the_network_swallows_everything(clinic: Clinic, browser: Browser) -> None:
    """No error, no end of connection: only the browser's own timer can see it."""
    proxy = Proxy(clinic.address)
    try:
        page = open_chair(browser, proxy.address)
        proxy.swallow.set()
        expect(page.get_by_test_id("value-SpO2")).to_have_text("---", timeout=STILL_MS)
        expect(page.get_by_test_id("alarm-line")).to_contain_text("NO DATA")
        page.get_by_role("button", name="Nausea").click()
        proxy.swallow.clear()
        expect(page.get_by_test_id("value-SpO2")).to_have_text(
            re.compile(r"^\d+$"), timeout=WAIT_MS
        )
        page.close()
    finally:
        proxy.close()


def test_a_device_that_falls_silent_leaves_no_number_and_an_alarm(clinic: Clinic) -> None:
    page = clinic.silent
    value, alarm = page.get_by_test_id("value-SpO2"), page.get_by_test_id("alarm-line")
    expect(value).to_have_text("---", timeout=WAIT_MS)
    expect(alarm).to_have_text(re.compile(rf"■\s*NO DATA from {DRIVER}"), timeout=WAIT_MS)
    expect(alarm).to_have_attribute("data-state", "active")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true")  # only the device
    until(lambda: speaks(clinic.oximeter, page), 20)
    page.close()


def test_nobody_listening_stands_until_a_screen_is_heard(clinic: Clinic, browser: Browser) -> None:
    """Who comes sees that the room was empty, for as long as the recorder knows of nobody."""
    program = clinic.program
    until(lambda: program.query(UNHEARD, 3) == [("medium", "active")], 30)
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.route("**/api/screen", lambda route: route.abort())
    page.goto(f"{clinic.address}/?chair=3")
    told = page.get_by_test_id("alarm-line").filter(has_text="NOBODY LISTENING: no screen in sight")
    expect(told).to_have_attribute("data-priority", "medium", timeout=WAIT_MS)
    tick = program.ticks()
    until(lambda: int(page.get_by_test_id("root").get_attribute("data-tick") or 0) > tick + 1)
    expect(told).to_be_visible()
    page.unroute("**/api/screen")
    arm(page)
    expect(told).to_have_count(0, timeout=WAIT_MS)
    until(lambda: program.query(UNHEARD, 3)[0][1] == "cleared")
    page.close()


def test_a_pause_outlives_the_recorder(clinic: Clinic, browser: Browser) -> None:
    program = clinic.program
    page = open_chair(browser, clinic.address)
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
