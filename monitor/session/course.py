"""The course of one visit: a fold over what was accepted of its presses. Pure.

The recorder folds each entry as it accepts it; a restarted recorder, the screens and a replay fold
the same entries from the store, and have the same visit. Nothing else is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from monitor.session import by_hand
from monitor.session.dosing import Infusion
from monitor.session.entries import Entry
from monitor.session.regimens import regimen_of
from monitor.session.state import Said, Session, Visit
from monitor.session.steps import ENDS, NAMES, Stage, Steps, steps_of


def fold(session: Session, entries: Iterable[Entry]) -> Visit:
    """The visit of a stored session, from its accepted entries in their order."""
    start = replace(
        session,
        infusion_started_ms=None,
        infusion_stopped_ms=None,
        ended_ms=None,
        stage="arrival",
        stage_ms=session.started_ms,
        how=None,
        signed_by=None,
        signed_ms=None,
    )
    visit = Visit(start, seen_ms=session.started_ms)
    for entry in entries:
        if entry.kind == "session_start":
            visit = opened(as_planned(start, entry), entry)
        else:
            visit = apply(visit, entry)
    return visit


def as_planned(session: Session, entry: Entry) -> Session:
    """A session with the patient and the plan of its first entry."""
    data = entry.data
    regimen = data.get("regimen")
    return replace(
        session,
        patient=data["patient"].strip(),
        second_identifier=data["second_identifier"].strip(),
        weight_kg=data.get("weight_kg"),
        drug=(data.get("drug") or "").strip(),
        dose_mg=data.get("dose_mg"),
        minutes=data.get("minutes"),
        regimen=str(regimen["name"]) if isinstance(regimen, Mapping) else "",
    )


def opened(session: Session, entry: Entry) -> Visit:
    """The visit as its first entry makes it."""
    data = entry.data
    table = data.get("regimen")
    regimen = regimen_of(table) if isinstance(table, Mapping) else None
    visit = Visit(
        session,
        regimen,
        steps_of(data["steps"]) if isinstance(data.get("steps"), Mapping) else Steps(),
        {scale: (low, high) for scale, (low, high) in (data.get("scales") or {}).items()},
        data.get("concentration_mg_ml"),
        Infusion(dose_mg=session.dose_mg),
        flags=tuple(data.get("flags", ())),
        seen_ms=session.started_ms,
    )
    return noted(visit, entry, session.started_ms, f"Arrival, by {entry.actor}")


def when(visit: Visit, entry: Entry) -> int:
    """The time at which an entry counts: what follows a thing is never earlier than it."""
    asked = entry.data.get("at_ms")
    if asked is not None:
        return min(int(asked), entry.t_ms)
    if entry.kind in by_hand.KINDS:
        return entry.t_ms  # as its values are stored: by that time a strike finds them
    session = visit.session
    return max(entry.t_ms, session.stage_ms, visit.infusion.last_ms, session.ended_ms or 0)


def noted(visit: Visit, entry: Entry, at_ms: int, text: str) -> Visit:
    """The visit with one more line in its timeline."""
    said = Said(entry.id, at_ms, entry.actor, entry.kind, text, entry.data)
    return replace(visit, said=(*visit.said, said), seen_ms=max(visit.seen_ms, at_ms))


def apply(visit: Visit, entry: Entry) -> Visit:
    """The visit after an accepted entry. What is no affair of the visit changes nothing."""
    at_ms = when(visit, entry)
    change = _CHANGES.get(entry.kind)
    if change is None:
        return visit
    changed, text = change(visit, entry, at_ms)
    return noted(changed, entry, at_ms, text) if text else changed


Change = tuple[Visit, str]


def _to_stage(visit: Visit, stage: Stage, at_ms: int, **more: Any) -> Visit:
    if visit.session.stage == stage:
        return replace(visit, session=replace(visit.session, **more))
    return replace(visit, session=replace(visit.session, stage=stage, stage_ms=at_ms, **more))


def _stage(visit: Visit, entry: Entry, at_ms: int) -> Change:
    to = cast(Stage, entry.data["to"])
    over: dict[str, int | None] = {}
    if (
        visit.session.dosing
        and not visit.infuses
        and to in ("recovery", "integration", "discharge")
    ):
        over = {"infusion_stopped_ms": at_ms}  # single doses are over when recovery begins
    elif to == "dosing":
        over = {"infusion_stopped_ms": None}  # and were not, where staff go back to them
    reason = entry.data.get("reason")
    text = f"{NAMES[to]}" + (f": {reason}" if reason else "")
    return _to_stage(visit, to, at_ms, **over), text


def _infusion_start(visit: Visit, entry: Entry, at_ms: int) -> Change:
    rate = entry.data.get("rate_mg_min") or planned_rate(visit)
    infusion = visit.infusion.at_rate(at_ms, rate)
    begun = _to_stage(visit, "dosing", at_ms, infusion_started_ms=at_ms)
    text = "Infusion started" + (f", {rate:.3g} mg/min" if rate else "")
    return replace(begun, infusion=infusion), text


def planned_rate(visit: Visit) -> float | None:
    """The rate that the plan means, in mg/min; None where it says too little."""
    session = visit.session
    if session.dose_mg is not None and session.minutes is not None and visit.infuses:
        return session.dose_mg / session.minutes
    return None


def _infusion_rate(visit: Visit, entry: Entry, at_ms: int) -> Change:
    rate = float(entry.data["rate_mg_min"])
    changed = replace(visit, infusion=visit.infusion.at_rate(at_ms, rate))
    return changed, f"Rate {rate:.3g} mg/min"


def _infusion_pause(visit: Visit, entry: Entry, at_ms: int) -> Change:
    text = f"Infusion paused: {entry.data['reason']}"
    paused = Said(entry.id, at_ms, entry.actor, entry.kind, text, entry.data)
    return replace(visit, infusion=visit.infusion.halted(at_ms), paused=paused), text


def _infusion_resume(visit: Visit, entry: Entry, at_ms: int) -> Change:
    resumed = replace(visit, infusion=visit.infusion.resumed(at_ms), paused=None)
    if not visit.session.dosing:
        session = replace(visit.session, infusion_stopped_ms=None)
        resumed = _to_stage(replace(resumed, session=session), "dosing", at_ms)
    reason = entry.data.get("reason")
    return resumed, "Infusion goes on" + (f": {reason}" if reason else "")


def _stopped(visit: Visit, at_ms: int) -> Visit:
    infusion = visit.infusion.halted(at_ms) if visit.infusion.steps else visit.infusion
    session = replace(visit.session, infusion_stopped_ms=at_ms)
    return replace(visit, session=session, infusion=infusion, paused=None)


def _infusion_stop(visit: Visit, entry: Entry, at_ms: int) -> Change:
    reason = entry.data.get("reason")
    return _stopped(visit, at_ms), "Infusion stopped" + (f": {reason}" if reason else "")


def _dose(visit: Visit, entry: Entry, at_ms: int) -> Change:
    given = replace(visit, infusion=visit.infusion.with_dose(at_ms, float(entry.data["mg"])))
    if visit.session.infusion_started_ms is None:
        # Peak and Exploration stand where only the dose before them was struck through.
        here = visit.session.stage
        stage = here if here in ("peak", "exploration") else "dosing"
        given = _to_stage(given, stage, at_ms, infusion_started_ms=at_ms)
    return given, f"Dose given: {entry.data['mg']:g} mg{_too_soon(visit, at_ms)}"


def _too_soon(visit: Visit, at_ms: int) -> str:
    """How long after the one before a dose was given, where that is less than the rest."""
    doses, regimen = visit.infusion.doses, visit.regimen
    minutes = regimen.between_doses_minutes if regimen else None
    if not doses or minutes is None or (since_ms := at_ms - doses[-1][0]) >= minutes * 60_000:
        return ""
    since = f"{since_ms // 60_000} min" if since_ms >= 60_000 else f"{since_ms // 1000} s"
    return f" ({since} after the one before)"


def _plan(visit: Visit, entry: Entry, at_ms: int) -> Change:
    data, session = entry.data, visit.session
    changed = replace(
        session,
        weight_kg=data.get("weight_kg", session.weight_kg),
        dose_mg=data.get("dose_mg", session.dose_mg),
        minutes=data.get("minutes", session.minutes),
        drug=(data.get("drug") or "").strip() or session.drug,
    )
    amounts = {"weight_kg", "dose_mg"} & data.keys()
    asked, anew = _of_another_plan(_asked_anew(visit, "weight", "dose") if amounts else visit)
    planned = replace(
        asked,
        session=changed,
        concentration_mg_ml=data.get("concentration_mg_ml", visit.concentration_mg_ml),
        infusion=replace(visit.infusion, dose_mg=changed.dose_mg),
        stale=visit.stale if len(amounts) < 2 else "",
    )
    words = [
        f"{changed.weight_kg:g} kg" if changed.weight_kg else "",
        f"{changed.dose_mg:g} mg" if changed.dose_mg else "",
        f"over {changed.minutes:g} min" if changed.minutes else "",
    ]
    return planned, "Plan: " + ", ".join(word for word in words if word) + anew


def _drug(visit: Visit, entry: Entry, at_ms: int) -> Change:
    data = entry.data
    strength = data.get("concentration_mg_ml")
    anew = ""
    if strength and strength != visit.concentration_mg_ml:
        visit, anew = _of_another_plan(visit)
    changed = replace(visit, concentration_mg_ml=strength or visit.concentration_mg_ml)
    drawn = f", {data['drawn_mg']:g} mg drawn" if data.get("drawn_mg") else ""
    of = f", {strength:g} mg/mL" if strength else ""
    return changed, f"{data['drug']}, lot {data['lot']}{of}{drawn}{anew}"


def _check(visit: Visit, entry: Entry, at_ms: int) -> Change:
    item, answer = entry.data["item"], entry.data["answer"]
    said = Said(entry.id, at_ms, entry.actor, entry.kind, answer, entry.data)
    known = {x.id: x.text for x in (*visit.steps.preflight, *visit.steps.discharge)}
    return replace(visit, checks={**visit.checks, item: said}), f"{known[item]}: {answer}"


def _override(visit: Visit, entry: Entry, at_ms: int) -> Change:
    data = entry.data
    said = Said(entry.id, at_ms, entry.actor, entry.kind, data["reason"], data)
    known = {x.id: x.text for x in (*visit.steps.preflight, *visit.steps.discharge)}
    text = f"Override by {data['prescriber']}: {known[data['item']]} ({data['reason']})"
    return replace(visit, overrides={**visit.overrides, data["item"]: said}), text


def _baseline(visit: Visit, entry: Entry, at_ms: int) -> Change:
    taken = replace(_asked_anew(visit, "hold"), baseline=dict(entry.data["values"]))
    return taken, "Baseline taken"


def _asked_anew(visit: Visit, *autos: str) -> Visit:
    """Without the overrides of what is judged otherwise now: they were of other numbers."""
    asked = {x.id for x in (*visit.steps.preflight, *visit.steps.discharge) if x.auto in autos}
    return replace(visit, overrides={k: v for k, v in visit.overrides.items() if k not in asked})


def _of_another_plan(visit: Visit) -> tuple[Visit, str]:
    """Without what was answered of the plan before, as long as nothing is given; and the words."""
    said = {*visit.checks, *visit.overrides}
    asked = {x.id: x.text for x in visit.steps.preflight if x.of_plan and x.id in said}
    if visit.session.infusion_started_ms is not None or not asked:
        return visit, ""
    anew = replace(
        visit,
        checks={k: v for k, v in visit.checks.items() if k not in asked},
        overrides={k: v for k, v in visit.overrides.items() if k not in asked},
    )
    return anew, f"; asked anew: {', '.join(text.split(':')[0] for text in asked.values())}"


def _event(visit: Visit, entry: Entry, at_ms: int) -> Change:
    return visit, str(entry.data["text"])


def _medication(visit: Visit, entry: Entry, at_ms: int) -> Change:
    x = entry.data
    return visit, f"{x['drug']} {x['dose']:g} {x['unit']} {x['route']}, by {x['given_by']}"


def _reading(visit: Visit, entry: Entry, at_ms: int) -> Change:
    return visit, by_hand.words(entry.data)


def _score(visit: Visit, entry: Entry, at_ms: int) -> Change:
    text = f"{entry.data.get('name') or entry.data['scale']} {entry.data['total']:g}"
    said = Said(entry.id, at_ms, entry.actor, entry.kind, text, entry.data)
    return replace(visit, scores=(*visit.scores, said)), text


def _waste(visit: Visit, entry: Entry, at_ms: int) -> Change:
    return visit, f"Wasted {entry.data['mg']:g} mg, witness {entry.data['witness']}"


def _done(visit: Visit, entry: Entry, at_ms: int) -> Change:
    due = entry.data["due"]
    times = (*visit.done.get(due, ()), at_ms)
    return replace(visit, done={**visit.done, due: times}), f"Done: {entry.data.get('name', due)}"


def _not_now(visit: Visit, entry: Entry, at_ms: int) -> Change:
    due = entry.data["due"]
    times = {**visit.put_off, due: (*visit.put_off.get(due, ()), at_ms)}
    return replace(visit, put_off=times), f"Not now: {entry.data.get('name', due)}"


def _strike(visit: Visit, entry: Entry, at_ms: int) -> Change:
    said = Said(entry.id, at_ms, entry.actor, entry.kind, entry.data["reason"], entry.data)
    return without(visit, {**visit.struck, entry.data["entry"]: said}), ""


def without(visit: Visit, struck: Mapping[int, Said]) -> Visit:
    """The visit as if what is struck through had not been entered; its lines stay to be read.

    What stands keeps the time at which it counted.
    """
    chair = visit.session.chair
    standing = [
        Entry(x.entry, "", x.t_ms, chair, x.kind, x.by, x.data)
        for x in visit.said
        if x.entry not in struck
    ]
    again = fold(visit.session, standing)
    lines = {x.entry: x for x in again.said}
    said = tuple(lines.get(x.entry, x) for x in visit.said)
    return replace(again, said=said, struck=struck, seen_ms=visit.seen_ms)


def _session_end(visit: Visit, entry: Entry, at_ms: int) -> Change:
    stopped = _stopped(visit, at_ms) if visit.session.dosing else visit
    how = entry.data.get("how", "discharged")
    reason = entry.data.get("reason")
    session = replace(stopped.session, ended_ms=at_ms, how=how)
    return replace(stopped, session=session), ENDS[how] + (f": {reason}" if reason else "")


def _sign(visit: Visit, entry: Entry, at_ms: int) -> Change:
    session = replace(visit.session, signed_by=entry.actor, signed_ms=at_ms)
    return replace(visit, session=session), f"Signed by {entry.actor}"


def _addendum(visit: Visit, entry: Entry, at_ms: int) -> Change:
    return visit, f"Addendum: {entry.data['text']}"


def _reassign(visit: Visit, entry: Entry, at_ms: int) -> Change:
    data, before = entry.data, visit.session.patient
    patient, second = data["patient"].strip(), data["second_identifier"].strip()
    session = replace(visit.session, patient=patient, second_identifier=second)
    stale = f"Weight and dose were entered for {before}: look at them again"
    # What was asked of one patient, and let pass for one, is not answered for another.
    reassigned = replace(visit, session=session, stale=stale, checks={}, overrides={})
    text = f"Patient is {patient}, not {before}: {data['reason']}"
    return replace(reassigned, flags=tuple(data.get("flags", ()))), text


_CHANGES = {
    "stage": _stage,
    "infusion_start": _infusion_start,
    "infusion_rate": _infusion_rate,
    "infusion_pause": _infusion_pause,
    "infusion_resume": _infusion_resume,
    "infusion_stop": _infusion_stop,
    "dose": _dose,
    "plan": _plan,
    "drug": _drug,
    "check": _check,
    "override": _override,
    "baseline": _baseline,
    "event": _event,
    "medication": _medication,
    "reading": _reading,
    "score": _score,
    "waste": _waste,
    "done": _done,
    "not_now": _not_now,
    "strike": _strike,
    "session_end": _session_end,
    "sign": _sign,
    "addendum": _addendum,
    "reassign": _reassign,
}

# The kinds that a visit is folded from.
VISIT_KINDS = ("session_start", *_CHANGES)
