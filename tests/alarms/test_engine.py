"""The engine: occurrences, their transitions, acknowledging, restarts, the order on the screen."""

from dataclasses import replace

import pytest

from devices.numeric import Parameter
from monitor.alarms.engine import Engine, Occurrence, by_urgency
from monitor.alarms.limits import Priority
from monitor.alarms.situation import Finding, Frozen, Tier
from tests.alarms.bedside import Bedside, cuff, ms, states


def lowered_oxygen(at_s: float = 16) -> Bedside:
    """A chair whose SpO2 has been 88 for so long."""
    bedside = Bedside()
    for second in range(round(at_s)):
        bedside.value(second, 88)
        bedside.tick(second)
    return bedside


def test_an_occurrence_keeps_its_id_and_its_beginning() -> None:
    bedside = lowered_oxygen()
    first = bedside.one("spo2_low")
    assert (first.id, first.since_ms) == ("1.spo2_low.16", ms(15))
    assert (first.value, first.limit, first.text) == (88, 90, "SpO2 88 < 90")
    for second in range(16, 22):
        bedside.value(second, 80)
        bedside.tick(second)
    raised = bedside.one("spo2_low")
    assert (raised.id, raised.since_ms) == (first.id, first.since_ms)
    assert (raised.value, raised.limit, raised.text) == (80, 85, "SpO2 80 < 85")


def test_the_next_occurrence_has_another_id() -> None:
    bedside = lowered_oxygen()
    bedside.value(16, 95)
    bedside.tick(16)
    for second in range(17, 40):
        bedside.value(second, 88)
        bedside.tick(second)
    ids = [x.occurrence.id for x in bedside.log if x.state == "active"]
    assert len(ids) == len(set(ids)) == 2


def test_acknowledging_names_who_and_counts_once() -> None:
    bedside = lowered_oxygen()
    number = bedside.one("spo2_low").id
    told = bedside.engine.acknowledge(number, "RN Keller", ms(17))
    assert told is not None
    assert (told.state, told.actor) == ("acknowledged", "RN Keller")
    assert bedside.engine.acknowledge(number, "RN Ode", ms(18)) is None
    assert bedside.one("spo2_low").acknowledged_by == "RN Keller"


@pytest.mark.parametrize("number", ["", "1.spo2_low.1", "1.hr_low.16", "2.spo2_low.16"])
def test_only_the_alarm_that_was_on_the_glass_is_acknowledged(number: str) -> None:
    bedside = lowered_oxygen()
    assert bedside.engine.acknowledge(number, "RN Keller", ms(17)) is None
    assert bedside.priority("spo2_low") == "medium"


def test_an_alarm_that_is_over_cannot_be_acknowledged() -> None:
    bedside = lowered_oxygen()
    number = bedside.one("spo2_low").id
    bedside.value(16, 95)
    bedside.tick(16)
    assert bedside.engine.acknowledge(number, "RN Keller", ms(17)) is None


def test_all_end_when_the_patient_changes_and_begin_anew_only_by_new_data() -> None:
    bedside = lowered_oxygen()
    bedside.say(15, *cuff(15, 190))
    bedside.tick(16)
    ended = bedside.engine.end_all()
    assert states(ended) == [
        ("nibp_sys_high", "cleared", "high"),
        ("spo2_low", "cleared", "medium"),
    ]
    bedside.knowledge.forget_before(ms(17))
    bedside.hear(18)
    assert bedside.tick(18) == []
    for second in range(19, 34):
        bedside.value(second, 88)
        assert bedside.tick(second) == []
    bedside.value(34, 88)
    assert states(bedside.tick(34)) == [("spo2_low", "active", "medium")]


def test_the_delay_of_the_patient_before_is_not_served_for_the_next() -> None:
    bedside = lowered_oxygen(14)
    assert bedside.engine.end_all() == []
    bedside.value(15, 88)
    assert bedside.tick(15) == []


def test_what_is_no_longer_expected_or_connected_ends() -> None:
    bedside = Bedside(expected=(Parameter.HR, Parameter.SPO2), periods={1: 1, 2: 1})
    bedside.none(30, Parameter.HR)
    bedside.tick(30)
    assert set(bedside.engine.on) == {"hr_missing", "spo2_missing", "no_data_2"}
    bedside.expected = (Parameter.HR,)
    del bedside.periods[2]
    assert states(bedside.tick(31)) == [
        ("no_data_2", "cleared", "medium"),
        ("spo2_missing", "cleared", "medium"),
    ]


