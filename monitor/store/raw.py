"""Which raw segments there are: files beside the database, and a row for each.

A segment is kept for as long as a session needs it to be decoded again: what it overlaps, the ten
minutes before, in which a driver finds its way, the two minutes after, in which a cuff's reading of
within the session may still come, and the segment in which the connection began.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.store.database import transaction
from monitor.store.history import PARAMETERS
from monitor.store.raw_format import Block, Damage, blocks

LEAD_MS = 10 * 60_000
AFTER_MS = 2 * 60_000
SUFFIX = ".raw"
FILE_COSTS = 4096  # what a file costs besides its bytes: about a block of the disk
_NEVER_MS = 2**62

_COLUMNS = "file, chair, source, life, opening, from_ms, to_ms, bytes, sha256"


@dataclass(frozen=True, slots=True)
class Segment:
    """One file. ``life`` is the recorder process that wrote it, in which its drivers lived.

    ``opening`` is the file in which the connection began that stood when this one began, None
    where that is not known. ``to_ms`` and ``sha256`` (of the whole file) are None until finished.
    """

    file: str
    chair: int
    source: int
    life: str
    opening: str | None
    from_ms: int
    to_ms: int | None
    bytes: int
    sha256: str | None


def folder_of(database: Path) -> Path:
    """Where the raw segments of a database lie."""
    return Path(f"{database}{SUFFIX}")


def write_segments(db: Database, segments: Sequence[Segment]) -> None:
    """Store begun or finished segments, within a transaction of the caller's."""
    db.conn.executemany(
        f"INSERT INTO raw_segment({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT(file)"
        " DO UPDATE SET to_ms = excluded.to_ms, bytes = excluded.bytes, sha256 = excluded.sha256",
        [
            (s.file, s.chair, s.source, s.life, s.opening, s.from_ms, s.to_ms, s.bytes, s.sha256)
            for s in segments
        ],
    )


def finish_segments(db: Database, segments: Sequence[Segment]) -> None:
    """Store finished segments in a transaction of their own. Raises StoreError."""
    with transaction(db):
        write_segments(db, segments)


def ever_kept(db: Database) -> bool:
    """False in a database that no recorder of this version wrote to yet."""
    rows = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'raw_segment'").fetchall()
    return bool(rows)


def bytes_kept(db: Database) -> int:
    """How many bytes the segments take up."""
    row = db.execute("SELECT coalesce(sum(bytes + ?), 0) FROM raw_segment", [FILE_COSTS]).fetchone()
    return int(row[0])


