"""The technical conditions, and what the monitor itself says: each begins, rises and ends."""

from dataclasses import replace

import pytest

from devices.driver import BATTERY_LOW
from devices.numeric import PUMP, Parameter, Validity, no_value
from monitor.alarms.limits import Phase
from monitor.alarms.situation import Host, Room, Screens, room_of
from tests.alarms.bedside import PRESET, cuff, cuff_word, ms, quiet_chair, states

HR, PR, RR, SPO2 = Parameter.HR, Parameter.PR, Parameter.RR, Parameter.SPO2
RULES = PRESET.rules


# Battery.


def test_a_low_battery_is_told_while_the_device_says_so() -> None:
    bedside = quiet_chair(periods={1: 1.0, 2: 1.0})
    bedside.details[2] = BATTERY_LOW
    bedside.hear(0, 1)
    bedside.hear(0, 2)
    assert states(bedside.tick(0)) == [("battery_low_2", "active", "low")]
    assert bedside.one("battery_low_2").text == "Battery low: Monitor 2"
    bedside.details[2] = "standby"
    assert states(bedside.tick(1)) == [("battery_low_2", "cleared", "low")]


def test_a_silent_device_does_not_say_that_its_battery_is_low() -> None:
    bedside = quiet_chair(details={1: BATTERY_LOW})
    bedside.hear(0)
    bedside.tick(9.999)
    assert bedside.priority("battery_low_1") == "low"
    bedside.tick(10)
    assert set(bedside.engine.on) == {"no_data_1"}


# What the monitor itself says.


@pytest.mark.parametrize(
    ("condition", "parameter", "reason", "text"),
    [
        ("apnoea", RR, "apnea (monitor)", "APNOEA: RR, says the monitor"),
        ("apnoea", RR, "apnoea", "APNOEA: RR, says the monitor"),
        ("asystole", HR, "asystole (monitor)", "ASYSTOLE: HR, says the monitor"),
    ],
)
def test_what_the_monitor_says_is_high_at_once_and_latches(
    condition: str, parameter: Parameter, reason: str, text: str
) -> None:
    bedside = quiet_chair(expected=(parameter,))
    bedside.none(0, parameter, reason=reason)
    assert states(bedside.tick(0)) == [(condition, "active", "high")]
    x = bedside.one(condition)
    assert (x.text, x.kind, x.parameter) == (text, "physiological", parameter)
    bedside.none(5, parameter, reason="leads off")
    assert states(bedside.tick(5)) == [(f"{parameter.value.lower()}_missing", "active", "low")]
    bedside.value(6, 60, parameter)
    assert states(bedside.tick(6)) == [
        (condition, "latched", "high"),
        (f"{parameter.value.lower()}_missing", "cleared", "low"),
    ]


def test_an_old_word_neither_begins_nor_ends_it() -> None:
    bedside = quiet_chair()
    bedside.none(0, RR, reason="apnea (monitor)")
    bedside.tick(10)
    assert bedside.priority("apnoea") == ""
    bedside.none(11, RR, reason="apnea (monitor)")
    bedside.tick(20.999)
    assert bedside.priority("apnoea") == "high"
    bedside.tick(300)
    assert bedside.priority("apnoea") == "high"
    bedside.restart(301)
    bedside.tick(302)
    assert bedside.priority("apnoea") == "high", "a restart ends nothing"


@pytest.mark.parametrize(
    ("rr", "etco2", "alarms"),
    [
        ("apnea (monitor)", "apnea (monitor)", {"apnoea"}),
        ("apnea (monitor)", "no value", {"apnoea", "etco2_missing"}),
        (14, "apnea (monitor)", {"etco2_missing"}),
        ("no value", "apnea (monitor)", {"rr_missing", "etco2_missing"}),
    ],
)
def test_no_breath_is_told_once(rr: str | float, etco2: str, alarms: set[str]) -> None:
    bedside = quiet_chair(expected=(RR, Parameter.ETCO2))
    bedside.none(0, Parameter.ETCO2, reason=etco2)
    if isinstance(rr, str):
        bedside.none(0, RR, reason=rr)
    else:
        bedside.value(0, rr, RR)
    bedside.tick(0)
    assert set(bedside.engine.on) == alarms


def test_a_word_that_no_alarm_says_is_missing() -> None:
    bedside = quiet_chair(expected=(SPO2,))
    bedside.none(0, SPO2, reason="asystole (monitor)")
    bedside.tick(0)
    assert set(bedside.engine.on) == {"spo2_missing"}


# Missing values that another one tells.


