"""What must be so before the first dose, and before the patient goes. Pure.

The program answers what it can from what was entered; a person answers the rest. Nothing is filled
in beforehand, and what is not known counts as open.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from devices.numeric import Parameter
from monitor.session.state import Said, Visit
from monitor.session.steps import Item

State = Literal["yes", "no", "na", "open", "overridden"]


@dataclass(frozen=True, slots=True)
class Answered:
    """An item with how it stands: ``why`` is a sentence, ``by`` who answered or overrode it."""

    item: Item
    state: State
    why: str = ""
    by: str = ""

    @property
    def stops(self) -> bool:
        """It stands in the way of the next step."""
        return self.state in ("no", "open")


UNANSWERED = "not answered"
BEFOREHAND = "was answered before the last dose"
FEW = 3  # items named in a refusal: more would not be read
Latest = Mapping[Parameter, tuple[int, float]]


def preflight(visit: Visit) -> list[Answered]:
    """The items before the first dose."""
    return [_answered(visit, item, {}, 0) for item in visit.steps.preflight]


def discharge(visit: Visit, latest: Latest, now_ms: int) -> list[Answered]:
    """The items before the patient goes. ``latest`` are the last values, with their times."""
    return [_answered(visit, item, latest, now_ms) for item in visit.steps.discharge]


def answer_to(visit: Visit, item: Item) -> Said | None:
    """What a person answered, where that says how it is now."""
    return _standing(visit, item, visit.checks)


def _standing(visit: Visit, item: Item, said: Mapping[str, Said]) -> Said | None:
    """What was said of an item; of one before the patient goes, only since the last dose."""
    found = said.get(item.id)
    before = found is not None and found.t_ms < visit.infusion.last_ms
    return None if before and item in visit.steps.discharge else found


def _answered(visit: Visit, item: Item, latest: Latest, now_ms: int) -> Answered:
    state, why, by = _judged(visit, item, latest, now_ms)
    over = _standing(visit, item, visit.overrides)
    if over is not None and state in ("no", "open") and _covers(over, visit, item, latest):
        by = f"{over.data['prescriber']}, entered by {over.by}"
        return Answered(item, "overridden", over.text, by)
    return Answered(item, state, why, by)


def _covers(over: Said, visit: Visit, item: Item, latest: Latest) -> bool:
    """The override was given for what stands there: not for a later score or cuff reading."""
    rule: Mapping[str, Any] = item.rule or {}
    if item.auto == "score":
        scores = visit.standing(rule["scale"])
        return not scores or scores[-1].entry < over.entry
    if item.auto in ("near_baseline", "above"):
        parameter = Parameter(rule["parameter"])
        return not parameter.episodic or latest.get(parameter, (-1, 0.0))[0] <= over.t_ms
    return True


def _judged(visit: Visit, item: Item, latest: Latest, now_ms: int) -> tuple[State, str, str]:
    if item.auto is None:
        said = answer_to(visit, item)
        if said is None:
            return "open", BEFOREHAND if item.id in visit.checks else UNANSWERED, ""
        state: State = "yes" if said.text == "yes" else "na" if said.text == "na" else "no"
        return state, str(said.data.get("note", "")), said.by
    rule: Mapping[str, Any] = item.rule or {}
    match item.auto:
        case "weight":
            return _weight(visit)
        case "dose":
            return _dose(visit)
        case "baseline":
            return ("yes", "", "") if visit.baseline else ("open", "no baseline is taken", "")
        case "hold":
            return _hold(visit)
        case "score":
            scores = visit.standing(rule["scale"])
            if not scores:
                return "open", "no score is entered", ""
            if scores[-1].t_ms < visit.infusion.last_ms:
                return "open", "no score since dosing", ""
            total, least = scores[-1].data["total"], rule["least"]
            why = f"{total:g} (wanted: {least:g} or more)"
            return ("yes" if total >= least else "no"), why, scores[-1].by
        case "near_baseline":
            return _near(visit, Parameter(rule["parameter"]), rule["within"], latest, now_ms)
        case "above":
            parameter, bound = Parameter(rule["parameter"]), rule["bound"]
            value, unknown = _lately(visit, parameter, latest, now_ms)
            if value is None:
                return "open", unknown, ""
            return ("yes" if value > bound else "no"), f"{value:g} {parameter.unit}", ""
        case _:
            return _observation(visit, now_ms)


def _weight(visit: Visit) -> tuple[State, str, str]:
    if visit.stale:
        return "no", visit.stale, ""
    if visit.session.weight_kg is not None:
        return "yes", f"{visit.session.weight_kg:g} kg", ""
    regimen = visit.regimen
    if regimen is not None and regimen.dose_mg_per_kg is None and regimen.most_mg_per_kg is None:
        return "na", "this regimen does not go by weight", ""
    return "open", "no weight is entered", ""


def _dose(visit: Visit) -> tuple[State, str, str]:
    dose, regimen = visit.session.dose_mg, visit.regimen
    if visit.stale:
        return "no", visit.stale, ""
    if dose is None:
        if regimen is not None and regimen.dose_mg_per_kg is None and regimen.dose_mg is None:
            return "na", "this regimen names no dose", ""
        return "open", "no dose is entered", ""
    return ("no", why, "") if (why := above(visit, dose)) else ("yes", f"{dose:g} mg", "")


def above(visit: Visit, dose_mg: float) -> str:
    """Why a dose is more than the regimen's most; empty where it is not."""
    regimen, weight_kg = visit.regimen, visit.session.weight_kg
    if regimen is None:
        return ""
    # Doses that are added up may differ from the most in the last binary digit.
    if regimen.most_mg is not None and dose_mg > regimen.most_mg * (1 + 1e-9):
        return f"{dose_mg:g} mg is more than the regimen's most, {regimen.most_mg:g} mg"
    if regimen.most_mg_per_kg is not None and weight_kg:
        per_kg = dose_mg / weight_kg
        if per_kg > regimen.most_mg_per_kg * (1 + 1e-9):
            most = regimen.most_mg_per_kg
            return f"{per_kg:.2f} mg/kg is more than the regimen's most, {most:g} mg/kg"
    return ""


