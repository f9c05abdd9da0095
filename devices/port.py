"""Opens any pySerial URL as a `Port`; says in one sentence why it cannot, and when it was lost.

Besides what pySerial knows (``/dev/ttyUSB0``, ``COM3``, ``socket://``, ``spy://``, ``loop://``):

- ``sim://MONITOR?...`` a virtual monitor, ``replay://FILE?...`` recorded bytes (devices.virtual)
- ``usb://SERIALNUMBER`` or ``usb://path/1-1.2`` the port that now has this USB adapter
"""

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import unquote

import serial
from serial.tools import list_ports

from devices.driver import Line, PortError
from devices.numeric import Generation
from devices.virtual.wire import VirtualSerial


class _NoSettingError(Exception):
    """Windows has no error of its own for a setting that is refused."""


try:
    import grp
    import termios

    _BAD_SETTING: type[Exception] = termios.error
except ImportError:
    _BAD_SETTING = _NoSettingError

if "devices.virtual" not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append("devices.virtual")

_LOST = (serial.SerialException, OSError, _BAD_SETTING)
_AT_ONCE = 65536
_WRITE_WAIT_S = 2.0
_LEAVE_S = 2.0


def generation_of(url: str) -> Generation:
    """Say where bytes from this port come from. Only the scheme counts."""
    scheme = url.strip().partition("://")[0].lower()
    if scheme == "sim":
        return Generation.SIMULATED
    return Generation.REPLAY if scheme == "replay" else Generation.REAL


@dataclass(frozen=True, slots=True)
class PortFound:
    """A serial port of this computer; the last two are None where it is not a USB adapter."""

    device: str
    description: str
    serial_number: str | None
    location: str | None


def ports_found() -> list[PortFound]:
    """List the serial ports that this computer has now."""
    return [
        PortFound(found.device, found.description, found.serial_number, found.location)
        for found in sorted(list_ports.comports(), key=lambda found: str(found.device))
    ]


def adapter_of(url: str) -> str | None:
    """Name the USB adapter behind the port that ``url`` names now, as it stands after ``usb://``.

    That is its serial number, or ``path/...`` where it has none of its own. None where there is
    no adapter: virtual ports, pseudo-terminals, networks, or nothing plugged in.
    """
    ports = ports_found()
    try:
        device = _device(url)
    except PortError:
        return None
    device = _plain(device)
    names = {device.lower(), os.path.realpath(device).lower()}
    for port in ports:
        if port.device.lower() in names:
            alike = [other for other in ports if other.serial_number == port.serial_number]
            if port.serial_number and len(alike) == 1:
                return port.serial_number
            return f"path/{port.location}" if port.location else None
    return None


def _device(url: str) -> str:
    """Resolve ``usb://`` to the port that has the adapter now; leave any other URL as it is."""
    if not url.lower().startswith("usb://"):
        return url
    name = unquote(url[6:])
    if name.lower().startswith("path/"):
        place = name[5:]
        what = f"at {place}"
        found = [port for port in ports_found() if place and port.location == place]
        if not found:  # the adapter, whichever of its interfaces is the port
            found = [p for p in ports_found() if p.location and p.location.split(":")[0] == place]
    else:
        what = f"with the serial number {name}"
        found = [port for port in ports_found() if name and port.serial_number == name]
    if not found:
        raise PortError(f"No USB adapter {what or name} is plugged in.")
    if len(found) > 1:
        devices = ", ".join(port.device for port in found)
        raise PortError(
            f"Several ports have a USB adapter {what} ({devices}): name one by usb://path/..."
        )
    return found[0].device


