"""Opening the database, and what can go wrong with it, in sentences."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the library it chose

from monitor.store.schema import migrations

# SQLite before this can lose committed rows when two connections checkpoint and write at the same
# moment (https://sqlite.org/wal.html#walresetbug); the two others carry the mend too.
FIXED_SQLITE = (3, 51, 3)
FIXED_BACKPORTS = ((3, 44, 6), (3, 50, 7))

BUSY_MS = 800  # shorter than a tick: a lock that lasts is reported, not waited for


class StoreError(Exception):
    """The database cannot be used. The message is a sentence for the operator."""


def sqlite_version() -> str:
    """The version of the SQLite library in use."""
    return str(sqlite3.sqlite_version)


def sqlite_is_fixed(version: str | None = None) -> bool:
    """True where the library in use has the mend of the WAL-reset bug."""
    parts = tuple(int(part) for part in (version or sqlite_version()).split("."))
    if parts >= FIXED_SQLITE:
        return True
    return any(parts[:2] == mended[:2] and parts >= mended for mended in FIXED_BACKPORTS)


def open_to_write(path: Path) -> Database:
    """Open the database for a process that writes; make it, or bring it up to date, if need be.

    Raises StoreError with a sentence that names the file and the cause.
    """
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        db = Database(str(path))
        try:
            db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            if not _is_ours_or_empty(db):
                raise StoreError(_sentence(path, "not a database"))
            if db.journal_mode != "wal":
                db.enable_wal()
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA foreign_keys=ON")
            db.execute("PRAGMA journal_size_limit=67108864")
            if migrations.pending(db):
                migrations.apply(db)
            db.execute("SELECT 1 FROM fact").fetchall()
            db.execute("DELETE FROM fact WHERE false")  # a file that may only be read says so now
        except BaseException:
            db.close()
            raise
    return db


def _make(path: Path) -> None:
    """Make a store aside and put it there whole: nobody ever reads half of one."""
    with TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
        new = Path(folder) / path.name
        db = Database(str(new))
        try:
            db.enable_wal()
            migrations.apply(db)
        finally:
            db.close()
        with suppress(FileExistsError):  # another process was faster
            try:
                os.link(new, path)
            except PermissionError:  # a file system without links
                if not path.exists():
                    new.rename(path)


def _is_ours_or_empty(db: Database) -> bool:
    """False where another program's tables stand in the file: it is left as it is."""
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in rows if not name.startswith(("sqlite_", "_sqlite_"))}
    return not names or "fact" in names


def open_to_read(path: Path) -> Database:
    """Open the database read-only. Keep no cursor: an open read stops the WAL's checkpoint.

    Raises StoreError with a sentence, also where the file does not exist.
    """
    if not path.exists() or path.is_dir():
        raise StoreError(f"There is no database at {path}.")
    with told(path):
        uri = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        try:
            connection.execute("PRAGMA query_only=ON")
            connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            connection.execute("SELECT 1 FROM fact").fetchall()
        except BaseException:
            connection.close()
            raise
    return Database(connection)


def version_of_data(db: Database) -> int:
    """A number that changes when another connection has committed something."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def damage(db: Database) -> str | None:
    """What SQLite's own check finds wrong with the file; None where it finds nothing."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    return None if found == "ok" else str(found)


@contextmanager
def transaction(db: Database) -> Generator[None]:
    """One write transaction: all of it is on the disk at the end, or nothing.

    Raises StoreError where the disk is full, the file locked, read-only or damaged.
    """
    with told(Path(db.execute("PRAGMA database_list").fetchone()[2])):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.commit()
        except BaseException:
            if db.conn.in_transaction:
                db.rollback()
            raise


@contextmanager
def made_up(db: Database) -> Generator[None]:
    """For what can be made again, as the demo's past: a power cut may lose its last seconds.

    The file is whole all the same; only the wait for the disk at each tick is left out.
    """
    db.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        db.execute("PRAGMA synchronous=FULL")


@contextmanager
def told(path: Path) -> Generator[None]:
    """Turn SQLite's errors within the block into StoreError."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise StoreError(_sentence(path, str(error))) from error
    except OSError as error:
        raise StoreError(f"The database {path} cannot be opened: {error.strerror}.") from error


def _sentence(path: Path, error: str) -> str:
    causes = {
        "full": "the disk is full. Free some space",
        "locked": "another program holds it locked. Close that program",
        "busy": "another program holds it locked. Close that program",
        "readonly": "it may not be written. Check the rights of the file and its folder",
        "read-only": "it may not be written. Check the rights of the file and its folder",
        "malformed": "the file is damaged. Restore a backup; keep the damaged file",
        "not a database": "the file is not a Chairside database",
        "no such table": "the file is not a Chairside database",
        "unable to open": "it cannot be opened. Check that the folder exists and may be written",
        "disk I/O": "the disk reports an error",
    }
    for word, sentence in causes.items():
        if word in error:
            return f"The database {path} cannot be used: {sentence}."
    return f"The database {path} cannot be used: {error}."
