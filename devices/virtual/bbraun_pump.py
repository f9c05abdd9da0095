"""A virtual B. Braun Space pump on a SpaceCom that speaks BCC.

Constructed from what the public sources of the protocol say, and from the values (not the bytes) of
a recorded Infusomat Space; no recording of the wire was at hand:

    SOH length STX bed/1/1> text ETX|ETB checksum EOT      a block; five decimal digits each
    SOH 00031 STX 1/1/1>ADMIN:ALIVE ETX 00061 EOT          the specification's own request

Length counts all of it, the checksum is the sum of what stands before it, modulo 256. Where it is
set to stuff, D, E, d and e go as EX, EE, ex and ee, and it understands only who does so too.
ADMIN:ALIVE is answered with GNACK 0 under its own bed, MEM:GET to that bed with records of the rack
(50100) and of the pump (50111); NAK repeats the block, ACK after an ETB brings the next. A MEM:GET
less than 0.5 s after the last block, or an answer to a block within 0.1 s, is too early: it is kept
in ``hasty``; what is none of these requests, in ``commands``; for tests to find none.

The pump is not asked what its patient has: it runs at ``rate`` mL/h from ``from_s`` to ``until_s``,
in seconds since the link was laid; before and after it says 0.00, as the recorded one did when it
was stopped, and its volume stays. Its rate has two decimals, and its volume too, as there.

Where the sources say nothing: answers begin after 50 ms and take the time of 9600 baud; requests
that are damaged are not heard; a block that nobody answers is forgotten with the next ALIVE; in
standby, and while it alarms for pressure, it stands; during a bolus it flows as before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from devices.virtual.query import NEVER, Intervals

SOH, STX, ETX, EOT, ACK, NAK, ETB, RS = 1, 2, 3, 4, 6, 0x15, 0x17, 0x1E
_AFTER_S, _BYTES_A_S = 0.05, 960
_EARLIEST_ANSWER_S, _EARLIEST_GET_S = 0.1, 0.5
_LONGEST = 200
_STEP_S = 0.5
_PAIRS = {"D": "EX", "E": "EE", "d": "ex", "e": "ee"}
_REQUEST = re.compile(r"\x01(\d{5})\x02([^>\x01-\x04]+)>([^\x01-\x04]*)\x03(\d{5})\x04")
_STUFFED = re.compile("(?:[^DEde]|E[XE]|e[xe])*")
BED = "BedSide"
Part = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class PumpArtefacts:
    """What happens to it, in seconds since the link was laid.

    ``no_value``: rate and volume are _NV; ``standby``: they are too, and it says standby;
    ``pressure``: it alarms and stands; ``bolus``: it says that a bolus runs; ``battery_low``: the
    battery's pre-alarm; ``several``: there is a second pump; ``removed``: the pump was taken out of
    its slot; ``damaged``: its checksums are wrong. ``stuffing``: it stuffs. ``parts``: the rack
    and the pump are told in two blocks.
    """

    no_value: Intervals = NEVER
    standby: Intervals = NEVER
    pressure: Intervals = NEVER
    bolus: Intervals = NEVER
    battery_low: Intervals = NEVER
    several: Intervals = NEVER
    removed: Intervals = NEVER
    damaged: Intervals = NEVER
    stuffing: bool = False
    parts: bool = False


class BBraunPump:
    """Speaks when asked."""

    def __init__(
        self,
        rate: float = 60.0,
        from_s: float = 0.0,
        until_s: float = float("inf"),
        serial: int = 1,
        artefacts: PumpArtefacts | None = None,
    ) -> None:
        """Lay the link; nothing was infused yet."""
        self.commands: list[str] = []
        self.hasty: list[str] = []
        self._rate, self._from_s, self._until_s = rate, from_s, until_s
        self._serial = serial
        self._happens = artefacts or PumpArtefacts()
        self._volume_ml, self._counted_s = 0.0, 0.0
        self._heard = ""
        self._said: tuple[float, bytes] | None = None
        self._left: list[Part] = []
        self._last = b""
        self._last_s = float("-inf")

    def next_s(self) -> float | None:
        """When the block that was asked for has gone out; None while nothing was."""
        return None if self._said is None else self._said[0]

    def emit(self) -> bytes:
        """The block."""
        if self._said is None:
            return b""
        (self._last_s, said), self._said = self._said, None
        return said

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear requests, and the answers to its blocks, in whatever pieces they come."""
        for byte in data:
            if byte == SOH or self._heard:
                self._heard = (self._heard if byte != SOH else "") + chr(byte)
                if byte == EOT:
                    self._request(self._heard, t_s)
                if byte == EOT or len(self._heard) > _LONGEST:
                    self._heard = ""
            elif byte in (ACK, NAK):
                if t_s - self._last_s < _EARLIEST_ANSWER_S:
                    self.hasty.append("ACK" if byte == ACK else "NAK")
                if byte == NAK:
                    self._say(self._last, t_s)
                elif self._left:
                    self._next(t_s)

    def _request(self, heard: str, t_s: float) -> None:
        if self._happens.stuffing:
            if not _STUFFED.fullmatch(heard):
                return
            heard = re.sub("[Ee][XExe]", lambda pair: _single(pair[0]), heard)
        found = _REQUEST.fullmatch(heard)
        if found is None or int(found[1]) != len(heard):
            return
        if int(found[4]) != sum(map(ord, heard[:-6])) % 256:
            return
        if (found[2], found[3]) == ("1/1/1", "ADMIN:ALIVE"):
            self._left = [lambda at_s: f"{at_s:.0f},50100,GNACK,0"]
        elif (found[2], found[3]) == (f"{BED}/1/1", "MEM:GET"):
            if t_s - self._last_s < _EARLIEST_GET_S:
                self.hasty.append("MEM:GET")
            self._left = self._blocks(t_s)
        else:
            self.commands.append(found[3])
            return
        self._next(t_s)

    def _next(self, t_s: float) -> None:
        text = self._left.pop(0)(t_s)
        self._last = self._block(text, ETB if self._left else ETX, t_s)
        self._say(self._last, t_s)

    def _say(self, block: bytes, t_s: float) -> None:
        self._said = (t_s + _AFTER_S + len(block) / _BYTES_A_S, block)

    def _block(self, text: str, end: int, t_s: float) -> bytes:
        bed = f"{BED}/1/1>"
        body = f"{chr(SOH)}{len(bed) + len(text) + 14:05d}{chr(STX)}{bed}{text}{chr(end)}"
        total = sum(map(ord, body)) + (t_s in self._happens.damaged)
        block = f"{body}{total % 256:05d}{chr(EOT)}"
        if self._happens.stuffing:
            block = "".join(_PAIRS.get(letter, letter) for letter in block)
        return block.encode("latin-1")

    def _blocks(self, t_s: float) -> list[Part]:
        """The parts of an answer; each is made when its turn has come."""
        pumps: list[Part] = [lambda at_s: self._pump(at_s, "50111", self._serial)]
        if t_s in self._happens.removed:
            pumps = [lambda at_s: f"{at_s:.0f},50111,GNERR,39"]
        if t_s in self._happens.several:
            pumps.append(lambda at_s: self._pump(at_s, "50113", self._serial + 1))
        if self._happens.parts:
            return [_rack, *pumps]
        first, *others = pumps
        return [lambda at_s: _rack(at_s) + chr(RS) + first(at_s), *others]

    def _flow(self, t_s: float) -> float:
        """What flows then, in mL/h."""
        stands = t_s in self._happens.pressure or t_s in self._happens.standby
        return self._rate if self._from_s <= t_s < self._until_s and not stands else 0.0

    def _infused(self, t_s: float) -> float:
        """What was infused until then, in mL."""
        while self._counted_s < t_s:
            end_s = min(t_s, self._counted_s + _STEP_S)
            middle_s = (self._counted_s + end_s) / 2
            self._volume_ml += self._flow(middle_s) * (end_s - self._counted_s) / 3600
            self._counted_s = end_s
        return self._volume_ml

    def _pump(self, t_s: float, address: str, serial: int) -> str:
        now, flow, volume = self._happens, self._flow(t_s), self._infused(t_s)
        standby = t_s in now.standby
        unknown = standby or t_s in now.no_value
        records = {
            "GNMODEL": "VIRTUAL",
            "INRT": "_NV" if unknown else f"{flow:.2f}",
            "INSOL": "NaCl 0,9%  50ml",
            "INVI": "_NV" if unknown else f"{volume:.2f}",
            "INTIME": f"{(t_s - self._from_s) / 60:.0f}" if t_s > self._from_s else "0",
            "INSTBY": "5" if standby else "0",
            "INSERNUM": str(serial),
            "INM1": str(int(not flow)),
            "INM2": str(int(t_s in now.bolus)),
            "INM3": str(int(flow > 0)),
            "INM4": "_NV",
            "INM6": str(int(standby)),
            "INM8": str(int(t_s not in now.battery_low)),
            "INM10": "0",
            **{f"INA{number}": "0" for number in (1, 2, 3, 7, 8, 9, 11, 12, 14, 15)},
            "INA6": "_NV",
        }
        if t_s in now.pressure:
            records["INA3"] = "1"
        if t_s in now.battery_low:
            records["INA11"] = "1"
        said = (f"{t_s:.0f},{address},{name},{value}" for name, value in records.items())
        return chr(RS).join(said)


def _rack(t_s: float) -> str:
    records = {"FMNOR": "1", "FMSTAT": "00051", "FMDONGLE": "T", "FMBANY": "_NV"}
    return chr(RS).join(f"{t_s:.0f},50100,{name},{value}" for name, value in records.items())


def _single(pair: str) -> str:
    return {pair: single for single, pair in _PAIRS.items()}.get(pair, pair)
