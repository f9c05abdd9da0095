"""What is seen of alarms: pauses and what is off, who did it, and how an alarm flashes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.screens import live
from tests.conftest import until
from tests.screens.conftest import COUNTED
from tests.screens.glass_alone import (
    HIGH,
    LOW,
    MEDIUM,
    NOW_MS,
    OFF,
    PAUSED,
    PLAYING,
    Alone,
    alarm,
    sign,
)

pytestmark = pytest.mark.browser


def pressed(screen: Alone) -> tuple[str, dict[str, Any], str]:
    until(lambda: screen.page.evaluate("1") and screen.presses)
    press = screen.presses.pop()
    assert screen.presses == []
    return press["kind"], press["data"], press["by"]


def choose(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_test_id("dialog").get_by_role("button", name=name, exact=True).click()


def test_the_presses_of_pause_off_and_on(screen: Alone) -> None:
    page = screen.page
    screen.tell(alarms=[MEDIUM])
    page.get_by_test_id("pause").click()
    assert pressed(screen) == ("audio_pause", {"seconds": 120}, "RN Keller")
    screen.tell(audio={**PAUSED, "until_ms": NOW_MS + 900_000})
    expect(page.get_by_test_id("pause")).to_be_hidden()
    sign(page, "audio").get_by_role("button", name="End pause").click()
    assert pressed(screen) == ("audio_resume", {}, "RN Keller")
    page.get_by_test_id("sound").click()
    page.get_by_test_id("audio-off").click()
    choose(page, "Staff watch in the room")
    assert pressed(screen) == ("audio_off", {"reason": "Staff watch in the room"}, "RN Keller")
    screen.tell(audio=OFF)
    sign(page, "audio").get_by_role("button", name="Audio on").click()
    assert pressed(screen) == ("audio_on", {}, "RN Keller")
    page.get_by_test_id("sound").click()
    page.get_by_test_id("alarm-off").click()
    names = page.get_by_test_id("dialog").get_by_role("button").all_inner_texts()
    assert "NO DATA" not in names  # the infusion runs
    choose(page, "SpO₂")
    page.get_by_test_id("entry").fill("Cold hands")
    page.get_by_test_id("submit").click()
    assert pressed(screen) == (
        "alarm_off",
        {"scope": "SpO2", "reason": "Cold hands"},
        "RN Keller",
    )
    off = {"scope": "SpO2", "by": "RN Ode", "reason": "Cold hands", "since_ms": NOW_MS}
    screen.tell(alarms_off=[off])
    expect(page.get_by_test_id("off-SpO2")).to_have_text("ALARM OFF")
    expect(sign(page, "SpO2")).to_contain_text("SpO₂ ALARM OFFCold hands · RN Ode · since 07:52")
    sign(page, "SpO2").get_by_role("button", name="Alarm on").click()
    assert pressed(screen) == ("alarm_on", {"scope": "SpO2"}, "RN Keller")
    screen.tell(alarms_off=[])
    expect(page.get_by_test_id("off-SpO2")).to_be_hidden()


def test_a_pause_counts_down_by_the_recorders_clock_also_after_a_reload(browser: Browser) -> None:
    alone = Alone(browser, audio=PAUSED, alarms=[HIGH])
    for _ in range(2):
        expect(sign(alone.page, "audio")).to_contain_text(
            re.compile(r"AUDIO PAUSED 1:2\d.*RN Ode"), timeout=8000
        )
        alone.page.reload()
    alone.tell(now_ms=NOW_MS + 60_000)
    expect(sign(alone.page, "audio")).to_contain_text(re.compile("AUDIO PAUSED 0:[23]"))
    alone.page.evaluate("state.now_ms += 31_000")
    expect(sign(alone.page, "audio")).to_have_count(0)
    alone.close()


def test_a_reload_asks_only_for_what_the_browser_wants(screen: Alone) -> None:
    """A Yes holds as long as the tab: the context alone decides after a reload."""
    page = screen.page
    page.reload()
    page.evaluate(COUNTED)
    until(lambda: page.evaluate("shown?.audio.sound.heard"))
    page.get_by_test_id("clock").click()
    expect(sign(page, "sound")).to_have_count(0)


def test_audio_off_is_large_and_reminds_every_three_minutes(screen: Alone) -> None:
    page = screen.page
    now = page.evaluate("state.now_ms")
    screen.tell(audio={**OFF, "since_ms": now - 178_000}, alarms=[MEDIUM])
    off = sign(page, "audio")
    expect(off).to_contain_text("AUDIO OFFStaff in the room · RN Ode · since")
    expect(off.locator("b")).to_have_css("font-size", "36px")
    expect(off).to_have_attribute("data-reminder", "false")
    page.evaluate(
        "const { sound } = shown.audio; const once = sound.once.bind(sound);"
        " sound.once = (name) => { window.once = name; return once(name); }; 0"
    )
    until(lambda: page.evaluate("window.once") == "reminder", 5)
    expect(off).to_have_attribute("data-reminder", "true")
    until(lambda: page.evaluate(PLAYING) is None, 3)
    page.evaluate("delete shown.audio.sound.once")


# ---- how alarms look ----------------------------------------------------------------------------

# Every running animation below a node: how often a second it turns, and what of it is dark.
FLASHES = """(node) => node.getAnimations({ subtree: true }).map((a) => {
  const { duration, iterations } = a.effect.getComputedTiming();
  const frames = a.effect.getKeyframes().map((f) => Number(f.opacity));
  return [1000 / duration, iterations === Infinity, frames.slice(0, 2).join()];
})"""


@pytest.mark.parametrize(
    ("shown", "slowest", "fastest"),
    [(HIGH, 1.4, 2.8), (MEDIUM, 0.4, 0.8), ({**HIGH, "state": "latched"}, 1.4, 2.8)],
)
def test_the_line_and_the_tile_flash_with_the_priority(
    screen: Alone, shown: dict[str, Any], slowest: float, fastest: float
) -> None:
    screen.tell(alarms=[shown])
    tile = screen.page.locator("[data-tile=SpO2], [data-tile=NIBP]").locator(
        f"xpath=self::*[@data-signal='{shown['priority']}']"
    )
    for node in (screen.page.get_by_test_id("alarm-line"), tile):
        ((hertz, endless, frames),) = node.evaluate(FLASHES)
        assert slowest <= hertz <= fastest
        assert (endless, frames) == (True, "0,1")


@pytest.mark.parametrize("shown", [LOW, {**HIGH, "state": "acknowledged", "by": "RN Ode"}])
def test_low_and_acknowledged_are_steady(screen: Alone, shown: dict[str, Any]) -> None:
    screen.tell(alarms=[shown])
    assert screen.page.get_by_test_id("root").evaluate(FLASHES) == []


def test_a_latched_alarm_says_what_is_now(screen: Alone) -> None:
    latched = alarm("SpO2", "high", "SpO₂ 84 < 85", state="latched")
    screen.tell(alarms=[latched, {**MEDIUM, "unknown": True}])
    line = screen.page.get_by_test_id("alarm-line")
    expect(line).to_contain_text("now 97 · over, not acknowledged")
    expect(screen.page.get_by_test_id("other-alarm")).to_contain_text("value unknown now")


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800), (1024, 768)], ids=str)
def test_eight_alarms_are_all_read_without_a_touch(screen: Alone, size: tuple[int, int]) -> None:
    page = screen.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    names = [f"NIBP diastolic {100 + i} > 100" for i in range(5)]
    more = [alarm("NIBP_dia", "medium", name) for name in names]
    screen.tell(alarms=[HIGH, MEDIUM, *more, LOW])
    expect(page.get_by_test_id("other-alarm")).to_have_count(7)
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=other-alarm]')].filter((chip) => {
          const { left, top, width, height } = chip.getBoundingClientRect();
          const at = [[0.02, 0.1], [0.98, 0.9]].map(([x, y]) =>
            document.elementFromPoint(left + x * width, top + y * height));
          return !at.every((node) => node && chip.contains(node));
        }).map((chip) => chip.textContent)"""
    )
    assert hidden == []
    for name in ("HR", "SpO2", "NIBP"):
        tile = page.locator(f"[data-tile={name}]").bounding_box()
        value = page.get_by_test_id(f"value-{name}").bounding_box()
        assert tile is not None
        assert value is not None
        assert tile["y"] <= value["y"]
        assert value["y"] + value["height"] <= tile["y"] + tile["height"] + 1
    page.set_viewport_size({"width": 1920, "height": 1080})


def test_words_that_makers_used_for_different_things_are_nowhere() -> None:
    """Only the standard's: audio paused, audio off, alarm off, acknowledge."""
    folder = live.MODULES["screen.js"].parent
    shown = [re.sub(r"<[^>]*>", " ", (folder / "live.html").read_text("utf-8"))]
    for path in live.MODULES.values():
        shown += re.findall(r'"[^"\n]*"|`[^`]*`', path.read_text("utf-8"))
    assert [x for x in shown if re.search(r"\bmut(e|ed|ing)\b|silenc|snooz", x, re.I)] == []
