"""What the clinic's records say of a patient when a visit is begun."""

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """A patient's record. ``sessions`` is how many visits there were before; weight in kg."""

    reference: str
    second_identifier: str
    last_weight_kg: float | None = None
    flags: tuple[str, ...] = ()
    sessions: int = 0


def known_patient(db: Database, reference: str) -> KnownPatient | None:
    """The record of that reference; None where there is none. No records are kept yet."""
    return None


def mismatch(known: KnownPatient | None, second_identifier: str) -> str:
    """Why what the patient said is not in the record, as a sentence; empty where nothing is wrong.

    Letters' case and spaces do not count.
    """
    if known is None or _folded(known.second_identifier) == _folded(second_identifier):
        return ""
    return "The second identifier is not that of this patient's record"


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()
