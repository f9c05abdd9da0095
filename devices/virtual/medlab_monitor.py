"""A virtual blood pressure module of the Medlab NIBP2010/2020, NIBScan and UN300C family.

Constructed from a summary of the protocol, not from a recording of the device. While its cuff
measures, it says the pressure in it, and 999 at the end; all else is asked for:

    STX nnn ETX CR                       pressure in the cuff, mmHg; 999: the measurement is over
    STX 18;;DF ETX                       request: status and last result
    STX S.;A.;C..;M..;P sys dia mean;R pulse;T next;;CHK ETX CR    answer: three digits each

CHK is the sum of the text before it, modulo 256, as two upper-case hex digits. M is 00 where all
is well. The answer repeats the last result however old it is, and cannot say that it is old.

Where the summary says nothing, this module is dull: S1, A0, C00 and T0000 always; it says the
pressure twice a second; a failed measurement is M01 with zeros (what the error codes mean is not
known), no result yet is M00 with zeros; while it measures it does not answer. When it is switched
on it sends one status unasked. Requests with a wrong checksum are not heard. Commands to start or
stop the cuff are not obeyed: they are kept in ``commands``, for a test to find none.

Its artefacts: failed measurements (the patient's), ``end_lost`` (a 999 that falls into it never
comes), and ``off``: switched off, then on again with no result in memory.
"""

import re

from devices.numeric import Parameter
from devices.virtual.patient import CUFF_LASTS_S, Cuff, Patient, known
from devices.virtual.query import NEVER, Intervals

_EVERY_S, _ANSWER_S = 0.5, 0.1
_INFLATE_S, _HIGHEST, _LOWEST = 8.0, 180.0, 30.0
_REQUEST = re.compile(rb"\x02([0-9]{2};[^\x02\x03]*;)([0-9A-F]{2})\x03")


class MedlabMonitor:
    """Speaks by itself while the cuff measures, else when asked."""

    def __init__(
        self, patient: Patient, *, end_lost: Intervals = NEVER, off: Intervals = NEVER
    ) -> None:
        """Begin; a result from before opening is in memory."""
        self.commands: list[str] = []
        self._patient = patient
        self._end_lost = end_lost
        self._off = off
        self._tick_s = _EVERY_S
        self._answer_s: float | None = None
        self._heard = bytearray()
        self._since_s = 0.0
        self._was_off = False
        self._cuff: Cuff | None = None
        self._pulse = 0
        for before in patient.cuffs(float("-inf"), 0)[-1:]:
            self._remember(before, 0)

    def next_s(self) -> float:
        """When it speaks next, or looks at its cuff."""
        return self._tick_s if self._answer_s is None else min(self._tick_s, self._answer_s)

    def emit(self) -> bytes:
        """An answer, or what the cuff does."""
        if self._answer_s is not None and self._answer_s <= self._tick_s:
            t_s, self._answer_s = self._answer_s, None
            return b"" if t_s in self._off or self._measures(t_s) else self._status()
        t_s = self._tick_s
        self._tick_s += _EVERY_S
        if t_s in self._off:
            self._was_off, self._cuff, self._answer_s = True, None, None
            self._heard.clear()
            self._since_s = t_s
            return b""
        said = self._status() if self._was_off else b""
        self._was_off = False
        return said + self._watch(t_s)

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear requests, in whatever pieces they come."""
        if t_s in self._off:
            return
        self._heard += data
        end = 0
        for request in _REQUEST.finditer(self._heard):
            end = request.end()
            text, digits = request[1], request[2]
            if int(digits, 16) != sum(text) % 256:
                continue
            if text == b"18;;":
                self._answer_s = t_s + _ANSWER_S
            else:
                self.commands.append(text.decode("ascii"))
        del self._heard[: max(end, len(self._heard) - 64)]

    def _measures(self, t_s: float) -> bool:
        return bool(self._patient.cuffs(t_s, t_s + CUFF_LASTS_S))

    def _watch(self, t_s: float) -> bytes:
        ended = self._patient.cuffs(self._since_s, t_s)
        self._since_s = t_s
        said = b""
        if ended:
            self._remember(ended[-1], t_s)
            said = b"" if t_s in self._end_lost else _framed(b"999")
        for coming in self._patient.cuffs(t_s, t_s + CUFF_LASTS_S)[:1]:
            said += _framed(b"%03d" % _pressure(CUFF_LASTS_S - (coming.t_s - t_s)))
        return said

    def _remember(self, cuff: Cuff, t_s: float) -> None:
        pulse = known(self._patient.at(t_s), Parameter.PR)
        self._cuff, self._pulse = cuff, 0 if pulse is None else round(pulse)

    def _status(self) -> bytes:
        cuff = self._cuff
        failed = cuff is not None and cuff.failed
        none = cuff is None or failed
        parts = [0, 0, 0] if cuff is None else [cuff.sys, cuff.dia, cuff.mean]
        pressures = "".join(f"{round(part or 0):03d}" for part in parts)
        text = (
            f"S1;A0;C00;M{'01' if failed else '00'};P{pressures};"
            f"R{0 if none else self._pulse:03d};T0000;;"
        ).encode("ascii")
        return _framed(text + b"%02X" % (sum(text) % 256))


def _pressure(since_s: float) -> int:
    """Up within some seconds, then slowly down."""
    if since_s < _INFLATE_S:
        return round(_HIGHEST * since_s / _INFLATE_S)
    share = (since_s - _INFLATE_S) / (CUFF_LASTS_S - _INFLATE_S)
    return round(_HIGHEST - (_HIGHEST - _LOWEST) * share)


def _framed(text: bytes) -> bytes:
    return b"\x02" + text + b"\x03\r"
