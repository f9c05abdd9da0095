"""What the clinic's records say of a patient when a visit is begun."""

from dataclasses import dataclass

from sqlite_utils import Database

from monitor.session.records import DECISIONS
from monitor.store import patients, sessions


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """A patient's record. ``sessions`` is how many visits there were before; weight in kg.

    ``decision`` is what was decided on suitability, and by whom, ``decided_ms`` when that was
    entered: both empty where nobody did. What was decided against stands in ``flags`` too. The
    name may be empty. ``scores`` are last scores that are flagged, item 9 of the PHQ-9 among them:
    for who begins the visit, and no flag of the session, whose screen the patient may see.
    """

    reference: str
    second_identifier: str
    last_weight_kg: float | None = None
    flags: tuple[str, ...] = ()
    sessions: int = 0
    name: str = ""
    decision: str = ""
    decided_ms: int = 0
    scores: tuple[str, ...] = ()


AGAINST = {"not_suitable": "Not suitable", "discuss": "To be discussed before a dose"}


def known_patient(db: Database, reference: str) -> KnownPatient | None:
    """The record of that reference; None where there is none."""
    record = patients.patient(db, reference)
    if record is None:
        return None
    decision = record.decision
    flags = list(patients.flags_of(record))
    if decision is not None and decision.decision in AGAINST:
        why = f": {decision.reason}" if decision.reason else ""
        flags.insert(0, f"{AGAINST[decision.decision]}, decided by {decision.by}{why}")
    if decision is not None and record.changed_since_decision:
        flags.append("The consultation changed after suitability was decided")
    words = DECISIONS[decision.decision].capitalize() if decision else ""
    return KnownPatient(
        record.reference,
        record.second_identifier,
        record.weights[-1].kg if record.weights else None,
        tuple(flags),
        len(sessions.of_patient(db, record.reference)),
        record.name,
        f"{words}, decided by {decision.by}" if decision else "",
        decision.t_ms if decision else 0,
        tuple(patients.flagged_scores(db).get(record.reference, ())),
    )


def mismatch(known: KnownPatient | None, second_identifier: str) -> str:
    """Why what the patient said is not in the record, as a sentence; empty where nothing is wrong.

    Letters' case and spaces do not count, nor which sign stands between the parts of a date.
    """
    if known is None or _folded(known.second_identifier) == _folded(second_identifier):
        return ""
    return "The second identifier is not that of this patient's record"


def _folded(text: str) -> str:
    return "".join(text.split()).casefold().translate(str.maketrans("/-", ".."))
