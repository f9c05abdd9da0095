"""The virtual pump's blocks, read by the facts of the protocol and not through the driver."""

from typing import Any

import pytest

from devices.virtual.bbraun_pump import BBraunPump, PumpArtefacts
from devices.virtual.query import Intervals
from tests.devices.bcc_blocks import ACK, ALIVE, NAK, RS, sealed, stuffed, unstuffed

GET = sealed(b"MEM:GET", bed="BedSide")
LATER = Intervals(((10, 1e9),))


def said(pump: BBraunPump, until_s: float) -> list[bytes]:
    blocks = []
    while (due_s := pump.next_s()) is not None and due_s <= until_s:
        blocks.append(pump.emit())
    return blocks


def read(block: bytes) -> list[list[str]]:
    """The records of a block whose length and checksum are right."""
    assert int(block[1:6]) == len(block)
    assert int(block[-6:-1]) == sum(block[:-6]) % 256
    bed, _, text = block[7:-7].decode("latin-1").partition("/1/1>")
    assert bed == "BedSide"
    return [record.split(",", 3)[1:] for record in text.split(RS)]


def asked(pump: BBraunPump, at_s: float, request: bytes = GET) -> dict[tuple[str, str], str]:
    """What a single block that answers it says, by address and name."""
    pump.receive(request, at_s)
    (block,) = said(pump, at_s + 3)
    assert block[-7] == 3  # ETX: no more follow
    return {(address, name): value for address, name, value in read(block)}


def test_it_says_nothing_unasked_and_hears_no_damaged_request() -> None:
    pump = BBraunPump()
    for at in range(len(ALIVE)):
        pump.receive(ALIVE[:at] + bytes([ALIVE[at] ^ 1]) + ALIVE[at + 1 :], at)
        pump.receive(ALIVE[:at], at + 0.5)
    assert said(pump, 1e9) == []


def test_it_answers_alive_with_its_own_bed_and_an_answer_takes_its_time() -> None:
    pump = BBraunPump()
    for byte in ALIVE:
        pump.receive(bytes([byte]), 5)
    assert said(pump, 5.05) == []
    assert [read(block) for block in said(pump, 5.2)] == [[["50100", "GNACK", "0"]]]


@pytest.mark.parametrize(
    ("at_s", "rate", "volume", "pumping"),
    [(50, "0.00", "0.00", "0"), (96, "47.30", "0.47", "1"), (2500, "0.00", "31.53", "0")],
)
def test_it_pumps_what_it_was_set_to(at_s: float, rate: str, volume: str, pumping: str) -> None:
    told = asked(BBraunPump(47.3, 60, 2460, serial=7), at_s)
    names = ("INRT", "INVI", "INM3", "INSERNUM", "INA11")
    assert [told["50111", x] for x in names] == [rate, volume, pumping, "7", "0"]
    assert told["50100", "FMNOR"] == "1"


@pytest.mark.parametrize(
    ("artefact", "records"),
    [
        ("no_value", {"INRT": "_NV", "INVI": "_NV", "INM3": "1"}),
        ("standby", {"INRT": "_NV", "INM3": "0", "INM6": "1"}),
        ("pressure", {"INRT": "0.00", "INVI": "0.17", "INA3": "1", "INM3": "0"}),
        ("bolus", {"INM2": "1", "INM3": "1"}),
        ("battery_low", {"INA11": "1", "INM8": "0"}),
    ],
)
def test_an_artefact_is_said_in_its_records_while_it_lasts(
    artefact: str, records: dict[str, str]
) -> None:
    happens: dict[str, Any] = {artefact: LATER}
    pump = BBraunPump(artefacts=PumpArtefacts(**happens))
    before, then = asked(pump, 9), asked(pump, 100)
    assert {x: then["50111", x] for x in records} == records
    assert {x: before["50111", x] for x in records} != records


def test_a_pump_that_was_removed_is_an_error_in_its_place() -> None:
    told = asked(BBraunPump(artefacts=PumpArtefacts(removed=LATER)), 20)
    assert {key: x for key, x in told.items() if key[0] != "50100"} == {("50111", "GNERR"): "39"}


def test_blocks_follow_acks_and_nak_brings_one_again() -> None:
    pump = BBraunPump(artefacts=PumpArtefacts(several=LATER, parts=True))
    pump.receive(GET, 20)
    told = []
    for number, answer in enumerate((ACK, NAK, ACK, ACK)):
        told += said(pump, 21 + 2 * number)
        pump.receive(answer, 21.5 + 2 * number)
    ends = [(block[-7], {address for address, *_ in read(block)}) for block in told]
    etb, etx = 0x17, 3
    assert ends == [(etb, {"50100"}), (etb, {"50111"}), (etb, {"50111"}), (etx, {"50113"})]
    assert told[1] == told[2]
    assert said(pump, 1e9) == []
    assert pump.hasty == []


def test_one_that_stuffs_understands_nobody_else() -> None:
    pump = BBraunPump(artefacts=PumpArtefacts(stuffing=True))
    pump.receive(ALIVE, 1)
    assert said(pump, 2) == []
    pump.receive(stuffed(ALIVE), 3)
    (block,) = said(pump, 4)
    assert block != unstuffed(block)
    assert read(unstuffed(block)) == [["50100", "GNACK", "0"]]


def test_haste_and_other_requests_are_kept_for_tests() -> None:
    pump = BBraunPump()
    asked(pump, 10)
    pump.receive(ACK, 10.1)  # its block is not even out
    pump.receive(sealed(b"MEM:GET", bed="BedSide"), 11)
    pump.receive(sealed(b"MEM:SET", bed="BedSide"), 20)
    pump.receive(sealed(b"MEM:GET", bed="Other"), 21)
    assert pump.hasty == ["ACK", "MEM:GET"]
    assert pump.commands == ["MEM:SET", "MEM:GET"]
