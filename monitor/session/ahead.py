"""What comes next in a visit: the step that a screen offers as one large button. Pure."""

from dataclasses import dataclass

from monitor.session import items
from monitor.session.state import Visit
from monitor.session.steps import BEFORE_DOSE, NAMES, OPTIONAL, Stage


@dataclass(frozen=True, slots=True)
class Next:
    """The next sensible step: the press that makes it, and what its button says.

    ``kind`` is a journal kind, or ``form`` where more must be answered first on the visit's page.
    """

    kind: str
    label: str
    to: Stage | None = None
    mg: float | None = None


def next_step(visit: Visit) -> Next | None:
    """What the screen offers as one large button; None where the visit is over."""
    session, stages = visit.session, list(visit.stages)
    if session.ended_ms is not None:
        return None
    after = stages[stages.index(session.stage) + 1 :]
    if session.infusion_started_ms is None:
        ahead = [stage for stage in after if stage in BEFORE_DOSE]
        if ahead:
            return Next("stage", NAMES[ahead[0]], ahead[0])
        waiting = sum(x.stops for x in items.preflight(visit))
        if waiting:
            return Next("form", f"Pre-flight: {waiting} open")
        if visit.infuses:
            return Next("infusion_start", "Infusion started")
        return Next("dose", "Dose given", mg=session.dose_mg)
    if not after:
        return Next("form", "Discharge check")
    if "recovery" in after and visit.infuses:
        if not session.dosing:
            return Next("stage", NAMES["recovery"], "recovery")
        if after[0] == "recovery":
            return Next("infusion_stop", "Infusion stopped")
    return Next("stage", NAMES[after[0]], after[0])


def beside(visit: Visit) -> Next | None:
    """The step after the next one, where the next one may be left out freely; else None.

    It is offered as a smaller button, so that who leaves that step out needs no list for it.
    """
    step, stages = next_step(visit), visit.stages
    if step is None or step.to not in OPTIONAL:
        return None
    to = stages[stages.index(step.to) + 1]  # a visit's last step is never an optional one
    if to not in OPTIONAL and visit.session.dosing and visit.infuses:
        return None  # an infusion is stopped before the steps that come after it
    return Next("stage", NAMES[to], to)
