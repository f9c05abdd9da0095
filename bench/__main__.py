"""``python -m bench [PART] [--json] [--seconds N]``; PARTS names the parts.

Without a part: all but the peers, one after the other. Prints and saves a table. The figures
gate nothing: the exit code is 0 if the parts ran.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable

from bench import alarms, board, browser, decode, live, peers, recorder, review, viewers
from bench.processes import BenchError
from bench.report import Result, machine, save, say, table

PARTS: dict[str, Callable[[float], Result]] = {
    "live": live.run,
    "viewers": viewers.run,
    "board": board.run,
    "browser": browser.run,
    "recorder": recorder.run,
    "mixed": recorder.run_mixed,
    "decode": decode.run,
    "alarms": alarms.run,
    "review": review.run,
    "peers": peers.run,
}
USUAL = [part for part in PARTS if part != "peers"]
MOST_SECONDS = 3600.0


def main(arguments: list[str] | None = None) -> int:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and cost.")
    parser.add_argument("part", nargs="?", choices=list(PARTS), help="all but peers without it")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--seconds", type=_seconds, default=60.0, help="how long each is measured")
    given = parser.parse_args(arguments)
    on = machine()
    results, failed = [], False
    for part in [given.part] if given.part else USUAL:
        began_s = time.monotonic()
        try:
            result = PARTS[part](given.seconds)
        except BenchError as error:
            say(f"{part} did not run: {error}")
            failed = True
            continue
        result.took_s = time.monotonic() - began_s
        results.append(result)
    run = save(results, on)
    print(json.dumps(run, indent=1, ensure_ascii=False) if given.json else table(results))
    return 1 if failed else 0


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MOST_SECONDS:g}")
    return value


if __name__ == "__main__":
    sys.exit(main())
