"""What every page needs to know: which place it serves, and how to reach its database."""

import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st
from sqlite_utils import Database

from monitor.command.places import Place, place
from monitor.screens.routes import recorder_now_ms
from monitor.session.visit import EntryError, check
from monitor.store import current, journal
from monitor.store.database import StoreError, open_to_read, open_to_write

ANSWER_S = 2.0


def here() -> Place:
    """The place, decided anew at each load: a mended clinic.toml needs no restart."""
    return place()


@contextmanager
def reading(at: Place) -> Generator[Database]:
    """A read-only connection for the length of one page's run. Raises StoreError."""
    db = open_to_read(at.database)
    try:
        yield db
    finally:
        db.close()


def sorry(sentence: str) -> None:
    """End the page with a sentence for staff."""
    st.error(sentence, icon=":material/error:")
    st.stop()


def press(
    at: Place, form: str, chair: int, kind: str, actor: str, data: Mapping[str, Any]
) -> journal.Told | None:
    """Store what was pressed on a page, once, and wait shortly for the recorder's answer.

    The press id belongs to the form until it was answered, so that a second click on it is the
    same press. Gives None where the recorder does not answer in time; raises EntryError where it
    makes no sense, StoreError where it was not saved.
    """
    key = f"press-{form}-{chair}"
    number = str(st.session_state.setdefault(key, str(uuid.uuid4())))
    check(kind, actor, data)
    db = open_to_write(at.database)
    try:
        entry = journal.write_entry(
            db,
            press=number,
            t_ms=recorder_now_ms(db),
            chair=chair,
            kind=kind,
            actor=actor,
            data=data,
        )
        end_s = time.monotonic() + ANSWER_S
        while (told := journal.answer_to(db, entry)) is None and time.monotonic() < end_s:
            time.sleep(0.05)
    finally:
        db.close()
    if told is not None:
        del st.session_state[key]
    return told


def show_press(
    at: Place, form: str, chair: int, kind: str, actor: str, data: Mapping[str, Any]
) -> bool:
    """`press`, with what became of it said on the page; True where it was accepted."""
    try:
        told = press(at, form, chair, kind, actor, data)
    except EntryError as error:
        st.error(str(error))
        return False
    except StoreError as error:
        st.error(f"NOT SAVED: press again. {error}")
        return False
    if told is None:
        st.warning("Saved, but the recorder does not answer. Check that it runs.")
        return False
    (st.success if told.accepted else st.error)(told.text)
    return told.accepted


def the_chair(db: Database) -> int | None:
    """The chair that the address names, else the first one."""
    names = current.chairs(db)
    wanted = st.query_params.get("chair", "")
    if wanted.isdecimal() and int(wanted) in names:
        return int(wanted)
    return next(iter(names), None)
