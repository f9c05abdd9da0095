"""Berry PM6750: an all-in-one module for ECG, oximetry, cuff and temperature.

115200 8N1 over its USB port or RS-232. Frames are alike in both directions:

    55 AA N A1 A2 .. An SUM     N is n + 2; SUM, the checksum, inverts the sum of N and A1 to An

A1 says what it is. Parameters come about once a second, the cuff's twice a second, waves faster:

    02 ECG    A2 status (1 weak signal, 2 lead off), A3 HR, A4 RR /min; on most firmware also A5 ST
              and A6 rhythm (2 asystole)
    03 cuff   A2 status, A3 pressure in the cuff / 2, A4 sys, A5 mean, A6 dia mmHg
    04 SpO2   A2 status (1 no sensor, 2 no finger, 3 pulse search, 4 search too long), A3 SpO2 %,
              A4 PR /min
    05 Temp   A2 status (1 probe 1 off, 2 probe 2 off, 3 both), A3 whole °C, A4 tenths; on most
              firmware also A5, A6 of probe 2
    01, FE, FF waves, 30, 31 marks of beats, FC, FD versions: recognised and passed over

Zero is no value everywhere. So are SpO2 above 100 (127 is sent), and PR and HR above 250 (255).

Cuff status: bits 0 and 1 the kind of patient, bits 2 to 5 the result: 0 done, 1 measuring, 2
stopped, 3 pressure too high, 4 cuff loose, 5 took too long, 6 error, 7 interference, 8 no result, 9
and A the module starts. Done is also what the module says at rest, with its last numbers: they are
one reading when measuring was seen before, or when they change. Numbers that lie there when we
connect have an unknown time: ``before connection``; so have those that changed over more than 60 s
without a word of the cuff: ``time unknown``. Pressure in the cuff (20 mmHg at first) without
numbers is measuring as well, whatever the result says. The end of a measurement is sometimes lost;
after 90 s without news of the cuff it counts as failed.

The module says nothing until its outputs are switched on, so that is what we ask for, of ECG, SpO2
and Temp, when we connect and again for each that was not heard for 5 s (the module was restarted):

    55 AA 04 01 01 F9 ECG    55 AA 04 03 01 F7 SpO2    55 AA 04 04 01 F6 Temp

Nothing else is ever sent: no gain, no mode, and never 02, which inflates the cuff. It takes two
wrong bytes, A1 and the sum, to make that of one of these. Waves come with the ECG; those of pleth
and respiration are left as they are. The cuff's frames come unasked.

Frames must have a known A1 and its length, and the sum must fit; a flipped bit in N makes a length
that no frame of that kind has. Our choices, the reference being silent: lead off leaves HR and RR
without a value, a weak signal leaves them in doubt; RR is by impedance. Temp is probe 1, else 2.

Source: Berry PM6750 communication protocol V3.2 (header, checksum, commands), and fields, status
and the silence before it is asked as seen of a device in github.com/Abrunacci/berry_med
(docs/protocolo_berry.md sections 5 and 6, data_parser.py, pm6750_protocol.py). Our logs are
constructed from these.
"""

from dataclasses import dataclass, field

from devices.driver import DriverFacts, FrameError, Line, PushDriver
from devices.numeric import CUFF, Numeric, Parameter, Validity, no_value, numeric

HEADER = b"\x55\xaa"

# How many bytes A1 .. An a frame of each kind may have.
LENGTHS: dict[int, tuple[int, ...]] = {
    0x01: (2, 8),
    0x02: (4, 6),
    0x03: (6,),
    0x04: (4,),
    0x05: (4, 6),
    0xFE: (2, 3),
    0xFF: (2, 3),
    0x30: (1, 2),
    0x31: (1, 2),
    0xFC: tuple(range(2, 41)),
    0xFD: tuple(range(2, 41)),
}
LONGEST_N = max(map(max, LENGTHS.values())) + 2
HIGHEST_RATE = 250

WEAK_SIGNAL, LEAD_OFF, ASYSTOLE = 1, 2, 2
OXIMETER = {1: "no sensor", 2: "probe off", 3: "pulse search", 4: "pulse search"}
DONE, MEASURING = 0, 1
FAILED = {
    2: "stopped",
    3: "cuff pressure too high",
    4: "cuff loose",
    5: "took too long",
    6: "error",
    7: "interference",
    8: "no result",
}
INFLATED = 10  # 20 mmHg
CUFF_SILENT_MS = 90_000
UNWATCHED_MS = 60_000
ASK_AGAIN_MS = 5000