class Port:
    """An open port. Once it raised PortError, close it and open it anew."""

    def __init__(self, opened: serial.Serial, name: str) -> None:
        """Take a port that is open; ``name`` is what the operator calls it."""
        self.name = name
        self._serial = opened
        self._reading = Lock()
        self._closed = False

    def read(self, wait_s: float) -> bytes:
        """Wait at most ``wait_s`` on the wall clock for a byte; give all that is there."""
        data = b""
        try:
            with self._reading, self._losing():
                if self._closed:
                    raise PortError(f"{self.name} was closed.")
                if self._serial.timeout != wait_s:
                    self._serial.timeout = wait_s
                data = self._serial.read(1)
                while data and len(data) < _AT_ONCE and (waiting := self._serial.in_waiting):
                    data += self._serial.read(waiting)
        except PortError:
            if not data:  # else give what came first; the next read says that it was lost
                raise
        return data

    def write(self, data: bytes) -> None:
        """Send."""
        with self._losing():
            try:
                self._serial.write(data)
            except serial.SerialTimeoutException as error:
                raise PortError(
                    f"{self.name} takes no bytes: is the monitor on, and is its cable complete?"
                ) from error

    def close(self) -> None:
        """Let go, and wake a reader in another thread. A second time does nothing.

        Where a reader can be woken it leaves first: the system gives the number of a closed port
        to the next one that opens, and a late reader would hear another monitor.
        """
        if self._closed:
            return
        self._closed = True
        with self._losing():
            left = False
            if hasattr(self._serial, "cancel_read"):
                self._serial.cancel_read()
                left = self._reading.acquire(timeout=_LEAVE_S)
            try:
                self._serial.close()
            finally:
                if left:
                    self._reading.release()

    @contextmanager
    def _losing(self) -> Iterator[None]:
        try:
            yield
        except _LOST as error:
            raise PortError(f"{self.name} was lost: unplugged or switched off.") from error
        except (AttributeError, TypeError, ValueError) as error:
            if not self._closed:  # else pySerial stumbled over being closed while it waited
                raise
            raise PortError(f"{self.name} was closed.") from error


def open_port(url: str, line: Line, now_s: Callable[[], float] | None = None) -> Port:
    """Open a port for us alone, or raise PortError with a sentence for the operator.

    ``now_s`` is the program's clock in seconds; virtual ports follow it.
    """
    device = _device(url)
    name = url if device == url else f"{device} ({url})"
    try:
        opened = serial.serial_for_url(device, do_not_open=True, **_settings(line, device))
    except ValueError as error:
        scheme = device.partition("://")[0]
        raise PortError(f"{scheme}:// is no kind of port that is known here.") from error
    except _LOST as error:
        raise PortError(why_not(device, name, error)) from error
    if now_s is not None and isinstance(opened, VirtualSerial):
        opened.now_s = now_s
    try:
        opened.open()
        opened.timeout = 0  # sets the line again: a driver that left a setting out says so now
    except (*_LOST, ValueError) as error:
        opened.close()
        raise PortError(why_not(device, name, error)) from error
    return Port(opened, name)


def _settings(line: Line, device: str) -> dict[str, Any]:
    settings = {
        "baudrate": line.baudrate,
        "bytesize": line.bytesize,
        "parity": line.parity,
        "stopbits": line.stopbits,
        "rtscts": line.rtscts,
        "xonxoff": line.xonxoff,
        "timeout": None,
        "write_timeout": _WRITE_WAIT_S,
        "exclusive": True,
    }
    if re.match(r"/dev/(pts/|ttys\d)", os.path.realpath(_plain(device))):
        settings |= {"bytesize": 8, "parity": "N"}  # a pseudo-terminal carries bytes, no parity
    return settings


def _plain(device: str) -> str:
    """Give the device that is spied upon; any other as it is."""
    return device[6:].partition("?")[0] if device.lower().startswith("spy://") else device


def why_not(device: str, name: str, error: Exception, windows: bool = os.name == "nt") -> str:
    """Say why a port could not be opened, and what to do about it."""
    code, text = getattr(error, "errno", None), str(error)
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO) or any(
        words in text for words in ("FileNotFoundError", "Input/output error")
    ):
        return f"{name} is not there: the adapter is unplugged or the name is wrong."
    if code in (errno.EAGAIN, errno.EBUSY) or (windows and "PermissionError" in text):
        return f"Another program holds {name}: close that program first."
    if code in (errno.EACCES, errno.EPERM):
        return f"{name} may not be opened by this account: {_group_advice(device)}."
    if code in (errno.EISDIR, errno.ENOTTY) or "Inappropriate ioctl" in text:
        return f"{name} is not a serial port."
    if isinstance(error, (_BAD_SETTING, ValueError)) or "configure port" in text:
        return f"{name} cannot be set to what the monitor needs (speed, parity, bits)."
    if "://" in device:
        return f"{name} cannot be reached: {text.rsplit(': ', 1)[-1].rstrip('.')}."
    return f"{name} cannot be opened: {text.rstrip('.')}."


def _group_advice(device: str) -> str:
    try:
        group = grp.getgrgid(os.stat(device).st_gid).gr_name
    except (NameError, OSError, KeyError):
        return "ask who looks after this computer"
    return f"add it to the group {group} and sign in again"
