"""A patient, a virtual monitor, a driver: what comes back is what the patient had."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from math import ceil, floor
from typing import Protocol

from devices.driver import Driver, Line
from devices.numeric import CUFF, PUMP, Numeric, Parameter, Validity
from devices.port import open_port
from devices.table import DRIVERS
from devices.virtual.patient import Baseline, CalmPatient, Staged
from devices.virtual.query import Query

STEP_S = 0.25
UNWATCHED_S = 62  # a cuff's time may be that late where a line was cut: what protocols can tell
_ROUNDED = {Parameter.TEMP: 0.06}
_ROUNDED_OTHERS = 0.51  # whole numbers on the wire, or tenths of kPa and %


class Conversation(Protocol):
    """What a driver is spoken with: a `Port`, or one through a pseudo-terminal."""

    def read(self, wait_s: float) -> bytes: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


Open = Callable[[str, Line, Callable[[], float]], Conversation]


@dataclass
class Stepped:
    """The program's clock, stepped by the test."""

    now_s: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


class Truth:
    """What the patient of a port's URL has since it was opened: low and high by the second."""

    def __init__(self, url: str, long_s: float) -> None:
        query = Query(url)
        patient = Staged(
            CalmPatient(
                Baseline(cuff_min=query.number("cuff_min", 5, 1, 240)),
                query.whole("seed", 1, 0, 9),
            ),
            start_s=query.number("start_s", 0, 0, 1e7),
            desaturate=query.intervals("desaturate"),
            cuff_fails=query.intervals("cuff_fails"),
        )
        self.cuffs = [cuff for cuff in patient.cuffs(0, long_s) if not cuff.failed]
        self._flows: list[float] = []  # mL/h of a pump, by the tenth of a second
        rate, stands = query.number("rate", 60, 0, 1200), ("pressure", "standby")
        from_s, until_s = query.number("from", 0, 0, 1e7), query.number("until", 1e7, 0, 1e7)
        spans = [query.intervals(name) for name in stands]
        for s in (tenth / 10 for tenth in range(10 * ceil(long_s) + 10)):
            runs = from_s <= s < until_s and not any(s in span for span in spans)
            self._flows.append(rate if runs else 0)
        self._had: list[dict[Parameter, tuple[float, float]]] = []
        for s in range(ceil(long_s) + 1):
            tenths = [patient.at(s + tenth / 10) for tenth in range(10)]
            values = {p: [v for x in tenths if isinstance(v := x[p], float)] for p in tenths[0]}
            self._had.append({p: (min(had), max(had)) for p, had in values.items()})

    def has(self, x: Numeric, t_s: float, period_s: float) -> bool:
        """Whether the patient had this value then, or up to a period (and a bit) before."""
        if x.parameter in CUFF:
            part = CUFF.index(x.parameter)
            recent = [cuff for cuff in self.cuffs if -1 < t_s - cuff.t_s < UNWATCHED_S]
            return x.value in [(cuff.sys, cuff.dia, cuff.mean)[part] for cuff in recent]
        if x.parameter in PUMP:
            return x.value is not None and self._pumped(x.parameter, x.value, t_s, period_s)
        had = [
            h[x.parameter] for h in self._had[max(0, floor(t_s - period_s - 1)) : floor(t_s) + 1]
        ]
        near = _ROUNDED.get(x.parameter, _ROUNDED_OTHERS)
        low, high = min(low for low, _ in had) - near, max(high for _, high in had) + near
        return x.value is not None and low <= x.value <= high

    def _pumped(self, parameter: Parameter, value: float, t_s: float, period_s: float) -> bool:
        begin, end = max(0, floor(10 * (t_s - period_s - 1))), floor(10 * t_s) + 1
        if parameter is Parameter.PUMP_RATE:
            return value in self._flows[begin:end]
        before = sum(self._flows[:begin]) / 36_000
        return before - 0.01 < value < before + sum(self._flows[begin:end]) / 36_000 + 0.01


@cache
def truth_of(options: str, long_s: float) -> Truth:
    """The truth behind a URL, told by its options; kept, as many tests have the same."""
    return Truth(f"sim://patient?{options}", long_s)


@dataclass
class Told:
    """What a driver said, and when, in seconds since the port was opened."""

    driver: Driver
    truth: Truth
    began_s: float
    told: list[tuple[float, Numeric]] = field(default_factory=list)
    weaknesses: list[tuple[float, str]] = field(default_factory=list)

    def between(self, begin_s: float, end_s: float, *parameters: Parameter) -> list[Numeric]:
        """What was said of some parameters in a span."""
        return [x for s, x in self.told if begin_s <= s < end_s and x.parameter in parameters]

    def untrue(self) -> list[tuple[float, Numeric]]:
        """Numbers that the patient never had, or not then; each cuff reading that came twice."""
        period_s = self.driver.facts.period_s
        wrong, readings = [], set[tuple[Parameter, int]]()
        for s, x in self.told:
            if x.value is None:
                continue
            twice = x.parameter in CUFF and (x.parameter, x.t_ms // 30_000) in readings
            readings.add((x.parameter, x.t_ms // 30_000))
            if twice or not self.truth.has(x, x.t_ms / 1000 - self.began_s, period_s):
                wrong.append((s, x))
        return wrong


def played(name: str, url: str, long_s: float, opens: Open = open_port) -> Told:
    """What the driver says of its virtual monitor over some minutes, without waiting for them."""
    clock = Stepped()
    driver = DRIVERS[name]()
    found = Told(driver, truth_of(url.partition("?")[2], long_s), clock.now_s)
    port = opens(url, driver.facts.line, clock)
    try:
        sending = driver.connected(round(clock.now_s * 1000))
        while clock.now_s - found.began_s < long_s:
            if sending:
                port.write(sending)
            clock.now_s += STEP_S
            t_ms = round(clock.now_s * 1000)
            if data := port.read(0):
                s = clock.now_s - found.began_s
                found.told += [(s, x) for x in driver.receive(data, t_ms)]
                found.weaknesses.append((s, driver.weakness))
            sending = driver.due(t_ms)
        if sending := driver.closing():
            port.write(sending)
    finally:
        port.close()
    return found


def valid(numerics: list[Numeric]) -> set[Parameter]:
    """The parameters that have a valid value among these."""
    return {x.parameter for x in numerics if x.validity is Validity.VALID}
