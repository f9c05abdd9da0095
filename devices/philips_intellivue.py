"""Philips IntelliVue data export over the monitor's MIB/RS-232 port (MP, MX, X2 and X3 monitors).

115200 8N1, no handshake lines. The port is an RJ-45 whose pins differ by model (MX: 4 ground, 5 out
of the monitor, 7 into it), and must be set to fixed-baudrate data export in the monitor. Frames,
escapes and checksum (FCS, CRC-16 of RFC 1662) are in `devices.intellivue_frames`. All numbers are
big-endian. First byte of a message: 0D association request, 0E accept, 0C refuse, 09 release
request, 0A release response, 19 abort, E1 data. The conversation, we at the left:

    association request ->           <- accept, then MDS create event: what the monitor is
    create result, numerics poll ->  <- poll result; a poll each second, until
    release request ->               <- release response

An association without traffic of ours ends after a time. Of the two ways to ask, we take the
single poll, once a second, and not the extended one, which makes the monitor send by itself for a
time: each poll is the sign of life that the monitor wants, each result stands for itself, nothing
flows on when we are gone, and nothing must be renewed. A result of either kind is read. A lost
result is one second lost. With its accept the monitor tells the shortest poll period it grants.

    E100 u16  u16 kind (1 invoke, 2 result, 3 error, 5 linked result), u16 length, in 5 also {u8 1
    first 2 middle 3 last, u8 count}, u16 invoke id, u16 command (1 event, 7 action), u16 length,
    object {u16 class, u16, u16}, then in
    event:   u32 relative time, u16 event (0D06 MDS create), u16 length, attributes
    result:  u16 action (0C16 single, F13B extended), u16 length, u16 poll number, in F13B u16
             sequence, u32 relative time, 8 bytes absolute time, u16 partition, u16 class (6
             numerics, 9 waves, passed over), u16 group, list of contexts {u16, list of objects
             {u16 handle, attributes}}

A list is u16 count, u16 bytes, items; an attribute u16 id, u16 bytes, value. A long result comes as
linked results 1, 2, 3 ... and ends with a result, often empty. Relative time counts 1/8 ms.
Absolute time is BCD: century, year, month, day, hour, minute, second, 1/100 s; FF: not told.

    0950 numeric {u16 id, u16 state, u16 unit, FLOAT}   094B list of such: the cuff, 4A05 4A06 4A07
    0924 label u32, its low half an id of the same kind   0990 absolute, 0991 relative time of it
    0984 system id {u16 bytes, id}   0987 absolute, 098F relative time now (MDS create)

    id       HR 4182, SpO2 4BB8, PR 4822 (of SpO2) else 480A, RR 5012 (airway) else 500A (by ECG
             leads), EtCO2 50B0, Temp 4B48 else E014 (blood). F0E5, the cuff's pulse, is not used:
             it is of one moment, PR is not
    unit     see UNITS
    FLOAT    i8 exponent, i24 mantissa; 7FFFFF not a number, 800000 no resolution, infinities
    state    8000 invalid, 4000 questionable, 2000 unavailable, 1000 calibrating, 0800 test data,
             0400 demo data, 0080 validated, 0040 early, 0020 measuring, 2 in alarm, 1 alarm off

Our choices. A result is told when its last part has come; if a part is missing, what came is told
and nothing is said of what did not. Demo and test data are marked demo, and test data give no
value. Early values are questionable. An object without a numeric is not measuring, an id that no
object has is not connected. The identity is the system id, unique to a monitor, and not the model,
that two share, nor the bed label, that people change.

The cuff. The last reading stays in every result. The monitor's own time tells a new one: another
time, or other numbers. Without any time, numbers are new when they changed or when measuring was
seen before. The age is relative time of the result minus 0991; or absolute time, as MDS create has
it and relative time carries it on, minus 0990. A time that contradicts what we saw measured (a
clock was set) is not used. What was there before we connected: see `Cuff`.

Not stated where we could read: what the monitor does with a request while it still thinks itself
associated (so we release first, unless it is the first try), how long after silence it lets go (the
next try is after 3 s), whether 0990 is begin or end of the measurement.

Source: a stream recorded from an M8000 over this port (github.com/vinod898/JVSCapture), which this
driver was checked against and which is not ours to include; github.com/xeonfusion/VSCaptureMP,
github.com/mdpnp/mdpnp and github.com/mindleaving/patient-monitor-datalogger for codes and for the
constants of the association request, whose form is ISO session, presentation and ACSE. The maker's
Data Export Interface Programming Guide (4535 642 59271) was not read. Our logs are constructed.
"""

