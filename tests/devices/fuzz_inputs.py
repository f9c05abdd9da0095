"""What the fuzzer gives a driver: frames of the logs and of the virtual monitors, changed.

One input is one changed piece, handed to ``receive``: as a rule one frame with one to four changes
(a bit flipped, a byte set, bytes put in, taken out or doubled, the head of one frame on the tail of
another, an end cut off), at times several frames, plain noise, a frame of another driver, or up to
64 kB at once, as much as a port gives. Behind a checksum few changes would be looked at: half of
those drivers' inputs are changed inside the frame and given a right checksum again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from struct import pack

from devices import (
    bbraun_bcc,
    berry_pm6750,
    capnostream,
    datex_dri,
    draeger_medibus,
    intellivue_frames,
)
from devices import medlab_nibp as medlab
from devices.driver import FrameError
from devices.port import open_port
from devices.table import DRIVERS
from tests.devices.logs import START_MS, frames_in, logs

PLAYED_S, STEP_S, PLAYED_BYTES = 150, 0.5, 12_000
MOST_AT_ONCE = 65_536
TELLING = bytes.fromhex("000102030a0d1b557d7e7f8085aac0c1feff")
TEXT = b"0123456789-+. :;,=/%*ABCDEFPS"


@dataclass
class _Clock:
    now_s: float = START_MS / 1000

    def __call__(self) -> float:
        return self.now_s


def played(name: str, options: str = "patient=calm&seed=3&cuff_min=1") -> bytes:
    """What the virtual monitor of a driver says in some minutes, answered by the driver."""
    clock, driver = _Clock(), DRIVERS[name]()
    port = open_port(f"sim://{name}?{options}", driver.facts.line, clock)
    said = bytearray()
    try:
        sending = driver.connected(START_MS)
        while clock.now_s < START_MS / 1000 + PLAYED_S:
            if sending:
                port.write(sending)
            clock.now_s += STEP_S
            t_ms = round(clock.now_s * 1000)
            data = port.read(0)
            driver.receive(data, t_ms)
            said += data
            sending = driver.due(t_ms)
    finally:
        port.close()
    return bytes(said)


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """The frames of a driver's logs, then those of its virtual monitor."""
    raws = [log.raw.read_bytes() for log in logs(name)] + [played(name)[:PLAYED_BYTES]]
    return tuple(frame for raw in raws for frame in frames_in(name, raw))


# The inside of a frame, without what guards it, and the way back


def _nonin_sums(frames: bytes) -> bytes:
    parts = [frames[at : at + 5] for at in range(0, len(frames), 5)]
    return b"".join(p[:4] + bytes([sum(p[:4]) & 0xFF]) if len(p) == 5 else p for p in parts)


def _capnostream_inside(frame: bytes) -> bytes:
    return (capnostream.unescaped(frame.rpartition(capnostream.START_BYTE)[2]) or b"")[1:-1]


def _bcc_inside(frame: bytes) -> bytes:
    bed, text, last = bbraun_bcc.unframed(frame[frame.rfind(bbraun_bcc.SOH) :])
    return bed + b">" + text + (bbraun_bcc.ETX if last else bbraun_bcc.ETB)


def _bcc_seal(inside: bytes) -> bytes:
    bed, _, text = inside.partition(b">")
    return bbraun_bcc.framed(bed, text[:-1], end=text[-1:])


def _medibus_seal(inside: bytes) -> bytes:
    return inside + b"%02X\r" % (sum(inside) & 0xFF)


def _intellivue_inside(frame: bytes) -> bytes:
    return intellivue_frames.unframe(frame[frame.rfind(intellivue_frames.BEGIN) + 1 : -1])


def _dri_seal(inside: bytes) -> bytes:
    return datex_dri.frame(pack("<H", len(inside)) + inside[2:])


Change = Callable[[bytes], bytes]
SEALS: dict[str, tuple[Change, Change]] = {
    "bbraun_bcc": (_bcc_inside, _bcc_seal),
    "berry_pm6750": (lambda f: f[3:-1], lambda p: berry_pm6750.frame(p[:250])),
    "capnostream": (_capnostream_inside, lambda p: capnostream.frame(p[0], p[1:250])),
    "datex_dri": (lambda f: datex_dri.unframe(f.strip(b"\x7e")), _dri_seal),
    "draeger_medibus": (
        lambda f: f[max(f.rfind(draeger_medibus.SOH), f.rfind(draeger_medibus.ESC)) : -3],
        _medibus_seal,
    ),
    "medlab_nibp": (lambda f: f.partition(b"\x02")[2].partition(b"\x03")[0][:-2], medlab.message),
    "nonin_format2": (lambda f: f, _nonin_sums),
    "nonin_format7": (lambda f: f, _nonin_sums),
    "philips_intellivue": (_intellivue_inside, lambda p: intellivue_frames.frame(p[:60_000])),
}


# Changes


class Inputs:
    """The inputs for one driver, in an order that ``chance`` alone decides."""

    def __init__(self, name: str, chance: Random) -> None:
        self._frames = seeds(name)
        self._seal = SEALS.get(name)
        self._strangers = [other for other in DRIVERS if other != name]
        self._chance = chance
        self._random = chance.random
        self._at = self.below(len(self._frames))

    def below(self, number: int) -> int:
        """A whole number from 0 to below ``number``."""
        return int(self._random() * number)

    def whole(self) -> bytes:
        """The next frame as it is."""
        self._at = (self._at + 1) % len(self._frames)
        return self._frames[self._at]

    def changed(self) -> bytes:
        """One input."""
        kind = self._random()
        if kind < 0.01:
            return self._chance.randbytes(1 + self.below(300))
        if kind < 0.02:
            strange = seeds(self._strangers[self.below(len(self._strangers))])
            return self._change(strange[self.below(len(strange))])
        if kind < 0.06:
            self._at = self.below(len(self._frames))
        data = self.whole()
        if kind < 0.16:
            data += b"".join(self.whole() for _ in range(1 + self.below(7)))
        if self._seal is not None and self._random() < 0.5:
            data = self._sealed(data, *self._seal)
        else:
            data = self._change(data)
        if kind > 0.9999 and data:
            if kind > 0.99995:
                data = TELLING[self.below(len(TELLING)) :][:1]
            return (data * (MOST_AT_ONCE // len(data) + 1))[: self.below(MOST_AT_ONCE)]
        return data

    def _sealed(self, frame: bytes, inside: Change, seal: Change) -> bytes:
        try:
            whole = inside(frame)
        except FrameError:  # a seed that is damaged itself
            return self._change(frame)
        return seal(self._change(whole) or b"\0")

    def _change(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(1 + self.below(4)):
            if not changed:
                break
            self._once(changed)
        return bytes(changed)

    def _once(self, data: bytearray) -> None:
        at, kind = self.below(len(data)), self.below(16)
        end = at + 1 + self.below(8)
        if kind < 4:
            data[at] ^= 1 << self.below(8)
        elif kind < 6:
            data[at] = self.below(256)
        elif kind < 8:
            data[at] = TELLING[self.below(len(TELLING))]
        elif kind < 10:
            data[at] = TEXT[self.below(len(TEXT))]
        elif kind == 10:
            data[at:at] = self._chance.randbytes(end - at)
        elif kind == 11:
            del data[at:end]
        elif kind == 12:
            data[at:at] = data[at:end]
        elif kind == 13:
            other = self._frames[self.below(len(self._frames))]
            data[at:] = other[self.below(len(other)) :]
        elif kind == 14:
            del data[at:]
        else:
            data[at:end] = bytes([TELLING[self.below(len(TELLING))]]) * (end - at)
