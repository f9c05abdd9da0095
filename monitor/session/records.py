"""What may be entered in a patient's record, and the consultation's points. Pure but for reading.

`decide` is the one door: it gives what is stored, which carries its own wording, so that a record
reads the same when the clinic's forms have changed since.

Kinds: ``created`` {reference, second_identifier, name?, birth_year?}; ``identity`` {the same but
the reference, reason}; ``weight`` {kg}; ``note`` {text}; ``consultation`` {answers: {point:
{answer, note?}}}; ``suitability`` {decision, by, reason?}; ``score`` {scale, items?, total?,
variant?, at_ms?}; ``correction`` {entry, reason}.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.session.patient import MAX_NAME, Patient, PatientError, reference_of
from monitor.session.scales import Scale, ScaleError, checked, read_scales

ANSWERS = ("yes", "no", "unknown")
DECISIONS = {
    "suitable": "suitable",
    "discuss": "to be discussed",
    "not_suitable": "not suitable",
}
STRIKABLE = ("weight", "note", "consultation", "suitability", "score", "identity")
MAX_WORDS = 2000
LEAST_KG, MOST_KG = 25, 300  # as at a session's start: no adult leaves these
LEAST_YEAR = 1900
OLDEST_MS = 10 * 365 * 86_400_000  # a questionnaire filled in before that is a slipped finger


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the consultation. ``flag`` is what a "yes" shows to monitoring staff."""

    id: str
    group: str
    ask: str
    source: str
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Forms:
    """The clinic's forms: what a consultation asks, and the scales."""

    points: tuple[Point, ...]
    scales: Mapping[str, Scale]


def read_forms(presets: Path) -> Forms:
    """Read consultation.toml and the folder scales. Raises PatientError with a sentence."""
    try:
        return Forms(read_points(presets / "consultation.toml"), read_scales(presets / "scales"))
    except ScaleError as error:
        raise PatientError(str(error)) from error


