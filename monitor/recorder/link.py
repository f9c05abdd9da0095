"""One device's link: a thread that opens its port, feeds its driver, and finds the port again.

The thread decides nothing. It hands numerics, changes of the link's state and the raw bytes to the
recorder's loop, which also asks each tick whether the thread still lives: no thread dies unseen.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TypeVar

from devices.driver import Driver, PortError
from devices.numeric import Generation, Numeric
from devices.port import Port, adapter_of, generation_of, open_port
from monitor.clock import Clock
from monitor.store.raw_format import Kind, Record

RETRY_S = 0.5  # wall time between two tries to open a port that was lost
WAIT_S = 0.25  # wall time after which a quiet line is left to ask the driver what is due

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkState:
    """``state`` is connecting, connected, lost or different; ``detail`` a sentence for staff."""

    t_ms: int
    state: str
    detail: str
    identity: str | None


class Link(threading.Thread):
    """The link to one device. ``source`` is its number in the store.

    ``bound`` is the identity that a person or the first connection settled; while the monitor on
    the port says another one, nothing that it sends is taken.
    """

    def __init__(
        self, source: int, name: str, driver: Driver, url: str, clock: Clock, bound: str | None
    ) -> None:
        """Make the link; `start` begins it."""
        super().__init__(name=f"link {name}", daemon=True)
        self.source = source
        self.label = name
        self.driver = driver
        self.generation: Generation = generation_of(url)
        self.failure: BaseException | None = None
        self.bound = bound
        self._url = url
        self._clock = clock
        self._adapter: str | None = None
        self._state = ""
        self._detail = ""
        self._numerics: deque[Numeric] = deque()
        self._changes: deque[LinkState] = deque()
        self._records: deque[Record] = deque()
        self._untaken = False  # a pass since the last tick
        self._taking = threading.Lock()  # what a tick took is exactly what its record says
        self._stopping = threading.Event()
        self._stepped: Port | None = None
        self._frames = False

    def take(self, tick_ms: int) -> tuple[list[Numeric], list[LinkState], bool]:
        """What came since the last call, oldest first, for the tick of that time.

        Besides, whether a whole frame was heard. Called by the recorder's loop only, as is
        `take_records`.
        """
        with self._taking:
            heard, self._frames = self._frames, False
            numerics = _all_of(self._numerics)
            if self._untaken:
                self._untaken = False
                self._record(Kind.TAKEN, tick_ms, b"")
        return numerics, _all_of(self._changes), heard

    def take_records(self) -> list[Record]:
        """The raw bytes since the last call, with what was done with them."""
        return _all_of(self._records)

    def confirm(self, identity: str) -> None:
        """A named person confirmed that the monitor of that identity is the right one."""
        self.bound = identity
        self._set("connecting", "")

    def step(self) -> None:
        """Do one pass without the thread, on a clock that is stepped too (the demo's past).

        The port stays open for the thread that is started afterwards. Raises PortError.
        """
        if self._stepped is None:
            self._stepped = self._open()
            self._begin(self._stepped)
        self._pass(self._stepped, 0.0)

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        self._stopping.set()

    @property
    def identity(self) -> str | None:
        """The adapter and the monitor as they name themselves; a part that is unknown is absent."""
        parts = {"adapter": self._adapter, "monitor": self.driver.identity}
        return ";".join(f"{key}={value}" for key, value in parts.items() if value) or None

    def run(self) -> None:
        """Serve the port until stopped. Any error but a lost port ends the recorder."""
        try:
            while not self._stopping.is_set():
                self._connection()
        except BaseException as error:
            self.failure = error
            raise

    def _connection(self) -> None:
        opened_s = time.monotonic()
        port, self._stepped = self._stepped, None
        try:
            if port is None:
                port = self._open()
                self._begin(port)
            while not self._stopping.is_set():
                self._pass(port, WAIT_S)
            self._send(port, self.driver.closing(), self._clock.now_ms())
            self._record(Kind.ENDED, self._clock.now_ms(), b"stopped")
        except PortError as error:
            self._set("lost", str(error))
            if port is not None:
                self._record(Kind.ENDED, self._clock.now_ms(), str(error).encode())
        finally:
            if port is not None:
                port.close()
        if not self._stopping.is_set():
            # A port that opens and fails at once must not spin.
            self._stopping.wait(max(0.05, RETRY_S - (time.monotonic() - opened_s)))

    def _open(self) -> Port:
        return open_port(self._url, self.driver.facts.line, self._clock.now_s)

    def _begin(self, port: Port) -> None:
        self._adapter = adapter_of(self._url)
        self._set("connecting", "")
        now_ms = self._clock.now_ms()
        self._record(Kind.BEGUN, now_ms, b"")
        self._send(port, self.driver.connected(now_ms), now_ms)

    def _pass(self, port: Port, wait_s: float) -> None:
        data = port.read(wait_s)
        now_ms = self._clock.now_ms()
        try:
            numerics = hear(self.driver, data, now_ms)
        except BaseException:
            self._record(Kind.HEARD, now_ms, data)  # of all bytes these are worth keeping
            raise
        with self._taking:
            if numerics is not None:
                self._heard(numerics, now_ms)
            self._untaken = True
            withheld = self._state == "different"
            self._record(Kind.WITHHELD if withheld else Kind.HEARD, now_ms, data)
        if self.driver.trouble:
            self._set("connecting", self.driver.trouble)
        self._send(port, self.driver.due(now_ms), now_ms)

    def _heard(self, numerics: list[Numeric], now_ms: int) -> None:
        """A whole frame came: the link is connected, if it is the monitor that belongs here."""
        identity = self.identity
        if self.bound is None:
            self.bound = identity
        elif not same_identity(self.bound, identity):
            self._set("different", f"{identity} instead of {self.bound}", now_ms)
            return
        elif identity and len(identity) > len(self.bound):
            self.bound = identity  # a part that was unknown is known now
        self._set("connected", self.driver.weakness, now_ms)
        self._numerics.extend(numerics)
        self._frames = True

    def _send(self, port: Port, data: bytes, t_ms: int) -> None:
        if data:
            self._record(Kind.SENT, t_ms, data)
            port.write(data)

    def _record(self, kind: Kind, t_ms: int, data: bytes) -> None:
        self._records.append(Record(kind, t_ms, data))

    def _set(self, state: str, detail: str, t_ms: int | None = None) -> None:
        if (state, detail) != (self._state, self._detail):
            self._state, self._detail = state, detail
            t_ms = self._clock.now_ms() if t_ms is None else t_ms
            self._changes.append(LinkState(t_ms, state, detail, self.identity))


def hear(driver: Driver, data: bytes, t_ms: int) -> list[Numeric] | None:
    """Let the driver hear bytes; None where no whole frame came, and nothing counts as heard."""
    if not data:
        return None
    accepted = driver.accepted
    numerics = driver.receive(data, t_ms)
    return numerics if driver.accepted != accepted else None


def _all_of(waiting: deque[T]) -> list[T]:
    return [waiting.popleft() for _ in range(len(waiting))]


def same_identity(bound: str, now: str | None) -> bool:
    """True unless a part that both name differs."""
    if now is None:
        return True
    known = dict(part.split("=", 1) for part in bound.split(";"))
    return all(
        known.get(key, value) == value
        for key, value in (part.split("=", 1) for part in now.split(";"))
    )
