"""What the alarm line says, and the words and figures of the screen."""

import json
from typing import Any

import pytest

from tests.screens.conftest import Js
from tests.screens.stream_alone import HR, IV_SITE, alarm, line, snapshot

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("number(88, 0)", "88"),
        ("number(36.66, 1)", "36.7"),
        ("number(null, 0)", "---"),
        ("number(NaN, 0)", "---"),
        ("span(14_000)", "0:14"),
        ("span(1_344_000)", "22:24"),
        ("span(3_729_000)", "1:02:09"),
        ("span(-5)", "0:00"),
        ("age(59_999)", "59 s"),
        ("age(134_000)", "2:14"),
        ("mg(19.94)", "19.9"),
        ("label('SpO2')", "SpO₂"),
        ("clinicTime('Europe/Zurich').clock(1795330328000)", "07:52:08"),
        ("clinicTime('Asia/Kolkata').clock(1795330328000)", "12:22:08"),
        ("clinicTime('Asia/Kolkata').offset(1795330328123).toString()", "19800000"),
        ("clinicTime('America/St_Johns').offset(1795330328000).toString()", "-12600000"),
    ],
)
def test_how_things_are_written(js: Js, call: str, text: str) -> None:
    assert js("format.js", f"return m.{call};") == text


def test_no_alarm_only_when_all_that_is_expected_is_fresh(js: Js) -> None:
    assert line(js, snapshot())["text"] == "No alarm"


@pytest.mark.parametrize(
    ("data", "now", "link"),
    [
        (snapshot(), 105_500, {}),  # dimmed
        (snapshot(), 111_000, {}),  # gone
        (snapshot(), 100_500, {"fresh": False}),
        (snapshot(), 100_500, {"fresh": False, "starting": True}),
        (snapshot(parameters={}), 100_500, {}),
        (snapshot(tiles={}), 100_500, {}),
        (snapshot(sources=[{"id": 1, "name": "B450", "state": "lost"}]), 100_500, {}),
        (
            snapshot(parameters={"HR": {**HR, "value": None, "validity": "unavailable"}}),
            100_500,
            {},
        ),
        (snapshot(parameters={"HR": {**HR, "validity": "questionable"}}), 100_500, {}),
        (snapshot(alarms=[alarm("HR", "low", 1, by="RN Keller")]), 100_500, {}),
        (snapshot(session={"id": 1}, due=[IV_SITE]), 100_500, {}),  # its alarm comes later
    ],
)
def test_whatever_is_in_doubt_is_never_no_alarm(
    js: Js, data: dict[str, Any], now: int, link: dict[str, Any]
) -> None:
    said = line(js, data, now, **link)
    assert said["state"] != "none"
    assert "No alarm" not in json.dumps(said)


def test_a_chair_without_devices_says_who_watches_instead(js: Js) -> None:
    alone = snapshot(sources=[], tiles={}, session={"id": 1})
    by_hand = "o monitor on this chair: watched by hand"
    assert (line(js, alone)["text"], line(js, alone)["detail"]) == (f"N{by_hand}", "")
    late = line(js, {**alone, "due": [IV_SITE]})
    assert late["text"] == f"IV site check overdue 0:10 · n{by_hand}"
    other = line(js, {**alone, "sources": [{"id": 1, "name": "B450", "state": "lost"}]})
    assert other["text"] == "Not all values are here"


def test_what_is_overdue_stands_in_the_line_until_its_alarm_does(js: Js) -> None:
    late = snapshot(session={"id": 1}, due=[IV_SITE])
    said = line(js, late)
    assert (said["state"], said["text"]) == ("incomplete", "IV site check overdue 0:10")
    off = snapshot(session={"id": 1}, due=[IV_SITE], parameters={})
    assert line(js, off)["text"] == "Not all values are here"
    assert line(js, off)["detail"].endswith(" · IV site check overdue 0:10")
    put_off = {**IV_SITE, "not_before_ms": 200_000}
    assert line(js, snapshot(session={"id": 1}, due=[put_off]))["text"] == "No alarm"
    assert line(js, late, sure=False)["text"] == "No alarm"  # the time is not known: nothing counts


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("SpO2 87 < 90", "short"),
        ("NIBP_sys 172 > 160", "medium"),
        ("SpO2 missing: probe off", "medium"),
        ("HR falling: reaches 50 in about 40 s", "long"),
    ],
)
def test_a_limits_words_stand_the_largest(js: Js, text: str, long: str) -> None:
    assert js("alarmline.js", "return m.lengthOf(d);", text) == long


