"""A virtual capnograph with an oximeter that speaks the Capnostream 20 binary protocol.

Constructed from the description in mdpnp (OpenICE); no recording was found. It is silent until the
host enables the communication (01) and starts real-time data (04); then it sends a CO2 waveform
sample 20 times and the numerics once a second. Without link-is-active (06, or any other command)
for 12 s it stops and must be enabled anew.

Where the description says nothing this monitor is our choice: enable is answered with the device's
id (code 04); 12 s are two missed signs of life; the numerics come at the whole second, 27 bytes
long; a bad frame is not answered; the alarm limits are fixed and cause no alarms.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from devices.numeric import Parameter
from devices.virtual.patient import Patient, Vitals, Why, known
from devices.virtual.query import NEVER, Intervals

ENABLE, DISABLE, ITEM, START, STOP, ALIVE, HOST, REVISION = 1, 2, 3, 4, 5, 6, 7, 9
WAVE, NUMERICS, ID = 0, 1, 4
NO_VALUE = 0xFF
_QUIET_S = 12.0
_PER_SECOND = 20
_LONGEST_RATE = 254
_INVALID_CO2, _INITIALISING, _OCCLUSION, _PURGING, _FILTERLINE_OFF = 0x01, 0x02, 0x04, 0x20, 0x40
_NO_BREATH, _NO_PULSE, _SENSOR_OFF, _DISCONNECTED = 0x01, 0x01, 0x20, 0x40
_UNITS = {"mmHg": (1, 1.0), "kPa": (2, 10 * 0.133322), "vol%": (3, 10 * 100 / 760)}
_LIMITS = bytes((60, 15, 30, 5, 8, 100, 85, 140, 50))  # in the order of bytes 16 to 24


@dataclass(frozen=True, slots=True)
class CapnostreamArtefacts:
    """What happens to it, in seconds since it was switched on.

    ``filterline_off``, ``occlusion``, ``purging``, ``no_breath`` touch the CO2; ``disconnected``
    (the sensor's plug), ``no_pulse`` the oximeter; ``shifted`` sends RR in the place of SpO2 (a
    fault that was reported of a real device); ``restart`` are moments at which it forgets its host.
    ``start_up_s`` is how long its CO2 initialises. ``units``: mmHg, kPa or vol%.
    """

    filterline_off: Intervals = NEVER
    occlusion: Intervals = NEVER
    purging: Intervals = NEVER
    no_breath: Intervals = NEVER
    disconnected: Intervals = NEVER
    no_pulse: Intervals = NEVER
    shifted: Intervals = NEVER
    restart: tuple[float, ...] = ()
    start_up_s: float = 0.0
    units: str = "mmHg"


class CapnostreamMonitor:
    """Answers a host; shows a patient. ``number`` are the digits of its id."""

    def __init__(
        self,
        patient: Patient,
        clock_s: Callable[[float], int],
        number: str = "355987654",
        artefacts: CapnostreamArtefacts | None = None,
    ) -> None:
        """Begin in silence."""
        self._patient = patient
        self._clock_s = clock_s
        self._number = number
        self._happens = artefacts or CapnostreamArtefacts()
        self._restarts = sorted(self._happens.restart)
        self._heard = bytearray()
        self._answers: list[tuple[float, bytes]] = []
        self._forget()

    def _forget(self) -> None:
        self._enabled = False
        self._heard_s = 0.0
        self._sample: int | None = None  # twentieths of a second since it was switched on
        self._answers.clear()

    def next_s(self) -> float | None:
        """When it speaks next."""
        due = [t_s for t_s, _ in self._answers]
        if self._sample is not None:
            due.append(self._sample / _PER_SECOND)
        at_s = min(due, default=None)
        if at_s is not None and self._ends_s() <= at_s:
            self._forget()
            return None
        return at_s

    def _ends_s(self) -> float:
        """When this conversation ends by itself."""
        restart_s = next((at for at in self._restarts if at > self._heard_s), math.inf)
        return min(restart_s, self._heard_s + _QUIET_S if self._enabled else math.inf)

    def emit(self) -> bytes:
        """An answer, or a sample with the numerics of its second before it."""
        if self._answers:
            return self._answers.pop(0)[1]
        if self._sample is None:
            return b""
        sample, self._sample = self._sample, self._sample + 1
        t_s = sample / _PER_SECOND
        said = b""
        if sample % _PER_SECOND == 0:
            said = framed(NUMERICS, self._numerics(t_s))
        return said + framed(WAVE, self._wave(t_s, sample))

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear commands, in whatever pieces they come."""
        if self._ends_s() <= t_s:
            self._forget()
        self._heard += data
        *whole, rest = commands(bytes(self._heard))
        self._heard = bytearray(rest)
        for frame in whole:
            self._command(frame[0], t_s)

    def _command(self, code: int, t_s: float) -> None:
        if code != ENABLE and not self._enabled:
            return
        self._heard_s = t_s
        if code == ENABLE:
            self._enabled = True
            self._answers.append((t_s, framed(ID, self._id())))
        elif code == START and self._sample is None:
            self._sample = math.floor(t_s * _PER_SECOND) + 1
        elif code == STOP:
            self._sample = None
        elif code == DISABLE:
            self._forget()

    def _id(self) -> bytes:
        return f"V45.67 02/24/2008 B{self._number}  ".encode("ascii")

    def _fast(self, t_s: float) -> int:
        happens = self._happens
        if t_s < happens.start_up_s:
            return _INITIALISING | _INVALID_CO2
        if t_s in happens.filterline_off:
            return _FILTERLINE_OFF | _INVALID_CO2
        if t_s in happens.occlusion:
            return _OCCLUSION | _INVALID_CO2
        return _PURGING | _INVALID_CO2 if t_s in happens.purging else 0

    def _wave(self, t_s: float, sample: int) -> bytes:
        fast = self._fast(t_s)
        vitals = self._patient.at(t_s)
        et, rr = known(vitals, Parameter.ETCO2) or 0.0, known(vitals, Parameter.RR) or 0.0
        breath = max(0.0, math.sin(2 * math.pi * t_s * rr / 60))
        co2 = 0.0 if fast or t_s in self._happens.no_breath else et * breath
        parts = int(co2 * 256)
        return bytes((sample % 256, parts >> 8, parts & 0xFF, fast))

    def _numerics(self, t_s: float) -> bytes:
        happens, vitals = self._happens, self._patient.at(t_s)
        unit, scale = _UNITS[happens.units]
        fast, co2_alarms, spo2_alarms = self._fast(t_s), 0, 0
        et, rr = known(vitals, Parameter.ETCO2), _rate(vitals, Parameter.RR)
        fi: float | None = 0.0
        if t_s in happens.no_breath:
            et, rr, co2_alarms = 0.0, 0, _NO_BREATH
        if fast or Parameter.ETCO2 not in vitals:
            et, fi, rr = None, None, NO_VALUE
        spo2, pr = _rate(vitals, Parameter.SPO2), _rate(vitals, Parameter.PR)
        off = vitals.get(Parameter.SPO2) is Why.PROBE_OFF
        if t_s in happens.disconnected or Parameter.SPO2 not in vitals:
            spo2, pr, spo2_alarms = NO_VALUE, NO_VALUE, _DISCONNECTED
        elif off:
            spo2, pr, spo2_alarms = NO_VALUE, NO_VALUE, _SENSOR_OFF
        elif t_s in happens.no_pulse:
            spo2, pr, spo2_alarms = NO_VALUE, NO_VALUE, _NO_PULSE
        if t_s in happens.shifted:
            spo2, pr = rr, spo2
        return (
            struct.pack(">I", self._clock_s(t_s))
            + bytes((_pressure(et, scale), _pressure(fi, scale), rr, spo2, pr, 0))
            + bytes((0, 0, 0, co2_alarms, spo2_alarms, 20 if co2_alarms else 0))
            + _LIMITS
            + bytes((unit, 0))
        )


