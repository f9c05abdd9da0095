"""What holds of the alarms whatever comes: random words, silences, jumps, presses, restarts."""

from dataclasses import replace
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.numeric import CUFF, Parameter, Validity, no_value, numeric
from monitor.alarms.engine import Transition
from monitor.alarms.freshness import dash_ms
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.limits import Priority
from tests.alarms.bedside import Bedside, cuff, cuff_word, ms

CONTINUOUS = (Parameter.SPO2, Parameter.HR)
Step = tuple[float, int, str, float]
WHAT = [
    *("value", "value", "value", "off", "heard", "nothing", "nothing", "cuff", "part"),
    *("measuring", "before", "dosing", "acknowledge", "different", "restart"),
]

steps = st.lists(
    st.tuples(
        st.sampled_from([0.2, 1.0, 1.0, 1.0, 4.0, 12.0, 200.0]),
        st.sampled_from([1, 2]),
        st.sampled_from(WHAT),
        st.sampled_from([30.0, 38.0, 45.0, 80.0, 84.0, 88.0, 95.0]),
    ),
    max_size=40,
)


def step(bedside: Bedside, at_s: float, source: int, what: str, value: float) -> None:
    bedside.states[source] = "connected"
    match what:
        case "value":
            for parameter in CONTINUOUS:
                bedside.value(at_s, value, parameter, source=source)
        case "off":
            bedside.none(at_s, source=source)
        case "heard":
            bedside.hear(at_s, source)
        case "cuff":
            bedside.say(at_s, *cuff(at_s - 20, value + 80, value, value + 20), source=source)
        case "part":
            bedside.say(at_s, *cuff(at_s - 20, value + 80), source=source)
        case "measuring":
            bedside.say(at_s, *cuff_word(at_s, "measuring", Validity.MEASURING), source=source)
        case "before":
            word = cuff_word(at_s, "before connection 120", Validity.UNAVAILABLE)
            bedside.say(at_s, *word, source=source)
        case "dosing":
            bedside.dosing = not bedside.dosing
        case "different":
            bedside.states[source] = "different"
            for parameter in CONTINUOUS:
                word = [no_value(parameter, ms(at_s), "different monitor", Validity.UNAVAILABLE)]
                bedside.knowledge.take(source, 1000, word)
        case "acknowledge":
            for occurrence in list(bedside.engine.on.values())[:1]:
                told = bedside.engine.acknowledge(occurrence.id, "RN Keller", ms(at_s))
                bedside.log += [told] if told else []
        case "restart":
            bedside.restart(at_s)


def played(some: list[Step]) -> Bedside:
    """Play the steps, and look at each end of an occurrence when it comes."""
    bedside = Bedside(expected=(*CONTINUOUS, *CUFF), periods={1: 1.0, 2: 5.0})
    at_s = 0.0
    for wait_s, source, what, value in some:
        at_s += wait_s
        step(bedside, at_s, source, what, value)
        for change in bedside.tick(at_s):
            if change.state == "cleared":
                assert_there_is_reason_to_end(bedside, change, at_s)
        assert len({x.id for x in bedside.engine.on.values()}) == len(bedside.engine.on)
    return bedside


def assert_there_is_reason_to_end(bedside: Bedside, change: Transition, at_s: float) -> None:
    """A value that was measured, or a device that speaks: never that there is nothing."""
    x = change.occurrence
    if x.condition in ("no_session", "spo2_held", "nibp_implausible", "bp_overdue"):
        return  # theirs are their own: tests/alarms/test_technical.py
    if x.parameter:
        known = bedside.knowledge.now()[x.parameter]
        value = known.current(ms(at_s))
        assert value is not None
        for limit in bedside.limits:
            if limit.condition == x.condition:
                bound = limit.at(bedside.baseline.get(limit.parameter))
                assert bound is not None
                assert (
                    not limit.violated(value, bound)
                    or limit.delay_s
                    or any(urgent in bedside.engine.on for urgent in limit.alarms)
                )
    elif x.condition.startswith("no_data_"):
        source = int(x.condition.removeprefix("no_data_"))
        age_ms = ms(at_s) - bedside.heard[source]
        quiet = age_ms >= dash_ms(round(bedside.periods[source] * 1000))
        assert not quiet or bedside.states[source] == "different"


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_alarm_ends_because_data_vanished(some: list[Step]) -> None:
    played(some)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_transitions_are_well_formed(some: list[Step]) -> None:
    """One open occurrence a condition: active first, signalled truly, latched if high, cleared."""
    log = played(some).log
    open_: dict[str, Transition] = {}
    seen: set[str] = set()
    for change in log:
        x = change.occurrence
        before = open_.get(x.condition)
        if before is None:
            assert (change.state, change.signals) == ("active", True)
            assert x.id not in seen
            seen.add(x.id)
        else:
            assert (x.id, x.since_ms) == (before.occurrence.id, before.occurrence.since_ms)
            assert_moved_truly(before, change)
        if change.state != "cleared":
            assert x.state == change.state
        assert change.actor in (None, "RN Keller")
        open_[x.condition] = change
        if change.state == "cleared":
            del open_[x.condition]


