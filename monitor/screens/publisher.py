"""One poller for all viewers: it reads the database once and tells every screen.

The database is touched only by one thread of its own, so a slow disk never stops the server's loop.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from monitor.screens.feed import Feed, Message, encode
from monitor.store import current
from monitor.store.database import StoreError, open_to_read, told, version_of_data

POLL_S = 0.1
SILENT_S = 1.5  # without a tick for so long, the screens are told why
RING = 600  # messages kept so that a snapshot serves many who come soon after each other
SNAPSHOT_TICKS = 20
MOST_WAITING = 120  # messages that wait for one slow screen; then it gets a new snapshot

log = logging.getLogger("chairside.stream")


@dataclass
class Channel:
    """One chair's feed with its screens."""

    feed: Feed
    screens: set[asyncio.Queue[bytes | None]] = field(default_factory=set)
    ring: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=RING))
    snapshot: tuple[int, bytes] | None = None


class Publisher:
    """Reads what the recorder stored, and tells the screens.

    ``static`` is told to every screen in its snapshot; ``why_silent`` gives the sentence for staff
    when no tick comes.
    """

    def __init__(self, path: Path, why_silent: Callable[[], tuple[str, str]]) -> None:
        """Prepare; `run` does the work."""
        self.path = path
        self.static: Message = {}
        self._why_silent = why_silent
        self._channels: dict[int, Channel] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stream")
        self._db: Database | None = None
        self._version = -1
        self._marks: tuple[int, ...] = ()
        self._tick: current.Tick | None = None
        self._rate = 1.0
        self._heard_s = time.monotonic()
        self._told_s = 0.0
        self._ending = False

    async def run(self) -> None:
        """Poll until cancelled. What goes wrong is told to the screens, and tried again."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = time.monotonic()
            try:
                messages = await loop.run_in_executor(self._thread, self._poll)
            except StoreError as error:
                self._drop_database()
                self._tell_silence("failed", str(error))
                messages = []
            except Exception as error:
                log.exception("The live stream failed; it is tried again.")
                self._drop_database()
                self._tell_silence("failed", f"The dashboard failed: {error}")
                messages = []
            for chair, tick, data in messages:
                channel = self._channels[chair]
                channel.ring.append((tick, data))
                for queue in channel.screens:
                    self._put(queue, data)
            if time.monotonic() - self._heard_s > SILENT_S:
                self._tell_silence(*self._why_silent())
            await asyncio.sleep(max(0.0, POLL_S - (time.monotonic() - began_s)))

    async def stream(self, chair: int) -> AsyncGenerator[bytes]:
        """The events for one screen of a chair: a snapshot, then what is new."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        channel = None
        yield b"retry: 1000\n\n"
        try:
            while not self._ending:
                try:
                    await loop.run_in_executor(self._thread, self._open, chair)
                    channel = self._channels[chair]
                    tick, data = await loop.run_in_executor(self._thread, self._snapshot, channel)
                except StoreError as error:
                    yield encode("server", {"recorder": "failed", "text": str(error)})
                    await asyncio.sleep(1)
                    continue
                except KeyError:
                    text = "There is no such chair, or no recorder has begun yet."
                    yield encode("server", {"recorder": "stopped", "text": text})
                    await asyncio.sleep(0.5)
                    continue
                # From here to the subscription nothing awaits, so no message falls between.
                while not queue.empty():
                    queue.get_nowait()
                waiting = [message for at, message in channel.ring if at > tick]
                channel.screens.add(queue)
                yield data
                for message in waiting:
                    yield message
                while (item := await queue.get()) is not None:
                    yield item
                channel.screens.discard(queue)  # it was too slow: begin anew with a snapshot
        finally:
            if channel:
                channel.screens.discard(queue)

    def end_streams(self) -> None:
        """End every screen's stream, because the server ends."""
        self._ending = True
        for channel in self._channels.values():
            for queue in list(channel.screens):
                self._put(queue, None)

    def viewers(self) -> int:
        """How many screens are connected."""
        return sum(len(channel.screens) for channel in self._channels.values())

    def close(self) -> None:
        """Let go of the database."""
        self._thread.submit(self._drop_database)
        self._thread.shutdown()

    @staticmethod
    def _put(queue: asyncio.Queue[bytes | None], data: bytes | None) -> None:
        try:
            queue.put_nowait(data)
        except asyncio.QueueFull:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    def _tell_silence(self, state: str, text: str) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s < 1:
            return
        self._told_s = now_s
        data = encode("server", {"recorder": state, "text": text})
        for channel in self._channels.values():
            for queue in channel.screens:
                self._put(queue, data)

    # Below: on the thread of the database.

    def _poll(self) -> list[tuple[int, int, bytes]]:
        db = self._database()
        with told(self.path):
            version = version_of_data(db)
            if version == self._version:
                return []
            self._version = version
            tick = current.last_tick(db)
            if tick is None or (self._tick and tick.tick == self._tick.tick):
                return []
            marks = current.marks(db)
            changed = marks != self._marks
            self._marks = marks
            if changed or self._tick is None:
                run = current.last_run(db)
                self._rate = run[0].rate if run else 1.0
            self._tick = tick
            self._heard_s = time.monotonic()
            found = []
            for chair, channel in list(self._channels.items()):
                message = channel.feed.advance(db, tick, self._rate, changed=changed)
                found.append((chair, tick.tick, encode("tick", message)))
            return found

    def _open(self, chair: int) -> None:
        if chair in self._channels:
            return
        db = self._database()
        with told(self.path):
            if chair not in current.chairs(db):
                raise KeyError(chair)
            tick = self._tick or current.last_tick(db)
            if tick is None:
                raise KeyError(chair)
            feed = Feed(chair)
            run = current.last_run(db)
            feed.load(db, tick, run[0].rate if run else 1.0)
            names = current.chairs(db)
        feed.static = {
            "chair": {"id": chair, "name": names[chair]},
            "chairs": [{"id": number, "name": name} for number, name in names.items()],
            **self.static,
        }
        self._channels[chair] = Channel(feed)

    def _snapshot(self, channel: Channel) -> tuple[int, bytes]:
        kept = channel.snapshot
        if kept and channel.feed.tick - kept[0] <= SNAPSHOT_TICKS:
            whole = len(channel.ring) < RING or channel.ring[0][0] <= kept[0]
            if whole:  # the ring holds all that came since
                return kept
        with told(self.path):
            message = channel.feed.snapshot(self._database())
        channel.snapshot = (channel.feed.tick, encode("snapshot", message))
        return channel.snapshot

    def _database(self) -> Database:
        if self._db is None:
            self._db = open_to_read(self.path)
            self._version = -1
        return self._db

    def _drop_database(self) -> None:
        if self._db is not None:
            with suppress(Exception):
                self._db.close()
            self._db = None
