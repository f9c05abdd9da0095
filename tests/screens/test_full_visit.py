"""A whole visit in a real browser, from arrival to signature: by touch, and by the keyboard alone.

The recorder runs 60 times as fast as the clock; no reading and no press is made but by the program
and by a finger or a key. Touches are counted apart from clinical answers.
"""

import re
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from monitor.command import places
from tests.conftest import Program, clinic_file, until
from tests.screens.pages import settled

pytestmark = pytest.mark.browser

SPEED = "60"
WAIT_MS = 20_000
MOST_TABS = 120
TABLET, DESK = ViewportSize(width=1024, height=768), ViewportSize(width=1920, height=1080)
# Clinical answers, all other touches, those of them that were what happened in that visit (an event
# taken back, a pause ...), and those of an override apart: docs/visit.md has them too. A nurse
# should not be asked for more than 35 others.
TOUCHES = (22, 34, 12, 2)
REGIMEN = "IV ketamine 0.5 mg/kg, 40 min"
ASKED = [item for item in places.steps().preflight if item.auto is None]
ASKED_AT_END = [item for item in places.steps().discharge if item.auto is None]
ENTRIES = (
    "SELECT kind, actor, journal.t_ms, data, accepted, text FROM journal"
    " LEFT JOIN answer ON answer.journal = journal.id WHERE chair = ? ORDER BY journal.id"
)


@dataclass
class Place:
    """The clinic of two chairs, its program, and where it answers."""

    program: Program
    clinic: Path
    address: str
    recorder: subprocess.Popen[bytes]

    def entries(self, chair: int) -> list[tuple[Any, ...]]:
        return self.program.query(ENTRIES, chair)

    def kinds(self, chair: int) -> list[str]:
        return [entry[0] for entry in self.entries(chair)]

    def restart(self) -> None:
        """The recorder dies as by a power cut, and another takes over."""
        before = self.program.ticks()
        self.program.end(self.recorder, signal.SIGKILL)
        self.recorder = recorder(self.program, self.clinic)
        until(lambda: self.program.ticks() > before + 1 or self.recorder.poll() is not None, 20)
        assert self.recorder.poll() is None, self.program.said()


def recorder(program: Program, clinic: Path) -> subprocess.Popen[bytes]:
    database = str(program.database)
    return program.run("record", "--clinic", str(clinic), "--database", database, "--speed", SPEED)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    folder = tmp_path_factory.mktemp("clinic")
    chairs = [(f"Chair {n}", "datex_dri", f"sim://datex_dri?seed={n}&cuff_min=3") for n in (1, 2)]
    clinic = clinic_file(folder, *chairs)
    program = Program(folder / "chairside.db")
    try:
        first = recorder(program, clinic)
        until(lambda: program.ticks() > 1, 20)
        yield Place(program, clinic, program.dashboard(clinic), first)
    finally:
        program.close()


