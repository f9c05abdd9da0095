"""Nonin ASCII: what is in a line, and what a line may be."""

import pytest

from devices.nonin_ascii import TROUBLE, NoninAscii, values
from devices.numeric import Numeric, Parameter, Validity

T_MS = 1_700_000_000_000


def read(line: bytes) -> list[Numeric]:
    return NoninAscii().receive(line + b"\r\n", T_MS)


def test_a_line_is_saturation_and_pulse_rate() -> None:
    assert read(b"SPO2=098 HR=072") == [
        Numeric(Parameter.SPO2, 98.0, T_MS),
        Numeric(Parameter.PR, 72.0, T_MS),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"SPO2=098 HR=072 F",
        b"SPO2=098 HR=072*",
        b"SPO2=098 HR=072 F*",
        b"SPO2=098  HR=072 ",
        b"SPO2= 98 HR= 72",
        b"SPO2=98 HR=72",
        b"23:59:59 SPO2=098 HR=072",
    ],
)
def test_a_line_has_several_forms(line: bytes) -> None:
    assert read(line) == read(b"SPO2=098 HR=072")


def test_dashes_are_no_value() -> None:
    for numeric in read(b"SPO2=--- HR=---"):
        assert (numeric.value, numeric.validity) == (None, Validity.INVALID)
        assert numeric.reason == "no value"


def test_each_of_both_is_judged_by_itself() -> None:
    assert values(b"SPO2=--- HR=072") == (None, 72)
    assert values(b"SPO2=098 HR=---") == (98, None)
    assert [n.value for n in read(b"SPO2=000 HR=072")] == [None, 72.0]


@pytest.mark.parametrize(
    "line",
    [
        b"SPO2=XXX HR=YYY",
        b"PO2=098 HR=072",
        b" SPO2=098 HR=072",
        b"SPO2=098 HR=072x",
        b"SPO2=098 HR=072 G",
        b"SPO2=098HR=072",
        b"SPO2=098",
        b"SPO2=09- HR=072",
        b"SPO2=-- HR=072",
        b"SPO2=101 HR=072",
        b"SPO2=098 HR=351",
        b"SPO2=0098 HR=072",
        b"SPO2=+98 HR=072",
        b"spo2=098 hr=072",
        b"SPO2=098 HR=072SPO2=098 HR=072",
        b"SPO2=\xb2\xb2\xb2 HR=072",
        b"SpO2=097 PR=069",
    ],
)
def test_a_line_is_taken_whole_or_not_at_all(line: bytes) -> None:
    driver = NoninAscii()
    assert driver.receive(line + b"\r\n", T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)


def test_another_output_is_a_trouble_until_a_line_is_accepted() -> None:
    driver = NoninAscii()
    driver.receive(b"SpO2=097\r\n" * 5, T_MS)
    assert driver.trouble == TROUBLE
    driver.receive(b"SPO2=098 HR=072\r\n", T_MS)
    assert driver.trouble == ""
    driver.receive(b"\x80\x48\r\n" * 20, T_MS)
    assert driver.trouble == ""
    driver.receive(b"SpO2=097\r\n" * 5, T_MS)
    driver.connected(T_MS)
    assert driver.trouble == ""


def test_nothing_is_ever_sent() -> None:
    driver = NoninAscii()
    assert (driver.connected(T_MS), driver.due(T_MS + 60_000), driver.closing()) == (b"",) * 3
