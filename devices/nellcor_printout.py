"""Nellcor printout: the line that Nellcor oximeters print (N-395, N-595, N-600x, NPB-190 to -295).

9600 8N1 (other speeds can be chosen on an N-595), no handshake lines; 15-pin D socket. The NPB-290
prints on mains power only. One line every 2 s, unasked. The monitor stops at XOFF and goes on at
XON: after 6 s of silence we send one XON (11), and again every 6 s. We send nothing else.

Two lines of header every 25 lines and whenever something in them changes, an N-595 has a third:

    NPB-295 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM
    ADULT 50SAT-S SPO2 RESP MODE: NORMAL
    TIME %SPO2 BPM PA Status

then the data, in columns; copies of the manuals have lost the columns, so blanks divide:

    12-NOV-98 14:00:05 100 120 50        date, time, SpO2 in %, pulse rate, pulse amplitude
    12-NOV-98 14:00:07 84* 120 50 SL     a star: beyond the monitor's own limit
    12-NOV-98 14:00:09 --- --- --- SD    dashes, or blanks in all three places: no value

BPM is counted by the oximeter: PR. Status codes, none or several:

    SD  sensor disconnected      no value        PS  pulse search              in doubt
    SO  sensor off               no value        MO  motion, interference      in doubt
    LP  loss of pulse            no value        AO  alarm off   AS  audio paused
    LM  the same, interference   no value        LB  low battery
    PH PL SH SL  PR, SpO2 beyond a limit         AO to SL say nothing of the values

A code that is not in this list leaves the values in doubt: so does BU, which is said to mean on
battery, but no source that we have read says so. While the pulse is lost, the display flashes
zeros: a 0 is no value.

The trend memory comes by the same port when asked for, and its lines look like those of the
present. Its header says TREND and its columns have no Status: from there to ``Output Complete`` or
to either line of a header of the present every line is refused. Who connects in the middle of it
cannot know.

The model is the identity, if it is one of ours. Another one than before counts when two headers in
a row have it (see repeated_identity). Headers come up to 50 s apart: too long to refuse what stands
between them, so those values are told, in doubt: ``another monitor?``.

No checksum. What guards instead: each line must have its form to the last character, a date and a
time that exist, SpO2 at most 100, BPM at most 350. A changed digit in a well-formed line cannot be
noticed. The device's clock is often wrong: a numeric has the time of its arrival.

Source: Nellcor NPB-290 Operator's Manual appendix B, NPB-295 Operator's Manual appendix C, NPB-195
Service Manual section 10; codes and the N-595's lines from mdpnp (OpenICE), which keeps only the
last code of a line.
"""

import re
from calendar import monthrange

from devices.driver import (
    BATTERY_LOW,
    DriverFacts,
    FrameError,
    Line,
    LineSplitter,
    PushDriver,
)
from devices.numeric import Numeric, Parameter, Validity, no_value, numeric
from devices.repeated_identity import RepeatedIdentity

# First match is the reason. With those in NO_VALUE a number is none, even where one is printed.
NO_VALUE = {"SD": "no sensor", "SO": "probe off", "LP": "pulse lost", "LM": "pulse lost"}
DOUBT = {"PS": "pulse search", "MO": "interference"}
SAYS_NOTHING = {"AO", "AS", "LB", "PH", "PL", "SH", "SL"}
ANOTHER = "another monitor?"
HIGHEST_SPO2, HIGHEST_BPM = 100, 350

XON, SILENCE_MS = b"\x11", 6000
TROUBLE = "The monitor prints lines, but not its real-time data: choose real-time for its data port"
REFUSED_BEFORE_TROUBLE = 5

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN",
           "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")  # fmt: skip
_VALUE = r"(?:\d{1,3}|---)"
_HEADER = re.compile(
    r"(?P<model>N[A-Z0-9-]{2,9}x?) +VERSION +\d+(?:\.\d+){1,3} +"
    r"(?P<kind>TREND|CRC: *[0-9A-Z]{4}) +"
    r"SpO2 Limit: *\d{1,3}-\d{1,3}% +PR Limit: *\d{1,3}-\d{1,3}BPM *",
    re.ASCII,
)
_MODE = re.compile(r"(?:ADULT|NEO) +\d{1,3}SAT-S +SPO2 RESP MODE: *(?:NORMAL|FAST) *", re.ASCII)
_COLUMNS = re.compile(r" *TIME +%SPO2 +BPM +PA(?P<status> +Status)? *", re.ASCII)
_DATA = re.compile(
    rf"(?P<day>\d\d)-(?P<month>{'|'.join(_MONTHS)})-(?P<year>\d\d)"
    r" +(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
    rf"(?: +(?P<spo2>{_VALUE})\*? +(?P<bpm>{_VALUE})\*? +{_VALUE})?"
    r"(?P<codes>(?: +[A-Z]{2})*) *",
    re.ASCII,
)
_END_OF_TREND = "Output Complete"


