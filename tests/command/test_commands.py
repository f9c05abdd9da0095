"""The command line: what each command prints, and that it fails in sentences."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from devices.numeric import Generation, Parameter
from devices.table import DRIVERS
from monitor.__main__ import main
from monitor.store.database import open_to_write
from tests.conftest import ROOT
from tests.store.rows import BASE_MS, chair_with, session, store, store_sessions

RAD8 = "tests/logs/masimo_ascii1/rad8_states.raw"
READING = ["t_ms", "chair", "source", "parameter", "value", "unit", "validity", "generation"]


@dataclass
class Done:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str) -> Done:
    """Run a command to its end, here."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    return Done(code, out.getvalue(), err.getvalue())


def run_process(*arguments: str) -> Done:
    """Run a command to its end, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def refused(done: Done, *words: str) -> None:
    """It ended with a code and a sentence; without a traceback, and with nothing on stdout."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert done.stderr.rstrip().endswith((".", "..."))


@pytest.fixture
def stored(database: Path) -> Path:
    """Two sessions, and readings that none claims."""
    db = open_to_write(database)
    chair, (source,) = chair_with(db, 1000, generation=Generation.REAL)
    points = [(BASE_MS + s * 1000, None if s == 4 else 70.0 + s) for s in range(10)]
    store(db, chair, source, Parameter.HR, points)
    store_sessions(
        db,
        2,
        session(1, chair, BASE_MS + 2000, BASE_MS + 5000),
        session(2, chair, BASE_MS + 6000, None),
    )
    db.close()
    return database


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_readings_are_json_lines_oldest_first(stored: Path) -> None:
    done = run_process("readings", "--database", str(stored))
    assert (done.returncode, done.stderr) == (0, "")
    rows = lines(done.stdout)
    assert len(rows) == 10
    assert set(READING) <= set(rows[0])
    assert {key: rows[0][key] for key in READING} == {
        "t_ms": BASE_MS,
        "chair": "Chair 1",
        "source": "S0",
        "parameter": "HR",
        "value": 70.0,
        "unit": "/min",
        "validity": "valid",
        "generation": "real",
    }
    absent = rows[4]
    assert (absent["value"], absent["validity"], absent["reason"]) == (None, "invalid", "probe off")


def test_readings_of_a_session_are_those_that_it_claims(stored: Path) -> None:
    done = run("readings", "--database", str(stored), "--session", "1")
    assert [row["t_ms"] for row in lines(done.stdout)] == [BASE_MS + s * 1000 for s in (2, 3, 4, 5)]


def test_sessions_are_json_lines_newest_first(stored: Path) -> None:
    done = run("sessions", "--database", str(stored))
    assert done.returncode == 0
    first, second = lines(done.stdout)
    assert (first["session"], first["ended"]) == (2, None)
    assert second == {
        "session": 1,
        "chair": "Chair 1",
        "patient": "P-1",
        "started": "2023-11-14T22:13:22.000+00:00",
        "ended": "2023-11-14T22:13:25.000+00:00",
        "generation": "real",
    }


def test_export_is_csv_on_stdout_or_in_a_file(stored: Path, tmp_path: Path) -> None:
    done = run("export", "1", "--database", str(stored))
    assert done.returncode == 0
    head, *rows = done.stdout.splitlines()
    assert head.startswith("time,t_ms,kind,parameter,value,unit")
    assert len(rows) == 4
    file = tmp_path / "session.csv"
    assert run("export", "1", "--database", str(stored), "--output", str(file)).returncode == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel knows its letters by this mark"
    assert file.read_text(encoding="utf-8-sig").splitlines() == [head, *rows]


@pytest.mark.parametrize("command", [("export", "99"), ("readings", "--session", "99")])
def test_session_that_is_not_there(stored: Path, command: Sequence[str]) -> None:
    refused(run(*command, "--database", str(stored)), "There is no session 99.")


@pytest.mark.parametrize("command", [("readings",), ("sessions",), ("export", "1")])
def test_database_that_is_not_there_or_is_none(tmp_path: Path, command: Sequence[str]) -> None:
    missing = tmp_path / "none.db"
    refused(run(*command, "--database", str(missing)), f"There is no database at {missing}.")
    assert not missing.exists()
    text = tmp_path / "notes.txt"
    text.write_text("Dear diary" * 1000)
    refused(run(*command, "--database", str(text)), "is not a Chairside database")


def test_output_that_cannot_be_written(stored: Path, tmp_path: Path) -> None:
    where = tmp_path / "no folder" / "x.csv"
    done = run("export", "1", "--database", str(stored), "--output", str(where))
    refused(done, str(where))


def test_decode_prints_a_json_object_a_line_and_counts_on_stderr() -> None:
    done = run("decode", "masimo_ascii1", RAD8)
    assert done.returncode == 0
    rows = lines(done.stdout)
    assert len(rows) > 4
    for row in rows:
        assert {"parameter", "value", "unit", "validity"} <= set(row)
        assert row["parameter"] in ("SpO2", "PR")
        assert (row["value"] is None) == (row["validity"] not in ("valid", "questionable"))
    assert f"{len(rows) // 2} frames accepted, " in done.stderr


