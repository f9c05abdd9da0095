"""Where things lie, and in which mode the program runs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tzlocal

from devices.table import DRIVERS
from monitor.alarms.limits import LimitsError
from monitor.alarms.presets import merged, read_preset
from monitor.clinic import Clinic, ClinicError, read_clinic
from monitor.session.regimens import Regimen, RegimenError, read_regimens
from monitor.session.scales import Scale, read_scales
from monitor.session.steps import Steps, read_steps
from monitor.store import current
from monitor.store.database import StoreError, open_to_read, told

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
CLINIC_FILE = DATA / "clinic.toml"
CLINIC_DATABASE = DATA / "chairside.db"
DEMO_DATABASE = DATA / "demo" / "demo.db"
STEPS = DATA / "presets" / "visit.toml"
LIMITS = DATA / "presets" / "limits.toml"
REGIMENS = DATA / "presets" / "regimens"
SCALES = DATA / "presets" / "scales"

DRIVER_NAMES = frozenset(DRIVERS)

# How `demo` and `start` tell the dashboard, which `streamlit run` starts, what to show.
MODE_VARIABLE = "CHAIRSIDE_MODE"
DATABASE_VARIABLE = "CHAIRSIDE_DATABASE"
SPEED_VARIABLE = "CHAIRSIDE_SPEED"
CLINIC_VARIABLE = "CHAIRSIDE_CLINIC"


@dataclass(frozen=True, slots=True)
class Place:
    """What a dashboard serves. ``error`` is a sentence that stands in place of everything."""

    mode: Literal["demo", "clinic", "error"]
    database: Path
    speed: float = 1.0
    error: str = ""


def local_time_zone() -> str:
    """The IANA name of this computer's time zone."""
    try:
        return str(tzlocal.get_localzone_name())
    except (LookupError, ValueError, OSError):
        return "UTC"


def clinic_file() -> Path:
    """The clinic's file: data/clinic.toml unless `start --clinic` named another."""
    return Path(os.environ.get(CLINIC_VARIABLE) or CLINIC_FILE)


def clinic(path: Path | None = None) -> Clinic:
    """Read the clinic's file. Raises ClinicError with a sentence."""
    return read_clinic(path or clinic_file(), DRIVER_NAMES)


def regimens(folder: Path = REGIMENS, limits: Path = LIMITS) -> dict[str, Regimen]:
    """Read the clinic's regimens by their ids, in their order.

    Raises RegimenError with a sentence where a file is broken or its limits do not go with the
    clinic's, and LimitsError where those cannot be read.
    """
    preset = read_preset(limits)
    found = read_regimens(folder)
    for regimen in found.values():
        try:
            merged(preset, regimen.limits)
        except LimitsError as error:
            path = folder / f"{regimen.id}.toml"
            raise RegimenError(f"The regimen {path} cannot be used: limits: {error}") from error
    return found


def steps(path: Path = STEPS) -> Steps:
    """Read the steps of a visit. Raises StepsError with a sentence."""
    return read_steps(path)


def scales(folder: Path = SCALES) -> dict[str, Scale]:
    """Read the scales by their ids, in their order. Raises ScaleError with a sentence."""
    return read_scales(folder)


def has_real_sessions(database: Path) -> bool:
    """True where the database holds a session that was not simulated."""
    if not database.exists():
        return False
    db = open_to_read(database)
    try:
        return current.has_sessions(db)
    finally:
        db.close()


def no_demo_there(database: Path) -> str:
    """Why a demo must not begin at a database, as a sentence: it would take away what is there.

    Empty where one made it, where there is none, and in the demo's own place, however damaged.
    """
    if database == DEMO_DATABASE or not database.exists():
        return ""
    try:
        db = open_to_read(database)
        try:
            with told(database):
                if current.is_demo(db):
                    return ""
        finally:
            db.close()
    except StoreError as error:
        return str(error)
    return (
        f"{database} was not made by a demo, and a demo begins anew: it would take all of it away."
        " Nothing was touched. Name another file."
    )


def place() -> Place:
    """Decide what a dashboard serves: the clinic, or, on a fresh checkout, the demo.

    A damaged clinic.toml, or a missing one beside a database with real sessions, is an error said
    on the screen, never a silent demo.
    """
    mode = os.environ.get(MODE_VARIABLE, "")
    speed = float(os.environ.get(SPEED_VARIABLE, "1"))
    named = os.environ.get(DATABASE_VARIABLE)
    demo = Place("demo", Path(named) if named else DEMO_DATABASE, speed)
    if mode == "demo":
        refused = no_demo_there(demo.database)
        return Place("error", demo.database, error=refused) if refused else demo
    database = Path(named) if named else CLINIC_DATABASE
    if clinic_file().exists() or mode == "clinic":
        try:
            clinic()
        except ClinicError as error:
            return Place("error", database, error=str(error))
        return Place("clinic", database)
    try:
        if has_real_sessions(database):
            sentence = (
                f"{database} holds recorded sessions, but {clinic_file()} is missing."
                " Restore it; the demo is not started in its place."
            )
            return Place("error", database, error=sentence)
    except StoreError as error:
        return Place("error", database, error=str(error))
    return demo
