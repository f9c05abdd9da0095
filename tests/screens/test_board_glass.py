"""The board in the real browser, its stream played: sound, presses, sizes, access."""

import copy
from collections.abc import Generator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.conftest import until
from tests.screens.board_alone import PROBE_OFF, BoardAlone, four
from tests.screens.glass_alone import HIGH, LOW, MEDIUM, NOW_MS, ON, PAUSED, PLAYING, Alone, arm

pytestmark = pytest.mark.browser

SIZES = ((1920, 1080), (1280, 800), (1024, 768), (800, 1280))
THEMES = ("dark", "light", "red")
SEEN = {"state": "acknowledged", "by": "RN Ode"}


@pytest.fixture(scope="module")
def armed(browser: Browser) -> Generator[BoardAlone]:
    alone = BoardAlone(browser, each=four())
    arm(alone.page)
    yield alone
    alone.close()


@pytest.fixture
def board(armed: BoardAlone) -> BoardAlone:
    """An armed board without alarms."""
    quiet: dict[str, Any] = {"alarms": [], "audio": ON, "watch": "RN Keller"}
    armed.tell(c1=quiet, c2=quiet, c3=quiet, c4=quiet)
    armed.page.evaluate("shown.audio.sound.end()")
    armed.presses.clear()
    return armed


def wait(board: BoardAlone, name: str | None) -> None:
    board.page.wait_for_function(f"(name) => ({PLAYING}) === name", arg=name)


def test_the_worst_of_all_chairs_sounds_and_a_pause_keeps_one_chair_silent(
    board: BoardAlone,
) -> None:
    board.tell(c2={"alarms": [MEDIUM]})
    wait(board, "medium")
    board.tell(c3={"alarms": [HIGH]})
    wait(board, "high")
    board.tell(c3={"audio": PAUSED})
    wait(board, "medium")
    expect(board.card(3).get_by_text("AUDIO PAUSED")).to_be_visible()
    expect(board.card(2).get_by_text("AUDIO PAUSED")).to_have_count(0)
    board.tell(c2={"alarms": [{**MEDIUM, **SEEN}]})
    wait(board, None)


def test_a_card_acknowledges_what_was_on_the_glass(board: BoardAlone) -> None:
    board.tell(c2={"alarms": [MEDIUM]}, c3={"alarms": [HIGH, LOW]})
    line = board.card(3).get_by_test_id("alarm-line")
    expect(line).to_contain_text(HIGH["text"])
    button = board.card(3).get_by_test_id("acknowledge")
    button.hover()
    board.page.mouse.down()
    worse = {**HIGH, "occurrence": "another", "text": "SpO2 70 < 85", "since_ms": NOW_MS}
    board.tell(c3={"alarms": [worse, HIGH, LOW]})
    expect(line).to_contain_text("SpO2 70 < 85")
    board.page.mouse.up()
    until(lambda: board.page.evaluate("1") and board.presses)
    press = board.presses[0]
    assert (press["chair"], press["kind"], press["by"]) == (3, "acknowledge", "RN Keller")
    assert press["data"] == {"occurrence": HIGH["occurrence"]}


def test_who_takes_over_is_asked_once_for_all_chairs_or_those_chosen(board: BoardAlone) -> None:
    page = board.page
    nobody = {"watch": None}
    board.tell(c1=nobody, c2=nobody, c3={"alarms": [MEDIUM], **nobody}, c4={"watch": "RN Ode"})
    expect(page.get_by_test_id("watch")).to_have_text("On watch: RN Ode (3 without)")
    board.card(3).get_by_test_id("acknowledge").click()
    chips = page.get_by_test_id("for-chair")
    expect(chips).to_have_text(["Chair 1", "Chair 2", "Chair 3"])
    chips.nth(0).click()
    page.get_by_test_id("dialog").get_by_role("button", name="RN Keller").click()
    until(lambda: page.evaluate("1") and len(board.presses) == 3)
    said = [(x["chair"], x["kind"], x["by"]) for x in board.presses]
    assert said[2] == (3, "acknowledge", "RN Keller")
    assert sorted(said[:2]) == [(2, "watch", "RN Keller"), (3, "watch", "RN Keller")]
    page.get_by_test_id("watch").click()
    expect(chips).to_have_count(4)
    page.get_by_role("button", name="Cancel").click()
    expect(chips).to_have_count(0)


