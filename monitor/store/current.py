"""How things stand: what a recorder takes up after a restart, and what a screen shows first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Parameter, Validity
from monitor.alarms.engine import Occurrence
from monitor.alarms.limits import Priority
from monitor.session.state import Session
from monitor.store.history import CUFF_IDS, PARAMETERS, PUMP_IDS, STRUCK
from monitor.store.schema import SESSION_COLUMNS
from monitor.store.writing import Run


@dataclass(frozen=True, slots=True)
class Tick:
    """The last tick that is on the disk."""

    tick: int
    t_ms: int
    journal: int


@dataclass(frozen=True, slots=True)
class Source:
    """A device of a chair as stored. ``generation`` is that of its port."""

    id: int
    chair: int
    name: str
    driver: str
    generation: int
    period_ms: int


@dataclass(frozen=True, slots=True)
class Link:
    """The last stored state of a link."""

    source: int
    t_ms: int
    state: str
    detail: str
    identity: str | None


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One stored reading; ``numeric`` as the driver gave it."""

    chair: int
    source: int
    generation: int
    tick: int
    numeric: Numeric


def facts(db: Database) -> dict[str, str]:
    """What the database says of itself: its own id, and the token of its screens."""
    return dict(db.execute("SELECT name, value FROM fact").fetchall())


def last_tick(db: Database) -> Tick | None:
    """The newest tick; None in a database that no recorder ever wrote to."""
    row = db.execute("SELECT tick, t_ms, journal FROM tick ORDER BY tick DESC LIMIT 1").fetchone()
    return Tick(*row) if row else None


def marks(db: Database) -> tuple[int, ...]:
    """Numbers that change when anything but readings and ticks was stored."""
    row = db.execute(
        "SELECT "
        + ", ".join(
            f"(SELECT coalesce(max({key}), 0) FROM {table})"
            for table, key in (
                ("alarm", "id"),
                ("link", "id"),
                ("preferred", "id"),
                ("setting", "id"),
                ("run", "id"),
                ("answer", "journal"),
                ("alarm_setting", "id"),
            )
        )
    ).fetchone()
    return tuple(int(number) for number in row)


