"""A real pseudo-terminal with a virtual monitor on its other side."""

import fcntl
import os
import select
import struct
import termios
import tty
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.driver import Line
from devices.port import Port, open_port
from tests.conftest import until


@dataclass
class Terminal:
    """Both ends; ours is where a monitor's cable would be. A cable has no echo: it is raw."""

    ours: int = field(init=False)
    _theirs: int = field(init=False)

    def __post_init__(self) -> None:
        self.ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self.ours, False)

    @property
    def name(self) -> str:
        """What a port opens."""
        return os.ttyname(self._theirs)

    def give(self, data: bytes) -> None:
        """Send, and see it arrive: the kernel takes a moment."""
        waiting = self._arrived() + len(data)
        assert os.write(self.ours, data) == len(data)
        until(lambda: self._arrived() == waiting, every_s=0)

    def _arrived(self) -> int:
        found = fcntl.ioctl(self._theirs, termios.FIONREAD, bytes(4))
        return int(struct.unpack("i", found)[0])

    def sent(self, count: int = 0) -> bytes:
        """What the other side sent: so many bytes, waited for, or what is there."""
        data = b""
        while len(data) < count or (not count and select.select([self.ours], [], [], 0)[0]):
            assert select.select([self.ours], [], [], 5)[0], f"{data!r}, but not {count} bytes"
            data += os.read(self.ours, 4096)
        return data

    def close(self) -> None:
        """Take it away."""
        os.close(self.ours)
        os.close(self._theirs)


class OverTerminal:
    """Like a `Port` of a virtual monitor, but every byte goes through a pseudo-terminal."""

    def __init__(self, url: str, line: Line, now_s: Callable[[], float]) -> None:
        """Open the monitor, and the real port with the real settings."""
        self._monitor: Port = open_port(url, line, now_s)
        self._terminal = Terminal()
        self._port: Port = open_port(self._terminal.name, line)

    def read(self, wait_s: float) -> bytes:
        """What the monitor has said since."""
        if data := self._monitor.read(0):
            self._terminal.give(data)
        return self._port.read(wait_s)

    def write(self, data: bytes) -> None:
        """Let the monitor hear it."""
        self._port.write(data)
        self._monitor.write(self._terminal.sent(len(data)))

    def close(self) -> None:
        """Close all."""
        self._port.close()
        self._monitor.close()
        self._terminal.close()
