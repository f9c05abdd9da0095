"""What the alarms of one chair went by, tick by tick, as it was stored: the stuff of a replay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlite_utils import Database

from monitor.alarms.situation import Host
from monitor.chair import Inputs, LinkChange
from monitor.session.visit import Entry, Session
from monitor.store.current import SESSION_COLUMNS, reading_row
from monitor.store.journal import entries_between

DIFFERENT = "different monitor"


@dataclass
class StoredTick:
    """One tick: its inputs, the presses that it answered with the number of the session begun."""

    tick: int
    t_ms: int
    inputs: Inputs = field(default_factory=Inputs)
    entries: list[Entry] = field(default_factory=list)
    host: Host | None = None
    screens: str | None = None


def stored_ticks(db: Database, chair: int, first: int, last: int) -> Iterator[StoredTick]:
    """The ticks from one to another with all that they brought to a chair."""
    rows = db.execute(
        "SELECT tick, t_ms, journal, (SELECT journal FROM tick AS before WHERE"
        " before.tick = tick.tick - 1) FROM tick WHERE tick BETWEEN ? AND ? ORDER BY tick",
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
        if before is not None and before < journal:
            ticks[number].entries = entries_between(db, chair, before, journal)
    yield from ticks.values()


def _add_readings(db: Database, chair: int, ticks: dict[int, StoredTick]) -> None:
    first_ms = min(x.t_ms for x in ticks.values())
    last_ms = max(x.t_ms for x in ticks.values())
    columns = "chair, source, generation, tick, parameter, value, t_ms, validity, reason"
    for row in db.execute(
        f"SELECT {columns} FROM reading WHERE chair = :chair AND episodic = 0"
        " AND t_ms BETWEEN :from - :margin AND :to + :margin"
        f" UNION ALL SELECT {columns} FROM reading WHERE chair = :chair AND episodic = 1"
        " AND tick BETWEEN :first AND :last ORDER BY t_ms",
        {
            "chair": chair,
            "from": first_ms,
            "to": last_ms,
            "margin": 600_000,
            "first": min(ticks),
            "last": max(ticks),
        },
    ):
        found = reading_row(row)
        if found.tick not in ticks:
            continue
        inputs = ticks[found.tick].inputs
        inputs.words.append((found.source, found.numeric))
        if found.numeric.reason != DIFFERENT:  # the link's own word: no device was heard
            inputs.heard.add(found.source)


def session_before(db: Database, chair: int, tick: int) -> tuple[Session, str] | None:
    """The session that was open on a chair before a tick, as it stood then, with its limits."""
    answered: dict[tuple[int, str], bool] = {}
    last = None
    for session, kind in db.execute(
        "SELECT answer.session, kind FROM answer JOIN journal ON journal.id = answer.journal"
        " WHERE chair = ? AND accepted = 1 AND tick < ? AND kind IN ('session_start',"
        " 'session_end', 'infusion_start', 'infusion_stop') ORDER BY answer.journal",
        [chair, tick],
    ):
        answered[(session, kind)] = True
        last = session
    if last is None or (last, "session_end") in answered:
        return None
    row: tuple[Any, ...] = db.execute(
        f"SELECT {SESSION_COLUMNS}, limits FROM session WHERE id = ?", [last]
    ).fetchone()
    session = replace(Session(*row[:-1]), ended_ms=None)
    if (last, "infusion_start") not in answered:
        session = replace(session, infusion_started_ms=None)
    if (last, "infusion_stop") not in answered:
        session = replace(session, infusion_stopped_ms=None)
    return session, row[-1]
