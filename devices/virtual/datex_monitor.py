"""A virtual bedside monitor that speaks GE/Datex-Ohmeda DRI.

Constructed from the specification: nobody has published a recorded answer of such a monitor. It
is silent until a whole, valid request comes, then sends the displayed values (record type 1) and
the auxiliary ones (type 4) at the intervals that were asked for.

Where the specification says nothing, this monitor is strict or dull: an interval of 1 to 4 s is
no request, the first record comes one second after its request, a single
record is not to be had while a stream of its type runs, classes other than the basic one
hold no values.
"""

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from devices.numeric import Parameter
from devices.virtual.patient import CUFF_LASTS_S, Cuff, Patient, Vitals, Why, known

NO_VALUE = -32767
_LEVEL = 11
_DISPLAYED, _AUXILIARY = 1, 4
_DISPLAYED_BYTES, _AUXILIARY_BYTES = 278, 114
_REQUEST_BYTES = 9
_SHORTEST_S = 5
_FIRST_AFTER_S = 1.0
_DENY_BASIC = 1
_EXISTS, _ACTIVE = 1, 2
_HR_FROM_ECG = 1 << 3
_CHANNELS_OFF = 0b111 << 11
_AUTO, _MEASURING, _OLDER = 1 << 3, 1 << 5, 1 << 8
_OLD_S = 60.0
_AMBIENT_MMHG = 760.0


@dataclass(slots=True)
class _Stream:
    next_s: float
    every_s: float | None
    classes: int


