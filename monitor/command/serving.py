"""``demo`` and ``start``: the dashboard, which keeps a recorder running beside it."""

import argparse
import os
import runpy
import sys

from monitor.clinic import ClinicError
from monitor.command import places


def demo(arguments: argparse.Namespace) -> int:
    """Serve the demo: simulated chairs, a database of its own."""
    return _serve("demo", arguments)


def start(arguments: argparse.Namespace) -> int:
    """Serve the clinic: recorder and dashboard from data/clinic.toml."""
    if arguments.clinic:
        os.environ[places.CLINIC_VARIABLE] = os.path.abspath(arguments.clinic)
    try:
        places.clinic()
    except ClinicError as error:
        print(error, file=sys.stderr)
        if not places.clinic_file().exists():
            print("data/README.md shows how to write one.", file=sys.stderr)
        return 2
    return _serve("clinic", arguments)


def _serve(mode: str, arguments: argparse.Namespace) -> int:
    """Become `streamlit run dashboard.py`: one process, so that what ends us ends the dashboard."""
    os.environ[places.MODE_VARIABLE] = mode
    if arguments.database:
        os.environ[places.DATABASE_VARIABLE] = os.path.abspath(arguments.database)
    os.environ[places.SPEED_VARIABLE] = str(getattr(arguments, "speed", 1.0))
    os.chdir(places.ROOT)
    if mode == "demo":
        if refused := places.place().error:
            print(refused, file=sys.stderr)
            return 2
        print("The demo begins anew: nothing is kept of one before.", flush=True)
    print(f"Chairside opens at http://127.0.0.1:{arguments.port} (Ctrl+C ends it)", flush=True)
    sys.argv = ["streamlit", "run", "dashboard.py", f"--server.port={arguments.port}"]
    if arguments.no_browser:
        sys.argv.append("--server.headless=true")
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0
