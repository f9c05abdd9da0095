"""Processes that a part starts and ends, and what they cost."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psutil

ROOT = Path(__file__).resolve().parents[1]


class BenchError(Exception):
    """A part could not run. The message says why."""


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], bool], wait_s: float, what: str) -> None:
    """Look again and again; a BenchError at the deadline."""
    end_s = time.monotonic() + wait_s
    while not look():
        if time.monotonic() > end_s:
            raise BenchError(f"{what}: not within {wait_s:g} s")
        time.sleep(0.05)


class Processes:
    """Starts processes and ends them all at the end of the block, those and no others."""

    def __init__(self, folder: Path) -> None:
        """Logs go to ``folder``."""
        self.folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Processes":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what runs."""
        for process in reversed(self._started):
            self.end(process)

    def start(
        self, command: Sequence[str], environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command in the program's own folder."""
        log = self.folder / f"process-{len(self._started)}.log"
        with log.open("wb") as words:
            process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )
        self._started.append(process)
        return process

    def serve(
        self, command: Sequence[str], port: int, path: str, environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a server and wait until it answers at ``path``."""
        process = self.start(command, environment)
        address = f"http://127.0.0.1:{port}{path}"
        until(lambda: process.poll() is not None or answers(address), 60, "the server's answer")
        if process.poll() is not None:
            raise BenchError(f"The server ended: {self.words(process)}")
        return process

    def words(self, process: subprocess.Popen[bytes]) -> str:
        """The last words of a process that was started here."""
        log = self.folder / f"process-{self._started.index(process)}.log"
        return log.read_text(encoding="utf-8", errors="replace")[-800:]

    @staticmethod
    def end(process: subprocess.Popen[bytes]) -> None:
        """End one process, kindly first."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)


def answers(address: str) -> bool:
    """True where a server answers there."""
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return bool(response.status < 500)
    except OSError:
        return False


def cpu_s(number: int) -> float:
    """Seconds of CPU that one process, without its children, has used."""
    used = psutil.Process(number).cpu_times()
    return float(used.user + used.system)


def rss_mb(number: int) -> float:
    """The memory that a process holds."""
    return float(psutil.Process(number).memory_info().rss) / 2**20


@dataclass
class Window:
    """A stretch of time: what processes cost in it, and how much others disturbed."""

    processes: dict[str, int] = field(default_factory=dict)
    began_s: float = 0.0
    _busy_s: float = 0.0
    _ours_s: float = 0.0
    _used_s: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin now."""
        self.began_s = time.monotonic()
        self._busy_s, self._ours_s = _busy_s(), _tree_s()
        self._used_s = {name: cpu_s(number) for name, number in self.processes.items()}

    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.began_s

    def percent(self) -> dict[str, float]:
        """What each process took since, in per cent of one core."""
        wall_s = self.seconds()
        return {
            name: 100 * (cpu_s(number) - self._used_s[name]) / wall_s
            for name, number in self.processes.items()
        }

    def others_percent(self) -> float:
        """What all other programs took, in per cent of one core. Call while ours still run."""
        busy_s = _busy_s() - self._busy_s
        return max(0.0, 100 * (busy_s - (_tree_s() - self._ours_s)) / self.seconds())


def _busy_s() -> float:
    times = psutil.cpu_times()
    waiting = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    guest = getattr(times, "guest", 0.0)
    return float(sum(times) - waiting - guest)


def _tree_s() -> float:
    used = 0.0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system + times.children_user + times.children_system
    return used
