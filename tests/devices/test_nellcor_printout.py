"""The Nellcor printout: data, headers, the trend memory, and XON."""

import pytest

from devices.driver import BATTERY_LOW
from devices.nellcor_printout import TROUBLE, NellcorPrintout
from devices.numeric import Numeric, Parameter, Validity

T_MS = 1_700_000_000_000
HEADER = b"NPB-295 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM"
COLUMNS = b"TIME %SPO2 BPM PA Status"
DATA = b"12-NOV-98 14:00:05 98 72 50"
TREND = b"NPB-290 VERSION 1.0.0.1 TREND SpO2 Limit: 30-100% PR Limit: 100-180BPM"


def read(*lines: bytes) -> list[Numeric]:
    return NellcorPrintout().receive(b"".join(line + b"\r\n" for line in lines), T_MS)


def test_a_line_is_saturation_and_pulse_rate() -> None:
    assert read(DATA) == [Numeric(Parameter.SPO2, 98.0, T_MS), Numeric(Parameter.PR, 72.0, T_MS)]


@pytest.mark.parametrize(
    "line",
    [
        b"12-NOV-98 14:00:05 98* 72* 50",
        b"12-NOV-98 14:00:05   98    72    50  ",
        b"12-NOV-98 14:00:05 98 72 ---",
        b"12-NOV-98 14:00:05 98 72 50 AO AS LB PH PL SH SL",
        b"12-NOV-98 14:00:05 098 072 050   SL",
    ],
)
def test_a_line_has_several_forms(line: bytes) -> None:
    assert read(line) == read(DATA)


