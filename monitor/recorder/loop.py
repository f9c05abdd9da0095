"""The recorder: one tick a second, one transaction a tick.

A dead reader thread or an error that nobody foresaw ends the process, loudly. A database that
cannot be written for a while does not: the ticks wait in memory, the screens see no heartbeat and
say NO DATA, and nothing is lost when there is room again.
"""

import json
import os
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from filelock import FileLock
from sqlite_utils import Database

from devices.numeric import Generation
from monitor import __version__
from monitor.alarms.limits import Priority
from monitor.alarms.situation import Host, Screens, room_of
from monitor.clock import Clock, StepWatch, boot_id
from monitor.recorder.chair import ServedChair
from monitor.recorder.host_sound import HostSound
from monitor.recorder.raw import Archive
from monitor.session.entries import MAX_WHOLE
from monitor.session.state import Visit
from monitor.session.visit import AFTERWARDS, Entry, fold
from monitor.store import current, raw, writing
from monitor.store.database import StoreError, made_up, told, version_of_data
from monitor.store.journal import accepted_of, entries_after, last_entry
from monitor.store.listening import listening_now
from monitor.store.writing import Batch, StoredAnswer

TICK_MS = 1000
LOOK_S = 0.2  # wall time between two looks for presses
KEEP_TICKS = 900  # ticks that wait in memory while the database cannot be written
UNCLAIMED_MS = 24 * 3_600_000
PURGE_EVERY_TICKS = 3600
REPORT_MS = 12_000  # a screen reports each 5 s; two may be lost on their way: our choice
ROOM_EVERY_TICKS = 10  # how often it is looked how full the disk is
LATE_MS = 3000  # a tick later than this is noted


class LinkDiedError(Exception):
    """A reader thread died of something that nobody foresaw."""


Say = Callable[[str], None]


