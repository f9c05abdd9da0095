"""Dose arithmetic of a visit: what is planned, and what was given by the rates entered. Pure.

Chairside neither reads nor commands a pump: a rate is what staff entered, and what was given is
that rate times the time. Units stand in the names: kg, mg, mg/kg, minutes, mg/mL, mL, mg/min, mL/h.
"""

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

# Bounds that no adult visit leaves: our choice, to catch a slipped finger.
WEIGHT_KG = (25.0, 300.0)
DOSE_MG = (0.1, 2000.0)
MINUTES = (1.0, 600.0)
CONCENTRATION_MG_ML = (0.01, 1000.0)
RATE_MG_MIN = (0.0001, 2000.0)  # DOSE_MG over MINUTES
DOUBT = 5  # a rate so many times the planned one, or so small a part of it, is asked about

Rate = float | None  # mg/min; None where it runs and nobody entered how fast


class DosingError(Exception):
    """A dose or rate that cannot be. The message is a sentence for the person who entered it."""


class AboveMostError(DosingError):
    """A dose above the regimen's most: what a prescriber may still order, with a reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be given, unrounded. None is what cannot be told from what was entered."""

    dose_mg: float | None = None
    mg_per_kg: float | None = None
    weight_kg: float | None = None
    minutes: float | None = None
    concentration_mg_ml: float | None = None
    volume_ml: float | None = None
    rate_mg_min: float | None = None
    rate_ml_h: float | None = None


def planned(
    weight_kg: float | None,
    dose_mg: float | None,
    mg_per_kg: float | None,
    minutes: float | None,
    concentration_mg_ml: float | None = None,
    *,
    most_mg: float | None = None,
    most_mg_per_kg: float | None = None,
) -> Plan:
    """The plan of a dose in mg, or in mg per kg of today's weight; without either, of none.

    Raises DosingError with a sentence where something is missing or out of its bounds, and
    AboveMostError, a DosingError, where the dose is above the regimen's most and nothing else is
    wrong: a prescriber's override is the same call without the most.
    """
    weight_kg = _within(weight_kg, "weight", WEIGHT_KG, "kg")
    dose_mg = _within(dose_mg, "dose", DOSE_MG, "mg")
    minutes = _within(minutes, "duration", MINUTES, "minutes")
    concentration = _within(concentration_mg_ml, "concentration", CONCENTRATION_MG_ML, "mg/mL")
    if mg_per_kg is not None:
        if dose_mg is not None:
            raise DosingError("Enter the dose in mg or in mg/kg, not both.")
        dose_mg, weight_kg = _by_weight(mg_per_kg, weight_kg)
    if dose_mg is None:
        return Plan(weight_kg=weight_kg, minutes=minutes, concentration_mg_ml=concentration)
    if mg_per_kg is None and weight_kg is not None:
        mg_per_kg = dose_mg / weight_kg
    rate = dose_mg / minutes if minutes is not None else None
    plan = Plan(
        dose_mg=dose_mg,
        mg_per_kg=mg_per_kg,
        weight_kg=weight_kg,
        minutes=minutes,
        concentration_mg_ml=concentration,
        volume_ml=dose_mg / concentration if concentration is not None else None,
        rate_mg_min=rate,
        rate_ml_h=ml_h(rate, concentration) if rate is not None and concentration else None,
    )
    _check_most(plan, most_mg, most_mg_per_kg)
    return plan


def _by_weight(mg_per_kg: float, weight_kg: float | None) -> tuple[float, float]:
    if weight_kg is None:
        raise DosingError("The weight is missing: the dose is in mg/kg.")
    number = _number(mg_per_kg, "dose in mg/kg")
    dose_mg = number * weight_kg
    low, high = DOSE_MG
    if not low <= dose_mg <= high:
        what = f"{number:g} mg/kg for {weight_kg:g} kg is {dose_mg:g} mg"
        raise DosingError(f"{what}: the dose must be between {low:g} and {high:g} mg.")
    return dose_mg, weight_kg


