"""The pages on alarm limits: limits changed, the baseline set, and what other limits had given."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from devices.numeric import Parameter
from monitor.screens.baseline_form import proposed
from monitor.store import current, journal
from monitor.store.alarm_settings import alarm_settings
from tests.conftest import Program, until
from tests.recorder.parts import START, answered, write
from tests.recorder.past import Past, visit
from tests.screens.pages import page, words
from tests.screens.stored import Stored

pytestmark = pytest.mark.usefixtures("place")

LIMITS_PAGE, SESSION_PAGE = "app_pages/limits.py", "app_pages/session.py"
WHATIF_PAGE = "app_pages/whatif.py"
OXIMETER = "masimo_ascii1=sim://masimo_ascii1?sn=11"


@pytest.fixture
def stored(db: Database) -> Stored:
    return Stored(db)


def told(test: AppTest) -> str:
    """What the page says, without the marks that keep it from being markup."""
    return words(test).replace("\\", "")


def fields(test: AppTest) -> list[Any]:
    plain = [*test.number_input, *test.text_input, *test.selectbox, *test.checkbox, *test.button]
    return [*plain, *test.button_group]


def labelled(test: AppTest, label: str) -> Any:
    """The one field of that name, whatever its kind."""
    (found,) = [field for field in fields(test) if field.label == label]
    return found


def has(test: AppTest, label: str) -> bool:
    return any(field.label == label for field in fields(test))


SAVE, SURE = "Save for this session", "Yes: this alarms later, or no more"


def test_without_a_session_the_clinics_limits_are_said_to_apply(stored: Stored) -> None:
    stored.values()
    test = page(LIMITS_PAGE)
    said = told(test)
    assert "low 90, after 15 s" in said
    assert "data/presets/limits.toml" in said
    assert not has(test, SAVE)


def test_a_limit_is_not_widened_without_a_tick_nor_changed_without_a_reason(
    stored: Stored,
) -> None:
    stored.session()
    test = page(LIMITS_PAGE)
    assert "All are the clinic's" in told(test)
    labelled(test, SAVE).click().run()
    assert "nothing was saved" in told(test)
    assert not has(test, SURE)
    labelled(test, "Low").set_value(88.0)
    labelled(test, SAVE).click().run()  # the finger that leaves the field presses the button too
    assert "This widens SpO2 medium: low 90 -> low 88" in told(test)
    assert "tick first" in told(test)
    labelled(test, "Entered as").set_value("RN Keller")
    labelled(test, SURE).check()
    labelled(test, SAVE).click().run()
    assert "Say why" in told(test)
    labelled(test, "Why").set_value("COPD")
    labelled(test, "Low").set_value(86.0)
    labelled(test, SAVE).click().run()
    assert "tick first" in told(test), "the tick was for another widening"
    labelled(test, "Low").set_value(80.0)
    labelled(test, SAVE).click().run()
    assert "lies inside" in told(test)
    assert journal.entries_after(stored.db, 0) == []


def test_with_a_dead_recorder_a_change_is_saved_once_and_says_so(stored: Stored) -> None:
    stored.session()
    test = page(LIMITS_PAGE)
    labelled(test, "Low").set_value(92.0)
    labelled(test, "Why").set_value("as agreed")
    labelled(test, "Entered as").set_value("RN Keller")
    labelled(test, SAVE).click().run()
    assert "the recorder does not answer" in told(test)
    (entry,) = journal.entries_after(stored.db, 0)
    assert entry.data == {
        "parameter": "SpO2", "tier": "medium", "phase": None,
        "limits": {"low": 92, "delay_s": 15}, "reason": "as agreed", "session": 1,
    }  # fmt: skip


def test_relative_limits_are_edited_by_themselves(stored: Stored) -> None:
    stored.session()
    test = page(LIMITS_PAGE)
    labelled(test, "Parameter").set_value("HR").run()
    labelled(test, "Priority").set_value("advisory").run()
    assert labelled(test, "Limits are").value == "percent"
    labelled(test, "Above baseline by").set_value(20.0).run()
    assert not has(test, SURE)
    labelled(test, "Limits are").set_value("value").run()
    assert "stay as they are" in " ".join(x.value for x in test.caption)


@pytest.fixture
def running(program: Program) -> Program:
    """A recorder sixty times as fast, with an open session and minutes of values in it."""
    program.record(OXIMETER, speed=60)
    assert answered(program.database, write(program.database, "session_start", **START)).accepted
    return program


def test_limits_and_baseline_reach_the_recorder(running: Program, db: Database) -> None:
    test = page(LIMITS_PAGE)
    labelled(test, "Low").set_value(88.0).run()
    labelled(test, "Why").set_value("COPD")
    labelled(test, "Entered as").set_value("RN Keller")
    labelled(test, SURE).check()
    labelled(test, SAVE).click().run()
    said = told(test)
    assert "Limits changed." in said
    assert "low 88 (clinic 90)" in said
    assert "◆ 1 of them is not the clinic's" in said
    assert labelled(test, "Why").value == ""

    labelled(test, "Back to the clinic's limits for this tier").check()
    labelled(test, "Why").set_value("again")
    labelled(test, SAVE).click().run()
    assert "All are the clinic's" in told(test)

    test = page(SESSION_PAGE)
    assert "Not set" in told(test)
    until(lambda: Parameter.PR in of_open_session(db))
    test.button(key="baseline-1-ask").click().run()
    proposal = told(test)
    assert re.search(r"PR [67]\d\b", proposal), proposal
    assert "NIBP: no cuff reading in this session" in proposal
    assert alarm_settings(db, 1).baseline == {}, "nothing is set before it is confirmed"
    labelled(test, "Entered as").set_value("RN Keller")
    labelled(test, "Confirm this baseline").click().run()
    assert "Baseline set." in told(test)
    until(lambda: Parameter.PR in alarm_settings(db, 1).baseline)
    test = page("app_pages/review.py")
    pressed = list(test.dataframe[1].value["what"])
    assert "limits: SpO2 medium < 88 after 15 s (COPD)" in pressed
    assert any(re.match(r"baseline: PR [67]\d\b", x) for x in pressed)
    kinds = [x.kind for x in journal.entries_after(db, 0)]
    assert kinds == ["session_start", "limits", "limits", "baseline"]


def of_open_session(db: Database) -> set[Parameter]:
    stored, tick = current.open_session(db, 1), current.last_tick(db)
    assert stored
    assert tick
    return set(proposed(db, stored[0], tick.t_ms).values)


def test_a_change_for_a_session_that_is_over_does_not_reach_the_next(running: Program) -> None:
    """The page still showed the patient before when the button was pressed."""
    path = running.database
    assert answered(path, write(path, "session_end", session=1)).accepted
    assert answered(path, write(path, "session_start", **START)).accepted
    limits = {"parameter": "SpO2", "tier": "medium", "limits": {}, "reason": "x"}
    for kind, data in (("limits", limits), ("baseline", {"values": {"HR": 60}})):
        answer = answered(path, write(path, kind, session=1, **data))
        assert not answer.accepted
        assert "Another session is open" in answer.text


def test_a_baseline_of_before_the_session_is_not_proposed(stored: Stored) -> None:
    stored.connected()
    stored.values(seconds=60)
    stored.cuff(128, 80, 96)
    session = stored.session(from_ms=stored.t_ms + 1000)
    stored.values(hr=80, seconds=20)
    found = proposed(stored.db, session, stored.t_ms)
    assert found.values == {}
    test = page(SESSION_PAGE)
    test.button(key="baseline-1-ask").click().run()
    assert "nothing to go by" in told(test)
    assert "enter values by hand on the live screen" in told(test)
    assert not has(test, "Confirm this baseline")


def test_a_baseline_is_proposed_at_once_and_what_was_shown_is_what_is_confirmed(
    stored: Stored,
) -> None:
    stored.connected()
    stored.session()
    stored.values(seconds=20)
    stored.cuff(128, 80, 96)
    test = page(SESSION_PAGE)
    assert not has(test, "Confirm this baseline"), "20 s of values are too few"
    stored.values(seconds=20)
    test.run()
    assert "HR 72 /min · SpO2 97 % · NIBP 128/80 (96) mmHg" in told(test)
    stored.values(hr=90, seconds=100)
    test.run()
    assert "HR 72 /min · SpO2 97 % · NIBP" in told(test), "it does not change under the finger"
    labelled(test, "Entered as").set_value("RN Keller")
    labelled(test, "Take it anew").click()
    labelled(test, "Confirm this baseline").click().run()
    assert "HR 90 /min · SpO2 97 % · NIBP" in told(test)
    assert journal.entries_after(stored.db, 0) == [], "the press was on the values before"
    labelled(test, "Confirm this baseline").click().run()
    (entry,) = journal.entries_after(stored.db, 0)
    assert (entry.kind, entry.data["values"]["HR"]) == ("baseline", 90)
    stored.values(seconds=301)
    test.run()
    assert "older than 5 minutes" in told(test)
    assert not has(test, "Confirm this baseline")


def test_a_session_is_judged_again_and_nothing_is_saved(
    database: Path,
) -> None:
    past = Past(database, (OXIMETER + "&desaturate=150-250",))
    visit(past, for_s=400)
    past.end()
    before = database.read_bytes()
    test = page(WHATIF_PAGE)
    labelled(test, "Priority").set_value("high").run()
    labelled(test, "Low").set_value(60.0).run()
    assert "This widens SpO2 high: low 85 -> low 60" in told(test)
    assert len(test.subheader) == 0
    labelled(test, "Judge it again").click().run()
    assert "With these limits: 2 -> 2 alarms, and no high one any more" in told(test)
    assert list(test.table[0].value["high"]) == [1, 0]
    assert list(test.table[0].value["medium"]) == [1, 2]
    rows = test.dataframe[0].value.set_index("condition")
    # The advisories yield to a latched high alarm: without it they come back in between.
    assert set(rows.index) == {"spo2_low", "spo2_low_advisory", "spo2_low_soon"}
    assert "high: SpO2" in rows["then"]["spo2_low"]
    assert "medium: SpO2" in rows["with these limits"]["spo2_low"]
    labelled(test, "Low").set_value(61.0).run()
    assert len(test.subheader) == 0, "what was judged was of other limits"
    assert database.read_bytes() == before


def test_an_open_session_is_not_judged_again(stored: Stored) -> None:
    stored.session()
    test = page("")
    test.query_params["session"] = "1"
    test.switch_page(WHATIF_PAGE)
    test.query_params["session"] = "1"
    test.run()
    assert "That session is still open" in words(test)
    assert not has(test, "Judge it again")
