"""One chair over its sessions, its ticks and a restart: nothing passes to another patient."""

from dataclasses import replace
from typing import Any

import pytest

from devices.numeric import Parameter, Validity, numeric
from monitor.alarms.audio import Audio
from monitor.alarms.engine import NO_DATA
from monitor.alarms.limits import Limit, Priority
from monitor.alarms.presets import Preset
from monitor.chair import ChairState, Inputs, LinkChange
from tests.alarms.bedside import PRESET, cuff, cuff_word, ms, states
from tests.one_chair import START, Chair, in_session

HR, SPO2 = Parameter.HR, Parameter.SPO2
WHY: dict[str, Any] = {"reason": "arm moved"}

# Limits, baseline, sessions.


def changed(chair: Chair, at_s: float, low: float) -> None:
    limits = {"low": low, "delay_s": 0}
    outcome = chair.press(at_s, "limits", parameter="SpO2", tier="medium", limits=limits, **WHY)
    assert outcome.answer.accepted


def test_limits_of_a_session_hold_in_it_and_in_no_other() -> None:
    chair = in_session()
    changed(chair, 1, 93)
    chair.tick(2, SpO2=92)
    assert chair.on() == {"spo2_low": "medium"}
    assert chair.state.clinic == PRESET
    outcome = chair.press(3, "session_end")
    assert states(outcome.transitions) == [("spo2_low", "cleared", "medium")]
    assert chair.state.preset == PRESET
    chair.press(4, "session_start", **START)
    assert chair.state.preset == PRESET
    assert chair.tick(5, SpO2=92) == []


def test_limits_that_a_session_left_do_not_reach_the_next_by_a_start() -> None:
    chair = Chair()
    chair.state.preset = Preset((Limit(SPO2, "low", Priority.MEDIUM, 50, 0),))
    chair.press(0, "session_start", **START)
    assert chair.state.preset == PRESET


def test_a_baseline_alarms_and_goes_with_its_session() -> None:
    chair = in_session()
    chair.press(0, "baseline", values={"HR": 80, "NIBP_sys": 110})
    assert chair.state.baseline == {HR: 80.0, Parameter.NIBP_SYS: 110.0}
    words = [(1, word) for word in cuff(1, 133, 80)]
    chair.state.take(Inputs(words), ms(1))
    chair.run(1, 12, SpO2=97, HR=101)
    assert {x.condition: x.text for x in chair.state.engine.on.values()} == {
        "hr_above_baseline_advisory": "HR 101 > 100 (25 % above baseline 80)",
        "nibp_sys_above_baseline_advisory": ("NIBP systolic 133 > 132 (20 % above baseline 110)"),
    }
    chair.press(12, "session_end")
    assert (chair.state.baseline, chair.on()) == ({}, {})


@pytest.mark.parametrize("press", ["session_start", "session_end"])
def test_nothing_passes_to_another_patient(press: str) -> None:
    chair = in_session() if press == "session_end" else Chair()
    chair.run(0, 20, SpO2=80)
    chair.press(20, "audio_off", **WHY)
    chair.press(20, "alarm_off", scope="HR", **WHY)
    outcome = chair.press(21, press, **(START if press == "session_start" else {}))
    assert ("spo2_low", "cleared", "high") in states(outcome.transitions)
    engine = chair.state.engine
    assert (engine.on, engine.off, engine.audio) == ({}, {}, Audio())


def test_what_is_pressed_within_a_session_ends_nothing() -> None:
    chair = in_session()
    chair.press(0, "alarm_off", scope="HR", **WHY)
    changed(chair, 0, 93)
    chair.press(0, "baseline", values={"HR": 80})
    chair.run(0, 5, SpO2=92)
    chair.press(5, "infusion_start")
    chair.press(6, "infusion_stop")
    assert chair.state.phase == ("recovery", ms(6))
    assert chair.on() == {"spo2_low": "medium"}
    assert chair.state.preset != PRESET
    assert chair.state.baseline == {HR: 80}


def test_a_stop_that_is_struck_through_makes_the_chair_dose_again() -> None:
    """Also its alarm without data, which may be off after the infusion and never while it runs."""
    chair = in_session(dosing=True)
    chair.press(1, "infusion_stop")
    stop = chair.presses
    assert chair.press(2, "alarm_off", scope=NO_DATA, **WHY).answer.accepted
    assert chair.press(3, "strike", entry=stop, **WHY).answer.accepted
    assert chair.state.phase == ("dosing", ms(0))
    assert NO_DATA not in chair.state.engine.off


def test_a_start_that_is_struck_through_ends_what_alarmed_by_it() -> None:
    chair = Chair()
    chair.press(0, "session_start", **START, dose_mg=1, minutes=1)
    chair.press(0, "infusion_start")
    start = chair.presses
    chair.run(0, 200, SpO2=97)
    assert "overdue_infusion_end" in chair.on()
    assert chair.press(200, "strike", entry=start, **WHY).answer.accepted
    assert chair.state.phase == ("baseline", ms(0))
    chair.run(200, 203, SpO2=97)
    assert "overdue_infusion_end" not in chair.on()


def test_a_value_by_hand_that_is_struck_through_ends_its_alarm_where_no_other_value_is() -> None:
    chair = Chair()
    chair.state = ChairState(7, chair.state.sources, (SPO2,), PRESET, ms(0), hand=9)
    chair.press(0, "session_start", **START)  # its devices may measure, and have not so far
    for values in ({"SpO2": 82}, {"NIBP_sys": 210, "NIBP_dia": 90}):
        assert chair.press(1, "reading", values=values).answer.accepted
    chair.run(1, 40)
    assert {"spo2_low", "nibp_sys_high"} <= set(chair.on())
    for entry in (2, 3):
        assert chair.press(40, "strike", entry=entry, **WHY).answer.accepted
    chair.run(40, 42)
    assert not {"spo2_low", "nibp_sys_high"} & set(chair.on())


