"""The arithmetic of a dose in words, so that it is seen before it is confirmed. Pure."""

from collections.abc import Mapping
from typing import Any

from monitor.session.dosing import AboveMostError, DosingError, Plan, figure, planned, said
from monitor.session.regimens import Regimen
from monitor.session.state import Session, Visit


def by_regimen(
    regimen: Regimen | None,
    weight_kg: float | None,
    dose_mg: float | None,
    minutes: float | None,
    concentration_mg_ml: float | None,
) -> tuple[Plan, str]:
    """The plan of what was entered, with the regimen's dose and time where none was.

    Also gives why the dose is above the regimen's most; empty where it is not. Raises DosingError.
    """
    per_kg = None
    if regimen is not None:
        minutes = regimen.minutes if minutes is None else minutes
        if dose_mg is None:
            dose_mg, per_kg = regimen.dose_mg, regimen.dose_mg_per_kg
    return checked(regimen, weight_kg, dose_mg, per_kg, minutes, concentration_mg_ml)


def checked(
    regimen: Regimen | None,
    weight_kg: float | None,
    dose_mg: float | None,
    per_kg: float | None,
    minutes: float | None,
    concentration_mg_ml: float | None,
) -> tuple[Plan, str]:
    """The plan, and why its dose is above the regimen's most. Raises DosingError."""
    most_mg = regimen.most_mg if regimen else None
    most_mg_per_kg = regimen.most_mg_per_kg if regimen else None
    given = (weight_kg, dose_mg, per_kg, minutes, concentration_mg_ml)
    try:
        return planned(*given, most_mg=most_mg, most_mg_per_kg=most_mg_per_kg), ""
    except AboveMostError as error:
        return planned(*given), str(error)


def product(per_kg: float, weight_kg: float) -> str:
    """How a regimen's dose comes about, e.g. ``0.5 mg/kg × 71 kg = 35.5 mg``."""
    dose = figure(per_kg * weight_kg, 1)
    return f"{figure(per_kg, 3)} mg/kg × {figure(weight_kg, 1)} kg = {dose} mg"


def plan_now(visit: Visit) -> Plan:
    """The plan of a visit as it stands; what was accepted of it is within its bounds."""
    x = visit.session
    try:
        return planned(x.weight_kg, x.dose_mg, None, x.minutes, visit.concentration_mg_ml)
    except DosingError:  # an entry that came past the door: its parts are shown by themselves
        return Plan(dose_mg=x.dose_mg, weight_kg=x.weight_kg, minutes=x.minutes)


def changed(visit: Visit, typed: Mapping[str, Any]) -> tuple[Plan, str]:
    """The plan as it would be with what was typed. Raises DosingError."""
    x: Session = visit.session
    return checked(
        visit.regimen,
        typed.get("weight_kg", x.weight_kg),
        typed.get("dose_mg", x.dose_mg),
        None,
        typed.get("minutes", x.minutes),
        typed.get("concentration_mg_ml", visit.concentration_mg_ml),
    )


def aloud(visit: Visit) -> list[tuple[str, str]]:
    """What the time-out says aloud: patient, drug, concentration, dose, rate, route."""
    x, regimen, plan = visit.session, visit.regimen, plan_now(visit)
    missing = "not entered"
    drug = x.drug or (regimen.drug if regimen else "")
    strength = plan.concentration_mg_ml
    found = [
        ("Patient", f"{x.patient}, {x.second_identifier}"),
        ("Drug", drug or missing),
        ("Concentration", f"{figure(strength, 2)} mg/mL" if strength else missing),
        ("Dose", _dose(plan) or missing),
    ]
    if visit.infuses:
        found.append(("Rate", _rate(plan) or missing))
    return [*found, ("Route", ROUTES[regimen.route] if regimen else missing)]


ROUTES = {"iv": "IV", "im": "IM", "oral": "oral", "nasal": "nasal"}


def _dose(plan: Plan) -> str:
    return said(Plan(plan.dose_mg, plan.mg_per_kg, plan.weight_kg, plan.minutes))


def _rate(plan: Plan) -> str:
    if plan.rate_mg_min is None:
        return ""
    of_pump = f", {figure(plan.rate_ml_h, 1)} mL/h" if plan.rate_ml_h is not None else ""
    return f"{figure(plan.rate_mg_min, 2)} mg/min{of_pump}"


def drug_account(visit: Visit, now_ms: int) -> str:
    """What was drawn, given and wasted, and what is left of it; empty where nothing was drawn."""
    standing = [x for x in visit.said if x.entry not in visit.struck]
    drawn = sum(x.data.get("drawn_mg") or 0 for x in standing if x.kind == "drug")
    wasted = sum(x.data["mg"] for x in standing if x.kind == "waste")
    given = visit.infusion.given_mg(now_ms)
    if not drawn:
        return ""
    words = f"Drawn {figure(drawn, 2)} mg"
    if given is None:
        return f"{words}; what was given is not known: a rate is missing."
    left = drawn - given - wasted
    end = f"left {figure(left, 2)} mg" if left >= 0 else f"{figure(-left, 2)} mg more than drawn"
    return f"{words} − given {figure(given, 2)} mg − wasted {figure(wasted, 2)} mg: {end}."
