"""MEDIBUS: what is in a response, and a conversation in which both sides ask."""

import pytest

from devices.draeger_medibus import DraegerMedibus
from devices.numeric import Numeric, Parameter, Validity
from tests.devices.logs import FOLDER

T_MS = 1_700_000_000_000

# RS 232 MEDIBUS Protocol Definition 4.03, examples 1 to 5; the sum of the NOP is corrected.
ICC, ICC_ECHO = bytes.fromhex("1b5136430d"), bytes.fromhex("015135320d")
WHO, NOBODY = bytes.fromhex("1b5236440d"), bytes.fromhex("015235330d")
ASK, NO_DATA = bytes.fromhex("1b2433460d"), bytes.fromhex("012432350d")
DATA = bytes.fromhex("0124454220393820453120373020 37410d")
DATE = bytes.fromhex("012831313a31313a313931312d4e4f562d393345360d")
TIME_ECHO, CONFIGURED = bytes.fromhex("014934410d"), bytes.fromhex("014a34420d")
REAL_TIME, NAK = bytes.fromhex("015435350d"), bytes.fromhex("011531360d")
NOP, NOP_ECHO, STOP = bytes.fromhex("1b3034420d"), b"\x01031\r", b"\x1bU70\r"


def wire(start: int, code: int, data: bytes = b"") -> bytes:
    total = (start + code + sum(data)) % 256
    return bytes([start, code]) + data + f"{total:02X}".encode() + b"\r"


def data(*entries: str) -> bytes:
    return wire(1, 0x24, "".join(entries).encode())


I_AM = wire(1, 0x52, b"8210'Evita 4'04.10:04.03")
WE_ARE = wire(1, 0x52, b"0161'My PC'01.00:04.03")
WELL = data("EB 97 ", "E1 72 ", "D5 14 ", "D6 15 ", "E6 38 ", "C133.1", "F0  40")

CASES = {
    "published_examples": (
        "every example that a device sends: echoes, no data, SpO2 98 and PR 70, a date, NAK",
        ICC_ECHO + NOBODY + NO_DATA + DATA + DATE + TIME_ECHO + CONFIGURED + REAL_TIME + NAK,
    ),
    "steady": ("ICC, identification, then values", ICC_ECHO + I_AM + WELL + WELL),
    "co2_units": (
        "EtCO2 in kPa; in % with the pressure of the air; in % without; all three",
        data("E3 5.3")
        + data("DB 5.0", "6B 850")
        + data("DB 5.0")
        + data("DB 5.0", "E3 5.3", "E6 38 "),
    ),
    "second_choices": ("a derived pulse, RR not by CO2", data("DF 71 ", "D6 15 ")),
    "no_values": (
        "zeros; not numbers; out of range",
        data("EB  0 ", "E1  0 ", "D6  0 ", "E6  0 ")
        + data("EB----", "E1    ", "D6 ***", "E6 1-2")
        + data("EB 104", "E1 999"),
    ),
    "device_asks": (
        "the device sends ICC, 52 and NOP, one of them in the middle of a response; real-time data",
        ICC + WHO + b"\x80\xc1\xff" + WELL[:9] + NOP + WELL[9:20] + b"\xd0\x81" + WELL[20:],
    ),
    "damaged": (
        "begins within a response; a wrong sum; an unknown code; a response cut off; odd entries",
        WELL[5:]
        + WELL.replace(b"97", b"91")
        + wire(1, 0x60)
        + WELL[:30]
        + WELL
        + data("EB 97")
        + data("eb 97 ")
        + data("EB 97 ", "EB 97 ")
        + wire(0x1B, 0x30).replace(b"4B", b"46"),
    ),
}


def told(stream: bytes) -> dict[Parameter, Numeric]:
    return {n.parameter: n for n in DraegerMedibus().receive(stream, T_MS)}


def spoken(driver: DraegerMedibus, after_s: float) -> bytes:
    return driver.due(T_MS + round(after_s * 1000))


def linked() -> DraegerMedibus:
    driver = DraegerMedibus()
    assert driver.connected(T_MS) == ICC
    driver.receive(ICC_ECHO, T_MS)
    return driver