def test_a_session_reaches_back_no_further_than_the_one_before_and_the_last_connection() -> None:
    chair = in_session()
    chair.press(100, "session_end")
    assert chair.state.session_ended_ms == ms(100)
    chair.press(200, "session_start", **START)
    assert chair.state.session is not None
    assert chair.state.session.from_ms == ms(100) + 1
    chair.press(300, "session_end")
    for at_s, word in ((400, "connected"), (410, "connected"), (405, "lost")):
        change = LinkChange(1, ms(at_s), word, "", None)
        chair.state.take(Inputs(links=[change]), ms(at_s))
    chair.press(500, "session_start", **START)
    assert chair.state.session.from_ms == ms(400)


def test_values_of_the_patient_before_are_forgotten() -> None:
    chair = in_session()
    chair.state.take(Inputs([(1, word) for word in cuff(1, 150, 90)], heard={1, 2}), ms(1))
    chair.tick(1, SpO2=97)
    chair.press(2, "session_end")
    chair.tick(3)
    assert {x.value for x in chair.state.knowledge.now().values()} == {None}
    assert chair.state.phase == (None, 0)


# What a tick brings.


def test_the_cuff_on_the_arm_of_the_probe_is_counted_from_when_it_was_inflated() -> None:
    chair = in_session()
    chair.state.same_arm = True
    for at_s in (5, 6):
        words = [(1, word) for word in cuff_word(at_s, "measuring", Validity.MEASURING)]
        chair.state.take(Inputs(words, heard={1, 2}), ms(at_s))
        chair.tick(at_s, SpO2=97)
        assert chair.state.measuring_ms == ms(5)
    assert chair.on() == {"spo2_held": "low"}
    chair.state.take(Inputs([(1, word) for word in cuff(7, 120, 80)], heard={1, 2}), ms(7))
    chair.tick(7, SpO2=97)
    assert chair.state.measuring_ms is None
    assert chair.on() == {}


def test_a_cuff_reading_counts_after_the_words_of_its_tick() -> None:
    chair = in_session()
    words = [*cuff(1, 120, 80, 93), *cuff_word(2, "measuring", Validity.MEASURING)]
    chair.state.take(Inputs([(1, word) for word in words], heard={1}), ms(2))
    chair.judge(2)
    assert chair.state.knowledge.now()[Parameter.NIBP_SYS].validity is Validity.VALID


def test_a_link_is_what_it_was_last_said_to_be() -> None:
    chair = Chair()
    change = LinkChange(2, ms(3), "connected", "battery low", "SN 2")
    chair.state.take(Inputs(links=[change], heard={2}), ms(3))
    source = chair.state.sources[2]
    assert (source.state, source.detail, source.identity) == ("connected", "battery low", "SN 2")
    assert source.heard_ms == ms(3)
    assert chair.state.sources[1].heard_ms == ms(0)
    assert chair.state.situation(0).sources[1].detail == "battery low"
    chair.state.take(Inputs(heard={2}), ms(2))
    assert source.heard_ms == ms(3)


# After a restart.


def test_a_silence_goes_on_as_long_as_it_was() -> None:
    """Silent since 0 s, alarmed at 10 s; a new recorder at 14 s counts on from there."""
    chair = in_session(dosing=True)
    for at_s in range(1, 13):
        chair.judge(at_s)
    before = chair.state.engine.on["no_data_1"]
    assert (before.since_ms, before.priority) == (ms(10), Priority.LOW)
    again = Chair()
    again.state.since_ms = ms(14)
    for source in again.state.sources.values():
        source.heard_ms = ms(14)
    again.state.visit = chair.state.visit
    others = [replace(before, condition=x) for x in ("no_data_9", "spo2_missing")]
    again.state.take_up([], [before, *others], {HR: 2, SPO2: 9})
    assert again.state.knowledge.preferred == {HR: 2}
    seen: dict[str | None, int] = {}
    for at_s in range(15, 80):
        again.judge(at_s)
        seen.setdefault(again.on().get("no_data_1"), at_s)
    assert seen == {"low": 15, "medium": 20, "high": 70}
    assert again.state.engine.on["no_data_1"].id == before.id


def test_a_clock_that_went_back_makes_no_silence_shorter() -> None:
    chair = in_session()
    chair.judge(10)
    before = chair.state.engine.on["no_data_1"]
    again = Chair()
    again.state.since_ms = ms(5)
    again.state.take_up([], [before], {})
    again.judge(5)
    assert "no_data_1" in again.on()


def test_the_last_words_are_taken_up() -> None:
    chair = Chair()
    words = [(1, numeric(SPO2, 97, ms(0))), (9, numeric(HR, 60, ms(0)))]
    chair.state.take_up(words, [], {})
    chair.judge(1)
    assert {x.parameter: x.value for x in chair.state.knowledge.now().values()} == {SPO2: 97}


def test_a_chair_goes_on_with_the_limits_that_it_was_given() -> None:
    own = Preset((Limit(SPO2, "low", Priority.MEDIUM, 50, 0),))
    given = ChairState(1, {}, (), PRESET, ms(0), preset=own)
    assert given.preset == own
    assert ChairState(1, {}, (), PRESET, ms(0)).preset == PRESET
