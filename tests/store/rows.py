"""Rows for a store under test, written by the program's own ways."""

from collections.abc import Iterable

from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Parameter, no_value, numeric
from monitor.session.state import Session
from monitor.store.writing import Batch, Reading, register_chair, register_source, write_ticks

BASE_MS = 1_700_000_000_000

Point = tuple[int, float | None]  # a time, and a value or that there was none


def chair_with(
    db: Database, *periods_ms: int, name: str = "Chair 1", generation: Generation = Generation.REAL
) -> tuple[int, list[int]]:
    """A chair with a source for each period."""
    chair = register_chair(db, name)
    return chair, [
        register_source(db, chair, f"S{i}", "masimo_ascii1", f"COM{i}", generation, period_ms)
        for i, period_ms in enumerate(periods_ms)
    ]


def said(parameter: Parameter, t_ms: int, value: float | None) -> Numeric:
    if value is None:
        return no_value(parameter, t_ms, "probe off")
    return numeric(parameter, value, t_ms)


def store(
    db: Database,
    chair: int,
    source: int,
    parameter: Parameter,
    points: Iterable[Point],
    tick: int = 1,
) -> None:
    """Store points as the readings of one tick."""
    batch = Batch(tick, BASE_MS + tick, 0)
    batch.readings = [
        Reading(chair, source, Generation.REAL, said(parameter, t_ms, value))
        for t_ms, value in points
    ]
    write_ticks(db, [batch])


def session(number: int, chair: int, from_ms: int, ended_ms: int | None) -> Session:
    return Session(
        number,
        f"uuid-{number}",
        chair,
        f"P-{number}",
        "1980",
        70.0,
        "ketamine",
        35.0,
        40.0,
        "RN Keller",
        from_ms,
        from_ms,
        ended_ms=ended_ms,
    )


def store_sessions(db: Database, tick: int, *visits: Session) -> None:
    batch = Batch(tick, BASE_MS + tick, 0)
    batch.sessions = [(visit, "[]", "Europe/Zurich", Generation.REAL) for visit in visits]
    write_ticks(db, [batch])
