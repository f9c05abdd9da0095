"""What is known of a chair: freshness, no value, the cuff, two sources, two patients."""

from itertools import permutations

import pytest

from devices.numeric import CUFF, Numeric, Parameter, Validity, no_value, numeric
from monitor.alarms.freshness import Known, dash_ms, dim_ms
from monitor.alarms.knowledge import Knowledge
from tests.alarms.bedside import cuff, cuff_word, ms

SYS, DIA, MEAN = CUFF
SPO2 = Parameter.SPO2


def told(*words: tuple[int, list[Numeric]], order: tuple[int, ...] = (1, 2)) -> Knowledge:
    """Knowledge of what sources said, as (source, words)."""
    knowledge = Knowledge(order)
    for source, numerics in words:
        knowledge.take(source, 1000, numerics)
    return knowledge


def shown(knowledge: Knowledge, at_s: float) -> dict[str, float | None]:
    """What the chair shows then."""
    knowledge.choose(ms(at_s))
    return {x.parameter.value: x.current(ms(at_s)) for x in knowledge.now().values()}


def spo2(at_s: float, value: float) -> list[Numeric]:
    return [numeric(SPO2, value, ms(at_s))]


def off(at_s: float, reason: str = "probe off") -> list[Numeric]:
    return [no_value(SPO2, ms(at_s), reason)]


@pytest.mark.parametrize(
    ("period_ms", "dim", "dash"),
    [
        (500, 5000, 10_000),
        (3000, 5000, 10_000),
        (3001, 6002, 9003),
        (5000, 10_000, 15_000),
        (10_000, 20_000, 30_000),
        (20_000, 30_000, 30_000),
    ],
)
def test_when_a_value_dims_and_when_it_goes(period_ms: int, dim: int, dash: int) -> None:
    assert (dim_ms(period_ms), dash_ms(period_ms)) == (dim, dash)


def test_a_value_is_shown_until_it_is_too_old() -> None:
    knowledge = told((1, spo2(0, 97)))
    assert shown(knowledge, 9.999) == {"SpO2": 97}
    assert shown(knowledge, 10) == {"SpO2": None}


def test_nothing_is_decided_by_a_value_that_its_device_calls_questionable() -> None:
    knowledge = told((1, [numeric(SPO2, 97, ms(0), doubt="low perfusion")]), (1, cuff(0, 120, 80)))
    assert shown(knowledge, 1)["SpO2"] == 97
    assert knowledge.latest(ms(1)) == {SYS: (ms(0), 120), DIA: (ms(0), 80)}
    knowledge.take(1, 1000, spo2(2, 98))
    assert knowledge.latest(ms(3))[SPO2] == (ms(2), 98)


def test_a_cuff_reading_lasts() -> None:
    knowledge = told((1, cuff(0, 120, 80, 93)))
    assert shown(knowledge, 7200) == {"NIBP_sys": 120, "NIBP_dia": 80, "NIBP_mean": 93}


def test_no_value_keeps_the_last_one_for_small_print_and_since_when() -> None:
    knowledge = told((1, spo2(0, 97)), (1, off(3)), (1, off(8, "no sensor")))
    known = knowledge.by_source[(SPO2, 1)]
    assert (known.value, known.reason, known.last) == (None, "no sensor", (ms(0), 97.0))
    assert known.gone_ms == ms(3)


def test_a_word_after_a_silence_does_not_make_the_silence_shorter() -> None:
    knowledge = told((1, spo2(0, 97)), (1, off(300)))
    assert knowledge.by_source[(SPO2, 1)].gone_ms == ms(10)


def test_words_that_come_late_change_nothing() -> None:
    knowledge = told((1, spo2(5, 97)), (1, off(4)), (1, spo2(3, 80)))
    assert shown(knowledge, 5) == {"SpO2": 97}


@pytest.mark.parametrize(
    "words",
    [
        [spo2(0, 97), off(1), spo2(2, 95)],
        [cuff(0, 120, 80, 93), cuff(60, 130, 85), cuff(120, 140, None, 100)],
        [cuff(0, 120, 80, 93), cuff_word(30, "measuring", Validity.MEASURING), cuff(60, 130, 85)],
    ],
)
def test_of_several_words_the_newest_counts_in_whatever_order_they_come(
    words: list[list[Numeric]],
) -> None:
    """A cuff that takes its time from the device may tell an older reading after a newer one."""
    newest = shown(told(*((1, word) for word in words)), 120)
    for order in permutations(words):
        found = shown(told(*((1, word) for word in order)), 120)
        for parameter in (*CUFF, SPO2):
            assert found.get(parameter.value) == newest.get(parameter.value)


def test_a_part_is_never_filled_from_an_older_reading() -> None:
    knowledge = told((1, cuff(0, 120, 80, 93)), (1, cuff(60, 140, 90)))
    assert shown(knowledge, 60) == {"NIBP_sys": 140, "NIBP_dia": 90, "NIBP_mean": None}
    mean = knowledge.now()[MEAN]
    assert (mean.reason, mean.t_ms, mean.last) == ("not given by the cuff", ms(60), (ms(0), 93.0))
    assert mean.absent_ms == ms(60)