@pytest.mark.parametrize("name", CASES)
def test_the_frames_are_those_on_disk(name: str) -> None:
    assert (FOLDER / "draeger_medibus" / f"{name}.raw").read_bytes() == CASES[name][1]


def test_the_published_measured_data() -> None:
    found = told(DATA)
    assert found[Parameter.SPO2] == Numeric(Parameter.SPO2, 98.0, T_MS)
    assert found[Parameter.PR] == Numeric(Parameter.PR, 70.0, T_MS)
    for parameter in (Parameter.RR, Parameter.ETCO2):
        assert found[parameter].validity is Validity.UNAVAILABLE
        assert found[parameter].reason == "not sent"


def test_no_data_is_four_times_no_value() -> None:
    assert [n.value for n in told(NO_DATA).values()] == [None] * 4


def test_values_and_what_is_no_parameter_of_ours() -> None:
    found = DraegerMedibus().receive(WELL, T_MS)
    assert [n.value for n in found] == [97, 72, 14, 38]
    assert Parameter.TEMP not in {n.parameter for n in found}


def test_second_choices() -> None:
    found = told(data("DF 71 ", "D6 15 "))
    assert (found[Parameter.PR].value, found[Parameter.PR].reason) == (71, "derived")
    assert (found[Parameter.RR].value, found[Parameter.RR].validity) == (15, Validity.VALID)


@pytest.mark.parametrize(
    ("entries", "mmhg", "doubt"),
    [
        (("E6 38 ",), 38.0, ""),
        (("E3 5.3",), 39.8, ""),
        (("DB 5.0",), 38.0, "air pressure unknown"),
        (("DB 5.0", "6B1013"), 38.0, ""),
        (("DB 5.0", "6B 850"), 31.9, ""),
        (("DB 5.0", "6B   0"), 38.0, "air pressure unknown"),
        (("DB 5.0", "6B----"), 38.0, "air pressure unknown"),
        (("DB 5.0", "E3 5.3", "E6 38 "), 38.0, ""),
    ],
)
def test_co2_becomes_mmhg(entries: tuple[str, ...], mmhg: float, doubt: str) -> None:
    found = told(data(*entries))[Parameter.ETCO2]
    assert (found.value, found.reason) == (mmhg, doubt)


@pytest.mark.parametrize("text", ["----", "    ", " ***", "1-2 ", " 0  ", "0.00", " 9 7", " nan"])
def test_what_is_no_number_is_no_value(text: str) -> None:
    found = told(data("EB" + text))[Parameter.SPO2]
    assert (found.value, found.validity) == (None, Validity.INVALID)


@pytest.mark.parametrize("text", ["97  ", "  97", " 97.", "97.0", "+97 "])
def test_numbers_may_be_padded(text: str) -> None:
    assert told(data("EB" + text))[Parameter.SPO2].value == 97


@pytest.mark.parametrize(
    "stream",
    [
        DATA[1:],
        DATA.replace(b"7A", b"7a"),
        DATA.replace(b"98", b"88"),
        data("EB 97"),
        data("eb 97 "),
        data("EB 97 ", "EB 97 "),
        data("EB\t97 "),
        wire(1, 0x60),
        b"\x01\r",
        b"\x0124\r",
        wire(1, 0x24, b"EB 97 " * 700),
    ],
)
def test_a_response_is_taken_whole_or_not_at_all(stream: bytes) -> None:
    driver = DraegerMedibus()
    assert driver.receive(stream, T_MS) == []
    assert driver.accepted == 0


def test_real_time_data_are_passed_over_wherever_they_come() -> None:
    driver, sprinkled = DraegerMedibus(), b"".join(bytes([b, 0x80, 0xFF]) for b in DATA)
    assert len(driver.receive(sprinkled, T_MS)) == 4
    assert (driver.accepted, driver.refused) == (1, 0)


def test_a_command_may_come_in_the_middle_of_a_response() -> None:
    for at in range(1, len(DATA)):
        driver = DraegerMedibus()
        driver.connected(T_MS)
        assert len(driver.receive(DATA[:at] + NOP + DATA[at:], T_MS)) == 4
        assert driver.accepted == 2
        assert spoken(driver, 0.1) == NOP_ECHO


