"""The drug that was drawn up, and what was thrown away."""

import streamlit as st

from monitor.screens.frame import plain
from monitor.screens.visit_forms.arithmetic import drug_account
from monitor.screens.visit_forms.page import VisitPage
from monitor.session.dosing import figure
from monitor.session.entries import MAX_NAME


def drug_form(page: VisitPage) -> None:
    """Lot, concentration and amount of what was drawn up. Several vials are several entries."""
    visit = page.visit
    planned = visit.session.drug or (visit.regimen.drug if visit.regimen else "")
    strength = visit.concentration_mg_ml
    st.subheader("Drug")
    _standing(page, "drug")
    with st.form(page.key("drug", "form")):
        first, second, third, fourth = st.columns(4)
        drug = first.text_input(
            "Drug", max_chars=MAX_NAME, placeholder=planned, key=page.key("drug", "drug")
        )
        lot = second.text_input("Lot number", max_chars=MAX_NAME, key=page.key("drug", "lot"))
        of = third.number_input(
            "Concentration (mg/mL)",
            value=None,
            step=0.5,
            format="%g",
            placeholder=f"{figure(strength, 2)} planned" if strength else "",
            key=page.key("drug", "strength"),
        )
        drawn = fourth.number_input(
            "Drawn up (mg)", value=None, step=0.5, format="%g", key=page.key("drug", "drawn")
        )
        if st.form_submit_button("Enter the drug"):
            said = {"drug": drug.strip() or planned, "lot": lot.strip(), "drawn_mg": drawn}
            said |= {"concentration_mg_ml": of}
            if not page.asks_again("drug", "drug", **said):
                page.enter("drug", "drug", **said)


def waste_form(page: VisitPage) -> None:
    """What was thrown away, before a witness."""
    st.subheader("Waste")
    _standing(page, "waste")
    if account := drug_account(page.visit, page.now_ms):
        st.write(account)
    with st.form(page.key("waste", "form")):
        left, right = st.columns(2)
        mg = left.number_input(
            "Wasted (mg)", value=None, step=0.5, format="%g", key=page.key("waste", "mg")
        )
        witness = right.text_input("Witness", max_chars=MAX_NAME, key=page.key("waste", "witness"))
        if st.form_submit_button("Enter the waste"):
            if witness.strip() and witness.strip().casefold() == page.who.strip().casefold():
                st.error("The witness is another person than who enters it.")
            elif not page.asks_again("waste", "waste", mg=mg, witness=witness.strip()):
                page.enter("waste", "waste", mg=mg, witness=witness.strip())


def _standing(page: VisitPage, kind: str) -> None:
    """What was entered so far, with when and by whom."""
    for x in page.visit.said:
        if x.kind == kind and x.entry not in page.visit.struck:
            st.write(f"✓ {plain(x.text)} — {plain(x.by)}, {page.clock(x.t_ms)}")
