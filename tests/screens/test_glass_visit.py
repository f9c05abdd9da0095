"""A visit on the real screen, by touch and by keys, with a second browser that looks on."""

import json
import re
import urllib.request
from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from monitor.command import places
from tests.conftest import Program, clinic_file, until
from tests.screens.glass_alone import NOW_MS, Alone, session
from tests.screens.glass_alone import running as under_way

pytestmark = pytest.mark.browser

WAIT_MS = 15_000
SAVED = (
    "SELECT kind, data FROM journal JOIN answer ON answer.journal = journal.id AND accepted"
    " ORDER BY journal.id"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Program, str]]:
    folder = tmp_path_factory.mktemp("clinic")
    program = Program(folder / "chairside.db")
    try:
        address = program.dashboard(
            clinic_file(folder, ("Chair 1", "masimo_ascii1", "sim://masimo_ascii1?seed=1&spo2=97"))
        )
        until(lambda: program.ticks() > 1)
        yield program, address
    finally:
        program.close()


def press(program: Program, address: str, kind: str, **data: Any) -> None:
    """A press as a page makes it, without one."""
    ((token,),) = program.query("SELECT value FROM fact WHERE name = 'token'")
    body = {
        "press": f"test-{kind}".replace("_", "-"),
        "token": token,
        "chair": 1,
        "kind": kind,
        "by": "RN Keller",
    }
    request = urllib.request.Request(
        f"{address}/api/journal", json.dumps({**body, "data": data}).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        assert json.load(response)["saved"]


def begin(program: Program, address: str) -> int:
    """A visit of four steps whose IV site is to be looked at once the infusion runs."""
    table = dict(places.regimens()["iv-ketamine-40"].table)
    table["task"] = [
        {"id": "iv_site", "name": "IV site check", "at_minutes": [0]},
        {"id": "sedation", "name": "Sedation", "scale": "moaas", "at_minutes": [20]},
    ]
    steps = dict(places.steps().table or {})
    steps |= {"preflight": [], "stages": ["arrival", "baseline", "dosing", "recovery", "discharge"]}
    press(
        program, address, "session_start", patient="KAP-0147", second_identifier="1979",
        weight_kg=71, drug="ketamine", dose_mg=35.5, minutes=40, concentration_mg_ml=1,
        regimen=table, steps=steps, flags=["Medicines: an MAOI is listed"],
    )  # fmt: skip
    until(lambda: program.query("SELECT 1 FROM session"))
    return int(program.query("SELECT id FROM session")[0][0])


def opened(browser: Browser, address: str, *, touch: bool) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=touch)
    page = context.new_page()
    page.goto(f"{address}/?chair=1")
    fresh(page)
    return page


def fresh(page: Page) -> None:
    root = page.get_by_test_id("root")
    expect(root).to_have_attribute("data-fresh", "true", timeout=WAIT_MS)


def has(page: Page, name: str, text: str) -> None:
    expect(page.get_by_test_id(name)).to_contain_text(text, timeout=WAIT_MS)


def offered(page: Page, text: str, name: str = "next") -> Locator:
    """The button of a next step, once it says so and takes a tap."""
    has(page, name, text)
    return ready(page, name)


def ready(page: Page, name: str) -> Locator:
    """A button that takes a tap: it has not just changed."""
    node = page.get_by_test_id(name)
    expect(node).to_have_attribute("data-settling", "false")
    return node


def stage(page: Page) -> Locator:
    return page.locator("[data-say=phase]")


