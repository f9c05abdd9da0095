"""What a recorder keeps of what a monitor says: real bytes in, rows out."""

import csv
import json
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest

from devices.masimo_ascii1 import MasimoAscii1
from devices.numeric import Generation, Numeric
from devices.table import DRIVERS
from monitor.recorder.loop import PURGE_EVERY_TICKS, UNCLAIMED_MS
from monitor.store.database import open_to_write
from monitor.store.writing import Batch, Reading, register_chair, register_source, write_ticks
from tests.conftest import ROOT, SHARED, Program
from tests.recorder.parts import EXCERPT, OXIMETER, ByHand, Plug, line

WHOLE = SHARED / "recordings" / "mimic3_numerics" / "s25047-2704-05-04-10-44n.csv"
CUFF = ("NIBP_sys", "NIBP_dia", "NIBP_mean")


def recorded(program: Program, device: str, speed: int, for_s: int) -> list[dict[str, Any]]:
    """Record through the real program; give what ``readings`` prints."""
    database = str(program.database)
    process = program.run(
        *("record", "--database", database, "--device", device),
        *("--speed", str(speed), "--for", str(for_s)),
    )
    assert process.wait(timeout=60) == 0, program.said()
    assert program.said() == ""
    printed = program.run("readings", "--database", database)
    assert printed.wait(timeout=20) == 0
    return [json.loads(words) for words in program.said().splitlines() if words]


def cuffs_of_the_file(path: Path, until_s: int) -> list[dict[str, float]]:
    """The cuff readings as the file has them, without the zeros that mean no value."""
    with path.open() as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["parameter"] in CUFF and float(row["t_seconds"]) < until_s
        ]
    found = []
    for _, together in groupby(rows, key=lambda row: row["t_seconds"]):
        values = {r["parameter"]: float(r["value"]) for r in together if float(r["value"]) > 0}
        if values:
            found.append(values)
    return found


