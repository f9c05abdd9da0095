"""The virtual IntelliVue's bytes, read from the protocol's tables."""

import struct
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from devices.numeric import Parameter
from devices.virtual.intellivue_monitor import IntellivueMonitor, Switches
from devices.virtual.patient import Baseline, CalmPatient, Cuff, Staged, Vitals, Why
from devices.virtual.query import Intervals
from tests.conftest import SHARED
from tests.devices.intellivue_reading import (
    ASSOCIATE,
    CONFIRM,
    RELEASE,
    answer,
    attributes,
    checked,
    extended,
    frames,
    single,
    wire,
)

CLOCK_S = 1_767_225_600  # 2026-01-01
CAPTURE = SHARED / "captures" / "intellivue_selected_frames.hex.txt"
NAN = 0x7FFFFF
HR, SPO2, PULSE, RR, PERF = 0x4182, 0x4BB8, 0x4822, 0x500A, 0x4BB0
SYS, DIA, MEAN = 0x4A05, 0x4A06, 0x4A07
NO_CAPNOGRAPH = frozenset({Parameter.ETCO2, Parameter.TEMP})


class Bench:
    """A virtual monitor, its clock, and what it says by the tenth of a second."""

    def __init__(self, patient: object = None, **switches: object) -> None:
        sick = patient or Staged(CalmPatient(Baseline(), 1), without=NO_CAPNOGRAPH)
        self.monitor = IntellivueMonitor(
            sick,  # type: ignore[arg-type]
            lambda t_s: CLOCK_S + int(t_s),
            77,
            Switches(**switches),  # type: ignore[arg-type]
        )
        self.t_s = 0.0

    def until(self, t_s: float) -> list[bytes]:
        said = b""
        self.t_s = t_s
        while (due := self.monitor.next_s()) is not None and due <= t_s:
            said += self.monitor.emit()
        return frames(said)

    def ask(self, data: bytes, wait_s: float = 0.5) -> list[bytes]:
        self.monitor.receive(wire(data), self.t_s)
        return self.until(self.t_s + wait_s)

    def associated(self) -> "Bench":
        assert [said[0] for said in self.ask(ASSOCIATE)] == [0x0E, 0xE1]
        assert self.ask(CONFIRM) == []
        return self

    def values_at(self, t_s: float) -> dict[int, tuple[int, int, int, int]]:
        self.until(t_s)
        (said,) = self.ask(single())
        return answer(said).values()


def test_the_fcs_of_these_tests_gives_the_published_vectors() -> None:
    for payload, whole in (("3A71", "3A719B26"), ("3A91", "3A91957DE1")):
        found = bytes.fromhex(payload) + checked(bytes.fromhex(payload)).to_bytes(2, "little")
        assert found.replace(b"\xc1", b"\x7d\xe1").hex().upper() == whole


def test_nothing_is_said_unasked() -> None:
    assert Bench().until(1000) == []


def test_it_accepts_and_tells_what_it_is() -> None:
    accept, create = Bench().ask(ASSOCIATE)
    assert accept[0] == 0x0E
    assert accept[1] == len(accept) - 2
    profile = bytes.fromhex("80000000 00000FA0 000003E4 000003E4 FFFFFFFF 60000000 0001000C F001")
    assert profile in accept
    assert create[:6] == bytes.fromhex("E10000020001")
    assert create[10:12] == b"\0\x01"
    ticks, event, length = struct.unpack_from(">IHH", create, 20)
    assert (event, length) == (0x0D06, len(create) - 28)
    found = attributes(create[34:])
    assert b"Philips" in found[0x0928]
    assert found[0x0984] == bytes.fromhex("0006 00000000004D")
    assert found[0x0987] == bytes.fromhex("2026010100000000")
    assert struct.unpack(">I", found[0x098F])[0] == ticks


def test_polls_are_answered_only_after_mds_create_was_confirmed() -> None:
    bench = Bench()
    assert bench.ask(single()) == []
    bench.ask(ASSOCIATE)
    assert bench.ask(single()) == []
    bench.ask(CONFIRM.replace(b"\x0d\x06", b"\x0d\x07"))
    assert bench.ask(single()) == []
    bench.ask(CONFIRM)
    assert len(bench.ask(single())) == 1


def test_a_single_poll_is_answered_once() -> None:
    bench = Bench().associated()
    (said,) = bench.ask(single(number=9), 30)
    found = answer(said)
    assert (found.kind, found.action, found.number, found.code) == (2, 0x0C16, 9, 6)
    values = found.values()
    for number, unit, low, high in (
        (HR, 0xAA0, 60, 90),
        (SPO2, 0x220, 94, 100),
        (RR, 0xAE0, 9, 20),
    ):
        state, found_unit, mantissa, exponent = values[number]
        assert (state, found_unit, exponent) == (0, unit, 0)
        assert low <= mantissa <= high
    assert values[PERF] == (0, 0x0200, 24, 0xFF - 256)


