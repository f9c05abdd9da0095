"""Masimo ASCII-1: the text line of Masimo pulse oximeters (Rad-5, -8, -87, Radical-5, -7).

9600 8N1, no handshake, female DB-9 on the device (2 = its receive, 3 = its transmit, 5 = ground).
The monitor sends one line a second, unasked, ended by CR LF. We never send anything.

    03/19/16 13:37:12 SN=0000093112 SPO2=---% BPM=--- DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000001

The output is a menu item of the device. A Rad-87 leaves the factory with ASCII 1, a Rad-8 with
ASCII 2, whose lines look different: hence `trouble`. The trend memory (``SpO2=097 PR=069``) is yet
another output, of the past, and is refused.

Date, time, then KEY=VALUE after one or more blanks. Which keys there are, in which order and how
far apart differs by model: read them by name, never by position.

    SPO2    098%      oxygen saturation, three digits
    BPM     072       pulse rate, three digits. It comes from the oximeter: PR, not HR
    SN      10 digits serial number; dashes or zeros where it is not told. Not on Radical-5
    ALARM   hex       1 SpO2 high, 2 SpO2 low, 4 PR high, 8 PR low, 10 alarm active, 20 audio off,
                      40 low battery, 100/200 SpCO, 400/800 SpMet, 1000 desaturation, 2000 PI change
    EXC     hex       what is wrong with the measurement, see NO_VALUE and DOUBT below
    EXC1    hex       Radical-7 with colour screen; meaning not published; not used
    others            PI (%, some models without the sign), SPCO, SPMET, SPHB, SPOC, RESVD, DESAT,
                      PIDELTA (a sign even before dashes), PVI: a number or dashes; not used

Dashes in place of the digits mean that the device has no value. So does 000 for SPO2 or BPM: the
manual's own sample prints 000 with the probe off, and once even with no exception at all. One of
two copies of a Rad-8 line has a lone # between two fields; it is passed over.

No checksum. What guards instead: every token of the line must have its shape and range, SPO2, BPM,
ALARM and EXC must be there, no key twice; else the whole line is refused. The line cut off by
opening the port fails this as well. A changed digit in a well-formed line cannot be noticed, but in
the serial number: a number other than the last counts when two lines in a row have it, and the
first of them is refused (see repeated_identity).

The device's clock is often wrong: a numeric has the time of its arrival.

Source: Masimo Rad-8 Operator's Manual, pages 4-24 (trend sample), 7-3 and 7-4 (serial port); Rad-87
Operator's Manual page 93 (default output); lines from devices and their ALARM and EXC bits as
published in github.com/nmenon/masimo-datacapture and github.com/remkolems/masimo-datacapture; bits
above 800 from poxrad_discrete.h and keys by model from mdpnp (masimo-radical-7.spec).
"""

import re

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

LOW_BATTERY = 0x40  # of ALARM
# EXC bits with which a number is no measurement, even where one is sent. First match is the reason.
NO_VALUE = {
    0x000001: "no sensor",
    0x001000: "no cable",
    0x000002: "defective sensor",
    0x010000: "defective cable",
    0x000080: "unrecognised sensor",
    0x000100: "incompatible sensor",  # reserved on Rad-8
    0x000020: "probe off",
    0x000040: "too much light",
    0x000008: "pulse search",
}
# EXC bits that leave the number standing, but in doubt.
DOUBT = {
    0x000004: "low perfusion",
    0x000010: "interference",
    0x000400: "low signal quality",
}
# EXC bits that are no verdict on a number, but tell why there are dashes. 800 (Masimo SET at work),
# 2000 and 40000 (cable, sensor at the end of its life), 200000 and 400000 (SpCO, SpMet in doubt)
# say nothing of SpO2 and PR.
WHY_DASHES = NO_VALUE | {
    0x004000: "incompatible cable",
    0x008000: "unrecognised cable",
    0x020000: "sensor calibrating",
    0x080000: "sensor fault",  # temperature of its emitter
    0x100000: "sensor fault",  # its current limit
    **DOUBT,
}
UNPLUGGED = ("no sensor", "no cable")

TROUBLE = "The monitor sends lines, but not ASCII-1: set its serial output to ASCII 1"
REFUSED_BEFORE_TROUBLE = 5

