"""Contec CMS50, protocol V7.0 and the older form: packets and the conversation."""

import pytest

from devices.agreeing_frames import Oximetry
from devices.contec_cms50 import ContecCms50
from devices.contec_cms50_5byte import ContecCms505Byte
from devices.driver import FrameError
from devices.numeric import Parameter

T_MS = 1_700_000_000_000
CAPTURED = bytes.fromhex("01E085B396C1E1FFFF")
BEGIN = bytes.fromhex("7D81A1808080808080")
END = bytes.fromhex("7D81A2808080808080")
STILL_THERE = bytes.fromhex("7D81AF808080808080")


def packet(*, d0: int = 5, d1: int = 0x30, pr: int = 65, spo2: int = 97) -> bytes:
    data = [d0, d1, 6, pr, spo2, 0xFF, 0xFF]
    high = sum((byte >> 7) << place for place, byte in enumerate(data))
    return bytes([1, 0x80 | high, *(0x80 | byte for byte in data)])


def test_a_captured_packet() -> None:
    assert ContecCms50().read(CAPTURED) == Oximetry(97, 65)
    numerics = ContecCms50().receive(CAPTURED * 5, T_MS)
    assert [(n.parameter, n.value) for n in numerics] == [
        (Parameter.SPO2, 97.0),
        (Parameter.PR, 65.0),
    ]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (packet(pr=130), Oximetry(97, 130)),
        (packet(pr=254), Oximetry(97, 254)),
        (packet(pr=255, spo2=127), Oximetry(None, None)),
        (packet(d0=0x85), Oximetry(97, 65, "probe off")),
        (packet(d1=0xB0), Oximetry(97, 65, "", "pulse search")),
        (packet(d0=0x15, pr=255), Oximetry(97, None, "", "", "pulse search")),
        (packet(d0=0x65), Oximetry(97, 65)),
        (packet(pr=0, spo2=0), Oximetry(0, 0)),
    ],
)
def test_the_bits_of_a_packet(frame: bytes, said: Oximetry) -> None:
    assert ContecCms50().read(frame) == said


@pytest.mark.parametrize(
    "frame", [packet(spo2=101), packet(spo2=255), packet(d0=9), b"\x05" + CAPTURED[1:]]
)
def test_a_packet_out_of_range_is_refused(frame: bytes) -> None:
    with pytest.raises(FrameError):
        ContecCms50().read(frame)
    driver = ContecCms50()
    assert driver.receive(CAPTURED * 4 + frame + CAPTURED * 4, T_MS) == []
    assert driver.receive(CAPTURED, T_MS) != []


def test_the_device_is_asked_kept_and_let_go() -> None:
    driver = ContecCms50()
    assert driver.connected(T_MS) == BEGIN
    said = []
    for t_ms in range(0, 20_000, 100):
        driver.receive(CAPTURED * 6, T_MS + t_ms)
        if words := driver.due(T_MS + t_ms):
            said.append((t_ms, words))
    assert said == [(5_000, STILL_THERE), (10_000, STILL_THERE), (15_000, STILL_THERE)]
    assert driver.closing() == END


def test_a_silent_device_is_asked_again() -> None:
    driver = ContecCms50()
    driver.connected(T_MS)
    said = {t: words for t in range(0, 5_500, 500) if (words := driver.due(T_MS + t))}
    assert said == {2_000: BEGIN, 4_000: BEGIN, 5_000: STILL_THERE}


def test_a_device_that_stops_is_asked_again_at_once() -> None:
    driver = ContecCms50()
    driver.connected(T_MS)
    driver.receive(CAPTURED * 6 + b"\x0d\x80\x0c\x80" + CAPTURED, T_MS + 100)
    assert driver.due(T_MS + 200) == BEGIN
    assert driver.due(T_MS + 300) == b""


def test_answers_are_passed_over() -> None:
    driver = ContecCms50()
    driver.receive(CAPTURED * 5 + bytes.fromhex("0B81A180FF 0480F5F3E5F2A0A0A0"), T_MS)
    assert len(driver.receive(CAPTURED, T_MS)) == 2
    assert (driver.accepted, driver.refused) == (6, 0)


OLD = bytes([0x85, 30, 6, 65, 97])


@pytest.mark.parametrize(
    ("place", "byte", "said"),
    [
        (0, 0x85, Oximetry(97, 65)),
        (0, 0x95, Oximetry(97, 65, "probe off")),
        (0, 0xE5, Oximetry(97, 65)),
        (2, 0x16, Oximetry(97, 65, "probe off")),
        (2, 0x26, Oximetry(97, 65, "", "pulse search")),
        (2, 0x46, Oximetry(97, 193)),
        (3, 127, Oximetry(97, 127)),
        (4, 127, Oximetry(None, 65)),
    ],
)
def test_the_bits_of_an_older_frame(place: int, byte: int, said: Oximetry) -> None:
    frame = OLD[:place] + bytes([byte]) + OLD[place + 1 :]
    assert ContecCms505Byte().read(frame) == said
    assert len(ContecCms505Byte().receive(frame * 5, T_MS)) == 2


def test_an_older_frame_may_have_no_values() -> None:
    assert ContecCms505Byte().read(bytes([0x85, 30, 0x46, 127, 127])) == Oximetry(None, None)
    with pytest.raises(FrameError):
        ContecCms505Byte().read(bytes([0x85, 30, 6, 65, 101]))


def test_one_form_is_not_taken_for_the_other() -> None:
    old, new = ContecCms505Byte(), ContecCms50()
    assert old.receive(CAPTURED * 50, T_MS) == new.receive(OLD * 50, T_MS) == []
    assert old.accepted == new.accepted == 0
    assert (old.connected(T_MS), old.due(T_MS + 60_000), old.closing()) == (b"",) * 3
