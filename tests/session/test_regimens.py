"""Regimens: the shipped files keep their rules, and a broken file is said with its place."""

import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest

from monitor.alarms.limits import PHASES as ALARM_PHASES
from monitor.alarms.limits import LimitsError
from monitor.alarms.presets import merged, read_preset
from monitor.command import places
from monitor.session.dosing import planned
from monitor.session.regimens import (
    KEYS,
    PHASES,
    Anchor,
    Regimen,
    RegimenError,
    Route,
    Task,
    read_regimens,
    regimen_of,
)
from monitor.session.scales import read_scales

FILES = sorted(places.REGIMENS.glob("*.toml"))
SHIPPED = read_regimens(places.REGIMENS)
PRESET = read_preset(places.LIMITS)
README = (places.DATA / "README.md").read_text(encoding="utf-8")
SOURCES = (
    "our choice",
    "Riva-Posse 2018",
    "741 infusions",
    "J Psychopharmacol 2017",
    "PMID 29045915",
    "ASRA/AAPM/ASA 2018",
    "ASA 2018",
    "SPRAVATO",
    "ketaminesoftware.com",
)


# The shipped files.


def unsourced(text: str) -> list[str]:
    """The lines with a number that no comment beside or above, in their paragraph, explains."""
    found, above, last_was_comment = [], "", False
    for line in text.splitlines():
        said, _, beside = line.partition("#")
        if not line.strip():
            above = ""
        elif not said.strip():
            above = f"{above} {beside}" if last_was_comment else beside
        elif re.search(r"\d", re.sub(r'"[^"]*"|^\w+ =|\w+(?= =)', "", said)):
            words = re.sub(r"\s+", " ", f"{above} {beside}").lower()
            if not any(source.lower() in words for source in SOURCES):
                found.append(line)
        last_was_comment = bool(line.strip()) and not said.strip()
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_says_where_it_comes_from(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert unsourced(text) == []
    assert "treat" not in text.lower()
    assert max(len(line) for line in text.splitlines()) <= 105
    # The rule itself notices: without its comments no line with a number is explained.
    bare = "\n".join(line.partition("#")[0] for line in text.splitlines())
    assert unsourced(bare) != []


def test_the_rule_about_sources_wants_the_nearest_comment() -> None:
    assert unsourced("# Our choice.\n\ndose_mg = 3") == ["dose_mg = 3"]
    assert unsourced("# Our choice.\nx = 1\n# As it is.\ndose_mg = 3") == ["dose_mg = 3"]
    assert unsourced("# Our\n# choice.\n[hold]\nHR = { low = 3 }\ndose_mg = 3 # by eye") == []
    assert unsourced('name = "3 mg"\norder = 3 # our choice\nid = "a1"') == []
    assert unsourced("a = [1, 2]\nb = { c = 3 }") == ["a = [1, 2]", "b = { c = 3 }"]


def test_the_files_are_the_regimens_in_their_order() -> None:
    assert {path.stem for path in FILES} == set(SHIPPED)
    assert list(SHIPPED) == [
        "iv-ketamine-40",
        "iv-ketamine-60",
        "iv-ketamine-pain",
        "im-ketamine",
        "oral-lozenge",
        "esketamine-nasal",
        "infusion",
        "spot",
    ]
    names = [regimen.name for regimen in SHIPPED.values()]
    assert len(set(names)) == len(names)
    # A task that several regimens have is the same thing by the same name.
    tasks = {(task.id, task.name, task.scale) for x in SHIPPED.values() for task in x.tasks}
    assert len(tasks) == len({task_id for task_id, _, _ in tasks}) == 3


@pytest.mark.parametrize("regimen", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_regimen_goes_with_the_clinics_limits(regimen: Regimen) -> None:
    rules = merged(PRESET, regimen.limits).rules
    assert set(regimen.limits["rules"]) <= {"bp_interval_s", "bp_oldest_dosing_s"}
    # A reading must not be overdue the moment it is due.
    interval_s = rules.bp_interval_s.get("dosing", 0)
    assert rules.bp_oldest_dosing_s > interval_s
    # The alarm's interval is the longest gap between the marks that are watched by it.
    marks = regimen.bp_at_minutes
    if regimen.bp_at_minutes and interval_s and regimen.route in ("im", "oral"):
        gaps = [b - a for a, b in pairwise(marks)]
        assert max(gaps) * 60 == interval_s


@pytest.mark.parametrize("regimen", SHIPPED.values(), ids=SHIPPED)
def test_a_session_carries_its_regimen_unchanged(regimen: Regimen) -> None:
    carried = json.loads(json.dumps(regimen.table))
    assert regimen_of(carried) == regimen


def test_what_the_shipped_regimens_say() -> None:
    iv = SHIPPED["iv-ketamine-40"]
    assert (iv.dose_mg_per_kg, iv.minutes, iv.infusion, iv.route) == (0.5, 40, True, "iv")
    assert iv.limits["rules"]["bp_interval_s"] == {"dosing": 600, "recovery": 900}
    assert iv.tasks[0] == Task("iv_site", "IV site check", None, {"dosing": 600})
    pain = SHIPPED["iv-ketamine-pain"]
    assert (pain.dose_mg, pain.minutes) == (80, 120)
    nasal = SHIPPED["esketamine-nasal"]
    assert (nasal.choices_mg, nasal.bp_at_minutes) == ((56, 84), (40, 120))
    assert (nasal.observe_minutes, nasal.observe_from, nasal.infusion) == (120, "first_dose", False)
    assert (nasal.between_doses_minutes, nasal.device_mg) == (5, 28)
    spot = SHIPPED["spot"]
    assert (spot.bp_at_minutes, spot.bp_at_end, spot.tasks) == ((0,), True, ())
    assert merged(PRESET, spot.limits).rules.bp_interval_s == {}
    other = SHIPPED["infusion"]
    assert (other.dose_mg_per_kg, other.dose_mg, other.most_mg_per_kg) == (None, None, None)


@pytest.mark.parametrize("regimen", SHIPPED.values(), ids=SHIPPED)
def test_the_shipped_doses_can_be_given(regimen: Regimen) -> None:
    doses = (regimen.dose_mg, *regimen.choices_mg) if regimen.choices_mg else (regimen.dose_mg,)
    for dose_mg in doses:
        plan = planned(
            70,
            dose_mg,
            regimen.dose_mg_per_kg,
            regimen.minutes,
            most_mg=regimen.most_mg,
            most_mg_per_kg=regimen.most_mg_per_kg,
        )
        assert (plan.dose_mg is None) is (dose_mg is regimen.dose_mg_per_kg is None)


# What a clinic writes.

LEAST = {"id": "a", "name": "A", "route": "iv", "infusion": True}


def test_the_least_that_a_regimen_says() -> None:
    x = regimen_of(LEAST)
    assert (x.id, x.name, x.order, x.drug, x.route, x.infusion) == ("a", "A", 100, "", "iv", True)
    assert (x.dose_mg, x.choices_mg, x.minutes, x.observe_minutes) == (None, (), None, None)
    assert (x.bp_at_end, x.observe_from, x.tasks, x.hold, x.limits) == (False, "end", (), {}, {})
    assert x.table == LEAST


def test_the_phases_are_those_of_the_alarms() -> None:
    assert PHASES == ALARM_PHASES


def task(**more: Any) -> dict[str, Any]:
    return {"task": [{"id": "t", "name": "T", "at_minutes": [5], **more}]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"colour": 1}, "it has 'colour'; known are between_doses_minutes, bp_at_end, bp_at_minutes, "),
    ({"name": " "}, "it needs 'name', a text of at most 60 letters."),
    ({"name": "x" * 61}, "it needs 'name', a text of at most 60 letters."),
    ({"name": 3}, "it needs 'name', a text of at most 60 letters."),
    ({"drug": 3}, "it needs 'drug', a text of at most 60 letters."),
    ({"id": "A b"}, "it has the id 'A b'; an id is small letters, digits, - and _, 40 at most."),
    ({"id": None}, "it has the id None; "),
    ({"order": "first"}, "order is not a number."),
    ({"route": "io"}, "route is 'io'; it must be one of iv, im, oral, nasal."),
    ({"route": ["iv"]}, "route is ['iv']; it must be one of iv, im, oral, nasal."),
    ({"infusion": 1}, "infusion must be true or false."),
    ({"bp_at_end": "yes"}, "bp_at_end must be true or false."),
    ({"observe_from": "start"}, "observe_from is 'start'; it must be one of first_dose, end."),
    ({"dose_mg": True}, "dose_mg is not a number."),
    ({"dose_mg": 0}, "dose_mg 0 is not between 0.1 and 2000."),
    ({"dose_mg_per_kg": -1}, "dose_mg_per_kg -1 is not between 0.01 and 100."),
    ({"most_mg_per_kg": 101}, "most_mg_per_kg 101 is not between 0.01 and 100."),
    ({"most_mg": 2001}, "most_mg 2001 is not between 0.1 and 2000."),
    ({"minutes": 601}, "minutes 601 is not between 1 and 600."),
    ({"observe_minutes": 0}, "observe_minutes 0 is not between 1 and 1440."),
    ({"minutes": float("nan")}, "it holds what is neither text nor number ("),
    ({"minutes": 10**400}, f"minutes {10**400} is not between 1 and 600."),
    ({"choices_mg": 56}, "choices_mg must be a list of numbers."),
    ({"choices_mg": ["56"]}, "choices_mg is not a number."),
    ({"choices_mg": [84, 56]}, "choices_mg must rise."),
    ({"bp_at_minutes": [0, 0]}, "bp_at_minutes must rise."),
    ({"bp_at_minutes": [-1]}, "bp_at_minutes -1 is not between 0 and 1440."),
    (
        {"dose_mg": 50, "dose_mg_per_kg": 0.5},
        "it has more than one of dose_mg_per_kg, dose_mg and choices_mg.",
    ),
    (
        {"dose_mg": 50, "choices_mg": [50]},
        "it has more than one of dose_mg_per_kg, dose_mg and choices_mg.",
    ),
    ({"dose_mg": 50, "most_mg": 40}, "it has a dose of 50 mg, above most_mg 40."),
    ({"choices_mg": [30, 50], "most_mg": 40}, "it has a dose of 50 mg, above most_mg 40."),
    (
        {"dose_mg_per_kg": 1.1, "most_mg_per_kg": 1},
        "dose_mg_per_kg 1.1 is above most_mg_per_kg 1.",
    ),
    (
        {"infusion": False, "minutes": 40},
        "it has minutes, which are of an infusion, and infusion = false.",
    ),
    (
        {"infusion": True, "between_doses_minutes": 5},
        "it has between_doses_minutes, and infusion = true.",
    ),
    ({"infusion": True, "device_mg": 28}, "it has device_mg, and infusion = true."),
    (
        {"infusion": False, "between_doses_minutes": 0},
        "between_doses_minutes 0 is not between 1 and 240.",
    ),
    (task(id="next_dose"), "the task 'next_dose' has an id of the program's own; choose another."),
    ({"task": {}}, "the tasks must be [[task]] tables."),
    ({"task": [3]}, "the tasks must be [[task]] tables."),
    (task(every=3), "a [[task]] has 'every'; known are at_minutes, every_s, id, name, scale."),
    (task(id="IV"), "a [[task]] has the id 'IV'; "),
    (task(name=""), "the task 't' needs 'name', a text of at most 60 letters."),
    (task(scale=3), "the task 't' needs 'scale', a text of at most 60 letters."),
    (task(every_s=600), "every_s of the task 't' must be a table."),
    (
        task(every_s={"infusion": 600}),
        "every_s of the task 't' has 'infusion'; the phases are baseline, dosing, recovery.",
    ),
    (task(every_s={"dosing": 59}), "every_s of the task 't' 59 is not between 60 and 14400."),
    (task(at_minutes=[]), "the task 't' is never due: it has neither every_s nor at_minutes."),
    ({"task": [*task()["task"], *task()["task"]]}, "the task 't' stands twice."),
    ({"hold": 3}, "hold must be a table."),
    ({"hold": {"BP": {"high": 140}}}, "[hold] has 'BP', and there is no such parameter."),
    (
        {"hold": {"Pump_rate": {"high": 140}}},
        "[hold] has 'Pump_rate', and there is no such parameter.",
    ),
    ({"hold": {"HR": 3}}, "[hold] HR must be a table."),
    ({"hold": {"HR": {}}}, "[hold] HR must hold low, high or both."),
    ({"hold": {"HR": {"above": 3}}}, "[hold] HR must hold low, high or both."),
    ({"hold": {"HR": {"low": "3"}}}, "[hold] HR low is not a number."),
    ({"hold": {"HR": {"low": 3}}}, "[hold] HR low 3 is not between 10 and 350."),
    ({"hold": {"HR": {"low": 60, "high": 60}}}, "[hold] HR low 60 is not below 60."),
    ({"limits": 3}, "limits must be a table."),
    ({"limits": {"HR": 3}}, "limits.HR must be a table."),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
def test_every_refusal_has_its_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RegimenError) as told:
        regimen_of({**LEAST, **change})
    assert str(told.value) == sentence or (
        sentence[-1] in " (" and str(told.value).startswith(sentence)
    )
    assert str(told.value).endswith(".")


