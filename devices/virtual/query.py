"""The options after the ? of a virtual port's URL."""

import math
from dataclasses import dataclass
from urllib.parse import unquote

from devices.driver import PortError


@dataclass(frozen=True, slots=True)
class Intervals:
    """Spans of time in seconds; each begins with its first moment and ends before its last."""

    spans: tuple[tuple[float, float], ...] = ()

    def __contains__(self, t_s: float) -> bool:
        """Whether ``t_s`` lies within one of them."""
        return any(begin <= t_s < end for begin, end in self.spans)


NEVER = Intervals()


class Query:
    """Options of one URL. Ask for each by name, then ``finish``: what nobody asked for is wrong."""

    def __init__(self, url: str) -> None:
        """Take the URL apart."""
        address, _, text = url.partition("?")
        self.scheme, _, self.name = address.partition("://")
        self._given: dict[str, str] = {}
        self._asked: list[str] = []
        for pair in filter(None, text.split("&")):
            key, equals, value = pair.partition("=")
            if not equals or not value:
                raise PortError(f"{self.short}: {key} needs a value ({key}=...).")
            if key in self._given:
                raise PortError(f"{self.short}: {key} is given twice.")
            self._given[key] = unquote(value)

    @property
    def short(self) -> str:
        """The URL without its options."""
        return f"{self.scheme}://{self.name}"

    def text(self, key: str, default: str = "") -> str:
        """An option as it stands."""
        self._asked.append(key)
        return self._given.get(key, default)

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """An option that is a number from ``low`` to ``high``."""
        text = self.text(key)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # also refuses nan
            raise PortError(f"{self.short}: {key}={text} is no number from {low:g} to {high:g}.")
        return value

    def maybe(self, key: str, low: float, high: float) -> float | None:
        """As ``number``, but None where it is not given."""
        value = self.number(key, math.nan, low, high)
        return None if math.isnan(value) else value

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """As ``number``, but a whole one."""
        value = self.number(key, default, low, high)
        if value != int(value):
            raise PortError(f"{self.short}: {key}={value:g} is no whole number.")
        return int(value)

    def intervals(self, key: str) -> Intervals:
        """An option such as ``60-90`` or ``60-90,300-330``, in seconds."""
        text = self.text(key)
        spans = []
        for part in filter(None, text.split(",")):
            begin, _, end = part.partition("-")
            try:
                span = (float(begin), float(end))
            except ValueError:
                span = (math.nan, math.nan)
            if not 0 <= span[0] < span[1]:
                raise PortError(
                    f"{self.short}: {key}={text} is no list of intervals in seconds such as 60-90."
                )
            spans.append(span)
        return Intervals(tuple(spans))

    def finish(self) -> None:
        """Refuse options that nobody asked for."""
        for key in self._given:
            if key not in self._asked:
                known = ", ".join(sorted(set(self._asked)))
                raise PortError(f"{self.short} has no option {key} here; it has {known}.")
