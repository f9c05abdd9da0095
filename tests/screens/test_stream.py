"""The live stream and the journal's door, over HTTP, with the real recorder and dashboard."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor.store.database import open_to_write
from tests.conftest import ROOT, Program, answers, clinic_file, free_port, until


def token(program: Program) -> str:
    return str(program.query("SELECT value FROM fact WHERE name = 'token'")[0][0])


def events(
    address: str, chair: int | str, key: str, most: int, wait_s: float = 15
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read server-sent events of the stream."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=wait_s)
    with closing(connection):
        connection.request("GET", f"/api/stream?chair={chair}&token={key}")
        response = connection.getresponse()
        assert response.status == 200, response.read()
        name = ""
        for _ in range(most * 4 + 10):
            line = response.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])


def post(address: str, body: object, path: str = "journal") -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/api/{path}", data, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def serve(program: Program, folder: Path) -> str:
    where = program.dashboard(
        clinic_file(
            folder,
            ("Chair 1", "datex_dri", "sim://datex_dri?seed=1"),
            ("Chair 2", "masimo_ascii1", "sim://masimo_ascii1?seed=2"),
        )
    )
    until(lambda: program.ticks() > 3)
    return where


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Program, str]]:
    """A dashboard that many tests share, as many screens would."""
    folder = tmp_path_factory.mktemp("clinic")
    program = Program(folder / "chairside.db")
    try:
        yield program, serve(program, folder)
    finally:
        program.close()


def recorder_of(program: Program) -> int:
    (number,) = program.query("SELECT process FROM run ORDER BY id DESC LIMIT 1")[0]
    return int(number)


def test_snapshot_once_then_every_tick_and_every_reading(running: tuple[Program, str]) -> None:
    program, address = running
    found = []
    for name, message in events(address, 2, token(program), 8):
        found.append((name, message))
        if len(found) == 8:
            break
    assert [name for name, _ in found] == ["snapshot"] + ["tick"] * 7
    ticks = [message["tick"] for _, message in found]
    assert ticks == list(range(ticks[0], ticks[0] + 8))
    told = [
        (reading["p"], reading["t"], reading["v"])
        for _, message in found[1:]
        for reading in message["readings"]
    ]
    stored = program.query(
        "SELECT parameter.name, t_ms, value FROM reading"
        " JOIN parameter ON parameter.id = reading.parameter"
        " WHERE chair = 2 AND tick > ? AND tick <= ?",
        ticks[0],
        ticks[-1],
    )
    assert sorted(told) == sorted(stored)
    assert len(told) >= 12


def test_one_stream_tells_of_all_chairs(running: tuple[Program, str]) -> None:
    program, address = running
    told = events(address, "all", token(program), 2)
    name, whole = next(told)
    assert (name, list(whole["each"])) == ("snapshot", ["1", "2"])
    name, ticked = next(told)
    assert (name, ticked["tick"]) == ("tick", whole["tick"] + 1)
    assert ticked["each"]["2"]["readings"]


def test_a_foreign_page_gets_nothing_and_writes_nothing(running: tuple[Program, str]) -> None:
    program, address = running
    before = program.query("SELECT count(*) FROM journal")
    for query in ("chair=1", "chair=1&token=wrong", "chair=1&token=", "chair=1&token=%C3%A9"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{address}/api/stream?{query}", timeout=5)
        assert refused.value.code == 403
        refused.value.close()
    for wrong in ("wrong", "", "\u00e9", None):
        press = {"press": str(uuid.uuid4()), "token": wrong, "chair": 1, "kind": "event"}
        status, answer = post(address, {**press, "by": "X", "data": {"text": "x"}})
        assert (status, answer["saved"]) == (403, False)
    assert program.query("SELECT count(*) FROM journal") == before


def test_what_is_no_json_is_refused_with_a_sentence(running: tuple[Program, str]) -> None:
    _, address = running
    for body in (b"", b"{", b"[" * 19_000, b"x" * 30_000):
        status, answer = post(address, body)
        assert (status, answer["saved"]) == (400, False)


def test_a_page_that_rebinds_its_name_to_us_gets_no_socket(running: tuple[Program, str]) -> None:
    """Streamlit's socket tells a page the token; it admits any host unless hosts are named."""
    _, address = running
    parts = urlsplit(address)
    for host, status in ((parts.netloc, 101), (f"evil.example:{parts.port}", 403)):
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        with closing(connection):
            connection.putrequest("GET", "/_stcore/stream", skip_host=True)
            for name, value in {
                "Host": host,
                "Origin": f"http://{host}",
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Protocol": "streamlit",
            }.items():
                connection.putheader(name, value)
            connection.endheaders()
            assert connection.getresponse().status == status, host


