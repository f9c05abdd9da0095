"""``decode --session``: the kept raw bytes of a session through today's drivers."""

import argparse
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from devices.table import DRIVERS
from monitor.recorder.decoding import Compared, Difference, NothingKeptError, Value, compare
from monitor.store import sessions
from monitor.store.database import open_to_read, told

MOST_SHOWN = 20
KINDS = {
    "changed": "changed",
    "only_then": "only then",
    "only_now": "only now",
    "no_bytes": "no bytes",
}


def decode_session(path: Path, arguments: argparse.Namespace) -> int:
    """Compare then with now. 0: identical; 1: something differs or is missing; 2: cannot be."""
    db = open_to_read(path)
    with told(path):
        stored = sessions.one(db, arguments.session)
        if stored is None:
            print(f"There is no session {arguments.session}.", file=sys.stderr)
            return 2
        try:
            found = list(compare(db, path, stored.session, DRIVERS))
        except NothingKeptError as error:
            print(error, file=sys.stderr)
            return 2
        finally:
            db.close()
    for one in found:
        where = f"{stored.chair}, {one.source.name}"
        if arguments.json:
            _print_json(one)
        else:
            _print_table(where, one)
        for words in (*one.damage, *one.remarks):
            print(f"{where}: {words}.", file=sys.stderr)
    identical = all(one.identical for one in found)
    if not arguments.json:
        print("identical" if identical else "different")
    return 0 if identical else 1


def _print_table(where: str, one: Compared) -> None:
    print(f"{where} ({one.source.driver})")
    print(f"    {'':10}{'same':>9}" + "".join(f"{word:>11}" for word in KINDS.values()))
    counts = Counter((x.parameter, x.what) for x in one.differences)
    parameters = {*one.same, *(x.parameter for x in one.differences)}
    for parameter in sorted(parameters, key=lambda p: p.value):
        print(
            f"    {parameter.value:10}{one.same.get(parameter, 0):9}"
            + "".join(f"{counts[parameter, what]:11}" for what in KINDS)
        )
    for x in one.differences[:MOST_SHOWN]:
        at = datetime.fromtimestamp(x.t_ms / 1000, UTC).isoformat(" ", "milliseconds")[:-6]
        print(f"    {at}Z {x.parameter.value}: {_words(x.then)} -> {_now(x)}")
    if len(one.differences) > MOST_SHOWN:
        print(f"    and {len(one.differences) - MOST_SHOWN} more: --json prints all")


def _now(x: Difference) -> str:
    return "no bytes are kept" if x.what == "no_bytes" else _words(x.now)


def _words(value: Value | None) -> str:
    if value is None:
        return "nothing"
    shown = "no value" if value.value is None else f"{value.value:g}"
    more = [value.reason] if value.reason else []
    more += [value.validity] if value.validity == "questionable" else []
    return f"{shown} ({', '.join(more)})" if more else shown


def _print_json(one: Compared) -> None:
    for x in one.differences:
        print(
            json.dumps(
                {
                    "source": one.source.name,
                    "driver": one.source.driver,
                    "parameter": x.parameter.value,
                    "unit": x.parameter.unit,
                    "t_ms": x.t_ms,
                    "what": x.what,
                    "then": _row(x.then),
                    "now": _row(x.now),
                }
            )
        )


def _row(value: Value | None) -> dict[str, object] | None:
    if value is None:
        return None
    return {
        "value": value.value,
        "validity": value.validity,
        "reason": value.reason or None,
        "generation": value.generation,
    }
