"""Opening one past session of 90 minutes among many; the store grows while it is measured."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlite_utils import Database

from bench import data
from bench.processes import Window
from bench.report import RESULTS, Result, Row, number, of_budget, percentile, say
from devices.numeric import Generation
from monitor.alarms.presets import read_preset, to_json
from monitor.command.places import LIMITS
from monitor.exports.csv import write_csv
from monitor.review.figure import session_figure
from monitor.review.past import drawn_session
from monitor.review.summary import summary_of
from monitor.store import sessions, writing
from monitor.store.database import open_to_read, open_to_write

CHAIRS = 4
LENGTH_S = 90 * 60
APART_MS = 3 * 3_600_000
FIRST_MS = 1_750_000_000_000
MUST_MS = 150.0
SIZES = (1, 20, 200, 2000)
SHORT_SIZES = (1,)  # where there is little time

_READINGS = """
WITH RECURSIVE second(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM second WHERE i < :last),
  parameter_(n, base) AS (VALUES (1, 62.0), (2, 62.0), (3, 92.0), (7, 10.0), (8, 32.0), (9, 36.0))
INSERT INTO reading(chair, t_ms, parameter, source, value, validity, reason, generation, episodic,
  tick)
SELECT :chair, :from_ms + i * 1000, n, :chair, base + (i / 40 * 7919 + n * 31 + :seed) % 7
  + (i * 31 + n) % 3 * 0.5, 'valid', NULL, 2, 0, :tick + i
FROM second CROSS JOIN parameter_
"""
_CUFFS = """
WITH RECURSIVE cuff(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM cuff WHERE i < 18),
  part(n, base) AS (VALUES (4, 118.0), (5, 70.0), (6, 88.0))
INSERT INTO reading(chair, t_ms, parameter, source, value, validity, reason, generation, episodic,
  tick)
SELECT :chair, :from_ms + i * 300000 - 500, n, :chair, base + (i * 7 + :seed) % 20, 'valid', NULL,
  2, 1, :tick + i * 300 FROM cuff CROSS JOIN part
