"""How values moved: medians, a change, a robust slope, when a limit is reached; and the alarms."""

import math
import random
from collections.abc import Mapping
from typing import Any

import pytest

from devices.numeric import Parameter
from monitor.alarms.limits import Limit, Priority, Side
from monitor.alarms.presets import Change, Rules
from monitor.alarms.trends import KEEP_MS, Trends, seconds_to
from tests.alarms.bedside import SHIPPED, Bedside, ms, states

SPO2 = Parameter.SPO2


def fed(values: Mapping[Any, float], source: int = 1) -> Trends:
    """Trends of what came, by second."""
    trends = Trends()
    for at_s, value in values.items():
        trends.take(SPO2, source, ms(at_s), value)
    return trends


def every_second(until_s: int, start: float, slope: float) -> dict[float, float]:
    return {at_s: start + slope * at_s for at_s in range(until_s)}


def medians(trends: Trends, now_s: float, span_s: float = 60) -> list[tuple[float, float]]:
    """The medians by second, instead of by time."""
    found = trends.medians(SPO2, 1, ms(now_s), round(span_s * 1000))
    return [((t_ms - ms(0)) / 1000, value) for t_ms, value in found]


def test_medians_are_of_ten_seconds_each_counted_back_from_now_oldest_first() -> None:
    trends = fed({0: 90, 9.999: 98, 10: 96, 19: 70, 19.5: 95})
    assert medians(trends, 19.999) == [(4.999, 94.0), (14.999, 95.0)]


def test_the_span_ends_where_it_ends() -> None:
    trends = fed({0: 90, 10: 91, 20: 92})
    assert medians(trends, 20, 20) == [(5.0, 91.0), (15.0, 92.0)]
    assert medians(trends, 20, 20.001) == [(-5.0, 90.0), (5.0, 91.0), (15.0, 92.0)]


def test_a_gap_leaves_its_medians_out() -> None:
    assert medians(fed({0: 97, 31: 93}), 35) == [(0.0, 97.0), (30.0, 93.0)]


def test_what_is_told_ahead_of_now_waits() -> None:
    assert medians(fed({0: 97, 12: 80}), 10) == [(-5.0, 97.0)]


def test_of_a_source_that_said_nothing_there_are_none() -> None:
    trends = fed({0: 97})
    assert trends.medians(SPO2, 2, ms(0), 60_000) == []
    assert trends.medians(Parameter.HR, 1, ms(0), 60_000) == []


def test_late_words_are_not_taken() -> None:
    trends = fed({10: 97, 9: 50, 9.5: 60})
    trends.take(SPO2, 1, ms(10), 40)
    assert list(trends.values[(SPO2, 1)]) == [(ms(10), 97)]


def test_five_minutes_are_kept() -> None:
    trends = fed({0: 97, 1: 96, KEEP_MS / 1000 + 0.5: 95})
    assert [value for _, value in trends.values[(SPO2, 1)]] == [96, 95]
    trends = fed({0: 97, KEEP_MS / 1000: 95})
    assert [value for _, value in trends.values[(SPO2, 1)]] == [97, 95]


def test_another_patients_values_are_forgotten() -> None:
    trends = fed({0: 97, 10: 96, 11: 95})
    trends.forget_before(ms(10))
    assert [value for _, value in trends.values[(SPO2, 1)]] == [96, 95]
    trends.forget_before(ms(60))
    assert not trends.values[(SPO2, 1)]


@pytest.mark.parametrize(
    ("values", "side", "expected"),
    [
        ({0: 97, 10: 99, 20: 92}, "low", (99, 92)),
        ({0: 97, 10: 99, 20: 92}, "high", (92, 92)),
        ({0: 90, 10: 99}, "high", (90, 99)),
        ({9: 97}, "low", None),
        ({}, "low", None),
    ],
)
def test_a_change_is_from_the_extreme_of_the_span(
    values: dict[float, float], side: str, expected: tuple[float, float] | None
) -> None:
    now_s = max(values, default=0)
    assert fed(values).change(SPO2, 1, ms(now_s), 60, side) == expected


