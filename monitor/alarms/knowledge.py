"""What is known of one chair now: the latest word of each source on each parameter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from devices.numeric import CUFF, Numeric, Parameter, Validity
from monitor.alarms.freshness import Known
from monitor.alarms.trends import Trends


@dataclass
class Knowledge:
    """Folds numerics, oldest first. ``order`` names the chair's sources, the preferred first.

    ``from_ms`` is the last `forget_before`: a cuff reading taken earlier is another patient's.
    ``lasts_ms`` is for how long a value counts, where it is not by the source's period. ``by_hand``
    is the one of the sources whose values people enter; ``entered`` holds those of this patient.
    """

    order: Sequence[int]
    by_source: dict[tuple[Parameter, int], Known] = field(default_factory=dict)
    preferred: dict[Parameter, int] = field(default_factory=dict)
    from_ms: int = 0
    trends: Trends = field(default_factory=Trends)
    lasts_ms: Mapping[Parameter, int] = field(default_factory=dict)
    by_hand: int | None = None
    entered: list[Numeric] = field(default_factory=list)

    def take(self, source: int, period_ms: int, numerics: Iterable[Numeric]) -> None:
        """Take what a source said."""
        for numeric in numerics:
            self._take(source, period_ms, numeric)

    def _take(self, source: int, period_ms: int, x: Numeric) -> None:
        key = (x.parameter, source)
        before = self.by_source.get(key)
        if x.parameter.episodic:
            newest_ms = max(self.from_ms, self._cuff_ms(source))
        else:
            newest_ms = before.t_ms if before else 0
        if x.t_ms < newest_ms:
            return
        if x.value is not None:
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
                self.lasts_ms.get(x.parameter),
                source == self.by_hand,
            )
            if x.parameter.episodic:
                self._new_cuff_reading(source, x.t_ms)
            else:
                self.trends.take(x.parameter, source, x.t_ms, x.value)
        elif before and x.parameter.episodic and x.validity is not Validity.UNAVAILABLE:
            # Measuring, or failed: the last reading stays, with its time and a newer word on it.
            self.by_source[key] = replace(before, validity=x.validity, reason=x.reason)
        else:
            # A word after a silence does not make the silence shorter.
            absent_ms = min(before.gone_ms, x.t_ms) if before else x.t_ms
            self.by_source[key] = Known(
                x.parameter,
                source,
                x.t_ms,
                None,
                x.validity,
                x.reason,
                period_ms,
                absent_ms,
                before.last if before else None,
                self.lasts_ms.get(x.parameter),
            )

    def enter(self, numerics: Iterable[Numeric]) -> None:
        """Take values that a person entered, in any order of their times."""
        held = [*self.entered, *(x for x in numerics if x.t_ms >= self.from_ms)]
        self._set_entered(sorted(held, key=lambda x: x.t_ms))

    def strike(self, numerics: Iterable[Numeric]) -> None:
        """Take back values that a person entered: those before them count again."""
        gone = set(numerics)
        self._set_entered([x for x in self.entered if x not in gone])

    def _set_entered(self, numerics: list[Numeric]) -> None:
        """Tell the cuff readings by hand anew, as those of any cuff."""
        self.entered = numerics
        if self.by_hand is not None:
            for parameter in CUFF:
                self.by_source.pop((parameter, self.by_hand), None)
            self.take(self.by_hand, 0, (x for x in numerics if x.parameter.episodic))

    def _cuff_ms(self, source: int) -> int:
        """When the source's last cuff reading was taken; 0 where there is none."""
        parts = [self.by_source.get((parameter, source)) for parameter in CUFF]
        return max((known.last[0] for known in parts if known and known.last), default=0)

    def _new_cuff_reading(self, source: int, t_ms: int) -> None:
        """A part that the new reading does not give must not be filled from an older one."""
        for parameter in CUFF:
            known = self.by_source.get((parameter, source))
            if known and (known.last is None or known.last[0] < t_ms):
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
        A cuff reading lasts: the latest one counts, whoever took it, with all its parts, so that no
        older reading of another cuff fills a part that it lacks.
        """
        self.from_ms = min(self.from_ms, now_ms)  # a press that was dated ahead hides nothing
        changed = []
        cuffs = sorted(filter(self._cuff_ms, self.order), key=self._cuff_ms, reverse=True)
        for parameter in {parameter for parameter, _ in self.by_source}:
            speaking = [s for s in self.order if (parameter, s) in self.by_source]
            if not speaking:
                continue
            with_value = cuffs
            if not parameter.episodic:
                words = ((s, self.by_source[(parameter, s)]) for s in speaking)
                with_value = [s for s, known in words if known.current(now_ms) is not None]
            before = self.preferred.get(parameter)
            choice = (with_value or [before if before in speaking else speaking[0]])[0]
            if choice != before:
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

    def events(self) -> dict[Parameter, Known]:
        """The last value by hand of each continuous parameter, where no device gave a later one.

        It counts while no device has a current value; `now` tells of devices alone, so that what a
        person enters neither ends nor prevents that their values are missing.
        """
        found: dict[Parameter, Known] = {}
        for x in self.entered:
            if self.by_hand is None or x.parameter.episodic:
                continue
            words = [self.by_source.get((x.parameter, source)) for source in self.order]
            if not any(word and word.last and word.last[0] > x.t_ms for word in words):
                last = (x.t_ms, x.value or 0.0)
                found[x.parameter] = Known(
                    x.parameter,
                    self.by_hand,
                    x.t_ms,
                    x.value,
                    x.validity,
                    x.reason,
                    0,
                    last=last,
                    by_hand=True,
                )
        return found

    def shown(self, now_ms: int) -> dict[Parameter, Known]:
        """What is known of each parameter for the screen: by hand where no device has a value."""
        found = self.now()
        for parameter, event in self.events().items():
            word = found.get(parameter)
            if word is None or word.current(now_ms) is None:
                found[parameter] = event
        return found

    def inflating(self) -> bool:
        """True while a device says that its cuff measures."""
        source = self.preferred.get(Parameter.NIBP_SYS)
        if source == self.by_hand:  # no device's word: that of the one that measured last
            devices = [s for s in self.order if s != self.by_hand]
            source = max(devices, key=self._cuff_ms, default=None)
        word = self.by_source.get((Parameter.NIBP_SYS, source)) if source is not None else None
        return word is not None and word.validity is Validity.MEASURING

    def latest(self, now_ms: int) -> dict[Parameter, tuple[int, float]]:
        """The values that may be shown now or were read last by a cuff, with their times.

        Without those that their device calls questionable: nothing is decided by them.
        """
        return {
            parameter: (known.t_ms if known.last is None else known.last[0], value)
            for parameter, known in self.shown(now_ms).items()
            if (value := known.current(now_ms)) is not None
            and known.validity is not Validity.QUESTIONABLE
        }

    def forget_before(self, t_ms: int) -> None:
        """Forget what was measured before, e.g. on the patient before.

        Of a continuous parameter the value is forgotten, but not since when there is none, nor when
        the next word is due: another patient is no reason to wait longer for it.
        """
        self.from_ms = t_ms
        self.trends.forget_before(t_ms)
        kept = {}
        for key, x in self.by_source.items():
            last = x.last if x.last and x.last[0] >= t_ms else None
            if x.t_ms >= t_ms:
                kept[key] = replace(x, last=last)
            elif not x.parameter.episodic:
                reason = x.reason if x.value is None else "not seen yet"
                kept[key] = replace(
                    x, value=None, validity=Validity.UNAVAILABLE, reason=reason, last=None
                )
        self.by_source = kept
        self._set_entered([x for x in self.entered if x.t_ms >= t_ms])