class DatexMonitor:
    """Answers requests; shows a patient. ``plug_id`` is what the monitor calls itself."""

    def __init__(self, patient: Patient, clock_s: Callable[[float], int], plug_id: int) -> None:
        """Begin in silence."""
        self._patient = patient
        self._clock_s = clock_s
        self._plug_id = plug_id
        self._heard = bytearray()
        self._streams: dict[int, _Stream] = {}
        self._last_once_s: dict[int, float] = {}
        self._count = 0
        self._nibp = NibpDisplay(patient)

    def next_s(self) -> float | None:
        """When the next record is due."""
        return min((stream.next_s for stream in self._streams.values()), default=None)

    def emit(self) -> bytes:
        """The record that is due, framed; displayed values before auxiliary ones."""
        kind, stream = min(self._streams.items(), key=lambda item: (item[1].next_s, item[0]))
        t_s = stream.next_s
        if stream.every_s is None:
            del self._streams[kind]
        else:
            stream.next_s += stream.every_s
        if kind == _DISPLAYED:
            parts = self._displayed(t_s, stream.classes)
        else:
            parts = [self._auxiliary(t_s)]
        return framed(self._record(kind, parts, t_s))

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear requests, in whatever pieces they come."""
        self._heard += data
        *frames, rest = bytes(self._heard).split(b"\x7e")
        self._heard = bytearray(rest[-512:])
        for frame in frames:
            for kind, interval, classes in requests(frame):
                self._ask(kind, interval, classes, t_s)

    def _ask(self, kind: int, interval: int, classes: int, t_s: float) -> None:
        if kind not in (_DISPLAYED, _AUXILIARY):
            return
        if interval == 0:
            self._streams.pop(kind, None)
        elif interval == -1:
            once_s = self._last_once_s.get(kind, -_OLD_S)
            if kind not in self._streams and t_s - once_s >= _SHORTEST_S:
                self._last_once_s[kind] = t_s
                self._streams[kind] = _Stream(t_s + _FIRST_AFTER_S, None, classes)
        elif interval >= _SHORTEST_S:
            self._streams[kind] = _Stream(t_s + _FIRST_AFTER_S, float(interval), classes)

    def _record(self, kind: int, parts: list[bytes], t_s: float) -> bytes:
        body = b"".join(parts)
        table, offset = b"", 0
        for part in parts:
            table += struct.pack("<hB", offset, kind)
            offset += len(part)
        table = (table + b"\x00\x00\xff").ljust(24, b"\x00")[:24]
        header = struct.pack(
            "<hBBHIBBHh", 40 + len(body), self._count, _LEVEL, self._plug_id,
            self._clock_s(t_s), 0, 0, 0, 0,
        )  # fmt: skip
        self._count = (self._count + 1) % 256
        return header + table + body

    def _displayed(self, t_s: float, classes: int) -> list[bytes]:
        parts = []
        clock = self._clock_s(t_s)
        nibp = self._nibp.record(t_s)
        if not classes & _DENY_BASIC:
            parts.append(basic(clock, self._patient.at(t_s), nibp))
        for number in (1, 2, 3):
            if classes & 1 << number:
                empty = bytearray(_empty(clock))
                struct.pack_into("<H", empty, 276, number << 8)
                parts.append(bytes(empty))
        return parts

    def _auxiliary(self, t_s: float) -> bytes:
        data = bytearray(_AUXILIARY_BYTES)
        cuff = self._nibp.latest(t_s)
        struct.pack_into("<I", data, 0, 0 if cuff is None else self._clock_s(cuff.t_s))
        struct.pack_into("<h", data, 14, NO_VALUE)
        return bytes(data)


class NibpDisplay:
    """What the NIBP field shows in each record: a latched reading that is never lost or doubled.

    Each new reading is preceded by at least one record that says measuring, and stands in at least
    one record, however close the measurements follow each other. This holds as long as records
    come at least once a minute; after a longer pause only the last measurement is shown.
    """

    def __init__(self, patient: Patient) -> None:
        """Begin with no reading shown."""
        self._patient = patient
        self._waiting: deque[Cuff] = deque()
        self._cuff: Cuff | None = None
        self._shown_s = 0.0
        self._measuring_seen = False
        self._record_s: float | None = None

    def record(self, t_s: float) -> tuple[Cuff | None, int]:
        """The reading whose numbers are shown (None: no numbers), and the bits beside them."""
        if self._record_s is None or t_s - self._record_s > _OLD_S:
            self._resume(t_s)
        else:
            self._waiting += self._patient.cuffs(self._record_s, t_s)
        self._record_s = t_s
        if self._waiting and self._measuring_seen:
            self._cuff = self._waiting.popleft()
            self._shown_s = t_s
            self._measuring_seen = False
            return self._cuff, _AUTO
        if self._waiting or self._patient.cuffs(t_s, t_s + CUFF_LASTS_S):
            self._measuring_seen = True
            return None, _AUTO | _MEASURING
        if self._cuff is None:
            return None, _AUTO
        return self._cuff, _AUTO | (_OLDER if t_s - self._shown_s > _OLD_S else 0)

    def _resume(self, t_s: float) -> None:
        """Take up after a pause: an old reading is just there, a recent one is still to show."""
        self._waiting.clear()
        before = self._patient.cuffs(float("-inf"), t_s)
        if before and before[-1] != self._cuff:
            if self._record_s is None or t_s - before[-1].t_s > _OLD_S:
                self._cuff = before[-1]
                self._shown_s = before[-1].t_s
            else:
                self._waiting.append(before[-1])

    def latest(self, t_s: float) -> Cuff | None:
        """The reading on the display, for its time."""
        if self._record_s is None or t_s - self._record_s > _OLD_S:
            self._resume(t_s)
            return self._waiting[-1] if self._waiting else self._cuff
        return None if self._cuff is None or self._cuff.failed else self._cuff


def basic(clock_s: int, vitals: Vitals, nibp: tuple[Cuff | None, int]) -> bytes:
    """Build the 278 bytes of displayed values, basic class. Groups without a module say so."""
    data = bytearray(_empty(clock_s))

    def put(offset: int, *values: int) -> None:
        struct.pack_into(f"<{len(values)}h", data, offset, *values)

    def group(offset: int, status: int, label: int = 0) -> None:
        struct.pack_into("<IH", data, offset, status, label)

    capnograph = Parameter.ETCO2 in vitals
    if Parameter.HR in vitals or (Parameter.RR in vitals and not capnograph):
        hr = _whole(vitals, Parameter.HR)
        leads_off = vitals.get(Parameter.HR) is Why.LEADS_OFF
        group(4, _EXISTS | _ACTIVE | (_CHANNELS_OFF if leads_off else _HR_FROM_ECG))
        put(10, hr)
        put(230, hr)
        if not capnograph:
            put(18, _whole(vitals, Parameter.RR))
    cuff, bits = nibp
    group(76, _EXISTS | _ACTIVE, bits)
    if cuff is not None:
        put(82, *(_hundredths(value) for value in (cuff.sys, cuff.dia, cuff.mean)))
    if Parameter.TEMP in vitals:
        group(90, _EXISTS | _ACTIVE, 11)
        put(96, _hundredths(known(vitals, Parameter.TEMP)))
    if Parameter.SPO2 in vitals or Parameter.PR in vitals:
        off = vitals.get(Parameter.SPO2) is Why.PROBE_OFF
        group(122, _EXISTS if off else _EXISTS | _ACTIVE)
        put(128, _hundredths(known(vitals, Parameter.SPO2)), _whole(vitals, Parameter.PR))
    if capnograph:
        group(136, _EXISTS | _ACTIVE)
        et = known(vitals, Parameter.ETCO2)
        put(142, _hundredths(None if et is None else et * 100 / _AMBIENT_MMHG))
        put(146, _whole(vitals, Parameter.RR), round(_AMBIENT_MMHG * 10))
    return bytes(data)


_HEADED = (4, 20, 34, 48, 62, 76, 90, 98, 106, 114, 122, 136, 150, 160, 170, 182, 204, 218, 236,
           244, 258)  # fmt: skip


def _empty(clock_s: int) -> bytes:
    """Displayed values without a module behind any of them."""
    data = bytearray(struct.pack("<I135hBBH", clock_s, *[NO_VALUE] * 135, 0, 0, 0))
    for offset in _HEADED:
        data[offset : offset + 6] = bytes(6)
    return bytes(data)


def _whole(vitals: Vitals, parameter: Parameter) -> int:
    value = known(vitals, parameter)
    return NO_VALUE if value is None else round(value)


def _hundredths(value: float | None) -> int:
    return NO_VALUE if value is None else round(value * 100)


def framed(record: bytes) -> bytes:
    """Add the checksum, stuff the flag and the escape, and put a flag at both ends."""
    whole = record + bytes([sum(record) % 256])
    return b"\x7e" + whole.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def requests(frame: bytes) -> list[tuple[int, int, int]]:
    """What a frame between two flags asks for: (record type, interval, classes); often nothing."""
    whole = frame.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
    record = whole[:-1]
    if len(record) < 40 + _REQUEST_BYTES or sum(record) % 256 != whole[-1]:
        return []
    length, main_type = struct.unpack_from("<h12xh", record)
    if length != len(record) or main_type != 0:
        return []
    found = []
    for index in range(8):
        offset, kind = struct.unpack_from("<hB", record, 16 + 3 * index)
        if kind == 0xFF:
            break
        if kind == 0 and 0 <= offset <= len(record) - 40 - _REQUEST_BYTES:
            found.append(struct.unpack_from("<BhI", record, 40 + offset))
    return [(int(kind), int(interval), int(classes)) for kind, interval, classes in found]
