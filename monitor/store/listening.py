"""Who listens: when a screen last reported that it is seen and can sound.

One row for each dashboard and chair, written over: it tells how things stand, not what happened.
"""

from sqlite_utils import Database

from monitor.store.database import transaction

ALL_CHAIRS = 0  # a screen that shows all chairs reports for this one
_FORGOTTEN_MS = 86_400_000  # rows of dashboards that ended; our choice


def report(
    db: Database, dashboard: str, chair: int, t_ms: int, *, visible: bool, sounding: bool
) -> None:
    """Store what the screens of a chair report together at ``t_ms``, in the recorder's time.

    The time stays that of the last report in which one was seen and could sound. Raises StoreError.
    """
    heard_ms = t_ms if visible and sounding else None
    with transaction(db):
        db.execute(
            "INSERT INTO listening(dashboard, chair, t_ms, visible, sounding) VALUES (?,?,?,?,?)"
            " ON CONFLICT(dashboard, chair) DO UPDATE SET"
            " t_ms = coalesce(excluded.t_ms, t_ms), visible = excluded.visible,"
            " sounding = excluded.sounding",
            [dashboard, chair, heard_ms, int(visible), int(sounding)],
        )
        db.execute(
            "DELETE FROM listening WHERE dashboard <> ? AND coalesce(t_ms, 0) < ?",
            [dashboard, t_ms - _FORGOTTEN_MS],
        )


def listening_now(db: Database, chair: int) -> int | None:
    """When a screen of the chair, or of all chairs, last reported that it was seen and could sound.

    In UTC ms of the recorder's clock; None where none ever did.
    """
    row = db.execute(
        "SELECT max(t_ms) FROM listening WHERE chair IN (?, ?)", [chair, ALL_CHAIRS]
    ).fetchone()
    return None if row[0] is None else int(row[0])
