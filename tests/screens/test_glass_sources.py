"""Several devices on one chair, on the real screen: which one is shown, and that it is said."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Program, clinic_file, until
from tests.recorder.parts import Plug, line
from tests.screens.test_glass import WAIT_MS, open_chair, watch

pytestmark = pytest.mark.browser

OURS, THEIRS, THIRD = "0000000011", "0000000022", "0000000033"
FIRST, SECOND = "masimo_ascii1", "datex_dri"
PROBE_OFF = line(OURS, spo2="off", bpm="off", exc=0x20)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[tuple[Program, str, Plug]]:
    """An oximeter of which the test decides what it says, then a monitor without its ECG leads."""
    folder = tmp_path_factory.mktemp("clinic")
    plug = Plug(folder)
    plug.plug_in()
    program = Program(folder / "chairside.db")
    second = f"sim://{SECOND}?seed=1&spo2=97&leads_off=0-100000"
    chairs = (("Chair 1", FIRST, plug.url), ("Chair 1", SECOND, second))
    try:
        address = program.dashboard(clinic_file(folder, *chairs, expect='expect = ["HR", "SpO2"]'))
        until(lambda: program.ticks() > 2)
        yield program, address, plug
    finally:
        program.close()
        plug.pull()


def say_until(plug: Plug, page: Page, said: bytes, words: str) -> None:
    """Let the oximeter speak until the tile of SpO2 names its source so."""

    def look() -> bool:
        plug.send(said)
        page.wait_for_timeout(150)
        return words in (page.get_by_test_id("age-SpO2").text_content() or "")

    until(look, 20)


def test_the_second_source_stands_in_and_says_so_and_the_first_comes_back(
    running: tuple[Program, str, Plug], browser: Browser
) -> None:
    program, address, plug = running
    page = open_chair(browser, address)
    spo2, why = page.get_by_test_id("value-SpO2"), page.locator(".cs-SpO2 [data-part=why]")
    say_until(plug, page, line(OURS, spo2=88), f"{FIRST} · ")
    expect(spo2).to_have_text("88")
    expect(why).not_to_contain_text(FIRST)

    say_until(plug, page, PROBE_OFF, f"{SECOND} (2nd) · ")
    expect(spo2).to_have_text(re.compile(r"^9\d$"))
    expect(why).to_contain_text(f"{FIRST}: probe off")
    expect(page.get_by_test_id("alarm-line")).not_to_contain_text("SpO2")
    # The pulse rate is there, from two devices, and never stands in for the heart rate.
    expect(page.get_by_test_id("value-HR")).to_have_text("---")
    expect(why).to_contain_text(re.compile(r"PR \d+"))

    say_until(plug, page, line(OURS, spo2=89), f"{FIRST} · ")
    expect(spo2).to_have_text("89")
    expect(why).not_to_contain_text(f"{FIRST}: probe off")
    page.close()

    chosen = program.query(
        "SELECT source.name FROM preferred JOIN source ON source.id = preferred.source"
        " JOIN parameter ON parameter.id = preferred.parameter"
        " WHERE parameter.name = 'SpO2' ORDER BY preferred.id"
    )
    assert [name for (name,) in chosen][-3:] == [FIRST, SECOND, FIRST]
    stored = program.query(
        "SELECT source.name, parameter.name, count(value), count(reason) FROM reading"
        " JOIN source ON source.id = reading.source"
        " JOIN parameter ON parameter.id = reading.parameter"
        " WHERE parameter.name IN ('HR', 'PR', 'SpO2') GROUP BY 1, 2"
    )
    values = {(source, parameter): count for source, parameter, count, _ in stored}
    for source in (FIRST, SECOND):
        for parameter in ("SpO2", "PR"):
            assert values[(source, parameter)] > 0, "every source is recorded, shown or not"
    assert values[(SECOND, "HR")] == 0
    assert (FIRST, "HR") not in values
    without = {(source, parameter): count for source, parameter, _, count in stored}
    assert without[(FIRST, "SpO2")] > 0, "also that it had no value"


def test_the_monitor_that_was_seen_is_confirmed_and_no_other(
    running: tuple[Program, str, Plug], browser: Browser
) -> None:
    """Also where the screen was not connected when the recorder refused."""
    program, address, plug = running
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(
        "const Real = EventSource; window.EventSource = class extends Real {"
        " constructor(url) { super(window.cut ? '/nowhere' : url); window.stream = this; } };"
    )
    page.goto(f"{address}/?chair=1")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true", timeout=WAIT_MS)
    watch(page)
    chip = page.locator("[data-say=links] button")
    dialog = page.get_by_test_id("dialog")

    def there(number: str) -> bool:
        plug.send(line(number))
        page.wait_for_timeout(150)
        return number in (program.query("SELECT detail FROM link ORDER BY id DESC")[0][0])

    until(lambda: there(THEIRS))
    chip.click(timeout=WAIT_MS)
    expect(dialog).to_contain_text(THEIRS)
    until(lambda: there(THIRD))
    page.evaluate("window.cut = true; window.stream.close()")
    dialog.get_by_role("button", name="It belongs to this chair").click()
    until(lambda: program.query("SELECT 1 FROM answer WHERE accepted = 0"))
    page.evaluate("window.cut = false")
    said = page.get_by_test_id("saved")
    expect(said).to_contain_text("Refused: Yet another monitor is there now", timeout=WAIT_MS)
    assert "different" in program.query("SELECT state FROM link ORDER BY id DESC")[0]
    said.click()  # it was read: a touch takes it away
    chip.click()
    expect(dialog).to_contain_text(THIRD)
    dialog.get_by_role("button", name="It belongs to this chair").click()
    say_until(plug, page, line(THIRD), f"{FIRST} · ")
    page.close()
