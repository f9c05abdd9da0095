"""Contec CMS50, the older form: frames of five bytes, 60 a second (CMS50D+ up to 4.5, CMS50E).

19200 8O1. The device sends frames unasked. We never send anything. A newer CMS50 talks another way:
contec_cms50. That the line is 19200 8O1 is common knowledge, not stated by the source below.

    byte 1   b7 = 1, b3-b0 signal strength, b4 finger out, b5 SpO2 dropping, b6 beep
    byte 2   b7 = 0, a sample of the pleth wave; passed over
    byte 3   b7 = 0, b3-b0 bar, b4 probe error, b5 searching, b6 the highest bit of PR
    byte 4   b7 = 0, the seven lower bits of PR
    byte 5   b7 = 0, SpO2 in %

Finger out and probe error mean no value, even where a number is sent; searching leaves the number
in doubt, and explains a number that is none. PR 255 and SpO2 127 are taken for no value, as the
newer form says of them; so is 0.

No checksum. What guards instead: the highest bits of the five bytes, SpO2 up to 100 (or 127), no
byte between two frames, and five frames in a row (a twelfth of a second) that differ by at most 3 %
and 15 /min (see agreeing_frames). Measured on random bytes: two in a row agree 4.8 times in a
million bytes, three never in 60 million, five never in 25 million (by the ratio of one to two: 3 in
10^17). A changed bit within those limits cannot be noticed.

Source: github.com/atbrask/CMS50Dplus, fields as its parser and unit tests read them.
"""

from devices.agreeing_frames import AgreeingFrames, Oximetry
from devices.driver import DriverFacts, FrameError, Line
from devices.numeric import Parameter

NO_PR, NO_SPO2, HIGHEST_SPO2 = 255, 127, 100
FINGER_OUT = 0x10  # byte 1
PROBE_ERROR, SEARCHING, PR_BIT = 0x10, 0x20, 0x40  # byte 3


class ContecCms505Byte(AgreeingFrames):
    """An older CMS50."""

    facts = DriverFacts(
        name="contec_cms50_5byte",
        maker="Contec",
        models=("CMS50D+ (software to 4.5)", "CMS50E (older)"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(19200, parity="O"),
        period_s=1 / 60,
        checksum=None,
        evidence=("constructed",),
    )
    size = 5
    first_bit = 1
    in_a_row = 5

    def read(self, frame: bytes) -> Oximetry:
        """Read one frame."""
        state, _, bar, pr_low, spo2 = frame
        if spo2 != NO_SPO2 and spo2 > HIGHEST_SPO2:
            raise FrameError(f"SpO2 {spo2}")
        pr = (bar & PR_BIT) << 1 | pr_low
        return Oximetry(
            None if spo2 == NO_SPO2 else spo2,
            None if pr == NO_PR else pr,
            "probe off" if state & FINGER_OUT or bar & PROBE_ERROR else "",
            "pulse search" if bar & SEARCHING else "",
        )
