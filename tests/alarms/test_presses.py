"""What a person may set of a chair's alarms: each refusal, the change, and the sound's states."""

from dataclasses import replace
from typing import Any

import pytest

from devices.numeric import Parameter
from monitor.alarms.audio import Audio
from monitor.alarms.limits import Limit, LimitsError, Priority
from monitor.alarms.presets import Preset
from monitor.alarms.presses import (
    MAX_REASON,
    baseline_of,
    check_press,
    differences,
    limits_words,
    said,
    tier_of,
    with_tier,
)
from tests.alarms.bedside import PRESET, SHIPPED, ms

LOW, MEDIUM, HIGH = Priority
SPO2 = Parameter.SPO2
TIER = {"parameter": "SpO2", "tier": "medium", "limits": {"low": 88, "delay_s": 15}}
NO_SECONDS = "The entry does not say for how long audio is paused."
SPAN = "Audio is paused for 5 to 120 seconds."
NO_ALARM = "The entry does not say which alarm is meant."
NO_REASON = "Say why: a reason is missing."
NO_TIER = "The entry does not say which limits are meant."
WHY = {"reason": "COPD"}

REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a pause without its time": ("audio_pause", {}, NO_SECONDS),
    "a pause of text": ("audio_pause", {"seconds": "60"}, NO_SECONDS),
    "a pause of yes": ("audio_pause", {"seconds": True}, NO_SECONDS),
    "a pause too short": ("audio_pause", {"seconds": 4.9}, SPAN),
    "a pause too long": ("audio_pause", {"seconds": 121}, SPAN),
    "a pause of no number": ("audio_pause", {"seconds": float("nan")}, SPAN),
    "a pause for ever": ("audio_pause", {"seconds": float("inf")}, SPAN),
    "audio off without a reason": ("audio_off", {}, NO_REASON),
    "alarm off without a reason": ("alarm_off", {"scope": "HR"}, NO_REASON),
    "limits without a reason": ("limits", TIER, NO_REASON),
    "a reason of blanks": ("audio_off", {"reason": "  "}, NO_REASON),
    "a reason that is a number": ("audio_off", {"reason": 5}, NO_REASON),
    "a long reason": (
        "audio_off",
        {"reason": "x" * (MAX_REASON + 1)},
        "The reason is longer than 200 letters.",
    ),
    "alarm off of nothing": ("alarm_off", WHY, NO_ALARM),
    "alarm off of another scope": ("alarm_off", {"scope": "spo2_low", **WHY}, NO_ALARM),
    "alarm off of a pump": ("alarm_off", {"scope": "Pump_rate", **WHY}, NO_ALARM),
    "alarm on of another scope": ("alarm_on", {"scope": ["HR"]}, NO_ALARM),
    "limits of nothing": ("limits", WHY, "there is no parameter None."),
    "limits of another parameter": (
        "limits",
        {**TIER, **WHY, "parameter": "spo2"},
        "there is no parameter 'spo2'.",
    ),
    "limits of a pump": (
        "limits",
        {**TIER, **WHY, "parameter": "Pump_rate"},
        "there is no parameter 'Pump_rate'.",
    ),
    "limits of no tier": ("limits", {**TIER, **WHY, "tier": None}, NO_TIER),
    "limits of another tier": ("limits", {**TIER, **WHY, "tier": "low"}, NO_TIER),
    "limits of a list": ("limits", {**TIER, **WHY, "tier": ["medium"]}, NO_TIER),
    "limits of another phase": ("limits", {**TIER, **WHY, "phase": "sleep"}, NO_TIER),
    "limits without limits": (
        "limits",
        {**TIER, **WHY, "limits": None},
        "The entry holds no limits.",
    ),
    "limits that cannot be": (
        "limits",
        {**TIER, **WHY, "limits": {"low": 0}},
        "[SpO2] medium low 0 is not between 1 and 100.",
    ),
    "a baseline of nothing": ("baseline", {}, "The baseline holds no value."),
    "an empty baseline": ("baseline", {"values": {}}, "The baseline holds no value."),
    "a baseline that is a list": ("baseline", {"values": [70]}, "The baseline holds no value."),
    "a baseline of another parameter": (
        "baseline",
        {"values": {"BP": 120}},
        "there is no parameter 'BP'.",
    ),
    "a baseline of a pump": (
        "baseline",
        {"values": {"Pump_rate": 50}},
        "there is no parameter 'Pump_rate'.",
    ),
    "a baseline of text": (
        "baseline",
        {"values": {"HR": "70"}},
        "The baseline of HR is not a number.",
    ),
    "a baseline beyond numbers": (
        "baseline",
        {"values": {"HR": 10**400}},
        "The baseline of HR is not a number.",
    ),
    "a baseline too low": ("baseline", {"values": {"HR": 9}}, "The baseline of HR cannot be 9."),
    "a baseline too high": (
        "baseline",
        {"values": {"HR": 351}},
        "The baseline of HR cannot be 351.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_every_refusal_has_its_sentence(kind: str, data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LimitsError) as error:
        check_press(kind, data)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("audio_pause", {"seconds": 5}),
        ("audio_pause", {"seconds": 120}),
        ("audio_off", {"reason": "x" * MAX_REASON}),
        ("alarm_off", {"scope": "no_data", "reason": "probe changed"}),
        ("alarm_off", {"scope": "NIBP_mean", "reason": "arm"}),
        ("alarm_on", {"scope": "SpO2"}),
        ("audio_resume", {}),
        ("audio_on", {}),
        ("limits", {**TIER, **WHY}),
        ("limits", {**TIER, **WHY, "limits": {}}),
        ("baseline", {"values": {"HR": 10, "PR": 350.0}}),
    ],
)
def test_what_makes_sense_passes(kind: str, data: dict[str, Any]) -> None:
    check_press(kind, data)


