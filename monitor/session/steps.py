"""The steps of a visit and what is asked on the way, as a clinic sets them. Pure.

`data/presets/visit.toml` says it; a session takes the table with it in its first entry, so that it
ends by the rules with which it began.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from devices.numeric import VITALS

Stage = Literal[
    "arrival",
    "consent",
    "baseline",
    "preparation",
    "dosing",
    "peak",
    "exploration",
    "recovery",
    "integration",
    "discharge",
]
STAGES: tuple[Stage, ...] = get_args(Stage)
NAMES: Mapping[str, str] = {
    "consent": "Consent and time-out",
    "exploration": "Exploration",
} | {stage: stage.capitalize() for stage in STAGES if stage not in ("consent", "exploration")}
# Left out freely: whether a visit has them is the patient's and the therapist's affair.
OPTIONAL: frozenset[str] = frozenset({"peak", "exploration", "integration"})
BEFORE_DOSE: tuple[Stage, ...] = ("arrival", "consent", "baseline", "preparation")

# How a visit may end, and the sentence of each.
ENDS: Mapping[str, str] = {
    "discharged": "Discharged",
    "held": "Held before the dose",
    "aborted": "Aborted",
    "transferred": "Transferred",
    "left": "Left against advice",
}

AUTO = ("weight", "dose", "baseline", "hold", "score", "near_baseline", "above", "observation")


class StepsError(Exception):
    """The clinic's file of steps cannot be used. The message says what is wrong where."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that must be answered. ``auto`` is judged by the program from what was entered.

    ``rule`` holds what an automatic item needs: ``scale`` and ``least``, ``parameter`` and
    ``within`` or ``bound``, in the parameter's unit. ``of_plan``: what was answered was of the plan
    as it stood; another plan before the first dose asks anew.
    """

    id: str
    text: str
    na: bool = False
    auto: str | None = None
    rule: Mapping[str, Any] | None = None
    of_plan: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps and questions of a visit. ``table`` is what it was read from."""

    stages: tuple[Stage, ...] = STAGES
    preflight: tuple[Item, ...] = ()
    discharge: tuple[Item, ...] = ()
    pause_reasons: tuple[str, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    medications: tuple[tuple[str, tuple[str, ...]], ...] = ()
    open_after_minutes: float = 60.0
    values_minutes: float = 30.0
    observe_minutes: float = 60.0
    pump_percent: float = 5.0
    pump_seconds: float = 30.0
    pump_idle_ml_h: float = 5.0
    table: Mapping[str, Any] | None = None


_KEYS = {
    "stages",
    "preflight",
    "discharge",
    "pause_reasons",
    "event",
    "medication",
    "open_after_minutes",
    "values_minutes",
    "observe_minutes",
    "pump_percent",
    "pump_seconds",
    "pump_idle_ml_h",
}


def read_steps(path: Path) -> Steps:
    """Read the clinic's file. Raises StepsError with a sentence that says what is wrong where."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StepsError(f"The visit's steps {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StepsError(f"The visit's steps {path} are not valid TOML: {error}.") from error
    try:
        return steps_of(table)
    except StepsError as error:
        raise StepsError(f"The visit's steps {path} cannot be used: {error}") from error


def steps_of(table: Mapping[str, Any]) -> Steps:
    """The steps of a parsed table. Raises StepsError."""
    if odd := set(table) - _KEYS:
        raise StepsError(f"there is no {sorted(odd)[0]!r} in it; known are {sorted(_KEYS)}.")
    items = {name: _items(table.get(name, []), name) for name in ("preflight", "discharge")}
    both = {x.id for x in items["preflight"]} & {x.id for x in items["discharge"]}
    if both:  # an answer names its item only
        raise StepsError(f"{sorted(both)[0]!r} stands in [[preflight]] and in [[discharge]].")
    return Steps(
        stages=stages_of(table.get("stages", list(STAGES))),
        preflight=items["preflight"],
        discharge=items["discharge"],
        pause_reasons=_texts(table.get("pause_reasons", []), "pause_reasons"),
        events=tuple(_event(x) for x in _tables(table.get("event", []), "event")),
        medications=tuple(
            (_text(x, "drug", "a [[medication]]"), _texts(x.get("routes", []), "routes"))
            for x in _tables(table.get("medication", []), "medication")
        ),
        open_after_minutes=_within(table, "open_after_minutes", 60.0, 1440, "minutes"),
        values_minutes=_within(table, "values_minutes", 30.0, 1440, "minutes"),
        observe_minutes=_within(table, "observe_minutes", 60.0, 1440, "minutes"),
        pump_percent=_within(table, "pump_percent", 5.0, 100, "percent"),
        pump_seconds=_within(table, "pump_seconds", 30.0, 600, "seconds"),
        pump_idle_ml_h=_within(table, "pump_idle_ml_h", 5.0, 100, "mL/h"),
        table=dict(table),
    )


def stages_of(names: object) -> tuple[Stage, ...]:
    """The steps that a list names, which must be in the order of a visit. Raises StepsError."""
    if not isinstance(names, list | tuple) or not all(name in STAGES for name in names):
        raise StepsError(f"stages must list some of {', '.join(STAGES)}.")
    found = tuple(stage for stage in STAGES if stage in names)
    if list(found) != list(names):
        raise StepsError(f"stages must stand in this order: {', '.join(found)}.")
    if missing := {"arrival", "dosing", "recovery", "discharge"} - set(found):
        raise StepsError(f"stages lack {sorted(missing)[0]!r}, which every visit has.")
    return found


def _items(tables: object, name: str) -> tuple[Item, ...]:
    found = []
    for table in _tables(tables, name):
        place = f"a [[{name}]]"
        auto, na, of_plan = table.get("auto"), table.get("na", False), table.get("of_plan", False)
        if (auto is not None and auto not in AUTO) or not isinstance(na, bool):
            raise StepsError(f"{place} has auto = {auto!r}; known are {', '.join(AUTO)}.")
        if not isinstance(of_plan, bool):
            raise StepsError(f"of_plan of {place} must be true or false.")
        rule = {k: v for k, v in table.items() if k not in _ITEM}
        _check_rule(auto, rule, place)
        text = _text(table, "text", place)
        found.append(Item(_text(table, "id", place), text, na, auto, rule, of_plan))
    ids = [item.id for item in found]
    if twice := {x for x in ids if ids.count(x) > 1}:
        raise StepsError(f"the [[{name}]] {sorted(twice)[0]!r} stands twice.")
    return tuple(found)


_ITEM = ("id", "text", "na", "auto", "of_plan")
_RULES = {
    "score": {"scale", "least"},
    "near_baseline": {"parameter", "within"},
    "above": {"parameter", "bound"},
}


def _check_rule(auto: str | None, rule: Mapping[str, Any], place: str) -> None:
    wanted = _RULES.get(auto or "", set())
    if set(rule) != wanted:
        named = ", ".join(sorted(wanted)) or "nothing more"
        raise StepsError(f"{place} with auto = {auto!r} must hold {named}.")
    for key in rule.keys() & {"least", "within", "bound"}:
        if isinstance(rule[key], bool) or not isinstance(rule[key], int | float):
            raise StepsError(f"{key} of {place} must be a number.")
    if "parameter" in rule and rule["parameter"] not in [p.value for p in VITALS]:
        raise StepsError(f"{place} names the parameter {rule['parameter']!r}, which is not known.")


def _event(table: Mapping[str, Any]) -> tuple[str, str]:
    key = table.get("key", "")
    if not isinstance(key, str) or len(key) > 1:
        raise StepsError("the key of an [[event]] must be one letter.")
    return _text(table, "text", "an [[event]]"), key


def _tables(tables: object, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(tables, list) or not all(isinstance(x, Mapping) for x in tables):
        raise StepsError(f"[[{name}]] must be tables.")
    return tables


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise StepsError(f"{place} lacks {key!r}, a text.")
    return value.strip()


def _texts(values: object, place: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(x, str) and x.strip() for x in values):
        raise StepsError(f"{place} must be a list of texts.")
    return tuple(x.strip() for x in values)


def _within(table: Mapping[str, Any], key: str, default: float, most: float, unit: str) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise StepsError(f"{key} must be a number of {unit}, {most:g} at most.")
    return float(value)
