"""What is proposed as a baseline: enough of this session's own good values, or none."""

from collections.abc import Iterable

import pytest

from devices.numeric import CUFF, Numeric, Parameter, Validity, no_value, numeric
from monitor.session.baseline import Proposal, propose

HR, SPO2 = Parameter.HR, Parameter.SPO2
FROM_MS, NOW_MS = 1_000_000, 1_600_000
Words = list[tuple[int, Numeric]]


def proposal(words: Iterable[tuple[int, Numeric]], period_ms: int = 1000) -> Proposal:
    preferred = {HR: 1, SPO2: 1}
    return propose(words, preferred, {1: period_ms, 2: 1000}, {HR}, FROM_MS, NOW_MS)


def steady(value: float, seconds: int, until_ms: int = NOW_MS, source: int = 1) -> Words:
    return [(source, Numeric(HR, value, until_ms - s * 1000)) for s in range(seconds)]


def cuff(sys: float, dia: float, mean: float, t_ms: int) -> Words:
    return [(1, numeric(p, x, t_ms)) for p, x in zip(CUFF, (sys, dia, mean), strict=True)]


def test_the_median_of_five_minutes() -> None:
    old = steady(150, 100, NOW_MS - 300_001)
    found = proposal([*old, *steady(70, 101), *steady(80, 200, NOW_MS - 101_000)])
    assert found.values == {HR: 80}


@pytest.mark.parametrize(("seconds", "enough"), [(29, False), (30, True)])
def test_half_a_minute_is_the_least(seconds: int, enough: bool) -> None:
    found = proposal(steady(72, seconds))
    assert (HR in found.values) is enough
    if not enough:
        assert found.missing[HR].startswith("not enough: 29 s of values in the last 5 minutes")


def test_a_value_every_five_seconds_covers_five() -> None:
    words: Words = [(1, Numeric(HR, 72, NOW_MS - s * 5000)) for s in range(6)]
    assert proposal(words, period_ms=5000).values == {HR: 72}
    assert proposal(words[:5], period_ms=5000).values == {}


def test_many_values_in_a_second_cover_a_second() -> None:
    words: Words = [(1, Numeric(HR, 72, NOW_MS - n)) for n in range(500)]
    assert proposal(words).values == {}


def test_what_is_not_good_does_not_count() -> None:
    doubtful = [
        (1, Numeric(HR, 72, NOW_MS - s * 1000, Validity.QUESTIONABLE, "leads")) for s in range(60)
    ]
    absent = [(1, no_value(HR, NOW_MS - s * 1000, "off", Validity.INVALID)) for s in range(60)]
    other = steady(72, 60, source=2)
    before = steady(72, 60, FROM_MS - 1)
    later = steady(72, 60, NOW_MS + 61_000)
    for words in (doubtful, absent, other, before, later):
        assert HR in proposal(words).missing
        assert proposal(words).values == {}


def test_an_expected_parameter_without_a_word_is_said_to_be_missing() -> None:
    found = proposal([])
    assert found.missing[HR].startswith("not enough: 0 s")
    assert found.missing[Parameter.NIBP_SYS] == "no cuff reading in this session"
    assert found.cuff_ms is None


def test_the_last_cuff_reading_of_the_session_counts_however_old() -> None:
    found = proposal([*cuff(140, 90, 105, FROM_MS), *cuff(128, 80, 96, FROM_MS + 5)])
    assert [found.values[p] for p in CUFF] == [128, 80, 96]
    assert found.cuff_ms == FROM_MS + 5


def test_no_cuff_reading_of_before_nor_one_that_cannot_be() -> None:
    before = cuff(140, 90, 105, FROM_MS - 1)
    odd = cuff(80, 90, 85, FROM_MS + 5)
    part: Words = [(1, numeric(Parameter.NIBP_SYS, 128, FROM_MS + 5))]
    held: Words = [
        (
            1,
            no_value(
                Parameter.NIBP_SYS, FROM_MS + 5, "before connection 142", Validity.UNAVAILABLE
            ),
        )
    ]
    for words in (before, odd, part, held):
        assert proposal(words).cuff_ms is None
    good = cuff(128, 80, 96, FROM_MS + 1)
    assert proposal([*good, *odd]).cuff_ms == FROM_MS + 1
