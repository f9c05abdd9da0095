"""One past session, read and drawn."""

from zoneinfo import ZoneInfo

from sqlite_utils import Database

from monitor.alarms.limits import Limit, Priority
from monitor.alarms.presets import from_json
from monitor.review.figure import Drawn
from monitor.session.visit import fold
from monitor.store import by_hand, history, journal, sessions
from monitor.store.sessions import StoredSession


def drawn_session(db: Database, stored: StoredSession, now_ms: int) -> Drawn:
    """All that the chart of a session shows. An open session reaches to ``now_ms``."""
    x = stored.session
    to_ms = x.ended_ms if x.ended_ms is not None else now_ms
    width_ms = history.bucket_width_ms(x.from_ms, to_ms)
    return Drawn(
        sources=sessions.sources_then(db, x.chair, to_ms),
        traces=history.traces(db, x.chair, x.from_ms, to_ms, width_ms),
        cuffs=history.cuff_readings(db, x.chair, x.from_ms, to_ms),
        limits=[x for x in from_json(stored.limits).limits if drawn(x)],
        # The session before may have ended at the very millisecond from which this one claims.
        entries=journal.entries_of(db, x.chair, x.from_ms + 1, to_ms),
        alarms=sessions.alarms(db, x.chair, x.from_ms, to_ms),
        visit=fold(x, journal.accepted_of(db, x.id)),
        zone=ZoneInfo(stored.time_zone),
        from_ms=x.from_ms,
        to_ms=to_ms,
        marks=by_hand.marks(db, x.chair, x.from_ms, to_ms),
        hand=by_hand.source_of(db, x.chair),
    )


def drawn(limit: Limit) -> bool:
    """True for what is a line on the chart: a bound of its own, in all phases, that sounds."""
    return limit.kind == "value" and limit.phase is None and limit.priority is not Priority.LOW
