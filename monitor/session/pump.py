"""What an infusion pump says beside what staff entered: alike, or a difference. Pure.

No pump is commanded, and what was entered stays as it was entered. Where they differ, one of the
two is wrong, and only a person at the chair can see which.
"""

from dataclasses import dataclass, replace

from devices.numeric import Parameter
from monitor.session.dosing import DosingError, figure, ml_h
from monitor.session.state import Visit

SHOWN_ML_H = 0.05  # half of a pump's last digit: no difference
# No pump for one patient gives more in a time: it is another pump's counter. Our choice.
FASTEST_ML_H, SPARE_ML = Parameter.PUMP_RATE.range[1], 5.0


@dataclass(frozen=True, slots=True)
class Pumped:
    """A pump as it was heard. Rates in mL/h, volumes in mL; None where it never said.

    ``since_ms`` is when it began to say this rate. ``volume_ml`` is what its own counter said last,
    at ``counted_ms``, and ``from_ml`` where that stood when the session began. A counter that goes
    back was set to zero by a person; what it had counted is kept, and ``from_ml`` falls below zero.
    One that leaps ahead is another pump's: ``from_ml`` is None from then on, for what was given is
    no longer known.
    """

    rate_ml_h: float | None = None
    since_ms: int = 0
    volume_ml: float | None = None
    counted_ms: int = 0
    from_ml: float | None = None

    def at_rate(self, rate_ml_h: float, t_ms: int) -> "Pumped":
        """It says this rate."""
        if rate_ml_h == self.rate_ml_h:
            return self
        return replace(self, rate_ml_h=rate_ml_h, since_ms=t_ms)

    def counting(self, volume_ml: float, t_ms: int) -> "Pumped":
        """Its counter said this volume then; what is not newer than the last is known already."""
        if t_ms <= self.counted_ms:
            return self
        if self.volume_ml is None:
            return replace(self, volume_ml=volume_ml, counted_ms=t_ms, from_ml=volume_ml)
        from_ml, more_ml = self.from_ml, volume_ml - self.volume_ml
        if more_ml > FASTEST_ML_H * (t_ms - self.counted_ms) / 3_600_000 + SPARE_ML:
            from_ml = None
        elif more_ml < 0 and from_ml is not None:
            from_ml -= self.volume_ml
        return replace(self, volume_ml=volume_ml, counted_ms=t_ms, from_ml=from_ml)

    @property
    def pumped_ml(self) -> float | None:
        """What it gave since the session began."""
        if self.volume_ml is None or self.from_ml is None:
            return None
        return self.volume_ml - self.from_ml


@dataclass(frozen=True, slots=True)
class Difference:
    """What the pump says and what was entered, in words, and since when both stand."""

    text: str
    since_ms: int


def difference(visit: Visit, pump: Pumped, now_ms: int) -> Difference | None:
    """How the pump's rate differs from the one entered; None where it does not, or cannot be told.

    It cannot where the drug is given in single doses, and while a rate runs that nobody entered in
    mL/h. A difference is told once it has stood for the clinic's ``pump_seconds``: staff set the
    pump first and enter it then.
    """
    if pump.rate_ml_h is None or not visit.infuses:
        return None
    text = _differs(visit, pump.rate_ml_h, now_ms)
    since_ms = max(pump.since_ms, visit.infusion.last_ms, visit.session.started_ms)
    if not text or now_ms - since_ms < visit.steps.pump_seconds * 1000:
        return None
    return Difference(text, since_ms)


def _differs(visit: Visit, rate_ml_h: float, now_ms: int) -> str:
    says = f"{figure(rate_ml_h, 1)} mL/h"
    if not visit.running:
        if rate_ml_h <= visit.steps.pump_idle_ml_h:
            return ""
        if visit.paused and visit.session.dosing:
            return f"Pump runs ({says}), entered as paused"
        known = visit.session.infusion_started_ms is not None
        return f"Pump runs ({says}), " + ("entered as stopped" if known else "no start entered")
    if rate_ml_h <= 0:
        return "Pump stands still, entered as running"
    entered = _entered_ml_h(visit, now_ms)
    if entered is None:
        return ""
    if abs(rate_ml_h - entered) <= max(SHOWN_ML_H, entered * visit.steps.pump_percent / 100):
        return ""
    return f"Pump {says}, entered {figure(entered, 1)}"


def _entered_ml_h(visit: Visit, now_ms: int) -> float | None:
    rate, strength = visit.infusion.rate_mg_min(now_ms), visit.concentration_mg_ml
    if not rate or not strength:
        return None
    try:
        return ml_h(rate, strength)
    except DosingError:  # out of what any pump does: nothing to hold beside it
        return None
