"""Nonin format 7: as format 2, with a finer pleth wave.

9600 8N1. The device sends 75 frames a second, unasked; 25 are a packet, so there are three packets
a second. We never send anything.

    STATUS | PLETH high | PLETH low | DATA | CHK

STATUS, DATA and how 25 frames make a packet are those of format 2: see nonin_format2. CHK is the
sum of the four bytes before, modulo 256: the checksum of each frame. No byte is the same in all
frames: the highest bit of STATUS and the checksum find the step.

Source: github.com/pez-globo/pufferfish-software (Nonin OEM III driver: layout of format 2, status
and checksum) and mdpnp (OpenICE: the frame of format 7).
"""

from devices.driver import DriverFacts, Line
from devices.nonin import Packets
from devices.numeric import Parameter


class NoninFormat7(Packets):
    """A Nonin oximeter that sends format 7."""

    facts = DriverFacts(
        name="nonin_format7",
        maker="Nonin",
        models=("Xpod", "OEM III"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=1 / 3,
        checksum="8-bit sum of each frame",
        evidence=("constructed",),
    )

    def status(self, frame: bytes) -> int | None:
        """The first byte."""
        return frame[0]
