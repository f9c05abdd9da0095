"""What is said of a press whose word that it was saved is lost, or overtaken by the answer."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import until
from tests.screens.glass_alone import Alone

pytestmark = pytest.mark.browser

JOURNAL = "**/api/journal"


@pytest.fixture(scope="module")
def shown(browser: Browser) -> Generator[Alone]:
    alone = Alone(browser)
    expect(alone.page.get_by_test_id("root")).to_have_attribute("data-fresh", "true")
    yield alone
    alone.close()


@pytest.fixture
def alone(shown: Alone) -> Alone:
    """The screen with nothing sent and nothing to be pressed again."""
    shown.page.evaluate("skip(70000); state.now_ms += 70000")
    shown.presses.clear()
    return shown


def tap(page: Page, text: str) -> None:
    page.get_by_role("button", name=text).click()


def lost(alone: Alone, text: str) -> str:
    """Tap an event whose word that it was saved is lost; the press's id."""
    ids: list[str] = []

    def lose(route: Route) -> None:
        ids.append(json.loads(route.request.post_data or "{}")["press"])
        route.abort()

    alone.page.route(JOURNAL, lose)
    tap(alone.page, text)
    said(alone, "NOT SAVED: press again")
    alone.page.unroute(JOURNAL, lose)
    return ids[0]


def said(alone: Alone, text: str) -> None:
    expect(alone.page.get_by_test_id("saved")).to_have_text(text)


def answer(press: str, *, accepted: bool = True, number: int = 5) -> dict[str, Any]:
    text = "Noted." if accepted else "That session is over."
    return {"id": number, "accepted": accepted, "press": press, "text": text}


def pressed(alone: Alone, count: int) -> list[str]:
    """The ids of what was sent."""

    def all_there() -> bool:
        alone.page.evaluate("0")
        return len(alone.presses) >= count

    until(all_there)
    return [x["press"] for x in alone.presses]


def test_it_was_saved_after_all_and_the_next_press_is_another_one(alone: Alone) -> None:
    """Else the second time that the patient feels sick would be taken for the first."""
    press = lost(alone, "Nausea")
    alone.tell(answers=[answer(press)])
    said(alone, "✓ saved: Nausea")
    expect(alone.page.get_by_test_id("undo")).to_be_visible()  # as after any other
    alone.page.evaluate("skip(5000); state.now_ms += 5000")
    tap(alone.page, "Nausea")
    assert pressed(alone, 1) != [press]


def test_not_saved_and_pressed_again_is_the_same_press(alone: Alone) -> None:
    press = lost(alone, "Nausea")
    tap(alone.page, "Nausea")
    assert pressed(alone, 1) == [press]
    said(alone, "✓ saved: Nausea")


def test_what_was_refused_is_not_said_to_be_saved_whatever_was_pressed_meanwhile(
    alone: Alone,
) -> None:
    press = lost(alone, "Nausea")
    alone.tell(answers=[answer(press, accepted=False)])
    said(alone, "Refused: That session is over.")
    tap(alone.page, "Music")
    said(alone, "✓ saved: Music")
    alone.page.evaluate("skip(2000); state.now_ms += 2000")
    tap(alone.page, "Nausea")  # asked anew, and not of what was answered already
    ids = pressed(alone, 2)
    assert ids[1] != press
    alone.tell(answers=[answer(ids[1], accepted=False)])
    said(alone, "Refused: That session is over.")


def test_the_answer_comes_before_the_word_that_it_was_saved_is_given_up(alone: Alone) -> None:
    """It is heard by the stream, which does not wait for the press's own way."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    alone.page.route(JOURNAL, hold)
    for accepted, text in ((True, "✓ saved: Nausea"), (False, "Refused: That session is over.")):
        tap(alone.page, "Nausea")
        until(lambda: alone.page.evaluate("1") == len(held))
        press = json.loads(held[0].request.post_data or "{}")["press"]
        alone.tell(answers=[answer(press, accepted=accepted)])
        held.pop().abort()
        said(alone, text)
        alone.page.evaluate("skip(2000); state.now_ms += 2000")
    alone.page.unroute(JOURNAL)


def test_a_late_answer_says_nothing_over_another_word_and_nothing_twice(alone: Alone) -> None:
    first = lost(alone, "Nausea")
    tap(alone.page, "Music")
    (second,) = pressed(alone, 1)
    alone.tell(answers=[answer(second, accepted=False)])
    said(alone, "Refused: That session is over.")
    alone.tell(answers=[answer(first)])
    alone.page.evaluate("new Promise(requestAnimationFrame)")
    said(alone, "Refused: That session is over.")

    alone.page.evaluate("skip(2000); state.now_ms += 2000")  # longer than a double press
    press = lost(alone, "Nausea")
    alone.tell(answers=[answer(press)])
    said(alone, "✓ saved: Nausea")
    other = lost(alone, "Music")
    assert other != press
    # A new connection begins with the newest answers, whether they were heard or not.
    alone.tell(answers=[answer(first), answer(press)])
    alone.page.evaluate("new Promise(requestAnimationFrame)")
    said(alone, "NOT SAVED: press again")


def test_values_by_hand_that_were_saved_after_all_are_not_entered_twice(alone: Alone) -> None:
    """Their window closes, as it does where the word comes in time."""
    page = alone.page
    ids: list[str] = []

    def lose(route: Route) -> None:
        ids.append(json.loads(route.request.post_data or "{}")["press"])
        route.abort()

    page.get_by_test_id("by-hand").click()
    for key in "12080":
        page.get_by_test_id(f"key-{key}").click()
    page.route(JOURNAL, lose)
    page.get_by_test_id("by-hand-save").click()
    said(alone, "NOT SAVED: press again")
    page.unroute(JOURNAL, lose)
    expect(page.get_by_test_id("by-hand-value")).to_have_text("120 / 80 mmHg")
    alone.tell(answers=[answer(ids[0])])
    said(alone, "✓ saved: BP 120/80")
    expect(page.get_by_test_id("by-hand-panel")).to_be_hidden()
    page.get_by_test_id("by-hand").click()
    expect(page.get_by_test_id("by-hand-value")).to_have_text("sys / dia mmHg")
    page.get_by_test_id("by-hand-close").click()
