"""B. Braun Space infusion pumps over BCC: what the pump says of itself, and nothing is told to it.

9600 8N1, up to 115200 where the SpaceCom is set so. We ask, it answers in blocks:

    SOH length STX bed/1/1> text ETX|ETB checksum EOT

Length (SOH to EOT) and checksum are five decimal digits; the checksum is the sum of all bytes from
SOH to ETX or ETB, modulo 256. Each block is answered with ACK (06), or NAK (15) where it came
damaged, 0.1 s after it; after ETB another block follows, after ETX none. A device may be set to
stuff: D is sent as EX, E as EE, d as ex, e as ee, in the whole block, once length and checksum
stand. A block says by its length whether it is stuffed; whether our requests must be is tried out.

    ADMIN:ALIVE    to bed 1; answered with GNACK 0, and with the bed's real name, used from then on
    MEM:GET        all that the device and its pumps know; 0.5 s after the last block or later

We send these two, ACK and NAK; never anything else. Where no answer has come for 3 s (to ALIVE: for
1.5 s, then the other way, stuffed or plain), ALIVE again.

A text is records between RS (1E): time in s, address, name, value (which may hold commas). Address
50100 is the rack (FMNOR and other FM...), 501xy is the pump in slot y of pillar x. ``_NV`` and
``_NA`` are no value.

    INRT rate mL/h    INVI infused mL    INSERNUM serial number, the identity
    INM2 bolus    INM3 pumping    INM6 standby    INM10 KVO: 1 or 0
    INA1 battery empty, INA11 battery pre-alarm (either: battery low), INA2 syringe empty, INA3
    pressure, INA7 end of volume, INA8 time over, INA9 syringe, INA13 door, INA14 drop, INA15 air
    GNERR instead: 11 no pumps, 39 pump removed, 68 wrong syntax, 811 wrong address

In a recording the rate of a pump that was stopped is 0.00 and its volume stays, so 0 is a value.
Which records are sent differs between pumps. What is left out is no value; without INM3 it is not
told whether the pump pumps.

Our choices, the sources being silent: an answer counts from the block on in which the rack speaks,
and whole: where a block of it came damaged, the answer gives nothing. The rate is in doubt while
one of these alarms, a bolus or KVO is on, and where it is above 0 and INM3 says that the pump does
not pump. With several pumps on the link no value is given: whose it is cannot be known. Not known
to us: whether the volume of INVI can be set back to 0 in mid-therapy, and by whom.

Source: facts of B. Braun's Technical Interface Specification BCC 3.25/3.26 as they stand in
github.com/mindleaving/patient-monitor-datalogger (MIT; frames, addresses, stuffing, errors) and
github.com/KaiWU17TUM/icu_devices (MIT; names of records, and the values of an Infusomat Space of
2021, the link in use for which was RS-232); the specification's own ADMIN:ALIVE. Our logs are
constructed from these; no raw bytes of a device were at hand.
"""

import re
from typing import Literal

from devices.driver import BATTERY_LOW, Driver, DriverFacts, FrameError, Line
from devices.numeric import PUMP, Numeric, Parameter, Validity, no_value, numeric

SOH, STX, ETX, EOT, ACK, NAK, ETB, RS = (bytes([x]) for x in (1, 2, 3, 4, 6, 0x15, 0x17, 0x1E))
LONGEST = 10_000  # a block of one pump has about 1100 bytes; our choice
SPEAK_AFTER_MS, ASK_AFTER_MS = 100, 500
ALIVE_WITHIN_MS, SILENT_MS = 1500, 3000
MOST_NAKS = 3

RACK = "50100"
SEVERAL = "More than one pump on this link: take all but this patient's pump off it."
ALARMS = {
    "INA1": "battery empty",
    "INA2": "syringe empty",
    "INA3": "pressure alarm",
    "INA7": "end of volume",
    "INA8": "time over",
    "INA9": "syringe alarm",
    "INA13": "door open",
    "INA14": "drop alarm",
    "INA15": "air alarm",
}
MODES = {"INM2": "bolus", "INM10": "KVO"}
ERRORS = {"11": "no pump", "39": "pump removed"}
KEPT = {"INRT", "INVI", "INSERNUM", "INM3", "INM6", "INA11", *ALARMS, *MODES}

