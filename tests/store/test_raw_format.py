"""The blocks of a raw segment: what is damaged is refused, all the rest is read."""

from monitor.store.raw_format import HEAD_BYTES, Block, Damage, Kind, Record, blocks, records_block
from monitor.store.raw_format import facts_block as first_block

T_MS = 1_800_000_000_000
FIRST = [Record(Kind.BEGUN, T_MS, b""), Record(Kind.HEARD, T_MS + 250, b"SPO2=097\r\n" * 3)]
SECOND = [Record(Kind.SENT, T_MS + 900, bytes(range(256))), Record(Kind.TAKEN, T_MS + 850, b"")]
# A computer that slept for months between two reads.
THIRD = [Record(Kind.HEARD, T_MS + 2000, b""), Record(Kind.HEARD, T_MS + 2**34, b"")]
PARTS = [
    first_block({"source": 7, "name": "Rad-8 ä"}, T_MS),
    records_block(0, FIRST),
    records_block(1, SECOND),
    records_block(2**32 - 1, THIRD),
]
FILE = b"".join(PARTS)
ENDS = [sum(map(len, PARTS[: count + 1])) for count in range(len(PARTS))]


def whole(data: bytes) -> list[list[Record]]:
    return [found.records for found in blocks(data) if isinstance(found, Block)]


def damages(data: bytes) -> list[Damage]:
    return [found for found in blocks(data) if isinstance(found, Damage)]


def test_what_was_written_is_read() -> None:
    first, *others = blocks(FILE)
    assert isinstance(first, Block)
    assert first.facts == {"source": 7, "name": "Rad-8 ä"}
    assert [block.records for block in others if isinstance(block, Block)] == [FIRST, SECOND, THIRD]
    assert [block.sequence for block in others if isinstance(block, Block)] == [0, 1, 2**32 - 1]
    assert others[1] == Block(1, T_MS + 900, T_MS + 850, None, SECOND)


def test_file_that_ends_anywhere_is_read_to_its_last_whole_block() -> None:
    for length in range(len(FILE)):
        data = FILE[:length]
        count = sum(end <= length for end in ENDS)
        assert whole(data) == [[], FIRST, SECOND, THIRD][:count]
        assert len(damages(data)) == (length not in (0, *ENDS))


def test_each_flipped_bit_costs_its_own_block_and_is_said() -> None:
    everything = [[], FIRST, SECOND, THIRD]
    for at in range(len(FILE)):
        data = bytearray(FILE)
        data[at] ^= 1 << at % 8
        hit = sum(end <= at for end in ENDS)
        assert whole(bytes(data)) == everything[:hit] + everything[hit + 1 :], at
        (damage,) = damages(bytes(data))
        assert damage.at == ENDS[hit] - len(PARTS[hit])


def test_another_file_holds_no_block() -> None:
    assert whole(b"SPO2=097% BPM=072\r\n" * 100) == []
    assert [damage.at for damage in damages(b"CSR1" * 50)] == [0]
    assert len(PARTS[1]) > HEAD_BYTES
