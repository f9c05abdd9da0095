"""The document in which Streamlit draws each page, and its look in this device's colours.

Streamlit takes its theme from the server, the same for every browser. Ours is a choice of the
browser: so each page's document has the colours (live/themes.css) and what hands them to Streamlit
(head.js) in its head, before Streamlit's own program. The first paint has them already.
"""

import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import file_util
from streamlit.components.v2.types import ComponentRenderer

from monitor.screens import live

_HERE = Path(__file__).parent
_THEMES = Path(live.__file__).parent / "themes.css"
_GROUND = "html { background: var(--bg); color: var(--ink); } a { color: var(--link); }"

# The colours of the figures (monitor.review), which are made for the dark, and what each is in the
# other themes: first a line or an area, then words where words need another.
CHART = {
    "#41d98d": ("--hr",),
    "#2fa56b": ("--hr",),
    "#4cc3f0": ("--spo2",),
    "#b9a8ff": ("--rr",),
    "#9db2c9": ("--etco2",),
    "#9aa5b1": ("--temp",),
    "#f4f6f9": ("--nibp",),
    "#e5484d": ("--high", "--warn"),
    "#f2c230": ("--medium", "--on-medium-seen"),
    "#35c3d6": ("--low", "--on-low-seen"),
    "#7f97ff": ("--infusion",),
    "#a9b8ff": ("--link",),
    "#8a97a6": ("--faint",),
    "#e8eef4": ("--ink",),
    "#f2f5fa": ("--ink",),  # Plotly's dark template: words
    "#1d2733": ("--grid",),
    "#283442": ("--grid",),  # Plotly's dark template: lines
    "#0a0e13": ("--bg",),
    "#0d131a": ("--chart",),
    "#16202c": ("--panel",),
    "#243447": ("--raised",),
    "#c9d4e0": ("--soft",),
}


class _PageName(StringConvertor):
    """One part of a path without a dot, or none: a page, and no file of Streamlit's."""

    regex = "[^/.]*"


def _streamlits() -> str:
    """How the paths of Streamlit's own files and routes begin, as a pattern."""
    files = {x.name for x in Path(file_util.get_static_dir()).iterdir()} - {"index.html"}
    routes = {"_stcore", "media", "component", "app", "auth", "oauth2callback"}
    return "|".join(re.escape(name) for name in sorted(files | routes))


class _NoPage(StringConvertor):
    """A path of several parts, or with a dot, that is no file or route of Streamlit's.

    Streamlit answers such a path with its own document, which is in its own colours, and blank
    where there are several parts.
    """

    regex = rf"(?!(?:{_streamlits()})(?:/|$))(?!.*_stcore)[^/]*[./].*[^/]"


register_url_convertor("page_name", _PageName())
register_url_convertor("no_page", _NoPage())


def with_colours(html: str) -> str:
    """The document with our colours first in its head."""
    css = _THEMES.read_text(encoding="utf-8").replace(".cs", ":root")
    js = (_HERE / "head.js").read_text(encoding="utf-8")
    before, head, after = html.rpartition("<head>")
    return f"{before}{head}<style>{css}{_GROUND}</style><script>{js}</script>{after}"


@cache
def _document() -> str:
    return with_colours((Path(file_util.get_static_dir()) / "index.html").read_text("utf-8"))


async def _page(_request: Request) -> Response:
    return HTMLResponse(_document(), headers={"Cache-Control": "no-cache"})


async def _to_the_chairs(_request: Request) -> Response:
    return RedirectResponse("/")


def page_routes() -> list[Route]:
    """The route of all pages; which one it is, Streamlit's program reads from the address.

    Beside it that of addresses which are no page's: they lead to the chairs. It is to stand last.
    """
    return [Route("/{name:page_name}", _page), Route("/{name:no_page}", _to_the_chairs)]


@cache
def style() -> str:
    """The pages' style, as an element."""
    css = (_HERE / "pages.css").read_text(encoding="utf-8")
    return f"<style>{css}{_chart_css()}</style>"


def _chart_css() -> str:
    """Plotly writes its colours into each element; only a rule on what it wrote changes them."""
    rules = []
    for colour, names in CHART.items():
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        for place in ("fill", "stroke"):
            wrote = f'[style*="{place}: rgb({red}, {green}, {blue})"]'
            for name, tag in zip(names, ("", "text"), strict=False):
                part = f":root:not([data-theme=dark]) .js-plotly-plot {tag}{wrote}"
                rules.append(f"{part} {{ {place}: var({name}) !important; }}")
    return "\n".join(rules)


@cache
def _choice() -> ComponentRenderer:
    return st.components.v2.component(
        "chairside_colours",
        html=(_HERE / "choice.html").read_text(encoding="utf-8"),
        js=(_HERE / "choice.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


def choose_colours() -> None:
    """The choice of the colours, for all screens of this device; nothing else changes by it."""
    _choice()(key="colours", width="content", height="content")
