"""Frames without a checksum: how many must agree, and how often chance does."""

import random

import pytest

from devices.agreeing_frames import AgreeingFrames
from devices.contec_cms50 import ContecCms50
from devices.contec_cms50_5byte import ContecCms505Byte
from devices.nonin_format1 import NoninFormat1
from devices.nonin_format8 import NoninFormat8

T_MS = 1_700_000_000_000
DRIVERS = [NoninFormat1, NoninFormat8, ContecCms50, ContecCms505Byte]


def frame(pr: int = 72, spo2: int = 97) -> bytes:
    return bytes([0x80 | pr >> 7, pr & 0x7F, spo2])


def told(*pieces: bytes) -> list[tuple[float | None, ...]]:
    """What format 1 tells piece by piece: () for nothing, else SpO2 and PR."""
    driver = NoninFormat1()
    return [tuple(n.value for n in driver.receive(piece, T_MS)) for piece in pieces]


GOOD = (97.0, 72.0)
IN_STEP = [frame()] * 4


def test_the_fourth_frame_is_the_first_that_is_told() -> None:
    assert told(*IN_STEP, frame()) == [(), (), (), GOOD, GOOD]


@pytest.mark.parametrize("jump", [frame(88), frame(56), frame(72, 93), frame(72, 100), frame(200)])
def test_a_jump_waits_for_a_frame_that_agrees(jump: bytes) -> None:
    there = tuple(n.value for n in NoninFormat1().read(jump).numerics(T_MS))
    far = jump not in (frame(72, 100),)
    assert told(*IN_STEP, jump, jump)[4:] == [() if far else there, there]


def test_a_frame_that_jumps_and_returns_is_never_told() -> None:
    driver = NoninFormat1()
    driver.receive(frame() * 4, T_MS)
    assert driver.receive(frame(200) + frame(), T_MS) == []
    assert len(driver.receive(frame() * 3, T_MS)) == 2  # two jumps in a row: out of step
    assert (driver.accepted, driver.refused) == (8, 1)


def test_in_step_values_come_and_go() -> None:
    none = bytes([0x83, 0x7F, 0x7F])
    assert told(*IN_STEP, none, frame(99, 91))[4:] == [(None, None), (91.0, 99.0)]


def test_out_of_step_all_have_values_or_none() -> None:
    none = bytes([0x83, 0x7F, 0x7F])
    assert told(frame(), none, frame(), none, frame(), none) == [()] * 6
    assert told(none, none, none, none)[3] == (None, None)


@pytest.mark.parametrize("bad", [b"\x00", b"\x80", b"\x80\x48", frame(72, 110), frame(400)])
def test_what_is_no_frame_loses_the_step(bad: bytes) -> None:
    assert told(*IN_STEP, bad, *IN_STEP)[4:] == [(), (), (), (), GOOD]


def test_all_frames_are_counted_once() -> None:
    driver = NoninFormat1()
    driver.receive(frame() * 3, T_MS)
    assert (driver.accepted, driver.refused) == (0, 0)
    driver.receive(frame(), T_MS)
    assert (driver.accepted, driver.refused) == (4, 0)
    driver.receive(frame(200) + b"\0\0\0\0", T_MS)
    assert (driver.accepted, driver.refused) == (4, 3)


def test_connecting_again_begins_out_of_step() -> None:
    driver = NoninFormat1()
    driver.receive(frame() * 4 + frame(200), T_MS)
    driver.connected(T_MS)
    assert driver.receive(frame() * 3, T_MS) == []
    assert (driver.accepted, driver.refused) == (4, 0)


@pytest.mark.parametrize("driver", DRIVERS)
def test_random_bytes_are_not_told(driver: type[AgreeingFrames]) -> None:
    chance, found = random.Random(1), driver()
    assert [found.receive(chance.randbytes(1000), T_MS) for _ in range(500)] == [[]] * 500
    assert found.accepted == 0
    assert found.refused > 30_000


@pytest.mark.parametrize(
    ("driver", "highest"),
    [(NoninFormat1, 4e-5), (NoninFormat8, 1e-5), (ContecCms505Byte, 8e-6), (ContecCms50, 1e-6)],
)
def test_two_in_a_row_agree_by_chance_as_seldom_as_the_page_says(
    driver: type[AgreeingFrames], highest: float
) -> None:
    found = type("OnlyTwo", (driver,), {"in_a_row": 2})()
    chance = random.Random(2)
    said = sum(len(found.receive(chance.randbytes(10_000), T_MS)) for _ in range(100))
    assert said / 2 <= highest * 1_000_000 + 3 * (highest * 1_000_000) ** 0.5
