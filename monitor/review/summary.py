"""What is read first of a past session: extremes, alarms, who watched, what is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.review.figure import ORDER, Drawn
from monitor.session import items
from monitor.session.state import Visit
from monitor.store import journal
from monitor.store.extremes import Extreme, extreme
from monitor.store.sessions import AlarmRow


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers are of valid readings only. ``watch`` is who was on watch from when (UTC ms)."""

    lowest_spo2: Extreme | None
    highest_systolic: Extreme | None
    alarms: dict[str, int]
    watch: list[tuple[int, str]]
    open: list[str]


def summary_of(db: Database, drawn: Drawn, visit: Visit) -> Summary:
    """The summary of a session that was read to be drawn. Raises StoreError."""
    span = (visit.session.chair, drawn.from_ms, drawn.to_ms)
    chair, from_ms, to_ms = span
    first = journal.on_watch(db, chair, visit.session.started_ms)
    watch = [(from_ms, first)] if first else []
    later = [x for x in drawn.entries if x.kind == "watch" and x.t_ms > visit.session.started_ms]
    for entry in later:
        if not watch or watch[-1][1] != entry.actor:
            watch.append((entry.t_ms, entry.actor))
    return Summary(
        extreme(db, chair, Parameter.SPO2, from_ms, to_ms, lowest=True),
        extreme(db, chair, Parameter.NIBP_SYS, from_ms, to_ms, lowest=False),
        alarm_count(drawn.alarms),
        watch,
        open_things(visit, to_ms),
    )


def alarm_count(rows: Sequence[AlarmRow]) -> dict[str, int]:
    """Occurrences by the highest priority that each reached, the worst first.

    A low physiological one is an advisory: it is seen, and not counted.
    """
    reached: dict[str, str] = {}
    for row in rows:
        if row.kind == "physiological" and row.priority == "low":
            continue
        before = reached.get(row.occurrence, row.priority)
        reached[row.occurrence] = max(before, row.priority, key=ORDER.index)
    return {x: sum(found == x for found in reached.values()) for x in reversed(ORDER)}


def open_things(visit: Visit, to_ms: int) -> list[str]:
    """What somebody should still look at before signing."""
    x = visit.session
    found = ["the visit is not ended"] if x.ended_ms is None else []
    asked = items.preflight(visit) if x.infusion_started_ms is not None else []
    if x.ended_ms is not None and x.how != "held":
        asked = [*asked, *items.discharge(visit, {}, to_ms)]
    # What is judged by the program was judged when it mattered, with the values of then.
    waiting = [one for one in asked if one.stops and one.item.auto is None]
    found += [f"{one.item.text}: {'no' if one.state == 'no' else 'no answer'}" for one in waiting]
    return [*found, *([visit.stale] if visit.stale else [])]
