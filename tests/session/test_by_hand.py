"""Values entered by hand: what is refused, and what they count for on a chair."""

from typing import Any

import pytest

from devices.numeric import Numeric, Parameter
from monitor.alarms.conditions import judge
from monitor.chair import ChairState, SourceState
from monitor.session import by_hand
from monitor.session.visit import EntryError
from tests.alarms.bedside import PRESET, ms
from tests.one_chair import START, Chair, answered

HAND = 9
HR, SPO2, SYS, DIA = Parameter.HR, Parameter.SPO2, Parameter.NIBP_SYS, Parameter.NIBP_DIA


def chair(*sources: int, expected: tuple[Parameter, ...] = (), at_s: float = 0) -> Chair:
    """A chair with these devices, in a session since ``at_s``."""
    devices = {s: SourceState(s, f"Monitor {s}", 1000, ms(0)) for s in sources}
    made = Chair(ChairState(7, devices, expected, PRESET, ms(0), hand=HAND))
    assert made.press(at_s, "session_start", **START).answer.accepted
    return made


def enter(
    on: Chair, at_s: float, taken_s: float | None = None, **values: float
) -> tuple[bool, str, int]:
    """Press at a time; gives the answer, and the number of the entry."""
    session = on.state.session.id if on.state.session else 0
    data: dict[str, Any] = {"values": values, "session": session}
    if taken_s is not None:
        data["at_ms"] = ms(taken_s)
    outcome = on.press(at_s, "reading", **data)
    assert {source for source, _ in outcome.words} <= {HAND}
    return *answered(outcome), on.presses


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "The entry holds no value."),
    ({"values": []}, "The entry holds no value."),
    ({"values": {}}, "The entry holds no value."),
    ({"values": {"mood": 3}}, "There is no parameter 'mood'."),
    ({"values": {"Pump_rate": 50}}, "There is no parameter 'Pump_rate'."),
    ({"values": {"SpO2": 0}}, "The SpO2 must be between 1 and 100 %."),
    ({"values": {"SpO2": 101}}, "The SpO2 must be between 1 and 100 %."),
    ({"values": {"SpO2": True}}, "The SpO2 must be between 1 and 100 %."),
    ({"values": {"SpO2": "97"}}, "The SpO2 must be between 1 and 100 %."),
    ({"values": {"HR": float("nan")}}, "The HR must be between 10 and 350 /min."),
    ({"values": {"HR": 10**400}}, "The HR must be between 10 and 350 /min."),
    (
        {"values": {"NIBP_sys": 19}},
        "The systolic pressure must be between 20 and 300 mmHg.",
    ),
    (
        {"values": {"NIBP_sys": 80, "NIBP_dia": 80}},
        "The systolic pressure must be above the diastolic.",
    ),
    ({"values": {"NIBP_dia": 80}}, "The diastolic pressure needs its systolic."),
    (
        {"values": {"NIBP_sys": 120, "NIBP_mean": 90}},
        "The mean pressure needs its systolic and diastolic.",
    ),
    (
        {"values": {"NIBP_sys": 120, "NIBP_dia": 80, "NIBP_mean": 121}},
        "The mean pressure must lie between diastolic and systolic.",
    ),
    ({"values": {"HR": 70}, "at_ms": "now"}, "The time of the values is no time."),
    ({"values": {"HR": 70}, "at_ms": True}, "The time of the values is no time."),
    (
        {"values": {"HR": 70}, "session": "1"},
        "The entry does not say which session it is for: load the page again.",
    ),
]


@pytest.mark.parametrize(("data", "sentence"), REFUSED)
def test_what_cannot_be_is_refused_at_the_door(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EntryError) as told:
        by_hand.check({"session": 1, **data})
    assert str(told.value) == sentence


def test_an_entry_in_words() -> None:
    values = {"Temp": 36.6, "NIBP_sys": 120.0, "NIBP_dia": 80}
    assert by_hand.words({"values": values}) == "by hand: NIBP 120/80 mmHg, Temp 36.6 °C"
    assert by_hand.words({"values": {"NIBP_sys": 90}}) == "by hand: NIBP 90 mmHg"


def test_the_bounds_are_taken() -> None:
    by_hand.check({"session": 1, "values": {"SpO2": 100, "HR": 10, "NIBP_sys": 300}})
    whole = {"NIBP_sys": 120, "NIBP_dia": 80, "NIBP_mean": 80}
    assert by_hand.values_of({"values": whole})[Parameter.NIBP_MEAN] == 80


@pytest.mark.parametrize(
    ("at_s", "taken_s", "sentence"),
    [
        (5000, 5005, "Values saved."),
        (5000, 5005.001, "The time of the values lies in the future."),
        (5000, 1400, "Values saved."),
        (5000, 1399.999, "The values are more than 60 minutes old: enter them as a note."),
        (100, -1800, "Values saved."),  # so far back the session claims what was measured
        (100, -1800.001, "The values were taken before this session: enter them as a note."),
    ],
)
def test_the_time_at_which_they_were_taken(at_s: float, taken_s: float, sentence: str) -> None:
    on = chair()
    accepted, text, _ = enter(on, at_s, taken_s, HR=70)
    assert (accepted, text) == (sentence == "Values saved.", sentence)
    held = [x.t_ms for x in on.state.knowledge.entered]
    assert held == ([ms(min(at_s, taken_s))] if accepted else [])