@pytest.mark.parametrize(
    ("expected", "pulse", "spo2", "missing"),
    [
        ((SPO2, PR), "probe off", "probe off", {"spo2_missing"}),
        ((SPO2, PR), "no pulse", "probe off", {"spo2_missing", "pr_missing"}),
        ((PR,), "probe off", "probe off", {"pr_missing"}),
        ((SPO2, PR), "probe off", None, {"pr_missing"}),
        ((SPO2, PR), None, "probe off", {"spo2_missing"}),
    ],
)
def test_one_probe_is_told_once(
    expected: tuple[Parameter, ...], pulse: str | None, spo2: str | None, missing: set[str]
) -> None:
    bedside = quiet_chair(expected=expected)
    for parameter, reason in ((PR, pulse), (SPO2, spo2)):
        if reason is None:
            bedside.value(0, 97, parameter)
        else:
            bedside.none(0, parameter, reason=reason)
    bedside.tick(0)
    assert set(bedside.engine.on) == missing


def test_a_pulse_of_another_device_is_missing_by_itself() -> None:
    bedside = quiet_chair(expected=(SPO2, PR), periods={1: 1.0, 2: 1.0})
    bedside.none(0, SPO2, source=1)
    bedside.none(0, PR, source=2)
    bedside.tick(0)
    assert set(bedside.engine.on) == {"spo2_missing", "pr_missing"}


@pytest.mark.parametrize("seen", [True, False])
def test_a_pulse_is_missing_where_nothing_is_known_of_the_probe(seen: bool) -> None:
    bedside = quiet_chair(expected=(SPO2, PR))
    if seen:
        bedside.value(0, 97)
    bedside.none(3, PR)
    bedside.tick(3)
    assert set(bedside.engine.on) == {"pr_missing"}


def test_what_was_never_seen_is_quiet_only_while_every_device_is_silent() -> None:
    bedside = quiet_chair(expected=(SPO2,), periods={1: 1.0, 2: 1.0})
    bedside.tick(10)
    assert set(bedside.engine.on) == {"no_data_1", "no_data_2"}
    bedside.hear(11, 2)
    bedside.tick(11)
    assert set(bedside.engine.on) == {"no_data_1", "spo2_missing"}


def test_a_cuff_is_never_missing() -> None:
    bedside = quiet_chair(expected=(Parameter.NIBP_SYS,))
    bedside.say(0, *cuff_word(0, "no cuff", Validity.UNAVAILABLE))
    bedside.tick(0)
    assert bedside.engine.on == {}


# HR and PR.


@pytest.mark.parametrize(("hr", "pr", "apart"), [(60, 90, False), (60, 91, True), (91, 60, True)])
def test_hr_and_pr_apart_for_half_a_minute(hr: float, pr: float, apart: bool) -> None:
    bedside = quiet_chair()
    for at_s in range(0, 31, 5):
        bedside.value(at_s, hr, HR)
        bedside.value(at_s, pr, PR)
        bedside.tick(at_s)
        if at_s < 30:
            assert bedside.engine.on == {}
    text = f"HR {hr:.0f} and PR {pr:.0f} differ: check the leads and the probe"
    found = [(x.text, x.value, x.priority.word) for x in bedside.engine.on.values()]
    assert found == ([(text, hr, "low")] if apart else [])
    bedside.value(31, pr, HR)
    bedside.tick(31)
    assert bedside.engine.on == {}


@pytest.mark.parametrize("gone", [HR, PR])
def test_while_one_of_them_is_unknown_it_stays(gone: Parameter) -> None:
    bedside = quiet_chair(rules=replace(RULES, apart_s=5, apart=20))
    for at_s in range(6):
        bedside.value(at_s, 60, HR)
        bedside.value(at_s, 90, PR)
        bedside.tick(at_s)
    bedside.none(6, gone)
    bedside.tick(6)
    assert bedside.priority("hr_pr_apart") == "low"
    assert bedside.finding("hr_pr_apart", 6) is None
    assert "hr_pr_apart" in bedside.engine.unknown


# Sessions, screens, the computer.


def test_values_without_a_session_for_two_minutes() -> None:
    bedside = quiet_chair(phase=None)
    for at_s in range(0, 121, 5):
        bedside.value(at_s, 97)
        bedside.tick(at_s)
        assert bedside.priority("no_session") == ("low" if at_s == 120 else "")
    assert bedside.one("no_session").text == (
        "NO SESSION: values come, and nobody has opened a session"
    )
    bedside.phase = "baseline"
    assert states(bedside.tick(121)) == [("no_session", "cleared", "low")]
    bedside.phase = None
    bedside.tick(122)
    assert bedside.engine.state("no_session") == "pending"


