"""Nonin format 8: four bytes a second of Nonin oximeters.

9600 8N1. The device sends a frame each second, unasked. We never send anything.

    byte 1-3   as format 1: status with the two highest bits of HR, HR, SpO2 (see nonin_format1)
    byte 4     b7 = 0, b3 sensor fault (its data cannot be used), b2 spot-check mode,
               b1 battery critical, b0 battery low; b6 to b4 are not described and not used

HR is counted by the oximeter: PR. A sensor fault means no value. In spot-check mode the device may
hold a reading: the value stands, in doubt. A critical battery is low as well.

No checksum. What guards instead: the highest bits of the four bytes, HR up to 350 (or 511), SpO2 up
to 100 (or 127), no byte between two frames, and four frames in a row that differ by at most 3 % and
15 /min: the first value comes with the fourth frame (see agreeing_frames). Measured on random
bytes: two in a row agree 6.5 times in a million bytes, three never in 60 million, four never in 25
million (by the ratio of one to two: 2 in 10^13). A changed bit within those limits cannot be
noticed. A stream of format 1 is refused: its frames are too short.

Source: the fields as github.com/drphrozen/javautilityclasses reads them (Format8.java), where the
two parts of HR are joined by "and", which can only be meant as "or"; bytes 1 to 3 as nonin_format1.
"""

from dataclasses import replace

from devices.agreeing_frames import Oximetry
from devices.driver import BATTERY_LOW, DriverFacts, Line
from devices.nonin import ShortFrames, short_frame
from devices.numeric import Parameter

SENSOR_FAULT, SPOT_CHECK, LOW_BATTERY = 0x08, 0x04, 0x03


class NoninFormat8(ShortFrames):
    """A Nonin oximeter that sends format 8."""

    facts = DriverFacts(
        name="nonin_format8",
        maker="Nonin",
        models=("3150", "9560"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=1.0,
        checksum=None,
        evidence=("constructed",),
    )
    size = 4

    def read(self, frame: bytes) -> Oximetry:
        """Read one frame."""
        fault = "sensor fault" if frame[3] & SENSOR_FAULT else ""
        said = short_frame(frame, fault, "spot check" if frame[3] & SPOT_CHECK else "")
        return replace(said, weakness=BATTERY_LOW if frame[3] & LOW_BATTERY else "")
