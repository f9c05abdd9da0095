"""Capnostream: what is in a frame, and the conversation. The frames are constructed."""

from functools import reduce
from operator import xor

import pytest

from devices.capnostream import Capnostream
from devices.numeric import Numeric, Parameter, Validity
from tests.devices.logs import FOLDER

T_MS = 1_700_000_000_000
ENABLE, START, STOP, DISABLE, LINK = (
    bytes.fromhex(text) for text in ("85010100", "85010405", "85010504", "85010203", "85010607")
)


def frame(code: int, payload: bytes) -> bytes:
    body = [len(payload) + 1, code, *payload]
    wire = bytearray([0x85])
    for byte in [*body, reduce(xor, body)]:
        wire += bytes([0x80, byte & 0x7F]) if byte in (0x80, 0x85) else bytes([byte])
    return bytes(wire)


def wave(fast: int = 0) -> bytes:
    return frame(0, bytes([7, 38, 128, fast]))


def numerics(
    et: int = 38,
    rr: int = 14,
    spo2: int = 97,
    pr: int = 72,
    *,
    co2: int = 0,
    oximeter: int = 0,
    unit: int = 1,
    fi: int = 0,
) -> bytes:
    head = [0x65, 0x53, 0xF1, 0x00, et, fi, rr, spo2, pr, 0x80, 0, 0, 0, co2, oximeter, 0]
    limits = [60, 15, 30, 5, 8, 100, 85, 140, 50]
    return frame(1, bytes([*head, *limits, unit, 0]))


IDENTITY = frame(4, b"V45.67 02/24/2008 B355987654  ")
NONE = 0xFF

CASES = {
    "steady": (
        "identity, then waves and numerics",
        IDENTITY + wave() + numerics() + wave(8) + wave() + numerics(et=39, rr=13, spo2=98, pr=74),
    ),
    "no_values": (
        "FF everywhere; zeros; no breath; values and no breath",
        numerics(NONE, NONE, NONE, NONE)
        + numerics(0, 0, 0, 0)
        + numerics(0, 0, co2=1)
        + numerics(co2=1),
    ),
    "oximeter_off": (
        "no pulse, probe off, sensor disconnected",
        b"".join(numerics(spo2=NONE, pr=NONE, oximeter=bit) for bit in (0x01, 0x20, 0x60)),
    ),
    "co2_hindered": (
        "starting, occlusion, FilterLine off, malfunction, self-maintenance, purging, well",
        b"".join(wave(bit) + numerics() for bit in (0x03, 0x05, 0x41, 0x81, 0x10, 0x21, 0x08)),
    ),
    "units": (
        "EtCO2 in kPa, in vol%",
        numerics(et=53, unit=2) + numerics(et=50, unit=3),
    ),
    "escapes": (
        "bytes 80 and 85 among values and as checksum",
        numerics(pr=0x80)
        + numerics(pr=0x85)
        + next(f for pr in range(40, 120) if (f := numerics(pr=pr)).endswith(b"\x80\x05"))
        + next(f for pr in range(40, 120) if (f := numerics(pr=pr)).endswith(b"\x80\x00")),
    ),
    "shifted": (
        "numerics one byte late are refused: SpO2 shows the RR before",
        numerics() + numerics(et=0, rr=0, spo2=14, pr=97, fi=38) + numerics(),
    ),
}


def read(data: bytes) -> dict[Parameter, Numeric]:
    return {n.parameter: n for n in Capnostream().receive(data, T_MS)}


def values(data: bytes) -> list[float | None]:
    return [n.value for n in Capnostream().receive(data, T_MS)]


@pytest.mark.parametrize("name", CASES)
def test_the_constructed_frames_are_those_on_disk(name: str) -> None:
    assert (FOLDER / "capnostream" / f"{name}.raw").read_bytes() == CASES[name][1]