def test_they_need_the_session_that_was_on_the_glass() -> None:
    on = Chair(ChairState(7, {}, (), PRESET, ms(0), hand=HAND))
    assert enter(on, 0, HR=70)[:2] == (False, "There is no open session on this chair.")
    on.press(0, "session_start", **START)
    told = on.press(1, "reading", values={"HR": 70}, session=1)
    text = "Another session is open on this chair now, started by RN Keller."
    assert answered(told) == (False, text)
    assert not told.words
    nowhere = Chair(ChairState(7, {}, (), PRESET, ms(0)))
    nowhere.press(0, "session_start", **START)
    assert enter(nowhere, 1, HR=70)[:2] == (False, "This chair takes no values by hand.")


def test_the_same_moment_is_not_entered_twice() -> None:
    on = chair()
    assert enter(on, 60, 30, HR=70)[0]
    again = (False, "A value of that very moment was entered already.")
    assert enter(on, 61, 30, HR=71, SpO2=97)[:2] == again
    assert [x.value for x in on.state.knowledge.entered] == [70]
    assert enter(on, 62, 30, SpO2=97)[0]


def test_an_entry_gives_its_words_with_their_time() -> None:
    on = chair()
    data: dict[str, Any] = {"values": {"NIBP_dia": 80, "NIBP_sys": 120}, "at_ms": ms(30)}
    outcome = on.press(60, "reading", ahead_s=3, session=101, **data)
    assert outcome.words == (
        (HAND, Numeric(SYS, 120.0, ms(30))),
        (HAND, Numeric(DIA, 80.0, ms(30))),
    )


def test_a_value_alarms_in_the_tick_of_its_press() -> None:
    on = chair()
    enter(on, 10, SpO2=84, NIBP_sys=185, NIBP_dia=90)
    on.tick(10)
    assert on.on() == {"spo2_low": "high", "nibp_sys_high": "high"}


def test_nothing_by_hand_crosses_into_another_session() -> None:
    on = chair()
    enter(on, 10, SpO2=84, NIBP_sys=185, NIBP_dia=90)
    on.tick(10)
    on.press(20, "session_end")
    assert on.state.knowledge.entered == []
    assert on.state.knowledge.now() == {}
    on.press(21, "session_start", **START)
    on.tick(21)
    assert on.on() == {}
    assert on.state.strike_reading(2) == ()


def test_a_struck_value_alarms_no_more_and_the_one_before_counts_again() -> None:
    on = chair(1)
    _, _, first = enter(on, 10, SpO2=93, NIBP_sys=150, NIBP_dia=90)
    on.tick(10)
    _, _, second = enter(on, 20, SpO2=84, NIBP_sys=195, NIBP_dia=90)
    on.tick(20)
    assert on.on() == {"spo2_low": "high", "nibp_sys_high": "high"}
    words = on.state.strike_reading(second)
    assert [(source, x.value, x.t_ms) for source, x in words] == [
        (HAND, 84, ms(20)),
        (HAND, 195, ms(20)),
        (HAND, 90, ms(20)),
    ]
    on.tick(21)
    # High alarms latch until somebody acknowledges; by the value before they are over.
    assert {x.state for x in on.state.engine.on.values() if "advisory" not in x.condition} == {
        "latched"
    }
    assert on.state.knowledge.events()[SPO2].value == 93
    assert on.state.knowledge.now()[SYS].value == 150
    on.state.strike_reading(first)
    on.tick(22)
    assert on.on() == {}
    assert on.state.strike_reading(99) == ()


def test_a_strike_of_what_counts_no_more_leaves_a_devices_alarm_alone() -> None:
    on = chair(1, expected=(SPO2,))
    _, _, entry = enter(on, 1, SpO2=97)
    on.run(2, 10, SpO2=80)
    assert on.on()["spo2_low"] == "high"
    began = on.state.engine.on["spo2_low"].id
    on.run(10, 30)  # the value becomes unknown
    on.state.strike_reading(entry)
    on.tick(30)
    assert on.state.engine.on["spo2_low"].id == began


def test_a_struck_pressure_is_no_reading_for_what_is_due() -> None:
    on = chair()
    on.press(1, "infusion_start")
    _, _, entry = enter(on, 590, NIBP_sys=120, NIBP_dia=80)
    on.tick(730)
    assert "bp_overdue" not in on.on()
    on.state.strike_reading(entry)
    on.tick(731)
    assert on.on() == {"bp_overdue": "low"}


def test_an_implausible_reading_that_was_struck_is_over() -> None:
    on = chair(1)
    _, _, entry = enter(on, 1, NIBP_sys=120, NIBP_dia=80, HR=160)
    on.tick(1)
    on.state.engine.on.clear()
    on.state.strike_reading(entry)
    verdicts = {x.condition: x for x in _judged(on, 2)}
    assert not verdicts["nibp_implausible"].holds
    assert "hr_high" not in verdicts
    on.tick(2)
    assert on.state.struck == set()


def _judged(on: Chair, at_s: float) -> list[Any]:
    return list(judge(ms(at_s), on.state.situation(0)))