@dataclass
class Finger:
    """Taps, and counts what it tapped: clinical answers apart from everything else."""

    page: Page
    answers: int = 0
    others: int = 0
    happened: int = 0  # of the others: what a plain visit does not have
    apart: int = 0  # of an override, which no usual visit needs

    def tap(self, what: Locator) -> None:
        settled(self.page)
        what.tap()
        self.others += 1

    @contextmanager
    def happens(self) -> Generator[None]:
        """What is tapped here is what happened in this visit."""
        before = self.others
        yield
        self.happened += self.others - before

    def press(self, name: str) -> None:
        node = self.page.get_by_test_id(name)
        expect(node).not_to_have_attribute("data-settling", "true")
        self.tap(node)

    def press_undo(self, words: str) -> None:
        undoable(self.page, words)
        self.press("undo")

    def next(self, label: str, name: str = "next") -> None:
        """A button of the next step, once it says so and takes a tap."""
        self.tap(offered(self.page, label, name))

    def button(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def answer(self, what: Locator) -> None:
        settled(self.page)
        what.tap()
        self.answers += 1

    def type(self, label: str, text: str) -> None:
        """A value by the tablet's own keys: one answer."""
        found = self.page.get_by_label(label, exact=True)
        expect(found).to_have_value("")
        settled(self.page)
        found.tap()
        self.page.keyboard.type(text)
        self.answers += 1


def said(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)


def has(page: Page, name: str, text: str) -> None:
    expect(page.get_by_test_id(name)).to_contain_text(text, timeout=WAIT_MS)


def offered(page: Page, label: str, name: str = "next") -> Locator:
    """The large button of the next step, or the one beside it, as soon as it takes a tap."""
    has(page, name, label)
    node = page.get_by_test_id(name)
    expect(node).to_have_attribute("data-settling", "false")
    return node


def undoable(page: Page, words: str) -> None:
    """Undo is offered for that press, and takes a tap."""
    has(page, "undo-bar", words)
    expect(page.get_by_test_id("undo")).to_have_attribute("data-settling", "false")


def stage(page: Page, name: str) -> None:
    expect(page.locator("[data-say=phase]")).to_contain_text(name, timeout=WAIT_MS)


def confirmed(page: Page, press: Callable[[str], None]) -> None:
    """One press; where the machine was so busy that the 5 minutes were over, it is taken anew."""
    done, late = page.get_by_text("Pre-flight: 8 of 12 open"), page.get_by_text("older than 5 min")
    for _ in range(3):
        settled(page)
        press("Confirm this baseline")
        done.or_(late).first.wait_for(timeout=WAIT_MS)
        if done.is_visible():
            return
        settled(page)
        press("Take it anew")
    raise AssertionError("the baseline was never confirmed in time")


def stop(page: Page, tap: Callable[[], None]) -> None:
    """Two taps; where the machine was so busy that the second came too late, two more."""
    stopped = page.get_by_test_id("infusion").and_(
        page.get_by_text("Infusion stopped", exact=True)  # not "Tap again: infusion stopped"
    )
    for _ in range(3):
        tap()
        page.wait_for_timeout(600)  # sooner it is the same finger
        tap()
        with suppress(PlaywrightTimeout):
            stopped.wait_for(timeout=5_000)  # longer than the second tap is waited for
            return
    raise AssertionError(page.get_by_test_id("infusion").inner_text())


def opened(browser: Browser, address: str, *, touch: bool) -> Page:
    size = TABLET if touch else DESK
    page = browser.new_context(viewport=size, has_touch=touch).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    return page


def asked(page: Page, item: str, answer: str) -> Locator:
    """One answer of a question; no answer is given before."""
    group = page.get_by_role("radiogroup", name=item)
    expect(group.locator("[aria-checked=true]")).to_have_count(0)
    return group.get_by_role("radio", name=answer, exact=True)


def one_of(page: Page, label: str, name: str) -> Locator:
    """One of a few that stand as buttons, each as large as a finger; none is chosen before."""
    node = asked(page, label, name)
    box = node.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44, (label, box)
    return node


def test_a_whole_visit_by_touch(place: Place, browser: Browser) -> None:
    page = opened(browser, f"{place.address}/session?chair=1", touch=True)
    finger = Finger(page)

    # Arrival: who enters, who is on the chair, what is planned. The dose is shown, then started.
    finger.tap(one_of(page, "Entered as", "RN Keller"))
    finger.type("Patient reference", "KAP-0147")
    finger.type("Second identifier, as the patient says it", "1979")
    finger.type("Weight today (kg)", "71")
    finger.tap(one_of(page, "Regimen", REGIMEN))
    said(page, "0.5 mg/kg × 71 kg = 35.5 mg")
    finger.tap(page.get_by_text("Alarm limits seen"))
    finger.button("Start the session")
    said(page, "Session started.")
    expect(page.get_by_text("Session started.")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Open session: KAP-0147")).to_be_in_viewport()

    # What stops the first dose until it is answered; then the steps. The baseline is confirmed
    # first: what is proposed serves for 5 minutes, which are 5 seconds here.
    confirmed(page, lambda name: page.get_by_role("button", name=name, exact=True).tap())
    finger.others += 1
    settled(page)
    for item in ASKED:
        finger.answer(asked(page, item.text, "Yes"))
    said(page, "Pre-flight: nothing is open")
    finger.type("Lot number", "K-7")
    finger.type("Drawn up (mg)", "50")
    finger.button("Enter the drug")
    said(page, "Ketamine, lot K-7")
    expect(page.locator(".st-key-said")).to_be_in_viewport()  # far down the form as well
    finger.tap(page.get_by_role("link", name="To the live screen"))
    finger.next("Consent")
    finger.next("Baseline")
    finger.next("Preparation")
    finger.next("Infusion started")
    stage(page, "Dosing")

    # An event and its undo; a pressure by hand.
    with finger.happens():
        finger.button("Record an event…")
        finger.button("Nausea")
        finger.press_undo("Nausea")
        finger.press("by-hand")
        for key in "12679":
            page.get_by_test_id(f"key-{key}").tap()
        finger.answers += 1
        finger.press("by-hand-save")
    if page.get_by_test_id("by-hand-why").inner_text():
        page.get_by_test_id("ago-0").tap()
        page.get_by_test_id("by-hand-save").tap()
    until(lambda: "reading" in place.kinds(1))

    # Paused; the page is loaded anew, another browser looks on, the recorder dies and comes back.
    with finger.happens():
        finger.press("infusion-pause")
        finger.button("the patient asks for it")
    has(page, "left", "PAUSED")
    before = place.entries(1)
    page.reload()
    there = opened(browser, f"{place.address}/?chair=1", touch=False)
    place.restart()
    for one in (page, there):
        stage(one, "Dosing · PAUSED")
        has(one, "left", "the patient asks for it")
        has(one, "given", "of 35.5 mg")
    assert place.entries(1)[: len(before)] == before
    there.get_by_test_id("timeline").click()
    said(there, "by hand: NIBP 126/79 mmHg")
    expect(there.get_by_test_id("sheet").locator("s", has_text="Nausea")).to_be_visible()

    # On, at another rate; what is put off, and a score that is due.
    with finger.happens():
        finger.press("infusion-pause")
        has(there, "given", "0.89 mg/min")
        finger.press("infusion-rate")
        expect(page.get_by_test_id("number")).to_have_value("")
        for key in "1.2":
            page.get_by_test_id("sheet").get_by_role("button", name=key, exact=True).tap()
        finger.answers += 1
        finger.press("rate-enter")
        has(there, "given", "1.2 mg/min")
        overdue = page.get_by_test_id("due-iv_site")
        expect(overdue).to_have_attribute("data-state", "overdue", timeout=WAIT_MS)
        finger.press("due-iv_site")
        finger.button("Not now (2 min)")
    until(lambda: "not_now" in place.kinds(1))
    expect(page.get_by_test_id("due-sedation")).to_have_attribute(
        "data-state", "overdue", timeout=2 * WAIT_MS
    )
    finger.press("due-sedation")
    expect(page.get_by_test_id("sheet").locator("[aria-pressed=true][data-score]")).to_have_count(0)
    finger.answer(page.get_by_role("button", name="Lethargic"))
    finger.press("score-save")
    until(lambda: "score" in place.kinds(1))

    # Stopped with two taps; recovery, and the way out.
    stop(page, lambda: page.get_by_test_id("infusion").tap())
    finger.others += 2
    stage(there, "Infusion stopped")
    finger.next("Recovery")
    stage(page, "Recovery")
    has(page, "next", "Integration")
    finger.next("Discharge", "beside")
    finger.next("Discharge check")
    for item in ASKED_AT_END:
        finger.answer(asked(page, item.text, "Yes"))
    finger.type("Modified Aldrete score, 0 to 10", "10")
    finger.button("Enter the score")
    said(page, "Discharge: 1 of 7 open")  # the observation
    override(finger)
    said(page, "Discharge: nothing is open")
    ends = page.get_by_role("radiogroup", name="How does the visit end?")
    expect(ends.locator("[aria-checked=true]")).to_have_count(0)
    finger.answer(ends.get_by_role("radio", name="Discharged"))
    finger.type("Escort's name", "A. Muster")
    finger.button("End the session: discharged")
    said(page, "Session ended.")
    finger.tap(page.get_by_role("link", name="Review and sign it"))
    finger.button("Sign as RN Keller")
    said(page, "Signed by RN Keller")
    says_who_and_when(place.entries(1))
    assert (finger.answers, finger.others, finger.happened, finger.apart) == TOUCHES
    for one in (page, there):
        one.context.close()


@dataclass
class Keys:
    """The keyboard alone: Tab until a thing has the focus, then a key. Nothing is clicked."""

    page: Page

    def reach(self, what: Locator, within: int = MOST_TABS) -> None:
        """Tab to it; fails where the keyboard does not come there."""
        settled(self.page)
        has_focus = "node => node.contains(document.activeElement)"
        for _ in range(within + 1):
            if what.evaluate(has_focus):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {what}")

    def press(self, what: Locator, key: str = "Enter", within: int = MOST_TABS) -> None:
        self.reach(what, within)
        self.page.keyboard.press(key)

    def on(self, name: str) -> None:
        expect(self.page.get_by_test_id(name)).not_to_have_attribute("data-settling", "true")
        self.press(self.page.get_by_test_id(name))

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True))

    def choose(self, name: str, within: int) -> None:
        """Of a window that has just opened: the focus is in it, and afterwards where it was."""
        dialog = self.page.get_by_test_id("dialog")
        expect(dialog).to_be_focused()
        self.press(dialog.get_by_role("button", name=name, exact=True), within=within)
        expect(dialog).to_be_hidden()

    def type(self, label: str, text: str, key: str = "Tab") -> None:
        self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)
        self.page.keyboard.press(key)