def test_an_extended_poll_is_answered_every_second_for_its_time() -> None:
    bench = Bench().associated()
    said = [answer(data) for data in bench.ask(extended(10), 60)]
    assert [a.sequence for a in said] == list(range(1, 11))
    assert {a.action for a in said} == {0xF13B}
    assert {b.ticks - a.ticks for a, b in pairwise(said)} == {8000}
    bench.ask(extended(10), 5)
    again = [answer(data) for data in bench.ask(extended(10), 60)]
    assert len(again) == 10


def test_a_long_answer_is_linked() -> None:
    bench = Bench(largest=300).associated()
    said = [answer(data) for data in bench.ask(single(group=0))]
    assert {a.kind for a in said} == {5}
    assert [a.state for a in said] == [1] + [2] * (len(said) - 2) + [3]
    assert [a.place for a in said] == list(range(1, len(said) + 1))
    together = {handle: given for a in said for handle, given in a.objects.items()}
    assert len(together) == 6
    for handle, given in together.items():
        assert struct.unpack(">H", given[0x0921])[0] == handle
        assert len(given[0x0927]) == 2 + struct.unpack_from(">H", given[0x0927])[0]


def test_the_mds_answers_with_its_clock_and_keeps_the_association() -> None:
    bench = Bench().associated()
    for _ in range(10):
        (said,) = bench.ask(single(code=0x21, group=0x080C), 100)
    (given,) = answer(said).objects.values()
    stamp = datetime.fromtimestamp(CLOCK_S + 901, UTC).strftime("%Y%m%d%H%M%S00")
    assert given[0x0987].hex() == stamp
    assert [answer(data).objects for data in bench.ask(single(code=0x36))] == [{}]


def test_the_association_is_dropped_without_traffic() -> None:
    bench = Bench().associated()
    said = bench.ask(extended(1000), 300)
    assert said[-1][0] == 0x19
    assert len(said) == 121  # from 0.02 s on, each second up to 120 s, and the abort
    assert bench.ask(single()) == []
    assert len(bench.associated().ask(single())) == 1


def test_release_and_abort_end_it() -> None:
    bench = Bench().associated()
    bench.ask(extended(100), 0)
    assert [said[0] for said in bench.ask(RELEASE, 60)] == [0x0A]
    bench.associated().ask(extended(100), 0)
    assert bench.ask(b"\x19\x00", 60) == []


def test_it_can_refuse() -> None:
    bench = Bench(refuses=Intervals(((0, 5),)))
    assert [said[0] for said in bench.ask(ASSOCIATE, 10)] == [0x0C]
    bench.associated()


def test_a_restart_forgets_everything_without_a_word() -> None:
    bench = Bench(restart=Intervals(((10, 20),))).associated()
    said = [answer(data) for data in bench.ask(extended(100), 60)]
    assert len(said) == 9
    assert bench.ask(single()) == []
    bench.associated()
    (again,) = bench.ask(single())
    assert answer(again).ticks < said[-1].ticks
    short = Bench(restart=Intervals(((10.2, 10.8),))).associated()  # between two answers
    assert len(short.ask(extended(100), 60)) == 10
    dead = Bench(restart=Intervals(((0.2, 20),)))
    dead.ask(ASSOCIATE, 5)
    assert dead.ask(ASSOCIATE, 30) == []


@pytest.mark.parametrize("place", range(3, 60, 4))
def test_a_damaged_frame_is_not_heard(place: int) -> None:
    bench = Bench().associated()
    whole = bytearray(wire(single()))
    place %= len(whole)
    whole[place] ^= 0x01
    bench.monitor.receive(bytes(whole), bench.t_s)
    assert bench.until(bench.t_s + 1) == []
    assert len(bench.ask(single())) == 1


def test_a_frame_is_heard_in_pieces_between_noise_and_can_be_given_up() -> None:
    bench = Bench().associated()
    whole = wire(single())
    for byte in b"\x00\xff" + whole[:9] + whole[:-1] + b"\x7d\xc1" + whole + b"\x11":
        bench.monitor.receive(bytes([byte]), bench.t_s)
    assert len(bench.until(bench.t_s + 1)) == 1


def staged(**events: tuple[float, float]) -> Staged:
    spans = {name: Intervals((span,)) for name, span in events.items()}
    return Staged(CalmPatient(Baseline(), 1), without=NO_CAPNOGRAPH, **spans)  # type: ignore[arg-type]


def test_probe_and_leads_off_are_invalid() -> None:
    bench = Bench(staged(probe_off=(10, 20), leads_off=(30, 40))).associated()
    values = bench.values_at(10)
    assert [values[n][:1] + values[n][2:3] for n in (SPO2, PULSE, PERF)] == [(0x8000, NAN)] * 3
    assert values[HR][0] == 0
    values = bench.values_at(30)
    assert (values[HR][0], values[HR][2]) == (0x8000, NAN)
    assert values[SPO2][0] == values[PULSE][0] == 0


def test_unplugged_and_questionable_concern_the_oximeter() -> None:
    bench = Bench(
        unplugged=Intervals(((10, 20),)), questionable=Intervals(((30, 40),))
    ).associated()
    values = bench.values_at(10)
    assert [(values[n][0], values[n][2]) for n in (SPO2, PULSE, HR)][:2] == [(0x2000, NAN)] * 2
    values = bench.values_at(30)
    assert [values[n][0] for n in (SPO2, PULSE, HR)] == [0x4000, 0x4000, 0]
    assert values[SPO2][2] > 90


