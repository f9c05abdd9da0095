"""What each kind of press must hold: nonsense is refused at the door, before it is stored. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from monitor.session import by_hand
from monitor.session.dosing import CONCENTRATION_MG_ML, DOSE_MG, MINUTES, RATE_MG_MIN, WEIGHT_KG
from monitor.session.entries import (
    MAX_REASON,
    MAX_TEXT,
    EntryError,
    check_actor,
    maybe_text,
    needed,
    number_of,
    reason_of,
    text_of,
    whole_of,
)
from monitor.session.regimens import RegimenError, regimen_of
from monitor.session.scales import ScaleError, check_ranges
from monitor.session.steps import ENDS, STAGES, StepsError, steps_of

AGO_MS = 60 * 60_000  # how far back "10 minutes ago" may reach: our choice

WEIGHT = ("weight", *WEIGHT_KG, "kg")
DOSE = ("dose", *DOSE_MG, "mg")
LENGTH = ("duration", *MINUTES, "minutes")
STRENGTH = ("concentration", *CONCENTRATION_MG_ML, "mg/mL")
RATE = ("rate", *RATE_MG_MIN, "mg/min")


def check(kind: str, actor: str, data: Mapping[str, Any]) -> None:
    """Refuse at the door what can be nothing but nonsense. Raises EntryError."""
    if kind not in KINDS:
        raise EntryError(f"There is no entry of the kind {kind!r}.")
    check_actor(actor, data)
    if kind in OF_A_SESSION:
        whole_of(data, "session", "The entry does not say which session it is for: load it again.")
    if data.get("at_ms") is not None:
        if kind not in TOLD_LATE:
            raise EntryError("An entry of that kind has no time of its own.")
        whole_of(data, "at_ms", "The time of the entry makes no sense.")
    KINDS[kind](data)


def _nothing(data: Mapping[str, Any]) -> None:
    """The kind alone says it."""


def _event(data: Mapping[str, Any]) -> None:
    text = data.get("text")
    if not isinstance(text, str) or not text.strip():
        raise EntryError("The note is empty.")
    if len(text) > MAX_TEXT:
        raise EntryError(f"The note is longer than {MAX_TEXT} letters.")


def _acknowledge(data: Mapping[str, Any]) -> None:
    if not isinstance(data.get("occurrence"), str):
        raise EntryError("The entry does not say which alarm was acknowledged.")


def _monitor(data: Mapping[str, Any]) -> None:
    if type(data.get("source")) is not int or not isinstance(data.get("identity"), str):
        raise EntryError("The entry does not say which monitor was confirmed.")


def _start(data: Mapping[str, Any]) -> None:
    text_of(data, "patient", "patient reference")
    text_of(data, "second_identifier", "second identifier")
    _amounts(data)
    maybe_text(data, "drug", "drug")
    _flags(data)
    try:
        if data.get("regimen") is not None:
            regimen_of(_table(data, "regimen"))
        if data.get("steps") is not None:
            steps_of(_table(data, "steps"))
        if data.get("scales") is not None:
            check_ranges(_table(data, "scales"))
    except (RegimenError, StepsError, ScaleError) as error:
        raise EntryError(str(error)) from error


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data[key]
    if not isinstance(table, Mapping):
        raise EntryError(f"The {key} of the entry is no table.")
    return table


def _flags(data: Mapping[str, Any]) -> None:
    flags = data.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(x, str) for x in flags):
        raise EntryError("The flags of the entry are no list of texts.")


def _amounts(data: Mapping[str, Any]) -> None:
    number_of(data, "weight_kg", *WEIGHT)
    number_of(data, "dose_mg", *DOSE)
    number_of(data, "minutes", *LENGTH)
    number_of(data, "concentration_mg_ml", *STRENGTH)


def _plan(data: Mapping[str, Any]) -> None:
    _amounts(data)
    maybe_text(data, "drug", "drug")
    maybe_text(data, "reason", "reason", MAX_REASON)


def _stage(data: Mapping[str, Any]) -> None:
    if data.get("to") not in STAGES:
        raise EntryError("The entry does not say which step is meant.")
    maybe_text(data, "reason", "reason", MAX_REASON)


def _check(data: Mapping[str, Any]) -> None:
    text_of(data, "item", "item")
    if data.get("answer") not in ("yes", "no", "na"):
        raise EntryError("The answer must be yes, no or not applicable.")
    maybe_text(data, "note", "note", MAX_REASON)


def _override(data: Mapping[str, Any]) -> None:
    text_of(data, "item", "item")
    text_of(data, "prescriber", "name of the prescriber")
    reason_of(data)


def _rate(data: Mapping[str, Any]) -> None:
    needed(data, "rate_mg_min", *RATE)


def _maybe_rate(data: Mapping[str, Any]) -> None:
    number_of(data, "rate_mg_min", *RATE)


def _maybe_reason(data: Mapping[str, Any]) -> None:
    maybe_text(data, "reason", "reason", MAX_REASON)


def _reason(data: Mapping[str, Any]) -> None:
    reason_of(data)


def _dose(data: Mapping[str, Any]) -> None:
    needed(data, "mg", *DOSE)
    maybe_text(data, "note", "note", MAX_REASON)


def _drug(data: Mapping[str, Any]) -> None:
    text_of(data, "drug", "drug")
    text_of(data, "lot", "lot number")
    number_of(data, "concentration_mg_ml", *STRENGTH)
    number_of(data, "drawn_mg", *DOSE)


def _waste(data: Mapping[str, Any]) -> None:
    needed(data, "mg", *DOSE)
    text_of(data, "witness", "name of the witness")


def _medication(data: Mapping[str, Any]) -> None:
    text_of(data, "drug", "medicine")
    needed(data, "dose", "dose", 0.001, 100_000, "of its unit")
    text_of(data, "unit", "unit", 20)
    text_of(data, "route", "route", 40)
    text_of(data, "given_by", "name of who gave it")
    maybe_text(data, "ordered_by", "name of who ordered it")


def _strike(data: Mapping[str, Any]) -> None:
    whole_of(data, "entry", "The entry does not say what is struck through.")
    reason_of(data)


def _score(data: Mapping[str, Any]) -> None:
    text_of(data, "scale", "scale")
    maybe_text(data, "name", "name of the scale")
    maybe_text(data, "variant", "variant of the scale")
    needed(data, "total", "score", 0, 200, "points")
    if not isinstance(data.get("items", {}), Mapping | list):
        raise EntryError("The items of the score make no sense.")


def _due(data: Mapping[str, Any]) -> None:
    text_of(data, "due", "thing that is due")
    maybe_text(data, "name", "name of what is due")


def _end(data: Mapping[str, Any]) -> None:
    how = data.get("how", "discharged")
    if not isinstance(how, str) or how not in ENDS:  # a list cannot be looked up
        raise EntryError("The entry does not say how the visit ends.")
    if how != "discharged":
        reason_of(data)
    maybe_text(data, "escort", "name of the escort")


def _sign(data: Mapping[str, Any]) -> None:
    if data.get("seen") is not None:  # the newest entry that was shown to who signs
        whole_of(data, "seen", "The entry does not say what was read.")


def _addendum(data: Mapping[str, Any]) -> None:
    text_of(data, "text", "addendum", MAX_TEXT)


def _reassign(data: Mapping[str, Any]) -> None:
    text_of(data, "patient", "patient reference")
    text_of(data, "second_identifier", "second identifier")
    _flags(data)
    reason_of(data)


KINDS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "watch": _nothing,
    "acknowledge": _acknowledge,
    "confirm_monitor": _monitor,
    "event": _event,
    "medication": _medication,
    "session_start": _start,
    "session_end": _end,
    "stage": _stage,
    "check": _check,
    "override": _override,
    "plan": _plan,
    "drug": _drug,
    "waste": _waste,
    "infusion_start": _maybe_rate,
    "infusion_rate": _rate,
    "infusion_pause": _reason,
    "infusion_resume": _maybe_reason,
    "infusion_stop": _maybe_reason,
    "dose": _dose,
    "reading": by_hand.check,
    "score": _score,
    "done": _due,
    "not_now": _due,
    "strike": _strike,
    "sign": _sign,
    "addendum": _addendum,
    "reassign": _reassign,
}

# They may come before a session, or say nothing of one.
FREE = ("watch", "acknowledge", "confirm_monitor", "event", "medication", "session_start")
# They carry the number of the session that was on the glass when the finger came down.
OF_A_SESSION = tuple(kind for kind in KINDS if kind not in FREE)
# They may be told some minutes late, with the time at which it was so.
TOLD_LATE = ("event", "medication", "reading", "score")
# They may also concern a session that is over.
AFTERWARDS = ("strike", "sign", "addendum", "reassign", "score", "waste")
