"""Philips IntelliVue: the conversation, linked messages, wrong words, and a recorded stream."""

import random
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.driver import FrameError
from devices.intellivue_frames import (
    FrameSplitter,
    association_request,
    create_result,
    numerics_poll,
    release_request,
    unframe,
)
from devices.numeric import CUFF, VITALS, Numeric, Parameter, Validity
from devices.philips_intellivue import REFUSED, PhilipsIntellivue
from tests.devices import intellivue_messages as made
from tests.devices.intellivue_driver import (
    ASSOCIATE,
    CAPTURES,
    RELEASE,
    T_MS,
    after,
    polling,
    value_of,
)
from tests.devices.intellivue_messages import (
    SECOND,
    START,
    STEADY,
    result,
    shown,
    wire,
)

# What we send


def test_the_association_request_has_its_documented_size_and_ends() -> None:
    message = association_request()
    assert len(message) == 238
    assert message[:2] == bytes.fromhex("0dec")
    assert message.endswith(b"\0" * 16)
    assert bytes.fromhex("f0010008") + b"\x8c" in message
    assert message.count(bytes.fromhex("2a8648ce1402010000000101")) == 2


def test_the_release_request_is_the_published_one() -> None:
    published = "0918c11661803080020101a0806280800100" + "00" * 8
    assert release_request().hex() == published


def test_a_poll_and_a_create_result_are_laid_out_as_published() -> None:
    poll = "e10000020001001c000300070016002100000000000000000c1600080003000100060000"
    assert numerics_poll(3).hex() == poll
    confirmed = "e10000020002001400010001000e002100000000001388000d060000"
    assert create_result(1, made.MDS, 0x138800).hex() == confirmed


# The conversation


def test_from_connecting_to_the_first_value() -> None:
    driver = PhilipsIntellivue()
    assert driver.connected(T_MS) == ASSOCIATE
    assert driver.due(T_MS + 100) == b""
    assert driver.receive(wire(made.accept()), T_MS + 200) == []
    assert driver.due(T_MS + 200) == b""
    assert driver.receive(wire(made.mds_create()), T_MS + 300) == []
    assert driver.identity == "0009FB112233"
    confirmed = wire(create_result(1, made.MDS, START))
    assert driver.due(T_MS + 300) == confirmed + wire(numerics_poll(1))
    assert driver.due(T_MS + 400) == b""
    told = {n.parameter: n.value for n in after(driver, 0.5, *STEADY)}
    assert told == {
        Parameter.HR: 72,
        Parameter.PR: 71,
        Parameter.SPO2: 97.5,
        Parameter.RR: 14,
        Parameter.ETCO2: 38,
        Parameter.TEMP: 36.6,
    }


def test_it_polls_once_a_second_whenever_it_is_asked() -> None:
    driver = polling()
    polls = []
    for at_ms in range(0, 10_000, 130):
        after(driver, at_ms / 1000, *STEADY)
        if driver.due(T_MS + at_ms):
            polls.append(at_ms)
    assert len(polls) == 9
    assert all(870 <= later - earlier <= 1130 for earlier, later in pairwise(polls))


def test_it_polls_no_oftener_than_the_monitor_grants() -> None:
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    driver.receive(wire(made.accept(5 * SECOND)) + wire(made.mds_create()), T_MS)
    assert wire(numerics_poll(1)) in driver.due(T_MS)
    assert driver.due(T_MS + 4_900) == b""
    assert driver.due(T_MS + 5_000) == wire(numerics_poll(2))
    assert driver.due(T_MS + 19_000) != RELEASE + ASSOCIATE


@pytest.mark.parametrize("accepted", [False, True])
def test_an_unanswered_request_is_repeated(accepted: bool) -> None:
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    if accepted:
        driver.receive(wire(made.accept()), T_MS)
    assert driver.due(T_MS + 2_900) == b""
    assert driver.due(T_MS + 3_000) == RELEASE + ASSOCIATE
    assert driver.due(T_MS + 3_100) == b""
    assert driver.due(T_MS + 6_000) == RELEASE + ASSOCIATE