def test_no_values_need_no_session() -> None:
    bedside = quiet_chair(phase=None, rules=replace(RULES, no_session_s=10))
    bedside.say(0, *cuff(0, 120, 80))
    for at_s in range(0, 60, 5):
        bedside.hear(at_s)
        bedside.tick(at_s)
    assert bedside.engine.on == {}, "a cuff reading stays long after its patient"


@pytest.mark.parametrize("parameter", PUMP)
def test_a_pump_on_an_empty_chair_asks_for_no_session_and_no_listener(parameter: Parameter) -> None:
    bedside = quiet_chair(phase=None, screens="none", rules=replace(RULES, no_session_s=10))
    for at_s in range(0, 60, 5):
        bedside.value(at_s, 30, parameter)
        bedside.tick(at_s)
    assert bedside.engine.on == {}


@pytest.mark.parametrize(
    ("screens", "phase", "values", "alarm"),
    [
        ("heard", "baseline", True, ""),
        ("seen", "baseline", True, "low"),
        ("none", "baseline", True, "medium"),
        ("none", None, True, "medium"),
        ("none", "baseline", False, "medium"),
        ("none", None, False, ""),
        ("seen", None, False, ""),
    ],
)
def test_nobody_listening(screens: Screens, phase: Phase | None, values: bool, alarm: str) -> None:
    bedside = quiet_chair(screens=screens, phase=phase)
    for at_s in range(16):
        bedside.hear(at_s)
        if values:
            bedside.value(at_s, 97)
        bedside.tick(at_s)
        assert bedside.priority("nobody_listening") == (alarm if at_s == 15 else "")
    texts = {
        "low": "Sound is off on every screen",
        "medium": "NOBODY LISTENING: no screen in sight",
    }
    assert [x.text for x in bedside.engine.on.values()] == ([texts[alarm]] if alarm else [])
    bedside.screens = "heard"
    bedside.tick(16)
    assert bedside.engine.on == {}


@pytest.mark.parametrize(
    ("condition", "host", "text"),
    [
        ("recorder_late", Host(late_ms=ms(0), late_s=4.26), "The recorder did not run for 4.3 s"),
        (
            "clock_stepped",
            Host(stepped_ms=ms(0), stepped_s=2.1),
            "The computer's clock was set by +2.1 s",
        ),
        (
            "clock_stepped",
            Host(stepped_ms=ms(0), stepped_s=-3600),
            "The computer's clock was set by -3600.0 s",
        ),
    ],
)
def test_what_happened_to_the_computer_is_told_for_a_minute(
    condition: str, host: Host, text: str
) -> None:
    bedside = quiet_chair(host=host)
    bedside.hear(55)
    bedside.tick(0)
    assert {x.condition: x.text for x in bedside.engine.on.values()} == {condition: text}
    assert bedside.priority(condition) == "low"
    bedside.tick(59.999)
    assert bedside.priority(condition) == "low"
    bedside.tick(60)
    assert bedside.engine.on == {}


@pytest.mark.parametrize("step_s", [2.0, -2.0, 0.5])
def test_a_small_step_of_the_clock_is_not_told(step_s: float) -> None:
    bedside = quiet_chair(host=Host(stepped_ms=ms(0), stepped_s=step_s))
    bedside.tick(0)
    assert bedside.engine.on == {}


@pytest.mark.parametrize(
    ("room", "alarm", "text"),
    [
        ("enough", "", ""),
        ("little", "low", "Disk nearly full: less than 1 GB left"),
        ("none", "medium", "Disk nearly full: less than 100 MB left"),
    ],
)
def test_the_disk(room: Room, alarm: str, text: str) -> None:
    bedside = quiet_chair(host=Host(room=room))
    bedside.tick(0)
    assert bedside.priority("disk_nearly_full") == alarm
    assert [x.text for x in bedside.engine.on.values()] == ([text] if alarm else [])


@pytest.mark.parametrize(
    ("free_bytes", "room"),
    [
        (99_999_999, "none"),
        (100_000_000, "little"),
        (999_999_999, "little"),
        (1_000_000_000, "enough"),
    ],
)
def test_how_much_room_is_how_much(free_bytes: int, room: Room) -> None:
    assert room_of(free_bytes) == room


def test_a_word_of_the_patient_before_says_nothing_of_the_next() -> None:
    bedside = quiet_chair()
    bedside.say(0, no_value(RR, ms(0), "apnea (monitor)"))
    bedside.knowledge.forget_before(ms(60))
    bedside.tick(60)
    assert bedside.priority("apnoea") == ""
