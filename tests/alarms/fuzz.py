"""The alarm engine against the reference engine, for as many ticks as wanted.

``python -m tests.alarms.fuzz --steps 1000000 --seed 1`` plays the same words and presses to both
and ends at the first difference, with what led to it. A step is a tick of a chair with three to
five conditions; presses and restarts come between the ticks and are not counted.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from devices.numeric import Parameter
from monitor.alarms.audio import Audio
from monitor.alarms.engine import Engine, Transition
from monitor.alarms.limits import Priority
from monitor.alarms.situation import Finding, Frozen, Tier, Verdict
from tests.alarms.reference_engine import Reference, Told

T0_MS = 1_700_000_000_000
RUN_TICKS = 500  # then another chair, with other conditions

LOW, MEDIUM, HIGH = Priority


@dataclass(frozen=True)
class Kind:
    """A condition as the page knows it: its tiers from the lowest up, with delays in seconds."""

    name: str
    kind: Literal["physiological", "technical"]
    parameter: Parameter | None
    tiers: tuple[tuple[Priority, int], ...]


KINDS = (
    Kind("spo2_low", "physiological", Parameter.SPO2, ((MEDIUM, 15), (HIGH, 5))),
    Kind("spo2_low_advisory", "physiological", Parameter.SPO2, ((LOW, 15),)),
    Kind("hr_high", "physiological", Parameter.HR, ((MEDIUM, 10), (HIGH, 5))),
    Kind("hr_below_baseline", "physiological", Parameter.HR, ((LOW, 3), (MEDIUM, 0), (HIGH, 7))),
    Kind("nibp_sys_high", "physiological", Parameter.NIBP_SYS, ((MEDIUM, 0), (HIGH, 0))),
    Kind("apnoea", "physiological", Parameter.RR, ((HIGH, 0),)),
    Kind("spo2_missing", "technical", Parameter.SPO2, ((LOW, 0), (MEDIUM, 10), (HIGH, 60))),
    Kind("no_data_1", "technical", None, ((LOW, 0), (MEDIUM, 10), (HIGH, 60))),
    Kind("different_monitor_1", "technical", None, ((HIGH, 0),)),
    Kind("hr_pr_apart", "technical", None, ((LOW, 30),)),
    Kind("disk_nearly_full", "technical", None, ((LOW, 0), (MEDIUM, 0))),
)
SCOPES = ("SpO2", "HR", "NIBP_sys", "RR", "no_data")
ACTORS = ("RN Keller", "RN Ode")

# How a condition is seen now: by a finding, by nobody, or not judged at all.
Seen = Literal["found", "quiet", "frozen", "not judged"]
OFTEN: tuple[Seen, ...] = ("found",) * 10
SEEN: tuple[Seen, ...] = (*OFTEN, "quiet", "frozen", "frozen", "frozen", "not judged")
PAUSES_S = (0.5, 10.0, 60.0, 120.0, 600.0)
WAITS_MS = (200, 1000, 1000, 1000, 1000, 1001, 3000, 5000, 9999, 65_000, 180_000, 3_600_000)


class DifferenceError(AssertionError):
    """The two engines do not say the same."""


@lru_cache(maxsize=100_000)
def tiers_of(kind: Kind, depth: int, mask: int, delay_s: int | None) -> tuple[Tier, ...]:
    """The tiers at so great a depth: 0 is inside, 1 near the first limit, 2 beyond it, and so on.

    ``mask`` names the tiers that are set now; ``delay_s`` replaces their delays.
    """
    return tuple(
        Tier(
            priority,
            depth >= 2 * number + 2,
            (usual_s if delay_s is None else delay_s) * 1000,
            None,
            "",
            near=depth == 2 * number + 1,
        )
        for number, (priority, usual_s) in enumerate(kind.tiers)
        if mask & 1 << number
    )


@dataclass
class Word:
    """What is said of a condition until something else is said."""

    seen: Seen = "found"
    depth: int = 0
    mask: int = 7
    delay_s: int | None = None
    since_ms: int | None = None


@dataclass
class Pair:
    """Both engines at one chair. Every call plays to both and raises DifferenceError."""

    kinds: tuple[Kind, ...]
    engine: Engine = field(default_factory=lambda: Engine(1))
    reference: Reference = field(default_factory=lambda: Reference(1))
    now_ms: int = T0_MS
    ticks: int = 0
    words: dict[str, Word] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def say(
        self,
        kind: Kind,
        seen: Seen,
        depth: int,
        mask: int = 7,
        delay_s: int | None = None,
        since_s: int | None = None,
    ) -> None:
        """From now on this is found of a condition. ``since_s``: it says for how long it holds."""
        since_ms = None if since_s is None else self.now_ms - since_s * 1000
        self.words[kind.name] = Word(seen, depth, mask, delay_s, since_ms)
        self.log.append(f"say {kind.name} {self.words[kind.name]}")

    def verdicts(self) -> list[Verdict]:
        """What is found now, in the fixed order of the conditions."""
        found: list[Verdict] = []
        for kind in self.kinds:
            word = self.words.get(kind.name)
            if word is None or word.seen == "not judged":
                continue
            if word.seen == "frozen":
                found.append(Frozen(kind.name))
                continue
            tiers = tiers_of(kind, word.depth, word.mask, word.delay_s)
            quiet = word.seen == "quiet"
            found.append(
                Finding(kind.name, kind.kind, kind.parameter, None, tiers, word.since_ms, quiet)
            )
        return found

    def tick(self, wait_ms: int = 1000) -> None:
        """The next tick, so much later."""
        self.now_ms += wait_ms
        self.ticks += 1
        self.log.append(f"tick {self.ticks} after {wait_ms} ms")
        verdicts = self.verdicts()
        said = self.engine.step(self.ticks, self.now_ms, verdicts)
        self.agree(said, self.reference.step(self.ticks, self.now_ms, verdicts))

    def acknowledge(self, number: str, actor: str) -> None:
        self.log.append(f"acknowledge {number} {actor}")
        said = self.engine.acknowledge(number, actor, self.now_ms)
        told = self.reference.acknowledge(number, actor, self.now_ms)
        self.agree([said] if said else [], [told] if told else [])

    def pause(self, seconds: float, actor: str) -> None:
        self.log.append(f"pause {seconds} s")
        self.engine.pause_audio(actor, seconds, self.now_ms)
        self.reference.pause(seconds, self.now_ms)
        self.agree([], [])

    def audio_off(self, actor: str) -> None:
        self.log.append("audio off")
        self.engine.audio = self.engine.audio.switched_off(actor, "asleep", self.now_ms)
        self.reference.audio_off()
        self.agree([], [])

    def audio_on(self) -> None:
        self.log.append("audio on")
        self.engine.audio = Audio()
        self.reference.audio_on()
        self.agree([], [])

    def alarm_off(self, scope: str, actor: str) -> None:
        self.log.append(f"alarm off {scope}")
        said = self.engine.alarm_off(scope, actor, "probe is moved", self.now_ms)
        self.agree(said, self.reference.alarm_off(scope, actor))

    def alarm_on(self, scope: str) -> None:
        self.log.append(f"alarm on {scope}")
        self.engine.alarm_on(scope)
        self.reference.alarm_on(scope)
        self.agree([], [])

    def end_all(self) -> None:
        """A session begins or ends."""
        self.log.append("end all")
        self.agree(self.engine.end_all(), self.reference.end_all())

    def restart(self) -> None:
        """A new recorder: it takes up what is open, and what persons set."""
        self.log.append("restart")
        before, self.engine = self.engine, Engine(1)
        self.engine.restore(list(before.on.values()))
        self.engine.audio, self.engine.off = before.audio, dict(before.off)
        self.reference = self.reference.restart()
        self.agree([], [])

    def agree(self, said: Sequence[Transition], told: Sequence[Told]) -> None:
        """Compare all that anybody can see of an engine."""
        engine, reference = self.engine, self.reference
        self.same("transitions", [told_of(x) for x in said], list(told))
        self.ids += [x.id for x in told if x.state == "active"]
        self.seen.update(x.state for x in told)
        open_now = {
            name: (card.id, card.priority, card.state, card.seen_by)
            for name, card in reference.cards.items()
            if card.state in ("active", "acknowledged", "latched")
        }
        on = {name: (x.id, x.priority, x.state, x.acknowledged_by) for name, x in engine.on.items()}
        self.same("occurrences", on, open_now)
        for kind in self.kinds:
            self.same(kind.name, engine.state(kind.name), reference.state(kind.name))
        audio = (engine.audio.state, engine.audio.until_ms)
        self.same("audio", audio, (reference.audio, reference.until_ms))
        self.same("alarm off", set(engine.off), reference.off)
        self.same("unknown", set(engine.unknown), reference.unknown)

    def same(self, what: str, engine: object, reference: object) -> None:
        if engine != reference:
            led = "\n  ".join(self.log[-40:])
            raise DifferenceError(
                f"{what} at tick {self.ticks}: the engine says {engine},"
                f" the reference {reference}, after\n  {led}"
            )


def told_of(x: Transition) -> Told:
    """A transition of the engine in the reference's form."""
    occurrence = x.occurrence
    return Told(
        occurrence.id, occurrence.condition, x.state, occurrence.priority, x.actor, x.signals
    )


