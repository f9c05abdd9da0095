"""Masimo ASCII-1: what is in a line, and what a line may be."""

import pytest

from devices.driver import BATTERY_LOW, FrameError
from devices.masimo_ascii1 import TROUBLE, MasimoAscii1, fields
from devices.numeric import Numeric, Parameter, Validity

T_MS = 1_700_000_000_000
RAD8 = (
    b"03/19/16 13:37:12 SN=0000093112 SPO2=098% BPM=072 DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800"
)


def read(line: bytes = RAD8) -> list[Numeric]:
    driver = MasimoAscii1()
    driver.receive(RAD8 + b"\r\n", T_MS - 1000)  # its serial number was said before
    return driver.receive(line + b"\r\n", T_MS)


def with_(old: bytes, new: bytes) -> bytes:
    assert old in RAD8
    return RAD8.replace(old, new)


def with_exc(exc: int, spo2: bytes = b"098", bpm: bytes = b"072") -> bytes:
    line = with_(b"000800", b"%06X" % exc)
    return line.replace(b"SPO2=098", b"SPO2=" + spo2).replace(b"BPM=072", b"BPM=" + bpm)


def test_a_line_is_saturation_and_pulse_rate() -> None:
    assert read() == [Numeric(Parameter.SPO2, 98.0, T_MS), Numeric(Parameter.PR, 72.0, T_MS)]


@pytest.mark.parametrize(
    ("bit", "reason", "validity"),
    [
        (0x1, "no sensor", Validity.UNAVAILABLE),
        (0x2, "defective sensor", Validity.INVALID),
        (0x8, "pulse search", Validity.INVALID),
        (0x20, "probe off", Validity.INVALID),
        (0x40, "too much light", Validity.INVALID),
        (0x80, "unrecognised sensor", Validity.INVALID),
        (0x100, "incompatible sensor", Validity.INVALID),
        (0x1000, "no cable", Validity.UNAVAILABLE),
        (0x10000, "defective cable", Validity.INVALID),
    ],
)
@pytest.mark.parametrize(("spo2", "bpm"), [(b"098", b"072"), (b"---", b"---"), (b"000", b"000")])
def test_the_device_disowns_its_numbers(
    bit: int, reason: str, validity: Validity, spo2: bytes, bpm: bytes
) -> None:
    for numeric in read(with_exc(0x800 | bit, spo2, bpm)):
        assert (numeric.value, numeric.reason, numeric.validity) == (None, reason, validity)


@pytest.mark.parametrize(
    ("exc", "doubt"),
    [
        (0x4, "low perfusion"),
        (0x10, "interference"),
        (0x400, "low signal quality"),
        (0x414, "low perfusion, interference, low signal quality"),
    ],
)
def test_the_device_doubts_its_numbers(exc: int, doubt: str) -> None:
    assert [n.value for n in read(with_exc(exc))] == [98.0, 72.0]
    assert {(n.validity, n.reason) for n in read(with_exc(exc))} == {(Validity.QUESTIONABLE, doubt)}


@pytest.mark.parametrize("exc", [0x200, 0x800, 0x2000, 0x40000, 0x200000, 0x400000])
def test_bits_that_say_nothing_of_saturation_and_pulse(exc: int) -> None:
    assert {n.validity for n in read(with_exc(exc))} == {Validity.VALID}


@pytest.mark.parametrize(
    ("exc", "reason"),
    [
        (0x0, "no value"),
        (0x800, "no value"),
        (0x4, "low perfusion"),
        (0x20000, "sensor calibrating"),
        (0x8000, "unrecognised cable"),
        (0x24, "probe off"),
        (0x21, "no sensor"),
    ],
)
def test_dashes_have_a_reason(exc: int, reason: str) -> None:
    for numeric in read(with_exc(exc, b"---", b"---")):
        assert (numeric.value, numeric.reason) == (None, reason)


def test_zero_is_never_a_measurement() -> None:
    for numeric in read(with_exc(0x800, b"000", b"000")):
        assert (numeric.value, numeric.reason) == (None, "no value (0)")


def test_each_of_both_is_judged_by_itself() -> None:
    spo2, pr = read(with_exc(0x800, b"---", b"072"))
    assert (spo2.value, pr.value) == (None, 72.0)


def test_fields_are_found_by_name() -> None:
    line = b"01/01/20 00:00:00   EXC=800  ALARM=10  BPM=055   SPO2=093%  "
    assert [n.value for n in read(line)] == [93.0, 55.0]


def test_a_lone_hash_is_passed_over() -> None:
    assert read(with_(b"DESAT=-- ", b"DESAT=-- # ")) == read()


def test_a_key_that_is_not_known_yet_is_passed_over() -> None:
    assert read(with_(b"DESAT=--", b"RRA=--.- ORI=0.34")) == read()


