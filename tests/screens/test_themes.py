"""The colours of each theme, counted: also those that axe cannot see, such as a flash's."""

import re
from pathlib import Path

import pytest

from monitor.screens import live
from monitor.screens.live import STYLES

CSS = (Path(live.__file__).parent / "themes.css").read_text("utf-8")
TEXT = {  # what is written, and on what
    "on-high": ("high-fill", "high-flash"),
    "on-medium": ("medium-fill", "medium-flash"),
    "on-low": ("low-fill",),
    "on-high-seen": ("high-seen",),
    "on-medium-seen": ("medium-seen",),
    "on-low-seen": ("low-seen",),
    "ink": ("bg", "panel", "button", "dialog", "raised", "good-fill", "high-tint", "medium-tint",
            "low-tint"),
    "soft": ("bg", "panel", "dialog"),
    "faint": ("bg", "panel", "dialog", "chart"),
    "warn": ("bg", "panel", "high-tint", "medium-tint", "low-tint"),
    "link": ("bg", "dialog"),
    "on-infusion": ("infusion",),
    "on-failed": ("failed",),
    "on-press": ("press",),
    "on-sign": ("sign",),
    "made-ink": ("made", "made-dark"),
}  # fmt: skip
NUMERALS = ("hr", "spo2", "nibp", "rr", "etco2", "temp", "off")


def theme(name: str) -> dict[str, str]:
    """The colours of a theme; what it does not say is the dark one's."""
    blocks = re.findall(r"\.cs(?:\[data-theme=(\w+)\])? \{(.*?)\}", CSS, re.DOTALL)
    colours: dict[str, str] = {}
    for which, block in blocks:
        if which in ("", name):
            colours |= dict(re.findall(r"--([\w-]+): (#\w+);", block))
    return colours


def light(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["dark", "light", "red"])
def test_every_text_and_numeral_has_its_contrast(name: str) -> None:
    colours = theme(name)
    for ink, grounds in TEXT.items():
        for ground in grounds:
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for ink in NUMERALS:
        assert contrast(colours[ink], colours["bg"]) >= 3, ink


def test_in_red_an_alarm_is_told_by_how_bright_it_is() -> None:
    colours = theme("red")
    high, medium, low = (colours[f"{name}-fill"] for name in ("high", "medium", "low"))
    assert contrast(high, medium) >= 1.8
    assert contrast(medium, low) >= 3


def test_no_colour_stands_outside_the_themes() -> None:
    """So that what others add follows the theme as well. Shadows have none."""
    folder = Path(live.__file__).parent
    files = [folder / name for name in STYLES[1:]] + [folder.parent / "board" / "board.css"]
    for file in files:
        css = re.sub(r"url\(.*?\)|box-shadow:[^;]*;", "", file.read_text("utf-8"))
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b", css) == [], file.name