import re
from dataclasses import dataclass, replace

from devices.driver import Driver, DriverFacts, FrameError, Line
from devices.intellivue_frames import (
    FrameSplitter,
    association_request,
    create_result,
    frame,
    numerics_poll,
    release_request,
    unframe,
)
from devices.intellivue_values import (
    CUFF_IDS,
    MEASURING,
    TIME_ABSOLUTE,
    TIME_RELATIVE,
    MonitorClock,
    Result,
    Words,
    absolute_ms,
    attributes_in,
    told_in,
)
from devices.numeric import CUFF, VITALS, Numeric, Parameter, Validity, no_value

PERIOD_MS = 1000
RETRY_MS = 3000
SILENT_PERIODS = 4

REQUEST, ACCEPT, REFUSE, DATA = 0x0D, 0x0E, 0x0C, 0xE1
RELEASING, RELEASED, ABORT = 0x09, 0x0A, 0x19
INVOKE, RESULT, ERROR, LINKED = 1, 2, 3, 5
EVENT, ACTION, MDS_CREATE = 1, 7, 0x0D06
SINGLE_POLL, EXTENDED_POLL, NUMERICS = 0x0C16, 0xF13B, 6

SYSTEM_ID, NOW_ABSOLUTE, NOW_RELATIVE = 0x0984, 0x0987, 0x098F

REFUSED = "The monitor refuses the connection: is another computer connected to it?"


# The cuff


@dataclass
class Cuff:
    """Tells each reading of the cuff once.

    ``last`` is the time on the monitor's clock and the numbers of the reading last seen; it
    outlives a lost connection. A reading that we did not see measured, and which by its own time
    is of before ``connected_ms``, or which without a time was there when we first looked, is no
    value with the reason ``before connection 142``.
    """

    connected_ms: int = 0
    heard_ms: int | None = None
    measuring_ms: int | None = None
    last: tuple[bytes, tuple[float | None, ...]] | None = None
    none_told: bool = False

    def connected(self, t_ms: int) -> None:
        """Begin a connection."""
        self.connected_ms, self.heard_ms, self.measuring_ms = t_ms, None, None

    def told(self, attributes: dict[int, bytes], age_ms: int | None, t_ms: int) -> list[Numeric]:
        """Take the cuff's object of one poll result."""
        by_id = {CUFF_IDS[one.code]: one for one in told_in(attributes) if one.code in CUFF_IDS}
        parts = [
            by_id[p].judged(p, t_ms) if p in by_id else no_value(p, t_ms, "no value") for p in CUFF
        ]
        watched = self.heard_ms is not None and t_ms - self.heard_ms <= 10 * PERIOD_MS
        self.heard_ms = t_ms
        if any(one.state & MEASURING for one in by_id.values()):
            if self.measuring_ms is not None:
                return []
            self.measuring_ms = t_ms
            return [
                no_value(p.parameter, t_ms, "measuring", Validity.MEASURING, demo=p.demo)
                for p in parts
            ]
        began_ms, self.measuring_ms = self.measuring_ms, None
        failed = [
            no_value(p.parameter, t_ms, "cuff measurement failed", demo=p.demo) for p in parts
        ]
        numbers = tuple(part.value for part in parts)
        if numbers == (None, None, None):
            if began_ms is not None:
                return failed
            if self.last is not None or self.none_told:  # the last reading is not undone by this
                return []
            self.none_told = True
            return parts

        stamp = _stamp(attributes)
        before, self.last = self.last, (stamp, numbers)
        if self.last == before and (stamp or began_ms is None):
            return failed if began_ms is not None else []
        if stamp and before is not None and before[0] == stamp:
            age_ms = None  # other numbers with the time of those before
        cuff_ms = None if age_ms is None else t_ms - age_ms
        if began_ms is not None:
            if cuff_ms is None or cuff_ms < began_ms - 10_000:
                cuff_ms = t_ms
        elif cuff_ms is None and watched:
            cuff_ms = t_ms
        elif cuff_ms is None or cuff_ms < self.connected_ms:
            return [_before_connection(part) for part in parts]
        return [replace(part, t_ms=cuff_ms) for part in parts]


