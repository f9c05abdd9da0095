"""How old a value may be (promise 1): one rule for the alarms, the stream and the screen."""

from dataclasses import dataclass

from devices.numeric import Parameter, Validity

HEARTBEAT_LIMIT_MS = 3000  # a recorder silent for longer is taken for dead

_DIM_MS, _DASH_MS, _DASH_AT_MOST_MS = 5000, 10000, 30000
_SLOW_MS = 3000  # a source slower than one value in this time is judged by its own period


def dim_ms(period_ms: int) -> int:
    """Age at which a continuous value dims: 5 s, or two periods of a slow source."""
    return min(2 * period_ms, _DASH_AT_MOST_MS) if period_ms > _SLOW_MS else _DIM_MS


def dash_ms(period_ms: int) -> int:
    """Age at which a continuous value becomes ``---``: 10 s, or three periods of a slow source."""
    return min(3 * period_ms, _DASH_AT_MOST_MS) if period_ms > _SLOW_MS else _DASH_MS


@dataclass(frozen=True, slots=True)
class Known:
    """The latest that a source said of a parameter: a value, or that there is none and why.

    ``absent_ms`` is since when the source has none, once it said so; None while it has one, or
    while its next word is awaited (no value either).
    ``last`` is the last real value with its time, for small print only. ``lasts_ms`` is how long
    a value counts where the source's period does not say so: in a recording of another pace.
    ``by_hand``: a person entered it; it is an event, of whatever parameter it is.
    """

    parameter: Parameter
    source: int
    t_ms: int
    value: float | None
    validity: Validity
    reason: str
    period_ms: int
    absent_ms: int | None = None
    last: tuple[int, float] | None = None
    lasts_ms: int | None = None
    by_hand: bool = False

    @property
    def event(self) -> bool:
        """True for a cuff reading and what a person entered: it has an age, but does not expire."""
        return self.parameter.episodic or self.by_hand

    @property
    def gone_ms(self) -> int:
        """From when on there is no value to show, unless a newer one comes."""
        return self.t_ms + self._lasts_ms if self.absent_ms is None else self.absent_ms

    @property
    def _lasts_ms(self) -> int:
        return dash_ms(self.period_ms) if self.lasts_ms is None else self.lasts_ms

    def current(self, now_ms: int) -> float | None:
        """The value where it may still be shown as one, else None. An event lasts."""
        if self.event or now_ms - self.t_ms < self._lasts_ms:
            return self.value
        return None
