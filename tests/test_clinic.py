"""The clinic's file: what it gives, and every refusal with its sentence."""

import re
from pathlib import Path

import pytest

from devices.numeric import Parameter
from monitor.clinic import (
    Chair,
    Clinic,
    ClinicError,
    Device,
    clinic_from_options,
    device_from_option,
    read_clinic,
)

DRIVERS = frozenset({"datex_dri", "masimo_ascii1"})
HEAD = 'clinic = "Test"\ntime_zone = "Europe/Zurich"\n'
CHAIR = '[[chair]]\nname = "Chair 1"\n'
DEVICE = '[[chair.device]]\nname = "B450"\ndriver = "datex_dri"\nurl = "usb://"\n'
WHOLE = (
    HEAD
    + 'staff = ["RN Keller", "RN Ode"]\n'
    + CHAIR
    + 'expect = ["HR", "SpO2"]\n'
    + DEVICE
    + '[[chair.device]]\nname = "Rad-8"\ndriver = "masimo_ascii1"\nurl = "sim://masimo"\n'
    + '[[chair]]\nname = "Chair 2"\n[[chair.device]]\nname = "Rad-8"\n'
    + 'driver = "masimo_ascii1"\nurl = "sim://masimo"\n'
)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "clinic.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    rad8 = Device("Rad-8", "masimo_ascii1", "sim://masimo")
    assert read_clinic(written(tmp_path, WHOLE), DRIVERS) == Clinic(
        "Test",
        "Europe/Zurich",
        ("RN Keller", "RN Ode"),
        (
            Chair(
                "Chair 1",
                (Device("B450", "datex_dri", "usb://"), rad8),
                (Parameter.HR, Parameter.SPO2),
            ),
            Chair("Chair 2", (rad8,)),
        ),
    )


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    """Nothing expected is not the same as leaving it to the drivers."""
    bare = read_clinic(written(tmp_path, HEAD + CHAIR), DRIVERS)
    assert bare == Clinic("Test", "Europe/Zurich", (), (Chair("Chair 1", (), None),))
    none = read_clinic(written(tmp_path, HEAD + CHAIR + "expect = []\n"), DRIVERS)
    assert none.chairs == (Chair("Chair 1", (), ()),)


def device(name: str = "B450", driver: str = "datex_dri", url: str = "usb://") -> str:
    return f'[[chair.device]]\nname = "{name}"\ndriver = "{driver}"\nurl = "{url}"\n'