def assert_moved_truly(before: Transition, change: Transition) -> None:
    """What a transition may be after another one of the same occurrence."""
    x, moved = change.occurrence, change.occurrence.priority - before.occurrence.priority
    if moved > 0 or (before.state == "latched" and change.state == "active"):
        assert (change.state, change.signals) == ("active", True)
    if moved < 0:
        assert not change.signals
        assert change.state == before.state
    if change.state == "latched":
        assert (x.kind, x.priority, before.state) == ("physiological", Priority.HIGH, "active")
    if change.state == "cleared":
        assert not change.signals
        assert before.state == "acknowledged" or not latches(before)
    if change.signals:
        assert x.acknowledged_by is None
        assert not x.latched


def latches(change: Transition) -> bool:
    x = change.occurrence
    return x.kind == "physiological" and x.priority is Priority.HIGH


@settings(max_examples=25, deadline=None)
@given(steps)
def test_the_same_inputs_give_the_same_alarms(some: list[Step]) -> None:
    assert played(some).log == played(some).log


@settings(max_examples=15, deadline=None)
@given(steps)
def test_what_stays_missing_or_silent_rises_in_time(some: list[Step]) -> None:
    """Whatever went before: a minute and a half without a word, and staff know it."""
    bedside = played(some)
    bedside.dosing = True
    bedside.states.clear()
    at_s = sum(row[0] for row in some)
    for second in range(1, 100):
        bedside.tick(at_s + second)
        if second > 15 + 10:
            assert bedside.priority("no_data_1").split()[0] in ("medium", "high")
    assert all(bedside.priority(f"no_data_{x}").split()[0] == "high" for x in (1, 2))


Word = tuple[int, Literal["value", "off"], int, float]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.sampled_from(["value", "off"]),
            st.sampled_from([1, 2]),
            st.sampled_from([80.0, 95.0]),
        ),
        unique_by=lambda word: (word[0], word[2]),
    ),
    st.randoms(use_true_random=False),
)
def test_only_the_order_of_each_source_matters(some: list[Word], random: object) -> None:
    """Two sources may be folded in turns or one after the other: the same is known in the end."""

    def folded(words: list[Word]) -> Knowledge:
        knowledge = Knowledge([1, 2])
        for at_s, what, source, value in words:
            told = no_value(Parameter.SPO2, ms(at_s), "probe off")
            if what == "value":
                told = numeric(Parameter.SPO2, value, ms(at_s))
            knowledge.take(source, 1000, [told])
        knowledge.choose(ms(300))
        return knowledge

    in_time = folded(sorted(some))
    by_source = folded(sorted(some, key=lambda word: (word[2], word[0])))
    assert in_time.now() == by_source.now()
    late = folded(sorted(some) + sorted(some))
    assert {key: x.value for key, x in late.now().items()} == {
        key: x.value for key, x in in_time.now().items()
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20),
            st.sampled_from([1, 2]),
            st.tuples(*(st.sampled_from([None, 90.0, 120.0]) for _ in CUFF)),
        ),
        max_size=8,
    )
)
def test_the_parts_of_a_cuff_are_of_one_reading_whatever_comes_in_which_order(
    readings: list[tuple[int, int, tuple[float | None, float | None, float | None]]],
) -> None:
    knowledge = Knowledge([1, 2])
    told = []
    for at_s, source, parts in readings:
        told.append((at_s, source, parts))
        knowledge.take(source, 1000, cuff(at_s, *parts))
        knowledge.choose(ms(100))
        shown = [x for x in knowledge.now().values() if x.value is not None]
        assert len({(x.source, x.t_ms) for x in shown}) <= 1
        newest = [row[0] for row in told if any(part is not None for part in row[2])]
        assert {x.t_ms for x in shown} == ({ms(max(newest))} if newest else set())


def test_a_restored_engine_goes_on_like_one_that_never_stopped() -> None:
    bedside = Bedside()
    for second in range(20):
        bedside.value(second, 88)
        bedside.tick(second)
    before = bedside.one("spo2_low")
    bedside.restart(20)
    assert bedside.one("spo2_low") == replace(before)
