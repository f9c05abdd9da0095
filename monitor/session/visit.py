"""What people's presses mean: journal entries in, an answer and the visit out. Pure.

The dashboard writes what was pressed; the recorder asks `decide` in the next tick and stores the
answer. Nothing here knows a clock or a database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from monitor.session import due, items, strike
from monitor.session.by_hand import AHEAD_MS
from monitor.session.course import apply, as_planned, fold, opened
from monitor.session.door import AFTERWARDS, AGO_MS, KINDS, OF_A_SESSION, check
from monitor.session.entries import MAX_TEXT, Entry, EntryError, check_actor, reason_of
from monitor.session.items import Latest
from monitor.session.state import Session, Visit
from monitor.session.steps import BEFORE_DOSE, NAMES, OPTIONAL, Stage

__all__ = [
    "AFTERWARDS",
    "BASELINE_MS",
    "KINDS",
    "MAX_TEXT",
    "OF_A_SESSION",
    "Answer",
    "Entry",
    "EntryError",
    "apply",
    "check",
    "check_actor",
    "decide",
    "fold",
    "regular",
]

BASELINE_MS = 30 * 60_000  # how far back a session may claim readings: our choice


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a press: accepted or refused, with a sentence for the person who pressed."""

    accepted: bool
    text: str
    visit: Visit | None = None

    @property
    def session(self) -> Session | None:
        """The session of the visit."""
        return self.visit.session if self.visit else None


def decide(
    entry: Entry,
    visit: Visit | None,
    earliest_ms: int,
    uuid: str,
    latest: Latest | None = None,
) -> Answer:
    """Answer one entry, given the chair's visit, or the past one that the entry names.

    ``earliest_ms`` is the furthest that a new session may reach back: the end of the last session
    or of the last disconnection. ``uuid`` names the session if one begins. ``latest`` are the last
    values, with their times. Presses may overtake each other on their way: what follows another
    thing is never stored as earlier than it.
    """
    try:
        check(entry.kind, entry.actor, entry.data)
        if entry.kind == "session_start":
            return _start(entry, visit, earliest_ms, uuid)
        _check_time(entry, visit, earliest_ms)
        if visit is None or entry.kind not in (*OF_A_SESSION, "event", "medication"):
            return _without(entry, visit)
        _check_session(entry, visit)
        refuse = _REFUSALS.get(entry.kind)
        if refuse is not None:
            refuse(entry, visit, latest or {})
    except EntryError as error:  # an entry that came past the door must not stop the recorder
        return Answer(False, str(error), visit)
    after = apply(visit, entry)
    text = _ANSWERS.get(entry.kind, "Noted.")
    if entry.kind == "strike":
        text = strike.answer(after, entry.data["entry"], entry.t_ms)
    return Answer(True, text, after)


_ANSWERS = {
    "stage": "Step entered.",
    "infusion_start": "Infusion started.",
    "infusion_stop": "Infusion stopped.",
    "infusion_pause": "Infusion paused.",
    "infusion_resume": "Infusion goes on.",
    "infusion_rate": "Rate entered.",
    "session_end": "Session ended.",
    "sign": "Signed.",
    "reassign": "The patient is another one.",
    "plan": "Plan entered.",
}


def _without(entry: Entry, visit: Visit | None) -> Answer:
    """What does not concern a visit, or comes where none is."""
    if entry.kind == "watch":
        return Answer(True, f"{entry.actor} is on watch.", visit)
    if entry.kind in ("acknowledge", "confirm_monitor"):
        return Answer(True, "Taken up.", visit)
    if entry.kind in ("event", "medication"):
        if entry.data.get("session") is not None:  # it must not reach the next patient
            raise EntryError("That session is over.")
        return Answer(True, "Noted.", visit)  # the session that claims the readings claims it too
    return Answer(False, "There is no open session on this chair.", None)


def _check_time(entry: Entry, visit: Visit | None, earliest_ms: int) -> None:
    at_ms = entry.data.get("at_ms")
    if at_ms is None:
        return
    if at_ms > entry.t_ms + AHEAD_MS:
        raise EntryError("That time is still to come.")
    from_ms = visit.session.from_ms if visit else earliest_ms
    if at_ms < max(from_ms, entry.t_ms - AGO_MS):
        raise EntryError(f"Only the last {AGO_MS // 60_000} minutes of this visit can be entered.")


