"""docs/alarms.md and docs/hazards.md say what the code does, and name tests that exist."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from devices.numeric import VITALS, Parameter
from monitor.alarms import audio, engine, situation, technical
from monitor.alarms.conditions import judge
from monitor.alarms.engine import Engine, Transition
from monitor.alarms.limits import HYSTERESIS, Limit, Priority
from monitor.alarms.presets import Change, Rules
from monitor.alarms.situation import DueNow, Finding, Frozen, Tier, Verdict
from monitor.session.due import NOT_NOW_MS
from tests.alarms.bedside import PRESET, ROOT, SHIPPED, Bedside, ms

ALARMS = ROOT / "docs" / "alarms.md"
HAZARDS = ROOT / "docs" / "hazards.md"


def table(path: Path, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    text = path.read_text(encoding="utf-8").split(f"## {heading}\n")[1]
    lines = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


ROWS = {name.strip("`"): row for row in table(ALARMS, "Conditions") for name in row[0].split(", ")}


def family(condition: str) -> str:
    """The id with the parameter, the source or the task as a placeholder."""
    if condition.startswith("overdue_"):
        return "overdue_<task>"
    for parameter in VITALS:
        name = parameter.value.lower()
        if condition.startswith(f"{name}_") and condition not in ("hr_pr_apart", "spo2_held"):
            return condition.replace(name, "<parameter>", 1)
    return re.sub(r"\d+$", "<source>", condition)


def everything() -> list[Finding]:
    """What is found on a chair on which everything is judged."""
    limits = [
        Limit(parameter, side, priority, 5, 0, kind)
        for parameter in VITALS
        for side in ("low", "high")
        for kind in ("value", "percent")
        for priority in Priority
    ]
    changes = (
        Change(Parameter.SPO2, "low", 4, 60, Priority.MEDIUM),
        Change(Parameter.HR, "low", 4, 60, Priority.LOW),
        Change(Parameter.SPO2, "high", 4, 60, Priority.MEDIUM),
        Change(Parameter.HR, "high", 4, 60, Priority.LOW),
    )
    bedside = Bedside(
        expected=VITALS,
        dosing=True,
        limits=limits,
        rules=Rules(bp_interval_s={"dosing": 600}, soon_s={"SpO2": 60}, changes=changes),
        baseline=dict.fromkeys(VITALS, 50.0),
        due=(DueNow("iv_site", "IV site check", ms(0)), DueNow("bp_40", "BP at 40 min", ms(0))),
    )
    for at_s in range(61):
        for parameter in VITALS:
            bedside.value(at_s, parameter.range[1], parameter)
    bedside.knowledge.choose(ms(60))
    found: list[Finding] = []
    for verdict in judge(ms(60), bedside.situation()):
        assert isinstance(verdict, Finding)
        found.append(verdict)
    return found


FAMILIES = sorted({family(finding.condition) for finding in everything()})


def test_every_condition_has_its_row_and_no_other_has_one() -> None:
    assert sorted(ROWS) == FAMILIES


def test_no_condition_is_judged_twice_in_a_tick() -> None:
    ids = [finding.condition for finding in everything()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("condition", FAMILIES)
def test_a_row_has_the_kind_and_priorities_of_the_code(condition: str) -> None:
    row = ROWS[condition]
    findings = [x for x in everything() if family(x.condition) == condition]
    assert {x.kind for x in findings} == {row[1]}
    assert {tier.priority.word for x in findings for tier in x.tiers} == set(row[2].split(", "))
    latches = row[1] == "physiological" and "high" in row[2]
    assert row[5] == ("high" if latches else "no")


def test_the_rise_of_a_no_data_alarm_is_that_of_the_code() -> None:
    for name in ("<parameter>_missing", "no_data_<source>"):
        text = ROWS[name][4]
        assert f"medium {situation.MEDIUM_AFTER_MS // 1000} s later" in text
        assert f"high after {situation.HIGH_AFTER_MS // 1000} s" in text


def numbers(text: str) -> list[float]:
    return sorted(float(number) for number in re.findall(r"(?<![A-Za-z])\d+(?:\.\d+)?", text))


@pytest.mark.parametrize("advisory", ["", "_advisory"])
@pytest.mark.parametrize("side", ["low", "high"])
def test_the_limits_in_the_table_are_those_shipped(side: str, advisory: str) -> None:
    """PR is told with HR. The one row of the advisories names both sides."""
    of_row = [
        x.bound
        for x in SHIPPED
        if (x.side == side or advisory)
        and (x.priority is Priority.LOW) == bool(advisory)
        and x.kind == "value"
        and x.parameter is not Parameter.PR
    ]
    assert numbers(ROWS[f"<parameter>_{side}{advisory}"][3]) == sorted(of_row)


def test_the_advisories_of_the_baseline_in_the_table_are_those_shipped() -> None:
    text = ROWS["<parameter>_below_baseline_advisory"][3]
    shipped = {x.bound for x in SHIPPED if x.kind == "percent"}
    assert set(numbers(text)) == shipped
    assert not [x for x in SHIPPED if x.kind != "value" and x.priority is not Priority.LOW]
    assert "none shipped" in ROWS["<parameter>_below_baseline"][3]


def test_the_delays_in_the_table_are_those_shipped() -> None:
    told: dict[str, list[float]] = {}
    for part in ROWS["<parameter>_low"][4].split("; "):
        for name in re.findall(r"SpO2|HR|PR|NIBP|RR|EtCO2", part):
            told[name] = [0.0] if "none" in part else numbers(part)
    shipped: dict[str, set[float]] = {}
    for x in SHIPPED:
        if x.priority is not Priority.LOW:
            shipped.setdefault(x.parameter.value.split("_")[0], set()).add(x.delay_s)
    assert {name: set(delays) for name, delays in told.items()} == shipped
    assert ROWS["<parameter>_high"][4] == "as above"


RULES = PRESET.rules
TOLD: list[tuple[str, int, str]] = [
    ("<parameter>_low_soon", 3, f"within {RULES.soon_s['SpO2'] / 60:g} minutes"),
    ("hr_pr_apart", 3, f"more than {RULES.apart:g} /min"),
    ("hr_pr_apart", 4, f"{RULES.apart_s:g} s"),
    (
        "bp_overdue",
        3,
        "dosing {dosing:g} min, recovery {recovery:g} min".format(
            **{phase: seconds / 60 for phase, seconds in RULES.bp_interval_s.items()}
        ),
    ),
    ("bp_overdue", 4, f"low {RULES.bp_low_after_s / 60:g} min after it was due"),
    ("bp_overdue", 4, f"medium {RULES.bp_medium_after_s / 60:g} min after"),
    ("bp_overdue", 4, f"the last is {RULES.bp_oldest_dosing_s / 60:g} min old"),
    ("bp_overdue", 6, f"*not now* for {NOT_NOW_MS // 60_000} minutes"),
    ("overdue_<task>", 4, f"{technical.OVERDUE_MS // 60_000} min after"),
    ("spo2_held", 3, f"at most {technical.HOLD_MS // 1000} s"),
    ("no_session", 4, f"{RULES.no_session_s / 60:g} min"),
    ("nobody_listening", 4, f"{technical.LISTEN_MS // 1000} s"),
    ("recorder_late", 6, f"{technical.TOLD_MS // 1000} s later"),
    ("clock_stepped", 3, f"more than {technical.STEP_S:g} s"),
    ("disk_nearly_full", 3, f"{situation.LITTLE_BYTES // 10**9} GB"),
    ("disk_nearly_full", 3, f"{situation.NONE_BYTES // 10**6} MB"),
]


@pytest.mark.parametrize(("condition", "column", "words"), TOLD)
def test_the_times_in_the_table_are_those_of_the_code(
    condition: str, column: int, words: str
) -> None:
    assert words in ROWS[condition][column]


@pytest.mark.parametrize(
    "words",
    [
        f"at most {audio.MOST_S} s",
        f"remind every {audio.REMIND_MS // 60_000} minutes",
        f"{engine.RESIGNAL_MS // 60_000} minutes since the acknowledgement",
        f"until {engine.SETTLE_MS // 1000} s after the first value inside",
        f"hysteresis (1; temperature {HYSTERESIS[Parameter.TEMP]:g})",
    ],
)
def test_the_times_in_the_text_are_those_of_the_code(words: str) -> None:
    assert words in " ".join(ALARMS.read_text(encoding="utf-8").split())


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

OTHER = Frozen("hr_low")
DELAY_MS = 10_000


def held(priority: Priority | None, kind: str = "physiological", delay_ms: int = 0) -> Finding:
    """A condition that holds at a priority, or does not hold."""
    tiers = tuple(
        Tier(tier, priority is not None and tier <= priority, delay_ms, None, "")
        for tier in Priority
    )
    return Finding("spo2_low", kind, Parameter.SPO2, 88.0, tiers)  # type: ignore[arg-type]


LOW, MEDIUM, HIGH = Priority
# How a state is brought about: at which priority, of which kind, and where it then is.
BEFORE: dict[str, tuple[Priority, str, tuple[str, ...]]] = {
    "normal": (MEDIUM, "physiological", ("normal",)),
    "pending": (MEDIUM, "physiological", ("pending",)),
    "active": (MEDIUM, "physiological", ("active",)),
    "active, high, physiological": (HIGH, "physiological", ("active",)),
    "active, other": (HIGH, "technical", ("active",)),
    "acknowledged": (MEDIUM, "physiological", ("acknowledged",)),
    "acknowledged, high": (HIGH, "physiological", ("acknowledged",)),
    "latched": (HIGH, "physiological", ("latched",)),
    "active, acknowledged; advisory": (LOW, "physiological", ("active", "acknowledged")),
    "active, acknowledged, latched": (
        HIGH,
        "physiological",
        ("active", "acknowledged", "latched"),
    ),
}


def brought(state: str, priority: Priority, kind: str) -> Engine:
    """An engine whose condition is in a state since second 1."""
    chair = Engine(1)
    delay_ms = DELAY_MS if state == "pending" else 0
    if state != "normal":
        chair.step(1, ms(1), [held(priority, kind, delay_ms)])
    if state == "acknowledged":
        assert chair.acknowledge("1.spo2_low.1", "RN Keller", ms(1))
    if state == "latched":
        chair.step(2, ms(1), [held(None, kind)])
    assert chair.state("spo2_low") == state
    return chair


Happening = Callable[[Engine, Priority, str], list[Transition]]


def judged(*verdicts: Verdict, at_s: float = 2) -> Happening:
    return lambda chair, priority, kind: chair.step(3, ms(at_s), verdicts)


def moved(by: int, at_s: float = 2) -> Happening:
    """Holds at so many priorities above what it was."""

    def happen(chair: Engine, priority: Priority, kind: str) -> list[Transition]:
        return chair.step(3, ms(at_s), [held(Priority(priority + by), kind)])

    return happen


def acknowledge(chair: Engine, priority: Priority, kind: str) -> list[Transition]:
    told = chair.acknowledge("1.spo2_low.1", "RN Ode", ms(2))
    return [told] if told else []


def alarm_off(chair: Engine, priority: Priority, kind: str) -> list[Transition]:
    return chair.alarm_off("SpO2", "RN Ode", "probe", ms(2))


def off_already(chair: Engine, priority: Priority, kind: str) -> list[Transition]:
    chair.alarm_off("SpO2", "RN Ode", "probe", ms(1))
    return chair.step(3, ms(2), [held(priority, kind)])


def another_on(chair: Engine, priority: Priority, kind: str) -> list[Transition]:
    chair.on["spo2_above"] = replace(chair.on["spo2_low"], condition="spo2_above")
    yielding = replace(held(priority, kind), yields_to=("spo2_above",))
    return chair.step(3, ms(2), [Frozen("spo2_above"), yielding])


NOTHING = held(None)
AFTER_ITS_DELAY = judged(held(MEDIUM, delay_ms=DELAY_MS), at_s=11)
# Each with its variants: all of them are what the row says.
EVENTS: dict[str, list[Happening]] = {
    "holds, delay not over": [judged(held(MEDIUM, delay_ms=DELAY_MS))],
    "holds, delay over": [AFTER_ITS_DELAY, moved(0)],
    "holds, but alarm off, or another alarm says it already": [
        off_already,
        judged(replace(held(MEDIUM), quiet=True)),
        judged(replace(held(HIGH), quiet=True)),
    ],
    "does not hold": [lambda chair, _, kind: chair.step(3, ms(2), [held(None, kind)])],
    "value unknown": [judged(Frozen("spo2_low"))],
    "holds at the same priority": [moved(0), moved(0, at_s=180.999)],
    "holds at a higher priority": [moved(1)],
    "holds at a lower priority": [moved(-1)],
    "holds at high priority again, delay over": [moved(0)],
    "holds at a lower priority, or does not hold": [moved(-1), moved(-2), judged(NOTHING)],
    "acknowledged by a person": [acknowledge],
    "3 minutes since the acknowledgement": [
        moved(0, at_s=181),
        judged(Frozen("spo2_low"), at_s=181),
    ],
    "an alarm of the same parameter and side is on": [another_on],
    "alarm off": [alarm_off],
    "no longer judged, or another patient": [
        judged(OTHER),
        lambda chair, *_: chair.end_all(),
    ],
}
# What stays normal while another alarm says it; its delay runs meanwhile.
MEANWHILE = [
    "holds, but alarm off, or another alarm says it already",
    "an alarm of the same parameter and side is on",
]
TRANSITIONS = table(ALARMS, "States and transitions")


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_of_the_transitions_is_what_the_engine_does(row: list[str]) -> None:
    before, happens, after, stored = row
    priority, kind, states = BEFORE[before]
    for state in states:
        for happen in EVENTS[happens]:
            if (before, happen) == ("normal", AFTER_ITS_DELAY):
                continue  # a delay is over only where one ran
            chair = brought(state, priority, kind)
            changes = happen(chair, priority, kind)
            if happens in MEANWHILE:
                assert (after, "spo2_low" in chair.on) == ("normal", False)
            else:
                assert chair.state("spo2_low") == after
            assert_stored(stored, changes, priority)


def assert_stored(stored: str, changes: list[Transition], before: Priority) -> None:
    """The last column: the state, and what else it says of the transition."""
    if stored == "nothing":
        assert changes == []
        return
    (change,) = (x for x in changes if x.occurrence.condition == "spo2_low")
    assert change.state == re.split("[,:;]", stored)[0]
    assert change.signals == (change.state == "active" and "lower" not in stored)
    moved_by = change.occurrence.priority - before
    assert (moved_by > 0) == ("higher" in stored)
    assert (moved_by < 0) == ("lower" in stored)
    by = "RN Ode" if "with who" in stored or stored.startswith("acknowledged;") else None
    assert change.actor == by or stored == "acknowledged"


def test_the_table_of_transitions_is_whole() -> None:
    """Every state of the code is stored by some row; every state meets every event that it can."""
    stored = {re.split("[,:;]", row[3])[0] for row in TRANSITIONS}
    assert stored == {*get_args(engine.State), "nothing"}
    rows = [(row[0], row[1]) for row in TRANSITIONS]
    assert len(rows) == len(set(rows))
    assert {row[1] for row in TRANSITIONS} == set(EVENTS)
    assert {row[0] for row in TRANSITIONS} == set(BEFORE)
    unknown = {row[0] for row in TRANSITIONS if row[1] == "value unknown"}
    assert unknown == {"normal", "pending", *get_args(engine.State)} - {"cleared"}
    for state in ("active", "acknowledged"):
        met = {event for before, event in rows if before.split(",")[0] == state}
        assert {x for x in EVENTS if x.startswith(("holds at a", "holds at the"))} - met == {
            "holds at a lower priority, or does not hold"
        }


def test_acknowledging_a_latched_alarm_is_judged_in_the_same_tick() -> None:
    for finding, after in ((held(None), "normal"), (held(MEDIUM), "acknowledged")):
        chair = brought("latched", HIGH, "physiological")
        assert acknowledge(chair, HIGH, "physiological")[0].state == "acknowledged"
        (change,) = chair.step(3, ms(2), [finding])
        assert (chair.state("spo2_low"), change.signals) == (after, False)
