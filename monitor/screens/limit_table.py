"""Alarm limits and baselines for people to read, and what widens a limit. Pure."""

from collections.abc import Iterable, Mapping
from typing import get_args

from devices.numeric import CUFF, VITALS, Parameter
from monitor.alarms.limits import PHASES, TIERS, Kind, Limit, Phase, in_force
from monitor.alarms.presets import Preset, tier_name
from monitor.alarms.situation import label_of

NONE = "none"


def rows(preset: Preset, clinic: Preset) -> list[dict[str, str]]:
    """A row for each parameter, and for each of its phases with limits of their own.

    Each difference from the clinic's preset stands in brackets: ``low 88 (clinic 90)``.
    """
    found = []
    for parameter in VITALS:
        for phase in (None, *PHASES):
            tiers = {
                name: (_tier(preset, parameter, name, phase), _tier(clinic, parameter, name, phase))
                for name in TIERS
            }
            if phase is not None and not any(now or then for now, then in tiers.values()):
                continue
            name = label_of(parameter) + (f" while {phase}" if phase else "")
            unit = f" ({parameter.unit})" if parameter.unit else ""
            words = {tier: _words(now, then) for tier, (now, then) in tiers.items()}
            found.append({"parameter": name + unit, **words})
    return found


def _tier(preset: Preset, parameter: Parameter, tier: str, phase: Phase | None) -> list[Limit]:
    of = (parameter, TIERS[tier], phase)
    return [x for x in preset.limits if (x.parameter, x.priority, x.phase) == of]


def _words(now: Iterable[Limit], then: Iterable[Limit]) -> str:
    """One tier in words, e.g. ``low 88 (clinic 90), high 120, after 10 s``."""
    here, there = ({(x.kind, x.side): x for x in limits} for limits in (now, then))
    parts = []
    for kind in get_args(Kind):
        low, high = here.get((kind, "low")), here.get((kind, "high"))
        own = [there.get((kind, side)) for side in ("low", "high")]
        if kind != "value" and low and high and low.bound == high.bound and [low, high] == own:
            parts.append(f"{_figure(low)} below or above baseline")
            continue
        for side in ("low", "high"):
            x, default = here.get((kind, side)), there.get((kind, side))
            if x is None and default is None:
                continue
            words = bound_words(x) if x else f"no {side} limit"
            if (x and x.bound) != (default and default.bound):
                words += f" (clinic {_figure(default)})"
            parts.append(words)
    delay, clinic_delay = (
        max((x.delay_s for x in k.values()), default=None) for k in (here, there)
    )
    if delay is not None and parts:
        words = f"after {delay:g} s" if delay else "at once"
        if clinic_delay is not None and delay != clinic_delay:
            words += f" (clinic {clinic_delay:g} s)"
        parts.append(words)
    return ", ".join(parts) or NONE


def bound_words(x: Limit) -> str:
    """A bound in words: ``low 90``, ``25 % above baseline``, ``30 below baseline``."""
    if x.kind == "value":
        return f"{x.side} {x.bound:g}"
    unit = " %" if x.kind == "percent" else ""
    return f"{x.bound:g}{unit} {'below' if x.side == 'low' else 'above'} baseline"


def _figure(x: Limit | None) -> str:
    if x is None:
        return NONE
    return f"{x.bound:g}{' %' if x.kind == 'percent' else ''}"


def widened(before: Preset, after: Preset) -> list[str]:
    """What alarms later or never with the second preset, a sentence each.

    A limit moved outward or taken away, or a longer delay; judged as the limits are in force in
    each phase, so that limits which hold in one phase only are seen too.
    """
    told: dict[str, list[Phase]] = {}
    for phase in PHASES:
        now = {_key(x): x for x in in_force(after.limits, phase)}
        for key, then in {_key(x): x for x in in_force(before.limits, phase)}.items():
            for words in _wider(then, now.get(key)):
                told.setdefault(words, []).append(phase)
    return [
        words + ("" if len(phases) == len(PHASES) else f" ({' and '.join(phases)})")
        for words, phases in told.items()
    ]


def _key(x: Limit) -> tuple[object, ...]:
    return (x.parameter, x.priority, x.side, x.kind)


def _wider(then: Limit, now: Limit | None) -> list[str]:
    of = f"{label_of(then.parameter)} {tier_name(then.priority)}"
    if now is None:
        return [f"This widens {of}: {bound_words(then)} -> {NONE}"]
    told = []
    outward = -1 if then.side == "low" and then.kind == "value" else 1
    if outward * (now.bound - then.bound) > 0:
        told.append(f"This widens {of}: {bound_words(then)} -> {bound_words(now)}")
    if now.delay_s > then.delay_s:
        told.append(f"This delays {of}: {then.delay_s:g} s -> {now.delay_s:g} s")
    return told


def edited(
    table: Mapping[str, float], kind: Kind, low: float | None, high: float | None, delay_s: float
) -> dict[str, float]:
    """A tier's table with the bounds of one kind set anew; those of the other kinds stay.

    Keys as in a preset's file. Without any bound the tier is none.
    """
    ending = "" if kind == "value" else f"_{kind}"
    new = {key: bound for key, bound in table.items() if key != "delay_s"}
    for side, bound in (("low", low), ("high", high)):
        new.pop(side + ending, None)
        if bound is not None:
            new[side + ending] = bound
    return {**new, "delay_s": delay_s} if new else {}


def in_words(values: Mapping[Parameter, float]) -> str:
    """Values with their units, e.g. ``HR 74 /min · NIBP 128/80 (96) mmHg``."""
    words = [f"{label_of(p)} {value:g} {p.unit}" for p, value in values.items() if p not in CUFF]
    parts = [values.get(p) for p in CUFF]
    if any(part is not None for part in parts):
        systolic, diastolic, mean = ("---" if x is None else f"{x:g}" for x in parts)
        words.append(f"NIBP {systolic}/{diastolic} ({mean}) mmHg")
    return " · ".join(words)
