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
ALL_CHAIRS = 0  # the number under which the screens of all chairs ask
COMMON = ("rate", "tz", "heartbeat_limit_ms")
NOT_OF_ALL = frozenset({"tick", "now_ms", *COMMON, "chairs", "demo", "staff", "history", "cuffs"})
MOST_WAITING = 120  # messages that wait for one slow screen; then it gets a new snapshot

log = logging.getLogger("chairside.stream")


@dataclass(eq=False)
class Channel:
    """What is told of one chair, or of all of them, and the screens that listen."""

    tick: int
    screens: set[asyncio.Queue[bytes | None]] = field(default_factory=set)
    ring: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=RING))
    snapshot: tuple[int, bytes] | None = None
    failed: set[int] = field(default_factory=set)  # of all chairs: those that cannot be told


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
        self._feeds: dict[int, Feed] = {}
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
        """The events for one screen of a chair, or of ALL_CHAIRS: a snapshot, then what is new."""
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
                        text = cannot_show(error)
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
                    self._lose_all()  # every screen shows the list of chairs
                self._chairs = chairs
            found = self._advance(db, tick, changed=changed)
        self._version, self._marks, self._tick = version, marks, tick
        self._heard_s = time.monotonic()
        return found

    def _advance(
        self, db: Database, tick: current.Tick, *, changed: bool
    ) -> list[tuple[Channel, int, bytes]]:
        """Go on to a newer tick with every feed; give what each channel's screens are told."""
        found: list[tuple[Channel, int, bytes]] = []
        news: dict[int, Message] = {}
        for chair, feed in list(self._feeds.items()):
            if feed.tick >= tick.tick:
                continue  # just opened
            try:
                message = feed.advance(db, tick, self._rate, changed=changed)
            except (ValueError, LookupError, TypeError) as error:
                # What one chair holds must not take the others' screens: it begins anew.
                log.exception("Chair %s cannot be told.", chair)
                del self._feeds[chair]
                if (lost := self._channels.pop(chair, None)) is not None:
                    self._lost.append(lost)
                news[chair] = {"failed": cannot_show(error)}
                continue
            news[chair] = message
            if (channel := self._channels.get(chair)) is not None:
                found.append((channel, tick.tick, encode("tick", message)))
        board = self._channels.get(ALL_CHAIRS)
        if board is not None and board.tick < tick.tick:
            news |= self._again(db, tick, board)
            board.failed |= {chair for chair, message in news.items() if "failed" in message}
            each = {str(chair): of_all(message) for chair, message in news.items()}
            message = {"tick": tick.tick, "now_ms": tick.t_ms, "rate": self._rate, "each": each}
            found.append((board, tick.tick, encode("tick", message)))
        for channel, at, _ in found:
            channel.tick = at
        return found

    def _again(self, db: Database, tick: current.Tick, board: Channel) -> dict[int, Message]:
        """Chairs that could not be told and can be now, each whole."""
        found: dict[int, Message] = {}
        for this in [x for x in self._chairs if x["id"] in board.failed]:
            with suppress(ValueError, LookupError, TypeError):
                whole = self._feed(db, this["id"], tick).snapshot(db, trends=False)
                found[this["id"]] = {**whole, "chair": this}
                board.failed.discard(this["id"])
        return found

    def _open(self, chair: int) -> tuple[Channel, int, bytes]:
        """The channel of a chair, or of all, with its snapshot.

        Raises NoChairError where there is no such chair, or none at all.
        """
        db = self._database()
        with told(self.path):
            chairs = self._shown(db)
            this = [x for x in chairs if chair in (x["id"], ALL_CHAIRS)]
            tick = self._tick or current.last_tick(db)
            if not this or tick is None:
                raise NoChairError(chair)
            static = {"chairs": chairs, **self.static}
            if chair != ALL_CHAIRS:
                feed = self._feed(db, chair, tick)
                channel = self._channels.setdefault(chair, Channel(feed.tick))
                feed.static = {"chair": this[0], **static}
                return (channel, *self._snapshot(channel, lambda: feed.snapshot(db)))
            channel = self._channels.setdefault(ALL_CHAIRS, Channel(tick.tick))
            return (
                channel,
                *self._snapshot(channel, lambda: self._whole(db, tick, channel, static)),
            )

    def _feed(self, db: Database, chair: int, tick: current.Tick) -> Feed:
        """The chair's feed, at this tick."""
        if chair not in self._feeds:
            feed = Feed(chair)
            run = current.last_run(db)
            feed.load(db, tick, run[0].rate if run else 1.0)
            self._feeds[chair] = feed
        return self._feeds[chair]

    def _whole(self, db: Database, tick: current.Tick, board: Channel, static: Message) -> Message:
        """The snapshot of all chairs. One that cannot be told does not take the others."""
        each: dict[str, Message] = {}
        common: Message = {"tick": tick.tick, "now_ms": tick.t_ms, "rate": self._rate}
        board.failed.clear()
        for chair in static["chairs"]:
            try:
                whole = self._feed(db, chair["id"], tick).snapshot(db, trends=False)
            except (ValueError, LookupError, TypeError) as error:
                log.exception("Chair %s cannot be told.", chair["id"])
                board.failed.add(chair["id"])
                whole = {"failed": cannot_show(error)}
            common |= {key: whole[key] for key in COMMON if key in whole}
            each[str(chair["id"])] = {**of_all(whole), "chair": chair}
        return {**common, **static, "each": each}

    @staticmethod
    def _shown(db: Database) -> list[Message]:
        gone = current.removed_chairs(db)
        names = current.chairs(db)
        return [{"id": n, "name": name, "removed": n in gone} for n, name in names.items()]

    @staticmethod
    def _snapshot(channel: Channel, make: Callable[[], Message]) -> tuple[int, bytes]:
        kept = channel.snapshot
        if kept and channel.tick - kept[0] <= SNAPSHOT_TICKS:
            whole = len(channel.ring) < RING or channel.ring[0][0] <= kept[0]
            if whole:  # the ring holds all that came since
                return kept
        channel.snapshot = (channel.tick, encode("snapshot", make()))
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
        self._lose_all()
        self._marks, self._tick, self._chairs = (), None, []

    def _lose_all(self) -> None:
        self._lost += self._channels.values()
        self._channels.clear()
        self._feeds.clear()

    def _drop_database(self) -> None:
        if self._db is not None:
            with suppress(Exception):
                self._db.close()
            self._db = None


class NoChairError(LookupError):
    """There is no such chair any more, or nothing was recorded yet."""


def cannot_show(error: Exception) -> str:
    """The sentence for staff where what is stored of a chair cannot be told."""
    return f"The dashboard cannot show this chair: {error}"


def of_all(message: Message) -> Message:
    """What a screen of all chairs is told of one: not the trends, nor what is common to all."""
    return {key: value for key, value in message.items() if key not in NOT_OF_ALL}


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