def frame(payload: bytes) -> bytes:
    """Wrap A1 .. An."""
    checked = bytes([len(payload) + 2]) + payload
    return HEADER + checked + bytes([~sum(checked) & 0xFF])


ASK = {0x02: frame(b"\x01\x01"), 0x04: frame(b"\x03\x01"), 0x05: frame(b"\x04\x01")}
"""What switches an output on, by the A1 of the parameters that then come."""


@dataclass
class FrameSplitter:
    """Cut at headers, by the length that follows them; step over a header that leads nowhere."""

    _rest: bytearray = field(default_factory=bytearray)

    def __call__(self, data: bytes) -> list[bytes]:
        """Add bytes; give A1 .. An of frames whose sum fits, and an empty one for each other."""
        rest, at, found = self._rest, 0, []
        rest += data
        while (at := rest.find(HEADER, at)) >= 0 and len(rest) > at + 2:
            n = rest[at + 2]
            if not 3 <= n <= LONGEST_N:
                at += 1
                continue
            end = at + 2 + n
            if len(rest) < end:
                break
            if ~sum(rest[at + 2 : end - 1]) & 0xFF == rest[end - 1]:
                found.append(bytes(rest[at + 3 : end - 1]))
                at = end
            else:
                found.append(b"")
                at += 1
        del rest[: at if at >= 0 else len(rest) - rest.endswith(HEADER[:1])]
        return found

    def clear(self) -> None:
        """Forget a half frame."""
        self._rest.clear()


class BerryPm6750(PushDriver):
    """The module, listened to."""

    facts = DriverFacts(
        name="berry_pm6750",
        maker="Berry",
        models=("PM6750",),
        parameters=(
            Parameter.HR,
            Parameter.PR,
            Parameter.SPO2,
            *CUFF,
            Parameter.RR,
            Parameter.TEMP,
        ),
        expected=(Parameter.HR, Parameter.SPO2),
        line=Line(115200),
        period_s=1.0,
        checksum="8-bit inverted sum",
        evidence=("constructed",),
    )

    def __init__(self) -> None:
        """Begin with no cuff reading known."""
        self.split = FrameSplitter()
        self._seen: tuple[int, int, int] | None = None  # the numbers last told
        self._again = False  # measuring was seen since: equal numbers are a new reading
        self._asked_ms: int | None = None
        self._heard_ms: dict[int, int] = {}
        self._begin()

    def _begin(self) -> None:
        self._first = True  # no word of the cuff yet on this connection
        self._measuring = False
        self._cuff_ms = 0

    def connected(self, t_ms: int) -> bytes:
        """Begin anew and ask for all outputs; which cuff reading was told is remembered."""
        self._begin()
        super().connected(t_ms)
        self._asked_ms, self._heard_ms = t_ms, dict.fromkeys(ASK, t_ms)
        return b"".join(ASK.values())

    def due(self, t_ms: int) -> bytes:
        """Ask again for the outputs that are silent."""
        if self._asked_ms is None or t_ms - self._asked_ms < ASK_AGAIN_MS:
            return b""
        silent = [kind for kind in ASK if t_ms - self._heard_ms[kind] >= ASK_AGAIN_MS]
        if silent:
            self._asked_ms = t_ms
        return b"".join(ASK[kind] for kind in silent)

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read A1 .. An: all of it, or FrameError."""
        if not frame or len(frame) not in LENGTHS.get(frame[0], ()):
            raise FrameError(f"no frame: {frame!r}")
        self._heard_ms[frame[0]] = t_ms
        given_up = self._watch(t_ms) if self._measuring else []
        match frame[0]:
            case 0x02:
                return given_up + electrocardiogram(frame, t_ms)
            case 0x03:
                return given_up + self._cuff(frame, t_ms)
            case 0x04:
                return given_up + oximetry(frame, t_ms)
            case 0x05:
                return [*given_up, temperature(frame, t_ms)]
        return given_up

    def _watch(self, t_ms: int) -> list[Numeric]:
        """Give up a measurement of which nothing more is heard."""
        if t_ms - self._cuff_ms < CUFF_SILENT_MS:
            return []
        self._measuring = False
        return _failed("no news of it", t_ms)

    def _cuff(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Tell each reading once."""
        unwatched, self._cuff_ms = t_ms - self._cuff_ms > UNWATCHED_MS, t_ms
        result, pressure = frame[1] >> 2 & 0b1111, frame[2]
        numbers = frame[3], frame[5], frame[4]
        if result == DONE and not any(numbers):
            enough = pressure > 0 if self._measuring else pressure >= INFLATED
            result = MEASURING if enough else DONE
        if result not in (DONE, MEASURING, *FAILED):  # the module starts
            return []
        first, self._first = self._first, False
        began, self._measuring = self._measuring, result == MEASURING
        if result == MEASURING:
            self._again = True
            if began:
                return []
            return [no_value(p, t_ms, "measuring", Validity.MEASURING) for p in CUFF]
        if result in FAILED:
            return _failed(FAILED[result], t_ms) if began else []
        if not any(numbers):
            return _failed("no value", t_ms) if began else []
        if numbers == self._seen and not self._again:
            return []
        self._seen, self._again = numbers, False
        if first or unwatched:
            words = "before connection" if first else "time unknown"
            return [_undated(p, value, words, t_ms) for p, value in zip(CUFF, numbers, strict=True)]
        return [numeric(p, value, t_ms) for p, value in zip(CUFF, numbers, strict=True)]


