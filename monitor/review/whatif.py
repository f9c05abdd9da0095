"""What if: the alarms that other limits would have given, on a recording or a stored session."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

from devices.numeric import CUFF, VITALS, Parameter, numeric, vital
from devices.virtual.recording import Rows
from monitor.alarms import presses
from monitor.alarms.engine import Transition
from monitor.alarms.freshness import dash_ms
from monitor.alarms.limits import TIERS, LimitsError, Phase, Priority
from monitor.alarms.presets import Preset
from monitor.chair import ChairState, Inputs, SourceState
from monitor.session.state import Session, Visit

TICK_MS = 1000
RECORDING = 1


@dataclass(frozen=True, slots=True)
class Told:
    """One transition, at a time in seconds from the beginning."""

    t_s: float
    transition: Transition

    def line(self) -> dict[str, Any]:
        """As one JSON line says it."""
        x = self.transition.occurrence
        value = None if x.value is None else round(x.value, 2)
        return {
            "t_s": round(self.t_s, 3),
            "condition": x.condition,
            "kind": x.kind,
            "parameter": x.parameter.value if x.parameter else None,
            "priority": x.priority.word,
            "state": self.transition.state,
            "value": value,
            "limit": None if x.limit is None else round(x.limit, 2),
            "text": x.text,
        }


@dataclass(frozen=True, slots=True)
class Count:
    """How many alarms there were, and when the first high one began."""

    alarms: int
    by_priority: Mapping[Priority, int]
    first_high_s: float | None


def paces(rows: Rows) -> dict[Parameter, int]:
    """For how long a value of each parameter counts: by its own median spacing, in ms."""
    lasts = {}
    for parameter, found in rows.items():
        if parameter.episodic:
            continue
        spacing = [after - before for (before, _), (after, _) in pairwise(found)]
        period_ms = round(median(spacing) * 1000) if spacing else TICK_MS
        lasts[parameter] = max(dash_ms(0), 3 * period_ms)
    return lasts


def judge_recording(
    rows: Rows, preset: Preset, baseline: Mapping[Parameter, float] | None = None
) -> Iterator[Told]:
    """Judge a recording second by second, as one visit before its infusion.

    Each parameter is expected from its first row on, and counts as missing by its own pace. No
    device, computer or screen is judged: a recording has none.
    """
    words = _in_time(rows)
    if not words:
        return
    state = ChairState(
        RECORDING,
        {RECORDING: SourceState(RECORDING, "the recording", TICK_MS, 0, "connected")},
        tuple(parameter for parameter in VITALS if parameter in rows and parameter not in CUFF),
        preset,
        0,
    )
    state.visit = Visit(Session(0, "", RECORDING, "", "", None, "", None, None, "", 0, 0))
    state.baseline = dict(baseline or {})
    state.knowledge.lasts_ms = paces(rows)
    first_ms, last_ms = round(words[0][0] * 1000), round(words[-1][0] * 1000)
    at = 0
    for tick, now_ms in enumerate(range(first_ms, last_ms + TICK_MS, TICK_MS), start=1):
        inputs = Inputs(heard={RECORDING})
        while at < len(words) and words[at][0] * 1000 <= now_ms:
            t_s, parameter, value = words[at]
            inputs.words.append((RECORDING, numeric(parameter, value, round(t_s * 1000))))
            at += 1
        state.take(inputs, now_ms)
        for transition in state.judge(tick, now_ms)[1]:
            yield Told(now_ms / 1000, transition)


def _in_time(rows: Rows) -> list[tuple[float, Parameter, float]]:
    words = [(t_s, parameter, value) for parameter in rows for t_s, value in rows[parameter]]
    return sorted(words, key=lambda word: word[0])


def count(told: Iterable[Told]) -> Count:
    """Count occurrences by the highest priority that each reached; advisories are none.

    A low-priority physiological alarm is an advisory: it is seen, and not counted.
    """
    reached: dict[str, Priority] = {}
    first_high_s: float | None = None
    for x in told:
        occurrence = x.transition.occurrence
        if occurrence.kind == "physiological" and occurrence.priority is Priority.LOW:
            continue
        if x.transition.state != "active":
            continue
        reached[occurrence.id] = max(occurrence.priority, reached.get(occurrence.id, Priority.LOW))
        if occurrence.priority is Priority.HIGH and first_high_s is None:
            first_high_s = x.t_s
    by = {p: sum(found is p for found in reached.values()) for p in reversed(Priority)}
    return Count(len(reached), by, first_high_s)


@dataclass(frozen=True, slots=True)
class Episode:
    """One occurrence from its begin to its end, with the highest priority that it reached.

    Times in seconds from the beginning; ``ended_s`` is None where it went on to the end.
    """

    id: str
    condition: str
    priority: Priority
    text: str
    began_s: float
    ended_s: float | None = None


def episodes(told: Iterable[Told]) -> list[Episode]:
    """The occurrences of a run in the order in which they began, advisories too."""
    found: dict[str, Episode] = {}
    for x in told:
        of = x.transition.occurrence
        if of.id not in found:
            found[of.id] = Episode(of.id, of.condition, of.priority, of.text, x.t_s)
        worst = max(found[of.id].priority, of.priority)
        over = x.t_s if x.transition.state in ("cleared", "ended") else None
        found[of.id] = replace(found[of.id], priority=worst, ended_s=over)
    return list(found.values())


def differing(
    before: Iterable[Episode], after: Iterable[Episode]
) -> list[tuple[Episode | None, Episode | None]]:
    """The occurrences that are not the same in both runs, in the order of time.

    Two of one condition that overlap in time are one that came earlier, later or at another
    priority; None stands where there is none to match.
    """
    left = list(after)
    pairs: list[tuple[Episode | None, Episode | None]] = []
    for then in before:
        match = next((x for x in left if x.condition == then.condition and _overlap(x, then)), None)
        if match:
            left.remove(match)
        if match is None or (match.began_s, match.priority) != (then.began_s, then.priority):
            pairs.append((then, match))
    pairs += [(None, x) for x in left]
    return sorted(pairs, key=_began)


def _began(pair: tuple[Episode | None, Episode | None]) -> float:
    return min(x.began_s for x in pair if x is not None)


def _overlap(one: Episode, other: Episode) -> bool:
    ends = (math.inf if x.ended_s is None else x.ended_s for x in (one, other))
    return max(one.began_s, other.began_s) <= min(ends)


def comparison(before: Count, after: Count) -> str:
    """What other limits change, in a sentence."""
    words = f"with these limits: {before.alarms} -> {after.alarms} alarms"
    then, now = before.first_high_s, after.first_high_s
    if then is None and now is None:
        return f"{words}, no high one with either"
    if now is None:
        return f"{words}, and no high one any more (the first was at {then:g} s)"
    if then is None:
        return f"{words}, the first high one at {now:g} s where there was none"
    if now == then:
        return f"{words}, first high one at the same time"
    return f"{words}, first high one {abs(now - then):g} s {'later' if now > then else 'earlier'}"


def changed(preset: Preset, setting: str) -> Preset:
    """A preset with one limit set: ``SpO2.medium.low=88``, ``none`` to take it away.

    The other limits of that tier stay. Raises LimitsError.
    """
    path, equals, text = setting.partition("=")
    parts = path.split(".")
    if not equals or len(parts) != 3 or parts[1] not in TIERS:
        raise LimitsError(f"{setting!r} is not of the form SpO2.medium.low=88.")
    name, tier, key = parts
    try:
        value = None if text == "none" else float(text)
    except ValueError:
        raise LimitsError(f"{setting!r}: {text!r} is neither a number nor none.") from None
    try:
        parameter = vital(name)
    except ValueError:
        raise LimitsError(f"there is no parameter {name!r}.") from None
    table = tier_table(preset, parameter, tier)
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
    return presses.with_tier(preset, {"parameter": name, "tier": tier, "limits": table})


def tier_table(
    preset: Preset, parameter: Parameter, tier: str, phase: Phase | None = None
) -> dict[str, float]:
    """One tier as a preset's file would have it: bounds by their key, and ``delay_s``."""
    table: dict[str, float] = {}
    for x in preset.limits:
        if (x.parameter, x.priority, x.phase) == (parameter, TIERS[tier], phase):
            table[x.side if x.kind == "value" else f"{x.side}_{x.kind}"] = x.bound
            table["delay_s"] = x.delay_s
    return table
