"""The port ``replay://FILE?OPTIONS``: recorded bytes, played at their pace.

A text recording (lines, no control characters) is played line by line, each ended by CR LF, one
every ``period_s`` (default 1); empty lines and lines that begin with # are passed over. Anything
else is played byte by byte at ``bytes_per_s`` (default: a tenth of the line's baud rate).
``loop=1`` begins again at the end; without it the port falls silent.

FILE is a path as the system writes it: relative, absolute, or with a drive letter.
"""

import re
from pathlib import Path
from urllib.parse import unquote

from devices.driver import PortError
from devices.virtual.query import Query
from devices.virtual.wire import Source, VirtualSerial

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PIECES_PER_S = 10


class Serial(VirtualSerial):
    """What pySerial looks for in this module."""

    def source_of(self, url: str) -> Source:
        """Read the URL and the file."""
        query = Query(url)
        path = _path(query.name)
        period_s = query.maybe("period_s", 0.001, 3600)
        bytes_per_s = query.maybe("bytes_per_s", 1, 1e6)
        loop = query.text("loop", "0")
        if loop not in ("0", "1"):
            raise PortError(f"{query.short}: loop={loop} is neither 0 nor 1.")
        query.finish()
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise PortError(f"The recording {path} is not there.") from error
        except OSError as error:
            raise PortError(f"The recording {path} cannot be read.") from error
        if _CONTROL.search(data):
            if period_s is not None:
                raise PortError(f"{path} is not a text recording: give bytes_per_s.")
            rate = bytes_per_s or self.baudrate / 10
            pieces, every_s = _pieces(data, rate)
        else:
            if bytes_per_s is not None:
                raise PortError(f"{path} is a text recording: give period_s.")
            pieces, every_s = _lines(data), period_s or 1.0
        if not pieces:
            raise PortError(f"The recording {path} holds nothing to play.")
        return Tape(pieces, every_s, loop == "1")


class Tape:
    """Pieces of bytes, one every so often."""

    def __init__(self, pieces: list[bytes], every_s: float, loop: bool) -> None:
        """Begin at the beginning."""
        self._pieces = pieces
        self._every_s = every_s
        self._loop = loop
        self._played = 0

    def next_s(self) -> float | None:
        """When the next piece comes; None when it is over."""
        if self._played >= len(self._pieces) and not self._loop:
            return None
        return (self._played + 1) * self._every_s

    def emit(self) -> bytes:
        """The next piece."""
        piece = self._pieces[self._played % len(self._pieces)]
        self._played += 1
        return piece

    def receive(self, data: bytes, t_s: float) -> None:
        """A recording hears nothing."""


def _path(name: str) -> Path:
    if re.match(r"/[A-Za-z]:[/\\]", name):  # replay:///C:/file, as browsers write it
        name = name[1:]
    path = Path(name)
    return path if path.exists() else Path(unquote(name))


def _lines(data: bytes) -> list[bytes]:
    lines = re.split(rb"[\r\n]+", data)
    return [line + b"\r\n" for line in lines if line.strip() and not line.startswith(b"#")]


def _pieces(data: bytes, bytes_per_s: float) -> tuple[list[bytes], float]:
    size = max(1, round(bytes_per_s / _PIECES_PER_S))
    pieces = [data[begin : begin + size] for begin in range(0, len(data), size)]
    return pieces, size / bytes_per_s