def _failed(reason: str, t_ms: int) -> list[Numeric]:
    return [no_value(p, t_ms, f"cuff measurement failed: {reason}") for p in CUFF]


def _undated(parameter: Parameter, value: int, words: str, t_ms: int) -> Numeric:
    if not value:
        return numeric(parameter, value, t_ms)
    return no_value(parameter, t_ms, f"{words} {value}", Validity.UNAVAILABLE)


def _rate(parameter: Parameter, raw: int, doubt: str, t_ms: int) -> Numeric:
    if raw > HIGHEST_RATE:
        return no_value(parameter, t_ms, doubt or "no value")
    return numeric(parameter, raw, t_ms, doubt=doubt)


def electrocardiogram(frame: bytes, t_ms: int) -> list[Numeric]:
    """HR, and RR by the same electrodes."""
    status = frame[1]
    if status & LEAD_OFF:
        return [no_value(p, t_ms, "leads off") for p in (Parameter.HR, Parameter.RR)]
    doubt = "weak signal" if status & WEAK_SIGNAL else ""
    hr = _rate(Parameter.HR, frame[2], doubt, t_ms)
    if len(frame) == 6 and frame[5] == ASYSTOLE:
        hr = no_value(Parameter.HR, t_ms, "asystole (monitor)")
    return [hr, _rate(Parameter.RR, frame[3], doubt, t_ms)]


def oximetry(frame: bytes, t_ms: int) -> list[Numeric]:
    """SpO2 and PR."""
    status, spo2, pr = frame[1:4]
    if reason := OXIMETER.get(status, ""):
        validity = Validity.UNAVAILABLE if reason == "no sensor" else Validity.INVALID
        return [no_value(p, t_ms, reason, validity) for p in (Parameter.SPO2, Parameter.PR)]
    doubt = f"unknown status {status}" if status else ""
    if spo2 > 100:
        saturation = no_value(Parameter.SPO2, t_ms, doubt or "no value")
    else:
        saturation = numeric(Parameter.SPO2, spo2, t_ms, doubt=doubt)
    return [saturation, _rate(Parameter.PR, pr, doubt, t_ms)]


def temperature(frame: bytes, t_ms: int) -> Numeric:
    """Temp of probe 1, of probe 2 where only that is on."""
    probes = [frame[at : at + 2] for at in range(2, len(frame), 2)]
    if any(tenths > 9 for _, tenths in probes):
        raise FrameError("tenths of a degree")
    on = [probe for bit, probe in enumerate(probes) if not frame[1] >> bit & 1]
    if not on:
        return no_value(Parameter.TEMP, t_ms, "probe off", Validity.UNAVAILABLE)
    whole, tenths = next((probe for probe in on if any(probe)), on[0])
    return numeric(Parameter.TEMP, whole + tenths / 10, t_ms)