def test_a_tier_is_read() -> None:
    limit = Limit(SPO2, "low", MEDIUM, 88, 15)
    assert tier_of(TIER) == (SPO2, "medium", None, [limit])
    dosing = {**TIER, "phase": "dosing"}
    assert tier_of(dosing) == (SPO2, "medium", "dosing", [replace(limit, phase="dosing")])


def bounds(preset: Preset, parameter: Parameter) -> list[tuple[str, str, float, str | None]]:
    return [
        (x.priority.word, x.side, x.bound, x.phase)
        for x in preset.limits
        if x.parameter is parameter
    ]


def test_one_tier_of_one_parameter_is_another_and_all_others_are_as_they_were() -> None:
    changed = with_tier(PRESET, TIER)
    assert changed.rules == PRESET.rules
    assert set(PRESET.limits) - set(changed.limits) == {Limit(SPO2, "low", MEDIUM, 90, 15)}
    assert set(changed.limits) - set(PRESET.limits) == {Limit(SPO2, "low", MEDIUM, 88, 15)}
    order = [x.parameter for x in changed.limits]
    assert order == sorted(order, key=list(Parameter).index)


def test_a_tier_is_taken_away() -> None:
    changed = with_tier(PRESET, {**TIER, "limits": {}})
    assert bounds(changed, SPO2) == [("low", "low", 94, None), ("high", "low", 85, None)]


def test_a_tier_of_a_phase_stands_beside_the_general_one() -> None:
    changed = with_tier(PRESET, {**TIER, "phase": "dosing"})
    assert bounds(changed, SPO2) == [*bounds(PRESET, SPO2), ("medium", "low", 88, "dosing")]
    again = with_tier(changed, {**TIER, "phase": "dosing", "limits": {"low": 87}})
    assert bounds(again, SPO2) == [*bounds(PRESET, SPO2), ("medium", "low", 87, "dosing")]


def test_a_tier_that_does_not_fit_the_others_is_refused() -> None:
    with pytest.raises(LimitsError, match="the high-priority low limit lies inside the medium one"):
        with_tier(PRESET, {**TIER, "limits": {"low": 84}})


