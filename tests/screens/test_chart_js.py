"""What the live chart draws: buckets, the model behind them, rows, limits and the baseline."""

import random

import pytest

from tests.screens.conftest import Js
from tests.screens.stream_alone import snapshot

pytestmark = pytest.mark.browser


def test_no_spike_is_lost_however_often_buckets_are_joined(js: Js) -> None:
    rng = random.Random(7)
    values = [[s * 1000, rng.randint(60, 90)] for s in range(20_000)]
    for at in rng.sample(range(20_000), 12):
        values[at][1] = rng.choice([31, 199])
    got = js(
        "buckets.js",
        """
        const b = new m.Buckets(1000, 10_000);
        for (const [t, v] of d) b.add(t, v);
        return { width: b.width, t: b.t, min: b.min, max: b.max, broken: b.broken };
        """,
        values,
    )
    assert len(got["t"]) <= 900
    assert got["width"] == 32_000
    for t, low, high in zip(got["t"], got["min"], got["max"], strict=True):
        held = [v for at, v in values if t <= at < t + got["width"]]
        assert (low, high) == (min(held), max(held))
    assert got["broken"] == [True] + [False] * (len(got["t"]) - 1)


def test_no_gap_is_bridged_by_joining(js: Js) -> None:
    """A miss of one reading, a silence, and a gap inside what becomes one bucket."""
    got = js(
        "buckets.js",
        """
        const b = new m.Buckets(1000, 5000);
        for (let s = 0; s < 1000; s++) {
          if (s >= 500 && s < 540) continue;
          b.add(s * 1000, 70);
          if (s === 252) b.miss();
        }
        return b.t.filter((t, i) => b.broken[i]);
        """,
    )
    assert got == [0, 252_000, 540_000]


def test_a_gap_inside_a_bucket_breaks_the_line_before_it(js: Js) -> None:
    broken = js(
        "buckets.js",
        """
        const b = new m.Buckets(4000, 10_000);
        b.add(0, 70); b.add(4000, 70); b.miss(); b.add(6000, 71); b.add(8000, 70);
        return b.broken;
        """,
    )
    assert broken == [True, True, False]


def test_the_history_is_continued_and_a_silence_after_it_seen(js: Js) -> None:
    trace = {"t": [0, 4000], "min": [70, 71], "max": [72, 73], "broken": [True, False]}
    got = js(
        "buckets.js",
        """
        const make = () => new m.Buckets(4000, 10_000).load(d);
        const near = make(), far = make();
        near.add(7000, 99); near.add(8000, 75);
        far.add(30_000, 75);
        return [near.max, near.broken, far.broken];
        """,
        trace,
    )
    assert got == [[72, 99, 75], [True, False, False], [True, False, True]]


def test_a_late_value_widens_its_own_bucket(js: Js) -> None:
    got = js(
        "buckets.js",
        """
        const b = new m.Buckets(1000, 10_000);
        b.add(0, 70); b.add(1000, 71); b.add(2000, 72);
        return [b.add(500, 120), b.add(1500, 71), b.max, b.t];
        """,
    )
    assert got == [True, False, [120, 71, 72], [0, 1000, 2000]]


def test_the_ribbon_breaks_at_gaps_and_shows_a_lonely_bucket(js: Js) -> None:
    got = js(
        "buckets.js",
        """
        const b = new m.Buckets(1000, 10_000);
        b.load({ t: [0, 1000, 9000], min: [1, 2, 5], max: [3, 4, 5], broken: [true, false, true] });
        return b.ribbon((t) => t);
        """,
    )
    assert got["x"] == [500, 1500, 1500, 500, None, 9000, 10_000, 10_000, 9000]
    assert got["y"] == [3, 4, 2, 1, None, 5, 5, 5, 5]


MODEL = "const model = new m.Model(); model.snapshot(d);"


def test_a_tick_that_is_not_newer_changes_nothing(js: Js) -> None:
    got = js(
        "model.js",
        MODEL
        + """
        const old = { tick: 1, now_ms: 5, rate: 1, readings: [{ p: "HR", t: 200_000, v: 99 }] };
        return [model.add(old), model.parameter("HR").value];
        """,
        snapshot(),
    )
    assert got == [False, 88]


def test_a_missing_value_breaks_the_trend_and_keeps_the_last_in_small(js: Js) -> None:
    got = js(
        "model.js",
        MODEL
        + """
        const say = (tick, t, v) => model.add({ tick, now_ms: t, rate: 1,
          readings: [{ p: "HR", t, v, ok: v === null ? "unavailable" : "valid", why: "" }] });
        say(2, 101_000, 90); say(3, 102_000, null); say(4, 103_000, 91);
        return [model.trends.HR.broken, model.parameter("HR").last, model.parameter("HR").value];
        """,
        snapshot(),
    )
    assert got == [[True, True], {"t_ms": 103_000, "value": 91}, 91]


