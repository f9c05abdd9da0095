"""How continuous values moved lately: medians of ten seconds, a change, a robust slope. Pure."""

from collections import deque
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median

from devices.numeric import Parameter

KEEP_MS = 300_000
BUCKET_MS = 10_000
SLOPE_MS = 120_000  # the slope is that of so long: our choice
LEAST_BUCKETS = 6  # of twelve
LEAST_MOVE = 2.0  # a slope that moves the value by less within that time is noise: our choice

Point = tuple[int, float]


@dataclass
class Trends:
    """The values of the last minutes, by parameter and source; fed oldest first."""

    values: dict[tuple[Parameter, int], deque[Point]] = field(default_factory=dict)

    def take(self, parameter: Parameter, source: int, t_ms: int, value: float) -> None:
        """Take one value of a continuous parameter."""
        held = self.values.setdefault((parameter, source), deque())
        if held and t_ms <= held[-1][0]:
            return
        held.append((t_ms, value))
        while held[0][0] < t_ms - KEEP_MS:
            held.popleft()

    def forget_before(self, t_ms: int) -> None:
        """Forget what was measured before: on another patient."""
        for held in self.values.values():
            while held and held[0][0] < t_ms:
                held.popleft()

    def medians(self, parameter: Parameter, source: int, now_ms: int, span_ms: int) -> list[Point]:
        """Medians of ten seconds each within a span that ends now, oldest first.

        Counted back from now, so that the last one is of the last ten seconds.
        """
        buckets: dict[int, list[float]] = {}
        for t_ms, value in reversed(self.values.get((parameter, source), ())):
            number = (now_ms - t_ms) // BUCKET_MS
            if number * BUCKET_MS >= span_ms:
                break
            if number >= 0:
                buckets.setdefault(number, []).append(value)
        middle_ms = now_ms - BUCKET_MS // 2
        return [(middle_ms - n * BUCKET_MS, median(buckets[n])) for n in sorted(buckets)][::-1]

    def change(
        self, parameter: Parameter, source: int, now_ms: int, within_s: float, side: str
    ) -> tuple[float, float] | None:
        """The extreme of the span and the value now: how far it fell (or rose) at most."""
        points = self.medians(parameter, source, now_ms, round(within_s * 1000))
        if len(points) < 2 or now_ms - points[-1][0] > BUCKET_MS:
            return None
        seen = [value for _, value in points]
        return (max(seen) if side == "low" else min(seen)), seen[-1]

    def line(self, parameter: Parameter, source: int, now_ms: int) -> tuple[float, float] | None:
        """The value now and its slope per second (Theil and Sen); None where too little is known.

        The median of the slopes of all pairs bears up to 29 % of stray values.
        """
        points = self.medians(parameter, source, now_ms, SLOPE_MS)
        if len(points) < LEAST_BUCKETS or now_ms - points[-1][0] > BUCKET_MS:
            return None
        slope = median(
            (v1 - v0) * 1000 / (t1 - t0) for (t0, v0), (t1, v1) in combinations(points, 2)
        )
        return median(v + slope * (now_ms - t) / 1000 for t, v in points), slope


def seconds_to(
    line: tuple[float, float], bound: float, side: str, horizon_s: float
) -> float | None:
    """How long until a value on this line is on the bound; None beyond the horizon, or never.

    0 where it is beyond the bound and goes on outward.
    """
    value, slope = line
    toward = slope < 0 if side == "low" else slope > 0
    if not toward or abs(slope) * SLOPE_MS / 1000 < LEAST_MOVE:
        return None
    left_s = max(0.0, (bound - value) / slope)
    return left_s if left_s <= horizon_s else None