_CUT = re.compile(rb"(?=\x01)|(?<=\x04)")
_BLOCK = re.compile(rb"\x01([0-9]{5})\x02([^\x01-\x04\x17]*)([\x03\x17])([0-9]{5})\x04")
_BED = re.compile(rb"([/0-9A-Za-z]{1,15}/1/1)>")
_RECORD = re.compile(
    rb"[0-9]{1,10},(501[0-3][0-9A-O]),([A-Z][A-Z0-9]{0,15})(?:,([ -~\x80-\xff]*))?"
)
_STUFFED = re.compile(rb"(?:[^DEde]|E[XE]|e[xe])*")
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_SERIAL = re.compile(r"[0-9]{1,12}")
_PAIRS = {b"D": b"EX", b"E": b"EE", b"d": b"ex", b"e": b"ee"}
_SINGLE = {pair: single for single, pair in _PAIRS.items()}

Record = tuple[str, str, str | None]


def framed(bed: bytes, text: bytes, *, stuffed: bool = False, end: bytes = ETX) -> bytes:
    """Wrap a text for the wire. ``bed`` is with its ``/1/1``."""
    length = 15 + len(bed) + len(text)
    body = SOH + b"%05d" % length + STX + bed + b">" + text + end
    whole = body + b"%05d" % (sum(body) & 0xFF) + EOT
    return re.sub(rb"[DEde]", lambda found: _PAIRS[found[0]], whole) if stuffed else whole


def unframed(whole: bytes) -> tuple[bytes, bytes, bool]:
    """Give bed, text, and whether it is the last block, of what stood from SOH to EOT."""
    if whole[1:6] != b"%05d" % len(whole):
        if not _STUFFED.fullmatch(whole):
            raise FrameError("length")
        whole = re.sub(rb"[Ee][XExe]", lambda found: _SINGLE[found[0]], whole)
    block = _BLOCK.fullmatch(whole)
    if block is None or int(block[1]) != len(whole):
        raise FrameError("length")
    if int(block[4]) != sum(whole[:-6]) & 0xFF:
        raise FrameError("checksum")
    bed = _BED.match(block[2])
    if bed is None:
        raise FrameError("bed")
    return bed[1], block[2][bed.end() :], block[3] == ETX


def records(text: bytes) -> list[Record]:
    """Read address, name and value (None: none, or no value) of each record, or FrameError."""
    found: list[Record] = []
    for part in text.split(RS):
        record = _RECORD.fullmatch(part)
        if record is None:
            raise FrameError(f"record {part[:20]!r}")
        address, name = record[1].decode("ascii"), record[2].decode("ascii")
        value = None if record[3] is None else record[3].decode("utf-8", "replace")
        found.append((address, name, None if value in ("_NV", "_NA") else value))
    return found


def numerics(pump: dict[str, str | None], t_ms: int) -> list[Numeric]:
    """Rate and volume of one pump."""
    said = [word for name, word in (ALARMS | MODES).items() if pump.get(name) == "1"]
    stands = "not pumping" if pump.get("INM3") == "0" else ""
    why = "standby" if pump.get("INM6") == "1" else stands
    rate = pump.get("INRT")
    flows = rate is not None and _NUMBER.fullmatch(rate) and float(rate) > 0
    doubt = said[0] if said else stands if flows else ""
    return [
        _told(Parameter.PUMP_RATE, pump, "INRT", doubt, (*said, why, "no value"), t_ms),
        _told(Parameter.PUMP_VOLUME, pump, "INVI", "", (*said, why, "no value"), t_ms),
    ]


def _told(
    parameter: Parameter,
    pump: dict[str, str | None],
    name: str,
    doubt: str,
    reasons: tuple[str, ...],
    t_ms: int,
) -> Numeric:
    if name not in pump:
        return no_value(parameter, t_ms, "not sent", Validity.UNAVAILABLE)
    value = pump[name]
    if value is None or not _NUMBER.fullmatch(value):
        return no_value(parameter, t_ms, next(filter(None, reasons)))
    return numeric(parameter, float(value), t_ms, doubt=doubt)


