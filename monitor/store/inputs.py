"""What the alarms of one chair went by, tick by tick, as it was stored: the stuff of a replay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from monitor.alarms.situation import Host, Screens
from monitor.chair import Inputs, LinkChange
from monitor.session.state import Visit
from monitor.session.visit import Entry, fold
from monitor.store import current
from monitor.store.by_hand import source_of
from monitor.store.current import reading_row
from monitor.store.journal import accepted_of, answer_to, entries_between

DIFFERENT = "different monitor"


@dataclass
class StoredTick:
    """One tick: its inputs, and the presses that it answered, each with the session's number."""

    tick: int
    t_ms: int
    inputs: Inputs = field(default_factory=Inputs)
    entries: list[tuple[Entry, int]] = field(default_factory=list)
    host: Host | None = None
    screens: Screens | None = None


def stored_ticks(db: Database, chair: int, first: int, last: int) -> Iterator[StoredTick]:
    """The ticks from one to another with all that they brought to a chair."""
    rows = db.execute(
        "SELECT tick, t_ms, journal, coalesce((SELECT journal FROM tick AS before WHERE"
        " before.tick = tick.tick - 1), 0) FROM tick WHERE tick BETWEEN ? AND ? ORDER BY tick",
        [first, last],
    ).fetchall()
    ticks = {number: StoredTick(number, t_ms) for number, t_ms, _, _ in rows}
    if not ticks:
        return
    _add_readings(db, chair, ticks)
    sources = [s for (s,) in db.execute("SELECT id FROM source WHERE chair = ?", [chair])]
    marks = ",".join("?" * len(sources))
    for tick, *change in db.execute(
        "SELECT tick, source, t_ms, state, detail, identity FROM link"
        f" WHERE source IN ({marks}) AND tick BETWEEN ? AND ? ORDER BY id",
        [*sources, first, last],
    ):
        if tick in ticks:
            ticks[tick].inputs.links.append(LinkChange(*change))
    for source, tick in db.execute(
        f"SELECT source, tick FROM heard WHERE source IN ({marks}) AND tick BETWEEN ? AND ?",
        [*sources, first, last],
    ):
        if tick in ticks:
            ticks[tick].inputs.heard.add(source)
    for tick, of, data in db.execute(
        "SELECT tick, chair, data FROM input WHERE tick BETWEEN ? AND ?"
        " AND (chair IS NULL OR chair = ?) ORDER BY id",
        [first, last, chair],
    ):
        if of is None:
            ticks[tick].host = Host(**json.loads(data))
        else:
            ticks[tick].screens = json.loads(data)
    for number, _, journal, before in rows:
        if before < journal:
            for entry in entries_between(db, chair, before, journal):
                told = answer_to(db, entry.id)
                ticks[number].entries.append((entry, (told.session or 0) if told else 0))
    yield from ticks.values()


def _add_readings(db: Database, chair: int, ticks: dict[int, StoredTick]) -> None:
    first_ms = min(x.t_ms for x in ticks.values())
    last_ms = max(x.t_ms for x in ticks.values())
    columns = "chair, source, generation, tick, parameter, value, t_ms, validity, reason"
    for row in db.execute(
        f"SELECT {columns} FROM reading WHERE chair = :chair AND episodic = 0"
        " AND t_ms BETWEEN :from - :margin AND :to + :margin"
        f" UNION ALL SELECT {columns} FROM reading WHERE chair = :chair AND episodic = 1"
        # What people entered comes again with their presses.
        " AND source != :hand AND tick BETWEEN :first AND :last ORDER BY t_ms",
        {
            "chair": chair,
            "from": first_ms,
            "to": last_ms,
            "margin": 600_000,
            "first": min(ticks),
            "last": max(ticks),
            "hand": source_of(db, chair) or 0,
        },
    ):
        found = reading_row(row)
        if found.tick not in ticks:
            continue
        inputs = ticks[found.tick].inputs
        inputs.words.append((found.source, found.numeric))
        if found.numeric.reason != DIFFERENT:  # the link's own word: no device was heard
            inputs.heard.add(found.source)


