"""A chart's buckets: no excursion is lost, no gap is bridged, no source hides another."""

from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.alarms.freshness import dash_ms
from monitor.store.database import open_to_write
from monitor.store.history import (
    MOST_BUCKETS,
    Trace,
    bucket_width_ms,
    cuff_readings,
    traces,
)
from tests.store.rows import BASE_MS, Point, chair_with, store

HR = Parameter.HR


def naive(points: list[Point], width_ms: int, period_ms: int) -> Trace:
    """The same by walking through every point."""
    trace = Trace()
    last_ms: int | None = None
    hole = False
    for t_ms, value in points:
        if value is None:
            hole = True
            continue
        bucket_ms = t_ms // width_ms * width_ms
        silent = last_ms is not None and t_ms - last_ms >= dash_ms(period_ms)
        broken = last_ms is None or hole or silent
        if trace.t_ms and trace.t_ms[-1] == bucket_ms:
            trace.low[-1] = min(trace.low[-1], value)
            trace.high[-1] = max(trace.high[-1], value)
            trace.broken[-1] = trace.broken[-1] or broken
        else:
            trace.t_ms.append(bucket_ms)
            trace.low.append(value)
            trace.high.append(value)
            trace.broken.append(broken)
        last_ms, hole = t_ms, False
    return trace


def test_spike_of_one_value_is_in_the_chart_at_every_width(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    span_s = 3 * 3600
    spike_s = 7321
    points: list[Point] = [
        (BASE_MS + s * 1000, 187.0 if s == spike_s else 70.0) for s in range(span_s)
    ]
    store(db, chair, source, HR, points)
    for width_ms in (1000 * 2**n for n in range(9)):
        trace = traces(db, chair, BASE_MS, BASE_MS + span_s * 1000, width_ms)[HR, source]
        assert max(trace.high) == 187
        assert trace.high.count(187) == 1
        at_ms = trace.t_ms[trace.high.index(187)]
        assert at_ms <= BASE_MS + spike_s * 1000 < at_ms + width_ms
        assert sum(trace.broken) == 1  # only its beginning


def test_width_keeps_a_trace_below_the_most_buckets() -> None:
    for span_s in (1, 900, 901, 5400, 10_800, 86_400, 1_000_000):
        width_ms = bucket_width_ms(BASE_MS, BASE_MS + span_s * 1000)
        assert span_s * 1000 / width_ms <= MOST_BUCKETS
        assert width_ms == 1000 or span_s * 1000 / (width_ms / 2) > MOST_BUCKETS


@pytest.mark.parametrize("width_ms", [1000, 8000, 16_000, 64_000])
@pytest.mark.parametrize("missing", ["silence", "no value"])
def test_gap_breaks_the_line_wherever_it_lies_in_a_bucket(
    db: Database, width_ms: int, missing: str
) -> None:
    chair, (source,) = chair_with(db, 1000)
    points: list[Point] = []
    for s in range(600):
        if not 300 < s <= 312:
            points.append((BASE_MS + s * 1000, 70.0))
        elif missing == "no value":
            points.append((BASE_MS + s * 1000, None))
    store(db, chair, source, HR, points)
    trace = traces(db, chair, BASE_MS, BASE_MS + 600_000, width_ms)[HR, source]
    again_ms = (BASE_MS + 313_000) // width_ms * width_ms
    where = [t_ms for t_ms, broken in zip(trace.t_ms, trace.broken, strict=True) if broken]
    assert where == [trace.t_ms[0], again_ms]


def test_one_word_of_no_value_between_two_values_breaks_the_line(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, HR, [(BASE_MS, 70.0), (BASE_MS + 1000, None), (BASE_MS + 2000, 71.0)])
    trace = traces(db, chair, BASE_MS, BASE_MS + 3000, 1000)[HR, source]
    assert trace.broken == [True, True]


def test_slow_source_is_not_broken_by_its_own_period(db: Database) -> None:
    chair, (slow,) = chair_with(db, 10_000)
    store(db, chair, slow, HR, [(BASE_MS + s * 1000, 70.0) for s in range(0, 300, 10)])
    assert sum(traces(db, chair, BASE_MS, BASE_MS + 300_000, 1000)[HR, slow].broken) == 1


def test_two_sources_of_one_parameter_at_the_same_moments_keep_all_rows(db: Database) -> None:
    chair, (one, other) = chair_with(db, 1000, 1000)
    times = [BASE_MS + s * 1000 for s in range(60)]
    store(db, chair, one, HR, [(t_ms, 70.0) for t_ms in times])
    store(db, chair, other, HR, [(t_ms, 90.0) for t_ms in times], tick=2)
    found = traces(db, chair, BASE_MS, BASE_MS + 60_000, 1000)
    assert found[HR, one].high == [70.0] * 60
    assert found[HR, other].high == [90.0] * 60


def test_other_chairs_are_not_in_the_chart(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    other, (others,) = chair_with(db, 1000, name="Chair 2")
    store(db, chair, source, HR, [(BASE_MS, 70.0)])
    store(db, other, others, HR, [(BASE_MS, 90.0)], tick=2)
    assert list(traces(db, chair, BASE_MS, BASE_MS + 1000, 1000)) == [(HR, source)]


steps = st.lists(
    st.tuples(
        st.integers(1, 25_000),
        st.one_of(st.none(), st.floats(20, 300).map(lambda value: round(value, 1))),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """One store for all examples: each has a chair of its own."""
    return open_to_write(tmp_path_factory.mktemp("history") / "h.db")


_chairs = count()


@settings(max_examples=100, deadline=None)
@given(
    steps=steps,
    width_ms=st.sampled_from([1000, 2000, 8000, 16_000, 32_000]),
    period_ms=st.sampled_from([1000, 5000, 10_000]),
)
def test_buckets_agree_with_a_walk_through_every_point(
    shared: Database, steps: list[tuple[int, float | None]], width_ms: int, period_ms: int
) -> None:
    points: list[Point] = []
    t_ms = BASE_MS
    for step_ms, value in steps:
        t_ms += step_ms
        points.append((t_ms, value))
    number = next(_chairs)
    chair, (source,) = chair_with(shared, period_ms, name=f"Chair {number}")
    store(shared, chair, source, HR, points, tick=number + 1)
    found = traces(shared, chair, BASE_MS, t_ms, width_ms).get((HR, source), Trace())
    assert found == naive(points, width_ms, period_ms)
    assert all(before < after for before, after in pairwise(found.t_ms))


def test_cuff_reading_is_one_with_its_parts_and_failures_are_left_out(db: Database) -> None:
    chair, (source,) = chair_with(db, 10_000)
    store(db, chair, source, Parameter.NIBP_SYS, [(BASE_MS, 120.0), (BASE_MS + 60_000, None)])
    store(db, chair, source, Parameter.NIBP_DIA, [(BASE_MS, 80.0)], tick=2)
    (reading,) = cuff_readings(db, chair, BASE_MS, BASE_MS + 60_000)
    assert (reading.sys, reading.dia, reading.mean) == (120, 80, None)
    assert [x.t_ms for x in cuff_readings(db, chair, BASE_MS, 2**62, after_tick=1)] == [BASE_MS]
    assert cuff_readings(db, chair, BASE_MS, 2**62, after_tick=2) == []
    assert traces(db, chair, BASE_MS, BASE_MS + 60_000, 1000) == {}
