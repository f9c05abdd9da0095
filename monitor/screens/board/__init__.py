"""The board: all chairs on one screen, in the language of the chairside screen.

It is made of the same modules (monitor.screens.live), fed by one stream for all chairs
(docs/stream.md), and judges each chair's values by the browser's own timer as the chair's screen
does.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal, TypedDict

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from monitor.screens import live

_HERE = Path(__file__).parent
_LIVE = Path(live.__file__).parent
_WINDOWS = re.compile(r"<!-- windows.*?-->(.*?)<!-- end of windows -->", re.DOTALL)


class BoardData(TypedDict):
    """What the board must know; all addresses are paths on the app's origin."""

    screen: str
    chair: Literal["all"]
    token: str
    stream: str
    journal: str


def page() -> tuple[str, str]:
    """The board's HTML and CSS. The windows for a word and for the sound are the live screen's."""
    windows = "".join(_WINDOWS.findall((_LIVE / "live.html").read_text(encoding="utf-8")))
    html = (_HERE / "board.html").read_text(encoding="utf-8")
    files = (*(_LIVE / name for name in live.STYLES), _HERE / "board.css")
    css = "".join(file.read_text(encoding="utf-8") for file in files)
    return html.replace("<!-- windows -->", windows), css


@cache
def _component() -> ComponentRenderer:
    html, css = page()
    js = (_LIVE / "live.js").read_text(encoding="utf-8")
    return st.components.v2.component(
        "chairside_board", html=html, css=css, js=js, isolate_styles=False
    )


def board(token: str, key: str) -> None:
    """Show all chairs on the whole page."""
    data = BoardData(
        screen="board.js", chair="all", token=token, stream="/api/stream", journal="/api/journal"
    )
    _component()(data=data, key=key)
