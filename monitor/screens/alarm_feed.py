"""What a screen is told of a chair's alarms: those that stand, the bounds in force, the audio."""

from collections.abc import Mapping
from typing import Any

from devices.numeric import Parameter
from monitor.alarms.audio import Audio
from monitor.alarms.engine import Occurrence
from monitor.alarms.freshness import Known
from monitor.alarms.limits import Phase, Priority, in_force
from monitor.alarms.presets import Preset
from monitor.alarms.situation import figure, label_of

Message = dict[str, Any]


def alarm_message(x: Occurrence, shown: Mapping[Parameter, Known], t_ms: int) -> Message:
    """An alarm in the words of now: with the present value, or with what it was raised for."""
    text, value, unknown = x.text, x.value, False
    if x.kind == "physiological" and x.parameter and x.limit is not None:
        known = shown.get(x.parameter)
        unknown = known is None or known.current(t_ms) is None
        if known and (known.value is not None or known.last):
            value = known.value if known.value is not None else (known.last or (0, 0.0))[1]
            below = x.condition.split("_")[-1] == "low" or "_low_" in x.condition
            sign = "<" if below or "below_baseline" in x.condition else ">"
            beyond = value < x.limit if sign == "<" else value > x.limit
            now = f"{label_of(x.parameter)} {figure(x.parameter, value, x.limit)}"
            text = f"{now} {sign} {x.limit:.4g}" if beyond else f"{now}, was {x.text}"
    return {
        "occurrence": x.id,
        "condition": x.condition,
        "parameter": x.parameter.value if x.parameter else None,
        "kind": x.kind,
        "priority": x.priority.word,
        "state": x.state,
        "since_ms": x.since_ms,
        "text": text,
        "value": value,
        "limit": x.limit,
        "by": x.acknowledged_by,
        "unknown": unknown,
    }


def limits_message(
    preset: Preset, baseline: Mapping[Parameter, float], phase: Phase | None
) -> dict[str, list[Message]]:
    """The bounds that are in force now; those relative to a baseline only where it is set."""
    found: dict[str, list[Message]] = {}
    for x in in_force(preset.limits, phase):
        bound = x.at(baseline.get(x.parameter))
        if bound is not None and x.priority is not Priority.LOW:
            found.setdefault(x.parameter.value, []).append(
                {"priority": x.priority.word, "side": x.side, "bound": bound}
            )
    return found


def audio_message(x: Audio) -> Message:
    """Whether the chair's alarms sound, and who decided that they do not."""
    return {
        "state": x.state,
        "by": x.by,
        "reason": x.reason,
        "since_ms": x.since_ms,
        "until_ms": x.until_ms,
    }
