"""How past sessions, and what was pressed in them, are named on the pages."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.alarms.presses import baseline_of, limits_words
from monitor.screens.limit_table import in_words
from monitor.session.state import Visit
from monitor.session.steps import ENDS
from monitor.session.visit import Entry
from monitor.store.sessions import StoredSession


def session_number(text: str) -> int | None:
    """The number of a session that an address names; None where it can be none."""
    return int(text) if text.isdecimal() and len(text) < 19 else None  # what SQLite can hold


def clock(stored: StoredSession, t_ms: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A time as the clinic's clock showed it."""
    if t_ms is None:
        return "open"
    return datetime.fromtimestamp(t_ms / 1000, ZoneInfo(stored.time_zone)).strftime(form)


def said_of(stored: StoredSession) -> str:
    """A session in a list: when, whose, where, and how it ended where that was not a discharge."""
    x = stored.session
    words = f"{clock(stored, x.started_ms)} · {x.patient} · {stored.chair}"
    if x.ended_ms is None:
        return f"{words} · open"
    how = ENDS.get(x.how or "", "").lower()
    return f"{words} · {how}" if how and x.how != "discharged" else words


# What is pressed beside a visit's own entries.
WORDS = {
    "watch": "on watch",
    "acknowledge": "alarm acknowledged",
    "confirm_monitor": "monitor confirmed as the right one",
    "audio_pause": "audio paused",
    "audio_resume": "audio on again",
    "audio_off": "audio off",
    "audio_on": "audio on",
    "alarm_off": "alarm off",
    "alarm_on": "alarm on",
    "session_start": "session started",
    "session_end": "session ended",
}


def lines_of(visit: Visit) -> Mapping[int, str]:
    """The words of each entry of a visit, by its number."""
    lines = {line.entry: line.text for line in visit.said}
    return {
        **lines,
        **{
            x.entry: f"struck through: {lines.get(n, n)} ({x.text})"
            for n, x in visit.struck.items()
        },
    }


def what_of(entry: Entry, lines: Mapping[int, str]) -> str:
    """What was pressed, with what was set by it. ``lines`` are those of `lines_of`."""
    if entry.kind == "limits":
        return limits_words(entry.data)
    if entry.kind == "baseline":
        return f"baseline: {in_words(baseline_of(entry.data))}"
    if entry.id in lines:
        return lines[entry.id]
    named = entry.data.get("scope") or entry.data.get("reason")
    words = str(entry.data.get("text") or WORDS.get(entry.kind) or entry.kind.replace("_", " "))
    return f"{words}: {named}" if named and entry.kind.startswith(("audio_", "alarm_")) else words
