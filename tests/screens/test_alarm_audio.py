"""Sound on the live screen: turned on by a person, and right for each state of the alarms.

The screen's own files in the real browser, on the browser's real audio; the test tells the stream.
"""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import until
from tests.screens.glass_alone import HIGH, LOW, MEDIUM, NOW_MS, OFF, PAUSED, PLAYING, Alone, sign

pytestmark = pytest.mark.browser

# How loud the output is now: the greatest height within the last 40 ms.
LOUD = """
(() => {
  const { sound } = shown.audio;
  if (!sound.out) return 0;
  if (!window.ear) {
    window.ear = new AnalyserNode(sound.context, { fftSize: 2048 });
    sound.out.connect(window.ear);
  }
  const wave = new Float32Array(2048);
  window.ear.getFloatTimeDomainData(wave);
  return wave.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
})()
"""


def test_only_a_yes_turns_sound_on(browser: Browser) -> None:
    alone = Alone(browser, alarms=[HIGH])
    page = alone.page
    off = sign(page, "sound")
    expect(off).to_contain_text("SOUND OFF")
    expect(off.locator("b")).to_have_css("font-size", "36px")
    expect(page.get_by_test_id("sound")).to_have_text("SOUND OFF")
    page.get_by_test_id("sound").click()
    page.get_by_test_id("sound-on").click()
    assert page.evaluate(PLAYING) == "medium"  # the test, though a high alarm stands
    expect(page.get_by_text("Did you hear it?")).to_be_visible()
    page.get_by_test_id("sound-no").click()
    expect(page.get_by_test_id("sound-unheard")).to_contain_text("loudspeaker's plug")
    expect(off).to_be_visible()
    assert {report["sounds"] for report in alone.reports} == {False}
    page.get_by_test_id("sound-on").click()
    page.get_by_test_id("sound-yes").click()
    expect(off).to_have_count(0)
    expect(page.get_by_test_id("sound")).to_have_text("Sound on")
    assert page.evaluate(PLAYING) == "high"
    until(lambda: page.evaluate(LOUD) > 0.5)
    until(lambda: alone.last_report()["sounds"])
    alone.close()


def test_a_no_leaves_the_screen_without_sound(browser: Browser) -> None:
    alone = Alone(browser, alarms=[HIGH])
    page = alone.page
    page.get_by_test_id("sound").click()
    page.get_by_test_id("sound-on").click()
    page.get_by_test_id("sound-no").click()
    until(lambda: page.evaluate(PLAYING) is None)  # the test burst is over, and nothing follows
    page.get_by_test_id("test-high").click()
    assert page.evaluate(PLAYING) == "high"
    assert page.evaluate("shown.audio.sound.playing.loop") is False
    expect(sign(page, "sound")).to_be_visible()
    alone.close()


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ({"alarms": [HIGH, MEDIUM, LOW]}, "high"),
        ({"alarms": [MEDIUM, LOW]}, "medium"),
        ({"alarms": [LOW]}, None),
        ({"alarms": [{**HIGH, "state": "latched"}, MEDIUM]}, "high"),
        ({"alarms": [{**HIGH, "unknown": True}]}, "high"),
        ({"alarms": [{**HIGH, "state": "acknowledged", "by": "RN Ode"}, MEDIUM]}, "medium"),
        ({"alarms": [{**HIGH, "state": "acknowledged", "by": "RN Ode"}]}, None),
        ({"alarms": [HIGH], "audio": PAUSED}, None),
        ({"alarms": [HIGH], "audio": OFF}, None),
        ({"alarms": [HIGH], "audio": {**PAUSED, "until_ms": NOW_MS - 1}}, "high"),
    ],
)
def test_what_sounds_is_the_highest_that_nobody_acknowledged(
    screen: Alone, state: dict[str, Any], wanted: str | None
) -> None:
    screen.tell(**state)
    assert screen.page.evaluate(PLAYING) == wanted


def test_a_rise_is_heard_at_once_and_an_acknowledgement_too(screen: Alone) -> None:
    page = screen.page
    screen.tell(alarms=[MEDIUM])
    until(lambda: page.evaluate(LOUD) > 0.3)
    took = page.evaluate(
        "(alarms) => { const at = performance.now(); tell({ alarms });"
        " return [shown.audio.sound.playing.name, performance.now() - at]; }",
        [HIGH, MEDIUM],
    )
    assert took[0] == "high"
    assert took[1] < 250
    until(lambda: page.evaluate(LOUD) > 0.5)
    screen.tell(alarms=[{**HIGH, "state": "acknowledged", "by": "RN Ode"}])
    assert page.evaluate(PLAYING) is None
    until(lambda: page.evaluate(LOUD) < 0.001, 1)


def test_an_alarm_that_ends_by_itself_finishes_its_burst(screen: Alone) -> None:
    playing = (
        "(alarms) => { tell({ alarms }); tell({ alarms: [] });"
        " const { name, loop } = shown.audio.sound.playing; return [name, loop]; }"
    )
    assert screen.page.evaluate(playing, [MEDIUM]) == ["medium", False]


