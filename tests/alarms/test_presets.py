"""A preset: read from TOML, refused with a sentence, carried by a session as JSON."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.numeric import Parameter
from monitor.alarms.limits import Limit, LimitsError, Priority
from monitor.alarms.presets import (
    Change,
    Preset,
    Rules,
    from_json,
    merged,
    preset_of,
    read_preset,
    tier_name,
    to_json,
)
from tests.alarms.bedside import PRESET, ROOT


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "limits.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_shipped_rules() -> None:
    assert PRESET.rules == Rules(
        resignal_s=180,
        bp_interval_s={"dosing": 600, "recovery": 900},
        bp_low_after_s=120,
        bp_medium_after_s=300,
        bp_oldest_dosing_s=900,
        no_session_s=120,
        apart=30,
        apart_s=30,
        soon_s={"SpO2": 120},
        changes=(),
    )


WHOLE = """
[SpO2]
medium = { low = 90, delay_s = 15 }
soon_s = 60
falling = { by = 4, within_s = 60, priority = "medium" }
[SpO2.dosing]
medium = { low = 92, delay_s = 5 }
[HR]
rising = { by = 30, within_s = 20, priority = "low" }
advisory = { low_percent = 25 }
[rules]
resignal_s = 30
bp_interval_s = { baseline = 60, recovery = 7200 }
bp_low_after_s = 0
bp_medium_after_s = 0
bp_oldest_dosing_s = 60
no_session_s = 10
apart = 5
apart_s = 600
"""
WHOLE_PRESET = Preset(
    (
        Limit(Parameter.SPO2, "low", Priority.MEDIUM, 90, 15),
        Limit(Parameter.SPO2, "low", Priority.MEDIUM, 92, 5, "value", "dosing"),
        Limit(Parameter.HR, "low", Priority.LOW, 25, 0, "percent"),
    ),
    Rules(
        resignal_s=30,
        bp_interval_s={"baseline": 60, "recovery": 7200},
        bp_low_after_s=0,
        bp_medium_after_s=0,
        bp_oldest_dosing_s=60,
        no_session_s=10,
        apart=5,
        apart_s=600,
        soon_s={"SpO2": 60},
        changes=(
            Change(Parameter.SPO2, "low", 4, 60, Priority.MEDIUM),
            Change(Parameter.HR, "high", 30, 20, Priority.LOW),
        ),
    ),
)


@pytest.mark.parametrize("order", ["as written", "rules first"])
def test_everything_that_a_clinic_can_write_is_read(order: str, tmp_path: Path) -> None:
    head, rules = WHOLE.split("[rules]")
    text = WHOLE if order == "as written" else f"[rules]{rules}{head}"
    assert read_preset(written(tmp_path, text)) == WHOLE_PRESET


def test_an_absent_line_is_no_limit(tmp_path: Path) -> None:
    path = written(tmp_path, "[SpO2]\nmedium = { low = 90 }\n[HR]\n")
    assert read_preset(path).limits == (Limit(Parameter.SPO2, "low", Priority.MEDIUM, 90, 0),)
    assert read_preset(written(tmp_path, "")) == Preset((), Rules())
    assert read_preset(written(tmp_path, "[rules]\napart = 40")).rules == Rules(apart=40)


FALLING = 'falling = { by = %s, within_s = %s, priority = "%s" }'
KNOWN = (
    "resignal_s, bp_low_after_s, bp_medium_after_s, bp_oldest_dosing_s, no_session_s, apart,"
    " apart_s, bp_interval_s"
)
REFUSED = {
    "unknown parameter": ("[HRR]\nmedium = { low = 50 }", "there is no parameter 'HRR'."),
    "a pump's value": ("[Pump_rate]\nmedium = { high = 50 }", "there is no parameter 'Pump_rate'."),
    "a name in other letters": ("[spo2]\nmedium = { low = 90 }", "there is no parameter 'spo2'."),
    "no table": ("HR = 50", "[HR] must be a table."),
    "rules that are no table": ("rules = 50", "[rules] must be a table."),
    "a limit": ("[HR]\nmedium = { lo = 50 }", "[HR] medium has 'lo'; known are "),
    "soon is text": ('[HR]\nsoon_s = "2 min"', "[HR] soon_s is not a number."),
    "soon too early": ("[HR]\nsoon_s = 601", "[HR] soon_s 601 is not between 10 and 600."),
    "soon too late": ("[HR]\nsoon_s = 9", "[HR] soon_s 9 is not between 10 and 600."),
    "a change that is no table": (
        "[HR]\nfalling = 5",
        "[HR] falling must hold by, within_s and priority.",
    ),
    "a change without its priority": (
        "[HR]\nrising = { by = 5, within_s = 60 }",
        "[HR] rising must hold by, within_s and priority.",
    ),
    "a change of a cuff's": (
        f"[NIBP_sys]\n{FALLING % (20, 60, 'low')}",
        "[NIBP_sys] falling is for values that come all the time, not for a cuff's.",
    ),
    "a change of high priority": (
        f"[HR]\n{FALLING % (20, 60, 'high')}",
        "[HR] falling priority 'high' is neither low nor medium.",
    ),
    "a change by nothing": (
        f"[HR]\n{FALLING % (0, 60, 'low')}",
        "[HR] falling by 0 is not between 0.1 and 340.",
    ),
    "a change by more than can be": (
        f"[HR]\n{FALLING % (341, 60, 'low')}",
        "[HR] falling by 341 is not between 0.1 and 340.",
    ),
    "a change within a span that holds one median": (
        f"[HR]\n{FALLING % (20, 19, 'low')}",
        "[HR] falling within_s 19 is not between 20 and 300.",
    ),
    "a change within longer than is kept": (
        f"[HR]\n{FALLING % (20, 301, 'low')}",
        "[HR] falling within_s 301 is not between 20 and 300.",
    ),
    "an unknown rule": ("[rules]\nresignal = 60", f"[rules] has 'resignal'; known are {KNOWN}."),
    "a rule that is text": ('[rules]\napart = "30"', "[rules] apart is not a number."),
    "intervals that are no table": (
        "[rules]\nbp_interval_s = 600",
        "[rules] bp_interval_s must name seconds by phase: baseline, dosing, recovery.",
    ),
    "an unknown phase": (
        "[rules]\nbp_interval_s = { infusion = 600 }",
        "[rules] bp_interval_s must name seconds by phase: baseline, dosing, recovery.",
    ),
    "an interval too short": (
        "[rules]\nbp_interval_s = { dosing = 59 }",
        "[rules] bp_interval_s dosing 59 is not between 60 and 7200.",
    ),
    "an interval too long": (
        "[rules]\nbp_interval_s = { dosing = 7201 }",
        "[rules] bp_interval_s dosing 7201 is not between 60 and 7200.",
    ),
    "medium before low": (
        "[rules]\nbp_low_after_s = 301",
        "[rules] bp_low_after_s is later than bp_medium_after_s.",
    ),
}
SPANS = {
    "resignal_s": (30, 600),
    "bp_low_after_s": (0, 1800),
    "bp_medium_after_s": (0, 1800),
    "bp_oldest_dosing_s": (60, 3600),
    "no_session_s": (10, 3600),
    "apart": (5, 200),
    "apart_s": (5, 600),
}
for key, (lowest, highest) in SPANS.items():
    for bad in (lowest - 1, highest + 1):
        REFUSED[f"{key} {bad}"] = (
            f"[rules]\n{key} = {bad}",
            f"[rules] {key} {bad} is not between {lowest} and {highest}.",
        )


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_every_refusal_has_its_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(LimitsError) as error:
        read_preset(path)
    whole = f"The limits {path} cannot be used: {sentence}"
    assert str(error.value) == whole or (sentence.endswith(" ") and whole in str(error.value))


@pytest.mark.parametrize("at", [0, 1], ids=["least", "most"])
@pytest.mark.parametrize("key", [key for key in SPANS if key != "bp_low_after_s"])
def test_the_ends_of_a_rule_are_allowed(key: str, at: int, tmp_path: Path) -> None:
    text = f"[rules]\nbp_low_after_s = 0\n{key} = {SPANS[key][at]}"
    assert getattr(read_preset(written(tmp_path, text)).rules, key) == SPANS[key][at]


@pytest.mark.parametrize(("by", "within_s"), [(0.1, 20), (340, 300)])
def test_the_ends_of_a_change_are_allowed(by: float, within_s: float, tmp_path: Path) -> None:
    path = written(tmp_path, f"[HR]\n{FALLING % (by, within_s, 'low')}\nsoon_s = 10")
    rules = read_preset(path).rules
    assert rules.changes == (Change(Parameter.HR, "low", by, within_s, Priority.LOW),)
    assert rules.soon_s == {"HR": 10}


@pytest.mark.parametrize("text", ["[HR", b"\xff\xfe", "[HR]\n[HR]"])
def test_damaged_toml_is_said(text: str | bytes, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(LimitsError, match=re.escape(f"The limits {path} are not valid TOML: ")):
        read_preset(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "limits.toml"
    with pytest.raises(LimitsError) as error:
        read_preset(path)
    assert str(error.value) == f"The limits {path} cannot be read: No such file or directory."


REGIMEN = {
    "SpO2": {"high": {"low": 88, "delay_s": 5}},
    "NIBP_sys": {"medium": {"high": 150}, "dosing": {"medium": {"high": 170}}},
    "rules": {"bp_interval_s": {"dosing": 900}, "apart": 40},
}


def of(preset: Preset, *parameters: Parameter) -> list[Limit]:
    return [limit for limit in preset.limits if limit.parameter in parameters]


def test_a_regimen_replaces_a_parameters_table_whole() -> None:
    preset = merged(WHOLE_PRESET, REGIMEN)
    assert of(preset, Parameter.SPO2) == [Limit(Parameter.SPO2, "low", Priority.HIGH, 88, 5)]
    assert preset.rules.soon_s == {}
    assert preset.rules.changes == WHOLE_PRESET.rules.changes[1:]
    assert of(preset, Parameter.NIBP_SYS) == [
        Limit(Parameter.NIBP_SYS, "high", Priority.MEDIUM, 150, 0),
        Limit(Parameter.NIBP_SYS, "high", Priority.MEDIUM, 170, 0, "value", "dosing"),
    ]


def test_a_regimen_leaves_the_other_parameters() -> None:
    preset = merged(PRESET, REGIMEN)
    others = set(Parameter) - {Parameter.SPO2, Parameter.NIBP_SYS}
    assert of(preset, *others) == of(PRESET, *others) != []
    own = {"HR": {"soon_s": 30, "falling": {"by": 9, "within_s": 60, "priority": "low"}}}
    rules = merged(WHOLE_PRESET, own).rules
    assert rules.soon_s == {"SpO2": 60, "HR": 30}
    assert rules.changes == (
        WHOLE_PRESET.rules.changes[0],
        Change(Parameter.HR, "low", 9, 60, Priority.LOW),
    )


def test_a_regimen_replaces_single_rules() -> None:
    rules = merged(WHOLE_PRESET, REGIMEN).rules
    before = WHOLE_PRESET.rules
    assert rules.bp_interval_s == {"dosing": 900}  # whole: the baseline's is gone
    assert rules.apart == 40
    assert (rules.apart_s, rules.resignal_s) == (before.apart_s, before.resignal_s) == (600, 30)
    assert rules.bp_oldest_dosing_s == before.bp_oldest_dosing_s == 60
    assert merged(PRESET, {"rules": {"bp_interval_s": {}}}).rules.bp_interval_s == {}


def test_an_empty_table_takes_a_parameters_limits_away() -> None:
    preset = merged(PRESET, {"SpO2": {}})
    assert of(preset, Parameter.SPO2) == []
    assert "SpO2" not in preset.rules.soon_s
    assert of(preset, Parameter.HR) == of(PRESET, Parameter.HR)


def test_nothing_merged_changes_nothing() -> None:
    assert merged(WHOLE_PRESET, {}) == WHOLE_PRESET
    assert merged(PRESET, {"rules": {}}) == PRESET


def test_merging_changes_neither_of_both() -> None:
    before, tables = to_json(WHOLE_PRESET), json.dumps(REGIMEN)
    merged(WHOLE_PRESET, REGIMEN)
    assert (to_json(WHOLE_PRESET), json.dumps(REGIMEN)) == (before, tables)


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"HRR": {}}, "there is no parameter 'HRR'."),
        ({"HR": 3}, "[HR] must be a table."),
        ({"rules": 3}, "[rules] must be a table."),
        (
            {"NIBP_sys": {"medium": {"low": 160, "high": 90}}},
            "[NIBP_sys] low 160 is not below 90.",
        ),
        ({"rules": {"apart": 4}}, "[rules] apart 4 is not between 5 and 200."),
        # Fine by itself, and not with the 300 s that the clinic's preset has.
        (
            {"rules": {"bp_low_after_s": 301}},
            "[rules] bp_low_after_s is later than bp_medium_after_s.",
        ),
    ],
)
def test_a_regimen_that_cannot_be_merged_is_refused(tables: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LimitsError) as error:
        merged(PRESET, tables)
    assert str(error.value) == sentence


def test_two_rules_that_go_together_replace_both() -> None:
    rules = merged(PRESET, {"rules": {"bp_low_after_s": 400, "bp_medium_after_s": 500}}).rules
    assert (rules.bp_low_after_s, rules.bp_medium_after_s) == (400, 500)


def test_the_clinics_own_file_merged_into_itself_is_the_same() -> None:
    tables = tomllib.loads((ROOT / "data" / "presets" / "limits.toml").read_text(encoding="utf-8"))
    assert merged(PRESET, tables) == PRESET == preset_of(tables)


limits = st.builds(
    Limit,
    st.sampled_from(Parameter),
    st.sampled_from(["low", "high"]),
    st.sampled_from(Priority),
    st.floats(1, 300),
    st.floats(0, 60),
    st.sampled_from(["value", "percent", "difference"]),
    st.sampled_from([None, "baseline", "dosing", "recovery"]),
)


@given(st.lists(limits))
def test_a_session_carries_its_limits_unchanged(some: list[Limit]) -> None:
    preset = PRESET.with_limits(tuple(some))
    assert from_json(to_json(preset)) == preset


@pytest.mark.parametrize("preset", [PRESET, WHOLE_PRESET, Preset()])
def test_a_session_carries_its_preset_unchanged(preset: Preset) -> None:
    text = to_json(preset)
    assert from_json(text) == preset
    assert json.loads(text).keys() == {"limits", "rules"}


def test_the_list_of_the_first_databases_is_read() -> None:
    text = '[["SpO2", "low", "medium", 90.0, 15.0], ["HR", "high", "high", 150.0, 5.0]]'
    assert from_json(text) == Preset(
        (
            Limit(Parameter.SPO2, "low", Priority.MEDIUM, 90, 15),
            Limit(Parameter.HR, "high", Priority.HIGH, 150, 5),
        )
    )


def test_the_words_of_the_tiers() -> None:
    assert [tier_name(priority) for priority in Priority] == ["advisory", "medium", "high"]
    assert [priority.word for priority in Priority] == ["low", "medium", "high"]
