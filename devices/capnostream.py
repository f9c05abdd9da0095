"""Capnostream 20, 20p and 35: the binary data transfer protocol of Oridion's capnographs.

115200 8N1. The device's menu chooses between this and two kinds of text; they are refused here.
It is silent until asked. Every frame, both ways, begins with 85, which occurs nowhere else:

    85 LEN CODE payload CHECKSUM     after the 85, a byte 85 is sent as 80 05, 80 as 80 00

LEN counts CODE and payload, before they are escaped. The checksum is the XOR of LEN, CODE and
payload; escaping does not alter it, because 80 xor 05 is 85. A flipped bit is seen by it, or makes
or unmakes an 85 or an escape; then the frame is too short, or one byte out of step, which the unit
of CO2, byte 25, betrays.

We send 01 enable (repeated until something comes), 04 start real time, 06 link is active (every 5 s
at the latest), at the end 05 stop and 02 disable. These ask for data; nothing is set.

    00 wave      4 bytes, 20/s: number, CO2, CO2 / 256, fast status. Only the status is used
    01 numerics  at least 27 bytes:
       0 u32 time   4 EtCO2   5 inspired CO2   6 RR /min   7 SpO2 %   8 PR /min   9 slow status
       13 CO2 alarms (1 no breath)   14 SpO2 alarms (1 no pulse, 20 sensor off, 40 disconnected)
       15 s without breath   16 to 24 alarm limits   25 unit (1 mmHg, 2 kPa x 10, 3 vol% x 10)
       26 extended status. FF is no value; so is 0
    04 identity  "Vnn.nn MM/DD/YYYY BnRRnnnnnn  ": version, its date, serial number

Fast status: 1 CO2 invalid, 2 starting, 4 occlusion, 8 end of a breath, 10 self-maintenance, 20
purging, 40 FilterLine off, 80 malfunction. Other codes answer what we never ask, and are refused.

Some devices at times send numerics one byte late, so that SpO2 shows the RR before: such a frame is
refused. So is a true SpO2 of the very number of the last RR, which then is missing, not wrong.

Our choices, the reference being silent. One frame of numerics a second is assumed. Occlusion,
FilterLine off, starting and malfunction leave EtCO2 and RR without a value even if one is sent;
self-maintenance and purging leave them in doubt. Without breath both are ``apnea (monitor)``. A
volume fraction is read at 760 mmHg and in doubt, as the pressure of the air is not told.

Source: Oridion Capnostream 20 Data Transfer Protocols (part of 009815E), as implemented in
github.com/mdpnp/mdpnp (Capnostream.java, CapnostreamTest.java, BSD-2-Clause) and summarised from
both. No captured stream was found: our logs are constructed from these.
"""

import re
from functools import reduce
from operator import xor

from devices.driver import Driver, DriverFacts, FrameError, Line
from devices.numeric import Numeric, Parameter, Validity, no_value, numeric

START_BYTE, ESCAPE = b"\x85", 0x80
ESCAPED = {0x00: 0x80, 0x05: 0x85}
WAVE, NUMERICS, IDENTITY = 0x00, 0x01, 0x04
NONE = 0xFF

ENABLE_EVERY_MS = 2000
LINK_EVERY_MS = 4000
QUIET_MS = 5000

# Fast status bits with which CO2 is not measured, and those with which it is doubtful.
HINDRANCES = {0x80: "CO2 malfunction", 0x40: "FilterLine off", 0x04: "occlusion", 0x02: "starting"}
DOUBTS = {0x10: "self-maintenance", 0x20: "purging"}
# Alarm bits that deny SpO2 and PR.
OXIMETER_OFF = {0x40: "no sensor", 0x20: "probe off", 0x01: "no pulse"}
UNPLUGGED = ("FilterLine off", "no sensor")

MMHG, KPA, PERCENT = 1, 2, 3
MMHG_PER_KPA = 7.50062
MMHG_PER_PERCENT = 7.6  # at 760 mmHg

_IDENTITY = re.compile(rb"V[\d.]{5} \d\d/\d\d/\d{4} (B[0-9A-Z]{9}) *")


def frame(code: int, payload: bytes = b"") -> bytes:
    """Wrap a message for the wire."""
    checked = bytes([len(payload) + 1, code]) + payload
    checked += bytes([_xor(checked)])
    return START_BYTE + checked.replace(b"\x80", b"\x80\x00").replace(b"\x85", b"\x80\x05")


def unescaped(data: bytes) -> bytes | None:
    """Give LEN to checksum of what follows an 85, None until all is there; or FrameError."""
    if ESCAPE not in data:
        return data[: data[0] + 2] if len(data) >= data[0] + 2 else None
    whole, following = bytearray(), iter(data)
    for byte in following:
        plain: int | None = byte
        if byte == ESCAPE:
            after = next(following, None)
            if after is None:
                return None
            plain = ESCAPED.get(after)
        if plain is None:
            raise FrameError("an escape that is none")
        whole.append(plain)
        if len(whole) == whole[0] + 2:
            return bytes(whole)
    return None


def _xor(data: bytes) -> int:
    return reduce(xor, data, 0)


ENABLE, DISABLE, START, STOP, LINK = (frame(code) for code in (1, 2, 4, 5, 6))


def _reason(bits: int, words: dict[int, str]) -> str:
    return next((word for bit, word in words.items() if bits & bit), "")


