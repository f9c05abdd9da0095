"""Who sits behind a virtual monitor.

A patient answers two questions: what a monitor measures now, and which cuff readings were taken.
Times are seconds; the same seed gives the same patient to the last digit.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from devices.numeric import Parameter
from devices.virtual.query import NEVER, Intervals

CUFF_LASTS_S = 30.0
"""How long a cuff inflates and listens before it has a reading (25-45 s)."""


class Why(Enum):
    """Why a monitor that measures a parameter has no value of it."""

    PROBE_OFF = "probe off"
    LEADS_OFF = "leads off"
    NO_VALUE = "no value"


Vitals = Mapping[Parameter, float | Why]
"""Continuous parameters in canonical units; what is not in it is not measured at all."""


def known(vitals: Vitals, parameter: Parameter) -> float | None:
    """Give the number, None where there is none for whatever reason."""
    value = vitals.get(parameter)
    return None if isinstance(value, Why) else value


@dataclass(frozen=True, slots=True)
class Cuff:
    """One cuff measurement that ended at ``t_s``. All None: it failed."""

    t_s: float
    sys: float | None
    dia: float | None
    mean: float | None

    @property
    def failed(self) -> bool:
        """Whether the measurement gave nothing."""
        return self.sys is None and self.dia is None and self.mean is None


class Patient(Protocol):
    """What a virtual monitor is connected to."""

    def at(self, t_s: float) -> Vitals:
        """What is measured at this time."""

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        """The cuff measurements that ended after the one time and not after the other."""


class Wander:
    """A value that strays and returns: AR(1) noise in steps of one second."""

    def __init__(self, tau_s: float, sd: float, source: random.Random) -> None:
        """Begin somewhere in its range."""
        self._keep = math.exp(-1 / tau_s)
        self._kick = sd * math.sqrt(1 - self._keep**2)
        self._source = source
        self.value = source.gauss(0, sd)

    def step(self) -> float:
        """One second on."""
        self.value = self._keep * self.value + self._kick * self._source.gauss(0, 1)
        return self.value


# Share of the full effect, by minutes after the start of a 40-minute infusion: a population
# kinetic model (Domino 1982) with an effect delay that is our calibration, then a slow end (ours).
_COURSE_MIN = (0, 5, 10, 20, 30, 40, 45, 50, 60, 80, 100, 120, 240)
_COURSE = (0, 0.22, 0.44, 0.73, 0.90, 1.0, 0.82, 0.64, 0.41, 0.24, 0.20, 0.17, 0)
_FULL_SYS, _FULL_DIA = 16.0, 11.0  # mean rise at 40 min, doi 10.1016/j.genhosppsych.2024.07.001
_FULL_HR = 5.0  # rounded up from +4.09, doi 10.3389/fpsyt.2021.549080


def infusion_effect(since_s: float) -> float:
    """Share of the full ketamine effect, 0 to 1. A teaching course, not validated."""
    minutes = since_s / 60
    if minutes <= 0 or minutes >= _COURSE_MIN[-1]:
        return 0.0
    right = bisect_right(_COURSE_MIN, minutes)
    begin, end = _COURSE_MIN[right - 1], _COURSE_MIN[right]
    share = (minutes - begin) / (end - begin)
    return _COURSE[right - 1] + share * (_COURSE[right] - _COURSE[right - 1])


@dataclass(frozen=True, slots=True)
class Baseline:
    """A patient at rest, and what is planned for the visit."""

    hr: float = 72.0
    spo2: float = 97.0
    sys: float = 122.0
    rr: float = 14.0
    etco2: float = 38.0
    temp: float = 36.8
    cuff_min: float = 5.0
    infusion_s: float | None = None


class CalmPatient:
    """A healthy adult at rest who may receive ketamine: a teaching course, not validated.

    Heart rate strays by 2.5 /min (time constant 20 s) and breathes by 2 /min; oxygen saturation
    is a whole number that moves by at most 1 % a second; each cuff reading errs by about 4 mmHg.
    End-tidal CO2 strays by 1 mmHg and temperature by 0.05 °C around usual values of an adult at
    rest (35-45 mmHg, 36.5-37.5 °C): our choice, and ketamine does nothing to either.
    """

    first_cuff_s = 40.0

    def __init__(self, baseline: Baseline, seed: int) -> None:
        """Begin at time 0."""
        self.baseline = baseline
        self.seed = seed
        self._begin()

    def _begin(self) -> None:
        source = random.Random(f"{self.seed}/steps")
        self._hr = Wander(20, 2.5, source)
        self._pr = Wander(5, 0.6, source)
        self._spo2 = Wander(40, 0.7, source)
        self._rr = Wander(30, 0.8, source)
        source = random.Random(f"{self.seed}/slow")
        self._etco2 = Wander(60, 1.0, source)
        self._temp = Wander(600, 0.05, source)
        self._shown_spo2 = float(round(self.baseline.spo2))
        self._step = 0

    def at(self, t_s: float) -> Vitals:
        """Step to the second. Going back begins again, with the same result."""
        step = max(0, math.floor(t_s))
        if step < self._step:
            self._begin()
        while self._step < step:
            self._step += 1
            wanders = (self._hr, self._pr, self._spo2, self._rr, self._etco2, self._temp)
            for wander in wanders:
                wander.step()
            aim = min(100, max(1, round(self.baseline.spo2 + self._spo2.value)))
            self._shown_spo2 += max(-1, min(1, aim - self._shown_spo2))
        breath = 2 * math.sin(2 * math.pi * step * self.baseline.rr / 60)
        hr = self.baseline.hr + _FULL_HR * self._effect(step) + self._hr.value + breath
        hr = max(20.0, hr)
        return {
            Parameter.HR: hr,
            Parameter.PR: max(20.0, hr + self._pr.value),
            Parameter.SPO2: self._shown_spo2,
            Parameter.RR: max(4.0, self.baseline.rr + self._rr.value),
            Parameter.ETCO2: max(5.0, self.baseline.etco2 + self._etco2.value),
            Parameter.TEMP: self.baseline.temp + self._temp.value,
        }

    def _effect(self, t_s: float) -> float:
        begin = self.baseline.infusion_s
        return 0.0 if begin is None else infusion_effect(t_s - begin)

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        """One soon after the start, then one every ``cuff_min`` minutes."""
        every_s = self.baseline.cuff_min * 60
        first = 0
        if after_s >= self.first_cuff_s:
            first = math.floor((after_s - self.first_cuff_s) / every_s) + 1
        last = math.floor((until_s - self.first_cuff_s) / every_s)
        return [self._cuff(index, every_s) for index in range(first, last + 1)]

    def _cuff(self, index: int, every_s: float) -> Cuff:
        t_s = self.first_cuff_s + index * every_s
        source = random.Random(f"{self.seed}/cuff/{index}")
        effect = self._effect(t_s)
        high = self.baseline.sys + _FULL_SYS * effect + source.gauss(0, 4)
        low = 0.64 * self.baseline.sys + _FULL_DIA * effect + source.gauss(0, 3)
        high = min(300.0, max(40.0, high))
        low = min(high - 5, max(20.0, low))
        return Cuff(t_s, round(high), round(low), round(low + (high - low) / 3))


_DESATURATION, _SLOPE_S = 12.0, 20.0  # our choice: from 97 to 85 % within 20 s, and back


@dataclass(frozen=True, slots=True)
class Staged:
    """A patient, begun part-way through, and what happens to them (seconds since opening).

    ``without`` are parameters that the monitor has no module or probe for. A measurement that ends
    within ``cuff_fails`` gives nothing.
    """

    patient: Patient
    start_s: float = 0.0
    without: frozenset[Parameter] = frozenset()
    probe_off: Intervals = NEVER
    leads_off: Intervals = NEVER
    desaturate: Intervals = NEVER
    cuff_fails: Intervals = NEVER

    def at(self, t_s: float) -> Vitals:
        """What is left of the patient's values."""
        measured = self.patient.at(t_s + self.start_s)
        vitals = {p: value for p, value in measured.items() if p not in self.without}
        spo2, depth = known(vitals, Parameter.SPO2), self._depth(t_s)
        if spo2 is not None and depth:
            vitals[Parameter.SPO2] = max(1.0, spo2 - depth)
        if t_s in self.probe_off:
            self._lose(vitals, Why.PROBE_OFF, Parameter.SPO2, Parameter.PR)
        if t_s in self.leads_off:
            self._lose(vitals, Why.LEADS_OFF, Parameter.HR)
            if Parameter.ETCO2 not in vitals:  # then breathing is measured by the same leads
                self._lose(vitals, Why.LEADS_OFF, Parameter.RR)
        return vitals

    @staticmethod
    def _lose(vitals: dict[Parameter, float | Why], why: Why, *parameters: Parameter) -> None:
        vitals.update({parameter: why for parameter in parameters if parameter in vitals})

    def _depth(self, t_s: float) -> float:
        depth = 0.0
        for begin, end in self.desaturate.spans:
            if begin <= t_s:
                fallen = min(1.0, (min(t_s, end) - begin) / _SLOPE_S)
                recovered = max(0.0, (t_s - end) / _SLOPE_S)
                depth = max(depth, _DESATURATION * max(0.0, fallen - recovered))
        return depth

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        """The patient's, on the port's time: those before opening have negative times."""
        start = self.start_s
        found = self.patient.cuffs(after_s + start, until_s + start)
        return [self._ended(replace(cuff, t_s=cuff.t_s - start)) for cuff in found]

    def _ended(self, cuff: Cuff) -> Cuff:
        return Cuff(cuff.t_s, None, None, None) if cuff.t_s in self.cuff_fails else cuff
