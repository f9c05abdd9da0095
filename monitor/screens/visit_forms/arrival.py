"""Begin a visit: who it is, what is planned, and the limits that it starts with."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from monitor.alarms.limits import LimitsError
from monitor.alarms.presets import Preset, merged
from monitor.command import places
from monitor.command.places import Place
from monitor.screens import limit_form
from monitor.screens.context import reading, show_press, sorry
from monitor.screens.frame import plain
from monitor.screens.saving import day, zone_of
from monitor.screens.visit_forms import known
from monitor.screens.visit_forms.arithmetic import by_regimen, product
from monitor.screens.visit_forms.page import is_other, say
from monitor.session.dosing import DosingError, Plan, figure, said
from monitor.session.entries import MAX_NAME
from monitor.session.regimens import Regimen, RegimenError
from monitor.session.scales import ScaleError, ranges
from monitor.session.steps import Steps, StepsError
from monitor.store.database import StoreError

MOST_REGIMENS = 10  # so many stand as buttons: one touch; of more one is chosen from a list
WITHOUT_STEPS = "No pre-flight and discharge questions: the clinic's file cannot be read"


def arrival_form(at: Place, chair: int, who: str, clinic: Preset) -> None:
    """Ask what a visit begins with. Nothing clinical is filled in; the regimen's dose is computed.

    What is started is what was shown: a dose that changed with the last field is shown first.
    """
    key = f"arrival-{chair}"
    regimens, steps, scales = _regimens(), _steps(), _scales()
    left, middle, right = st.columns([2, 3, 2])
    patient = left.text_input("Patient reference", max_chars=MAX_NAME, key=f"{key}-patient")
    second = middle.text_input(
        "Second identifier, as the patient says it",
        max_chars=MAX_NAME,
        key=f"{key}-second",
        placeholder="asked now, e.g. the date of birth",
    )
    weight = right.number_input(
        "Weight today (kg)", value=None, step=0.5, format="%g", key=f"{key}-weight"
    )
    chosen = _choose(regimens, f"{key}-regimen")
    # Below the fields that come first: what appears must not move what a finger is about to press.
    record = _record(at, patient)
    regimen = regimens.get(chosen) if chosen else None
    wrong, plan, drug = "", Plan(), ""
    preset = clinic
    if regimen is not None or not regimens:
        key = f"{key}-{chosen}"
        drug, typed = _dose_fields(regimen, key)
        plan, wrong = _show_plan(regimen, weight, typed)
        try:
            preset = merged(clinic, regimen.limits if regimen else {})
        except LimitsError as error:
            wrong = f"The regimen's limits do not go with the clinic's: {error}"
            st.error(plain(wrong))
    else:
        wrong = "Choose the regimen first. 'Other infusion' fits any."
    st.markdown("**Alarm limits with which this visit starts**")
    limit_form.table(preset, clinic)
    seen = st.checkbox("Alarm limits seen", key=f"{key}-seen")
    message = st.container()
    shown = f"{chosen} {said(plan)}"
    before = st.session_state.get(f"shown-{chair}")
    st.session_state[f"shown-{chair}"] = shown
    pressed = st.button("Start the session", type="primary", key=f"start-{chair}")
    if not pressed:
        return
    with message:
        if is_other(record, second):
            return
        if wrong:
            st.error(plain(wrong))
        elif not seen:
            st.error("Look at the alarm limits first, and tick that you have seen them.")
        elif before != shown:
            st.error("The dose changed with what was typed last: look at it, then start.")
        else:
            data = {
                "patient": record.reference if record else patient,
                "second_identifier": second,
                "weight_kg": weight,
                "drug": drug,
                "dose_mg": plan.dose_mg,
                "minutes": plan.minutes,
                "concentration_mg_ml": plan.concentration_mg_ml,
                "regimen": regimen.table if regimen else None,
                "steps": steps.table if steps else None,
                "scales": scales,
                "limits_seen": seen,
                "flags": [*(record.flags if record else ()), *([] if steps else [WITHOUT_STEPS])],
            }
            if answer := show_press(at, "start", chair, "session_start", who, data):
                say(chair, answer.text)


def _regimens() -> Mapping[str, Regimen]:
    try:
        return places.regimens()
    except (RegimenError, LimitsError) as error:
        st.error(f"{plain(str(error))} A visit can begin, without a regimen.")
        return {}


def _choose(regimens: Mapping[str, Regimen], key: str) -> str | None:
    """The regimen's id; none is chosen before somebody does."""
    ids, name = list(regimens), lambda x: regimens[x].name
    if len(ids) <= MOST_REGIMENS:
        return st.pills("Regimen", ids, format_func=name, required=True, key=key)
    return st.selectbox(
        "Regimen", ids, index=None, format_func=name, placeholder="Choose", key=f"{key}-list"
    )


