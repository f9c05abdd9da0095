"""Values by hand: they count as events, and only while no device gives a value."""

from dataclasses import dataclass, replace

import pytest

from devices.numeric import Parameter, Validity, no_value, numeric
from monitor.alarms.conditions import judge
from monitor.alarms.engine import Transition
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.limits import Priority
from monitor.alarms.presets import Change, Rules
from monitor.alarms.situation import Finding, Situation
from tests.alarms.bedside import PRESET, Bedside, cuff, ms

HAND = 9
HR, SPO2, SYS = Parameter.HR, Parameter.SPO2, Parameter.NIBP_SYS


@dataclass
class WithHand(Bedside):
    """A chair at which people enter values too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.knowledge = Knowledge([*self.periods, HAND], by_hand=HAND)

    def situation(self) -> Situation:
        return replace(super().situation(), events=self.knowledge.events())

    def enter(self, at_s: float, value: float, parameter: Parameter = SPO2) -> list[Transition]:
        self.knowledge.enter([numeric(parameter, value, ms(at_s))])
        return self.tick(at_s)


def test_a_value_by_hand_alarms_at_once_and_lasts_until_the_next() -> None:
    bedside = WithHand()
    bedside.enter(0, 84)
    assert bedside.priority("spo2_low") == "high"
    bedside.tick(3600)  # not --- after 10 s
    bedside.acknowledge("spo2_low", 3600)
    assert bedside.knowledge.events()[SPO2].current(ms(3600)) == 84
    assert "spo2_low" in bedside.engine.on
    bedside.enter(3601, 97)
    assert "spo2_low" not in bedside.engine.on


def test_no_hysteresis_and_no_settling_for_an_event() -> None:
    bedside = WithHand()
    bedside.enter(0, 89)
    assert bedside.priority("spo2_low") == "medium"
    bedside.enter(1, 90)
    assert bedside.priority("spo2_low") == ""


def test_a_device_that_gives_a_value_counts_alone() -> None:
    bedside = WithHand()
    bedside.value(0, 97)
    bedside.enter(5, 80)  # while the device's value is current
    assert bedside.priority("spo2_low") == ""
    for at_s in (5, 9.999):
        assert bedside.knowledge.shown(ms(at_s))[SPO2].source == 1
    bedside.tick(10)  # the device's value is too old
    assert bedside.priority("spo2_low") == "high"
    assert bedside.knowledge.shown(ms(10))[SPO2].source == HAND
    bedside.value(11, 96)
    bedside.tick(11)
    assert bedside.priority("spo2_low") == "latched"
    bedside.tick(600)  # a device gave a later value: what was by hand is of another time
    assert bedside.knowledge.events() == {}
    assert bedside.knowledge.shown(ms(600))[SPO2].current(ms(600)) is None


@pytest.mark.parametrize("value", [97, 80])
def test_it_neither_ends_nor_prevents_that_a_devices_value_is_missing(value: float) -> None:
    bedside = WithHand(expected=(SPO2,))
    bedside.value(0, 97)
    bedside.none(1)
    bedside.tick(1)
    assert bedside.priority("spo2_missing") == "low"
    bedside.enter(2, value)
    for at_s in range(2, 30):
        bedside.none(at_s)
        bedside.tick(at_s)
    assert bedside.priority("spo2_missing") == "medium"
    never = WithHand(expected=(HR,))
    never.hear(10)
    never.enter(10, 70, HR)
    assert never.priority("hr_missing") == "low"


def test_it_alarms_where_no_device_gives_the_parameter_at_all() -> None:
    bedside = WithHand(periods={})
    bedside.knowledge.enter([numeric(HR, 45, ms(0))])
    held = replace(bedside.situation(), measurable=frozenset())
    verdicts = [x for x in judge(ms(1), held) if isinstance(x, Finding) and x.holds]
    assert "hr_low" in [x.condition for x in verdicts]


def test_the_cuff_on_the_probes_arm_does_not_hold_what_a_person_measured() -> None:
    bedside = WithHand(same_arm=True, measuring_s=0)
    bedside.enter(1, 84)
    assert bedside.priority("spo2_low") == "high"


def test_trends_do_not_use_it() -> None:
    change = Change(SPO2, "low", 4, 60, Priority.MEDIUM)
    bedside = WithHand(rules=Rules(soon_s={"SpO2": 120}, changes=(change,)), limits=PRESET.limits)
    for at_s in range(0, 120, 5):
        bedside.enter(at_s, 98 - at_s / 20)
    assert bedside.knowledge.trends.values == {}
    assert {x for x in bedside.engine.on if "falling" in x or "soon" in x} == set()
    assert bedside.finding("hr_pr_apart", 120) is None


def test_values_that_flow_are_a_devices() -> None:
    bedside = WithHand(rules=PRESET.rules)
    bedside.enter(0, 97)
    bedside.tick(600)
    assert bedside.priority("no_session") == ""


def test_they_may_come_in_any_order_of_their_times() -> None:
    knowledge = Knowledge([1, HAND], by_hand=HAND)
    knowledge.enter([numeric(SPO2, 97, ms(60))])
    knowledge.enter([numeric(SPO2, 90, ms(30)), *cuff(30, 120, 80)])
    knowledge.enter(cuff(20, 140, 90, 100))
    knowledge.choose(ms(61))
    assert knowledge.events()[SPO2].value == 97
    assert knowledge.now()[SYS].value == 120
    assert knowledge.now()[SYS].by_hand
    assert knowledge.now()[Parameter.NIBP_MEAN].reason == "not given by the cuff"
    knowledge.strike([numeric(SPO2, 97, ms(60)), *cuff(30, 120, 80)])
    assert knowledge.events()[SPO2].value == 90
    assert knowledge.now()[SYS].value == 140


def test_of_the_cuff_whoever_measured_last_counts() -> None:
    bedside = WithHand(rules=Rules(bp_interval_s={"dosing": 600}), dosing=True)
    bedside.say(0, *cuff(0, 120, 80))
    bedside.knowledge.enter(cuff(300, 185, 90))
    bedside.tick(300)
    assert bedside.priority("nibp_sys_high") == "high"
    bedside.tick(1019)
    assert "bp_overdue" not in bedside.engine.on
    bedside.say(1100, *cuff(1100, 118, 80))
    bedside.tick(1100)
    assert bedside.knowledge.now()[SYS].source == 1
    assert bedside.priority("nibp_sys_high") == "latched"


def test_a_chair_without_devices_wants_its_pressures_by_hand() -> None:
    bedside = WithHand(periods={}, rules=Rules(bp_interval_s={"dosing": 600}), dosing=True)
    bedside.tick(720)
    assert bedside.priority("bp_overdue") == "low"
    bedside.knowledge.enter(cuff(721, 120, 80))
    bedside.tick(721)
    assert bedside.priority("bp_overdue") == ""


def test_a_cuff_that_inflates_is_known_whoever_measured_last() -> None:
    knowledge = Knowledge([1, 2, HAND], by_hand=HAND)
    assert not knowledge.inflating()
    knowledge.enter(cuff(0, 120, 80))
    knowledge.choose(ms(0))
    assert not knowledge.inflating()
    knowledge.take(1, 1000, cuff(-60, 118, 80))
    knowledge.take(2, 1000, cuff(-30, 119, 80))
    knowledge.take(2, 1000, [no_value(SYS, ms(1), "failed")])
    knowledge.choose(ms(1))
    assert not knowledge.inflating()
    knowledge.take(2, 1000, [no_value(SYS, ms(2), "measuring", Validity.MEASURING)])
    knowledge.choose(ms(2))
    assert knowledge.preferred[SYS] == HAND
    assert knowledge.inflating()
    assert not Knowledge([], by_hand=HAND, preferred={SYS: HAND}).inflating()


def test_forgotten_with_the_patient_and_never_taken_from_before() -> None:
    knowledge = Knowledge([1, HAND], by_hand=HAND)
    knowledge.enter([numeric(SPO2, 97, ms(30)), *cuff(30, 120, 80)])
    knowledge.forget_before(ms(31))
    assert (knowledge.entered, knowledge.events(), knowledge.by_source) == ([], {}, {})
    knowledge.enter([numeric(SPO2, 97, ms(30.999)), numeric(SPO2, 96, ms(31))])
    assert [x.value for x in knowledge.entered] == [96]
    alone = Knowledge([1])
    alone.enter([numeric(SPO2, 97, ms(30))])
    assert alone.events() == {}


def test_what_alarmed_by_a_struck_value_is_over_where_none_is_left() -> None:
    bedside = WithHand()
    held = bedside.situation()
    struck = replace(held, struck=frozenset({SPO2, SYS}))

    def judged(situation: Situation) -> dict[str, bool | None]:
        """None for what is unknown; what is not judged is left out."""
        verdicts = {x.condition: x for x in judge(ms(1), situation)}
        return {k: x.holds if isinstance(x, Finding) else None for k, x in verdicts.items()}

    before, after = judged(held), judged(struck)
    assert (before["spo2_low"], before["nibp_sys_high"], before["nibp_implausible"]) == (None,) * 3
    assert after["nibp_implausible"] is False
    gone = {name for name in before if name.startswith(("spo2_low", "spo2_high", "nibp_sys_"))}
    assert set(before) - set(after) == gone - {"spo2_low_soon"}
