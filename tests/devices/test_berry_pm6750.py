"""Berry PM6750: what is in a frame, and which cuff numbers are a reading. Constructed frames."""

import pytest

from devices.berry_pm6750 import BerryPm6750
from devices.numeric import CUFF, Numeric, Parameter, Validity
from tests.devices.logs import FOLDER

T_MS = 1_700_000_000_000


def frame(*payload: int) -> bytes:
    body = [len(payload) + 2, *payload]
    return bytes([0x55, 0xAA, *body, 0xFF - sum(body) % 256])


def ecg(status: int = 0x18, hr: int = 72, rr: int = 14, rhythm: int = 1) -> bytes:
    return frame(2, status, hr, rr, 6, rhythm)


def oximetry(status: int = 0, spo2: int = 97, pr: int = 71) -> bytes:
    return frame(4, status, spo2, pr)


def temp(status: int = 2, whole: int = 36, tenths: int = 6, *second: int) -> bytes:
    return frame(5, status, whole, tenths, *(second or (0, 0)))


def cuff(result: int, sys: int = 0, mean: int = 0, dia: int = 0, pressure: int = 0) -> bytes:
    return frame(3, result << 2 | 1, pressure, sys, mean, dia)


BUSY, DONE = cuff(1, pressure=60), cuff(0, 121, 93, 78)
WAVES = (
    bytes.fromhex("55AA0A018080808080808074")  # printed in the manual, page 12
    + frame(0xFE, 60)
    + frame(0xFF, 120)
    + frame(0x30)
    + frame(0x31)
)

CASES = {
    "steady": (
        "HR, RR, SpO2, PR and Temp among waves and marks of beats",
        b"".join(WAVES * 2 + ecg(hr=72 + n) + oximetry() + temp() for n in range(3)),
    ),
    "cuff": (
        "numbers at rest at connecting; measuring; a reading, repeated; the same numbers measured",
        cuff(0, 140, 100, 85) * 2 + BUSY * 3 + DONE * 3 + BUSY + DONE * 2,
    ),
    "cuff_failed": (
        "each result without a reading, one without numbers, a partial one",
        b"".join(BUSY + cuff(result) * 2 for result in (2, 3, 4, 5, 6, 7, 8, 0))
        + BUSY
        + cuff(0, 0, 90, 0),
    ),
    "sensors_off": (
        "lead off; no sensor, no finger, search, long search; probes off",
        ecg(0x1A, 0, 0)
        + b"".join(oximetry(status, 127, 255) for status in (1, 2, 3, 4))
        + temp(3, 0, 0)
        + temp(1, 0, 0, 37, 1),
    ),
    "doubt_and_sentinels": (
        "weak signal; asystole; zeros; 127 and 255 with a normal status; an unknown status",
        ecg(0x19)
        + ecg(hr=0, rhythm=2)
        + ecg(hr=0, rr=0)
        + ecg(hr=255, rr=255)
        + oximetry(0, 0, 0)
        + oximetry(0, 127, 255)
        + oximetry(9)
        + temp(2, 0, 0),
    ),
    "damaged": (
        "begins within a frame; a wrong sum; an unknown kind; a wrong length",
        oximetry()[3:]
        + oximetry()[:-1]
        + b"\x00"
        + frame(6, 0, 97, 71)
        + frame(4, 0, 97)
        + oximetry() * 2,
    ),
}


def read(*frames: bytes) -> list[Numeric]:
    return BerryPm6750().receive(b"".join(frames), T_MS)


def told(driver: BerryPm6750, *frames: bytes) -> list[tuple[float | None, str]]:
    """What is told of the systolic pressure."""
    found = driver.receive(b"".join(frames), T_MS)
    return [(n.value, n.reason) for n in found if n.parameter is Parameter.NIBP_SYS]


@pytest.mark.parametrize("name", CASES)
def test_the_constructed_frames_are_those_on_disk(name: str) -> None:
    assert (FOLDER / "berry_pm6750" / f"{name}.raw").read_bytes() == CASES[name][1]


def test_the_frames_of_these_tests_are_those_of_the_manual() -> None:
    assert frame(1, *[128] * 7) == bytes.fromhex("55AA0A018080808080808074")
    assert frame(2, 1) == bytes.fromhex("55AA040201F8")
    assert frame(3, 1) == bytes.fromhex("55AA040301F7")