_LINE = re.compile(
    r"[01]\d/[0-3]\d/\d\d [0-2]\d:[0-5]\d:[0-5]\d(?P<fields>(?: +(?:[A-Z][A-Z0-9]*=[^ =]+|#))+) *",
    re.ASCII,
)
_SHAPES = {
    key: re.compile(shape, re.ASCII)
    for key, shape in {
        "SPO2": r"(?:\d{3}|---)%",
        "BPM": r"\d{3}|---",
        "SN": r"\d{10}|-+",
        "PI": r"(?:\d\d\.\d\d|--\.--)%?",
        "ALARM": r"[0-9A-F]{2,6}",
        "EXC": r"[0-9A-F]{3}|[0-9A-F]{6,7}",
        "EXC1": r"[0-9A-F]{8}",
    }.items()
}
_OTHER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|-+(?:\.-+)?)%?", re.ASCII)
_REQUIRED = ("SPO2", "BPM", "ALARM", "EXC")
_HIGHEST = {"SPO2": 100, "BPM": 300}


def fields(frame: bytes) -> dict[str, str]:
    """Split one line into its fields, each of its proper shape and range; or FrameError."""
    line = _LINE.fullmatch(frame.decode("latin-1"))
    if line is None:
        raise FrameError(f"not an ASCII-1 line: {frame!r}")
    found: dict[str, str] = {}
    for token in line["fields"].split():
        if token == "#":
            continue
        key, _, text = token.partition("=")
        if key in found or not _SHAPES.get(key, _OTHER).fullmatch(text):
            raise FrameError(f"{token}: {frame!r}")
        if key in _HIGHEST and text[:3].isdigit() and int(text[:3]) > _HIGHEST[key]:
            raise FrameError(f"{token} is out of range: {frame!r}")
        found[key] = text
    if missing := [key for key in _REQUIRED if key not in found]:
        raise FrameError(f"no {missing[0]}: {frame!r}")
    return found


def verdict(parameter: Parameter, text: str, exc: int, t_ms: int) -> Numeric:
    """Judge one field by its digits and the exceptions of its line."""
    digits = text[:3]
    causes = NO_VALUE if digits.isdigit() else WHY_DASHES
    reason = next((why for bit, why in causes.items() if exc & bit), "")
    if not digits.isdigit():
        reason = reason or "no value"
    if reason:
        unplugged = reason in UNPLUGGED
        validity = Validity.UNAVAILABLE if unplugged else Validity.INVALID
        return no_value(parameter, t_ms, reason, validity)
    doubt = ", ".join(why for bit, why in DOUBT.items() if exc & bit)
    return numeric(parameter, int(digits), t_ms, doubt=doubt)


class MasimoAscii1(PushDriver):
    """A Masimo oximeter set to ASCII 1."""

    facts = DriverFacts(
        name="masimo_ascii1",
        maker="Masimo",
        models=("Rad-5", "Rad-8", "Rad-87", "Radical-5", "Radical-7"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=1.0,
        checksum=None,
        evidence=("captured", "published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with no line heard."""
        self.split = LineSplitter()
        self._serial = RepeatedIdentity()
        self._refused_in_a_row = 0

    def connected(self, t_ms: int) -> bytes:
        """Forget the half line, and what the monitor of the connection before was."""
        self.identity, self.trouble, self._refused_in_a_row = None, "", 0
        self._serial.connected()
        return super().connected(t_ms)

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read one line: all of it, or FrameError."""
        try:
            found = fields(frame)
        except FrameError:
            self._note_refusal(frame)
            raise
        self.trouble, self._refused_in_a_row = "", 0
        if found.get("SN", "").strip("-0"):
            if not self._serial.told(found["SN"]):
                raise FrameError(f"a serial number that was not yet repeated: {frame!r}")
            self.identity = found["SN"]
        self.weakness = BATTERY_LOW if int(found["ALARM"], 16) & LOW_BATTERY else ""
        exc = int(found["EXC"], 16)
        return [
            verdict(Parameter.SPO2, found["SPO2"], exc, t_ms),
            verdict(Parameter.PR, found["BPM"], exc, t_ms),
        ]

    def _note_refusal(self, frame: bytes) -> None:
        # Bytes that are no text come of a wrong speed or noise: no cause to blame the output mode.
        if frame.isascii() and frame.decode().isprintable():
            self._refused_in_a_row += 1
            if self._refused_in_a_row >= REFUSED_BEFORE_TROUBLE:
                self.trouble = TROUBLE