def not_covered(visit: Visit, mg: float) -> str:
    """Why one more single dose needs a prescriber's override; empty where it needs none.

    An override of the dose covers what it was given for: the plan, where that is above the most,
    else the one dose that was asked about.
    """
    item = next((x.id for x in visit.steps.preflight if x.auto == "dose"), None)
    total = math.fsum([*(given for _, given in visit.infusion.doses), mg])
    why = above(visit, total)
    if not why or item is None:
        return ""
    over, planned = visit.overrides.get(item), visit.session.dose_mg
    if over is None:
        return why
    doses = [x for x in visit.said if x.kind == "dose" and x.entry not in visit.struck]
    begun = any(x.entry < over.entry for x in doses)
    if planned is not None and above(visit, planned):
        if total <= planned * (1 + 1e-9):
            return ""
        if not begun:
            return why
    given = 0.0
    for x in doses:
        given += x.data["mg"]
        if x.entry > over.entry and above(visit, given):
            return why
    return ""


def _hold(visit: Visit) -> tuple[State, str, str]:
    hold = visit.regimen.hold if visit.regimen else {}
    if not hold:
        return "na", "the regimen names no hold numbers", ""
    beyond, missing = [], []
    for name, bounds in hold.items():
        value = visit.baseline.get(name)
        if value is None and name == "HR" and "PR" in visit.baseline:
            # Without an ECG the pulse is what there is, so labelled.
            name, value = "PR", visit.baseline["PR"]
        if value is None:
            missing.append(_SPOKEN.get(name, name))
            continue
        said = _PARTS.get(name, name)
        if "low" in bounds and value < bounds["low"]:
            beyond.append(f"{said} {value:g} < {bounds['low']:g}")
        if "high" in bounds and value > bounds["high"]:
            beyond.append(f"{said} {value:g} > {bounds['high']:g}")
    if beyond:
        return "no", ", ".join(beyond), ""
    if missing:
        return "open", f"the baseline lacks {', '.join(dict.fromkeys(missing))}", ""
    return "yes", "", ""


def _near(
    visit: Visit, parameter: Parameter, within: float, latest: Latest, now_ms: int
) -> tuple[State, str, str]:
    base = visit.baseline.get(parameter.value)
    value, unknown = _lately(visit, parameter, latest, now_ms)
    if base is None or value is None:
        return "open", "no baseline" if base is None else unknown, ""
    why = f"{value:g}, baseline {base:g} {parameter.unit}"
    return ("yes" if abs(value - base) <= within else "no"), why, ""


_SPOKEN = {"NIBP_sys": "BP", "NIBP_dia": "BP", "NIBP_mean": "BP"}  # as a person says it
_PARTS = {"NIBP_sys": "BP systolic", "NIBP_dia": "BP diastolic", "NIBP_mean": "BP mean"}


def _lately(
    visit: Visit, parameter: Parameter, latest: Latest, now_ms: int
) -> tuple[float | None, str]:
    """The last value, or why there is none that says how the patient is now.

    Not one from before dosing, which would be compared with itself, and no old one.
    """
    spoken = _SPOKEN.get(parameter.value, parameter.value)
    t_ms, value = latest.get(parameter, (-1, 0.0))
    if t_ms < visit.infusion.last_ms:
        return None, f"no valid {spoken} since dosing"
    minutes = (now_ms - t_ms) / 60_000
    if minutes > visit.steps.values_minutes:
        old = math.ceil(minutes)  # 30.2 min is more than 30
        return None, f"the last {spoken}, {value:g} {parameter.unit}, is {old} min old"
    return value, ""


def observed_until_ms(visit: Visit) -> int | None:
    """When the observation is over; None where that is not known yet."""
    session, regimen = visit.session, visit.regimen
    minutes = regimen.observe_minutes if regimen else None
    minutes = visit.steps.observe_minutes if minutes is None else minutes
    from_first = regimen is not None and regimen.observe_from == "first_dose"
    from_ms = session.infusion_started_ms if from_first else session.infusion_stopped_ms
    return None if from_ms is None else from_ms + round(minutes * 60_000)


def _observation(visit: Visit, now_ms: int) -> tuple[State, str, str]:
    until_ms = observed_until_ms(visit)
    if until_ms is None:
        return "open", "the infusion is not over", ""
    left_ms = until_ms - now_ms
    if left_ms > 0:
        return "no", f"{-(-left_ms // 60_000)} min left", ""
    return "yes", "", ""


def stopping(items: Sequence[Answered]) -> str:
    """What stands in the way, in words: the first few; empty where nothing does."""
    found = [f"{x.item.text}{f' ({x.why})' if x.why else ''}" for x in items if x.stops]
    more = len(found) - FEW
    return "; ".join(found[:FEW]) + (f"; and {more} more" if more > 0 else "")