def test_a_change_needs_a_value_of_the_last_ten_seconds() -> None:
    trends = fed({0: 97, 10: 92})
    assert trends.change(SPO2, 1, ms(19.999), 60, "low") == (97, 92)
    assert trends.change(SPO2, 1, ms(20), 60, "low") is None


def test_a_change_looks_no_further_back_than_its_span() -> None:
    trends = fed({0: 99, 30: 95, 55: 92})
    assert trends.change(SPO2, 1, ms(55), 40, "low") == (95, 92)
    assert trends.change(SPO2, 1, ms(55), 60, "low") == (99, 92)


@pytest.mark.parametrize("slope", [-0.05, 0.0, 0.02])
def test_a_steady_slope_is_found_as_it_is(slope: float) -> None:
    line = fed(every_second(121, 96, slope)).line(SPO2, 1, ms(120))
    assert line is not None
    assert line[1] == pytest.approx(slope, abs=1e-9)
    assert line[0] == pytest.approx(96 + slope * 120, abs=0.5 * abs(slope) + 1e-9)


def test_the_median_of_the_slopes_of_all_pairs() -> None:
    """By hand: six medians a step of ten seconds apart."""
    values = dict(zip(range(5, 65, 10), (100.0, 99.0, 98.0, 97.0, 96.0, 80.0), strict=True))
    line = fed(values).line(SPO2, 1, ms(60))
    assert line is not None
    # Ten pairs among the first five have -0.1; five with the last -0.4, -0.475, -0.6, -0.85, -1.6.
    assert line[1] == pytest.approx(-0.1)
    # Each point carried to now: five give 94.5, the stray one 79.5.
    assert line[0] == pytest.approx(94.5)


def test_strays_and_noise_do_not_move_the_line() -> None:
    chance = random.Random(1)
    values = {at_s: 96 + chance.gauss(0, 0.7) for at_s in range(121)}
    values |= dict.fromkeys(range(30, 50), 60.0)
    line = fed(values).line(SPO2, 1, ms(120))
    assert line is not None
    assert abs(line[1]) * 120 < 2
    assert line[0] == pytest.approx(96, abs=1)


@pytest.mark.parametrize(("buckets", "known"), [(5, False), (6, True)])
def test_a_line_needs_half_of_its_medians(buckets: int, known: bool) -> None:
    values = {120.0 - 10 * n: 96.0 for n in reversed(range(buckets))}
    assert (fed(values).line(SPO2, 1, ms(120)) is not None) is known


def test_a_line_needs_a_value_of_the_last_ten_seconds() -> None:
    trends = fed(every_second(121, 96, -0.05))
    assert trends.line(SPO2, 1, ms(129.999)) is not None
    assert trends.line(SPO2, 1, ms(130)) is None


def test_a_line_looks_back_two_minutes() -> None:
    values = {at_s: 96.0 if at_s <= 120 else 96 - 0.1 * (at_s - 120) for at_s in range(241)}
    line = fed(values).line(SPO2, 1, ms(240))
    assert line is not None
    assert line[1] == pytest.approx(-0.1, abs=1e-9)


@pytest.mark.parametrize(
    ("line", "bound", "side", "seconds"),
    [
        ((96.0, -0.05), 90, "low", 120.0),
        ((96.1, -0.05), 90, "low", None),  # beyond the horizon
        ((90.0, -0.05), 90, "low", 0.0),
        ((88.0, -0.05), 90, "low", 0.0),  # beyond the bound, and on outward
        ((96.0, 0.05), 90, "low", None),  # away from it
        ((88.0, 0.05), 90, "low", None),
        ((96.0, 0.0), 90, "low", None),
        ((91.0, -0.0166), 90, "low", None),  # less than 2 within two minutes is noise
        ((91.0, -2 / 120), 90, "low", 60.0),
        ((114.0, 0.05), 120, "high", 120.0),
        ((114.0, -0.05), 120, "high", None),
        ((122.0, 0.05), 120, "high", 0.0),
    ],
)
def test_how_long_until_the_bound(
    line: tuple[float, float], bound: float, side: str, seconds: float | None
) -> None:
    found = seconds_to(line, bound, side, 120)
    assert found == (None if seconds is None else pytest.approx(seconds))


# The alarms made of them.