@pytest.mark.parametrize(
    "line",
    [
        RAD8[1:],
        b" " + RAD8,
        RAD8 + b"x",
        RAD8 + b" x",
        RAD8 + b" X=",
        RAD8 + b" BPM=072",
        RAD8 * 2,
        with_(b" SPO2=098%", b""),
        with_(b" BPM=072", b""),
        with_(b" ALARM=0000", b""),
        with_(b" EXC=000800", b""),
        with_(b"SPO2=098%", b"SPO2=098"),
        with_(b"SPO2=098%", b"SPO2=98%"),
        with_(b"SPO2=098%", b"SPO2=101%"),
        with_(b"SPO2=098%", b"SPO2=-98%"),
        with_(b"SPO2=098%", b"SPO2=0-8%"),
        with_(b"SPO2=098%", b"SpO2=098%"),
        with_(b"BPM=072", b"BPM=301"),
        with_(b"BPM=072", b"BPM=+72"),
        with_(b"BPM=072", b"BPM=72.0"),
        with_(b"BPM=072", b"BPM= 072"),
        with_(b"EXC=000800", b"EXC=00080"),
        with_(b"EXC=000800", b"EXC=00080G"),
        with_(b"EXC=000800", b"EXC=------"),
        with_(b"PIDELTA=+--", b"PIDELTA=+-1"),
        with_(b"03/19/16", b"19/03/16 "),
        with_(b" DESAT", b"\tDESAT"),
        with_(b"=098%", "=٠٩٨%".encode()),
        with_(b"=098%", b"=\xb2\xb2\xb2%"),
    ],
)
def test_a_line_is_taken_whole_or_not_at_all(line: bytes) -> None:
    driver = MasimoAscii1()
    assert driver.receive(line + b"\r\n", T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)
    with pytest.raises(FrameError):
        fields(line)


def test_the_serial_number_is_the_identity_once_it_was_repeated() -> None:
    driver = MasimoAscii1()
    assert driver.receive(RAD8 + b"\r\n", T_MS) == []
    assert (driver.accepted, driver.refused, driver.identity) == (0, 1, None)
    assert len(driver.receive(RAD8 + b"\r\n", T_MS)) == 2
    assert (driver.accepted, driver.refused, driver.identity) == (1, 1, "0000093112")
    driver.receive(with_(b"0000093112", b"----------") + b"\r\n", T_MS)
    assert driver.identity == "0000093112"
    driver.connected(T_MS)
    assert driver.identity is None
    assert len(driver.receive(RAD8 + b"\r\n", T_MS)) == 2, "the same monitor is known at once"
    assert driver.identity == "0000093112"


def test_no_value_of_another_monitor_is_told_before_it_is_known_to_be_another() -> None:
    driver = MasimoAscii1()
    driver.receive((RAD8 + b"\r\n") * 2, T_MS)
    other = with_(b"0000093112", b"0000093113") + b"\r\n"
    assert (driver.receive(other, T_MS), driver.identity) == ([], "0000093112")
    assert len(driver.receive(RAD8 + b"\r\n", T_MS)) == 2, "it was damage"
    assert (driver.receive(other, T_MS), driver.identity) == ([], "0000093112")
    assert len(driver.receive(other, T_MS)) == 2
    assert driver.identity == "0000093113"


@pytest.mark.parametrize(
    ("alarm", "weakness"),
    [(b"0040", BATTERY_LOW), (b"40", BATTERY_LOW), (b"0052", BATTERY_LOW), (b"FFBF", "")],
)
def test_low_battery_is_a_weakness_while_it_is_said(alarm: bytes, weakness: str) -> None:
    driver = MasimoAscii1()
    driver.receive((RAD8 + b"\r\n") * 2, T_MS)
    driver.receive(with_(b"ALARM=0000", b"ALARM=" + alarm) + b"\r\n", T_MS)
    assert driver.weakness == weakness
    driver.receive(with_exc(0x840) + b"\r\n", T_MS)  # too much light, no matter of the battery
    assert driver.weakness == ""


@pytest.mark.parametrize("number", [b"SN=---------- ", b"SN=0000000000 ", b""])
def test_a_monitor_without_a_number_has_no_identity(number: bytes) -> None:
    driver = MasimoAscii1()
    driver.receive(with_(b"SN=0000093112 ", number) + b"\r\n", T_MS)
    assert (driver.accepted, driver.identity) == (1, None)


def test_another_output_is_a_trouble_until_a_line_is_accepted() -> None:
    driver = MasimoAscii1()
    trend = b"09/21/08 09:56:12 SpO2=097 PR=069 PI=04.69 EXC=800:SET\r\n"
    driver.receive(trend * 4, T_MS)
    assert driver.trouble == ""
    driver.receive(trend, T_MS)
    assert driver.trouble == TROUBLE
    driver.receive((RAD8 + b"\r\n") * 2, T_MS)
    assert driver.trouble == ""
    driver.receive(trend * 4, T_MS)
    assert driver.trouble == ""


def test_refused_lines_count_only_in_a_row() -> None:
    driver = MasimoAscii1()
    driver.receive((b"?\r\n" * 4 + RAD8 + b"\r\n") * 3, T_MS)
    assert (driver.accepted, driver.refused, driver.trouble) == (2, 13, "")


def test_a_wrong_speed_is_not_taken_for_a_wrong_output() -> None:
    driver = MasimoAscii1()
    driver.receive(b"\x80\xf8\x07\r\n" * 20, T_MS)
    assert (driver.refused, driver.trouble) == (20, "")


def test_connecting_again_forgets_the_trouble() -> None:
    driver = MasimoAscii1()
    driver.receive(b"hello\r\n" * 5, T_MS)
    driver.connected(T_MS)
    driver.receive(b"hello\r\n" * 4, T_MS)
    assert driver.trouble == ""


def test_nothing_is_ever_sent() -> None:
    driver = MasimoAscii1()
    assert (driver.connected(T_MS), driver.due(T_MS + 60_000), driver.closing()) == (b"",) * 3
