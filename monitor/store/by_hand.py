"""Values that people entered by hand: what a chair takes up, and what charts mark."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from devices.numeric import Numeric, Parameter
from monitor.session import by_hand
from monitor.store.history import CUFF_IDS, PARAMETERS, STRUCK
from monitor.store.schema import PARAMETER_IDS


@dataclass(frozen=True, slots=True)
class Mark:
    """One value of a continuous parameter that a person entered, in its unit."""

    t_ms: int
    parameter: Parameter
    value: float


def source_of(db: Database, chair: int) -> int | None:
    """The chair's source of values by hand; None where no recorder registered one yet."""
    row = db.execute(
        "SELECT id FROM source WHERE chair = ? AND driver = ?", [chair, by_hand.DRIVER]
    ).fetchone()
    return int(row[0]) if row else None


def entered(
    db: Database, chair: int, from_ms: int, before_tick: int = 2**62
) -> dict[int, tuple[Numeric, ...]]:
    """What the accepted entries before a tick brought since a time, by entry; struck ones too."""
    rows = db.execute(
        "SELECT journal.id, data, min(journal.t_ms, tick.t_ms) FROM journal"
        " JOIN answer ON answer.journal = journal.id AND accepted = 1"
        " JOIN tick ON tick.tick = answer.tick"
        " WHERE chair = ? AND kind = 'reading' AND journal.t_ms >= ? AND answer.tick < ?"
        " ORDER BY journal.id",
        [chair, from_ms, before_tick],
    ).fetchall()
    found = {number: by_hand.numerics(json.loads(data), t_ms) for number, data, t_ms in rows}
    return {n: held for n, held in found.items() if held[0].t_ms >= from_ms}


def counting(
    db: Database,
    chair: int,
    source: int,
    held: Mapping[int, tuple[Numeric, ...]],
    before_tick: int = 2**62,
) -> list[Numeric]:
    """Of what was entered, what counts still: not struck, and no device gave a later value.

    Of the cuff all count: which is the latest is known without a look at what came since.
    """
    found = []
    for x in (x for numerics in held.values() for x in numerics):
        key = [chair, x.t_ms, PARAMETER_IDS[x.parameter]]
        struck = db.execute(
            "SELECT 1 FROM struck WHERE chair = ? AND t_ms = ? AND parameter = ? AND source = ?"
            " AND tick < ?",
            [*key, source, before_tick],
        ).fetchone()
        later = db.execute(
            "SELECT 1 FROM reading WHERE chair = ? AND t_ms > ? AND parameter = ?"
            " AND source != ? AND value IS NOT NULL AND episodic = 0 AND tick < ? LIMIT 1",
            [*key, source, before_tick],
        ).fetchone()
        if not struck and (x.parameter.episodic or not later):
            found.append(x)
    return found


def marks(db: Database, chair: int, from_ms: int, to_ms: int) -> list[Mark]:
    """The values by hand of continuous parameters within a span, oldest first; no struck ones."""
    rows = db.execute(
        "SELECT t_ms, parameter, value FROM reading INDEXED BY reading_event"
        " WHERE chair = ? AND episodic = 1 AND t_ms BETWEEN ? AND ? AND value IS NOT NULL"
        f" AND parameter NOT IN ({CUFF_IDS}) AND NOT {STRUCK} ORDER BY t_ms, parameter",
        [chair, from_ms, to_ms],
    ).fetchall()
    return [Mark(t_ms, PARAMETERS[number], value) for t_ms, number, value in rows]


def struck(db: Database, chair: int, from_ms: int) -> int:
    """How many of the chair's values since a time were struck."""
    row = db.execute(
        "SELECT count(*) FROM struck WHERE chair = ? AND t_ms >= ?", [chair, from_ms]
    ).fetchone()
    return int(row[0])
