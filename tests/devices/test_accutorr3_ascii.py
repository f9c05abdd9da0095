"""Accutorr 3: what is in an answer, what we ask, and when a cuff reading is new."""

import pytest

from devices.accutorr3_ascii import Accutorr3Ascii
from devices.numeric import CUFF, Numeric, Parameter, Validity
from tests.devices.small_lines import ACCUTORR_EXAMPLE, CASES, LOGS, NONE_YET, accutorr

T_MS = 1_700_000_000_000


def opened() -> Accutorr3Ascii:
    driver = Accutorr3Ascii()
    driver.connected(T_MS)
    return driver


def heard(driver: Accutorr3Ascii, s: float, line: bytes) -> dict[Parameter, Numeric]:
    told = driver.receive(line, T_MS + round(s * 1000))
    assert len({n.parameter for n in told}) == len(told)
    return {n.parameter: n for n in told}


def read(line: bytes) -> dict[Parameter, Numeric]:
    return heard(opened(), 1, line)


def cuff(driver: Accutorr3Ascii, s: float, line: bytes) -> list[float | str]:
    told = heard(driver, s, line)
    return [n.reason if n.value is None else n.value for p in CUFF if (n := told.get(p))]


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("accutorr3_ascii/")])
def test_the_lines_are_those_on_disk(name: str) -> None:
    assert (LOGS / f"{name}.raw").read_bytes() == CASES[name]


def test_the_maker_s_example_is_not_refused() -> None:
    driver = opened()
    assert cuff(driver, 1, accutorr(**NONE_YET)) == []
    told = heard(driver, 6, ACCUTORR_EXAMPLE.replace(b" 5\r", b" 0\r"))
    assert driver.refused == 0
    assert [told[p].value for p in CUFF] == [120.0, 80.0, 45.0]
    assert told[Parameter.NIBP_SYS].validity is Validity.VALID
    for parameter in (Parameter.NIBP_DIA, Parameter.NIBP_MEAN):
        assert told[parameter].validity is Validity.QUESTIONABLE
        assert told[parameter].reason == "mean below diastolic"


def test_the_oximeter_s_values_are_of_now() -> None:
    told = read(accutorr())
    assert (told[Parameter.SPO2].value, told[Parameter.PR].value) == (97.0, 72.0)


def test_the_cuff_s_pulse_is_not_of_now() -> None:
    driver = opened()
    only = {"spo2": "--", "pr": " 85"}
    assert heard(driver, 1, accutorr(**only))[Parameter.PR].reason == "before connection 85"
    assert heard(driver, 6, accutorr(**only))[Parameter.PR].reason == "only with the cuff"
    new = heard(driver, 11, accutorr(sys="120", **only))
    assert (new[Parameter.PR].value, new[Parameter.NIBP_SYS].value) == (85.0, 120.0)
    assert heard(driver, 16, accutorr(sys="120", **only))[Parameter.PR].value is None


@pytest.mark.parametrize(
    ("flags", "spo2", "pr"),
    [
        ("000,000,000", "", ""),
        ("001,000,000", "no sensor", "no sensor"),
        ("002,000,000", "probe off", "probe off"),
        ("006,000,000", "probe off", "probe off"),
        ("000,002,000", "not calibrated", "not calibrated"),
        ("000,001,000", "", "pulse rate above 250 (monitor)"),
        ("000,004,000", "", ""),
        ("010,000,000", "flagged by the monitor", "flagged by the monitor"),
        ("128,000,000", "", "pulse rate below 30 (monitor)"),
        ("080,000,000", "flagged by the monitor", "flagged by the monitor"),
    ],
)
def test_what_the_monitor_disowns_is_no_value(flags: str, spo2: str, pr: str) -> None:
    told = read(accutorr(flags=flags))
    for parameter, reason in ((Parameter.SPO2, spo2), (Parameter.PR, pr)):
        assert told[parameter].reason == reason
        assert (told[parameter].value is None) == bool(reason)


def test_interference_leaves_a_doubt() -> None:
    spo2 = read(accutorr(flags="004,000,000"))[Parameter.SPO2]
    assert (spo2.value, spo2.validity) == (97.0, Validity.QUESTIONABLE)


def test_what_the_cuff_shows_first_is_before_connection() -> None:
    driver = opened()
    assert cuff(driver, 1, accutorr(minutes="  0"))[0] == "before connection 118"
    assert cuff(driver, 6, accutorr(minutes="  0")) == []
    assert cuff(driver, 61, accutorr(minutes="  1")) == []


