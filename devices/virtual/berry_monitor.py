"""A virtual Berry PM6750: a module with ECG, oximeter, cuff and a thermometer.

Constructed from the protocol's header and commands (V3.2) and from what berry_med tells of a
device; no recording was at hand. It says nothing until one of ECG (01), oximeter (03) or
temperature (04) is switched on; then each second the parameters of those that are on, and the
cuff's; between them a waveform packet of ECG, which 01 and FB switch, and of pleth (FE) and
respiration (FF).
``unasked`` is a module whose host before us left everything on.

Our choices where the sources say nothing: five packets of each waveform a second; the cuff follows
the patient and takes no command to start or stop; while it works, its packet has result 1 and a
pressure; a failed one ends as ``loose cuff``; the last result is repeated each second until the
next measurement; patient and phase bits are 0, and so are gain, mode and weak signal.
"""

import math

from devices.numeric import Parameter
from devices.virtual.patient import CUFF_LASTS_S, Cuff, Patient, Vitals, Why, known
from devices.virtual.query import NEVER, Intervals

ECG_WAVE, ECG, NIBP, SPO2, TEMP, ECG_BEAT, PULSE_BEAT = 0x01, 0x02, 0x03, 0x04, 0x05, 0x30, 0x31
PLETH_WAVE, RESP_WAVE = 0xFE, 0xFF
SWITCHES = {
    0x01: (ECG, ECG_WAVE),
    0x03: (SPO2,),
    0x04: (TEMP,),
    0xFB: (ECG_WAVE,),
    0xFE: (PLETH_WAVE,),
    0xFF: (RESP_WAVE,),
}
FIRMWARE, HARDWARE = 0xFC, 0xFD
DONE, STOPPED, LOOSE, TIMEOUT = 0, 2, 4, 5
NO_SPO2, NO_PR = 127, 255
LEAD_OFF, NO_FINGER = 2, 2
_PER_SECOND = 5
_MEASURING = 1 << 2


class BerryArtefacts:
    """What happens to it, in seconds since it was switched on.

    ``lost_end``: the packet with which a cuff measurement ends is not sent if it falls in here;
    ``stopped`` and ``timeout`` are how a failed measurement ends there, else it is a loose cuff;
    ``noise``: bytes between packets that are none; ``damaged``: checksums are wrong;
    ``off``: switched off, then on again with every output off and no result in memory.
    """

    def __init__(
        self,
        *,
        lost_end: Intervals = NEVER,
        stopped: Intervals = NEVER,
        timeout: Intervals = NEVER,
        noise: Intervals = NEVER,
        damaged: Intervals = NEVER,
        off: Intervals = NEVER,
    ) -> None:
        """Nothing, unless said."""
        self.lost_end = lost_end
        self.stopped = stopped
        self.timeout = timeout
        self.noise = noise
        self.damaged = damaged
        self.off = off


