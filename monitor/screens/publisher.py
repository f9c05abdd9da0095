"""One poller for all viewers: it reads the database once and tells every screen.

The database is touched only by one thread of its own, so a slow disk never stops the server's loop.
Where reading fails, what was half told is not gone on from: every screen gets a new snapshot.
"""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
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
SAME_FILE_S = 1.0  # how often it is looked whether the file is still the one that is open
RING = 600  # messages kept so that a snapshot serves many who come soon after each other
SNAPSHOT_TICKS = 20
MOST_WAITING = 120  # messages that wait for one slow screen; then it gets a new snapshot

log = logging.getLogger("chairside.stream")


@dataclass(eq=False)
class Channel:
    """One chair's feed with its screens."""

    feed: Feed
    screens: set[asyncio.Queue[bytes | None]] = field(default_factory=set)
    ring: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=RING))
    snapshot: tuple[int, bytes] | None = None


class Publisher:
    """Reads what the recorder stored, and tells the screens.

    ``static`` is told to every screen in its snapshot; ``why_silent`` gives the sentence for staff
    when no tick comes. ``token`` is that of the database which is read now; empty before.
    """

    def __init__(self, path: Path, why_silent: Callable[[], tuple[str, str]]) -> None:
        """Prepare; `run` does the work."""
        self.path = path
        self.static: Message = {}
        self.token = ""
        self.why_silent = why_silent
        self._channels: dict[int, Channel] = {}
        self._lost: list[Channel] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stream")
        self._db: Database | None = None
        self._file: tuple[int, int] | None = None
        self._looked_s = 0.0
        self._version = -1
        self._marks: tuple[int, ...] = ()
        self._chairs: list[Message] = []
        self._tick: current.Tick | None = None
        self._rate = 1.0
        self._heard_s = time.monotonic()
        self._told_s = 0.0
        self._trouble = ""
        self._ending = False

    async def run(self) -> None:
        """Poll until cancelled. What goes wrong is told to the screens, and tried again."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = time.monotonic()
            try:
                for channel, tick, data in await loop.run_in_executor(self._thread, self._poll):
                    channel.ring.append((tick, data))
                    for queue in list(channel.screens):
                        self._put(queue, data)
                self._trouble = ""
                if time.monotonic() - self._heard_s > SILENT_S:
                    self._tell_silence(*self.why_silent())
            except Exception as error:
                self._trouble = str(error)
                if not isinstance(error, StoreError):
                    log.exception("The live stream failed; it is tried again.")
                    self._trouble = f"The dashboard failed: {error}"
                await loop.run_in_executor(self._thread, self._forget)
            self._restart_lost()
            await asyncio.sleep(max(0.0, POLL_S - (time.monotonic() - began_s)))

    async def stream(self, chair: int) -> AsyncGenerator[bytes]:
        """The events for one screen of a chair: a snapshot, then what is new."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        joined: Channel | None = None
        yield b"retry: 1000\n\n"
        try:
            while not self._ending:
                if self._trouble:
                    yield encode("server", {"recorder": "failed", "text": self._trouble})
                    await asyncio.sleep(1)
                    continue
                try:
                    channel, tick, data = await loop.run_in_executor(
                        self._thread, self._open, chair
                    )
                except NoChairError:
                    text = "The clinic's file names no such chair, or no recorder has begun yet."
                    yield encode("server", {"recorder": "stopped", "text": text})
                    await asyncio.sleep(0.5)
                    continue
                except Exception as error:
                    text = str(error)
                    if not isinstance(error, StoreError):
                        log.exception("Chair %s cannot be told.", chair)
                        text = f"The dashboard cannot show this chair: {error}"
                    yield encode("server", {"recorder": "failed", "text": text})
                    await asyncio.sleep(1)
                    continue
                # From here to the subscription nothing awaits, so no message falls between.
                if channel is not self._channels.get(chair):
                    continue  # lost since
                while not queue.empty():
                    queue.get_nowait()
                waiting = [message for at, message in channel.ring if at > tick]
                channel.screens.add(queue)
                joined = channel
                yield data
                for message in waiting:
                    yield past(message)
                while not self._ending and (item := await queue.get()) is not None:
                    yield item
                channel.screens.discard(queue)  # too slow, or the feed began anew: a new snapshot
        finally:
            if joined:
                joined.screens.discard(queue)

    def end_streams(self) -> None:
        """End every screen's stream, because the server ends."""
        self._ending = True
        self._restart(list(self._channels.values()))

    def viewers(self) -> int:
        """How many screens are connected."""
        return sum(len(channel.screens) for channel in list(self._channels.values()))

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

    def _restart(self, channels: Iterable[Channel]) -> None:
        for channel in channels:
            for queue in list(channel.screens):
                self._put(queue, None)

    def _restart_lost(self) -> None:
        while self._lost:
            self._restart([self._lost.pop()])

    def _tell_silence(self, state: str, text: str) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s < 1:
            return
        self._told_s = now_s
        data = encode("server", {"recorder": state, "text": text})
        for channel in list(self._channels.values()):
            for queue in list(channel.screens):
                self._put(queue, data)

    # Below: on the thread of the database.

    def _poll(self) -> list[tuple[Channel, int, bytes]]:
        self._same_file()
        db = self._database()
        with told(self.path):
            version = version_of_data(db)
            if version == self._version:
                return []
            tick = current.last_tick(db)
            if tick is None or (self._tick and tick.tick == self._tick.tick):
                self._version = version
                return []
            marks = current.marks(db)
            changed = marks != self._marks or self._tick is None
            if changed:
                run = current.last_run(db)
                self._rate = run[0].rate if run else 1.0
                if self._chairs != (chairs := self._shown(db)) and self._chairs:
                    self._lost += self._channels.values()
                    self._channels.clear()  # every screen shows the list of chairs
                self._chairs = chairs
            found = []
            for chair, channel in list(self._channels.items()):
                if channel.feed.tick >= tick.tick:
                    continue  # just opened
                try:
                    message = channel.feed.advance(db, tick, self._rate, changed=changed)
                    found.append((channel, tick.tick, encode("tick", message)))
                except (ValueError, LookupError, TypeError):
                    # What one chair holds must not take the others' screens: it begins anew.
                    log.exception("Chair %s cannot be told.", chair)
                    self._lost.append(self._channels.pop(chair))
        self._version, self._marks, self._tick = version, marks, tick
        self._heard_s = time.monotonic()
        return found

    def _open(self, chair: int) -> tuple[Channel, int, bytes]:
        """The chair's channel with its snapshot. Raises NoChairError where there is none."""
        db = self._database()
        with told(self.path):
            chairs = self._shown(db)
            this = next((x for x in chairs if x["id"] == chair), None)
            tick = self._tick or current.last_tick(db)
            if this is None or tick is None:
                raise NoChairError(chair)
            if chair not in self._channels:
                feed = Feed(chair)
                run = current.last_run(db)
                feed.load(db, tick, run[0].rate if run else 1.0)
                self._channels[chair] = Channel(feed)
            channel = self._channels[chair]
            channel.feed.static = {
                "chair": this,
                "chairs": chairs,
                **self.static,
            }
            return (channel, *self._snapshot(channel, db))

    @staticmethod
    def _shown(db: Database) -> list[Message]:
        gone = current.removed_chairs(db)
        names = current.chairs(db)
        return [{"id": n, "name": name, "removed": n in gone} for n, name in names.items()]

    @staticmethod
    def _snapshot(channel: Channel, db: Database) -> tuple[int, bytes]:
        kept = channel.snapshot
        if kept and channel.feed.tick - kept[0] <= SNAPSHOT_TICKS:
            whole = len(channel.ring) < RING or channel.ring[0][0] <= kept[0]
            if whole:  # the ring holds all that came since
                return kept
        channel.snapshot = (channel.feed.tick, encode("snapshot", channel.feed.snapshot(db)))
        return channel.snapshot

    def _database(self) -> Database:
        if self._db is None:
            self._file = which_file(self.path)
            self._db = open_to_read(self.path)
            self._version = -1
            with told(self.path):
                self.token = current.facts(self._db).get("token", "")
        return self._db

    def _same_file(self) -> None:
        """Begin anew where the file was replaced or deleted: the open one is nobody's any more."""
        now_s = time.monotonic()
        if self._db is None or now_s - self._looked_s < SAME_FILE_S:
            return
        self._looked_s = now_s
        if which_file(self.path) != self._file:
            self._forget()

    def _forget(self) -> None:
        self._drop_database()
        self._lost += self._channels.values()
        self._channels.clear()
        self._marks, self._tick, self._chairs = (), None, []

    def _drop_database(self) -> None:
        if self._db is not None:
            with suppress(Exception):
                self._db.close()
            self._db = None


class NoChairError(LookupError):
    """There is no such chair any more, or nothing was recorded yet."""


def past(message: bytes) -> bytes:
    """A tick that was told before: new for this screen, but no sign that the recorder lives."""
    return message.removesuffix(b"}\n\n") + b',"past":true}\n\n'


def which_file(path: Path) -> tuple[int, int] | None:
    """Which file stands there now; None where none does."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
