"""Nonsense in every field of a visit's page: said in a sentence, and nothing of it is a number."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from monitor.store import current
from monitor.store.database import open_to_read
from monitor.store.journal import entries_after
from tests.conftest import until
from tests.recorder.parts import answered, write
from tests.screens.pages import REGIMEN, arrive, field, page, pass_preflight, words
from tests.screens.ticking import Ticking

pytestmark = pytest.mark.usefixtures("place")

SESSION = "app_pages/session.py"
START = "Start the session"
TEXT = "'); DROP TABLE journal; -- <script>x</script> **\u202e💉**" + "9" * 20
NUMBERS = (-1.0, 0.0, 1e308, 1e-9)


@pytest.fixture
def recorder(database: Path) -> Generator[Ticking]:
    ticking = Ticking(database)
    ticking.start()
    until(lambda: database.exists() and _ticked(database), 20)
    yield ticking
    ticking.close()


def _ticked(path: Path) -> bool:
    db = open_to_read(path)
    try:
        return current.last_tick(db) is not None
    finally:
        db.close()


def fill(test: AppTest, number: float) -> None:
    """Every field that stands on the page."""
    for text in [*test.text_input, *test.text_area]:
        text.set_value(TEXT[: text.max_chars or None])
    for one in test.number_input:
        one.set_value(number)
    test.run()
    assert not test.exception, test.exception


def press_all(test: AppTest) -> None:
    """Every button that stands on the page, one after the other."""
    for n in range(len(test.button)):
        if n < len(test.button):
            test.button[n].click().run()
            assert not test.exception, test.exception


def test_nonsense_at_arrival_begins_no_visit(recorder: Ticking, db: Database) -> None:
    test = page(SESSION)
    field(test, "Entered as").set_value("RN Keller")
    field(test, "Regimen").set_value(REGIMEN).run()
    field(test, "Alarm limits seen").check()
    for number in NUMBERS:
        fill(test, number)
        field(test, START).click().run()
        field(test, START).click().run()  # also once what was computed was seen
        assert not test.exception, test.exception
        assert test.error, number
    assert current.open_session(db, 1) is None
    assert not entries_after(db, 0)


def test_nonsense_in_an_open_visit_changes_no_number(recorder: Ticking, db: Database) -> None:
    test = page(SESSION)
    arrive(test)
    field(test, START).click().run()
    assert "Session started." in words(test)
    pass_preflight(recorder.path)
    told = answered(recorder.path, write(recorder.path, "infusion_start", session=1))
    assert told.accepted, told.text
    test.run()
    for part in ("before", "plan", "end"):
        for number in NUMBERS:
            field(test, "Part of the visit").set_value(part).run()
            fill(test, number)
            press_all(test)
    found = current.open_session(db, 1)
    assert found
    session = found[0]
    assert (session.weight_kg, session.dose_mg, session.minutes) == (71, 35.5, 40)
    kinds = {entry.kind for entry in entries_after(db, 0)}
    assert kinds <= {"session_start", "check", "override", "infusion_start", "baseline"}, kinds