def test_a_dead_recorder_is_no_data_on_every_card_and_one_acknowledgement(
    board: BoardAlone,
) -> None:
    page = board.page
    board.tell(c2={"alarms": [MEDIUM]})
    lines = page.locator("[data-testid=card] [data-testid=alarm-line]")
    page.evaluate("beating = false")
    try:
        for n in range(4):
            expect(lines.nth(n)).to_have_attribute("data-state", "no-data")
            expect(board.card(n + 1).get_by_test_id("value-HR")).to_have_text("---")
            expect(board.card(n + 1).get_by_test_id("value-NIBP")).not_to_have_text("---")
        expect(page.get_by_test_id("summary")).to_contain_text("NO DATA: 4 chairs")
        expect(lines.nth(1)).to_have_attribute("data-priority", "medium")
        wait(board, "medium")
        assert board.page.get_by_text("No alarm", exact=True).count() == 0
        board.card(2).get_by_test_id("acknowledge").click()
        wait(board, None)
        expect(lines.nth(1)).to_contain_text("acknowledged on this screen")
        assert board.presses == []
    finally:
        page.evaluate("beating = true; say('snapshot', state); null")
    expect(lines.nth(3)).not_to_have_attribute("data-state", "no-data")


def test_a_chair_that_cannot_be_told_does_not_take_the_others(board: BoardAlone) -> None:
    board.page.evaluate(
        "beating = false; say('tick', { tick: ++state.tick, now_ms: state.now_ms, rate: 1,"
        " each: { 4: { failed: 'The dashboard cannot show this chair: odd' } } }); null"
    )
    line = board.card(4).get_by_test_id("alarm-line")
    expect(line).to_contain_text("NO DATA")
    expect(line).to_contain_text("cannot show this chair: odd")
    expect(board.card(4).get_by_test_id("value-HR")).to_have_text("---")
    expect(board.card(1).get_by_test_id("value-HR")).to_have_text("88")
    board.page.evaluate("beating = true; say('snapshot', state); null")
    expect(line).not_to_contain_text("NO DATA")


def test_the_board_reports_for_all_chairs(board: BoardAlone) -> None:
    assert board.last_report()["chair"] == 0
    assert board.last_report()["visible"] is True
    assert board.last_report()["sounds"] is True


def many(count: int) -> list[dict[str, Any]]:
    """Chairs with everything that takes room: alarms, signs, three-digit values, long names."""
    chairs = [copy.deepcopy(four()[n % 4]) for n in range(count)]
    for n, chair in enumerate(chairs):
        chair["name"] = f"Room {n + 1}, window"
    chairs[0]["alarms"] = [HIGH, MEDIUM, {**LOW, "occurrence": "x"}]
    chairs[0]["audio"] = PAUSED
    values = {"HR": 188, "SpO2": 100, "NIBP_sys": 188, "NIBP_dia": 118, "NIBP_mean": 141}
    for chair in chairs:
        parameters = chair.setdefault("parameters", copy.deepcopy(four()[1]["parameters"]))
        for name, value in values.items():
            if parameters[name] is not PROBE_OFF and parameters[name]["value"] is not None:
                parameters[name] = {**parameters[name], "value": value}
    return chairs


