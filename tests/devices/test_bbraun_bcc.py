"""B. Braun BCC: what a pump's records mean, what is sent and when, and that no more ever is."""

import ast
import inspect
import random
import re

import pytest

from devices import bbraun_bcc
from devices.bbraun_bcc import SEVERAL, BBraunBcc
from devices.driver import BATTERY_LOW
from devices.numeric import PUMP, Numeric, Parameter, Validity
from devices.virtual.bbraun_pump import BBraunPump
from devices.virtual.query import Query
from devices.virtual.table import MONITORS
from tests.devices.artefacts import MEANS, url_of
from tests.devices.bcc_blocks import (
    ACK,
    ALIVE,
    GNACK,
    RACK,
    answer,
    asked,
    block,
    error,
    pump,
    sealed,
    stuffed,
)
from tests.devices.intellivue_driver import CAPTURES
from tests.devices.logs import FOLDER, logs
from tests.devices.still_patient import Still, clock

T_MS = 1_700_000_000_000
RATE, VOLUME = PUMP
TWO = (*RACK, *pump(), *pump("50113", INRT="3.00", INSERNUM="1815"))

CASES = {
    "steady": (
        "the device answers; a pump that stands, runs, and was stopped",
        block(GNACK)
        + answer(INRT="0", INVI="0", INM3="0")
        + answer()
        + answer(INVI="1.28")
        + answer(INRT="0.00", INVI="1.31", INM3="0"),
    ),
    "two_blocks": (
        "the rack in one block and the pump in another, which stands in the last slot of a pillar",
        block(*RACK, more=True) + block(*pump("5013O"), at_s=215),
    ),
    "no_values": (
        "_NV; _NA; in standby; not pumping; not sent; not a number; out of range; no value at all",
        answer(INRT="_NV", INVI="_NV")
        + answer(INRT="_NA", INVI="_NA")
        + answer(INRT="_NV", INVI="_NV", INM6="1", INM3="0")
        + answer(INRT="_NV", INVI="_NV", INM3="0")
        + answer(INRT="", INVI="", INM3="")
        + answer(INRT="1,5", INVI="-1")
        + answer(INRT="2000.01", INVI="10000.5")
        + block(*RACK, ("50111", "INRT"), ("50111", "INVI")),
    ),
    "alarms": (
        "pressure, end of volume, air; bolus; KVO; a rate that does not flow; pressure, no value",
        b"".join(answer(INRT="0.00", **{f"INA{n}": "1"}) for n in (3, 7, 15))
        + answer(INM2="1")
        + answer(INRT="1.00", INM10="1")
        + answer(INM3="0")
        + answer(INRT="_NV", INVI="_NV", INA3="1"),
    ),
    "battery": (
        "the pre-alarm of the battery; well; empty",
        answer(INA11="1") + answer() + answer(INRT="0", INM3="0", INA1="1"),
    ),
    "no_pump": (
        "the rack alone; no pumps; the pump was removed; wrong syntax, which tells nothing",
        block(*RACK)
        + error(11)
        + block(*RACK, ("50111", "GNERR", "39"))
        + error(39, "50111")
        + error(68),
    ),
    "several": (
        "two pumps in one answer, twice (the second is refused); then one, and it counts",
        block(*TWO) + block(*TWO) + answer(),
    ),
    "stuffed": ("a device that stuffs", stuffed(block(GNACK)) + stuffed(answer(INSOL="DEde"))),
    "damaged": (
        "begins within a block; a wrong rate, length, bed and record; cut off; then whole",
        answer()[40:]
        + answer().replace(b"47.30", b"77.30")
        + answer().replace(b"\x0100", b"\x0103", 1)
        + sealed(b"214,50100,FMNOR,1", bed="Bed 7")
        + sealed(b"214,50100,FMNOR,1\x1e214,50141,INRT,5")
        + answer()[:90]
        + answer(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_log_is_the_case(name: str) -> None:
    assert (FOLDER / "bbraun_bcc" / f"{name}.raw").read_bytes() == CASES[name][1]


def test_every_log_is_a_case() -> None:
    assert {log.raw.stem for log in logs("bbraun_bcc")} == set(CASES)


def said(*blocks: bytes) -> dict[Parameter, Numeric]:
    return {n.parameter: n for x in blocks for n in BBraunBcc().receive(x, T_MS)}


# What a record means


@pytest.mark.parametrize("rate", [0.0, 0.05, 1.0, 47.3, 999.9, 1200.0])
def test_a_rate_is_what_the_pump_says_and_zero_is_one(rate: float) -> None:
    found = said(answer(INRT=f"{rate:.2f}"))
    assert (found[RATE].value, found[RATE].validity) == (rate, Validity.VALID)


WORDS = {
    "INA1": "battery empty",
    "INA2": "syringe empty",
    "INA3": "pressure alarm",
    "INA7": "end of volume",
    "INA8": "time over",
    "INA9": "syringe alarm",
    "INA13": "door open",
    "INA14": "drop alarm",
    "INA15": "air alarm",
    "INM2": "bolus",
    "INM10": "KVO",
}


@pytest.mark.parametrize("name", WORDS)
def test_while_it_is_on_the_rate_is_in_doubt_and_the_volume_is_not(name: str) -> None:
    found = said(answer(**{name: "1"}))
    assert found[RATE] == Numeric(RATE, 47.3, T_MS, Validity.QUESTIONABLE, WORDS[name])
    assert found[VOLUME] == Numeric(VOLUME, 1.25, T_MS)
    found = said(answer(INRT="_NV", INVI="_NV", **{name: "1"}))
    assert {x.reason for x in found.values()} == {WORDS[name]}


@pytest.mark.parametrize("name", ["INA4", "INA5", "INA6", "INA12", "INM1", "INM5", "INM7", "INM8"])
def test_what_is_no_doubt(name: str) -> None:
    assert said(answer(**{name: "1"})) == said(answer())


@pytest.mark.parametrize("value", ["0", "_NV", "_NA", "2", ""])
def test_an_alarm_that_is_not_on_is_none(value: str) -> None:
    assert said(answer(INA3=value)) == said(answer())


def test_a_drug_s_name_may_hold_commas_and_letters_of_all_kinds() -> None:
    assert said(answer(INSOL="Ringer 0,9%, 500 ml µ\ue021")) == said(answer())


def test_what_was_left_out_is_not_taken_from_the_answer_before() -> None:
    driver = BBraunBcc()
    assert driver.receive(answer(), T_MS)[0].value == 47.3
    assert [x.reason for x in driver.receive(answer(INRT="", INVI=""), T_MS)] == ["not sent"] * 2


@pytest.mark.parametrize("serial", ["_NV", "", "12 3", "1234567890123"])
def test_without_a_serial_number_it_is_nobody(serial: str) -> None:
    driver = BBraunBcc()
    driver.receive(answer(INSERNUM=serial), T_MS)
    assert driver.identity is None
    driver.receive(answer(), T_MS)
    assert driver.identity == "pump 561151"


# An answer is taken whole


def test_an_answer_whose_first_block_is_missing_tells_nothing() -> None:
    driver = BBraunBcc()
    assert driver.receive(block(*pump("50113")), T_MS) == []
    assert (driver.accepted, driver.refused) == (1, 0)


@pytest.mark.parametrize(("how", "lost"), [("damaged", 1), ("damaged", 2), ("cut off", 1)])
def test_an_answer_with_a_damaged_block_tells_nothing(how: str, lost: int) -> None:
    """Else the pump in the other block would be taken for the only one."""
    parts = [block(*RACK, *pump(), more=True), block(*pump("50113"), more=True),
             block(*pump("50114"))]  # fmt: skip
    whole = parts[lost]
    parts[lost] = whole.replace(b"47.30", b"47.31") if how == "damaged" else whole[:-9]
    driver = BBraunBcc()
    assert [driver.receive(part, T_MS) for part in parts] == [[], [], []]
    assert (driver.accepted, driver.refused, driver.trouble) == (2, 1, "")


def test_an_answer_that_was_broken_off_is_no_part_of_the_next() -> None:
    driver = BBraunBcc()
    driver.receive(block(*RACK, *pump("50113", INRT="3.00"), more=True), T_MS)
    assert driver.receive(answer(), T_MS)[0].value == 47.3
    assert driver.trouble == ""


def test_a_wrong_length_is_refused_also_where_the_checksum_stands() -> None:
    whole = sealed(b"214,50100,GNACK,0", bed="Cot7")
    driver = BBraunBcc()
    driver.receive(whole[:4] + whole[5:3:-1] + whole[6:], T_MS)  # its last two digits change places
    assert (driver.accepted, driver.refused) == (0, 1)
    driver.receive(whole, T_MS)
    assert (driver.accepted, driver.refused) == (1, 1)


def test_several_pumps_are_told_once_and_are_trouble_until_there_is_one() -> None:
    driver = BBraunBcc()
    driver.receive(answer(), T_MS)
    parts = (block(*RACK, *pump(), more=True), block(*pump("50113")))
    assert [x for part in parts for x in driver.receive(part, T_MS)] == [
        Numeric(p, None, T_MS, Validity.UNAVAILABLE, "several pumps") for p in PUMP
    ]
    assert (driver.trouble, driver.identity) == (SEVERAL, "pump 561151")
    counted = driver.accepted
    for _ in range(3):
        assert [driver.receive(part, T_MS) for part in parts] == [[], []]
    assert (driver.accepted, driver.trouble) == (counted, SEVERAL)
    assert driver.receive(answer(INRT="3.00"), T_MS)[0].value == 3
    assert (driver.accepted, driver.trouble) == (counted + 1, "")
    driver.receive(block(*TWO), T_MS)
    driver.connected(T_MS)
    assert driver.trouble == ""


def test_the_rack_and_its_pillars_are_no_pumps() -> None:
    found = said(block(*RACK, *pump(), ("50110", "FMX", "1"), ("50120", "FMX", "1")))
    assert found[RATE].value == 47.3


# What is sent, and when


class Talk:
    """A driver, and what it sends by the tenth of a second after connecting."""

    def __init__(self) -> None:
        self.driver = BBraunBcc()
        self.at = 0
        self.sent = [(0, asked(self.driver.connected(T_MS)))]

    def until(self, tenths: int) -> list[tuple[int, str]]:
        """All that is sent from now until then."""
        before = len(self.sent)
        while self.at < tenths:
            self.at += 1
            if data := self.driver.due(T_MS + self.at * 100):
                self.sent.append((self.at, asked(data)))
        return self.sent[before:]

    def hear(self, data: bytes) -> list[Numeric]:
        return self.driver.receive(data, T_MS + self.at * 100)


def test_the_first_word_is_the_specifications_own() -> None:
    assert BBraunBcc().connected(T_MS) == ALIVE


def test_a_conversation_keeps_its_times() -> None:
    talk = Talk()
    assert talk.until(2) == []
    talk.hear(block(GNACK))
    assert talk.until(10) == [(3, "ACK"), (7, "MEM:GET to Bed7/1/1")]
    talk.hear(block(*RACK, more=True))
    assert talk.until(20) == [(11, "ACK")]
    assert len(talk.hear(block(*pump()))) == 2
    assert talk.until(30) == [(21, "ACK"), (25, "MEM:GET to Bed7/1/1")]


def test_a_damaged_block_is_answered_with_nak_three_times_and_then_with_silence() -> None:
    talk = Talk()
    talk.hear(block(GNACK))
    talk.until(6)
    for number in range(1, 6):
        talk.hear(answer().replace(b"47.30", b"47.31"))
        expected = [(talk.at + 1, "NAK")] if number <= 3 else []
        assert talk.until(talk.at + 3) == expected
    talk.hear(answer())
    assert talk.until(talk.at + 2)[0][1] == "ACK"


def test_who_does_not_answer_is_asked_both_ways_for_ever() -> None:
    plain, other = "ADMIN:ALIVE to 1/1/1", "ADMIN:ALIVE to 1/1/1 stuffed"
    found = Talk().until(100)
    assert found == [(15 * n, (plain, other)[n % 2]) for n in range(1, 7)]


def test_a_device_that_stuffs_is_asked_so() -> None:
    talk = Talk()
    talk.until(15)
    talk.hear(stuffed(block(GNACK)))
    assert talk.until(20) == [(16, "ACK"), (20, "MEM:GET to Bed7/1/1 stuffed")]
    assert talk.until(55) == [(50, "ADMIN:ALIVE to 1/1/1 stuffed")]  # silent for 3 s: as before


def test_a_slow_block_is_not_spoken_into() -> None:
    talk = Talk()
    talk.hear(block(GNACK))
    talk.until(10)
    whole = answer()
    for at in range(0, len(whole), 4):  # four bytes a tenth of a second: over 3 s in all
        talk.hear(whole[at : at + 4])
        assert talk.until(talk.at + 1) in ([], [(talk.at, "ACK")])
    assert talk.at > 45
    assert talk.driver.identity == "pump 561151"


def test_noise_is_no_answer() -> None:
    talk = Talk()
    for tenth in range(1, 30):
        talk.until(tenth)
        talk.hear(b"\xff\x06\x15")
    assert [at for at, _ in talk.sent] == [0, 15]


def test_an_error_is_no_sign_of_life() -> None:
    talk = Talk()
    talk.hear(error(68))
    assert talk.until(20) == [(1, "ACK"), (16, "ADMIN:ALIVE to 1/1/1 stuffed")]


HARMLESS = re.compile(
    r"ACK|NAK|ADMIN:ALIVE to 1/1/1( stuffed)?|MEM:GET to [!-~]{1,15}/1/1( stuffed)?"
)


def test_nothing_else_is_ever_sent() -> None:
    """In no state that these bytes and times bring about: a pump must never be told a thing."""
    chance = random.Random(5)
    pieces = [log.raw.read_bytes() for log in logs("bbraun_bcc")] + [block(*TWO), error(811)]
    pieces += [sealed(text, bed=bed) for text in (b"214,50100,GNACK,0", b"MEM:SET#11,INRT,9")
               for bed in ("Bed7", "MEM:SET", "a/b", "x" * 15, "x" * 16, "Beds>")]  # fmt: skip
    for _ in range(60):
        driver, t_ms = BBraunBcc(), T_MS
        sent = [driver.connected(t_ms)]
        for _ in range(60):
            piece = bytearray(chance.choice(pieces))
            if chance.random() < 0.3:
                piece[chance.randrange(len(piece))] ^= 1 << chance.randrange(8)
            driver.receive(bytes(piece), t_ms)
            t_ms += chance.choice((50, 100, 400, 600, 1600, 3100, 90_000))
            sent += [driver.due(t_ms), driver.closing()]
        assert {x for x in map(asked, filter(None, sent)) if not HARMLESS.fullmatch(x)} == set()


@pytest.mark.parametrize("switch", ["", *MEANS["bbraun_bcc"]])
def test_the_virtual_pump_is_told_nothing_and_not_hurried(switch: str) -> None:
    query = Query(url_of("bbraun_bcc", switch))
    device = MONITORS["bbraun_bcc"](query, Still({}), clock)
    assert isinstance(device, BBraunPump)
    driver = BBraunBcc()
    told, sending = 0, driver.connected(T_MS)
    for at_s in (quarter / 4 for quarter in range(560)):
        if sending:
            device.receive(sending, at_s)
        while (due_s := device.next_s()) is not None and due_s <= at_s + 0.25:
            told += len(driver.receive(device.emit(), T_MS + round(due_s * 1000)))
        sending = driver.due(T_MS + round(at_s * 1000) + 250)
    assert (device.commands, device.hasty) == ([], [])
    assert told > 100


def test_the_file_holds_no_other_request() -> None:
    """Whatever else a BCC device would obey, its words stand nowhere in the driver."""
    tree = ast.parse(inspect.getsource(bbraun_bcc))
    texts = {x.value for x in ast.walk(tree) if isinstance(x, ast.Constant)}
    assert {x for x in texts if isinstance(x, bytes) and re.search(rb"[A-Z]{3}", x)} == {
        b"ADMIN:ALIVE",
        b"MEM:GET",
    }
    calls = [x for x in ast.walk(tree) if isinstance(x, ast.Call)]
    made = [x for x in calls if isinstance(x.func, ast.Name) and x.func.id == "framed"]
    assert len(made) == 2
    assert all(isinstance(x.args[1], ast.Constant) for x in made)


# Published blocks


def test_the_published_blocks_sealed_anew_are_read() -> None:
    """Their bed was replaced by the publisher, so length and checksum do not stand as printed."""
    path = CAPTURES / "bbraun_bcc_mem_get_response_humanreadable.txt"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    texts = []
    for line in path.read_bytes().splitlines():
        line = re.sub(rb"<([0-9A-F]{2})>", lambda found: bytes.fromhex(found[1].decode()), line)
        found = re.fullmatch(rb".*/1/1>(.*)<E(?:TB|TX)>\d{5}<EOT>", line)
        assert found
        texts.append(found[1].replace(b"<RS>", b"\x1e"))
    driver = BBraunBcc()
    parts = [sealed(text, more=text is not texts[-1]) for text in texts]
    assert [len(driver.receive(part, T_MS)) for part in parts] == [0, 0, 2]
    assert (driver.refused, driver.trouble) == (0, SEVERAL)
    first = said(sealed(texts[0]))
    assert [first[p].value for p in PUMP] == [0, 0]
    rack = block(*RACK, more=True)
    told = [driver.receive(rack, T_MS) + driver.receive(sealed(x), T_MS) for x in texts[1:]]
    assert [[n.value for n in x] for x in told] == [[0.3, 1.4], [0.1, 19.0]]
    assert {n.validity for x in told for n in x} == {Validity.VALID}
    assert driver.identity == "pump 1815"


def test_the_battery_is_told_by_either_alarm_and_only_while_it_lasts() -> None:
    driver = BBraunBcc()
    found = []
    for name in ("INA11", "INA2", "INA1"):
        driver.receive(answer(**{name: "1"}), T_MS)
        found.append(driver.weakness)
    assert found == [BATTERY_LOW, "", BATTERY_LOW]
    driver.connected(T_MS)
    assert driver.weakness == ""


def test_an_ack_of_the_device_between_blocks_is_passed_over() -> None:
    assert said(ACK + answer() + ACK) == said(answer())
