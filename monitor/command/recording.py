"""``record``: run the recorder in this process."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from monitor.alarms.limits import LimitsError
from monitor.alarms.presets import read_preset
from monitor.clinic import Clinic, ClinicError, clinic_from_options
from monitor.clock import wall_ms
from monitor.command import places
from monitor.recorder.demo import STARTS_BEFORE_S, DemoStaff, demo_clinic, script
from monitor.recorder.loop import LinkDiedError
from monitor.recorder.opening import RecorderHeldError, open_recorder
from monitor.recorder.supervision import BROKEN, HELD, REFUSED, stop_with_pipe
from monitor.store import current
from monitor.store.database import StoreError, open_to_read


def record(arguments: argparse.Namespace) -> int:
    """Record until stopped. Gives the exit code; a sentence on stderr says why it is not 0."""
    try:
        return _record(arguments)
    except (ClinicError, LimitsError, StoreError) as error:
        _say(str(error))
        return REFUSED
    except RecorderHeldError as error:
        _say(str(error))
        return HELD
    except LinkDiedError as error:  # its thread has printed where
        _say(str(error))
        return BROKEN


def _record(arguments: argparse.Namespace) -> int:
    demo = bool(arguments.demo)
    database = _database(arguments)
    begins = demo and not _was_written(database)  # a demo's recorder started again goes on
    recorder = open_recorder(
        database,
        _clinic(arguments),
        read_preset(places.LIMITS),
        rate=arguments.speed,
        say=_say,
        starts_before_s=STARTS_BEFORE_S if begins else 0,
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        recorder.stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if demo:
        stop_with_pipe(recorder.stopping, sys.stdin.buffer)
    if begins:
        recorder.before_tick = DemoStaff(script(places.regimens(), places.steps(), places.scales()))
        recorder.make_past(wall_ms)
        recorder.clock.set_rate(arguments.speed)
    recorder.serve(arguments.for_s)
    return 0


def _clinic(arguments: argparse.Namespace) -> Clinic:
    if arguments.demo:
        return demo_clinic(places.local_time_zone())
    if arguments.device:
        return clinic_from_options(arguments.device, places.DRIVER_NAMES, places.local_time_zone())
    return places.clinic(Path(arguments.clinic) if arguments.clinic else None)


def _database(arguments: argparse.Namespace) -> Path:
    if arguments.database:
        return Path(arguments.database)
    return places.DEMO_DATABASE if arguments.demo else places.CLINIC_DATABASE


def _was_written(database: Path) -> bool:
    if not database.exists():
        return False
    db = open_to_read(database)
    try:
        return current.last_tick(db) is not None
    finally:
        db.close()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
