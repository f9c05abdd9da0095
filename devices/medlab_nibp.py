"""Medlab NIBP2010, NIBP2020 and their kin (NIBScan, UN300C): blood pressure modules.

4800 8N1. Each message is text between STX (02) and ETX (03); CR follows what the module sends.
While its cuff works the module streams the pressure in it, unasked. After that it is asked for its
status, which holds the last result. We ask for nothing else: a cuff is never started or stopped,
and no mode is set.

    02 "120..." 03 0D      pressure in the cuff, mmHg, three digits, then text of unknown meaning
    02 "999..." 03 0D      end of the pressures
    02 "18;;DF" 03         our request for the status
    02 "S1;A0;C00;M00;P118076090;R071;T0000;;5C" 03 0D      status

    S   state of the system       A   kind of patient      C   mode: all three not used
    M   00 all well, else an error; what the numbers mean was not found
    P   systolic, diastolic, mean, mmHg, three digits each; 000 none
    R   pulse rate of the cuff, /min: PR, not HR           T   four digits, not used

The last two digits are the checksum: the 8-bit sum of the text before them, two upper-case hex
digits, in what we send and in the status. Whether the pressures have one is not known: no value
is taken of them, only that the cuff works, and that of two such messages in a row, not of one.

The status is asked for one second after the end, as published code does, and again until it
comes. One that comes sooner with the numbers of before may be of before, and is passed over. While
the cuff rests the status is asked for every 5 s: it is the only sign of life. What it shows at
first is before connection; a result that changes without a word of the cuff is new, of an unknown
time after more than 60 s without a status. With an error there is no result.

A pressure of the cuff is never a blood pressure. PR is told with each reading and is as old as it.
Nothing can be missing between two readings, so nothing is expected.

Source: commands, line and the end of the pressures from github.com/tincho77/NIBP-ABATON; the form
of the status from the start-up message of the NIBScan manual as quoted at
community.element14.com, Arduino forum thread 48018 (a sample of theirs: its checksum does not
verify). The checksum rule from three published commands. The manual itself was not seen, nor any
recording: our other logs are constructed from these.
"""

import re

from devices.driver import Driver, DriverFacts, FrameError, Line
from devices.numeric import CUFF, Numeric, Parameter, Validity, no_value, numeric

STX, ETX = 0x02, 0x03
LONGEST = 64
PERIOD_S = 5
AFTER_END_MS = 1000
WORKING_MS = 3000
UNWATCHED_MS = 60_000
END_OF_PRESSURES = 999
HIGHEST_PRESSURE = 350

Result = tuple[int, int, int, int]

_STATUS = re.compile(
    r"S\w+;A\w+;C\w+;M(?P<error>\w\w);P(?P<sys>\d{3})(?P<dia>\d{3})(?P<mean>\d{3});"
    r"R(?P<pulse>\d{3});T\w{4};;(?P<sum>[0-9A-F]{2})",
    re.ASCII,
)
_PRESSURE = re.compile(r"(?P<mmhg>\d{3})(?!\d)[ -~]*", re.ASCII)


def checksum(text: bytes) -> bytes:
    """Give the two digits after a text."""
    return b"%02X" % (sum(text) & 0xFF)


def message(text: bytes) -> bytes:
    """Wrap a text for the wire."""
    return bytes([STX]) + text + checksum(text) + bytes([ETX])


ASK_STATUS = message(b"18;;")


def status(frame: bytes) -> tuple[str, Result]:
    """Read a status: its error, ``00`` for none, and its result; or FrameError."""
    found = _STATUS.fullmatch(frame.decode("latin-1"))
    if found is None:
        raise FrameError(f"not a status: {frame!r}")
    if frame[-2:] != checksum(frame[:-2]):
        raise FrameError(f"checksum: {frame!r}")
    result = int(found["sys"]), int(found["dia"]), int(found["mean"]), int(found["pulse"])
    return found["error"], result


def pressure(frame: bytes) -> int:
    """Read the pressure in the cuff, 999 at its end; or FrameError."""
    found = _PRESSURE.fullmatch(frame.decode("latin-1"))
    if found is None:
        raise FrameError(f"not a pressure: {frame!r}")
    mmhg = int(found["mmhg"])
    if mmhg > HIGHEST_PRESSURE and mmhg != END_OF_PRESSURES:
        raise FrameError(f"{mmhg} mmHg is out of range: {frame!r}")
    return mmhg


