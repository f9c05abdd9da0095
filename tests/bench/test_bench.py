import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import decode, feeder, report, writer
from bench.glass import matched
from bench.recorder import lateness
from devices.table import DRIVERS
from tests.conftest import ROOT


def bench(folder: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "BENCH_RESULTS": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("part", "rows"),
    [
        ("review", ["opening one of 1"]),
        pytest.param(
            "recorder",
            ["CPU, 64 chairs, half DRI at 5 s, half Masimo at 1 Hz", "ticks late by"],
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals"),
        ),
    ],
)
def test_a_part_runs_and_says_what_it_found(part: str, rows: list[str], tmp_path: Path) -> None:
    run = bench(tmp_path, part, "--seconds", "1")
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".json", ".txt"]
    assert run["machine"]["cores"] >= 1
    (found,) = run["parts"]
    assert found["part"] == part
    assert found["seconds"] == 1
    assert found["others_percent"] >= 0
    said = {row["what"]: row for row in found["rows"]}
    for what in rows:
        assert set(said[what]) == {"what", "must_reach", "measured", "ratio", "values"}
        assert all(value is not None for value in said[what]["values"].values()), said[what]


def test_it_leaves_nothing_but_its_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    result = report.Result("live", 1, [report.Row("x", "y", "z", "", {"p50_ms": 1.5})])
    run = report.save([result], report.machine())
    kept = sorted((tmp_path / "results").iterdir())
    assert [path.suffix for path in kept] == [".json", ".txt"]
    assert json.loads(kept[0].read_text("utf-8")) == run
    assert str(Path.home()) not in kept[0].read_text("utf-8")


def test_a_part_that_is_not_there_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "tea"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 2


def test_percentiles_lie_between_neighbours() -> None:
    assert report.percentile([], 0.5) is None
    assert report.percentile([3, 1, 2], 0.5) == 2
    assert report.percentile([0, 100], 0.95) == 95


def test_a_value_is_found_on_the_glass_only_after_its_commit_and_once() -> None:
    commits = [writer.Commit(1, 61, 1000.0, 1001.0), writer.Commit(2, 62, 2000.0, 2001.0)]
    log = [
        (900.0, "numeral", [61.0]),  # an older value that happens to be the same
        (1050.0, "numeral", [61.0]),
        (1120.0, "chart", [61.0, 60.0]),
        (1900.0, "numeral", [61.0]),
    ]
    found = matched(commits, log, 0, 3000)
    assert (found.numeral, found.chart, found.missed) == ([50.0], [120.0], 1)


def test_the_earliest_tick_is_in_time_and_the_others_are_late_by_their_distance() -> None:
    assert lateness([(5, 5003), (6, 6000), (7, 7100)], 0) == [3.0, 0.0, 100.0]


def test_a_driver_decodes_so_many_bytes_a_second() -> None:
    stream = decode.played("nonin_format2")
    assert len(stream) >= decode.LEAST_BYTES
    measured = [decode.rate(DRIVERS["nonin_format2"], stream, 0.01) for _ in range(2)]
    assert all(rate > 0 for rate in measured)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_the_mixed_lines_have_every_driver_in_turn() -> None:
    names = sorted(DRIVERS)
    lines = feeder.lay(len(names) + 1, names)
    try:
        assert [line.driver for line in lines] == [*names, names[0]]
        assert len({line.name for line in lines}) == len(lines)
    finally:
        for line in lines:
            os.close(line.our_end)
