"""A recorder whose clock is stepped: minutes of real drivers and virtual monitors in no time."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.alarms.presets import read_preset
from monitor.clinic import clinic_from_options
from monitor.clock import wall_ms
from monitor.command.places import DRIVER_NAMES, LIMITS
from monitor.recorder.loop import Recorder
from monitor.recorder.opening import open_recorder
from monitor.session.visit import OF_A_SESSION
from monitor.store.database import open_to_read
from monitor.store.journal import write_entry
from tests.conftest import ROOT

RAD8 = ROOT / "tests" / "logs" / "masimo_ascii1" / "rad8_states.raw"
MASIMO = "masimo_ascii1=sim://masimo_ascii1?sn=11"
SEVERAL = (
    f"masimo_ascii1=replay://{RAD8}?loop=1",
    "datex_dri=sim://datex_dri?cuff_min=1",
    "philips_intellivue=sim://philips_intellivue?cuff_min=1",
    "nonin_format7=sim://nonin_format7",
)
PATIENT = {"patient": "P-1", "second_identifier": "1980"}


@dataclass
class Past:
    """Records the past, ``before_s`` seconds ago; the test says how much of it."""

    path: Path
    devices: tuple[str, ...] = (MASIMO,)
    before_s: float = 7200
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clinic = clinic_from_options(list(self.devices), DRIVER_NAMES, "Europe/Zurich")
        self.recorder: Recorder = open_recorder(
            self.path,
            clinic,
            read_preset(LIMITS),
            rate=1,
            say=self.said.append,
            starts_before_s=self.before_s,
        )
        self.end_ms = self.recorder.clock.now_ms()
        assert self.end_ms < wall_ms()

    def run(self, for_s: float) -> None:
        """Record so many seconds."""
        self.end_ms += round(for_s * 1000)
        self.recorder.make_past(lambda: self.end_ms)

    def press(self, kind: str, **data: Any) -> None:
        """Press now; the next second answers."""
        now_ms = self.recorder.clock.now_ms()
        session = self.recorder.chairs[0].state.session
        if kind in OF_A_SESSION and session:
            data.setdefault("session", session.id)
        write_entry(
            self.recorder.db,
            press=f"press-{now_ms}-{kind}",
            t_ms=now_ms,
            chair=1,
            kind=kind,
            actor="RN Keller",
            data=data,
        )

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return list(self.recorder.db.execute(sql, values).fetchall())

    def rows_after(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the database of a recorder that ended."""
        db = open_to_read(self.path)
        try:
            return list(db.execute(sql).fetchall())
        finally:
            db.close()

    def end(self) -> None:
        """End it as a stopped one ends; a second time does nothing."""
        if not self.recorder.lock.is_locked:
            return
        for tape in self.recorder.raw.tapes:  # its thread was never started: let go of the port
            tape.link.start()
        self.recorder._end("stopped")


def visit(past: Past, for_s: float = 120, before_s: float = 60, after_s: float = 130) -> None:
    """A session of so many seconds, with what is recorded before and after it."""
    past.run(before_s)
    past.press("session_start", **PATIENT)
    past.run(for_s)
    past.press("session_end")
    past.run(after_s)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
