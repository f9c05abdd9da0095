"""The fields with which one tier of one parameter's limits is changed, on whichever page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from devices.numeric import VITALS, Parameter
from monitor.alarms.limits import PHASES, TIERS, Kind, LimitsError, Phase
from monitor.alarms.presets import Preset
from monitor.alarms.presses import with_tier
from monitor.alarms.situation import label_of
from monitor.review.whatif import tier_table
from monitor.screens.frame import plain
from monitor.screens.limit_table import edited, rows, widened

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Edit:
    """A tier as it would be: the data of the press `limits` but for its reason, and what follows.

    ``preset`` is None where these limits cannot be; ``error`` says why. ``widened`` says what would
    alarm later or never, a sentence each.
    """

    data: Mapping[str, Any]
    preset: Preset | None
    widened: tuple[str, ...] = ()
    error: str = ""


def table(preset: Preset, clinic: Preset) -> None:
    """All limits in a plain table, each difference from the clinic's marked in words."""
    columns = ("advisory", "medium", "high")
    head = {"parameter": "", **{x: f"{x} priority" for x in columns}, "advisory": "advisory (low)"}
    text = "| " + " | ".join(head.values()) + " |\n|" + "---|" * len(head)
    for row in rows(preset, clinic):
        cells = [_marked(row[x]) if x != "parameter" else f"**{plain(row[x])}**" for x in head]
        text += "\n| " + " | ".join(cells) + " |"
    st.markdown(text)


def _marked(words: str) -> str:
    """A cell whose limits are not the clinic's stands out without colour alone."""
    if words == "none":
        return "—"
    return f"**{plain(words)}** ◆" if "(clinic" in words else plain(words)


def tier_fields(preset: Preset, clinic: Preset, of: str) -> Edit:
    """Choose a tier and set its limits anew. ``of`` names the page and its chair or session.

    The fields begin with what holds now, and begin anew when that changes.
    """
    first, second, third = st.columns(3)
    parameters = {label_of(p): p for p in VITALS}
    name = first.selectbox("Parameter", list(parameters), index=2, key=f"{of}-parameter")
    parameter = parameters[name]
    tier = second.selectbox("Priority", list(TIERS), index=1, key=f"{of}-tier")
    when = third.selectbox("Holds", [ALWAYS, *PHASES], key=f"{of}-phase")
    phase = cast(Phase, when) if when != ALWAYS else None
    now = tier_table(preset, parameter, tier, phase)
    own = now or phase is None
    start = now if own else tier_table(preset, parameter, tier, None)
    if not own:
        st.caption(f"While {phase} the general limits hold now; what is set here replaces them.")
    data: dict[str, Any] = {"parameter": parameter.value, "tier": tier, "phase": phase}
    default = tier_table(clinic, parameter, tier, phase)
    key = f"{of}-{parameter.value}-{tier}-{when}-{sorted(now.items())}"
    if now != default and st.checkbox(
        "Back to the clinic's limits for this tier", key=f"{key}-back"
    ):
        return _edit(preset, {**data, "limits": default})
    kinds: dict[Kind, str] = {
        "value": f"a value in {parameter.unit}",
        "percent": "in % from the baseline",
        "difference": f"in {parameter.unit} from the baseline",
    }
    held = [k for k in kinds if any(_key(side, k) in start for side in ("low", "high"))]
    kind = first.selectbox(
        "Limits are",
        list(kinds),
        index=list(kinds).index(held[0]) if held else 0,
        format_func=lambda k: kinds[k],
        key=f"{key}-kind",
    )
    kept = [kinds[k] for k in held if k != kind]
    low, high, after = st.columns(3)
    below, above = (
        ("Low", "High") if kind == "value" else ("Below baseline by", "Above baseline by")
    )
    step = 0.1 if parameter is Parameter.TEMP else 1.0
    found = [
        column.number_input(
            label,
            value=start.get(_key(side, kind)),
            step=step,
            format="%g",
            key=f"{key}-{kind}-{side}",
            placeholder="no limit",
        )
        for column, side, label in ((low, "low", below), (high, "high", above))
    ]
    delay_s = after.number_input(
        "Delay (s)", value=start.get("delay_s", 0.0), step=1.0, format="%g", key=f"{key}-delay"
    )  # without bounds: a field that refuses 600 would send the delay that stood in it before
    if kept:
        st.caption(f"The limits of this tier {' and '.join(kept)} stay as they are.")
    return _edit(preset, {**data, "limits": edited(start, kind, found[0], found[1], delay_s)})


def _key(side: str, kind: Kind) -> str:
    return side if kind == "value" else f"{side}_{kind}"


def _edit(preset: Preset, data: Mapping[str, Any]) -> Edit:
    try:
        after = with_tier(preset, data)
    except LimitsError as error:
        text = str(error)
        return Edit(data, None, error=text[:1].upper() + text[1:])
    return Edit(data, after, tuple(widened(preset, after)))


def same(preset: Preset, other: Preset) -> bool:
    """True where both hold the very same limits."""
    return set(preset.limits) == set(other.limits)