def test_a_part_that_comes_late_with_an_older_reading_is_not_taken() -> None:
    knowledge = told((1, cuff(60, 140, 90)), (1, cuff(0, 120, 80, 93)))
    assert shown(knowledge, 60) == {"NIBP_sys": 140, "NIBP_dia": 90}


def test_a_part_that_the_reading_denies_is_none() -> None:
    partial = [*cuff(60, 140, 90), no_value(MEAN, ms(60), "no value")]
    knowledge = told((1, cuff(0, 120, 80, 93)), (1, partial))
    assert shown(knowledge, 60) == {"NIBP_sys": 140, "NIBP_dia": 90, "NIBP_mean": None}
    assert knowledge.now()[MEAN].reason == "no value"


def test_the_first_reading_counts_though_its_time_lies_before_the_word_measuring() -> None:
    knowledge = told((1, cuff_word(30, "measuring", Validity.MEASURING)), (1, cuff(29, 120, 80)))
    assert shown(knowledge, 60) == {"NIBP_sys": 120, "NIBP_dia": 80, "NIBP_mean": None}
    assert knowledge.now()[MEAN].validity is Validity.UNAVAILABLE


@pytest.mark.parametrize(
    ("reason", "validity"),
    [("measuring", Validity.MEASURING), ("cuff measurement failed", Validity.INVALID)],
)
def test_while_measuring_and_after_a_failure_the_last_reading_stays(
    reason: str, validity: Validity
) -> None:
    knowledge = told((1, cuff(0, 120, 80, 93)), (1, cuff_word(60, reason, validity)))
    assert shown(knowledge, 61)["NIBP_sys"] == 120
    known = knowledge.now()[SYS]
    assert (known.t_ms, known.validity, known.reason) == (ms(0), validity, reason)


def test_before_connection_wipes_what_is_shown_but_not_when_it_was() -> None:
    word = cuff_word(60, "before connection 120", Validity.UNAVAILABLE)
    knowledge = told((1, cuff(0, 120, 80, 93)), (1, word))
    assert shown(knowledge, 61) == {"NIBP_sys": None, "NIBP_dia": None, "NIBP_mean": None}
    assert knowledge.now()[SYS].last == (ms(0), 120.0)
    knowledge.take(1, 1000, cuff(90, 118, 79, 92))
    assert shown(knowledge, 91)["NIBP_sys"] == 118


def test_the_preferred_source_is_the_first_with_a_value() -> None:
    knowledge = told((1, spo2(0, 97)), (2, spo2(0, 90)))
    assert shown(knowledge, 1) == {"SpO2": 97}
    knowledge.take(1, 1000, off(2))
    assert knowledge.choose(ms(2)) == [(SPO2, 2)]
    assert shown(knowledge, 2) == {"SpO2": 90}
    assert shown(knowledge, 60) == {"SpO2": None}
    assert knowledge.preferred == {SPO2: 2}, "where none has a value the choice stays"
    knowledge.take(1, 1000, spo2(61, 96))
    assert knowledge.choose(ms(61)) == [(SPO2, 1)]


def test_a_source_that_never_had_a_value_is_preferred_over_one_that_is_not_there() -> None:
    knowledge = told((2, off(0)))
    assert knowledge.choose(ms(0)) == [(SPO2, 2)]
    knowledge.preferred = {SPO2: 1}
    assert knowledge.choose(ms(1)) == [(SPO2, 2)]
    assert knowledge.now()[SPO2].reason == "probe off"


def test_a_source_that_the_chair_no_longer_has_is_not_chosen() -> None:
    knowledge = told((9, spo2(0, 97)))
    assert knowledge.choose(ms(0)) == []
    assert knowledge.now() == {}


def test_of_two_cuffs_the_latest_reading_counts_with_all_its_parts() -> None:
    knowledge = told((1, cuff(0, 120, 80, 93)), (2, cuff(60, 140, 90)))
    assert shown(knowledge, 60) == {"NIBP_sys": 140, "NIBP_dia": 90}
    assert set(knowledge.preferred.values()) == {2}
    knowledge.take(1, 1000, cuff(90, 125, 82, 95))
    assert shown(knowledge, 90) == {"NIBP_sys": 125, "NIBP_dia": 82, "NIBP_mean": 95}


def test_of_two_cuffs_with_the_same_time_the_first_in_order_counts() -> None:
    knowledge = told((2, cuff(60, 140)), (1, cuff(60, 120)))
    assert shown(knowledge, 60) == {"NIBP_sys": 120}


def test_a_wiped_reading_does_not_bring_back_an_older_one_of_another_cuff() -> None:
    knowledge = told((2, cuff(0, 120, 80, 93)), (1, cuff(60, 190, 110, 140)))
    shown(knowledge, 60)
    knowledge.take(1, 1000, cuff_word(90, "before connection 190", Validity.UNAVAILABLE))
    assert shown(knowledge, 90) == {"NIBP_sys": None, "NIBP_dia": None, "NIBP_mean": None}


