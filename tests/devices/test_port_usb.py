"""A port that is bound to its USB adapter, and the list of ports."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from devices.driver import Line, PortError
from devices.port import PortFound, adapter_of, open_port, ports_found

LINE = Line(9600)


def adapter(device: str, number: str | None, place: str | None) -> ListPortInfo:
    found = ListPortInfo(device)
    found.serial_number, found.location, found.description = number, place, "USB Serial"
    return found


Plugged = list[ListPortInfo]


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Plugged:
    """What the computer says is plugged in: there is no USB where tests run."""
    found: Plugged = []
    monkeypatch.setattr(list_ports, "comports", lambda: list(found))
    return found


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[tuple[int, str, Path]]:
    """Our end of a pseudo-terminal, its device, and a link to it."""
    if os.name != "posix":
        pytest.skip("pseudo-terminals are POSIX")
    ours, theirs = os.openpty()
    device = os.ttyname(theirs)
    os.close(theirs)
    link = tmp_path / "by-id"
    link.symlink_to(device)
    yield ours, device, link
    os.close(ours)


Pty = tuple[int, str, Path]


def test_a_chair_is_bound_to_its_adapter_not_to_a_name(pty: Pty, plugged: Plugged) -> None:
    ours, device, _ = pty
    plugged += [adapter("/dev/ttyOTHER", "B1", "1-1.1"), adapter(device, "A1", "1-1.2")]
    for url in ("usb://A1", "usb://path/1-1.2"):
        port = open_port(url, LINE)
        assert port.name == f"{device} ({url})"
        os.write(ours, b"it is me\n")
        said, deadline = b"", time.monotonic() + 10
        while not said.endswith(b"\n") and time.monotonic() < deadline:
            said += port.read(0.2)
        assert said == b"it is me\n"
        port.close()
    plugged[:] = [adapter("/dev/ttyMOVED", "A1", "1-1.2")]
    with pytest.raises(PortError, match=r"/dev/ttyMOVED \(usb://A1\) is not there"):
        open_port("usb://A1", LINE)


@pytest.mark.parametrize("url", ["usb://0001", "usb://path/1-1", "usb://", "usb://path/"])
def test_an_adapter_that_is_not_the_only_one_is_never_guessed(url: str, plugged: Plugged) -> None:
    plugged += [
        adapter("/dev/ttyUSB0", "0001", "1-1:1.0"),
        adapter("/dev/ttyUSB1", "0001", "1-1:1.1"),
        adapter("/dev/ttyS0", None, None),
        adapter("/dev/ttyS1", "", ""),
    ]
    with pytest.raises(PortError, match=r"Several ports .*/dev/ttyUSB0, /dev/ttyUSB1|No USB"):
        open_port(url, LINE)


def test_the_adapter_of_a_port(pty: Pty, plugged: Plugged) -> None:
    _, device, link = pty
    plugged += [
        adapter(device, "A1", "1-1.2"),
        adapter("/dev/ttyUSB0", "0001", "1-2:1.0"),
        adapter("/dev/ttyUSB1", "0001", "1-2:1.1"),
        adapter("/dev/ttyUSB2", None, "1-3"),
        adapter("/dev/ttyS0", None, None),
        adapter("COM3", "W1", None),
    ]
    assert adapter_of(device) == "A1"
    assert adapter_of(str(link)) == "A1"  # a link such as those by-id
    assert adapter_of(f"spy://{device}?file=x") == "A1"
    assert adapter_of("usb://A1") == adapter_of("usb://path/1-1.2") == "A1"
    assert adapter_of("/dev/ttyUSB1") == "path/1-2:1.1"
    assert adapter_of("usb://path/1-2:1.1") == "path/1-2:1.1"
    assert adapter_of("/dev/ttyUSB2") == "path/1-3"
    assert adapter_of("com3") == "W1"
    for url in ("/dev/ttyS0", "/dev/ttyGONE", "usb://GONE", "sim://datex_dri", "socket://a:1"):
        assert adapter_of(url) is None


def test_ports_are_listed_with_what_usb_says(plugged: Plugged) -> None:
    plugged += [adapter("/dev/ttyUSB1", "A1", "1-1.2"), adapter("/dev/ttyS0", None, None)]
    assert ports_found() == [
        PortFound("/dev/ttyS0", "USB Serial", None, None),
        PortFound("/dev/ttyUSB1", "USB Serial", "A1", "1-1.2"),
    ]


def test_ports_of_this_computer_can_be_listed() -> None:
    assert all(isinstance(found.device, str) for found in ports_found())
