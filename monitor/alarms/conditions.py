"""The conditions about the patient: each a few pure lines from a situation to what was found.

A row for each stands in docs/alarms.md and docs/hazards.md. Those about devices, links, the
computer and missing values are in technical.py.
"""

from collections.abc import Iterator, Mapping, Sequence

from devices.numeric import Parameter
from monitor.alarms.freshness import dash_ms
from monitor.alarms.limits import BESIDE, Limit, Phase, Priority, in_force
from monitor.alarms.presets import Change, Preset
from monitor.alarms.situation import (
    Finding,
    Frozen,
    LimitsNow,
    Situation,
    Tier,
    Verdict,
    figure,
    label_of,
)
from monitor.alarms.technical import SAID, cuff_holds, technical
from monitor.alarms.trends import seconds_to


def judge(now_ms: int, situation: Situation) -> Iterator[Verdict]:
    """Judge every condition of a chair, in a fixed order."""
    limits = situation.limits
    if limits is None:
        limits = limits_now(situation.preset, situation.phase, situation.baseline)
    yield from limit_conditions(now_ms, situation, limits.by_condition)
    for change in situation.preset.rules.changes:
        yield changing(now_ms, situation, change)
    for limit, horizon_s in limits.soon:
        yield soon(now_ms, situation, limit, horizon_s)
    yield said_by_monitor(now_ms, situation, "apnoea", Parameter.RR)
    yield said_by_monitor(now_ms, situation, "asystole", Parameter.HR)
    yield from technical(now_ms, situation)


def limits_now(
    preset: Preset, phase: Phase | None, baseline: Mapping[Parameter, float]
) -> LimitsNow:
    """The limits that can be judged in a phase, by condition.

    The advisories last: each knows by then whether the alarm to which it yields is on.
    """
    held = in_force(preset.limits, phase)
    by_condition: dict[str, list[Limit]] = {}
    for limit in held:
        if limit.at(baseline.get(limit.parameter)) is not None:
            by_condition.setdefault(limit.condition, []).append(limit)
    ordered = sorted(by_condition.items(), key=lambda row: row[1][0].priority is Priority.LOW)
    soon = [
        (limit, horizon_s)
        for name, horizon_s in preset.rules.soon_s.items()
        for limit in held
        if limit.parameter.value == name and limit.priority is Priority.MEDIUM
    ]
    return LimitsNow(ordered, soon)


def limit_conditions(
    now_ms: int, situation: Situation, conditions: Sequence[tuple[str, list[Limit]]]
) -> Iterator[Verdict]:
    """A value beyond a limit, in one condition for each side, each kind and the advisory."""
    held = cuff_holds(now_ms, situation)
    for condition, tiers in conditions:
        parameter = tiers[0].parameter
        known = situation.known.get(parameter)
        value = known.current(now_ms) if known else None
        event = None
        if value is None and (event := situation.events.get(parameter)):
            value = event.value
        if value is None:
            # Its device was taken away: nobody will ever say that the value is back. Or the value
            # by which it was judged was none.
            gone = known is None and parameter not in situation.measurable
            if not gone and parameter not in situation.struck:
                yield Frozen(condition)
            continue
        baseline = situation.baseline.get(parameter)
        yield Finding(
            condition,
            "physiological",
            parameter,
            value,
            tuple(_tier(limit, value, baseline, event is not None) for limit in tiers),
            quiet=held and event is None and parameter is Parameter.SPO2 and tiers[0].side == "low",
            yields_to=tiers[0].alarms if tiers[0].priority is Priority.LOW else (),
        )


def _tier(limit: Limit, value: float, baseline: float | None, event: bool) -> Tier:
    bound = limit.at(baseline)
    assert bound is not None  # limit_conditions left those without a baseline out
    holds = limit.violated(value, bound)
    near = not holds and not event and limit.near(value, bound)
    # Words are made where they may be needed only: most values are far inside.
    text = _text(limit, value, bound, baseline) if holds or near else ""
    delay_ms = 0 if event else round(limit.delay_s * 1000)  # an event has no next value to wait for
    return Tier(limit.priority, holds, delay_ms, bound, text, near)