def test_numerics_are_breath_and_pulse() -> None:
    assert Capnostream().receive(numerics(), T_MS) == [
        Numeric(Parameter.RR, 14.0, T_MS),
        Numeric(Parameter.ETCO2, 38.0, T_MS),
        Numeric(Parameter.SPO2, 97.0, T_MS),
        Numeric(Parameter.PR, 72.0, T_MS),
    ]


def test_each_value_is_missing_by_itself() -> None:
    for index, (name, parameter) in enumerate(
        (("rr", Parameter.RR), ("et", Parameter.ETCO2), ("spo2", Parameter.SPO2))
    ):
        data = numerics(**{name: NONE})
        assert values(data).index(None) == index
        assert values(data).count(None) == 1
        assert read(data)[parameter].reason == "no value"


@pytest.mark.parametrize(
    ("oximeter", "reason", "validity"),
    [
        (0x01, "no pulse", Validity.INVALID),
        (0x20, "probe off", Validity.INVALID),
        (0x21, "probe off", Validity.INVALID),
        (0x40, "no sensor", Validity.UNAVAILABLE),
    ],
)
def test_the_oximeter_disowns_numbers(oximeter: int, reason: str, validity: Validity) -> None:
    found = read(numerics(oximeter=oximeter))
    for parameter in (Parameter.SPO2, Parameter.PR):
        assert (found[parameter].value, found[parameter].reason) == (None, reason)
        assert found[parameter].validity is validity
    assert found[Parameter.RR].value == 14


@pytest.mark.parametrize("oximeter", [0x02, 0x04, 0x08, 0x10])
def test_a_limit_that_is_crossed_leaves_the_number(oximeter: int) -> None:
    assert {n.validity for n in read(numerics(oximeter=oximeter)).values()} == {Validity.VALID}


@pytest.mark.parametrize(
    ("fast", "reason"),
    [(0x80, "CO2 malfunction"), (0x41, "FilterLine off"), (0x04, "occlusion"), (0x02, "starting")],
)
def test_without_a_way_for_the_gas_there_is_no_breath(fast: int, reason: str) -> None:
    found = read(wave(fast) + numerics())
    for parameter in (Parameter.RR, Parameter.ETCO2):
        assert (found[parameter].value, found[parameter].reason) == (None, reason)
    assert found[Parameter.SPO2].value == 97


@pytest.mark.parametrize(("fast", "doubt"), [(0x10, "self-maintenance"), (0x20, "purging")])
def test_upkeep_leaves_numbers_in_doubt(fast: int, doubt: str) -> None:
    found = read(wave(fast) + numerics())
    assert (found[Parameter.ETCO2].value, found[Parameter.ETCO2].reason) == (38, doubt)
    assert found[Parameter.RR].validity is Validity.QUESTIONABLE


def test_the_status_of_the_last_wave_counts() -> None:
    assert read(wave(0x40) + wave(8) + numerics())[Parameter.RR].value == 14


def test_no_breath_is_apnea() -> None:
    found = read(numerics(et=0, rr=0, co2=1))
    assert {found[p].reason for p in (Parameter.RR, Parameter.ETCO2)} == {"apnea (monitor)"}


def test_units_become_mmhg() -> None:
    kpa = read(numerics(et=53, unit=2))[Parameter.ETCO2]
    assert (kpa.value, kpa.validity) == (39.8, Validity.VALID)
    percent = read(numerics(et=50, unit=3))[Parameter.ETCO2]
    assert (percent.value, percent.reason) == (38.0, "air pressure unknown")
    assert values(numerics(unit=0)) == values(numerics(unit=4)) == []


def test_spo2_that_is_the_rr_before_is_refused() -> None:
    driver = Capnostream()
    assert len(driver.receive(numerics(rr=14), T_MS)) == 4
    assert driver.receive(numerics(rr=0, spo2=14, pr=97), T_MS) == []
    assert driver.refused == 1
    assert len(driver.receive(numerics(), T_MS)) == 4