"""
_BESIDE = """
WITH RECURSIVE beside(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM beside WHERE i < 6)
INSERT INTO {}
"""
_JOURNAL = _BESIDE.format(
    "journal(press, t_ms, chair, kind, actor, data) SELECT 'bench-' || :seed || '-' || i,"
    " :from_ms + i * 800000, :chair, 'event', 'RN Keller', '{\"text\": \"Nausea\"}' FROM beside"
)
_ANSWERS = """
INSERT INTO answer(journal, tick, accepted, text, session)
SELECT id, :tick, 1, '', :seed FROM journal
WHERE chair = :chair AND t_ms BETWEEN :from_ms AND :from_ms + 1000 * :last
"""
_ALARMS = _BESIDE.format(
    "alarm(tick, t_ms, chair, occurrence, condition, parameter, kind, priority, state, value,"
    " limit_value, text, actor) SELECT :tick + i * 700, :from_ms + i * 700000, :chair,"
    " :seed || '.' || ((i + 1) / 2), 'spo2_low', 'SpO2', 'physiological', 'medium',"
    " CASE i % 2 WHEN 1 THEN 'active' ELSE 'cleared' END, 88, 90, 'SpO₂ 88 < 90', NULL FROM beside"
)


def run(seconds: float) -> Result:
    """Grow the store and open sessions of each size; ``seconds`` under 30 keep it small."""
    result = Result("review", seconds)
    sizes = SIZES if seconds >= 30 else SHORT_SIZES
    openings = 30 if seconds >= 30 else 1
    found: dict[int, dict[str, list[float]]] = {}
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=RESULTS, prefix="run-", ignore_cleanup_errors=True) as name:
        path = Path(name) / "bench.db"
        built = 0
        window = Window()
        for size in sizes:
            began_s = time.monotonic()
            build(path, built, size)
            say(f"review: {size} sessions built in {time.monotonic() - began_s:.1f} s")
            built = size
            found[size] = opened(path, size, openings)
        result.others_percent = window.others_percent()
        held_mb = path.stat().st_size / 2**20
    _rows(result, sizes, found)
    rows = LENGTH_S * 6 + 18 * 3
    result.notes.append(
        f"{sizes[-1]} sessions of {rows} readings each, all of them whole: {number(held_mb)} MB;"
        f" {openings} openings of each size, of sessions spread evenly; CPU time of the process"
    )
    return result


def build(path: Path, have: int, want: int) -> None:
    """Add whole sessions in bulk, with the tables, keys and checks of the real store."""
    db = open_to_write(path)
    for chair in range(1, CHAIRS + 1):
        writing.register_chair(db, f"Chair {chair}")
        writing.register_source(
            db, chair, "Monitor", "datex_dri", "bench", Generation.SIMULATED, 1000
        )
    limits = to_json(read_preset(LIMITS))
    db.conn.commit()
    db.execute("PRAGMA synchronous=OFF")  # only while it is built
    db.conn.execute("PRAGMA cache_size=-200000")
    for number_ in range(have + 1, want + 1):
        _session(db, number_, limits)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _session(db: Database, session: int, limits: str) -> None:
    chair = session % CHAIRS + 1
    from_ms = FIRST_MS + session // CHAIRS * APART_MS
    visit = data.session(session, chair, from_ms, from_ms + LENGTH_S * 1000)
    tick = (session // CHAIRS) * (APART_MS // 1000) * CHAIRS + chair * 6000 + 1
    one = writing.Batch(tick, from_ms, 0)
    one.sessions = [(visit, limits, data.ZONE, Generation.SIMULATED)]
    writing.write_ticks(db, [one])
    values = {"chair": chair, "from_ms": from_ms, "seed": session, "tick": tick}
    db.execute("BEGIN")
    for statement in (_READINGS, _CUFFS, _JOURNAL, _ANSWERS, _ALARMS):
        db.conn.execute(statement, {**values, "last": LENGTH_S - 1})
    db.conn.commit()


def opened(path: Path, size: int, openings: int) -> dict[str, list[float]]:
    """Open sessions as the page does, each with a connection of its own; ms of CPU of each step."""
    took: dict[str, list[float]] = {"read": [], "draw": [], "json": [], "list": [], "csv": []}
    for i in range(openings + 1):
        number_ = 1 + (i * size) // (openings + 1)
        marks = [time.process_time()]
        db = open_to_read(path)
        stored = sessions.one(db, number_)
        assert stored is not None
        drawn = drawn_session(db, stored, 0)
        if drawn.visit is not None:
            summary_of(db, drawn, drawn.visit)
        marks.append(time.process_time())
        figure = session_figure(drawn)
        marks.append(time.process_time())
        figure.to_json()
        marks.append(time.process_time())
        sessions.listed(db)
        marks.append(time.process_time())
        if i % 5 == 1:
            write_csv(db, stored)
        marks.append(time.process_time())
        db.close()
        if i == 0:
            continue  # the first one also loads templates
        for name, begin, end in zip(took, marks, marks[1:], strict=False):
            if name != "csv" or i % 5 == 1:
                took[name].append((end - begin) * 1000)
    took["open"] = [sum(both) for both in zip(took["read"], took["draw"], strict=True)]
    return took


def _rows(result: Result, sizes: tuple[int, ...], found: dict[int, dict[str, list[float]]]) -> None:
    alone = percentile(found[sizes[0]]["open"], 0.5)
    for size in sizes:
        took = found[size]["open"]
        half, most = percentile(took, 0.5), percentile(took, 0.95)
        last = size == sizes[-1]
        ratio = f"{half / alone:.2f} x 1 session" if half and alone else ""
        if last:
            ratio = f"{of_budget(most, MUST_MS)}, {ratio}"
        result.rows.append(
            Row(
                f"opening one of {size}",
                f"<= {MUST_MS:.0f} ms of CPU" if last else "–",
                f"p50 {number(half)}, p95 {number(most)} ms ({_steps(found[size])})",
                ratio,
                {"p50_ms": half, "p95_ms": most, "openings": len(took)},
            )
        )
    words = {"json": "figure to JSON", "list": "the list of sessions", "csv": "the CSV"}
    rest = found[sizes[-1]]
    parts = [f"{text} {number(percentile(rest[name], 0.5))} ms" for name, text in words.items()]
    result.notes.append(f"beside that, the page's other work: {', '.join(parts)} (p50)")


def _steps(took: dict[str, list[float]]) -> str:
    words = [f"{name} {number(percentile(took[name], 0.5))}" for name in ("read", "draw")]
    return ", ".join(words)
