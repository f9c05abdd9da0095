"""A virtual pulse oximeter that speaks ASCII-1, in the layout of a Rad-8.

Constructed from the specification, not from a recording of the device. It pushes one line a
second and hears nothing. What the oximeter does not know are dashes; with neither saturation nor
pulse it also says sensor off (EXC 0x20). EXC 0x800 says that it works as usual, ALARM 0x40 that its
battery is low.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from devices.numeric import Parameter
from devices.virtual.patient import Patient, Vitals, known
from devices.virtual.query import NEVER, Intervals

_USUAL, _SENSOR_OFF = 0x800, 0x20
_LOW_BATTERY = 0x40
_HIGHEST_BPM = 300


class MasimoMonitor:
    """One line at each whole second after opening."""

    def __init__(
        self,
        patient: Patient,
        clock_s: Callable[[float], int],
        number: str,
        battery_low: Intervals = NEVER,
    ) -> None:
        """Begin; ``number`` is the serial number, ten digits."""
        self._patient = patient
        self._clock_s = clock_s
        self._number = number
        self._battery_low = battery_low
        self._next_s = 1.0

    def next_s(self) -> float:
        """When the next line comes."""
        return self._next_s

    def emit(self) -> bytes:
        """One line."""
        t_s = self._next_s
        self._next_s += 1
        vitals = self._patient.at(t_s)
        spo2 = _number(vitals, Parameter.SPO2, 100)
        bpm = _number(vitals, Parameter.PR, _HIGHEST_BPM)
        off = spo2 is None and bpm is None
        exceptions = _USUAL | (_SENSOR_OFF if off else 0)
        alarm = _LOW_BATTERY if t_s in self._battery_low else 0
        stamp = datetime.fromtimestamp(self._clock_s(t_s), UTC).strftime("%m/%d/%y %H:%M:%S")
        line = (
            f"{stamp} SN={self._number} SPO2={_digits(spo2)}% BPM={_digits(bpm)} "
            f"PI={'--.--' if off else '02.40'}% DESAT=-- PIDELTA=+-- "
            f"ALARM={alarm:04X} EXC={exceptions:06X}\r\n"
        )
        return line.encode("ascii")

    def receive(self, data: bytes, t_s: float) -> None:
        """It hears nothing."""


def _number(vitals: Vitals, parameter: Parameter, highest: int) -> int | None:
    value = known(vitals, parameter)
    return None if value is None or not 1 <= round(value) <= highest else round(value)


def _digits(value: int | None) -> str:
    return "---" if value is None else f"{value:03d}"
