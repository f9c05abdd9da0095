"""Recorded bytes, played."""

from pathlib import Path

import pytest

from devices.driver import Line, PortError
from devices.port import open_port
from tests.devices.wire_reading import MASIMO_LINE, Bench


def test_replay_plays_lines_one_a_second_then_falls_silent(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(b"# a remark\none\n\ntwo\r\n#\nthree")
    bench = Bench(f"replay://{file}", MASIMO_LINE)
    assert bench.until(1) == b"one\r\n"
    assert bench.until(10) == b"two\r\nthree\r\n"
    bench.port.write(b"hello")  # heard by nobody
    assert bench.until(60) == b""


def test_replay_repeats_at_its_own_pace(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(b"a\nb\n")
    assert Bench(f"replay://{file}?loop=1&period_s=2").until(10) == b"a\r\nb\r\n" * 2 + b"a\r\n"


def test_replay_plays_bytes_at_the_lines_speed(tmp_path: Path) -> None:
    file = tmp_path / "frames.raw"
    data = bytes(range(256)) * 20
    file.write_bytes(data)
    assert Bench(f"replay://{file}", Line(9600)).until(1) == data[:960]
    assert Bench(f"replay://{file}", Line(9600)).until(60) == data
    assert Bench(f"replay://{file}", Line(19200)).until(1) == data[:1920]
    assert Bench(f"replay://{file}?bytes_per_s=5", Line(9600)).until(4) == data[:20]
    assert Bench(f"replay://{file}?loop=1&bytes_per_s=5120").until(3) == data * 3


def test_replay_takes_relative_and_odd_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "here"
    inner.mkdir()
    (tmp_path / "a 1#+%20.txt").write_bytes(b"a\n")
    monkeypatch.chdir(inner)
    assert Bench("replay://../a 1#+%20.txt").until(1) == b"a\r\n"
    assert Bench("replay://../a%201%23+%2520.txt").until(1) == b"a\r\n"


def test_replay_takes_windows_drives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / r"C:\seen.txt").write_bytes(b"a\n")
    (tmp_path / "C:").mkdir()
    (tmp_path / "C:" / "seen.txt").write_bytes(b"b\n")
    monkeypatch.chdir(tmp_path)  # where there are no drives, these are names like any other
    assert Bench(r"replay://C:\seen.txt").until(1) == b"a\r\n"
    assert Bench("replay:///C:/seen.txt").until(1) == b"b\r\n"


@pytest.mark.parametrize(
    ("name", "content", "query", "sentence"),
    [
        ("gone.txt", None, "", "gone.txt is not there."),
        ("empty.txt", b"", "", "empty.txt holds nothing to play."),
        ("remarks.txt", b"# only\n", "", "remarks.txt holds nothing to play."),
        ("text.txt", b"a\n", "?bytes_per_s=9", "is a text recording: give period_s."),
        ("frames.raw", b"\x00~", "?period_s=9", "is not a text recording: give bytes_per_s."),
        ("text.txt", b"a\n", "?period_s=0", "period_s=0 is no number from"),
        ("text.txt", b"a\n", "?loop=yes", "loop=yes is neither 0 nor 1."),
        ("text.txt", b"a\n", "?speed=2", "has no option speed here"),
    ],
)
def test_replay_says_what_is_wrong(
    tmp_path: Path, name: str, content: bytes | None, query: str, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(PortError) as caught:
        open_port(f"replay://{tmp_path / name}{query}", MASIMO_LINE)
    assert sentence in str(caught.value)


def test_replay_of_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="cannot be read"):
        open_port(f"replay://{tmp_path}", MASIMO_LINE)
