"""The rules of the house, over every driver in the table."""

import ast
import inspect
import random
import re
import string
import subprocess
import sys
import threading
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.driver import BATTERY_LOW, Driver
from devices.numeric import CUFF, PUMP, Numeric, Parameter
from devices.table import DRIVERS
from tests.devices.logs import EVIDENCE, START_MS, Log, frames_in, logs

NAMES = sorted(DRIVERS)
CHECKED = [name for name in NAMES if DRIVERS[name].facts.checksum]
UNCHECKED = [name for name in NAMES if not DRIVERS[name].facts.checksum]
NOISE = [bytes([byte]) * 5000 for byte in (0x00, 0xFF, 0x55, 0x7E, 0x0A, 0x2D)]


def opened(name: str) -> Driver:
    driver = DRIVERS[name]()
    driver.connected(START_MS)
    return driver


def given_in(name: str, chunks: list[bytes]) -> tuple[list[Numeric], Driver]:
    driver = opened(name)
    return [n for chunk in chunks for n in driver.receive(chunk, START_MS)], driver


@cache
def raw_of(name: str) -> bytes:
    return b"".join(log.raw.read_bytes() for log in logs(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_table_the_facts_and_the_module_agree_on_the_name(name: str) -> None:
    driver = DRIVERS[name]
    assert driver.facts.name == name == driver.__module__.removeprefix("devices.")


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_the_protocol_page(name: str) -> None:
    page = inspect.getdoc(sys.modules[DRIVERS[name].__module__]) or ""
    facts = DRIVERS[name].facts
    _, source, cited = page.partition("\nSource: ")
    assert source, "no paragraph 'Source: ...'"
    assert len(cited) > 40
    line = facts.line
    assert f"{line.baudrate} {line.bytesize}{line.parity}{line.stopbits}" in page
    assert "checksum" in page.lower()


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_are_complete(name: str) -> None:
    facts = DRIVERS[name].facts
    assert facts.maker
    assert facts.models
    assert len(set(facts.models)) == len(facts.models)
    assert facts.parameters
    assert len(set(facts.parameters)) == len(facts.parameters)
    # A cuff alone has nothing whose absence between two readings could be an alarm; nor has a pump.
    assert facts.expected or set(CUFF) <= set(facts.parameters) or facts.parameters == PUMP
    assert not set(facts.expected) & set(PUMP)
    assert set(facts.expected) <= set(facts.parameters)
    assert not any(parameter.episodic for parameter in facts.expected)
    assert facts.period_s > 0
    assert facts.checksum != ""


@pytest.mark.parametrize("name", NAMES)
def test_the_evidence_is_that_of_the_logs(name: str) -> None:
    assert logs(name), f"no logs in tests/logs/{name}; docs/writing-a-driver.md says how"
    found = {log.facts().get("Evidence") for log in logs(name)}
    in_logs = [kind for kind in EVIDENCE if kind in found]
    assert list(DRIVERS[name].facts.evidence) == in_logs, "facts.evidence is not that of the logs"
    assert found <= set(EVIDENCE), f"'# Evidence:' is one of {', '.join(EVIDENCE)}"


@pytest.mark.parametrize("name", NAMES)
def test_the_logs_show_every_parameter_with_a_value_and_without(name: str) -> None:
    assert logs(name), f"no logs in tests/logs/{name}; docs/writing-a-driver.md says how"
    numerics, _ = given_in(name, [raw_of(name)])
    parameters = {parameter.value for parameter in DRIVERS[name].facts.parameters}
    shown = {n.parameter.value for n in numerics if n.value is not None}
    assert shown == parameters, "no log has a number of the ones that are extra on the right"
    shown = {n.parameter.value for n in numerics if n.value is None}
    assert shown == parameters, "no log has 'no value' of the ones that are extra on the right"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: f"all-{noise[0]:02X}")
def test_monotonous_bytes_give_nothing(name: str, noise: bytes) -> None:
    numerics, driver = given_in(name, [noise, b"\r\n~~\r\n"])
    assert numerics == []
    assert driver.accepted == 0


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 2**32), longest=st.sampled_from((1, 2, 7, 64, 700)))
@settings(max_examples=12, deadline=None)
def test_chunks_make_no_difference(name: str, seed: int, longest: int) -> None:
    chance, raw, chunks, at = random.Random(seed), raw_of(name), [], 0
    while at < len(raw):
        size = chance.randint(1, longest)
        chunks.append(raw[at : at + size])
        at += size
    numerics, driver = given_in(name, chunks)
    whole, at_once = given_in(name, [raw])
    assert numerics == whole
    assert (driver.accepted, driver.refused) == (at_once.accepted, at_once.refused)
    assert (driver.identity, driver.trouble) == (at_once.identity, at_once.trouble)


@pytest.mark.parametrize("log", logs(), ids=str)
def test_a_truncated_frame_gives_nothing(log: Log) -> None:
    for frame in set(frames_in(log.driver, log.raw.read_bytes())):
        for end in range(len(frame.rstrip(b"\r\n~"))):
            numerics, driver = given_in(log.driver, [frame[:end]])
            assert numerics == []
            assert driver.accepted == 0


