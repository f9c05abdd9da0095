"""Readings for a chart: buckets with their lowest and highest value, and where lines break."""

from dataclasses import dataclass, field

from sqlite_utils import Database

from devices.numeric import CUFF, PUMP, Parameter
from monitor.alarms.freshness import dash_ms
from monitor.store.schema import PARAMETER_IDS

MOST_BUCKETS = 900
_PART_MS = 8000  # buckets are read in parts so short that no gap fits between two values of one
PARAMETERS = {number: parameter for parameter, number in PARAMETER_IDS.items()}
CUFF_IDS = ", ".join(str(PARAMETER_IDS[parameter]) for parameter in CUFF)
PUMP_IDS = ", ".join(str(PARAMETER_IDS[parameter]) for parameter in PUMP)
# A reading that a later entry took back.
STRUCK = (
    "EXISTS (SELECT 1 FROM struck WHERE struck.chair = reading.chair AND struck.t_ms ="
    " reading.t_ms AND struck.parameter = reading.parameter AND struck.source = reading.source)"
)


@dataclass
class Trace:
    """One parameter in buckets. ``broken[i]``: a gap lies before or inside bucket ``i``."""

    t_ms: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    broken: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CuffReading:
    """One measurement of the cuff, in mmHg; a part that it did not give is None."""

    t_ms: int
    source: int
    sys: float | None
    dia: float | None
    mean: float | None


def bucket_width_ms(from_ms: int, to_ms: int) -> int:
    """The power of two of seconds with which at most `MOST_BUCKETS` cover the span."""
    width = 1000
    while (to_ms - from_ms) / width > MOST_BUCKETS:
        width *= 2
    return width


def first_reading_ms(db: Database, chair: int, from_ms: int, to_ms: int) -> int:
    """The time of the chair's first reading within a span; its end where there is none."""
    row = db.execute(
        "SELECT min(t_ms) FROM reading WHERE chair = ? AND t_ms BETWEEN ? AND ?",
        [chair, from_ms, to_ms],
    ).fetchone()
    return int(row[0]) if row[0] is not None else to_ms


def traces(
    db: Database, chair: int, from_ms: int, to_ms: int, width_ms: int
) -> dict[tuple[Parameter, int], Trace]:
    """The continuous parameters of a chair within a span, by parameter and source.

    A gap is a time longer than a value may be shown (promise 1) without a value; a word of the
    source that there is none breaks the line too. An excursion of a single value stays visible.
    """
    periods = dict(db.execute("SELECT id, period_ms FROM source WHERE chair = ?", [chair]))
    rows = db.execute(
        "SELECT parameter, source, t_ms / :width AS bucket, min(value), max(value),"
        " min(t_ms) FILTER (WHERE value IS NOT NULL), max(t_ms) FILTER (WHERE value IS NOT NULL),"
        " min(t_ms) FILTER (WHERE value IS NULL), max(t_ms) FILTER (WHERE value IS NULL)"
        " FROM reading WHERE chair = :chair AND t_ms BETWEEN :from AND :to AND episodic = 0"
        " GROUP BY parameter, source, bucket, t_ms / :part"
        " ORDER BY parameter, source, bucket, t_ms / :part",
        {"width": width_ms, "part": _PART_MS, "chair": chair, "from": from_ms, "to": to_ms},
    ).fetchall()
    found: dict[tuple[Parameter, int], Trace] = {}
    last_value_ms: dict[tuple[Parameter, int], int] = {}
    hole = set[tuple[Parameter, int]]()
    for number, source, bucket, low, high, first_ms, last_ms, absent_ms, last_absent_ms in rows:
        key = (PARAMETERS[number], source)
        if low is None:
            hole.add(key)
            continue
        before_ms = last_value_ms.get(key)
        gap = before_ms is not None and first_ms - before_ms >= dash_ms(periods.get(source, 1000))
        inside = absent_ms is not None and absent_ms < last_ms
        broken = before_ms is None or gap or key in hole or inside
        _add(found.setdefault(key, Trace()), bucket * width_ms, low, high, broken)
        last_value_ms[key] = last_ms
        hole.discard(key)
        # A hole at the very end breaks the line before what comes next.
        if last_absent_ms is not None and last_absent_ms > last_ms:
            hole.add(key)
    return found


def _add(trace: Trace, t_ms: int, low: float, high: float, broken: bool) -> None:
    """Add a part of a bucket to its bucket."""
    if trace.t_ms and trace.t_ms[-1] == t_ms:
        trace.low[-1] = min(trace.low[-1], low)
        trace.high[-1] = max(trace.high[-1], high)
        trace.broken[-1] = trace.broken[-1] or broken
        return
    trace.t_ms.append(t_ms)
    trace.low.append(low)
    trace.high.append(high)
    trace.broken.append(broken)


def cuff_readings(
    db: Database, chair: int, from_ms: int, to_ms: int, after_tick: int = 0
) -> list[CuffReading]:
    """The cuff readings of a chair within a span, oldest first; no failed and no struck ones."""
    rows = db.execute(
        "SELECT t_ms, source, parameter, value FROM reading INDEXED BY reading_event"
        " WHERE chair = ? AND episodic = 1 AND tick > ? AND t_ms BETWEEN ? AND ?"
        f" AND parameter IN ({CUFF_IDS}) AND value IS NOT NULL AND NOT {STRUCK}"
        " ORDER BY t_ms, source",
        [chair, after_tick, from_ms, to_ms],
    ).fetchall()
    found: dict[tuple[int, int], dict[Parameter, float]] = {}
    for t_ms, source, number, value in rows:
        found.setdefault((t_ms, source), {})[PARAMETERS[number]] = value
    return [
        CuffReading(t_ms, source, *(values.get(parameter) for parameter in CUFF))
        for (t_ms, source), values in found.items()
    ]
