"""A therapist's notes on one session as plain text: the only form in which they leave."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.store.patients import TherapistNote
from monitor.store.sessions import StoredSession

APART = "Therapist's notes, kept apart: no part of the vitals record."


def write_notes(stored: StoredSession, notes: Sequence[TherapistNote]) -> str:
    """The notes in the order of writing, each with its author and time in the session's zone."""
    zone = ZoneInfo(stored.time_zone)
    x = stored.session
    lines = [APART, f"Session {x.id}, {x.patient}, {_at(x.started_ms, zone)}", ""]
    for note in notes:
        lines += [f"{_at(note.t_ms, zone)}  {note.author}", note.text, ""]
    if not notes:
        lines += ["No notes.", ""]
    return "\n".join(lines)


def _at(t_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(t_ms / 1000, zone).isoformat(sep=" ", timespec="minutes")
