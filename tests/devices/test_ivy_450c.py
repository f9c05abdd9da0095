"""Ivy 450C: what is in a message, and when a cuff reading is new."""

import pytest

from devices.ivy_450c import Ivy450C
from devices.numeric import CUFF, Numeric, Parameter, Validity
from tests.devices.small_lines import CASES, LOGS, NEXT_CUFF, WAVES, ivy
from tests.devices.small_lines import CUFF as READING

T_MS = 1_700_000_000_000


def opened() -> Ivy450C:
    driver = Ivy450C()
    driver.connected(T_MS)
    return driver


def read(message: bytes) -> dict[Parameter, Numeric]:
    return {n.parameter: n for n in opened().receive(message, T_MS)}


def cuff(driver: Ivy450C, nibp: str, s: float) -> list[float | str]:
    """What is told of the cuff for one message after so many seconds."""
    told = driver.receive(ivy(nibp=nibp), T_MS + round(s * 1000))
    return [n.reason if n.value is None else n.value for n in told if n.parameter in CUFF]


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("ivy_450c/")])
def test_the_constructed_messages_are_those_on_disk(name: str) -> None:
    assert (LOGS / f"{name}.raw").read_bytes() == CASES[name]


def test_a_message_is_all_parameters() -> None:
    told = read(ivy())
    assert {p: n.value for p, n in told.items()} == {
        Parameter.HR: 72.0,
        Parameter.SPO2: 97.0,
        Parameter.PR: 71.0,
        Parameter.RR: 14.0,
        Parameter.ETCO2: 38.0,
        Parameter.TEMP: 36.8,
    }
    assert {n.validity for n in told.values()} == {Validity.VALID}


@pytest.mark.parametrize("waves", [b"\xff" * 400, b"\xfe" * 400, b"\r" * 400, WAVES[::-1]])
def test_waves_are_passed_over_whatever_they_hold(waves: bytes) -> None:
    assert read(ivy(waves=waves)) == read(ivy())


@pytest.mark.parametrize("text", ["", " ", "---", "--", "OFF"])
def test_a_field_without_a_digit_is_no_value(text: str) -> None:
    told = read(ivy(hr=f"{text};II;", spo2=f"{text};PR={text};"))
    for parameter in (Parameter.HR, Parameter.SPO2, Parameter.PR):
        assert (told[parameter].value, told[parameter].reason) == (None, "no value")


@pytest.mark.parametrize("label", ["SPO2", "Pleth", "P1", "ART", "NIBP"])
def test_a_pulse_is_no_heart_rate(label: str) -> None:
    heart = read(ivy(hr=f"72;{label};"))[Parameter.HR]
    assert (heart.value, heart.reason) == (None, "not from ECG")


@pytest.mark.parametrize("label", ["II", "", "V", "aVR", "LEAD III"])
def test_a_lead_is_one(label: str) -> None:
    assert read(ivy(hr=f"72;{label};"))[Parameter.HR].value == 72.0


def test_zero_and_units_that_are_not_ours_are_no_values() -> None:
    told = read(ivy(spo2="0;PR=0;", etco2="5.1;;", t1="98.2;;"))
    reasons = {p.value: n.reason for p, n in told.items() if n.value is None}
    assert reasons == {
        "SpO2": "no value (0)",
        "PR": "no value (0)",
        "EtCO2": "unit unknown",
        "Temp": "out of range",
    }


def test_the_last_line_may_end_with_the_message() -> None:
    assert read(ivy()[:-2] + b"\xfe") == read(ivy())


def test_the_second_temperature_stands_in_for_the_first() -> None:
    message = ivy(t1=";;").replace(b"T2=;;;", b"T2=;37.1;;")
    assert read(message)[Parameter.TEMP].value == 37.1


def test_a_line_that_is_not_there_says_nothing() -> None:
    message = ivy().replace(b"RR=;14;;\r", b"").replace(b"NIBP=;;;;;;\r", b"XY=;1;2;3;\r")
    assert Parameter.RR not in read(message)
    assert read(message)[Parameter.HR].value == 72.0