def verdict(
    parameter: Parameter, text: str, codes: list[str], t_ms: int, doubt: str = ""
) -> Numeric:
    """Judge one value by its digits, the codes of its line, and a doubt about the whole of it."""
    for code, reason in NO_VALUE.items():
        if code in codes:
            validity = Validity.UNAVAILABLE if code == "SD" else Validity.INVALID
            return no_value(parameter, t_ms, reason, validity)
    doubts = [doubt] if doubt else []
    doubts += [word for code, word in DOUBT.items() if code in codes]
    known = {*DOUBT, *SAYS_NOTHING}
    doubts += [f"status {code}" for code in dict.fromkeys(codes) if code not in known]
    doubt = ", ".join(doubts)
    if not text.isdigit():
        return no_value(parameter, t_ms, doubt or "no value")
    return numeric(parameter, int(text), t_ms, doubt=doubt)


class NellcorPrintout(PushDriver):
    """A Nellcor oximeter that prints."""

    facts = DriverFacts(
        name="nellcor_printout",
        maker="Nellcor",
        models=(
            *("N-395", "N-595", "N-600x", "NPB-190", "NPB-195"),
            *("NPB-290", "NPB-295"),
        ),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=2.0,
        checksum=None,
        evidence=("published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with no line heard."""
        self.split = LineSplitter()
        self._model = RepeatedIdentity()
        self._trend = False
        self._refused_in_a_row = 0
        self._quiet_since_ms: int | None = None

    def connected(self, t_ms: int) -> bytes:
        """Forget the half line, and what the monitor of the connection before was."""
        self.identity, self.trouble = None, ""
        self._trend, self._refused_in_a_row, self._quiet_since_ms = False, 0, t_ms
        self._model.connected()
        return super().connected(t_ms)

    def due(self, t_ms: int) -> bytes:
        """Let it go on, should an XOFF have stopped it."""
        if self._quiet_since_ms is None or t_ms - self._quiet_since_ms < SILENCE_MS:
            return b""
        self._quiet_since_ms = t_ms
        return XON

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Split, parse, count."""
        if data and self._quiet_since_ms is not None:
            self._quiet_since_ms = t_ms
        return super().receive(data, t_ms)

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read one line: all of it, or FrameError."""
        try:
            numerics = self._read(frame.decode("latin-1"), t_ms)
        except FrameError:
            # Bytes that are no text come of a wrong speed or noise: no cause to blame the output.
            if frame.isascii() and frame.decode().isprintable():
                self._refused_in_a_row += 1
                if self._refused_in_a_row >= REFUSED_BEFORE_TROUBLE:
                    self.trouble = TROUBLE
            raise
        self.trouble, self._refused_in_a_row = "", 0
        return numerics

    def _read(self, line: str, t_ms: int) -> list[Numeric]:
        if header := _HEADER.fullmatch(line):
            self._trend = header["kind"] == "TREND"
            if header["model"] in self.facts.models and self._model.told(header["model"]):
                self.identity = header["model"]
        elif columns := _COLUMNS.fullmatch(line):
            self._trend = not columns["status"]
        elif line.rstrip() == _END_OF_TREND:
            self._trend = False
            raise FrameError("the end of the trend memory")
        elif data := _DATA.fullmatch(line):
            return self._data(data, t_ms)
        elif not _MODE.fullmatch(line):
            raise FrameError(f"not a line of the printout: {line!r}")
        if self._trend:
            raise FrameError("the trend memory")
        return []

    def _data(self, data: re.Match[str], t_ms: int) -> list[Numeric]:
        days = monthrange(2000 + int(data["year"]), _MONTHS.index(data["month"]) + 1)[1]
        if not 1 <= int(data["day"]) <= days:
            raise FrameError(f"no such day: {data[0]!r}")
        spo2, bpm = data["spo2"] or "---", data["bpm"] or "---"
        over = spo2.isdigit() and int(spo2) > HIGHEST_SPO2
        if self._trend or over or (bpm.isdigit() and int(bpm) > HIGHEST_BPM):
            raise FrameError(f"of the trend memory, or out of range: {data[0]!r}")
        codes = data["codes"].split()
        self.weakness = BATTERY_LOW if "LB" in codes else ""
        doubt = ANOTHER if self._model.settled and self._model.waiting else ""
        return [
            verdict(Parameter.SPO2, spo2, codes, t_ms, doubt),
            verdict(Parameter.PR, bpm, codes, t_ms, doubt),
        ]