def falling(by: float = 4, side: Side = "low", priority: Priority = Priority.MEDIUM) -> Rules:
    return Rules(changes=(Change(SPO2, side, by, 60, priority),))


def steady(bedside: Bedside, start_s: int, until_s: int, value: float) -> None:
    for at_s in range(start_s, until_s):
        bedside.value(at_s, value)
        bedside.tick(at_s)


@pytest.mark.parametrize(
    ("now", "side", "text"),
    [
        (93, "low", "SpO2 falling: 97 to 93 within 60 s"),
        (93.1, "low", None),
        (100, "high", None),
        (94, "high", None),
    ],
)
def test_a_change_alarms_by_so_much(now: float, side: Side, text: str | None) -> None:
    bedside = Bedside(limits=(), rules=falling(side=side))
    steady(bedside, 0, 30, 97)
    steady(bedside, 30, 40, now)
    # Six of the last ten values are the new one at 35 s: then it is their median.
    found = [(x.text, x.since_ms) for x in bedside.engine.on.values()]
    assert found == ([(text, ms(35))] if text else [])


def test_a_rise_is_the_same_the_other_way_round() -> None:
    bedside = Bedside(limits=(), rules=falling(side="high", priority=Priority.LOW))
    steady(bedside, 0, 30, 90)
    steady(bedside, 30, 40, 94)
    x = bedside.one("spo2_rising")
    assert (x.kind, x.priority, x.parameter) == ("physiological", Priority.LOW, SPO2)
    assert (x.text, x.value) == ("SpO2 rising: 90 to 94 within 60 s", 94)


def test_a_fall_that_stays_down_is_over_when_the_span_has_passed() -> None:
    bedside = Bedside(limits=(), rules=falling())
    steady(bedside, 0, 30, 97)
    steady(bedside, 30, 120, 92)
    ends = [(x.state, x.occurrence.since_ms) for x in bedside.log]
    assert [state for state, _ in ends] == ["active", "cleared"]
    assert "spo2_falling" not in bedside.engine.on


def test_a_gap_and_a_restart_end_no_change() -> None:
    bedside = Bedside(limits=(), rules=falling())
    steady(bedside, 0, 30, 97)
    steady(bedside, 30, 45, 92)
    assert bedside.priority("spo2_falling") == "medium"
    for at_s in range(45, 110):
        bedside.none(at_s)
        bedside.tick(at_s)
    bedside.value(110, 92)
    bedside.tick(110)
    assert bedside.priority("spo2_falling") == "medium", "one value is no change"
    bedside.restart(111)
    steady(bedside, 111, 119, 92)
    assert bedside.priority("spo2_falling") == "medium"
    steady(bedside, 119, 132, 92)
    assert bedside.priority("spo2_falling") == ""


MEDIUM_90 = [x for x in SHIPPED if x.parameter is SPO2 and x.priority is not Priority.LOW]


def slide(bedside: Bedside, start_s: int, until_s: int, start: float, slope: float) -> None:
    for at_s in range(start_s, until_s):
        bedside.value(at_s, start + slope * (at_s - start_s))
        bedside.tick(at_s)


def test_soon_comes_before_the_limit_and_ends_with_its_alarm_without_a_gap() -> None:
    bedside = Bedside(limits=MEDIUM_90, rules=Rules(soon_s={"SpO2": 120}), phase="baseline")
    seen = []
    for at_s in range(200):
        bedside.value(at_s, 98 - 0.05 * at_s)
        seen += [(at_s, *told) for told in states(bedside.tick(at_s))]
    assert [(condition, state) for _, condition, state, _ in seen] == [
        ("spo2_low_soon", "active"),
        ("spo2_low", "active"),
        ("spo2_low_soon", "cleared"),
    ]
    first, alarm, last = (at_s for at_s, *_ in seen)
    assert first <= 60 < 160 < alarm == last
    assert alarm == math.ceil((98 - 90) / 0.05) + 1 + 15
    x = next(x.occurrence for x in bedside.log)
    assert (x.text, x.limit, x.priority.word) == ("SpO2 may be < 90 within 2 min", 90, "low")