@pytest.mark.parametrize(
    ("codes", "reason", "validity"),
    [
        (b"SD", "no sensor", Validity.UNAVAILABLE),
        (b"SO", "probe off", Validity.INVALID),
        (b"LP", "pulse lost", Validity.INVALID),
        (b"LM", "pulse lost", Validity.INVALID),
        (b"LP MO AO", "pulse lost", Validity.INVALID),
        (b"AO MO LP", "pulse lost", Validity.INVALID),
        (b"SD AS LB", "no sensor", Validity.UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("values", [b" 98 72 50", b" --- --- ---", b" 0 0 0", b""])
def test_the_monitor_disowns_its_numbers(
    codes: bytes, reason: str, validity: Validity, values: bytes
) -> None:
    numerics = read(DATA[:18] + values + b" " + codes)
    assert [n.parameter for n in numerics] == [Parameter.SPO2, Parameter.PR]
    assert {(n.value, n.validity, n.reason) for n in numerics} == {(None, validity, reason)}


@pytest.mark.parametrize(
    ("codes", "doubt"),
    [
        (b"PS", "pulse search"),
        (b"MO", "interference"),
        (b"MO AO PS", "pulse search, interference"),
        (b"QQ", "status QQ"),
        (b"BU", "status BU"),
        (b"QQ MO QQ", "interference, status QQ"),
    ],
)
def test_the_monitor_doubts_its_numbers(codes: bytes, doubt: str) -> None:
    numerics = read(DATA + b" " + codes)
    assert [n.value for n in numerics] == [98.0, 72.0]
    assert {(n.validity, n.reason) for n in numerics} == {(Validity.QUESTIONABLE, doubt)}


def test_no_value_has_a_reason() -> None:
    assert [n.reason for n in read(DATA[:18])] == ["no value"] * 2
    assert [n.reason for n in read(DATA[:18] + b" --- --- ---")] == ["no value"] * 2
    assert [n.reason for n in read(DATA[:18] + b" --- --- --- PS")] == ["pulse search"] * 2
    assert [n.reason for n in read(DATA[:18] + b" 0 0 0")] == ["no value (0)"] * 2
    assert [n.value for n in read(DATA[:18] + b" --- 72 50")] == [None, 72.0]


@pytest.mark.parametrize(
    "line",
    [
        DATA[1:],
        b" " + DATA,
        DATA + b"x",
        DATA + b" S",
        DATA + b" SLL",
        DATA + b" sl",
        DATA[:18] + b" 98 72",
        DATA[:18] + b" 98",
        DATA[:18] + b" 101 72 50",
        DATA[:18] + b" 98 351 50",
        DATA[:18] + b" 9- 72 50",
        DATA[:18] + b" 98 -72 50",
        DATA[:18] + b" - - -",
        DATA[:18] + b" -- -- --",
        DATA[:18] + b" 98 72 -",
        DATA.replace(b"12-NOV", b"31-NOV"),
        DATA.replace(b"12-NOV", b"00-NOV"),
        DATA.replace(b"12-NOV", b"39-FEB"),
        DATA.replace(b"12-NOV-98", b"29-FEB-97"),
        DATA.replace(b"14:00:05", b"24:00:00"),
        DATA.replace(b"14:00:05", b"29:59:59"),
        DATA[:18] + b" 98 72.0 50",
        DATA[:18] + b" 98 72 50 50",
        DATA.replace(b"NOV", b"N0V"),
        DATA.replace(b"14:00", b"14:60"),
        DATA + DATA,
        HEADER[1:],
        HEADER[:-3],
        b"TIME SPO2 BPM",
    ],
)
def test_a_line_is_taken_whole_or_not_at_all(line: bytes) -> None:
    driver = NellcorPrintout()
    assert driver.receive(line + b"\r\n", T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)


def heard(driver: NellcorPrintout, *lines: bytes) -> list[Numeric]:
    return driver.receive(b"".join(line + b"\r\n" for line in lines), T_MS)


@pytest.mark.parametrize("model", NellcorPrintout.facts.models)
def test_headers_are_no_values_and_two_that_agree_name_the_model(model: str) -> None:
    driver = NellcorPrintout()
    header = HEADER.replace(b"NPB-295", model.encode())
    assert heard(driver, header, b"NEO 100SAT-S SPO2 RESP MODE: FAST", COLUMNS) == []
    assert (driver.accepted, driver.refused, driver.identity) == (3, 0, None)
    assert {x.validity for x in heard(driver, DATA)} == {Validity.VALID}
    heard(driver, header, COLUMNS)
    assert driver.identity == model
    driver.connected(T_MS)
    assert driver.identity is None
    heard(driver, header)
    assert driver.identity == model, "the model of before is known at once"


def test_a_leap_day_is_a_day() -> None:
    assert len(read(DATA.replace(b"12-NOV-98", b"29-FEB-24"))) == 2


def test_a_model_that_is_none_of_ours_is_no_identity() -> None:
    driver = NellcorPrintout()
    other = HEADER.replace(b"NPB-295", b"NPB-2X5")
    heard(driver, HEADER, HEADER, other, other)
    assert (driver.accepted, driver.refused, driver.identity) == (4, 0, "NPB-295")


def test_values_after_another_model_s_header_are_in_doubt_until_the_next() -> None:
    driver = NellcorPrintout()
    other = HEADER.replace(b"NPB-295", b"NPB-290")
    heard(driver, HEADER, HEADER, other)
    assert driver.identity == "NPB-295"
    assert {(x.validity, x.reason) for x in heard(driver, DATA, DATA + b" MO")} == {
        (Validity.QUESTIONABLE, "another monitor?"),
        (Validity.QUESTIONABLE, "another monitor?, interference"),
    }
    assert {x.reason for x in heard(driver, HEADER, COLUMNS, DATA)} == {""}, "it was damage"
    heard(driver, other, other)
    assert driver.identity == "NPB-290"
    assert {x.reason for x in heard(driver, DATA)} == {""}


def test_low_battery_is_a_weakness_while_it_is_said() -> None:
    driver = NellcorPrintout()
    heard(driver, DATA + b" LB")
    assert driver.weakness == BATTERY_LOW
    heard(driver, TREND, DATA, b"Output Complete")
    assert driver.weakness == BATTERY_LOW
    heard(driver, DATA)
    assert driver.weakness == ""
    heard(driver, DATA[:18] + b" SD LB")
    driver.connected(T_MS)
    assert driver.weakness == ""


@pytest.mark.parametrize("begin", [(TREND, COLUMNS[:-7]), (TREND,), (COLUMNS[:-7],)])
def test_the_trend_memory_is_refused(begin: tuple[bytes, ...]) -> None:
    assert read(*begin, DATA, DATA) == []
    assert len(read(*begin, DATA, b"Output Complete", DATA)) == 2
    assert len(read(*begin, DATA, HEADER, COLUMNS, DATA)) == 2
    assert len(read(*begin, DATA, COLUMNS, DATA)) == 2


def test_connecting_again_forgets_the_trend() -> None:
    driver = NellcorPrintout()
    driver.receive(TREND + b"\r\n", T_MS)
    driver.connected(T_MS)
    assert len(driver.receive(DATA + b"\r\n", T_MS)) == 2


def test_other_lines_are_a_trouble_until_one_is_accepted() -> None:
    driver = NellcorPrintout()
    driver.receive(b"hello\r\n" * 5, T_MS)
    assert driver.trouble == TROUBLE
    driver.receive(DATA + b"\r\n", T_MS)
    assert driver.trouble == ""


def test_a_silent_monitor_is_let_go_on() -> None:
    driver = NellcorPrintout()
    assert driver.connected(T_MS) == b""
    assert driver.due(T_MS + 5_999) == b""
    assert driver.due(T_MS + 6_000) == b"\x11"
    assert driver.due(T_MS + 11_999) == b""
    driver.receive(b"1", T_MS + 11_999)
    assert driver.due(T_MS + 17_998) == b""
    assert driver.due(T_MS + 17_999) == b"\x11"
    assert driver.closing() == b""
