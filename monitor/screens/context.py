"""What every page needs to know: which place it serves, and how to reach its database."""

import json
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import streamlit as st
from sqlite_utils import Database

from monitor.chair import check
from monitor.command.places import Place, place
from monitor.screens.frame import begin, end, plain
from monitor.screens.routes import recorder_now_ms
from monitor.screens.server import staff
from monitor.session.entries import MAX_NAME
from monitor.session.visit import EntryError
from monitor.store import current, journal
from monitor.store.database import StoreError, open_to_read, open_to_write, told

ANSWER_S = 2.0
NAMED_S = 15 * 60.0  # so long a name that was given serves the other pages of records as well
NAMED = "named"
MOST_PEOPLE = 8  # so many names stand as buttons: one touch; of more one is chosen from a list
ANOTHER = "Another name…"


def here() -> Place:
    """The place, decided anew at each load: a damaged clinic.toml is said, a mended one served."""
    return place()


@contextmanager
def reading(at: Place) -> Generator[Database]:
    """A read-only connection for the length of one page's run. Raises StoreError."""
    db = open_to_read(at.database)
    try:
        with told(at.database):
            yield db
    finally:
        db.close()


def sorry(sentence: str) -> None:
    """End the page with a sentence for staff."""
    st.error(sentence, icon=":material/error:")
    end()
    st.stop()


def press(
    at: Place, form: str, chair: int, kind: str, actor: str, data: Mapping[str, Any]
) -> journal.Told | None:
    """Store what was pressed on a page, once, and wait shortly for the recorder's answer.

    The press id belongs to what the form says until that was answered: a second click on it is the
    same press, but with another word in it, it is another one. Gives None where the recorder does
    not answer in time. Raises EntryError where it makes no sense, StoreError where it is not saved.
    """
    (answer,) = presses(at, form, chair, kind, actor, [data])
    return answer


def presses(
    at: Place, form: str, chair: int, kind: str, actor: str, several: Sequence[Mapping[str, Any]]
) -> list[journal.Told | None]:
    """`press` for several entries of one kind: all are stored before any answer is waited for."""
    for data in several:
        check(kind, actor, data)
    key = f"press-{form}-{chair}"
    what = json.dumps([kind, actor, [dict(data) for data in several]])
    before = st.session_state.get(key)
    number = before[1] if before and before[0] == what else str(uuid.uuid4())
    st.session_state[key] = (what, number)
    db = open_to_write(at.database)
    try:
        with told(at.database):
            now_ms = recorder_now_ms(db)
        stored = [
            journal.write_entry(
                db,
                press=f"{number}-{place}" if place else number,
                t_ms=now_ms,
                chair=chair,
                kind=kind,
                actor=actor,
                data=data,
            )
            for place, data in enumerate(several)
        ]
        answers = _answers(at, db, stored)
    finally:
        db.close()
    if None not in answers:
        del st.session_state[key]
    return answers


def _answers(at: Place, db: Database, stored: Sequence[int]) -> list[journal.Told | None]:
    """Wait shortly for the recorder; the entries are on the disk, whatever happens here."""
    end_s = time.monotonic() + ANSWER_S
    answers: list[journal.Told | None] = [None] * len(stored)
    with suppress(StoreError), told(at.database):
        while time.monotonic() < end_s:
            answers = [journal.answer_to(db, entry) for entry in stored]
            if None not in answers:
                break
            time.sleep(0.05)
    return answers


def show_press(
    at: Place, form: str, chair: int, kind: str, actor: str, data: Mapping[str, Any]
) -> journal.Told | None:
    """`press`; gives the answer where it was accepted, else says on the page what became of it."""
    answers = show_presses(at, form, chair, kind, actor, [data])
    return answers[0] if answers else None


def show_presses(
    at: Place, form: str, chair: int, kind: str, actor: str, several: Sequence[Mapping[str, Any]]
) -> list[journal.Told]:
    """`show_press` for several entries of one kind; gives the answers of those accepted."""
    try:
        answers = presses(at, form, chair, kind, actor, several)
    except EntryError as error:
        st.error(str(error))
        return []
    except StoreError as error:
        st.error(f"NOT SAVED: press again. {error}")
        return []
    if None in answers:
        st.warning("Saved, but the recorder does not answer. Check that it runs.")
    for text in dict.fromkeys(x.text for x in answers if x and not x.accepted):
        st.error(plain(text))
    return [answer for answer in answers if answer and answer.accepted]


def entered_as(at: Place, chair: int, watching: str | None) -> str:
    """Ask in whose name a page's press is entered: who is on watch, unless another is chosen.

    The field has a key, so that what was chosen stays whoever comes on watch meanwhile. On the
    pages of records (``chair`` 0) who was chosen on one of them is chosen on the next ones, in this
    browser, for 15 minutes from page to page.
    """
    if chair != 0:
        return _asked_name(at, chair, watching)
    name, at_s = st.session_state.get(NAMED, ("", 0.0))
    recent = name if time.monotonic() - at_s < NAMED_S else ""
    said = _asked_name(at, chair, recent or None)
    st.session_state[NAMED] = (said, time.monotonic())
    return said


def _asked_name(at: Place, chair: int, watching: str | None) -> str:
    """The field of `entered_as`, with a name chosen in advance or none."""
    key, names = f"who-{chair}", staff(at)
    few = 0 < len(names) <= MOST_PEOPLE
    key = key if few else f"{key}-list"
    before = st.session_state.get(key)
    # Each stays in its place: a name that is chosen does not move from under the finger.
    people = [name for name in (*names, watching, before) if name and name != ANOTHER]
    people = list(dict.fromkeys(people))
    if not few:
        chosen = st.selectbox(
            "Entered as",
            [*people, ANOTHER],
            index=people.index(watching) if watching else None,
            placeholder="Choose your name",
            key=key,
        )
    else:
        chosen = st.pills(
            "Entered as", [*people, ANOTHER], default=watching, required=True, key=key
        )  # fmt: skip
    if chosen == ANOTHER:
        return st.text_input("Your name", max_chars=MAX_NAME, key=f"{key}-name").strip()
    return chosen or ""


def the_chair(db: Database) -> int | None:
    """The chair that the address names; the first one where it names none.

    Another one is never shown in place of the one that was asked for.
    """
    names = current.chairs(db)
    wanted = st.query_params.get("chair", "")
    if not wanted or not names:
        return next(iter(names), None)
    if wanted.isdecimal() and int(wanted) in names:
        return int(wanted)
    begin("No such chair")
    st.error(f"There is no chair {plain(wanted)} here. These are the chairs:")
    for number, name in names.items():
        st.page_link("app_pages/live.py", label=plain(name), query_params={"chair": str(number)})
    end()
    return st.stop()