def unfinished(db: Database) -> list[Segment]:
    """The segments that a recorder before did not live to finish."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM raw_segment WHERE sha256 IS NULL").fetchall()
    return [Segment(*row) for row in rows]


def files(db: Database) -> set[str]:
    """The names of all segments that are known."""
    return {name for (name,) in db.execute("SELECT file FROM raw_segment").fetchall()}


def claim(db: Database) -> None:
    """Mark for good what a session needs. Costs what is unclaimed, not what was ever kept."""
    with transaction(db):
        db.execute(
            "UPDATE raw_segment SET claimed = 1 WHERE claimed = 0 AND from_ms <="
            " (SELECT coalesce(ended_ms, :never) + :after FROM session"
            " WHERE session.chair = raw_segment.chair"
            " AND session.from_ms <= coalesce(raw_segment.to_ms, :never) + :lead"
            " ORDER BY session.from_ms DESC LIMIT 1)",
            {"never": _NEVER_MS, "after": AFTER_MS, "lead": LEAD_MS},
        )
        db.execute(
            "UPDATE raw_segment SET claimed = 1 WHERE claimed = 0 AND EXISTS"
            " (SELECT 1 FROM raw_segment AS later WHERE later.opening = raw_segment.file"
            " AND later.claimed = 1)"
        )


def unclaimed(db: Database, before_ms: int = _NEVER_MS) -> list[Segment]:
    """Finished segments that no session needs and that ended before a time, oldest first.

    Call `claim` before. That in which a connection began stays while one that goes on needs it.
    """
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM raw_segment WHERE claimed = 0"
        " AND to_ms < :before AND NOT EXISTS"
        " (SELECT 1 FROM raw_segment AS later WHERE later.opening = raw_segment.file"
        " AND later.file != raw_segment.file AND coalesce(later.to_ms, :never) >= :before)"
        " ORDER BY from_ms, file",
        {"before": before_ms, "never": _NEVER_MS},
    ).fetchall()
    return [Segment(*row) for row in rows]


def forget(db: Database, gone: Sequence[Segment], why: str, now_ms: int) -> None:
    """Delete the rows of unclaimed segments whose files were deleted; journal it by chair."""
    with transaction(db):
        db.conn.executemany(
            "DELETE FROM raw_segment WHERE file = ?", [(segment.file,) for segment in gone]
        )
        for chair in sorted({segment.chair for segment in gone}):
            count = sum(segment.chair == chair for segment in gone)
            db.execute(
                "INSERT INTO journal(press, t_ms, chair, kind, actor, data)"
                " VALUES (?, ?, ?, 'purge', 'recorder', ?)",
                [
                    f"purge-raw-{chair}-{gone[0].file}",
                    now_ms,
                    chair,
                    json.dumps({"raw_segments": count, "why": why}),
                ],
            )


def of_source(db: Database, source: int, from_ms: int, to_ms: int) -> list[Segment]:
    """The source's segments that a decoding of that span needs, oldest first."""
    rows = db.execute(
        f"WITH span AS (SELECT {_COLUMNS} FROM raw_segment WHERE source = :source"
        " AND from_ms <= :to AND coalesce(to_ms, :never) >= :from)"
        f" SELECT {_COLUMNS} FROM span UNION SELECT {_COLUMNS} FROM raw_segment"
        " WHERE file IN (SELECT opening FROM span) ORDER BY from_ms, file",
        {
            "source": source,
            "from": from_ms - LEAD_MS,
            "to": to_ms + AFTER_MS,
            "never": _NEVER_MS,
        },
    ).fetchall()
    return [Segment(*row) for row in rows]


def measured(folder: Path, segment: Segment) -> Segment:
    """A segment that was left unfinished, finished as its file is now. Raises OSError."""
    try:
        data = (folder / segment.file).read_bytes()
    except FileNotFoundError:
        data = b""
    times = [found.to_ms for found in blocks(data) if isinstance(found, Block)]
    return Segment(
        segment.file,
        segment.chair,
        segment.source,
        segment.life,
        segment.opening,
        segment.from_ms,
        max([segment.from_ms, *times]),
        len(data),
        hashlib.sha256(data).hexdigest(),
    )


def left_behind(folder: Path, file: str, database: str) -> Segment | None:
    """The segment of a file that has no row; None where it is none of that database's."""
    first = next(blocks((folder / file).read_bytes()), None)
    if first is None or isinstance(first, Damage) or first.facts is None:
        return None
    facts = first.facts
    if facts.get("database") != database:
        return None
    return Segment(
        file, facts["chair"], facts["source"], facts["life"], None, first.from_ms, None, 0, None
    )


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A reading as it was stored; ``tick_ms`` is when the recorder took it."""

    tick_ms: int
    t_ms: int
    parameter: Parameter
    value: float | None
    validity: str
    reason: str
    generation: int


def stored_values(
    db: Database, chair: int, source: int, from_ms: int, to_ms: int
) -> list[StoredValue]:
    """What was stored of a source within a span, oldest first."""
    rows = db.execute(
        "SELECT tick.t_ms, reading.t_ms, parameter, value, validity, coalesce(reason, ''),"
        " generation FROM reading JOIN tick ON tick.tick = reading.tick"
        " WHERE chair = ? AND source = ? AND reading.t_ms BETWEEN ? AND ?"
        " ORDER BY reading.t_ms, parameter",
        [chair, source, from_ms, to_ms],
    ).fetchall()
    return [
        StoredValue(tick_ms, t_ms, PARAMETERS[number], value, validity, reason, generation)
        for tick_ms, t_ms, number, value, validity, reason, generation in rows
    ]