def test_no_rr_before_and_no_spo2_now_are_no_shift() -> None:
    assert len(Capnostream().receive(numerics(NONE, NONE, NONE, NONE) * 2, T_MS)) == 8


@pytest.mark.parametrize(
    "data",
    [
        b"\x85\x80\x05\x85",
        b"\x85\x00\x00",
        frame(0, b"\0\0\0"),
        frame(1, bytes(26)),
        frame(4, b"V45.67"),
        frame(0x37, b"\0\0"),
        numerics()[:-1] + b"\x80\x01",
        numerics()[:-1] + b"\x85",
    ],
)
def test_other_frames_are_refused(data: bytes) -> None:
    driver = Capnostream()
    assert driver.receive(data, T_MS) == []
    assert driver.accepted == 0
    assert driver.refused >= 1


def test_a_wrong_checksum_is_refused() -> None:
    right = numerics()
    driver = Capnostream()
    for bit in range(8):
        assert driver.receive(right[:-1] + bytes([right[-1] ^ 1 << bit]), T_MS) == []
    assert driver.accepted == 0


def test_only_two_escapes_are_known() -> None:
    right = numerics(fi=0)
    driver = Capnostream()
    assert right[8] == 0
    assert driver.receive(right[:8] + b"\x80\x01" + right[9:], T_MS) == []
    assert (driver.accepted, driver.refused) == (0, 1)
    assert len(driver.receive(right[:8] + b"\x80\x00" + right[9:] + right, T_MS)) == 4


def test_a_frame_that_is_cut_off_does_not_spoil_the_next() -> None:
    driver = Capnostream()
    assert len(driver.receive(numerics()[:10] + numerics(), T_MS)) == 4
    assert (driver.accepted, driver.refused) == (1, 1)


def test_longer_numerics_are_read_alike() -> None:
    body = bytes([0, 0, 0, 0, 38, 0, 14, 97, 72, *bytes(16), 1, 0, 5, 6, 7])
    assert values(frame(1, body)) == [14, 38, 97, 72]


def test_the_serial_number_is_the_identity() -> None:
    driver = Capnostream()
    driver.connected(T_MS)
    driver.receive(IDENTITY, T_MS)
    assert driver.identity == "B355987654"
    driver.connected(T_MS)
    assert driver.identity is None


def test_enable_is_repeated_until_something_comes_then_start() -> None:
    driver = Capnostream()
    assert driver.connected(T_MS) == ENABLE
    assert [driver.due(T_MS + s * 1000) for s in range(1, 6)] == [b"", ENABLE, b"", ENABLE, b""]
    driver.receive(IDENTITY, T_MS + 5100)
    assert driver.due(T_MS + 6000) == START + LINK


def test_the_link_is_kept_alive_while_numerics_come() -> None:
    driver = Capnostream()
    driver.connected(T_MS)
    sent = []
    for s in range(60):
        driver.receive(numerics(), T_MS + s * 1000)
        if driver.due(T_MS + s * 1000 + 500):
            sent.append(s)
    assert sent == list(range(0, 60, 4))


def test_start_is_repeated_when_only_waves_come() -> None:
    driver = Capnostream()
    driver.connected(T_MS)
    sent = b""
    for s in range(12):
        driver.receive(wave(), T_MS + s * 1000)
        sent += driver.due(T_MS + s * 1000)
    assert sent.count(START) == 3


def test_a_device_that_restarts_is_enabled_again() -> None:
    driver = Capnostream()
    driver.connected(T_MS)
    driver.receive(numerics(), T_MS)
    assert driver.due(T_MS) == START + LINK
    assert ENABLE in [driver.due(T_MS + s * 1000) for s in range(1, 7)]
    driver.receive(IDENTITY, T_MS + 7000)
    assert driver.due(T_MS + 7000) == START + LINK


def test_the_end_is_said() -> None:
    assert Capnostream().closing() == STOP + DISABLE
