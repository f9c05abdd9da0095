"""Presses on one chair: what is answered, and what becomes of its sound and its alarms."""

from dataclasses import replace
from typing import Any

import pytest

from devices.numeric import Parameter, no_value
from monitor.alarms.audio import Audio, Off
from monitor.alarms.limits import Priority
from monitor.chair import Inputs, LinkChange, check
from monitor.session.visit import EntryError
from tests.alarms.bedside import PRESET, ms, states
from tests.one_chair import START, Chair, answered, in_session

HR, SPO2 = Parameter.HR, Parameter.SPO2
WHY: dict[str, Any] = {"reason": "arm moved"}

# Answers.


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("audio_pause", {"seconds": 60}, "Audio paused for 60 s."),
        ("audio_resume", {}, "Audio on."),
        ("audio_on", {}, "Audio on."),
        ("audio_off", WHY, "Audio off."),
        ("alarm_off", {"scope": "SpO2", **WHY}, "Alarm off: SpO2."),
        ("alarm_off", {"scope": "no_data", **WHY}, "Alarm off: no_data."),
        ("alarm_on", {"scope": "SpO2"}, "Alarm on: SpO2."),
        (
            "limits",
            {"parameter": "SpO2", "tier": "medium", "limits": {"low": 88}, **WHY},
            "Limits changed.",
        ),
        ("baseline", {"values": {"HR": 70}}, "Baseline set."),
        ("watch", {}, "RN Keller is on watch."),
        ("event", {"text": "music on"}, "Noted."),
    ],
)
def test_what_is_answered(kind: str, data: dict[str, Any], text: str) -> None:
    chair = in_session()
    outcome = chair.press(1, kind, **data)
    assert answered(outcome) == (True, text)
    assert outcome.answer.session == chair.state.session
    assert outcome.confirm is None


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("audio_pause", {"seconds": 500}, "Audio is paused for 5 to 120 seconds."),
        ("limits", {"parameter": "BP", **WHY}, "There is no parameter 'BP'."),
        (
            "limits",
            {"parameter": "SpO2", "tier": "medium", "limits": {"low": 84}, **WHY},
            "[SpO2] the high-priority low limit lies inside the medium one.",
        ),
        ("acknowledge", {"occurrence": "7.x.1"}, "That alarm is over or acknowledged already."),
        ("acknowledge", {}, "The entry does not say which alarm was acknowledged."),
        ("confirm_monitor", {"source": 1}, "That monitor needs no confirmation."),
        ("confirm_monitor", {"source": 9}, "That monitor needs no confirmation."),
        ("nonsense", {}, "There is no entry of the kind 'nonsense'."),
        ("infusion_stop", {}, "No infusion is running."),
    ],
)
def test_what_is_refused_changes_nothing(kind: str, data: dict[str, Any], text: str) -> None:
    chair = in_session()
    before = (chair.state.session, chair.state.preset)
    outcome = chair.press(1, kind, **data)
    assert answered(outcome) == (False, text)
    assert (outcome.answer.session, outcome.transitions) == (before[0], ())
    assert (chair.state.session, chair.state.preset) == before


@pytest.mark.parametrize("kind", ["limits", "baseline"])
def test_limits_and_a_baseline_need_a_session(kind: str) -> None:
    data: dict[str, Any] = {"values": {"HR": 70}}
    if kind == "limits":
        data = {"parameter": "SpO2", "tier": "medium", "limits": {"low": 88}, **WHY}
    chair = Chair()
    outcome = chair.press(0, kind, **data)
    assert answered(outcome) == (False, "There is no open session on this chair.")
    assert (chair.state.preset, chair.state.baseline) == (PRESET, {})


def test_nobody_presses_nothing() -> None:
    chair = in_session()
    outcome = chair.press(1, "audio_pause", actor=" ", seconds=60)
    assert answered(outcome) == (False, "Say first who is on watch.")


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("limits", {"parameter": "BP", **WHY}, "There is no parameter 'BP'."),
        ("nonsense", {}, "There is no entry of the kind 'nonsense'."),
        ("audio_on", {"note": "\ud800"}, "The entry holds a letter that cannot be stored."),
    ],
)
def test_the_door_refuses_with_the_same_sentences(
    kind: str, data: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EntryError) as error:
        check(kind, "RN Keller", data)
    assert str(error.value) == sentence


def test_a_press_is_never_in_the_future() -> None:
    chair = Chair()
    chair.press(10, "session_start", ahead_s=3600, **START)
    assert chair.state.session is not None
    assert chair.state.session.started_ms == ms(10)
    assert (chair.state.session.id, chair.state.session.uuid) == (101, "uuid-1")


