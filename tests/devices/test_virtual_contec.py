"""The virtual Contec oximeters, their packets read from the protocols' tables."""

import re
from dataclasses import dataclass

import pytest

from devices.virtual.contec_monitor import Contec5ByteMonitor, ContecMonitor
from devices.virtual.query import Intervals
from tests.devices.still_patient import PROBE_OFF, Still, during, patient, said


def command(code: int) -> bytes:
    return bytes([0x7D, 0x81, code]) + b"\x80" * 6


START, STOP, ALIVE = command(0xA1), command(0xA2), command(0xAF)


def ask(second: float) -> bytes:
    """Start, then say each 5 s that we are there."""
    if second == 0:
        return START
    return ALIVE if second % 5 == 0 else b""


def contec_packets(data: bytes) -> list[tuple[int, bytes]]:
    """Type and unpacked payload of each packet; only a type byte has its top bit clear."""
    found = []
    for raw in re.findall(rb"[\x00-\x7f][\x80-\xff]+", data):
        payload = bytes((byte & 0x7F) | (raw[1] >> n & 1) << 7 for n, byte in enumerate(raw[2:]))
        found.append((raw[0], payload))
    assert sum(len(payload) + 2 for _, payload in found) == len(data)
    return found


@dataclass(frozen=True)
class Finger:
    """The seven bytes of a real-time packet."""

    d: bytes

    def bit(self, byte: int, place: int) -> bool:
        return bool(self.d[byte] >> place & 1)

    @property
    def values(self) -> tuple[int, int, int]:
        """Pulse, saturation, perfusion index."""
        return self.d[3], self.d[4], self.d[5] | self.d[6] << 8


def fingers(monitor: ContecMonitor, until_s: float) -> list[Finger]:
    packets = contec_packets(said(monitor, until_s, ask))
    assert {(kind, len(payload)) for kind, payload in packets} == {(1, 7)}
    return [Finger(payload) for _, payload in packets]


def test_contec_is_silent_until_it_is_asked() -> None:
    monitor = ContecMonitor(patient())
    assert said(monitor, 30) == b""
    assert monitor.next_s() is None


def test_contec_sends_sixty_a_second_as_long_as_we_are_there() -> None:
    found = fingers(ContecMonitor(patient(72, 97)), 30)
    assert len(found) == 1800
    assert {finger.values for finger in found} == {(72, 97, 240)}
    assert not any(finger.bit(0, 7) or finger.bit(1, 7) or finger.bit(2, 4) for finger in found)


def test_contec_ends_the_link_that_is_not_kept_alive() -> None:
    monitor = ContecMonitor(patient())
    data = said(monitor, 60, lambda second: START if second == 0 else b"")
    found = contec_packets(data)
    assert found[-1] == (0x0D, b"")
    assert 590 <= len(found) <= 601
    assert monitor.next_s() is None


def test_contec_stops_and_starts_again() -> None:
    def hear(second: float) -> bytes:
        return {0: START, 2: STOP, 4: START}.get(int(second), b"")

    kinds = [kind for kind, _ in contec_packets(said(ContecMonitor(patient()), 5, hear))]
    assert kinds.count(1) == 180
    assert kinds.count(0x0C) == 1


def test_contec_hears_a_command_in_pieces_and_after_noise() -> None:
    pieces = [b"\x7d\x7d\x81\x11", *(START[n : n + 1] for n in range(9))]
    monitor = ContecMonitor(patient())
    for piece in pieces:
        assert monitor.next_s() is None
        monitor.receive(piece, 0)
    assert monitor.next_s() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        # As recorded: github.com/headrotor/contec_data, stream_data.py (MIT).
        (0xA7, "0c80"),
        (0xA2, "0c80"),
        (0xA0, "06808087"),
        (0xB0, "118081818080808080"),
        (0xAC, "0e8081"),
        (0xAA, "0480f5f3e5f2a0a0a0"),
        (0xB9, "0b81b985"),
    ],
)
def test_contec_answers(code: int, answer: str) -> None:
    monitor = ContecMonitor(patient())
    monitor.receive(command(code), 3.0)
    assert monitor.next_s() == 3.0
    assert monitor.emit().hex() == answer
    assert monitor.next_s() is None


