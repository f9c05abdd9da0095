"""Contec CMS50, protocol V7.0: finger oximeters CMS50D+ (from 4.6), CMS50E, CMS50F, CMS50EW.

115200 8N1; the converter sits in the cable, what the device's own socket carries is no USB. The
device talks only when asked: we ask it to begin, say every 5 s that we are still there, and ask it
to end.

To the device, nine bytes: 7D 81, a command, six times 80:

    A1   begin to send the present values      AF   we are still there, every 5 s
    A2   end it

From it: a type (b7 = 0), a byte with the highest bits, then the data (b7 = 1): bit k of the second
byte is b7 of the k-th data byte. Type 01, 60 a second, has seven:

    d0   b7 probe error (finger out), b6 beep, b5 SpO2 low, b4 searches too long,
         b3-b0 signal strength 0 to 8
    d1   b7 searching, b6-b0 a sample of the pleth wave; passed over
    d2   b4 no PI, b3-b0 bar
    d3   PR; FF is no value
    d4   SpO2 in %; 7F is no value
    d5   d6   PI, hundredths of a percent, low byte first; FFFF is no value; not used

Other types are passed over: 02, 03, 04 (device id), 06, 11, 13, 14 and 0E (PI) answer commands that
we do not send, 0B and 0C are feedback, 0D says that the device stops: then we ask again.

The probe error means no value, even where a number is sent; searching leaves the number in doubt.

No checksum. What guards instead: the highest bits of the nine bytes, strength up to 8, SpO2 up to
100 (or 7F), no byte between two frames, and five frames in a row (a twelfth of a second) that
differ by at most 3 % and 15 /min (see agreeing_frames). Measured on random bytes: a single packet
has the form 2.8 times in a million bytes, two in a row never in 10 million, five never in 25
million. A changed bit within those limits cannot be noticed.

Source: Contec, communication protocol of pulse oximeters V7.0 (2010-07-08); commands, answers and
packets of a CMS50D+ recorded in github.com/headrotor/contec_data (stream_data.py, MIT).
"""

from devices.agreeing_frames import AgreeingFrames, Oximetry
from devices.driver import DriverFacts, FrameError, Line
from devices.numeric import Numeric, Parameter

NO_PR, NO_SPO2, HIGHEST_SPO2 = 0xFF, 0x7F, 100
REALTIME, STOPS = 0x01, 0x0D
OTHERS = {0x02, 0x03, 0x04, 0x06, 0x0B, 0x0C, STOPS, 0x0E, 0x11, 0x13, 0x14}
PROBE_ERROR, SEARCHES_LONG, SEARCHING = 0x80, 0x10, 0x80
STRONGEST = 8
KEEP_ALIVE_MS, ASK_AGAIN_MS = 5000, 2000


def command(code: int) -> bytes:
    """Nine bytes for the device."""
    return bytes([0x7D, 0x81, code]) + b"\x80" * 6


BEGIN, END, STILL_THERE = command(0xA1), command(0xA2), command(0xAF)


class ContecCms50(AgreeingFrames):
    """A CMS50 of protocol V7.0."""

    facts = DriverFacts(
        name="contec_cms50",
        maker="Contec",
        models=("CMS50D+ (software from 4.6)", "CMS50E", "CMS50F", "CMS50EW"),
        parameters=(Parameter.SPO2, Parameter.PR),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(115200),
        period_s=1 / 60,
        checksum=None,
        evidence=("captured", "constructed"),
    )
    size = 9
    first_bit = 0
    in_a_row = 5

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        super().__init__()
        self._asked_ms: int | None = None
        self._alive_ms = self._heard_ms = 0
        self._stops = False

    def connected(self, t_ms: int) -> bytes:
        """Ask for the present values."""
        super().connected(t_ms)
        self._asked_ms = self._alive_ms = self._heard_ms = t_ms
        self._stops = False
        return BEGIN

    def due(self, t_ms: int) -> bytes:
        """Say that we are there; ask again after a silence, or when the device says it stops."""
        if self._asked_ms is None:
            return b""
        said = b""
        silent = t_ms - max(self._asked_ms, self._heard_ms) >= ASK_AGAIN_MS
        if silent or self._stops:
            self._asked_ms, self._stops = t_ms, False
            said = BEGIN
        if t_ms - self._alive_ms >= KEEP_ALIVE_MS:
            self._alive_ms = t_ms
            said += STILL_THERE
        return said

    def closing(self) -> bytes:
        """Ask the device to stop."""
        return END

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Read as all such frames are read, and remember when it was."""
        numerics = super().receive(data, t_ms)
        if numerics:
            self._heard_ms = t_ms
        return numerics

    def passed_over(self, piece: bytes) -> bool:
        """Answers to commands."""
        if piece[0] == STOPS:
            self._stops = True
        return piece[0] in OTHERS and len(piece) > 1

    def read(self, frame: bytes) -> Oximetry:
        """Read one packet of present values."""
        if frame[0] != REALTIME:
            raise FrameError(f"type {frame[0]:02X}")
        high = frame[1]
        state, wave = frame[2] & 0x7F | (high & 1) << 7, frame[3] & 0x7F | (high & 2) << 6
        pr, spo2 = frame[5] & 0x7F | (high & 8) << 4, frame[6] & 0x7F | (high & 16) << 3
        if state & 0x0F > STRONGEST or (spo2 != NO_SPO2 and spo2 > HIGHEST_SPO2):
            raise FrameError("out of range")
        return Oximetry(
            None if spo2 == NO_SPO2 else spo2,
            None if pr == NO_PR else pr,
            "probe off" if state & PROBE_ERROR else "",
            "pulse search" if wave & SEARCHING else "",
            "pulse search" if state & SEARCHES_LONG else "",
        )
