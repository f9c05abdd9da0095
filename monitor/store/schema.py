"""The schema, as migrations: each is applied once, in its own transaction.

Times are UTC integers in milliseconds. Readings are narrow and append-only. ``reading`` is keyed by
chair and time first, so that the values of one tick share a page and a chart of one session costs
the same however many sessions there are; partial indices find cuff readings and hand-entered
values, which are few, without a walk through everything else.
"""

import secrets
import uuid

from sqlite_utils import Database, Migrations

from devices.numeric import PUMP, Parameter

migrations = Migrations("chairside")


@migrations()
def m001_first(db: Database) -> None:
    """The tables of the first release."""
    for statement in _FIRST.split(";;"):
        if statement.strip():
            db.execute(statement)
    db.conn.executemany(
        "INSERT INTO parameter(id, name, unit) VALUES (?, ?, ?)",
        [(number, p.value, p.unit) for p, number in PARAMETER_IDS.items()],
    )
    db.conn.executemany(
        "INSERT INTO fact(name, value) VALUES (?, ?)",
        [("database", str(uuid.uuid4())), ("token", secrets.token_urlsafe(24))],
    )


@migrations()
def m002_raw_segments(db: Database) -> None:
    """The raw bytes that are kept in files: one row a file."""
    for statement in _RAW_SEGMENTS.split(";;"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m003_alarm_inputs(db: Database) -> None:
    """What the alarms go by besides readings, links and presses, so that any session replays."""
    for statement in _ALARM_INPUTS.split(";;"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m004_listening(db: Database) -> None:
    """Whether anybody listens: what the screens of each dashboard and chair reported last."""
    db.execute(
        "CREATE TABLE listening(dashboard TEXT NOT NULL, chair INTEGER NOT NULL,"
        " t_ms INTEGER NOT NULL, seen_ms INTEGER, heard_ms INTEGER,"
        " PRIMARY KEY(dashboard, chair)) STRICT, WITHOUT ROWID"
    )


@migrations()
def m005_alarm_conditions(db: Database) -> None:
    """The last transition of each condition, found at once: what is still on."""
    db.execute("CREATE INDEX alarm_condition ON alarm(chair, condition, id)")


@migrations()
def m006_patients(db: Database) -> None:
    """The patients' journal, and the therapists' notes apart from it and from everything else."""
    for statement in _PATIENTS.split(";;"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m007_visits(db: Database) -> None:
    """What is listed of a visit: its step, how it ended, its regimen, who signed it."""
    for column in (
        "stage TEXT NOT NULL DEFAULT 'arrival'",
        "stage_ms INTEGER NOT NULL DEFAULT 0",
        "how TEXT",
        "regimen TEXT NOT NULL DEFAULT ''",
        "signed_by TEXT",
        "signed_ms INTEGER",
    ):
        db.execute(f"ALTER TABLE session ADD COLUMN {column}")
    db.execute("CREATE INDEX session_patient ON session(patient, id)")
    db.execute("CREATE INDEX answer_session ON answer(session)")


@migrations()
def m008_struck_readings(db: Database) -> None:
    """The values by hand that a later entry took back: they stay, and count no more."""
    db.execute(
        "CREATE TABLE struck(chair INTEGER NOT NULL REFERENCES chair(id), t_ms INTEGER NOT NULL,"
        " parameter INTEGER NOT NULL REFERENCES parameter(id),"
        " source INTEGER NOT NULL REFERENCES source(id), tick INTEGER NOT NULL,"
        " journal INTEGER NOT NULL REFERENCES journal(id),"
        " PRIMARY KEY(chair, t_ms, parameter, source)) STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TRIGGER struck_is_final BEFORE UPDATE ON struck"
        " BEGIN SELECT RAISE(ABORT, 'what was struck stays struck'); END"
    )


@migrations()
def m009_pump(db: Database) -> None:
    """What an infusion pump says: a file that is made now has these rows from the first on."""
    db.conn.executemany(
        "INSERT OR IGNORE INTO parameter(id, name, unit) VALUES (?, ?, ?)",
        [(PARAMETER_IDS[p], p.value, p.unit) for p in PUMP],
    )


# A session, in the order of its fields.
SESSION_COLUMNS = (
    "id, uuid, chair, patient, second_identifier, weight_kg, drug, dose_mg, minutes, opened_by,"
    " from_ms, started_ms, infusion_started_ms, infusion_stopped_ms, ended_ms,"
    " stage, stage_ms, how, regimen, signed_by, signed_ms"
)

# Numbers stand in the database for good: append, never renumber.
PARAMETER_IDS = {
    Parameter.HR: 1,
    Parameter.PR: 2,
    Parameter.SPO2: 3,
    Parameter.NIBP_SYS: 4,
    Parameter.NIBP_DIA: 5,
    Parameter.NIBP_MEAN: 6,
    Parameter.RR: 7,
    Parameter.ETCO2: 8,
    Parameter.TEMP: 9,
    Parameter.PUMP_RATE: 10,
    Parameter.PUMP_VOLUME: 11,
}

_FIRST = """
CREATE TABLE fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;;
CREATE TABLE parameter(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  unit TEXT NOT NULL) STRICT;;
CREATE TABLE chair(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;;
CREATE TABLE source(
  id INTEGER PRIMARY KEY, chair INTEGER NOT NULL REFERENCES chair(id), name TEXT NOT NULL,
  driver TEXT NOT NULL, url TEXT NOT NULL, generation INTEGER NOT NULL, period_ms INTEGER NOT NULL,
  UNIQUE(chair, name, driver, url)) STRICT;;
CREATE TABLE run(
  id INTEGER PRIMARY KEY, version TEXT NOT NULL, process INTEGER NOT NULL, host TEXT NOT NULL,
  first_tick INTEGER NOT NULL, started_ms INTEGER NOT NULL, anchor_ms INTEGER NOT NULL,
  anchor_boot_ns INTEGER NOT NULL, boot TEXT NOT NULL, rate REAL NOT NULL,
  ended_ms INTEGER, ended_why TEXT) STRICT;;
CREATE TABLE tick(
  tick INTEGER PRIMARY KEY, t_ms INTEGER NOT NULL, journal INTEGER NOT NULL) STRICT;;
CREATE TABLE setting(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, chair INTEGER NOT NULL REFERENCES chair(id),
  data TEXT NOT NULL) STRICT;;
CREATE INDEX setting_chair ON setting(chair, id);;
CREATE TABLE reading(
  chair INTEGER NOT NULL REFERENCES chair(id), t_ms INTEGER NOT NULL,
  parameter INTEGER NOT NULL REFERENCES parameter(id),
  source INTEGER NOT NULL REFERENCES source(id),
  value REAL, validity TEXT NOT NULL, reason TEXT, generation INTEGER NOT NULL,
  episodic INTEGER NOT NULL, tick INTEGER NOT NULL,
  PRIMARY KEY(chair, t_ms, parameter, source)) STRICT, WITHOUT ROWID;;
CREATE INDEX reading_episodic ON reading(chair, tick) WHERE episodic = 1;;
CREATE INDEX reading_event ON reading(chair, t_ms) WHERE episodic = 1;;
CREATE TABLE link(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, t_ms INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source(id), state TEXT NOT NULL, detail TEXT NOT NULL,
  identity TEXT) STRICT;;
CREATE INDEX link_source ON link(source, id);;
CREATE TABLE preferred(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, chair INTEGER NOT NULL REFERENCES chair(id),
  parameter INTEGER NOT NULL REFERENCES parameter(id), source INTEGER NOT NULL REFERENCES source(id)
  ) STRICT;;
CREATE INDEX preferred_chair ON preferred(chair, parameter, id);;
CREATE TABLE alarm(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, t_ms INTEGER NOT NULL,
  chair INTEGER NOT NULL REFERENCES chair(id), occurrence TEXT NOT NULL, condition TEXT NOT NULL,
  parameter TEXT, kind TEXT NOT NULL, priority TEXT NOT NULL, state TEXT NOT NULL,
  value REAL, limit_value REAL, text TEXT NOT NULL, actor TEXT) STRICT;;
CREATE INDEX alarm_chair ON alarm(chair, t_ms);;
CREATE INDEX alarm_occurrence ON alarm(occurrence, id);;
CREATE TABLE notice(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, t_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  text TEXT NOT NULL) STRICT;;
CREATE TABLE journal(
  id INTEGER PRIMARY KEY AUTOINCREMENT, press TEXT NOT NULL UNIQUE, t_ms INTEGER NOT NULL,
  chair INTEGER NOT NULL REFERENCES chair(id), kind TEXT NOT NULL, actor TEXT NOT NULL,
  data TEXT NOT NULL) STRICT;;
CREATE INDEX journal_chair ON journal(chair, t_ms);;
CREATE INDEX journal_kind ON journal(chair, kind);;
CREATE TABLE answer(
  journal INTEGER PRIMARY KEY REFERENCES journal(id), tick INTEGER NOT NULL,
  accepted INTEGER NOT NULL, text TEXT NOT NULL, session INTEGER REFERENCES session(id)) STRICT;;
CREATE TABLE session(
  id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, chair INTEGER NOT NULL REFERENCES chair(id),
  patient TEXT NOT NULL, second_identifier TEXT NOT NULL, weight_kg REAL, drug TEXT NOT NULL,
  dose_mg REAL, minutes REAL, time_zone TEXT NOT NULL, limits TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  from_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, infusion_started_ms INTEGER,
  infusion_stopped_ms INTEGER, ended_ms INTEGER, generation INTEGER NOT NULL) STRICT;;
CREATE UNIQUE INDEX session_open ON session(chair) WHERE ended_ms IS NULL;;
CREATE INDEX session_chair ON session(chair, from_ms);;
CREATE TRIGGER reading_is_final BEFORE UPDATE ON reading
  BEGIN SELECT RAISE(ABORT, 'a reading is never changed'); END;;
CREATE TRIGGER reading_is_claimed BEFORE DELETE ON reading
  WHEN old.t_ms <= (SELECT coalesce(ended_ms, 9e18) FROM session WHERE session.chair = old.chair
    AND from_ms <= old.t_ms ORDER BY from_ms DESC, id DESC LIMIT 1)
  BEGIN SELECT RAISE(ABORT, 'a session claims this reading'); END;;
CREATE TRIGGER journal_is_final BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;;
CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;;
CREATE TRIGGER alarm_is_final BEFORE UPDATE ON alarm
  BEGIN SELECT RAISE(ABORT, 'the alarm record is append-only'); END;;
CREATE TRIGGER alarm_is_kept BEFORE DELETE ON alarm
  BEGIN SELECT RAISE(ABORT, 'the alarm record is append-only'); END;;
"""

# ``heard`` names the ticks in which a device spoke, but not in readings; ``input`` is what the
# computer and the screens said; ``alarm_setting`` is what staff set of a chair's alarms.
_ALARM_INPUTS = """
CREATE TABLE heard(
  source INTEGER NOT NULL REFERENCES source(id), tick INTEGER NOT NULL,
  PRIMARY KEY(source, tick)) STRICT, WITHOUT ROWID;;
CREATE TABLE input(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, chair INTEGER REFERENCES chair(id),
  kind TEXT NOT NULL, data TEXT NOT NULL) STRICT;;
CREATE INDEX input_tick ON input(tick);;
CREATE TABLE alarm_setting(
  id INTEGER PRIMARY KEY, tick INTEGER NOT NULL, chair INTEGER NOT NULL REFERENCES chair(id),
  data TEXT NOT NULL) STRICT;;
CREATE INDEX alarm_setting_chair ON alarm_setting(chair, id);;
"""

_RAW_SEGMENTS = """
CREATE TABLE raw_segment(
  file TEXT PRIMARY KEY, chair INTEGER NOT NULL REFERENCES chair(id),
  source INTEGER NOT NULL REFERENCES source(id), life TEXT NOT NULL, opening TEXT,
  from_ms INTEGER NOT NULL, to_ms INTEGER, bytes INTEGER NOT NULL, sha256 TEXT,
  claimed INTEGER NOT NULL DEFAULT 0) STRICT;;
CREATE INDEX raw_segment_source ON raw_segment(source, from_ms);;
CREATE INDEX raw_segment_opening ON raw_segment(opening);;
CREATE INDEX raw_segment_unclaimed ON raw_segment(from_ms) WHERE claimed = 0;;
CREATE INDEX raw_segment_unfinished ON raw_segment(file) WHERE sha256 IS NULL;;
CREATE TRIGGER raw_segment_is_claimed BEFORE DELETE ON raw_segment WHEN old.claimed
  BEGIN SELECT RAISE(ABORT, 'a session claims these raw bytes'); END;;
"""

# References that differ in capitals only are one patient: two records of one would be a harm.
_PATIENTS = """
CREATE TABLE patient_entry(
  id INTEGER PRIMARY KEY AUTOINCREMENT, press TEXT NOT NULL UNIQUE, t_ms INTEGER NOT NULL,
  patient TEXT NOT NULL COLLATE NOCASE, kind TEXT NOT NULL, actor TEXT NOT NULL,
  data TEXT NOT NULL) STRICT;;
CREATE INDEX patient_entry_patient ON patient_entry(patient, id);;
CREATE UNIQUE INDEX patient_entry_created ON patient_entry(patient) WHERE kind = 'created';;
CREATE TABLE therapist_note(
  id INTEGER PRIMARY KEY AUTOINCREMENT, press TEXT NOT NULL UNIQUE, t_ms INTEGER NOT NULL,
  session INTEGER NOT NULL REFERENCES session(id), patient TEXT NOT NULL COLLATE NOCASE,
  author TEXT NOT NULL, text TEXT NOT NULL) STRICT;;
CREATE INDEX therapist_note_session ON therapist_note(session, id);;
CREATE TRIGGER patient_entry_is_final BEFORE UPDATE ON patient_entry
  BEGIN SELECT RAISE(ABORT, 'the patients'' journal is append-only'); END;;
CREATE TRIGGER patient_entry_is_kept BEFORE DELETE ON patient_entry
  BEGIN SELECT RAISE(ABORT, 'the patients'' journal is append-only'); END;;
CREATE TRIGGER therapist_note_is_final BEFORE UPDATE ON therapist_note
  BEGIN SELECT RAISE(ABORT, 'the therapists'' notes are append-only'); END;;
CREATE TRIGGER therapist_note_is_kept BEFORE DELETE ON therapist_note
  BEGIN SELECT RAISE(ABORT, 'the therapists'' notes are append-only'); END;;
"""