@pytest.mark.parametrize("lacks", ["name", "route", "infusion", "id"])
def test_what_a_regimen_must_say(lacks: str) -> None:
    with pytest.raises(RegimenError, match=lacks):
        regimen_of({key: value for key, value in LEAST.items() if key != lacks})
    with pytest.raises(RegimenError, match=r"^the regimen must be a table\.$"):
        regimen_of(lacks)  # type: ignore[arg-type]


def test_the_page_for_clinics_says_every_key_and_its_example_is_read() -> None:
    section = README.split("## Regimens\n")[1].split("\n## ")[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")][1:]
    said = {word.strip("[]") for cell in first for word in re.findall(r"`([^`]+)`", cell)}
    assert said == KEYS - {"id"}
    for word in get_args(Route) + get_args(Anchor):
        assert word in section
    example = tomllib.loads(section.split("```toml\n")[1].split("```")[0])
    regimen = regimen_of({"id": "example", **example})
    assert merged(PRESET, regimen.limits).rules.bp_interval_s["dosing"] == 300


# The folder.

A = 'name = "A"\nroute = "iv"\ninfusion = true\n'


def folder(path: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        (path / f"{name}.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_folder_is_read_in_its_order(tmp_path: Path) -> None:
    folder(tmp_path, b=A.replace("A", "Z"), a=A, c=A.replace("A", "C") + "order = 1")
    folder(tmp_path, **{".swp": "no"})
    (tmp_path / "notes.txt").write_text("no regimen")
    assert list(read_regimens(tmp_path)) == ["c", "a", "b"]
    assert list(places.regimens(tmp_path)) == ["c", "a", "b"]


def test_a_folder_may_be_empty_but_not_missing(tmp_path: Path) -> None:
    assert read_regimens(tmp_path) == {}
    gone = tmp_path / "gone"
    with pytest.raises(RegimenError) as told:
        read_regimens(gone)
    assert str(told.value) == f"The regimens {gone} cannot be read: No such file or directory."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "is not valid TOML: "),
        (b"\xff\xfe", "is not valid TOML: "),
        (A + "minutes = 0", "cannot be used: minutes 0 is not between 1 and 600."),
        (A + "minutes = 1979-05-27", "cannot be used: it holds what is neither text nor number"),
        (A + "minutes = inf", "cannot be used: it holds what is neither text nor number"),
        (A + 'id = "a"', "cannot be used: it has 'id'; the file's name is its id."),
        (A + "[limits.HRR]", "cannot be used: limits: there is no parameter 'HRR'."),
        (A + "[limits.rules]\napart = 1", "cannot be used: limits: [rules] apart 1 is not between"),
    ],
)
def test_a_broken_file_is_said_with_its_place(
    text: str | bytes, sentence: str, tmp_path: Path
) -> None:
    folder(tmp_path, good=A.replace("A", "G"), bad=text)
    with pytest.raises(RegimenError) as told:
        places.regimens(tmp_path)
    assert str(told.value).startswith(f"The regimen {tmp_path / 'bad.toml'} {sentence}")
    assert str(told.value).endswith(".")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").mkdir()
    with pytest.raises(RegimenError) as told:
        read_regimens(tmp_path)
    assert str(told.value) == f"The regimen {tmp_path / 'bad.toml'} cannot be read: Is a directory."


