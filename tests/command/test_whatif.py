"""``whatif``: what it prints, and that it fails in sentences."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command.test_commands import refused, run, run_process
from tests.recorder.past import Past, visit

EXCERPT = "tests/recordings/mimic3_s25047_excerpt.csv"
KEYS = ["t_s", "condition", "kind", "parameter", "priority", "state", "value", "limit", "text"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_recording_as_json_lines_with_the_comparison_beside_them() -> None:
    done = run_process(
        "whatif", "--recording", EXCERPT, "--set", "SpO2.medium.low=88",
        "--set", "SpO2.advisory.low=none", "--json",
    )  # fmt: skip
    assert done.returncode == 0
    rows = lines(done.stdout)
    assert len(rows) > 10
    for row in rows:
        assert list(row) == KEYS
    assert not [row for row in rows if row["condition"].startswith("spo2_low")]
    assert done.stderr.startswith("with these limits: 12 -> 11 alarms, first high one at")
    assert len(done.stderr.splitlines()) == 1


def test_without_other_limits_the_alarms_are_counted() -> None:
    done = run("whatif", "--recording", EXCERPT)
    *rows, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr, last) == (0, "", "12 alarms (6 high, 6 medium)")
    assert any("SpO2 89.5 < 90" in row for row in rows)
    same = lines(run("whatif", "--recording", EXCERPT, "--json").stdout)
    assert len(same) == len(rows)
    assert {row["state"] for row in same} == {"active", "latched", "cleared"}


def test_a_baseline_makes_relative_limits_count() -> None:
    def conditions(*more: str) -> set[str]:
        done = run("whatif", "--recording", EXCERPT, "--json", *more)
        return {row["condition"] for row in lines(done.stdout)}

    relative = "hr_above_baseline_advisory"
    assert relative in conditions("--baseline", "HR=60")
    assert relative not in conditions()


def test_a_preset_of_its_own_is_taken_whole(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("[SpO2]\nmedium = { low = 90, delay_s = 15 }\n", encoding="utf-8")
    done = run("whatif", "--recording", EXCERPT, "--limits", str(limits), "--json")
    found = {row["condition"] for row in lines(done.stdout) if row["kind"] == "physiological"}
    assert found == {"spo2_low"}
    assert done.stderr.startswith("with these limits: 12 -> ")


def test_a_stored_session(database: Path) -> None:
    past = Past(database, ("masimo_ascii1=sim://masimo_ascii1?sn=11&desaturate=150-250",))
    visit(past, for_s=300)
    past.end()
    whatif = ("whatif", "--database", str(database), "--session")
    plain = run(*whatif, "1", "--json")
    assert plain.returncode == 0
    (fall,) = [row for row in lines(plain.stdout)
               if row["condition"] == "spo2_low" and row["priority"] == "high"
               and row["state"] == "active"]  # fmt: skip
    assert list(fall) == KEYS
    assert 0 < fall["t_s"] < 300
    other = run(*whatif, "1", "--set", "SpO2.high.low=60", "--json")
    assert "and no high one any more" in other.stderr
    refused(run(*whatif, "9"), "There is no session 9.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--recording", "nowhere.csv"), "nowhere.csv is not there"),
        (("--recording", "README.md"), "the header is not"),
        (("--recording", EXCERPT, "--set", "SpO2=88"), "is not of the form"),
        (("--recording", EXCERPT, "--set", "SpO2.medium.low=80"), "lies inside"),
        (("--recording", EXCERPT, "--limits", "nowhere.toml"), "cannot be read"),
        (("--recording", EXCERPT, "--baseline", "HR"), "is not of the form HR=72"),
        (("--recording", EXCERPT, "--baseline", "HR=5"), "cannot be 5"),
        (("--session", "1", "--database", "nowhere.db"), "There is no database"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    refused(run("whatif", *arguments), words)