CUT = """() => {
  const out = [];
  const inside = (node, box, of) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const r = range.getBoundingClientRect();
    if (r.width === 0) return;
    if (r.left < box.left - 1 || r.right > box.right + 1) out.push([of, r.right, box.right]);
    const air = r.height * 0.16; // the line's own, above and below the digits
    if (r.top < box.top - air || r.bottom > box.bottom + air) out.push([of, r.top, box.top]);
  };
  for (const card of document.querySelectorAll('[data-testid=card]')) {
    for (const tile of card.querySelectorAll('[data-tile]')) {
      inside(tile.querySelector('[data-part=value]'), tile.getBoundingClientRect(),
        card.dataset.chair + tile.dataset.tile);
    }
    const box = card.getBoundingClientRect();
    for (const name of ['name', 'stage', 'next', 'alarm-shape']) {
      inside(card.querySelector(`[data-say=${name}]`), box, card.dataset.chair + name);
    }
  }
  const small = [...document.querySelectorAll('.cs *')].filter((n) => n.checkVisibility()
    && [...n.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim())
    && parseFloat(getComputedStyle(n).fontSize) < 14).map((n) => n.className + n.textContent);
  return [out, small, document.scrollingElement.scrollHeight - innerHeight];
}"""


# How bright the pressures stand, and which card's NO DATA is cut, covered or broken.
BRIGHT = """() => [...document.querySelectorAll('[data-testid=value-NIBP]')]
  .map((node) => getComputedStyle(node).opacity)"""
NO_DATA_CUT = """() => [...document.querySelectorAll('[data-testid=card]')].map((card) => {
  const text = card.querySelector('[data-say=alarm-text]');
  const range = document.createRange();
  range.selectNodeContents(text);
  const r = range.getBoundingClientRect();
  const cut = [text.parentElement, card.querySelector('.bd-words')].some((node) => {
    const box = node.getBoundingClientRect();
    const air = r.height * 0.16;
    return getComputedStyle(node).overflowX !== 'visible' && (r.left < box.left - 1
      || r.right > box.right + 1 || r.top < box.top - air || r.bottom > box.bottom + air);
  });
  const lines = range.getClientRects().length;
  return text.textContent === 'NO DATA' && !cut && lines === 1 ? null
    : [card.dataset.chair, text.textContent, cut, lines];
}).filter(Boolean)"""


# A value by hand says so, in words or by the sign of what was entered.
BY_HAND = """() => {
  const tile = document.querySelector('[data-chair="1"] [data-tile=NIBP]');
  const from = tile.querySelector('[data-part=from]');
  const sign = getComputedStyle(tile.querySelector('.bd-age'), '::before').content;
  return from.checkVisibility() ? from.textContent : sign;
}"""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_number_is_cut_and_no_word_too_small_for_1_to_16_chairs(
    browser: Browser, size: tuple[int, int]
) -> None:
    for count in (1, 4, 6, 16):
        alone = BoardAlone(browser, size, each=many(count))
        expect(alone.page.get_by_test_id("card")).to_have_count(count)
        expect(alone.card(1).get_by_test_id("value-HR")).to_have_text("188")
        assert alone.page.evaluate(CUT) == [[], [], 0], count
        # Of an hour ago, or of a time of which it is not known how long ago it was: half as bright.
        parameters = alone.page.evaluate("state.each[1].parameters")
        old = {**parameters["NIBP_sys"], "t_ms": NOW_MS - 3_600_000, "by_hand": True}
        alone.tell(c1={"parameters": {**parameters, "NIBP_sys": old, "NIBP_dia": old}})
        expect(alone.card(1).locator("[data-tile=NIBP]")).to_have_attribute("data-state", "dim")
        assert alone.page.evaluate(BRIGHT)[:2] == ["0.5", "1"][:count], count
        said = alone.page.evaluate(BY_HAND)
        assert said.startswith(("by hand", '"✎')), (count, said)
        alone.page.evaluate("beating = false; skip(4000)")
        for n in range(1, count + 1):
            line = alone.card(n).get_by_test_id("alarm-line")
            expect(line).to_have_attribute("data-state", "no-data")
        assert alone.page.evaluate(NO_DATA_CUT) == [], count
        assert set(alone.page.evaluate(BRIGHT)) == {"0.5"}, count
        alone.close()


