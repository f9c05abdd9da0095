"""Start or end a session on one chair."""

import streamlit as st

from devices.numeric import Generation
from monitor.alarms.presets import Preset, from_json
from monitor.screens import frame, limit_form
from monitor.screens.baseline_form import baseline_form
from monitor.screens.context import entered_as, here, reading, show_press, sorry, the_chair
from monitor.screens.frame import plain
from monitor.session.visit import Session
from monitor.store import current, journal
from monitor.store.alarm_settings import AlarmSettings, alarm_settings
from monitor.store.database import StoreError


def planned(session: Session) -> str:
    """What was entered of the patient and the infusion."""
    words = [
        f"{session.weight_kg:g} kg" if session.weight_kg is not None else "weight not entered",
        plain(session.drug) or "drug not entered",
        f"{session.dose_mg:g} mg" if session.dose_mg is not None else "dose not entered",
        f"over {session.minutes:g} min" if session.minutes is not None else "duration not entered",
    ]
    return " · ".join(words)


at = here()
chair = None
clinic, settings = Preset(), AlarmSettings()
try:
    with reading(at) as db:
        chair = the_chair(db)
        names = current.chairs(db)
        removed = chair in current.removed_chairs(db)
        opened = current.open_session(db, chair) if chair is not None else None
        watching = journal.on_watch(db, chair) if chair is not None else None
        generation = current.generation(db, chair) if chair is not None else Generation.REAL
        if chair is not None:
            clinic = from_json((current.setting(db, chair) or {}).get("limits", "[]"))
            settings = alarm_settings(db, chair)
        tick = current.last_tick(db)
        now_ms = tick.t_ms if tick else 0
except StoreError as error:
    sorry(str(error))
if chair is None:
    sorry("There is no chair yet: the recorder has not begun.")
assert chair is not None

frame.begin(names[chair], chair)
frame.banner(generation)
if removed:
    st.warning("This chair is no longer in the clinic's file: nothing is recorded here.")

st.page_link("app_pages/limits.py", label="Alarm limits", query_params={"chair": str(chair)})
start_key, said_key = f"start-{chair}", f"said-{chair}"
who = entered_as(at, chair, watching)

# What was pressed before this run, and became of it.
said, ended = st.session_state.pop(said_key, ("", None))
if said:
    st.success(plain(said))

if opened:
    session = opened[0]
    if st.session_state.get(start_key) and not said:
        st.error(
            "NOT SAVED: this chair has an open session meanwhile,"
            f" started by {plain(session.opened_by)}."
        )
    st.subheader(f"Open session: {plain(session.patient)}")
    st.write(f"{planned(session)} · started by {plain(session.opened_by)}.")
    st.page_link(
        "app_pages/live.py", label="To the live screen", query_params={"chair": str(chair)}
    )
    if text := baseline_form(at, who, session, settings.baseline, now_ms):
        st.session_state[said_key] = (text, None)
        st.rerun()
    st.subheader("End")
    if session.dosing:
        st.info("The infusion is entered as running; ending the session ends it too.")
    sure = st.checkbox(
        "The visit is over and the patient leaves this chair", key=f"sure-{session.id}"
    )
    this = {"session": session.id}
    if st.button(
        "End the session", disabled=not sure, type="primary", key=f"end-{session.id}"
    ) and (answer := show_press(at, "end", chair, "session_end", who, this)):
        st.session_state[said_key] = (answer.text, session.id)
        st.rerun()
    frame.end()
    st.stop()

if ended is not None:
    st.page_link(
        "app_pages/review.py",
        label="Review it",
        query_params={"session": str(ended), "chair": str(chair)},
    )
message = st.container()  # above the form: below it, a tablet would not show it
with st.form("start"):
    left, right = st.columns(2)
    patient = left.text_input("Patient reference", max_chars=80)
    second = right.text_input(
        "Second identifier",
        max_chars=80,
        help="Something else that only this patient answers, such as the year of birth.",
    )
    weight = left.number_input("Weight today (kg)", 25.0, 300.0, None, step=0.5)
    drug = right.text_input("Drug", max_chars=80)
    dose = left.number_input("Dose (mg)", 0.1, 2000.0, None, step=0.5)
    minutes = right.number_input("Over (minutes)", 1.0, 600.0, None, step=1.0)
    st.markdown("**Alarm limits with which this session starts**")
    limit_form.table(clinic, clinic)
    asked = st.checkbox("I asked the patient for both identifiers, and they are this patient's")
    seen = st.checkbox("Alarm limits seen")
    pressed = st.form_submit_button("Start the session", type="primary", key=start_key)

if pressed:
    data = {
        "patient": patient,
        "second_identifier": second,
        "weight_kg": weight,
        "drug": drug,
        "dose_mg": dose,
        "minutes": minutes,
        "limits_seen": seen,
    }
    with message:
        if not asked:
            st.error("Confirm the patient by both identifiers first.")
        elif not seen:
            st.error("Look at the alarm limits first, and tick that you have seen them.")
        elif answer := show_press(at, "start", chair, "session_start", who, data):
            st.session_state[said_key] = (answer.text, None)
            st.rerun()

frame.end()
