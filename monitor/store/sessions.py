"""Past sessions, as a clinician reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from devices.numeric import Generation
from monitor.session.visit import Session
from monitor.store.current import SESSION_COLUMNS
from monitor.store.history import PARAMETERS

_COLUMNS = ", ".join(f"session.{column.strip()}" for column in SESSION_COLUMNS.split(","))
_ENDS_WITHIN_MS = 3000
_MORE = "chair.name, session.time_zone, session.limits, session.generation"


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with what it carries: the chair's name, time zone, limits, worst generation."""

    session: Session
    chair: str
    time_zone: str
    limits: str
    generation: int


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One stored transition of an alarm."""

    t_ms: int
    occurrence: str
    condition: str
    parameter: str | None
    kind: str
    priority: str
    state: str
    value: float | None
    limit: float | None
    text: str
    actor: str | None


def listed(db: Database, most: int = 500) -> list[StoredSession]:
    """The sessions, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS}, {_MORE} FROM session JOIN chair ON chair.id = session.chair"
        " ORDER BY session.id DESC LIMIT ?",
        [most],
    ).fetchall()
    return [_stored(row) for row in rows]


def one(db: Database, number: int) -> StoredSession | None:
    """One session; None where there is none of that number."""
    row = db.execute(
        f"SELECT {_COLUMNS}, {_MORE} FROM session JOIN chair ON chair.id = session.chair"
        " WHERE session.id = ?",
        [number],
    ).fetchone()
    return _stored(row) if row else None


def alarms(db: Database, chair: int, from_ms: int, to_ms: int | None) -> list[AlarmRow]:
    """The transitions of the chair's alarms within a span, oldest first.

    What a session's end itself ended stands in the tick after it, and belongs to it; an alarm that
    began before an earlier session's end is that patient's, and does not.
    """
    before = db.execute(
        "SELECT ended_ms FROM session WHERE chair = ? AND from_ms < ?"
        " ORDER BY from_ms DESC LIMIT 1",
        [chair, from_ms],
    ).fetchone()
    rows = db.execute(
        "SELECT t_ms, occurrence, condition, parameter, kind, priority, state, value, limit_value,"
        " text, actor FROM alarm WHERE chair = :chair AND (t_ms BETWEEN :from AND :to"
        " OR state IN ('cleared', 'ended') AND t_ms BETWEEN :to AND :to + :after)"
        " AND NOT EXISTS (SELECT 1 FROM alarm AS began"
        " WHERE began.occurrence = alarm.occurrence AND began.t_ms <= :before) ORDER BY id",
        {
            "chair": chair,
            "from": from_ms,
            "to": to_ms if to_ms is not None else 2**61,
            "after": _ENDS_WITHIN_MS,
            "before": before[0] if before and before[0] is not None else 0,
        },
    ).fetchall()
    return [AlarmRow(*row) for row in rows]


def all_readings(db: Database, session: int | None) -> Iterator[dict[str, Any]]:
    """Stored readings in the order of time, of one session or of everything."""
    claim = ""
    values: list[object] = []
    if session is not None:
        claim = (
            " JOIN session ON session.id = ? AND session.chair = reading.chair AND reading.t_ms"
            " BETWEEN session.from_ms AND coalesce(session.ended_ms, 9e18)"
        )
        values = [session]
    rows = db.execute(
        "SELECT reading.t_ms, chair.name, source.name, reading.parameter, parameter.unit, value,"
        " validity, reason, reading.generation FROM reading"
        " JOIN chair ON chair.id = reading.chair JOIN source ON source.id = reading.source"
        f" JOIN parameter ON parameter.id = reading.parameter{claim}"
        " ORDER BY reading.t_ms, reading.chair, reading.parameter",
        values,
    )
    for t_ms, chair, source, number, unit, value, validity, reason, generation in rows:
        yield {
            "t_ms": t_ms,
            "chair": chair,
            "source": source,
            "parameter": PARAMETERS[number].value,
            "value": value,
            "unit": unit,
            "validity": validity,
            "reason": reason,
            "generation": Generation(generation).word,
        }


def _stored(row: tuple[Any, ...]) -> StoredSession:
    return StoredSession(Session(*row[:-4]), *row[-4:])
