"""Change what is planned: weight, dose, time, concentration."""

from typing import Any

import streamlit as st

from monitor.screens.frame import plain
from monitor.screens.visit_forms.arithmetic import changed, plan_now, product
from monitor.screens.visit_forms.page import VisitPage
from monitor.session.dosing import DosingError, figure, said
from monitor.session.entries import MAX_NAME, MAX_REASON


def plan_form(page: VisitPage) -> None:
    """Show the plan, and the plan as it would be with what is typed; empty fields stay as it is.

    What is entered is what was shown. After a change of the patient, weight and dose must be typed.
    """
    visit, x = page.visit, page.visit.session
    st.subheader("Plan")
    st.info(f"**{plain(said(plan_now(visit))) or 'No dose is entered yet.'}**")
    if x.infusion_started_ms is not None:
        given_mg = visit.infusion.given_mg(page.now_ms)
        known = f"{figure(given_mg, 1)} mg" if given_mg is not None else "not known: no rate"
        st.write(
            f"Given until {page.clock(page.now_ms)}: {known}."
            " A changed rate is entered on the live screen."
        )
    typed = _fields(page)
    wrong = "" if typed else "Nothing was changed: type what is new."
    shown = ""
    if visit.stale and not {"weight_kg", "dose_mg"} <= set(typed):
        wrong = f"{visit.stale}: enter both anew."
    if typed:
        try:
            after, above = changed(visit, typed)
            shown = said(after)
            st.info(f"**New: {plain(shown)}**")
            if above:
                st.warning(plain(above))
            _by_regimen(page, typed)
        except DosingError as error:
            wrong = str(error)
            st.warning(wrong)
    reason = ""
    if x.infusion_started_ms is not None:
        reason = st.text_input(
            "Why (a dose was given)", max_chars=MAX_REASON, key=page.key("plan", "reason")
        )
    shown_key = f"plan-shown-{x.id}"
    before = st.session_state.get(shown_key)
    st.session_state[shown_key] = shown
    message = st.container()
    if st.button("Enter the new plan", type="primary", key=page.key("plan", "enter")):
        with message:
            if wrong:
                st.error(plain(wrong))
            elif before != shown:
                st.error("The plan changed with what was typed last: look at it, then enter it.")
            else:
                page.enter("plan", "plan", **typed, **({"reason": reason} if reason else {}))


def _fields(page: VisitPage) -> dict[str, Any]:
    """What was typed, by the entry's keys."""
    visit, x = page.visit, page.visit.session
    now = {
        "weight_kg": ("Weight today (kg)", x.weight_kg),
        "dose_mg": ("Dose (mg)", x.dose_mg),
        "minutes": ("Over (minutes)", x.minutes),
        "concentration_mg_ml": ("Concentration (mg/mL)", visit.concentration_mg_ml),
    }
    if not visit.infuses:
        del now["minutes"]
    columns = st.columns(len(now))
    typed: dict[str, Any] = {}
    for column, (name, (label, value)) in zip(columns, now.items(), strict=True):
        number = column.number_input(
            label,
            value=None,
            step=0.5,
            format="%g",
            placeholder=f"{figure(value, 2)} now" if value is not None else "not set",
            key=page.key("plan", name),
        )
        if number is not None:
            typed[name] = number
    drug = st.columns(2)[0].text_input(
        "Drug",
        max_chars=MAX_NAME,
        placeholder=x.drug or "not entered",
        key=page.key("plan", "drug"),
    )
    return {**typed, "drug": drug.strip()} if drug.strip() else typed


def _by_regimen(page: VisitPage, typed: dict[str, Any]) -> None:
    """A new weight does not change the dose by itself: say what the regimen's would be."""
    regimen = page.visit.regimen
    per_kg = regimen.dose_mg_per_kg if regimen else None
    weight = typed.get("weight_kg")
    if per_kg is None or weight is None or "dose_mg" in typed:
        return
    st.caption(
        f"The dose stays as it was. The regimen: {product(per_kg, weight)}; type it to change the"
        " dose."
    )
