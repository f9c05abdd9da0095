"""How the pages on patients save what is entered: once, and the form is empty again after it."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st
from sqlite_utils import Database

from monitor.clinic import ClinicError
from monitor.command import places
from monitor.command.places import Place
from monitor.screens.frame import plain
from monitor.screens.routes import recorder_now_ms
from monitor.session.patient import PatientError
from monitor.session.records import Forms, read_forms
from monitor.store import patients
from monitor.store.database import StoreError, open_to_write, told

Write = Callable[[Database, str, int], object]


def forms() -> Forms:
    """The clinic's forms. Ends the page with a sentence where they cannot be read."""
    try:
        return read_forms(places.LIMITS.parent)
    except PatientError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return st.stop()


def zone_of(at: Place) -> ZoneInfo:
    """The clinic's time zone; in the demo, this computer's."""
    name = places.local_time_zone()
    if at.mode == "clinic":
        try:
            name = places.clinic().time_zone
        except ClinicError as error:
            st.error(plain(str(error)))
            st.stop()
    return ZoneInfo(name)


def day(zone: ZoneInfo, t_ms: int, form: str = "%Y-%m-%d %H:%M") -> str:
    """A time as the clinic's clock shows it."""
    return datetime.fromtimestamp(t_ms / 1000, zone).strftime(form)


def turn(form: str) -> str:
    """The key of the form's fields: another one after each save, so that they are empty again."""
    return f"{form}-{st.session_state.get(f'turn-{form}', 0)}"


def said(form: str) -> None:
    """Say what the last press on this form became."""
    if text := said_since(form):
        st.success(plain(text))


def said_since(form: str) -> str:
    """What the last press on this form became, once; empty where there was none."""
    return str(st.session_state.pop(f"said-{form}", ""))


def save(at: Place, form: str, what: object, write: Write, text: str) -> bool:
    """Store what the form says, its time by the recorder's clock; False where it is not saved.

    ``write`` is given the database, the press id and the time. The press id belongs to what the
    form says (``what``), so that a second press on it is the same entry.
    """
    key = f"press-{turn(form)}"
    words = json.dumps(what)
    before = st.session_state.get(key)
    press = before[1] if before and before[0] == words else str(uuid.uuid4())
    st.session_state[key] = (words, press)
    try:
        db = open_to_write(at.database)
        try:
            with told(at.database):
                now_ms = recorder_now_ms(db)
            write(db, press, now_ms)
        finally:
            db.close()
    except PatientError as error:
        st.error(plain(str(error)))
        return False
    except StoreError as error:
        st.error(f"NOT SAVED: press again. {plain(str(error))}")
        return False
    st.session_state[f"turn-{form}"] = st.session_state.get(f"turn-{form}", 0) + 1
    st.session_state[f"said-{form}"] = text
    return True


def enter(
    at: Place,
    form: str,
    reference: str,
    kind: str,
    who: str,
    data: dict[str, object],
    held: Forms,
    text: str = "Saved.",
) -> None:
    """Store an entry in a patient's record and load the page anew; else say why it is not saved."""

    def write(db: Database, press: str, now_ms: int) -> None:
        patients.write_entry(
            db,
            press=press,
            t_ms=now_ms,
            patient=reference,
            kind=kind,
            actor=who,
            data=data,
            forms=held,
        )

    if save(at, form, [kind, reference, who, data], write, text):
        st.rerun()
