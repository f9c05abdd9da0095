"""The command line: ``python -m monitor COMMAND``."""

import argparse
import math
import os
import sys

from monitor.clinic import ClinicError
from monitor.command import listing, recording, serving
from monitor.command.whatif import whatif_command
from monitor.store.database import StoreError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give its exit code."""
    parsed = parser().parse_args(arguments)
    try:
        code = int(parsed.run(parsed))
        sys.stdout.flush()
        return code
    except (StoreError, ClinicError) as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read our lines has enough; what is left of them goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m monitor",
        description="Chairside: a supplementary display for infusion sessions."
        " Not a medical device.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="simulated chairs and the dashboard")
    demo.set_defaults(run=serving.demo)
    start = commands.add_parser("start", help="the clinic of data/clinic.toml and the dashboard")
    start.set_defaults(run=serving.start)
    for command in (demo, start):
        command.add_argument("--port", type=int, default=8501)
        command.add_argument("--no-browser", action="store_true", help="do not open a browser")
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="N times faster")

    record = commands.add_parser("record", help="the recorder alone")
    record.set_defaults(run=recording.record)
    record.add_argument(
        "--device",
        action="append",
        metavar="[CHAIR:]DRIVER=URL",
        help="a device instead of those of data/clinic.toml; may be repeated",
    )
    record.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="N times faster")
    record.add_argument(
        "--for", dest="for_s", type=_speed, metavar="SECONDS", help="end after so long"
    )
    for command in (start, record):
        command.add_argument(
            "--clinic", metavar="FILE", help="the clinic's file instead of data/clinic.toml"
        )
    record.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)

    devices = commands.add_parser("devices", help="the drivers, and the ports of this computer")
    devices.set_defaults(run=listing.devices)
    decode = commands.add_parser(
        "decode", help="raw bytes to values: of a file, or of a session again"
    )
    decode.set_defaults(run=listing.decode)
    decode.add_argument("driver", metavar="DRIVER", nargs="?")
    decode.add_argument("file", metavar="FILE", nargs="?")
    decode.add_argument("--session", type=int, metavar="ID", help="compare then with now")
    decode.add_argument("--json", action="store_true", help="a session's differences as JSON lines")
    readings = commands.add_parser("readings", help="stored readings as JSON lines")
    readings.set_defaults(run=listing.readings)
    readings.add_argument("--session", type=int, metavar="ID")
    sessions = commands.add_parser("sessions", help="the sessions as JSON lines")
    sessions.set_defaults(run=listing.list_sessions)
    export = commands.add_parser("export", help="one session as CSV")
    export.set_defaults(run=listing.export)
    export.add_argument("session", type=int, metavar="ID")
    export.add_argument("--output", metavar="FILE")
    notes = commands.add_parser("notes", help="the therapist's notes on one session, kept apart")
    notes.set_defaults(run=listing.notes)
    notes.add_argument("--session", type=int, metavar="ID", required=True)
    whatif = commands.add_parser("whatif", help="the alarms that other limits would have given")
    whatif.set_defaults(run=whatif_command)
    of = whatif.add_mutually_exclusive_group(required=True)
    of.add_argument("--recording", metavar="FILE", help="t_seconds,parameter,value,unit as CSV")
    of.add_argument("--session", type=int, metavar="ID", help="a stored session")
    whatif.add_argument("--limits", metavar="FILE", help="a preset instead of the present one")
    whatif.add_argument(
        "--set", action="append", metavar="SpO2.medium.low=88", help="one limit; may be repeated"
    )
    whatif.add_argument(
        "--baseline", action="append", metavar="HR=72", help="of a recording; may be repeated"
    )
    whatif.add_argument("--json", action="store_true", help="each transition as a JSON line")
    doctor = commands.add_parser("doctor", help="what is in use, and what is wrong with it")
    doctor.set_defaults(run=listing.doctor)
    for command in (demo, start, record, decode, readings, sessions, export, notes, whatif, doctor):
        command.add_argument("--database", metavar="FILE")
    return top


def _speed(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above zero")
    return value


if __name__ == "__main__":
    sys.exit(main())