def test_a_visit_by_touch_and_by_keys_is_the_same_on_both_screens(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    number = begin(program, address)
    here, there = opened(browser, address, touch=True), opened(browser, address, touch=False)
    has(there, "flags", "an MAOI is listed")

    # who began the session is on watch until another says so; the next step, by touch and by keys
    has(here, "watch", "RN Keller")
    here.get_by_test_id("watch").tap()
    here.get_by_role("button", name="RN Ode").tap()
    has(here, "watch", "RN Ode")
    has(here, "next", "Baseline")
    here.get_by_test_id("next").tap()
    expect(stage(there)).to_have_text(re.compile(r"^Baseline \d:\d\d$"), timeout=WAIT_MS)
    offered(there, "Infusion started").focus()
    there.keyboard.press("Enter")
    expect(stage(here)).to_have_text(re.compile(r"^Dosing \d:\d\d / 40$"), timeout=WAIT_MS)
    has(here, "given", "0.89 mg/min (53.3 mL/h)")

    # paused with its reason, going on, another rate
    ready(here, "infusion-pause").tap()
    here.get_by_role("button", name="blood pressure").tap()
    has(there, "left", "PAUSED")
    has(there, "left", "blood pressure")
    expect(there.get_by_test_id("infusion-rate")).to_be_hidden()
    ready(here, "infusion-pause").tap()
    has(there, "given", "0.89 mg/min")
    ready(there, "infusion-rate").focus()
    there.keyboard.press("Enter")
    there.keyboard.type("1.2")
    has(there, "rate-then", "Planned dose at")
    there.get_by_test_id("rate-enter").press("Enter")
    has(here, "given", "1.2 mg/min (72 mL/h)")

    # an event by its key, taken back; what is put off; a score
    there.locator("body").press("n")
    ready(there, "undo").click()
    here.get_by_test_id("timeline").tap()
    struck = here.get_by_test_id("sheet").locator("li", has_text="Nausea")
    expect(struck.locator("s")).to_have_text("Nausea", timeout=WAIT_MS)
    expect(struck).to_contain_text("struck through by RN Ode: undo")
    lines = here.get_by_test_id("sheet").locator("li")
    for text, buttons in (("Rate 1.2 mg/min", 1), ("Infusion started", 0), ("Nausea", 0)):
        expect(lines.filter(has_text=text).get_by_role("button")).to_have_count(buttons)
    lines.filter(has_text="Rate 1.2 mg/min").get_by_role("button").tap()
    expect(here.get_by_test_id("dialog")).to_contain_text("a pump runs on as it runs")
    here.get_by_test_id("dialog").get_by_role("button", name="Cancel").tap()
    here.get_by_test_id("sheet-close").tap()
    expect(here.get_by_test_id("due-iv_site")).to_have_attribute("data-state", "overdue")
    here.get_by_test_id("due-iv_site").tap()
    here.get_by_role("button", name="Not now (2 min)").tap()
    has(there, "due-iv_site", "put off until")
    here.get_by_test_id("scores").tap()
    here.get_by_role("button", name="MOAA/S").tap()
    expect(here.get_by_test_id("score-save")).to_be_disabled()
    here.get_by_role("button", name="Lethargic").tap()
    here.get_by_test_id("score-save").tap()

    # what was typed survives a reload, and so does the visit
    here.get_by_test_id("note").tap()
    here.get_by_test_id("note-text").fill("Holds the therapist's hand")
    here.reload()
    fresh(here)
    has(here, "given", "1.2 mg/min")
    expect(here.get_by_test_id("note")).to_have_attribute("data-draft", "true")
    here.get_by_test_id("note").tap()
    expect(here.get_by_test_id("note-text")).to_have_value("Holds the therapist's hand")
    here.get_by_test_id("note-save").tap()
    expect(here.get_by_test_id("note")).to_have_attribute("data-draft", "false")

    # stopped with two taps, never with one
    there.get_by_test_id("infusion").focus()
    there.keyboard.press("Enter")
    has(there, "infusion", "Tap again: infusion stopped")
    there.wait_for_timeout(600)  # sooner it is the same finger
    there.keyboard.press("Enter")
    has(here, "left", "stopped")
    expect(stage(here)).to_have_text(re.compile(r"^Infusion stopped"))

    until(lambda: len(program.query(SAVED)) == 13)
    saved = [(kind, json.loads(data)) for kind, data in program.query(SAVED)]
    assert [kind for kind, _ in saved] == [
        "session_start", "watch", "stage", "infusion_start", "infusion_pause", "infusion_resume",
        "infusion_rate", "event", "strike", "not_now", "score", "event", "infusion_stop",
    ]  # fmt: skip
    data = dict(saved)
    assert {x.get("session") for kind, x in saved[2:]} == {number}
    assert data["infusion_pause"]["reason"] == "blood pressure"
    assert data["infusion_rate"]["rate_mg_min"] == pytest.approx(1.2)
    assert data["not_now"] == {"session": number, "due": "iv_site", "name": "IV site check"}
    assert data["score"] == {"session": number, "scale": "moaas", "name": "MOAA/S", "total": 4}
    assert data["event"]["text"] == "Holds the therapist's hand"
    for page in (here, there):
        page.context.close()


# ---- the screen alone, with a stream that the test plays ----------------------------------------

SIZES = [(1920, 1080), (1280, 800), (1024, 768), (800, 1280)]
# As large as a finger, and on the glass.
TOO_SMALL = """() => [...document.querySelectorAll('.cs-foot-row button, .cs-foot-row a')]
  .filter((node) => node.offsetParent !== null)
  .map((node) => [node.textContent, node.getBoundingClientRect()])
  .filter(([, r]) => r.width < 43.5 || r.height < 43.5 || r.right > innerWidth + 1
    || r.bottom > innerHeight + 1)
  .map(([text, r]) => `${text}: ${r.width} x ${r.height}`)"""


EXPLORATION = {"kind": "stage", "label": "Exploration", "to": "exploration", "mg": None}


def things() -> list[dict[str, Any]]:
    """What may be due, all at once."""
    names = [("bp", "BP"), ("task", "IV site check"), ("score", "Dissociation"), ("end", "End")]
    return [
        {"id": kind, "name": name, "at_ms": NOW_MS + 60_000 * n - 52_000, "not_before_ms": None,
         "kind": kind, "scale": "cadss6" if kind == "score" else None}
        for n, (kind, name) in enumerate(names)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def shown(browser: Browser) -> Generator[Alone]:
    alone = Alone(browser)
    expect(alone.page.get_by_test_id("next")).to_be_visible()
    yield alone
    alone.close()


@pytest.fixture
def alone(shown: Alone) -> Alone:
    """The screen in its dosing, with nothing due and nothing sent."""
    shown.page.evaluate("skip(2000); state.now_ms += 2000")  # longer than a double press
    shown.presses.clear()
    shown.tell(session=session(infusion=under_way()), due=[], watch="RN Keller")
    return shown


def sent(alone: Alone, count: int = 1) -> list[tuple[str, dict[str, Any]]]:
    def all_there() -> bool:
        alone.page.evaluate("0")  # what the page sends is taken in while we look at it
        return len(alone.presses) >= count

    until(all_there)
    return [(x["kind"], x["data"]) for x in alone.presses]


def test_everything_is_as_large_as_a_finger_and_hides_no_number(shown: Alone) -> None:
    state = session(
        infusion=under_way(), flags=["Medicines: an MAOI is listed"], beside=EXPLORATION
    )
    for width, height in SIZES:
        shown.page.set_viewport_size({"width": width, "height": height})
        shown.tell(session=state, due=things())
        expect(shown.page.get_by_test_id("due-bp")).to_be_visible()
        assert shown.page.evaluate(TOO_SMALL) == [], (width, height)
        foot = shown.page.locator(".cs-foot-row").bounding_box()
        value = shown.page.get_by_test_id("value-NIBP").bounding_box()
        assert foot
        assert value
        assert foot["y"] >= value["y"] + value["height"]
    shown.page.set_viewport_size({"width": 1920, "height": 1080})


def test_a_pressure_of_an_hour_ago_is_seen_to_be_old(alone: Alone) -> None:
    """Half as bright on the glass; and so is one of which no clock says how old it is."""
    value = alone.page.get_by_test_id("value-NIBP")
    expect(value).to_have_css("opacity", "1")
    parameters = alone.page.evaluate("state.parameters")
    for minutes, opacity in ((59, "1"), (60, "0.5"), (0, "1")):
        at = {"t_ms": alone.page.evaluate("state.now_ms") - minutes * 60_000}
        old = {name: {**parameters[name], **at} for name in ("NIBP_sys", "NIBP_dia")}
        alone.tell(parameters={**parameters, **old})
        expect(value).to_have_css("opacity", opacity)
    alone.page.evaluate("beating = false; skip(4000)")
    try:
        expect(value).to_have_css("opacity", "0.5")
        expect(value).to_have_text("137/84")
    finally:
        alone.page.evaluate("beating = true; shown.stream.open(performance.now()); null")
    expect(value).to_have_css("opacity", "1")


def test_two_taps_on_the_next_step_make_one_step(alone: Alone) -> None:
    page = alone.page
    page.set_viewport_size({"width": 1024, "height": 768})
    offered(page, "Peak").click()
    alone.tell(session=session(infusion=under_way(), next=EXPLORATION))
    page.get_by_test_id("next").click()
    assert sent(alone) == [("stage", {"session": 7, "to": "peak"})]
    # What is said of it hides neither what comes next nor the words of a panel.
    saved = page.get_by_test_id("saved")
    expect(saved).to_have_text("✓ saved: Peak")
    label = page.locator("[data-say=next-label]").bounding_box()
    note = saved.bounding_box()
    assert label
    assert note
    assert note["y"] >= label["y"] + label["height"]
    page.get_by_test_id("steps").click()
    expect(saved).to_be_hidden()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1920, "height": 1080})


