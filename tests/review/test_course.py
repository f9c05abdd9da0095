"""The chart of a patient's course: which scales, whose totals, and every session marked."""

from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.review.course import Total, course_figure
from monitor.session.scales import read_scales

SCALES = read_scales(Path(__file__).parents[2] / "data" / "presets" / "scales")
ZONE = ZoneInfo("Europe/Zurich")
DAY = 86_400_000
BEGAN_MS = 1_790_000_000_000


def total(scale: str, days: int, value: int, *, flagged: bool = False) -> Total:
    return Total(scale, BEGAN_MS + days * DAY, value, flagged, f"{scale} {value}")


def test_each_scale_followed_over_weeks_has_a_row_and_the_others_none() -> None:
    totals = [total("gad7", 7, 9), total("phq9", 7, 12), total("phq9", 0, 18, flagged=True)]
    totals.append(total("nausea_nrs", 3, 4))
    figure = course_figure(SCALES, totals, {}, ZONE).to_plotly_json()
    assert [trace["name"] for trace in figure["data"]] == ["PHQ-9", "GAD-7"]
    phq9 = figure["data"][0]
    assert list(phq9["y"]) == [18, 12], "in the order of answering"
    assert list(phq9["text"]) == ["18 ⚑", "12"]
    assert phq9["x"][0].startswith("2026-09-2")
    assert figure["layout"]["yaxis"]["range"][0] == 0
    assert figure["layout"]["yaxis"]["range"][1] > 27
    bands = {x["text"] for x in figure["layout"]["annotations"]}
    assert {"mild", "moderate", "severe"} <= bands


def test_every_session_is_a_line_through_all_rows_with_its_label() -> None:
    sessions = {
        7: (BEGAN_MS + 3 * DAY, "session 1"),
        9: (BEGAN_MS + 9 * DAY, "session 2 (simulated)"),
    }
    figure = course_figure(SCALES, [total("phq9", 0, 5)], sessions, ZONE).to_plotly_json()
    lines = [x for x in figure["layout"]["shapes"] if x["xref"] == "x"]
    assert [x["x0"] for x in lines] == [x["x1"] for x in lines]
    assert {(x["y0"], x["y1"], x["yref"]) for x in lines} == {(0, 1, "paper")}
    assert len(lines) == 2
    labels = [x["text"] for x in figure["layout"]["annotations"] if x["xref"] == "x"]
    assert labels == ["session 1", "session 2 (simulated)"]