def test_no_data_sounds_without_a_server_and_is_acknowledged_without_one(screen: Alone) -> None:
    page, line = screen.page, screen.page.get_by_test_id("alarm-line")
    try:
        page.evaluate("beating = false")
        expect(line).to_have_attribute("data-state", "no-data", timeout=5000)
        expect(line).to_have_attribute("data-priority", "low")
        assert page.evaluate(PLAYING) is None
        page.evaluate("skip(10_000)")
        expect(line).to_have_attribute("data-priority", "medium")
        until(lambda: page.evaluate(PLAYING) == "medium")
        page.get_by_test_id("acknowledge").click()
        assert page.evaluate(PLAYING) is None
        expect(line).to_contain_text("acknowledged on this screen")
        page.evaluate("skip(50_000)")
        expect(line).to_have_attribute("data-priority", "high")
        until(lambda: page.evaluate(PLAYING) == "high")
        assert screen.presses == []
    finally:
        page.evaluate("beating = true")
    expect(line).to_contain_text("No alarm", timeout=8000)
    assert page.evaluate("shown.audio.sound.wanted") is None


def test_a_browser_that_stops_the_sound_is_seen_and_a_touch_mends_it(screen: Alone) -> None:
    page = screen.page
    screen.tell(alarms=[MEDIUM])
    page.evaluate("shown.audio.sound.context.suspend()")
    expect(sign(page, "sound")).to_contain_text("the browser stopped it: touch the screen")
    until(lambda: not screen.last_report()["sounds"])
    page.get_by_test_id("clock").click()
    expect(sign(page, "sound")).to_have_count(0)
    until(lambda: page.evaluate(PLAYING) == "medium")
    until(lambda: screen.last_report()["sounds"])


def test_a_sound_card_that_stands_still_or_is_exchanged_is_seen(screen: Alone) -> None:
    page = screen.page
    page.evaluate(
        "Object.defineProperty(shown.audio.sound.context, 'currentTime',"
        " { get: () => 7, configurable: true })"
    )
    expect(sign(page, "sound")).to_contain_text("the loudspeaker does not answer")
    page.evaluate("delete shown.audio.sound.context.currentTime")
    expect(sign(page, "sound")).to_have_count(0)
    page.evaluate("shown.audio.sound.changed = true")
    screen.tell(alarms=[HIGH])
    expect(sign(page, "sound")).to_contain_text("test it again")
    assert page.evaluate(PLAYING) == "high"  # in doubt, but not silent
    screen.tell(alarms=[])
    page.evaluate("shown.audio.sound.answer(true)")


def test_a_hidden_page_is_silent_and_says_that_nobody_sees_it(screen: Alone) -> None:
    page = screen.page
    screen.tell(alarms=[HIGH])
    turn = (
        "(state) => { Object.defineProperty(document, 'visibilityState', { value: state,"
        " configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(turn, "hidden")
    assert page.evaluate(PLAYING) is None
    until(lambda: not screen.last_report()["visible"])
    page.evaluate(turn, "visible")
    until(lambda: screen.last_report()["visible"])
    until(lambda: page.evaluate(PLAYING) == "high")


def test_a_report_comes_every_five_seconds(screen: Alone) -> None:
    """All clocks run five times faster; one id a page, the chair and the token are always said."""
    page = screen.page
    screen.reports.clear()
    times = page.evaluate(
        """async () => {
          const [times, real] = [[], window.fetch];
          window.fetch = (url, rest) => {
            if (String(url).endsWith("/api/screen")) times.push(performance.now());
            return real(url, rest);
          };
          for (let i = 0; i < 14; i++) {
            skip(1000);
            state.now_ms += 1000;
            await new Promise((done) => setTimeout(done, 250));
          }
          window.fetch = real;
          return times;
        }"""
    )
    gaps = [b - a for a, b in pairwise(times)]
    assert len(gaps) >= 2
    assert 4900 <= min(gaps) <= max(gaps) <= 7000
    last = screen.last_report()
    assert (last["chair"], last["token"], last["visible"], last["sounds"]) == (1, "t", True, True)
    assert len({report["screen"] for report in screen.reports}) == 1


def test_the_volume_has_a_floor_and_is_kept_by_the_device(screen: Alone) -> None:
    page = screen.page
    page.get_by_test_id("sound").click()
    slider = page.get_by_test_id("volume")
    assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("40", "100")
    slider.fill("70")
    page.get_by_test_id("sound-close").click()
    kept = """async (given) => {
      const { Sound } = await import('/sound.js');
      if (given !== null) localStorage.setItem('chairside.volume', given);
      const sound = new Sound();
      sound.remove();
      return sound.volume;
    }"""
    assert page.evaluate("shown.audio.sound.out.gain.value") == pytest.approx(0.7)
    assert page.evaluate(kept, None) == 0.7
    assert [page.evaluate(kept, x) for x in ("0", "-3", "9", "loud")] == [0.4, 0.4, 1, 1]
    page.evaluate("shown.audio.sound.turn(1)")
