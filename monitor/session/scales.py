"""Rating scales: what they ask, and a score checked against that. Pure but for `read_scales`.

A scale is a file of data/presets/scales/, whose name is the scale's id. A scale whose wording is
free to reproduce has its items; of any other only the total and its range are kept.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

Direction = Literal["higher is worse", "lower is worse"]
DIRECTIONS = ("higher is worse", "lower is worse")
TOTAL = "total"  # as `flag_item`: the total itself is what is looked at

_REQUIRED = {"name", "order", "low", "high", "direction", "text_licence", "source"}
_OPTIONAL = {
    "ask", "items", "choices", "bands", "variants", "flag_item", "flag_above", "flag_text", "weeks",
}  # fmt: skip


class ScaleError(Exception):
    """A score or a scale that cannot be. The message is a sentence for who can act."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that an item offers, with what it counts."""

    value: int
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a scale. A text may hold ``{variant}``, for the scale's variant."""

    id: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Totals from ``low`` up have this published name."""

    low: int
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale. ``low`` and ``high`` bound the total; without items only the total is entered.

    ``variants`` are published variants of which one must be said, e.g. mmHg and %. A score is
    flagged where the item ``flag_item`` (or the total) is above ``flag_above``. ``weeks`` is true
    where its course is followed from week to week.
    """

    id: str
    name: str
    items: tuple[Item, ...]
    low: int
    high: int
    direction: Direction
    bands: tuple[Band, ...]
    flag_item: str | None
    text_licence: str
    ask: str = ""
    variants: tuple[str, ...] = ()
    flag_above: int = 0
    flag_text: str = ""
    weeks: bool = False

    def worded(self, text: str, variant: str | None) -> str:
        """A text of this scale as that variant words it."""
        return text.replace("{variant}", variant or " or ".join(self.variants))


@dataclass(frozen=True, slots=True)
class Score:
    """A total that was checked, whether a person has to look at it, and both in words."""

    total: int
    flagged: bool
    words: str


def checked(
    scale: Scale,
    items: Mapping[str, int] | None,
    total: int | None = None,
    variant: str | None = None,
) -> Score:
    """The score of these answers. Raises ScaleError with a sentence for who enters it.

    ``items`` are the answers by item id; all must be there. Only a scale of one item or of none
    may be entered as its total.
    """
    if scale.variants and variant not in scale.variants:
        raise ScaleError(f"Say which {scale.name} was used: {' or '.join(scale.variants)}.")
    if variant is not None and not scale.variants:
        raise ScaleError(f"{scale.name} has no variants.")
    if not scale.items:
        if items:
            raise ScaleError(f"{scale.name} is entered as its total only.")
        found = _total(scale, total)
    else:
        if items is None and total is not None and len(scale.items) == 1:
            items = {scale.items[0].id: total}
        found = _sum(scale, items or {})
        if total is not None and (_whole(total) is None or total != found):
            raise ScaleError(f"The items of {scale.name} add up to {found}, not to {total}.")
    flagged = _flagged(scale, items or {}, found)
    words = f"{scale.name} {found}"
    if variant is not None:
        words += f" ({variant})"
    if band := band_of(scale, found):
        words += f", {band}"
    if flagged:
        words += f"; {scale.flag_text}"
    return Score(found, flagged, words)


def band_of(scale: Scale, total: int) -> str:
    """The published name of that total; empty where it has none."""
    held = [band.text for band in scale.bands if band.low <= total]
    return held[-1] if held else ""


def _total(scale: Scale, total: int | None) -> int:
    if total is None:
        raise ScaleError(f"Enter the total of {scale.name}.")
    found = _whole(total)
    if found is None or not scale.low <= found <= scale.high:
        raise ScaleError(
            f"The total of {scale.name} is a whole number from {scale.low} to {scale.high}."
        )
    return found


def _sum(scale: Scale, items: Mapping[str, int]) -> int:
    known = {item.id: item for item in scale.items}
    for name in items:
        if name not in known:
            raise ScaleError(f"{scale.name} has no item {name!r}.")
    missing = [str(n) for n, item in enumerate(scale.items, 1) if items.get(item.id) is None]
    if missing:
        what = "item" if len(missing) == 1 else "items"
        raise ScaleError(f"{scale.name} is not complete: {what} {', '.join(missing)} not answered.")
    for number, item in enumerate(scale.items, 1):
        allowed = sorted(choice.value for choice in item.choices)
        if _whole(items[item.id]) not in allowed:
            values = ", ".join(map(str, allowed))
            raise ScaleError(f"Item {number} of {scale.name} is one of {values}.")
    return sum(items[item.id] for item in scale.items)


def _flagged(scale: Scale, items: Mapping[str, int], total: int) -> bool:
    if scale.flag_item is None:
        return False
    value = total if scale.flag_item == TOTAL else items[scale.flag_item]
    return value > scale.flag_above


