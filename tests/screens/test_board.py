"""The board of the real program: four chairs, one without a probe, one silent, one in alarm."""

import os
import re
import signal
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Program, clinic_file, until
from tests.screens.glass_alone import arm
from tests.screens.test_stream import recorder_of

pytestmark = pytest.mark.browser

WAIT_MS = 20_000

# What the chair's menu leads to besides.
PAGES = ("Session", "Alarm limits", "Review", "Patients")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Program, str]]:
    folder = tmp_path_factory.mktemp("board")
    program = Program(folder / "chairside.db")
    oximeter = "masimo_ascii1"
    clinic = clinic_file(
        folder,
        ("Window", "datex_dri", "sim://datex_dri?seed=1"),
        ("Middle", oximeter, "sim://masimo_ascii1?seed=2&probe_off=0-9999"),
        ("Door", oximeter, "sim://masimo_ascii1?seed=3&silent=0-9999"),
        ("Garden", oximeter, "sim://masimo_ascii1?seed=4&spo2=80"),
    )
    try:
        yield program, program.dashboard(clinic)
    finally:
        program.close()


@pytest.fixture
def page(running: tuple[Program, str], browser: Browser) -> Generator[Page]:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(running[1])
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true", timeout=WAIT_MS)
    yield page
    page.close()


def test_every_chair_says_how_it_stands_and_a_nurse_takes_over_all(
    running: tuple[Program, str], page: Page
) -> None:
    program, address = running
    window, middle, door, garden = (page.get_by_test_id("card").nth(n) for n in range(4))
    expect(window.get_by_test_id("value-HR")).to_have_text(re.compile(r"^\d+$"), timeout=WAIT_MS)
    for card in (middle, door):
        expect(card.get_by_test_id("value-SpO2")).to_have_text("---")
        expect(card.get_by_test_id("alarm-line")).not_to_contain_text("No alarm")
    expect(middle).to_contain_text("probe off")
    line = garden.get_by_test_id("alarm-line")
    expect(line).to_have_attribute("data-priority", "high", timeout=WAIT_MS)
    expect(page.get_by_test_id("banner")).to_have_text("SIMULATED MONITORS — NOT PATIENTS")
    expect(page.get_by_test_id("summary")).to_contain_text("0 occupied")

    arm(page)
    page.get_by_test_id("watch").click()
    page.get_by_test_id("dialog").get_by_role("button", name="RN Ode").click()
    expect(page.get_by_test_id("watch")).to_have_text("On watch: RN Ode", timeout=WAIT_MS)
    kept = program.query("SELECT chair, actor FROM journal WHERE kind = 'watch' ORDER BY chair")
    assert kept == [(1, "RN Ode"), (2, "RN Ode"), (3, "RN Ode"), (4, "RN Ode")]

    garden.get_by_test_id("acknowledge").click()
    expect(line).to_have_attribute("data-state", "acknowledged", timeout=WAIT_MS)
    ((chair,),) = program.query("SELECT chair FROM journal WHERE kind = 'acknowledge'")
    assert chair == 4
    heard = "SELECT heard_ms = t_ms FROM listening WHERE chair = 0"
    until(lambda: program.query(heard) == [(1,)])

    page.get_by_role("link", name="Open Middle").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/?chair=2")
    expect(page.get_by_test_id("chair")).to_have_text("Middle", timeout=WAIT_MS)
    page.get_by_test_id("chair").click()
    choices = page.get_by_test_id("dialog").locator("[data-say=choices] button")
    expect(choices).to_have_text(["All chairs", "Window", "Middle", "Door", "Garden", *PAGES])
    choices.first.click()
    expect(page).to_have_url(f"{address}/")
    expect(page.get_by_test_id("card")).to_have_count(4, timeout=WAIT_MS)


def test_a_recorder_that_stands_still_is_no_data_on_every_card(
    running: tuple[Program, str], page: Page
) -> None:
    cards = page.get_by_test_id("card")
    expect(cards.first.get_by_test_id("value-HR")).to_have_text(re.compile(r"^\d+$"))
    recorder = recorder_of(running[0])
    os.kill(recorder, signal.SIGSTOP)
    try:
        for n in range(4):
            expect(cards.nth(n).get_by_test_id("alarm-line")).to_contain_text("NO DATA")
            expect(cards.nth(n).get_by_test_id("value-HR")).to_have_text("---")
    finally:
        os.kill(recorder, signal.SIGCONT)
    expect(cards.first.get_by_test_id("alarm-line")).not_to_contain_text("NO DATA", timeout=WAIT_MS)