def test_each_frame_gives_its_parameters() -> None:
    assert read(ecg(), oximetry(), temp()) == [
        Numeric(Parameter.HR, 72.0, T_MS),
        Numeric(Parameter.RR, 14.0, T_MS),
        Numeric(Parameter.SPO2, 97.0, T_MS),
        Numeric(Parameter.PR, 71.0, T_MS),
        Numeric(Parameter.TEMP, 36.6, T_MS),
    ]


def test_older_firmware_sends_less() -> None:
    assert [n.value for n in read(frame(2, 0, 72, 14), frame(5, 0, 36, 6))] == [72, 14, 36.6]


def test_waves_are_accepted_and_say_nothing() -> None:
    driver = BerryPm6750()
    assert driver.receive(WAVES, T_MS) == []
    assert (driver.accepted, driver.refused) == (5, 0)


@pytest.mark.parametrize(
    ("status", "reason", "validity"),
    [
        (1, "no sensor", Validity.UNAVAILABLE),
        (2, "probe off", Validity.INVALID),
        (3, "pulse search", Validity.INVALID),
        (4, "pulse search", Validity.INVALID),
    ],
)
@pytest.mark.parametrize(("spo2", "pr"), [(127, 255), (97, 71), (0, 0)])
def test_the_oximeter_disowns_numbers(
    status: int, reason: str, validity: Validity, spo2: int, pr: int
) -> None:
    for numeric in read(oximetry(status, spo2, pr)):
        assert (numeric.value, numeric.reason, numeric.validity) == (None, reason, validity)


def test_an_unknown_status_leaves_a_doubt() -> None:
    assert {(n.validity, n.reason) for n in read(oximetry(9))} == {
        (Validity.QUESTIONABLE, "unknown status 9")
    }


@pytest.mark.parametrize(("spo2", "pr"), [(0, 0), (101, 251), (127, 255)])
def test_sentinels_are_no_value(spo2: int, pr: int) -> None:
    assert [n.value for n in read(oximetry(0, spo2, pr))] == [None, None]
    reason = "no value" if spo2 else "no value (0)"
    assert {n.reason for n in read(oximetry(0, spo2, pr))} == {reason}
    assert [n.value for n in read(oximetry(0, spo2, 71))] == [None, 71]
    assert [n.value for n in read(oximetry(0, 97, pr))] == [97, None]


def test_lead_off_weak_signal_and_asystole() -> None:
    assert {(n.value, n.reason) for n in read(ecg(2))} == {(None, "leads off")}
    assert {n.reason for n in read(ecg(1))} == {"weak signal"}
    assert [n.value for n in read(ecg(1))] == [72, 14]
    hr, rr = read(ecg(rhythm=2, hr=40))
    assert (hr.value, hr.reason, rr.value) == (None, "asystole (monitor)", 14)
    assert [n.value for n in read(ecg(hr=255, rr=255))] == [None, None]


def test_temperature_is_that_of_the_probe_that_is_on() -> None:
    assert read(temp(0, 36, 6, 37, 1))[0].value == 36.6
    assert read(temp(1, 0, 0, 37, 1))[0].value == 37.1
    assert read(temp(3, 36, 6, 37, 1))[0].reason == "probe off"
    assert read(frame(5, 1, 36, 6))[0].reason == "probe off"
    assert read(temp(0, 36, 10)) == []


def test_a_reading_is_told_once() -> None:
    driver = BerryPm6750()
    assert told(driver, BUSY, BUSY, DONE, DONE, DONE) == [(None, "measuring"), (121, "")]
    assert told(driver, DONE) == []
    assert told(driver, BUSY, DONE, DONE) == [(None, "measuring"), (121, "")]


def test_pressure_without_numbers_is_measuring() -> None:
    driver = BerryPm6750()
    rising = [cuff(0, pressure=half) for half in (0, 4, 9, 10, 60, 30, 4, 1)]
    assert told(driver, *rising) == [(None, "measuring")]
    assert told(driver, DONE, DONE) == [(121, "")]
    assert told(driver, cuff(0, pressure=60), cuff(0)) == [
        (None, "measuring"),
        (None, "cuff measurement failed: no value"),
    ]


def test_a_cuff_that_is_not_quite_empty_is_not_measuring() -> None:
    assert told(BerryPm6750(), *[cuff(0, pressure=3)] * 9) == []


def test_a_reading_has_all_its_parts_in_their_places() -> None:
    found = read(BUSY, DONE)[3:]
    assert [(n.parameter, n.value) for n in found] == list(zip(CUFF, (121, 78, 93), strict=True))


