"""Keeps the raw bytes of every source, in files beside the database.

The loop calls it after each tick is stored. It never stops recording: what cannot be written is
said once, stored as a notice, and readings and alarms go on; each minute it is tried again. Nothing
is forced to the disk (no fsync): the readings are what must not be lost, raw bytes of a few seconds
may be.
"""

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from monitor import __version__
from monitor.recorder.link import Link
from monitor.store import current, raw
from monitor.store.database import StoreError
from monitor.store.raw import Segment
from monitor.store.raw_format import Kind, Record, facts_block, records_block
from monitor.store.writing import Batch

FLUSH_TICKS = 5  # what a killed recorder loses at most, in seconds; sources take turns
FLUSH_BYTES = 65536
SEGMENT_MS = 3_600_000
SEGMENT_BYTES = 16_000_000
CHECK_TICKS = 60  # how often room is looked for, and a failed disk tried again
# Our choice: a source takes 0.15 MB (Masimo, DRI) to 1 MB (Nonin, 75 frames a second) an hour, so
# this is years of a clinic's sessions.
MOST_BYTES = 20_000_000_000
# The readings of months fit into this; `doctor` warns below it, too.
FREE_BYTES = 1_000_000_000


@dataclass
class Tape:
    """What one source brought and is not written yet, and the segment that it goes to."""

    chair: int
    link: Link
    facts: dict[str, Any]
    waiting: list[Record] = field(default_factory=list)
    waiting_bytes: int = 0
    sequence: int = 0
    segment: Segment | None = None
    opening: str | None = None
    digest: Any = None

    def fill(self) -> None:
        """Take what the link brought."""
        records = self.link.take_records()
        self.waiting += records
        self.waiting_bytes += sum(len(record.data) + 9 for record in records)

    def drop(self) -> None:
        """Give up what waits; the jump in the sequence says so to whoever reads."""
        if self.waiting:
            self.waiting, self.waiting_bytes = [], 0
            self.sequence += 1


