"""The kept raw bytes of a session, decoded again: then and now."""

import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from devices.masimo_ascii1 import MasimoAscii1
from devices.numeric import Numeric
from devices.table import DRIVERS
from monitor.__main__ import main
from monitor.recorder import decoding
from monitor.recorder import raw as archive
from monitor.store import raw
from monitor.store.current import Source
from monitor.store.database import open_to_read, open_to_write
from monitor.store.raw_format import Block, Kind, Record, blocks, records_block
from tests.recorder.parts import START, ByHand, Plug, line
from tests.recorder.past import MASIMO, SEVERAL, Past, visit

OURS, THEIRS = "0000000011", "0000000022"
COUNT = "SELECT count(DISTINCT t_ms) FROM reading WHERE value IS NOT NULL AND source = ?"


def decode(database: Path, *more: str) -> tuple[int, str, str]:
    """Run the command; give its code, and what it printed where."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["decode", "--session", "1", "--database", str(database), *more])
    return code, out.getvalue(), err.getvalue()


def counts(printed: str) -> dict[str, list[int]]:
    """The lines of the tables, summed up over the sources: same, changed, then, now, no bytes."""
    found: dict[str, list[int]] = {}
    for words in map(str.split, printed.splitlines()):
        if len(words) == 6 and all(word.isdigit() for word in words[1:]):
            before = found.get(words[0], [0] * 5)
            found[words[0]] = [a + int(b) for a, b in zip(before, words[1:], strict=True)]
    return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute's session of several drivers, in segments of twenty seconds."""
    database = tmp_path_factory.mktemp("recorded") / "chairside.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "SEGMENT_MS", 20_000)
        past = Past(database, SEVERAL)
        visit(past, 60, 30, 20)
        past.end()
    assert past.said == []
    return database