def test_a_restart_takes_up_what_is_open_and_judges_it_by_now() -> None:
    bedside = lowered_oxygen()
    bedside.acknowledge("spo2_low", 16)
    bedside.restart(20)
    bedside.value(20, 80)
    assert bedside.tick(20) == []
    for second in range(21, 26):
        bedside.value(second, 80)
        bedside.tick(second)
    assert bedside.priority("spo2_low") == "high"
    assert len({x.occurrence.id for x in bedside.log}) == 1


def test_a_restored_alarm_that_nobody_judges_any_more_ends() -> None:
    bedside = lowered_oxygen()
    engine = Engine(1)
    engine.restore([replace(bedside.one("spo2_low"), condition="no_data_9")])
    changes = engine.step(1, ms(20), [Frozen("spo2_low")])
    assert states(changes) == [("no_data_9", "cleared", "medium")]


def test_the_verdicts_are_values() -> None:
    assert Frozen("spo2_low") == Frozen("spo2_low")
    assert Finding("x", "technical", None, None).tiers == ()
    assert Tier(Priority.LOW, True, 0, None, "x").holds


def test_the_screen_shows_the_most_urgent_first() -> None:
    def on(number: str, priority: Priority, since_s: float, by: str | None = None) -> Occurrence:
        return Occurrence(
            number, number, "technical", None, priority, ms(since_s), None, None, "", by
        )

    listed = [
        on("seen high", Priority.HIGH, 0, "RN Keller"),
        on("low", Priority.LOW, 0),
        on("high", Priority.HIGH, 9),
        on("older high", Priority.HIGH, 8),
        on("medium", Priority.MEDIUM, 1),
    ]
    order = ["older high", "high", "medium", "low", "seen high"]
    assert [x.id for x in by_urgency(listed)] == order
    assert [x.id for x in by_urgency({x.id: x for x in listed})] == order


def test_a_latched_alarm_that_is_taken_up_serves_its_delay_anew() -> None:
    bedside = Bedside()
    for second in range(6):
        bedside.value(second, 80)
        bedside.tick(second)
    bedside.value(6, 97)
    bedside.tick(6)
    latched = bedside.one("spo2_low")
    assert (latched.state, latched.latched) == ("latched", True)
    bedside.restart(7)
    for second in range(8, 13):
        bedside.value(second, 80)
        assert bedside.tick(second) == []
    bedside.value(13, 80)
    assert states(bedside.tick(13)) == [("spo2_low", "active", "high")]
    bedside.value(14, 97)
    bedside.tick(14)
    bedside.acknowledge("spo2_low", 14)
    assert bedside.one("spo2_low").latched is False


def test_an_alarm_that_signals_anew_does_so_once_and_again_after_another_acknowledgement() -> None:
    bedside = Bedside(phase="baseline")
    for second in range(6):
        bedside.value(second, 80)
        bedside.tick(second)
    signals = []
    for second in range(6, 600):
        if second in (6, 300):
            bedside.acknowledge("spo2_low", second)
        bedside.value(second, 80)
        signals += [(second, x.state, x.signals) for x in bedside.tick(second)]
    assert signals == [(186, "active", True), (480, "active", True)]
    x = bedside.one("spo2_low")
    assert (x.acknowledged_by, x.acknowledged_ms, x.latched) == (None, None, False)


def test_an_alarm_that_rose_after_its_acknowledgement_signals_once() -> None:
    bedside = lowered_oxygen()
    bedside.phase = "baseline"
    bedside.acknowledge("spo2_low", 16)
    changes = []
    for second in range(17, 300):
        bedside.value(second, 80)
        changes += [(second, x.state, x.signals) for x in bedside.tick(second)]
    assert changes == [(22, "active", True)]
    assert bedside.one("spo2_low").acknowledged_ms is None
    assert bedside.one("spo2_low").latched is False


def test_an_alarm_that_is_taken_up_on_its_limit_settles() -> None:
    bedside = lowered_oxygen()
    bedside.restart(20)
    for second in range(21, 26):
        bedside.value(second, 90)
        assert bedside.tick(second) == []
    bedside.value(26, 90)
    assert states(bedside.tick(26)) == [("spo2_low", "cleared", "medium")]


def test_a_delay_that_ran_when_its_alarm_was_switched_off_begins_anew() -> None:
    bedside = Bedside()
    for second in range(4):
        bedside.value(second, 80)
        bedside.tick(second)
    assert bedside.engine.alarm_off("SpO2", "RN Keller", "probe", ms(3)) == []
    for second in range(4, 20):
        if second == 10:
            bedside.engine.alarm_on("SpO2")
        bedside.value(second, 80)
        changes = bedside.tick(second)
        assert states(changes) == ([("spo2_low", "active", "high")] if second == 15 else [])