def test_a_response_ends_a_command_that_was_cut_off() -> None:
    driver = DraegerMedibus()
    assert len(driver.receive(WHO[:2] + DATA, T_MS)) == 4
    assert (driver.accepted, driver.refused) == (1, 1)


@pytest.mark.parametrize(
    ("command", "answer"),
    [(ICC, ICC_ECHO), (WHO, WE_ARE), (NOP, NOP_ECHO), (b"\x1bI64\r", TIME_ECHO)],
)
def test_the_device_is_answered(command: bytes, answer: bytes) -> None:
    driver = DraegerMedibus()
    driver.connected(T_MS)
    assert driver.receive(command, T_MS + 100) == []
    assert spoken(driver, 0.5) == answer
    assert spoken(driver, 0.6) == b""


def test_a_corrupt_command_is_answered_so() -> None:
    driver = DraegerMedibus()
    driver.connected(T_MS)
    driver.receive(NOP.replace(b"4B", b"46"), T_MS)
    assert (spoken(driver, 0.5), driver.accepted, driver.refused) == (NAK, 0, 1)


def test_icc_is_repeated_until_answered() -> None:
    driver = DraegerMedibus()
    assert driver.connected(T_MS) == ICC
    assert [s for s in range(1, 13) if spoken(driver, s) == ICC] == [3, 6, 9, 12]
    driver.receive(ICC_ECHO, T_MS + 12_100)
    assert spoken(driver, 13) == ASK


def test_values_are_asked_for_every_two_seconds_and_the_name_once() -> None:
    driver, said = linked(), []
    for s in range(1, 12):
        said.append(spoken(driver, s))
        driver.receive({ASK: WELL, WHO: I_AM}.get(said[-1], b""), T_MS + s * 1000 + 200)
    assert said == [ASK, WHO, ASK, b"", ASK, b"", ASK, b"", ASK, b"", ASK]
    assert driver.identity == "Evita 4 8210"
    driver.connected(T_MS)
    assert driver.identity is None


def test_nops_bridge_a_slow_answer() -> None:
    driver = linked()
    said = []
    for s in range(1, 12):
        said.append(spoken(driver, s))
        driver.receive(NOP_ECHO, T_MS + s * 1000 + 100)
    assert said == [ASK, b"", NOP, b"", NOP, b"", NOP, b"", NOP, b"", ASK]


def test_a_refusal_is_an_answer() -> None:
    driver = linked()
    assert spoken(driver, 1) == ASK
    driver.receive(NAK, T_MS + 1100)
    assert spoken(driver, 2) == WHO
    driver.receive(NAK, T_MS + 2100)
    assert spoken(driver, 3) == ASK


def test_silence_is_a_lost_link() -> None:
    driver = linked()
    assert spoken(driver, 1) == ASK
    driver.receive(WELL, T_MS + 1200)
    said = [spoken(driver, s) for s in range(2, 9)]
    assert said == [WHO, b"", NOP, ICC, b"", b"", ICC]
    driver.receive(ICC_ECHO, T_MS + 8100)
    assert spoken(driver, 9) == ASK


def test_a_device_that_begins_anew_is_asked_anew() -> None:
    driver = linked()
    assert spoken(driver, 1) == ASK
    driver.receive(ICC, T_MS + 1500)
    assert spoken(driver, 3) == ICC_ECHO + ASK


def test_unheard_answers_do_not_pile_up() -> None:
    driver = DraegerMedibus()
    driver.connected(T_MS)
    driver.receive(WHO * 10_000, T_MS)
    assert len(spoken(driver, 1)) < 3000


def test_the_end_is_said() -> None:
    assert DraegerMedibus().closing() == STOP


def test_only_data_are_ever_asked_for() -> None:
    driver, said = linked(), b""
    for s in range(1, 60):
        said += spoken(driver, s)
        driver.receive(WELL, T_MS + s * 1000 + 100)
    assert {c[1] for c in said.split(b"\r") if c} <= {0x24, 0x30, 0x51, 0x52}
