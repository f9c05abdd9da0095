"""Who listens: when the screens of a chair were last seen, and last seen and able to sound.

One row for each dashboard and chair, written over: it tells how things stand, not what happened.
"""

from collections.abc import Iterable

from sqlite_utils import Database

from monitor.store.database import transaction

ALL_CHAIRS = 0  # a screen that shows all chairs reports for this one
_FORGOTTEN_MS = 86_400_000  # rows of dashboards that ended; our choice


def report(
    db: Database, dashboard: str, chair: int, t_ms: int, *, visible: bool, sounding: bool
) -> None:
    """Store what the screens of a chair report together at ``t_ms``, in the recorder's time.

    What is not so now keeps the time when it last was. Raises StoreError.
    """
    seen_ms = t_ms if visible else None
    heard_ms = t_ms if visible and sounding else None
    with transaction(db):
        db.execute(
            "INSERT INTO listening(dashboard, chair, t_ms, seen_ms, heard_ms) VALUES (?,?,?,?,?)"
            " ON CONFLICT(dashboard, chair) DO UPDATE SET t_ms = excluded.t_ms,"
            " seen_ms = coalesce(excluded.seen_ms, seen_ms),"
            " heard_ms = coalesce(excluded.heard_ms, heard_ms)",
            [dashboard, chair, t_ms, seen_ms, heard_ms],
        )
        db.execute("DELETE FROM listening WHERE t_ms < ?", [t_ms - _FORGOTTEN_MS])


def listening_now(db: Database, chairs: Iterable[int]) -> dict[int, tuple[int, int]]:
    """When each chair's screens reported that one is seen, and one that can sound.

    In UTC ms of the recorder's clock; 0 where the last report of every dashboard says otherwise, or
    none ever came. A screen of all chairs counts for each.
    """
    rows = db.execute(
        "SELECT chair, coalesce(max(CASE WHEN seen_ms = t_ms THEN t_ms END), 0),"
        " coalesce(max(CASE WHEN heard_ms = t_ms THEN t_ms END), 0) FROM listening GROUP BY chair"
    ).fetchall()
    said = {chair: (seen_ms, heard_ms) for chair, seen_ms, heard_ms in rows}
    all_seen_ms, all_heard_ms = said.get(ALL_CHAIRS, (0, 0))
    found = {}
    for chair in chairs:
        seen_ms, heard_ms = said.get(chair, (0, 0))
        found[chair] = max(seen_ms, all_seen_ms), max(heard_ms, all_heard_ms)
    return found
