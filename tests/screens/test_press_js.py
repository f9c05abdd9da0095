"""What is pressed: sent once, with an id of its own, and said to be saved only when it is."""

import pytest

from tests.screens.conftest import Js

pytestmark = pytest.mark.browser

PRESSES = """
    const sent = [];
    const answer = { saved: true, status: 200 };
    window.fetch = async (url, options) => {
      sent.push(JSON.parse(options.body).press);
      if (answer.silent) await new Promise((_, no) => options.signal.addEventListener("abort", no));
      return new Response(JSON.stringify({ saved: answer.saved, error: "disk full" }),
        { status: answer.status });
    };
    const p = new m.Presses(() => ({ journal: "/api/journal", token: "t", chair: 1 }));
    const press = (text) => p.send("event", "RN Keller", { text });
    const later = () => new Promise((done) => setTimeout(done, 1100)); // than a double press
"""


def test_a_press_that_was_not_saved_keeps_its_id_and_a_new_one_gets_another(js: Js) -> None:
    ids, first = js(
        "press.js",
        PRESSES
        + """
        Object.assign(answer, { saved: false, status: 507 });
        const first = await press("Nausea");
        Object.assign(answer, { saved: true, status: 200 });
        await press("Nausea"); await later(); await press("Nausea"); await press("Anxious");
        return [sent, first];
        """,
    )
    assert (first["saved"], first["error"]) == (False, "disk full")
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_double_press_is_one_entry(js: Js) -> None:
    ids = js("press.js", PRESSES + "await Promise.all([press('Nausea'), press('Nausea')]);"
             "return sent;")  # fmt: skip
    assert len(ids) == 1


def test_a_double_press_is_one_entry_though_the_first_was_saved_between(js: Js) -> None:
    ids, answers = js(
        "press.js",
        PRESSES
        + """
        const first = await press("Nausea");
        const second = await press("Nausea");
        await later();
        await press("Nausea");
        return [sent, [first, second].map((answer) => answer.press)];
        """,
    )
    assert answers == [ids[0], ids[0]]
    assert len(ids) == len(set(ids)) == 2


def test_the_same_press_on_another_chair_is_another_one(js: Js) -> None:
    ids = js(
        "press.js",
        PRESSES
        + """
        let chair = 1;
        const q = new m.Presses(() => ({ journal: "/api/journal", token: "t", chair }));
        await q.send("infusion_start", "RN Keller", {});
        chair = 2;
        await q.send("infusion_start", "RN Keller", {});
        return sent;
        """,
    )
    assert len(set(ids)) == 2


def test_without_an_answer_it_is_not_saved_after_a_second(js: Js) -> None:
    answer, took = js(
        "press.js",
        PRESSES
        + """
        answer.silent = true;
        const began = performance.now();
        return [await press("Nausea"), performance.now() - began];
        """,
    )
    assert answer["saved"] is False
    assert took == pytest.approx(1_000, abs=150)


def test_a_later_press_is_not_taken_for_the_one_that_failed(js: Js) -> None:
    """The first may have been saved after all: with its id, the later event would be lost."""
    ids = js(
        "press.js",
        PRESSES
        + """
        answer.saved = false;
        await press("Nausea");
        const now = performance.now.bind(performance);
        performance.now = () => now() + 61_000;
        await press("Nausea");
        performance.now = now;
        return sent;
        """,
    )
    assert len(set(ids)) == 2
