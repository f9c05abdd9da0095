"""The alarm engine does what a second one does that was written from docs/alarms.md alone.

Hypothesis drives a smaller number of steps, for it can shrink what it finds to a few lines; the
bulk of the 100,000 comes from a seeded random driver over the same calls, which is fifty times as
fast. ``python -m tests.alarms.fuzz`` plays as many more as wanted.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.alarms.fuzz import ACTORS, KINDS, PAUSES_S, SCOPES, SEEN, WAITS_MS, Kind, Pair, Seen
from tests.alarms.fuzz import play as play_at_random

STEPS = 100_000
SEED = 20260

actors = st.sampled_from(ACTORS)
kinds = st.sampled_from(KINDS)
scopes = st.sampled_from(SCOPES)


class Chair(RuleBasedStateMachine):
    """Both engines at one chair with every condition. Each call compares them."""

    @initialize()
    def open(self) -> None:
        self.pair = Pair(KINDS)

    @rule(
        kind=kinds,
        seen=st.sampled_from(SEEN),
        depth=st.integers(0, 6),
        mask=st.sampled_from((7, 7, 7, 1, 2, 3, 6)),
        delay_s=st.none() | st.integers(0, 15),
        since_s=st.none() | st.sampled_from((0, 5, 12, 70)),
    )
    def say(
        self,
        kind: Kind,
        seen: Seen,
        depth: int,
        mask: int,
        delay_s: int | None,
        since_s: int | None,
    ) -> None:
        deepest = 2 * len(kind.tiers)
        self.pair.say(kind, seen, min(depth, deepest), mask, delay_s, since_s)

    @rule(wait_ms=st.sampled_from(WAITS_MS), times=st.integers(1, 8))
    def wait(self, wait_ms: int, times: int) -> None:
        for _ in range(times):
            self.pair.tick(wait_ms)

    @rule(kind=kinds, actor=actors)
    def acknowledge(self, kind: Kind, actor: str) -> None:
        occurrence = self.pair.engine.on.get(kind.name)
        self.pair.acknowledge(occurrence.id if occurrence else "1.spo2_low.0", actor)

    @rule(back=st.integers(1, 5), actor=actors)
    def acknowledge_an_old_one(self, back: int, actor: str) -> None:
        self.pair.acknowledge(self.pair.ids[-back] if len(self.pair.ids) >= back else "", actor)

    @rule(seconds=st.sampled_from(PAUSES_S), actor=actors)
    def pause(self, seconds: float, actor: str) -> None:
        self.pair.pause(seconds, actor)

    @rule(off=st.booleans(), actor=actors)
    def audio(self, off: bool, actor: str) -> None:
        if off:
            self.pair.audio_off(actor)
        else:
            self.pair.audio_on()

    @rule(scope=scopes, off=st.booleans(), actor=actors)
    def alarms(self, scope: str, off: bool, actor: str) -> None:
        if off:
            self.pair.alarm_off(scope, actor)
        else:
            self.pair.alarm_on(scope)

    @rule(restart=st.booleans())
    def restart_or_end(self, restart: bool) -> None:
        if restart:
            self.pair.restart()
        else:
            self.pair.end_all()


TestChair = Chair.TestCase
TestChair.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


def test_both_engines_say_the_same_for_a_hundred_thousand_ticks() -> None:
    seen = play_at_random(STEPS, SEED)
    for state in ("active", "acknowledged", "latched", "cleared"):
        assert seen[state] > STEPS / 200, f"{state} came {seen[state]} times: too seldom to tell"


SPO2, ADVISORY = KINDS[0], KINDS[1]


def test_a_gap_is_no_time_inside() -> None:
    pair = Pair((ADVISORY,))
    pair.say(ADVISORY, "found", 2)
    for _ in range(16):
        pair.tick()
    pair.say(ADVISORY, "frozen", 0)
    for _ in range(10):
        pair.tick()
    pair.say(ADVISORY, "found", 1)
    for _ in range(5):
        pair.tick()
        assert pair.engine.state(ADVISORY.name) == "active"
    pair.tick()
    assert pair.engine.state(ADVISORY.name) == "normal"


def test_no_delay_runs_while_another_alarm_says_it_already() -> None:
    pair = Pair((SPO2,))
    pair.say(SPO2, "quiet", 4)
    for _ in range(60):
        pair.tick()
        assert pair.engine.state(SPO2.name) == "normal"
    pair.say(SPO2, "found", 4)
    for _ in range(5):
        pair.tick()
        assert pair.engine.state(SPO2.name) == "pending"
    pair.tick()
    assert pair.engine.state(SPO2.name) == "active"


def test_a_delay_begins_anew_after_alarm_off_though_the_value_was_unknown() -> None:
    pair = Pair((SPO2,))
    pair.say(SPO2, "found", 4)
    pair.tick()
    pair.say(SPO2, "frozen", 0)
    pair.alarm_off("SpO2", ACTORS[0])
    assert pair.engine.state(SPO2.name) == "normal"
    pair.tick(60_000)
    pair.alarm_on("SpO2")
    pair.say(SPO2, "found", 4)
    pair.tick()
    assert pair.engine.state(SPO2.name) == "pending"