def visit_before(db: Database, chair: int, tick: int) -> tuple[Visit, str] | None:
    """The visit that was open on a chair before a tick, as it stood then, with its limits."""
    row = db.execute(
        "SELECT answer.session FROM answer JOIN journal ON journal.id = answer.journal"
        " WHERE chair = ? AND accepted = 1 AND tick < ? AND kind = 'session_start'"
        " ORDER BY answer.journal DESC LIMIT 1",
        [chair, tick],
    ).fetchone()
    stored = current.stored_session(db, row[0]) if row else None
    if stored is None:
        return None
    visit = fold(stored[0], accepted_of(db, stored[0].id, before_tick=tick))
    return None if visit.session.ended_ms is not None else (visit, stored[1])


@dataclass(frozen=True, slots=True)
class RunBegin:
    """Where a recorder began: a chair's state is taken up anew there."""

    first_tick: int
    started_ms: int


def runs_until(db: Database, tick: int) -> list[RunBegin]:
    """The recorders that began up to a tick, oldest first."""
    rows = db.execute(
        "SELECT first_tick, started_ms FROM run WHERE first_tick <= ? ORDER BY id", [tick]
    ).fetchall()
    return [RunBegin(*row) for row in rows]


def span_of(db: Database, session: int) -> tuple[int, int] | None:
    """The ticks in which a session began and ended; the last one there is while it is open."""
    rows = db.execute(
        "SELECT kind, tick FROM answer JOIN journal ON journal.id = answer.journal"
        " WHERE session = ? AND accepted = 1 AND kind IN ('session_start', 'session_end')",
        [session],
    ).fetchall()
    found = dict(rows)
    if "session_start" not in found:
        return None
    last = db.execute("SELECT max(tick) FROM tick").fetchone()[0]
    return found["session_start"], found.get("session_end", last)


def tick_at(db: Database, t_ms: int, before: int) -> int:
    """The first tick at or after a time, looked for backwards from one."""
    row = db.execute(
        "SELECT tick FROM tick WHERE tick <= ? AND t_ms < ? ORDER BY tick DESC LIMIT 1",
        [before, t_ms],
    ).fetchone()
    return int(row[0]) + 1 if row else 0


def setting_at(db: Database, chair: int, tick: int) -> dict[str, Any]:
    """The chair's settings in force at a tick."""
    row = db.execute(
        "SELECT data FROM setting WHERE chair = ? AND tick <= ? ORDER BY id DESC LIMIT 1",
        [chair, tick],
    ).fetchone()
    return dict(json.loads(row[0])) if row else {}


def links_before(db: Database, sources: list[int], tick: int) -> list[LinkChange]:
    """The last state of the links before a tick."""
    found = []
    for source in sources:
        row = db.execute(
            "SELECT source, t_ms, state, detail, identity FROM link WHERE source = ? AND tick < ?"
            " ORDER BY id DESC LIMIT 1",
            [source, tick],
        ).fetchone()
        if row:
            found.append(LinkChange(*row))
    return found


def transitions_between(
    db: Database, chair: int, first: int, last: int
) -> list[tuple[object, ...]]:
    """The stored transitions of a span, in the columns of monitor.review.replay."""
    rows = db.execute(
        "SELECT tick, occurrence, state, priority, value, limit_value, text, actor FROM alarm"
        " WHERE chair = ? AND tick BETWEEN ? AND ? ORDER BY id",
        [chair, first, last],
    ).fetchall()
    return [tuple(row) for row in rows]


def surroundings(
    db: Database, chair: int, from_tick: int, before_tick: int
) -> tuple[Host, Screens]:
    """How the computer and the chair's screens were said to be last, within a recorder's life."""
    found: dict[str, Any] = {}
    for kind, data in db.execute(
        "SELECT kind, data FROM input WHERE tick >= ? AND tick < ?"
        " AND (chair IS NULL OR chair = ?) ORDER BY id",
        [from_tick, before_tick, chair],
    ):
        found[kind] = json.loads(data)
    return Host(**found.get("host", {})), found.get("screens", "heard")


def time_of(db: Database, tick: int) -> int:
    """When a tick was; 0 where there is no such tick."""
    row = db.execute("SELECT t_ms FROM tick WHERE tick = ?", [tick]).fetchone()
    return int(row[0]) if row else 0
