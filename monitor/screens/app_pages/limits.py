"""The alarm limits of one chair: those in force, and one tier of them changed."""

import streamlit as st

from devices.numeric import Generation
from monitor.alarms.presets import Preset, from_json
from monitor.alarms.presses import MAX_REASON, differences
from monitor.screens import frame, limit_form
from monitor.screens.context import entered_as, here, reading, show_press, sorry, the_chair
from monitor.screens.frame import plain
from monitor.store import current, journal
from monitor.store.alarm_settings import alarm_settings
from monitor.store.database import StoreError

at = here()
chair = None
clinic = preset = Preset()
try:
    with reading(at) as db:
        chair = the_chair(db)
        names = current.chairs(db)
        if chair is not None:
            opened = current.open_session(db, chair)
            watching = journal.on_watch(db, chair)
            generation = current.generation(db, chair)
            clinic = from_json((current.setting(db, chair) or {}).get("limits", "[]"))
            if opened:  # the clinic's for the regimen of this session
                clinic = from_json(opened[1])
            preset = alarm_settings(db, chair).preset or clinic
except StoreError as error:
    sorry(str(error))
if chair is None:
    sorry("There is no chair yet: the recorder has not begun.")
assert chair is not None

frame.begin(f"{names[chair]}: alarm limits", chair)
frame.banner(Generation(generation))
st.page_link(
    "app_pages/session.py", label="To the session's page", query_params={"chair": str(chair)}
)
said_key = f"limits-said-{chair}"
said, count = st.session_state.pop(said_key, ""), st.session_state.get(f"limits-count-{chair}", 0)
if said:
    st.success(plain(said))

if opened is None:
    limit_form.table(clinic, clinic)
    st.info(
        "No session is open on this chair: the clinic's limits apply to the next one. They are set"
        " in data/presets/limits.toml, and read when the recorder starts."
    )
    frame.end()
    st.stop()
assert opened is not None

session = opened[0]
told = differences(preset, clinic)
regimen = f", {plain(session.regimen)}" if session.regimen else ""
st.write(
    f"In force for **{plain(session.patient)}**{regimen}, in the phase *{session.phase[0]}*. "
    + (
        f"**◆ {len(told)} of them {'is' if len(told) == 1 else 'are'} not the clinic's.**"
        if told
        else "All are the clinic's."
    )
)
limit_form.table(preset, clinic)

st.subheader("Change a limit for this session")
who = entered_as(at, chair, watching)
edit = limit_form.tier_fields(preset, clinic, f"limits-{chair}-{session.id}")
why = st.text_input("Why", max_chars=MAX_REASON, key=f"limits-why-{chair}-{session.id}-{count}")
wanted = True
if edit.widened:
    st.warning("\n\n".join(plain(words) for words in edit.widened))
    wanted = st.checkbox(
        "Yes: this alarms later, or no more",
        # of these very words, so that the tick for one widening never serves another
        key=f"limits-wider-{session.id}-{count}-{edit.widened}",
    )
message = st.container()
if st.button("Save for this session", type="primary", key=f"limits-save-{chair}"):
    with message:
        data = {**edit.data, "reason": why, "session": session.id}
        if edit.preset is None:
            st.error(plain(edit.error))
        elif limit_form.same(edit.preset, preset):
            st.error("These limits are in force already: nothing was saved.")
        elif not wanted:
            st.error("Not saved: tick first that the limit is to be widened.")
        elif answer := show_press(at, "limits", chair, "limits", who, data):
            st.session_state[said_key] = answer.text
            st.session_state[f"limits-count-{chair}"] = count + 1
            st.rerun()

frame.end()
