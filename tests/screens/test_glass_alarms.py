"""Alarms on the real screen: what becomes of a pause when the recorder dies."""

import os
import re
import signal
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Program, clinic_file, until
from tests.screens.test_glass import WAIT_MS, open_chair, recorder_of, watch

pytestmark = pytest.mark.browser

SET = "SELECT data FROM alarm_setting ORDER BY id DESC LIMIT 1"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Program, str]]:
    """One chair, on which the SpO2 is low."""
    folder = tmp_path_factory.mktemp("alarms")
    program = Program(folder / "chairside.db")
    sim = "sim://masimo_ascii1?spo2=80"
    try:
        yield program, program.dashboard(clinic_file(folder, ("Chair 1", "masimo_ascii1", sim)))
    finally:
        program.close()


def test_a_pause_outlives_the_recorder(running: tuple[Program, str], browser: Browser) -> None:
    program, address = running
    page = open_chair(browser, address)
    watch(page)
    line = page.get_by_test_id("alarm-line")
    expect(line).to_have_attribute("data-priority", "high", timeout=WAIT_MS)
    expect(line).to_contain_text("SpO2 80 < 85")
    page.get_by_role("button", name=re.compile("Pause audio")).first.click()
    sign = page.get_by_text(re.compile(r"AUDIO PAUSED")).first
    expect(sign).to_be_visible(timeout=WAIT_MS)
    before = program.query(SET)

    os.kill(recorder_of(program), signal.SIGKILL)
    until(lambda: len(program.query("SELECT id FROM run")) == 2, 15)
    last = program.ticks()
    until(lambda: program.ticks() > last + 1, 15)
    expect(line).to_have_attribute("data-priority", "high", timeout=WAIT_MS)
    expect(sign).to_be_visible(timeout=WAIT_MS)
    assert program.query(SET) == before
    page.close()
