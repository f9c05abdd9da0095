"""The chairside live screen: one component that fills the page and lives in the browser.

Streamlit only mounts it. Values, chart and alarm signals come by the live stream (docs/stream.md),
and the browser judges by itself whether they are still fresh. The component's script loads the
other modules of this folder from ``MODULES_PATH``: the app serves ``MODULES`` there, to be asked
for anew at each load of a page, so that no browser keeps an older half of the program. The board
of all chairs is made of the same modules and a few of its own (monitor.screens.board).
"""

from functools import cache
from pathlib import Path
from typing import TypedDict

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent

MODULES_PATH = "/api/static/live/"
# The board has these too, and its own.
STYLES = ("themes.css", "live.css", "sound.css", "byhand.css", "visit.css")
MODULES = {
    path.name: path
    for folder in ("live", "board")
    for path in sorted((_HERE.parent / folder).glob("*.js"))
}


class LiveData(TypedDict):
    """What the screen must know to find its chair; all addresses are paths on the app's origin."""

    chair: int
    token: str
    stream: str
    journal: str
    plotly: str
    session_url: str
    review_url: str
    limits_url: str


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "chairside_live",
        html=_text("live.html"),
        css="".join(_text(name) for name in STYLES),
        js=_text("live.js"),
        isolate_styles=False,
    )


def live(data: LiveData, key: str) -> None:
    """Show a chair on the whole page. With the same key it stays, whatever the script does."""
    _component()(data=data, key=key)
