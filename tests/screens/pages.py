"""A page of the app: in Streamlit's own test runner, and in a browser."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from monitor.command import places
from tests.conftest import ROOT
from tests.recorder.parts import answered, write

MAIN = str(ROOT / "monitor" / "screens" / "main.py")


def page(name: str, **query: str) -> AppTest:
    test = AppTest.from_file(MAIN, default_timeout=20)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    if name:
        test.switch_page(name)
        test.run()
    assert not test.exception, test.exception
    return test


def words(test: AppTest) -> str:
    """All that the page says to a reader."""
    parts = [*test.title, *test.subheader, *test.markdown, *test.error, *test.warning]
    parts += [*test.info, *test.success]
    text = [str(part.value) for part in parts]
    text += [str(getattr(part, "proto", "")) for part in test.get("html")]
    return "\n".join(text)


def field(test: AppTest, label: str) -> Any:
    """The one field or button whose label begins so, whatever its kind."""
    kinds = (test.text_input, test.number_input, test.selectbox, test.checkbox, test.button)
    every = [*(x for kind in kinds for x in kind), *test.text_area, *test.button_group]
    found = [x for x in every if x.label.startswith(label)]
    assert len(found) == 1, f"{label}: {[x.label for x in every]}"
    return found[0]


SETTLE_MS = 20_000


def settled(page: Page) -> None:
    """A page that is being drawn anew shows both what was and what will be: let it finish."""
    app = page.locator("[data-test-script-state]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SETTLE_MS)


REGIMEN = "iv-ketamine-40"


def arrive(test: AppTest, patient: str = "KAP-0147", regimen: str = REGIMEN) -> None:
    """Fill the form of arrival; what it shows is seen."""
    field(test, "Entered as").set_value("RN Keller")
    field(test, "Patient reference").set_value(patient)
    field(test, "Second identifier").set_value("1979")
    field(test, "Weight today").set_value(71.0)
    field(test, "Regimen").set_value(regimen).run()
    field(test, "Alarm limits seen").check().run()


def press(database: Path, kind: str, **data: Any) -> None:
    """An entry from elsewhere, which the recorder accepts."""
    told = answered(database, write(database, kind, **data))
    assert told.accepted, told.text


def pass_preflight(database: Path, session: int = 1) -> None:
    """Answer all that is asked before the first dose, and override what needs a cuff."""
    for item in places.steps().preflight:
        if item.auto is None:
            press(database, "check", session=session, item=item.id, answer="yes")
        elif item.auto in ("baseline", "hold"):
            told = {"item": item.id, "prescriber": "Dr. Lang", "reason": "the cuff is broken"}
            press(database, "override", session=session, **told)
