"""The lowest or highest value of a parameter within a span, of valid readings only."""

from dataclasses import dataclass

from sqlite_utils import Database

from devices.numeric import Parameter, Validity
from monitor.store.history import STRUCK
from monitor.store.schema import PARAMETER_IDS


@dataclass(frozen=True, slots=True)
class Extreme:
    """A value in the parameter's unit, when it was so first, and which source said it.

    ``valid`` is how many readings it is the extreme of, ``questionable`` how many more had a value
    but were not looked at, because the device itself did not vouch for them.
    """

    value: float
    t_ms: int
    source: int
    valid: int
    questionable: int


def extreme(
    db: Database, chair: int, parameter: Parameter, from_ms: int, to_ms: int, *, lowest: bool
) -> Extreme | None:
    """The first of the lowest (else highest) valid readings of any source; None where none is.

    What was entered by hand counts like a device's, and names its own source; what was struck does
    not count.
    """
    of = (
        "FROM reading {} WHERE chair = :chair AND t_ms BETWEEN :from AND :to"
        " AND parameter = :parameter AND value IS NOT NULL"
        f" AND NOT (episodic = 1 AND {STRUCK})"
    ).format("INDEXED BY reading_event" if parameter.episodic else "")
    of += " AND episodic = 1" if parameter.episodic else ""
    worst = "min" if lowest else "max"
    named = {
        "chair": chair,
        "from": from_ms,
        "to": to_ms,
        "parameter": PARAMETER_IDS[parameter],
        "valid": Validity.VALID.value,
    }
    valid, several, value = db.execute(
        "SELECT count(*) FILTER (WHERE validity = :valid), count(*),"
        f" {worst}(value) FILTER (WHERE validity = :valid) {of}",
        named,
    ).fetchone()
    if value is None:
        return None
    t_ms, source = db.execute(
        f"SELECT t_ms, source {of} AND validity = :valid AND value = :value"
        " ORDER BY t_ms, source LIMIT 1",
        {**named, "value": value},
    ).fetchone()
    return Extreme(value, t_ms, source, valid, several - valid)
