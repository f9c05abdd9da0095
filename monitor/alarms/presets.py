"""An alarm preset: limits and rules as a clinic writes them, and as a session carries them."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from devices.numeric import Parameter, vital
from monitor.alarms.limits import (
    PHASES,
    TIERS,
    Kind,
    Limit,
    LimitsError,
    Phase,
    Priority,
    Side,
    limits_of,
    number,
)
from monitor.alarms.trends import BUCKET_MS, KEEP_MS

LEAST_SPAN_S = 2 * BUCKET_MS / 1000  # a change needs two medians


@dataclass(frozen=True, slots=True)
class Change:
    """So much within so long. ``by`` in the parameter's unit."""

    parameter: Parameter
    side: Side
    by: float
    within_s: float
    priority: Priority


@dataclass(frozen=True, slots=True)
class Rules:
    """What the alarms go by besides limits. Times in seconds; the defaults are our choice.

    ``bp_interval_s`` is how often a phase wants a cuff reading; a phase without one wants none.
    ``soon_s`` is how long before a limit its advisory comes, by parameter.
    """

    resignal_s: float = 180.0
    bp_interval_s: Mapping[str, float] = field(default_factory=dict)
    bp_low_after_s: float = 120.0
    bp_medium_after_s: float = 300.0
    bp_oldest_dosing_s: float = 900.0
    no_session_s: float = 120.0
    apart: float = 30.0
    apart_s: float = 30.0
    soon_s: Mapping[str, float] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """Limits and rules. A session starts with a copy of the clinic's."""

    limits: tuple[Limit, ...] = ()
    rules: Rules = Rules()

    def with_limits(self, limits: tuple[Limit, ...]) -> "Preset":
        """The same rules with other limits."""
        return replace(self, limits=limits)


def read_preset(path: Path) -> Preset:
    """Read a preset's file. Raises LimitsError with a sentence that says what is wrong where."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LimitsError(f"The limits {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LimitsError(f"The limits {path} are not valid TOML: {error}.") from error
    try:
        return preset_of(tables)
    except LimitsError as error:
        raise LimitsError(f"The limits {path} cannot be used: {error}") from error


def preset_of(tables: Mapping[str, Any]) -> Preset:
    """A preset from parsed TOML. Raises LimitsError."""
    return merged(Preset(), tables)


def merged(preset: Preset, tables: Mapping[str, Any]) -> Preset:
    """The preset with what a regimen's tables replace, in the format of a preset's file.

    A parameter's table replaces all that the preset says of that parameter, each key of ``rules``
    one rule, whole. Raises LimitsError where the tables, or what comes of both, cannot be.
    """
    limits = preset.limits
    rules = preset.rules
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            raise LimitsError(f"[{name}] must be a table.")
        if name == "rules":
            rules = _rules(table, rules)
            continue
        try:
            parameter = vital(name)
        except ValueError:
            raise LimitsError(f"there is no parameter {name!r}.") from None
        own = dict(table)
        soon = {key: span for key, span in rules.soon_s.items() if key != name}
        if "soon_s" in own:
            soon[name] = _span(own.pop("soon_s"), f"[{name}] soon_s", 10, 600)
        moved = [key for key in ("falling", "rising") if key in own]
        changes = [x for x in rules.changes if x.parameter is not parameter]
        changes += [_change(parameter, key, own.pop(key)) for key in moved]
        rules = replace(rules, soon_s=soon, changes=tuple(changes))
        others = tuple(x for x in limits if x.parameter is not parameter)
        limits = (*others, *limits_of(parameter, own))
    return Preset(limits, rules)


def _span(value: object, place: str, lowest: float, highest: float) -> float:
    found = number(value, place)
    if not lowest <= found <= highest:
        raise LimitsError(f"{place} {found:g} is not between {lowest:g} and {highest:g}.")
    return found


# Each with the least and the most that makes sense: our choice.
_SPANS = {
    "resignal_s": (30, 600),
    "bp_low_after_s": (0, 1800),
    "bp_medium_after_s": (0, 1800),
    "bp_oldest_dosing_s": (60, 3600),
    "no_session_s": (10, 3600),
    "apart": (5, 200),
    "apart_s": (5, 600),
}


def _rules(table: Mapping[str, Any], before: Rules) -> Rules:
    found: dict[str, Any] = {}
    for key, value in table.items():
        place = f"[rules] {key}"
        if key == "bp_interval_s":
            if not isinstance(value, Mapping) or set(value) - set(PHASES):
                raise LimitsError(f"{place} must name seconds by phase: {', '.join(PHASES)}.")
            found[key] = {x: _span(s, f"{place} {x}", 60, 7200) for x, s in value.items()}
        elif key in _SPANS:
            found[key] = _span(value, place, *_SPANS[key])
        else:
            known = ", ".join([*_SPANS, "bp_interval_s"])
            raise LimitsError(f"[rules] has {key!r}; known are {known}.")
    rules = replace(before, **found)
    if rules.bp_low_after_s > rules.bp_medium_after_s:
        raise LimitsError("[rules] bp_low_after_s is later than bp_medium_after_s.")
    return rules


def _change(parameter: Parameter, key: str, table: object) -> Change:
    place = f"[{parameter.value}] {key}"
    if not isinstance(table, Mapping) or set(table) != {"by", "within_s", "priority"}:
        raise LimitsError(f"{place} must hold by, within_s and priority.")
    word = table["priority"]
    if parameter.episodic:
        raise LimitsError(f"{place} is for values that come all the time, not for a cuff's.")
    if word not in ("low", "medium"):
        raise LimitsError(f"{place} priority {word!r} is neither low nor medium.")
    lowest, highest = parameter.range
    by = _span(table["by"], f"{place} by", 0.1, highest - lowest)
    within_s = _span(table["within_s"], f"{place} within_s", LEAST_SPAN_S, KEEP_MS / 1000)
    side: Side = "low" if key == "falling" else "high"
    return Change(parameter, side, by, within_s, Priority[word.upper()])


def to_json(preset: Preset) -> str:
    """Write a preset as it is copied into a session."""
    rules = asdict(preset.rules)
    rules["changes"] = [
        [x.parameter.value, x.side, x.by, x.within_s, x.priority.word] for x in preset.rules.changes
    ]
    limits = [
        [x.parameter.value, x.side, x.priority.word, x.bound, x.delay_s, x.kind, x.phase]
        for x in preset.limits
    ]
    return json.dumps({"limits": limits, "rules": rules})


def from_json(text: str) -> Preset:
    """Read what `to_json` wrote (a bare list of limits, too: the first databases hold that)."""
    held = json.loads(text)
    if isinstance(held, list):
        return Preset(tuple(_limit(row) for row in held))
    rules = dict(held["rules"])
    rules["changes"] = tuple(
        Change(Parameter(name), side, by, within_s, Priority[priority.upper()])
        for name, side, by, within_s, priority in rules["changes"]
    )
    return Preset(tuple(_limit(row) for row in held["limits"]), Rules(**rules))


def _limit(row: list[Any]) -> Limit:
    name, side, priority, bound, delay_s, *more = row
    kind, phase = more or ("value", None)
    return Limit(
        Parameter(name),
        cast(Side, side),
        Priority[priority.upper()],
        bound,
        delay_s,
        cast(Kind, kind),
        cast(Phase | None, phase),
    )


def tier_name(priority: Priority) -> str:
    """The word of a tier in a preset's file."""
    return next(name for name, found in TIERS.items() if found is priority)
