"""One recorder at a time, and the next takes up where the last one left off."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the library it chose

from devices.numeric import Generation, Parameter
from monitor.alarms import situation
from monitor.clock import wall_ms
from monitor.store import current, journal, sessions
from monitor.store.database import StoreError, open_to_read, open_to_write
from monitor.store.writing import Batch, write_ticks
from tests.conftest import Program, until
from tests.recorder.parts import CALM_DRI, OXIMETER, START, ByHand, answered, write

LOW = CALM_DRI + "&spo2=78"  # alone: no second SpO2 that could end the alarm meanwhile
OPEN = "SELECT occurrence FROM alarm WHERE condition = 'spo2_low' AND state = 'active'"


def test_second_recorder_is_refused_and_told_who_holds(program: Program) -> None:
    first = program.record(OXIMETER, speed=20)
    second = program.run("record", "--database", str(program.database), "--device", OXIMETER)
    assert second.wait(timeout=15) == 3
    said = program.said()
    assert f"Another recorder (process {first.pid} on " in said
    assert "Traceback" not in said
    before = program.ticks()
    until(lambda: program.ticks() > before + 5)
    assert program.end(first) == 0
    assert program.query("SELECT count(*), max(ended_why) FROM run") == [(1, "stopped")]


def test_killed_recorder_is_taken_up_with_session_alarms_and_cuff(program: Program) -> None:
    database = program.database
    first = program.record(LOW, speed=60)
    assert answered(database, write(database, "session_start", **START)).accepted
    until(lambda: program.query("SELECT 1 FROM reading WHERE episodic = 1 AND value > 0"))
    ((occurrence,),) = until(lambda: program.query(OPEN))
    entry = write(database, "acknowledge", "RN Ode", occurrence=occurrence)
    assert answered(database, entry).accepted
    program.end(first, signal.SIGKILL)
    last = program.ticks()

    second = program.record(LOW, speed=60)
    until(lambda: program.ticks() > last + 20)
    assert program.query(OPEN) == [(occurrence,)]  # the same one goes on
    db = open_to_read(database)
    (alarm,) = [x for x in current.open_alarms(db, 1) if x.id == occurrence]
    assert alarm.acknowledged_by == "RN Ode"
    stored = current.open_session(db, 1)
    assert stored
    assert stored[0].id == 1
    times = [t for (t,) in db.execute("SELECT t_ms FROM tick ORDER BY tick").fetchall()]
    assert times == sorted(set(times))
    db.close()
    assert answered(database, write(database, "session_end", session=1)).text == "Session ended."
    assert program.end(second) == 0
    assert program.query("SELECT ended_ms IS NULL FROM run ORDER BY id") == [(1,), (0,)]


def test_last_cuff_reading_is_known_after_a_restart(by_hand: Callable[..., ByHand]) -> None:
    first = by_hand(CALM_DRI, speed=120)
    first.tick_until(lambda: first.known(Parameter.NIBP_SYS))
    first.press("session_start", **START)
    first.tick_until(
        lambda: (x := first.known(Parameter.NIBP_SYS)) and x.value and x.validity.has_value
    )
    first.end()
    before = first.known(Parameter.NIBP_SYS)  # by then the cuff may measure anew
    assert before
    assert before.last
    again = by_hand(CALM_DRI, speed=1)
    again.tick()
    after = again.known(Parameter.NIBP_SYS)
    assert after
    assert after.last == before.last


def test_time_never_steps_back_behind_what_is_stored(by_hand: Callable[..., ByHand]) -> None:
    first = by_hand(OXIMETER)
    first.tick()
    path = first.path
    number = first.recorder.tick
    first.end()
    ahead_ms = wall_ms() + 3_600_000
    db = open_to_write(path)
    write_ticks(db, [Batch(number + 1, ahead_ms, 0)])
    db.close()
    again = by_hand(OXIMETER)
    again.tick()
    again.tick()
    times = again.rows("SELECT tick, t_ms FROM tick WHERE tick > ?", number)
    assert [t_ms - ahead_ms >= n for n, (_, t_ms) in enumerate(times)] == [True] * len(times)
    assert len({t_ms for _, t_ms in times}) == len(times) >= 3


def test_recorder_ends_by_itself_after_so_long(program: Program) -> None:
    process = program.run(
        *("record", "--database", str(program.database), "--device", OXIMETER),
        *("--speed", "50", "--for", "30"),
    )
    assert process.wait(timeout=20) == 0
    assert program.said() == ""
    ((first, last),) = program.query("SELECT min(t_ms), max(t_ms) FROM tick")
    assert 28_000 <= last - first <= 34_000
    assert program.query("SELECT ended_why FROM run") == [("stopped",)]


def test_sigterm_ends_in_order(program: Program) -> None:
    process = program.record(OXIMETER)
    assert program.end(process, signal.SIGTERM) == 0
    assert program.query("SELECT ended_why FROM run") == [("stopped",)]


def test_generation_of_the_chair_before_is_not_hidden_by_a_restart(
    by_hand: Callable[..., ByHand], tmp_path: Path
) -> None:
    """A session that claims simulated readings shows so, whatever is plugged in now."""
    first = by_hand(OXIMETER, speed=20)
    first.tick_until(lambda: first.rows("SELECT 1 FROM reading"))
    first.end()
    again = by_hand(f"masimo_ascii1={tmp_path / 'nothing'}")
    again.tick()
    assert again.press("session_start", **START).accepted
    ((claimed,),) = again.rows("SELECT count(*) FROM reading, session WHERE t_ms >= from_ms")
    assert claimed > 0
    assert again.rows("SELECT generation FROM session") == [(int(Generation.SIMULATED),)]


def test_chair_that_the_clinic_names_no_more_is_listed_until_its_session_ends(
    by_hand: Callable[..., ByHand],
) -> None:
    devices = (f"Chair 1:{OXIMETER.replace('?', '?spo2=80&')}", f"Chair 2:{OXIMETER}")
    first = by_hand(*devices, speed=40)
    first.press("session_start", **START)
    first.tick_until(lambda: current.open_alarms(first.recorder.db, 1))
    assert current.removed_chairs(first.recorder.db) == set()
    first.end()

    left = by_hand(devices[1])
    left.tick()
    db = left.recorder.db
    assert current.chairs(db) == {1: "Chair 1", 2: "Chair 2"}
    assert current.removed_chairs(db) == {1}
    assert current.setting(db, 1)["sources"] == []  # type: ignore[index]
    assert left.press("session_end", session=1).text == "Session ended."
    assert current.chairs(db) == {2: "Chair 2"}
    assert current.open_alarms(db, 1) == []
    assert len(sessions.listed(db)) == 1
    left.end()

    back = by_hand(*devices)
    back.tick()
    assert current.chairs(back.recorder.db) == {1: "Chair 1", 2: "Chair 2"}
    assert current.removed_chairs(back.recorder.db) == set()


def test_a_pause_what_is_off_and_changed_limits_survive_a_restart(
    by_hand: Callable[..., ByHand],
) -> None:
    first = by_hand(OXIMETER, speed=20)
    first.press("session_start", **START)
    limits = {"low": 80, "delay_s": 5}
    tier = {"parameter": "SpO2", "tier": "high"}
    assert first.press("limits", limits=limits, reason="agreed", **tier).accepted
    assert first.press("baseline", values={"HR": 72}).accepted
    assert first.press("alarm_off", scope="HR", reason="no ECG today").accepted
    assert first.press("audio_pause", seconds=120).accepted
    before = first.chair.engine.audio
    assert before.until_ms
    preset = first.chair.preset
    first.end()

    again = by_hand(OXIMETER, speed=20)
    assert again.chair.engine.audio == before
    assert set(again.chair.engine.off) == {"HR"}
    assert again.chair.preset == preset != again.chair.clinic
    assert again.chair.baseline == {Parameter.HR: 72}
    again.tick_until(lambda: again.chair.engine.audio.state == "on")
    assert again.recorder.clock.now_ms() >= before.until_ms


def test_an_alarm_of_the_full_disk_goes_on_over_a_restart(
    by_hand: Callable[..., ByHand], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(situation, "LITTLE_BYTES", 10**18)  # more than there ever is
    first = by_hand(OXIMETER)
    first.tick()
    (alarm,) = current.open_alarms(first.recorder.db, 1)
    assert alarm.condition == "disk_nearly_full"
    first.end()

    again = by_hand(OXIMETER)
    again.tick()
    assert [x.id for x in current.open_alarms(again.recorder.db, 1)] == [alarm.id]


def test_a_press_that_cannot_be_answered_whole_ends_the_recorder_and_is_answered_by_the_next(
    by_hand: Callable[..., ByHand], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Generation:
        raise sqlite3.OperationalError("disk I/O error")

    first = by_hand(OXIMETER)
    first.tick()
    entry = write(first.path, "session_start", **START)
    monkeypatch.setattr(current, "worst_generation", broken)
    with pytest.raises(StoreError, match="the disk reports an error"):
        first.tick()
    monkeypatch.undo()
    first.end()

    again = by_hand(OXIMETER)
    again.tick()
    assert journal.answer_to(again.recorder.db, entry) == journal.Told(True, "Session started.", 1)


def test_an_alarm_of_a_device_that_was_taken_away_is_over(
    by_hand: Callable[..., ByHand],
) -> None:
    """Nobody would ever say that its value is back; the low SpO2 of the other chair goes on."""
    low = OXIMETER + "&spo2=80"
    cuff = "medlab_nibp=sim://medlab_nibp"
    first = by_hand(f"A:{low}", f"A:{cuff}", f"B:{low}", speed=40)
    first.tick_until(lambda: len(first.rows(OPEN)) == 2)
    first.end()
    again = by_hand(f"A:{cuff}", f"B:{low}", speed=40)
    again.tick()
    cleared = "SELECT chair FROM alarm WHERE condition = 'spo2_low' AND state = 'cleared'"
    assert again.rows(cleared) == [(1,)]
    assert "spo2_low" in again.recorder.chairs[1].state.engine.on