class Capnostream(Driver):
    """A capnograph with its oximeter."""

    facts = DriverFacts(
        name="capnostream",
        maker="Oridion / Medtronic",
        models=("Capnostream 20", "Capnostream 20p", "Capnostream 35"),
        parameters=(Parameter.RR, Parameter.ETCO2, Parameter.SPO2, Parameter.PR),
        expected=(Parameter.RR, Parameter.ETCO2, Parameter.SPO2),
        line=Line(115200),
        period_s=1.0,
        checksum="8-bit XOR",
        evidence=("constructed",),
    )

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        self._begin(None)

    def _begin(self, asked_ms: int | None) -> None:
        self._frame: bytes | None = None  # what has come since an 85; None after the frame's end
        self._asked_ms = asked_ms
        self._heard_ms: int | None = None
        self._started_ms: int | None = None
        self._numerics_ms = 0
        self._link_ms = 0
        self._fast = 0
        self._last_rr = NONE

    def connected(self, t_ms: int) -> bytes:
        """Enable communication."""
        self.identity = None
        self._begin(t_ms)
        return ENABLE

    def due(self, t_ms: int) -> bytes:
        """Enable until something comes, start, then say that the link is active."""
        if self._asked_ms is None:
            return b""
        if self._heard_ms is None or t_ms - self._heard_ms >= QUIET_MS:
            self._heard_ms = self._started_ms = None
            if t_ms - self._asked_ms < ENABLE_EVERY_MS:
                return b""
            self._asked_ms = t_ms
            return ENABLE
        started_ms = self._started_ms
        if started_ms is None or t_ms - max(started_ms, self._numerics_ms) >= QUIET_MS:
            self._started_ms = self._link_ms = t_ms
            return START + LINK
        if t_ms - self._link_ms < LINK_EVERY_MS:
            return b""
        self._link_ms = t_ms
        return LINK

    def closing(self) -> bytes:
        """Let the device be silent again."""
        return STOP + DISABLE

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Cut at each 85, read what is whole, count."""
        numerics: list[Numeric] = []
        rest, *begun = data.split(START_BYTE)
        self._add(rest, t_ms, numerics)
        for piece in begun:
            self.refused += self._frame is not None  # the one before was cut off
            self._frame = b""
            self._add(piece, t_ms, numerics)
        return numerics

    def _add(self, piece: bytes, t_ms: int, numerics: list[Numeric]) -> None:
        """Go on with a frame; what comes after its end belongs to none."""
        if self._frame is None or not piece:
            return
        self._frame += piece
        try:
            whole = unescaped(self._frame)
            if whole is None:
                return
            self._frame = None
            numerics += self._read(whole, t_ms)
        except FrameError:
            self._frame = None
            self.refused += 1
        else:
            self.accepted += 1
            self._heard_ms = t_ms

    def _read(self, whole: bytes, t_ms: int) -> list[Numeric]:
        """Read LEN, CODE, payload and checksum: all of it, or FrameError."""
        if len(whole) < 3 or _xor(whole):
            raise FrameError("checksum")
        code, payload = whole[1], whole[2:-1]
        if code == WAVE and len(payload) == 4:
            self._fast = payload[3]
            return []
        if code == IDENTITY and (found := _IDENTITY.fullmatch(payload)):
            self.identity = found[1].decode("ascii")
            return []
        if code != NUMERICS or len(payload) < 27 or payload[25] not in (MMHG, KPA, PERCENT):
            raise FrameError(f"code {code} with {len(payload)} bytes")
        if payload[7] == self._last_rr != NONE:
            raise FrameError("shifted by one: SpO2 is the last RR")
        self._last_rr, self._numerics_ms = payload[6], t_ms
        return [*self._capnometry(payload, t_ms), *_oximetry(payload, t_ms)]

    def _capnometry(self, payload: bytes, t_ms: int) -> list[Numeric]:
        """RR and EtCO2."""
        reason = _reason(self._fast, HINDRANCES)
        if not reason and payload[13] & 1:
            reason = "apnea (monitor)"
        if reason:
            return _absent((Parameter.RR, Parameter.ETCO2), reason, t_ms)
        doubt = _reason(self._fast, DOUBTS)
        return [
            _measured(Parameter.RR, payload[6], 1, doubt, t_ms),
            _end_tidal(payload[4], payload[25], doubt, t_ms),
        ]


def _end_tidal(raw: int, unit: int, doubt: str, t_ms: int) -> Numeric:
    if unit == PERCENT:
        doubt = ", ".join(filter(None, (doubt, "air pressure unknown")))
    factor = {MMHG: 1.0, KPA: MMHG_PER_KPA / 10, PERCENT: MMHG_PER_PERCENT / 10}[unit]
    return _measured(Parameter.ETCO2, raw, factor, doubt, t_ms)


def _oximetry(payload: bytes, t_ms: int) -> list[Numeric]:
    """SpO2 and PR."""
    if reason := _reason(payload[14], OXIMETER_OFF):
        return _absent((Parameter.SPO2, Parameter.PR), reason, t_ms)
    return [
        _measured(Parameter.SPO2, payload[7], 1, "", t_ms),
        _measured(Parameter.PR, payload[8], 1, "", t_ms),
    ]


def _measured(parameter: Parameter, raw: int, factor: float, doubt: str, t_ms: int) -> Numeric:
    if raw == NONE:
        return no_value(parameter, t_ms, doubt or "no value")
    return numeric(parameter, round(raw * factor, 1), t_ms, doubt=doubt)


def _absent(parameters: tuple[Parameter, ...], reason: str, t_ms: int) -> list[Numeric]:
    validity = Validity.UNAVAILABLE if reason in UNPLUGGED else Validity.INVALID
    return [no_value(parameter, t_ms, reason, validity) for parameter in parameters]
