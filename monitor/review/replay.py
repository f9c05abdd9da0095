"""A stored session played again: its inputs, tick for tick, through the rules of today.

With the rules of the day it was recorded the alarms come out exactly as they were stored; with
other limits it answers what would have been.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from sqlite_utils import Database

from devices.numeric import Parameter
from devices.table import DRIVERS
from monitor.alarms.engine import Transition
from monitor.alarms.presets import Preset, from_json
from monitor.chair import ChairState, LinkWord, SourceState
from monitor.store import current, inputs, sessions
from monitor.store.restoring import restore

WARM_MS = 15 * 60_000  # so long before the session it begins, to know what was known

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A transition with its tick and time."""

    tick: int
    t_ms: int
    transition: Transition

    def row(self) -> Row:
        """The same columns as `inputs.transitions_between`."""
        x = self.transition.occurrence
        return (
            self.tick,
            x.id,
            self.transition.state,
            x.priority.word,
            x.value,
            x.limit,
            x.text,
            self.transition.actor,
        )


def replay(
    db: Database,
    session: int,
    other: Callable[[Preset], Preset] | None = None,
    most_ticks: int = 2**62,
) -> Iterator[Replayed]:
    """The alarm transitions of a session, decided anew.

    ``other`` changes the preset with which the session began; limits that staff changed within it
    are changed again all the same. Nothing comes of a session that is not there, nor of what lies
    after its first ``most_ticks``.
    """
    stored, span = sessions.one(db, session), inputs.span_of(db, session)
    if stored is None or span is None:
        return
    chair, (first, last) = stored.session.chair, span
    last = min(last, first + most_ticks - 1)
    runs = {x.first_tick: x.started_ms for x in inputs.runs_until(db, last)}
    run = max((tick for tick in runs if tick <= first), default=0)
    begin = max(run, inputs.tick_at(db, inputs.time_of(db, first) - WARM_MS, first))
    state = _state(db, chair, begin, runs.get(run, 0), inputs.time_of(db, begin))
    if begin > run:
        _join(db, state, run, begin)
    for tick in inputs.stored_ticks(db, chair, begin, last):
        if tick.tick in runs and tick.tick > begin:
            state = _state(db, chair, tick.tick, runs[tick.tick], runs[tick.tick])
        state.host = tick.host or state.host
        state.screens = tick.screens or state.screens
        state.take(tick.inputs, tick.t_ms)
        found: list[Transition] = []
        for entry, number in tick.entries:
            found += state.press(entry, tick.t_ms, number, "").transitions
            if other and entry.kind == "session_start" and number == session:
                state.preset = other(state.preset)
        found += state.judge(tick.tick, tick.t_ms)[1]
        if tick.tick >= first:
            yield from (Replayed(tick.tick, tick.t_ms, x) for x in found)


def preset_at_start(db: Database, session: int) -> Preset | None:
    """The preset with which a session began; None where there is no such session."""
    stored, span = sessions.one(db, session), inputs.span_of(db, session)
    if stored is None or span is None:
        return None
    return from_json(stored.limits)


def _join(db: Database, state: ChairState, run: int, tick: int) -> None:
    """Take up how links, computer and screens were, in the middle of a recorder's life."""
    state.host, state.screens = inputs.surroundings(db, state.id, run, tick)
    for change in inputs.links_before(db, list(state.sources), tick):
        source = state.sources[change.source]
        source.state = cast(LinkWord, change.state)
        source.detail, source.identity = change.detail, change.identity


def _gives(driver: str) -> frozenset[Parameter]:
    """What a driver can give; everything where there is no driver of that name any more."""
    known = DRIVERS.get(driver)
    return frozenset(known.facts.parameters if known else Parameter)


def _state(db: Database, chair: int, tick: int, since_ms: int, now_ms: int) -> ChairState:
    """The chair as a recorder that begins at a tick takes it up."""
    setting = inputs.setting_at(db, chair, tick)
    known = {source.id: source for source in current.sources(db, chair)}
    sources = {
        x.id: SourceState(x.id, x.name, x.period_ms, since_ms, parameters=_gives(x.driver))
        for number in setting.get("sources", [])
        if (x := known.get(number))
    }
    state = ChairState(
        chair,
        sources,
        tuple(Parameter(name) for name in setting.get("expected", [])),
        from_json(setting.get("limits", "[]")),
        since_ms,
        same_arm=bool(setting.get("same_arm", False)),
        hand=setting.get("by_hand"),
    )
    restore(db, state, now_ms, tick)
    return state