def test_a_lost_heartbeat_is_high_and_hides_no_alarm(js: Js) -> None:
    data = snapshot(alarms=[alarm("a", "low", 1), alarm("b", "medium", 1)])
    said = line(js, data, fresh=False)
    assert (said["priority"], said["text"]) == ("high", "NO DATA")
    assert said["detail"] == "the recorder has stopped · look at the patient, then the cable"
    assert [a["occurrence"] for a in said["others"]] == ["b", "a"]


def test_a_chair_that_nobody_records_says_so_and_hides_no_alarm(js: Js) -> None:
    gone = snapshot(chair={"id": 1, "removed": True}, sources=[], alarms=[alarm("a", "low", 1)])
    said = line(js, gone)
    assert (said["priority"], said["text"]) == ("high", "NOT RECORDED")
    assert [a["occurrence"] for a in said["others"]] == ["a"]


@pytest.mark.parametrize(
    ("priority", "able", "shown"),
    [("low", False, False), ("low", True, True), ("medium", False, True), ("medium", True, True)],
)
def test_that_no_screen_sounds_is_said_by_the_sign_of_the_one_that_cannot(
    js: Js, priority: str, able: bool, shown: bool
) -> None:
    """Its SOUND OFF sign says it already; that no screen is in sight is another thing."""
    unheard = alarm("1.nobody", priority, 1, condition="nobody_listening", kind="technical")
    said = line(js, snapshot(alarms=[unheard]), able=able)
    assert (said["alarm"] is not None) is shown
    assert (said["text"] == "No alarm") is not shown
    other = alarm("a", "low", 1, condition="hr_pr_apart", kind="technical")
    assert line(js, snapshot(alarms=[other]), able=able)["alarm"]["occurrence"] == "a"


def test_what_is_overdue_is_so_since_it_was_due(js: Js) -> None:
    """Its alarm comes minutes later: two times for one thing would be a riddle."""
    late = alarm("a", "low", 90_000, condition="overdue_iv_site", kind="technical")
    other = alarm("b", "low", 80_000, condition="overdue_sedation", kind="technical")
    due = [{"id": "iv_site", "at_ms": 30_000}]
    said = line(js, snapshot(alarms=[late, other], due=due))
    since = {a["occurrence"]: a["since_ms"] for a in [said["alarm"], *said["others"]]}
    assert since == {"a": 30_000, "b": 80_000}


def test_alarms_stand_by_priority_then_open_ones_then_the_newest(js: Js) -> None:
    alarms = [
        alarm("low", "low", 9), alarm("old", "medium", 1), alarm("seen", "medium", 9, by="RN Ode"),
        alarm("new", "medium", 5), alarm("high", "high", 1, by="RN Ode"),
    ]  # fmt: skip
    said = line(js, snapshot(alarms=alarms))
    order = [said["alarm"], *said["others"]]
    assert [a["occurrence"] for a in order] == ["high", "new", "old", "seen", "low"]
    assert said["state"] == "acknowledged"


@pytest.mark.parametrize(
    ("priority", "kind", "shape"),
    [("high", "technical", "■■■"), ("medium", "physiological", "▲▲"), ("low", "technical", "■")],
)
def test_shape_and_count_tell_kind_and_priority(
    js: Js, priority: str, kind: str, shape: str
) -> None:
    assert js("alarmline.js", "return m.shape(d);", alarm("x", priority, 1, kind=kind)) == shape
