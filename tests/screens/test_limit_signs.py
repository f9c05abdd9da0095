"""Limits that are not the clinic's are in sight, and how far each value is from the baseline."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect

from tests.screens.glass_alone import Alone, parameter, snapshot

pytestmark = pytest.mark.browser

CHANGES = [
    "SpO2 medium < 88 after 15 s (clinic: SpO2 medium < 90 after 15 s)",
    "HR high: none",
]
BASELINE = {"HR": 74, "SpO2": 98, "NIBP_sys": 128, "NIBP_dia": 80}


@pytest.fixture(scope="module")
def alone(browser: Browser) -> Generator[Alone]:
    alone = Alone(browser, (1024, 768))
    yield alone
    alone.close()


def test_changed_limits_are_in_sight_and_all_of_them_one_touch_away(alone: Alone) -> None:
    page = alone.page
    chip = page.get_by_test_id("limits-changed")
    alone.tell(limits_changed=[])
    expect(chip).to_be_hidden()
    alone.tell(limits_changed=CHANGES)
    expect(chip).to_be_visible()
    expect(chip).to_have_text("◆ Limitschanged2")
    expect(chip).to_have_attribute("title", "\n".join(CHANGES))
    chip.click()
    expect(page.get_by_test_id("changes").locator("li")).to_have_text(CHANGES)
    expect(page.get_by_role("link", name="All alarm limits")).to_have_attribute("href", "/limits")
    page.get_by_test_id("changed-close").click()
    expect(page.get_by_test_id("changed-panel")).to_be_hidden()
    chip.click()
    alone.tell(limits_changed=[])
    expect(page.get_by_test_id("changed-panel")).to_be_hidden()
    expect(chip).to_be_hidden()


def test_a_tiles_limits_lead_to_their_page(alone: Alone) -> None:
    link = alone.page.get_by_test_id("limits-SpO2")
    expect(link).to_have_attribute("href", "/limits")
    expect(alone.page.get_by_test_id("link-page-limits")).to_have_attribute("href", "/limits")


def test_each_value_says_how_far_it_is_from_the_baseline(alone: Alone) -> None:
    page = alone.page
    alone.tell(baseline={})
    for name in ("HR", "SpO2", "NIBP", "RR"):
        expect(page.get_by_test_id(f"base-{name}")).to_be_hidden()
    alone.tell(baseline=BASELINE)
    expect(page.get_by_test_id("base-HR")).to_have_text("+14 from baseline")
    expect(page.get_by_test_id("base-SpO2")).to_have_text("−1 from baseline")
    expect(page.get_by_test_id("base-NIBP")).to_have_text("+9/+4 from baseline")
    expect(page.get_by_test_id("base-RR")).to_be_hidden()
    parameters = snapshot()["parameters"]
    off = parameter(None, "/min", validity="invalid", reason="leads off")
    alone.page.evaluate("(p) => { Object.assign(state.parameters, p); tell({}); }", {"HR": off})
    expect(page.get_by_test_id("value-HR")).to_have_text("---")
    expect(page.get_by_test_id("base-HR")).to_be_hidden()
    alone.page.evaluate("(p) => Object.assign(state.parameters, p)", {"HR": parameters["HR"]})


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800), (1024, 768), (800, 1280)])
def test_the_difference_covers_no_number(browser: Browser, size: tuple[int, int]) -> None:
    """With the longest pressure, and all that may stand around it."""
    parameters = snapshot()["parameters"]
    for name, value in (("NIBP_sys", 188), ("NIBP_dia", 118)):
        parameters[name]["value"] = value
    alone = Alone(
        browser,
        size,
        parameters=parameters,
        baseline={**BASELINE, "RR": 12},
        limits_changed=CHANGES,
    )
    expect(alone.page.get_by_test_id("base-NIBP")).to_have_text("+60/+38 from baseline")
    covered = alone.page.evaluate(
        """() => {
          const ink = (node) => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getBoundingClientRect();
          };
          const out = [];
          for (const tile of document.querySelectorAll('[data-tile]')) {
            const base = ink(tile.querySelector('.cs-base'));
            if (base.width === 0) continue;
            for (const name of ['value', 'unit', 'age', 'limits', 'label']) {
              const node = tile.querySelector(`[data-part=${name}]`);
              const other = node ? ink(node) : { width: 0 };
              const trim = name === 'value' ? other.height * 0.12 : 1; // taller than digits
              if (other.width > 0 && base.left < other.right - 1 && base.right > other.left + 1
                && base.top < other.bottom - trim && base.bottom > other.top + trim) {
                out.push(`${tile.dataset.tile} ${name}`);
              }
            }
          }
          const head = document.querySelector('.cs-head').getBoundingClientRect();
          if (document.querySelector('.cs-clock').getBoundingClientRect().right > head.right) {
            out.push('the header is too long');
          }
          return out;
        }"""
    )
    assert covered == []
    alone.close()
