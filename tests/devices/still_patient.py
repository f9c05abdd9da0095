"""A patient whose values do not move, for the virtual oximeters, and what these say of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.numeric import Parameter
from devices.virtual.patient import Cuff, Vitals, Why
from devices.virtual.query import Intervals
from devices.virtual.wire import Source

NOON_S = 1_772_366_400  # 2026-03-01 12:00:00
PROBE_OFF: Vitals = {Parameter.PR: Why.PROBE_OFF, Parameter.SPO2: Why.PROBE_OFF}


@dataclass
class Still:
    """A patient whose values do not move."""

    vitals: Vitals

    def at(self, t_s: float) -> Vitals:
        return self.vitals

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        return []


def patient(pulse: float = 72, spo2: float = 97) -> Still:
    return Still({Parameter.PR: pulse, Parameter.SPO2: spo2})


def clock(t_s: float) -> int:
    return NOON_S + int(t_s)


def during(*artefacts: str) -> Mapping[str, Intervals]:
    """From 2 s to the end of time."""
    return {artefact: Intervals(((2, 1e9),)) for artefact in artefacts}


def said(source: Source, until_s: float, hear: Callable[[float], bytes] = lambda _: b"") -> bytes:
    """All that it says until then; each second it hears something."""
    data, second = b"", 0
    while second <= until_s:
        source.receive(hear(second), second)
        second += 1
        while (due := source.next_s()) is not None and due <= min(second, until_s) + 1e-9:
            data += source.emit()
    return data
