"""A virtual bedside monitor that speaks ANSAR-B, in the layout of an Ivy 450C.

Constructed from a summary of the protocol, not from a recording of the device. It pushes one
message a second and hears nothing:

    FF "ANSAR-B " 400 bytes of waves, lines separated by CR, FE

The waves are one second of ECG (200 points), respiration, pleth, P1 and P2 (50 each). What the
monitor does not know is an empty field. The cuff's last reading is repeated in every message.

Where the summary says nothing, this monitor is dull: nothing stands between name and first
semicolon, no alarm is ever named, every line is always there, and the cuff's fields are empty while
it measures, after a failure and until its first reading. Whether a CR separates lines or ends them
is not clear: by default it ends the last one too, with ``last_cr=False`` it does not.

Its artefacts: lost probe and leads (the patient's), ``interference`` (the waves run into both
ends of their range, so that FE and FF stand among them), and ``off``: switched off, then on again
with no reading in memory.
"""

import math

from devices.numeric import Parameter
from devices.virtual.patient import CUFF_LASTS_S, Cuff, Patient, Vitals, known
from devices.virtual.query import NEVER, Intervals

_HEAD = b"\xffANSAR-B "
_END = b"\xfe"
_WAVES = ((200, 100, 80), (50, 128, 60), (50, 86, 60), (50, 80, 0), (50, 251, 0))


class IvyMonitor:
    """One message at each whole second after opening."""

    def __init__(
        self,
        patient: Patient,
        *,
        interference: Intervals = NEVER,
        off: Intervals = NEVER,
        last_cr: bool = True,
    ) -> None:
        """Begin; a cuff reading from before opening is in memory."""
        self._patient = patient
        self._interference = interference
        self._off = off
        self._last = "\r" if last_cr else ""
        self._next_s = 1.0
        self._since_s = float("-inf")
        self._cuff: Cuff | None = None
        self._cuff_pulse = ""

    def next_s(self) -> float:
        """When the next message comes."""
        return self._next_s

    def emit(self) -> bytes:
        """One message."""
        t_s = self._next_s
        self._next_s += 1
        if t_s in self._off:
            self._cuff, self._since_s = None, t_s
            return b""
        vitals = self._patient.at(t_s)
        text = "\r".join(self._lines(vitals, t_s)) + self._last
        waves = _waves(t_s in self._interference)
        return _HEAD + waves + text.encode("ascii") + _END

    def receive(self, data: bytes, t_s: float) -> None:
        """It hears nothing."""

    def _lines(self, vitals: Vitals, t_s: float) -> list[str]:
        pr = _whole(vitals, Parameter.PR)
        temp = known(vitals, Parameter.TEMP)
        return [
            f"HR=;{_whole(vitals, Parameter.HR)};II;",
            f"RR=;{_whole(vitals, Parameter.RR)};;",
            f"ETCO2=;{_whole(vitals, Parameter.ETCO2)};;",
            f"SPO2=;{_whole(vitals, Parameter.SPO2)};PR={pr};",
            f"NIBP=;{self._pressures(pr, t_s)};;",
            "P1=;;;;;",
            "P2=;;;;;",
            f"T1=;{'' if temp is None else f'{temp:.1f}'};;",
            "T2=;;;",
        ]

    def _pressures(self, pr: str, t_s: float) -> str:
        ended = self._patient.cuffs(self._since_s, t_s)
        self._since_s = t_s
        if ended:
            self._cuff, self._cuff_pulse = ended[-1], pr
        cuff = self._cuff
        if cuff is None or cuff.failed or self._patient.cuffs(t_s, t_s + CUFF_LASTS_S):
            return ";;;"
        parts = ["" if part is None else str(round(part)) for part in (cuff.sys, cuff.dia)]
        mean = "" if cuff.mean is None else str(round(cuff.mean))
        return ";".join([*parts, mean, self._cuff_pulse])


def _whole(vitals: Vitals, parameter: Parameter) -> str:
    value = known(vitals, parameter)
    return "" if value is None else str(round(value))


def _waves(wild: bool) -> bytes:
    points: list[int] = []
    for count, base, swing in _WAVES:
        for index in range(count):
            slope = math.sin(2 * math.pi * index / 50)
            height = round(base + (400 if wild else swing) * slope)
            points.append(min(255 if wild else 253, max(0, height)))
    if wild:
        points[10], points[11] = 0xFE, 0xFF
    return bytes(points)
