"""What the screens report of themselves, put together for each chair."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitor.session.visit import EntryError

KEPT_S = 12.0  # two reports may be lost on their way
WRITE_S = 4.0  # what did not change is written no more often
MOST_SCREENS = 500


@dataclass(frozen=True, slots=True)
class ScreenReport:
    """One screen's word. ``chair`` 0 is a screen of all chairs; ``screen`` a page's own id.

    ``number`` counts a page's reports: one that another overtook on its way says nothing any more.
    """

    chair: int
    screen: str
    visible: bool
    sounds: bool
    number: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """All screens of one chair: is one seen, and is one of those that are seen able to sound?"""

    chair: int
    visible: bool
    sounding: bool


class Screens:
    """The last word of each screen, and what of it is due to be stored. Used in one thread."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        """Begin without screens. ``dashboard`` names this run of the dashboard in the store."""
        self.dashboard = uuid.uuid4().hex
        self._now_s = now_s
        self._heard: dict[str, tuple[float, ScreenReport]] = {}
        self._written: dict[int, tuple[float, Together]] = {}

    def take(self, said: ScreenReport) -> list[Together]:
        """Take a report; give what is to be written now."""
        now_s = self._now_s()
        before = self._heard.get(said.screen)
        if before and said.number < before[1].number:
            return []
        self._heard.pop(said.screen, None)
        self._heard[said.screen] = (now_s, said)
        self._heard = dict(
            [(key, x) for key, x in self._heard.items() if now_s - x[0] < KEPT_S][-MOST_SCREENS:]
        )
        chairs = {said.chair} | ({before[1].chair} if before else set())
        due = [self._together(chair) for chair in sorted(chairs)]
        return [x for x in due if self._is_due(x, now_s)]

    def written(self, what: Together) -> None:
        """It is on the disk."""
        self._written[what.chair] = (self._now_s(), what)

    def _together(self, chair: int) -> Together:
        seen = [x for _, x in self._heard.values() if x.chair == chair and x.visible]
        return Together(chair, bool(seen), any(x.sounds for x in seen))

    def _is_due(self, what: Together, now_s: float) -> bool:
        before = self._written.get(what.chair)
        return before is None or before[1] != what or now_s - before[0] >= WRITE_S


def read_report(body: bytes) -> tuple[Any, ScreenReport]:
    """Read a screen's token and report. Raises EntryError where it is not one."""
    try:
        got = json.loads(body)
        said = ScreenReport(
            int(got["chair"]),
            str(got["screen"]),
            got["visible"] is True,
            got["sounds"] is True,
            int(got.get("number", 0)),
        )
        token = got["token"]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise EntryError("The page sent what is not a report: load it again.") from error
    if not 8 <= len(said.screen) <= 80:
        raise EntryError("The page sent what is not a report: load it again.")
    return token, said
