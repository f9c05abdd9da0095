"""What a screen is told in each state; and that no reading is missed or told twice."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from sqlite_utils import Database

from devices.numeric import CUFF, Generation, Parameter, Validity, no_value, numeric
from monitor.alarms.audio import Audio
from monitor.alarms.presets import Preset, to_json
from monitor.alarms.presses import with_tier
from monitor.chair import LinkChange
from monitor.screens.feed import Feed
from monitor.store import current, writing
from monitor.store.writing import Reading
from tests.screens.stored import Stored


@pytest.fixture
def stored(db: Database) -> Stored:
    return Stored(db)


def feed_of(stored: Stored) -> Feed:
    feed = Feed(stored.chair)
    tick = current.last_tick(stored.db)
    assert tick is not None
    feed.load(stored.db, tick, 1.0)
    return feed


def snapshot(stored: Stored) -> dict[str, Any]:
    return feed_of(stored).snapshot(stored.db)


def advance(feed: Feed, stored: Stored) -> dict[str, Any]:
    tick = current.last_tick(stored.db)
    assert tick is not None
    return feed.advance(stored.db, tick, 1.0, changed=True)


def test_normal(stored: Stored) -> None:
    stored.connected()
    stored.values(hr=72, spo2=97, seconds=30)
    stored.cuff(128, 80, 96)
    told = snapshot(stored)
    assert told["parameters"]["HR"]["value"] == 72
    assert told["parameters"]["SpO2"] == {
        "unit": "%",
        "decimals": 0,
        "episodic": False,
        "by_hand": False,
        "dim_ms": 10_000,
        "dash_ms": 15_000,
        "source": stored.source,
        "choice": 1,
        "instead_of": None,
        "t_ms": stored.t_ms - 1100,
        "value": 97,
        "validity": "valid",
        "reason": "",
        "last": {"t_ms": stored.t_ms - 1100, "value": 97},
    }
    assert told["history"]["cuffs"] == [
        {"t_ms": stored.t_ms - 100, "sys": 128, "dia": 80, "mean": 96}
    ]
    assert told["history"]["traces"]["HR"]["max"][-1] == 72
    assert told["alarms"] == []
    assert told["generation"] == "simulated"
    assert told["sources"][0]["state"] == "connected"
    assert told["session"] is None


def test_probe_off_is_no_value_with_its_reason_and_the_last_one_small(stored: Stored) -> None:
    stored.connected()
    stored.values(spo2=97)
    stored.probe_off()
    told = snapshot(stored)["parameters"]["SpO2"]
    assert told["value"] is None
    assert (told["validity"], told["reason"]) == ("invalid", "probe off")
    assert told["last"]["value"] == 97


def second_device(stored: Stored) -> int:
    """An oximeter as the chair's second device, which gives its SpO2 now."""
    number = writing.register_source(
        stored.db, stored.chair, "Rad-8", "masimo_ascii1", "COM4", stored.generation, 1000
    )
    both = stored.setting().replace(f"[{stored.source}]", f"[{stored.source}, {number}]")
    spo2 = numeric(Parameter.SPO2, 95, stored.t_ms + 900)
    stored.write(
        settings=[(stored.chair, both)],
        preferred=[(stored.chair, Parameter.SPO2, number)],
        readings=[Reading(stored.chair, number, stored.generation, spo2)],
    )
    return number


def choice(told: dict[str, Any], parameter: str = "SpO2") -> tuple[int, dict[str, Any] | None]:
    return told["parameters"][parameter]["choice"], told["parameters"][parameter]["instead_of"]


def test_the_second_device_says_instead_of_whom_and_why_it_is_shown(stored: Stored) -> None:
    stored.connected()
    stored.values(hr=72, spo2=97)
    feed = feed_of(stored)
    stored.probe_off()
    second = second_device(stored)
    told = advance(feed, stored)
    assert told["parameters"]["SpO2"]["source"] == second
    assert choice(told) == (2, {"source": stored.source, "why": "probe off"})
    assert choice(told, "HR") == (1, None)
    stored.values(spo2=97)
    stored.write(preferred=[(stored.chair, Parameter.SPO2, stored.source)])
    assert choice(advance(feed, stored)) == (1, None)


@pytest.mark.parametrize(
    ("state", "told"),
    [("lost", (2, "no data")), ("connecting", (2, "no data")), ("connected", None)],
)
def test_a_first_device_that_was_not_heard_for_long_is_still_the_first(
    stored: Stored, state: str, told: tuple[int, str] | None
) -> None:
    """Unless it is connected: then it is one that does not give this parameter."""
    stored.write(links=[LinkChange(stored.source, stored.t_ms, state, "", None)])
    second_device(stored)
    number, before = choice(snapshot(stored))
    assert (number, before and before["why"]) == (told or (1, None))