def test_two_regimens_of_one_name_are_refused(tmp_path: Path) -> None:
    folder(tmp_path, one=A, two=A.replace('"A"', '"a"'))
    with pytest.raises(RegimenError) as told:
        read_regimens(tmp_path)
    sentence = f"The regimens one.toml and two.toml in {tmp_path} are both named 'a'."
    assert str(told.value) == sentence


def test_a_file_whose_name_is_no_id_is_refused(tmp_path: Path) -> None:
    folder(tmp_path, **{"IV 40": A})
    with pytest.raises(RegimenError, match="it has the id 'IV 40'; an id is small letters"):
        read_regimens(tmp_path)


def test_limits_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    with pytest.raises(LimitsError, match="cannot be read"):
        places.regimens(places.REGIMENS, tmp_path / "limits.toml")
    assert places.regimens() == SHIPPED


def test_what_a_task_scores_is_a_scale_of_the_clinic() -> None:
    scales = read_scales(places.DATA / "presets" / "scales")
    tasks = [task for regimen in places.regimens().values() for task in regimen.tasks]
    assert {task.scale for task in tasks if task.scale} <= set(scales)
    items = places.steps().discharge
    assert {item.rule["scale"] for item in items if item.auto == "score" and item.rule} <= set(
        scales
    )


def test_a_regimen_names_steps_that_every_visit_has() -> None:
    table = dict(places.regimens()["infusion"].table)
    assert regimen_of(table).stages[-1] == "discharge"
    for stages in (["arrival", "dosing"], ["dosing", "arrival", "recovery", "discharge"], ["nap"]):
        with pytest.raises(RegimenError, match="stages"):
            regimen_of({**table, "stages": stages})