def _check_session(entry: Entry, visit: Visit) -> None:
    session = visit.session
    named = entry.data.get("session")
    if named is not None and named != session.id:
        text = f"Another session is open on this chair now, started by {session.opened_by}."
        raise EntryError(text)
    if session.ended_ms is None:
        return
    if entry.kind not in AFTERWARDS:
        raise EntryError("That session is over.")


def _start(entry: Entry, visit: Visit | None, earliest_ms: int, uuid: str) -> Answer:
    if visit is not None:
        text = f"This chair already has an open session, started by {visit.session.opened_by}."
        return Answer(False, text, visit)
    from_ms = max(earliest_ms, entry.t_ms - BASELINE_MS)
    started_ms = max(entry.t_ms, from_ms)
    session = Session(
        id=0,
        uuid=uuid,
        chair=entry.chair,
        patient="",
        second_identifier="",
        weight_kg=None,
        drug="",
        dose_mg=None,
        minutes=None,
        opened_by=entry.actor,
        from_ms=from_ms,
        started_ms=started_ms,
        stage_ms=started_ms,
    )
    return Answer(True, "Session started.", opened(as_planned(session, entry), entry))


# ---- what a kind asks of the visit ------------------------------------------------------------


def _stage(entry: Entry, visit: Visit, _latest: Latest) -> None:
    session, to = visit.session, cast(Stage, entry.data["to"])
    if to not in visit.stages:
        raise EntryError(f"This visit has no step {NAMES[to]!r}.")
    if to == session.stage:
        raise EntryError(f"The step is {NAMES[to]} already.")
    begun = session.infusion_started_ms is not None
    if to in BEFORE_DOSE and begun:
        raise EntryError("A dose was given: the visit cannot go back before it.")
    if to not in BEFORE_DOSE and not begun:
        first = "infusion's start" if visit.infuses else "first dose"
        raise EntryError(f"That step comes after the {first}. Held before it? Then end the visit.")
    if to == "dosing" and not session.dosing and visit.infuses:
        raise EntryError("Dosing is over; resume the infusion instead.")
    if to in ("recovery", "integration", "discharge") and session.dosing and visit.infuses:
        raise EntryError("The infusion is entered as running: stop it first.")
    if not regular(visit, to):
        try:
            reason_of(entry.data)
        except EntryError:
            text = "Going back, or leaving a step out, needs a reason."
            raise EntryError(text) from None


def regular(visit: Visit, to: Stage) -> bool:
    """A step forward that leaves out none but those that a visit may do without."""
    stages = list(visit.stages)
    here, there = stages.index(visit.session.stage), stages.index(to)
    return there > here and all(stage in OPTIONAL for stage in stages[here + 1 : there])