def test_what_has_just_come_beside_the_pump_takes_no_tap(alone: Alone) -> None:
    """The second tap of "Infusion started" must not find another button under it."""
    page = alone.page
    alone.tell(session=session())
    expect(page.get_by_test_id("infusion-rate")).to_be_hidden()
    alone.tell(session=session(infusion=under_way()))
    for name in ("infusion-rate", "infusion-pause"):
        page.get_by_test_id(name).click()
        expect(page.get_by_test_id("sheet")).to_be_hidden()
        expect(page.get_by_test_id("dialog")).to_be_hidden()
    ready(page, "infusion-rate").click()
    expect(page.get_by_test_id("sheet")).to_be_visible()
    page.keyboard.press("Escape")


def test_a_stop_is_taken_at_once_and_never_turns_into_a_start_or_a_resume(alone: Alone) -> None:
    """What another screen struck through, or paused, while the finger came down."""
    page = alone.page
    pump, pause = page.get_by_test_id("infusion"), page.get_by_test_id("infusion-pause")
    alone.tell(session=session(infusion=under_way()))
    pump.click()
    expect(pump).to_have_text("Tap again: infusion stopped")  # though it has just come
    ready(page, "infusion-pause")
    alone.tell(session=session())
    pump.click()
    alone.tell(session=session(infusion=under_way()))
    ready(page, "infusion-pause").hover()
    page.mouse.down()
    paused = under_way(paused_ms=NOW_MS, paused_reason="nausea", rate_mg_min=0)
    alone.tell(session=session(infusion=paused))
    expect(pause).to_have_text("Infusion resumed")
    page.mouse.up()
    ready(page, "infusion-pause").click()
    assert sent(alone) == [("infusion_resume", {"session": 7})]
    alone.tell(session=session(infusion=under_way()))
    pump.click()
    page.wait_for_timeout(600)  # sooner it is the same finger
    pump.click()
    expect(page.get_by_test_id("undo-bar")).to_contain_text("infusion stopped")


