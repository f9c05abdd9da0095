"""Regimens: what a clinic writes in TOML of how a drug is given and watched, checked. Pure.

A session's first entry carries the whole table of its regimen, so that a later change of the file
changes no visit that has begun.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from devices.numeric import vital
from monitor.session.dosing import DOSE_MG, MINUTES
from monitor.session.steps import Stage, StepsError, stages_of

PHASES = ("baseline", "dosing", "recovery")
Route = Literal["iv", "im", "oral", "nasal"]
Anchor = Literal["first_dose", "end"]

# The least and the most that make sense: our choice.
PER_KG = (0.01, 100.0)
MARK_MIN = (0.0, 1440.0)  # minutes after dosing began
EVERY_S = (60.0, 14_400.0)
OBSERVE_MIN = (1.0, 1440.0)
BETWEEN_MIN = (1.0, 240.0)
LONGEST_NAME = 60
RESERVED = (
    "bp",
    "infusion_end",
    "next_dose",
    "observation",
    "open",
)  # what is due besides, and bp_<minute>


class RegimenError(Exception):
    """A regimen that cannot be used. The message is a sentence that names the place."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something due beside blood pressure: a score, or something to look at.

    ``scale`` is the id of the scale whose score does it; None: a tap on "done" does. ``every_s`` is
    how often by phase, ``at_minutes`` are marks after dosing began.
    """

    id: str
    name: str
    scale: str | None = None
    every_s: Mapping[str, float] = field(default_factory=dict)
    at_minutes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Regimen:
    """How a drug is given and watched. None is what the regimen leaves to the prescriber.

    ``infusion``: it runs at a rate, else it is given in single doses. A dose above ``most_mg`` or
    ``most_mg_per_kg`` needs a prescriber's order. How often a blood pressure is wanted stands in
    ``limits``, at rules.bp_interval_s; ``bp_at_minutes`` are marks after dosing began besides, and
    ``bp_at_end`` wants one after dosing. Observation lasts ``observe_minutes`` from
    ``observe_from``. ``hold`` are baseline numbers beyond which (on them is still inside) a
    prescriber is asked: low and high by parameter. ``limits`` replace the clinic's (see
    `monitor.alarms.presets.merged`). ``table`` is all of it, as JSON can hold it. ``stages`` are
    the steps of its visits; none: the clinic's. ``between_doses_minutes`` is the rest between two
    single doses, ``device_mg`` what one device of such doses holds.
    """

    id: str
    name: str
    order: float
    drug: str
    route: Route
    infusion: bool
    dose_mg_per_kg: float | None
    dose_mg: float | None
    choices_mg: tuple[float, ...]
    most_mg_per_kg: float | None
    most_mg: float | None
    minutes: float | None
    bp_at_minutes: tuple[float, ...]
    bp_at_end: bool
    observe_minutes: float | None
    observe_from: Anchor
    tasks: tuple[Task, ...]
    hold: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, Any]
    table: Mapping[str, Any]
    stages: tuple[Stage, ...] = ()
    between_doses_minutes: float | None = None
    device_mg: float | None = None


def read_regimens(folder: Path) -> dict[str, Regimen]:
    """Read the regimens of a folder by their ids, in their order: a file each, its stem the id.

    Raises RegimenError with a sentence that says what is wrong where.
    """
    try:
        paths = sorted(x for x in folder.iterdir() if x.suffix == ".toml" and x.name[0] != ".")
    except OSError as error:
        raise RegimenError(f"The regimens {folder} cannot be read: {error.strerror}.") from error
    found = sorted((_read(path) for path in paths), key=lambda x: (x.order, x.name))
    names: dict[str, str] = {}
    for regimen in found:
        other = names.setdefault(regimen.name.casefold(), regimen.id)
        if other != regimen.id:
            both = f"{other}.toml and {regimen.id}.toml"
            raise RegimenError(f"The regimens {both} in {folder} are both named {regimen.name!r}.")
    return {regimen.id: regimen for regimen in found}


def _read(path: Path) -> Regimen:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegimenError(f"The regimen {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegimenError(f"The regimen {path} is not valid TOML: {error}.") from error
    try:
        if "id" in table:
            raise RegimenError("it has 'id'; the file's name is its id.")
        return regimen_of({"id": path.stem, **table})
    except RegimenError as error:
        raise RegimenError(f"The regimen {path} cannot be used: {error}") from error


KEYS = frozenset(Regimen.__dataclass_fields__) - {"tasks", "table"} | {"task"}


def regimen_of(table: Mapping[str, Any]) -> Regimen:
    """A regimen from its table, with its ``id``. Raises RegimenError."""
    _only(_table(table, "the regimen"), KEYS, "it")
    try:
        copy = json.loads(json.dumps(table, allow_nan=False))
    except (TypeError, ValueError) as error:  # a date, nan or inf
        raise RegimenError(f"it holds what is neither text nor number ({error}).") from None
    regimen = Regimen(
        id=_id(table, "it"),
        name=_text(table, "name", "it"),
        order=_number(table.get("order", 100), "order", (0, 1000)),
        drug=_text(table, "drug", "it", needed=False),
        route=cast(Route, _word(table, "route", get_args(Route))),
        infusion=_flag(table, "infusion"),
        dose_mg_per_kg=_maybe(table, "dose_mg_per_kg", PER_KG),
        dose_mg=_maybe(table, "dose_mg", DOSE_MG),
        choices_mg=_rising(table, "choices_mg", DOSE_MG),
        most_mg_per_kg=_maybe(table, "most_mg_per_kg", PER_KG),
        most_mg=_maybe(table, "most_mg", DOSE_MG),
        minutes=_maybe(table, "minutes", MINUTES),
        bp_at_minutes=_rising(table, "bp_at_minutes", MARK_MIN),
        bp_at_end=_flag(table, "bp_at_end", default=False),
        observe_minutes=_maybe(table, "observe_minutes", OBSERVE_MIN),
        observe_from=cast(Anchor, _word(table, "observe_from", get_args(Anchor), default="end")),
        tasks=_tasks(table.get("task", [])),
        hold=_hold(table.get("hold", {})),
        limits=_limits(table.get("limits", {})),
        table=copy,
        stages=_stages(table.get("stages")),
        between_doses_minutes=_maybe(table, "between_doses_minutes", BETWEEN_MIN),
        device_mg=_maybe(table, "device_mg", DOSE_MG),
    )
    _check_doses(regimen)
    return regimen


def _stages(names: object) -> tuple[Stage, ...]:
    try:
        return stages_of(names) if names is not None else ()
    except StepsError as error:
        raise RegimenError(str(error)) from None


def _check_doses(x: Regimen) -> None:
    doses = [dose for dose in (x.dose_mg, *x.choices_mg) if dose is not None]
    if (x.dose_mg_per_kg is not None) + (x.dose_mg is not None) + bool(x.choices_mg) > 1:
        raise RegimenError("it has more than one of dose_mg_per_kg, dose_mg and choices_mg.")
    if x.most_mg is not None and any(dose > x.most_mg for dose in doses):
        raise RegimenError(f"it has a dose of {max(doses):g} mg, above most_mg {x.most_mg:g}.")
    most, dose = x.most_mg_per_kg, x.dose_mg_per_kg
    if most is not None and dose is not None and dose > most:
        raise RegimenError(f"dose_mg_per_kg {dose:g} is above most_mg_per_kg {most:g}.")
    if x.minutes is not None and not x.infusion:
        raise RegimenError("it has minutes, which are of an infusion, and infusion = false.")
    if x.between_doses_minutes is not None and x.infusion:
        raise RegimenError("it has between_doses_minutes, and infusion = true.")
    if x.device_mg is not None and x.infusion:
        raise RegimenError("it has device_mg, and infusion = true.")


def _tasks(tables: object) -> tuple[Task, ...]:
    if not isinstance(tables, list):
        raise RegimenError("the tasks must be [[task]] tables.")
    found: list[Task] = []
    for table in tables:
        if not isinstance(table, Mapping):
            raise RegimenError("the tasks must be [[task]] tables.")
        _only(table, set(Task.__dataclass_fields__), "a [[task]]")
        task_id = _id(table, "a [[task]]")
        place = f"the task {task_id!r}"
        every = _table(table.get("every_s", {}), f"every_s of {place}")
        if bad := sorted(set(every) - set(PHASES)):
            words = ", ".join(PHASES)
            raise RegimenError(f"every_s of {place} has {bad[0]!r}; the phases are {words}.")
        task = Task(
            task_id,
            _text(table, "name", place),
            _text(table, "scale", place, needed=False) or None,
            {x: _number(s, f"every_s of {place}", EVERY_S) for x, s in every.items()},
            _rising(table, "at_minutes", MARK_MIN),
        )
        if not task.every_s and not task.at_minutes:
            raise RegimenError(f"{place} is never due: it has neither every_s nor at_minutes.")
        if any(task_id == x.id for x in found):
            raise RegimenError(f"{place} stands twice.")
        if task_id in RESERVED or task_id.startswith("bp_"):
            raise RegimenError(f"{place} has an id of the program's own; choose another.")
        found.append(task)
    return tuple(found)


def _hold(tables: object) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, table in _table(tables, "hold").items():
        try:
            parameter = vital(name)
        except ValueError:
            raise RegimenError(f"[hold] has {name!r}, and there is no such parameter.") from None
        place = f"[hold] {name}"
        sides = _table(table, place)
        if not sides or set(sides) - {"low", "high"}:
            raise RegimenError(f"{place} must hold low, high or both.")
        bounds = {x: _number(v, f"{place} {x}", parameter.range) for x, v in sides.items()}
        if "low" in bounds and "high" in bounds and bounds["low"] >= bounds["high"]:
            raise RegimenError(f"{place} low {bounds['low']:g} is not below {bounds['high']:g}.")
        found[name] = bounds
    return found


def _limits(tables: object) -> dict[str, Any]:
    """Their form; what they say is checked where they meet the clinic's."""
    found = dict(_table(tables, "limits"))
    for name, table in found.items():
        _table(table, f"limits.{name}")
    return found