def test_an_acknowledgement_names_who_and_when() -> None:
    chair = in_session()
    chair.run(0, 20, SpO2=88)
    number = chair.state.engine.on["spo2_low"].id
    outcome = chair.press(20, "acknowledge", occurrence=number)
    assert answered(outcome) == (True, "Acknowledged.")
    (seen,) = outcome.transitions
    assert (seen.state, seen.actor) == ("acknowledged", "RN Keller")
    assert seen.occurrence.acknowledged_ms == ms(20)
    assert not chair.press(21, "acknowledge", occurrence=number).answer.accepted


def test_an_acknowledged_high_alarm_signals_anew_after_the_time_of_the_preset() -> None:
    clinic = replace(PRESET, rules=replace(PRESET.rules, resignal_s=30))
    chair = Chair()
    chair.state.clinic = chair.state.preset = clinic
    chair.press(0, "session_start", **START)
    chair.run(0, 10, SpO2=80)
    chair.press(10, "acknowledge", occurrence=chair.state.engine.on["spo2_low"].id)
    chair.run(10, 40, SpO2=80)
    assert chair.state.engine.state("spo2_low") == "acknowledged"
    chair.tick(40, SpO2=80)
    assert chair.state.engine.state("spo2_low") == "active"


def test_a_different_monitor_is_confirmed_by_a_named_person() -> None:
    chair = in_session()
    change = LinkChange(2, ms(1), "different", "another serial number", "SN 2")
    chair.state.take(Inputs(links=[change]), ms(1))
    outcome = chair.press(2, "confirm_monitor", source=2)
    assert answered(outcome) == (True, "Monitor 2 is confirmed as the right monitor.")
    assert outcome.confirm == (2, "SN 2")


# Audio.


def test_a_pause_ends_by_a_signal_of_equal_or_higher_priority_and_by_no_lower_one() -> None:
    chair = in_session()
    chair.run(0, 16, SpO2=88)
    assert chair.on() == {"spo2_low": "medium"}
    chair.press(16, "audio_pause", seconds=120)
    audio = chair.state.engine.audio
    assert audio == Audio("paused", "RN Keller", "", ms(16), ms(136), Priority.MEDIUM)
    chair.state.host = replace(chair.state.host, room="little")
    assert [x.occurrence.condition for x in chair.tick(17, SpO2=88)] == ["disk_nearly_full"]
    assert chair.state.engine.audio is audio, "a low signal leaves it"
    chair.state.host = replace(chair.state.host, room="none")
    chair.tick(18, SpO2=88)
    assert chair.state.engine.audio == Audio(), "a medium one ends it"


def test_a_pause_of_silence_ends_by_any_signal() -> None:
    chair = in_session()
    chair.tick(0, SpO2=97)
    chair.press(0, "audio_pause", seconds=60)
    assert chair.state.engine.audio.covers is None
    chair.state.host = replace(chair.state.host, room="little")
    chair.tick(1, SpO2=97)
    assert chair.state.engine.audio.state == "on"


def test_what_was_acknowledged_does_not_count_into_a_pause() -> None:
    chair = in_session()
    chair.run(0, 16, SpO2=80)
    chair.press(16, "acknowledge", occurrence=chair.state.engine.on["spo2_low"].id)
    chair.press(16, "audio_pause", seconds=60)
    assert chair.state.engine.audio.covers is None


def test_a_pause_ends_when_somebody_ends_it() -> None:
    chair = in_session()
    chair.press(0, "audio_pause", seconds=60)
    chair.press(1, "audio_resume")
    assert chair.state.engine.audio == Audio()


def test_audio_off_keeps_its_reason_and_no_pause_replaces_it() -> None:
    chair = in_session()
    chair.press(0, "audio_off", reason=" family visit ")
    off = chair.state.engine.audio
    assert (off.state, off.by, off.reason, off.since_ms) == (
        "off",
        "RN Keller",
        "family visit",
        ms(0),
    )
    outcome = chair.press(1, "audio_pause", seconds=60)
    assert answered(outcome) == (False, "Audio is off on this chair.")
    chair.run(1, 20, SpO2=80)
    assert chair.state.engine.audio == off
    chair.press(20, "audio_on")
    assert chair.state.engine.audio == Audio()


# Alarm off.


def test_alarm_off_clears_what_is_on_of_its_parameter_and_keeps_it_off() -> None:
    chair = in_session()
    chair.run(0, 16, SpO2=80, HR=30)
    outcome = chair.press(16, "alarm_off", scope="SpO2", reason=" probe changed ")
    assert states(outcome.transitions) == [("spo2_low", "cleared", "high")]
    assert outcome.transitions[0].actor == "RN Keller"
    off = chair.state.engine.off["SpO2"]
    assert off == Off("SpO2", "RN Keller", "probe changed", ms(16))
    chair.run(16, 60, SpO2=80, HR=30)
    assert chair.on() == {"hr_low": "high"}
    chair.press(60, "alarm_on", scope="SpO2")
    chair.run(60, 65, SpO2=80, HR=30)
    assert "spo2_low" not in chair.on(), "its delay begins anew"
    chair.tick(65, SpO2=80, HR=30)
    assert chair.on() == {"hr_low": "high", "spo2_low": "high"}


