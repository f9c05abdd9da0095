"""Pseudo-terminals, sockets and pySerial's loop: what opens, what is lost, what is said."""

import errno
import fcntl
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from devices.driver import Line, PortError
from devices.numeric import Generation
from devices.port import (
    Port,
    generation_of,
    open_port,
    why_not,
)

LINE = Line(9600)
posix = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")


class Pty:
    """A pseudo-terminal behind a name that stays: a port that can vanish and come back."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self.plug()

    def plug(self) -> None:
        self.ours, theirs = os.openpty()
        self.device = os.ttyname(theirs)
        os.close(theirs)
        self.name.symlink_to(self.device)

    def unplug(self) -> None:
        os.close(self.ours)
        self.name.unlink()

    def say(self, data: bytes) -> None:
        os.write(self.ours, data)

    def hear(self, count: int) -> bytes:
        heard = b""
        while len(heard) < count:
            heard += os.read(self.ours, count - len(heard))
        return heard


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    if os.name != "posix":
        pytest.skip("pseudo-terminals are POSIX")
    made = Pty(tmp_path / "ttyMonitor")
    yield made
    os.close(made.ours)


def waiting_in_serial(thread: threading.Thread) -> bool:
    """Whether a thread is inside pySerial's or Python's own waiting."""
    frame = sys._current_frames().get(thread.ident or 0)
    name = Path(frame.f_code.co_filename).name if frame else ""
    return name in ("serialposix.py", "threading.py", "queue.py")


def read_until(port: Port, end: bytes) -> bytes:
    data, deadline = b"", time.monotonic() + 10
    while not data.endswith(end) and time.monotonic() < deadline:
        data += port.read(0.2)
    return data


@pytest.mark.parametrize(
    ("url", "generation"),
    [
        ("/dev/ttyUSB0", Generation.REAL),
        ("COM3", Generation.REAL),
        ("usb://A50285BI", Generation.REAL),
        ("socket://10.0.0.7:4001", Generation.REAL),
        ("loop://", Generation.REAL),
        ("sim://datex_dri", Generation.SIMULATED),
        ("SIM://datex_dri", Generation.SIMULATED),
        (" sim://datex_dri", Generation.SIMULATED),
        ("replay://sim://x", Generation.REPLAY),
        ("Replay://x.raw", Generation.REPLAY),
    ],
)
def test_the_scheme_says_where_bytes_come_from(url: str, generation: Generation) -> None:
    assert generation_of(url) is generation


def test_a_capital_scheme_opens_the_same_virtual_port() -> None:
    open_port("SIM://masimo_ascii1", LINE).close()


def test_bytes_pass_both_ways(pty: Pty) -> None:
    port = open_port(str(pty.name), LINE)
    pty.say(b"hello \x00\xff\r\n")
    assert read_until(port, b"\n") == b"hello \x00\xff\r\n"
    port.write(b"\x7e\r\n\x03\x11")  # raw: no end of line is changed, no control key obeyed
    assert pty.hear(5) == b"\x7e\r\n\x03\x11"
    port.close()
    port.close()


def test_read_gives_all_that_is_there_or_nothing(pty: Pty) -> None:
    port = open_port(str(pty.name), LINE)
    begin = time.monotonic()
    assert port.read(0) == b""
    assert port.read(0.05) == b""
    assert time.monotonic() - begin < 2
    pty.say(b"x" * 3000)
    data, deadline = b"", time.monotonic() + 10
    while len(data) < 3000 and time.monotonic() < deadline:
        data += port.read(1)
    assert data == b"x" * 3000
    port.close()


def test_settings_reach_the_line(pty: Pty) -> None:
    import termios

    port = open_port(str(pty.name), Line(19200, stopbits=2, xonxoff=True))
    control = os.open(pty.device, os.O_RDWR | os.O_NOCTTY)
    iflag, _, cflag, _, ispeed, *_ = termios.tcgetattr(control)
    os.close(control)
    assert ispeed == termios.B19200
    assert cflag & termios.CSTOPB
    assert iflag & termios.IXON
    port.close()


@pytest.mark.parametrize("line", [Line(19200, parity="E", rtscts=True), Line(9600, 7, "O")])
def test_a_pseudo_terminal_that_knows_no_parity_opens_all_the_same(pty: Pty, line: Line) -> None:
    port = open_port(str(pty.name), line)
    pty.say(b"\xfe\n")
    assert read_until(port, b"\n") == b"\xfe\n"
    port.close()


def test_a_line_that_leaves_a_setting_out_is_refused_and_let_go(
    pty: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "realpath", str)  # so it is taken for real hardware
    with pytest.raises(PortError) as caught:
        open_port(str(pty.name), Line(19200, parity="E"))
    assert str(caught.value) == (
        f"{pty.name} cannot be set to what the monitor needs (speed, parity, bits)."
    )
    open_port(str(pty.name), LINE).close()


def test_a_second_opening_is_refused(pty: Pty) -> None:
    first = open_port(str(pty.name), LINE)
    with pytest.raises(PortError) as caught:
        open_port(pty.device, LINE)
    assert str(caught.value) == f"Another program holds {pty.device}: close that program first."
    first.close()
    open_port(pty.device, LINE).close()


def test_another_program_that_holds_the_port_is_respected(pty: Pty) -> None:
    held = os.open(pty.device, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(PortError, match="Another program holds"):
        open_port(str(pty.name), LINE)
    os.close(held)
    open_port(str(pty.name), LINE).close()


def test_lost_and_found_again(pty: Pty) -> None:
    url = str(pty.name)
    port = open_port(url, LINE)
    pty.say(b"last words\n")
    assert read_until(port, b"\n") == b"last words\n"
    pty.unplug()
    with pytest.raises(PortError, match=f"{url} was lost: unplugged or switched off."):
        port.read(5)
    with pytest.raises(PortError):
        port.write(b"anybody there?")
    port.close()
    with pytest.raises(PortError, match="is not there"):
        open_port(url, LINE)
    pty.plug()
    port = open_port(url, LINE)
    pty.say(b"back\n")
    assert read_until(port, b"\n") == b"back\n"
    port.close()


def test_a_port_that_vanishes_wakes_who_waits_for_it(pty: Pty) -> None:
    port = open_port(str(pty.name), LINE)
    lost: list[str] = []

    def listen() -> None:
        try:
            while True:
                port.read(30)
        except PortError as error:
            lost.append(str(error))

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    begin = time.monotonic()
    pty.unplug()
    reader.join(10)
    assert time.monotonic() - begin < 5
    assert lost == [f"{pty.name} was lost: unplugged or switched off."]
    pty.plug()


@pytest.mark.parametrize("url", ["pty", "loop://", "sim://datex_dri"])
def test_closing_wakes_who_waits(pty: Pty, url: str) -> None:
    port = open_port(str(pty.name) if url == "pty" else url, LINE)
    ended: list[str] = []

    def listen() -> None:
        try:
            while True:
                port.read(30)
        except PortError as error:
            ended.append(str(error))

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not waiting_in_serial(reader):
        reader.join(0.001)
    port.close()
    reader.join(10)
    assert not reader.is_alive()
    assert len(ended) == 1


def test_loop_gives_back_what_is_written() -> None:
    port = open_port("loop://", LINE)
    assert port.read(0) == b""
    port.write(b"abc")
    assert port.read(1) == b"abc"
    port.close()


def test_spy_shows_what_passes(pty: Pty, tmp_path: Path) -> None:
    log = tmp_path / "spy.txt"
    port = open_port(f"spy://{pty.name}?file={log}", LINE)
    pty.say(b"seen\n")
    assert read_until(port, b"\n") == b"seen\n"
    port.close()
    assert "73" in log.read_text()


def test_a_network_port_and_its_end() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    url = f"socket://127.0.0.1:{server.getsockname()[1]}"
    port = open_port(url, LINE)
    peer, _ = server.accept()
    peer.sendall(b"far away\n")
    assert read_until(port, b"\n") == b"far away\n"
    port.write(b"yes")
    assert peer.recv(3) == b"yes"
    peer.sendall(b"bye")
    peer.close()
    assert read_until(port, b"bye") == b"bye"  # what came before the end is not thrown away
    with pytest.raises(PortError, match="was lost"):
        port.read(5)
    port.close()
    server.close()
    with pytest.raises(PortError, match=f"{url} cannot be reached: .*refused"):
        open_port(url, LINE)


# --- sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("/dev/ttyNONE", "/dev/ttyNONE is not there: the adapter is unplugged or"),
        ("nonsense://x", "nonsense:// is no kind of port that is known here."),
        ("usb://NOBODY", "No USB adapter with the serial number NOBODY is plugged in."),
        ("usb://path/9-9.9", "No USB adapter at 9-9.9 is plugged in."),
    ],
)
def test_why_a_port_does_not_open(url: str, sentence: str) -> None:
    with pytest.raises(PortError) as caught:
        open_port(url, LINE)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@posix
def test_what_is_not_a_serial_port(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("x")
    for path in (file, tmp_path):
        with pytest.raises(PortError) as caught:
            open_port(str(path), LINE)
        assert str(caught.value) == f"{path} is not a serial port."


def test_permission_names_the_group(pty: Pty) -> None:
    import grp

    os.chmod(pty.device, 0)
    group = grp.getgrgid(os.stat(pty.device).st_gid).gr_name
    script = (
        "import os, sys\n"
        "from devices.driver import Line, PortError\n"
        "from devices.port import open_port\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try: open_port(sys.argv[1], Line(9600))\n"
        "except PortError as error: sys.stdout.write(str(error))\n"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", script, pty.device],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    os.chmod(pty.device, stat.S_IRUSR | stat.S_IWUSR)
    assert found.stdout == (
        f"{pty.device} may not be opened by this account: "
        f"add it to the group {group} and sign in again."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("could not open port 'COM3': FileNotFoundError(2, '...')", "COM3 is not there"),
        ("could not open port 'COM3': PermissionError(13, '...')", "Another program holds COM3"),
        ("Cannot configure port, something went wrong.", "COM3 cannot be set to what"),
        ("could not open port 'COM3': OSError(22, '...')", "COM3 cannot be opened: could"),
    ],
)
def test_windows_says_it_in_words_only(text: str, sentence: str) -> None:
    assert why_not("COM3", "COM3", serial.SerialException(text), windows=True).startswith(sentence)


def test_an_empty_socket_behind_the_name_is_not_there() -> None:
    text = "Could not configure port: (5, 'Input/output error')"
    assert "is not there" in why_not("/dev/ttyS3", "/dev/ttyS3", serial.SerialException(text))
    error = OSError(errno.EBUSY, "busy")
    assert "Another program holds" in why_not("/dev/ttyS3", "/dev/ttyS3", error)