class BBraunBcc(Driver):
    """One pump on a SpaceCom or a SpaceStation."""

    facts = DriverFacts(
        name="bbraun_bcc",
        maker="B. Braun",
        models=("Perfusor Space", "Infusomat Space"),
        parameters=PUMP,
        expected=(),
        line=Line(9600),
        period_s=2.0,
        checksum="8-bit sum",
        evidence=("constructed",),
    )

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        self._begin(None)

    def _begin(self, sent_ms: int | None) -> None:
        self._block = bytearray()  # what has come since a SOH
        self._sent_ms = sent_ms
        self._heard_ms = sent_ms or 0
        self._block_ms = 0
        self._asked: Literal["alive", "memory", ""] = "alive"
        self._stuffs = False
        self._bed = b""
        self._owed = b""
        self._naks = 0
        self._forget()

    def _forget(self) -> None:
        """No answer is being read."""
        self._open = False
        self._pumps: set[str] = set()
        self._pump: dict[str, str | None] = {}
        self._error = ""

    def connected(self, t_ms: int) -> bytes:
        """Ask whether anybody is there."""
        self.identity, self.trouble, self.weakness = None, "", ""
        self._begin(t_ms)
        return self._alive()

    def _alive(self) -> bytes:
        return framed(b"1/1/1", b"ADMIN:ALIVE", stuffed=self._stuffs)

    def due(self, t_ms: int) -> bytes:
        """Answer a block; ask for the next values; where nobody answers, ask who is there."""
        if self._sent_ms is None:
            return b""
        if self._owed:
            if t_ms - self._block_ms < SPEAK_AFTER_MS:
                return b""
            said, self._owed = self._owed, b""
        elif not self._asked and t_ms - self._block_ms >= ASK_AFTER_MS:
            said, self._asked = framed(self._bed, b"MEM:GET", stuffed=self._stuffs), "memory"
            self._forget()
        elif t_ms - max(self._sent_ms, self._heard_ms) >= self._patience_ms():
            self._stuffs ^= self._asked == "alive"  # not understood: the other way
            self._asked = "alive"
            self._block.clear()
            self._naks = 0
            self._forget()
            said = self._alive()
        else:
            return b""
        self._sent_ms = t_ms
        return said

    def _patience_ms(self) -> int:
        """How long an answer may take: that to ALIVE is short."""
        return ALIVE_WITHIN_MS if self._asked == "alive" else SILENT_MS

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Put blocks together; read what is whole, count. What stands between blocks is nothing."""
        told: list[Numeric] = []
        for piece in _CUT.split(data):
            if piece[:1] == SOH:
                self._drop()
            elif not self._block:
                continue
            self._block += piece
            self._heard_ms = t_ms
            if len(self._block) > LONGEST:
                self._drop()
            elif piece[-1:] == EOT:
                whole = bytes(self._block)
                self._block.clear()
                told += self._take(whole, t_ms)
        return told

    def _drop(self) -> None:
        """Give up a block that did not end."""
        if self._block:
            self.refused += 1
            self._block.clear()
            self._forget()

    def _take(self, whole: bytes, t_ms: int) -> list[Numeric]:
        """Take a block of the device: all of it, or none."""
        self._block_ms = t_ms
        try:
            bed, text, last = unframed(whole)
        except FrameError:
            self.refused += 1
            self._naks += 1
            self._owed = NAK if self._naks <= MOST_NAKS else b""
            self._forget()
            return []
        self._owed, self._naks = ACK, 0
        troubled = self.trouble
        try:
            found = records(text)
        except FrameError:
            found = []
            self._forget()
        told = self._read(bed, found, last, t_ms)
        if not found or (troubled and self.trouble):  # several pumps: not what belongs on this link
            self.refused += 1
            return []
        self.accepted += 1
        return told

    def _read(self, bed: bytes, found: list[Record], last: bool, t_ms: int) -> list[Numeric]:
        """Add a block to the answer; give what the answer says once it is whole."""
        if (RACK, "GNACK", "0") in found:
            self._bed, self._asked = bed, ""
            self._forget()
            return []
        errors = [ERRORS.get(value or "", "") for _, name, value in found if name == "GNERR"]
        alone = bool(found) and len(errors) == len(found)
        if any(address == RACK and name.startswith("FM") for address, name, _ in found):
            self._forget()
            self._open = True
        elif alone and not self._open:
            self._open = any(errors)
        self._error = next(filter(None, errors), self._error)
        for address, name, value in found:
            if name != "GNERR" and not address.endswith("0"):
                self._pumps.add(address)
                if name in KEPT:
                    self._pump[name] = value
        if not last:
            return []
        if self._asked == "memory":
            self._asked = ""
        told = self._answer(t_ms) if self._open else []
        self._forget()
        return told

    def _answer(self, t_ms: int) -> list[Numeric]:
        """What a whole answer says."""
        pump = self._pump
        self.trouble = SEVERAL if len(self._pumps) > 1 else ""
        self.weakness = ""
        if len(self._pumps) != 1:
            reason = "several pumps" if self._pumps else self._error or "no pump"
            return [no_value(p, t_ms, reason, Validity.UNAVAILABLE) for p in PUMP]
        if "1" in (pump.get("INA1"), pump.get("INA11")):
            self.weakness = BATTERY_LOW
        serial = pump.get("INSERNUM")
        if serial is not None and _SERIAL.fullmatch(serial):
            self.identity = f"pump {serial}"
        return numerics(pump, t_ms)
