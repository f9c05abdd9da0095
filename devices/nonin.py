"""What the Nonin protocols have in common: status bits, 7-bit packing, and the packets of formats
2 and 7. The protocols themselves: nonin_ascii and nonin_format1, 2, 7 and 8.

Source: the pages named there.
"""

from abc import abstractmethod
from dataclasses import replace

from devices.agreeing_frames import AgreeingFrames, Oximetry
from devices.driver import BATTERY_LOW, Driver, FrameError
from devices.numeric import Numeric

MISSING_PR, MISSING_SPO2 = 511, 127
HIGHEST_PR, HIGHEST_SPO2 = 350, 100

# Formats 1 and 8, byte 1.
SENSOR_DISCONNECTED, OUT_OF_TRACK, LOW_PERFUSION, MARGINAL_PERFUSION, ARTIFACT = (
    *(0x40, 0x20, 0x10),
    *(0x08, 0x04),
)
# Formats 2 and 7, status byte.
ALWAYS, DISCONNECTED, ARTF, OOT, SENSOR_ALARM, RED, GREEN, SYNC = (1 << n for n in range(7, -1, -1))

FRAMES, FRAME_BYTES = 25, 5
PACKET_BYTES = FRAMES * FRAME_BYTES
# Places of what we use, counted from 1 as the table does.
STATUS_2, SPO2_DISPLAY, PR_DISPLAY = 8, 9, 20
LOW_BATTERY = 0x01  # of STATUS_2


def packed(high: int, low: int) -> int:
    """Nine bits: two in the one byte, seven in the other."""
    return (high & 3) << 7 | low & 0x7F


def oximetry(spo2: int, pr: int, reason: str, doubts: list[str], unplugged: bool) -> Oximetry:
    """Take the numbers with the device's verdict; FrameError where they are out of range."""
    if spo2 != MISSING_SPO2 and spo2 > HIGHEST_SPO2:
        raise FrameError(f"SpO2 {spo2}")
    if pr != MISSING_PR and pr > HIGHEST_PR:
        raise FrameError(f"HR {pr}")
    return Oximetry(
        None if spo2 == MISSING_SPO2 else spo2,
        None if pr == MISSING_PR else pr,
        reason,
        ", ".join(doubts),
        unplugged=unplugged,
    )


def short_frame(frame: bytes, fault: str = "", doubt: str = "") -> Oximetry:
    """Read the three bytes that begin a frame of formats 1 and 8; the caller adds its fourth's."""
    status, pr_low, spo2 = frame[:3]
    unplugged = bool(status & SENSOR_DISCONNECTED)
    reason = "no sensor" if unplugged else fault
    if not reason and status & OUT_OF_TRACK:
        reason = "pulse lost"
    bits = {LOW_PERFUSION: "low perfusion", MARGINAL_PERFUSION: "marginal perfusion"}
    doubts = [word for bit, word in {**bits, ARTIFACT: "artifact"}.items() if status & bit]
    doubts += [doubt] if doubt else []
    return oximetry(spo2, packed(status, pr_low), reason, doubts, unplugged)


class ShortFrames(AgreeingFrames):
    """Formats 1 and 8: one short frame a second, its first byte with the highest bit set."""

    first_bit = 1
    in_a_row = 4


def packet(statuses: list[int], values: list[int]) -> Oximetry:
    """Read 25 status and 25 data bytes. A flag that stands in any of the frames counts."""
    spo2, high, low = values[SPO2_DISPLAY - 1], values[PR_DISPLAY - 1], values[PR_DISPLAY]
    if (spo2 | high | low) & 0x80:
        raise FrameError("a data byte of more than seven bits")
    any_of = 0
    for status in statuses:
        any_of |= status
    colours = {status & (RED | GREEN) for status in statuses}
    reasons = {DISCONNECTED: "no sensor", SENSOR_ALARM: "sensor alarm", OOT: "pulse lost"}
    reason = next((word for bit, word in reasons.items() if any_of & bit), "")
    doubts = []
    if RED in colours:
        doubts.append("low perfusion")
    elif RED | GREEN in colours:
        doubts.append("marginal perfusion")
    if any_of & ARTF:
        doubts.append("artifact")
    unplugged = bool(any_of & DISCONNECTED)
    said = oximetry(spo2, packed(high, low), reason, doubts, unplugged)
    return replace(said, weakness=BATTERY_LOW if values[STATUS_2 - 1] & LOW_BATTERY else "")


class Packets(Driver):
    """Formats 2 and 7: frames of five bytes, of which 25 are a packet.

    ``accepted`` and ``refused`` count packets, and what is no packet by the length of one.
    """

    def __init__(self) -> None:
        """Begin out of step."""
        self._rest = bytearray()
        self._statuses: list[int] = []
        self._values: list[int] = []
        self._stray = 0

    @abstractmethod
    def status(self, frame: bytes) -> int | None:
        """The status byte of a whole frame; None where its form is wrong."""

    def connected(self, t_ms: int) -> bytes:
        """Forget the half packet of the connection before."""
        self._rest.clear()
        self._statuses, self._values, self._stray = [], [], 0
        self.weakness = ""
        return b""

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Find frames by their sum, gather 25 from SYNC on, count."""
        numerics: list[Numeric] = []
        self._rest += data
        rest, at = bytes(self._rest), 0
        while at + FRAME_BYTES <= len(rest):
            frame = rest[at : at + FRAME_BYTES]
            status = self.status(frame)
            right = status is not None and sum(frame[:4]) & 0xFF == frame[4]
            if status is None or not right or not status & ALWAYS:
                self._give_up(1)
                at += 1
                continue
            at += FRAME_BYTES
            if status & SYNC:
                self._give_up(0)
            elif not self._statuses:
                self._give_up(FRAME_BYTES)
                continue
            self._statuses.append(status)
            self._values.append(frame[3])
            if len(self._statuses) == FRAMES:
                numerics += self._whole(t_ms)
        del self._rest[:at]
        return numerics

    def _whole(self, t_ms: int) -> list[Numeric]:
        try:
            said = packet(self._statuses, self._values)
        except FrameError:
            self._give_up(0)
            return []
        self._statuses, self._values, self._stray = [], [], 0
        self.accepted += 1
        self.weakness = said.weakness
        return said.numerics(t_ms)

    def _give_up(self, count: int) -> None:
        """Give up the frames gathered so far and ``count`` bytes more."""
        count += FRAME_BYTES * len(self._statuses)
        self._statuses, self._values = [], []
        before = -(-self._stray // PACKET_BYTES)
        self._stray += count
        self.refused += -(-self._stray // PACKET_BYTES) - before