def _stamp(attributes: dict[int, bytes]) -> bytes:
    absolute = attributes.get(TIME_ABSOLUTE, b"")
    told = absolute_ms(absolute) is not None
    return absolute if told else attributes.get(TIME_RELATIVE, b"")


def _before_connection(part: Numeric) -> Numeric:
    if part.value is None:
        return part
    reason = f"before connection {part.value:.0f}"
    return no_value(part.parameter, part.t_ms, reason, Validity.UNAVAILABLE, demo=part.demo)


# The conversation


_GRANTED = re.compile(rb"\x80\0\0\0\x40\0\0\0.{24}\x80\0\0\0(.{4})", re.DOTALL)
"""Versions in an accept, and the poll period, 1/8 ms, in the profile that follows."""


class PhilipsIntellivue(Driver):
    """A bedside monitor with a Philips MIB/RS-232 port."""

    facts = DriverFacts(
        name="philips_intellivue",
        maker="Philips",
        models=(
            *("MP2", "MP5", "MP20", "MP30", "MP40", "MP50", "MP60", "MP70", "MP80", "MP90"),
            *("MX400", "MX450", "MX500", "MX550", "MX600", "MX700", "MX800", "X2", "X3"),
        ),
        parameters=VITALS,
        expected=(Parameter.HR, Parameter.SPO2),
        line=Line(115200),
        period_s=PERIOD_MS / 1000,
        checksum="16-bit FCS",
        evidence=("constructed",),
    )

    def __init__(self) -> None:
        """Begin with no port and nothing asked."""
        self._split = FrameSplitter()
        self._cuff = Cuff()
        self._phase = "closed"  # then asked, accepted, polling
        self._begin(0)

    def _begin(self, t_ms: int) -> None:
        self._since_ms = t_ms  # when the phase began, in polling when last a result came
        self._poll_ms = t_ms
        self._period_ms = PERIOD_MS
        self._number = 0
        self._to_send = b""
        self._result: Result | None = None
        self._parts = 0  # linked results of the poll before
        self._clock = MonitorClock()

    def connected(self, t_ms: int) -> bytes:
        """Ask to associate."""
        self._split.clear()
        self._cuff.connected(t_ms)
        self._begin(t_ms)
        self.identity, self.trouble, self._phase = None, "", "asked"
        return frame(association_request())

    def due(self, t_ms: int) -> bytes:
        """Confirm, poll, or associate again after silence."""
        if self._phase == "closed":
            return b""
        patience_ms = SILENT_PERIODS * self._period_ms if self._phase == "polling" else RETRY_MS
        if t_ms - self._since_ms >= patience_ms:
            self._begin(t_ms)
            self._phase = "asked"
            return frame(release_request()) + frame(association_request())
        out, self._to_send = self._to_send, b""
        if self._phase == "polling" and t_ms >= self._poll_ms:
            self._poll_ms += self._period_ms
            if self._poll_ms <= t_ms:  # late by more than a period
                self._poll_ms = t_ms + self._period_ms
            self._number = self._number % 0xFFFF + 1
            out += frame(numerics_poll(self._number))
        return out

    def closing(self) -> bytes:
        """Release the association, that the next one need not wait for its end."""
        return frame(release_request()) if self._phase != "closed" else b""

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Split, read what is whole, count."""
        numerics: list[Numeric] = []
        for found in self._split(data):
            try:
                numerics += self._read(unframe(found), t_ms)
            except FrameError:
                self.refused += 1
            else:
                self.accepted += 1
        return numerics

    def _read(self, message: bytes, t_ms: int) -> list[Numeric]:
        """Read one message: all of it, or FrameError."""
        kind = message[0]
        if kind == DATA:
            return self._data(Words(message), t_ms)
        if kind not in (ACCEPT, REFUSE, RELEASING, RELEASED, ABORT):
            raise FrameError("no message of a monitor")
        if len(message) < 2 or len(message) != 2 + message[1]:
            raise FrameError("session length")
        self._result = None
        if kind == ACCEPT:
            granted = _GRANTED.search(message)
            period_ms = int.from_bytes(granted[1], "big") // 8 if granted else 0
            self._period_ms = min(max(PERIOD_MS, period_ms), 30_000)
            self._phase, self._since_ms, self.trouble = "accepted", t_ms, ""
        elif kind == REFUSE:
            self._phase, self._since_ms, self.trouble = "asked", t_ms, REFUSED
        elif self._phase != "asked":  # it ended what we had; what is left of an older one is past
            self._phase, self._since_ms = "asked", t_ms + PERIOD_MS - RETRY_MS
        return []

    def _data(self, words: Words, t_ms: int) -> list[Numeric]:
        if words.u16() != 0xE100:
            raise FrameError("no session of ours")
        words.u16()
        kind = words.u16()
        body = words.rest()
        if kind not in (INVOKE, RESULT, ERROR, LINKED):
            raise FrameError("no operation")
        if kind == ERROR:
            return []
        state, count = body.take(2) if kind == LINKED else (0, 0)
        invoke, command = body.u16(), body.u16()
        inner = body.rest()
        mds = inner.take(6)
        if kind == INVOKE:
            if command == ACTION:
                raise FrameError("a request: our own words come back")
            self._event(invoke, command, mds, inner, t_ms)
            return []
        if command != ACTION:
            return []
        action = inner.u16()
        if action not in (SINGLE_POLL, EXTENDED_POLL):
            return []
        return self._polled(invoke, (state, count), action, inner.rest(), t_ms)

    def _event(self, invoke: int, command: int, mds: bytes, inner: Words, t_ms: int) -> None:
        event_time, event = inner.u32(), inner.u16()
        if command != EVENT or event != MDS_CREATE:
            return
        told = inner.rest()
        told.take(6)  # the object once more
        attributes = attributes_in(told)
        number = Words(attributes.get(SYSTEM_ID, b"\0\0")).within().left()
        if number.strip(b"\0") and number.strip(b"\xff"):
            self.identity = number.hex().upper()
        now = attributes.get(NOW_RELATIVE, event_time.to_bytes(4, "big"))
        self._clock = MonitorClock()
        self._clock.tell(int.from_bytes(now, "big"), absolute_ms(attributes.get(NOW_ABSOLUTE, b"")))
        if self._phase != "closed":
            self._to_send = frame(create_result(invoke, mds, event_time))
            if self._phase != "polling":
                self._poll_ms = t_ms
            self._phase, self._since_ms, self.trouble = "polling", t_ms, ""

    def _polled(
        self, invoke: int, link: tuple[int, int], action: int, words: Words, t_ms: int
    ) -> list[Numeric]:
        words.u16()
        if action == EXTENDED_POLL:
            words.u16()
        relative, absolute = words.u32(), absolute_ms(words.take(8))
        words.u16()
        polled = words.u16()
        words.u16()
        if polled != NUMERICS:
            return []
        state, count = link
        result = self._result
        if result is None or result.invoke != invoke or count == 1:
            result = Result(invoke)
        taken = replace(result, known=set(result.known), told=dict(result.told))
        taken.add(words)
        if count:
            in_turn = count == result.parts + 1 and (state == 1) == (count == 1)
            taken.whole = result.whole and in_turn
            taken.parts, taken.ended = count, state == 3
            self._result = taken
            return []
        # Linked results that never came must not pass for parameters that are not there.
        lost = taken.parts < self._parts or not taken.known
        taken.whole = taken.whole and taken.ended and not lost
        self._result, self._parts = None, taken.parts
        self._clock.tell(relative, absolute)
        if self._phase == "polling":
            self._since_ms = t_ms
        cuff = taken.cuff
        told = [] if cuff is None else self._cuff.told(cuff, self._clock.age_ms(cuff), t_ms)
        return taken.continuous(t_ms) + told
