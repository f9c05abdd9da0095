"""Philips IntelliVue: frames, the conversation, what a numeric says, and the cuff's own time."""

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.driver import FrameError
from devices.intellivue_frames import (
    FrameSplitter,
    association_request,
    create_result,
    fcs,
    framed,
    numerics_poll,
    release_request,
    unframe,
)
from devices.intellivue_values import MonitorClock, Told, Words, absolute_ms
from devices.numeric import CUFF, Numeric, Parameter, Validity
from devices.philips_intellivue import REFUSED, PhilipsIntellivue
from tests.conftest import SHARED
from tests.devices import intellivue_messages as made
from tests.devices.intellivue_messages import (
    CUFF_AT_9_S,
    DEMO,
    MEASURING,
    SECOND,
    START,
    STEADY,
    CuffShown,
    result,
    shown,
    time_at,
    wire,
)

T_MS = 1_700_000_000_000
CAPTURES = Path(os.environ.get("CHAIRSIDE_SHARED", SHARED)) / "captures"
ASSOCIATE = wire(association_request())
RELEASE = wire(release_request())


def polling(now: bytes = made.NOON, relative: int = START) -> PhilipsIntellivue:
    """A driver at T_MS that has just been told what the monitor is."""
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    driver.receive(wire(made.accept()) + wire(made.mds_create(relative=relative, now=now)), T_MS)
    driver.due(T_MS)
    return driver


def after(
    driver: PhilipsIntellivue, s: float, *objects: bytes, relative: int = START
) -> list[Numeric]:
    """What a result so many seconds after T_MS gives."""
    message = result(objects, (relative + round(s * SECOND)) % 2**32)
    return driver.receive(wire(message), T_MS + round(s * 1000))


def value_of(numerics: Sequence[Numeric], parameter: Parameter) -> Numeric:
    (found,) = [n for n in numerics if n.parameter is parameter]
    return found


def cuff_of(numerics: Sequence[Numeric]) -> list[Numeric]:
    return [n for n in numerics if n.parameter in CUFF]


# Frames


@pytest.mark.parametrize(
    ("content", "on_the_wire"),
    [("3a71", "c03a719b26c1"), ("3a91", "c03a91957de1c1")],  # mdpnp, TestFCSOutputStream (BSD-2)
)
def test_published_vectors_of_the_checksum(content: str, on_the_wire: str) -> None:
    assert framed(bytes.fromhex(content)).hex() == on_the_wire


def test_the_checksum_is_that_of_the_rfc() -> None:
    assert fcs(b"123456789") == 0x906E


@pytest.mark.parametrize("message", [b"\xc0", b"\x7d\xc1\xc0", bytes(range(256)), b"\x5d\xe0"])
def test_a_message_survives_the_wire(message: bytes) -> None:
    (found,) = FrameSplitter()(wire(message))
    assert unframe(found) == message
    assert framed(b"\x11\x01" + len(message).to_bytes(2, "big") + message) == wire(message)


@pytest.mark.parametrize(
    "sent",
    [
        wire(b"\xe1\x00", length=3),
        wire(b"\xe1\x00", length=1),
        wire(b"\xe1\x00", header=b"\x11\x02"),
        wire(b"\xe1\x00", header=b"\x10\x01"),
        wire(b""),
        b"\xc0\xc1",
        b"\xc0\x7d\xc1",
        wire(b"\xe1\x01").replace(b"\xe1", b"\x7d\xc1"),
        wire(b"\xe1\x01").replace(b"\xe1\x01", b"\xe1\x7d\x21"),  # an escape where none is needed
        wire(b"\xe1\x01")[:-3] + b"\xc1",
    ],
)
def test_a_frame_is_whole_or_nothing(sent: bytes) -> None:
    for found in FrameSplitter()(sent):
        with pytest.raises(FrameError):
            unframe(found)


def test_noise_between_frames_vanishes() -> None:
    split = FrameSplitter()
    good = wire(made.mds_create())
    assert split(b"noise\xc1" + good[:20] + good + b"more") == [good[1:-1]]
    assert split(b"\xc0" + bytes(100_000)) == []
    assert len(split._rest) == 0
    assert split(good) == [good[1:-1]]


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
    assert {n.parameter for n in driver.receive(last, T_MS)} == set(Parameter) - set(CUFF)


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