def say_something(pair: Pair, chance: random.Random) -> None:
    """Another word about one condition, often a small change of the last one."""
    kind = chance.choice(pair.kinds)
    word = pair.words.get(kind.name, Word())
    deepest = 2 * len(kind.tiers)
    depth = word.depth + chance.choice((-1, 1)) if chance.random() < 0.5 else chance.randint(0, 9)
    pair.say(
        kind,
        chance.choice(SEEN),
        max(0, min(deepest, depth)),
        chance.randint(1, 7) if chance.random() < 0.1 else 7,
        chance.randint(0, 15) if chance.random() < 0.1 else None,
        chance.choice((0, 1, 5, 12, 70)) if chance.random() < 0.2 else None,
    )


def press_something(pair: Pair, chance: random.Random) -> None:
    """One press of a person, or a restart."""
    actor = chance.choice(ACTORS)
    presses: tuple[tuple[float, Callable[[], None]], ...] = (
        (0.50, lambda: pair.acknowledge(some_id(pair, chance), actor)),
        (0.15, lambda: pair.pause(chance.choice(PAUSES_S), actor)),
        (0.03, lambda: pair.audio_off(actor)),
        (0.07, pair.audio_on),
        (0.06, lambda: pair.alarm_off(chance.choice(SCOPES), actor)),
        (0.12, lambda: pair.alarm_on(chance.choice(SCOPES))),
        (0.02, pair.end_all),
        (0.05, pair.restart),
    )
    chosen = chance.choices([press for _, press in presses], [share for share, _ in presses])
    chosen[0]()