WORDS = "HR, PR, SpO2, NIBP_sys, NIBP_dia, NIBP_mean, RR, EtCO2, Temp"
REFUSED = {
    "nothing": ("", "the file lacks 'time_zone', a text."),
    "unknown key": (f"colour = 1\n{HEAD}{CHAIR}", "the file has 'colour', which is not known."),
    "no name": (f'time_zone = "UTC"\n{CHAIR}', "the file lacks 'clinic', a text."),
    "a name of blanks": (
        f'clinic = " "\ntime_zone = "UTC"\n{CHAIR}',
        "the file lacks 'clinic', a text.",
    ),
    "no time zone": (f'clinic = "Test"\n{CHAIR}', "the file lacks 'time_zone', a text."),
    "unknown zone": (
        f'clinic = "Test"\ntime_zone = "Europe/Züri"\n{CHAIR}',
        "there is no time zone 'Europe/Züri'.",
    ),
    "a path for a zone": (
        f'clinic = "Test"\ntime_zone = "../etc/passwd"\n{CHAIR}',
        "there is no time zone '../etc/passwd'.",
    ),
    "staff that is no list": (f'{HEAD}staff = "RN"\n{CHAIR}', "staff must be a list of names."),
    "staff that is no name": (f"{HEAD}staff = [1]\n{CHAIR}", "staff must be a list of names."),
    "nobody on the staff": (f'{HEAD}staff = [""]\n{CHAIR}', "staff must be a list of names."),
    "no chair": (HEAD, "it names no [[chair]]."),
    "an empty list of chairs": (f"{HEAD}chair = []\n", "it names no [[chair]]."),
    "one chair as a table": (f'{HEAD}[chair]\nname = "Chair 1"\n', "it names no [[chair]]."),
    "a chair without a name": (f"{HEAD}[[chair]]\n", "a [[chair]] lacks 'name', a text."),
    "a chair's unknown key": (
        f"{HEAD}{CHAIR}expects = []\n",
        "a [[chair]] has 'expects', which is not known.",
    ),
    "chair twice": (f"{HEAD}{CHAIR}{CHAIR}", "the chair 'Chair 1' stands twice."),
    "wrong expect": (
        f'{HEAD}{CHAIR}expect = ["Spo2"]\n',
        f"Chair 1 expects ['Spo2']; it must list some of {WORDS}.",
    ),
    "expect of a pump": (
        f'{HEAD}{CHAIR}expect = ["Pump_rate"]\n',
        f"Chair 1 expects ['Pump_rate']; it must list some of {WORDS}.",
    ),
    "expect that is a text": (
        f'{HEAD}{CHAIR}expect = "HR"\n',
        f"Chair 1 expects 'HR'; it must list some of {WORDS}.",
    ),
    "expect that is a number": (
        f"{HEAD}{CHAIR}expect = 5\n",
        f"Chair 1 expects 5; it must list some of {WORDS}.",
    ),
    "a chair that is no table": (f"{HEAD}chair = [1]\n", "a [[chair]] is not a table."),
    "a device that is no list": (
        f"{HEAD}{CHAIR}device = 5\n",
        "the devices of Chair 1 must be [[chair.device]] tables.",
    ),
    "a device that is no table": (
        f'{HEAD}{CHAIR}device = ["B450"]\n',
        "a device of Chair 1 is not a table.",
    ),
    "a device's unknown key": (
        f"{HEAD}{CHAIR}{DEVICE}baud = 9600\n",
        "a device of Chair 1 has 'baud', which is not known.",
    ),
    "a device without a name": (
        f'{HEAD}{CHAIR}[[chair.device]]\ndriver = "datex_dri"\nurl = "usb://"\n',
        "a device of Chair 1 lacks 'name', a text.",
    ),
    "a device without a driver": (
        f'{HEAD}{CHAIR}[[chair.device]]\nname = "B450"\nurl = "usb://"\n',
        "a device of Chair 1 lacks 'driver', a text.",
    ),
    "a device without a port": (
        f'{HEAD}{CHAIR}[[chair.device]]\nname = "B450"\ndriver = "datex_dri"\n',
        "a device of Chair 1 lacks 'url', a text.",
    ),
    "unknown driver": (
        HEAD + CHAIR + device(driver="datex"),
        "there is no driver 'datex'; `python -m monitor devices` lists them all.",
    ),
    "long device name": (
        HEAD + CHAIR + device("x" * 25),
        f"the device name '{'x' * 25}' is over 24 letters.",
    ),
    "two devices of one name": (
        HEAD + CHAIR + device() + device(url="COM4"),
        "Chair 1 has two devices named 'B450'.",
    ),
    "port twice on one chair": (
        HEAD + CHAIR + device(url="COM3") + device("Rad-8", "masimo_ascii1", "COM3"),
        "the port 'COM3' stands twice.",
    ),
    "port twice on two chairs": (
        HEAD + CHAIR + device() + '[[chair]]\nname = "Chair 2"\n' + device(),
        "the port 'usb://' stands twice.",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_every_refusal_has_its_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ClinicError) as error:
        read_clinic(path, DRIVERS)
    assert str(error.value) == f"The clinic's file {path} cannot be used: {sentence}"


@pytest.mark.parametrize("text", [WHOLE[:-3], "clinic = ", b"\xff", f"{HEAD}{HEAD}"])
def test_damaged_toml_is_said(text: str | bytes, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ClinicError, match=re.escape(f"The clinic's file {path} is not valid TOML")):
        read_clinic(path, DRIVERS)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ClinicError, match=r"cannot be read: No such file or directory\.$"):
        read_clinic(tmp_path / "clinic.toml", DRIVERS)


@pytest.mark.parametrize(
    ("option", "chair", "found"),
    [
        ("datex_dri=COM3", "Chair 1", Device("datex_dri", "datex_dri", "COM3")),
        ("Two:datex_dri=usb://", "Two", Device("datex_dri", "datex_dri", "usb://")),
        ("A: b:datex_dri=sim://x?a=1", "A: b", Device("datex_dri", "datex_dri", "sim://x?a=1")),
    ],
)
def test_a_device_named_on_the_command_line(option: str, chair: str, found: Device) -> None:
    assert device_from_option(option, DRIVERS) == (chair, found)


@pytest.mark.parametrize("option", ["", "datex_dri", "datex_dri=", "Two:datex_dri"])
def test_an_option_of_another_form_is_refused(option: str) -> None:
    with pytest.raises(ClinicError) as error:
        device_from_option(option, DRIVERS)
    sentence = f"The device {option!r} is not of the form [CHAIR:]DRIVER=URL."
    assert str(error.value) == sentence


def test_an_unknown_driver_on_the_command_line_is_refused() -> None:
    with pytest.raises(ClinicError, match="there is no driver 'datex'"):
        device_from_option("datex=COM3", DRIVERS)


def test_options_of_one_chair_come_together_in_their_order() -> None:
    options = ["B:datex_dri=COM3", "A:masimo_ascii1=COM4", "B:masimo_ascii1=COM5"]
    clinic = clinic_from_options(options, DRIVERS, "UTC")
    assert [(x.name, [d.url for d in x.devices]) for x in clinic.chairs] == [
        ("B", ["COM3", "COM5"]),
        ("A", ["COM4"]),
    ]
    assert (clinic.name, clinic.time_zone, clinic.staff) == ("", "UTC", ())
