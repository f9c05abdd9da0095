"""``devices``, ``decode``, ``readings``, ``sessions``, ``export``, ``notes``, ``doctor``: print."""

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from devices.numeric import Generation
from devices.port import ports_found
from devices.table import DRIVERS
from monitor import __version__
from monitor.clinic import ClinicError
from monitor.command import places
from monitor.command.redecoding import decode_session
from monitor.exports.csv import ENCODING, write_csv
from monitor.exports.notes import write_notes
from monitor.store import current, patients, sessions
from monitor.store.database import (
    StoreError,
    damage,
    open_to_read,
    sqlite_is_fixed,
    sqlite_version,
    told,
)

Row = dict[str, Any]

USED = ("streamlit", "pandas", "plotly", "pyserial", "sqlite-utils")
LOW_DISK_BYTES = 1_000_000_000  # our choice: weeks of recording


def devices(_arguments: argparse.Namespace) -> int:
    """List the drivers, and the serial ports of this computer."""
    for name, driver in sorted(DRIVERS.items()):
        facts = driver.facts
        line = facts.line
        print(f"{name}: {facts.maker} {', '.join(facts.models)}")
        print(f"    parameters {', '.join(p.value for p in facts.parameters)}")
        print(
            f"    line {line.baudrate} {line.bytesize}{line.parity}{line.stopbits},"
            f" checksum {facts.checksum or 'none'}, evidence {', '.join(facts.evidence)}"
        )
    ports = ports_found()
    print("Ports:" if ports else "Ports: none found")
    for port in ports:
        binding = f"usb://{port.serial_number}" if port.serial_number else ""
        if not binding and port.location:
            binding = f"usb://path/{port.location}"
        print(f"    {port.device}  {port.description}  {binding}".rstrip())
    return 0


def decode(arguments: argparse.Namespace) -> int:
    """Decode a file of raw bytes: one JSON object a line; or a session again, then and now."""
    if arguments.session is not None:
        if arguments.driver is not None:
            return _sorry("Give either DRIVER and FILE, or --session ID.")
        return decode_session(database_of(arguments), arguments)
    if arguments.file is None:
        return _sorry("Give DRIVER and FILE, or --session ID.")
    if arguments.driver not in DRIVERS:
        return _sorry(f"There is no driver {arguments.driver!r}: see `python -m monitor devices`.")
    driver = DRIVERS[arguments.driver]()
    try:
        with Path(arguments.file).open("rb") as file:
            driver.connected(0)
            while data := file.read(65536):
                for x in driver.receive(data, 0):
                    print(
                        json.dumps(
                            {
                                "parameter": x.parameter.value,
                                "value": x.value,
                                "unit": x.parameter.unit,
                                "validity": x.validity.value,
                                "reason": x.reason,
                                "demo": x.demo,
                            }
                        )
                    )
    except OSError as error:
        return _sorry(f"The file {arguments.file} cannot be read: {error.strerror}.")
    print(f"{driver.accepted} frames accepted, {driver.refused} refused", file=sys.stderr)
    if driver.trouble:
        print(driver.trouble, file=sys.stderr)
    return 0


def readings(arguments: argparse.Namespace) -> int:
    """Print stored readings as JSON lines, oldest first."""
    path = database_of(arguments)
    db = open_to_read(path)
    if arguments.session is not None and sessions.one(db, arguments.session) is None:
        return _sorry(f"There is no session {arguments.session}.")
    for row in _each(path, sessions.all_readings(db, arguments.session)):
        print(json.dumps(row))
    return 0


def list_sessions(arguments: argparse.Namespace) -> int:
    """Print the sessions as JSON lines, newest first."""
    path = database_of(arguments)
    db = open_to_read(path)
    with told(path):
        listed = sessions.listed(db)
    for x in listed:
        print(
            json.dumps(
                {
                    "session": x.session.id,
                    "chair": x.chair,
                    "patient": x.session.patient,
                    "started": _iso(x.session.started_ms),
                    "ended": _iso(x.session.ended_ms) if x.session.ended_ms else None,
                    "generation": Generation(x.generation).word,
                }
            )
        )
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write one session as CSV to stdout or a file."""
    path = database_of(arguments)
    db = open_to_read(path)
    with told(path):
        stored = sessions.one(db, arguments.session)
        text = write_csv(db, stored) if stored else ""
    if stored is None:
        return _sorry(f"There is no session {arguments.session}.")
    if not arguments.output:
        sys.stdout.write(text)
        return 0
    try:
        Path(arguments.output).write_text(text, encoding=ENCODING, newline="")
    except OSError as error:
        return _sorry(f"The file {arguments.output} cannot be written: {error.strerror}.")
    return 0


def notes(arguments: argparse.Namespace) -> int:
    """Print the therapist's notes on one session, which no other command gives."""
    path = database_of(arguments)
    db = open_to_read(path)
    with told(path):
        stored = sessions.one(db, arguments.session)
        held = patients.notes_of(db, arguments.session)
    if stored is None:
        return _sorry(f"There is no session {arguments.session}.")
    sys.stdout.write(write_notes(stored, held))
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Say what is in use, and warn of what is wrong. Exit code 1 where something is."""
    troubles = list(_doctor(database_of(arguments)))
    for trouble in troubles:
        print(f"WARNING: {trouble}")
    print("Nothing to warn of." if not troubles else f"{len(troubles)} warning(s).")
    return 1 if troubles else 0


def _doctor(database: Path) -> Iterator[str]:
    print(f"Chairside {__version__}, Python {platform.python_version()}, {platform.platform()}")
    print(", ".join(f"{name} {version(name)}" for name in USED))
    print(f"SQLite {sqlite_version()}")
    if not sqlite_is_fixed():
        yield (
            f"SQLite {sqlite_version()} can lose committed rows in rare cases (fixed in 3.51.3)."
            " Install the package pysqlite3, or a newer Python."
        )
    print(f"Time zone {places.local_time_zone()}")
    try:
        clinic = places.clinic()
        print(f"Clinic {clinic.name}: {len(clinic.chairs)} chair(s), {places.clinic_file()}")
    except ClinicError as error:
        if places.clinic_file().exists():
            yield str(error)
        else:
            print("No data/clinic.toml: the dashboard shows the demo.")
    where = database.parent if database.parent.exists() else places.ROOT
    free = shutil.disk_usage(where).free
    print(f"Disk {free / 1e9:.1f} GB free at {where}")
    if free < LOW_DISK_BYTES:
        yield "The disk is nearly full."
    if not database.exists():
        print(f"No database yet at {database}.")
        return
    try:
        db = open_to_read(database)
        with told(database):
            problem = damage(db)
            tick = current.last_tick(db)
        db.close()
    except StoreError as error:
        yield str(error)
        return
    if problem:
        yield f"The database {database} is damaged: {problem}. Restore a backup."
    last = _iso(tick.t_ms) if tick else "never"
    print(f"Database {database}, last written {last}")


def database_of(arguments: argparse.Namespace) -> Path:
    """The database that a command reads: the one named, the clinic's, else the demo's."""
    if arguments.database:
        return Path(arguments.database)
    if places.CLINIC_DATABASE.exists() or places.clinic_file().exists():
        return places.CLINIC_DATABASE
    return places.DEMO_DATABASE


def _each(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows one by one; what goes wrong with the database meanwhile is a StoreError."""
    waiting = iter(rows)
    while True:
        with told(path):
            row = next(waiting, None)
        if row is None:
            return
        yield row


def _iso(t_ms: int) -> str:
    return datetime.fromtimestamp(t_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2
