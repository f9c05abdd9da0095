"""docs/alarms.md and docs/hazards.md say what the code does, and name tests that exist."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import pytest

from devices.numeric import Parameter
from monitor.alarms import conditions, engine
from monitor.alarms.conditions import Finding, Frozen, Tier, judge
from monitor.alarms.engine import Engine, Transition
from monitor.alarms.limits import Priority
from tests.alarms.bedside import ROOT, SHIPPED, Bedside, ms

ALARMS = ROOT / "docs" / "alarms.md"
HAZARDS = ROOT / "docs" / "hazards.md"


def table(path: Path, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    text = path.read_text(encoding="utf-8").split(f"## {heading}\n")[1]
    lines = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def family(condition: str) -> str:
    """The id with the parameter or the source as a placeholder."""
    for parameter in Parameter:
        if condition.startswith(f"{parameter.value}_"):
            return condition.replace(parameter.value, "<parameter>", 1)
    return re.sub(r"\d+$", "<source>", condition)


def every_finding() -> Iterator[Finding]:
    """What is found on a chair on which everything is judged."""
    bedside = Bedside(expected=tuple(Parameter), dosing=True)
    for parameter in Parameter:
        bedside.value(0, parameter.range[1], parameter)
    bedside.knowledge.choose(ms(0))
    for verdict in judge(ms(0), bedside.situation()):
        assert isinstance(verdict, Finding)
        yield verdict


FAMILIES = {family(finding.condition): finding for finding in every_finding()}


def test_every_condition_has_its_row_and_no_other_has_one() -> None:
    rows = [row[0].strip("`") for row in table(ALARMS, "Conditions")]
    assert sorted(rows) == sorted(FAMILIES)


@pytest.mark.parametrize("condition", FAMILIES)
def test_a_row_has_the_kind_and_priorities_of_the_code(condition: str) -> None:
    (row,) = (row for row in table(ALARMS, "Conditions") if row[0] == f"`{condition}`")
    priorities = {
        tier.priority.word
        for finding in every_finding()
        if family(finding.condition) == condition
        for tier in finding.tiers
    }
    assert row[1] == FAMILIES[condition].kind
    assert set(row[2].split(", ")) == priorities


def test_the_rise_of_a_no_data_alarm_is_that_of_the_code() -> None:
    rising = [row[4] for row in table(ALARMS, "Conditions") if "low" in row[2]]
    assert len(rising) == 2
    for text in rising:
        assert f"medium {conditions.MEDIUM_AFTER_MS // 1000} s later" in text
        assert f"high after {conditions.HIGH_AFTER_MS // 1000} s" in text


@pytest.mark.parametrize("side", ["low", "high"])
def test_the_limits_in_the_table_are_those_shipped(side: str) -> None:
    (row,) = (row for row in table(ALARMS, "Conditions") if row[0] == f"`<parameter>_{side}`")
    numbers = [float(number) for number in re.findall(r"(?<![A-Za-z])\d+(?:\.\d+)?", row[3])]
    shipped = [x.bound for x in SHIPPED if x.side == side and x.parameter is not Parameter.PR]
    assert sorted(numbers) == sorted(shipped)


def test_every_condition_stands_among_the_hazards() -> None:
    text = HAZARDS.read_text(encoding="utf-8")
    assert {name for name in FAMILIES if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("path", [ALARMS, HAZARDS], ids=lambda path: path.name)
def test_every_test_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", path.read_text(encoding="utf-8")))
    assert named
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_every_hazard_names_its_test() -> None:
    text = HAZARDS.read_text(encoding="utf-8").split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert len(rows) > 20
    assert [row for row in rows if "`tests/" not in row] == []


# The table of transitions, played.

State = Literal["off", "on", "acknowledged"]
OTHER = Frozen("HR_low")


def finding(priority: Priority | None) -> Finding:
    """A condition that holds at a priority, or does not hold."""
    tiers = tuple(
        Tier(tier, priority is not None and tier <= priority, 0, None, "") for tier in Priority
    )
    return Finding("SpO2_low", "physiological", Parameter.SPO2, 88.0, tiers)


EVENTS: dict[str, Finding | Frozen] = {
    "holds, delay over": finding(Priority.MEDIUM),
    "holds at the same priority": finding(Priority.MEDIUM),
    "holds at a higher priority": finding(Priority.HIGH),
    "holds at a lower priority": finding(Priority.LOW),
    "does not hold": finding(None),
    "value unknown": Frozen("SpO2_low"),
    "another alarm says it already": replace(finding(Priority.MEDIUM), quiet=True),
    "no longer judged": OTHER,
}


def play(
    state: State, happens: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[State, list[Transition]]:
    """Bring an engine into a state, let something happen; give the state after and what changed."""
    verdict = finding(Priority.MEDIUM)
    monkeypatch.setattr(engine, "judge", lambda now_ms, situation: iter([verdict]))
    chair, situation = Engine(1), Bedside().situation()
    changes: list[Transition] = []
    if state != "off":
        (active,) = chair.step(1, ms(1), situation)
        if state == "acknowledged":
            chair.acknowledge(active.occurrence.id, "RN Keller")
    if happens == "acknowledged by a person":
        told = chair.acknowledge("1.SpO2_low.1", "RN Ode")
        changes = [told] if told else []
    elif happens == "another patient":
        changes = chair.end_all()
    else:
        found = EVENTS[happens]
        monkeypatch.setattr(engine, "judge", lambda now_ms, situation: iter([found]))
        changes = chair.step(2, ms(2), situation)
    on = chair.on.get("SpO2_low")
    after: State = "off" if on is None else "acknowledged" if on.acknowledged_by else "on"
    return after, changes


TRANSITIONS = table(ALARMS, "Transitions")


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_of_the_transitions_is_what_the_engine_does(
    row: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, happens, after, stored = row
    assert before in get_args(State)
    found, changes = play(before, happens, monkeypatch)  # type: ignore[arg-type]
    assert found == after
    assert [change.state for change in changes] == ([] if stored == "nothing" else [stored])


def test_the_table_of_transitions_is_whole() -> None:
    """Every state of the code is stored by some row; every state meets every event once."""
    assert {row[3] for row in TRANSITIONS} == {*get_args(engine.State), "nothing"}
    rows = [(row[0], row[1]) for row in TRANSITIONS]
    assert len(rows) == len(set(rows))
    begun = {*EVENTS, "acknowledged by a person", "another patient"} - {"holds, delay over"}
    assert {event for state, event in rows if state == "on"} == begun
    assert {event for state, event in rows if state == "acknowledged"} == begun
