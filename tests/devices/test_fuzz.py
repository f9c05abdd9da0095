"""The fuzzer for some seconds, and that it finds what it looks for. `make fuzz` runs it long."""

import subprocess
import sys
from collections.abc import Callable
from random import Random

import pytest

from devices.nonin_ascii import NoninAscii
from devices.numeric import Numeric, Parameter
from devices.table import DRIVERS
from tests.conftest import ROOT
from tests.devices.fuzz import Outcome, Report, converse, in_time, tasks
from tests.devices.fuzz_inputs import MOST_AT_ONCE, SEALS, Inputs, seeds
from tests.devices.logs import START_MS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no timer of processor time")

Receive = Callable[[NoninAscii, bytes, int], list[Numeric]]
INPUTS = 3000


def test_changed_bytes_do_no_driver_any_harm() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.devices.fuzz", "--inputs", "54000", "--seed", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "54,000 inputs, 0 crashes, 0 hangs, 0 wrong" in done.stdout
    # What is refused at once tries little: of each driver something got through, with values.
    for name in DRIVERS:
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{name} ")]
        _, inputs, accepted, valued, *_ = line.replace(",", "").split()
        assert int(inputs) == 3000
        assert int(accepted) > 300, line
        assert int(valued) > 300, line


def broken(receive: Receive) -> Outcome:
    """What the fuzzer finds of a driver with this in the place of its ``receive``."""
    kind = type("Broken", (NoninAscii,), {"receive": receive})
    return converse("nonin_ascii", 1, 0, INPUTS, kind)


def crashes(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    if b"\xfe" in data:
        raise IndexError("a byte too far")
    return NoninAscii.receive(driver, data, t_ms)


def hangs(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    while b"\xfe" in data:
        pass
    return NoninAscii.receive(driver, data, t_ms)


def in_the_future(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    return NoninAscii.receive(driver, data, t_ms + 1)


def unclaimed(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    return [Numeric(Parameter.TEMP, 37.0, t_ms)] if b"\xfe" in data else []


def whole_number(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    return [Numeric(Parameter.SPO2, 98, t_ms)] if b"\xfe" in data else []


def out_of_range(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    told = Numeric(Parameter.SPO2, 98.0, t_ms)
    object.__setattr__(told, "value", 198.0)
    return [told]


def hoards(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    vars(driver)["heard"] = vars(driver).get("heard", b"") + data
    return []


def counts_back(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    driver.refused = len(data)
    return []


def babbles(driver: NoninAscii, data: bytes, t_ms: int) -> list[Numeric]:
    driver.trouble = data.decode("latin-1")
    return []


@pytest.mark.parametrize(
    ("receive", "kind", "words"),
    [
        (crashes, "crash", "IndexError: a byte too far"),
        (hangs, "hang", "of processor time"),
        (in_the_future, "wrong", "t_ms="),
        (unclaimed, "wrong", "TEMP"),
        (whole_number, "wrong", "value=98,"),
        (out_of_range, "wrong", "value=198.0"),
        (hoards, "wrong", "it holds"),
        (counts_back, "wrong", "the counters go back"),
        (babbles, "wrong", "these are no words"),
    ],
)
def test_each_fault_is_found(receive: Receive, kind: str, words: str) -> None:
    found = broken(receive)
    assert found.kind == kind
    assert words in found.fault
    assert "again: python -m tests.devices.fuzz --seed 1 --driver nonin_ascii" in found.fault
    report = Report(1, [found])
    assert not report.good()
    assert report.kinds(kind) == 1


def test_the_same_seed_gives_the_same_bytes() -> None:
    def given(seed: int) -> list[bytes]:
        inputs = Inputs("datex_dri", Random(seed))
        return [inputs.changed() for _ in range(300)]

    assert given(3) == given(3) != given(4)


def test_a_process_that_grows_is_found() -> None:
    outcomes = [Outcome("x", n, process=1, rss_mb=50 + 3 * n) for n in range(12)]
    assert Report(1, outcomes).grown_mb() == 24
    assert not Report(1, outcomes).good()
    assert Report(1, [Outcome("x", n, process=n, rss_mb=3 * n) for n in range(12)]).good()


def test_no_more_inputs_than_asked_for_by_a_rounding() -> None:
    todo = list(tasks(["a", "b"], 1, 50_001))
    assert sum(count for *_, count in todo) == 50_002
    assert len(set(todo)) == len(todo)


@pytest.mark.parametrize("name", sorted(SEALS))
def test_an_unchanged_frame_opened_and_sealed_is_as_it_was(name: str) -> None:
    inside, seal = SEALS[name]
    last = seeds(name)[-300:]  # of the virtual monitor; Medlab's pressures have no sum
    assert any(seal(inside(frame)).strip() == frame.strip() for frame in last)
    assert DRIVERS[name].facts.checksum


def test_every_checksum_can_be_sealed() -> None:
    assert set(SEALS) == {name for name in DRIVERS if DRIVERS[name].facts.checksum}


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_four_times_what_a_port_gives_at_once_is_taken_in_time(name: str) -> None:
    driver = DRIVERS[name]()
    driver.connected(START_MS)
    for byte in b"\r\x80":  # the work for each must not grow with all that came
        with in_time():
            driver.receive(bytes([byte]) * (4 * MOST_AT_ONCE), START_MS)
