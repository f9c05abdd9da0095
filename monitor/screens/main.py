"""The script behind every page: the list of screens."""

import streamlit as st

from monitor.screens.context import here, sorry

st.set_page_config(page_title="Chairside", layout="wide", initial_sidebar_state="collapsed")
place = here()
if place.error:
    st.title("Chairside")
    sorry(place.error)

st.navigation(
    [
        st.Page("app_pages/live.py", title="Live", default=True),
        st.Page("app_pages/session.py", title="Session", url_path="session"),
        st.Page("app_pages/limits.py", title="Alarm limits", url_path="limits"),
        st.Page("app_pages/review.py", title="Review", url_path="review"),
        st.Page("app_pages/patients.py", title="Patients", url_path="patients"),
        st.Page("app_pages/patient.py", title="Patient", url_path="patient"),
        st.Page("app_pages/notes.py", title="Therapist's notes", url_path="notes"),
        st.Page("app_pages/whatif.py", title="What if", url_path="whatif"),
    ],
    position="hidden",
).run()