def _whole(value: object) -> int | None:
    """The value where it is a whole number; true and false are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_scales(folder: Path) -> dict[str, Scale]:
    """The scales of a folder by id, in the order that their files say.

    Raises ScaleError with a sentence that names the file and what is wrong in it.
    """
    found: list[tuple[int, Scale]] = []
    try:
        files = sorted(folder.glob("*.toml"))
        tables = [(path, tomllib.loads(path.read_text(encoding="utf-8"))) for path in files]
    except OSError as error:
        raise ScaleError(f"The scales in {folder} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScaleError(f"A scale in {folder} is not valid TOML: {error}.") from error
    for path, table in tables:
        try:
            found.append((_int(table, "order"), scale_of(path.stem, table)))
        except ScaleError as error:
            raise ScaleError(f"The scale {path} cannot be used: {error}") from error
    return {scale.id: scale for _, scale in sorted(found, key=lambda x: (x[0], x[1].id))}


def ranges(scales: Mapping[str, Scale]) -> dict[str, list[int]]:
    """The least and the most total by scale: what a session takes with it of them."""
    return {scale.id: [scale.low, scale.high] for scale in scales.values()}


def check_ranges(table: Mapping[str, Any]) -> None:
    """Refuse what is no such table. Raises ScaleError."""
    for name, bounds in table.items():
        whole = isinstance(bounds, list) and [_whole(x) for x in bounds]
        if not whole or len(whole) != 2 or None in whole or bounds[0] > bounds[1]:
            raise ScaleError(f"The range of the scale {name!r} is not two whole numbers.")


def scale_of(name: str, table: Mapping[str, Any]) -> Scale:
    """A scale from parsed TOML. Raises ScaleError."""
    if missing := _REQUIRED - set(table):
        raise ScaleError(f"it lacks {', '.join(sorted(missing))}.")
    if unknown := set(table) - _REQUIRED - _OPTIONAL:
        raise ScaleError(f"it has {', '.join(sorted(unknown))}, which no scale has.")
    low, high = _int(table, "low"), _int(table, "high")
    if table["direction"] not in DIRECTIONS:
        raise ScaleError(f"direction is one of {', '.join(DIRECTIONS)}.")
    shared = _choices(table.get("choices", []), "choices")
    items = tuple(_item(x, shared) for x in table.get("items", []))
    bands = tuple(
        Band(_int(x, "low"), _text(x, "text")) for x in _tables(table.get("bands", []), "bands")
    )
    scale = Scale(
        id=name,
        name=_text(table, "name"),
        items=items,
        low=low,
        high=high,
        direction=cast(Direction, table["direction"]),
        bands=bands,
        flag_item=table.get("flag_item"),
        text_licence=_text(table, "text_licence"),
        ask=str(table.get("ask", "")),
        variants=tuple(str(x) for x in table.get("variants", [])),
        flag_above=_int(table, "flag_above") if "flag_above" in table else 0,
        flag_text=str(table.get("flag_text", "")),
        weeks=bool(table.get("weeks", False)),
    )
    _fits(scale)
    return scale


def _fits(scale: Scale) -> None:
    """Refuse a scale whose parts contradict each other. Raises ScaleError."""
    ids = [item.id for item in scale.items]
    if len(set(ids)) != len(ids):
        raise ScaleError("two items have the same id.")
    if scale.items:
        lowest = sum(min(c.value for c in item.choices) for item in scale.items)
        highest = sum(max(c.value for c in item.choices) for item in scale.items)
        if (lowest, highest) != (scale.low, scale.high):
            raise ScaleError(f"its items add up from {lowest} to {highest}, not from low to high.")
    elif scale.low >= scale.high:
        raise ScaleError("low is not below high.")
    if [b.low for b in scale.bands] != sorted({b.low for b in scale.bands}):
        raise ScaleError("its bands do not rise.")
    if scale.flag_item is not None and scale.flag_item not in (*ids, TOTAL):
        raise ScaleError(f"flag_item {scale.flag_item!r} is none of its items.")
    if scale.flag_item is not None and not scale.flag_text:
        raise ScaleError("it has a flag_item but no flag_text.")


def _item(table: object, shared: tuple[Choice, ...]) -> Item:
    if not isinstance(table, Mapping):
        raise ScaleError("items must be tables.")
    choices = _choices(table["choices"], "choices") if "choices" in table else shared
    if not choices:
        raise ScaleError(f"the item {table.get('id')!r} has no choices.")
    return Item(_text(table, "id"), _text(table, "text"), choices)


def _choices(rows: object, place: str) -> tuple[Choice, ...]:
    found = tuple(Choice(_int(x, "value"), _text(x, "text")) for x in _tables(rows, place))
    if len({choice.value for choice in found}) != len(found):
        raise ScaleError(f"{place}: two have the same value.")
    return found


def _tables(rows: object, place: str) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(x, Mapping) for x in rows):
        raise ScaleError(f"{place} must be a list of tables.")
    return rows


def _int(table: Mapping[str, Any], key: str) -> int:
    found = _whole(table.get(key))
    if found is None:
        raise ScaleError(f"{key} must be a whole number.")
    return found


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ScaleError(f"{key} must be words.")
    return value
