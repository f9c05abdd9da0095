"""What is due next in a visit, and since when it is overdue. Pure.

Nothing here is an order: it says what the clinic's schedule wants, and staff decide.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.session.items import observed_until_ms
from monitor.session.regimens import Task
from monitor.session.state import Phase, Visit

DueKind = Literal["bp", "score", "task", "dose", "end", "observation", "open"]

BEFORE_MS = 5 * 60_000  # so long before a mark a reading or score counts for it: our choice
LONG_MS = 6 * 3_600_000  # a step that lasts so long asks whether the visit is over: our choice
NOT_NOW_MS = 120_000  # so long "not now" puts a thing off: the issue of a cuff at the wrong moment
BP = "bp"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is wanted at a time.

    ``scale`` is what to score. ``alarms``: overdue, it is an alarm; `bp` has one of its own.
    ``not_before_ms``: staff put it off until then, and did so ``put_off`` times in a row.
    """

    id: str
    name: str
    at_ms: int
    kind: DueKind
    scale: str | None = None
    alarms: bool = True
    not_before_ms: int | None = None
    put_off: int = 0


def due(
    visit: Visit,
    bp_interval_s: Mapping[str, float],
    bp_ms: int | None,
    now_ms: int,
) -> tuple[Due, ...]:
    """What is due next, the soonest first: at most one of each.

    ``bp_interval_s`` is how often a phase wants a blood pressure; ``bp_ms`` is when the last one of
    this visit was read.
    """
    session = visit.session
    if session.ended_ms is not None:
        return ()
    found = [*_pressures(visit, bp_interval_s, bp_ms or 0), *_tasks(visit), *_next_dose(visit)]
    found += _ends(visit, now_ms)
    return tuple(
        sorted((_put_off(visit, x, bp_ms or 0) for x in found), key=lambda x: (x.at_ms, x.id))
    )


def known(visit: Visit) -> frozenset[str]:
    """The ids of all that can be due in this visit."""
    regimen = visit.regimen
    found = {BP, "observation", "open", *(["infusion_end"] if visit.infuses else [])}
    if regimen is not None:
        found |= {task.id for task in regimen.tasks}
        found |= {_mark(minutes) for minutes in regimen.bp_at_minutes}
        found |= {"bp_end"} if regimen.bp_at_end else set()
        found |= {"next_dose"} if regimen.between_doses_minutes else set()
    return frozenset(found)


def _mark(minutes: float) -> str:
    return f"{BP}_{minutes:g}"


def _put_off(visit: Visit, x: Due, bp_ms: int) -> Due:
    """The thing as staff put it off: since it was done or read last, and was due after that."""
    done_ms = _done_ms(visit, x, bp_ms)
    times = [t_ms for t_ms in visit.put_off.get(x.id, ()) if t_ms > done_ms]
    untils = [t_ms + NOT_NOW_MS for t_ms in times if t_ms + NOT_NOW_MS > x.at_ms]
    if not untils:
        return x
    return replace(x, not_before_ms=max(untils), put_off=len(untils))


def _done_ms(visit: Visit, x: Due, bp_ms: int) -> int:
    """When it was done or read last; 0 where it never was."""
    if x.kind == "bp":
        return bp_ms
    if x.kind == "dose":
        return visit.infusion.last_ms
    tasks = visit.regimen.tasks if visit.regimen else ()
    return max(
        (t_ms for task in tasks if task.id == x.id for t_ms in _times(visit, task)), default=0
    )


def _pressures(visit: Visit, bp_interval_s: Mapping[str, float], bp_ms: int) -> list[Due]:
    phase, phase_ms = visit.session.phase
    found = []
    interval_s = bp_interval_s.get(phase)
    if interval_s is not None:
        found.append(
            Due(BP, "BP", max(phase_ms, bp_ms) + round(interval_s * 1000), "bp", alarms=False)
        )
    begun_ms = visit.session.infusion_started_ms
    regimen = visit.regimen
    if begun_ms is None or regimen is None:
        return found
    for minutes in regimen.bp_at_minutes:
        mark_ms = begun_ms + round(minutes * 60_000)
        if bp_ms < mark_ms - BEFORE_MS:
            found.append(Due(_mark(minutes), f"BP at {minutes:g} min", mark_ms, "bp"))
            break
    until_ms = observed_until_ms(visit)
    if regimen.bp_at_end and until_ms is not None and bp_ms < until_ms - BEFORE_MS:
        found.append(Due("bp_end", "BP before discharge", until_ms, "bp"))
    return found


def _tasks(visit: Visit) -> list[Due]:
    regimen = visit.regimen
    if regimen is None:
        return []
    found = []
    phase, phase_ms = visit.session.phase
    begun_ms = visit.session.infusion_started_ms
    for task in regimen.tasks:
        times = _times(visit, task)
        marks = [begun_ms + round(m * 60_000) for m in task.at_minutes] if begun_ms else []
        wanted = [m for m in marks if not any(t >= m - BEFORE_MS for t in times)][:1]
        wanted += _every(task, phase, phase_ms, times)
        if wanted:
            kind: DueKind = "score" if task.scale else "task"
            found.append(Due(task.id, task.name, min(wanted), kind, task.scale))
    return found


def _every(task: Task, phase: Phase, phase_ms: int, times: Sequence[int]) -> list[int]:
    every_s = task.every_s.get(phase)
    if every_s is None:
        return []
    return [max([phase_ms, *times]) + round(every_s * 1000)]


def _times(visit: Visit, task: Task) -> list[int]:
    """When the task was done, or its score was taken."""
    found = list(visit.done.get(task.id, ()))
    if task.scale:
        found += [x.t_ms for x in visit.standing(task.scale)]
    return sorted(found)


def _next_dose(visit: Visit) -> list[Due]:
    """After a single dose its rest, while less than the planned dose was given. No alarm."""
    regimen, doses, planned = visit.regimen, visit.infusion.doses, visit.session.dose_mg
    minutes = regimen.between_doses_minutes if regimen else None
    if regimen is None or minutes is None or planned is None or not visit.session.dosing:
        return []
    given_mg = math.fsum(mg for _, mg in doses)
    if not doses or given_mg >= planned * (1 - 1e-9):
        return []
    name = "Next device" if regimen.route == "nasal" else "Next dose"
    at_ms = doses[-1][0] + round(minutes * 60_000)
    return [Due("next_dose", name, at_ms, "dose", alarms=False)]


def _ends(visit: Visit, now_ms: int) -> list[Due]:
    session = visit.session
    if visit.running:
        # From the last step on nothing changes: so the projection does not move with the clock.
        from_ms = visit.infusion.last_ms
        left_ms = visit.infusion.left_ms(from_ms)
        if left_ms is None:  # at a rate or of a dose that nobody entered
            return [_open(session.stage_ms + LONG_MS)]
        end = Due("infusion_end", "End of infusion", from_ms + left_ms, "end")
        return [end, _open(max(end.at_ms, session.stage_ms) + LONG_MS)]
    until_ms = observed_until_ms(visit)
    if until_ms is None:  # a visit that was begun and forgotten, or whose infusion never ended
        return [_open(session.stage_ms + LONG_MS)]
    open_ms = until_ms + round(visit.steps.open_after_minutes * 60_000)
    if now_ms < until_ms:
        end = Due("observation", "End of observation", until_ms, "observation", alarms=False)
        return [end, _open(open_ms)]
    return [_open(open_ms)]


def _open(at_ms: int) -> Due:
    return Due("open", "Is this visit over?", at_ms, "open")
