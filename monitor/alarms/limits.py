"""Alarm limits: what a clinic writes in TOML, checked, and what a session carries with it."""

import json
import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, cast

from devices.numeric import Parameter

Side = Literal["low", "high"]


class Priority(IntEnum):
    """How soon somebody must look. The words are those of IEC 60601-1-8."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The word in the database, in documents and on the screen."""
        return self.name.lower()


class LimitsError(Exception):
    """Limits that cannot be used. The message is a sentence that names the place."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound of one parameter. ``bound`` is in the parameter's unit; on it is still inside."""

    parameter: Parameter
    side: Side
    priority: Priority
    bound: float
    delay_s: float

    @property
    def condition(self) -> str:
        """The id of the alarm condition, e.g. ``SpO2_low``."""
        return f"{self.parameter.value}_{self.side}"

    def violated(self, value: float) -> bool:
        """True where the value lies beyond the bound."""
        return value < self.bound if self.side == "low" else value > self.bound


def read_limits(path: Path) -> tuple[Limit, ...]:
    """Read a limits preset. Raises LimitsError with a sentence that says what is wrong where."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LimitsError(f"The limits {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LimitsError(f"The limits {path} are not valid TOML: {error}.") from error
    try:
        return tuple(_limits_of(tables))
    except LimitsError as error:
        raise LimitsError(f"The limits {path} cannot be used: {error}") from error


def _limits_of(tables: dict[str, Any]) -> Iterable[Limit]:
    for name, tiers in tables.items():
        try:
            parameter = Parameter(name)
        except ValueError:
            raise LimitsError(f"there is no parameter {name!r}.") from None
        if not isinstance(tiers, dict):
            raise LimitsError(f"[{name}] must hold tiers.")
        found: list[Limit] = []
        for tier, table in tiers.items():
            if tier not in ("medium", "high") or not isinstance(table, dict):
                raise LimitsError(f"[{name}] has {tier!r}; a tier is medium or high.")
            found += _tier(parameter, Priority[tier.upper()], table)
        _check_order(parameter, found)
        yield from found


def _tier(parameter: Parameter, priority: Priority, table: dict[str, Any]) -> list[Limit]:
    place = f"[{parameter.value}] {priority.word}"
    if odd := set(table) - {"low", "high", "delay_s"}:
        raise LimitsError(f"{place} has {sorted(odd)[0]!r}; only low, high and delay_s are known.")
    numbers = {key: _number(value, f"{place} {key}") for key, value in table.items()}
    delay_s = numbers.pop("delay_s", 0.0)
    if not 0 <= delay_s <= 60:
        raise LimitsError(f"{place} delay_s {delay_s:g} is not between 0 and 60.")
    lowest, highest = parameter.range
    for side, bound in numbers.items():
        if not lowest <= bound <= highest:
            raise LimitsError(
                f"{place} {side} {bound:g} is not between {lowest:g} and {highest:g}."
            )
    return [
        Limit(parameter, cast(Side, side), priority, bound, delay_s)
        for side, bound in numbers.items()
    ]


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LimitsError(f"{place} is not a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise LimitsError(f"{place} is not a number.")
    return number


def _check_order(parameter: Parameter, limits: list[Limit]) -> None:
    """Low below high, and the high tier outside the medium one."""
    lows = [limit.bound for limit in limits if limit.side == "low"]
    highs = [limit.bound for limit in limits if limit.side == "high"]
    if lows and highs and max(lows) >= min(highs):
        raise LimitsError(f"[{parameter.value}] low {max(lows):g} is not below {min(highs):g}.")
    for side, outward in (("low", -1), ("high", 1)):
        tiers = {limit.priority: limit.bound for limit in limits if limit.side == side}
        if len(tiers) == 2 and outward * (tiers[Priority.HIGH] - tiers[Priority.MEDIUM]) < 0:
            raise LimitsError(
                f"[{parameter.value}] the high-priority {side} limit lies inside the medium one."
            )


def limits_to_json(limits: Iterable[Limit]) -> str:
    """Write limits as they are copied into a session."""
    return json.dumps(
        [[x.parameter.value, x.side, x.priority.word, x.bound, x.delay_s] for x in limits]
    )


def limits_from_json(text: str) -> tuple[Limit, ...]:
    """Read what `limits_to_json` wrote."""
    return tuple(
        Limit(Parameter(name), side, Priority[priority.upper()], bound, delay_s)
        for name, side, priority, bound, delay_s in json.loads(text)
    )