def test_the_demo_flag_stands_on_everything() -> None:
    bench = Bench(demo=True).associated()
    assert {state & 0x0400 for state, *_ in bench.values_at(100).values()} == {0x0400}


def test_the_cuff_has_its_own_time_and_stands_until_the_next() -> None:
    bench = Bench().associated()  # readings at 40 s and 340 s
    before = bench.values_at(5)
    assert [(before[n][0], before[n][2]) for n in (SYS, DIA, MEAN)] == [(0x2000, NAN)] * 3
    assert {bench.values_at(20)[n][0] for n in (SYS, DIA, MEAN)} == {0x2020}
    first = bench.values_at(41)
    assert all(first[n][:2] == (0, 0x0F20) for n in (SYS, DIA, MEAN))
    assert first[DIA][2] < first[MEAN][2] < first[SYS][2]
    for t_s in range(100, 300, 50):
        assert {n: bench.values_at(t_s)[n] for n in (SYS, DIA)} == {n: first[n] for n in (SYS, DIA)}
    measuring = bench.values_at(320)
    assert [measuring[n] for n in (SYS, DIA)] == [(0x20, *first[n][1:]) for n in (SYS, DIA)]
    bench.until(345)
    (said,) = bench.ask(single())
    given = next(o for o in answer(said).objects.values() if 0x094B in o)
    assert given[0x0990].hex() == "2026010100054000"


class Odd:
    """A patient with a capnograph, a temperature, and a cuff that fails."""

    def at(self, t_s: float) -> Vitals:
        return {
            Parameter.HR: Why.NO_VALUE,
            Parameter.RR: 12.0,
            Parameter.ETCO2: 38.0,
            Parameter.TEMP: 36.6,
        }

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        return [Cuff(1.0, None, None, None)] if after_s < 1.0 <= until_s else []


def test_breathing_temperature_and_a_failed_cuff() -> None:
    values = Bench(Odd()).associated().values_at(5)
    assert (values[HR][0], values[HR][2]) == (0x2000, NAN)
    assert values[0x5012] == (0, 0x0AE0, 12, 0)
    assert values[0x50B0] == (0, 0x0F20, 38, 0)
    assert values[0x4B48] == (0, 0x17A0, 366, -1)
    assert SPO2 not in values
    assert [(values[n][0], values[n][2]) for n in (SYS, DIA, MEAN)] == [(0x8000, NAN)] * 3


def test_other_units() -> None:
    values = Bench(Odd(), other_units=True).associated().values_at(5)
    assert values[0x50B0] == (0, 0x0F03, 507, -2)
    assert values[0x4B48] == (0, 0x1140, 979, -1)
    values = Bench(other_units=True).associated().values_at(50)
    assert values[SYS][1:2] + values[SYS][3:] == (0x0F03, -2)
    assert 1300 < values[SYS][2] < 1900


def captured() -> list[bytes]:
    if not CAPTURE.exists():
        pytest.skip("the recorded IntelliVue frames are not on this computer")
    text = CAPTURE.read_text(encoding="utf-8").splitlines()
    return [frames(bytes.fromhex(line))[0] for line in text if not line.startswith("#")]


def test_recorded_frames_have_the_structure_of_ours() -> None:
    accept, create, linked, _ = captured()
    ours_accept, ours_create = Bench().ask(ASSOCIATE)
    user = ours_accept.index(b"\x02\x01\x02\x81\x48") + 5
    theirs = accept.index(b"\x02\x01\x02\x81\x48") + 5
    assert accept[1] == len(accept) - 2
    profile = slice(24, 60)
    assert ours_accept[user:][profile] == accept[theirs:][profile]
    assert ours_create[:6] == create[:6]
    assert ours_create[24:26] == create[24:26]
    assert ours_create[28:34] == create[28:34]
    theirs_of = attributes(create[34:])
    for number, value in attributes(ours_create[34:]).items():
        assert len(theirs_of[number]) == len(value) or number == 0x0928
    recorded = answer(linked)
    assert (recorded.kind, recorded.state, recorded.place) == (5, 3, 3)
    assert recorded.values()[SPO2] == (0x8000, 0x0220, NAN, 0)
    assert recorded.values()[PULSE] == (0x8001, 0x0AA0, NAN, 0)
    bench = Bench(staged(probe_off=(0, 100)), largest=300).associated()
    ours = [answer(data) for data in bench.ask(extended(1, group=0))]
    values = {n: value for part in ours for n, value in part.values().items()}
    assert values[SPO2] == recorded.values()[SPO2]
    assert values[PERF] == recorded.values()[PERF]
    shapes = {n: len(v) for o in recorded.objects.values() for n, v in o.items()}
    for given in (given for part in ours for given in part.objects.values()):
        assert {n: len(v) for n, v in given.items() if n in shapes} == {
            n: shapes[n] for n in given if n in shapes
        }
