"""A virtual Nonin oximeter: its ASCII lines, or one of its serial formats 1, 2, 7 and 8.

Constructed from descriptions of the formats, not from a recording of the device. It pushes and
hears nothing: a line or 3 or 4 bytes each second, or three packets of 25 frames each second.

Where the descriptions say nothing: perfusion is told in every frame, not only at a beat; a probe
off the finger is out of track in formats 1 and 8, and a sensor alarm in formats 2 and 7; out of
track and a sensor fault leave no values, an artifact and low perfusion keep them; extended,
fast and beat-to-beat averages are all alike; the timer of formats 2 and 7 counts packets.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Literal, get_args

from devices.numeric import Parameter
from devices.virtual.patient import Patient, known
from devices.virtual.pleth import Pleth
from devices.virtual.query import NEVER, Intervals

Form = Literal["ascii", "ascii_8600", "1", "2", "7", "8"]
FORMS: tuple[Form, ...] = get_args(Form)

NO_PULSE, NO_SPO2 = 511, 127
_FRAMES, _PACKETS_A_SECOND = 25, 3
_FIRMWARE = 48
_SMARTPOINT, _LOW_BATTERY = 0x20, 0x01
_ASCII = ("disconnected", "event", "fast")
_SHORT = ("disconnected", "out_of_track", "artifact", "low_perfusion", "marginal_perfusion")


class NoninMonitor:
    """Speaks at each whole second, or at each third of one, after opening."""

    ARTEFACTS: ClassVar[dict[Form, tuple[str, ...]]] = {
        "ascii": _ASCII,
        "ascii_8600": _ASCII,
        "1": _SHORT,
        "8": (*_SHORT, "sensor_fault", "battery_low"),
        "2": (*_SHORT, "sensor_fault", "battery_low"),
        "7": (*_SHORT, "sensor_fault", "battery_low"),
    }
    """What can happen and be told, by format."""

    def __init__(
        self,
        patient: Patient,
        clock_s: Callable[[float], int],
        form: Form = "ascii",
        artefacts: Mapping[str, Intervals] | None = None,
    ) -> None:
        """Begin."""
        self._patient = patient
        self._clock_s = clock_s
        self._form = form
        self._artefacts = artefacts or {}
        self._said = 0
        self._rate = _PACKETS_A_SECOND if form in ("2", "7") else 1
        self._pleth = Pleth()

    def next_s(self) -> float:
        """When the next line or packet comes."""
        return (self._said + 1) / self._rate

    def emit(self) -> bytes:
        """One line or packet."""
        t_s = self.next_s()
        self._said += 1
        pulse, spo2 = self._values(t_s)
        if self._form.startswith("ascii"):
            return self._line(t_s, pulse, spo2)
        if self._form in ("2", "7"):
            return self._packet(t_s, pulse, spo2)
        return self._three_or_four(t_s, pulse, spo2)

    def receive(self, data: bytes, t_s: float) -> None:
        """It hears nothing."""

    def _now(self, artefact: str, t_s: float) -> bool:
        return t_s in self._artefacts.get(artefact, NEVER)

    def _values(self, t_s: float) -> tuple[int, int]:
        lost = ("disconnected", "out_of_track", "sensor_fault")
        if any(self._now(artefact, t_s) for artefact in lost):
            return NO_PULSE, NO_SPO2
        vitals = self._patient.at(t_s)
        pulse, spo2 = known(vitals, Parameter.PR), known(vitals, Parameter.SPO2)
        return (
            NO_PULSE if pulse is None or not 1 <= round(pulse) < 300 else round(pulse),
            NO_SPO2 if spo2 is None or not 1 <= round(spo2) <= 100 else round(spo2),
        )

    def _probe_off(self, pulse: int, spo2: int, t_s: float) -> bool:
        lost = (pulse, spo2) == (NO_PULSE, NO_SPO2)
        return lost and not self._now("disconnected", t_s)

    def _line(self, t_s: float, pulse: int, spo2: int) -> bytes:
        shown_spo2 = "---" if spo2 == NO_SPO2 else f"{spo2:03d}"
        shown_pulse = "---" if pulse == NO_PULSE else f"{pulse:03d}"
        line = f"SPO2={shown_spo2} HR={shown_pulse}"
        if self._form == "ascii_8600":
            stamp = datetime.fromtimestamp(self._clock_s(t_s), UTC).strftime("%H:%M:%S")
            line = f"{stamp} {line}"
        if self._now("fast", t_s):
            line += " F"
        if self._now("event", t_s):
            line += "*"
        return line.encode("ascii") + b"\r\n"

    def _three_or_four(self, t_s: float, pulse: int, spo2: int) -> bytes:
        off = self._probe_off(pulse, spo2, t_s) or self._now("out_of_track", t_s)
        status = (
            0x80
            | self._now("disconnected", t_s) << 6
            | off << 5
            | self._now("low_perfusion", t_s) << 4
            | self._now("marginal_perfusion", t_s) << 3
            | self._now("artifact", t_s) << 2
            | pulse >> 7
        )
        said = bytes([status, pulse & 0x7F, spo2])
        if self._form == "8":
            fault, battery = self._now("sensor_fault", t_s), self._now("battery_low", t_s)
            said += bytes([fault << 3 | battery])
        return said

    def _packet(self, t_s: float, pulse: int, spo2: int) -> bytes:
        battery = self._now("battery_low", t_s)
        high, low = pulse >> 7, pulse & 0x7F
        data = {1: high, 2: low, 3: spo2, 4: _FIRMWARE}
        data |= {6: self._said >> 7 & 0x7F, 7: self._said & 0x7F}
        data |= {8: _SMARTPOINT | (_LOW_BATTERY if battery else 0)}
        data |= dict.fromkeys((9, 10, 11, 16, 17), spo2)
        data |= dict.fromkeys((14, 20, 22), high) | dict.fromkeys((15, 21, 23), low)
        status = self._status(t_s, self._probe_off(pulse, spo2, t_s))
        rate = None if pulse == NO_PULSE else float(pulse)
        every_s = 1 / (_FRAMES * _PACKETS_A_SECOND)
        said = bytearray()
        for number in range(1, _FRAMES + 1):
            wave = self._pleth.step(rate, every_s)
            synced = status | (number == 1)
            if self._form == "2":
                frame = bytes([1, synced, round(wave * 200), data.get(number, 0)])
            else:
                frame = bytes([synced, *divmod(round(wave * 50_000), 256), data.get(number, 0)])
            said += frame + bytes([sum(frame) % 256])
        return bytes(said)

    def _status(self, t_s: float, probe_off: bool) -> int:
        gone = self._now("disconnected", t_s)
        red = self._now("low_perfusion", t_s)
        yellow = self._now("marginal_perfusion", t_s)
        green = not (red or gone or probe_off)
        alarm = gone or self._now("sensor_fault", t_s) or probe_off
        if self._now("out_of_track", t_s) and not gone:
            alarm = self._now("sensor_fault", t_s)
        return (
            0x80
            | gone << 6
            | self._now("artifact", t_s) << 5
            | self._now("out_of_track", t_s) << 4
            | alarm << 3
            | (red or yellow) << 2
            | (green or yellow) << 1
        )