def _check_most(plan: Plan, most_mg: float | None, most_mg_per_kg: float | None) -> None:
    if most_mg_per_kg is not None and plan.mg_per_kg is None:
        raise DosingError("The weight is missing: the regimen's most is in mg/kg.")
    for value, most, unit in (
        (plan.dose_mg, most_mg, "mg"),
        (plan.mg_per_kg, most_mg_per_kg, "mg/kg"),
    ):
        # 35.5 / 71 may differ from 0.5 in its last binary digit: that is no higher dose.
        if value is not None and most is not None and value > most * (1 + 1e-9):
            # Rounded up, so that the sentence never says that 150 is above 150.
            dose = f"{figure(math.ceil(value * 1000 - 1e-6) / 1000, 3)} {unit}"
            raise AboveMostError(
                f"The dose {dose} is above the regimen's most, {most:g} {unit}:"
                " it needs a prescriber's order."
            )


def ml_h(rate_mg_min: float, concentration_mg_ml: float) -> float:
    """The pump's rate in mL/h. Raises DosingError."""
    rate = _needed(rate_mg_min, "rate", RATE_MG_MIN, "mg/min")
    return rate * 60 / _needed(concentration_mg_ml, "concentration", CONCENTRATION_MG_ML, "mg/mL")


def mg_min(rate_ml_h: float, concentration_mg_ml: float) -> float:
    """The rate in mg/min of a pump that shows mL/h. Raises DosingError."""
    rate = _number(rate_ml_h, "rate")
    if rate <= 0:
        raise DosingError("The rate must be above 0 mL/h: to stop, pause or stop the infusion.")
    concentration = _needed(concentration_mg_ml, "concentration", CONCENTRATION_MG_ML, "mg/mL")
    return checked_rate(rate * concentration / 60)


def checked_rate(rate_mg_min: float) -> float:
    """A rate at which an infusion can run, in mg/min. Raises DosingError; so does 0, a pause."""
    rate = _number(rate_mg_min, "rate")
    if rate <= 0:
        raise DosingError("The rate must be above 0 mg/min: to stop, pause or stop the infusion.")
    return _needed(rate, "rate", RATE_MG_MIN, "mg/min")


def rate_doubt(rate_mg_min: float, plan: Plan) -> str | None:
    """A question where a rate is far from the planned one, as when mL/h were entered as mg/min.

    A question and not a refusal: what the pump really does must be enterable.
    """
    if plan.rate_mg_min is None:
        return None
    times = rate_mg_min / plan.rate_mg_min
    if 1 / DOUBT <= times <= DOUBT:
        return None
    rates = f"{figure(rate_mg_min, 2)} mg/min, planned are {figure(plan.rate_mg_min, 2)}"
    return f"Is it {rates}? Look at the unit and the decimal point."


