"""What is due and was not done, and what *not now* puts off."""

import pytest

from monitor.alarms.limits import Phase, Priority
from monitor.alarms.situation import DueNow
from tests.alarms.bedside import Bedside, ms, quiet_chair, states
from tests.alarms.test_cuff import overdue


def look(bedside: Bedside, at_s: float, condition: str) -> str:
    bedside.hear(at_s)
    bedside.tick(at_s)
    return bedside.priority(condition)


def test_a_task_is_an_alarm_two_minutes_after_it_was_due_until_it_is_done() -> None:
    bedside = quiet_chair(due=(DueNow("iv_site", "IV site check", ms(100)),))
    assert look(bedside, 219.999, "overdue_iv_site") == ""
    assert look(bedside, 220, "overdue_iv_site") == "low"
    x = bedside.one("overdue_iv_site")
    assert (x.text, x.kind, x.priority) == ("Overdue: IV site check", "technical", Priority.LOW)
    bedside.due = (DueNow("iv_site", "IV site check", ms(700)),)  # done: due again later
    bedside.hear(221)
    assert states(bedside.tick(221)) == [("overdue_iv_site", "cleared", "low")]


def test_what_is_no_longer_wanted_ends() -> None:
    bedside = quiet_chair(due=(DueNow("open", "Is this visit over?", ms(0)),))
    assert look(bedside, 130, "overdue_open") == "low"
    bedside.due = ()
    assert look(bedside, 131, "overdue_open") == ""


def test_not_now_is_counted_from_its_end() -> None:
    bedside = quiet_chair(due=(DueNow("iv_site", "IV site check", ms(0)),))
    assert look(bedside, 125, "overdue_iv_site") == "low"
    bedside.due = (DueNow("iv_site", "IV site check", ms(0), ms(130 + 120)),)
    assert [look(bedside, at_s, "overdue_iv_site") for at_s in (130, 369, 370)] == ["", "", "low"]


def test_what_is_due_without_an_alarm_has_none() -> None:
    late = (DueNow("bp", "BP", ms(0), alarms=False), DueNow("observation", "", ms(0), alarms=False))
    bedside = quiet_chair(due=late)
    bedside.hear(9000)
    bedside.tick(9000)
    assert [x for x in bedside.engine.on if x.startswith("overdue_")] == []


@pytest.mark.parametrize(
    ("phase", "last_s", "rows"),
    [
        # Due at 1600, low at 1720, medium at 1900; put off from 1750 and again at 1880.
        ("dosing", None, [(1749, "low"), (1750, ""), (1869, ""), (1870, "low"), (1900, "")]),
        # The last one is of 900 s, so 15 minutes old at 1800: then nothing puts it off.
        (
            "dosing",
            900,
            [(1749, "low"), (1750, ""), (1799, ""), (1800, "medium"), (1890, "medium")],
        ),
        # Due at 1900, low at 2020: in recovery its age does not count.
        ("recovery", 900, [(2020, "low"), (2050, ""), (2169, ""), (2170, "low"), (2200, "medium")]),
    ],
)
def test_not_now_for_a_blood_pressure(
    phase: Phase, last_s: float | None, rows: list[tuple[float, str]]
) -> None:
    bedside = overdue(phase, 1000, last_s)
    presses = (1750, 1880) if phase == "dosing" else (2050,)
    seen = []
    for at_s, _ in rows:
        until = [press + 120 for press in presses if press <= at_s]
        bedside.due = (DueNow("bp", "BP", ms(0), ms(until[-1]) if until else 0, alarms=False),)
        seen.append((at_s, look(bedside, at_s, "bp_overdue")))
    assert seen == rows


def test_not_now_for_another_thing_does_not_put_off_the_blood_pressure() -> None:
    bedside = overdue("dosing", 1000, None)
    bedside.due = (DueNow("bp_40", "BP at 40 min", ms(1000), ms(1900)),)
    assert look(bedside, 1720, "bp_overdue") == "low"