def _only(table: Mapping[str, Any], known: set[str] | frozenset[str], place: str) -> None:
    if unknown := sorted(set(table) - known):
        words = ", ".join(sorted(known - {"id"} if place == "it" else known))
        raise RegimenError(f"{place} has {unknown[0]!r}; known are {words}.")


def _table(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RegimenError(f"{place} must be a table.")
    return value


def _text(table: Mapping[str, Any], key: str, place: str, *, needed: bool = True) -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST_NAME or (needed and not value.strip()):
        raise RegimenError(f"{place} needs {key!r}, a text of at most {LONGEST_NAME} letters.")
    return value.strip()


def _id(table: Mapping[str, Any], place: str) -> str:
    value = table.get("id")
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", value):
        words = "small letters, digits, - and _, 40 at most"
        raise RegimenError(f"{place} has the id {value!r}; an id is {words}.")
    return value


def _word(
    table: Mapping[str, Any], key: str, words: tuple[str, ...], default: str | None = None
) -> str:
    value = table.get(key, default)
    if value not in words:
        raise RegimenError(f"{key} is {value!r}; it must be one of {', '.join(words)}.")
    return str(value)


def _flag(table: Mapping[str, Any], key: str, *, default: bool | None = None) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise RegimenError(f"{key} must be true or false.")
    return value


def _number(value: object, place: str, bounds: tuple[float, float]) -> float:
    low, high = bounds
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RegimenError(f"{place} is not a number.")
    if not low <= value <= high:  # false for nan as well
        raise RegimenError(f"{place} {value} is not between {low:g} and {high:g}.")
    return float(value)


def _maybe(table: Mapping[str, Any], key: str, bounds: tuple[float, float]) -> float | None:
    return _number(table[key], key, bounds) if key in table else None


def _rising(table: Mapping[str, Any], key: str, bounds: tuple[float, float]) -> tuple[float, ...]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise RegimenError(f"{key} must be a list of numbers.")
    found = tuple(_number(x, key, bounds) for x in value)
    if sorted(set(found)) != list(found):
        raise RegimenError(f"{key} must rise.")
    return found
