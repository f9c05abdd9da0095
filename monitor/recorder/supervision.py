"""Keeping a recorder running beside the dashboard.

The dashboard starts one when none runs, starts it again if it dies, adopts the clinic's own, and
ends only the demo's. The demo's recorder holds the other end of a pipe, so that it ends even where
the dashboard could not say goodbye.
"""

import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from monitor.store import current
from monitor.store.database import StoreError, open_to_read, open_to_write
from monitor.store.raw import folder_of
from monitor.store.writing import mark_demo

HELD = 3  # exit code of `record`: another recorder holds the database
REFUSED = 2  # exit code: it cannot begin or go on, and the last line says why
BROKEN = 1  # exit code: it ended of something that nobody foresaw
RETRY_S = 1.0
ADOPTED_S = 3.0


@dataclass
class Keeper:
    """A thread that keeps a recorder alive. ``arguments`` are those of `record`.

    While another recorder is heard, it serves and this one only looks on.
    """

    database: Path
    arguments: list[str]
    demo: bool
    text: str = ""
    failure: BaseException | None = None
    _process: subprocess.Popen[bytes] | None = None
    _pipe: IO[bytes] | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def log(self) -> Path:
        """Where the recorder's own words go."""
        return log_of(self.database)

    def prepare(self) -> None:
        """Make the database if there is none. A demo begins anew, unless one is running.

        Whether a demo may take away what is there, `places.no_demo_there` has said before. Raises
        StoreError where the database cannot be used.
        """
        self.database.parent.mkdir(parents=True, exist_ok=True)
        # Where another recorder holds the lock, there is a database already.
        with suppress(Timeout), FileLock(f"{self.database}.lock", timeout=0):
            if self.demo:
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{self.database}{suffix}").unlink(missing_ok=True)
                shutil.rmtree(folder_of(self.database), ignore_errors=True)
            db = open_to_write(self.database)
            if self.demo:
                mark_demo(db)
            db.close()

    def start(self) -> None:
        """Begin to keep."""
        self._thread = threading.Thread(target=self._run, name="recorder keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop keeping; a demo's recorder ends, a clinic's goes on."""
        self._stopping.set()
        if self._thread:
            self._thread.join(timeout=10)
        process = self._process
        if process and self.demo and process.poll() is None:
            if self._pipe:
                self._pipe.close()  # the recorder sees its end, and stops
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)

    def why_silent(self) -> tuple[str, str]:
        """For staff: the recorder's state and one sentence."""
        if self.failure:
            return "failed", f"Nothing watches the recorder any more: {self.failure}"
        process = self._process
        if process and process.poll() is None:
            words = self._last_words()
            return "late", f"The recorder runs, but nothing new is stored. {words}".strip()
        return "stopped", self.text or "The recorder is not running. It is started again."

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                code = self._serve()
                if self._stopping.is_set():
                    return
                words = self._last_words()
                if code == HELD:
                    self.text = ""
                    self._look_on()
                    continue
                if code < 0 or not words:  # ended from outside: its last words are not why
                    words = f"The recorder was ended (code {code}). It is started again."
                self.text = words
                self._stopping.wait(RETRY_S)
        except BaseException as error:
            self.failure = error
            raise

    def _serve(self) -> int:
        """Run one recorder to its end, or until told to stop."""
        command = [sys.executable, "-m", "monitor", "record", "--database", str(self.database)]
        command += self.arguments
        options: dict[str, object] = {}
        if not self.demo:
            if sys.platform == "win32":
                options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
            else:
                options["start_new_session"] = True
        with self.log.open("wb") as words:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                command,
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.PIPE if self.demo else subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                **options,
            )
        self._pipe = self._process.stdin
        while self._process.poll() is None and not self._stopping.is_set():
            self._stopping.wait(0.2)
        return int(self._process.returncode or 0)

    def _look_on(self) -> None:
        """While another recorder's ticks go on, it serves; nothing is started beside it."""
        before = -1
        while not self._stopping.wait(ADOPTED_S):
            try:
                db = open_to_read(self.database)
                tick = current.last_tick(db)
                db.close()
            except StoreError:
                return
            if tick is None or tick.tick == before:
                return
            before = tick.tick

    def _last_words(self) -> str:
        return last_words(self.log)


def log_of(database: Path) -> Path:
    """Where the words of a recorder go that a dashboard started."""
    return database.with_suffix(".recorder.log")


def last_words(log: Path) -> str:
    """The last thing that a recorder said; empty where it said nothing."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else ""


def stop_with_pipe(stopping: threading.Event, pipe: IO[bytes]) -> None:
    """In a demo's recorder: stop when the other end of the pipe is gone."""

    def wait() -> None:
        while pipe.read(1):
            time.sleep(0)
        stopping.set()

    threading.Thread(target=wait, name="parent watch", daemon=True).start()
