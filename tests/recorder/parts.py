"""What the recorder's tests share: a recorder ticked by hand, a monitor on a pseudo-terminal."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from devices.numeric import Parameter
from monitor.alarms.freshness import Known
from monitor.alarms.presets import read_preset
from monitor.chair import ChairState
from monitor.clinic import clinic_from_options
from monitor.command.places import DRIVER_NAMES, LIMITS
from monitor.recorder.loop import Recorder
from monitor.recorder.opening import open_recorder
from monitor.session.visit import OF_A_SESSION
from monitor.store import current, journal
from monitor.store.database import open_to_read, open_to_write
from tests.conftest import ROOT, until

EXCERPT = "tests/recordings/mimic3_s25047_excerpt.csv"
_presses = count()

START: dict[str, Any] = {
    "patient": "P-1",
    "second_identifier": "1980",
    "weight_kg": 70,
    "drug": "ketamine",
    "dose_mg": 35,
    "minutes": 40,
}


@dataclass
class ByHand:
    """A real recorder with real links; the test makes its ticks."""

    path: Path
    devices: tuple[str, ...]
    speed: float = 1.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clinic = clinic_from_options(list(self.devices), DRIVER_NAMES, "Europe/Zurich")
        self.recorder: Recorder = open_recorder(
            self.path, clinic, read_preset(LIMITS), rate=self.speed, say=self.said.append
        )
        for chair in self.recorder.chairs:
            for link in chair.links:
                link.start()

    @property
    def chair(self) -> ChairState:
        return self.recorder.chairs[0].state

    def tick(self, step_ms: int = 0) -> None:
        self.recorder.one_tick(self.recorder.clock.now_ms(), step_ms)

    def tick_until(self, look: Callable[[], Any], wait_s: float = 10) -> Any:
        """Tick until something true is seen."""

        def tick_and_look() -> Any:
            self.tick()
            return look()

        return until(tick_and_look, wait_s)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return list(self.recorder.db.execute(sql, values).fetchall())

    def press(self, kind: str, actor: str = "RN Keller", **data: Any) -> journal.Told:
        """Press, tick, and give the answer."""
        if kind in OF_A_SESSION and self.chair.session:
            data.setdefault("session", self.chair.session.id)
        entry = write(self.path, kind, actor, **data)
        self.tick()
        told = journal.answer_to(self.recorder.db, entry)
        assert told
        return told

    def known(self, parameter: Parameter) -> Known | None:
        return self.chair.knowledge.now().get(parameter)

    def end(self) -> None:
        """End it as a stopped one ends; a second time does nothing."""
        if self.recorder.lock.is_locked:
            self.recorder._end("stopped")


def write(
    path: Path,
    kind: str,
    actor: str = "RN Keller",
    press: str = "",
    ahead_ms: int = 0,
    **data: Any,
) -> int:
    """Write a journal entry as the dashboard does; give its number."""
    db = open_to_write(path)
    try:
        tick = current.last_tick(db)
        return journal.write_entry(
            db,
            press=press or f"press-{next(_presses)}",
            t_ms=(tick.t_ms if tick else 0) + ahead_ms,
            chair=1,
            kind=kind,
            actor=actor,
            data=data,
        )
    finally:
        db.close()


def answered(path: Path, entry: int) -> journal.Told:
    """The recorder's answer, waited for."""

    def look() -> journal.Told | None:
        db = open_to_read(path)
        try:
            return journal.answer_to(db, entry)
        finally:
            db.close()

    told = until(look)
    assert told
    return told


def line(number: str, spo2: int | str = 97, bpm: int | str = 72, exc: int = 0x800) -> bytes:
    """What a Rad-8 sends; dashes where a word is given."""
    shown = [f"{x:03d}" if isinstance(x, int) else "---" for x in (spo2, bpm)]
    return (
        f"03/19/16 13:37:12 SN={number} SPO2={shown[0]}% BPM={shown[1]} PI=02.40% DESAT=-- "
        f"PIDELTA=+-- ALARM=0000 EXC={exc:06X}\r\n"
    ).encode()


class Plug:
    """A port that can be pulled and plugged in again: a name for a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        self.name = folder / "ttyMonitor"
        self._ours: int | None = None

    @property
    def url(self) -> str:
        return str(self.name)

    def plug_in(self) -> None:
        self._ours, theirs = os.openpty()
        os.set_blocking(self._ours, False)
        self.name.symlink_to(os.ttyname(theirs))
        os.close(theirs)

    def send(self, data: bytes) -> None:
        assert self._ours is not None
        with suppress(BlockingIOError, OSError):  # nobody listens yet
            os.write(self._ours, data)

    def pull(self) -> None:
        self.name.unlink(missing_ok=True)
        if self._ours is not None:
            os.close(self._ours)
            self._ours = None


SIM_DRI = f"datex_dri=sim://datex_dri?recording={ROOT / EXCERPT}"
CALM_DRI = "datex_dri=sim://datex_dri?cuff_min=1"
OXIMETER = "masimo_ascii1=sim://masimo_ascii1?sn=1234567890"
