"""What is known of one chair now: the latest word of each source on each parameter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from devices.numeric import CUFF, Numeric, Parameter, Validity
from monitor.alarms.freshness import Known


@dataclass
class Knowledge:
    """Folds numerics, oldest first. ``order`` names the chair's sources, the preferred first."""

    order: Sequence[int]
    by_source: dict[tuple[Parameter, int], Known] = field(default_factory=dict)
    preferred: dict[Parameter, int] = field(default_factory=dict)

    def take(self, source: int, period_ms: int, numerics: Iterable[Numeric]) -> None:
        """Take what a source said."""
        for numeric in numerics:
            self._take(source, period_ms, numeric)

    def _take(self, source: int, period_ms: int, x: Numeric) -> None:
        key = (x.parameter, source)
        before = self.by_source.get(key)
        if x.value is not None:
            if before and x.t_ms < before.t_ms:
                return
            self.by_source[key] = Known(
                x.parameter,
                source,
                x.t_ms,
                x.value,
                x.validity,
                x.reason,
                period_ms,
                None,
                (x.t_ms, x.value),
            )
            if x.parameter.episodic:
                self._new_cuff_reading(source, x.t_ms)
        elif before is None:
            self.by_source[key] = Known(
                x.parameter, source, x.t_ms, None, x.validity, x.reason, period_ms, x.t_ms
            )
        elif x.parameter.episodic and x.validity is not Validity.UNAVAILABLE:
            # Measuring, or failed: the last reading stays, with its time and a newer word on it.
            self.by_source[key] = replace(before, validity=x.validity, reason=x.reason)
        else:
            absent_ms = x.t_ms if before.absent_ms is None else before.absent_ms
            self.by_source[key] = Known(
                x.parameter,
                source,
                x.t_ms,
                None,
                x.validity,
                x.reason,
                period_ms,
                absent_ms,
                before.last,
            )

    def _new_cuff_reading(self, source: int, t_ms: int) -> None:
        """A part that the new reading does not give must not be filled from an older one."""
        for parameter in CUFF:
            known = self.by_source.get((parameter, source))
            if known and known.t_ms < t_ms and known.value is not None:
                self.by_source[(parameter, source)] = replace(
                    known,
                    t_ms=t_ms,
                    value=None,
                    validity=Validity.UNAVAILABLE,
                    reason="not given by the cuff",
                    absent_ms=t_ms,
                )

    def choose(self, now_ms: int) -> list[tuple[Parameter, int]]:
        """Prefer, for each parameter, the first source with a value; give what changed.

        Where no source has a value the choice stays; where none ever had, it is the first in order.
        """
        changed = []
        for parameter in {parameter for parameter, _ in self.by_source}:
            speaking = [s for s in self.order if (parameter, s) in self.by_source]
            if not speaking:
                continue
            with_value = [
                s for s in speaking if self.by_source[(parameter, s)].current(now_ms) is not None
            ]
            if parameter.episodic and with_value:
                # A cuff reading lasts; the latest one counts, whoever took it.
                with_value.sort(key=lambda s: -self.by_source[(parameter, s)].t_ms)
            choice = (with_value or [self.preferred.get(parameter, speaking[0])])[0]
            if self.preferred.get(parameter) != choice:
                self.preferred[parameter] = choice
                changed.append((parameter, choice))
        return sorted(changed, key=lambda pair: pair[0].value)

    def now(self) -> dict[Parameter, Known]:
        """The preferred source's word on each parameter."""
        return {
            parameter: self.by_source[(parameter, source)]
            for parameter, source in self.preferred.items()
            if (parameter, source) in self.by_source
        }

    def forget_before(self, t_ms: int) -> None:
        """Forget what was measured before, e.g. on the patient before."""
        self.by_source = {key: x for key, x in self.by_source.items() if x.t_ms >= t_ms}
