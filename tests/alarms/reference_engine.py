"""A second alarm engine, written from docs/alarms.md, for the model test.

It takes the verdicts and presses that the real one takes. Its heart is the page's table of states:
what a verdict says becomes the name of an event, and the table says what follows. It shares no code
with the real engine but the types of what goes in.

Where the page leaves something open, the choice stands at the place, with its reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from devices.numeric import Parameter
from monitor.alarms.limits import Priority
from monitor.alarms.situation import Finding, Frozen, Tier, Verdict

INSIDE_MS: Final = 5_000
AGAIN_MS: Final = 180_000
LONGEST_PAUSE_MS: Final = 120_000
OPEN: Final = ("active", "acknowledged", "latched")


class Told(NamedTuple):
    """A transition as it is stored."""

    id: str
    condition: str
    state: str
    priority: Priority
    actor: str | None = None
    signals: bool = False


class Row(NamedTuple):
    """What the table says: the state after, what is stored, and whether staff must hear it."""

    after: str
    stored: str = ""
    signals: bool = False


# The page's table. ``held back``: it holds, but alarm off, or another alarm says it already.
TABLE: Final[dict[tuple[str, str], Row]] = {
    ("normal", "waits"): Row("pending"),
    ("normal", "counts"): Row("active", "active", True),
    ("normal", "not"): Row("normal"),
    ("normal", "unknown"): Row("normal"),
    ("normal", "held back"): Row("normal"),
    ("pending", "waits"): Row("pending"),
    ("pending", "counts"): Row("active", "active", True),
    ("pending", "not"): Row("normal"),
    ("pending", "unknown"): Row("pending"),
    ("pending", "held back"): Row("normal"),
    ("active", "same"): Row("active"),
    ("active", "higher"): Row("active", "active", True),
    ("active", "lower"): Row("active", "active"),
    ("active", "high is over"): Row("latched", "latched"),
    ("active", "not"): Row("normal", "cleared"),
    ("active", "waits"): Row("pending", "cleared"),
    ("active", "press"): Row("acknowledged", "acknowledged"),
    ("active", "unknown"): Row("active"),
    ("acknowledged", "same"): Row("acknowledged"),
    ("acknowledged", "higher"): Row("active", "active", True),
    ("acknowledged", "lower"): Row("acknowledged", "acknowledged"),
    ("acknowledged", "3 minutes"): Row("active", "active", True),
    ("acknowledged", "not"): Row("normal", "cleared"),
    # Latched, and fallen again for less than its delay: the next delay decides, not this name.
    ("acknowledged", "waits"): Row("pending", "cleared"),
    ("acknowledged", "press"): Row("acknowledged"),
    ("acknowledged", "unknown"): Row("acknowledged"),
    # The page names no signal here. The patient has become worse again: it must be heard.
    ("latched", "again"): Row("active", "active", True),
    ("latched", "not"): Row("latched"),
    ("latched", "press"): Row("acknowledged", "acknowledged"),
    ("latched", "unknown"): Row("latched"),
}


@dataclass
class Card:
    """All that is noted about one condition."""

    condition: str
    technical: bool
    parameter: Parameter | None
    state: str = "normal"
    id: str = ""
    priority: Priority = Priority.LOW
    seen_by: str | None = None
    seen_ms: int = 0
    stands: Priority | None = None
    holds_from: dict[Priority, int] = field(default_factory=dict)
    inside_from: dict[Priority, int] = field(default_factory=dict)

    def note(self, told: Finding, now_ms: int) -> None:
        """Write down since when each tier holds, or since when its value is inside.

        What the situation tells (``since_ms``) can only lengthen what was seen here.
        """
        tiers = {tier.priority: tier for tier in told.tiers}
        for priority in Priority:
            if priority not in tiers:  # this limit is not set now: nothing is known of it
                self.holds_from.pop(priority, None)
                self.inside_from.pop(priority, None)
            elif tiers[priority].holds:
                from_ms = now_ms if told.since_ms is None else min(told.since_ms, now_ms)
                self.holds_from[priority] = min(self.holds_from.get(priority, now_ms), from_ms)
                self.inside_from.pop(priority, None)
            else:
                self.holds_from.pop(priority, None)
                self.inside_from.setdefault(priority, now_ms)

    def counts(self, tier: Tier, now_ms: int) -> bool:
        """Whether a tier counts: it holds, its delay is over; or it has not settled yet.

        A delay is for the beginning and the rise: a tier up to the one on which the occurrence
        stands counts as soon as it holds, so that SpO2 88 after 84 goes on as a medium alarm.
        """
        stood = self.stands is not None and tier.priority <= self.stands
        if tier.holds:
            return stood or now_ms - self.holds_from[tier.priority] >= tier.delay_ms
        return stood and tier.near and now_ms - self.inside_from[tier.priority] < INSIDE_MS

    def event(self, told: Finding, now_ms: int) -> tuple[str, Priority]:
        """What the table calls this verdict, and the priority it is about."""
        counting = [tier.priority for tier in told.tiers if self.counts(tier, now_ms)]
        level = self.stands = max(counting, default=None)
        nothing = "waits" if any(tier.holds for tier in told.tiers) else "not"
        if self.state not in OPEN:
            return (nothing, self.priority) if level is None else ("counts", level)
        if self.state == "latched":
            return ("again" if level is Priority.HIGH else "not"), self.priority
        if level is not None and level > self.priority:
            return "higher", level
        if level == self.priority:
            return ("3 minutes" if self.overdue(now_ms) else "same"), level
        latches = self.priority is Priority.HIGH and not self.technical
        if latches and self.state == "active":
            return "high is over", self.priority
        return (nothing, self.priority) if level is None else ("lower", level)

    def overdue(self, now_ms: int) -> bool:
        """Whether a high alarm was acknowledged 3 minutes ago."""
        high = self.state == "acknowledged" and self.priority is Priority.HIGH
        return high and now_ms - self.seen_ms >= AGAIN_MS

    def follow(self, event: str, priority: Priority, actor: str | None = None) -> Told | None:
        """Do what the table says. Gives what is stored."""
        row = TABLE[self.state, event]
        self.state = row.after
        if self.state in OPEN:
            self.priority = priority
        if self.state != "acknowledged":
            self.seen_by = None
        if not row.stored:
            return None
        return Told(self.id, self.condition, row.stored, self.priority, actor, row.signals)

    def cleared(self, actor: str | None = None) -> list[Told]:
        """Forget everything. Gives what is stored."""
        was_on, self.state, self.seen_by = self.state in OPEN, "normal", None
        self.stands = None
        self.holds_from.clear()
        self.inside_from.clear()
        told = Told(self.id, self.condition, "cleared", self.priority, actor)
        return [told] if was_on else []

    def of(self, scope: str) -> bool:
        """Whether alarm off of this scope is about this condition."""
        if scope == "no_data":
            about = self.condition.startswith("no_data_") or self.condition.endswith("_missing")
            return self.technical and about
        return not self.technical and self.parameter is not None and self.parameter.value == scope


@dataclass
class Reference:
    """The alarms of one chair, after the page."""

    chair: int
    cards: dict[str, Card] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    audio: str = "on"
    until_ms: int | None = None
    breaks_pause: Priority = Priority.LOW

    def step(self, tick: int, now_ms: int, verdicts: Iterable[Verdict]) -> list[Told]:
        """One tick. Gives what is stored, in its order."""
        stored: list[Told] = []
        judged: set[str] = set()
        self.unknown = set()
        for verdict in verdicts:
            judged.add(verdict.condition)
            card = self.cards.get(verdict.condition)
            if isinstance(verdict, Frozen):
                self.unknown.add(verdict.condition)
                if card is None:
                    continue
                event, priority = "unknown", card.priority
                if card.overdue(now_ms):
                    event = "3 minutes"
            else:
                if card is None:
                    card = Card(verdict.condition, verdict.kind == "technical", verdict.parameter)
                    self.cards[verdict.condition] = card
                off = any(card.of(scope) for scope in self.off)
                if off or (verdict.quiet and card.state not in OPEN):
                    card.cleared()  # no delay runs
                    event, priority = "held back", card.priority
                else:
                    card.note(verdict, now_ms)
                    event, priority = card.event(verdict, now_ms)
            if event == "counts":
                card.id = f"{self.chair}.{card.condition}.{tick}"
            told = card.follow(event, priority)
            if told is not None:
                stored.append(told)
        for name in sorted(set(self.cards) - judged):
            stored += self.cards.pop(name).cleared()
        if self.audio == "paused" and (
            self.until_ms is None
            or now_ms >= self.until_ms
            or any(told.signals and told.priority >= self.breaks_pause for told in stored)
        ):
            self.audio_on()
        return stored

    def acknowledge(self, number: str, actor: str, now_ms: int) -> Told | None:
        """A person has seen this occurrence."""
        for card in self.cards.values():
            if card.state in OPEN and card.id == number:
                told = card.follow("press", card.priority, actor)
                if told is not None:
                    card.seen_by, card.seen_ms = actor, now_ms
                return told
        return None

    def pause(self, seconds: float, now_ms: int) -> None:
        """No sound for a while. The highest that signals now is what the pause is about."""
        if self.audio == "off":
            return
        signalling = [x.priority for x in self.cards.values() if x.state in ("active", "latched")]
        self.breaks_pause = max(signalling, default=Priority.LOW)
        self.audio = "paused"
        self.until_ms = now_ms + min(round(seconds * 1000), LONGEST_PAUSE_MS)

    def audio_off(self) -> None:
        """No sound until somebody ends it."""
        self.audio, self.until_ms = "off", None

    def audio_on(self) -> None:
        """The chair may sound."""
        self.audio, self.until_ms = "on", None

    def alarm_off(self, scope: str, actor: str) -> list[Told]:
        """No alarm at all of a scope. What waits for its delay is forgotten too."""
        self.off.add(scope)
        cards = (self.cards[name] for name in sorted(self.cards))
        return [told for card in cards if card.of(scope) for told in card.cleared(actor)]

    def alarm_on(self, scope: str) -> None:
        """Judge a scope again. A delay begins with the next tick: none ran while it was off."""
        self.off.discard(scope)

    def end_all(self) -> list[Told]:
        """Another patient: nothing passes on, neither an occurrence nor a delay nor a press."""
        stored = [told for name in sorted(self.cards) for told in self.cards[name].cleared()]
        self.cards.clear()
        self.off.clear()
        self.audio_on()
        return stored

    def restart(self) -> "Reference":
        """A new recorder, which knows the open occurrences and what persons set, and no more."""
        kept = {
            name: Card(
                name,
                x.technical,
                x.parameter,
                x.state,
                x.id,
                x.priority,
                x.seen_by,
                x.seen_ms,
                None if x.state == "latched" else x.priority,
            )
            for name, x in self.cards.items()
            if x.state in OPEN
        }
        return Reference(
            self.chair,
            kept,
            set(self.off),
            audio=self.audio,
            until_ms=self.until_ms,
            breaks_pause=self.breaks_pause,
        )

    def state(self, condition: str) -> str:
        """The state of a condition as the page names it."""
        card = self.cards.get(condition)
        return "normal" if card is None else card.state