class MedlabNibp(Driver):
    """A Medlab blood pressure module, or one of its kin."""

    facts = DriverFacts(
        name="medlab_nibp",
        maker="Medlab",
        models=("NIBP2010", "NIBP2020", "NIBScan", "UN300C"),
        parameters=(*CUFF, Parameter.PR),
        expected=(),
        line=Line(4800),
        period_s=float(PERIOD_S),
        checksum="8-bit sum of the status; none known of the cuff's pressures",
        evidence=("published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        self._seen: Result | None = None
        self._begin(None)

    def _begin(self, connected_ms: int | None) -> None:
        self._rest = bytearray()
        self._open = False  # an STX was seen and no ETX yet
        self._asked_ms = connected_ms
        self._status_ms: int | None = None
        self._pressure_ms: int | None = None
        self._pressures = 0  # since the last status
        self._ended_ms: int | None = None

    def connected(self, t_ms: int) -> bytes:
        """Ask for the status; what it shows first was measured before."""
        self._begin(t_ms)
        return ASK_STATUS

    def due(self, t_ms: int) -> bytes:
        """Ask for the status: soon after the cuff, else now and then; never while it works."""
        if self._asked_ms is None:
            return b""
        if self._pressure_ms is not None and t_ms - self._pressure_ms < WORKING_MS:
            return b""
        wait_ms = PERIOD_S * 1000
        if self._ended_ms is not None and self._asked_ms < self._ended_ms:
            if t_ms - self._ended_ms < AFTER_END_MS:
                return b""
            wait_ms = 0
        if t_ms - self._asked_ms < wait_ms:
            return b""
        self._asked_ms = t_ms
        return ASK_STATUS

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Cut at STX and ETX, read what is whole, count."""
        numerics: list[Numeric] = []
        for byte in data:
            if byte == STX:
                if self._open:
                    self.refused += 1  # an end is missing
                self._open = True
                self._rest.clear()
            elif self._open and byte == ETX:
                self._open = False
                numerics += self._read(bytes(self._rest), t_ms)
            elif self._open:
                self._rest.append(byte)
                if len(self._rest) > LONGEST:
                    self._open = False
                    self.refused += 1
        return numerics

    def _read(self, frame: bytes, t_ms: int) -> list[Numeric]:
        try:
            if frame[:1].isdigit():
                mmhg = pressure(frame)
                self.accepted += 1
                return self._working(mmhg, t_ms)
            error, result = status(frame)
        except FrameError:
            self._pressures = 0
            self.refused += 1
            return []
        self.accepted += 1
        return self._result(error, result, t_ms)

    def _working(self, mmhg: int, t_ms: int) -> list[Numeric]:
        """Note that the cuff works, or has ended."""
        if mmhg == END_OF_PRESSURES:
            if self._pressures >= 2:
                self._ended_ms = t_ms
            self._pressures, self._pressure_ms = 0, None
            return []
        self._pressures += 1
        self._pressure_ms = t_ms
        if self._pressures != 2:
            return []
        self._ended_ms = None
        return [no_value(p, t_ms, "measuring", Validity.MEASURING) for p in CUFF]

    def _result(self, error: str, result: Result, t_ms: int) -> list[Numeric]:
        """Judge whether a status holds a reading that was not told yet."""
        status_ms, self._status_ms = self._status_ms, t_ms
        ended_ms, changed = self._ended_ms, result != self._seen
        failed = error != "00" or not any(result[:3])
        if ended_ms is not None and t_ms - ended_ms < AFTER_END_MS and not (changed or failed):
            return []  # perhaps still the result before
        self._seen, self._ended_ms, self._pressures = result, None, 0
        if failed:
            reason = "cuff measurement failed" if error == "00" else f"cuff error {error}"
            return [] if ended_ms is None else [no_value(p, ended_ms, reason) for p in CUFF]
        kinds = (*CUFF, Parameter.PR)
        watched = status_ms is not None and t_ms - status_ms <= UNWATCHED_MS
        if ended_ms is not None or (changed and watched):
            told_ms = t_ms if ended_ms is None else ended_ms
            return [numeric(p, part, told_ms) for p, part in zip(kinds, result, strict=True)]
        if not changed:
            return []
        words = "before connection" if status_ms is None else "time unknown"
        return [
            no_value(p, t_ms, f"{words} {part}", Validity.UNAVAILABLE)
            for p, part in zip(kinds, result, strict=True)
        ]