def test_empty_chair_says_that_nothing_was_seen(stored: Stored) -> None:
    told = snapshot(stored)
    assert told["parameters"]["SpO2"]["value"] is None
    assert told["parameters"]["SpO2"]["t_ms"] is None
    assert told["parameters"]["SpO2"]["reason"] == "not seen yet"
    assert told["history"]["traces"] == {}


def test_an_alarm_shows_the_value_of_now_and_its_limit(stored: Stored) -> None:
    stored.connected()
    stored.values(spo2=87)
    stored.alarm()
    stored.values(spo2=82)
    (alarm,) = snapshot(stored)["alarms"]
    assert alarm["text"] == "SpO2 82 < 90"
    assert (alarm["priority"], alarm["state"], alarm["by"]) == ("medium", "active", None)


def test_an_acknowledged_alarm_says_by_whom(stored: Stored) -> None:
    stored.connected()
    stored.values(spo2=87)
    stored.alarm()
    stored.alarm("acknowledged", "RN Ode")
    (alarm,) = snapshot(stored)["alarms"]
    assert (alarm["state"], alarm["by"]) == ("acknowledged", "RN Ode")
    stored.alarm("cleared")
    assert snapshot(stored)["alarms"] == []


def test_each_reading_is_told_once_however_ticks_and_times_fall(stored: Stored) -> None:
    stored.connected()
    feed = feed_of(stored)
    told = []
    for second in range(40):
        # A reading may carry a time after its tick's, or one before the tick before.
        offset = (-1500, 900, 1100, 999)[second % 4]
        stored.write(numeric(Parameter.HR, 60 + second, stored.t_ms + offset + second % 7))
        told += [reading["v"] for reading in advance(feed, stored)["readings"]]
    assert told == [60 + second for second in range(40)]


def test_ticks_that_were_stored_late_are_told_too(stored: Stored) -> None:
    stored.connected()
    feed = feed_of(stored)
    stored.values(hr=70, seconds=90)  # one poll for ninety ticks
    message = advance(feed, stored)
    assert sum(reading["p"] == "HR" for reading in message["readings"]) == 90


def test_a_cuff_reading_with_its_own_older_time_is_told(stored: Stored) -> None:
    stored.connected()
    stored.values(seconds=200)
    feed = feed_of(stored)
    measured_ms = stored.t_ms - 120_000
    stored.cuff(150, 90, 110, t_ms=measured_ms)
    message = advance(feed, stored)
    assert message["cuffs"] == [{"t_ms": measured_ms, "sys": 150, "dia": 90, "mean": 110}]
    assert "cuffs" not in advance(feed, stored)


def test_the_patient_before_is_not_shown(stored: Stored) -> None:
    stored.connected()
    stored.values(hr=101, seconds=5)
    stored.cuff(171, 99, 120)
    stored.session(started_ms=stored.t_ms - 5000, from_ms=stored.t_ms - 5000)
    stored.session(
        started_ms=stored.t_ms - 5000, from_ms=stored.t_ms - 5000, ended_ms=stored.t_ms + 500
    )
    stored.values(hr=60, seconds=2)
    told = snapshot(stored)
    assert told["session"] is None
    assert told["history"]["cuffs"] == []
    assert 101 not in told["history"]["traces"]["HR"]["max"]
    assert (
        told["parameters"]["NIBP_sys"]["value"] is None if "NIBP_sys" in told["parameters"] else 1
    )


def test_a_session_begins_and_the_cuff_of_before_goes(stored: Stored) -> None:
    stored.connected()
    stored.cuff(171, 99, 120)
    feed = feed_of(stored)
    assert feed.snapshot(stored.db)["parameters"]["NIBP_sys"]["value"] == 171
    stored.session(from_ms=stored.t_ms + 500)
    message = advance(feed, stored)
    assert message["session"]["patient"] == "KAP-0147"
    assert "NIBP_sys" not in message["parameters"]
    assert message["history"] == {"width_ms": 1000, "traces": {}, "cuffs": []}


def test_a_failed_measurement_leaves_the_last_reading_with_a_word_on_it(stored: Stored) -> None:
    stored.connected()
    stored.cuff(128, 80, 96)
    feed = feed_of(stored)
    at_ms = stored.t_ms + 900
    words = [no_value(p, at_ms, "measuring", Validity.MEASURING) for p in CUFF]
    stored.write(*words)
    told = advance(feed, stored)["parameters"]["NIBP_sys"]
    assert (told["value"], told["validity"], told["reason"]) == (128, "measuring", "measuring")


def test_where_no_ecg_is_expected_the_tile_shows_pr_and_says_so(stored: Stored) -> None:
    stored.write(settings=[(stored.chair, stored.setting('["PR", "SpO2"]'))])
    stored.connected()
    stored.write(numeric(Parameter.PR, 66, stored.t_ms + 900))
    tile = snapshot(stored)["tiles"]["HR"]
    assert (tile["parameters"], tile["label"]) == (["PR"], "PR")


