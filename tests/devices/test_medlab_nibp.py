"""Medlab NIBP: what is in a message, what we ask, and when a reading is new."""

import pytest

from devices.medlab_nibp import ASK_STATUS, MedlabNibp
from devices.numeric import CUFF, Numeric, Parameter, Validity
from tests.devices.small_lines import CASES, LOGS, cuff_pressure, medlab, medlab_status

T_MS = 1_700_000_000_000
STATUS = medlab_status()


class Bench:
    """A module's driver and the seconds since it was opened."""

    def __init__(self) -> None:
        self.driver = MedlabNibp()
        self.asked = [(0.0, self.driver.connected(T_MS))]

    def hears(self, s: float, data: bytes) -> list[Numeric]:
        return self.driver.receive(data, T_MS + round(s * 1000))

    def waits(self, begin: float, end: float) -> None:
        """Ask the driver four times a second what is due."""
        for quarter in range(round(begin * 4), round(end * 4)):
            if sent := self.driver.due(T_MS + quarter * 250):
                self.asked.append((quarter / 4, sent))

    def measures(self, begin: int, end: int) -> list[Numeric]:
        """A cuff works; the end of its pressures comes at ``end``."""
        told: list[Numeric] = []
        for s in range(begin, end):
            told += self.hears(s, cuff_pressure(150))
            self.waits(s, s + 1)
        return told + self.hears(end, cuff_pressure(999))


def values(told: list[Numeric]) -> list[float | str]:
    return [n.reason if n.value is None else n.value for n in told]


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("medlab_nibp/")])
def test_the_messages_are_those_on_disk(name: str) -> None:
    assert (LOGS / f"{name}.raw").read_bytes() == CASES[name]


def test_the_request_is_the_published_one() -> None:
    assert ASK_STATUS == b"\x0218;;DF\x03"
    assert medlab("01;;") == b"\x0201;;D7\x03\r"
    assert medlab("03;;") == b"\x0203;;D9\x03\r"


def test_a_measurement_is_measuring_then_one_reading_of_its_end() -> None:
    bench = Bench()
    bench.hears(0.5, STATUS)
    told = bench.measures(10, 40)
    assert [(n.parameter, n.validity) for n in told] == [(p, Validity.MEASURING) for p in CUFF]
    bench.waits(40, 42)
    assert bench.asked[-1] == (41.0, ASK_STATUS)
    told = bench.hears(41.5, medlab_status("124080095", 74))
    assert [n.parameter for n in told] == [*CUFF, Parameter.PR]
    assert values(told) == [124.0, 80.0, 95.0, 74.0]
    assert {n.t_ms for n in told} == {T_MS + 40_000}
    assert bench.hears(46, medlab_status("124080095", 74)) == []


def test_the_very_same_result_after_a_measurement_is_a_reading() -> None:
    bench = Bench()
    bench.hears(0.5, STATUS)
    bench.measures(10, 40)
    assert bench.hears(40.3, STATUS) == []
    assert values(bench.hears(41.5, STATUS)) == [118.0, 76.0, 90.0, 71.0]
    assert bench.hears(46.5, STATUS) == []


def test_nothing_is_asked_while_the_cuff_works() -> None:
    bench = Bench()
    bench.measures(1, 60)
    assert bench.asked == [(0.0, ASK_STATUS)]


def test_the_status_is_asked_for_at_rest_and_again_without_an_answer() -> None:
    bench = Bench()
    bench.waits(0, 21)
    assert bench.asked == [(s, ASK_STATUS) for s in (0.0, 5.0, 10.0, 15.0, 20.0)]


def test_an_end_that_was_not_heard_does_not_silence_us() -> None:
    bench = Bench()
    bench.measures(1, 30)
    bench.hears(30, cuff_pressure(140))
    bench.waits(30, 40)
    assert bench.asked[1] == (33.0, ASK_STATUS)


def test_the_first_result_is_before_connection() -> None:
    bench = Bench()
    told = bench.hears(0.5, STATUS)
    assert values(told)[0] == "before connection 118"
    assert {n.validity for n in told} == {Validity.UNAVAILABLE}


def test_a_changed_result_without_a_word_of_the_cuff_is_new() -> None:
    bench = Bench()
    bench.hears(0.5, STATUS)
    assert values(bench.hears(5.5, medlab_status("124080095", 74)))[0] == 124.0
    assert values(bench.hears(70, medlab_status("130085100", 74)))[0] == "time unknown 130"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (medlab_status("000000000", 0, "03"), "cuff error 03"),
        (medlab_status("118076090", 71, "12"), "cuff error 12"),
        (medlab_status("000000000", 0), "cuff measurement failed"),
    ],
)
def test_an_error_is_no_reading(status: bytes, reason: str) -> None:
    bench = Bench()
    bench.hears(0.5, STATUS)
    bench.measures(10, 40)
    told = bench.hears(41.5, status)
    assert [(n.parameter, n.value, n.reason) for n in told] == [(p, None, reason) for p in CUFF]
    assert bench.hears(46.5, status) == []


def test_one_pressure_alone_is_not_believed() -> None:
    assert Bench().hears(1, cuff_pressure(120)) == []
    assert Bench().hears(1, cuff_pressure(999)) == []


def test_no_pressure_of_the_cuff_is_ever_a_value() -> None:
    told = Bench().hears(1, cuff_pressure(*range(0, 300, 5), 999))
    assert {n.value for n in told} == {None}


@pytest.mark.parametrize(
    "message",
    [
        CASES["medlab_nibp/start_message"],
        STATUS.lower(),
        STATUS.replace(b";;", b";", 1),
        medlab("S1;A0;C00;M00;P11876090;R071;T0000;;"),
        medlab("S1;A0;C00;M00;P118076090;R071;;"),
        medlab("S1;A0;C00;M00;P118076---;R071;T0000;;"),
        medlab("A0;S1;C00;M00;P118076090;R071;T0000;;"),
        b"\x02351\x03",
        b"\x0212\x03",
        b"\x021200\x03",
        b"\x02\x03",
        b"\x02" + b"1" * 65,
    ],
)
def test_a_message_is_taken_whole_or_not_at_all(message: bytes) -> None:
    bench = Bench()
    assert bench.hears(1, message) == []
    assert (bench.driver.accepted, bench.driver.refused) == (0, 1)


def test_connecting_again_tells_nothing_twice() -> None:
    bench = Bench()
    bench.hears(0.5, STATUS)
    bench.driver.connected(T_MS + 60_000)
    assert bench.hears(61, STATUS) == []
    bench.driver.connected(T_MS + 90_000)
    assert values(bench.hears(91, medlab_status("124080095", 74)))[0] == "before connection 124"


def test_only_the_status_is_ever_asked_for() -> None:
    bench = Bench()
    for begin in range(1, 400, 60):
        bench.measures(begin, begin + 30)
        bench.waits(begin + 30, begin + 60)
        bench.hears(begin + 45, STATUS)
    assert {sent for _, sent in bench.asked} == {ASK_STATUS}
    assert bench.driver.closing() == b""