def test_alarm_off_of_a_parameter_leaves_that_it_is_missing() -> None:
    chair = in_session()
    chair.press(0, "alarm_off", scope="SpO2", **WHY)
    chair.state.take(Inputs([(1, no_value(SPO2, ms(1), "probe off"))], heard={1, 2}), ms(1))
    chair.judge(1)
    assert chair.on() == {"spo2_missing": "low"}


def test_no_data_cannot_be_off_while_the_infusion_runs_and_is_on_when_it_starts() -> None:
    chair = in_session()
    chair.press(0, "alarm_off", scope="no_data", **WHY)
    chair.state.take(Inputs([(1, no_value(SPO2, ms(1), "probe off"))]), ms(1))
    chair.judge(40)
    assert chair.on() == {}, "neither the silent monitors nor the missing value"
    chair.press(41, "infusion_start")
    assert chair.state.engine.off == {}
    chair.judge(41)
    assert chair.on() == {"no_data_1": "medium", "no_data_2": "medium"}
    outcome = chair.press(42, "alarm_off", scope="no_data", **WHY)
    text = "The no-data alarm cannot be off while the infusion runs."
    assert answered(outcome) == (False, text)
    assert chair.state.engine.off == {}
    chair.press(43, "infusion_stop")
    outcome = chair.press(44, "alarm_off", scope="no_data", **WHY)
    assert [x.state for x in outcome.transitions] == ["cleared", "cleared"]


def test_the_start_of_the_infusion_leaves_other_alarms_off() -> None:
    chair = in_session()
    chair.press(0, "alarm_off", scope="HR", **WHY)
    chair.press(1, "infusion_start")
    assert set(chair.state.engine.off) == {"HR"}


def test_no_data_off_clears_and_holds_back_what_is_missing_too() -> None:
    chair = in_session()
    chair.state.take(Inputs([(1, no_value(SPO2, ms(1), "probe off"))], heard={1, 2}), ms(1))
    chair.judge(1)
    assert chair.on() == {"spo2_missing": "low"}
    outcome = chair.press(2, "alarm_off", scope="no_data", **WHY)
    assert states(outcome.transitions) == [("spo2_missing", "cleared", "low")]
    assert chair.judge(3) == []
    assert chair.on() == {}


def test_a_confirmed_monitor_was_not_silent_while_it_waited_to_be_confirmed() -> None:
    chair = in_session()
    chair.press(1, "infusion_start")
    chair.state.take(Inputs(links=[LinkChange(2, ms(1), "different", "", "SN 2")]), ms(1))
    for at_s in range(2, 200):
        chair.tick(at_s, SpO2=97)
        chair.state.sources[2].heard_ms = ms(0)  # nothing of another monitor counts as heard
    confirmed = LinkChange(2, ms(200), "connecting", "", "SN 2")
    chair.state.take(Inputs(links=[confirmed], heard={1}), ms(200))
    chair.judge(200)
    assert "no_data_2" not in chair.state.engine.on


@pytest.mark.parametrize(
    ("gives", "overdue"),
    [(set(), True), ({Parameter.PUMP_RATE}, True), ({Parameter.SPO2, Parameter.PUMP_RATE}, False)],
)
def test_beside_a_pump_alone_the_blood_pressure_is_still_wanted(
    gives: set[Parameter], overdue: bool
) -> None:
    chair = in_session()
    for source in chair.state.sources.values():
        source.parameters = frozenset(gives)
    chair.press(1, "infusion_start")
    for at_s in range(2, 3000, 10):
        chair.tick(at_s, Pump_rate=30)
    assert ("bp_overdue" in chair.state.engine.on) == overdue


def test_an_alarm_of_a_parameter_that_no_device_gives_any_more_is_over() -> None:
    """As after a restart without the device: it is never known, but it can be no more."""
    chair = in_session()
    chair.run(1, 20, SpO2=80)
    (occurrence,) = [x for x in chair.state.engine.on.values() if x.condition == "spo2_low"]
    chair.state.knowledge.by_source.clear()
    chair.judge(21)
    assert chair.state.engine.on["spo2_low"] == occurrence  # not known yet: it stands
    for source in chair.state.sources.values():
        source.parameters = frozenset({Parameter.NIBP_SYS})
    assert ("spo2_low", "cleared", "high") in states(chair.judge(22))
