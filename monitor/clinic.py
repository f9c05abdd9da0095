"""The clinic's own file, data/clinic.toml: its chairs, their devices, its staff and time zone."""

import tomllib
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devices.numeric import VITALS, Parameter, vital

SOURCE_NAME_LENGTH = 24  # what fits on the link's chip on a tablet


class ClinicError(Exception):
    """The clinic's file cannot be used. The message is a sentence that names the place."""


@dataclass(frozen=True, slots=True)
class Device:
    """A monitor on a chair. ``url`` is a pySerial URL or ``usb://``."""

    name: str
    driver: str
    url: str


@dataclass(frozen=True, slots=True)
class Chair:
    """A chair and its devices, the preferred one first.

    ``expect`` names the parameters whose absence is an alarm; None leaves it to the drivers.
    ``same_arm``: the cuff is on the arm of the SpO2 probe, so that its alarm waits for the cuff.
    ``made_up``: a demo's; what is entered at it by hand is no patient's either.
    """

    name: str
    devices: tuple[Device, ...]
    expect: tuple[Parameter, ...] | None = None
    same_arm: bool = False
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the recorder and the dashboard need to know of a place."""

    name: str
    time_zone: str
    staff: tuple[str, ...]
    chairs: tuple[Chair, ...]


def read_clinic(path: Path, drivers: frozenset[str]) -> Clinic:
    """Read the clinic's file. Raises ClinicError with a sentence that says what is wrong where."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClinicError(f"The clinic's file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClinicError(f"The clinic's file {path} is not valid TOML: {error}.") from error
    try:
        return _clinic(table, drivers)
    except ClinicError as error:
        raise ClinicError(f"The clinic's file {path} cannot be used: {error}") from error


def device_from_option(option: str, drivers: frozenset[str]) -> tuple[str, Device]:
    """Read ``[CHAIR:]DRIVER=URL``; the chair is ``Chair 1`` where none is named."""
    head, equals, url = option.partition("=")
    chair, colon, driver = head.rpartition(":")
    if not equals or not url:
        raise ClinicError(f"The device {option!r} is not of the form [CHAIR:]DRIVER=URL.")
    _known_driver(driver, drivers)
    return (chair if colon else "Chair 1"), Device(driver, driver, url)


def clinic_from_options(options: list[str], drivers: frozenset[str], time_zone: str) -> Clinic:
    """The chairs that ``--device`` options name, in their order."""
    chairs: dict[str, list[Device]] = {}
    for option in options:
        chair, device = device_from_option(option, drivers)
        chairs.setdefault(chair, []).append(device)
    return Clinic(
        "", time_zone, (), tuple(Chair(name, tuple(devices)) for name, devices in chairs.items())
    )


def _clinic(table: dict[str, Any], drivers: frozenset[str]) -> Clinic:
    _only(table, {"clinic", "time_zone", "staff", "chair"}, "the file")
    time_zone = _text(table, "time_zone", "the file")
    if time_zone not in zoneinfo.available_timezones():
        raise ClinicError(f"there is no time zone {time_zone!r}.")
    staff = table.get("staff", [])
    if not isinstance(staff, list) or not all(isinstance(name, str) and name for name in staff):
        raise ClinicError("staff must be a list of names.")
    chairs = table.get("chair")
    if not isinstance(chairs, list) or not chairs:
        raise ClinicError("it names no [[chair]].")
    found = tuple(_chair(chair, drivers) for chair in chairs)
    names = [chair.name for chair in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ClinicError(f"the chair {sorted(twice)[0]!r} stands twice.")
    ports = [device.url for chair in found for device in chair.devices if "sim:" not in device.url]
    if twice := {url for url in ports if ports.count(url) > 1}:
        raise ClinicError(f"the port {sorted(twice)[0]!r} stands twice.")
    return Clinic(_text(table, "clinic", "the file"), time_zone, tuple(staff), found)


def _chair(table: dict[str, Any], drivers: frozenset[str]) -> Chair:
    _only(table, {"name", "expect", "same_arm", "device"}, "a [[chair]]")
    name = _text(table, "name", "a [[chair]]")
    expect = table.get("expect")
    if expect is not None:
        try:
            expect = tuple(vital(item) for item in expect)
        except (ValueError, TypeError):
            words = ", ".join(parameter.value for parameter in VITALS)
            raise ClinicError(f"{name} expects {expect!r}; it must list some of {words}.") from None
    same_arm = table.get("same_arm", False)
    if not isinstance(same_arm, bool):
        raise ClinicError(f"same_arm of {name} must be true or false.")
    devices = []
    tables = table.get("device", [])
    if not isinstance(tables, list):
        raise ClinicError(f"the devices of {name} must be [[chair.device]] tables.")
    for device in tables:
        _only(device, {"name", "driver", "url"}, f"a device of {name}")
        label = _text(device, "name", f"a device of {name}")
        if len(label) > SOURCE_NAME_LENGTH:
            raise ClinicError(f"the device name {label!r} is over {SOURCE_NAME_LENGTH} letters.")
        driver = _text(device, "driver", f"a device of {name}")
        _known_driver(driver, drivers)
        devices.append(Device(label, driver, _text(device, "url", f"a device of {name}")))
    labels = [device.name for device in devices]
    if twice := {label for label in labels if labels.count(label) > 1}:
        raise ClinicError(f"{name} has two devices named {sorted(twice)[0]!r}.")
    return Chair(name, tuple(devices), expect, same_arm)


def _known_driver(driver: str, drivers: frozenset[str]) -> None:
    if driver not in drivers:
        raise ClinicError(
            f"there is no driver {driver!r}; `python -m monitor devices` lists them all."
        )


def _text(table: dict[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ClinicError(f"{place} lacks {key!r}, a text.")
    return value.strip()


def _only(table: dict[str, Any], known: set[str], place: str) -> None:
    if not isinstance(table, dict):
        raise ClinicError(f"{place} is not a table.")
    if odd := set(table) - known:
        raise ClinicError(f"{place} has {sorted(odd)[0]!r}, which is not known.")