def test_a_visit_by_the_keyboard_alone(place: Place, browser: Browser) -> None:
    page = opened(browser, f"{place.address}/session?chair=2", touch=False)
    keys = Keys(page)
    keys.press(asked(page, "Entered as", "RN Keller"), "Space")
    keys.type("Patient reference", "KAP-0200")
    keys.type("Second identifier, as the patient says it", "1990")
    keys.type("Weight today (kg)", "60")
    keys.press(asked(page, "Regimen", REGIMEN), "Space")
    said(page, "0.5 mg/kg × 60 kg = 30 mg")
    keys.press(page.get_by_role("checkbox", name="Alarm limits seen"), "Space")
    keys.button("Start the session")
    said(page, "Session started.")
    confirmed(page, keys.button)
    settled(page)
    for item in ASKED:
        keys.press(asked(page, item.text, "Yes"), "Space")
    said(page, "Pre-flight: nothing is open")
    keys.press(page.get_by_role("link", name="To the live screen"))

    has(page, "infusion", "Infusion started")
    keys.on("infusion")
    expect(page.get_by_test_id("infusion")).to_be_focused()
    stage(page, "Dosing")
    page.keyboard.press("n")
    undoable(page, "Nausea")
    page.keyboard.press("Control+z")
    keys.on("by-hand")
    page.keyboard.type("12679")
    page.keyboard.press("Enter")
    until(lambda: "reading" in place.kinds(2))
    keys.on("infusion-pause")
    keys.choose("line", within=5)
    has(page, "left", "PAUSED")
    keys.on("infusion-pause")
    has(page, "given", "0.75 mg/min")
    keys.reach(page.get_by_test_id("infusion"))
    stop(page, lambda: page.keyboard.press("Enter"))
    keys.press(offered(page, "Recovery"))
    stage(page, "Recovery")
    keys.press(offered(page, "Discharge", "beside"))
    keys.press(offered(page, "Discharge check"))

    for item in ASKED_AT_END:
        keys.press(asked(page, item.text, "Yes"), "Space")
    keys.type("Modified Aldrete score, 0 to 10", "10", "Enter")
    said(page, "Discharge: 1 of 7 open")
    keys.press(page.get_by_role("button", name="Override"))
    keys.type("Prescriber who decides", "Dr. Lang")
    keys.type("Why", "lives next door", "Enter")
    said(page, "Discharge: nothing is open")
    ends = page.get_by_role("radiogroup", name="How does the visit end?")
    keys.press(ends.get_by_role("radio", name="Discharged"), "Space")
    keys.type("Escort's name", "A. Muster", "Enter")
    said(page, "Session ended.")
    keys.press(page.get_by_role("link", name="Review and sign it"))
    expect(
        page.get_by_text(re.compile("Highest.systolic"))
    ).to_be_in_viewport()  # what is signed is in sight
    expect(page.get_by_role("button", name="Sign as RN Keller")).to_be_in_viewport()
    keys.button("Sign as RN Keller")
    said(page, "Signed by RN Keller")
    says_who_and_when(place.entries(2))
    page.context.close()


def override(finger: Finger) -> None:
    """The observation of an hour would last a minute here: a prescriber shortens it."""
    before = (finger.answers, finger.others)
    finger.tap(finger.page.get_by_role("button", name="Override"))
    finger.type("Prescriber who decides", "Dr. Lang")
    finger.type("Why", "lives next door")
    finger.button("Override this item")
    finger.apart = finger.others - before[1]
    finger.answers, finger.others = before


def says_who_and_when(entries: list[tuple[Any, ...]]) -> None:
    """Each entry has its person and its time, and all of them were accepted."""
    assert entries
    for kind, actor, t_ms, _data, accepted, text in entries:
        assert actor == "RN Keller", kind
        assert t_ms > 0, kind
        assert accepted == 1, (kind, text)
    times = [entry[2] for entry in entries]
    assert times == sorted(times)