def test_a_step_may_be_left_out_by_the_smaller_button_beside_it(alone: Alone) -> None:
    """What another screen has just put there takes no tap: the finger meant what stood there."""
    page = alone.page
    integration = {"kind": "stage", "label": "Integration", "to": "integration", "mg": None}
    discharge = {"kind": "stage", "label": "Discharge", "to": "discharge", "mg": None}
    expect(page.get_by_test_id("beside")).to_be_hidden()
    alone.tell(session=session(next=integration, beside=discharge))
    has(page, "beside", "Discharge")
    page.get_by_test_id("beside").click()
    page.get_by_test_id("next").click()
    assert alone.presses == []
    offered(page, "Discharge", "beside").click()
    page.get_by_test_id("next").click()
    assert sent(alone) == [("stage", {"session": 7, "to": "discharge"})]


def test_a_step_that_leaves_one_out_asks_why(alone: Alone) -> None:
    page = alone.page
    page.get_by_test_id("steps").click()
    page.get_by_role("button", name="Recovery…").click()
    page.get_by_test_id("submit").click()
    assert alone.presses == []
    page.get_by_test_id("entry").fill("Slept through")
    page.get_by_test_id("submit").click()
    reason = {"session": 7, "to": "recovery", "reason": "Slept through"}
    assert sent(alone) == [("stage", reason)]


