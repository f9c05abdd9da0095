"""``whatif``: the alarms that limits would have given, on a recording or a stored session."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sqlite_utils import Database

from devices.driver import PortError
from devices.numeric import Parameter
from devices.virtual.recording import Rows, read_rows
from monitor.alarms.limits import LimitsError
from monitor.alarms.presets import Preset, read_preset
from monitor.alarms.presses import baseline_of
from monitor.command.listing import database_of
from monitor.command.places import LIMITS
from monitor.review import whatif
from monitor.review.replay import replay
from monitor.review.whatif import Told
from monitor.store import sessions
from monitor.store.database import open_to_read

Change = Callable[[Preset], Preset]


def whatif_command(arguments: argparse.Namespace) -> int:
    """Print each transition, and what the limits that were given change."""
    try:
        change = _change(arguments)
        if arguments.recording:
            rows = read_rows(arguments.recording)
            shipped, baseline = read_preset(LIMITS), _baseline(arguments.baseline)
            before = _of_recording(rows, shipped, baseline) if change else None
            after = _of_recording(rows, change(shipped) if change else shipped, baseline)
        else:
            db = open_to_read(database_of(arguments))
            if sessions.one(db, arguments.session) is None:
                return _sorry(f"There is no session {arguments.session}.")
            before = _of_session(db, arguments.session, None) if change else None
            after = _of_session(db, arguments.session, change)
    except (LimitsError, PortError) as error:
        return _sorry(str(error))
    told = list(_printed(after, arguments.json))
    now = whatif.count(told)
    if before is not None:
        sentence = whatif.comparison(whatif.count(before), now)
    else:
        by = ", ".join(f"{n} {priority.word}" for priority, n in now.by_priority.items() if n)
        sentence = f"{now.alarms} alarms{f' ({by})' if by else ''}"
    print(sentence, file=sys.stderr if arguments.json else sys.stdout)
    return 0


def _printed(told: Iterable[Told], as_json: bool) -> Iterator[Told]:
    """Print each transition as it comes."""
    for x in told:
        line = x.line()
        if as_json:
            print(json.dumps(line))
        else:
            print(f"{line['t_s']:>10.0f} s  {line['priority']:<6}  {line['state']:<12}", end="  ")
            print(f"{line['condition']:<24}  {line['text']}")
        yield x


def _change(arguments: argparse.Namespace) -> Change | None:
    """What ``--limits`` and ``--set`` make of a preset; None where neither is given."""
    if not arguments.limits and not arguments.set:
        return None
    given = read_preset(Path(arguments.limits)) if arguments.limits else None

    def change(preset: Preset) -> Preset:
        preset = given or preset
        for setting in arguments.set or ():
            preset = whatif.changed(preset, setting)
        return preset

    return change


def _of_recording(rows: Rows, preset: Preset, baseline: dict[Parameter, float]) -> Iterator[Told]:
    return whatif.judge_recording(rows, preset, baseline)


def _of_session(db: Database, session: int, change: Change | None) -> Iterator[Told]:
    stored = sessions.one(db, session)
    began_ms = stored.session.started_ms if stored else 0
    for x in replay(db, session, change):
        yield Told((x.t_ms - began_ms) / 1000, x.transition)


def _baseline(settings: list[str] | None) -> dict[Parameter, float]:
    values: dict[str, object] = {}
    for setting in settings or ():
        name, _, text = setting.partition("=")
        try:
            values[name] = float(text)
        except ValueError:
            raise LimitsError(f"{setting!r} is not of the form HR=72.") from None
    return baseline_of({"values": values}) if values else {}


def _sorry(text: str) -> int:
    print(text, file=sys.stderr)
    return 2