def test_silence_ends_in_a_new_association() -> None:
    driver = polling()
    after(driver, 1, *STEADY)
    assert driver.due(T_MS + 4_900) == wire(numerics_poll(2))
    assert driver.due(T_MS + 5_000) == RELEASE + ASSOCIATE
    driver.receive(made.opening(), T_MS + 5_100)
    assert driver.due(T_MS + 5_100).endswith(wire(numerics_poll(1)))


def test_waves_alone_are_no_answer() -> None:
    driver = polling()
    for s in (1, 2, 3, 4):
        driver.receive(wire(result((), START, polled=9)), T_MS + s * 1000)
    assert driver.due(T_MS + 4_000) == RELEASE + ASSOCIATE


@pytest.mark.parametrize("kind", [0x09, 0x0A, 0x19])
def test_the_monitor_ends_the_association(kind: int) -> None:
    driver = polling()
    after(driver, 1, *STEADY)
    driver.receive(wire(made.session(kind)), T_MS + 1_500)
    assert driver.due(T_MS + 2_400) == b""
    assert driver.due(T_MS + 2_500) == RELEASE + ASSOCIATE
    # The answer to the release, which came too late, must not stop what now begins.
    driver.receive(wire(made.session(0x0A)) + wire(made.session(0x19)), T_MS + 2_600)
    assert driver.due(T_MS + 5_400) == b""


def test_a_refusal_is_a_trouble_until_it_is_accepted() -> None:
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    driver.receive(wire(made.session(0x0C)), T_MS)
    assert driver.trouble == REFUSED
    assert driver.due(T_MS + 3_000) == RELEASE + ASSOCIATE
    driver.receive(wire(made.accept()), T_MS + 3_100)
    assert driver.trouble == ""


def test_a_monitor_that_says_again_what_it_is_is_answered_again() -> None:
    driver = polling()
    driver.receive(wire(made.mds_create()), T_MS + 500)
    assert driver.due(T_MS + 500) == wire(create_result(1, made.MDS, START))


def test_connecting_again_forgets_the_association_and_the_identity() -> None:
    driver = polling()
    driver.receive(wire(made.mds_create())[:40], T_MS)
    assert driver.connected(T_MS + 9_000) == ASSOCIATE
    assert driver.identity is None
    assert driver.due(T_MS + 9_100) == b""


def test_it_releases_before_the_port_is_closed() -> None:
    assert PhilipsIntellivue().closing() == b""
    assert polling().closing() == RELEASE


@pytest.mark.parametrize("number", [b"", b"\0" * 6, b"\xff" * 6])
def test_a_monitor_without_a_number_has_no_identity(number: bytes) -> None:
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    driver.receive(wire(made.mds_create(number)), T_MS)
    assert (driver.accepted, driver.identity) == (1, None)


@pytest.mark.parametrize(
    "message",
    [
        association_request(),
        numerics_poll(1),
        b"\x55\x00",
        b"\x0e\x05\x00",
        result(STEADY, START)[:-1],
        result(STEADY, START) + b"\0",
        result(STEADY, START).replace(b"\x0a\xa0", b"\x0a"),
        b"\xe2" + result(STEADY, START)[1:],
    ],
)
def test_a_message_is_taken_whole_or_not_at_all(message: bytes) -> None:
    driver = polling()
    before = driver.accepted
    assert driver.receive(wire(message), T_MS) == []
    assert (driver.accepted, driver.refused) == (before, 1)


# Results in parts


def test_parts_are_told_when_the_last_has_come() -> None:
    driver = polling()
    *parts, last = [wire(m) for m in _linked_messages()]
    assert [driver.receive(part, T_MS) for part in parts] == [[]] * 3
    assert {n.parameter for n in driver.receive(last, T_MS)} == set(VITALS) - set(CUFF)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_part_is_not_taken_for_parameters_that_are_not_there(missing: int) -> None:
    driver = polling()
    driver.receive(b"".join(map(wire, _linked_messages())), T_MS)
    parts = [wire(m) for n, m in enumerate(_linked_messages()) if n != missing]
    numerics = driver.receive(b"".join(parts), T_MS + 1000)
    assert numerics
    assert {n.validity for n in numerics} == {Validity.VALID}


