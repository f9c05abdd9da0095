"""An armed live screen on a page of its own, its modules alone, and the place the pages serve."""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from monitor.command import places
from monitor.screens.live import MODULES
from tests.conftest import clinic_file
from tests.screens.glass_alone import ON, ORIGIN, Alone, arm

Js = Callable[..., Any]

# At most one source may be between its start and its end (the fade of 15 ms apart).
COUNTED = """
(() => {
  const begun = new Set();
  window.most = 0;
  const { start } = AudioBufferSourceNode.prototype;
  const { stop } = AudioScheduledSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function () {
    begun.add(this);
    this.addEventListener("ended", () => begun.delete(this));
    window.most = Math.max(window.most, begun.size);
    return start.call(this);
  };
  AudioScheduledSourceNode.prototype.stop = function (at) {
    if (at <= this.context.currentTime + 0.02) begun.delete(this);
    return stop.call(this, at);
  };
})()
"""


@pytest.fixture(scope="module")
def armed(browser: Browser) -> Generator[Alone]:
    alone = Alone(browser)
    alone.page.evaluate(COUNTED)
    arm(alone.page)
    yield alone
    assert alone.page.evaluate("window.most") == 1
    alone.close()


@pytest.fixture
def screen(armed: Alone) -> Alone:
    """An armed screen without alarms."""
    armed.tell(alarms=[], audio=ON, alarms_off=[], watch="RN Keller")
    armed.page.evaluate("shown.audio.sound.end()")
    armed.presses.clear()
    return armed


@pytest.fixture
def place(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    clinic = clinic_file(tmp_path, ("Chair 1", "datex_dri", "sim://datex_dri"))
    monkeypatch.setenv(places.CLINIC_VARIABLE, str(clinic))
    monkeypatch.setenv(places.DATABASE_VARIABLE, str(database))
    monkeypatch.setenv(places.MODE_VARIABLE, "clinic")
    yield
    assert os.environ[places.MODE_VARIABLE] == "clinic"


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Generator[Page]:
    """One empty page for all tests of a file: what they run keeps nothing."""
    page = browser.new_page()

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN)
        if name in MODULES:
            route.fulfill(body=MODULES[name].read_text("utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route(f"{ORIGIN}**", serve)
    page.goto(ORIGIN)
    yield page
    page.close()


@pytest.fixture
def js(blank: Page) -> Js:
    """Run the body of a JavaScript function that sees a module as ``m`` and its data as ``d``."""

    def run(module: str, body: str, data: Any = None) -> Any:
        source = f"async (d) => {{ const m = await import('/{module}'); {body} }}"
        return blank.evaluate(source, data)

    return run
