"""A virtual Philips IntelliVue that speaks Data Export over its MIB/RS-232 port.

Constructed from the specification, not from a recording. It is silent until a host asks for an
association, then accepts, tells what it is (MDS create) and answers polls once that was confirmed:
single ones once, extended ones every second until their time is over. It drops an association whose
host says nothing for ``patience_s`` seconds.

Where the specification says nothing, this monitor is strict or dull. An association request is
known by its first byte and its length; accept has only the parts that are described; refusal and
abort are two bytes. Polls before MDS create was confirmed, and frames that are not understood, go
unanswered. An extended poll without a time is answered once. A second request begins a new
association. While the cuff measures, the numbers and the time of the reading before still stand.
Answers to polls have no absolute time: the wall clock is in MDS create and in the answer to a poll
of the MDS.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.numeric import Parameter
from devices.virtual.intellivue_bytes import (
    ABORT,
    ACTION,
    EVENT_REPORT,
    EXTENDED,
    INVOKE,
    LINKED,
    LONGEST,
    MDS,
    MDS_CREATE,
    NUMERICS,
    REFUSE,
    RELEASE,
    REQUEST,
    RESULT,
    TICKS_PER_S,
    Poll,
    accept,
    attribute,
    counted,
    fcs,
    float_type,
    framed,
    operation,
    poll,
    released,
    wall_clock,
)
from devices.virtual.patient import CUFF_LASTS_S, Cuff, Patient, Vitals, Why
from devices.virtual.query import NEVER, Intervals

INVALID, QUESTIONABLE, UNAVAILABLE = 0x8000, 0x4000, 0x2000
DEMO, ONGOING = 0x0400, 0x0020

_VALUES_ONLY = 0x0803
_VALUE, _COMPOUND, _MEASURED_AT = 0x0950, 0x094B, 0x0990

_PERCENT, _BPM, _RPM, _MMHG, _KPA = 0x0220, 0x0AA0, 0x0AE0, 0x0F20, 0x0F03
_CELSIUS, _FAHRENHEIT, _NONE = 0x17A0, 0x1140, 0x0200
_PERF = 0x4BB0
_NIBP, _NIBP_PARTS = 0x4A04, (0x4A05, 0x4A06, 0x4A07)
_IDS = {
    Parameter.HR: (0x4182, _BPM, "HR"),
    Parameter.SPO2: (0x4BB8, _PERCENT, "SpO2"),
    Parameter.PR: (0x4822, _BPM, "Pulse"),
    Parameter.RR: (0x500A, _RPM, "RR"),
    Parameter.ETCO2: (0x50B0, _MMHG, "etCO2"),
    Parameter.TEMP: (0x4B48, _CELSIUS, "Temp"),
}
_AIRWAY_RR = 0x5012
_TENTHS = (Parameter.TEMP,)
_MMHG_PER_KPA = 7.50062

_ANSWERS_AFTER_S, _CREATES_AFTER_S = 0.02, 0.1
_EVERY_S = 1.0
_RUNS_S = 600.0


@dataclass(slots=True)
class _Stream:
    poll: Poll
    next_s: float
    until_s: float
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Switches:
    """What can be odd about this monitor; the intervals count seconds since opening.

    ``questionable`` (a weak or disturbed signal) and ``unplugged`` concern the oximeter.
    ``restart``: dead for this long, and then begun anew. ``largest`` is the longest answer: more
    becomes linked results.
    """

    demo: bool = False
    other_units: bool = False
    questionable: Intervals = NEVER
    unplugged: Intervals = NEVER
    refuses: Intervals = NEVER
    restart: Intervals = NEVER
    patience_s: float = 120.0
    largest: int = 600


@dataclass
class IntellivueMonitor:
    """Associates, answers polls; shows a patient. ``number`` is what the monitor calls itself."""

    patient: Patient
    clock_s: Callable[[float], int]
    number: int = 1
    switches: Switches = field(default_factory=Switches)
    _associated: bool = False
    _confirmed: bool = False
    _heard: bytearray | None = None
    _escaped: bool = False
    _heard_s: float = 0.0
    _now_s: float = 0.0
    _begun_s: float = -_RUNS_S
    _waiting: list[tuple[float, bytes]] = field(default_factory=list)
    _streams: dict[int, _Stream] = field(default_factory=dict)

    def next_s(self) -> float | None:
        """When it says something next."""
        times = [t_s for t_s, _ in self._waiting[:1]]
        times += [stream.next_s for stream in self._streams.values()]
        if self._associated:
            times.append(self._heard_s + self.switches.patience_s)
        return min(times, default=None)

    def emit(self) -> bytes:
        """What is due: an answer, then a dropped association, then what was asked for regularly."""
        t_s = self.next_s()
        if t_s is None or self._restarted(t_s) or t_s != self.next_s():
            return b""
        if self._waiting and self._waiting[0][0] <= t_s:
            return self._waiting.pop(0)[1]
        if t_s >= self._heard_s + self.switches.patience_s:
            self._forget()
            return framed(bytes([ABORT, 0]))
        code, stream = min(self._streams.items(), key=lambda item: item[1].next_s)
        stream.next_s += _EVERY_S
        if stream.next_s > stream.until_s:
            del self._streams[code]
        stream.sequence += 1
        return self._answer(stream.poll, stream.sequence, t_s)

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear frames, in whatever pieces they come."""
        if self._restarted(t_s):
            return
        for byte in data:
            if byte == 0xC0:
                self._heard, self._escaped = bytearray(), False
            elif self._heard is None:
                continue
            elif byte == 0xC1:
                heard, self._heard = bytes(self._heard), None
                if not self._escaped and len(heard) >= 6:
                    self._frame(heard, t_s)
            elif byte == 0x7D:
                self._escaped = True
            else:
                self._heard.append(byte ^ 0x20 if self._escaped else byte)
                self._escaped = False
                if len(self._heard) > 2 * LONGEST:
                    self._heard = None

    def _restarted(self, t_s: float) -> bool:
        """Whether it is dead now; begin anew where a restart lay in between."""
        for begin_s, end_s in self.switches.restart.spans:
            if self._now_s < begin_s <= t_s:
                self._forget()
                self._heard = None
                self._begun_s = end_s
        self._now_s = max(self._now_s, t_s)
        return t_s in self.switches.restart

    def _forget(self) -> None:
        self._associated = self._confirmed = False
        self._waiting.clear()
        self._streams.clear()

    def _say(self, data: bytes, t_s: float) -> None:
        self._waiting.append((t_s, framed(data)))
        self._waiting.sort(key=lambda said: said[0])

    def _frame(self, frame: bytes, t_s: float) -> None:
        data = frame[4:-2]
        if frame[:4] != b"\x11\x01" + struct.pack(">H", len(data)):
            return
        if fcs(frame[:-2]) != int.from_bytes(frame[-2:], "little") or len(data) < 2:
            return
        if data[0] == REQUEST and data[1] == len(data) - 2:
            self._associate(t_s)
        elif self._associated:
            self._heard_s = t_s
            self._command(data, t_s)

    def _associate(self, t_s: float) -> None:
        self._forget()
        if t_s in self.switches.refuses:
            self._say(bytes([REFUSE, 0]), t_s + _ANSWERS_AFTER_S)
            return
        self._associated, self._heard_s = True, t_s
        self._say(accept(), t_s + _ANSWERS_AFTER_S)
        self._say(self._mds_create(t_s + _CREATES_AFTER_S), t_s + _CREATES_AFTER_S)

    def _command(self, data: bytes, t_s: float) -> None:
        if data[0] == RELEASE:
            self._forget()
            self._say(released(), t_s + _ANSWERS_AFTER_S)
        elif data[0] == ABORT:
            self._forget()
        elif data[4:6] == struct.pack(">H", RESULT):
            confirms = struct.pack(">H", EVENT_REPORT), struct.pack(">H", MDS_CREATE)
            self._confirmed = self._confirmed or (data[10:12], data[24:26]) == confirms
        elif self._confirmed and (asked := poll(data)):
            if asked.lasts_s is None:
                answer = self._answer(asked, 1, t_s + _ANSWERS_AFTER_S)
                self._waiting.append((t_s + _ANSWERS_AFTER_S, answer))
            else:
                begin_s = t_s + _ANSWERS_AFTER_S
                self._streams[asked.code] = _Stream(asked, begin_s, t_s + asked.lasts_s)

    def _ticks(self, t_s: float) -> int:
        return round((t_s - self._begun_s) * TICKS_PER_S) & 0xFFFFFFFF

    def _times(self, t_s: float) -> list[bytes]:
        return [
            attribute(0x0987, wall_clock(self.clock_s(t_s))),
            attribute(0x098F, struct.pack(">I", self._ticks(t_s))),
        ]

    def _mds_create(self, t_s: float) -> bytes:
        maker, model = b"Philips\0", b"VIRTUAL\0"
        names = struct.pack(">H", len(maker)) + maker + struct.pack(">H", len(model)) + model
        system = struct.pack(">H", 6) + self.number.to_bytes(6, "big")
        attributes = [attribute(0x0984, system), attribute(0x0928, names), *self._times(t_s)]
        thing = struct.pack(">HHH", MDS, 0, 0)
        info = thing + counted(attributes)
        event = thing + struct.pack(">IHH", self._ticks(t_s), MDS_CREATE, len(info)) + info
        return operation(INVOKE, EVENT_REPORT, event)

    def _answer(self, asked: Poll, sequence: int, t_s: float) -> bytes:
        """One answer, framed: one result, or several that are linked."""
        observed = self._observed(asked, t_s)
        parts: list[list[bytes]] = [[]]
        for item in observed:
            if sum(map(len, parts[-1])) + len(item) > self.switches.largest - 80:
                parts.append([])
            parts[-1].append(item)
        said = b""
        for place, part in enumerate(parts, start=1):
            head = struct.pack(">H", asked.number)
            if asked.action == EXTENDED:
                head += struct.pack(">H", sequence & 0xFFFF)
            head += struct.pack(">I", self._ticks(t_s)) + b"\xff" * 8
            head += struct.pack(">HHH", asked.partition, asked.code, asked.group)
            contexts = [struct.pack(">H", 0) + counted(part)] if part else []
            result = head + counted(contexts)
            argument = struct.pack(">HHHHH", MDS, 0, 0, asked.action, len(result)) + result
            state = 1 if place == 1 else 3 if place == len(parts) else 2
            linked = len(parts) > 1
            link = bytes([state, place]) if linked else b""
            said += framed(operation(LINKED if linked else RESULT, ACTION, argument, link))
        return said

    def _observed(self, asked: Poll, t_s: float) -> list[bytes]:
        if asked.code == MDS:
            return [struct.pack(">H", 0) + counted(self._times(t_s))]
        if asked.code != NUMERICS:
            return []
        labels = asked.group != _VALUES_ONLY
        vitals = self.patient.at(t_s)
        found = [
            _observation(0x8100 + index, labels, *self._numeric(parameter, vitals, t_s))
            for index, parameter in enumerate(_IDS)
            if parameter in vitals
        ]
        if Parameter.SPO2 in vitals:
            state, value = self._oximeter(vitals[Parameter.SPO2], t_s)
            perf = _value(_PERF, state, _NONE, None if value is None else 2.4, -1)
            found.append(_observation(0x8200, labels, _PERF, "Perf", [attribute(_VALUE, perf)]))
        nibp = _observation(0x8300, labels, _NIBP, "NBP", self._nibp(t_s))
        return [*found, nibp]

    def _numeric(
        self, parameter: Parameter, vitals: Vitals, t_s: float
    ) -> tuple[int, str, list[bytes]]:
        number, unit, label = _IDS[parameter]
        if parameter is Parameter.RR and Parameter.ETCO2 in vitals:
            number, label = _AIRWAY_RR, "awRR"
        if parameter in (Parameter.SPO2, Parameter.PR):
            state, value = self._oximeter(vitals[parameter], t_s)
        else:
            state, value = self._state(vitals[parameter])
        exponent = -1 if parameter in _TENTHS else 0
        if self.switches.other_units and parameter is Parameter.ETCO2:
            unit, exponent, value = _KPA, -2, None if value is None else value / _MMHG_PER_KPA
        if self.switches.other_units and parameter is Parameter.TEMP:
            unit, value = _FAHRENHEIT, None if value is None else value * 1.8 + 32
        return number, label, [attribute(_VALUE, _value(number, state, unit, value, exponent))]

    def _state(self, value: float | Why) -> tuple[int, float | None]:
        demo = DEMO if self.switches.demo else 0
        if isinstance(value, Why):
            return demo | (UNAVAILABLE if value is Why.NO_VALUE else INVALID), None
        return demo, value

    def _oximeter(self, value: float | Why, t_s: float) -> tuple[int, float | None]:
        state, number = self._state(value)
        if t_s in self.switches.unplugged:
            return state & DEMO | UNAVAILABLE, None
        weak = number is not None and t_s in self.switches.questionable
        return state | (QUESTIONABLE if weak else 0), number

    def _nibp(self, t_s: float) -> list[bytes]:
        """The last reading, measured at its own time, as long as there is no other."""
        before = self.patient.cuffs(float("-inf"), t_s)
        cuff = before[-1] if before else None
        demo = DEMO if self.switches.demo else 0
        ongoing = ONGOING if self.patient.cuffs(t_s, t_s + CUFF_LASTS_S) else 0
        factor, unit, exponent = 1.0, _MMHG, 0
        if self.switches.other_units:
            factor, unit, exponent = 1 / _MMHG_PER_KPA, _KPA, -2
        parts = []
        for number, value in zip(_NIBP_PARTS, _pressures(cuff), strict=True):
            missing = 0 if value is not None else UNAVAILABLE if cuff is None else INVALID
            number_of = None if value is None else value * factor
            parts.append(_value(number, demo | ongoing | missing, unit, number_of, exponent))
        attributes = [attribute(_COMPOUND, counted(parts))]
        if cuff is not None:
            attributes.append(attribute(_MEASURED_AT, wall_clock(self.clock_s(cuff.t_s))))
        return attributes


def _pressures(cuff: Cuff | None) -> tuple[float | None, ...]:
    return (None,) * 3 if cuff is None else (cuff.sys, cuff.dia, cuff.mean)


def _value(number: int, state: int, unit: int, value: float | None, exponent: int) -> bytes:
    return struct.pack(">HHH", number, state, unit) + float_type(value, exponent)


def _observation(handle: int, labels: bool, number: int, label: str, values: list[bytes]) -> bytes:
    attributes = list(values)
    if labels:
        text = (label.ljust(6) + "\0").encode("utf-16-be")
        attributes[:0] = [
            attribute(0x0921, struct.pack(">H", handle)),
            attribute(0x0924, struct.pack(">HH", 2, number)),
            attribute(0x0927, struct.pack(">H", len(text)) + text),
        ]
    return struct.pack(">H", handle) + counted(attributes)
