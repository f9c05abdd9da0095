"""The format of a raw segment: what one source's port said and heard, in blocks that stand alone.

A file is a run of blocks, written one after the other and never changed. All numbers are
little-endian. A block is a head of 37 bytes and a payload:

    0  4s  ``CSR1``, which also is the version     4  u8   0 what the file is, 1 records
    5  u32 sequence number within a recorder's life 9  u32 bytes of the payload
    13 u32 bytes of the payload unpacked           17 i64 time of its first record, UTC ms
    25 i64 time of its last record                 33 u32 CRC-32 of head (0 to 32) and payload

The payload is packed with zlib. Of block 0 it is JSON: database, recorder version, life, chair,
source, driver, url, line. Of records: u32 count; a u8 kind each; an i64 each, milliseconds since
the record before (the first: since the head's time); a u32 each, the length of its bytes; the
bytes of all. So a killed recorder leaves a file that reads up to its last whole block, and a
damaged block costs itself alone; a jump in the sequence number says that something is missing.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate, pairwise
from struct import Struct, error, pack, unpack_from
from typing import Any, NamedTuple

MAGIC = b"CSR1"
_HEAD = Struct("<4sBIIIqq")
_CRC = Struct("<I")
HEAD_BYTES = _HEAD.size + _CRC.size
MOST_BYTES = 1 << 26  # of a payload: a length beyond is damage, not a reason to take memory
_FILE, _RECORDS = 0, 1


class Kind(IntEnum):
    """What a record is of. Numbers stand in files for good: append, never renumber."""

    BEGUN = 1  # the port was opened and the driver told so
    HEARD = 2  # one pass: what was read, often nothing; then the driver was asked what is due
    WITHHELD = 3  # the same while another monitor stood on the port: its values were not taken
    SENT = 4  # what was handed to the port
    TAKEN = 5  # the recorder's tick of that time took all values of the records before
    ENDED = 6  # the port was closed or lost; the bytes are the reason in UTF-8


class Record(NamedTuple):
    """One record; ``t_ms`` is the very time that the driver was given."""

    kind: int
    t_ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A whole block. ``facts`` of the first one, ``records`` of the others."""

    sequence: int
    from_ms: int
    to_ms: int
    facts: dict[str, Any] | None
    records: list[Record]


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a file that is no whole block: where it begins, and what is wrong."""

    at: int
    what: str


def facts_block(facts: Mapping[str, Any], t_ms: int) -> bytes:
    """The block with which a file begins."""
    return _block(_FILE, 0, json.dumps(dict(facts)).encode(), t_ms, t_ms)


def records_block(sequence: int, records: Sequence[Record]) -> bytes:
    """A block of at least one record."""
    count, times = len(records), [record.t_ms for record in records]
    steps = [0, *(after - before for before, after in pairwise(times))]
    payload = b"".join(
        (
            _CRC.pack(count),
            bytes(record.kind for record in records),
            pack(f"<{count}q", *steps),
            pack(f"<{count}I", *(len(record.data) for record in records)),
            *(record.data for record in records),
        )
    )
    return _block(_RECORDS, sequence, payload, times[0], times[-1])


def _block(kind: int, sequence: int, payload: bytes, from_ms: int, to_ms: int) -> bytes:
    packed = zlib.compress(payload)
    head = _HEAD.pack(MAGIC, kind, sequence, len(packed), len(payload), from_ms, to_ms)
    return head + _CRC.pack(zlib.crc32(packed, zlib.crc32(head))) + packed


def blocks(data: bytes) -> Iterator[Block | Damage]:
    """Read a file: its whole blocks in their order, and where something is damaged."""
    at = 0
    while at < len(data):
        found = _read(data, at)
        if isinstance(found, tuple):
            block, at = found
            yield block
            continue
        yield Damage(at, found)
        # The next place where a block may begin: a damaged length must not hide what follows.
        at = data.find(MAGIC, at + 1)
        while at >= 0 and isinstance(_read(data, at), str):
            at = data.find(MAGIC, at + 1)
        if at < 0:
            return


def _read(data: bytes, at: int) -> tuple[Block, int] | str:
    """The block at that place and where it ends, or what is wrong with it."""
    if len(data) - at < HEAD_BYTES:
        return "the file ends within a block"
    magic, kind, sequence, size, whole, from_ms, to_ms = _HEAD.unpack_from(data, at)
    if magic != MAGIC or kind not in (_FILE, _RECORDS) or max(size, whole) > MOST_BYTES:
        return "no block begins where one should"
    begin = at + HEAD_BYTES
    if begin + size > len(data):
        return "the file ends within a block"
    packed = data[begin : begin + size]
    (crc,) = _CRC.unpack_from(data, begin - _CRC.size)
    if crc != zlib.crc32(packed, zlib.crc32(data[at : begin - _CRC.size])):
        return "the checksum of a block is wrong"
    try:
        payload = zlib.decompressobj().decompress(packed, whole)
        facts = json.loads(payload) if kind == _FILE else None
        records = _records(payload, from_ms) if kind == _RECORDS else []
    except (zlib.error, error, ValueError) as why:
        return f"a block cannot be unpacked ({why})"
    return Block(sequence, from_ms, to_ms, facts, records), begin + size


def _records(payload: bytes, from_ms: int) -> list[Record]:
    (count,) = _CRC.unpack_from(payload)
    kinds = payload[4 : 4 + count]
    steps = unpack_from(f"<{count}q", payload, 4 + count)
    lengths = unpack_from(f"<{count}I", payload, 4 + 9 * count)
    ends = list(accumulate(lengths, initial=4 + 13 * count))
    times = list(accumulate(steps, initial=from_ms))[1:]
    return [
        Record(kind, t_ms, payload[begin:end])
        for kind, t_ms, (begin, end) in zip(kinds, times, pairwise(ends), strict=True)
    ]