def test_digits_of_four_chairs_read_across_a_room(browser: Browser) -> None:
    """On a 24-inch screen of 1920x1080, 88 px of type give 20 minutes of arc at 3 m."""
    alone = BoardAlone(browser, each=four())
    arm(alone.page)
    for name in ("value-HR", "value-SpO2", "value-NIBP"):
        node = alone.card(1).get_by_test_id(name)
        expect(node).to_be_visible()
        size = node.evaluate("(node) => getComputedStyle(node).fontSize")
        assert float(size.removesuffix("px")) >= 88, name
    alone.close()


# ---- access ------------------------------------------------------------------------------------

TARGETS = """() => [...document.querySelectorAll('button, a[href], input')]
  .filter((node) => node.checkVisibility())
  .map((node) => {
    const { width, height } = node.getBoundingClientRect();
    const more = getComputedStyle(node, '::after'); // the place to touch may be larger
    const wider = more.content !== 'none' && more.position === 'absolute';
    const by = wider ? -2 * parseFloat(more.top) : 0;
    return [node.textContent.trim() || node.ariaLabel, width + by, height + by];
  })
  .filter(([, width, height]) => width < 44 || height < 44)"""


def busy(browser: Browser, what: str) -> Alone:
    """A screen with everything on it that can be seen at once."""
    off = [{"scope": "RR", "by": "RN Ode", "reason": "Cold", "since_ms": NOW_MS}]
    if what == "live":
        alarms = [HIGH, MEDIUM, LOW, {**LOW, "occurrence": "x", **SEEN}]
        return Alone(browser, alarms=alarms, limits_changed=["x"], alarms_off=off)
    chairs = four()
    chairs[0]["alarms"] = [HIGH, MEDIUM, LOW]
    chairs[0]["alarms_off"] = off
    chairs[1]["audio"] = PAUSED
    chairs[3]["alarms"] = [{**HIGH, **SEEN}, {**MEDIUM, **SEEN}, {**LOW, **SEEN}]
    return BoardAlone(browser, each=chairs)


def grave(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        (x["id"], [node["html"][:120] for node in x["nodes"]])
        for x in found
        if x["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("what", ["board", "live"])
def test_both_screens_are_accessible_in_each_theme(browser: Browser, what: str) -> None:
    alone = busy(browser, what)
    page = alone.page
    page.add_style_tag(content="*, *::before, *::after { animation: none !important }")
    for theme, words in zip(
        THEMES, ("Dark", "Light, for a bright room", "Dim red, for a dark room"), strict=True
    ):
        page.get_by_test_id("theme").click()
        page.get_by_role("button", name=words, exact=True).click()
        expect(page.get_by_test_id("root")).to_have_attribute("data-theme", theme)
        assert grave(page) == [], theme
        page.get_by_test_id("watch").click()
        assert grave(page) == [], theme
        page.get_by_role("button", name="Cancel").click()
        page.get_by_test_id("sound").click()
        assert grave(page) == [], theme
        page.get_by_test_id("sound-close").click()
    page.reload()
    expect(page.get_by_test_id("root")).to_have_attribute("data-theme", "red")
    alone.close()


@pytest.mark.parametrize("what", ["board", "live"])
def test_whatever_can_be_touched_is_large_enough(browser: Browser, what: str) -> None:
    alone = busy(browser, what)
    for width, height in SIZES:
        alone.page.set_viewport_size({"width": width, "height": height})
        for window, close in (("sound", "sound-close"), ("watch", "cancel")):
            alone.page.get_by_test_id(window).click()
            assert alone.page.evaluate(TARGETS) == [], (width, window)
            alone.page.locator(f"[data-say={close}]").click()
    alone.close()
