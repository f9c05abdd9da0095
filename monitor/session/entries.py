"""What a press is, and what can be nothing but nonsense in one. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 500
MAX_NAME = 80
MAX_REASON = 200
MAX_WHOLE = 2**53  # what a browser can say exactly; the store holds more


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry. ``press`` is the id that the browser made; ``data`` is by kind."""

    id: int
    press: str
    t_ms: int
    chair: int
    kind: str
    actor: str
    data: Mapping[str, Any]


class EntryError(Exception):
    """A press that makes no sense. The message is a sentence for the person who pressed."""


def check_actor(actor: str, data: Mapping[str, Any]) -> None:
    """Refuse an entry of nobody, and one that cannot be stored. Raises EntryError."""
    if not actor.strip():
        raise EntryError("Say first who is on watch.")
    if len(actor) > MAX_NAME:
        raise EntryError(f"A name has at most {MAX_NAME} letters.")
    _check_letters([actor, dict(data)])


def _check_letters(words: object) -> None:
    """Half a letter (a lone surrogate) cannot be stored: it would stop the recorder at each try."""
    try:
        json.dumps(words, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise EntryError("The entry holds a letter that cannot be stored.") from None


def text_of(data: Mapping[str, Any], key: str, what: str, most: int = MAX_NAME) -> str:
    """A text that must be there. Raises EntryError."""
    text = data.get(key)
    if not isinstance(text, str) or not text.strip():
        raise EntryError(f"The {what} is missing.")
    if len(text) > most:
        raise EntryError(f"The {what} is longer than {most} letters.")
    return text.strip()


def maybe_text(data: Mapping[str, Any], key: str, what: str, most: int = MAX_NAME) -> str:
    """A text that may be missing: then it is empty. Raises EntryError."""
    text = data.get(key)
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > most:
        raise EntryError(f"The {what} must be a text of at most {most} letters.")
    return text.strip()


def reason_of(data: Mapping[str, Any]) -> str:
    """The reason that must be there. Raises EntryError."""
    reason = data.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise EntryError("Say why: a reason is missing.")
    return maybe_text(data, "reason", "reason", MAX_REASON)


def number_of(
    data: Mapping[str, Any], key: str, what: str, low: float, high: float, unit: str
) -> float | None:
    """A number within its bounds; None where there is none. Raises EntryError."""
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise EntryError(f"The {what} must be between {low:g} and {high:g} {unit}.")
    return float(value)


def needed(
    data: Mapping[str, Any], key: str, what: str, low: float, high: float, unit: str
) -> float:
    """A number that must be there. Raises EntryError."""
    value = number_of(data, key, what, low, high, unit)
    if value is None:
        raise EntryError(f"The {what} is missing.")
    return value


def whole_of(data: Mapping[str, Any], key: str, sentence: str) -> int:
    """A whole number that names something and can be stored; else the sentence as EntryError."""
    value = data.get(key)
    if type(value) is not int or not 0 <= value <= MAX_WHOLE:
        raise EntryError(sentence)
    return value
