"""What a screen is told of the visit on its chair: the step, the infusion, what is due next."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.alarms.freshness import Known
from monitor.session import items
from monitor.session.ahead import Next, beside, next_step
from monitor.session.dosing import DosingError, ml_h
from monitor.session.due import Due, due
from monitor.session.entries import Entry
from monitor.session.pump import Pumped, difference
from monitor.session.state import Visit
from monitor.session.steps import NAMES
from monitor.session.strike import strikable
from monitor.session.visit import regular

Message = dict[str, Any]

# What stands as a mark in the chart; the rest is read in the timeline.
MARKED = (
    "event",
    "medication",
    "dose",
    "infusion_start",
    "infusion_rate",
    "infusion_pause",
    "infusion_resume",
    "infusion_stop",
)
ROUND_MS = 1000  # a projected time is told to the second, or it would be told anew each tick


def visit_message(visit: Visit, number: int, before: Sequence[Entry], now_ms: int) -> Message:
    """The visit as the screens see it. ``before`` are entries that came before the session.

    ``number`` is which visit of the patient it is.
    """
    x = visit.session
    regimen = visit.regimen
    plan = {
        "drug": x.drug or (regimen.drug if regimen else ""),
        "dose_mg": x.dose_mg,
        "minutes": x.minutes,
        "concentration_mg_ml": visit.concentration_mg_ml,
        "mg_per_kg": x.dose_mg / x.weight_kg if x.dose_mg and x.weight_kg else None,
        "rate_mg_min": x.dose_mg / x.minutes if x.dose_mg and x.minutes else None,
    }
    return {
        "id": x.id,
        "patient": x.patient,
        "number": number,
        "weight_kg": x.weight_kg,
        "started_ms": x.started_ms,
        "opened_by": x.opened_by,
        "regimen": {
            "id": regimen.id,
            "name": regimen.name,
            "route": regimen.route,
            "infusion": regimen.infusion,
            "choices_mg": list(regimen.choices_mg),
            "device_mg": regimen.device_mg,
        }
        if regimen
        else None,
        "phase": x.phase[0],
        "stage": {"id": x.stage, "name": NAMES[x.stage], "since_ms": x.stage_ms},
        "next": _next(next_step(visit)),
        "beside": _next(beside(visit)),
        "steps": [
            {"to": stage, "label": NAMES[stage], "regular": regular(visit, stage)}
            for stage in visit.stages
            if stage not in (x.stage, "dosing")
        ],
        "plan": plan,
        "infusion": _infusion(visit, plan, now_ms),
        "flags": [*visit.flags, *([visit.stale] if visit.stale else [])],
        "checks_open": sum(item.stops for item in items.preflight(visit)),
        "pause_reasons": list(visit.steps.pause_reasons),
        "events": [*(_before(entry) for entry in before), *_events(visit)],
        "scores": [
            {
                "entry": said.entry,
                "scale": said.data["scale"],
                "name": said.data.get("name") or said.data["scale"],
                "total": said.data["total"],
                "t_ms": said.t_ms,
                "by": said.by,
            }
            for said in visit.scores
        ],
    }


def _next(step: Next | None) -> Message | None:
    if step is None:
        return None
    return {"kind": step.kind, "label": step.label, "to": step.to, "mg": step.mg}


def _infusion(visit: Visit, plan: Message, now_ms: int) -> Message | None:
    x = visit.session
    if x.infusion_started_ms is None:
        return None
    steps, doses = visit.infusion.steps, visit.infusion.doses
    # From the last step on the rate is one and the same: a screen can reckon on from there, and
    # nothing changes from tick to tick.
    at_ms = max([x.infusion_started_ms, *(t for t, _ in steps), *(t for t, _ in doses)])
    given_mg = visit.infusion.given_mg(at_ms)
    rate = visit.infusion.rate_mg_min(at_ms)
    strength = visit.concentration_mg_ml
    try:
        rate_ml_h = ml_h(rate, strength) if rate and strength else None
    except DosingError:
        rate_ml_h = None
    return {
        "drug": plan["drug"],
        "dose_mg": x.dose_mg,
        "minutes": x.minutes,
        "started_ms": x.infusion_started_ms,
        "stopped_ms": x.infusion_stopped_ms,
        "paused_ms": visit.paused.t_ms if visit.paused else None,
        "paused_reason": visit.paused.data["reason"] if visit.paused else None,
        "at_ms": at_ms,
        "given_mg": given_mg,
        "rate_mg_min": rate,
        "rate_ml_h": rate_ml_h,
        "steps": [list(step) for step in steps],
        "doses": [list(dose) for dose in doses],
    }


def _events(visit: Visit) -> list[Message]:
    may = strikable(visit)
    return [
        {
            "entry": said.entry,
            "t_ms": said.t_ms,
            "text": said.text,
            "by": said.by,
            "kind": said.kind,
            "mark": said.kind in MARKED and said.entry not in visit.struck,
            "struck": {"by": struck.by, "why": struck.text} if struck else None,
            "strikable": said.entry in may,
        }
        for said in visit.said
        for struck in [visit.struck.get(said.entry)]
    ]


def _before(entry: Entry) -> Message:
    """An event from before the session, which claims it with the readings around it."""
    return {
        "entry": entry.id,
        "t_ms": entry.t_ms,
        "text": str(entry.data.get("text") or entry.data.get("drug")),
        "by": entry.actor,
        "kind": entry.kind,
        "mark": True,
        "struck": None,
        "strikable": False,
    }


def pump_message(
    visit: Visit | None, pump: Pumped, rate: Known | None, now_ms: int
) -> Message | None:
    """What a chair's pump says beside what was entered; None where none was heard in the visit.

    ``rate`` is what is known of the pump's rate: one that is not fresh is held beside nothing.
    """
    if visit is None or rate is None:
        return None
    found = difference(visit, pump, now_ms) if rate.current(now_ms) is not None else None
    differs = {"text": found.text, "since_ms": found.since_ms} if found else None
    return {"from_ml": pump.from_ml, "differs": differs}


def due_message(
    visit: Visit | None, bp_interval_s: Mapping[str, float], bp_ms: int | None, now_ms: int
) -> list[Message]:
    """What is due next, the soonest first."""
    if visit is None:
        return []
    return [_due(x) for x in due(visit, bp_interval_s, bp_ms, now_ms)]


def _due(x: Due) -> Message:
    return {
        "id": x.id,
        "name": x.name,
        "at_ms": x.at_ms // ROUND_MS * ROUND_MS,
        "not_before_ms": x.not_before_ms,
        "put_off": x.put_off,
        "kind": x.kind,
        "scale": x.scale,
    }