def test_parts_that_never_end_are_not_gathered_for_ever() -> None:
    driver = polling()
    driver.receive(wire(result(STEADY, START, link=(1, 1))), T_MS)
    for number in range(2, 200):
        objects = [shown(0xF000 + 10 * number + n, 1, made.BPM) for n in range(10)]
        driver.receive(wire(result(objects, START, link=(2, number))), T_MS)
    kept = driver._result
    assert kept is not None
    assert kept.parts == 199
    assert (len(kept.told), len(kept.known)) == (7, 8)
    assert value_of(driver.receive(wire(result((), START)), T_MS), Parameter.HR).value == 72


def test_an_end_alone_says_nothing() -> None:
    driver = polling()
    assert driver.receive(wire(result((), START)), T_MS) == []


def _linked_messages() -> list[bytes]:
    cut = (STEADY[:3], STEADY[3:6], STEADY[6:])
    parts = [result(part, START, link=(n, n)) for n, part in enumerate(cut, 1)]
    return [*parts, result((), START)]


# Whatever comes


@given(case=st.sampled_from(sorted(made.CASES)), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_messages_with_a_right_checksum_and_wrong_words(case: str, seed: int) -> None:
    chance = random.Random(seed)
    driver = polling()
    for at, found in enumerate(FrameSplitter()(made.CASES[case][1])):
        try:
            message = bytearray(unframe(found))
        except FrameError:
            continue
        for _ in range(chance.randint(1, 3)):
            message[chance.randrange(len(message))] = chance.choice((0, 1, 6, 0x7F, 0x80, 0xFF))
        del message[chance.choice((len(message), chance.randrange(1, len(message) + 1))) :]
        before = driver.accepted + driver.refused
        for told in driver.receive(wire(bytes(message)), T_MS + at * 1000):
            assert told.value is None or told.validity.has_value
        assert driver.accepted + driver.refused == before + 1
        driver.due(T_MS + at * 1000)


# A monitor's own words


def captured(name: str) -> bytes:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"needs {name}, recorded by others and not ours to include")
    return path.read_bytes()


def told_by_the_capture(size: int) -> tuple[PhilipsIntellivue, list[Numeric]]:
    raw = captured("intellivue_first60frames.raw")
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    chunks = [raw[at : at + size] for at in range(0, len(raw), size)]
    return driver, [n for chunk in chunks for n in driver.receive(chunk, T_MS)]


@pytest.mark.parametrize("size", [1, 1000, 10**6])
def test_a_recorded_stream(size: int) -> None:
    driver, numerics = told_by_the_capture(size)
    assert (driver.accepted, driver.refused) == (60, 0)
    assert driver.identity is not None
    assert len(bytes.fromhex(driver.identity)) == 6
    history = {
        parameter: [(n.value, n.validity) for n in found]
        for parameter, found in groupby(sorted(numerics, key=_name), key=lambda n: n.parameter)
    }
    nothing = (None, Validity.UNAVAILABLE)
    assert history[Parameter.HR] == [nothing] + [(60, Validity.VALID)] * 7
    for parameter in (Parameter.SPO2, Parameter.PR):
        assert history[parameter] == [nothing] + [(None, Validity.INVALID)] * 7
    for parameter in CUFF:
        assert history[parameter] == [nothing]
    assert set(history[Parameter.RR]) == {nothing}
    assert not any(n.demo for n in numerics)


def _name(numeric: Numeric) -> str:
    return numeric.parameter.value


def test_a_flipped_byte_costs_one_frame() -> None:
    raw = bytearray(captured("intellivue_first60frames.raw"))
    at = raw.index(b"\x4b\xb8", 5000)
    raw[at] ^= 0x10
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    driver.receive(bytes(raw), T_MS)
    assert (driver.accepted, driver.refused) == (59, 1)


def test_recorded_frames_in_hex() -> None:
    text = captured("intellivue_selected_frames.hex.txt").decode()
    frames = [bytes.fromhex(line) for line in text.splitlines() if not line.startswith("#")]
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    for one in filter(None, frames):
        driver.receive(one, T_MS)
    assert (driver.accepted, driver.refused) == (4, 0)


@pytest.mark.parametrize("name", made.CASES)
def test_the_constructed_messages_are_those_on_disk(name: str) -> None:
    _, raw = made.CASES[name]
    assert (made.LOGS / f"{name}.raw").read_bytes() == raw
