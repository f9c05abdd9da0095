"""How past sessions, and what was pressed in them, are named on the pages."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.alarms.presses import baseline_of, said, tier_of
from monitor.screens.limit_table import in_words
from monitor.session import by_hand
from monitor.session.visit import Entry
from monitor.store.sessions import StoredSession


def clock(stored: StoredSession, t_ms: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A time as the clinic's clock showed it."""
    if t_ms is None:
        return "open"
    return datetime.fromtimestamp(t_ms / 1000, ZoneInfo(stored.time_zone)).strftime(form)


def said_of(stored: StoredSession) -> str:
    """A session in a list: when, whose, where."""
    return f"{clock(stored, stored.session.started_ms)} · {stored.session.patient} · {stored.chair}"


def what_of(entry: Entry) -> str:
    """What was pressed, with what was set by it."""
    if entry.kind == "limits":
        parameter, tier, phase, limits = tier_of(entry.data)
        while_ = f" while {phase}" if phase else ""
        words = ", ".join(said(x) for x in limits) or f"{parameter.value} {tier}{while_}: none"
        return f"limits: {words} ({entry.data.get('reason')})"
    if entry.kind == "baseline":
        return f"baseline: {in_words(baseline_of(entry.data))}"
    if entry.kind == "reading":
        return by_hand.words(entry.data)
    return str(entry.data.get("text", entry.kind.replace("_", " ")))
