"""The clinic's file of steps: what stands in it is used, and what makes no sense is refused."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.session.regimens import read_regimens
from monitor.session.steps import AUTO, STAGES, Steps, StepsError, read_steps, stages_of, steps_of
from tests.alarms.bedside import ROOT
from tests.session.visits import STEPS

FILE = ROOT / "data" / "presets" / "visit.toml"


def test_the_shipped_file_holds_what_it_says() -> None:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    assert STEPS.stages == STAGES
    assert [x.id for x in STEPS.preflight] == [x["id"] for x in table["preflight"]]
    assert [x.id for x in STEPS.discharge] == [x["id"] for x in table["discharge"]]
    assert {x.auto for x in (*STEPS.preflight, *STEPS.discharge) if x.auto} == set(AUTO)
    assert STEPS.events[0] == ("Nausea", "n")
    assert STEPS.medications[0] == ("ondansetron", ("IV", "oral"))
    assert STEPS.pause_reasons[0] == "blood pressure"
    assert (STEPS.open_after_minutes, STEPS.observe_minutes) == (60, 60)
    keys = [key for _, key in STEPS.events]
    assert len(keys) == len(set(keys))


def test_a_session_takes_a_copy_with_it() -> None:
    assert steps_of(STEPS.table or {}) == STEPS


def test_an_empty_table_asks_nothing() -> None:
    assert steps_of({}) == Steps(table={})


ITEM = {"id": "a", "text": "A"}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"stage": []}, "there is no 'stage' in it"),
    ({"stages": "arrival"}, "stages must list some of arrival"),
    ({"stages": ["arrival", "nap"]}, "stages must list some of arrival"),
    ({"stages": ["dosing", "arrival"]}, "must stand in this order: arrival, dosing"),
    ({"stages": ["arrival", "dosing", "recovery"]}, "stages lack 'discharge'"),
    ({"stages": ["arrival", "arrival"]}, "must stand in this order"),
    ({"preflight": {}}, r"\[\[preflight\]\] must be tables"),
    ({"preflight": [{"id": "a"}]}, "lacks 'text', a text"),
    ({"preflight": [{"text": "A"}]}, "lacks 'id', a text"),
    ({"preflight": [ITEM, ITEM]}, "'a' stands twice"),
    ({"preflight": [ITEM], "discharge": [ITEM]}, r"'a' stands in \[\[preflight\]\] and in"),
    ({"preflight": [{**ITEM, "auto": "magic"}]}, "has auto = 'magic'; known are weight"),
    ({"preflight": [{**ITEM, "na": "yes"}]}, "has auto = None; known are"),
    ({"preflight": [{**ITEM, "least": 9}]}, "must hold nothing more"),
    ({"preflight": [{**ITEM, "auto": "score", "scale": "x"}]}, "must hold least, scale"),
    (
        {"discharge": [{**ITEM, "auto": "score", "scale": "x", "least": True}]},
        "least of a .* must be a number",
    ),
    (
        {"discharge": [{**ITEM, "auto": "above", "parameter": "BP", "bound": 90}]},
        "names the parameter 'BP', which is not known",
    ),
    (
        {"discharge": [{**ITEM, "auto": "above", "parameter": "Pump_rate", "bound": 0}]},
        "names the parameter 'Pump_rate', which is not known",
    ),
    ({"event": [{"text": "Nausea", "key": "no"}]}, "the key of an .* must be one letter"),
    ({"preflight": [{**ITEM, "of_plan": 1}]}, "of_plan of a .* must be true or false"),
    ({"event": [{"key": "n"}]}, r"an \[\[event\]\] lacks 'text'"),
    ({"medication": [{"drug": "x", "routes": "IV"}]}, "routes must be a list of texts"),
    ({"pause_reasons": [""]}, "pause_reasons must be a list of texts"),
    ({"open_after_minutes": -1}, "open_after_minutes must be a number of minutes"),
    ({"observe_minutes": True}, "observe_minutes must be a number of minutes"),
    ({"pump_seconds": 601}, "pump_seconds must be a number of seconds, 600 at most"),
]


@pytest.mark.parametrize(("table", "sentence"), BAD)
def test_what_makes_no_sense_is_refused(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StepsError, match=sentence):
        steps_of(table)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "visit.toml"
    with pytest.raises(StepsError, match=f"{path} cannot be read: No such file"):
        read_steps(path)
    path.write_text("stages = [", encoding="utf-8")
    with pytest.raises(StepsError, match=f"{path} are not valid TOML"):
        read_steps(path)
    path.write_text("stages = []", encoding="utf-8")
    with pytest.raises(StepsError, match=f"{path} cannot be used: stages lack 'arrival'"):
        read_steps(path)


def test_the_least_of_steps() -> None:
    least = ("arrival", "dosing", "recovery", "discharge")
    assert stages_of(list(least)) == least


def test_no_shipped_regimen_has_a_scale_or_task_of_the_programs_own_name() -> None:
    regimens = read_regimens(ROOT / "data" / "presets" / "regimens")
    assert len(regimens) >= 8
    ids = {task.id for regimen in regimens.values() for task in regimen.tasks}
    assert ids
    assert not ids & {"bp", "open", "infusion_end", "observation"}
