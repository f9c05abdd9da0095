"""What the recorder writes: one transaction a tick, all of it or nothing."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Parameter
from monitor.alarms.engine import Transition
from monitor.chair import LinkChange
from monitor.session.state import Session
from monitor.store import raw
from monitor.store.database import transaction
from monitor.store.schema import PARAMETER_IDS, SESSION_COLUMNS


@dataclass(frozen=True, slots=True)
class Reading:
    """A numeric with where it came from. ``by_hand``: it is an event, whatever its parameter."""

    chair: int
    source: int
    generation: Generation
    numeric: Numeric
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Struck:
    """A value by hand that the journal entry of that number takes back."""

    chair: int
    source: int
    numeric: Numeric
    journal: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What became of a journal entry."""

    journal: int
    accepted: bool
    text: str
    session: int | None


@dataclass
class Batch:
    """All that one tick has to say. ``journal`` is the last journal entry that it has read."""

    tick: int
    t_ms: int
    journal: int
    readings: list[Reading] = field(default_factory=list)
    links: list[LinkChange] = field(default_factory=list)
    preferred: list[tuple[int, Parameter, int]] = field(default_factory=list)
    alarms: list[tuple[int, Transition]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    settings: list[tuple[int, str]] = field(default_factory=list)
    alarm_settings: list[tuple[int, str]] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    inputs: list[tuple[int | None, str, str]] = field(default_factory=list)
    sessions: list[tuple[Session, str, str, Generation]] = field(default_factory=list)
    answers: list[StoredAnswer] = field(default_factory=list)
    segments: list[raw.Segment] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """One life of a recorder at one rate; with it any process can read the recorder's clock."""

    version: str
    process: int
    host: str
    first_tick: int
    started_ms: int
    anchor_ms: int
    anchor_boot_ns: int
    boot: str
    rate: float


def write_ticks(db: Database, batches: Sequence[Batch]) -> None:
    """Store whole ticks. Raises StoreError; then nothing of them is stored."""
    with transaction(db):
        for batch in batches:
            _write(db, batch)


def _write(db: Database, batch: Batch) -> None:
    many = db.conn.executemany
    if batch.readings:
        many(
            "INSERT OR IGNORE INTO reading(chair, t_ms, parameter, source, value, validity, reason,"
            " generation, episodic, tick) VALUES (?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    r.chair,
                    r.numeric.t_ms,
                    PARAMETER_IDS[r.numeric.parameter],
                    r.source,
                    r.numeric.value,
                    r.numeric.validity.value,
                    r.numeric.reason or None,
                    int(r.generation),
                    int(r.by_hand or r.numeric.parameter.episodic),
                    batch.tick,
                )
                for r in batch.readings
            ],
        )
    if batch.links:
        many(
            "INSERT INTO link(tick, t_ms, source, state, detail, identity) VALUES (?,?,?,?,?,?)",
            [(batch.tick, x.t_ms, x.source, x.state, x.detail, x.identity) for x in batch.links],
        )
    if batch.preferred:
        many(
            "INSERT INTO preferred(tick, chair, parameter, source) VALUES (?,?,?,?)",
            [(batch.tick, c, PARAMETER_IDS[p], s) for c, p, s in batch.preferred],
        )
    if batch.settings:
        many(
            "INSERT INTO setting(tick, chair, data) VALUES (?,?,?)",
            [(batch.tick, chair, data) for chair, data in batch.settings],
        )
    if batch.alarm_settings:
        many(
            "INSERT INTO alarm_setting(tick, chair, data) VALUES (?,?,?)",
            [(batch.tick, chair, data) for chair, data in batch.alarm_settings],
        )
    if batch.heard:
        many(
            "INSERT OR IGNORE INTO heard VALUES (?,?)",
            [(source, batch.tick) for source in batch.heard],
        )
    if batch.inputs:
        many(
            "INSERT INTO input(tick, chair, kind, data) VALUES (?,?,?,?)",
            [(batch.tick, *row) for row in batch.inputs],
        )
    for session, limits, time_zone, generation in batch.sessions:
        _write_session(db, session, limits, time_zone, generation)
    if batch.alarms:
        many(
            "INSERT INTO alarm(tick, t_ms, chair, occurrence, condition, parameter, kind, priority,"
            " state, value, limit_value, text, actor) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [_alarm_row(batch, chair, transition) for chair, transition in batch.alarms],
        )
    if batch.notices:
        many(
            "INSERT INTO notice(tick, t_ms, kind, text) VALUES (?,?,?,?)",
            [(batch.tick, batch.t_ms, kind, text) for kind, text in batch.notices],
        )
    if batch.answers:
        many(
            "INSERT INTO answer(journal, tick, accepted, text, session) VALUES (?,?,?,?,?)",
            [
                (a.journal, batch.tick, int(a.accepted), a.text, a.session or None)
                for a in batch.answers
            ],
        )
    if batch.struck:
        many(
            "INSERT OR IGNORE INTO struck(chair, t_ms, parameter, source, tick, journal)"
            " VALUES (?,?,?,?,?,?)",
            [
                (
                    x.chair,
                    x.numeric.t_ms,
                    PARAMETER_IDS[x.numeric.parameter],
                    x.source,
                    batch.tick,
                    x.journal,
                )
                for x in batch.struck
            ],
        )
    if batch.segments:
        raw.write_segments(db, batch.segments)
    db.conn.execute("INSERT INTO tick VALUES (?,?,?)", (batch.tick, batch.t_ms, batch.journal))