def test_a_reading_is_told_once() -> None:
    driver = opened()
    cuff(driver, 1, accutorr(**NONE_YET))
    assert cuff(driver, 6, accutorr()) == [118.0, 76.0, 90.0]
    for s in range(11, 300, 5):
        assert cuff(driver, s, accutorr(minutes=f"{s // 60:3d}")) == []
    assert cuff(driver, 301, accutorr()) == [118.0, 76.0, 90.0]


def test_other_numbers_within_the_minute_are_a_reading() -> None:
    driver = opened()
    cuff(driver, 1, accutorr())
    assert cuff(driver, 6, accutorr(dia=" 77")) == [118.0, 77.0, 90.0]


def test_a_reading_we_did_not_watch_has_the_time_that_its_minutes_tell() -> None:
    driver = opened()
    cuff(driver, 1, accutorr(**NONE_YET))
    told = heard(driver, 301, accutorr(minutes="  2"))
    assert told[Parameter.NIBP_SYS].t_ms == T_MS + 181_000
    assert told[Parameter.SPO2].t_ms == T_MS + 301_000


def test_connecting_again_tells_nothing_twice() -> None:
    driver = opened()
    cuff(driver, 1, accutorr(**NONE_YET))
    cuff(driver, 6, accutorr())
    driver.connected(T_MS + 120_000)
    assert cuff(driver, 121, accutorr(minutes="  1")) == []
    driver.connected(T_MS + 600_000)
    assert cuff(driver, 601, accutorr(minutes="  1"))[0] == "before connection 118"


def test_motion_is_a_doubt_and_overpressure_no_value() -> None:
    driver = opened()
    cuff(driver, 1, accutorr(**NONE_YET))
    told = heard(driver, 6, accutorr(flags="000,000,002"))
    assert {told[p].reason for p in CUFF} == {"motion"}
    assert cuff(driver, 11, accutorr(flags="000,000,001", sys="130")) == ["cuff overpressure"] * 3


@pytest.mark.parametrize("sign", [b">", b"> ", b">>", b"\r\n>\r\n>"])
def test_a_prompt_before_an_answer_is_passed_over(sign: bytes) -> None:
    driver = opened()
    driver.receive(sign + accutorr(), T_MS)
    assert (driver.accepted, driver.refused) == (1, 0)


@pytest.mark.parametrize(
    "line",
    [
        accutorr()[1:],
        accutorr().replace(b"P:", b"p:"),
        accutorr().replace(b"P:", b"PP:"),
        accutorr(spo2="101"),
        accutorr(pr="351"),
        accutorr(sys="301"),
        accutorr(sys="1118"),
        accutorr(sys="1>8"),
        accutorr(sys="---"),
        accutorr(sys=""),
        accutorr(sys="1 8"),
        accutorr(flags="000,000"),
        accutorr(flags="00,000,000"),
        accutorr(flags="999,000,000"),
        accutorr(flags="--,000,000"),
        accutorr(minutes=" 5,1"),
        b"L:100, 85,120, 45,160, 90,110, 60, 90, 50\r\n",
    ],
)
def test_a_line_is_taken_whole_or_not_at_all(line: bytes) -> None:
    driver = opened()
    assert driver.receive(line.replace(b"\r\n>", b"\r\n"), T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)


def test_the_prompt_is_asked_for_then_the_data() -> None:
    driver = Accutorr3Ascii()
    sent = [(0.0, driver.connected(T_MS))]
    due = ((quarter / 4, driver.due(T_MS + quarter * 250)) for quarter in range(1, 100))
    sent += [(s, words) for s, words in due if words]
    assert sent == [
        (0.0, b"\x03"), (1.0, b"P"), (6.0, b"P"),
        (11.0, b"\x03"), (12.0, b"P"), (17.0, b"P"), (22.0, b"\x03"), (23.0, b"P"),
    ]  # fmt: skip


def test_while_it_answers_only_data_are_asked_for() -> None:
    driver = opened()
    sent = set()
    for s in range(1, 300):
        if words := driver.due(T_MS + s * 1000):
            sent.add(words)
            driver.receive(accutorr(), T_MS + s * 1000)
    assert sent == {b"P"}
    assert driver.closing() == b""
