"""What all tests share: the browser, a store of their own, and the running program."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlite_utils import Database

from monitor.store.database import open_to_read, open_to_write
from tests import browser as test_browser

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

T = TypeVar("T")


# The folders that take longest come first, so that no worker is left alone with them at the end.
LONGEST = ("screens", "recorder", "bench")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)

    items.sort(key=place)  # stable: within a folder as before
    if test_browser.wanted():
        return
    skip = pytest.mark.skip(reason="BROWSER=none")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright starts the browser that `tests.browser` found."""
    path = test_browser.find()
    if path is None:
        pytest.fail(test_browser.SENTENCE, pytrace=False)
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": test_browser.arguments(),
    }


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a test's own database lies; not made yet."""
    return tmp_path / "chairside.db"


@pytest.fixture
def db(database: Path) -> Generator[Database]:
    """A fresh store, open to write."""
    store = open_to_write(database)
    yield store
    store.close()


def until(look: Callable[[], T], wait_s: float = 10.0, every_s: float = 0.02) -> T:
    """Look again and again until something true is seen; fail at the deadline."""
    end_s = time.monotonic() + wait_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end_s:
            raise AssertionError(f"not seen within {wait_s} s; last seen: {seen!r}")
        time.sleep(every_s)


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """Starts the real program's processes, and ends those that it started."""

    database: Path
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start ``python -m monitor ARGUMENTS`` and go on."""
        log = (self.database.parent / f"{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **options,
        )
        self.processes.append(process)
        return process

    def record(self, *devices: str, speed: float = 1) -> subprocess.Popen[bytes]:
        """Start a recorder and wait for its first tick."""
        before = self.ticks()
        options = [part for device in devices for part in ("--device", device)]
        process = self.run(
            "record", "--database", str(self.database), "--speed", str(speed), *options
        )
        until(lambda: self.ticks() > before + 1 or process.poll() is not None)
        assert process.poll() is None, self.said()
        return process

    def dashboard(self, clinic: Path) -> str:
        """Start the clinic's dashboard; give its address once it answers."""
        port = free_port()
        process = self.run(
            "start",
            "--clinic",
            str(clinic),
            "--database",
            str(self.database),
            "--port",
            str(port),
            "--no-browser",
        )
        address = f"http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or answers(address), 30)
        assert process.poll() is None, self.said()
        return address

    def ticks(self) -> int:
        """The last tick that is on the disk."""
        if not self.database.exists():
            return 0
        db = open_to_read(self.database)
        try:
            return int(db.execute("SELECT coalesce(max(tick), 0) FROM tick").fetchone()[0])
        finally:
            db.close()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database."""
        db = open_to_read(self.database)
        try:
            return list(db.execute(sql, values).fetchall())
        finally:
            db.close()

    def said(self) -> str:
        """What the processes printed."""
        logs = sorted(self.database.parent.glob("*.log"))
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def end(self, process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> int:
        """End one process and give its exit code."""
        if process.poll() is None:
            process.send_signal(how)
        return process.wait(timeout=15)

    def close(self) -> None:
        """End all that was started. A clinic's recorder outlives its dashboard: it too."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)
        if self.database.exists():
            end_recorder(self.database)


@pytest.fixture
def program(database: Path) -> Generator[Program]:
    """The real program, ended after the test."""
    running = Program(database)
    yield running
    running.close()


def end_recorder(database: Path) -> None:
    """End the recorder that the store names, if it still runs for this very database."""
    db = open_to_read(database)
    rows = db.execute("SELECT process FROM run WHERE ended_ms IS NULL").fetchall()
    db.close()
    for (number,) in rows:
        command = Path(f"/proc/{number}/cmdline")
        try:
            ours = str(database).encode() in command.read_bytes()
        except OSError:
            continue
        if ours:
            os.kill(number, signal.SIGTERM)
            until(partial(_gone, command))


def _gone(command: Path) -> bool:
    try:
        return b"record" not in command.read_bytes()
    except OSError:
        return True


def answers(address: str) -> bool:
    """True where a server answers there."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def clinic_file(folder: Path, *chairs: tuple[str, str, str], expect: str = "") -> Path:
    """Write a clinic.toml: chairs as (name, driver, url); the name again is its next device."""
    lines = ['clinic = "Test"', 'time_zone = "Europe/Zurich"', 'staff = ["RN Keller", "RN Ode"]']
    before = ""
    for name, driver, url in chairs:
        lines += ["[[chair]]", f'name = "{name}"', expect] if name != before else []
        before = name
        lines += ["[[chair.device]]", f'name = "{driver}"', f'driver = "{driver}"']
        lines += [f'url = "{url}"']
    path = folder / "clinic.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