@pytest.mark.parametrize(
    "change",
    [
        {"chair": 77},
        {"chair": "x"},
        {"kind": "launch"},
        {"by": ""},
        {"by": "x" * 200},
        {"data": {"text": ""}},
        {"data": {"text": "x" * 2000}},
        {"data": "no"},
        {"press": "short"},
        {"press": "\ud800 is half a letter"},
        {"chair": float("inf")},
    ],
)
def test_nonsense_is_refused_with_a_sentence(
    running: tuple[Program, str], change: dict[str, Any]
) -> None:
    program, address = running
    before = program.query("SELECT count(*) FROM journal")
    good = {
        "press": str(uuid.uuid4()),
        "token": token(program),
        "chair": 1,
        "kind": "event",
        "by": "RN Keller",
        "data": {"text": "Nausea"},
    }
    status, answer = post(address, {**good, **change})
    assert status == 400
    assert answer["saved"] is False
    assert answer["error"].endswith(".")
    assert program.query("SELECT count(*) FROM journal") == before


def test_the_same_press_is_one_entry_and_is_answered(running: tuple[Program, str]) -> None:
    program, address = running
    body = {
        "press": str(uuid.uuid4()),
        "token": token(program),
        "chair": 1,
        "kind": "watch",
        "by": "RN Keller",
    }
    answers: list[tuple[int, dict[str, Any]]] = []
    both = [threading.Thread(target=lambda: answers.append(post(address, body))) for _ in range(4)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=10)
    assert [status for status, _ in answers] == [200] * 4
    assert len({answer["id"] for _, answer in answers}) == 1
    number = answers[0][1]["id"]
    until(lambda: program.query("SELECT accepted FROM answer WHERE journal = ?", number) == [(1,)])


def test_two_screens_starting_a_session_at_once_get_one_session(
    running: tuple[Program, str],
) -> None:
    program, address = running
    known = "SELECT accepted, text FROM answer JOIN journal ON journal.id = answer.journal"
    starts = f"{known} WHERE kind = 'session_start' ORDER BY journal.id"

    def start(patient: str) -> dict[str, Any]:
        return {
            "press": str(uuid.uuid4()),
            "token": token(program),
            "chair": 1,
            "kind": "session_start",
            "by": f"RN {patient}",
            "data": {"patient": patient, "second_identifier": "1979"},
        }

    bodies = [start("A"), start("B")]
    both = [threading.Thread(target=post, args=(address, body)) for body in bodies]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=10)
    until(lambda: len(program.query(starts)) == 2)
    verdicts = program.query(starts)
    assert [accepted for accepted, _ in verdicts] == [1, 0]
    assert "already has an open session" in verdicts[1][1]
    assert len(program.query("SELECT 1 FROM session")) == 1


def test_a_locked_database_is_said_and_the_press_is_not_called_saved(
    running: tuple[Program, str],
) -> None:
    program, address = running

    body = {
        "press": str(uuid.uuid4()),
        "token": token(program),
        "chair": 1,
        "kind": "watch",
        "by": "RN Keller",
    }
    holder = open_to_write(program.database)
    holder.execute("BEGIN IMMEDIATE")
    try:
        status, answer = post(address, body)
    finally:
        holder.rollback()
        holder.close()
    assert (status, answer["saved"]) == (503, False)
    assert "locked" in answer["error"]
    status, answer = post(address, body)
    assert (status, answer["saved"]) == (200, True)


