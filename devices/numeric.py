"""The vocabulary of the whole program: parameters with their units, and what is known of a value.

A numeric is one slow value (at most a few a second) of a parameter, at a time, with its validity.
Drivers convert to the one canonical unit of the parameter; nothing else converts units.
"""

import math
from dataclasses import dataclass
from enum import Enum, IntEnum


class Parameter(Enum):
    """A quantity that a device tells. The value is its name everywhere: code, database, docs.

    `VITALS` are measured on a patient; `PUMP` is what an infusion pump says of itself, which has no
    limits, no baseline and no alarm of its own.
    """

    HR = "HR"
    PR = "PR"
    SPO2 = "SpO2"
    NIBP_SYS = "NIBP_sys"
    NIBP_DIA = "NIBP_dia"
    NIBP_MEAN = "NIBP_mean"
    RR = "RR"
    ETCO2 = "EtCO2"
    TEMP = "Temp"
    PUMP_RATE = "Pump_rate"
    PUMP_VOLUME = "Pump_volume"

    # Members are single objects, and keys of most that is done each second.
    __hash__ = object.__hash__

    @property
    def unit(self) -> str:
        """The canonical unit: ``/min``, ``%``, ``mmHg``, ``°C``, ``mL/h`` or ``mL``."""
        return _UNITS[self]

    @property
    def episodic(self) -> bool:
        """True where each value is an event of its own (a cuff reading), not a state that lasts."""
        return self in CUFF

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value, in the canonical unit, that can be a measurement at all.

        Our choice: at least as wide as the ranges that bedside monitors state for adults, so that
        what lies outside is not a patient. Zero is outside for every vital sign. A pump that stands
        still says zero, and that is a value; its highest are our choice, far above what an infusion
        pump for one patient is set to: 2000 mL/h, and 10 L.
        """
        return _RANGES[self]


CUFF = (Parameter.NIBP_SYS, Parameter.NIBP_DIA, Parameter.NIBP_MEAN)
PUMP = (Parameter.PUMP_RATE, Parameter.PUMP_VOLUME)
VITALS = tuple(parameter for parameter in Parameter if parameter not in PUMP)


def vital(name: object) -> Parameter:
    """Give the vital sign of that name. Raises ValueError where there is none, as for a pump's."""
    parameter = Parameter(name)
    if parameter not in VITALS:
        raise ValueError(f"{parameter.value} is not measured on a patient")
    return parameter


_UNITS = {
    Parameter.HR: "/min",
    Parameter.PR: "/min",
    Parameter.SPO2: "%",
    Parameter.NIBP_SYS: "mmHg",
    Parameter.NIBP_DIA: "mmHg",
    Parameter.NIBP_MEAN: "mmHg",
    Parameter.RR: "/min",
    Parameter.ETCO2: "mmHg",
    Parameter.TEMP: "°C",
    Parameter.PUMP_RATE: "mL/h",
    Parameter.PUMP_VOLUME: "mL",
}

_RANGES = {
    Parameter.HR: (10.0, 350.0),
    Parameter.PR: (10.0, 350.0),
    Parameter.SPO2: (1.0, 100.0),
    Parameter.NIBP_SYS: (20.0, 300.0),
    Parameter.NIBP_DIA: (10.0, 300.0),
    Parameter.NIBP_MEAN: (10.0, 300.0),
    Parameter.RR: (1.0, 200.0),
    Parameter.ETCO2: (1.0, 150.0),
    Parameter.TEMP: (15.0, 45.0),
    Parameter.PUMP_RATE: (0.0, 2000.0),
    Parameter.PUMP_VOLUME: (0.0, 10_000.0),
}


class Validity(Enum):
    """What is known of a value. Only the first two come with a number."""

    VALID = "valid"
    QUESTIONABLE = "questionable"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    MEASURING = "measuring"

    @property
    def has_value(self) -> bool:
        """True where the numeric carries a number."""
        return self in (Validity.VALID, Validity.QUESTIONABLE)


class Generation(IntEnum):
    """Where a reading comes from; the higher, the less it may pass for a patient's."""

    REAL = 0
    REPLAY = 1
    SIMULATED = 2

    @property
    def word(self) -> str:
        """The word for it in the database, on the screen and in exports."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Numeric:
    """One value of one parameter, or the statement that there is none and why.

    ``t_ms`` is UTC milliseconds: when the bytes arrived, or when the cuff measured if the device
    says so. ``reason`` is a short phrase for staff, e.g. ``probe off``; it is required where there
    is no value. ``demo`` is the device's own flag that the value is not a patient's.

    Raises ValueError where value and validity contradict each other, or the value is not a finite
    number within ``parameter.range``.
    """

    parameter: Parameter
    value: float | None
    t_ms: int
    validity: Validity = Validity.VALID
    reason: str = ""
    demo: bool = False

    def __post_init__(self) -> None:
        """Refuse a number that the validity denies, and a missing one that it claims."""
        if self.value is None:
            if self.validity.has_value or not self.reason:
                raise ValueError(f"{self.parameter.value}: no value needs a validity and a reason")
            return
        low, high = self.parameter.range
        if not self.validity.has_value or not math.isfinite(self.value):
            raise ValueError(f"{self.parameter.value}: {self.validity.value} with {self.value}")
        if not low <= self.value <= high:
            raise ValueError(f"{self.parameter.value}: {self.value} {self.parameter.unit}")


def numeric(
    parameter: Parameter, value: float, t_ms: int, *, doubt: str = "", demo: bool = False
) -> Numeric:
    """Make a numeric of what a device sent, in the canonical unit.

    What lies outside ``parameter.range`` becomes no value with its reason; of a vital sign, so does
    a zero.
    ``doubt`` (low perfusion, interference, ...) keeps the value and marks it questionable.
    """
    low, high = parameter.range
    if not math.isfinite(value) or not low <= value <= high:
        reason = "no value (0)" if value == 0 else "out of range"
        return Numeric(parameter, None, t_ms, Validity.INVALID, reason, demo)
    validity = Validity.QUESTIONABLE if doubt else Validity.VALID
    return Numeric(parameter, float(value), t_ms, validity, doubt, demo)


def no_value(
    parameter: Parameter,
    t_ms: int,
    reason: str,
    validity: Validity = Validity.INVALID,
    *,
    demo: bool = False,
) -> Numeric:
    """State that a device has no value of a parameter, and why."""
    return Numeric(parameter, None, t_ms, validity, reason, demo)
