"""The alarm engine of one chair: pure, driven by ticks, with time as an argument.

Each condition is judged once a tick. Of an occurrence (the interval in which a condition holds) the
engine reports the transitions: active, raised, lowered, acknowledged, ended. Missing data freezes a
physiological condition: it neither ends nor begins. The names of states follow IEC 60601-1-8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from devices.numeric import Parameter
from monitor.alarms.conditions import Finding, Frozen, Situation, judge
from monitor.alarms.limits import Priority

State = Literal["active", "raised", "lowered", "acknowledged", "ended"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An alarm that is on now. ``value`` and ``limit`` are those of its last transition."""

    id: str
    condition: str
    kind: Literal["physiological", "technical"]
    parameter: Parameter | None
    priority: Priority
    since_ms: int
    value: float | None
    limit: float | None
    text: str
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """What is stored: an occurrence, what became of it, and who did it if a person did."""

    occurrence: Occurrence
    state: State
    actor: str | None = None


@dataclass
class Engine:
    """The alarms of one chair. ``chair`` is only a prefix of the occurrences' ids."""

    chair: int
    on: dict[str, Occurrence] = field(default_factory=dict)
    _pending: dict[tuple[str, Priority], int] = field(default_factory=dict)

    def step(self, tick: int, now_ms: int, situation: Situation) -> list[Transition]:
        """Judge every condition once. Gives what changed, in a fixed order."""
        changes: list[Transition] = []
        judged: set[str] = set()
        for verdict in judge(now_ms, situation):
            judged.add(verdict.condition)
            if isinstance(verdict, Frozen):
                continue
            level = self._level(verdict, now_ms)
            changes += self._settle(verdict, level, tick, now_ms)
        # A condition that is no longer judged (its limit or its source is gone) does not hold.
        for condition in sorted(set(self.on) - judged):
            changes.append(Transition(self.on.pop(condition), "ended"))
        self._pending = {key: t for key, t in self._pending.items() if key[0] in judged}
        return changes

    def acknowledge(self, occurrence_id: str, actor: str) -> Transition | None:
        """Acknowledge the occurrence that was on the glass; None where it is over or done."""
        for condition, occurrence in self.on.items():
            if occurrence.id == occurrence_id and occurrence.acknowledged_by is None:
                self.on[condition] = replace(occurrence, acknowledged_by=actor)
                return Transition(self.on[condition], "acknowledged", actor)
        return None

    def end_all(self) -> list[Transition]:
        """End every occurrence: another patient, other limits."""
        ended = [Transition(self.on[condition], "ended") for condition in sorted(self.on)]
        self.on.clear()
        self._pending.clear()
        return ended

    def restore(self, occurrences: Iterable[Occurrence]) -> None:
        """Take up the occurrences that the stored transitions leave open, after a restart."""
        self.on = {occurrence.condition: occurrence for occurrence in occurrences}

    def _level(self, finding: Finding, now_ms: int) -> Priority | None:
        """The highest priority whose delay is over."""
        reached: Priority | None = None
        current = self.on.get(finding.condition)
        began_ms = now_ms if finding.since_ms is None else min(now_ms, finding.since_ms)
        for priority in set(Priority) - {tier.priority for tier in finding.tiers}:
            self._pending.pop((finding.condition, priority), None)
        for tier in finding.tiers:
            key = (finding.condition, tier.priority)
            if not tier.holds:
                self._pending.pop(key, None)
                continue
            since = self._pending[key] = min(self._pending.get(key, now_ms), began_ms)
            # After a restart an open occurrence holds at once; its delay was served before.
            served = current is not None and current.priority >= tier.priority
            if served or now_ms - since >= tier.delay_ms:
                reached = max(reached or tier.priority, tier.priority)
        return reached

    def _settle(
        self, finding: Finding, level: Priority | None, tick: int, now_ms: int
    ) -> list[Transition]:
        current = self.on.get(finding.condition)
        if level is None:
            return [Transition(self.on.pop(finding.condition), "ended")] if current else []
        tier = next(tier for tier in finding.tiers if tier.priority == level)
        if current is None:
            if finding.quiet:
                return []
            new = Occurrence(
                id=f"{self.chair}.{finding.condition}.{tick}",
                condition=finding.condition,
                kind=finding.kind,
                parameter=finding.parameter,
                priority=level,
                since_ms=now_ms,
                value=finding.value,
                limit=tier.limit,
                text=tier.text,
            )
            self.on[finding.condition] = new
            return [Transition(new, "active")]
        if level == current.priority:
            return []
        raised = level > current.priority
        changed = replace(
            current,
            priority=level,
            value=finding.value,
            limit=tier.limit,
            text=tier.text,
            # Rising signals anew, even if the lower priority was acknowledged.
            acknowledged_by=None if raised else current.acknowledged_by,
        )
        self.on[finding.condition] = changed
        return [Transition(changed, "raised" if raised else "lowered")]


def by_urgency(occurrences: Mapping[str, Occurrence] | Iterable[Occurrence]) -> list[Occurrence]:
    """Sort for the screen: not acknowledged first, then by priority, then the older first."""
    items = occurrences.values() if isinstance(occurrences, Mapping) else occurrences
    return sorted(items, key=lambda x: (x.acknowledged_by is not None, -x.priority, x.since_ms))