def test_decode_counts_refused_frames() -> None:
    done = run("decode", "masimo_ascii1", "tests/logs/masimo_ascii1/damaged.raw")
    assert done.returncode == 0
    refused_count = int(done.stderr.split(" accepted, ")[1].split()[0])
    assert refused_count > 0


def test_decode_of_what_is_not_there() -> None:
    refused(run("decode", "nonesuch", RAD8), "There is no driver 'nonesuch'")
    refused(run("decode", "masimo_ascii1", "none.raw"), "none.raw cannot be read: No such file")


def test_devices_names_every_driver_with_its_parameters() -> None:
    done = run("devices")
    assert (done.returncode, done.stderr) == (0, "")
    for name, driver in DRIVERS.items():
        assert f"{name}: {driver.facts.maker}" in done.stdout
    assert "Ports" in done.stdout


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("nonesuch=sim://x", "there is no driver 'nonesuch'"),
        ("masimo_ascii1", "is not of the form [CHAIR:]DRIVER=URL"),
        ("masimo_ascii1=", "is not of the form [CHAIR:]DRIVER=URL"),
    ],
)
def test_record_refuses_a_device_that_makes_no_sense(
    database: Path, device: str, sentence: str
) -> None:
    refused(run_process("record", "--database", str(database), "--device", device), sentence)


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("masimo_ascii1=nonsense://x", "nonsense:// is no kind of port that is known here."),
        ("datex_dri=sim://nonesuch", "There is no virtual monitor nonesuch"),
        ("datex_dri=sim://datex_dri?recording={csv}", "line 3: the value many is no number."),
    ],
)
def test_record_says_on_stderr_why_it_hears_nothing(
    database: Path, tmp_path: Path, device: str, sentence: str
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("t_seconds,parameter,value,unit\n0,HR,70,/min\n1,HR,many,/min\n")
    device = device.replace("{csv}", str(wrong))
    options = ("--device", device, "--speed", "60", "--for", "40")
    done = run_process("record", "--database", str(database), *options)
    assert done.returncode == 0
    assert done.stderr.count(sentence) == 1
    assert "Traceback" not in done.stderr


def test_commands_refuse_a_damaged_or_missing_clinic_file(tmp_path: Path, database: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_bytes(b"\xff\xfe\x00")
    for command in ("record", "start"):
        done = run_process(command, "--clinic", str(path), "--database", str(database))
        refused(done, f"The clinic's file {path} is not valid TOML")
    missing = tmp_path / "none.toml"
    done = run_process("start", "--clinic", str(missing))
    refused(done, f"{missing} cannot be read: No such file or directory.")


def test_record_refuses_a_database_that_it_cannot_use(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Dear diary" * 1000)
    device = ("--device", "masimo_ascii1=sim://masimo_ascii1")
    refused(run_process("record", "--database", str(text), *device), "is not a Chairside database")
    below = text / "chairside.db"
    refused(run_process("record", "--database", str(below), *device), "cannot be ")


@pytest.mark.parametrize("words", [("--speed", "0"), ("--speed", "fast"), ("--for", "-1")])
def test_numbers_that_are_none_are_refused(words: Sequence[str]) -> None:
    done = run_process("record", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert words[0] in done.stderr


def test_doctor_says_what_is_in_use_and_what_is_wrong(stored: Path, tmp_path: Path) -> None:
    done = run("doctor", "--database", str(stored))
    assert done.returncode == 0, done.stdout
    for word in ("Chairside", "Python", "SQLite", "streamlit", "Time zone", "Disk", str(stored)):
        assert word in done.stdout
    assert "Nothing to warn of." in done.stdout
    damaged = tmp_path / "damaged.db"
    shutil.copy(stored, damaged)
    with damaged.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(200_000))
    done = run("doctor", "--database", str(damaged))
    assert (done.returncode, done.stderr) == (1, "")
    assert "WARNING: The database" in done.stdout
    assert "damaged" in done.stdout


def test_database_that_is_damaged_inside_is_told_when_it_is_read(stored: Path) -> None:
    db = open_to_write(stored)
    points = [(BASE_MS + 100_000 + s, 70.0) for s in range(20_000)]
    store(db, 1, 1, Parameter.HR, points, tick=3)
    db.close()
    size = stored.stat().st_size
    with stored.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))  # no kind of page: chance could make one
    done = run("readings", "--database", str(stored))
    assert done.returncode == 2
    assert "is damaged. Restore a backup" in done.stderr


@pytest.mark.parametrize("count", [10, 20_000])
def test_reader_that_has_enough_is_no_error(database: Path, count: int) -> None:
    """As in ``readings | head``: with few lines, and with more than a pipe holds."""
    db = open_to_write(database)
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS + s, 70.0) for s in range(count)])
    db.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "readings", "--database", str(database)],
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=20) == 0