# Numerics


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("fd007d00", 32),
        ("ff000140", 32),
        ("01000140", 3200),
        ("02000020", 3200),
        ("fffffffb", -0.5),
    ],
)
def test_floating_numbers(raw: str, value: float) -> None:
    told = Told.of(Words(bytes(6) + bytes.fromhex(raw)))
    assert told.value() == value


@pytest.mark.parametrize("exponent", [-128, -5, 100, 127])
def test_an_absurd_exponent_is_out_of_range(exponent: int) -> None:
    hr = value_of(after(polling(), 1, shown(made.HR, 72, made.BPM, 0, exponent)), Parameter.HR)
    assert (hr.value, hr.reason) == (None, "out of range")


def test_a_pulse_by_the_oximeter_comes_before_another() -> None:
    both = (shown(made.PULSE, 80, made.BPM), shown(made.PLETH_PULSE, 71, made.BPM))
    assert value_of(after(polling(), 1, *both), Parameter.PR).value == 71
    lost = (both[0], shown(made.PLETH_PULSE, made.NAN, made.BPM, made.INVALID))
    assert value_of(after(polling(), 1, *lost), Parameter.PR).value == 80


def test_the_cuffs_pulse_is_no_pulse_rate() -> None:
    pr = value_of(after(polling(), 1, shown(made.CUFF_PULSE, 77, made.BPM)), Parameter.PR)
    assert (pr.value, pr.reason) == (None, "not connected")


def test_of_two_alike_the_one_that_is_named_so() -> None:
    named = shown(made.SPO2, 97, made.PERCENT)
    other = shown(made.SPO2, 88, made.PERCENT, label=0xF0AB)
    for pair in ((named, other), (other, named)):
        assert value_of(after(polling(), 1, *pair), Parameter.SPO2).value == 97


@pytest.mark.parametrize(
    ("state", "validity", "reason"),
    [
        (made.INVALID, Validity.INVALID, "no valid value"),
        (made.UNAVAILABLE, Validity.UNAVAILABLE, "not measuring"),
        (made.INVALID | made.UNAVAILABLE, Validity.UNAVAILABLE, "not measuring"),
        (made.CALIBRATING, Validity.INVALID, "calibrating"),
        (made.TEST | made.QUESTIONABLE, Validity.INVALID, "test data"),
        (made.QUESTIONABLE, Validity.QUESTIONABLE, "questionable"),
        (made.EARLY | made.QUESTIONABLE, Validity.QUESTIONABLE, "questionable, early value"),
        (made.ALARM | 0x0081, Validity.VALID, ""),
    ],
)
def test_a_state_is_believed_whatever_number_comes_with_it(
    state: int, validity: Validity, reason: str
) -> None:
    hr = value_of(after(polling(), 1, shown(made.HR, 72, made.BPM, state)), Parameter.HR)
    assert (hr.validity, hr.reason) == (validity, reason)
    assert hr.value == (72 if validity.has_value else None)


def test_a_number_still_being_measured_is_measuring() -> None:
    temp = shown(made.TEMP, made.NAN, made.CELSIUS, MEASURING)
    assert value_of(after(polling(), 1, temp), Parameter.TEMP).validity is Validity.MEASURING


def test_demo_values_are_marked() -> None:
    numerics = after(polling(), 1, shown(made.HR, 72, made.BPM, DEMO), *STEADY[1:])
    assert {n.parameter for n in numerics if n.demo} == {Parameter.HR}
    assert value_of(numerics, Parameter.HR).value == 72


# The clock


@pytest.mark.parametrize(
    ("bcd", "ms"),
    [
        ("1970010100000000", 0),
        ("2000022923595999", 951_868_799_990),
        ("ffffffffffffffff", None),
        ("2026130100000000", None),
        ("2026010100006000", None),
        ("20260a0100000000", None),
        ("2026", None),
    ],
)
def test_absolute_time(bcd: str, ms: int | None) -> None:
    assert absolute_ms(bytes.fromhex(bcd)) == ms


def test_the_clock_runs_on_through_the_turn_of_relative_time() -> None:
    clock = MonitorClock()
    clock.tell(2**32 - 8000, 1_000_000)
    clock.tell(8000, None)
    assert clock.absolute_ms == 1_002_000
    clock.tell(2**32 - 8000, None)
    assert clock.absolute_ms == 1_000_000


# The cuff


