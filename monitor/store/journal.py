"""The journal: what people did. The dashboard's only way to write."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from monitor.session.course import VISIT_KINDS
from monitor.session.entries import Entry
from monitor.store.database import transaction


@dataclass(frozen=True, slots=True)
class Told:
    """The recorder's answer to an entry."""

    accepted: bool
    text: str
    session: int | None


def write_entry(
    db: Database,
    *,
    press: str,
    t_ms: int,
    chair: int,
    kind: str,
    actor: str,
    data: Mapping[str, Any],
) -> int:
    """Store an entry and give its number; the same press again is the same entry.

    Raises StoreError where it cannot be stored: then nothing was.
    """
    with transaction(db):
        db.execute(
            "INSERT INTO journal(press, t_ms, chair, kind, actor, data) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT(press) DO NOTHING",
            [press, t_ms, chair, kind, actor.strip(), json.dumps(dict(data))],
        )
        row = db.execute("SELECT id FROM journal WHERE press = ?", [press]).fetchone()
    return int(row[0])


def entries_after(db: Database, last: int) -> list[Entry]:
    """The entries that came after the one numbered ``last``, in their order."""
    rows = db.execute(
        "SELECT id, press, t_ms, chair, kind, actor, data FROM journal WHERE id > ? ORDER BY id",
        [last],
    ).fetchall()
    return [_entry(row) for row in rows]


def last_entry(db: Database) -> int:
    """The number of the newest entry; 0 where there is none."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM journal").fetchone()[0])


def entries_between(db: Database, chair: int, after: int, last: int) -> list[Entry]:
    """The chair's entries after one number up to another, whatever became of them."""
    rows = db.execute(
        "SELECT id, press, t_ms, chair, kind, actor, data FROM journal"
        " WHERE id > ? AND id <= ? AND chair = ? AND kind != 'purge' ORDER BY id",
        [after, last, chair],
    ).fetchall()
    return [_entry(row) for row in rows]


def entries_of(db: Database, chair: int, from_ms: int, to_ms: int | None) -> list[Entry]:
    """The chair's accepted entries within a span, oldest first."""
    rows = db.execute(
        "SELECT journal.id, press, t_ms, chair, kind, actor, data FROM journal"
        " JOIN answer ON answer.journal = journal.id AND answer.accepted = 1"
        " WHERE chair = ? AND t_ms BETWEEN ? AND ? ORDER BY journal.t_ms, journal.id",
        [chair, from_ms, to_ms if to_ms is not None else 2**62],
    ).fetchall()
    return [_entry(row) for row in rows]


def accepted_of(
    db: Database, session: int, after: int = 0, before_tick: int = 2**62
) -> list[Entry]:
    """What was accepted for a session after one entry, in its order: what its visit is folded from.

    Each with the time that it counted at: never later than the tick that answered it.
    """
    kinds = ",".join("?" * len(VISIT_KINDS))
    rows = db.execute(
        "SELECT journal.id, press, min(journal.t_ms, tick.t_ms), chair, kind, actor, data"
        " FROM answer JOIN journal ON journal.id = answer.journal"
        " JOIN tick ON tick.tick = answer.tick"
        " WHERE answer.session = ? AND accepted = 1 AND answer.journal > ? AND answer.tick < ?"
        f" AND kind IN ({kinds}) ORDER BY answer.journal",
        [session, after, before_tick, *VISIT_KINDS],
    ).fetchall()
    return [_entry(row) for row in rows]


def answer_to(db: Database, entry: int) -> Told | None:
    """What the recorder answered; None while it has not."""
    row = db.execute(
        "SELECT accepted, text, session FROM answer WHERE journal = ?", [entry]
    ).fetchone()
    return Told(bool(row[0]), row[1], row[2]) if row else None


def answers_after(db: Database, chair: int, last: int) -> list[tuple[int, str, int, str]]:
    """The chair's answers to entries after the one numbered ``last``: entry, press, verdict."""
    rows = db.execute(
        "SELECT answer.journal, press, accepted, text FROM answer"
        " CROSS JOIN journal ON journal.id = answer.journal"
        " WHERE chair = ? AND answer.journal > ? ORDER BY answer.journal",
        [chair, last],
    ).fetchall()
    return [tuple(row) for row in rows]


def last_answers(db: Database, chair: int, most: int) -> list[tuple[int, str, int, str]]:
    """The chair's newest answers, oldest first, in the form of `answers_after`."""
    rows = db.execute(
        "SELECT answer.journal, press, accepted, text FROM answer"
        " CROSS JOIN journal ON journal.id = answer.journal"
        " WHERE chair = ? ORDER BY answer.journal DESC LIMIT ?",
        [chair, most],
    ).fetchall()
    return [tuple(row) for row in reversed(rows)]


def last_answered(db: Database, chair: int) -> int:
    """The number of the chair's last entry that was answered; 0 where none was."""
    row = db.execute(
        "SELECT answer.journal FROM answer CROSS JOIN journal ON journal.id = answer.journal"
        " WHERE chair = ? ORDER BY answer.journal DESC LIMIT 1",
        [chair],
    ).fetchone()
    return int(row[0]) if row else 0


def on_watch(db: Database, chair: int, at_ms: int = 2**62) -> str | None:
    """Who is on watch at the chair, now or at a time; None where nobody was.

    Who said so last since the session before was over: the watch of yesterday's session is nobody's
    today. Else who began the session.
    """
    told = "SELECT actor FROM journal WHERE chair = ? AND kind = 'watch' AND t_ms BETWEEN ? AND ?"
    sessions = db.execute(
        "SELECT opened_by, ended_ms FROM session WHERE chair = ? AND started_ms <= ?"
        " ORDER BY from_ms DESC, id DESC LIMIT 2",
        [chair, at_ms],
    ).fetchall()
    since_ms = sessions[1][1] + 1 if len(sessions) > 1 else 0
    row = db.execute(f"{told} ORDER BY id DESC LIMIT 1", [chair, since_ms, at_ms]).fetchone()
    row = row or (sessions[0] if sessions else None)
    return str(row[0]) if row else None


def _entry(row: tuple[Any, ...]) -> Entry:
    number, press, t_ms, chair, kind, actor, data = row
    return Entry(number, press, t_ms, chair, kind, actor, json.loads(data))