def _steps() -> Steps | None:
    try:
        return places.steps()
    except StepsError as error:
        st.error(f"{plain(str(error))} A visit can begin, but it asks nothing before the dose.")
        return None


def _scales() -> dict[str, list[int]] | None:
    """The ranges of the clinic's scales; none where they cannot be read: then none is checked."""
    try:
        return ranges(places.scales())
    except ScaleError as error:
        st.error(f"{plain(str(error))} A visit can begin, but its scores are not checked.")
        return None


def _record(at: Place, patient: str) -> known.KnownPatient | None:
    """The patient's record, with what it says that staff should know; never its identifier."""
    if not patient.strip():
        return None
    try:
        with reading(at) as db:
            record = known.known_patient(db, patient.strip())
    except StoreError as error:
        sorry(str(error))
    if record is None:
        st.info("No record of this patient: the visit can begin without one.")
    else:
        last = record.last_weight_kg
        weight = f", last weight {figure(last, 1)} kg" if last is not None else ""
        visits = f"{record.sessions} visit{'' if record.sessions == 1 else 's'}"
        name = f"**{plain(record.name)}**, " if record.name else ""
        said = f"In the records: {name}{visits} before{weight}."
        if record.decision:
            at_day = day(zone_of(at), record.decided_ms, "%Y-%m-%d")
            said += f" {plain(record.decision)}, entered {at_day}."
        st.info(said)
        if not record.decision:
            st.warning("Nobody has decided yet whether this patient is suitable.")
        for flag in record.flags:
            st.warning(f"⚑ {plain(flag)}")
        for words in record.scores:
            st.warning(f"⚑ {plain(words)}: see the patient's page")
    return record


def _dose_fields(regimen: Regimen | None, key: str) -> tuple[str, dict[str, Any]]:
    """The drug, and what was typed in place of the regimen's dose, time and concentration."""
    fields = st.columns(4)
    name = regimen.drug if regimen else ""
    drug = fields[0].text_input(
        "Drug", max_chars=MAX_NAME, key=f"{key}-drug", placeholder=name or "not set"
    )
    typed: dict[str, Any] = {"dose_mg": None, "minutes": None, "concentration_mg_ml": None}
    if regimen is not None and regimen.choices_mg:
        typed["dose_mg"] = fields[1].segmented_control(
            "Dose (mg)",
            list(regimen.choices_mg),
            format_func=lambda mg: f"{mg:g} mg",
            key=f"{key}-dose",
        )
    else:
        typed["dose_mg"] = fields[1].number_input(
            "Dose (mg)",
            value=None,
            step=0.5,
            format="%g",
            key=f"{key}-dose",
            placeholder=_dose_of(regimen),
        )
    if regimen is None or regimen.infusion:
        of = f"{regimen.minutes:g}" if regimen and regimen.minutes else "not set"
        typed["minutes"] = fields[2].number_input(
            "Over (minutes)", value=None, step=1.0, format="%g", key=f"{key}-min", placeholder=of
        )
    if regimen is None or regimen.route in ("iv", "im"):
        typed["concentration_mg_ml"] = fields[3].number_input(
            "Concentration (mg/mL)",
            value=None,
            step=0.5,
            format="%g",
            key=f"{key}-strength",
            placeholder="may follow",
        )
    return drug.strip() or name, typed


def _dose_of(regimen: Regimen | None) -> str:
    if regimen is None:
        return "not set"
    if regimen.dose_mg_per_kg is not None:
        return f"{regimen.dose_mg_per_kg:g} mg/kg"
    return f"{regimen.dose_mg:g}" if regimen.dose_mg is not None else "not set"


def _show_plan(
    regimen: Regimen | None, weight: float | None, typed: Mapping[str, Any]
) -> tuple[Plan, str]:
    """Show the arithmetic in full; gives the plan, and why there is none."""
    try:
        plan, above = by_regimen(regimen, weight, **typed)
    except DosingError as error:
        st.warning(str(error))
        return Plan(), str(error)
    words = f"**{plain(said(plan)) if plan.dose_mg is not None else 'No dose is entered yet.'}**"
    per_kg = regimen.dose_mg_per_kg if regimen and typed["dose_mg"] is None else None
    if per_kg is not None and weight is not None:
        words += f"  \nThe regimen: {plain(product(per_kg, weight))}"
    st.info(words)
    if above:
        st.warning(f"{plain(above)} The visit can begin; the pre-flight check stops at it.")
    return plan, ""
