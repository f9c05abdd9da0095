"""Limits: the shipped preset, and every shape that is refused, each with its sentence."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.numeric import Parameter
from monitor.alarms.limits import (
    Limit,
    LimitsError,
    Priority,
    limits_from_json,
    limits_to_json,
    read_limits,
)
from tests.alarms.bedside import SHIPPED

# Medium and high as (low, high, delay in seconds); None is no limit.
TABLE = {
    "HR": ((50, 120, 10), (40, 150, 5)),
    "PR": ((50, 120, 10), (40, 150, 5)),
    "SpO2": ((90, None, 15), (85, None, 5)),
    "NIBP_sys": ((90, 160, 0), (80, 180, 0)),
    "NIBP_dia": ((50, 100, 0), (40, 110, 0)),
    "NIBP_mean": ((60, 110, 0), (55, 130, 0)),
    "RR": ((8, 30, 15), None),
    "EtCO2": ((25, 50, 15), None),
}


def test_the_shipped_preset_is_the_table() -> None:
    expected = {
        (name, priority, side, bound, delay_s)
        for name, tiers in TABLE.items()
        for priority, tier in zip(("medium", "high"), tiers, strict=True)
        if tier is not None
        for side, bound, delay_s in (("low", tier[0], tier[2]), ("high", tier[1], tier[2]))
        if bound is not None
    }
    found = [(x.parameter.value, x.priority.word, x.side, x.bound, x.delay_s) for x in SHIPPED]
    assert len(found) == len(set(found))
    assert set(found) == expected


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "limits.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


REFUSED = {
    "unknown parameter": ("[HRR]\nmedium = { low = 50 }", "there is no parameter 'HRR'."),
    "a name in other letters": ("[spo2]\nmedium = { low = 90 }", "there is no parameter 'spo2'."),
    "no table": ("HR = 50", "[HR] must hold tiers."),
    "unknown tier": ("[HR]\nlow = { low = 50 }", "[HR] has 'low'; a tier is medium or high."),
    "a tier that is no table": (
        "[HR]\nmedium = 50",
        "[HR] has 'medium'; a tier is medium or high.",
    ),
    "unknown key": (
        "[HR]\nmedium = { lo = 50 }",
        "[HR] medium has 'lo'; only low, high and delay_s are known.",
    ),
    "text": ('[HR]\nmedium = { low = "50" }', "[HR] medium low is not a number."),
    "a truth value": ("[HR]\nmedium = { low = true }", "[HR] medium low is not a number."),
    "not a number": ("[HR]\nmedium = { low = nan }", "[HR] medium low is not a number."),
    "infinite": ("[HR]\nhigh = { high = inf }", "[HR] high high is not a number."),
    "a number beyond numbers": (
        f"[HR]\nhigh = {{ high = 1{'0' * 400} }}",
        "[HR] high high is not a number.",
    ),
    "a delay that is text": (
        '[HR]\nmedium = { delay_s = "5" }',
        "[HR] medium delay_s is not a number.",
    ),
    "a negative delay": (
        "[HR]\nmedium = { low = 50, delay_s = -1 }",
        "[HR] medium delay_s -1 is not between 0 and 60.",
    ),
    "a delay over a minute": (
        "[HR]\nmedium = { low = 50, delay_s = 61 }",
        "[HR] medium delay_s 61 is not between 0 and 60.",
    ),
    "zero for no limit": (
        "[SpO2]\nmedium = { low = 0 }",
        "[SpO2] medium low 0 is not between 1 and 100.",
    ),
    "out of range": (
        "[SpO2]\nmedium = { high = 101 }",
        "[SpO2] medium high 101 is not between 1 and 100.",
    ),
    "low above high": (
        "[HR]\nmedium = { low = 120, high = 50 }",
        "[HR] low 120 is not below 50.",
    ),
    "low equal to high": ("[HR]\nmedium = { low = 60, high = 60 }", "[HR] low 60 is not below 60."),
    "low above the other tier's high": (
        "[HR]\nmedium = { low = 60 }\nhigh = { high = 55 }",
        "[HR] low 60 is not below 55.",
    ),
    "high tier's low inside medium": (
        "[HR]\nmedium = { low = 50 }\nhigh = { low = 51 }",
        "[HR] the high-priority low limit lies inside the medium one.",
    ),
    "high tier's high inside medium": (
        "[HR]\nmedium = { high = 120 }\nhigh = { high = 119 }",
        "[HR] the high-priority high limit lies inside the medium one.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_every_refusal_has_its_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(LimitsError) as error:
        read_limits(path)
    assert str(error.value) == f"The limits {path} cannot be used: {sentence}"


@pytest.mark.parametrize("text", ["[HR", b"\xff\xfe", "[HR]\n[HR]"])
def test_damaged_toml_is_said(text: str | bytes, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(LimitsError, match=re.escape(f"The limits {path} are not valid TOML: ")):
        read_limits(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "limits.toml"
    with pytest.raises(LimitsError, match=r"cannot be read: No such file or directory\.$"):
        read_limits(path)


def test_an_absent_line_is_no_limit(tmp_path: Path) -> None:
    path = written(tmp_path, "[SpO2]\nmedium = { low = 90 }\n[HR]\n")
    assert read_limits(path) == (Limit(Parameter.SPO2, "low", Priority.MEDIUM, 90.0, 0.0),)
    assert read_limits(written(tmp_path, "")) == ()


def test_the_ends_are_allowed(tmp_path: Path) -> None:
    text = "[SpO2]\nmedium = { low = 1, high = 100, delay_s = 60 }\nhigh = { low = 1, high = 100 }"
    assert len(read_limits(written(tmp_path, text))) == 4


limits = st.builds(
    Limit,
    st.sampled_from(Parameter),
    st.sampled_from(["low", "high"]),
    st.sampled_from(Priority),
    st.floats(1, 300),
    st.floats(0, 60),
)


@given(st.lists(limits))
def test_a_session_carries_its_limits_unchanged(some: list[Limit]) -> None:
    text = limits_to_json(some)
    assert limits_from_json(text) == tuple(some)
    json.loads(text)


def test_on_the_limit_is_inside() -> None:
    low = Limit(Parameter.HR, "low", Priority.HIGH, 40, 0)
    high = Limit(Parameter.HR, "high", Priority.HIGH, 150, 0)
    assert [low.violated(value) for value in (39.9, 40, 41)] == [True, False, False]
    assert [high.violated(value) for value in (149, 150, 150.1)] == [False, False, True]
