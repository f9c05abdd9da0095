"""What is read first of a past session: extremes, alarms, who watched, what is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.review.figure import ORDER, Drawn
from monitor.session import items
from monitor.session.dosing import figure
from monitor.session.state import Visit
from monitor.store import journal
from monitor.store.extremes import Extreme, extreme
from monitor.store.sessions import AlarmRow

LATE_STOP = 0.02  # so much above the plan is a stop that was pressed a little after the pump's


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers are of valid readings only, from the session's start on.

    ``alarms`` are the patient's, ``technical`` those of devices, screens and what is due, by their
    priority. ``watch`` is who was on watch from when (UTC ms).
    """

    lowest_spo2: Extreme | None
    highest_systolic: Extreme | None
    alarms: dict[str, int]
    technical: dict[str, int]
    watch: list[tuple[int, str]]
    open: list[str]


def summary_of(db: Database, drawn: Drawn, visit: Visit) -> Summary:
    """The summary of a session that was read to be drawn. Raises StoreError."""
    chair, to_ms = visit.session.chair, drawn.to_ms
    from_ms = visit.session.started_ms  # what it claims from before then is drawn, and not summed
    first = journal.on_watch(db, chair, from_ms)
    watch = [(from_ms, first)] if first else []
    later = [x for x in drawn.entries if x.kind == "watch" and x.t_ms > from_ms]
    for entry in later:
        if not watch or watch[-1][1] != entry.actor:
            watch.append((entry.t_ms, entry.actor))
    return Summary(
        extreme(db, chair, Parameter.SPO2, from_ms, to_ms, lowest=True),
        extreme(db, chair, Parameter.NIBP_SYS, from_ms, to_ms, lowest=False),
        alarm_count([x for x in drawn.alarms if x.kind == "physiological"], from_ms),
        alarm_count([x for x in drawn.alarms if x.kind != "physiological"], from_ms),
        watch,
        open_things(visit, to_ms),
    )


def alarm_count(rows: Sequence[AlarmRow], from_ms: int) -> dict[str, int]:
    """Occurrences by the highest priority that each reached from a time on, the worst first.

    One that was over by then is not counted. A low physiological one is an advisory: it is seen,
    and not counted.
    """
    reached: dict[str, str] = {}
    for row in rows:
        advisory = row.kind == "physiological" and row.priority == "low"
        if row.t_ms < from_ms:
            reached.pop(row.occurrence, None)
            if not advisory and row.state not in ("cleared", "ended"):
                reached[row.occurrence] = row.priority
            continue
        if advisory:
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
    for one in waiting:
        why = "no answer" if one.why == items.UNANSWERED else one.why
        found.append(f"{one.item.text}: {'no' if one.state == 'no' else why}")
    given_mg = visit.infusion.given_mg(to_ms)
    if x.infusion_started_ms is not None and given_mg is None:
        found.append("how much was given is not known")
    elif given_mg is not None and x.dose_mg is not None and given_mg > x.dose_mg * (1 + LATE_STOP):
        found.append(
            f"given {figure(given_mg, 1)} mg, more than the planned {figure(x.dose_mg, 1)} mg"
        )
    return [*found, *([visit.stale] if visit.stale else [])]
