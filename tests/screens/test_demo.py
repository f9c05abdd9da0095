"""What a person sees first: the demo, on every size of screen; pictures go to test-results/."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT, Program, answers, free_port, until

pytestmark = pytest.mark.browser

PICTURES = ROOT / "test-results" / "screens"
SIZES = ((1920, 1080), (1280, 800), (1024, 768), (800, 1280))
ESSENTIAL = (
    "value-HR",
    "value-SpO2",
    "value-NIBP",
    "alarm-line",
    "banner",
    "clock",
    "chart",
    "recorder",
    "watch",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    program = Program(tmp_path_factory.mktemp("demo") / "demo.db")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = program.run(
        "demo", "--database", str(program.database), "--port", str(port), "--no-browser"
    )
    try:
        until(lambda: answers(address) or process.poll() is not None, 30)
        until(lambda: program.query("SELECT 1 FROM run WHERE rate = 1"), 30)
        yield address
    finally:
        program.close()


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def page(demo: str, browser: Browser, request: pytest.FixtureRequest) -> Generator[Page]:
    """The live screen, opened at one size for all that is tried at it."""
    size: tuple[int, int] = request.param
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{demo}/?chair=1")
    expect(page.get_by_test_id("root")).to_have_attribute("data-fresh", "true", timeout=20_000)
    expect(page.get_by_test_id("value-HR")).to_have_text(re.compile(r"^\d+$"), timeout=20_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=20_000)
    yield page
    page.close()


def size_of(page: Page) -> tuple[int, int]:
    size = page.viewport_size
    assert size
    return size["width"], size["height"]


def test_everything_essential_is_on_the_glass_without_scrolling(page: Page) -> None:
    size = size_of(page)
    for name in ESSENTIAL:
        box = page.get_by_test_id(name).bounding_box()
        assert box is not None, name
        assert min(box["x"], box["y"]) >= 0, name
        assert box["x"] + box["width"] <= size[0] + 1, name
        assert box["y"] + box["height"] <= size[1] + 1, name
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
    assert page.get_by_test_id("banner").inner_text() == "SIMULATED MONITOR — NOT A PATIENT"
    expect(page.get_by_text(re.compile(r"^(Dosing|Peak) \d+:\d\d"))).to_be_visible()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"live-{size[0]}x{size[1]}.png")


def test_the_longest_blood_pressure_hides_neither_its_unit_nor_its_age(page: Page) -> None:
    right, edges = page.evaluate(
        """() => {
          const tile = document.querySelector('[data-tile=NIBP]');
          const part = (name) => tile.querySelector(`[data-part=${name}]`);
          part('value').textContent = '188/118';
          part('age').textContent = '23:59:59 · 1:02:09 ago';
          const end = (node) => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getBoundingClientRect();
          };
          const [value, unit, age] = ['value', 'unit', 'age'].map((name) => end(part(name)));
          const top = part('value').getBoundingClientRect().top;
          const beside = part('unit').getBoundingClientRect().bottom > top + 1;
          return [tile.getBoundingClientRect().right,
            [unit.right, age.right, beside ? value.right - unit.left : -1, value.right]];
        }"""
    )
    unit, age, overlap, value = edges
    assert max(unit, age, value) <= right + 1
    assert overlap <= 1


@pytest.mark.parametrize("page", SIZES[:1], indirect=True, ids=["1920x1080"])
def test_digits_are_as_large_as_three_metres_ask_for(page: Page) -> None:
    """On a 24-inch screen of 1920x1080, 88 px of type give 20 minutes of arc at 3 m."""
    for name in ("value-HR", "value-SpO2", "value-NIBP"):
        size = page.get_by_test_id(name).evaluate("(node) => getComputedStyle(node).fontSize")
        assert float(size.removesuffix("px")) >= 88, name


@pytest.mark.parametrize("path", ["session?chair=1", "review"])
def test_the_pages_beside_it_are_marked_too(demo: str, browser: Browser, path: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{demo}/{path}")
    expect(page.get_by_test_id("banner")).to_have_text(
        "SIMULATED MONITOR — NOT A PATIENT", timeout=20_000
    )
    expect(page.get_by_text("Not a medical device.")).to_be_visible(timeout=20_000)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{path.partition('?')[0]}-1280x800.png", full_page=True)
    page.close()


def test_the_readme_shows_pictures_that_exist() -> None:
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", Path(ROOT / "README.md").read_text())
    assert {"docs/live-screen.png", "docs/board.png"} <= set(shown)
    for picture in shown:
        assert (ROOT / picture).stat().st_size > 20_000
