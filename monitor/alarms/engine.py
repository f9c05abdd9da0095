"""The alarm engine of one chair: pure, driven by ticks, with time as an argument.

Each condition is judged once a tick. An occurrence (from where a condition holds to where it is
over) is active, acknowledged or latched; the engine reports each transition with the state after
it. Missing data freezes a condition: it neither ends nor begins, but its timers run. The rules, one
by one, stand in docs/alarms.md; the words follow IEC 60601-1-8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from devices.numeric import Parameter
from monitor.alarms.audio import Audio, Off
from monitor.alarms.limits import Priority
from monitor.alarms.situation import Finding, Frozen, Tier

State = Literal["active", "acknowledged", "latched", "cleared"]

RESIGNAL_MS = 180_000
SETTLE_MS = 5000


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
    acknowledged_ms: int | None = None
    latched: bool = False

    @property
    def state(self) -> State:
        """The state as it is stored."""
        if self.acknowledged_by is not None:
            return "acknowledged"
        return "latched" if self.latched else "active"


@dataclass(frozen=True, slots=True)
class Transition:
    """What is stored: an occurrence, the state after, and who did it if a person did.

    ``signals``: staff must see and hear it anew. Becoming less urgent is no new signal.
    """

    occurrence: Occurrence
    state: State
    actor: str | None = None
    signals: bool = False


@dataclass
class Engine:
    """The alarms of one chair. ``chair`` is only a prefix of the occurrences' ids.

    ``unknown`` names the conditions whose value is unknown now.
    """

    chair: int
    resignal_ms: int = RESIGNAL_MS
    on: dict[str, Occurrence] = field(default_factory=dict)
    audio: Audio = field(default_factory=Audio)
    off: dict[str, Off] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    _pending: dict[str, dict[Priority, int]] = field(default_factory=dict)
    _inside_ms: dict[str, dict[Priority, int]] = field(default_factory=dict)
    _levels: dict[str, Priority | None] = field(default_factory=dict)
    _last: dict[str, Finding] = field(default_factory=dict)

    def step(
        self, tick: int, now_ms: int, verdicts: Iterable[Finding | Frozen]
    ) -> list[Transition]:
        """Take the verdicts of one tick. Gives what changed, in the order of the verdicts."""
        changes: list[Transition] = []
        judged: set[str] = set()
        unknown: set[str] = set()
        for verdict in verdicts:
            condition = verdict.condition
            judged.add(condition)
            if isinstance(verdict, Frozen):
                unknown.add(condition)
                changes += self._signal_anew(condition, now_ms)
                continue
            self._last[condition] = verdict
            calm = condition not in self.on and (verdict.quiet or not verdict.holds)
            if calm or (self.off and self._is_off(verdict)):
                self._forget(condition)
            else:
                changes += self._settle(verdict, tick, now_ms)
        # A condition that is no longer judged (its limit or its source is gone) does not hold.
        for condition in sorted(set(self.on) - judged):
            changes.append(Transition(self.on.pop(condition), "cleared"))
        for condition in set(self._last) - judged:
            self._forget(condition)
            del self._last[condition]
        self.unknown = frozenset(unknown)
        self.audio = self.audio.after(now_ms, [x.occurrence.priority for x in changes if x.signals])
        return changes

    def state(self, condition: str) -> str:
        """The state of a condition now: normal, pending, or that of its occurrence."""
        if condition in self.on:
            return self.on[condition].state
        return "pending" if self._pending.get(condition) else "normal"

    def acknowledge(self, occurrence_id: str, actor: str, now_ms: int) -> Transition | None:
        """Acknowledge the occurrence that was on the glass; None where it is over or done."""
        for condition, occurrence in self.on.items():
            if occurrence.id == occurrence_id and occurrence.acknowledged_by is None:
                seen = replace(
                    occurrence, acknowledged_by=actor, acknowledged_ms=now_ms, latched=False
                )
                self.on[condition] = seen
                return Transition(seen, "acknowledged", actor)
        return None

    def pause_audio(self, actor: str, seconds: float, now_ms: int) -> None:
        """Pause the sound of this chair for some seconds, 120 at most."""
        covers = max((x.priority for x in self.on.values() if not x.acknowledged_by), default=None)
        self.audio = self.audio.paused(actor, seconds, now_ms, covers)

    def alarm_off(self, scope: str, actor: str, reason: str, now_ms: int) -> list[Transition]:
        """Switch the alarms of a scope off; what is on of it is cleared, and no delay runs."""
        self.off[scope] = Off(scope, actor, reason, now_ms)
        for finding in self._last.values():
            if _covers(scope, finding):
                self._forget(finding.condition)
        gone = [x.condition for x in self.on.values() if _covers(scope, x)]
        return [Transition(self.on.pop(condition), "cleared", actor) for condition in sorted(gone)]

    def alarm_on(self, scope: str) -> None:
        """Switch the alarms of a scope on again; every delay begins anew."""
        self.off.pop(scope, None)

    def end_all(self) -> list[Transition]:
        """End every occurrence and everything that a person set: another patient."""
        ended = [Transition(self.on[condition], "cleared") for condition in sorted(self.on)]
        self.restore(())
        self.audio = Audio()
        self.off.clear()
        return ended

    def restore(self, occurrences: Iterable[Occurrence]) -> None:
        """Take up the occurrences that the stored transitions leave open, after a restart."""
        self.on = {occurrence.condition: occurrence for occurrence in occurrences}
        self._levels = {x.condition: None if x.latched else x.priority for x in self.on.values()}
        self._pending.clear()
        self._inside_ms.clear()
        self._last.clear()

    def _is_off(self, finding: Finding) -> bool:
        return any(_covers(scope, finding) for scope in self.off)

    def _forget(self, condition: str) -> None:
        self._pending.pop(condition, None)
        self._inside_ms.pop(condition, None)

    def _level(self, finding: Finding, now_ms: int) -> Tier | None:
        """The tier of the highest priority that counts: its delay is over, and it holds still."""
        reached: Tier | None = None
        began_ms = now_ms if finding.since_ms is None else min(now_ms, finding.since_ms)
        level = self._levels.get(finding.condition) if finding.condition in self.on else None
        # What was counted of a tier that is there no more does not count for it later.
        there = {tier.priority for tier in finding.tiers}
        pending, inside = (
            {key: t_ms for key, t_ms in held.get(finding.condition, {}).items() if key in there}
            for held in (self._pending, self._inside_ms)
        )
        self._pending[finding.condition], self._inside_ms[finding.condition] = pending, inside
        for tier in finding.tiers:
            key = tier.priority
            # An occurrence serves a delay once, also over a restart of the recorder.
            served = level is not None and level >= tier.priority
            if tier.holds:
                inside.pop(key, None)
                since = pending[key] = min(pending.get(key, now_ms), began_ms)
                counts = served or now_ms - since >= tier.delay_ms
            else:
                pending.pop(key, None)
                inside_ms = inside.setdefault(key, now_ms)
                counts = served and tier.near and now_ms - inside_ms < SETTLE_MS
            if counts and (reached is None or tier.priority > reached.priority):
                reached = tier
        self._levels[finding.condition] = reached.priority if reached else None
        return reached

    def _settle(self, finding: Finding, tick: int, now_ms: int) -> list[Transition]:
        condition = finding.condition
        current = self.on.get(condition)
        tier = self._level(finding, now_ms)
        if any(urgent in self.on for urgent in finding.yields_to):
            tier = None
        if current is None:
            if tier is None:
                return []
            self.on[condition] = Occurrence(
                id=f"{self.chair}.{condition}.{tick}",
                condition=condition,
                kind=finding.kind,
                parameter=finding.parameter,
                priority=tier.priority,
                since_ms=now_ms,
                value=finding.value,
                limit=tier.limit,
                text=tier.text,
            )
            return [Transition(self.on[condition], "active", signals=True)]
        if tier is not None and tier.priority == current.priority and not current.latched:
            return self._signal_anew(condition, now_ms)
        if current.latched and (tier is None or tier.priority < current.priority):
            return []
        fell = tier is None or tier.priority < current.priority
        if fell and current.acknowledged_by is None and _latches(current):
            self.on[condition] = replace(current, latched=True)
            return [Transition(self.on[condition], "latched")]
        if tier is None:
            return [Transition(self.on.pop(condition), "cleared")]
        changed = replace(
            current,
            priority=tier.priority,
            value=finding.value,
            limit=tier.limit,
            text=tier.text,
            latched=False,
        )
        if not fell:  # rising signals anew, even if the lower priority was acknowledged
            changed = replace(changed, acknowledged_by=None, acknowledged_ms=None)
        self.on[condition] = changed
        return [Transition(changed, changed.state, signals=not fell)]

    def _signal_anew(self, condition: str, now_ms: int) -> list[Transition]:
        """A high alarm that goes on long after it was acknowledged signals again."""
        x = self.on.get(condition)
        if x is None or x.acknowledged_ms is None or x.priority is not Priority.HIGH:
            return []
        if now_ms - x.acknowledged_ms < self.resignal_ms:
            return []
        self.on[condition] = replace(x, acknowledged_by=None, acknowledged_ms=None)
        return [Transition(self.on[condition], "active", signals=True)]


def _latches(x: Occurrence) -> bool:
    """High physiological alarms latch. A technical one ends where everybody sees that it did."""
    return x.kind == "physiological" and x.priority is Priority.HIGH


def _covers(scope: str, x: Finding | Occurrence) -> bool:
    if scope == NO_DATA:
        return x.condition.startswith("no_data_") or x.condition.endswith("_missing")
    return x.kind == "physiological" and x.parameter is not None and x.parameter.value == scope


NO_DATA = "no_data"  # the scope of missing values and silent devices


def by_urgency(occurrences: Mapping[str, Occurrence] | Iterable[Occurrence]) -> list[Occurrence]:
    """Sort for the screen: not acknowledged first, then by priority, then the older first."""
    items = occurrences.values() if isinstance(occurrences, Mapping) else occurrences
    return sorted(items, key=lambda x: (x.acknowledged_by is not None, -x.priority, x.since_ms))
