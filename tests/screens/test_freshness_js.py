"""The live screen judges by itself how old a value is: its clock, sleep, dim and gone."""

from typing import Any

import pytest

from tests.screens.conftest import Js
from tests.screens.stream_alone import HR, SYS

pytestmark = pytest.mark.browser

CLOCK = "const c = new m.RecorderClock(); c.connected();"


def test_a_held_up_tick_cannot_make_an_old_value_look_fresh(js: Js) -> None:
    now, beat = js(
        "freshness.js",
        CLOCK
        + """
        c.tick(100_000, 1, 0);
        c.tick(101_000, 1, 9_000); // made one second after the first, came eight seconds late
        return [c.now(9_000), c.heartbeatAge(9_000)];
        """,
    )
    assert now == pytest.approx(109_000, abs=20)
    assert beat == pytest.approx(8_000, abs=20)


def test_the_tick_that_was_least_late_counts(js: Js) -> None:
    now = js(
        "freshness.js",
        CLOCK + "c.tick(100_000, 1, 800); c.tick(101_000, 1, 1_000); return c.now(1_000);",
    )
    assert now == 101_000


@pytest.mark.parametrize("rate", [1, 10])
def test_the_heartbeat_ages_in_wall_time(js: Js, rate: int) -> None:
    ages = js(
        "freshness.js",
        CLOCK + "c.tick(5_000, d, 0);"
        "return [c.heartbeatAge(2_900), c.heartbeatAge(3_100), c.now(1000)];",
        rate,
    )
    assert ages[0] < 3_000 < ages[1]
    assert ages[2] == pytest.approx(5_000 + 1_000 * rate, rel=1e-3)


def test_a_snapshot_is_no_heartbeat(js: Js) -> None:
    """The snapshot of a recorder that stopped long ago holds an old time and old values."""
    sure, age = js(
        "freshness.js",
        CLOCK + "c.hint(100_000, 1, 0); return [c.sure, c.heartbeatAge(1) === Infinity];",
    )
    assert (sure, age) == (False, True)


def test_after_a_sleep_only_a_new_tick_is_a_heartbeat(js: Js) -> None:
    before, after = js(
        "freshness.js",
        CLOCK
        + """
        c.tick(100_000, 1, 0); c.slept();
        const before = [c.heartbeatAge(10), c.sure].join();
        c.connected(); c.tick(700_000, 1, 20);
        return [before, [c.now(20), c.heartbeatAge(20), c.sure].join()];
        """,
    )
    assert before == "Infinity,false"
    assert after == "700000,0,true"


def test_a_new_connection_may_bring_an_earlier_time(js: Js) -> None:
    now = js(
        "freshness.js",
        CLOCK + "c.tick(9e6, 10, 0); c.connected(); c.tick(100, 1, 5);return c.now(5);",
    )
    assert now == 100


def test_a_fast_crystal_never_makes_live_data_late(js: Js) -> None:
    """A day of ticks on a tablet whose clock gains 200 in a million."""
    worst = js(
        "freshness.js",
        CLOCK
        + """
        let worst = 0;
        for (let s = 0; s < 86_400; s++) {
          const at = s * 1000 * 1.0002;
          c.tick(s * 1000, 1, at);
          worst = Math.max(worst, c.heartbeatAge(at));
        }
        return worst;
        """,
    )
    assert worst < 50


@pytest.mark.parametrize(
    ("mono", "wall", "seen"),
    [
        (250, 250, "awake"),
        (2_000, 2_000, "awake"),
        (2_600, 2_600, "gap"),
        (300, 60_000, "nap"),  # suspended: the monotonic clock may stand still
        (60_000, 60_000, "nap"),
    ],
)
def test_a_pause_of_our_own_timer_is_noticed(js: Js, mono: int, wall: int, seen: str) -> None:
    assert js("freshness.js", "return new m.SleepWatch(0, 0).look(...d);", [mono, wall]) == seen


@pytest.mark.parametrize(
    ("change", "age", "fresh", "value", "dim", "why"),
    [
        ({}, 1_000, True, 88, False, ""),
        ({}, 5_001, True, 88, True, ""),
        ({}, 9_999, True, 88, True, ""),
        ({}, 10_000, True, None, False, "no data"),
        ({}, 0, False, None, False, "no data"),
        ({"value": None, "validity": "unavailable", "reason": "probe off"}, 0, True, None, False,
         "probe off"),
        ({"validity": "invalid"}, 0, True, None, False, "invalid"),
        ({"validity": "questionable"}, 0, True, 88, False, ""),
        ({"t_ms": None, "value": None, "last": None}, 0, True, None, False, "no value yet"),
    ],
)  # fmt: skip
def test_a_continuous_value_dims_and_then_goes(
    js: Js, change: dict[str, Any], age: int, fresh: bool, value: int | None, dim: bool, why: str
) -> None:
    seen = js("freshness.js", "return m.judge(...d);", [{**HR, **change}, 100_000 + age, fresh])
    assert (seen["value"], seen["dim"], seen["why"]) == (value, dim, why)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_cuff_value_stays_with_its_age(js: Js, fresh: bool) -> None:
    seen = js("freshness.js", "return m.judge(...d);", [SYS, 1_000_000, fresh])
    assert (seen["value"], seen["age_ms"], seen["dim"]) == (164, 900_000, False)
    for age, dim in ((3_599_999, False), (3_600_000, True)):
        seen = js("freshness.js", "return m.judge(...d);", [SYS, 100_000 + age, fresh])
        assert (seen["value"], seen["dim"]) == (164, dim)


def test_a_cuff_value_from_before_the_connection_is_no_number(js: Js) -> None:
    before = {**SYS, "reason": "before connection 142/88"}
    seen = js("freshness.js", "return m.judge(...d);", [before, 101_000, True])
    assert (seen["value"], seen["age_ms"], seen["why"]) == (None, None, before["reason"])


def test_while_the_cuff_measures_the_last_reading_stands(js: Js) -> None:
    """The server leaves value and time of the last reading, with the newer word on it."""
    busy = {**SYS, "value": 151, "t_ms": 100_000, "validity": "measuring", "reason": "measuring"}
    seen = js("freshness.js", "return m.judge(...d);", [busy, 161_000, True])
    assert (seen["value"], seen["age_ms"], seen["why"]) == (151, 61_000, "measuring")
    failed = {**busy, "validity": "invalid", "reason": "cuff measurement failed"}
    seen = js("freshness.js", "return m.judge(...d);", [failed, 161_000, True])
    assert (seen["value"], seen["why"]) == (151, "cuff measurement failed")
