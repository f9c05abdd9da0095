"""Nonin format 2: frames of five bytes, 75 a second, of Nonin OEM modules.

9600 8N1. The device sends 75 frames a second, unasked; 25 are a packet, so there are three packets
a second. We never send anything.

    01 | STATUS | PLETH | DATA | CHK

    STATUS   b7 = 1, b6 sensor disconnected, b5 artifact, b4 out of track, b3 sensor alarm,
             b2 red and b1 green perfusion (both: yellow), b0 SYNC: 1 only in frame 1 of a packet
    PLETH    a sample of the pleth wave; passed over
    CHK      the sum of the four bytes before, modulo 256: the checksum of each frame

DATA by its frame in the packet, counted from 1:

    1 2    HR            14 15   E-HR             4    firmware revision
    3      SpO2          16      E-SpO2           6 7  timer
    9      SpO2-D        17      E-SpO2-D         8    20 SmartPoint, 01 battery low
    10     SpO2 Fast     20 21   HR-D             others reserved
    11     SpO2 B-B      22 23   E-HR-D

HR and its kin are two bytes: two bits and seven bits; 511 is no value. SpO2 127 is no value. The
values made for display (-D) are read, 9, 20 and 21. E- values are averaged longer; not used. HR is
counted by the oximeter: PR.

Flags may stand in some frames only: one that stands in any frame counts for its packet. A
disconnected sensor, a sensor alarm (a fault, or a probe off the finger: the sources do not tell
them apart) and a lost track mean no value, even where a number is sent; red and yellow perfusion
and an artifact leave it in doubt. That is our reading: the sources name the bits, and one of them
leaves the value out for an artifact as well.

In step by sliding a byte until STATUS and checksum are right; a packet begins at SYNC. A frame that
is wrong loses its whole packet.

Source: github.com/pez-globo/pufferfish-software (Nonin OEM III driver and its tests: layout, 7-bit
packing, status and checksum), mdpnp (OpenICE, byte 8); frame and packet tables of Nonin's OEM III
specification as these quote them.
"""

from devices.driver import DriverFacts, Line
from devices.nonin import Packets
from devices.numeric import Parameter


class NoninFormat2(Packets):
    """A Nonin oximeter that sends format 2."""

    facts = DriverFacts(
        name="nonin_format2",
        maker="Nonin",
        models=("Xpod", "OEM III"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(9600),
        period_s=1 / 3,
        checksum="8-bit sum of each frame",
        evidence=("published", "constructed"),
    )

    def status(self, frame: bytes) -> int | None:
        """The second byte; the first is always 01."""
        return frame[1] if frame[0] == 0x01 else None