def test_contec_without_a_perfusion_index() -> None:
    monitor = ContecMonitor(patient(65, 97), perfusion_index=False)
    for finger in fingers(monitor, 1):
        assert finger.values == (65, 97, 0xFFFF)
        assert finger.bit(2, 4)
    monitor.receive(command(0xAC), 2)
    assert monitor.emit().hex() == "0e8080"


def test_contec_with_the_finger_out() -> None:
    for finger in fingers(ContecMonitor(Still(PROBE_OFF)), 1):
        assert finger.values == (0xFF, 0x7F, 0xFFFF)
        assert finger.bit(0, 7)
        assert finger.d[1] == 0x40


def test_contec_searching_and_then_for_too_long() -> None:
    found = fingers(ContecMonitor(patient(), artefacts=during("searching")), 9)
    assert {finger.values for finger in found[:114]} == {(72, 97, 240)}
    after = found[120:]
    assert {finger.values for finger in after} == {(0xFF, 0x7F, 0xFFFF)}
    assert all(finger.bit(1, 7) and not finger.bit(0, 7) for finger in after)
    assert {finger.bit(0, 4) for finger in found[:400]} == {False}
    assert {finger.bit(0, 4) for finger in found[440:]} == {True}


def test_contec_with_low_perfusion_and_low_saturation() -> None:
    found = fingers(ContecMonitor(patient(72, 86), artefacts=during("low_perfusion")), 4)
    assert {finger.values[2] for finger in found} == {240, 30}
    assert {finger.d[0] & 15 for finger in found} == {5, 1}
    assert all(finger.bit(0, 5) for finger in found)


def test_contec_that_was_switched_off_waits_to_be_asked_again() -> None:
    monitor = ContecMonitor(patient(), artefacts={"off": Intervals(((3, 6),))})

    def hear(second: float) -> bytes:
        return START if second in (0, 5, 9) else ALIVE

    found = contec_packets(said(monitor, 12, hear))
    assert len(found) == pytest.approx(60 * 3 + 60 * 3, abs=12)


def test_a_contec_beat_for_each_of_the_patients() -> None:
    beats = sum(finger.bit(0, 6) for finger in fingers(ContecMonitor(patient(90)), 20))
    assert beats == pytest.approx(30, abs=1)


@dataclass(frozen=True)
class Old:
    """The five bytes of the older protocol."""

    b: bytes

    def __post_init__(self) -> None:
        assert [byte >> 7 for byte in self.b] == [1, 0, 0, 0, 0]

    @property
    def values(self) -> tuple[int, int]:
        return (self.b[2] >> 6 & 1) << 7 | self.b[3], self.b[4]

    @property
    def flags(self) -> tuple[int, int, int, int]:
        """Finger out, dropping, probe error, searching."""
        return self.b[0] >> 4 & 1, self.b[0] >> 5 & 1, self.b[2] >> 4 & 1, self.b[2] >> 5 & 1


def olds(monitor: Contec5ByteMonitor, until_s: float) -> list[Old]:
    data = said(monitor, until_s)
    assert len(data) == 300 * until_s
    return [Old(data[at : at + 5]) for at in range(0, len(data), 5)]


@pytest.mark.parametrize(("pulse", "spo2"), [(72, 97), (127, 100), (128, 99), (200, 90)])
def test_an_older_contec(pulse: int, spo2: int) -> None:
    found = olds(Contec5ByteMonitor(patient(pulse, spo2)), 2)
    assert {(old.values, old.flags) for old in found} == {((pulse, spo2), (0, 0, 0, 0))}


def test_an_older_contec_has_a_flag_for_each() -> None:
    out = olds(Contec5ByteMonitor(Still(PROBE_OFF)), 1)
    assert {(old.values, old.flags) for old in out} == {((0, 0), (1, 0, 1, 0))}
    searching = olds(Contec5ByteMonitor(patient(), artefacts=during("searching")), 4)[-60:]
    assert {(old.values, old.flags) for old in searching} == {((0, 0), (0, 0, 0, 1))}
    low = olds(Contec5ByteMonitor(patient(72, 86)), 1)
    assert {old.flags for old in low} == {(0, 1, 0, 0)}
    weak = olds(Contec5ByteMonitor(patient(), artefacts=during("low_perfusion")), 4)[-60:]
    assert {old.b[0] & 15 for old in weak} == {1}
