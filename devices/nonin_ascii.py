"""Nonin ASCII: the text line of Nonin oximeters (Avant 9600, Avant 4000, 8500, 8500M, 8600).

9600 8N1. The monitor sends one line a second, unasked, ended by CR LF. We never send anything. The
Avant 9600 sends two stop bits and the 8500 a ninth data bit that is always set: both read as 8N1.

    SPO2=098 HR=072          oxygen saturation in %, pulse rate
    SPO2=098 HR=072 F        the same, averaged faster (8500: switch 8)
    SPO2=098 HR=072*         the event button was pressed
    SPO2=--- HR=---          no value
    14:00:05 SPO2=...        the 8600 puts the time before

HR is counted by the oximeter: PR. Numbers have three digits or blanks before fewer. A header
(format, time, date) comes at power-up; its exact form is not known to us, it is refused.

No checksum. What guards instead: the line must have this form to the last character, SpO2 at most
100 and HR at most 350. A changed digit in a well-formed line cannot be noticed.

Source: the real-time output of the Nonin Avant 9600, Avant 4000 (BT4000), 8500 and 8600 Operator's
Manuals.
"""

import re

from devices.driver import DriverFacts, FrameError, Line, LineSplitter, PushDriver
from devices.nonin import HIGHEST_PR, HIGHEST_SPO2
from devices.numeric import Numeric, Parameter, no_value, numeric

TROUBLE = "The monitor sends lines, but not Nonin's: set its serial output to real-time ASCII"
REFUSED_BEFORE_TROUBLE = 5

_LINE = re.compile(
    r"(?:[0-2]\d:[0-5]\d:[0-5]\d +)?"
    r"SPO2=(?P<spo2>\d{3}| \d{2}|  \d|\d{1,2}|---) +HR=(?P<pr>\d{3}| \d{2}|  \d|\d{1,2}|---)"
    r"(?: +F)? *\*? *",
    re.ASCII,
)


def values(frame: bytes) -> tuple[int | None, int | None]:
    """SpO2 and HR of one line, None for dashes; or FrameError."""
    line = _LINE.fullmatch(frame.decode("latin-1"))
    if line is None:
        raise FrameError(f"not a Nonin line: {frame!r}")
    spo2, pr = (None if line[key] == "---" else int(line[key]) for key in ("spo2", "pr"))
    if (spo2 or 0) > HIGHEST_SPO2 or (pr or 0) > HIGHEST_PR:
        raise FrameError(f"out of range: {frame!r}")
    return spo2, pr


class NoninAscii(PushDriver):
    """A Nonin oximeter that sends text."""

    facts = DriverFacts(
        name="nonin_ascii",
        maker="Nonin",
        models=("Avant 9600", "Avant 4000", "8500", "8500M", "8600"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=1.0,
        checksum=None,
        evidence=("published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with no line heard."""
        self.split = LineSplitter()
        self._refused_in_a_row = 0

    def connected(self, t_ms: int) -> bytes:
        """Forget the half line, and what was wrong on the connection before."""
        self.trouble, self._refused_in_a_row = "", 0
        return super().connected(t_ms)

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read one line: all of it, or FrameError."""
        try:
            found = values(frame)
        except FrameError:
            if frame.isascii() and frame.decode().isprintable():
                self._refused_in_a_row += 1
                if self._refused_in_a_row >= REFUSED_BEFORE_TROUBLE:
                    self.trouble = TROUBLE
            raise
        self.trouble, self._refused_in_a_row = "", 0
        return [
            no_value(parameter, t_ms, "no value")
            if value is None
            else numeric(parameter, value, t_ms)
            for parameter, value in zip((Parameter.SPO2, Parameter.PR), found, strict=True)
        ]