class BerryMonitor:
    """Pushes packets once asked; shows a patient."""

    def __init__(
        self, patient: Patient, artefacts: BerryArtefacts | None = None, unasked: bool = False
    ) -> None:
        """Begin, with every output on where it is ``unasked``, else in silence."""
        self._patient = patient
        self._happens = artefacts or BerryArtefacts()
        self._step = 1
        self._on = {kind for kinds in SWITCHES.values() for kind in kinds} if unasked else set()
        self._heard = bytearray()
        self._answers: list[tuple[float, bytes]] = []
        self._cuff: Cuff | None = None
        self._since_s = -math.inf

    def next_s(self) -> float | None:
        """When the next packets come."""
        return self._answers[0][0] if self._answers else self._step / _PER_SECOND

    def emit(self) -> bytes:
        """One packet of each waveform; at the whole second the parameters too."""
        if self._answers:
            return self._answers.pop(0)[1]
        step, self._step = self._step, self._step + 1
        t_s = step / _PER_SECOND
        if t_s in self._happens.off:
            self._on.clear()
            self._cuff, self._since_s = None, t_s
        if not self._on & {ECG, SPO2, TEMP}:
            return b""
        sample = bytes((round(100 + 90 * math.sin(step)),))
        waves = (ECG_WAVE, PLETH_WAVE, RESP_WAVE)
        said = [packet(kind, sample) for kind in waves if kind in self._on]
        if step % _PER_SECOND == 0:
            said += self._parameters(t_s)
        if t_s in self._happens.noise:
            said = [b"\x55\xaa\x55" + words for words in said]
        if t_s in self._happens.damaged:
            said = [words[:-1] + bytes((words[-1] ^ 1,)) for words in said]
        return b"".join(said)

    def _parameters(self, t_s: float) -> list[bytes]:
        vitals = self._patient.at(t_s)
        found = {}
        if Parameter.HR in vitals:
            off = vitals[Parameter.HR] is Why.LEADS_OFF  # breathing is measured by the same leads
            rates = (0, 0) if off else [_known(vitals, p, 0) for p in (Parameter.HR, Parameter.RR)]
            found[ECG] = [packet(ECG, bytes((LEAD_OFF * off, *rates))), packet(ECG_BEAT, b"\x00")]
        if Parameter.SPO2 in vitals or Parameter.PR in vitals:
            off = vitals.get(Parameter.SPO2) is Why.PROBE_OFF
            saturation = _known(vitals, Parameter.SPO2, NO_SPO2)
            rate = _known(vitals, Parameter.PR, NO_PR)
            words = bytes((NO_FINGER * off, saturation, rate))
            found[SPO2] = [packet(SPO2, words), packet(PULSE_BEAT, b"\x00")]
        temp = known(vitals, Parameter.TEMP)
        tenths = 0 if temp is None else round(temp * 10)
        found[TEMP] = [packet(TEMP, bytes((0, tenths // 10, tenths % 10)))]
        said = [words for kind in found if kind in self._on for words in found[kind]]
        return said + self._nibp(t_s)

    def _nibp(self, t_s: float) -> list[bytes]:
        """The cuff's packet: at work, just ended, or its last result."""
        ended = self._patient.cuffs(t_s - 1, t_s)
        coming = self._patient.cuffs(t_s, t_s + CUFF_LASTS_S)
        if ended:
            self._cuff = ended[-1]
            if t_s in self._happens.lost_end:
                return []
        elif coming:
            left_s = coming[0].t_s - t_s
            return [nibp(_MEASURING, round(170 * left_s / CUFF_LASTS_S), None)]
        elif self._cuff is None:
            before = self._patient.cuffs(self._since_s, t_s)
            self._cuff = before[-1] if before else None
        cuff = self._cuff
        if cuff is None:
            return [nibp(0, 0, None)]
        if cuff.failed:
            how = TIMEOUT if cuff.t_s in self._happens.timeout else LOOSE
            how = STOPPED if cuff.t_s in self._happens.stopped else how
            return [nibp(how << 2, 0, None)]
        return [nibp(DONE << 2, 0, cuff)]

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear commands: switches and questions for its version; a cuff is not to be commanded."""
        if t_s in self._happens.off:
            return
        self._heard += data
        while (at := self._heard.find(b"\x55\xaa")) >= 0:
            del self._heard[:at]
            if len(self._heard) < 3 or len(self._heard) < 2 + self._heard[2]:
                break
            words = bytes(self._heard[: 2 + self._heard[2]])
            del self._heard[: max(2, len(words))]
            if len(words) >= 6 and words == packet(words[3], words[4:-1]):
                self._command(words[3], words[4], t_s)
        del self._heard[:-300]

    def _command(self, kind: int, argument: int, t_s: float) -> None:
        if kind in SWITCHES:
            (self._on.update if argument else self._on.difference_update)(SWITCHES[kind])
        elif kind in (FIRMWARE, HARDWARE):
            self._answers.append((t_s, packet(kind, b"V1.0")))


def nibp(status: int, pressure_mmhg: int, cuff: Cuff | None) -> bytes:
    """The cuff's packet: status, pressure in half mmHg, systolic, mean, diastolic (0: none)."""
    parts = (None, None, None) if cuff is None else (cuff.sys, cuff.mean, cuff.dia)
    values = (min(255, round(part or 0)) for part in parts)
    return packet(NIBP, bytes((status, pressure_mmhg // 2, *values)))


def _known(vitals: Vitals, parameter: Parameter, none: int) -> int:
    value = known(vitals, parameter)
    return none if value is None else min(254, round(value))


def packet(kind: int, data: bytes) -> bytes:
    """55 AA, the length with itself and the sum, kind, data, the inverted sum."""
    body = bytes((len(data) + 3, kind)) + data
    return b"\x55\xaa" + body + bytes((~sum(body) & 0xFF,))
