"""Nonin formats 1 and 8: the bits of a frame."""

import pytest

from devices.agreeing_frames import AgreeingFrames
from devices.driver import FrameError
from devices.nonin_format1 import NoninFormat1
from devices.nonin_format8 import NoninFormat8
from devices.numeric import Numeric, Parameter, Validity

T_MS = 1_700_000_000_000
GOOD = bytes([0x80, 72, 97])


def told(frame: bytes) -> list[Numeric]:
    """What the driver says of a frame after four good ones."""
    driver: AgreeingFrames = NoninFormat8() if len(frame) == 4 else NoninFormat1()
    good = GOOD + b"\0" * (len(frame) - 3)
    driver.connected(T_MS)
    assert len(driver.receive(good * 4, T_MS)) == 2
    return driver.receive(frame, T_MS)


def test_a_frame_is_saturation_and_pulse_rate() -> None:
    both = [Numeric(Parameter.SPO2, 97.0, T_MS), Numeric(Parameter.PR, 72.0, T_MS)]
    assert told(GOOD) == both
    assert told(GOOD + b"\0") == both


@pytest.mark.parametrize(
    ("frame", "pr"),
    [((0x80, 0x7F), 127), ((0x81, 0), 128), ((0x82, 0), 256), ((0x82, 0x2C), 300)],
)
def test_the_rate_has_nine_bits(frame: tuple[int, int], pr: int) -> None:
    for driver in (NoninFormat1(), NoninFormat8()):
        assert driver.read(bytes([*frame, 97, 0][: driver.size])).pr == pr


@pytest.mark.parametrize(
    ("status", "reason", "validity"),
    [
        (0x40, "no sensor", Validity.UNAVAILABLE),
        (0x20, "pulse lost", Validity.INVALID),
        (0x60, "no sensor", Validity.UNAVAILABLE),
        (0x34, "pulse lost", Validity.INVALID),
    ],
)
@pytest.mark.parametrize("tail", [b"", b"\0"])
def test_the_device_disowns_its_numbers(
    status: int, reason: str, validity: Validity, tail: bytes
) -> None:
    for numeric in told(bytes([0x80 | status, 72, 97]) + tail):
        assert (numeric.value, numeric.validity, numeric.reason) == (None, validity, reason)


@pytest.mark.parametrize(
    ("status", "doubt"),
    [
        (0x10, "low perfusion"),
        (0x08, "marginal perfusion"),
        (0x04, "artifact"),
        (0x1C, "low perfusion, marginal perfusion, artifact"),
    ],
)
@pytest.mark.parametrize("tail", [b"", b"\0"])
def test_the_device_doubts_its_numbers(status: int, doubt: str, tail: bytes) -> None:
    numerics = told(bytes([0x80 | status, 72, 97]) + tail)
    assert [n.value for n in numerics] == [97.0, 72.0]
    assert {(n.validity, n.reason) for n in numerics} == {(Validity.QUESTIONABLE, doubt)}


def test_missing_is_no_value() -> None:
    spo2, pr = told(bytes([0x83, 0x7F, 0x7F]))
    assert (spo2.value, spo2.reason, pr.value, pr.reason) == (None, "no value", None, "no value")
    assert [n.value for n in told(bytes([0x83, 0x7F, 97]))] == [97.0, None]
    assert [n.reason for n in told(bytes([0x80, 0, 0]))] == ["no value (0)"] * 2


@pytest.mark.parametrize("frame", [(0x80, 72, 101), (0x80, 72, 126), (0x83, 0, 97)])
def test_what_is_out_of_range_is_refused(frame: tuple[int, ...]) -> None:
    with pytest.raises(FrameError):
        NoninFormat1().read(bytes(frame))


@pytest.mark.parametrize(
    ("fourth", "outcome"),
    [
        (0x00, [(97.0, ""), (72.0, "")]),
        (0x03, [(97.0, ""), (72.0, "")]),
        (0x70, [(97.0, ""), (72.0, "")]),
        (0x04, [(97.0, "spot check"), (72.0, "spot check")]),
        (0x08, [(None, "sensor fault")] * 2),
        (0x0C, [(None, "sensor fault")] * 2),
    ],
)
def test_the_fourth_byte(fourth: int, outcome: list[tuple[float | None, str]]) -> None:
    assert [(n.value, n.reason) for n in told(GOOD + bytes([fourth]))] == outcome


def test_one_format_is_not_taken_for_the_other() -> None:
    first, eighth = NoninFormat1(), NoninFormat8()
    assert first.receive((GOOD + b"\0") * 50, T_MS) == eighth.receive(GOOD * 50, T_MS) == []
    assert first.accepted == eighth.accepted == 0
    assert first.refused >= 50
    assert eighth.refused >= 30


def test_nothing_is_ever_sent() -> None:
    for driver in (NoninFormat1(), NoninFormat8()):
        assert (driver.connected(T_MS), driver.due(T_MS + 60_000), driver.closing()) == (b"",) * 3