def _text(limit: Limit, value: float, bound: float, baseline: float | None) -> str:
    sign = "<" if limit.side == "low" else ">"
    shown = figure(limit.parameter, value, bound)
    text = f"{label_of(limit.parameter)} {shown} {sign} {bound:.4g}"
    if limit.kind != "value" and baseline is not None:
        text += f" ({_from_baseline(limit, baseline)})"
    return text


def _from_baseline(limit: Limit, baseline: float) -> str:
    by = f"{limit.bound:g} %" if limit.kind == "percent" else f"{limit.bound:g}"
    return f"{by} {BESIDE[limit.side]} baseline {figure(limit.parameter, baseline)}"


def changing(now_ms: int, situation: Situation, change: Change) -> Verdict:
    """``<parameter>_falling``, ``<parameter>_rising``: so much within so long."""
    word = "falling" if change.side == "low" else "rising"
    condition = f"{change.parameter.value.lower()}_{word}"
    known = situation.known.get(change.parameter)
    if known is None or known.current(now_ms) is None:
        return Frozen(condition)
    seen = situation.trends.change(
        change.parameter, known.source, now_ms, change.within_s, change.side
    )
    if seen is None:
        return Frozen(condition)  # too little is known of the span, e.g. after a gap
    before, value = seen
    moved = before - value if change.side == "low" else value - before
    text = (
        f"{change.parameter.value} {word}: {figure(change.parameter, before)} to"
        f" {figure(change.parameter, value)} within {change.within_s:g} s"
    )
    tier = Tier(change.priority, moved >= change.by, 0, None, text)
    return Finding(condition, "physiological", change.parameter, known.value, (tier,))


def soon(now_ms: int, situation: Situation, limit: Limit, horizon_s: float) -> Verdict:
    """``<parameter>_low_soon``, ``<parameter>_high_soon``: the present slope reaches the limit."""
    condition = f"{limit.condition}_soon"
    known = situation.known.get(limit.parameter)
    bound = limit.at(situation.baseline.get(limit.parameter))
    value = known.current(now_ms) if known else None
    if known is None or value is None or bound is None:
        return Frozen(condition)
    line = situation.trends.line(limit.parameter, known.source, now_ms)
    if line is None:
        return Frozen(condition)
    holds = seconds_to(line, bound, limit.side, horizon_s) is not None
    sign = "<" if limit.side == "low" else ">"
    # The text carries the rule, not the seconds: it is kept as it was when the alarm began.
    text = f"{label_of(limit.parameter)} may be {sign} {bound:g} within {horizon_s / 60:g} min"
    tier = Tier(Priority.LOW, holds, 0, bound, text)
    return Finding(
        condition,
        "physiological",
        limit.parameter,
        value,
        (tier,),
        quiet=limit.violated(value, bound),  # one that is on goes on while the limit's delay runs
        yields_to=(limit.condition,),
    )


def said_by_monitor(
    now_ms: int, situation: Situation, condition: str, parameter: Parameter
) -> Verdict:
    """``apnoea``, ``asystole``: what the monitor itself found, in its word for why no value is."""
    known = situation.known.get(parameter)
    if known is None or now_ms - known.t_ms >= dash_ms(known.period_ms):
        return Frozen(condition)  # an old word neither begins nor ends it
    says = known.value is None and known.reason.startswith(SAID)
    if not says and known.value is None:
        return Frozen(condition)  # no value for another reason is no breath either
    text = f"{condition.upper()}: {parameter.value}, says the monitor"
    tier = Tier(Priority.HIGH, says, 0, None, text)
    return Finding(condition, "physiological", parameter, None, (tier,))
