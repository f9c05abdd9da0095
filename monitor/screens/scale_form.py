"""One scale entered in a patient's record: every item a choice, none of them made beforehand."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import streamlit as st

from monitor.command.places import Place
from monitor.screens.frame import plain
from monitor.screens.saving import day, enter, said_since, turn
from monitor.session.patient import Patient
from monitor.session.records import Forms
from monitor.session.scales import Item, Scale


def scale_form(
    at: Place, who: str, patient: Patient, forms: Forms, zone: ZoneInfo, now_ms: int
) -> None:  # fmt: skip
    """Choose a scale and enter its answers. Nothing is saved unless every item is answered.

    Fields have no bounds of their own: one that refuses what is typed sends what stood in it
    before, so that a slip in the year was saved as of today. The record's door refuses instead.
    """
    form = f"score-{patient.reference}"
    key = turn(form)
    if said_since(form) and patient.scores:
        last = max(patient.scores, key=lambda x: x.entry)
        st.success(plain(f"Saved: {last.words}, answered {day(zone, last.at_ms, '%Y-%m-%d')}."))
    name = st.selectbox(
        "Scale",
        list(forms.scales),
        index=None,
        format_func=lambda x: forms.scales[x].name,
        placeholder="Choose a scale",
        key=f"{key}-scale",
    )
    if name is None:
        return
    scale = forms.scales[name]
    variant = None
    if scale.variants:
        variant = st.radio(
            "Circulation is judged in" if name == "aldrete" else "Variant",
            scale.variants,
            index=None,
            horizontal=True,
            key=f"{key}-{name}-variant",
        )
    with st.form(f"{key}-{name}"):
        if scale.ask:
            st.markdown(f"**{plain(scale.ask)}**")
        items = {
            item.id: value
            for number, item in enumerate(scale.items, 1)
            if (value := _item(scale, number, item, variant, f"{key}-{name}")) is not None
        }
        total = None
        if not scale.items:
            st.caption(plain(scale.text_licence))
            total = st.number_input(
                f"Total ({scale.low} to {scale.high})",
                value=None,
                step=1,
                key=f"{key}-{name}-total",
            )
        today = datetime.fromtimestamp(now_ms / 1000, zone).date()
        answered = st.date_input(
            "Answered on",
            today,
            min_value=date.min,
            max_value=date.max,
            format="YYYY-MM-DD",
            key=f"{key}-{name}-day",
        )
        message = st.container()
        if st.form_submit_button("Save the score", type="primary", key=f"{key}-{name}-save"):
            if not answered:
                message.error("Say on which day this was answered.")
                return
            at_ms = None
            if answered != today:
                noon = datetime.combine(answered, time(12), zone)  # nobody asked for the hour
                at_ms = int(noon.timestamp() * 1000)
            data: dict[str, object] = {"scale": name, "variant": variant, "at_ms": at_ms}
            data |= {"items": items} if scale.items else {"total": total}
            with message:
                enter(at, form, patient.reference, "score", who, data, forms)


def _item(scale: Scale, number: int, item: Item, variant: str | None, key: str) -> int | None:
    """One item as a row of choices; those with long words stand below each other."""
    words = {c.value: scale.worded(c.text, variant) for c in item.choices}
    ask = f"{number}. {item.text}" if len(scale.items) > 1 else item.text
    return st.radio(
        plain(ask),
        list(words),
        index=None,
        format_func=lambda value: (
            f"{value} · {words[value]}"
            if words[value] and not words[value].startswith(str(value))
            else words[value]
        ),
        horizontal=max(map(len, words.values())) <= 24,
        key=f"{key}-{item.id}",
    )
