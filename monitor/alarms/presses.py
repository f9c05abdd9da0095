"""What a person may set of the alarms of one chair: checked, and applied to a preset. Pure."""

from collections.abc import Mapping
from typing import Any, cast

from devices.numeric import VITALS, Parameter, vital
from monitor.alarms.audio import MOST_S
from monitor.alarms.engine import NO_DATA
from monitor.alarms.limits import (
    PHASES,
    TIERS,
    Limit,
    LimitsError,
    Phase,
    check,
    limits_of,
    number,
)
from monitor.alarms.presets import Preset, tier_name

KINDS = (
    "audio_pause",
    "audio_resume",
    "audio_off",
    "audio_on",
    "alarm_off",
    "alarm_on",
    "limits",
    "baseline",
)
LEAST_S = 5
MAX_REASON = 200
SCOPES = (*(parameter.value for parameter in VITALS), NO_DATA)


def check_press(kind: str, data: Mapping[str, Any]) -> None:
    """Refuse what makes no sense. Raises LimitsError with a sentence for who pressed."""
    if kind == "audio_pause":
        seconds = data.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise LimitsError("The entry does not say for how long audio is paused.")
        if not LEAST_S <= seconds <= MOST_S:
            raise LimitsError(f"Audio is paused for {LEAST_S} to {MOST_S} seconds.")
    if kind in ("alarm_off", "alarm_on") and data.get("scope") not in SCOPES:
        raise LimitsError("The entry does not say which alarm is meant.")
    if kind in ("audio_off", "alarm_off", "limits"):
        reason = data.get("reason")
        if not isinstance(reason, str) or not reason.strip():
            raise LimitsError("Say why: a reason is missing.")
        if len(reason) > MAX_REASON:
            raise LimitsError(f"The reason is longer than {MAX_REASON} letters.")
    if kind == "limits":
        tier_of(data)
    if kind == "baseline":
        baseline_of(data)


def tier_of(data: Mapping[str, Any]) -> tuple[Parameter, str, Phase | None, list[Limit]]:
    """Which tier an entry sets, and its limits: none where the tier is taken away."""
    try:
        parameter = vital(str(data.get("parameter")))
    except ValueError:
        raise LimitsError(f"there is no parameter {data.get('parameter')!r}.") from None
    tier, phase = str(data.get("tier")), data.get("phase")
    if tier not in TIERS or (phase is not None and phase not in PHASES):
        raise LimitsError("The entry does not say which limits are meant.")
    table = data.get("limits")
    if not isinstance(table, Mapping):
        raise LimitsError("The entry holds no limits.")
    tiers = {tier: dict(table)}
    limits = limits_of(parameter, {phase: tiers} if phase else tiers)
    return parameter, tier, cast(Phase | None, phase), limits


def with_tier(preset: Preset, data: Mapping[str, Any]) -> Preset:
    """A preset in which one tier of one parameter is another. Raises LimitsError."""
    parameter, tier, phase, limits = tier_of(data)
    gone = (parameter, TIERS[tier], phase)
    kept = [x for x in preset.limits if (x.parameter, x.priority, x.phase) != gone]
    changed = (*kept, *limits)
    check(changed)
    order = {p: n for n, p in enumerate(VITALS)}
    return preset.with_limits(tuple(sorted(changed, key=lambda x: order[x.parameter])))


def baseline_of(data: Mapping[str, Any]) -> dict[Parameter, float]:
    """The confirmed baseline of a session, by parameter. Raises LimitsError."""
    values = data.get("values")
    if not isinstance(values, Mapping) or not values:
        raise LimitsError("The baseline holds no value.")
    found = {}
    for name, value in values.items():
        try:
            parameter = vital(name)
        except ValueError:
            raise LimitsError(f"there is no parameter {name!r}.") from None
        found[parameter] = number(value, f"The baseline of {name}")
        lowest, highest = parameter.range
        if not lowest <= found[parameter] <= highest:
            raise LimitsError(f"The baseline of {name} cannot be {value:g}.")
    return found


def said(limit: Limit) -> str:
    """A limit in words: ``SpO2 medium < 90 after 15 s``."""
    sign = "<" if limit.side == "low" else ">"
    bound = f"{limit.bound:g}"
    if limit.kind != "value":
        unit = " %" if limit.kind == "percent" else ""
        bound = f"baseline {'-' if limit.side == 'low' else '+'} {limit.bound:g}{unit}"
    phase = f" while {limit.phase}" if limit.phase else ""
    after = f" after {limit.delay_s:g} s" if limit.delay_s else ""
    return f"{limit.parameter.value} {tier_name(limit.priority)} {sign} {bound}{phase}{after}"


def limits_words(data: Mapping[str, Any]) -> str:
    """What an entry of the kind ``limits`` set, and why, in one line. Raises LimitsError."""
    parameter, tier, phase, limits = tier_of(data)
    while_ = f" while {phase}" if phase else ""
    words = ", ".join(said(x) for x in limits) or f"{parameter.value} {tier}{while_}: none"
    return f"limits: {words} ({data.get('reason')})"


def differences(preset: Preset, clinic: Preset) -> list[str]:
    """How the limits in force differ from the clinic's, a sentence each."""

    def key(x: Limit) -> tuple[object, ...]:
        return (x.parameter, x.priority, x.side, x.kind, x.phase)

    now, default = {key(x): x for x in preset.limits}, {key(x): x for x in clinic.limits}
    told = []
    for at in dict.fromkeys([*default, *now]):
        here, there = now.get(at), default.get(at)
        if here == there:
            continue
        if here is None:
            told.append(f"{said(default[at])}: none")
        else:
            told.append(f"{said(here)} (clinic: {said(there) if there else 'none'})")
    return told
