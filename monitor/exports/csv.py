"""CSV: one row a reading, alarm transition or journal entry, in the order of time.

data/README.md says of each column what it holds.
"""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from devices.numeric import Generation, Parameter
from monitor.alarms import presses
from monitor.session.course import VISIT_KINDS
from monitor.session.door import FREE
from monitor.session.state import Visit
from monitor.session.visit import Entry, fold
from monitor.store import journal, sessions
from monitor.store.sessions import StoredSession

HEADER = (
    "time",
    "t_ms",
    "kind",
    "parameter",
    "value",
    "unit",
    "validity",
    "reason",
    "source",
    "generation",
    "text",
    "actor",
    "session",
    "patient",
    "time_zone",
)
ENCODING = "utf-8-sig"  # of a file: without the mark at its beginning, Excel garbles the letters

# An entry of values by hand beside the values themselves, which are rows of the kind ``reading``.
BY_HAND = "reading_by_hand"

# What is written out; a kind that is not named here stays in the database.
EXPORTED = frozenset((*VISIT_KINDS, *FREE, *presses.KINDS))

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # the wide ones count in some spreadsheets


def write_csv(db: Database, stored: StoredSession) -> str:
    """The session as CSV text, each row with the session's number and the patient reference.

    ``time`` is in the session's time zone, with its offset. A cell that a spreadsheet would take
    for a formula is preceded by an apostrophe. A file of it is written in `ENCODING`.
    """
    zone = ZoneInfo(stored.time_zone)
    x = stored.session
    word = Generation(stored.generation).word
    rows: list[tuple[int, list[object]]] = []
    for r in sessions.all_readings(db, x.id):
        cells = [r["parameter"], r["value"], r["unit"], r["validity"], r["reason"], r["source"]]
        rows.append((r["t_ms"], ["reading", *cells, r["generation"], None, None]))
    for a in sessions.alarms(db, x.chair, x.from_ms, x.ended_ms):
        text = f"{a.priority} {a.state}: {a.text}"
        unit = Parameter(a.parameter).unit if a.parameter and a.value is not None else None
        cells = [a.parameter, a.value, unit, None, a.condition, None]
        rows.append((a.t_ms, ["alarm", *cells, word, text, a.actor]))
    for t_ms, e, text in _entries(db, stored):
        kind = BY_HAND if e.kind == "reading" else e.kind
        rows.append((t_ms, [kind, *[None] * 6, word, text, e.actor]))
    rows.sort(key=lambda row: row[0])
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for t_ms, cells in rows:
        time = datetime.fromtimestamp(t_ms / 1000, zone).isoformat(timespec="milliseconds")
        writer.writerow(
            [time, t_ms, *[_safe(cell) for cell in [*cells, x.id, x.patient, stored.time_zone]]]
        )
    return out.getvalue()


def _entries(db: Database, stored: StoredSession) -> list[tuple[int, Entry, str]]:
    """What was entered, with the time and the words of the visit's timeline where it has them.

    Also what was entered of the visit after its end: a signature, an addendum.
    """
    x = stored.session
    accepted = journal.accepted_of(db, x.id)
    visit = fold(x, accepted)
    said = {line.entry: line for line in visit.said}
    # The session before may have ended at the very millisecond from which this one claims.
    found = {e.id: e for e in journal.entries_of(db, x.chair, x.from_ms + 1, x.ended_ms)}
    found |= {e.id: e for e in accepted}
    return [
        (said[e.id].t_ms if e.id in said else e.t_ms, e, _words(e, visit))
        for e in found.values()
        if e.kind in EXPORTED
    ]


def _words(entry: Entry, visit: Visit) -> str:
    """An entry in words; one that was struck through says so, with who and why."""
    lines = {line.entry: line.text for line in visit.said}
    if entry.kind == "strike":
        return f"{lines.get(entry.data['entry'], 'an entry')}: {entry.data['reason']}"
    text = lines.get(entry.id) or _of_the_alarms(entry)
    if entry.kind == "baseline":
        found = presses.baseline_of(entry.data).items()
        text += ": " + ", ".join(f"{p.value} {value:g} {p.unit}" for p, value in found)
    struck = visit.struck.get(entry.id)
    return f"STRUCK THROUGH by {struck.by} ({struck.text}): {text}" if struck else text


def _of_the_alarms(entry: Entry) -> str:
    """What was pressed beside the visit's own entries, with what it was about."""
    if entry.kind == "limits":
        return presses.limits_words(entry.data)
    words = "on watch" if entry.kind == "watch" else entry.kind.replace("_", " ")
    named = entry.data.get("text") or entry.data.get("scope") or entry.data.get("reason")
    return f"{words}: {named}" if named else words


def _safe(cell: object) -> object:
    if isinstance(cell, str) and (
        cell.lstrip().startswith(FORMULA) or cell.startswith(("\t", "\r", "\n"))
    ):
        return f"'{cell}"
    return cell
