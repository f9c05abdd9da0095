"""Audio paused, audio off and alarm off: what a person set on one chair. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from monitor.alarms.limits import Priority

MOST_S = 120  # the longest pause: Draeger and Masimo monitors default to 2 minutes as well
REMIND_MS = 180_000  # audio off and alarm off remind so often (Masimo: every 3 minutes)


@dataclass(frozen=True, slots=True)
class Audio:
    """Whether a chair may sound. ``covers`` is the highest priority that a pause began with."""

    state: Literal["on", "paused", "off"] = "on"
    by: str | None = None
    reason: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    covers: Priority | None = None

    def paused(self, by: str, seconds: float, now_ms: int, covers: Priority | None) -> "Audio":
        """Pause for some seconds, 120 at most. What is off stays off."""
        if self.state == "off":
            return self
        until_ms = now_ms + round(min(seconds, MOST_S) * 1000)
        return Audio("paused", by, "", now_ms, until_ms, covers)

    def switched_off(self, by: str, reason: str, now_ms: int) -> "Audio":
        """Off until somebody switches it on."""
        return Audio("off", by, reason, now_ms)

    def after(self, now_ms: int, signals: Iterable[Priority]) -> "Audio":
        """What it is at the end of a tick in which these priorities signalled anew."""
        if self.until_ms is None:  # on or off: only a pause has an end
            return self
        over = now_ms >= self.until_ms
        worse = any(self.covers is None or priority >= self.covers for priority in signals)
        return Audio() if over or worse else self


@dataclass(frozen=True, slots=True)
class Off:
    """Alarms that a person switched off: a parameter's, or ``no_data``."""

    scope: str
    by: str
    reason: str
    since_ms: int
