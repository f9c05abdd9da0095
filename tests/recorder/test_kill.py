"""kill -9 at any moment: nothing acknowledged is lost, and no half tick is left."""

import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store.database import damage, open_to_read
from tests.conftest import ROOT

KILLS = 50


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_fifty_kills_lose_nothing_acknowledged_and_leave_no_half_tick(database: Path) -> None:
    nursery = subprocess.run(
        [sys.executable, "-m", "tests.recorder.nursery", str(database), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    announced: dict[int, tuple[int, ...]] = {}
    acknowledged: set[int] = set()
    for words in map(str.split, nursery.stdout.splitlines()):
        if words[0] == "begin":
            announced[int(words[1])] = tuple(map(int, words[2:]))
        elif words[0] == "done":
            acknowledged.add(int(words[1]))
    assert nursery.stdout.count("killed") == KILLS, nursery.stderr[-2000:]
    db = open_to_read(database)
    stored = {tick for (tick,) in db.execute("SELECT tick FROM tick").fetchall()}
    found = {
        table: dict(db.execute(f"SELECT tick, count(*) FROM {table} GROUP BY tick").fetchall())
        for table in ("reading", "alarm", "link")
    }
    times = [t for (t,) in db.execute("SELECT t_ms FROM tick ORDER BY tick").fetchall()]
    assert damage(db) is None
    db.close()
    assert len(acknowledged) > KILLS
    assert sum(sizes[0] for sizes in announced.values()) >= KILLS  # each life wrote readings
    assert acknowledged <= stored
    for number, table in enumerate(("reading", "alarm", "link")):
        sizes = {tick: announced[tick][number] for tick in announced if tick in stored}
        assert found[table] == {tick: size for tick, size in sizes.items() if size}, table
    assert times == sorted(set(times))