@pytest.fixture
def copy(recorded: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    database = tmp_path / recorded.name
    for suffix in ("", "-wal"):
        if Path(f"{recorded}{suffix}").exists():
            shutil.copy(f"{recorded}{suffix}", f"{database}{suffix}")
    shutil.copytree(raw.folder_of(recorded), raw.folder_of(database))
    return database


def middle(database: Path) -> Path:
    """A file from the midst of the session of the oximeter."""
    db = open_to_read(database)
    ((name,),) = db.execute(
        "SELECT file FROM raw_segment JOIN session WHERE source = 1 AND raw_segment.from_ms >"
        " session.from_ms + 30000 ORDER BY raw_segment.from_ms LIMIT 1"
    ).fetchall()
    db.close()
    return raw.folder_of(database) / str(name)


def test_pushing_and_conversing_drivers_decode_to_the_same(recorded: Path) -> None:
    code, printed, said = decode(recorded)
    assert (code, said) == (0, "")
    assert printed.endswith("identical\n")
    found = counts(printed)
    assert {"SpO2", "PR", "HR", "NIBP_sys", "EtCO2"} <= set(found)
    assert all(same > 5 and rest == [0, 0, 0, 0] for same, *rest in found.values())
    # All readings of the session, and none twice.
    db = open_to_read(recorded)
    ((stored,),) = db.execute(
        "SELECT count(*) FROM reading JOIN session ON t_ms BETWEEN from_ms AND ended_ms"
    ).fetchall()
    db.close()
    assert sum(same for same, *_ in found.values()) == stored
    assert decode(recorded, "--json") == (0, "", "")


def test_running_threads_keep_exactly_what_each_tick_took(by_hand: Callable[..., ByHand]) -> None:
    recorder = by_hand(*SEVERAL[1:], MASIMO, speed=40)
    assert recorder.press("session_start", **START).accepted
    sources = list(recorder.chair.sources)
    recorder.tick_until(lambda: all(recorder.rows(COUNT, s)[0][0] >= 12 for s in sources), 20)
    assert recorder.press("session_end").accepted
    recorder.end()
    code, printed, _ = decode(recorder.path)
    assert (code, printed.splitlines()[-1]) == (0, "identical"), printed


class OneLess(MasimoAscii1):
    """A driver that reads SpO2 otherwise, and passes over some lines."""

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        said = super().parse(frame, t_ms)
        return [
            Numeric(x.parameter, x.value - 1, x.t_ms) if x.value and x.parameter.unit == "%" else x
            for x in said
            if x.value != 61
        ]


def test_driver_that_reads_otherwise_is_seen_value_by_value(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before, _ = decode(recorded)
    monkeypatch.setitem(DRIVERS, "masimo_ascii1", OneLess)
    code, printed, _ = decode(recorded)
    assert code == 1
    assert printed.endswith("different\n")
    same, changed, *others = counts(printed)["SpO2"]
    assert changed > 5
    assert [same + changed, *others] == [counts(before)["SpO2"][0], 0, 0, 0]
    assert "more: --json prints all" in printed
    code, rows, _ = decode(recorded, "--json")
    found = [json.loads(row) for row in rows.splitlines()]
    assert (code, len(found)) == (1, changed)
    for row in found:
        assert (row["what"], row["parameter"], row["unit"]) == ("changed", "SpO2", "%")
        assert row["now"]["value"] == row["then"]["value"] - 1


class Deaf(MasimoAscii1):
    """A driver that refuses what it took."""

    facts = MasimoAscii1.facts

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        return []


def test_what_only_one_of_the_two_reads_is_told_apart(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DRIVERS, "masimo_ascii1", Deaf)
    assert counts(decode(recorded)[1])["SpO2"][2] > 5  # only then
    past = Past(tmp_path / "deaf.db")
    visit(past, 20, 5, 5)
    past.end()
    monkeypatch.undo()
    code, printed, _ = decode(past.path)
    assert code == 1
    assert counts(printed)["SpO2"][:3] == [0, 0, 0]
    assert counts(printed)["SpO2"][3] >= 15  # only now


def test_flipped_byte_costs_its_block_and_is_said(copy: Path) -> None:
    path = middle(copy)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    code, printed, said = decode(copy)
    assert code == 1
    assert f"{path.name} is damaged at byte" in said
    assert "the checksum of a block is wrong" in said
    same, changed, then, now, lost = counts(printed)["PR"]
    assert (changed, then, now) == (0, 0, 0)
    assert 5 <= lost <= 7  # five seconds of one of the sources
    assert same > 100
    assert "no bytes are kept" in printed


def test_file_cut_short_is_read_to_its_last_whole_block(copy: Path) -> None:
    path = middle(copy)
    path.write_bytes(path.read_bytes()[:-3])
    code, printed, said = decode(copy)
    assert code == 1
    assert "the file ends within a block" in said
    assert counts(printed)["PR"][1:4] == [0, 0, 0]
    assert 5 <= counts(printed)["PR"][4] <= 7


def test_file_that_is_gone_is_missed(copy: Path) -> None:
    path = middle(copy)
    path.unlink()
    code, printed, said = decode(copy)
    assert code == 1
    assert f"{path.name} cannot be read: No such file" in said
    assert counts(printed)["SpO2"][1:4] == [0, 0, 0]
    assert 18 <= counts(printed)["SpO2"][4] <= 27


def test_whole_blocks_that_were_not_written_then_are_found_out(copy: Path) -> None:
    path = middle(copy)
    before = path.read_bytes()
    last = list(blocks(before))[-1]
    assert isinstance(last, Block)
    path.write_bytes(
        before + records_block(last.sequence + 1, [Record(Kind.HEARD, last.to_ms, b"")])
    )
    code, _, said = decode(copy)
    assert code == 1
    assert "is not what was written: its SHA-256 differs" in said


def test_session_that_cannot_be_decoded_is_said_in_a_sentence(copy: Path) -> None:
    shutil.rmtree(raw.folder_of(copy))
    for _ in ("files gone", "of a version that kept none"):
        code, printed, said = decode(copy)
        assert (code, printed) == (2, "")
        assert said.startswith("No raw bytes of session 1 are kept in ")
        db = open_to_write(copy)
        db.execute("DROP TABLE IF EXISTS raw_segment")
        db.close()
    for arguments, words in (
        (["--session", "9"], "There is no session 9."),
        (["--session", "1", "masimo_ascii1"], "Give either DRIVER and FILE, or --session ID."),
        ([], "Give DRIVER and FILE, or --session ID."),
    ):
        err = StringIO()
        with redirect_stderr(err):
            assert main(["decode", "--database", str(copy), *arguments]) == 2
        assert err.getvalue() == f"{words}\n"


def test_what_another_monitor_said_is_withheld_now_as_then(
    by_hand: Callable[..., ByHand], plug: Plug
) -> None:
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=20)

    def heard(number: str, count: int) -> None:
        def say() -> bool:
            plug.send(line(number))
            return bool(recorder.rows(COUNT, 1)[0][0] >= count)

        recorder.tick_until(say)

    heard(OURS, 3)
    assert recorder.press("session_start", **START).accepted

    def different() -> bool:
        plug.send(line(THEIRS, spo2=81))
        return next(iter(recorder.chair.sources.values())).state == "different"

    recorder.tick_until(different)
    until_ms = recorder.recorder.clock.now_ms() + 4000

    def withheld() -> bool:
        plug.send(line(THEIRS, spo2=81))
        return recorder.recorder.clock.now_ms() > until_ms

    recorder.tick_until(withheld)
    identity = recorder.chair.sources[1].identity
    assert recorder.press("confirm_monitor", source=1, identity=identity).accepted
    heard(THEIRS, recorder.rows(COUNT, 1)[0][0] + 3)
    assert recorder.press("session_end").accepted
    assert recorder.rows("SELECT 1 FROM reading WHERE reason = 'different monitor'")
    recorder.end()
    code, printed, said = decode(recorder.path)
    assert (code, said) == (0, ""), printed
    assert counts(printed)["SpO2"][0] >= 5


def test_tick_of_which_bytes_are_missing_is_not_judged() -> None:
    source = Source(1, 1, "Rad-8", "masimo_ascii1", 0, 1000)
    player = decoding.Player(MasimoAscii1, source, 0)
    said = [Record(Kind.HEARD, t_ms, line(OURS)) for t_ms in (1000, 2000, 2900, 4000)]
    said[0] = Record(Kind.HEARD, 1000, line(OURS) * 2)  # a serial number counts when repeated
    taken = [Record(Kind.TAKEN, t_ms, b"") for t_ms in (1100, 3000, 4100)]
    player.block("life", Block(0, 0, 1100, None, [Record(Kind.BEGUN, 0, b""), said[0], taken[0]]))
    # The block with what was said at 2000 is damaged: what the tick at 3000 stored cannot be known.
    player.block("life", Block(2, 2900, 4100, None, [said[2], taken[1], said[3], taken[2]]))
    assert player.ticks == {1100, 4100}
    assert {t_ms for t_ms, _ in player.found} == {1000, 4000}


class Counting(MasimoAscii1):
    """A driver that remembers, as long as it lives, across connections."""

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        return [
            Numeric(x.parameter, 50.0 + self.accepted % 50, t_ms)
            for x in super().parse(frame, t_ms)
        ]


def test_session_over_two_recorders_has_two_lives_of_its_drivers(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DRIVERS, "masimo_ascii1", Counting)
    first = Past(database)
    first.run(20)
    first.press("session_start", **START)
    first.run(30)
    first.end()
    second = Past(database, before_s=3600)
    second.run(30)
    second.press("session_end")
    second.run(5)
    second.end()
    code, printed, said = decode(database)
    assert (code, said) == (0, ""), printed
    assert counts(printed)["PR"][0] > 50
