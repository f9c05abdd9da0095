"""The patients: the list, find one, begin a record."""

import streamlit as st

from devices.numeric import Generation
from monitor.screens import frame
from monitor.screens.context import entered_as, here, reading, sorry
from monitor.screens.frame import plain
from monitor.screens.saving import enter, forms, said, turn
from monitor.session.patient import Patient, reference_of
from monitor.session.records import DECISIONS
from monitor.store import patients
from monitor.store.database import StoreError

MOST = 50
NEW = "new-patient"

at = here()
found: list[Patient] = []
scored: dict[str, list[str]] = {}
try:
    with reading(at) as db:
        found = patients.listed(db)
        scored = patients.flagged_scores(db)
except StoreError as error:
    sorry(str(error))
held = forms()
frame.begin("Patients")
frame.banner(Generation.SIMULATED if at.mode == "demo" else Generation.REAL)

left, right = st.columns([5, 3], gap="large")
with left:
    st.page_link("app_pages/review.py", label="All sessions", icon=":material/arrow_forward:")
    said(NEW)
    words = st.text_input("Find", placeholder="reference or name", key="find").casefold()
    fit = [x for x in found if words in f"{x.reference} {x.name}".casefold()]
    if not found:
        st.info(
            "No patient has a record yet. Begin one here; a visit can also be started without one,"
            " on a chair's screen."
        )
    elif not fit:
        st.info("No record fits. A record is found by its reference or name.")
    for record in fit[:MOST]:
        link, what = st.columns([3, 2], vertical_alignment="center")
        label = f"{record.reference} · {record.name}" if record.name else record.reference
        link.page_link(
            "app_pages/patient.py",
            label=plain(label),
            icon=":material/arrow_forward:",
            query_params={"ref": record.reference},
        )
        last = record.decision
        told = [DECISIONS[last.decision] if last else "no decision on suitability yet"]
        if flags := [*record.flags, *scored.get(record.reference, [])]:
            told.append(f"⚑ {plain('; '.join(flags))}")
        what.markdown(" · ".join(told))
    if len(fit) > MOST:
        st.caption(f"{len(fit) - MOST} more: say more of the reference or name.")

with right:
    st.subheader("Begin a record")
    who = entered_as(at, 0, None)
    message = st.container()
    key = turn(NEW)
    with st.form(key):
        reference = st.text_input(
            "Patient reference",
            reference_of(st.query_params.get("ref", "")),
            max_chars=80,
            key=f"{key}-reference",
        )
        second = st.text_input(
            "Second identifier",
            max_chars=80,
            help="Something else that only this patient answers, such as the year of birth."
            " It is asked for at each session's start.",
            key=f"{key}-second",
        )
        name = st.text_input("Name (may stay empty)", max_chars=80, key=f"{key}-name")
        year = st.number_input(
            "Year of birth (may stay empty)",
            value=None,
            step=1,
            key=f"{key}-year",
        )
        pressed = st.form_submit_button("Begin the record", type="primary", key=f"{key}-save")
    if pressed:
        with message:
            data: dict[str, object] = {
                "reference": reference,
                "second_identifier": second,
                "name": name,
                "birth_year": year,
            }
            text = f"The record of {reference_of(reference)} is begun."
            enter(at, NEW, reference, "created", who, data, held, text)

frame.end()