def test_what_a_pump_says_is_told_and_has_no_tile(stored: Stored) -> None:
    stored.connected()
    stored.values()
    tiles = snapshot(stored)["tiles"]
    rate = numeric(Parameter.PUMP_RATE, 0.05, stored.t_ms)
    stored.write(rate, numeric(Parameter.PUMP_VOLUME, 0, stored.t_ms))
    told = snapshot(stored)
    found = {name: told["parameters"][name] for name in ("Pump_rate", "Pump_volume")}
    parts = {name: (x["value"], x["unit"], x["decimals"]) for name, x in found.items()}
    assert parts == {"Pump_rate": (0.05, "mL/h", 2), "Pump_volume": (0, "mL", 1)}
    assert told["tiles"] == tiles


def test_an_unchanged_section_is_not_told_again(stored: Stored) -> None:
    stored.connected()
    stored.values(seconds=3)
    feed = feed_of(stored)
    stored.values(hr=73)
    message = advance(feed, stored)
    assert set(message) == {"tick", "now_ms", "rate", "readings"}


def test_a_demo_flag_of_the_device_lowers_what_is_shown(db: Database) -> None:
    stored = Stored(db, generation=Generation.REAL)
    stored.connected()
    stored.values()
    feed = feed_of(stored)
    assert feed.snapshot(db)["generation"] == "real"
    stored.generation = Generation.SIMULATED
    stored.values()
    assert advance(feed, stored)["generation"] == "simulated"


def test_a_demo_flag_stays_said_while_its_readings_are_shown(db: Database) -> None:
    """Something else changes, and the device said nothing in that tick."""
    stored = Stored(db, generation=Generation.REAL)
    stored.connected()
    feed = feed_of(stored)
    stored.generation = Generation.SIMULATED
    stored.values()
    assert advance(feed, stored)["generation"] == "simulated"
    stored.alarm()
    assert "generation" not in advance(feed, stored)
    assert feed.snapshot(db)["generation"] == "simulated"
    assert snapshot(stored)["generation"] == "simulated"
    stored.generation = Generation.REAL
    stored.session(from_ms=stored.t_ms + 500)  # another patient: nothing of it is shown any more
    assert advance(feed, stored)["generation"] == "real"


def test_what_came_with_the_end_of_a_session_is_not_told_after_it(stored: Stored) -> None:
    """A cuff reading and a value of the tick in which the patient leaves stay with the patient."""
    stored.connected()
    stored.session(from_ms=stored.t_ms)
    stored.values()
    feed = feed_of(stored)
    at_ms = stored.t_ms + 200
    ended = stored.session_of(from_ms=stored.t_ms - 2000, ended_ms=stored.t_ms + 600)
    words = [numeric(p, v, at_ms) for p, v in zip(CUFF, (171, 99, 120), strict=True)]
    stored.write(*words, numeric(Parameter.HR, 133, at_ms), sessions=[ended])
    message = advance(feed, stored)
    assert message["session"] is None
    assert message["readings"] == []
    assert message.get("cuffs", []) == message["history"]["cuffs"] == []
    assert message["parameters"]["HR"]["value"] is None
    assert "NIBP_sys" not in message["parameters"]


def test_a_cuff_reading_in_two_ticks_is_told_whole(stored: Stored) -> None:
    stored.connected()
    feed = feed_of(stored)
    at_ms = stored.t_ms + 900
    stored.write(numeric(Parameter.NIBP_SYS, 128, at_ms))
    assert advance(feed, stored)["cuffs"][0]["dia"] is None
    stored.write(numeric(Parameter.NIBP_DIA, 80, at_ms))
    assert advance(feed, stored)["cuffs"] == [{"t_ms": at_ms, "sys": 128, "dia": 80, "mean": None}]


def test_a_short_history_is_drawn_in_single_seconds(stored: Stored) -> None:
    stored.connected()
    stored.values(seconds=20)
    told = snapshot(stored)["history"]
    assert told["width_ms"] == 1000
    assert len(told["traces"]["HR"]["t"]) == 20


def test_the_stream_tells_the_baseline_and_how_the_limits_differ_from_the_clinics(
    stored: Stored,
) -> None:
    stored.connected()
    stored.session()
    stored.values()
    feed = feed_of(stored)
    told = feed.snapshot(stored.db)
    assert (told["limits_changed"], told["baseline"]) == ([], {})
    tier = {"parameter": "SpO2", "tier": "medium", "limits": {"low": 88, "delay_s": 15}}
    settings = {
        "audio": asdict(Audio()),
        "off": [],
        "preset": to_json(with_tier(Preset(stored.limits), tier)),
        "baseline": {"HR": 74},
    }
    stored.write(alarm_settings=[(stored.chair, json.dumps(settings))])
    told = advance(feed, stored)
    assert told["limits_changed"] == [
        "SpO2 medium < 88 after 15 s (clinic: SpO2 medium < 90 after 15 s)"
    ]
    assert told["baseline"] == {"HR": 74}
    stored.values()
    assert not {"limits_changed", "baseline"} & set(advance(feed, stored))
    assert snapshot(stored)["baseline"] == {"HR": 74}
