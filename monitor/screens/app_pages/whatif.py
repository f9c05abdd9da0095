"""What if: a stored session judged again with one tier of its limits changed. Nothing is saved."""

import json
from pathlib import Path

import pandas as pd
import streamlit as st

from devices.numeric import Generation
from monitor.alarms.limits import Priority
from monitor.alarms.presets import Preset
from monitor.alarms.presses import with_tier
from monitor.review import whatif
from monitor.review.replay import preset_at_start, replay
from monitor.review.whatif import Count, Episode, Told
from monitor.screens import frame, limit_form
from monitor.screens.context import here, reading, sorry
from monitor.screens.frame import plain
from monitor.screens.past_sessions import clock, said_of, session_number
from monitor.store import sessions
from monitor.store.database import StoreError, open_to_read, told
from monitor.store.sessions import StoredSession

MOST_TICKS = 4 * 3600  # so long a session is judged, for time


@st.cache_data(max_entries=32, show_spinner="The session is judged again…")
def judged(
    database: str, session: int, ended_ms: int | None, edit: str, most_ticks: int
) -> tuple[Count, list[Episode]]:
    """The alarms of a session by the rules of today, as JSON says with another tier.

    ``ended_ms`` is part of what the result is kept for.
    """
    other = json.loads(edit)
    path = Path(database)
    db = open_to_read(path)

    def change(preset: Preset) -> Preset:
        return with_tier(preset, other)

    try:
        with told(path):
            stored = sessions.one(db, session)
            began_ms = stored.session.started_ms if stored else 0
            run = [
                Told((x.t_ms - began_ms) / 1000, x.transition)
                for x in replay(db, session, change if other else None, most_ticks)
            ]
    finally:
        db.close()
    return whatif.count(run), whatif.episodes(run)


at = here()
wanted = st.query_params.get("session", "")
found: list[StoredSession] = []
try:
    with reading(at) as db:
        found = [x for x in sessions.listed(db) if x.session.ended_ms is not None]
        of = session_number(wanted)
        asked = sessions.one(db, of) if of is not None else None
except StoreError as error:
    sorry(str(error))
frame.begin("What if the alarm limits had been others?")
if wanted and asked is None:
    st.error(f"There is no session {plain(wanted)}. Choose one of these:")
if asked is not None and asked.session.ended_ms is None:
    st.error("That session is still open: it can be judged again when it has ended.")
    asked = None
if asked is not None and all(x.session.id != asked.session.id for x in found):
    found.append(asked)
if not found:
    st.info("No session has ended yet: one can be judged again when it has.")
    frame.end()
    st.stop()

by_number = {x.session.id: x for x in found}
numbers = list(by_number)
number = st.selectbox(
    "Session",
    numbers,
    index=numbers.index(asked.session.id) if asked is not None else (None if wanted else 0),
    placeholder="Choose a session",
    format_func=lambda n: said_of(by_number[n]),
    key=f"whatif-choice-{wanted}",
)
if number is None:
    frame.end()
    st.stop()
assert number is not None
stored = by_number[number]
session = stored.session
frame.banner(Generation(stored.generation))
st.page_link("app_pages/review.py", label="Review it", query_params={"session": str(number)})
preset = None
try:
    with reading(at) as db:
        preset = preset_at_start(db, number)
except StoreError as error:
    sorry(str(error))
if preset is None:
    sorry("Of this session it is not stored how it began: it cannot be judged again.")
assert preset is not None

st.caption(
    "The limits with which the session began are changed in one tier, and its stored inputs are"
    " judged again. Limits that staff changed during it are changed again at the same time."
    " Nothing is saved."
)
edit = limit_form.tier_fields(preset, preset, f"whatif-{number}")
if edit.preset is None:
    sorry(plain(edit.error))
if edit.widened:
    st.info("\n\n".join(plain(words) for words in edit.widened))
lasted_ms = (session.ended_ms or session.started_ms) - session.started_ms
if lasted_ms > MOST_TICKS * 1000:
    st.warning(
        f"The session is long ({lasted_ms / 3_600_000:.1f} h): only its first"
        f" {MOST_TICKS // 3600} hours are judged."
    )
key = f"whatif-{number}-run"
if st.button("Judge it again", type="primary"):
    st.session_state[key] = json.dumps(edit.data)
if st.session_state.get(key) != json.dumps(edit.data):
    frame.end()  # what stands below would be of other limits than those in the fields
    st.stop()

try:
    with_database = (str(at.database), number, session.ended_ms)
    then, episodes_then = judged(*with_database, "null", MOST_TICKS)
    now, episodes_now = judged(*with_database, st.session_state[key], MOST_TICKS)
except StoreError as error:
    sorry(str(error))
sentence = whatif.comparison(then, now)
st.subheader(plain(sentence[:1].upper() + sentence[1:]))
st.table(
    pd.DataFrame(
        [
            {
                "": words,
                **{p.word: count.by_priority[p] for p in reversed(Priority)},
                "all": count.alarms,
            }
            for words, count in (("then", then), ("with these limits", now))
        ]
    ).set_index("")
)
st.caption("Low counts technical alarms only: an advisory is seen, and not counted.")


def words_of(x: Episode | None) -> str:
    """One occurrence, as a cell says it."""
    if x is None:
        return "—"
    at_ms = session.started_ms + round(x.began_s * 1000)
    return f"{clock(stored, at_ms, '%H:%M:%S')} {x.priority.word}: {x.text}"


rows = [
    {"condition": x.condition, "then": words_of(before), "with these limits": words_of(after)}
    for before, after in whatif.differing(episodes_then, episodes_now)
    if (x := before or after)
]
if rows:
    st.dataframe(pd.DataFrame(rows), hide_index=True)
else:
    st.write("Every alarm would have been the same.")

frame.end()
