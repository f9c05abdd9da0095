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


def stage(page: Page) -> Locator:
    return page.locator("[data-say=phase]")


def test_a_visit_by_touch_and_by_keys_is_the_same_on_both_screens(
    running: tuple[Program, str], browser: Browser
) -> None:
    program, address = running
    session = begin(program, address)
    here, there = opened(browser, address, touch=True), opened(browser, address, touch=False)
    has(there, "flags", "an MAOI is listed")

    # the next step: by touch it asks first who is on watch; then by the keyboard
    has(here, "next", "Baseline")
    here.get_by_test_id("next").tap()
    here.get_by_role("button", name="RN Ode").tap()
    expect(stage(there)).to_have_text(re.compile(r"^Baseline \d:\d\d$"), timeout=WAIT_MS)
    has(there, "next", "Infusion started")
    there.get_by_test_id("next").focus()
    there.keyboard.press("Enter")
    expect(stage(here)).to_have_text(re.compile(r"^Dosing \d:\d\d / 40$"), timeout=WAIT_MS)
    has(here, "given", "0.89 mg/min (53.3 mL/h)")

    # paused with its reason, going on, another rate
    here.get_by_test_id("infusion-pause").tap()
    here.get_by_role("button", name="blood pressure").tap()
    has(there, "left", "PAUSED")
    has(there, "left", "blood pressure")
    expect(there.get_by_test_id("infusion-rate")).to_be_hidden()
    here.get_by_test_id("infusion-pause").tap()
    has(there, "given", "0.89 mg/min")
    there.get_by_test_id("infusion-rate").focus()
    there.keyboard.press("Enter")
    there.keyboard.type("1.2")
    has(there, "rate-then", "Planned dose at")
    there.get_by_test_id("rate-enter").press("Enter")
    has(here, "given", "1.2 mg/min (72 mL/h)")

    # an event by its key, taken back; what is put off; a score
    there.locator("body").press("n")
    there.get_by_test_id("undo").click()
    here.get_by_test_id("timeline").tap()
    struck = here.get_by_test_id("sheet").locator("li", has_text="Nausea")
    expect(struck.locator("s")).to_have_text("Nausea", timeout=WAIT_MS)
    expect(struck).to_contain_text("struck through by RN Ode: undo")
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
    assert {x.get("session") for kind, x in saved[2:]} == {session}
    assert data["infusion_pause"]["reason"] == "blood pressure"
    assert data["infusion_rate"]["rate_mg_min"] == pytest.approx(1.2)
    assert data["not_now"] == {"session": session, "due": "iv_site", "name": "IV site check"}
    assert data["score"] == {"session": session, "scale": "moaas", "name": "MOAA/S", "total": 4}
    assert data["event"]["text"] == "Holds the therapist's hand"
    for page in (here, there):
        page.context.close()