def _pressure(mmhg: float | None, scale: float) -> int:
    return NO_VALUE if mmhg is None else min(_LONGEST_RATE, round(mmhg * scale))


def _rate(vitals: Vitals, parameter: Parameter) -> int:
    value = known(vitals, parameter)
    return NO_VALUE if value is None else min(_LONGEST_RATE, round(value))


def framed(code: int, payload: bytes) -> bytes:
    """Wrap a message: 85, then length, code, payload and their XOR with 85 and 80 escaped."""
    escaped = _escaped(bytes((len(payload) + 1, code)) + payload)
    check = 0
    for byte in escaped:
        check ^= byte
    return b"\x85" + escaped + _escaped(bytes((check,)))


def _escaped(data: bytes) -> bytes:
    return data.replace(b"\x80", b"\x80\x00").replace(b"\x85", b"\x80\x05")


def commands(data: bytes) -> list[bytes]:
    """What a host said: code and payload of each good frame; the last item is what is left over."""
    found = []
    pieces = data.split(b"\x85")
    begun = len(pieces) > 1  # the last frame is not whole yet
    for at, piece in enumerate(pieces[1:], 1):
        length, plain, raw, escape = None, bytearray(), bytearray(), False
        for byte in piece:
            raw.append(byte)
            if byte == 0x80 and not escape:
                escape = True
                continue
            plain.append(byte | 0x80 if escape else byte)
            escape = False
            if length is None:
                length = byte
            if len(plain) == length + 2:
                break
        whole = length is not None and len(plain) == length + 2
        if whole and at == len(pieces) - 1:
            begun = False
        tail = 2 if raw[-2:-1] == b"\x80" else 1
        check = 0
        for byte in raw[:-tail]:
            check ^= byte
        if whole and length and check == plain[-1]:
            found.append(bytes(plain[1:-1]))
    return [*found, b"\x85" + pieces[-1][:600] if begun else b""]