def test_another_devices_values_are_no_part_of_the_line_of_the_first(js: Js) -> None:
    broken = js(
        "model.js",
        MODEL
        + """
        const say = (tick, t, v, rest) => model.add({ tick, now_ms: t, rate: 1,
          readings: [{ p: "HR", t, v, ok: "valid", why: "" }], ...rest });
        say(2, 101_000, 100);
        say(3, 102_000, 91, { parameters: { HR: { ...model.parameter("HR"), source: 2 } } });
        say(4, 103_000, 91);
        return model.trends.HR.broken;
        """,
        snapshot(),
    )
    assert broken == [True, True, False]


def test_an_older_reading_does_not_replace_a_newer_one(js: Js) -> None:
    value = js(
        "model.js",
        MODEL
        + """
        model.add({ tick: 2, now_ms: 1, rate: 1,
          readings: [{ p: "HR", t: 99_000, v: 40, ok: "valid", why: "" }] });
        return model.parameter("HR").value;
        """,
        snapshot(),
    )
    assert value == 88


def test_a_cuff_reading_is_drawn_once(js: Js) -> None:
    count = js(
        "model.js",
        MODEL
        + """
        const cuffs = [{ t_ms: 5, sys: 120, dia: 80, mean: null }];
        model.add({ tick: 2, now_ms: 1, rate: 1, cuffs });
        model.add({ tick: 3, now_ms: 2, rate: 1, cuffs });
        return model.cuffs.length;
        """,
        snapshot(),
    )
    assert count == 1


def test_what_people_typed_is_no_markup_in_the_chart(js: Js) -> None:
    assert js("chartlayout.js", "return m.plain('<b>x</b> & y');") == "&lt;b&gt;x&lt;/b&gt; &amp; y"


LIMITS = {
    "sys": [
        {"priority": "medium", "side": "low", "bound": 90},
        {"priority": "medium", "side": "high", "bound": 160},
    ],
    "dia": [
        {"priority": "medium", "side": "low", "bound": 50},
        {"priority": "medium", "side": "high", "bound": 100},
    ],
}


@pytest.mark.parametrize(
    ("height", "bands", "lines"), [(120, [160], [50, 90, 100, 160]), (40, [50, 160], [])]
)
def test_a_low_row_of_the_chart_shows_the_cuffs_outer_bands_alone(
    js: Js, height: int, bands: list[int], lines: list[int]
) -> None:
    shapes = js(
        "chartlayout.js",
        "return m.cuffShapes([20, 200], d[0].sys, d[0].dia, d[1]);",
        [LIMITS, height],
    )
    assert sorted(x["y0"] for x in shapes if x["type"] == "rect") == bands
    assert sorted(x["y0"] for x in shapes if x["type"] == "line") == lines


def test_a_low_row_of_the_chart_has_one_number(js: Js) -> None:
    told = js("chartlayout.js", "return [m.ticks([80, 101], 40), m.ticks([80, 101], 120)];")
    assert told == [{"tickmode": "array", "tickvals": [90]}, {}]


@pytest.mark.parametrize(
    ("value", "baseline", "decimals", "told"),
    [
        (88, 74, 0, "+14"),
        (97, 98, 0, "\u22121"),
        (74.4, 74, 0, "\u00b10"),
        (73.6, 74, 0, "\u00b10"),
        (36.7, 36.4, 1, "+0.3"),
        (36.1, 36.4, 1, "\u22120.3"),
        (None, 74, 0, ""),
        (88, None, 0, ""),
    ],
)
def test_how_far_a_value_is_from_the_baseline(
    js: Js, value: float | None, baseline: float | None, decimals: int, told: str
) -> None:
    said = js("limits.js", "return m.difference(...d);", [value, baseline, decimals])
    assert said == told


def test_without_a_baseline_there_is_no_difference(js: Js) -> None:
    assert js("limits.js", "return m.difference(88, undefined, 0);") == ""


def test_changed_limits_and_the_baseline_come_with_a_tick(js: Js) -> None:
    got = js(
        "model.js",
        MODEL
        + """
        model.add({ tick: 2, now_ms: 1, rate: 1, limits_changed: ["a"], baseline: { HR: 74 } });
        const before = [model.now.limits_changed, model.now.baseline];
        model.add({ tick: 3, now_ms: 2, rate: 1, limits_changed: [], baseline: {} });
        return [before, [model.now.limits_changed, model.now.baseline]];
        """,
        snapshot(),
    )
    assert got == [[["a"], {"HR": 74}], [[], {}]]
