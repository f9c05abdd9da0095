"""Opening a recorder: the database for this process alone, and where the last one left off."""

from pathlib import Path

from filelock import FileLock, Timeout
from sqlite_utils import Database

from devices.numeric import Generation, Parameter
from devices.port import generation_of
from devices.table import DRIVERS
from monitor.alarms.presets import Preset
from monitor.chair import ChairState, SourceState
from monitor.clinic import Chair, Clinic
from monitor.clock import Clock
from monitor.recorder.chair import ServedChair
from monitor.recorder.host_sound import HostSound
from monitor.recorder.link import Link
from monitor.recorder.loop import Recorder, Say
from monitor.recorder.raw import Archive, archive_of
from monitor.session import by_hand
from monitor.store import current, writing
from monitor.store.database import StoreError, open_to_read, open_to_write
from monitor.store.restoring import restore


class RecorderHeldError(Exception):
    """Another recorder holds the database. The message says who."""


def open_recorder(
    path: Path,
    clinic: Clinic,
    preset: Preset,
    *,
    rate: float,
    say: Say,
    starts_before_s: float = 0,
) -> Recorder:
    """Take the database for this process, and take up where the last recorder left off.

    ``starts_before_s`` lets the clock start in the past (the demo's first minutes). Raises
    RecorderHeldError, StoreError.
    """
    lock = FileLock(f"{path}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise RecorderHeldError(_holder(path)) from None
    except OSError as error:
        raise StoreError(f"The database {path} cannot be locked: {error.strerror}.") from error
    try:
        db = open_to_write(path)
        tick = current.last_tick(db)
        not_before_ms = tick.t_ms + 1 if tick else 0
        at_ms = None
        if starts_before_s:
            at_ms = Clock.starting(0, 1).now_ms() - round(starts_before_s * 1000)
        clock = Clock.starting(not_before_ms, rate, at_ms)
        started_ms = clock.now_ms()
        archive = archive_of(db, path, say)
        archive.take_up(db)
        chairs = [
            _chair(db, chair, preset, clinic, clock, started_ms, archive) for chair in clinic.chairs
        ]
        chairs += _removed(db, clinic, preset, clock, started_ms, archive)
        recorder = Recorder(
            db=db,
            path=path,
            lock=lock,
            clock=clock,
            chairs=chairs,
            tick=tick.tick if tick else 0,
            journal=tick.journal if tick else 0,
            next_session=current.last_session_id(db) + 1,
            say=say,
            raw=archive,
            sound=HostSound(),
        )
        recorder.begin_run(started_ms)
    except BaseException:
        lock.release()
        raise
    return recorder


def _holder(path: Path) -> str:
    try:
        db = open_to_read(path)
        run = current.last_run(db)
        db.close()
    except StoreError:
        run = None
    who = f"process {run[0].process} on {run[0].host}" if run else "a process that just began"
    return f"Another recorder ({who}) already records to {path}. Stop that one first."


def _removed(
    db: Database, clinic: Clinic, preset: Preset, clock: Clock, started_ms: int, archive: Archive
) -> list[ServedChair]:
    """The chairs that the clinic's file names no more, so that it is stored that they are gone.

    They have no device; where one has an open session, its end can still be entered.
    """
    there = {chair.name for chair in clinic.chairs}
    gone = [name for name in current.all_chairs(db).values() if name not in there]
    chairs = [
        _chair(db, Chair(name, (), ()), preset, clinic, clock, started_ms, archive) for name in gone
    ]
    for chair in chairs:
        chair.removed = True
    return chairs


def _chair(
    db: Database,
    chair: Chair,
    preset: Preset,
    clinic: Clinic,
    clock: Clock,
    started_ms: int,
    archive: Archive,
) -> ServedChair:
    number = writing.register_chair(db, chair.name)
    sources: dict[int, SourceState] = {}
    links: list[Link] = []
    expected: list[Parameter] = list(chair.expect or ())
    for device in chair.devices:
        driver = DRIVERS[device.driver]()
        period_ms = round(driver.facts.period_s * 1000)
        if chair.expect is None:
            expected += [p for p in driver.facts.expected if p not in expected]
        source = writing.register_source(
            db,
            number,
            device.name,
            device.driver,
            device.url,
            generation_of(device.url),
            period_ms,
        )
        bound = current.bound_identity(db, source)
        link = Link(source, device.name, driver, device.url, clock, bound)
        archive.add(number, device.name, device.driver, device.url, link)
        links.append(link)
        gives = frozenset(driver.facts.parameters)
        sources[source] = SourceState(source, device.name, period_ms, started_ms, parameters=gives)
    key = (by_hand.NAME, by_hand.DRIVER, by_hand.URL)
    least = Generation.SIMULATED if chair.made_up else Generation.REAL
    hand = writing.register_source(db, number, *key, least, 0)
    state = ChairState(
        number, sources, tuple(expected), preset, started_ms, same_arm=chair.same_arm, hand=hand
    )
    restore(db, state, started_ms)
    return ServedChair(chair.name, links, state, clinic.time_zone, made_up=chair.made_up)
