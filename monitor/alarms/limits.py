"""Alarm limits: what a clinic writes in TOML, checked."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, Literal, get_args

from devices.numeric import Parameter

Side = Literal["low", "high"]
BESIDE: dict[Side, str] = {"low": "below", "high": "above"}
Phase = Literal["baseline", "dosing", "recovery"]
Kind = Literal["value", "difference", "percent"]

PHASES: tuple[Phase, ...] = get_args(Phase)
# A continuous value inside a limit by less than this may be the limit's own noise: our choice.
HYSTERESIS = {Parameter.TEMP: 0.1}
LONGEST_DELAY_S = 60


class Priority(IntEnum):
    """How soon somebody must look. The words are those of IEC 60601-1-8."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    __hash__ = int.__hash__  # that of Enum is slow, and a priority is a key each second

    @property
    def word(self) -> str:
        """The word in the database, in documents and on the screen."""
        return self.name.lower()


# What a tier may hold.
BOUNDS: dict[str, tuple[Side, Kind]] = {
    "low": ("low", "value"),
    "high": ("high", "value"),
    "low_percent": ("low", "percent"),
    "high_percent": ("high", "percent"),
    "low_difference": ("low", "difference"),
    "high_difference": ("high", "difference"),
}
TIERS = {"advisory": Priority.LOW, "medium": Priority.MEDIUM, "high": Priority.HIGH}


class LimitsError(Exception):
    """Limits that cannot be used. The message is a sentence that names the place."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound of one parameter; on the bound is still inside.

    ``bound`` is in the parameter's unit, or how far the value may be from the session's baseline:
    a difference in the unit, or a percentage. ``phase`` None holds in every phase for which the
    same tier has no limits of its own.
    """

    parameter: Parameter
    side: Side
    priority: Priority
    bound: float
    delay_s: float
    kind: Kind = "value"
    phase: Phase | None = None

    @property
    def condition(self) -> str:
        """The id of the alarm condition, e.g. ``spo2_low`` or ``hr_above_baseline_advisory``."""
        absolute, relative = self.alarms
        advisory = "_advisory" if self.priority is Priority.LOW else ""
        return (absolute if self.kind == "value" else relative) + advisory

    @property
    def alarms(self) -> tuple[str, str]:
        """The ids of the alarms of this parameter and side, e.g. spo2_low, spo2_below_baseline."""
        name = self.parameter.value.lower()
        return f"{name}_{self.side}", f"{name}_{BESIDE[self.side]}_baseline"

    def at(self, baseline: float | None) -> float | None:
        """The bound in the parameter's unit; None where it needs a baseline and there is none."""
        if self.kind == "value":
            return self.bound
        if baseline is None:
            return None
        by = self.bound if self.kind == "difference" else abs(baseline) * self.bound / 100
        return baseline - by if self.side == "low" else baseline + by

    def violated(self, value: float, bound: float) -> bool:
        """True where the value lies beyond the bound."""
        return value < bound if self.side == "low" else value > bound

    def near(self, value: float, bound: float) -> bool:
        """True where a continuous value is inside, but by less than the hysteresis."""
        if self.parameter.episodic:
            return False
        return abs(value - bound) < HYSTERESIS.get(self.parameter, 1.0)


def in_force(limits: Iterable[Limit], phase: Phase | None) -> list[Limit]:
    """The limits of a phase: a tier's own for this phase, else those for all phases."""
    held = list(limits)
    own = {(x.parameter, x.priority) for x in held if x.phase is not None and x.phase == phase}
    return [
        x
        for x in held
        if (x.phase == phase and phase is not None)
        or (x.phase is None and (x.parameter, x.priority) not in own)
    ]


def limits_of(parameter: Parameter, table: Mapping[str, Any]) -> list[Limit]:
    """Read one parameter's table: tiers, and tables of tiers by phase. Raises LimitsError."""
    found: list[Limit] = []
    for name, content in table.items():
        if name in PHASES and isinstance(content, Mapping):
            for tier, inner in content.items():
                found += _tier(parameter, tier, inner, name)
        else:
            found += _tier(parameter, name, content, None)
    check(found)
    return found


def _tier(parameter: Parameter, name: str, table: object, phase: Phase | None) -> list[Limit]:
    place = f"[{parameter.value}{'.' + phase if phase else ''}]"
    if name not in TIERS or not isinstance(table, Mapping):
        raise LimitsError(f"{place} has {name!r}; a tier is advisory, medium or high.")
    place = f"{place} {name}"
    numbers = {key: number(value, f"{place} {key}") for key, value in table.items()}
    delay_s = numbers.pop("delay_s", 0.0)
    limits = []
    for key, bound in numbers.items():
        if key not in BOUNDS:
            raise LimitsError(f"{place} has {key!r}; known are {', '.join(BOUNDS)}, delay_s.")
        side, kind = BOUNDS[key]
        limits.append(Limit(parameter, side, TIERS[name], bound, delay_s, kind, phase))
    if not 0 <= delay_s <= LONGEST_DELAY_S:
        raise LimitsError(f"{place} delay_s {delay_s:g} is not between 0 and {LONGEST_DELAY_S}.")
    return limits


def number(value: object, place: str) -> float:
    """A finite number, or LimitsError naming the place."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LimitsError(f"{place} is not a number.")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise LimitsError(f"{place} is not a number.")
    return found


def check(limits: Iterable[Limit]) -> None:
    """Low below high, the more urgent tier outside, all within what can be. Raises LimitsError."""
    held = list(limits)
    for limit in held:
        _check_range(limit)
    for parameter in dict.fromkeys(x.parameter for x in held):
        own = [x for x in held if x.parameter is parameter]
        for phase in (None, *PHASES):
            held_then = in_force(own, phase)
            for kind in get_args(Kind):
                _check_order(parameter, [x for x in held_then if x.kind == kind])
            for side in BESIDE:
                relative = {x.kind for x in held_then if x.side == side} - {"value"}
                if len(relative) > 1:
                    words = f"{side}_percent and {side}_difference: one condition takes one of them"
                    raise LimitsError(f"[{parameter.value}] has {words}.")


def _check_range(x: Limit) -> None:
    place = f"[{x.parameter.value}] {x.priority.word} {x.side}"
    lowest, highest = x.parameter.range
    if x.kind == "percent":
        lowest, highest = 1.0, 100.0
    elif x.kind == "difference":
        lowest, highest = HYSTERESIS.get(x.parameter, 1.0), highest - lowest
    if not lowest <= x.bound <= highest:
        raise LimitsError(f"{place} {x.bound:g} is not between {lowest:g} and {highest:g}.")


def _check_order(parameter: Parameter, limits: list[Limit]) -> None:
    lows = [limit.bound for limit in limits if limit.side == "low"]
    highs = [limit.bound for limit in limits if limit.side == "high"]
    kind = limits[0].kind if limits else "value"
    if kind == "value" and lows and highs and max(lows) >= min(highs):
        raise LimitsError(f"[{parameter.value}] low {max(lows):g} is not below {min(highs):g}.")
    for side in ("low", "high"):
        # From the mildest to the most urgent the bounds must go outward.
        outward = -1 if side == "low" and kind == "value" else 1
        tiers = sorted((x for x in limits if x.side == side), key=lambda x: x.priority)
        for mild, urgent in pairwise(tiers):
            if outward * (urgent.bound - mild.bound) < 0:
                words = f"the {urgent.priority.word}-priority {side} limit lies inside the"
                raise LimitsError(f"[{parameter.value}] {words} {mild.priority.word} one.")
