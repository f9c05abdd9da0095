"""The vocabulary: what a numeric can be, and what it cannot."""

import math

import pytest

from devices.numeric import (
    CUFF,
    PUMP,
    VITALS,
    Generation,
    Numeric,
    Parameter,
    Validity,
    no_value,
    numeric,
    vital,
)

T_MS = 1_700_000_000_000


@pytest.mark.parametrize("parameter", VITALS)
def test_every_vital_sign_has_a_unit_and_a_range_without_zero(parameter: Parameter) -> None:
    low, high = parameter.range
    assert parameter.unit in {"/min", "%", "mmHg", "°C"}
    assert 0 < low < high


def test_a_pumps_values_have_their_units_and_zero_is_one_of_them() -> None:
    assert {p: p.unit for p in PUMP} == {Parameter.PUMP_RATE: "mL/h", Parameter.PUMP_VOLUME: "mL"}
    for parameter in PUMP:
        assert parameter.range[0] == 0
        assert numeric(parameter, 0, T_MS) == Numeric(parameter, 0.0, T_MS)


def test_a_parameter_is_a_patients_or_a_pumps() -> None:
    assert (*VITALS, *PUMP) == tuple(Parameter)
    assert [vital(parameter.value) for parameter in VITALS] == list(VITALS)
    others: list[object] = ["Pump_rate", "Pump_volume", "Weight", 7, None, []]
    for other in others:
        with pytest.raises(ValueError, match=r"not a valid Parameter|not measured on a patient"):
            vital(other)


@pytest.mark.parametrize("parameter", Parameter)
def test_the_ends_of_the_range_are_values_and_what_lies_beyond_is_none(
    parameter: Parameter,
) -> None:
    low, high = parameter.range
    for end in (low, high):
        assert numeric(parameter, end, T_MS) == Numeric(parameter, end, T_MS)
    for beyond in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf), -1.0):
        assert numeric(parameter, beyond, T_MS).reason == "out of range"
        with pytest.raises(ValueError, match=parameter.value):
            Numeric(parameter, beyond, T_MS)


@pytest.mark.parametrize("parameter", VITALS)
@pytest.mark.parametrize("value", [0, 0.0, -0.0])
def test_zero_of_a_vital_sign_is_no_value(parameter: Parameter, value: float) -> None:
    found = numeric(parameter, value, T_MS, doubt="low perfusion")
    assert (found.value, found.validity) == (None, Validity.INVALID)
    assert found.reason == "no value (0)"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_value(value: float) -> None:
    assert numeric(Parameter.HR, value, T_MS).value is None
    with pytest.raises(ValueError, match="HR"):
        Numeric(Parameter.HR, value, T_MS)


def test_doubt_keeps_the_value() -> None:
    found = numeric(Parameter.SPO2, 91, T_MS, doubt="interference", demo=True)
    assert found == Numeric(
        Parameter.SPO2, 91.0, T_MS, Validity.QUESTIONABLE, "interference", demo=True
    )
    assert isinstance(found.value, float)


def test_no_value_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="SpO2"):
        no_value(Parameter.SPO2, T_MS, "")


@pytest.mark.parametrize("validity", Validity)
def test_value_and_validity_agree(validity: Validity) -> None:
    with_value = validity in (Validity.VALID, Validity.QUESTIONABLE)
    assert validity.has_value == with_value
    with pytest.raises(ValueError, match="HR"):
        Numeric(Parameter.HR, None if with_value else 72.0, T_MS, validity, "why")


def test_only_the_cuff_is_episodic() -> None:
    assert {parameter for parameter in Parameter if parameter.episodic} == set(CUFF)


def test_the_worst_generation_is_the_highest() -> None:
    assert max(Generation.REAL, Generation.SIMULATED, Generation.REPLAY) is Generation.SIMULATED
    assert [one.word for one in Generation] == ["real", "replay", "simulated"]
