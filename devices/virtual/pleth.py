"""The pulse as an oximeter's wave shows it: a shape, not physiology."""

import math


class Pleth:
    """A wave of one hump for each beat, stepped sample by sample."""

    def __init__(self) -> None:
        """Begin between two beats."""
        self._phase = 0.0
        self.beat = False

    def step(self, rate: float | None, every_s: float) -> float:
        """Give the next sample, 0 to 1; flat without a pulse. ``beat``: one began with it."""
        self.beat = False
        if rate is None:
            self._phase = 0.0
            return 0.0
        self._phase += rate / 60 * every_s
        if self._phase >= 1:
            self._phase %= 1
            self.beat = True
        return math.sin(math.pi * min(1.0, self._phase * 1.5)) ** 2
