"""The same live screen in Dash and NiceGUI, beside ours in one run.

They are installed into an environment of their own, from bench/peers-requirements.txt. Both ask
the database five times a second and only add new points to their chart: their best way, not
their slowest. Data, history, thinning, numerals and rows are the same.
"""

import subprocess
import sys
from pathlib import Path

from bench import live
from bench.glass import Screen, glass
from bench.processes import BenchError, free_port
from bench.report import RESULTS, Result, say
from bench.stage import Stage, stage

FOLDER = RESULTS / "peers-venv"
REQUIREMENTS = Path(__file__).parent / "peers-requirements.txt"
PEERS = {"dash": "#HR", "nicegui": ".numeral-HR"}
INSTALL_S = 600


def run(seconds: float) -> Result:
    """Look at each for ``seconds`` in all, in turns."""
    result = Result("peers", seconds)
    python = installed()
    with stage() as at, glass() as tab:
        ours, _ = at.ours()
        screens = [ours, *(_serve(at, python, name) for name in PEERS)]
        at.write(live.PERIOD_S)
        found = live.in_turns(at, tab, screens, seconds, result)
        result.notes.append(f"Chromium {tab.version()}, 3 h of history, 1 viewer")
        pinned = REQUIREMENTS.read_text("utf-8").splitlines()
        result.notes.append(", ".join(line for line in pinned if line.startswith(tuple(PEERS))))
    result.rows = live.rows(found["ours"], {name: found[name] for name in PEERS})
    return result


def _serve(at: Stage, python: Path, name: str) -> Screen:
    port = free_port()
    command = [str(python), "-m", f"bench.apps.{name}_peer", str(port)]
    at.processes.serve(command, port, "/", {"BENCH_DATABASE": str(at.database)})
    return Screen(name, f"http://127.0.0.1:{port}/", PEERS[name], ribbon=False)


def installed() -> Path:
    """The Python that has the peers; made anew where their list has changed."""
    python = FOLDER / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    wanted, stamp = REQUIREMENTS.read_text("utf-8"), FOLDER / "installed.txt"
    if python.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    say("peers: installing them into an environment of their own")
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(FOLDER)],
        [str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)],
    )
    for step in steps:
        try:
            subprocess.run(step, check=True, timeout=INSTALL_S, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError) as error:
            raise BenchError(f"The peers could not be installed: {error}") from error
    stamp.write_text(wanted, "utf-8")
    return python
