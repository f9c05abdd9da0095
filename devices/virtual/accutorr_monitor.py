"""A virtual blood pressure monitor that speaks the text of a Datascope Accutorr 3.

Constructed from one page of a manual, not from a recording of the device. It answers single
letters, and says nothing by itself:

    C    >
    P    P:SaO2,PR,SYS,MAP,DIA,st0,st1,st2,min CR LF

``--`` stands for what is not in use; min are the whole minutes since the last cuff reading, whose
numbers are repeated until the next. That number alone tells a new reading from an old one.

Where the page says nothing, this monitor is dull: line ends after a letter are passed over, small
letters are not heard, L (limits) and others are not answered, the status is 000 three times, after
a failed measurement and before the first reading all of the cuff is ``--``, minutes stop at 99, and
while the cuff measures the numbers before it stay.

Its artefacts: a lost probe and failed measurements (the patient's), and ``off``: switched off, then
on again with no reading in memory.
"""

from collections import deque

from devices.numeric import Parameter
from devices.virtual.patient import Cuff, Patient, known
from devices.virtual.query import NEVER, Intervals

_ANSWER_S = 0.1
_LONGEST_QUEUE = 32
_NONE = "--"
_MOST_MINUTES = 99


class AccutorrMonitor:
    """Answers; remembers its last cuff reading."""

    def __init__(self, patient: Patient, *, off: Intervals = NEVER) -> None:
        """Begin in silence."""
        self._patient = patient
        self._off = off
        self._asked: deque[tuple[float, str]] = deque()

    def next_s(self) -> float | None:
        """When the next answer is due."""
        return self._asked[0][0] if self._asked else None

    def emit(self) -> bytes:
        """The answer that is due."""
        t_s, letter = self._asked.popleft()
        if t_s in self._off:
            return b""
        return b">" if letter == "C" else self._patient_data(t_s)

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear letters."""
        if t_s in self._off:
            return
        for letter in data.decode("latin-1"):
            if letter in "CP" and len(self._asked) < _LONGEST_QUEUE:
                self._asked.append((t_s + _ANSWER_S, letter))

    def _patient_data(self, t_s: float) -> bytes:
        vitals = self._patient.at(t_s)
        cuff = self._last(t_s)
        minutes = None
        if cuff is not None:
            minutes = min(_MOST_MINUTES, int((t_s - cuff.t_s) // 60))
        parts = (None, None, None) if cuff is None else (cuff.sys, cuff.mean, cuff.dia)
        fields = [
            _field(known(vitals, Parameter.SPO2), 2),
            _field(known(vitals, Parameter.PR), 2),
            *(_field(part, 3) for part in parts),
            *["000"] * 3,
            _field(minutes, 2),
        ]
        return f"P:{','.join(fields)}\r\n".encode("ascii")

    def _last(self, t_s: float) -> Cuff | None:
        """The last reading since the monitor was switched on."""
        on_s = max((end for _, end in self._off.spans if end <= t_s), default=float("-inf"))
        ended = self._patient.cuffs(on_s, t_s)
        return ended[-1] if ended and not ended[-1].failed else None


def _field(value: float | None, width: int) -> str:
    return _NONE if value is None else f"{round(value):{width}d}"
