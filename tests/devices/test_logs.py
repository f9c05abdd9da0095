"""Recorded bytes give the numerics that were once read over and agreed."""

import pytest

from devices.table import DRIVERS
from tests.devices import dri_frames, oximeter_frames
from tests.devices.logs import EVIDENCE, FOLDER, KEYS, Log, logs


@pytest.mark.parametrize("log", logs(), ids=str)
def test_a_log_gives_what_is_expected(log: Log) -> None:
    expected = log.expected.read_text(encoding="utf-8")
    assert log.text().splitlines() == expected.splitlines()


@pytest.mark.parametrize("log", logs(), ids=str)
def test_a_log_says_where_it_comes_from(log: Log) -> None:
    facts = log.facts()
    assert tuple(facts) == KEYS
    assert all(facts.values())
    assert facts["Evidence"] in EVIDENCE
    constructed = facts["Evidence"] == "constructed"
    assert facts["Source"].startswith("constructed from the specification") == constructed


def test_every_driver_has_logs_and_every_log_a_driver() -> None:
    assert {log.driver for log in logs()} == set(DRIVERS)
    raw = {path.with_suffix("") for path in FOLDER.glob("*/*.raw")}
    assert raw == {path.with_suffix("") for path in FOLDER.glob("*/*.expected")}


@pytest.mark.parametrize("name", dri_frames.CASES)
def test_the_constructed_frames_are_those_on_disk(name: str) -> None:
    _, raw = dri_frames.CASES[name]
    assert (dri_frames.LOGS / f"{name}.raw").read_bytes() == raw


@pytest.mark.parametrize("name", oximeter_frames.CASES)
def test_the_constructed_frames_of_oximeters_are_those_on_disk(name: str) -> None:
    assert (FOLDER / f"{name}.raw").read_bytes() == oximeter_frames.CASES[name]


def test_every_constructed_log_of_a_binary_oximeter_can_be_built() -> None:
    drivers = {name.partition("/")[0] for name in oximeter_frames.CASES}
    constructed = {
        str(log)
        for name in drivers
        for log in logs(name)
        if log.facts()["Evidence"] == "constructed"
    }
    assert constructed == set(oximeter_frames.CASES)
