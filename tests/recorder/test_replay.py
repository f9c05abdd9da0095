"""A stored session played again gives the very alarms that were stored, to the tick."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.alarms.limits import Limit
from monitor.review.replay import replay
from monitor.store import inputs
from monitor.store.database import open_to_read
from tests.conftest import Program, until
from tests.recorder.parts import CALM_DRI, OXIMETER, SIM_DRI, START, ByHand, answered, write
from tests.recorder.past import PATIENT, Past

Row = tuple[object, ...]


def stored(db: Any, session: int, chair: int = 1) -> list[Row]:
    """The transitions as the recorder stored them."""
    span = inputs.span_of(db, session)
    assert span
    return inputs.transitions_between(db, chair, *span)


def replayed(db: Any, session: int) -> list[Row]:
    return [x.row() for x in replay(db, session)]


DEVICES = {
    "a recording of an unstable patient": (SIM_DRI,),
    "two devices, a low oxygen": (OXIMETER + "&desaturate=30-200&probe_off=300-400", CALM_DRI),
    "a bad cuff": (CALM_DRI + "&sys=190",),
    "a device that falls silent": (OXIMETER + "&silent=100-300&spo2=84",),
}


@pytest.mark.parametrize("devices", DEVICES.values(), ids=DEVICES)
def test_a_session_replays_to_the_tick(devices: tuple[str, ...], database: Path) -> None:
    past = Past(database, devices)
    past.run(20)
    past.press("session_start", **PATIENT)
    past.run(1)
    past.press("infusion_start")
    past.run(200)
    for alarm in list(past.recorder.chairs[0].state.engine.on.values()):
        past.press("acknowledge", occurrence=alarm.id)
    past.run(100)
    past.press("audio_pause", seconds=60)
    limits = {"low": 80, "delay_s": 5}
    past.press("limits", parameter="SpO2", tier="high", limits=limits, reason="agreed")
    past.press("baseline", values={"HR": 60, "NIBP_sys": 100})
    past.run(150)
    past.press("alarm_off", scope="SpO2", reason="probe is moved")
    past.run(50)
    past.press("session_end", how="aborted", reason="agreed")
    past.run(1)
    assert past.rows("SELECT min(accepted), count(*) > 6 FROM answer") == [(1, 1)]
    db = past.recorder.db
    found = stored(db, 1)
    assert len(found) >= 6
    assert replayed(db, 1) == found
    past.end()


def test_a_session_replays_over_a_killed_recorder(program: Program) -> None:
    database = program.database
    device = CALM_DRI + "&spo2=84&probe_off=60-300"
    first = program.record(device, speed=60)
    assert answered(database, write(database, "session_start", **START)).accepted
    until(lambda: program.query("SELECT 1 FROM alarm WHERE condition = 'spo2_low'"))
    program.end(first, signal.SIGKILL)
    last = program.ticks()
    second = program.record(device, speed=60)
    until(lambda: program.ticks() > last + 150, wait_s=30)
    assert answered(database, write(database, "session_end", session=1)).accepted
    assert program.end(second) == 0
    db = open_to_read(database)
    found = stored(db, 1)
    assert {row[1] for row in found}
    assert replayed(db, 1) == found
    db.close()


def test_other_limits_give_other_alarms(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER + "&spo2=84", speed=60)
    recorder.press("session_start", **START)
    recorder.tick_until(lambda: recorder.rows("SELECT 1 FROM alarm WHERE condition = 'spo2_low'"))
    recorder.press("session_end", session=1)
    db = recorder.recorder.db

    def without(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
        return tuple(x for x in limits if x.parameter.value != "SpO2")

    calm = list(replay(db, 1, lambda preset: preset.with_limits(without(preset.limits))))
    assert "spo2_low" in {row[1].split(".")[1] for row in stored(db, 1)}  # type: ignore[attr-defined]
    assert {x.transition.occurrence.condition for x in calm} & {"spo2_low"} == set()


def test_a_session_that_is_not_there_gives_nothing(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(OXIMETER)
    recorder.tick()
    assert replayed(recorder.recorder.db, 7) == []