def test_a_dose_is_asked_and_never_filled_in(alone: Alone) -> None:
    page = alone.page
    dose = {"kind": "dose", "label": "Dose given", "to": None, "mg": 56}
    nasal = {"id": "n", "name": "Nasal", "route": "nasal", "infusion": False,
             "choices_mg": [56, 84]}  # fmt: skip
    alone.tell(session=session(next=dose, regimen=nasal))
    expect(page.get_by_test_id("infusion")).to_have_text("Dose given…")
    offered(page, "Dose given").click()
    expect(page.get_by_test_id("number")).to_have_value("")
    expect(page.get_by_test_id("dose-enter")).to_be_disabled()
    page.get_by_role("button", name="84 mg").click()
    page.get_by_test_id("dose-enter").click()
    given = ("dose", {"session": 7, "mg": 84})
    assert sent(alone) == [given]
    # Taken back for ten seconds, but not by the finger that came down twice.
    expect(page.get_by_test_id("undo-bar")).to_contain_text("84 mg given")
    page.evaluate("""() => {
      shown.visit.visit.undo.offer(7, 1, "84 mg given");
      document.querySelector("[data-testid=undo]").click();
    }""")
    ready(page, "undo").click()
    expect(page.get_by_test_id("undo-bar")).to_be_hidden()
    assert sent(alone) == [given, ("strike", {"session": 7, "entry": 1, "reason": "undo"})]
    # What was given is said, and the same again just after it needs a second tap.
    just = under_way(doses=[[NOW_MS - 15_000, 84]])
    alone.tell(session=session(next=dose, regimen=nasal, infusion=just))
    offered(page, "Dose given").click()
    expect(page.get_by_test_id("dose-before")).to_contain_text("Given last: 84 mg at ")
    page.get_by_role("button", name="84 mg", exact=True).click()
    enter = page.get_by_test_id("dose-enter")
    enter.click()
    expect(enter).to_have_text("84 mg was entered just now. Tap again: 84 mg more")
    assert len(sent(alone)) == 2
    page.wait_for_timeout(600)  # sooner it is the same finger
    enter.click()
    assert sent(alone)[2:] == [given]
    # What is offered to be taken back is the newest press, not the one before it.
    hidden = page.evaluate("""() => {
      const { undo, pad, part } = shown.visit.visit;
      undo.offer(7, 1, "older");
      pad.press(part.timeline, "event", { session: 7, text: "Music" }, "Music");
      return part["undo-bar"].hidden;
    }""")
    assert hidden
    assert sent(alone, 4)[3][0] == "event"
    alone.tell(session=session(next=dose, regimen={**nasal, "device_mg": 28}))
    offered(page, "Dose given").click()
    sheet = page.get_by_test_id("sheet")
    expect(sheet.get_by_role("button", name=" mg")).to_have_text(["28 mg"])
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_medicine_is_recorded_as_it_was_typed_and_its_draft_survives(alone: Alone) -> None:
    page = alone.page
    page.get_by_test_id("medication").click()
    page.get_by_role("button", name="ondansetron").click()
    page.get_by_test_id("sheet").get_by_role("button", name="IV", exact=True).click()
    expect(page.get_by_test_id("med-dose")).to_have_value("")
    page.get_by_test_id("med-save").click()
    expect(page.get_by_test_id("med-why")).to_have_text("Missing: dose, unit.")
    page.get_by_test_id("med-dose").fill("4")
    page.reload()
    expect(page.get_by_test_id("medication")).to_have_attribute("data-draft", "true")
    page.get_by_test_id("medication").click()
    expect(page.get_by_test_id("med-dose")).to_have_value("4")
    page.get_by_role("button", name="mg", exact=True).click()
    page.get_by_test_id("sheet").get_by_text("2 min ago").click()
    page.get_by_test_id("med-save").click()
    ((kind, data),) = sent(alone)
    assert NOW_MS - 180_000 < data.pop("at_ms") < NOW_MS
    assert (kind, data) == ("medication", {
        "session": 7, "drug": "ondansetron", "dose": 4, "unit": "mg", "route": "IV",
        "given_by": "RN Keller", "ordered_by": "",
    })  # fmt: skip
    expect(page.get_by_test_id("medication")).to_have_attribute("data-draft", "false")


