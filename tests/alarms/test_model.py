"""The alarm engine does what a second one does that was written from docs/alarms.md.

The 100,000 ticks come from a seeded random driver, which is faster than Hypothesis and reaches
rarer corners. Hypothesis plays some 16,000 more over the same calls: what it finds, it shrinks to a
few lines. ``python -m tests.alarms.fuzz`` plays as many more as wanted.
"""

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.alarms.fuzz import ACTORS, KINDS, PAUSES_S, SCOPES, SEEN, WAITS_MS, Kind, Pair, Seen
from tests.alarms.fuzz import play as play_at_random

STEPS = 100_000
SEED = 20260

actors = st.sampled_from(ACTORS)
pauses = st.sampled_from(PAUSES_S)

# A few conditions, so that what is said meets what is on.
SPO2, CUFF, MISSING = (
    next(kind for kind in KINDS if kind.name == name)
    for name in ("spo2_low", "nibp_sys_high", "spo2_missing")
)
CHAIR = (SPO2, CUFF, MISSING)


class Chair(RuleBasedStateMachine):
    """Both engines at one chair. Each call compares them."""

    @initialize()
    def open(self) -> None:
        self.pair = Pair(CHAIR)

    @rule(
        kind=st.sampled_from(CHAIR),
        seen=st.sampled_from(SEEN),
        depth=st.integers(0, 6),
        mask=st.sampled_from((7, 7, 7, 7, 7, 7, 7, 1, 2)),
        delay_s=st.sampled_from((None, None, None, None, None, 0, 4, 15)),
        since_s=st.sampled_from((None, None, None, None, None, 0, 12, 70)),
        times=st.integers(0, 16),
    )
    def say(
        self,
        kind: Kind,
        seen: Seen,
        depth: int,
        mask: int,
        delay_s: int | None,
        since_s: int | None,
        times: int,
    ) -> None:
        deepest = 2 * len(kind.tiers)
        self.pair.say(kind, seen, min(depth, deepest), mask, delay_s, since_s)
        for _ in range(times):
            self.pair.tick()

    @rule(wait_ms=st.sampled_from(WAITS_MS))
    def wait(self, wait_ms: int) -> None:
        self.pair.tick(wait_ms)

    @rule(kind=st.sampled_from(CHAIR), old=st.integers(0, 9), actor=actors)
    def acknowledge(self, kind: Kind, old: int, actor: str) -> None:
        occurrence = self.pair.engine.on.get(kind.name)
        number = occurrence.id if occurrence else "1.spo2_low.0"
        if old > 6 and self.pair.ids:
            number = self.pair.ids[-min(old - 6, len(self.pair.ids))]
        self.pair.acknowledge(number, actor)

    @rule(what=st.integers(0, 7), scope=st.sampled_from(SCOPES), actor=actors, pause_s=pauses)
    def press(self, what: int, scope: str, actor: str, pause_s: float) -> None:
        presses: tuple[Callable[[], None], ...] = (
            self.pair.restart,
            lambda: self.pair.pause(pause_s, actor),
            lambda: self.pair.audio_off(actor),
            self.pair.audio_on,
            lambda: self.pair.alarm_off(scope, actor),
            lambda: self.pair.alarm_on(scope),
            self.pair.end_all,
            self.pair.restart,
        )
        presses[what]()


TestChair = Chair.TestCase
TestChair.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)


def test_both_engines_say_the_same_for_a_hundred_thousand_ticks() -> None:
    seen = play_at_random(STEPS, SEED)
    for state in ("active", "acknowledged", "latched", "cleared"):
        assert seen[state] > STEPS / 200, f"{state} came {seen[state]} times: too seldom to tell"


ADVISORY = next(kind for kind in KINDS if kind.name == "spo2_low_advisory")


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
