"""A cuff whose last reading the monitor repeats in every record: each reading is told once.

A reading is new when it is not older than 60 s and is the first, or has other numbers, or measuring
or older was seen in between. A reading that lay on the monitor before we connected has an unknown
time: it is no value, with the reason ``before connection 142``.
"""

from dataclasses import dataclass

from devices.numeric import CUFF, Numeric, Validity, no_value, numeric

Parts = tuple[float | str, float | str, float | str]
"""Systolic, diastolic, mean: a number in mmHg, or the reason why there is none."""


@dataclass
class LatchedCuff:
    """What is known of the cuff, so that each of its readings is told once.

    ``seen`` are the numbers last told, ``seen_ms`` is when (``seen_made_ms`` by the monitor's
    clock), and ``stamp`` the monitor's own time of its last reading, as the record before this one
    had it; all outlive a lost connection.
    ``period_ms`` is the time between two records, after three of which the cuff was unwatched;
    ``again`` is set once measuring or older was seen after them: then equal numbers are new.
    """

    period_ms: int
    connected_ms: int = 0
    heard_ms: int | None = None
    measuring_ms: int | None = None
    seen: tuple[float, ...] | None = None
    seen_ms: int = 0
    seen_made_ms: int = 0
    stamp: int | None = None
    again: bool = False

    def connected(self, t_ms: int) -> None:
        """Begin a connection; what was read before is remembered."""
        self.connected_ms, self.heard_ms, self.measuring_ms = t_ms, None, None

    def told(
        self,
        measuring: bool,
        older: bool,
        parts: Parts,
        cuff_ms: int | None,
        t_ms: int,
        stamp: int | None = None,
        clock_ms: int | None = None,
    ) -> list[Numeric]:
        """Take one record: what it says of the cuff, and its last reading.

        ``older``: the reading is more than 60 s old. ``cuff_ms`` is when the monitor says that its
        cuff last measured, None where it does not; ``stamp`` is the same on the monitor's clock. A
        record that waited before it was read shifts the one, never the other. ``clock_ms`` is when
        the monitor made the record by its own clock: that, not the arrival, says whether the cuff
        was watched all the while.
        """
        made_ms = t_ms if clock_ms is None else clock_ms
        first = self.heard_ms is None
        unwatched = self.heard_ms is None or made_ms - self.heard_ms > 3 * self.period_ms
        self.heard_ms = made_ms
        same, self.stamp = stamp is not None and stamp == self.stamp, stamp
        if measuring:
            self.again = True
            before_ms = self.measuring_ms
            if before_ms is None or unwatched:  # unwatched, it may be another measurement
                self.measuring_ms = t_ms
            if before_ms is not None:
                return []
            return [no_value(p, t_ms, "measuring", Validity.MEASURING) for p in CUFF]
        began_ms, self.measuring_ms = self.measuring_ms, None
        failed = [no_value(p, t_ms, "cuff measurement failed") for p in CUFF]
        numbers = tuple(part if isinstance(part, float) else 0.0 for part in parts)
        if not any(numbers):
            return failed if began_ms is not None else []

        # A time that can be that of the reading before, because aux lags behind, is no help.
        if cuff_ms is not None and self.seen is not None and cuff_ms <= self.seen_ms + 2000:
            cuff_ms = None
        if cuff_ms is not None and began_ms is not None and cuff_ms < began_ms - 10_000:
            cuff_ms = None
        changed = numbers != self.seen
        later = unwatched and cuff_ms is not None and not same
        long_ago = unwatched and made_ms - self.seen_made_ms >= 60_000 and not same
        if older:
            new = cuff_ms is not None and (changed or later)
        else:
            new = changed or self.again or later or long_ago
        self.again = older
        if not new and not changed:
            return failed if began_ms is not None else []
        self.seen, self.seen_ms, self.seen_made_ms = numbers, t_ms, made_ms
        if not new:
            before = first or t_ms - 60_000 <= self.connected_ms
            return _of_unknown_time("before connection" if before else "time unknown", parts, t_ms)
        if cuff_ms is not None and cuff_ms < self.connected_ms and began_ms is None:
            return _of_unknown_time("before connection", parts, t_ms)
        return _reading(parts, t_ms if cuff_ms is None else cuff_ms)


def _reading(parts: Parts, t_ms: int) -> list[Numeric]:
    return [
        no_value(p, t_ms, part) if isinstance(part, str) else numeric(p, part, t_ms)
        for p, part in zip(CUFF, parts, strict=True)
    ]


def _of_unknown_time(words: str, parts: Parts, t_ms: int) -> list[Numeric]:
    return [
        no_value(
            p,
            t_ms,
            part if isinstance(part, str) else f"{words} {part:.0f}",
            Validity.UNAVAILABLE,
        )
        for p, part in zip(CUFF, parts, strict=True)
    ]