def test_nothing_of_the_patient_before_is_shown_on_the_next() -> None:
    knowledge = told((1, spo2(0, 97)), (1, cuff(0, 150, 95, 113)), (1, spo2(50, 93)))
    knowledge.take(1, 1000, cuff_word(70, "before connection 150", Validity.UNAVAILABLE))
    knowledge.take(1, 1000, off(70))
    knowledge.forget_before(ms(60))
    assert set(shown(knowledge, 71).values()) == {None}
    assert all(known.last is None for known in knowledge.by_source.values())


def test_what_was_measured_since_stays() -> None:
    knowledge = told((1, spo2(61, 97)), (1, cuff(60, 150, 95, 113)))
    knowledge.forget_before(ms(60))
    assert shown(knowledge, 62)["SpO2"] == 97
    assert shown(knowledge, 62)["NIBP_sys"] == 150
    assert knowledge.now()[SYS].last == (ms(60), 150.0)


def test_a_cuff_reading_of_the_patient_before_that_comes_late_is_not_taken() -> None:
    knowledge = told((1, []))
    knowledge.forget_before(ms(60))
    knowledge.take(1, 1000, cuff(59, 190, 100, 130))
    assert shown(knowledge, 61) == {}
    knowledge.take(1, 1000, cuff(60, 120, 80, 93))
    assert shown(knowledge, 61)["NIBP_sys"] == 120


def test_a_press_that_was_dated_ahead_does_not_hide_cuff_readings() -> None:
    knowledge = told((1, spo2(0, 97)))
    knowledge.forget_before(ms(3600))
    knowledge.choose(ms(1))
    knowledge.take(1, 1000, cuff(2, 120, 80, 93) + spo2(2, 96))
    assert shown(knowledge, 3) == {"SpO2": 96, "NIBP_sys": 120, "NIBP_dia": 80, "NIBP_mean": 93}


def test_after_another_patient_the_next_word_is_awaited_as_long_as_ever() -> None:
    knowledge = told((1, spo2(55, 97)))
    knowledge.forget_before(ms(60))
    known = knowledge.by_source[(SPO2, 1)]
    assert (known.value, known.absent_ms, known.gone_ms) == (None, None, ms(65))
    assert (known.reason, known.validity) == ("not seen yet", Validity.UNAVAILABLE)
    knowledge.take(1, 1000, off(61))
    assert knowledge.by_source[(SPO2, 1)].gone_ms == ms(61)


def test_that_the_probe_has_long_been_off_is_kept_for_the_next_patient() -> None:
    knowledge = told((1, spo2(0, 97)), (1, off(5)), (1, off(58)))
    knowledge.forget_before(ms(60))
    known = knowledge.by_source[(SPO2, 1)]
    assert (known.gone_ms, known.reason, known.last) == (ms(5), "probe off", None)


def test_a_source_that_the_chair_no_longer_has_hides_no_other() -> None:
    for gone in Parameter:
        words = [numeric(x, 1, ms(0)) for x in Parameter if x is not gone]
        knowledge = told((9, [numeric(gone, 1, ms(0))]), (1, words))
        knowledge.choose(ms(0))
        assert set(knowledge.now()) == set(Parameter) - {gone}


def test_a_cuff_without_a_reading_yet_is_chosen_over_a_device_without_a_cuff() -> None:
    measuring = cuff_word(0, "measuring", Validity.MEASURING)
    knowledge = told((1, spo2(0, 97)), (2, measuring))
    knowledge.choose(ms(0))
    assert (knowledge.now()[SYS].source, knowledge.now()[SYS].reason) == (2, "measuring")


def test_why_a_value_is_questionable_is_kept() -> None:
    word = Numeric(SPO2, 91, ms(0), Validity.QUESTIONABLE, "low perfusion")
    known = told((1, [word])).by_source[(SPO2, 1)]
    assert (known.validity, known.reason) == (Validity.QUESTIONABLE, "low perfusion")


def test_a_value_may_count_for_longer_than_its_source_says() -> None:
    """A recording of another pace: for each of its parameters as long as was found."""
    knowledge = Knowledge((1,), lasts_ms={SPO2: 60_000})
    knowledge.take(1, 1000, [*spo2(0, 97), numeric(Parameter.HR, 70, ms(0))])
    assert shown(knowledge, 59.999) == {"SpO2": 97, "HR": None}
    assert shown(knowledge, 60) == {"SpO2": None, "HR": None}
    knowledge.take(1, 1000, off(70))
    knowledge.forget_before(ms(80))
    known = knowledge.by_source[(SPO2, 1)]
    assert (known.gone_ms, known.lasts_ms) == (ms(60), 60_000)


def test_known_is_a_value() -> None:
    word = Known(SPO2, 1, ms(0), 97, Validity.VALID, "", 1000)
    assert word.gone_ms == ms(10)
