"""Past sessions, as a clinician reads them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter
from typing import Any

from sqlite_utils import Database

from devices.numeric import Generation
from monitor.session.state import Session
from monitor.store.history import PARAMETERS, STRUCK
from monitor.store.schema import SESSION_COLUMNS

_COLUMNS = ", ".join(f"session.{column.strip()}" for column in SESSION_COLUMNS.split(","))
_ENDS_WITHIN_MS = 3000
_EVER_MS = 2**62
PAGE = 2000  # readings that are read at once
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


def of_patient(db: Database, reference: str) -> list[StoredSession]:
    """The patient's sessions, oldest first; capitals make no difference."""
    rows = db.execute(
        f"SELECT {_COLUMNS}, {_MORE} FROM session JOIN chair ON chair.id = session.chair"
        " WHERE session.patient = ? COLLATE NOCASE ORDER BY session.started_ms, session.id",
        [reference],
    ).fetchall()
    return [_stored(row) for row in rows]


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


def sources_then(db: Database, chair: int, at_ms: int) -> dict[int, str]:
    """The chair's devices by number, in the order of preference that was set at that time."""
    names = dict(
        db.execute("SELECT id, name FROM source WHERE chair = ? ORDER BY id", [chair]).fetchall()
    )
    row = db.execute(
        "SELECT data FROM setting JOIN tick ON tick.tick = setting.tick"
        " WHERE chair = ? AND tick.t_ms <= ? ORDER BY setting.id DESC LIMIT 1",
        [chair, at_ms],
    ).fetchone()
    order = [source for source in json.loads(row[0])["sources"] if source in names] if row else []
    return {source: names[source] for source in dict.fromkeys([*order, *names])}


def all_readings(db: Database, session: int | None) -> Iterator[dict[str, Any]]:
    """Stored readings in the order of time, of one session or of everything.

    They are read in pages, so that who takes them slowly (a pipe) holds no lock on the database.
    """
    if session is None:
        spans = db.execute("SELECT id, name, 0, ? FROM chair", [_EVER_MS]).fetchall()
    else:
        spans = db.execute(
            "SELECT chair.id, chair.name, from_ms, coalesce(ended_ms, ?) FROM session"
            " JOIN chair ON chair.id = session.chair WHERE session.id = ?",
            [_EVER_MS, session],
        ).fetchall()
    return merge(*(_readings(db, *span) for span in spans), key=itemgetter("t_ms"))


def _readings(
    db: Database, chair: int, name: str, from_ms: int, to_ms: int
) -> Iterator[dict[str, Any]]:
    """One chair's readings within a span, read page by page in the order of their key."""
    sources = dict(db.execute("SELECT id, name FROM source WHERE chair = ?", [chair]).fetchall())
    last = (from_ms, 0, 0)
    while True:
        page = db.execute(
            "SELECT t_ms, parameter, source, value, validity, reason, generation,"
            f" {STRUCK} FROM reading"
            " WHERE chair = ? AND (t_ms, parameter, source) > (?, ?, ?) AND t_ms <= ?"
            " ORDER BY t_ms, parameter, source LIMIT ?",
            [chair, *last, to_ms, PAGE],
        ).fetchall()
        for t_ms, number, source, value, validity, reason, generation, struck in page:
            if struck:  # it stays in the record, but nobody reads it for a value
                value, validity, reason = None, "invalid", f"struck, was {value:g}"
            yield {
                "t_ms": t_ms,
                "chair": name,
                "source": sources[source],
                "parameter": PARAMETERS[number].value,
                "value": value,
                "unit": PARAMETERS[number].unit,
                "validity": validity,
                "reason": reason,
                "generation": Generation(generation).word,
            }
        if len(page) < PAGE:
            return
        last = page[-1][:3]


def _stored(row: tuple[Any, ...]) -> StoredSession:
    return StoredSession(Session(*row[:-4]), *row[-4:])