@dataclass(frozen=True, slots=True)
class Infusion:
    """What staff entered of giving the drug, in the order of time.

    ``steps`` are (t_ms, mg/min): the rate from then on, 0 while paused or stopped, None where it
    runs and nobody entered its rate. ``doses`` are (t_ms, mg) of what was given at once. A step
    never lies before the one before it: where an entry's time does, it counts from that one on.
    """

    dose_mg: float | None = None
    steps: tuple[tuple[int, Rate], ...] = ()
    doses: tuple[tuple[int, float], ...] = ()

    def at_rate(self, t_ms: int, rate_mg_min: Rate) -> "Infusion":
        """It runs at this rate from then on; None: at an unknown one. Raises DosingError."""
        rate = None if rate_mg_min is None else checked_rate(rate_mg_min)
        return self._step(t_ms, rate)

    def halted(self, t_ms: int) -> "Infusion":
        """It is paused or stopped: nothing is given from then on."""
        return self._step(t_ms, 0.0)

    def resumed(self, t_ms: int) -> "Infusion":
        """It runs again as it ran last. Raises DosingError where it never ran."""
        ran = [rate for _, rate in self.steps if rate != 0]
        if not ran:
            raise DosingError("The infusion has not run yet.")
        return self._step(t_ms, ran[-1])

    def with_dose(self, t_ms: int, mg: float) -> "Infusion":
        """So much was given at once. Raises DosingError."""
        at_ms = max(t_ms, self.doses[-1][0]) if self.doses else t_ms
        dose = (at_ms, _needed(mg, "dose", DOSE_MG, "mg"))
        return replace(self, doses=(*self.doses, dose))

    def _step(self, t_ms: int, rate: Rate) -> "Infusion":
        at_ms = max(t_ms, self.steps[-1][0]) if self.steps else t_ms
        return replace(self, steps=(*self.steps, (at_ms, rate)))

    @property
    def last_ms(self) -> int:
        """When something was last given or set; 0 where nothing was."""
        return max([0, *(t_ms for t_ms, _ in (*self.steps[-1:], *self.doses[-1:]))])

    def rate_mg_min(self, now_ms: int) -> Rate:
        """The rate now; 0 before the first step, while paused and after the stop."""
        rates = [rate for t_ms, rate in self.steps if t_ms <= now_ms]
        return rates[-1] if rates else 0.0

    def given_mg(self, now_ms: int) -> float | None:
        """What was given until now: rate times time, and the single doses.

        It can be more than the planned dose. None once it ran at a rate that nobody entered.
        """
        parts = [mg * 60_000 for t_ms, mg in self.doses if t_ms <= now_ms]
        ends = [t_ms for t_ms, _ in self.steps[1:]] + [now_ms]
        for (from_ms, rate), until_ms in zip(self.steps, ends, strict=False):
            lasted_ms = min(until_ms, now_ms) - from_ms
            if lasted_ms <= 0:
                continue
            if rate is None:
                return None
            parts.append(rate * lasted_ms)
        return math.fsum(parts) / 60_000

    def left_ms(self, now_ms: int) -> int | None:
        """How long until the planned dose is given, at the rate set now; 0 once it is.

        None while nothing runs, and where the rate, what was given or the dose is not known.
        """
        rate, given_mg = self.rate_mg_min(now_ms), self.given_mg(now_ms)
        if self.dose_mg is None or not rate or given_mg is None:
            return None
        return max(0, round((self.dose_mg - given_mg) / rate * 60_000))


def said(plan: Plan) -> str:
    """The plan in one line, e.g. ``35.5 mg (0.5 mg/kg, 71 kg) over 40 min · 0.89 mg/min``."""
    parts = []
    over = f"over {figure(plan.minutes, 1)} min" if plan.minutes is not None else ""
    if plan.dose_mg is not None:
        dose = f"{figure(plan.dose_mg, 1)} mg"
        if plan.mg_per_kg is not None and plan.weight_kg is not None:
            dose += f" ({figure(plan.mg_per_kg, 2)} mg/kg, {figure(plan.weight_kg, 1)} kg)"
        parts.append(f"{dose} {over}".strip())
    elif over:
        parts.append(over)
    if plan.rate_mg_min is not None:
        parts.append(f"{figure(plan.rate_mg_min, 2)} mg/min")
    if plan.concentration_mg_ml is not None:
        of = f"{figure(plan.concentration_mg_ml, 2)} mg/mL"
        if plan.rate_ml_h is not None:
            of = f"{figure(plan.rate_ml_h, 1)} mL/h of {of}"
        elif plan.volume_ml is not None:
            of = f"{figure(plan.volume_ml, 2)} mL of {of}"
        parts.append(of)
    return " · ".join(parts)


def figure(value: float, places: int) -> str:
    """A number for the eye: so many decimals, halves rounded up, no zeros at its end.

    A small number keeps two significant digits, so that what is more than nothing never reads 0.
    Without zeros at the end as ISMP asks ("1.0 mg" has been read as 10 mg).
    """
    exact = Decimal(repr(round(value, 12)))  # 0.3 x 71.5 is 21.45, not 21.449999999999996
    if exact:
        places = max(places, 1 - exact.adjusted())
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(value: object, what: str) -> float:
    """A finite number, or DosingError. An integer too long for a float is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DosingError(f"The {what} is not a number.")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise DosingError(f"The {what} is not a number.")
    return found


def _needed(value: object, what: str, bounds: tuple[float, float], unit: str) -> float:
    found, (low, high) = _number(value, what), bounds
    if not low <= found <= high:
        raise DosingError(f"The {what} must be between {low:g} and {high:g} {unit}.")
    return found


def _within(value: object, what: str, bounds: tuple[float, float], unit: str) -> float | None:
    return None if value is None else _needed(value, what, bounds, unit)
