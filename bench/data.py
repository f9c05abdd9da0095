"""Made-up databases: hours of one chair or of several, as the recorder would have stored them."""

import json
import uuid
from pathlib import Path

from sqlite_utils import Database

from devices.numeric import CUFF, Generation, Numeric, Parameter, Validity
from monitor.alarms.presets import read_preset, to_json
from monitor.chair import LinkChange
from monitor.clock import boot_id, boot_ns, wall_ms
from monitor.command.places import LIMITS
from monitor.session.state import Session
from monitor.store import current, writing
from monitor.store.database import open_to_write
from monitor.store.writing import Batch, Reading, Run

URL = "sim://masimo_ascii1"
CONTINUOUS = (
    Parameter.HR,
    Parameter.PR,
    Parameter.SPO2,
    Parameter.RR,
    Parameter.ETCO2,
    Parameter.TEMP,
)
CUFF_EVERY_S = 300
ZONE = "Europe/Zurich"


def heart_rate(t_ms: int) -> int:
    """A value that no other second within half a minute has, and that each second brings a new

    extreme of its 16-second bucket: so every tick changes the numeral and the chart.
    """
    bucket, second = divmod(t_ms // 1000, 16)
    return int(60 + second if bucket % 2 == 0 else 95 - second)


def numerics(t_ms: int) -> list[Numeric]:
    """All that the monitor says at a time: six values, and now and then a cuff reading."""
    second = t_ms // 1000
    rate = heart_rate(t_ms)
    values = (rate, rate, 94 + second // 7 % 5, 12 + second // 5 % 6, 34 + second // 11 % 7, 36.6)
    found = [
        Numeric(parameter, float(value), t_ms, Validity.VALID, "")
        for parameter, value in zip(CONTINUOUS, values, strict=True)
    ]
    if second % CUFF_EVERY_S == 0:
        high = 118 + second // CUFF_EVERY_S % 30
        cuff = (high, 70 + high % 9, 90 + high % 5)
        found += [
            Numeric(parameter, float(value), t_ms, Validity.VALID, "")
            for parameter, value in zip(CUFF, cuff, strict=True)
        ]
    return found


def batch(tick: int, t_ms: int, chair: int, source: int) -> Batch:
    """One tick of the made-up monitor. Made-up data says so."""
    readings = [Reading(chair, source, Generation.SIMULATED, x) for x in numerics(t_ms)]
    return Batch(tick, t_ms, 0, readings=readings)


def ward(tick: int, t_ms: int, chairs: int) -> Batch:
    """One tick of made-up monitors, each on a chair of its own; their numbers begin at 1."""
    one = Batch(tick, t_ms, 0)
    for number in range(1, chairs + 1):
        one.readings = [*one.readings, *batch(tick, t_ms, number, number).readings]
    return one


def history(path: Path, hours: float = 3.0, chairs: int = 1) -> None:
    """Make a database with chairs, an open session on each, and their last hours up to now."""
    db = open_to_write(path)
    now_ms = wall_ms()
    first_ms = now_ms - round(hours * 3_600_000)
    for number in range(1, chairs + 1):
        chair = writing.register_chair(db, f"Chair {number}")
        source = writing.register_source(
            db, chair, "Monitor", "masimo_ascii1", URL, Generation.SIMULATED, 1000
        )
        assert (chair, source) == (number, number)
    begin_run(db, 1, first_ms, 1.0)
    batches = [
        ward(tick, t_ms, chairs) for tick, t_ms in enumerate(range(first_ms, now_ms, 1000), 1)
    ]
    every = (*CONTINUOUS, *CUFF)
    limits = to_json(read_preset(LIMITS))
    begun = batches[0]
    for number in range(1, chairs + 1):
        setting = {"expected": [parameter.value for parameter in every], "sources": [number]}
        setting |= {"limits": limits, "time_zone": ZONE}
        begun.settings = [*begun.settings, (number, json.dumps(setting))]
        begun.links = [*begun.links, LinkChange(number, first_ms, "connected", "", None)]
        begun.preferred = [*begun.preferred, *((number, parameter, number) for parameter in every)]
        visit = session(number, number, first_ms, None)
        begun.sessions = [*begun.sessions, (visit, limits, ZONE, Generation.SIMULATED)]
    for at in range(0, len(batches), 600):
        writing.write_ticks(db, batches[at : at + 600])
    db.close()


def session(number: int, chair: int, from_ms: int, ended_ms: int | None) -> Session:
    """A visit whose infusion began after ten minutes and lasted forty."""
    return Session(
        id=number,
        uuid=str(uuid.UUID(int=number)),
        chair=chair,
        patient=f"B-{number:04d}",
        second_identifier="1979",
        weight_kg=70.0,
        drug="ketamine",
        dose_mg=35.0,
        minutes=40.0,
        opened_by="RN Keller",
        from_ms=from_ms,
        started_ms=from_ms,
        infusion_started_ms=from_ms + 600_000,
        infusion_stopped_ms=from_ms + 3_000_000,
        ended_ms=ended_ms,
    )


def begin_run(db: Database, first_tick: int, now_ms: int, rate: float) -> int:
    """Store that a recorder begins, so that the screens know its clock."""
    run = Run("bench", 0, "bench", first_tick, now_ms, now_ms, boot_ns(), boot_id(), rate)
    return writing.begin_run(db, run)


def last_tick(db: Database) -> current.Tick:
    """The newest tick of a database that was made here."""
    tick = current.last_tick(db)
    assert tick is not None
    return tick


def clinic(path: Path, chairs: int = 1) -> None:
    """Write the clinic's file that belongs to `history`."""
    lines = ['clinic = "Bench"', f'time_zone = "{ZONE}"', 'staff = ["RN Keller"]']
    for number in range(1, chairs + 1):
        lines += ["[[chair]]", f'name = "Chair {number}"', "[[chair.device]]", 'name = "Monitor"']
        lines += ['driver = "masimo_ascii1"', f'url = "{URL}"']
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
