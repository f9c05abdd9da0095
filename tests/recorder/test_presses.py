"""What people press, as the recorder answers it; and what never passes to the next patient."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from devices.numeric import Generation, Parameter
from monitor.alarms.presets import Preset, from_json, to_json
from monitor.store import current, journal, sessions
from tests.conftest import Program, until
from tests.recorder.parts import CALM_DRI, OXIMETER, START, ByHand, answered, write

SYS = Parameter.NIBP_SYS


def test_two_who_press_start_at_once_get_one_session(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    first = write(recorder.path, "session_start", "RN Keller", **START)
    second = write(recorder.path, "session_start", "RN Ode", **{**START, "patient": "P-2"})
    recorder.tick()
    told = [journal.answer_to(recorder.recorder.db, entry) for entry in (first, second)]
    assert told[0]
    assert told[1]
    assert (told[0].accepted, told[0].text) == (True, "Session started.")
    assert (told[1].accepted, told[1].text) == (
        False,
        "This chair already has an open session, started by RN Keller.",
    )
    assert recorder.rows("SELECT patient, opened_by FROM session") == [("P-1", "RN Keller")]


def test_double_press_is_one_entry_with_one_answer(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    entries = {write(recorder.path, "session_start", press="the same", **START) for _ in range(2)}
    recorder.tick()
    entries.add(write(recorder.path, "session_start", press="the same", **START))
    recorder.tick()
    assert len(entries) == 1
    assert recorder.rows("SELECT accepted, text FROM answer") == [(1, "Session started.")]
    assert recorder.rows("SELECT count(*) FROM session") == [(1,)]


def test_press_dated_ahead_of_the_recorder_happens_now(
    by_hand: Callable[..., ByHand],
) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    write(recorder.path, "session_start", ahead_ms=3_600_000, **START)
    recorder.tick()
    ((started_ms,),) = recorder.rows("SELECT started_ms FROM session")
    ((now_ms,),) = recorder.rows("SELECT max(t_ms) FROM tick")
    assert started_ms == now_ms


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("acknowledge", {}),
        ("confirm_monitor", {"source": "B450"}),
        ("session_start", {}),
        ("session_start", {**START, "weight_kg": "heavy"}),
        ("event", {"text": ""}),
        ("of a newer version", {}),
    ],
)
def test_entry_that_makes_no_sense_is_refused_and_the_recorder_goes_on(
    by_hand: Callable[..., ByHand], kind: str, data: dict[str, Any]
) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    told = recorder.press(kind, **data)
    assert not told.accepted
    assert told.text.endswith(".")
    assert recorder.press("watch").accepted


def test_presses_without_a_session_are_answered(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    assert recorder.press("event", text="Music").accepted
    for kind in ("infusion_start", "infusion_stop", "session_end"):
        told = recorder.press(kind, session=1)
        assert (told.accepted, told.text) == (False, "There is no open session on this chair.")
    assert not recorder.press("acknowledge", occurrence="1.hr_low.1").accepted


def test_entry_is_answered_once_also_after_a_restart(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    recorder.press("session_start", **START)
    recorder.press("event", text="Music")
    recorder.end()
    again = by_hand(OXIMETER)
    again.tick()
    again.tick()
    assert again.rows("SELECT count(*) FROM answer") == [(2,)]
    assert again.press("session_end", session=1).accepted


def test_cuff_reading_of_one_patient_is_not_known_of_the_next(
    by_hand: Callable[..., ByHand],
) -> None:
    recorder = by_hand(CALM_DRI.replace("cuff_min=1", "cuff_min=4&sys=185"), speed=60)
    recorder.press("session_start", **START)
    recorder.tick_until(lambda: (x := recorder.known(SYS)) and x.value)
    open_alarms = current.open_alarms(recorder.recorder.db, 1)
    assert any(x.condition.startswith("nibp_sys_high") for x in open_alarms)
    recorder.press("session_end", session=1)
    known = recorder.known(SYS)
    assert known is None or known.value is None  # nor of whoever sits there without a session
    assert recorder.press("session_start", **{**START, "patient": "P-2"}).accepted
    known = recorder.known(SYS)
    assert known is None or known.value is None
    assert not any(x.parameter is SYS for x in current.open_alarms(recorder.recorder.db, 1))
    ((from_ms, ended_ms),) = recorder.rows(
        "SELECT b.from_ms, a.ended_ms FROM session a, session b WHERE a.id = 1 AND b.id = 2"
    )
    assert from_ms >= ended_ms
    ((first, both),) = recorder.rows(
        "SELECT sum(s.id = 1), count(*) - count(DISTINCT reading.t_ms || '/' || parameter)"
        " FROM reading JOIN session s ON t_ms BETWEEN from_ms AND coalesce(ended_ms, 9e18)"
        " WHERE episodic = 1 AND value IS NOT NULL"
    )
    assert first
    assert both == 0  # no cuff reading stands in two sessions


def test_limits_of_one_session_are_not_those_of_the_next(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    recorder.press("session_start", **START)
    clinic = recorder.chair.clinic
    changed = tuple(replace(limit, delay_s=59) for limit in clinic.limits)
    recorder.chair.preset = clinic.with_limits(changed)
    recorder.press("infusion_start", session=1)
    recorder.press("session_end", session=1, how="aborted", reason="agreed")
    recorder.press("session_start", **START)
    assert recorder.chair.preset == clinic
    rows = recorder.rows("SELECT limits FROM session ORDER BY id")
    assert from_json(rows[1][0]) == clinic
    assert json.loads(to_json(clinic))


def test_open_session_keeps_its_limits_over_a_restart(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    recorder.press("session_start", **START)
    stored = from_json(recorder.rows("SELECT limits FROM session")[0][0])
    recorder.end()
    again = by_hand(OXIMETER)
    again.chair.clinic = Preset()
    again.tick()
    assert again.chair.preset == stored
    assert again.chair.session
    assert again.chair.session.patient == "P-1"


@pytest.mark.parametrize(
    ("device", "generation"),
    [
        (OXIMETER, Generation.SIMULATED),
        ("masimo_ascii1=replay://tests/logs/masimo_ascii1/rad8_states.raw", Generation.REPLAY),
        ("masimo_ascii1=/dev/ttyNotThere", Generation.REAL),
    ],
)
def test_session_shows_where_its_readings_come_from(
    by_hand: Callable[..., ByHand], device: str, generation: Generation
) -> None:
    recorder = by_hand(device, speed=20)
    recorder.tick()
    if generation:
        recorder.tick_until(lambda: recorder.rows("SELECT 1 FROM reading"))
    recorder.press("session_start", **START)
    recorder.tick()
    assert recorder.rows("SELECT generation FROM session") == [(int(generation),)]
    assert recorder.rows("SELECT DISTINCT generation FROM reading") == (
        [(int(generation),)] if generation else []
    )


def test_worst_device_of_the_chair_marks_the_session(by_hand: Callable[..., ByHand]) -> None:
    replayed = "masimo_ascii1=replay://tests/logs/masimo_ascii1/rad8_states.raw"
    recorder = by_hand(replayed, CALM_DRI, speed=20)
    recorder.tick()
    recorder.press("session_start", **START)
    assert recorder.rows("SELECT generation FROM session") == [(int(Generation.SIMULATED),)]


def test_an_alarm_of_the_patient_before_is_not_in_the_next_ones_record(
    by_hand: Callable[..., ByHand],
) -> None:
    recorder = by_hand("masimo_ascii1=sim://masimo_ascii1?spo2=80", speed=40)
    recorder.press("session_start", **START)
    recorder.tick_until(lambda: recorder.rows("SELECT 1 FROM alarm WHERE state = 'active'"))
    recorder.press("session_end", session=1)
    recorder.press("session_start", **{**START, "patient": "P-2"})
    recorder.tick()
    first, second = (sessions.one(recorder.recorder.db, number) for number in (1, 2))
    assert first
    assert second
    assert second.session.from_ms > (first.session.ended_ms or 0)
    of = recorder.recorder.db
    mine = sessions.alarms(of, 1, first.session.from_ms, first.session.ended_ms)
    assert [row.state for row in mine][-1] == "cleared"
    theirs = sessions.alarms(of, 1, second.session.from_ms, None)
    assert {row.occurrence for row in mine} & {row.occurrence for row in theirs} == set()


def test_a_press_is_not_kept_waiting_for_the_next_tick(program: Program) -> None:
    """At a twentieth of the speed a tick takes 20 s; a press is answered at once all the same."""
    options = ("--database", str(program.database), "--device", OXIMETER, "--speed", "0.05")
    program.run("record", *options)
    until(lambda: program.database.exists() and program.query("SELECT 1 FROM run"))
    began_s = time.monotonic()
    assert answered(program.database, write(program.database, "watch")).accepted
    assert answered(program.database, write(program.database, "event", text="Music")).accepted
    assert time.monotonic() - began_s < 10
    assert program.query("SELECT count(*) FROM tick") == [(2,)]
