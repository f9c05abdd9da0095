"""How past sessions are named on the pages that choose among them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.store.sessions import StoredSession


def clock(stored: StoredSession, t_ms: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A time as the clinic's clock showed it."""
    if t_ms is None:
        return "open"
    return datetime.fromtimestamp(t_ms / 1000, ZoneInfo(stored.time_zone)).strftime(form)


def said_of(stored: StoredSession) -> str:
    """A session in a list: when, whose, where."""
    return f"{clock(stored, stored.session.started_ms)} · {stored.session.patient} · {stored.chair}"