@pytest.mark.parametrize("log", logs(), ids=str)
def test_a_half_frame_does_not_outlive_its_connection(log: Log) -> None:
    first, *_ = frames_in(log.driver, log.raw.read_bytes())
    whole, alone = given_in(log.driver, [first])
    driver = opened(log.driver)
    driver.receive(first[: len(first) // 2], START_MS)
    driver.connected(START_MS)
    assert driver.receive(first, START_MS) == whole
    assert (driver.accepted, driver.refused) == (alone.accepted, alone.refused)


@pytest.mark.parametrize("log", [log for name in CHECKED for log in logs(name)], ids=str)
def test_a_flipped_bit_is_refused_or_changes_nothing(log: Log) -> None:
    frames = set(frames_in(log.driver, log.raw.read_bytes()))
    assert frames
    for frame in frames:
        unflipped, _ = given_in(log.driver, [frame])
        for at in range(len(frame)):
            for bit in range(8):
                flipped = frame[:at] + bytes([frame[at] ^ 1 << bit]) + frame[at + 1 :]
                numerics, driver = given_in(log.driver, [flipped])
                assert numerics in ([], unflipped), f"byte {at} bit {bit}"
                assert not numerics or driver.accepted == 1


def who(name: str, frames: list[bytes]) -> list[str | None]:
    """What a driver calls its monitor after each of some frames."""
    driver, found = opened(name), []
    for frame in frames:
        driver.receive(frame, START_MS)
        found.append(driver.identity)
    return found


@cache
def naming(name: str) -> dict[str, bytes]:
    """Frames of the logs that name the monitor, one for each name."""
    frames = [f for log in logs(name) for f in frames_in(name, log.raw.read_bytes())]
    return {said: f for f in frames if (said := who(name, [f, f])[1])}


def test_the_logs_hold_the_names_of_monitors() -> None:
    assert {name for name in NAMES if naming(name)} == {
        *(
            "bbraun_bcc",
            "capnostream",
            "datex_dri",
            "draeger_medibus",
            "masimo_ascii1",
            "nellcor_printout",
        ),
        "philips_intellivue",
    }


@pytest.mark.parametrize("name", [name for name in NAMES if naming(name)])
def test_one_damaged_character_is_never_another_monitor(name: str) -> None:
    for said, frame in naming(name).items():
        for at, byte in enumerate(frame):
            wrong = {byte ^ 1 << bit for bit in range(8)}
            if name in UNCHECKED:  # a sum of bytes sees any one of them
                wrong |= set(b"0123456789-") - {byte}
            for instead in wrong:
                damaged = frame[:at] + bytes([instead]) + frame[at + 1 :]
                first = who(name, [damaged, frame, frame, frame])
                assert set(first) <= {None, said}, f"byte {at} {instead:02X}"
                assert first[3] == said
                assert set(who(name, [frame, frame, damaged, frame])[1:]) == {said}


@pytest.mark.parametrize("name", NAMES)
def test_a_low_battery_is_in_the_logs_and_ends_with_the_connection(name: str) -> None:
    driver, found = opened(name), set()
    for log in logs(name):
        for frame in frames_in(name, log.raw.read_bytes()):
            driver.receive(frame, START_MS)
            found.add(driver.weakness)
            if driver.weakness:
                driver.connected(START_MS)
                assert driver.weakness == ""
    page = inspect.getdoc(sys.modules[DRIVERS[name].__module__]) or ""
    told = {"", BATTERY_LOW} if re.search("battery low|low battery|as format 2", page) else {""}
    assert found == told, "what the page says of the battery is not what the logs show"


@pytest.mark.parametrize("name", UNCHECKED)
def test_without_a_checksum_chance_is_not_accepted(name: str) -> None:
    chance = random.Random(20_000)
    frames = [chance.randbytes(chance.randint(1, 120)) for _ in range(5_000)]
    printable = (string.ascii_letters + string.digits + string.punctuation + " ").encode()
    frames += [bytes(chance.choices(printable, k=chance.randint(1, 160))) for _ in range(5_000)]
    frames += [_shuffled(line, chance) for line in raw_of(name).splitlines() for _ in range(200)]
    numerics, driver = given_in(name, [frame + b"\r\n" for frame in frames])
    assert driver.refused >= 10_000, "frames of chance must be counted as refused, not passed over"
    assert driver.accepted == 0, "chance was accepted: ask more of the form, or agreeing frames"
    assert numerics == []


def _shuffled(line: bytes, chance: random.Random) -> bytes:
    """The same bytes in another order: likelier to be taken for a line than any others."""
    return bytes(chance.sample(line, len(line)))


@pytest.mark.parametrize("name", NAMES)
def test_each_object_has_a_conversation_of_its_own(name: str) -> None:
    alone, _ = given_in(name, [raw_of(name)])
    one, other = opened(name), opened(name)
    given_to_one: list[Numeric] = []
    for at in range(0, len(raw_of(name)), 50):
        chunk = raw_of(name)[at : at + 50]
        given_to_one += one.receive(chunk, START_MS)
        other.receive(chunk[::-1], START_MS)
    assert given_to_one == alone


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_before_connecting(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    threads = threading.active_count()
    driver = DRIVERS[name]()
    assert driver.due(START_MS) == b""
    assert (driver.accepted, driver.refused, driver.identity, driver.trouble) == (0, 0, None, "")
    assert threading.active_count() == threads
    assert capfd.readouterr() == ("", "")


def test_importing_the_table_opens_nothing() -> None:
    code = "import sys, devices.table; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert not {"serial", "socket", "threading", "asyncio", "logging"} & set(done.stdout.split())


@pytest.mark.parametrize("name", NAMES)
def test_a_driver_has_no_clock_and_no_port(name: str) -> None:
    tree = ast.parse(inspect.getsource(sys.modules[DRIVERS[name].__module__]))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    forbidden = {"time", "datetime", "serial", "socket", "threading", "asyncio", "logging", "os"}
    assert not forbidden & {str(module).split(".")[0] for module in imported}


def test_cuff_readings_come_of_drivers_that_say_so() -> None:
    for name in NAMES:
        numerics, _ = given_in(name, [raw_of(name)])
        assert (
            {n.parameter for n in numerics} <= set(DRIVERS[name].facts.parameters) <= set(Parameter)
        )
