"""Values that staff measured and entered by hand: checked, and made into numerics. Pure.

Such a value is an event, as a cuff reading is: it has the time at which it was taken, and is never
repeated as new.
"""

from collections.abc import Mapping
from typing import Any

from devices.numeric import CUFF, VITALS, Numeric, Parameter, vital
from monitor.session.entries import Entry, EntryError
from monitor.session.state import Session

KINDS = ("reading",)
# How the source of these values is stored, beside the devices of a chair.
NAME, DRIVER, URL = "By hand", "by_hand", "hand:"

MOST_BACK_MS = 60 * 60_000  # what was measured longer ago is nothing to alarm by: our choice
AHEAD_MS = 5000  # a screen's idea of now may be ahead of ours by this

_WORDS = {
    Parameter.NIBP_SYS: "systolic pressure",
    Parameter.NIBP_DIA: "diastolic pressure",
    Parameter.NIBP_MEAN: "mean pressure",
}


def check(data: Mapping[str, Any]) -> None:
    """Refuse at the door what can be nothing but nonsense. Raises EntryError."""
    if type(data.get("session")) is not int:
        raise EntryError("The entry does not say which session it is for: load the page again.")
    if type(data.get("at_ms", 0)) is not int:
        raise EntryError("The time of the values is no time.")
    values_of(data)


def values_of(data: Mapping[str, Any]) -> dict[Parameter, float]:
    """The values of an entry by parameter, in its unit. Raises EntryError."""
    held = data.get("values")
    if not isinstance(held, Mapping) or not held:
        raise EntryError("The entry holds no value.")
    found: dict[Parameter, float] = {}
    for name, value in held.items():
        try:
            parameter = vital(name)
        except ValueError:
            raise EntryError(f"There is no parameter {str(name)[:20]!r}.") from None
        found[parameter] = _number(parameter, value)
    systolic, diastolic, mean = (found.get(parameter) for parameter in CUFF)
    if diastolic is not None and systolic is None:
        raise EntryError("The diastolic pressure needs its systolic.")
    if mean is not None and (systolic is None or diastolic is None):
        raise EntryError("The mean pressure needs its systolic and diastolic.")
    if systolic is not None and diastolic is not None and systolic <= diastolic:
        raise EntryError("The systolic pressure must be above the diastolic.")
    if systolic and diastolic and mean and not diastolic <= mean <= systolic:
        raise EntryError("The mean pressure must lie between diastolic and systolic.")
    return found


def _number(parameter: Parameter, value: object) -> float:
    low, high = parameter.range
    word = _WORDS.get(parameter, parameter.value)
    # Compared before it is made a float: JSON may hold an integer too large for one.
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise EntryError(f"The {word} must be between {low:g} and {high:g} {parameter.unit}.")
    return float(value)


def words(data: Mapping[str, Any]) -> str:
    """The values of a stored entry in a line, e.g. ``by hand: NIBP 120/80 mmHg, SpO2 97 %``."""
    found = values_of(data)
    systolic, diastolic, _ = (found.get(parameter) for parameter in CUFF)
    parts = []
    if systolic is not None:
        pressure = f"{systolic:g}" if diastolic is None else f"{systolic:g}/{diastolic:g}"
        parts.append(f"NIBP {pressure} mmHg")
    parts += [f"{p.value} {value:g} {p.unit}" for p, value in found.items() if p not in CUFF]
    return f"by hand: {', '.join(parts)}"


def numerics(data: Mapping[str, Any], t_ms: int) -> tuple[Numeric, ...]:
    """What an entry says, entered at ``t_ms``; in the order of the parameters."""
    values = values_of(data)
    at_ms = min(data.get("at_ms", t_ms), t_ms)
    return tuple(Numeric(p, values[p], at_ms) for p in VITALS if p in values)


def taken(entry: Entry, session: Session | None) -> tuple[Numeric, ...]:
    """The values of an entry, as far as they may be this session's. Raises EntryError.

    ``entry.t_ms`` is not ahead of the recorder's clock.
    """
    check(entry.data)
    if session is None:
        raise EntryError("There is no open session on this chair.")
    if entry.data["session"] != session.id:
        by = session.opened_by
        raise EntryError(f"Another session is open on this chair now, started by {by}.")
    at_ms = entry.data.get("at_ms", entry.t_ms)
    if at_ms > entry.t_ms + AHEAD_MS:
        raise EntryError("The time of the values lies in the future.")
    if at_ms < entry.t_ms - MOST_BACK_MS:
        raise EntryError("The values are more than 60 minutes old: enter them as a note.")
    if at_ms < session.from_ms:
        raise EntryError("The values were taken before this session: enter them as a note.")
    return numerics(entry.data, entry.t_ms)