@dataclass
class Recorder:
    """Everything that one process records. Make it with `open_recorder`."""

    db: Database
    path: Path
    lock: FileLock
    clock: Clock
    chairs: list[ServedChair]
    tick: int
    journal: int
    next_session: int
    say: Say
    raw: Archive
    sound: HostSound
    run_id: int = 0
    unsaved: list[Batch] = field(default_factory=list)
    before_tick: Callable[["Recorder", int], None] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    host: Host = field(default_factory=Host)
    _last_ms: int = 0
    _seen_version: int = 0
    _told: dict[int, str] = field(default_factory=dict)

    def serve(self, for_s: float | None = None) -> None:
        """Tick until stopped, or for so many seconds of the clock."""
        steps = StepWatch(self.clock)
        for chair in self.chairs:
            for link in chair.links:
                link.start()
        started_ms = due_ms = self.clock.now_ms()
        why = "an error"
        try:
            while not self.stopping.is_set():
                due_ms = max(due_ms + TICK_MS, self.clock.now_ms() - LATE_MS)
                while self._pressed_before(due_ms):
                    self.one_tick(due_ms, steps.step_ms())
                if self.stopping.is_set():
                    break
                self.one_tick(due_ms, steps.step_ms())
                if for_s is not None and due_ms - started_ms >= for_s * 1000:
                    break
            why = "stopped"
        except BaseException as error:
            why = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._end(why)

    def _pressed_before(self, due_ms: int) -> bool:
        """Wait for the next tick; True where a press asks for one before it is due.

        What one screen does shows on all of them within a second, so a press is not kept waiting
        for as long. Another program's write is seen by SQLite's own counter, which costs nothing.
        """
        while (left_s := self.clock.wall_s_until(due_ms)) > 0:
            if self.stopping.wait(min(left_s, LOOK_S)):
                return False
            if left_s > LOOK_S and not self.unsaved and self._press_waits():
                return True
        return False

    def _press_waits(self) -> bool:
        try:
            with told(self.path):
                version = version_of_data(self.db)
                if version == self._seen_version:
                    return False
                self._seen_version = version
                return last_entry(self.db) > self.journal
        except StoreError as error:
            self.say(str(error))
            return False

    def make_past(self, until: Callable[[], int]) -> None:
        """Record up to a time (which may move) without waiting for it: for virtual monitors only.

        Each step is a second of the clock: what the links' monitors say in it, then a tick. It does
        not depend on how fast the computer is.
        """
        links = [link for chair in self.chairs for link in chair.links]
        with made_up(self.db):
            while self.clock.now_ms() + TICK_MS <= until() and not self.stopping.is_set():
                self.clock.step(TICK_MS)
                for link in links:
                    link.step()
                self._tick(0)

    def one_tick(self, due_ms: int, step_ms: int) -> None:
        """Do what one tick does. ``step_ms`` is by how much the wall clock was set since."""
        self._links_alive()
        self._tick(step_ms)

    def _tick(self, step_ms: int) -> None:
        now_ms = max(self.clock.now_ms(), self._last_ms + 1)
        if self.before_tick:
            self.before_tick(self, now_ms)
        self.tick += 1
        batch = Batch(self.tick, now_ms, self.journal)
        self._look_at_host(batch, step_ms)
        if not self._last_ms:
            new = [chair for chair in self.chairs if chair.setting_is_new(self.db)]
            batch.settings += [(chair.id, chair.setting()) for chair in new]
        self._last_ms = now_ms
        self.raw.tell(batch)
        screens = self._screens(now_ms)
        for chair in self.chairs:
            chair.take(batch, self.host, screens[chair.id])
            self._tell_links(chair, batch)
        self._read_journal(batch)
        for chair in self.chairs:
            chair.judge(batch)
        self._ring(batch)
        self._save(batch)
        self.raw.keep(self.db, self.tick, now_ms)
        if self.tick % PURGE_EVERY_TICKS == 1:
            self._purge(now_ms)

    def _look_at_host(self, batch: Batch, step_ms: int) -> None:
        """Note a late tick, a clock that was set, and how full the disk is."""
        before, now_ms = self.host, batch.t_ms
        if step_ms:
            stepped_s = step_ms / 1000
            text = f"The computer's clock was set by {stepped_s:+.1f} s."
            batch.notices.append(("clock_step", text))
            self.host = replace(self.host, stepped_ms=now_ms, stepped_s=stepped_s)
        if self._last_ms and now_ms - self._last_ms > LATE_MS * max(1.0, self.clock.rate):
            late_s = (now_ms - self._last_ms) / 1000
            batch.notices.append(("late", f"The recorder did not run for {late_s:.1f} s."))
            self.host = replace(self.host, late_ms=now_ms, late_s=late_s)
        if self.tick % ROOM_EVERY_TICKS == 0 or not self._last_ms:  # a restart ends no alarm of it
            self.host = replace(self.host, room=room_of(shutil.disk_usage(self.path.parent).free))
        if self.host != before:
            batch.inputs.append((None, "host", json.dumps(asdict(self.host))))

    def _screens(self, now_ms: int) -> dict[int, Screens]:
        """What the screens of each chair can do, by their reports; as before where it is unknown.

        The recorder's own beginning counts as a report: the screens are given time to come.
        """
        within_ms = REPORT_MS * max(1.0, self.clock.rate)
        try:
            with told(self.path):
                found = listening_now(self.db, [chair.id for chair in self.chairs])
        except StoreError as error:
            self.say(str(error))
            return {chair.id: chair.state.screens for chair in self.chairs}
        states: dict[int, Screens] = {}
        for chair in self.chairs:
            seen_ms, heard_ms = (max(t, chair.state.since_ms) for t in found[chair.id])
            # A time ahead of ours is of a clock that is no more: nobody said it lately.
            heard, seen = (abs(now_ms - t) < within_ms for t in (heard_ms, seen_ms))
            states[chair.id] = "heard" if heard else "seen" if seen else "none"
        return states

    def _ring(self, batch: Batch) -> None:
        """Sound on this computer while real values come and no screen is in sight."""
        before = self.sound.trouble
        self.sound.look(
            any(
                x.condition == "nobody_listening" and x.priority > Priority.LOW
                for chair in self.chairs
                if any(link.generation is Generation.REAL for link in chair.links)
                for x in chair.state.engine.on.values()
                if x.acknowledged_by is None
            )
        )
        if self.sound.trouble != before:
            batch.notices.append(("host_sound", self.sound.trouble))

    def _links_alive(self) -> None:
        for chair in self.chairs:
            for link in chair.links:
                if link.failure or not link.is_alive():
                    raise LinkDiedError(
                        f"The reader of {link.label} on {chair.name} died: {link.failure!r}"
                    ) from link.failure

    def _tell_links(self, chair: ServedChair, batch: Batch) -> None:
        """Say once what keeps a link from its monitor; the screens have it from the store."""
        for link in chair.links:
            for change in batch.links:
                if change.source != link.source:
                    continue
                if change.state == "connected":
                    self._told.pop(change.source, None)
                elif change.detail and self._told.get(change.source) != change.detail:
                    self._told[change.source] = change.detail
                    words = "DIFFERENT MONITOR: " if change.state == "different" else ""
                    self.say(f"{chair.name}, {link.label}: {words}{change.detail}")

    def _read_journal(self, batch: Batch) -> None:
        if self.unsaved:
            return  # answers must not be given by what is not yet on the disk
        by_id = {chair.id: chair for chair in self.chairs}
        try:
            with told(self.path):
                entries = entries_after(self.db, self.journal)
        except StoreError as error:
            self.say(str(error))
            return
        # A press that was answered by half has changed what is not stored: that ends the recorder,
        # and the next one takes up what is stored, and answers it.
        with told(self.path):
            for entry in entries:
                if self._of_this_tick(entry, batch):
                    break  # the next tick finds stored what this one follows
                if entry.kind != "purge":
                    self._answer(by_id.get(entry.chair), entry, batch)
                self.journal = batch.journal = entry.id

    def _answer(self, chair: ServedChair | None, entry: Entry, batch: Batch) -> None:
        if chair is None:
            text = "This recorder does not serve that chair."
            batch.answers.append(StoredAnswer(entry.id, False, text, None))
            return
        before = chair.state.session
        number = entry.data.get("session") if entry.kind in AFTERWARDS else None
        if number is not None and (before is None or before.id != number):
            chair.answer_past(entry, self._past(chair, number), batch)
            return

        def worst(from_ms: int) -> Generation:
            return current.worst_generation(self.db, chair.id, from_ms)

        chair.answer(entry, self.next_session, worst, batch)
        if chair.state.session is not None and before is None:
            self.next_session += 1

    def _of_this_tick(self, entry: Entry, batch: Batch) -> bool:
        """It is of a session that is over, of which this very tick has answered another entry."""
        number = entry.data.get("session")
        open_now = [x.state.session.id for x in self.chairs if x.state.session is not None]
        if entry.kind not in AFTERWARDS or number is None or number in open_now:
            return False
        return any(x.session == number for x in batch.answers)

    def _past(self, chair: ServedChair, number: object) -> Visit | None:
        """A session of this chair that is over, as the store has it."""
        if type(number) is not int or not 0 < number <= MAX_WHOLE:
            return None
        stored = current.stored_session(self.db, number)
        if stored is None or stored[0].chair != chair.id:
            return None
        return fold(stored[0], accepted_of(self.db, number))

    def _save(self, batch: Batch) -> None:
        if not self.path.exists():  # what is written to a deleted file, nobody finds again
            raise StoreError(f"The database {self.path} is gone: it was deleted or moved.")
        self.unsaved.append(batch)
        try:
            writing.write_ticks(self.db, self.unsaved)
        except StoreError as error:
            if len(self.unsaved) == 1:
                self.say(f"{error} Readings wait in memory until it can be written again.")
            if len(self.unsaved) > KEEP_TICKS:
                raise
            return
        if len(self.unsaved) > 1:
            self.say(f"The database can be written again; {len(self.unsaved)} ticks were kept.")
        self.unsaved.clear()

    def _purge(self, now_ms: int) -> None:
        for chair in self.chairs:
            try:
                writing.purge_unclaimed(self.db, chair.id, now_ms - UNCLAIMED_MS, now_ms)
            except StoreError as error:
                self.say(str(error))
        try:
            self.raw.purge(self.db, now_ms - UNCLAIMED_MS, now_ms)
        except StoreError as error:
            self.say(str(error))

    def begin_run(self, started_ms: int) -> None:
        """Store that this recorder begins, and by which clock; its first tick comes next."""
        anchor = self.clock.anchor
        self.run_id = writing.begin_run(
            self.db,
            writing.Run(
                __version__,
                os.getpid(),
                socket.gethostname(),
                self.tick + 1,
                started_ms,
                anchor.utc_ms,
                anchor.boot_ns,
                boot_id(),
                anchor.rate,
            ),
        )

    def _end(self, why: str) -> None:
        links = [link for chair in self.chairs for link in chair.links]
        for link in links:
            link.stop()
        for link in links:
            link.join(timeout=2)
        self.raw.end()
        try:
            if self.unsaved:
                writing.write_ticks(self.db, self.unsaved)
            raw.finish_segments(self.db, self.raw.segments)
            writing.end_run(self.db, self.run_id, self.clock.now_ms(), why)
        except StoreError as error:
            self.say(str(error))
        finally:
            self.db.close()
            self.lock.release()
