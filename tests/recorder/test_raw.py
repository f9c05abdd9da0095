"""Keeping raw bytes: bounded, claimed by sessions, and never in the way of the readings."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from monitor.recorder import decoding
from monitor.recorder import raw as archive
from monitor.recorder.supervision import Keeper
from monitor.session import visit as visit_rules
from monitor.store import raw
from monitor.store.raw_format import Block, Damage, Kind, blocks
from tests.conftest import Program, until
from tests.recorder.parts import OXIMETER, START, ByHand, write
from tests.recorder.past import MASIMO, SEVERAL, Past, sha256, visit
from tests.recorder.test_decoding import counts, decode

DAY_MS = 24 * 3_600_000


def kept(database: Path) -> set[str]:
    return {path.name for path in raw.folder_of(database).iterdir()}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """All spans shorter, so that seconds do for hours."""
    monkeypatch.setattr(archive, "SEGMENT_MS", 10_000)
    monkeypatch.setattr(archive, "CHECK_TICKS", 5)
    monkeypatch.setattr(visit_rules, "BASELINE_MS", 10_000)
    monkeypatch.setattr(raw, "LEAD_MS", 10_000)
    monkeypatch.setattr(raw, "AFTER_MS", 5_000)
    monkeypatch.setattr(decoding, "OPENING_MS", 6_000)


def test_every_byte_is_kept_with_what_was_sent_and_when(database: Path) -> None:
    past = Past(database, SEVERAL[1:2])
    past.run(30)
    past.end()
    ((file, digest, size),) = past.rows_after("SELECT file, sha256, bytes FROM raw_segment")
    path = raw.folder_of(database) / file
    assert (sha256(path), path.stat().st_size) == (digest, size)
    head, *others = blocks(path.read_bytes())
    assert isinstance(head, Block)
    assert head.facts
    assert (head.facts["driver"], head.facts["source"]) == ("datex_dri", 1)
    assert head.facts["line"]["baudrate"] == 19200
    records = [record for block in others if isinstance(block, Block) for record in block.records]
    assert [r.kind for r in records[:3]] == [Kind.BEGUN, Kind.SENT, Kind.HEARD]
    assert sum(r.kind == Kind.TAKEN for r in records) == past.recorder.tick
    assert len(b"".join(r.data for r in records if r.kind == Kind.HEARD)) > 5 * 278
    assert b"~" in records[1].data


@pytest.mark.usefixtures("short")
def test_purge_keeps_what_a_session_needs_and_deletes_the_rest(database: Path) -> None:
    past = Past(database, SEVERAL)
    visit(past, 30, 60, 40)
    before = kept(database)
    now_ms = past.recorder.clock.now_ms()
    past.recorder.raw.purge(past.recorder.db, now_ms - DAY_MS, now_ms)
    assert kept(database) == before  # young
    needed = {
        file
        for (file,) in past.rows(
            "SELECT file FROM raw_segment JOIN session ON raw_segment.from_ms <= ended_ms + 5000"
            " AND coalesce(to_ms, 9e18) >= session.from_ms - 10000"
        )
    }
    past.recorder.raw.purge(past.recorder.db, now_ms, now_ms)
    left = kept(database)
    assert needed <= left
    # Of each source stay: the opening, the lead, the session, a little after, and what is written.
    assert len(before) - len(left) >= 2 * len(SEVERAL)
    assert min(before) in left
    for unclaimed, to_ms in past.rows("SELECT claimed = 0, to_ms FROM raw_segment"):
        assert not unclaimed or to_ms is None
    rows = past.rows("SELECT data FROM journal WHERE kind = 'purge'")
    assert [json.loads(data)["raw_segments"] for (data,) in rows] == [len(before) - len(left)]
    with pytest.raises(Exception, match="a session claims these raw bytes"):
        past.recorder.db.execute("DELETE FROM raw_segment WHERE claimed = 1")
    past.end()
    assert kept(database) == {file for (file,) in past.rows_after("SELECT file FROM raw_segment")}
    code, printed, said = decode(database)
    assert (code, said) == (0, ""), printed
    assert all(same > 0 for same, *_ in counts(printed).values())


@pytest.mark.usefixtures("short")
def test_open_session_keeps_its_bytes_and_is_compared_so_far(database: Path) -> None:
    past = Past(database)
    past.run(20)
    past.press("session_start", patient="P", second_identifier="1980")
    past.run(30)
    now_ms = past.recorder.clock.now_ms()
    before = kept(database)
    past.recorder.raw.purge(past.recorder.db, now_ms + DAY_MS, now_ms)
    assert kept(database) == before
    code, printed, said = decode(database)
    assert code == 0, printed + said
    assert counts(printed)["SpO2"][0] >= 30
    past.end()


@pytest.mark.usefixtures("short")
def test_bound_takes_the_oldest_first_then_keeping_stops_and_is_said_once(database: Path) -> None:
    past = Past(database)
    past.run(45)
    first = min(kept(database))
    past.recorder.raw.most_bytes = past.recorder.raw.kept_bytes
    past.run(20)
    assert first in kept(database)  # how the connection began is needed as long as it lasts
    assert sorted(kept(database))[1] > first
    assert past.said == []
    bound = past.recorder.raw.most_bytes
    assert raw.bytes_kept(past.recorder.db) <= bound + 8192
    past.press("session_start", patient="P", second_identifier="1980")
    past.run(80)  # now everything is claimed
    (said,) = past.said
    assert said.startswith("Raw bytes are not kept now: they reached their bound of ")
    assert past.rows("SELECT kind, text FROM notice") == [("raw", said)]
    ((last_ms,),) = past.rows("SELECT max(t_ms) FROM reading")
    assert past.end_ms - last_ms < 2000  # the readings go on
    past.recorder.raw.most_bytes *= 100
    past.run(10)
    assert past.said[1:] == ["Raw bytes are kept again."]
    past.run(10)
    past.press("session_end")
    past.run(15)
    past.end()
    code, printed, _ = decode(database)
    assert code == 1
    same, changed, then, now, lost = counts(printed)["SpO2"]
    assert (changed, then, now) == (0, 0, 0)
    assert lost > 20
    assert same > 20


@pytest.mark.usefixtures("short")
def test_disk_without_room_keeps_the_room_for_the_readings(database: Path) -> None:
    past = Past(database)
    past.recorder.raw.free_bytes = shutil.disk_usage(database.parent).total * 2
    past.run(20)
    (said,) = past.said
    assert "of the disk is free. Readings and alarms go on." in said
    assert kept(database) == set()
    assert past.rows("SELECT count(*) > 20 FROM reading") == [(1,)]
    past.end()


def test_folder_that_cannot_be_written_stops_nothing(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CHECK_TICKS", 5)
    folder = raw.folder_of(database)
    folder.write_text("a file where the folder should be")
    past = Past(database)
    past.run(20)
    assert len(past.said) == 1
    assert past.said[0].endswith("Readings and alarms go on.")
    folder.unlink()
    past.run(20)
    assert past.said[1:] == ["Raw bytes are kept again."]
    for path in folder.iterdir():  # taken away under the recorder
        path.unlink()
    past.run(20)
    assert "cannot be written: No such file" in past.said[2]
    assert past.said[3:] == ["Raw bytes are kept again."]
    kinds = past.rows("SELECT kind, text FROM notice ORDER BY id")
    assert kinds == [("raw", words) for words in past.said]
    ((count,),) = past.rows("SELECT count(*) FROM reading")
    assert count >= 110
    past.end()


def test_killed_recorder_leaves_files_that_the_next_one_finishes(program: Program) -> None:
    process = program.record(OXIMETER, speed=10)
    write(program.database, "session_start", **START)
    folder = raw.folder_of(program.database)

    def written() -> bool:
        found = list(folder.glob("*.raw"))
        return bool(found) and len(list(blocks(found[0].read_bytes()))) >= 4

    until(written)
    program.end(process, signal.SIGKILL)
    (path,) = folder.iterdir()
    found = list(blocks(path.read_bytes()))
    assert not [block for block in found[:-1] if isinstance(block, Damage)]
    with path.open("ab") as file:
        file.write(b"CSR1\x01half a block")
    assert program.query("SELECT sha256, to_ms FROM raw_segment") == [(None, None)]
    again = ByHand(program.database, (OXIMETER,), 10)
    ((digest, to_ms),) = again.rows("SELECT sha256, to_ms FROM raw_segment")
    assert digest == sha256(path)
    assert to_ms == max(block.to_ms for block in found if isinstance(block, Block))
    again.tick()
    assert again.press("session_end").accepted
    again.end()
    code, printed, said = decode(program.database)
    assert "the file ends within a block" in said
    same, changed, then, now, lost = counts(printed)["SpO2"]
    assert (code, changed, then, now) == (1, 0, 0, 0)
    assert same >= 5
    assert lost <= archive.FLUSH_TICKS + 2  # the last few seconds


def test_file_without_a_row_is_taken_up_and_a_stranger_left_alone(database: Path) -> None:
    past = Past(database)
    past.run(20)
    past.end()
    (name,) = kept(database)
    stranger = raw.folder_of(database) / "notes.raw"
    stranger.write_bytes(b"not ours")
    again = Past(database, before_s=3600)
    again.recorder.db.execute("DELETE FROM raw_segment")
    again.recorder.db.commit()
    again.end()
    third = ByHand(database, (MASIMO,))
    assert third.rows("SELECT file, source FROM raw_segment WHERE file = ?", name) == [(name, 1)]
    assert third.rows("SELECT 1 FROM raw_segment WHERE file = 'notes.raw'") == []
    assert stranger.exists()
    third.end()


def test_demo_that_begins_anew_begins_without_old_bytes(database: Path) -> None:
    past = Past(database)
    past.run(10)
    past.end()
    assert kept(database)
    Keeper(database, [], demo=True).prepare()
    assert not raw.folder_of(database).exists()


def test_bytes_of_which_a_driver_died_are_kept(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(database)
    past.run(3)

    def fail(_data: bytes, _t_ms: int) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(past.recorder.chairs[0].links[0].driver, "receive", fail)
        with pytest.raises(ZeroDivisionError):
            past.run(3)
    past.recorder.raw.end()
    (name,) = kept(database)
    found = blocks((raw.folder_of(database) / name).read_bytes())
    records = [r for block in found if isinstance(block, Block) for r in block.records]
    assert records[-1].kind == Kind.HEARD
    assert b"SPO2=" in records[-1].data
    past.end()