def test_a_baseline_is_numbers_by_parameter() -> None:
    found = baseline_of({"values": {"HR": 70, "NIBP_sys": 121.5}})
    assert found == {Parameter.HR: 70.0, Parameter.NIBP_SYS: 121.5}
    assert all(isinstance(value, float) for value in found.values())


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(SPO2, "low", MEDIUM, 90, 15), "SpO2 medium < 90 after 15 s"),
        (Limit(SPO2, "high", HIGH, 99, 0), "SpO2 high > 99"),
        (
            Limit(Parameter.HR, "low", LOW, 25, 10, "percent"),
            "HR advisory < baseline - 25 % after 10 s",
        ),
        (
            Limit(Parameter.HR, "high", MEDIUM, 30, 0, "difference", "dosing"),
            "HR medium > baseline + 30 while dosing",
        ),
        (Limit(Parameter.TEMP, "high", MEDIUM, 38.5, 1.5), "Temp medium > 38.5 after 1.5 s"),
    ],
)
def test_a_limit_in_words(limit: Limit, words: str) -> None:
    assert said(limit) == words


def test_an_entry_of_limits_says_what_it_set_and_why() -> None:
    assert limits_words({**TIER, **WHY}) == f"limits: {said(tier_of(TIER)[3][0])} ({WHY['reason']})"
    none = {**TIER, **WHY, "limits": {}, "phase": "dosing"}
    assert limits_words(none) == f"limits: SpO2 medium while dosing: none ({WHY['reason']})"
    with pytest.raises(LimitsError):
        limits_words({**TIER, "parameter": "x"})


def test_the_differences_from_the_clinics_limits() -> None:
    changed = with_tier(PRESET, TIER)
    changed = with_tier(changed, {"parameter": "SpO2", "tier": "high", "limits": {}})
    changed = with_tier(
        changed, {"parameter": "HR", "tier": "high", "phase": "dosing", "limits": {"low": 35}}
    )
    assert differences(changed, PRESET) == [
        "SpO2 medium < 88 after 15 s (clinic: SpO2 medium < 90 after 15 s)",
        "SpO2 high < 85 after 5 s: none",
        "HR high < 35 while dosing (clinic: none)",
    ]
    assert differences(PRESET, Preset(SHIPPED)) == []


# The sound.


def test_a_pause_lasts_its_time() -> None:
    paused = Audio().paused("RN Keller", 60, ms(0), None)
    assert paused == Audio("paused", "RN Keller", "", ms(0), ms(60), None)
    assert paused.after(ms(59.999), []) is paused
    assert paused.after(ms(60), []) == Audio()


def test_a_pause_lasts_two_minutes_at_most() -> None:
    assert Audio().paused("RN Keller", 600, ms(0), None).until_ms == ms(120)


@pytest.mark.parametrize(
    ("covers", "signals", "on"),
    [
        (None, [], False),
        (None, [LOW], True),
        (MEDIUM, [LOW], False),
        (MEDIUM, [MEDIUM], True),
        (MEDIUM, [LOW, HIGH], True),
        (HIGH, [MEDIUM, LOW], False),
        (HIGH, [HIGH], True),
    ],
)
def test_what_ends_a_pause(covers: Priority | None, signals: list[Priority], on: bool) -> None:
    paused = Audio().paused("RN Keller", 60, ms(0), covers)
    assert (paused.after(ms(1), signals) == Audio()) is on


def test_a_new_pause_replaces_the_one_that_runs() -> None:
    paused = Audio().paused("RN Keller", 60, ms(0), HIGH).paused("RN Ode", 30, ms(10), LOW)
    assert paused == Audio("paused", "RN Ode", "", ms(10), ms(40), LOW)


def test_off_stays_off() -> None:
    off = Audio().switched_off("RN Keller", "infusion room 2", ms(0))
    assert off == Audio("off", "RN Keller", "infusion room 2", ms(0), None, None)
    assert off.paused("RN Ode", 60, ms(1), None) is off
    assert off.after(ms(9999), [HIGH]) is off


def test_what_is_on_stays_on() -> None:
    on = Audio()
    assert on.after(ms(1), [HIGH]) is on