@pytest.mark.parametrize(
    "message",
    [
        ivy().replace(b"ANSAR-B ", b"ANSAR-A "),
        ivy(waves=WAVES[1:]),
        ivy(waves=WAVES[3:]),
        ivy(more="HR=;72;II;\r"),
        ivy(more="HR=;72;II;"),
        ivy(hr="72"),
        ivy(hr="7 2;II;"),
        ivy(hr="-72;II;"),
        ivy(hr="+72;II;"),
        ivy(hr="1072;II;"),
        ivy(hr="7\x7f;II;"),
        ivy(spo2="101;PR=71;"),
        ivy(spo2="97;PR=7x;"),
        ivy(nibp="301;76;90;71;;"),
        ivy(nibp="118;76;90;71"),
        ivy(t1="36.812;;"),
        ivy(more="hr=;72;II;\r"),
        ivy(more="=;72;II;\r"),
    ],
)
def test_a_message_is_taken_whole_or_not_at_all(message: bytes) -> None:
    driver = opened()
    assert driver.receive(message + b"\r\n", T_MS) == []
    assert driver.accepted == 0
    assert driver.refused >= 1
    assert len(driver.receive(ivy(), T_MS)) == 6


def test_a_message_without_its_end_costs_itself_alone() -> None:
    driver = opened()
    assert len(driver.receive(ivy()[:-1] + ivy() + ivy()[:300] + ivy(), T_MS)) == 12
    assert (driver.accepted, driver.refused) == (2, 2)


def test_endless_text_does_not_gather() -> None:
    driver = opened()
    for _ in range(100):
        driver.receive(b"\xffANSAR-B " + b"x" * 5000, T_MS)
    assert driver.accepted == 0
    assert len(driver.receive(b"\xfe" + ivy(), T_MS)) == 6


def test_what_the_cuff_shows_first_is_before_connection() -> None:
    driver = opened()
    assert cuff(driver, READING, 1)[0] == "before connection 118"
    assert [cuff(driver, READING, s) for s in (2, 3, 4)] == [[], [], []]


def test_a_reading_is_told_once() -> None:
    driver = opened()
    assert cuff(driver, ";;;;;", 1) == []
    assert cuff(driver, READING, 2) == [118.0, 76.0, 90.0]
    assert [cuff(driver, READING, s) for s in range(3, 200)] == [[]] * 197
    assert cuff(driver, NEXT_CUFF, 200) == [124.0, 80.0, 95.0]


def test_the_same_numbers_with_another_pulse_are_a_reading() -> None:
    driver = opened()
    cuff(driver, ";;;;;", 1)
    cuff(driver, READING, 2)
    assert cuff(driver, "118;76;90;72;;", 3) == [118.0, 76.0, 90.0]


@pytest.mark.parametrize(("absent", "new"), [(3, False), (9, False), (10, True), (40, True)])
def test_the_same_numbers_again_are_new_after_an_absence(absent: int, new: bool) -> None:
    driver = opened()
    cuff(driver, ";;;;;", 1)
    cuff(driver, READING, 2)
    for s in range(absent):
        assert cuff(driver, ";;;;;", 3 + s) == []
    assert bool(cuff(driver, READING, 3 + absent)) == new


def test_a_part_that_vanishes_is_no_reading() -> None:
    driver = opened()
    cuff(driver, ";;;;;", 1)
    cuff(driver, READING, 2)
    assert cuff(driver, "118;76;;71;;", 3) == []
    assert cuff(driver, READING, 4) == []


def test_connecting_again_tells_nothing_twice() -> None:
    driver = opened()
    cuff(driver, ";;;;;", 1)
    cuff(driver, READING, 2)
    driver.connected(T_MS + 30_000)
    assert cuff(driver, READING, 31) == []
    driver.connected(T_MS + 60_000)
    assert cuff(driver, NEXT_CUFF, 61)[0] == "before connection 124"


def test_a_reading_of_an_unwatched_time_has_none() -> None:
    driver = opened()
    cuff(driver, ";;;;;", 1)
    assert cuff(driver, READING, 90)[0] == "time unknown 118"


def test_nothing_is_ever_sent() -> None:
    driver = Ivy450C()
    assert (driver.connected(T_MS), driver.due(T_MS + 60_000), driver.closing()) == (b"",) * 3
