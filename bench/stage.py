"""What several parts begin with: a database with its past, a writer, and the servers beside it."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import data, writer
from bench.glass import Screen
from bench.processes import Processes, free_port, until
from bench.report import RESULTS
from monitor.command import places

METRIC = "[data-testid=stMetricValue]"


@dataclass(slots=True)
class Stage:
    """A database in a folder that goes away, and the processes beside it."""

    folder: Path
    database: Path
    processes: Processes
    chairs: int = 1
    _writer: subprocess.Popen[bytes] | None = None
    _writers: int = 0

    @property
    def log(self) -> Path:
        """Where the present writer says what it has stored."""
        return self.folder / f"commits-{self._writers}.jsonl"

    def commits(self) -> list[writer.Commit]:
        """What the present writer has stored."""
        return writer.commits(self.log)

    def write(self, period_s: float, rate: float = 1.0) -> None:
        """Let the writer write, or another one at another pace in its place."""
        if self._writer:
            self.processes.end(self._writer)
        self._writers += 1
        options = ["--period", str(period_s), "--rate", str(rate), "--chairs", str(self.chairs)]
        command = [sys.executable, "-m", "bench.writer", str(self.database), str(self.log)]
        self._writer = self.processes.start([*command, *options])
        until(lambda: len(self.commits()) > 1, 30, "the writer's first ticks")

    def ours(self) -> tuple[Screen, subprocess.Popen[bytes]]:
        """Serve Chairside's screen."""
        clinic = self.folder / "clinic.toml"
        data.clinic(clinic, self.chairs)
        environment = {
            places.MODE_VARIABLE: "clinic",
            places.DATABASE_VARIABLE: str(self.database),
            places.CLINIC_VARIABLE: str(clinic),
        }
        return self._streamlit("ours", environment, "[data-testid=value-HR]")

    def usual(self) -> tuple[Screen, subprocess.Popen[bytes]]:
        """Serve the same screen built the usual way."""
        return self._streamlit("usual", {"BENCH_DATABASE": str(self.database)}, METRIC)

    def _streamlit(
        self, name: str, environment: dict[str, str], numeral: str
    ) -> tuple[Screen, subprocess.Popen[bytes]]:
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", f"bench/apps/{name}.py"]
        command += [f"--server.port={port}", "--server.headless=true"]
        process = self.processes.serve(command, port, "/_stcore/health", environment)
        return Screen(name, f"http://127.0.0.1:{port}/", numeral), process


@contextmanager
def stage(hours: float = 3.0, chairs: int = 1) -> Generator[Stage]:
    """Set it up with so many hours of past and chairs; take everything away at the end."""
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=RESULTS, prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        database = folder / "bench.db"
        data.history(database, hours, chairs)
        with Processes(folder) as processes:
            yield Stage(folder, database, processes, chairs)