def test_silence_of_the_recorder_is_told_with_a_sentence(running: tuple[Program, str]) -> None:
    program, address = running
    recorder = recorder_of(program)
    stream = events(address, 1, token(program), 200)
    assert next(stream)[0] == "snapshot"
    assert next(name for name, _ in stream if name == "tick")  # it is well
    os.kill(recorder, signal.SIGSTOP)
    try:
        message = next(message for name, message in stream if name == "server")
    finally:
        os.kill(recorder, signal.SIGCONT)
    assert message["recorder"] == "late"
    assert message["text"].endswith(".")


def test_a_recorder_that_is_killed_is_started_again(running: tuple[Program, str]) -> None:
    program, _ = running
    recorder = recorder_of(program)
    before = program.ticks()
    os.kill(recorder, signal.SIGKILL)
    until(lambda: program.ticks() > before + 2, 15)
    assert recorder_of(program) != recorder


def test_the_clinics_recorder_outlives_the_dashboard_and_the_next_one_adopts_it(
    program: Program, tmp_path: Path
) -> None:
    serve(program, tmp_path)
    recorder = recorder_of(program)
    program.end(program.processes[0])
    before = program.ticks()
    until(lambda: program.ticks() > before + 1)
    again = program.dashboard(tmp_path / "clinic.toml")
    words = program.database.with_suffix(".recorder.log")
    until(lambda: "Another recorder" in words.read_text())  # its own one gave way to this
    assert next(events(again, 1, token(program), 2))[0] == "snapshot"
    assert program.query("SELECT DISTINCT process FROM run") == [(recorder,)]


def test_a_clinic_file_that_was_damaged_is_served_as_soon_as_it_is_mended(
    program: Program, tmp_path: Path
) -> None:
    """No restart; and until then the door knows no token, least of all an empty one."""
    clinic = clinic_file(tmp_path, ("Chair 1", "datex_dri", "sim://datex_dri?seed=1"))
    good = clinic.read_text()
    clinic.write_text("this is [not TOML")
    open_to_write(program.database).close()
    port = free_port()
    command = ["streamlit", "run", "dashboard.py", f"--server.port={port}"]
    named = {"CHAIRSIDE_CLINIC": str(clinic), "CHAIRSIDE_DATABASE": str(program.database)}
    dashboard = subprocess.Popen(
        [sys.executable, "-m", *command, "--server.headless=true"],
        cwd=ROOT,
        env={**os.environ, **named},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    program.processes.append(dashboard)
    address = f"http://127.0.0.1:{port}"
    until(lambda: answers(address), 30)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/api/stream?chair=1&token=", timeout=5)
    assert refused.value.code == 403
    refused.value.close()
    assert program.ticks() == 0
    clinic.write_text(good)
    until(lambda: program.ticks() > 1, 15)
    assert next(events(address, 1, token(program), 2))[0] == "snapshot"


def test_a_screens_report_is_stored_by_the_recorders_clock(running: tuple[Program, str]) -> None:
    program, address = running
    said = {"token": token(program), "chair": 2, "screen": "0123456789", "visible": True}
    rows = "SELECT seen_ms, heard_ms FROM listening WHERE chair = 2"
    assert post(address, {**said, "sounds": False}, "screen") == (200, {"heard": True})
    ((seen_ms, heard_ms),) = program.query(rows)
    assert seen_ms
    assert heard_ms is None
    before = program.query("SELECT max(t_ms) FROM tick")[0][0]
    assert post(address, {**said, "sounds": True}, "screen") == (200, {"heard": True})
    ((seen_ms, heard_ms),) = program.query(rows)
    assert before <= seen_ms == heard_ms <= before + 3000
    assert post(address, {**said, "visible": False, "sounds": False}, "screen")[0] == 200
    assert program.query(rows) == [(seen_ms, heard_ms)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": "foreign"}, 403),
        ({"chair": 99}, 400),
        ({"chair": None}, 400),
        ({"screen": ""}, 400),
    ],
)
def test_a_report_that_is_none_of_ours_is_refused(
    running: tuple[Program, str], change: dict[str, Any], status: int
) -> None:
    program, address = running
    before = program.query("SELECT * FROM listening")
    said = {
        "token": token(program),
        "chair": 1,
        "screen": "a" * 12,
        "visible": True,
        "sounds": True,
    }
    assert post(address, {**said, **change}, "screen")[0] == status
    assert program.query("SELECT * FROM listening") == before