def _alarm_row(batch: Batch, chair: int, transition: Transition) -> tuple[object, ...]:
    x = transition.occurrence
    return (
        batch.tick,
        batch.t_ms,
        chair,
        x.id,
        x.condition,
        x.parameter.value if x.parameter else None,
        x.kind,
        x.priority.word,
        transition.state,
        x.value,
        x.limit,
        x.text,
        transition.actor,
    )


def _write_session(
    db: Database, session: Session, limits: str, time_zone: str, generation: Generation
) -> None:
    marks = ",".join("?" * (len(SESSION_COLUMNS.split(",")) + 3))
    db.conn.execute(
        f"INSERT INTO session({SESSION_COLUMNS}, time_zone, limits, generation) VALUES ({marks})"
        " ON CONFLICT(id) DO UPDATE SET patient = excluded.patient,"
        " second_identifier = excluded.second_identifier, weight_kg = excluded.weight_kg,"
        " drug = excluded.drug, dose_mg = excluded.dose_mg, minutes = excluded.minutes,"
        " infusion_started_ms = excluded.infusion_started_ms,"
        " infusion_stopped_ms = excluded.infusion_stopped_ms, ended_ms = excluded.ended_ms,"
        " stage = excluded.stage, stage_ms = excluded.stage_ms, how = excluded.how,"
        " signed_by = excluded.signed_by, signed_ms = excluded.signed_ms,"
        " generation = max(generation, excluded.generation)",
        (*astuple(session), time_zone, limits, int(generation)),
    )


def mark_demo(db: Database) -> None:
    """Say in the database that a demo made it."""
    with transaction(db):
        db.execute("INSERT OR IGNORE INTO fact(name, value) VALUES ('demo', 'yes')")


def register_chair(db: Database, name: str) -> int:
    """The number of the chair of that name; a new one if it is new."""
    with transaction(db):
        db.execute("INSERT OR IGNORE INTO chair(name) VALUES (?)", [name])
        row = db.execute("SELECT id FROM chair WHERE name = ?", [name]).fetchone()
    return int(row[0])


def register_source(
    db: Database,
    chair: int,
    name: str,
    driver: str,
    url: str,
    generation: Generation,
    period_ms: int,
) -> int:
    """The number of that source; a new one if the chair never had it."""
    key = [chair, name, driver, url]
    with transaction(db):
        db.execute(
            "INSERT INTO source(chair, name, driver, url, generation, period_ms)"
            " VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
            [*key, int(generation), period_ms],
        )
        row = db.execute(
            "SELECT id FROM source WHERE chair = ? AND name = ? AND driver = ? AND url = ?", key
        ).fetchone()
    return int(row[0])


def begin_run(db: Database, run: Run) -> int:
    """Store that a recorder begins, and by which clock."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO run(version, process, host, first_tick, started_ms, anchor_ms,"
            " anchor_boot_ns, boot, rate) VALUES (?,?,?,?,?,?,?,?,?)",
            [
                run.version,
                run.process,
                run.host,
                run.first_tick,
                run.started_ms,
                run.anchor_ms,
                run.anchor_boot_ns,
                run.boot,
                run.rate,
            ],
        )
    return int(cursor.lastrowid or 0)


def end_run(db: Database, run: int, t_ms: int, why: str) -> None:
    """Store that a recorder ended, and why."""
    with transaction(db):
        db.execute("UPDATE run SET ended_ms = ?, ended_why = ? WHERE id = ?", [t_ms, why, run])


def purge_unclaimed(db: Database, chair: int, before_ms: int, now_ms: int) -> int:
    """Delete the chair's readings before ``before_ms`` that no session claims; journal it.

    Gives the number of readings deleted. Nothing to delete leaves no entry.
    """
    with transaction(db):
        spans = db.execute(
            "SELECT from_ms, coalesce(ended_ms, ?) FROM session WHERE chair = ? AND from_ms < ?"
            " ORDER BY from_ms",
            [before_ms, chair, before_ms],
        ).fetchall()
        deleted, free_ms = 0, -(2**62)
        for from_ms, to_ms in [*spans, (before_ms, before_ms)]:
            # Only what lies between two sessions is walked through, not what they claim.
            if free_ms < from_ms:
                cursor = db.execute(
                    "DELETE FROM reading WHERE chair = ? AND t_ms >= ? AND t_ms < ?",
                    [chair, free_ms, from_ms],
                )
                deleted += int(cursor.rowcount)
            free_ms = max(free_ms, to_ms + 1)
        if deleted:
            db.execute(
                "INSERT INTO journal(press, t_ms, chair, kind, actor, data)"
                " VALUES (?, ?, ?, 'purge', 'recorder', ?)",
                [
                    f"purge-{chair}-{before_ms}",
                    now_ms,
                    chair,
                    json.dumps({"readings": deleted, "before_ms": before_ms}),
                ],
            )
    return deleted