def test_a_key_is_a_press_only_where_nothing_else_wants_it(alone: Alone) -> None:
    page = alone.page
    page.get_by_test_id("note").click()
    page.get_by_test_id("note-text").press("n")
    page.get_by_test_id("sheet-close").focus()
    page.keyboard.press("m")
    page.get_by_test_id("note-drop").click()
    page.keyboard.press("Control+m")
    assert alone.presses == []
    page.keyboard.press("M")
    assert sent(alone) == [("event", {"session": 7, "text": "Music"})]


def test_a_press_is_taken_back_by_the_usual_keys_and_may_come_again_at_once(alone: Alone) -> None:
    page = alone.page
    page.keyboard.press("M")
    expect(page.get_by_test_id("undo")).to_be_visible()
    page.keyboard.press("Control+Z")
    page.keyboard.press("Control+Z")  # nothing is offered any more
    page.keyboard.press("M")
    (music, strike, again) = sent(alone, 3)
    assert strike == ("strike", {"session": 7, "entry": 1, "reason": "undo"})
    assert again == music == ("event", {"session": 7, "text": "Music"})


def test_what_happened_before_is_of_the_time_that_was_chosen_once(alone: Alone) -> None:
    page = alone.page
    page.get_by_test_id("when").get_by_text("5 min").click()
    page.get_by_role("button", name="Nausea").dblclick()
    ((_, data),) = sent(alone)
    assert NOW_MS - 320_000 < data["at_ms"] < NOW_MS - 200_000
    chosen = page.get_by_test_id("when").locator("[aria-pressed=true]")
    expect(chosen).to_have_text("now")
    page.get_by_role("button", name="Nausea").click()
    assert sent(alone, 2)[1] == ("event", {"session": 7, "text": "Nausea"})


def test_what_is_due_can_be_entered_and_by_hand_is_asked_for(alone: Alone) -> None:
    page = alone.page
    alone.tell(due=things())
    page.get_by_test_id("due-task").click()
    page.get_by_role("button", name="Done", exact=True).click()
    page.evaluate(
        "document.querySelector('.cs').addEventListener('chairside:byhand',"
        " (event) => { window.asked = event.detail.what; })"
    )
    page.get_by_test_id("due-bp").click()
    page.get_by_role("button", name="Enter by hand…").click()
    assert page.evaluate("window.asked") == "BP"
    page.get_by_test_id("by-hand-close").click()
    page.get_by_test_id("due-score").click()
    page.keyboard.type("7")
    page.get_by_test_id("score-save").click()
    page.get_by_test_id("due-score").click()
    page.get_by_role("button", name="Not now (2 min)").click()
    assert sent(alone, 3) == [
        ("done", {"session": 7, "due": "task", "name": "IV site check"}),
        ("score", {"session": 7, "scale": "cadss6", "name": "Dissociation", "total": 7}),
        ("not_now", {"session": 7, "due": "score", "name": "Dissociation"}),
    ]


def test_without_a_session_nothing_is_offered_that_needs_one(alone: Alone) -> None:
    page = alone.page
    alone.tell(session=None, due=things())
    for name in ("next", "steps", "due-bp", "infusion-pause"):
        expect(page.get_by_test_id(name)).to_be_hidden()
    page.get_by_role("button", name="Nausea").click()
    assert sent(alone) == [("event", {"text": "Nausea"})]
    expect(page.get_by_test_id("undo-bar")).to_be_hidden()
