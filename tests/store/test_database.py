"""Everything that a disk and other programs do to a database, in sentences; nothing half stored."""

import os
import resource
import sqlite3 as other_sqlite
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from shutil import rmtree
from threading import Thread

import pytest
from sqlite_utils import Database

from devices.numeric import Generation, Parameter
from monitor.store.database import StoreError, damage, open_to_read, open_to_write, transaction
from monitor.store.writing import Batch, Reading, write_ticks
from tests.conftest import ROOT
from tests.store.rows import BASE_MS, chair_with, said, store

Open = Callable[[Path], Database]
both = pytest.mark.parametrize("open_it", [open_to_write, open_to_read])


def big_batch(chair: int, source: int, tick: int, rows: int = 400) -> Batch:
    batch = Batch(tick, BASE_MS + tick, 0)
    batch.readings = [
        Reading(
            chair,
            source,
            Generation.REAL,
            said(Parameter.HR, BASE_MS + tick * 1_000_000 + i, 70.0),
        )
        for i in range(rows)
    ]
    return batch


@pytest.fixture
def folder_of_nobody() -> Generator[Path]:
    """A folder that an account without rights can reach; this process is that account meanwhile."""
    folder = Path(tempfile.mkdtemp())
    user = os.geteuid()
    folder.chmod(0o777)
    if user == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if user == 0:
            os.seteuid(0)
        folder.chmod(0o777)
        rmtree(folder)


def test_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "chairside.db"
    open_to_write(path).close()
    assert path.exists()


def test_reader_never_sees_half_a_store(tmp_path: Path) -> None:
    """A dashboard that opens while a recorder makes the file: not there, or whole."""
    told: set[str] = set()
    for number in range(15):
        path = tmp_path / f"{number}.db"
        maker = Thread(target=lambda path=path: open_to_write(path).close())
        maker.start()
        while maker.is_alive():
            try:
                open_to_read(path).close()
            except StoreError as error:
                told.add(str(error).replace(str(path), "FILE"))
        maker.join()
        open_to_read(path).close()
    assert told <= {"There is no database at FILE."}


def test_reader_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "no.db"
    with pytest.raises(StoreError) as told:
        open_to_read(path)
    assert str(told.value) == f"There is no database at {path}."
    assert list(tmp_path.iterdir()) == []


@both
def test_text_file_is_no_database(tmp_path: Path, open_it: Open) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary. " * 500)
    with pytest.raises(StoreError, match="is not a Chairside database"):
        open_it(path)
    assert path.read_text() == "Dear diary. " * 500


@both
def test_database_of_another_program_is_left_alone(tmp_path: Path, open_it: Open) -> None:
    path = tmp_path / "other.db"
    other = other_sqlite.connect(path)
    other.execute("CREATE TABLE recipe(name TEXT)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a Chairside database"):
        open_it(path)
    assert path.read_bytes() == before


@both
def test_folder_is_no_database(tmp_path: Path, open_it: Open) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened|There is no database at"):
        open_it(tmp_path)


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened: "):
        open_to_write(tmp_path / "file" / "chairside.db")


def spoil(path: Path, begin: int) -> None:
    """Overwrite every page from ``begin`` on with noise."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(os.urandom(size - begin))


def test_damaged_file_is_said_to_be_damaged(database: Path, db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS + s, 70.0) for s in range(3000)])
    assert damage(db) is None
    db.close()
    spoil(database, 4096)
    for open_it in (open_to_write, open_to_read):
        with pytest.raises(
            StoreError, match=r"is damaged. Restore a backup; keep the damaged file"
        ):
            open_it(database)


def test_damage_of_one_page_is_found_by_the_check(database: Path, db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    store(db, chair, source, Parameter.HR, [(BASE_MS + s, 70.0) for s in range(5000)])
    db.close()
    spoil(database, database.stat().st_size - 8192)
    reader = open_to_read(database)
    assert damage(reader)
    reader.close()


def test_lock_is_told_within_a_tick_and_nothing_is_stored(database: Path, db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    other = open_to_write(database)
    began_s = time.monotonic()
    with transaction(other), pytest.raises(StoreError, match="another program holds it locked"):
        write_ticks(db, [big_batch(chair, source, 1)])
    assert time.monotonic() - began_s < 1.5
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    write_ticks(db, [big_batch(chair, source, 1)])
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (400,)
    other.close()


def test_full_disk_is_told_and_nothing_of_the_ticks_is_stored(db: Database) -> None:
    chair, (source,) = chair_with(db, 1000)
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages + 2}")
    write_ticks(db, [Batch(1, BASE_MS, 0)])
    with pytest.raises(StoreError, match=r"the disk is full. Free some space"):
        write_ticks(db, [big_batch(chair, source, tick) for tick in (2, 3)])
    assert not db.conn.in_transaction
    assert db.execute("SELECT count(*), max(tick) FROM tick").fetchone() == (1, 1)
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    db.execute("PRAGMA max_page_count=1000000")
    write_ticks(db, [big_batch(chair, source, tick) for tick in (2, 3)])
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (800,)


CHILD = """
import sys
from pathlib import Path
from monitor.store.database import StoreError, damage, open_to_write
from monitor.store.writing import write_ticks
from tests.store.rows import chair_with
from tests.store.test_database import big_batch

db = open_to_write(Path(sys.argv[1]))
chair, (source,) = chair_with(db, 1000)
for tick in range(1, 1000):
    try:
        write_ticks(db, [big_batch(chair, source, tick)])
    except StoreError as error:
        print(tick - 1, error)
        break
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
def test_file_that_may_not_grow_keeps_what_was_acknowledged(database: Path) -> None:
    limit = 1_000_000
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(database)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    kept, _, sentence = child.stdout.partition(" ")
    assert sentence.startswith(f"The database {database} cannot be used: ")
    assert child.stderr == ""
    db = open_to_write(database)
    assert db.execute("SELECT max(tick), count(*) FROM tick").fetchone() == (int(kept), int(kept))
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (400 * int(kept),)
    assert int(kept) > 3
    assert damage(db) is None
    db.close()


def test_file_that_may_not_be_written(folder_of_nobody: Path) -> None:
    path = folder_of_nobody / "chairside.db"
    open_to_write(path).close()
    path.chmod(0o444)
    with pytest.raises(StoreError, match=r"may not be written. Check the rights"):
        open_to_write(path)


def test_folder_that_may_not_be_written(folder_of_nobody: Path) -> None:
    folder = folder_of_nobody / "data"
    path = folder / "chairside.db"
    open_to_write(path).close()
    folder.chmod(0o555)
    with pytest.raises(StoreError, match=r"Check the rights|Check that the folder"):
        open_to_write(path)
    with pytest.raises(StoreError, match="cannot be opened: Permission denied"):
        open_to_write(folder / "new.db")
    folder.chmod(0o777)
    db = open_to_write(path)
    assert damage(db) is None
    db.close()


def test_file_that_may_not_be_read(folder_of_nobody: Path) -> None:
    path = folder_of_nobody / "chairside.db"
    open_to_write(path).close()
    path.chmod(0o000)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_to_read(path)
