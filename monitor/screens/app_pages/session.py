"""Start or end a session on one chair."""

import streamlit as st

from devices.numeric import Generation
from monitor.screens import frame
from monitor.screens.context import here, reading, show_press, sorry, the_chair
from monitor.screens.server import staff
from monitor.store import current, journal
from monitor.store.database import StoreError

at = here()
chair = None
try:
    with reading(at) as db:
        chair = the_chair(db)
        names = current.chairs(db)
        opened = current.open_session(db, chair) if chair is not None else None
        watching = journal.on_watch(db, chair) if chair is not None else None
        generation = current.generation(db, chair) if chair is not None else Generation.REAL
except StoreError as error:
    sorry(str(error))
if chair is None:
    sorry("There is no chair yet: the recorder has not begun.")
assert chair is not None

frame.begin(names[chair], chair)
frame.banner(generation)

people = list(dict.fromkeys([*([watching] if watching else []), *staff(at)]))
who = st.selectbox(
    "Entered as",
    people,
    index=0 if watching else None,
    placeholder="Choose or type your name",
    accept_new_options=True,
)

if opened:
    session = opened[0]
    st.subheader(f"Open session: {session.patient}")
    st.write(f"Started by {session.opened_by}.")
    if session.dosing:
        st.info("The infusion is entered as running; ending the session ends it too.")
    sure = st.checkbox("The visit is over and the patient leaves this chair")
    if st.button("End the session", disabled=not sure, type="primary") and show_press(
        at, "end", chair, "session_end", who or "", {}
    ):
        st.page_link(
            "app_pages/review.py", label="Review it", query_params={"session": str(session.id)}
        )
    frame.end()
    st.stop()

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
    asked = st.checkbox("I asked the patient for both identifiers, and they are this patient's")
    pressed = st.form_submit_button("Start the session", type="primary")

if pressed:
    data = {
        "patient": patient,
        "second_identifier": second,
        "weight_kg": weight,
        "drug": drug,
        "dose_mg": dose,
        "minutes": minutes,
    }
    if not asked:
        st.error("Confirm the patient by both identifiers first.")
    elif show_press(at, "start", chair, "session_start", who or "", data):
        st.page_link(
            "app_pages/live.py", label="To the live screen", query_params={"chair": str(chair)}
        )

frame.end()