def test_a_reading_has_the_time_of_its_measurement() -> None:
    driver = polling()
    for s in range(1, 9):
        after(driver, s, CuffShown(state=MEASURING).attributes())
    told = cuff_of(after(driver, 11, CUFF_AT_9_S.attributes()))
    assert [n.value for n in told] == [131, 84, 99]
    assert {n.t_ms for n in told} == {T_MS + 9_000}


@pytest.mark.parametrize("relative", [START, 2**32 - 4 * SECOND])
def test_or_by_relative_time(relative: int) -> None:
    driver = polling(relative=relative)
    stamp = (relative + 9 * SECOND) % 2**32
    cuff = CuffShown(131, 84, 99, relative=stamp).attributes()
    after(driver, 8, CuffShown(state=MEASURING).attributes(), relative=relative)
    told = cuff_of(after(driver, 11, cuff, relative=relative))
    assert {n.t_ms for n in told} == {T_MS + 9_000}


def test_a_reading_is_told_once() -> None:
    driver = polling()
    told = [cuff_of(after(driver, s, CUFF_AT_9_S.attributes())) for s in range(10, 200)]
    assert [bool(numerics) for numerics in told] == [True] + [False] * 189
    driver.connected(T_MS + 300_000)
    driver.receive(made.opening(), T_MS + 300_000)
    assert cuff_of(after(driver, 301, CUFF_AT_9_S.attributes())) == []


def test_equal_numbers_with_another_time_are_another_reading() -> None:
    driver = polling()
    assert cuff_of(after(driver, 10, CUFF_AT_9_S.attributes()))
    again = replace(CUFF_AT_9_S, absolute=time_at(12))
    assert {n.t_ms for n in cuff_of(after(driver, 13, again.attributes()))} == {T_MS + 12_000}


def test_a_reading_of_before_is_no_value() -> None:
    old = CuffShown(142, 90, 107, absolute=bytes.fromhex("2026030111300000"))
    told = cuff_of(after(polling(), 1, old.attributes()))
    assert [(n.value, n.validity) for n in told] == [(None, Validity.UNAVAILABLE)] * 3
    assert [n.reason for n in told] == [f"before connection {n}" for n in (142, 90, 107)]


def test_without_a_time_what_was_there_at_first_is_of_before() -> None:
    driver = polling()
    timeless = CuffShown(142, 90, 107)
    assert cuff_of(after(driver, 1, timeless.attributes()))[0].reason == "before connection 142"
    assert cuff_of(after(driver, 2, timeless.attributes())) == []
    changed = cuff_of(after(driver, 3, CuffShown(150, 90, 110).attributes()))
    assert [(n.value, n.t_ms) for n in changed] == [(v, T_MS + 3000) for v in (150, 90, 110)]
    after(driver, 4, CuffShown(state=MEASURING).attributes())
    same = cuff_of(after(driver, 5, CuffShown(150, 90, 110).attributes()))
    assert [n.value for n in same] == [150, 90, 110]


@pytest.mark.parametrize("minute", ["00", "59"])
def test_a_clock_that_was_set_does_not_move_what_we_saw_measured(minute: str) -> None:
    driver = polling()
    after(driver, 700, CuffShown(state=MEASURING).attributes())
    cuff = CuffShown(131, 84, 99, absolute=bytes.fromhex(f"20260301{12}{minute}0500"))
    told = cuff_of(after(driver, 705, cuff.attributes()))
    assert {n.t_ms for n in told} == {T_MS + 705_000}


def test_a_failed_measurement_is_told_though_the_old_reading_stands() -> None:
    driver = polling()
    after(driver, 10, CUFF_AT_9_S.attributes())
    measuring = cuff_of(after(driver, 20, replace(CUFF_AT_9_S, state=MEASURING).attributes()))
    assert {n.validity for n in measuring} == {Validity.MEASURING}
    assert cuff_of(after(driver, 21, replace(CUFF_AT_9_S, state=MEASURING).attributes())) == []
    failed = cuff_of(after(driver, 30, CUFF_AT_9_S.attributes()))
    assert {n.reason for n in failed} == {"cuff measurement failed"}


def test_a_reading_that_leaves_the_display_is_not_undone() -> None:
    driver = polling()
    after(driver, 10, CUFF_AT_9_S.attributes())
    assert cuff_of(after(driver, 11, made.NO_CUFF.attributes())) == []


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
