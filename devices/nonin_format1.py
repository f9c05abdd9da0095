"""Nonin format 1: three bytes a second of Nonin oximeters and OEM modules.

9600 8N1. The device sends a frame each second, unasked. We never send anything.

    byte 1   b7 = 1, b6 sensor disconnected, b5 out of track, b4 low perfusion,
             b3 marginal perfusion, b2 bad pulse (artifact), b1 b0 the two highest bits of HR
    byte 2   b7 = 0, the seven lower bits of HR; HR 511 is no value
    byte 3   b7 = 0, SpO2 in %; 127 is no value

HR is counted by the oximeter: PR. A disconnected sensor and a lost track mean no value, even where
a number is sent; low and marginal perfusion and an artifact leave it in doubt. What follows from
the bits is our reading: the source names them and no more.

No checksum. What guards instead: the highest bits of the three bytes, HR up to 350 (or 511), SpO2
up to 100 (or 127), no byte between two frames, and four frames in a row that differ by at most 3 %
and 15 /min: the first value comes with the fourth frame (see agreeing_frames). Measured on random
bytes: two in a row agree 27 times in a million bytes, three once in 160 million, four never in 125
million (by the ratio of one to two: 4 in 10^12, years of noise at the full speed of the line).
A changed bit within those limits cannot be noticed. A stream of format 8 is refused: its fourth
byte stands between the frames.

Source: Nonin's description of serial data format 1, as pasted at pastebin.com/7WvErGqY.
"""

from devices.agreeing_frames import Oximetry
from devices.driver import DriverFacts, Line
from devices.nonin import ShortFrames, short_frame
from devices.numeric import Parameter


class NoninFormat1(ShortFrames):
    """A Nonin oximeter that sends format 1."""

    facts = DriverFacts(
        name="nonin_format1",
        maker="Nonin",
        models=("Xpod", "OEM III"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=1.0,
        checksum=None,
        evidence=("constructed",),
    )
    size = 3

    def read(self, frame: bytes) -> Oximetry:
        """Read one frame."""
        return short_frame(frame)
