"""Nonin formats 2 and 7: frames, and the packets that 25 of them are."""

import pytest

from devices.nonin import Packets
from devices.nonin_format2 import NoninFormat2
from devices.nonin_format7 import NoninFormat7
from devices.numeric import Numeric, Parameter, Validity
from tests.devices.logs import FOLDER

T_MS = 1_700_000_000_000
PUBLISHED = (FOLDER / "nonin_format2" / "pufferfish_packet.raw").read_bytes()
FORMATS = [NoninFormat2, NoninFormat7]


def packet(
    driver: type[Packets],
    values: dict[int, int] | None = None,
    status: dict[int, int] | None = None,
) -> bytes:
    """A packet with HR-D 72 and SpO2-D 97; values and status bits by frame, counted from 1."""
    whole = b""
    for number in range(1, 26):
        value = {9: 97, 21: 72, **(values or {})}.get(number, 0)
        state = 0x80 | (number == 1) | (status or {}).get(number, 0)
        pleth = 3 * number
        frame = [1, state, pleth, value] if driver is NoninFormat2 else [state, pleth, 255, value]
        whole += bytes([*frame, sum(frame) % 256])
    return whole


def read(driver: type[Packets], data: bytes) -> list[Numeric]:
    return driver().receive(data, T_MS)


BOTH = [Numeric(Parameter.SPO2, 97.0, T_MS), Numeric(Parameter.PR, 72.0, T_MS)]


def test_the_published_packet() -> None:
    assert read(NoninFormat2, PUBLISHED) == BOTH
    assert read(NoninFormat7, PUBLISHED) == []


@pytest.mark.parametrize("driver", FORMATS)
def test_a_packet_is_told_once(driver: type[Packets]) -> None:
    assert read(driver, packet(driver) * 3) == BOTH * 3


@pytest.mark.parametrize("driver", FORMATS)
@pytest.mark.parametrize(
    ("high", "low", "pr"), [(0, 127, 127), (1, 0, 128), (2, 44, 300), (0x7C, 60, 60)]
)
def test_the_rate_is_packed_in_seven_bits(
    driver: type[Packets], high: int, low: int, pr: int
) -> None:
    assert read(driver, packet(driver, {20: high, 21: low}))[1].value == pr


@pytest.mark.parametrize("driver", FORMATS)
def test_only_the_values_for_display_are_read(driver: type[Packets]) -> None:
    others = {n: 55 for n in range(1, 26) if n not in (9, 20, 21)}
    assert read(driver, packet(driver, others)) == BOTH


@pytest.mark.parametrize("driver", FORMATS)
@pytest.mark.parametrize(
    ("bit", "reason", "validity"),
    [
        (0x40, "no sensor", Validity.UNAVAILABLE),
        (0x10, "pulse lost", Validity.INVALID),
        (0x08, "sensor alarm", Validity.INVALID),
        (0x48, "no sensor", Validity.UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("at", [1, 13, 25])
def test_the_device_disowns_its_numbers(
    driver: type[Packets], bit: int, reason: str, validity: Validity, at: int
) -> None:
    for numeric in read(driver, packet(driver, status={at: bit})):
        assert (numeric.value, numeric.validity, numeric.reason) == (None, validity, reason)


@pytest.mark.parametrize("driver", FORMATS)
@pytest.mark.parametrize(
    ("status", "doubt"),
    [
        ({5: 0x04}, "low perfusion"),
        ({5: 0x06}, "marginal perfusion"),
        ({5: 0x04, 6: 0x06}, "low perfusion"),
        ({5: 0x20}, "artifact"),
        ({5: 0x26}, "marginal perfusion, artifact"),
        ({5: 0x02}, ""),
        ({5: 0x04, 6: 0x02}, "low perfusion"),
    ],
)
def test_the_device_doubts_its_numbers(
    driver: type[Packets], status: dict[int, int], doubt: str
) -> None:
    numerics = read(driver, packet(driver, status=status))
    assert [(n.value, n.reason) for n in numerics] == [(97.0, doubt), (72.0, doubt)]


@pytest.mark.parametrize("driver", FORMATS)
def test_missing_is_no_value(driver: type[Packets]) -> None:
    numerics = read(driver, packet(driver, {9: 127, 20: 3, 21: 127}))
    assert [(n.value, n.reason) for n in numerics] == [(None, "no value")] * 2
    numerics = read(driver, packet(driver, {9: 0, 21: 0}))
    assert [(n.value, n.reason) for n in numerics] == [(None, "no value (0)")] * 2


@pytest.mark.parametrize("driver", FORMATS)
@pytest.mark.parametrize(
    "values", [{9: 101}, {9: 0x80 | 97}, {20: 0x80}, {21: 0x80 | 72}, {20: 3, 21: 0}]
)
def test_what_is_out_of_range_is_refused(driver: type[Packets], values: dict[int, int]) -> None:
    found = driver()
    assert found.receive(packet(driver, values) + packet(driver), T_MS) == BOTH
    assert (found.accepted, found.refused) == (1, 1)


@pytest.mark.parametrize("driver", FORMATS)
def test_the_step_is_found_wherever_one_begins(driver: type[Packets]) -> None:
    stream = packet(driver) * 3
    for begin in range(1, 125):
        found = driver()
        assert found.receive(stream[begin:], T_MS) == BOTH * 2
        assert found.refused == 1


@pytest.mark.parametrize("driver", FORMATS)
def test_a_lost_byte_loses_one_packet(driver: type[Packets]) -> None:
    for lost in range(125):
        stream = packet(driver) + packet(driver) + packet(driver)
        found = driver()
        assert found.receive(stream[: 125 + lost] + stream[126 + lost :], T_MS) == BOTH * 2
        assert (found.accepted, found.refused) == (2, 1)


@pytest.mark.parametrize("driver", FORMATS)
def test_sync_in_the_middle_begins_a_packet(driver: type[Packets]) -> None:
    found = driver()
    assert found.receive(packet(driver)[:100] + packet(driver), T_MS) == BOTH
    assert found.receive(packet(driver, status={13: 1}), T_MS) == []
    assert (found.accepted, found.refused) == (1, 2)


def test_the_highest_bit_of_status_is_always_set() -> None:
    bad = bytes.fromhex("017f0148c9")
    assert read(NoninFormat2, bad + PUBLISHED[5:]) == []


def test_the_first_byte_of_format_2_is_always_1() -> None:
    frame = PUBLISHED[:5]
    other = bytes([2]) + frame[1:4] + bytes([frame[4] + 1])
    assert read(NoninFormat2, other + PUBLISHED[5:]) == []


@pytest.mark.parametrize("driver", FORMATS)
def test_nothing_is_ever_sent(driver: type[Packets]) -> None:
    found = driver()
    assert (found.connected(T_MS), found.due(T_MS + 60_000), found.closing()) == (b"",) * 3


@pytest.mark.parametrize("driver", FORMATS)
def test_without_sync_there_is_no_packet(driver: type[Packets]) -> None:
    assert read(driver, packet(driver)[5:] * 4) == []