def last_run(db: Database) -> tuple[Run, int | None, str | None] | None:
    """The newest run of a recorder, when it ended and why (None while it runs or if it died)."""
    row = db.execute(
        "SELECT version, process, host, first_tick, started_ms, anchor_ms, anchor_boot_ns, boot,"
        " rate, ended_ms, ended_why FROM run ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return (Run(*row[:9]), row[9], row[10]) if row else None


def chairs(db: Database) -> dict[int, str]:
    """The chairs to show, by number: those that the recorder serves, and open sessions' chairs."""
    gone = removed_chairs(db)
    rows = db.execute(
        "SELECT id, name, EXISTS(SELECT 1 FROM session WHERE session.chair = chair.id"
        " AND ended_ms IS NULL) FROM chair ORDER BY id"
    ).fetchall()
    return {number: name for number, name, is_open in rows if is_open or number not in gone}


def removed_chairs(db: Database) -> frozenset[int]:
    """The chairs that the present settings do not name any more."""
    return frozenset(n for n in all_chairs(db) if (setting(db, n) or {}).get("removed"))


def all_chairs(db: Database) -> dict[int, str]:
    """Every chair that there ever was, by number."""
    return dict(db.execute("SELECT id, name FROM chair ORDER BY id").fetchall())


def sources(db: Database, chair: int) -> list[Source]:
    """All sources that the chair ever had."""
    rows = db.execute(
        "SELECT id, chair, name, driver, generation, period_ms FROM source WHERE chair = ?",
        [chair],
    ).fetchall()
    return [Source(*row) for row in rows]


def links(db: Database, of: Iterable[int]) -> dict[int, Link]:
    """The last state of the links of these sources."""
    found = {}
    for source in of:
        row = db.execute(
            "SELECT source, t_ms, state, detail, identity FROM link WHERE source = ?"
            " ORDER BY id DESC LIMIT 1",
            [source],
        ).fetchone()
        if row:
            found[source] = Link(*row)
    return found


def bound_identity(db: Database, source: int) -> str | None:
    """The identity with which the source was last connected."""
    row = db.execute(
        "SELECT identity FROM link WHERE source = ? AND state = 'connected'"
        " AND identity IS NOT NULL ORDER BY id DESC LIMIT 1",
        [source],
    ).fetchone()
    return str(row[0]) if row else None


def connected_since(db: Database, of: Sequence[int], before_tick: int = 2**62) -> int:
    """The last time that one of these sources was connected anew; 0 where none ever was."""
    marks = ",".join("?" * len(of))
    row = db.execute(
        f"SELECT max(t_ms) FROM link WHERE source IN ({marks}) AND state = 'connected'"
        " AND tick < ?",
        [*of, before_tick],
    ).fetchone()
    return int(row[0]) if row[0] is not None else 0


def setting(db: Database, chair: int) -> dict[str, Any] | None:
    """The chair's settings as the recorder last stored them."""
    row = db.execute(
        "SELECT data FROM setting WHERE chair = ? ORDER BY id DESC LIMIT 1", [chair]
    ).fetchone()
    return dict(json.loads(row[0])) if row else None


def preferred(db: Database, chair: int, before_tick: int = 2**62) -> dict[Parameter, int]:
    """The preferred source of each parameter, as the recorder last chose before a tick."""
    rows = db.execute(
        "SELECT parameter, source FROM preferred WHERE id IN"
        " (SELECT max(id) FROM preferred WHERE chair = ? AND tick < ? GROUP BY parameter)",
        [chair, before_tick],
    ).fetchall()
    return {PARAMETERS[number]: source for number, source in rows}


def open_session(db: Database, chair: int) -> tuple[Session, str] | None:
    """The chair's open session, with the limits that it carries."""
    row = db.execute(
        f"SELECT {SESSION_COLUMNS}, limits FROM session WHERE chair = ? AND ended_ms IS NULL",
        [chair],
    ).fetchone()
    return (Session(*row[:-1]), row[-1]) if row else None


def stored_session(db: Database, number: int) -> tuple[Session, str] | None:
    """One session, with the limits that it carries; None where there is none of that number."""
    row = db.execute(
        f"SELECT {SESSION_COLUMNS}, limits FROM session WHERE id = ?", [number]
    ).fetchone()
    return (Session(*row[:-1]), row[-1]) if row else None


def visits_of(db: Database, patient: str, until: int) -> int:
    """How many sessions a patient had up to one, this included."""
    row = db.execute(
        "SELECT count(*) FROM session WHERE patient = ? AND id <= ?", [patient, until]
    ).fetchone()
    return int(row[0])


def last_session_end(db: Database, chair: int, before_ms: int = 2**62) -> int:
    """When the chair's last session before a time ended; 0 where there was none."""
    row = db.execute(
        "SELECT max(ended_ms) FROM session WHERE chair = ? AND ended_ms <= ?", [chair, before_ms]
    ).fetchone()
    return int(row[0]) if row[0] is not None else 0


def last_session_id(db: Database) -> int:
    """The greatest number of a session; 0 where there is none."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM session").fetchone()[0])


def generation(db: Database, chair: int) -> Generation:
    """The worst generation among the ports that the chair has now."""
    held = setting(db, chair) or {}
    now = [*held.get("sources", []), held.get("by_hand")]
    ports = [source.generation for source in sources(db, chair) if source.id in now]
    return Generation(max(ports, default=0))


def is_demo(db: Database) -> bool:
    """True where a demo made the database: another demo may begin it anew."""
    return "demo" in facts(db)


def has_sessions(db: Database, generation: Generation = Generation.REAL) -> bool:
    """True where there is a session of that generation."""
    row = db.execute(
        "SELECT EXISTS(SELECT 1 FROM session WHERE generation = ?)", [int(generation)]
    ).fetchone()
    return bool(row[0])


def open_alarms(db: Database, chair: int, before_tick: int = 2**62) -> list[Occurrence]:
    """The occurrences that the transitions stored before a tick leave open, however old they are.

    A condition has one occurrence at a time, so that its last transition tells; each is one step in
    the index, whatever lies between.
    """
    rows = db.execute(
        "WITH RECURSIVE judged(name) AS ("
        " SELECT min(condition) FROM alarm WHERE chair = :chair UNION ALL"
        " SELECT (SELECT min(condition) FROM alarm WHERE chair = :chair AND condition > name)"
        " FROM judged WHERE name IS NOT NULL)"
        " SELECT occurrence, condition, kind, parameter, priority, value, limit_value, text, state,"
        " (SELECT min(t_ms) FROM alarm AS first WHERE first.occurrence = alarm.occurrence)"
        " FROM alarm WHERE id IN (SELECT (SELECT id FROM alarm WHERE chair = :chair"
        " AND condition = name AND tick < :tick ORDER BY id DESC LIMIT 1) FROM judged"
        " WHERE name IS NOT NULL) AND state NOT IN ('cleared', 'ended') ORDER BY id",
        {"chair": chair, "tick": before_tick},
    ).fetchall()
    return [_occurrence(db, row, before_tick) for row in rows]


def _occurrence(db: Database, row: tuple[Any, ...], before_tick: int) -> Occurrence:
    identity, condition, kind, parameter, priority, value, limit, text, state, since = row
    actor, acknowledged_ms = None, None
    if state == "acknowledged":  # becoming less urgent keeps it, and names nobody
        actor, acknowledged_ms = db.execute(
            "SELECT actor, t_ms FROM alarm WHERE occurrence = ? AND state = 'acknowledged'"
            " AND actor IS NOT NULL AND tick < ? ORDER BY id DESC LIMIT 1",
            [identity, before_tick],
        ).fetchone()
    return Occurrence(
        identity,
        condition,
        kind,
        Parameter(parameter) if parameter else None,
        Priority[priority.upper()],
        since,
        value,
        limit,
        text,
        actor,
        acknowledged_ms,
        state == "latched",
    )


def readings_since(
    db: Database, chair: int, after_ms: int, after_tick: int, until_ms: int = 2**62
) -> list[ReadingRow]:
    """The chair's readings after a time, and its cuff readings of later ticks, oldest first.

    A continuous value's time lies within its tick; a cuff's may lie well before it. In the order in
    which they were taken in: monitor.chair.in_order within a tick.
    """
    columns = "chair, source, generation, tick, parameter, value, t_ms, validity, reason"
    rows = db.execute(
        f"SELECT {columns}, 0 AS ends FROM reading WHERE chair = :chair AND t_ms > :after"
        f" AND t_ms <= :until AND episodic = 0 UNION ALL SELECT {columns}, value IS NOT NULL"
        " FROM reading WHERE chair = :chair AND episodic = 1 AND tick > :tick"
        " ORDER BY tick, ends, t_ms",
        {"chair": chair, "after": after_ms, "until": until_ms, "tick": after_tick},
    ).fetchall()
    return [reading_row(row) for row in rows]


def cuff_rows(db: Database, chair: int, from_ms: int, until_ms: int = 2**62) -> list[ReadingRow]:
    """The chair's cuff readings since a time, oldest first, failures and all; no struck ones."""
    rows = db.execute(
        "SELECT chair, source, generation, tick, parameter, value, t_ms, validity, reason"
        " FROM reading INDEXED BY reading_event WHERE chair = ? AND episodic = 1 AND t_ms >= ?"
        f" AND t_ms <= ? AND parameter IN ({CUFF_IDS}) AND NOT {STRUCK}"
        " ORDER BY tick, value IS NOT NULL, t_ms",
        [chair, from_ms, until_ms],
    ).fetchall()
    return [reading_row(row) for row in rows]


def pump_rows(db: Database, chair: int, from_ms: int) -> list[ReadingRow]:
    """What the chair's infusion pumps said since then, the oldest first."""
    rows = db.execute(
        "SELECT chair, source, generation, tick, parameter, value, t_ms, validity, reason"
        f" FROM reading WHERE chair = ? AND t_ms >= ? AND parameter IN ({PUMP_IDS}) ORDER BY t_ms",
        [chair, from_ms],
    ).fetchall()
    return [reading_row(row) for row in rows]


def worst_generation(db: Database, chair: int, from_ms: int) -> Generation:
    """The worst generation among the chair's readings since a time."""
    row = db.execute(
        "SELECT max(generation) FROM reading WHERE chair = ? AND t_ms >= ?", [chair, from_ms]
    ).fetchone()
    return Generation(row[0] or 0)


def reading_row(row: tuple[Any, ...]) -> ReadingRow:
    """Make a row of the reading table (in the order of the queries here) into a reading."""
    chair, source, generation, tick, number, value, t_ms, validity, reason = row[:9]
    numeric = Numeric(PARAMETERS[number], value, t_ms, Validity(validity), reason or "")
    return ReadingRow(chair, source, generation, tick, numeric)
