"""The scales: what the shipped files hold, and that a score is whole and within its range."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.session.scales import Scale, ScaleError, band_of, checked, read_scales, scale_of

FOLDER = Path(__file__).parents[2] / "data" / "presets" / "scales"
SCALES = read_scales(FOLDER)
WITH_ITEMS = [scale for scale in SCALES.values() if scale.items]
TOTALS = [scale for scale in SCALES.values() if not scale.items]


def variant_of(scale: Scale) -> str | None:
    return scale.variants[0] if scale.variants else None


@st.composite
def answered(draw: st.DrawFn) -> tuple[Scale, dict[str, int]]:
    scale = draw(st.sampled_from(WITH_ITEMS))
    values = {
        item.id: draw(st.sampled_from([choice.value for choice in item.choices]))
        for item in scale.items
    }
    return scale, values


@given(answered())
def test_a_total_is_the_sum_of_its_items_and_within_the_range(
    case: tuple[Scale, dict[str, int]],
) -> None:
    scale, values = case
    score = checked(scale, values, variant=variant_of(scale))
    assert score.total == sum(values.values())
    assert scale.low <= score.total <= scale.high
    assert score.words.startswith(f"{scale.name} {score.total}")
    assert checked(scale, values, score.total, variant_of(scale)) == score
    assert score.flagged == (scale.id == "phq9" and values["item_9"] > 0)


@given(answered(), st.data())
def test_a_missing_item_is_refused_and_named(
    case: tuple[Scale, dict[str, int]], data: st.DataObject
) -> None:
    scale, values = case
    number = data.draw(st.integers(1, len(scale.items)))
    del values[scale.items[number - 1].id]
    with pytest.raises(ScaleError, match=rf"not complete: item {number} not answered"):
        checked(scale, values, variant=variant_of(scale))


@given(answered(), st.data())
def test_an_answer_that_is_not_offered_is_refused(
    case: tuple[Scale, dict[str, int]], data: st.DataObject
) -> None:
    scale, values = case
    item = data.draw(st.sampled_from(scale.items))
    offered = {choice.value for choice in item.choices}
    other = data.draw(st.integers(-100, 100).filter(lambda x: x not in offered))
    for wrong in (other, True, "1", float(other)):
        with pytest.raises(ScaleError, match=r"is one of"):
            checked(scale, {**values, item.id: wrong}, variant=variant_of(scale))  # type: ignore[dict-item]


@given(st.sampled_from(TOTALS), st.integers(-200, 200))
def test_a_total_alone_is_taken_within_its_range_only(scale: Scale, total: int) -> None:
    if scale.low <= total <= scale.high:
        score = checked(scale, None, total)
        assert score.total == total
        assert score.flagged == (scale.id == "cssrs" and total > 0)
    else:
        with pytest.raises(ScaleError, match=rf"from {scale.low} to {scale.high}"):
            checked(scale, None, total)


def test_a_total_must_be_a_whole_number_and_there() -> None:
    for wrong in (None, True, 3.0, "3"):
        with pytest.raises(ScaleError):
            checked(SCALES["cadss"], None, wrong)  # type: ignore[arg-type]
    with pytest.raises(ScaleError, match="its total only"):
        checked(SCALES["cadss"], {"item_1": 2}, 2)


def test_a_scale_of_many_items_is_not_entered_as_a_total() -> None:
    with pytest.raises(ScaleError, match="not complete: items 1, 2, 3, 4, 5, 6, 7 not answered"):
        checked(SCALES["gad7"], None, 12)
    with pytest.raises(ScaleError, match="add up to 7, not to 8"):
        checked(SCALES["gad7"], {f"item_{n}": 1 for n in range(1, 8)}, 8)
    with pytest.raises(ScaleError, match="no item 'item_8'"):
        checked(SCALES["gad7"], {f"item_{n}": 1 for n in range(1, 9)})


def test_a_scale_of_one_item_is_its_total() -> None:
    assert checked(SCALES["moaas"], None, 5).words == "MOAA/S 5"
    with pytest.raises(ScaleError, match="one of 0, 1, 2, 3, 4, 5"):
        checked(SCALES["moaas"], None, 6)
    assert checked(SCALES["nausea_nrs"], None, 0).total == 0


def test_the_aldrete_says_by_which_table() -> None:
    aldrete = SCALES["aldrete"]
    full = {item.id: 2 for item in aldrete.items}
    with pytest.raises(ScaleError, match="mmHg or %"):
        checked(aldrete, full)
    assert checked(aldrete, full, variant="%").words == "Modified Aldrete 10 (%)"
    circulation = next(item for item in aldrete.items if item.id == "circulation")
    assert aldrete.worded(circulation.choices[0].text, "%") == "Within ±20 %"
    with pytest.raises(ScaleError, match="no variants"):
        checked(SCALES["gad7"], {f"item_{n}": 1 for n in range(1, 8)}, variant="%")


@pytest.mark.parametrize(
    ("scale", "total", "band"),
    [
        ("phq9", 4, "minimal"), ("phq9", 5, "mild"), ("phq9", 14, "moderate"),
        ("phq9", 15, "moderately severe"), ("phq9", 20, "severe"),
        ("gad7", 4, "minimal"), ("gad7", 5, "mild"), ("gad7", 10, "moderate"),
        ("gad7", 15, "severe"), ("pcl5", 30, ""), ("cadss", 50, ""),
    ],
)  # fmt: skip
def test_the_published_bands(scale: str, total: int, band: str) -> None:
    assert band_of(SCALES[scale], total) == band


def test_item_9_of_the_phq9_is_flagged_in_words() -> None:
    none = {f"item_{n}": 3 for n in range(1, 9)} | {"item_9": 0}
    assert not checked(SCALES["phq9"], none).flagged
    some = {f"item_{n}": 0 for n in range(1, 9)} | {"item_9": 1}
    score = checked(SCALES["phq9"], some)
    assert score.flagged
    assert score.words == "PHQ-9 1, minimal; item 9 (thoughts of death or self-harm) is above 0"


def test_the_shipped_scales() -> None:
    ranges = {scale.id: (len(scale.items), scale.low, scale.high) for scale in SCALES.values()}
    assert ranges == {
        "phq9": (9, 0, 27), "gad7": (7, 0, 21), "pcl5": (20, 0, 80), "moaas": (1, 0, 5),
        "aldrete": (5, 0, 10), "distress_nrs": (1, 0, 10), "nausea_nrs": (1, 0, 10),
        "dissociation_nrs": (1, 0, 10), "cadss": (0, 0, 92), "cadss6": (0, 0, 24),
        "madrs": (0, 0, 60), "qids_sr16": (0, 0, 27), "cssrs": (0, 0, 5),
    }  # fmt: skip
    moaas = {choice.value: choice.text for choice in SCALES["moaas"].items[0].choices}
    assert moaas[5] == "Responds readily to name in normal tone"
    assert moaas[0] == "No response to painful trapezius squeeze"
    assert [scale.id for scale in SCALES.values() if scale.weeks] == [
        "phq9", "gad7", "pcl5", "madrs", "qids_sr16",
    ]  # fmt: skip
    words = " ".join(path.read_text(encoding="utf-8").lower() for path in FOLDER.glob("*.toml"))
    assert "treat" not in words


GOOD: dict[str, Any] = {
    "name": "X", "order": 1, "low": 0, "high": 3, "direction": "higher is worse",
    "text_licence": "ours", "source": "ours",
    "choices": [{"value": 0, "text": "no"}, {"value": 3, "text": "yes"}],
    "items": [{"id": "a", "text": "A?"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"high": 4}, "add up from 0 to 3"),
        ({"direction": "up"}, "direction is one of"),
        ({"colour": "red"}, "colour, which no scale has"),
        ({"items": [{"id": "a", "text": "A?"}, {"id": "a", "text": "B?"}]}, "same id"),
        ({"choices": []}, "has no choices"),
        ({"flag_item": "b", "flag_text": "x"}, "none of its items"),
        ({"flag_item": "a"}, "no flag_text"),
        ({"bands": [{"low": 2, "text": "b"}, {"low": 1, "text": "a"}]}, "do not rise"),
        ({"low": "none"}, "low must be a whole number"),
        ({"name": ""}, "name must be words"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(change: dict[str, Any], sentence: str) -> None:
    assert scale_of("x", GOOD).items[0].choices[1].value == 3
    with pytest.raises(ScaleError, match=sentence):
        scale_of("x", {**GOOD, **change})


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("this is [not TOML", encoding="utf-8")
    with pytest.raises(ScaleError, match="not valid TOML"):
        read_scales(tmp_path)
    (tmp_path / "x.toml").write_text("order = 1", encoding="utf-8")
    with pytest.raises(ScaleError, match=r"x\.toml cannot be used: it lacks"):
        read_scales(tmp_path)