def test_numbers_at_rest_at_connecting_have_an_unknown_time() -> None:
    driver = BerryPm6750()
    assert told(driver, DONE, DONE) == [(None, "before connection 121")]
    assert told(driver, BUSY, DONE) == [(None, "measuring"), (121, "")]


def test_numbers_that_change_without_measuring_are_a_reading() -> None:
    driver = BerryPm6750()
    assert told(driver, DONE, cuff(0, 130, 100, 85)) == [
        (None, "before connection 121"),
        (130, ""),
    ]
    assert told(BerryPm6750(), cuff(0), DONE) == [(121, "")]


def test_a_reading_is_not_told_again_after_reconnecting() -> None:
    driver = BerryPm6750()
    told(driver, BUSY, DONE)
    driver.connected(T_MS)
    assert told(driver, DONE) == []
    driver.connected(T_MS)
    assert told(driver, cuff(0, 130, 100, 85)) == [(None, "before connection 130")]


def test_a_measurement_that_ended_while_disconnected_has_an_unknown_time() -> None:
    driver = BerryPm6750()
    told(driver, BUSY, DONE, BUSY)
    driver.connected(T_MS)
    assert told(driver, DONE) == [(None, "before connection 121")]


@pytest.mark.parametrize("result", [9, 10, 11, 15])
def test_a_starting_module_says_nothing_of_the_cuff(result: int) -> None:
    assert told(BerryPm6750(), cuff(result), DONE) == [(None, "before connection 121")]


@pytest.mark.parametrize(("result", "word"), [(2, "stopped"), (4, "cuff loose"), (0, "no value")])
def test_a_failed_measurement_is_told_once(result: int, word: str) -> None:
    driver = BerryPm6750()
    failed = (None, f"cuff measurement failed: {word}")
    assert told(driver, BUSY, cuff(result), cuff(result)) == [(None, "measuring"), failed]


def test_a_failure_beside_old_numbers_is_no_reading() -> None:
    assert told(BerryPm6750(), BUSY, cuff(4, 121, 93, 78))[1][0] is None


def test_a_measurement_without_an_end_is_given_up() -> None:
    driver = BerryPm6750()
    driver.receive(BUSY, T_MS)
    assert len(driver.receive(oximetry(), T_MS + 89_000)) == 2
    found = driver.receive(oximetry(), T_MS + 90_000)
    assert {n.reason for n in found[:3]} == {"cuff measurement failed: no news of it"}
    assert len(driver.receive(oximetry(), T_MS + 180_000)) == 2


def test_a_frame_behind_a_false_header_is_found() -> None:
    driver = BerryPm6750()
    assert len(driver.receive(b"\x55\x55\xaa\x06" + oximetry(), T_MS)) == 2
    assert driver.refused == 1


@pytest.mark.parametrize(
    "data",
    [frame(6, 0, 97, 71), frame(4, 0, 97), frame(3, 0, 0, 121, 93), frame(2, 0, 72, 14, 0)],
)
def test_unknown_kinds_and_lengths_are_refused(data: bytes) -> None:
    driver = BerryPm6750()
    assert driver.receive(data, T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)


def test_the_outputs_are_asked_for_and_nothing_else() -> None:
    driver = BerryPm6750()
    ecg, spo2, temp = (bytes.fromhex(h) for h in ("55aa040101f9", "55aa040301f7", "55aa040401f6"))
    assert driver.connected(T_MS) == ecg + spo2 + temp
    sent = {s: driver.due(T_MS + s * 1000) for s in range(1, 10)}
    assert {s: words for s, words in sent.items() if words} == {5: ecg + spo2 + temp}
    for s in range(10, 30):  # the oximeter alone speaks
        driver.receive(oximetry(), T_MS + s * 1000)
        sent[s] = driver.due(T_MS + s * 1000)
    assert {s: words for s, words in sent.items() if s > 9 and words} == dict.fromkeys(
        (10, 15, 20, 25), ecg + temp
    )
    assert driver.connected(T_MS + 31_000) == ecg + spo2 + temp
    assert driver.closing() == b""


def test_numbers_that_changed_while_nothing_was_heard_have_an_unknown_time() -> None:
    driver, later = BerryPm6750(), cuff(0, 130, 100, 85)
    driver.receive(DONE, T_MS)
    found = driver.receive(later, T_MS + 61_000)
    assert [(n.value, n.reason) for n in found][:1] == [(None, "time unknown 130")]
    driver = BerryPm6750()
    driver.receive(DONE, T_MS)
    assert [n.value for n in driver.receive(later, T_MS + 60_000)] == [130, 85, 100]