def test_soon_ends_by_another_slope_and_not_by_a_gap() -> None:
    bedside = Bedside(limits=MEDIUM_90, rules=Rules(soon_s={"SpO2": 120}), phase="baseline")
    slide(bedside, 0, 80, 96, -0.05)
    assert bedside.priority("spo2_low_soon") == "low"
    for at_s in range(80, 100):
        bedside.none(at_s)
        bedside.tick(at_s)
        assert bedside.priority("spo2_low_soon") == "low"
        assert "spo2_low_soon" in bedside.engine.unknown
    bedside.value(100, 92)
    bedside.tick(100)
    assert bedside.priority("spo2_low_soon") == "low"
    bedside.restart(101)
    steady(bedside, 101, 140, 94)
    assert bedside.priority("spo2_low_soon") == "low", "not enough is known yet"
    steady(bedside, 140, 180, 94)
    assert bedside.priority("spo2_low_soon") == ""


def test_soon_does_not_begin_beyond_the_limit() -> None:
    bedside = Bedside(
        limits=[Limit(SPO2, "low", Priority.MEDIUM, 90, 60)],
        rules=Rules(soon_s={"SpO2": 120}),
        phase="baseline",
    )
    slide(bedside, 0, 58, 89.9, -0.05)
    slide(bedside, 58, 62, 87, -0.05)
    assert {x.occurrence.condition for x in bedside.log} == {"spo2_low"}


def test_soon_is_told_of_every_medium_limit_of_its_parameter_and_of_no_other() -> None:
    limits = [
        Limit(SPO2, "low", Priority.MEDIUM, 90, 0),
        Limit(SPO2, "low", Priority.MEDIUM, 5, 0, "percent"),
        Limit(SPO2, "high", Priority.HIGH, 99, 0),
        Limit(Parameter.HR, "high", Priority.MEDIUM, 120, 0),
    ]
    bedside = Bedside(limits=limits, rules=Rules(soon_s={"SpO2": 90}), baseline={SPO2: 98})
    slide(bedside, 0, 61, 96.5, -0.05)
    texts = {x.condition: x.text for x in bedside.engine.on.values()}
    assert texts == {
        "spo2_below_baseline_soon": "SpO2 may be < 93.1 within 1.5 min",
        "spo2_low_soon": "SpO2 may be < 90 within 1.5 min",
    }


def test_a_change_does_not_begin_without_a_value() -> None:
    bedside = Bedside(limits=(), rules=falling())
    steady(bedside, 0, 30, 97)
    steady(bedside, 30, 35, 92)
    for at_s in range(35, 50):
        bedside.none(at_s)
        bedside.tick(at_s)
        assert bedside.engine.on == {}
        assert "spo2_falling" in bedside.engine.unknown


def test_figures_of_a_change_of_temperature() -> None:
    change = Change(Parameter.TEMP, "low", 1, 60, Priority.LOW)
    bedside = Bedside(limits=(), rules=Rules(changes=(change,)))
    for at_s in range(40):
        bedside.value(at_s, 37.0 if at_s < 30 else 36.0, Parameter.TEMP)
        bedside.tick(at_s)
    assert bedside.one("temp_falling").text == "Temp falling: 37.0 to 36.0 within 60 s"


def test_soon_of_a_rising_heart_rate() -> None:
    limit = Limit(Parameter.HR, "high", Priority.MEDIUM, 120, 10)
    bedside = Bedside(limits=[limit], rules=Rules(soon_s={"HR": 120}), phase="baseline")
    for at_s in range(61):
        bedside.value(at_s, 100 + 0.1 * at_s, Parameter.HR)
        bedside.tick(at_s)
        # Six medians are known at 50 s, and 120 is 150 s away then; at 60 s no longer.
        x = bedside.engine.on.get("hr_high_soon")
        assert (x is None) == (at_s < 80)
    for at_s in range(61, 90):
        bedside.value(at_s, 100 + 0.1 * at_s, Parameter.HR)
        bedside.tick(at_s)
    x = bedside.one("hr_high_soon")
    assert x.since_ms == ms(80)
    assert (x.text, x.kind) == ("HR may be > 120 within 2 min", "physiological")
    assert (x.parameter, x.value) == (Parameter.HR, 108)
