"""The patient's record: a fold over the entries of the patients' journal. Pure.

Nothing in it is edited: an entry that was wrong is struck by a `correction` with its reason, and
who the patient is said anew by an `identity` entry. Whether a patient is suitable is decided by a
named person; nothing here proposes it.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MAX_NAME = 80


class PatientError(Exception):
    """An entry that makes no sense. The message is a sentence for who entered it."""


@dataclass(frozen=True, slots=True)
class PatientEntry:
    """One entry of the patients' journal. ``data`` is by kind; see monitor/session/records.py."""

    id: int
    press: str
    t_ms: int
    patient: str
    kind: str
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Struck:
    """That an entry was corrected: by whom, when, and why."""

    by: str
    t_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Weight:
    """One weighing."""

    entry: int
    t_ms: int
    by: str
    kg: float


@dataclass(frozen=True, slots=True)
class Note:
    """A note that matters to monitoring. A therapist's notes are kept elsewhere."""

    entry: int
    t_ms: int
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """The last answer to a point of the consultation: yes, no, or unknown.

    ``ask`` is the wording that was asked; ``flag`` what monitoring staff see where it is "yes".
    """

    entry: int
    t_ms: int
    by: str
    ask: str
    answer: str
    note: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided whether the patient is suitable, when, why, and what was not answered then."""

    entry: int
    t_ms: int
    entered_by: str
    decision: str
    by: str
    reason: str = ""
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredScore:
    """One score of a scale. ``at_ms`` is when it was answered, ``t_ms`` when it was entered."""

    entry: int
    t_ms: int
    at_ms: int
    by: str
    scale: str
    name: str
    variant: str | None
    items: Mapping[str, int]
    total: int
    flagged: bool
    words: str


@dataclass(frozen=True, slots=True)
class Patient:
    """What the record says now. What was struck counts for nothing, and stands in ``struck``."""

    reference: str
    second_identifier: str
    name: str = ""
    birth_year: int | None = None
    created_ms: int = 0
    created_by: str = ""
    weights: tuple[Weight, ...] = ()
    notes: tuple[Note, ...] = ()
    points: Mapping[str, PointAnswer] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    scores: tuple[StoredScore, ...] = ()
    struck: Mapping[int, Struck] = field(default_factory=dict)

    @property
    def flags(self) -> tuple[str, ...]:
        """What monitoring staff must see: contraindications answered yes, then those not known."""
        asked = [x for x in self.points.values() if x.flag]
        yes = [_noted(x.flag, x.note) for x in asked if x.answer == "yes"]
        return (
            *yes, *(_noted(f"not known: {x.flag}", x.note) for x in asked if x.answer == "unknown")
        )  # fmt: skip

    @property
    def decision(self) -> Decision | None:
        """The last decision that stands; None where nobody has decided."""
        return self.decisions[-1] if self.decisions else None

    @property
    def changed_since_decision(self) -> bool:
        """True where a point of the consultation was answered after the last decision."""
        last = self.decision
        return last is not None and any(x.entry > last.entry for x in self.points.values())


def _noted(text: str, note: str) -> str:
    return f"{text} ({note})" if note else text


def reference_of(text: str) -> str:
    """A patient reference as it is stored: one form for what looks the same."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def patient_of(entries: Iterable[PatientEntry]) -> Patient | None:
    """Fold one patient's entries, oldest first. None where no record was begun."""
    held = list(entries)
    struck = {
        int(x.data["entry"]): Struck(x.actor, x.t_ms, str(x.data["reason"]))
        for x in held
        if x.kind == "correction"
    }
    patient: Patient | None = None
    for entry in held:
        if entry.kind == "created" and patient is None:
            patient = Patient(
                entry.data["reference"],
                entry.data["second_identifier"],
                entry.data.get("name") or "",
                entry.data.get("birth_year"),
                entry.t_ms,
                entry.actor,
                struck=struck,
            )
        elif patient is not None and entry.id not in struck:
            patient = _with(patient, entry)
    return patient


def _with(patient: Patient, entry: PatientEntry) -> Patient:
    """The patient after one more entry that stands."""
    data, when = entry.data, (entry.id, entry.t_ms, entry.actor)
    match entry.kind:
        case "identity":
            return replace(
                patient,
                second_identifier=data["second_identifier"],
                name=data.get("name") or "",
                birth_year=data.get("birth_year"),
            )
        case "weight":
            return replace(patient, weights=(*patient.weights, Weight(*when, data["kg"])))
        case "note":
            return replace(patient, notes=(*patient.notes, Note(*when, data["text"])))
        case "consultation":
            said = {
                point: PointAnswer(
                    *when, x["ask"], x["answer"], x.get("note") or "", x.get("flag") or ""
                )
                for point, x in data["answers"].items()
            }
            return replace(patient, points={**patient.points, **said})
        case "suitability":
            decision = Decision(
                *when, data["decision"], data["by"], data.get("reason") or "",
                tuple(data.get("unanswered") or ()),
            )  # fmt: skip
            return replace(patient, decisions=(*patient.decisions, decision))
        case "score":
            return replace(patient, scores=(*patient.scores, _score(entry)))
    return patient


def _score(entry: PatientEntry) -> StoredScore:
    data = entry.data
    return StoredScore(
        entry=entry.id,
        t_ms=entry.t_ms,
        at_ms=data.get("at_ms") or entry.t_ms,
        by=entry.actor,
        scale=data["scale"],
        name=data["name"],
        variant=data.get("variant"),
        items=data.get("items") or {},
        total=data["total"],
        flagged=bool(data.get("flagged")),
        words=data["words"],
    )
