"""The alarm conditions: each a few pure lines from a situation to what was found.

A row for each stands in docs/alarms.md and docs/hazards.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from devices.numeric import Parameter
from monitor.alarms.freshness import Known, dash_ms
from monitor.alarms.limits import Limit, Priority

MEDIUM_AFTER_MS = 10_000  # design.md, promise 1: how the no-data alarm rises
HIGH_AFTER_MS = 60_000

LABELS = {
    Parameter.NIBP_SYS: "NIBP systolic",
    Parameter.NIBP_DIA: "NIBP diastolic",
    Parameter.NIBP_MEAN: "NIBP mean",
}


@dataclass(frozen=True, slots=True)
class SourceNow:
    """A source of the chair: its link, and when it last said anything."""

    id: int
    name: str
    state: Literal["connecting", "connected", "lost", "different"]
    heard_ms: int
    period_ms: int


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the conditions of one chair may look at.

    ``known`` holds the preferred source's latest word on each parameter; cuff values only of the
    present patient. ``since_ms`` is when the chair's recording began.
    """

    known: Mapping[Parameter, Known]
    expected: tuple[Parameter, ...]
    sources: tuple[SourceNow, ...]
    limits: tuple[Limit, ...]
    dosing: bool
    since_ms: int


@dataclass(frozen=True, slots=True)
class Tier:
    """One priority of a condition: whether it holds now, and how long it must to count."""

    priority: Priority
    holds: bool
    delay_ms: int
    limit: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a condition in this tick.

    ``since_ms`` is since when it holds, where the situation tells; else the engine counts from the
    tick that first saw it. ``quiet``: another alarm says it already, so that no new occurrence
    begins; one that is on goes on and rises.
    """

    condition: str
    kind: Literal["physiological", "technical"]
    parameter: Parameter | None
    value: float | None
    tiers: tuple[Tier, ...] = field(default=())
    since_ms: int | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """Nothing is known of this condition now: it stays as it is."""

    condition: str


def judge(now_ms: int, situation: Situation) -> Iterator[Finding | Frozen]:
    """Judge every condition of a chair."""
    yield from limit_conditions(now_ms, situation)
    silent = frozenset(_silent(now_ms, situation))
    for source in situation.sources:
        yield no_data(source, source.id in silent, situation.dosing)
        yield different_monitor(source)
    for parameter in situation.expected:
        yield missing(now_ms, parameter, situation, silent)


def limit_conditions(now_ms: int, situation: Situation) -> Iterator[Finding | Frozen]:
    """``<parameter>_low`` and ``<parameter>_high``: a value beyond a limit, in up to two tiers."""
    by_condition: dict[str, list[Limit]] = {}
    for limit in situation.limits:
        by_condition.setdefault(limit.condition, []).append(limit)
    for condition, limits in by_condition.items():
        parameter = limits[0].parameter
        known = situation.known.get(parameter)
        value = known.current(now_ms) if known else None
        if value is None:
            yield Frozen(condition)
            continue
        sign = "<" if limits[0].side == "low" else ">"
        label = LABELS.get(parameter, parameter.value)
        yield Finding(
            condition,
            "physiological",
            parameter,
            value,
            tuple(
                Tier(
                    limit.priority,
                    limit.violated(value),
                    round(limit.delay_s * 1000),
                    limit.bound,
                    f"{label} {figure(parameter, value, limit.bound)} {sign} {limit.bound:g}",
                )
                for limit in limits
            ),
        )


def no_data(source: SourceNow, silent: bool, dosing: bool) -> Finding:
    """``no_data_<source>``: a device is lost, or says nothing at all."""
    start_ms = source.heard_ms + dash_ms(source.period_ms)
    text = f"NO DATA from {source.name}"
    return _rising(f"no_data_{source.id}", None, silent, start_ms, text, dosing)


def missing(
    now_ms: int, parameter: Parameter, situation: Situation, silent: frozenset[int]
) -> Finding | Frozen:
    """``<parameter>_missing``: expected, and no value. Quiet while its whole device is silent."""
    condition = f"{parameter.value}_missing"
    known = situation.known.get(parameter)
    label = LABELS.get(parameter, parameter.value)
    if parameter.episodic:  # a cuff reading is an event: that it is due is another condition
        return _rising(condition, parameter, False, 0, label, False)
    if known is None:
        start_ms, reason = situation.since_ms + dash_ms(0), "never seen"
        if now_ms < start_ms:
            return Frozen(condition)  # a restart is no reason to end it
        sources = {source.id for source in situation.sources}
        holds, quiet = True, bool(sources) and sources <= silent
    else:
        start_ms, quiet = known.gone_ms, known.source in silent
        holds = known.absent_ms is not None or now_ms >= start_ms
        reason = "no new value" if known.absent_ms is None else known.reason
    text = f"{label} missing: {reason}"
    finding = _rising(condition, parameter, holds, start_ms, text, situation.dosing)
    return replace(finding, quiet=quiet)


def different_monitor(source: SourceNow) -> Finding:
    """``different_monitor_<source>``: another monitor than before answers on this port."""
    text = f"DIFFERENT MONITOR on {source.name}: check the patient, then confirm"
    tier = Tier(Priority.HIGH, source.state == "different", 0, None, text)
    return Finding(f"different_monitor_{source.id}", "technical", None, None, (tier,))


def figure(parameter: Parameter, value: float, beside: float | None = None) -> str:
    """A value as the screen shows it: whole numbers, tenths of a degree.

    ``beside`` is a limit that it is compared with: then as many more decimals (two at most) as it
    takes to tell the two apart, so that nothing reads ``90 < 90``.
    """
    decimals = 1 if parameter is Parameter.TEMP else 0
    while beside is not None and value != beside and decimals < 2:
        if f"{value:.{decimals}f}" != f"{beside:.{decimals}f}":
            break
        decimals += 1
    return f"{value:.{decimals}f}"


def _silent(now_ms: int, situation: Situation) -> Iterator[int]:
    for source in situation.sources:
        if source.state == "different":
            continue
        if now_ms - source.heard_ms >= dash_ms(source.period_ms):
            yield source.id


def _rising(
    condition: str, parameter: Parameter | None, holds: bool, start_ms: int, text: str, dosing: bool
) -> Finding:
    """The tiers of a no-data alarm: low at once, medium 10 s later, high at 60 s while dosing."""
    return Finding(
        condition,
        "technical",
        parameter,
        None,
        (
            Tier(Priority.LOW, holds, 0, None, text),
            Tier(Priority.MEDIUM, holds, MEDIUM_AFTER_MS, None, text),
            Tier(Priority.HIGH, holds and dosing, HIGH_AFTER_MS, None, text),
        ),
        start_ms,
    )
