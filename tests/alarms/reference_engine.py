"""A second alarm engine, written from docs/alarms.md alone, for the model test.

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
from monitor.alarms.situation import Finding, Frozen, Verdict

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
    ("active", "press"): Row("acknowledged", "acknowledged"),
    ("active", "unknown"): Row("active"),
    ("acknowledged", "same"): Row("acknowledged"),
    ("acknowledged", "higher"): Row("active", "active", True),
    ("acknowledged", "lower"): Row("acknowledged", "acknowledged"),
    ("acknowledged", "3 minutes"): Row("active", "active", True),
    ("acknowledged", "not"): Row("normal", "cleared"),
    ("acknowledged", "press"): Row("acknowledged"),
    ("acknowledged", "unknown"): Row("acknowledged"),
    # The page names no signal here. The patient has become worse again: it must be heard.
    ("latched", "again"): Row("active", "active", True),
    ("latched", "lower"): Row("latched"),
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
    holds_from: dict[Priority, int] = field(default_factory=dict)
    inside_from: dict[Priority, int] = field(default_factory=dict)

    def note(self, told: Finding, now_ms: int) -> None:
        """Write down since when each tier holds, or since when its value is inside.

        The hold time of a tier runs also while another alarm says it already: it is how long the
        condition holds, and the other alarm may end at any time.
        """
        tiers = {tier.priority: tier for tier in told.tiers}
        for priority in Priority:
            if priority in tiers and tiers[priority].holds:
                self.holds_from.setdefault(priority, now_ms)
                self.inside_from.pop(priority, None)
            else:
                self.holds_from.pop(priority, None)
                self.inside_from.setdefault(priority, now_ms)

    def served(self, told: Finding, priority: Priority, delay_ms: int, now_ms: int) -> bool:
        """Whether a tier that holds has held for its delay."""
        since_ms = self.holds_from[priority] if told.since_ms is None else told.since_ms
        return now_ms - since_ms >= delay_ms

    def event(self, told: Finding, now_ms: int, held_back: bool) -> tuple[str, Priority]:
        """What the table calls this verdict, and the priority it is about."""
        holding = [tier for tier in told.tiers if tier.holds]
        over = [x for x in holding if self.served(told, x.priority, x.delay_ms, now_ms)]
        if self.state in ("normal", "pending"):
            if holding and held_back:
                return "held back", Priority.LOW
            if over:
                return "counts", max(tier.priority for tier in over)
            return ("waits" if holding else "not"), Priority.LOW
        if self.state == "latched":
            if any(tier.priority is Priority.HIGH for tier in over):
                return "again", Priority.HIGH
            return ("lower" if holding else "not"), self.priority
        return self.event_of_one_on(told, [tier.priority for tier in over], now_ms)

    def event_of_one_on(
        self, told: Finding, over: list[Priority], now_ms: int
    ) -> tuple[str, Priority]:
        """The same for an occurrence that is active or acknowledged.

        A delay is for the beginning and the rise: a tier up to the occurrence's own counts as soon
        as it holds, so that SpO2 88 after 84 goes on as a medium alarm instead of beginning anew.
        """
        below = [
            tier.priority
            for tier in told.tiers
            if tier.priority <= self.priority
            and (tier.holds or (tier.near and now_ms - self.inside_from[tier.priority] < INSIDE_MS))
        ]
        level = max([*over, *below], default=None)
        latches = self.priority is Priority.HIGH and not self.technical
        if level is None and any(tier.holds for tier in told.tiers):
            level = self.priority  # only a higher tier holds, whose delay runs: it is not over
        if level is None:
            if latches and self.state == "active":
                return "high is over", self.priority
            return "not", self.priority
        if level > self.priority:
            return "higher", level
        if level < self.priority:
            if latches and self.state == "active":
                return "high is over", self.priority
            return "lower", level
        return ("3 minutes" if self.overdue(now_ms) else "same"), self.priority

    def overdue(self, now_ms: int) -> bool:
        """Whether a high alarm was acknowledged 3 minutes ago."""
        high = self.state == "acknowledged" and self.priority is Priority.HIGH
        return high and now_ms - self.seen_ms >= AGAIN_MS

    def follow(
        self, event: str, priority: Priority, actor: str | None = None
    ) -> tuple[Told | None, bool]:
        """Do what the table says. Gives what is stored, and whether it signals."""
        row = TABLE[self.state, event]
        self.state = row.after
        if self.state in OPEN:
            self.priority = priority
        if self.state in ("active", "latched", "normal"):
            self.seen_by = None
        if not row.stored:
            return None, False
        return Told(self.id, self.condition, row.stored, self.priority, actor), row.signals

    def cleared(self, actor: str | None = None) -> list[Told]:
        """Forget everything. Gives what is stored."""
        was_on, self.state, self.seen_by = self.state in OPEN, "normal", None
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
        heard: list[Priority] = []
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
                card.note(verdict, now_ms)
                event, priority = card.event(verdict, now_ms, off or verdict.quiet)
                if off:
                    card.cleared()  # no delay runs while it is off
            if event == "counts":
                card.id = f"{self.chair}.{card.condition}.{tick}"
            told, signals = card.follow(event, priority)
            if told is not None:
                stored.append(told)
            if signals:
                heard.append(priority)
        for name in sorted(set(self.cards) - judged):
            stored += self.cards.pop(name).cleared()
        if self.audio == "paused" and (
            self.until_ms is None
            or now_ms >= self.until_ms
            or any(priority >= self.breaks_pause for priority in heard)
        ):
            self.audio_on()
        return stored

    def acknowledge(self, number: str, actor: str, now_ms: int) -> Told | None:
        """A person has seen this occurrence."""
        for card in self.cards.values():
            if card.state in OPEN and card.id == number:
                told, _ = card.follow("press", card.priority, actor)
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
                name, x.technical, x.parameter, x.state, x.id, x.priority, x.seen_by, x.seen_ms
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
