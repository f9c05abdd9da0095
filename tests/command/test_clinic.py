"""The clinic's file: what is wrong with it is said with its place."""

from pathlib import Path

import pytest

from devices.numeric import Parameter
from devices.table import DRIVERS
from monitor.clinic import ClinicError, clinic_from_options, read_clinic
from tests.conftest import clinic_file

CHAIR = "clinic = 'X'\ntime_zone = 'UTC'\n[[chair]]\nname = 'A'\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("clinic = ", "is not valid TOML"),
        ("clinic = 'X'", "the file lacks 'time_zone'"),
        ("clinic = 'X'\ntime_zone = 'Mars/Base'", "there is no time zone 'Mars/Base'"),
        ("clinic = 'X'\ntime_zone = 'UTC'", "it names no [[chair]]"),
        ("clinic = 'X'\ntime_zone = 'UTC'\nchair = 3", "it names no [[chair]]"),
        ("clinic = 'X'\ntime_zone = 'UTC'\nchair = [3]", "is not a table"),
        ("clinic = 'X'\ntime_zone = 'UTC'\nstaff = 'RN'\n[[chair]]\nname = 'A'", "staff must be"),
        ("clinic = 'X'\ntime_zone = 'UTC'\n[[chair]]\nname = 'A'\nexpect = ['Hr']", "A expects"),
        ("clinic = 'X'\ntime_zone = 'UTC'\n[[chair]]\nname = 'A'\ndevice = 3", "device"),
        ("clinic = 'X'\ntime_zone = 'UTC'\n[[chair]]\nname = 'A'\ncolour = 1", "'colour'"),
        (
            "clinic = 'X'\ntime_zone = 'UTC'\n[[chair]]\nname = 'A'\n[[chair]]\nname = 'A'",
            "the chair 'A' stands twice",
        ),
        (
            CHAIR + "[[chair.device]]\nname = 'D'\ndriver = 'nonesuch'\nurl = 'COM1'",
            "there is no driver 'nonesuch'",
        ),
        (
            "clinic = 'X'\ntime_zone = 'UTC'\n"
            + "".join(
                f"[[chair]]\nname = '{name}'\n[[chair.device]]\nname = 'D'\n"
                "driver = 'masimo_ascii1'\nurl = 'COM1'\n"
                for name in "AB"
            ),
            "the port 'COM1' stands twice",
        ),
    ],
)
def test_damaged_clinic_file_is_told_by_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(text)
    with pytest.raises(ClinicError) as told:
        read_clinic(path, frozenset(DRIVERS))
    assert sentence in str(told.value)
    assert str(path) in str(told.value)
    assert str(told.value).endswith(".")


def test_good_file_is_read_in_its_order(tmp_path: Path) -> None:
    path = clinic_file(
        tmp_path,
        ("Chair 2", "masimo_ascii1", "usb://A1"),
        ("Chair 1", "datex_dri", "usb://A2"),
        expect='expect = ["SpO2", "PR"]',
    )
    clinic = read_clinic(path, frozenset(DRIVERS))
    assert (clinic.name, clinic.time_zone) == ("Test", "Europe/Zurich")
    assert clinic.staff == ("RN Keller", "RN Ode")
    assert [chair.name for chair in clinic.chairs] == ["Chair 2", "Chair 1"]
    assert clinic.chairs[0].expect == (Parameter.SPO2, Parameter.PR)
    assert clinic.chairs[0].devices[0].url == "usb://A1"


def test_device_options_make_chairs_in_their_order() -> None:
    options = [
        "B:masimo_ascii1=sim://masimo_ascii1?sn=1",
        "masimo_ascii1=COM3",
        "B:datex_dri=socket://10.0.0.1:4001",
    ]
    clinic = clinic_from_options(options, frozenset(DRIVERS), "UTC")
    found = [(chair.name, [device.url for device in chair.devices]) for chair in clinic.chairs]
    assert found == [
        ("B", ["sim://masimo_ascii1?sn=1", "socket://10.0.0.1:4001"]),
        ("Chair 1", ["COM3"]),
    ]