@dataclass
class Archive:
    """The folder of raw segments, as one recorder writes it.

    ``segments`` and ``notices`` are what the next tick is to store of it.
    """

    folder: Path
    say: Callable[[str], None]
    database: str
    most_bytes: int = MOST_BYTES
    free_bytes: int = FREE_BYTES
    tapes: list[Tape] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    life: str = field(default_factory=lambda: str(uuid.uuid4()))
    kept_bytes: int = 0
    stopped: bool = False
    _told: str = ""
    _checked: bool = False

    def add(self, chair: int, name: str, driver: str, url: str, link: Link) -> None:
        """Keep what this link brings."""
        facts = {
            "database": self.database,
            "recorder": __version__,
            "life": self.life,
            "chair": chair,
            "source": link.source,
            "name": name,
            "driver": driver,
            "url": url,
            "line": asdict(link.driver.facts.line),
        }
        self.tapes.append(Tape(chair, link, facts))

    def take_up(self, db: Database) -> None:
        """Finish what a recorder before left unfinished, and files that it had no time to name.

        Raises StoreError where the database cannot be written.
        """
        self.kept_bytes = raw.bytes_kept(db)
        left = raw.unfinished(db)
        known = raw.files(db)
        try:
            if self.folder.is_dir():
                for path in self.folder.glob(f"*{raw.SUFFIX}"):
                    if path.name not in known:
                        found = raw.left_behind(self.folder, path.name, self.database)
                        left += [found] if found else []
            finished = [raw.measured(self.folder, segment) for segment in left]
        except OSError as error:
            self._stop(f"{self.folder} cannot be read: {error.strerror}")
            return
        if finished:
            raw.finish_segments(db, finished)
        self.kept_bytes = raw.bytes_kept(db)

    def keep(self, db: Database, tick: int, now_ms: int) -> None:
        """Take what the links brought, and write what is due. Never raises for a full disk."""
        for tape in self.tapes:
            tape.fill()
        if not self._checked or tick % CHECK_TICKS == 0:
            self._checked = True
            self._check(db, now_ms)
        for tape in self.tapes:
            if self.stopped:
                tape.drop()
            elif (tick + tape.link.source) % FLUSH_TICKS == 0 or tape.waiting_bytes > FLUSH_BYTES:
                self._flush(tape)

    def tell(self, batch: Batch) -> None:
        """Store with this tick what became of the raw bytes since the last."""
        batch.notices += self.notices
        batch.segments += self.segments
        self.notices, self.segments = [], []

    def end(self) -> None:
        """Write all that waits and finish every segment: the recorder ends."""
        for tape in self.tapes:
            tape.fill()
            if not self.stopped:
                self._flush(tape)
        for tape in self.tapes:
            self._finish(tape)

    def purge(self, db: Database, before_ms: int, now_ms: int) -> None:
        """Delete what no session needs and what ended before a time. Raises StoreError."""
        raw.claim(db)
        self._delete(db, raw.unclaimed(db, before_ms), "unclaimed", now_ms)

    def _delete(self, db: Database, segments: Sequence[Segment], why: str, now_ms: int) -> None:
        gone = []
        for segment in segments:
            try:
                (self.folder / segment.file).unlink(missing_ok=True)
            except OSError as error:
                self._tell(f"{segment.file} cannot be deleted: {error.strerror}")
                break
            gone.append(segment)
        if gone:
            raw.forget(db, gone, why, now_ms)
            self.kept_bytes = raw.bytes_kept(db) + sum(
                tape.segment.bytes for tape in self.tapes if tape.segment
            )

    def _check(self, db: Database, now_ms: int) -> None:
        """See that there is room; else make some; else stop until there is."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lacks, why = self._lacks()
            if lacks:
                raw.claim(db)
                self._delete(db, self._oldest(raw.unclaimed(db), lacks), why, now_ms)
                lacks, why = self._lacks()
        except OSError as error:
            self._stop(f"{self.folder} cannot be used: {error.strerror}")
        except StoreError as error:
            self._stop(str(error).rstrip("."))
        else:
            if lacks:
                self._stop(why)
            else:
                self.stopped = False

    def _lacks(self) -> tuple[int, str]:
        """How many bytes should be freed, and why; 0 where there is room."""
        # Once stopped, there must be some room more: no going to and fro.
        most = self.most_bytes * 9 // 10 if self.stopped else self.most_bytes
        floor = self.free_bytes * 11 // 10 if self.stopped else self.free_bytes
        if self.kept_bytes > most:
            return self.kept_bytes - most, f"they reached their bound of {_size(self.most_bytes)}"
        free = shutil.disk_usage(self.folder).free
        if free < floor:
            return floor - free, f"less than {_size(self.free_bytes)} of the disk is free"
        return 0, ""

    @staticmethod
    def _oldest(segments: Sequence[Segment], lacks: int) -> list[Segment]:
        """The oldest that together free as much as is lacking."""
        chosen = []
        for segment in segments:
            if lacks <= 0:
                break
            chosen.append(segment)
            lacks -= segment.bytes
        return chosen

    def _flush(self, tape: Tape) -> None:
        """Write what waits as one block."""
        if not tape.waiting:
            return
        try:
            self._write(tape, records_block(tape.sequence, tape.waiting))
        except OSError as error:
            self._stop(f"{self.folder} cannot be written: {error.strerror}")
            return
        assert tape.segment
        last_ms = tape.waiting[-1].t_ms
        if any(record.kind == Kind.BEGUN for record in tape.waiting):
            tape.opening = tape.segment.file
        tape.waiting, tape.waiting_bytes = [], 0
        tape.sequence += 1
        tape.segment = replace(tape.segment, to_ms=last_ms)
        if self._told:
            self._told = ""
            self._note("Raw bytes are kept again.")
        full = tape.segment.bytes > SEGMENT_BYTES
        if full or last_ms - tape.segment.from_ms >= SEGMENT_MS:
            self._finish(tape)

    def _write(self, tape: Tape, block: bytes) -> None:
        if tape.segment is None:
            self._begin(tape)
        segment = tape.segment
        assert segment
        path = self.folder / segment.file
        # Opened anew each time: a file that was deleted meanwhile is missed, and said.
        with path.open("r+b", buffering=0) as file:
            file.seek(segment.bytes)
            try:
                _write_whole(file, block)
            except OSError:
                with suppress(OSError):  # half a block is refused by whoever reads
                    file.truncate(segment.bytes)
                raise
        tape.digest.update(block)
        tape.segment = replace(segment, bytes=segment.bytes + len(block))
        self.kept_bytes += len(block)

    def _begin(self, tape: Tape) -> None:
        """Make a new file; its row is stored with the next tick."""
        from_ms = tape.waiting[0].t_ms
        at = datetime.fromtimestamp(from_ms / 1000, UTC)
        stem = f"{tape.link.source:04d}-{at:%Y%m%dT%H%M%S}{from_ms % 1000:03d}"
        path = self.folder / f"{stem}{raw.SUFFIX}"
        if path.exists():  # of a life whose last ticks were never stored
            path = self.folder / f"{stem}-{self.life[:8]}{raw.SUFFIX}"
        head = facts_block(tape.facts, from_ms)
        try:
            with path.open("xb", buffering=0) as file:
                _write_whole(file, head)
        except OSError:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
        opening = path.name if tape.waiting[0].kind == Kind.BEGUN else tape.opening
        tape.segment = Segment(
            path.name,
            tape.chair,
            tape.link.source,
            self.life,
            opening,
            from_ms,
            None,
            len(head),
            None,
        )
        tape.digest = hashlib.sha256(head)
        self.segments.append(tape.segment)
        self.kept_bytes += len(head) + raw.FILE_COSTS

    def _finish(self, tape: Tape) -> None:
        segment, tape.segment = tape.segment, None
        if segment:
            to_ms = segment.from_ms if segment.to_ms is None else segment.to_ms
            digest = tape.digest.hexdigest()
            self.segments.append(replace(segment, to_ms=to_ms, sha256=digest))

    def _stop(self, why: str) -> None:
        """Keep nothing until there is room; say it once."""
        self.stopped = True
        for tape in self.tapes:
            self._finish(tape)
            tape.drop()
        self._tell(why)

    def _tell(self, why: str) -> None:
        if not self._told:
            self._told = why
            self._note(f"Raw bytes are not kept now: {why}. Readings and alarms go on.")

    def _note(self, words: str) -> None:
        self.say(words)
        self.notices.append(("raw", words))


def archive_of(db: Database, path: Path, say: Callable[[str], None]) -> Archive:
    """The archive beside a database."""
    return Archive(raw.folder_of(path), say, current.facts(db)["database"])


def _write_whole(file: RawIOBase, data: bytes) -> None:
    if file.write(data) != len(data):  # a full disk takes a part, and complains at the next
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _size(count: int) -> str:
    return f"{count / 1e9:g} GB" if count >= 1e8 else f"{count / 1e3:g} kB"