def read_points(path: Path) -> tuple[Point, ...]:
    """Read the points of the consultation. Raises PatientError with a sentence."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PatientError(f"The form {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PatientError(f"The form {path} is not valid TOML: {error}.") from error
    try:
        points = tuple(Point(**row) for row in table.get("point", []))
    except TypeError as error:
        raise PatientError(f"The form {path} has a point that is not one: {error}.") from error
    ids = [point.id for point in points]
    if not ids or len(set(ids)) != len(ids):
        raise PatientError(f"The form {path} has no points, or two with the same id.")
    return points


def unanswered(patient: Patient, points: Sequence[Point]) -> tuple[Point, ...]:
    """The points to which nobody has said yes, no or not known."""
    return tuple(point for point in points if point.id not in patient.points)


def decide(
    kind: str,
    actor: str,
    data: Mapping[str, Any],
    t_ms: int,
    patient: Patient | None,
    forms: Forms,
    kinds: Mapping[int, str],
) -> dict[str, Any]:
    """What is stored of an entry at ``t_ms``. Raises PatientError with a sentence.

    ``patient`` is the record so far; None where there is none. ``kinds`` are its entries' kinds.
    """
    if not actor.strip() or len(actor) > MAX_NAME:
        raise PatientError("Say first in whose name this is entered.")
    check_letters((actor, data))
    if kind == "created":
        if patient is not None:
            raise PatientError(f"There is a record of {patient.reference} already.")
        reference = reference_of(_words(data, "reference", "The patient reference", MAX_NAME))
        return {"reference": reference, **_identity(data, t_ms)}
    if patient is None:
        raise PatientError("There is no record of this patient.")
    match kind:
        case "identity":
            reason = _words(data, "reason", "The reason for the change", MAX_WORDS)
            return {**_identity(data, t_ms), "reason": reason}
        case "weight":
            return {"kg": _weight(data.get("kg"))}
        case "note":
            return {"text": _words(data, "text", "The note", MAX_WORDS)}
        case "consultation":
            return {"answers": _answers(data, forms.points)}
        case "suitability":
            return _decision(data, patient, forms.points)
        case "score":
            return _score(data, t_ms, forms.scales)
        case "correction":
            return _correction(data, patient, kinds)
    raise PatientError(f"There is no entry of the kind {kind!r}.")


def _identity(data: Mapping[str, Any], t_ms: int) -> dict[str, Any]:
    year, now = data.get("birth_year"), datetime.fromtimestamp(t_ms / 1000, UTC).year
    if year is not None and (type(year) is not int or not LEAST_YEAR <= year <= now):
        raise PatientError(f"The year of birth is between {LEAST_YEAR} and {now}.")
    return {
        "second_identifier": _words(
            data, "second_identifier", "The second identifier", MAX_NAME
        ),
        "name": _words(data, "name", "The name", MAX_NAME, needed=False),
        "birth_year": year,
    }  # fmt: skip


def _weight(kg: object) -> float:
    if isinstance(kg, bool) or not isinstance(kg, int | float) or not LEAST_KG <= kg <= MOST_KG:
        raise PatientError(f"The weight is between {LEAST_KG} and {MOST_KG} kg.")
    return float(kg)


def _answers(data: Mapping[str, Any], points: Sequence[Point]) -> dict[str, dict[str, str]]:
    known = {point.id: point for point in points}
    stored: dict[str, dict[str, str]] = {}
    for name, said in dict(data.get("answers") or {}).items():
        if name not in known:
            raise PatientError(f"The consultation has no point {name!r}: load the page again.")
        point = known[name]
        if said.get("answer") not in ANSWERS:
            raise PatientError(f"Answer yes, no or not known beside the note on: {point.ask}")
        stored[name] = {
            "ask": point.ask,
            "answer": said["answer"],
            "note": _words(said, "note", "The note", MAX_WORDS, needed=False),
            "flag": point.flag,
        }
    if not stored:
        raise PatientError("Nothing was answered: nothing was saved.")
    return stored


def _decision(data: Mapping[str, Any], patient: Patient, points: Sequence[Point]) -> dict[str, Any]:
    if data.get("decision") not in DECISIONS:
        raise PatientError("Say what was decided.")
    open_points = unanswered(patient, points)
    reason = _words(data, "reason", "The reason", MAX_WORDS, needed=False)
    if open_points and not reason:
        count = f"{len(open_points)} point{'s' if len(open_points) > 1 else ''}"
        raise PatientError(
            f"{count} of the consultation not answered: say why it is decided all the same."
        )
    if data["decision"] == "suitable" and patient.flags and not reason:
        raise PatientError(
            f"A contraindication is flagged ({'; '.join(patient.flags)}): say why the patient is"
            " suitable."
        )
    return {
        "decision": data["decision"],
        "by": _words(data, "by", "The name of who decided", MAX_NAME),
        "reason": reason,
        "unanswered": [point.ask for point in open_points],
    }


def _score(data: Mapping[str, Any], t_ms: int, scales: Mapping[str, Scale]) -> dict[str, Any]:
    scale = scales.get(str(data.get("scale")))
    if scale is None:
        raise PatientError(f"There is no scale {data.get('scale')!r}.")
    at_ms = data.get("at_ms")
    if at_ms is None:
        at_ms = t_ms
    if type(at_ms) is not int or not t_ms - OLDEST_MS <= at_ms <= t_ms:
        raise PatientError("The day of the answers lies ahead, or more than ten years back.")
    items, variant = data.get("items"), data.get("variant")
    try:
        score = checked(scale, items, data.get("total"), variant)
    except ScaleError as error:
        raise PatientError(str(error)) from error
    return {
        "scale": scale.id,
        "name": scale.name,
        "variant": variant,
        "items": dict(items or {}),
        "total": score.total,
        "flagged": score.flagged,
        "words": score.words,
        "at_ms": at_ms,
    }


def _correction(
    data: Mapping[str, Any], patient: Patient, kinds: Mapping[int, str]
) -> dict[str, Any]:
    entry = data.get("entry")
    if type(entry) is not int or kinds.get(entry) not in STRIKABLE:
        raise PatientError("There is no such entry in this record that can be struck through.")
    if entry in patient.struck:
        raise PatientError("That entry was struck through already.")
    reason = _words(data, "reason", "The reason for the correction", MAX_WORDS)
    return {"entry": entry, "reason": reason}


def _words(
    data: Mapping[str, Any], key: str, what: str, most: int, *, needed: bool = True
) -> str:  # fmt: skip
    text = data.get(key)
    found = text.strip() if isinstance(text, str) else ""
    if needed and not found:
        raise PatientError(f"{what} is missing.")
    if len(found) > most:
        raise PatientError(f"{what} is longer than {most} letters.")
    return found


def check_letters(data: object) -> None:
    """Half a letter (a lone surrogate) cannot be stored."""
    try:
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise PatientError("The entry holds a letter that cannot be stored.") from None