def some_id(pair: Pair, chance: random.Random) -> str:
    """Mostly that of an open occurrence, else an old one, else one that never was."""
    open_now = [x.id for x in pair.engine.on.values()]
    if open_now and chance.random() < 0.8:
        return chance.choice(open_now)
    return chance.choice(pair.ids) if pair.ids and chance.random() < 0.8 else "1.spo2_low.0"


def play(steps: int, seed: int) -> Counter[str]:
    """So many ticks. Gives how often each transition was stored; raises DifferenceError."""
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    while steps > 0:
        pair = Pair(tuple(x for x in KINDS if chance.random() < 0.4) or KINDS[:1])
        for _ in range(min(steps, RUN_TICKS)):
            del pair.log[:-60]
            while chance.random() < 0.25:
                say_something(pair, chance)
            while chance.random() < 0.12:
                press_something(pair, chance)
            pair.tick(1000 if chance.random() < 0.9 else chance.choice(WAITS_MS))
        seen += pair.seen
        steps -= RUN_TICKS
    return seen


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Play the alarm engine against the reference.")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args(arguments)
    try:
        seen = play(wanted.steps, wanted.seed)
    except DifferenceError as found:
        sys.stderr.write(f"{found}\n")
        return 1
    sys.stdout.write(f"{wanted.steps:,} ticks, seed {wanted.seed}: 0 differences; {dict(seen)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
