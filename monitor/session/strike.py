"""What may be struck through of a visit, and what the visit says then. Pure.

The fold makes the visit anew without it (`course`). What says how the drug was given, and the
steps, build on each other: of these the newest goes first, so that what stands could have been
entered so. A single dose beside which another one stands may go at any time.
"""

from monitor.session.dosing import figure
from monitor.session.state import Said, Visit
from monitor.session.steps import NAMES

FEW = 3  # lines named in a refusal: more would not be read

# Each stands for itself.
ALONE = ("event", "medication", "reading", "score", "waste", "drug", "done")
# They build on each other.
COURSE = (
    "stage",
    "infusion_start",
    "infusion_rate",
    "infusion_pause",
    "infusion_resume",
    "infusion_stop",
    "dose",
)


def strikable(visit: Visit) -> frozenset[int]:
    """The numbers of the entries that may be struck through now.

    After the visit's end as well, or a dose that was entered wrongly could not be mended; but not
    what was signed: there an addendum says what was so.
    """
    signed = visit.signed
    standing = [x for x in visit.said if x.entry > signed and x.entry not in visit.struck]
    course = [x for x in standing if x.kind in COURSE]
    doses = [x.entry for x in course if x.kind == "dose"]
    found = {x.entry for x in standing if x.kind in ALONE}
    found |= {x.entry for x in course[-1:]} | set(doses if len(doses) > 1 else ())
    return frozenset(found)


def why_not(visit: Visit, number: int) -> str:
    """Why an entry cannot be struck through now, in a sentence; empty where it can."""
    if number in strikable(visit):
        return ""
    said = next((x for x in visit.said if x.entry == number), None)
    if said is None:
        return "There is no such entry in this visit."
    if number in visit.struck:
        return "That entry is struck through already."
    if number <= visit.signed:
        return f"It was signed by {visit.session.signed_by}; write an addendum."
    if said.kind not in COURSE:
        return "That entry cannot be struck through: enter what is right instead."
    later = [x.text for x in _after(visit, said)]
    more = f"; and {len(later) - FEW} more" if len(later) > FEW else ""
    return f"Strike through first what came after it: {'; '.join(later[:FEW])}{more}."


def _after(visit: Visit, said: Said) -> list[Said]:
    """What of the course stands after a line, the newest first."""
    lines = visit.said[visit.said.index(said) + 1 :]
    return [x for x in reversed(lines) if x.kind in COURSE and x.entry not in visit.struck]


def answer(visit: Visit, number: int, now_ms: int) -> str:
    """What is said to who struck an entry through. ``visit`` is the one without it.

    Nothing here commands a pump: so it says what the visit now holds for so.
    """
    said = next(x for x in visit.said if x.entry == number)
    text = "Struck through."
    return f"{text} {_holds(visit, now_ms)}" if said.kind in COURSE else text


def _holds(visit: Visit, now_ms: int) -> str:
    session, infusion = visit.session, visit.infusion
    step = f"the step is {NAMES[session.stage]}."
    if session.infusion_started_ms is None:
        return f"No dose is entered as given; {step}"
    given_mg = infusion.given_mg(now_ms)
    amount = "an amount that is not known" if given_mg is None else f"{figure(given_mg, 1)} mg"
    if not visit.infuses:
        times = f"{len(infusion.doses)} dose{'s' if len(infusion.doses) > 1 else ''}"
        return f"{amount} in {times} is entered as given; {step}"
    rate = infusion.rate_mg_min(now_ms)
    how = "stopped" if not session.dosing else "paused" if visit.paused else "running"
    if visit.running:
        how += f" at {figure(rate, 2)} mg/min" if rate else " at a rate that nobody entered"
    return f"The infusion is entered as {how}, {amount} as given so far; {step}"