def cuffs_of_the_store(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    cuffs = [row for row in rows if row["parameter"] in CUFF and row["value"] is not None]
    return [
        {row["parameter"]: row["value"] for row in together}
        for _, together in groupby(cuffs, key=lambda row: int(row["t_ms"]))
    ]


def check_recording(rows: list[dict[str, Any]], path: Path, until_s: int) -> None:
    assert cuffs_of_the_store(rows) == cuffs_of_the_file(path, until_s)
    assert not [row for row in rows if row["value"] == 0]
    assert {row["generation"] for row in rows} == {"simulated"}
    for row in rows:
        assert (row["value"] is None) == (row["validity"] not in ("valid", "questionable"))
        assert row["value"] is not None or row["reason"]
    keys = [(row["t_ms"], row["parameter"], row["source"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert [row["t_ms"] for row in rows] == sorted(row["t_ms"] for row in rows)


def reasons(rows: list[dict[str, Any]], parameter: str) -> set[str]:
    return {r["reason"] for r in rows if r["parameter"] == parameter and r["value"] is None}


def test_real_patient_is_recorded_cuff_by_cuff_with_its_gaps(program: Program) -> None:
    path = ROOT / EXCERPT
    rows = recorded(program, f"datex_dri=sim://datex_dri?recording={EXCERPT}", 60, 450)
    check_recording(rows, path, 450)
    # The file's zeros: the monitor had none, and says so.
    for parameter in ("HR", "PR", "SpO2"):
        assert reasons(rows, parameter) == {"no value"}
    assert {row["unit"] for row in rows if row["parameter"] == "SpO2"} == {"%"}


@pytest.mark.skipif(not WHOLE.exists(), reason="the whole recording is not on this computer")
def test_seventy_two_real_minutes_are_recorded(program: Program) -> None:
    rows = recorded(program, f"datex_dri=sim://datex_dri?recording={WHOLE}", 200, 4330)
    check_recording(rows, WHOLE, 4330)
    found = cuffs_of_the_store(rows)
    systolic = [cuff["NIBP_sys"] for cuff in found if "NIBP_sys" in cuff]
    assert (min(systolic) < 60, max(systolic)) == (True, 160)


def test_real_masimo_lines_are_recorded_as_the_driver_reads_them(program: Program) -> None:
    log = ROOT / "tests" / "logs" / "masimo_ascii1" / "rad8_states.raw"
    driver = MasimoAscii1()
    driver.connected(0)
    expected = [
        (x.parameter.value, x.value, x.validity.value, x.reason or None)
        for x in driver.receive(log.read_bytes(), 0)
    ]
    count = len(expected) // 2
    # One line every two seconds: thinning to one a second must not drop any.
    device = f"masimo_ascii1=replay://{log}?period_s=2"
    rows = recorded(program, device, 40, 2 * count + 12)
    assert {row["generation"] for row in rows} == {"replay"}
    for parameter in ("SpO2", "PR"):
        stored = [
            (row["parameter"], row["value"], row["validity"], row["reason"])
            for row in rows
            if row["parameter"] == parameter
        ]
        assert stored == [x for x in expected if x[0] == parameter]


def test_continuous_values_are_thinned_to_one_a_second(
    by_hand: Callable[..., ByHand], plug: Plug
) -> None:
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=5)

    def hear() -> object:
        for spo2 in (90, 91, 92):
            plug.send(line("0000000011", spo2=spo2))
        return recorder.rows("SELECT 1 WHERE (SELECT count(*) FROM reading) > 20")

    recorder.tick_until(hear)
    rows = recorder.rows("SELECT t_ms / 1000 FROM reading WHERE parameter = 3 ORDER BY t_ms")
    assert all(before < after for (before,), (after,) in pairwise(rows))


def test_a_burst_keeps_the_last_word_and_every_cuff_reading(database: Path) -> None:
    """Two cuff readings in one tick are two; five pulse rates of one second are the last."""
    recorder = ByHand(database, ("datex_dri=/dev/ttyNotThere",))
    link = recorder.recorder.chairs[0].links[0]
    at_ms = recorder.recorder.clock.now_ms() // 1000 * 1000
    hr, nibp = DRIVERS["datex_dri"].facts.parameters[0], None
    for parameter in DRIVERS["datex_dri"].facts.parameters:
        nibp = parameter if parameter.value == "NIBP_sys" else nibp
    assert nibp
    link._numerics.extend(Numeric(hr, 70.0 + i, at_ms + i) for i in range(5))
    link._numerics.extend(Numeric(nibp, 120.0 + i, at_ms + i) for i in range(2))
    recorder.tick()
    assert recorder.rows("SELECT value FROM reading ORDER BY parameter, t_ms") == [
        (74.0,),
        (120.0,),
        (121.0,),
    ]
    recorder.end()


class Demo(MasimoAscii1):
    """An oximeter in its demo mode."""

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        return [
            Numeric(x.parameter, x.value, x.t_ms, x.validity, x.reason, demo=True)
            for x in super().receive(data, t_ms)
        ]


def test_demo_flag_of_a_real_device_lowers_reading_and_session(
    by_hand: Callable[..., ByHand], plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DRIVERS, "masimo_ascii1", Demo)
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=20)

    def hear(many: int) -> object:
        plug.send(line("0000000011"))
        return recorder.rows("SELECT 1 WHERE (SELECT count(*) FROM reading) > ?", many)

    recorder.press("session_start", patient="P", second_identifier="1980")
    assert recorder.rows("SELECT generation FROM session") == [(int(Generation.REAL),)]
    recorder.tick_until(lambda: hear(2))
    assert recorder.rows("SELECT DISTINCT generation FROM reading") == [(2,)]
    assert recorder.rows("SELECT generation FROM session") == [(int(Generation.SIMULATED),)]
    recorder.press("session_end", session=1)
    # The next session claims what came since the last one ended: made up as well.
    recorder.tick_until(lambda: hear(6))
    recorder.press("session_start", patient="P-2", second_identifier="1981")
    assert recorder.rows("SELECT generation FROM session WHERE id = 2") == [(2,)]


def test_readings_that_nobody_claimed_for_a_day_are_purged(database: Path) -> None:
    recorder = ByHand(database, (OXIMETER,))
    now_ms = recorder.recorder.clock.now_ms()
    recorder.end()
    db = open_to_write(database)
    chair = register_chair(db, "Chair 1")
    source = register_source(db, chair, "old", "masimo_ascii1", "COM9", Generation.REAL, 1000)
    batch = Batch(PURGE_EVERY_TICKS, now_ms - 1000, 0)
    spo2 = DRIVERS["masimo_ascii1"].facts.parameters[0]
    batch.readings = [
        Reading(chair, source, Generation.REAL, Numeric(spo2, 97.0, now_ms - UNCLAIMED_MS + age_ms))
        for age_ms in (-60_000, -1, 3_600_000)
    ]
    write_ticks(db, [batch])
    db.close()
    again = ByHand(database, (OXIMETER,))
    again.tick()
    left = again.rows("SELECT t_ms FROM reading WHERE source = ?", source)
    assert left == [(now_ms - UNCLAIMED_MS + 3_600_000,)]
    ((actor, data),) = again.rows("SELECT actor, data FROM journal WHERE kind = 'purge'")
    assert actor == "recorder"
    assert json.loads(data)["readings"] == 2
    again.tick()  # its own entry needs no answer
    assert again.rows("SELECT count(*) FROM answer") == [(0,)]
    assert again.press("watch").accepted
    again.end()
