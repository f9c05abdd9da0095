"""A recorder that ticks by itself while a page waits for its answer: a hundred seconds in one."""

import threading
from pathlib import Path

from tests.conftest import until
from tests.recorder.past import MASIMO, Past


class Ticking(threading.Thread):
    """Lives in a thread of its own, hours in the past; `skip` lets time pass at once."""

    def __init__(self, path: Path, *devices: str) -> None:
        super().__init__(name="ticking")
        self.path, self._devices = path, devices or (MASIMO,)
        self._ahead_s = 0.0
        self._ending = threading.Event()
        self._ticked = 0

    def run(self) -> None:
        past = Past(self.path, self._devices, before_s=12 * 3600)
        try:
            while not self._ending.wait(0.01):
                ahead_s, self._ahead_s = self._ahead_s, 0.0
                past.run(1 + ahead_s)
                self._ticked += 1
        finally:
            past.end()

    def skip(self, seconds: float) -> None:
        """Let so much time pass, and wait until it is recorded."""
        self._ahead_s = seconds
        until(lambda: not self._ahead_s, 30)
        before = self._ticked
        until(lambda: self._ticked > before, 30)

    def close(self) -> None:
        self._ending.set()
        self.join(timeout=30)
        assert not self.is_alive()
