"""What if: recordings of real patients judged second by second, and two runs compared."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from devices.numeric import CUFF, Parameter
from devices.virtual.recording import Rows, read_rows
from monitor.alarms.engine import Occurrence, State, Transition
from monitor.alarms.limits import LimitsError, Priority
from monitor.alarms.presets import Preset
from monitor.review.replay import preset_at_start, replay
from monitor.review.whatif import (
    Told,
    changed,
    comparison,
    count,
    differing,
    episodes,
    judge_recording,
    paces,
)
from monitor.store.database import open_to_read
from tests.alarms.bedside import SHIPPED
from tests.conftest import ROOT, SHARED
from tests.recorder.past import Past, visit

HR, PR, SPO2, RR = Parameter.HR, Parameter.PR, Parameter.SPO2, Parameter.RR
PRESET = Preset(SHIPPED)
EXCERPT = ROOT / "tests" / "recordings" / "mimic3_s25047_excerpt.csv"
RECORDINGS = SHARED / "recordings"
S25047 = RECORDINGS / "mimic3_numerics" / "s25047-2704-05-04-10-44n.csv"
S00001 = RECORDINGS / "mimic3_numerics" / "s00001-2896-10-10-00-31n.csv"
BIDMC_32 = RECORDINGS / "bidmc_1hz" / "bidmc_32.csv"
MOST_S = 3 * 3600  # of a recording of 32 hours


@cache
def rows_of(path: Path) -> Rows:
    if not path.exists():
        pytest.skip(f"the recording {path.name} is not beside this checkout, in ../shared")
    return {p: [x for x in rows if x[0] <= MOST_S] for p, rows in read_rows(str(path)).items()}


@cache
def told_of(path: Path) -> tuple[Told, ...]:
    return tuple(judge_recording(rows_of(path), PRESET))


def of(path: Path, condition: str) -> list[Told]:
    return [x for x in told_of(path) if x.transition.occurrence.condition == condition]


def open_at(path: Path, condition: str, t_s: float) -> bool:
    """An occurrence of the condition stands after the second ``t_s`` was judged."""
    last = [x for x in of(path, condition) if x.t_s <= t_s]
    return bool(last) and last[-1].transition.state != "cleared"


REAL = pytest.mark.parametrize("path", [EXCERPT, S25047, S00001], ids=lambda path: path.stem)


@REAL
def test_a_probe_that_is_off_is_never_zero_and_never_silent(path: Path) -> None:
    zeros = [t_s for t_s, value in rows_of(path)[SPO2] if value == 0]
    assert zeros
    for t_s in zeros:
        assert open_at(path, "spo2_missing", t_s), t_s
    for x in told_of(path):
        occurrence = x.transition.occurrence
        if occurrence.parameter is SPO2 and occurrence.kind == "physiological":
            assert occurrence.value, occurrence


@REAL
def test_a_value_a_minute_is_judged_and_not_called_missing(path: Path) -> None:
    rows = rows_of(path)
    assert {paces(rows)[p] for p in (HR, SPO2)} == {180_000}
    for parameter in (HR, SPO2, RR):
        times = [t_s for t_s, _ in rows[parameter]]
        gone = {t_s for t_s, value in rows[parameter] if value < parameter.range[0]}
        gone |= {before + 180 for before, after in pairwise(times) if after - before > 180}
        name = f"{parameter.value.lower()}_missing"
        begun = {x.t_s for x in of(path, name) if x.transition.occurrence.priority is Priority.LOW}
        assert begun <= gone


@REAL
def test_each_cuff_reading_alarms_at_most_once_and_at_once(path: Path) -> None:
    alarmed = 0
    for parameter in CUFF:
        readings = dict(rows_of(path)[parameter])
        for side in ("low", "high"):
            name = f"{parameter.value.lower()}_{side}"
            found = [x for x in of(path, name) if x.transition.state == "active"]
            assert len({x.t_s for x in found}) == len(found)
            for x in found:
                assert x.transition.occurrence.value == readings[x.t_s]
            alarmed += len(found)
    assert alarmed >= 1


def test_a_reading_beyond_its_limit_is_never_passed_over() -> None:
    for t_s, value in rows_of(EXCERPT)[Parameter.NIBP_SYS]:
        assert open_at(EXCERPT, "nibp_sys_low", t_s) or value >= 90


def test_a_low_value_a_minute_alarms_after_its_delay() -> None:
    (begun,) = [x for x in of(EXCERPT, "spo2_low") if x.transition.state == "active"]
    assert (begun.t_s, begun.transition.occurrence.value) == (915, 89.5)


def test_a_true_fall_of_oxygen_is_high_after_its_delay() -> None:
    fall = [x for x in of(BIDMC_32, "spo2_low") if x.transition.state == "active"]
    assert [(x.t_s, x.transition.occurrence.priority) for x in fall[:2]] == [
        (15, Priority.MEDIUM),
        (18, Priority.HIGH),
    ]
    assert of(BIDMC_32, "spo2_missing") == []
    assert open_at(BIDMC_32, "spo2_low", 480), "it latches: nobody acknowledged it"


def test_a_value_a_second_counts_for_ten() -> None:
    rows: Rows = {HR: [(float(s), 72.0) for s in range(30)] + [(50.0, 72.0)]}
    assert paces(rows) == {HR: 10_000}
    missing = [
        (x.t_s, x.transition.state)
        for x in judge_recording(rows, PRESET)
        if x.transition.occurrence.condition == "hr_missing"
    ]
    assert missing[0] == (39.0, "active")
    assert missing[-1] == (50.0, "cleared")


def test_an_empty_recording_gives_nothing() -> None:
    assert list(judge_recording({HR: []}, PRESET)) == []


def test_a_baseline_makes_relative_limits_alarm() -> None:
    rows: Rows = {HR: [(float(s), 100.0) for s in range(30)]}
    assert list(judge_recording(rows, PRESET)) == []
    (advisory,) = judge_recording(rows, PRESET, {HR: 70})
    assert advisory.transition.occurrence.condition == "hr_above_baseline_advisory"
    assert count([advisory]).alarms == 0, "an advisory is seen, and not counted"


def test_wider_limits_give_fewer_alarms_on_the_same_recording() -> None:
    wide = PRESET
    for setting in ("NIBP_sys.high.low=none", "NIBP_sys.medium.low=60"):
        wide = changed(wide, setting)
    before, after = told_of(EXCERPT), list(judge_recording(rows_of(EXCERPT), wide))
    assert comparison(count(before), count(after)) == (
        f"with these limits: {count(before).alarms} -> {count(after).alarms} alarms,"
        " first high one at the same time"
    )
    assert count(after).alarms < count(before).alarms
    gone = differing(episodes(before), episodes(after))
    assert {then.condition for then, _ in gone if then} == {"nibp_sys_low"}
    assert all(now is None for _, now in gone)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("SpO2.medium.low", "is not of the form"),
        ("SpO2.worst.low=88", "is not of the form"),
        ("SpO2.medium.low=low", "neither a number nor none"),
        ("SpO2.medium.low=nan", "is not a number"),
        ("SpO2.medium.low=80", "lies inside"),
        ("SpO9.medium.low=88", "there is no parameter"),
        ("Pump_rate.medium.low=88", "there is no parameter"),
        ("SpO2.medium.lower=88", "known are"),
    ],
)
def test_a_setting_that_cannot_be_is_a_sentence(setting: str, words: str) -> None:
    with pytest.raises(LimitsError, match=words):
        changed(PRESET, setting)


def told(
    at_s: float, state: State, identity: str = "a", priority: Priority = Priority.MEDIUM
) -> Told:
    name = identity.rstrip("0123456789")
    return Told(
        at_s,
        Transition(
            Occurrence(identity, name, "physiological", SPO2, priority, 0, 80, 90, "SpO2 80 < 90"),
            state,
        ),
    )


def test_occurrences_are_matched_by_condition_and_time() -> None:
    before = [told(10, "active", "a1"), told(20, "cleared", "a1"), told(50, "active", "a2"),
              told(5, "active", "b1"), told(60, "active", "c1")]  # fmt: skip
    after = [told(14, "active", "a9"), told(20, "cleared", "a9"), told(5, "active", "b1"),
             told(60, "active", "c1"), told(61, "active", "c1", Priority.HIGH),
             told(70, "active", "d1")]  # fmt: skip
    found = differing(episodes(before), episodes(after))
    ids = [(then and then.id, now and now.id) for then, now in found]
    assert ids == [("a1", "a9"), ("a2", None), ("c1", "c1"), (None, "d1")]
    assert differing(episodes(before), episodes(before)) == []


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ([], [], "0 -> 0 alarms, no high one with either"),
        ([told(4, "active", priority=Priority.HIGH)], [told(8, "active", priority=Priority.HIGH)],
         "1 -> 1 alarms, first high one 4 s later"),
        ([told(8, "active", priority=Priority.HIGH)], [told(4, "active", priority=Priority.HIGH)],
         "first high one 4 s earlier"),
        ([told(4, "active", priority=Priority.HIGH)], [],
         "1 -> 0 alarms, and no high one any more (the first was at 4 s)"),
        ([], [told(4, "active", priority=Priority.HIGH)],
         "the first high one at 4 s where there was none"),
    ],
)  # fmt: skip
def test_the_sentence(then: list[Told], now: list[Told], words: str) -> None:
    assert words in comparison(count(then), count(now))


@pytest.fixture
def past(database: Path) -> Callable[..., Past]:
    return lambda device: Past(database, (device,))


def test_a_session_is_judged_for_as_long_as_is_wanted(past: Callable[..., Past]) -> None:
    recorder = past("masimo_ascii1=sim://masimo_ascii1?sn=11&desaturate=90-150")
    visit(recorder, for_s=200)
    recorder.end()
    db = open_to_read(recorder.path)
    all_of_it = list(replay(db, 1))
    first = all_of_it[0].tick
    short = list(replay(db, 1, most_ticks=60))
    db_preset = preset_at_start(db, 1)
    assert preset_at_start(db, 7) is None
    db.close()
    assert db_preset is not None
    assert set(db_preset.limits) == set(SHIPPED)
    assert short == [x for x in all_of_it if x.tick < first + 60]
    assert len(short) < len(all_of_it)
