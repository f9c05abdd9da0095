"""A chair's state as what is stored leaves it: after a restart, and where a replay begins."""

from sqlite_utils import Database

from monitor.alarms.presets import from_json
from monitor.alarms.trends import KEEP_MS
from monitor.chair import ChairState
from monitor.session.visit import fold
from monitor.store import by_hand, current
from monitor.store.alarm_settings import alarm_settings
from monitor.store.inputs import visit_before
from monitor.store.journal import accepted_of

CUFF_MS = 12 * 3_600_000  # how far back the last cuff reading is looked for
AHEAD_MS = 600_000  # by how much a reading's time may lie after its tick, as in inputs


def restore(db: Database, state: ChairState, now_ms: int, before_tick: int = 2**62) -> None:
    """Go on where the ticks before one left off: open session, open alarms, last values.

    A replay names the tick, and the time from which on the last values are looked for.
    """
    until_ms = 2**62
    if before_tick == until_ms:
        found = current.open_session(db, state.id)
        stored = (fold(found[0], accepted_of(db, found[0].id)), found[1]) if found else None
    else:
        until_ms = now_ms + AHEAD_MS  # not all that was stored in the years since
        stored = visit_before(db, state.id, before_tick)
    state.session_ended_ms = current.last_session_end(db, state.id, now_ms)
    state.connected_ms = current.connected_since(db, list(state.sources), before_tick)
    settings = alarm_settings(db, state.id, before_tick)
    if stored:
        state.visit = stored[0]
        state.preset = settings.preset or from_json(stored[1])
        state.baseline = settings.baseline
    state.engine.audio, state.engine.off = settings.audio, settings.off
    from_ms = state.session.from_ms if state.session else state.session_ended_ms
    state.knowledge.from_ms = from_ms  # what was measured before is another patient's
    rows = current.cuff_rows(db, state.id, max(from_ms, now_ms - CUFF_MS), until_ms)
    rows += current.readings_since(db, state.id, max(from_ms, now_ms - KEEP_MS), 2**62, until_ms)
    words = [(row.source, row.numeric) for row in rows if row.tick < before_tick]
    if state.hand is not None and state.session is not None:
        state.entered = by_hand.entered(db, state.id, state.session.from_ms, before_tick)
        state.knowledge.enter(
            by_hand.counting(db, state.id, state.hand, state.entered, before_tick)
        )
    open_alarms = current.open_alarms(db, state.id, before_tick)
    state.take_up(words, open_alarms, current.preferred(db, state.id, before_tick))
