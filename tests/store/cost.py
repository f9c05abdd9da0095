"""Counts what a query costs: SQLite's own instructions, the same on any machine."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlite_utils import Database

EVERY = 10


@dataclass
class Spent:
    count: int = 0


@contextmanager
def instructions(db: Database) -> Generator[Spent]:
    """Count the instructions that the connection runs within the block, in tens."""
    spent = Spent()

    def more() -> int:
        spent.count += EVERY
        return 0

    db.conn.set_progress_handler(more, EVERY)
    try:
        yield spent
    finally:
        db.conn.set_progress_handler(None, 0)
