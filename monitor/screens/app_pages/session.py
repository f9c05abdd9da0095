"""A visit's page on one chair: what is a decision or a form, from arrival to the end."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from devices.numeric import Generation
from monitor.screens import frame
from monitor.screens.context import entered_as, here, reading, sorry, the_chair
from monitor.screens.feed import Feed
from monitor.screens.frame import plain
from monitor.screens.visit_forms.arrival import arrival_form
from monitor.screens.visit_forms.corrections import strike_form, wrong_patient
from monitor.screens.visit_forms.drug import drug_form, waste_form
from monitor.screens.visit_forms.ending import ending, overdue
from monitor.screens.visit_forms.page import VisitPage, said
from monitor.screens.visit_forms.plan import plan_form
from monitor.screens.visit_forms.preflight import preflight
from monitor.screens.visit_forms.questions import store_taps
from monitor.session.steps import NAMES
from monitor.store import current, journal
from monitor.store.database import StoreError

PARTS = {
    "before": "Before the dose",
    "plan": "Plan, drug, waste",
    "end": "Discharge and end",
    "wrong": "Corrections",
}

at = here()
chair = None
try:
    with reading(at) as db:
        chair = the_chair(db)
        names = current.chairs(db)
        removed = chair in current.removed_chairs(db)
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
if removed:
    st.warning("This chair is no longer in the clinic's file: nothing is recorded here.")
text, ended = said(chair)
if opened:
    words, by = st.columns([3, 2], vertical_alignment="bottom")
else:
    words, by = st.container(), st.container()
with by:
    who = entered_as(at, chair, watching)
if opened:
    store_taps(at, chair, opened[0].id, who)

feed = Feed(chair)
try:
    with reading(at) as db:
        tick = current.last_tick(db)
        if tick is None:
            sorry("The recorder is starting.")
        assert tick is not None
        feed.load(db, tick, 1.0)
except StoreError as error:
    sorry(str(error))

visit = feed.visit
start_key = f"start-{chair}"
ended_key = f"ended-{chair}"  # the session that was ended here, until the next patient
stood_key = f"stood-{chair}"  # the session that this page showed last, None at an arrival
now_open = visit.session.id if visit else None
stood = st.session_state.get(stood_key, now_open)
st.session_state[stood_key] = now_open
if stood != now_open:
    frame.to_top()
# What became of the press before this run, and whose visit came under the hands meanwhile: it stays
# in sight however far down the form is that was pressed.
with st.container(key="said"):
    if text:
        st.success(plain(text))
    elif visit is not None and st.session_state.get(start_key):
        st.error(
            "NOT SAVED: this chair has an open session meanwhile, for"
            f" {plain(visit.session.patient)}, started by {plain(visit.session.opened_by)}."
        )
    elif visit is not None and stood != now_open:
        st.error(
            f"Meanwhile {plain(visit.session.opened_by)} started a session on this chair, for"
            f" {plain(visit.session.patient)}. What was typed here before is not entered."
        )
    elif stood != now_open:
        st.warning("The session on this chair was ended meanwhile, on another screen.")

if visit is None:
    if ended is not None or stood is not None:
        st.session_state[ended_key] = stood if ended is None else ended
    over = st.session_state.get(ended_key)
    if over is not None:
        # Alone on the page: below the form of the next visit, nobody would see that it is to sign.
        st.page_link(
            "app_pages/review.py",
            label="Review and sign it",
            query_params={"session": str(over), "chair": str(chair)},
        )
        st.button(
            "Next patient on this chair", on_click=st.session_state.pop, args=(ended_key, None)
        )
        frame.end()
        st.stop()
    st.subheader("Arrival")
    arrival_form(at, chair, who, feed.clinic)
    frame.end()
    st.stop()
assert visit is not None

session = visit.session
zone = ZoneInfo(feed.setting.get("time_zone", "UTC"))


def clock(t_ms: int) -> str:
    """A time of this visit as the clinic's clock shows it."""
    return datetime.fromtimestamp(t_ms / 1000, zone).strftime("%H:%M:%S")


st.session_state.pop(ended_key, None)
page = VisitPage(at, who, visit, feed.t_ms, clock, feed.knowledge.latest(feed.t_ms))
words.subheader(f"Open session: {plain(session.patient)}")
regimen = visit.regimen.name if visit.regimen else session.drug or "no regimen"
words.write(
    f"{plain(regimen)} · step {NAMES[session.stage]} since {clock(session.stage_ms)}"
    f" · started by {plain(session.opened_by)} at {clock(session.started_ms)}."
)
for flag in [*visit.flags, *([visit.stale] if visit.stale else [])]:
    st.warning(f"⚑ {plain(flag)}")
left_open = overdue(page)

first = "before"
if left_open:
    first = "end"
elif visit.stale:
    first = "plan"
elif session.infusion_started_ms is not None:
    first = "plan" if session.dosing else "end"
part = (
    st.segmented_control(
        "Part of the visit",
        list(PARTS),
        format_func=PARTS.__getitem__,
        default=first,
        # so that it begins anew as the visit goes on
        key=f"part-{session.id}-{session.phase[0]}-{bool(visit.stale)}-{left_open}",
        label_visibility="collapsed",
        width="stretch",
    )
    or first
)
if part == "before":
    preflight(page, feed.settings.baseline)
elif part == "plan":
    plan_form(page)
    drug_form(page)
    waste_form(page)
elif part == "end":
    ending(page)
else:
    wrong_patient(page)
    strike_form(page)
frame.records(session.patient, session.id)
live, limits = st.columns([3, 1])
live.page_link(
    "app_pages/live.py",
    label="To the live screen",
    query_params={"chair": str(chair)},
    width="stretch",
)
limits.page_link(
    "app_pages/limits.py",
    label="Alarm limits",
    query_params={"chair": str(chair)},
    width="stretch",
)

frame.end()