def _infusion_start(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if not visit.infuses:
        raise EntryError("This regimen is given in single doses.")
    if visit.session.infusion_started_ms is not None:
        raise EntryError("The infusion was already started.")
    _first_dose(visit)


def _first_dose(visit: Visit) -> None:
    if open_items := items.stopping(items.preflight(visit)):
        raise EntryError(f"Not before the pre-flight check: {open_items}.")


def _infusion_rate(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if not visit.running:
        paused = "The infusion is paused: resume it first."
        raise EntryError(paused if visit.paused else "No infusion is running.")


def _infusion_pause(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if not visit.running:
        raise EntryError("The infusion is paused already." if visit.paused else _NONE)


_NONE = "No infusion is running."


def _infusion_resume(entry: Entry, visit: Visit, _latest: Latest) -> None:
    session = visit.session
    if visit.running or session.infusion_started_ms is None or not visit.infuses:
        raise EntryError("The infusion runs." if visit.running else "No infusion was started.")
    if not session.dosing:
        try:
            reason_of(entry.data)
        except EntryError:
            raise EntryError("The infusion was stopped: to resume it needs a reason.") from None


def _infusion_stop(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if not visit.session.dosing or not visit.infuses:
        raise EntryError(_NONE)


def _dose(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if visit.infuses:
        raise EntryError("This regimen runs at a rate: enter its start instead.")
    if visit.session.infusion_started_ms is None:
        _first_dose(visit)
    elif not visit.session.dosing:
        raise EntryError("Dosing is over: go back to it with a reason.")
    if why := items.not_covered(visit, float(entry.data["mg"])):
        raise EntryError(f"In all {why}: a prescriber must override it.")


def _plan(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if visit.session.infusion_started_ms is not None:
        try:
            reason_of(entry.data)
        except EntryError:
            text = "A dose was given: to change the plan needs a reason."
            raise EntryError(text) from None


def _item(entry: Entry, visit: Visit, _latest: Latest) -> None:
    known = {x.id: x for x in (*visit.steps.preflight, *visit.steps.discharge)}
    item = known.get(entry.data["item"])
    if item is None:
        raise EntryError("There is no such item in this visit.")
    if entry.kind == "check" and item.auto is not None:
        raise EntryError("That item is judged from what was entered.")
    if entry.kind == "check" and entry.data["answer"] == "na" and not item.na:
        raise EntryError("That item needs a yes or a no.")


def _score(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if not visit.scales:  # it began without the clinic's scales
        return
    scale, total = entry.data["scale"], float(entry.data["total"])
    bounds = visit.scales.get(scale)
    if bounds is None:
        asked = {x.rule["scale"] for x in visit.steps.discharge if x.auto == "score" and x.rule}
        asked |= {x.scale for x in (visit.regimen.tasks if visit.regimen else ())}
        if scale not in asked:  # what the visit itself asks for must be enterable
            raise EntryError("This visit knows no such scale.")
    elif not (total.is_integer() and bounds[0] <= total <= bounds[1]):
        name, (low, high) = entry.data.get("name") or scale, bounds
        raise EntryError(f"The total of {name} is a whole number from {low} to {high}.")


def _waste(entry: Entry, visit: Visit, _latest: Latest) -> None:
    witness, actor = (" ".join(x.split()).casefold() for x in (entry.data["witness"], entry.actor))
    if witness == actor:
        raise EntryError("The witness is another person than who enters it.")


def _done(entry: Entry, visit: Visit, _latest: Latest) -> None:
    tasks = {x.id: x for x in (visit.regimen.tasks if visit.regimen else ())}
    task = tasks.get(entry.data["due"])
    if task is None or task.scale:
        raise EntryError("That is done by its score." if task else "This visit has no such task.")


def _not_now(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if entry.data["due"] not in due.known(visit):
        raise EntryError("Nothing of that kind is due in this visit.")


def _strike(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if why := strike.why_not(visit, entry.data["entry"]):
        raise EntryError(why)


def _end(entry: Entry, visit: Visit, latest: Latest) -> None:
    how = entry.data.get("how", "discharged")
    if how == "held" and visit.session.infusion_started_ms is not None:
        raise EntryError("A dose was given: the visit was not held before it.")
    if how != "discharged":
        return
    if visit.session.dosing and visit.infuses:
        raise EntryError("The infusion is entered as running: stop it first.")
    found = items.discharge(visit, latest, entry.t_ms)
    if open_items := items.stopping(found):
        raise EntryError(f"Not before the discharge check: {open_items}.")


def _sign(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if visit.session.ended_ms is None:
        raise EntryError("A visit is signed when it is over.")
    if visit.session.signed_ms is not None:
        raise EntryError(f"It was signed by {visit.session.signed_by}; write an addendum.")
    seen = entry.data.get("seen")
    if seen is not None and seen < visit.newest:
        raise EntryError("Something was entered since this was shown: read it again, then sign.")


def _addendum(entry: Entry, visit: Visit, _latest: Latest) -> None:
    if visit.session.ended_ms is None:
        raise EntryError("An addendum is for a visit that is over: write a note.")


_REFUSALS: Mapping[str, Callable[[Entry, Visit, Latest], None]] = {
    "stage": _stage,
    "infusion_start": _infusion_start,
    "infusion_rate": _infusion_rate,
    "infusion_pause": _infusion_pause,
    "infusion_resume": _infusion_resume,
    "infusion_stop": _infusion_stop,
    "dose": _dose,
    "plan": _plan,
    "check": _item,
    "override": _item,
    "score": _score,
    "waste": _waste,
    "done": _done,
    "not_now": _not_now,
    "strike": _strike,
    "session_end": _end,
    "sign": _sign,
    "addendum": _addendum,
}
