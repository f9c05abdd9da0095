"""Draeger MEDIBUS: ventilators and anaesthesia machines (Evita, Apollo, Fabius, Cicero and others).

19200 8E1 with an Evita's serial board. Others differ: a V500 also has 38400 baud, old devices 9600
or 1200; set the device to these. Both sides ask, both sides answer:

    ESC code arguments checksum CR     a command; arguments of at most 251 bytes
    SOH code data checksum CR          its response, the same code; data of at most 3845 bytes

The checksum is the sum of all bytes from ESC or SOH on, modulo 256, as two upper-case hex digits. A
command may come in the middle of a response; it counts for itself. Bytes from 80 on are real-time
data, come anywhere and count nowhere: they are passed over. A command with a wrong checksum is
answered with code 15.

    30 NOP      24 measured data, code page 1      28 date and time   55 stop
    51 ICC, initialise communication               52 identification of the device
    25, 26 limits   27, 2E alarms   29 settings   2A text   2B to 2D code page 2
    49 time changed   4A configure data   53, 54, 56 real-time data

We send ICC until it is answered, ask once who the device is, then every 2 s for the measured data,
and NOP while an answer is awaited (10 s at most). When nothing has come for more than 3 s, the
device thinks the link lost, and so do we: ICC again. The device sends ICC, 52 and NOP to us as
well: 52 is answered with a name, everything else with an empty response of its code. At the end we
send stop. (The specification prints the NOP with checksum 46; the sum is 4B.)

Measured data are entries of a code, two hex digits, and a value of four characters, padded with
blanks. What the device does not measure is left out:

    EB SpO2 %                                  E1 PR /min from the oximeter, DF PR derived
    D5 RR /min by CO2, D6 RR /min              E6 EtCO2 mmHg, E3 EtCO2 kPa, DB EtCO2 %
    6B pressure of the air, mbar               C1 airway temperature: of the gas, not of a body

There is no NIBP. Each response tells all four parameters: what it leaves out is no value. Our
choices, the reference being silent: of two codes for one parameter the first above is taken; a
derived pulse is in doubt, because from what is not said; EtCO2 in % is converted with 6B if that
is sent, else at 760 mmHg and in doubt; a value that is not a number is none. Wanted: which device
sends which codes, and how long a name in the answer to 52 may be.

Source: Draeger RS 232 MEDIBUS Protocol Definition 4.03 (frames, timing, examples 1 to 5; quoted in
our log published_examples); codes from measured-data-cp1.map in github.com/mdpnp/mdpnp
(BSD-2-Clause). Our other logs are constructed from these.
"""

import re

from devices.driver import Driver, DriverFacts, FrameError, Line
from devices.numeric import Numeric, Parameter, Validity, no_value, numeric

ESC, SOH, CR = 0x1B, 0x01, 0x0D
REAL_TIME = 0x80
NAK, MEASURED, NOP, ICC, IDENTIFY, STOP = 0x15, 0x24, 0x30, 0x51, 0x52, 0x55
RESPONSES = (NAK, *range(MEASURED, 0x2F), NOP, 0x49, 0x4A, *range(ICC, 0x57))
LONGEST_COMMAND, LONGEST_RESPONSE = 251 + 4, 3845 + 4
WE_ARE = b"0161'My PC'01.00:04.03"

ASK_EVERY_MS = 1500  # every 2 s at ticks of one second, also where one comes a little early
SILENT_MS = 3000
ANSWER_WITHIN_MS = 10_000
LONGEST_ANSWERS = 2000

MMHG_PER_KPA = 7.50062
MMHG_PER_PERCENT_OF_MBAR = 0.00750062
SEA_LEVEL_MBAR = 1013.25

_ENTRY = re.compile(rb"([0-9A-F]{2})([ -~]{4})")
_NUMBER = re.compile(rb" *[+-]?(?:\d+\.?\d*|\.\d+) *")
_IDENTITY = re.compile(rb"([0-9A-F]{4})'([ -&(-~]+)'")


def framed(start: int, code: int, data: bytes = b"") -> bytes:
    """Wrap a command (ESC) or a response (SOH) for the wire."""
    body = bytes([start, code]) + data
    return body + b"%02X\r" % (sum(body) & 0xFF)


def unframed(whole: bytes) -> tuple[int, bytes]:
    """Give code and data of what stood before a CR, or FrameError."""
    body, digits = whole[:-2], whole[-2:]
    if len(body) < 2 or digits != b"%02X" % (sum(body) & 0xFF):
        raise FrameError("checksum")
    return body[1], body[2:]


def entries(data: bytes) -> dict[bytes, float | None]:
    """Give the number (None: not one) of each code in measured data, or FrameError."""
    found: dict[bytes, float | None] = {}
    for at in range(0, len(data), 6):
        entry = _ENTRY.fullmatch(data[at : at + 6])
        if entry is None or entry[1] in found:
            raise FrameError(f"entry {data[at : at + 6]!r}")
        found[entry[1]] = float(entry[2]) if _NUMBER.fullmatch(entry[2]) else None
    return found


def numerics(found: dict[bytes, float | None], t_ms: int) -> list[Numeric]:
    """All four parameters; what was left out is no value."""
    pulse = b"E1" if b"E1" in found else b"DF"
    rate = b"D5" if b"D5" in found else b"D6"
    return [
        _told(Parameter.SPO2, found, b"EB", 1.0, "", t_ms),
        _told(Parameter.PR, found, pulse, 1.0, "derived" if pulse == b"DF" else "", t_ms),
        _told(Parameter.RR, found, rate, 1.0, "", t_ms),
        _end_tidal(found, t_ms),
    ]


def _end_tidal(found: dict[bytes, float | None], t_ms: int) -> Numeric:
    if b"E6" in found:
        return _told(Parameter.ETCO2, found, b"E6", 1.0, "", t_ms)
    if b"E3" in found:
        return _told(Parameter.ETCO2, found, b"E3", MMHG_PER_KPA, "", t_ms)
    air_mbar, doubt = found.get(b"6B"), ""
    if air_mbar is None or not 500 <= air_mbar <= 1150:  # where people live
        air_mbar, doubt = SEA_LEVEL_MBAR, "air pressure unknown"
    return _told(Parameter.ETCO2, found, b"DB", air_mbar * MMHG_PER_PERCENT_OF_MBAR, doubt, t_ms)


def _told(
    parameter: Parameter,
    found: dict[bytes, float | None],
    code: bytes,
    factor: float,
    doubt: str,
    t_ms: int,
) -> Numeric:
    if code not in found:
        return no_value(parameter, t_ms, "not sent", Validity.UNAVAILABLE)
    value = found[code]
    if value is None:
        return no_value(parameter, t_ms, "no value")
    return numeric(parameter, round(value * factor, 1), t_ms, doubt=doubt)


class DraegerMedibus(Driver):
    """A device with a MEDIBUS port."""

    facts = DriverFacts(
        name="draeger_medibus",
        maker="Draeger",
        models=("Evita", "V500", "Apollo", "Fabius", "Cicero"),
        parameters=(Parameter.SPO2, Parameter.PR, Parameter.RR, Parameter.ETCO2),
        expected=(Parameter.SPO2, Parameter.PR),
        line=Line(19200, parity="E"),
        period_s=2.0,
        checksum="8-bit sum",
        evidence=("published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        self._begin(None)

    def _begin(self, sent_ms: int | None) -> None:
        self._command: bytearray | None = None  # what has come since an ESC
        self._response: bytearray | None = None  # what has come since a SOH
        self._answers = bytearray()
        self._sent_ms = sent_ms
        self._heard_ms = sent_ms or 0
        self._linked = False
        self._awaited: int | None = None
        self._awaited_ms = self._polled_ms = 0
        self._asked_who = False

    def connected(self, t_ms: int) -> bytes:
        """Initialise communication."""
        self.identity = None
        self._begin(t_ms)
        return framed(ESC, ICC)

    def due(self, t_ms: int) -> bytes:
        """Answer what the device asked; then ask, or show that we are there."""
        if self._sent_ms is None:
            return b""
        answers = bytes(self._answers)
        self._answers.clear()
        command = self._next(t_ms, t_ms - self._sent_ms)
        if command is None:
            return answers
        self._sent_ms = t_ms
        return answers + framed(ESC, command)

    def _next(self, t_ms: int, since_sent_ms: int) -> int | None:
        """Choose the code of the command that is due now, if any."""
        if not self._linked or t_ms - self._heard_ms > SILENT_MS:
            fresh, self._linked, self._awaited = self._linked, False, None
            return ICC if fresh or since_sent_ms >= SILENT_MS else None
        if self._awaited is not None and t_ms - self._awaited_ms < ANSWER_WITHIN_MS:
            return NOP if since_sent_ms >= ASK_EVERY_MS else None
        if t_ms - self._polled_ms >= ASK_EVERY_MS:
            self._awaited, self._polled_ms = MEASURED, t_ms
        elif not self._asked_who:
            self._awaited, self._asked_who = IDENTIFY, True
        else:
            return None
        self._awaited_ms = t_ms
        return self._awaited

    def closing(self) -> bytes:
        """Stop, so that the device need not find the link lost."""
        return framed(ESC, STOP)

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Sort commands, responses and real-time data; read what is whole, count."""
        told: list[Numeric] = []
        for byte in data:
            if byte >= REAL_TIME:
                continue
            if byte == ESC:
                self.refused += self._command is not None
                self._command = bytearray([ESC])
            elif byte == SOH:
                self.refused += (self._command is not None) + (self._response is not None)
                self._command, self._response = None, bytearray([SOH])
            elif self._command is not None:
                self._command.append(byte)
                if byte == CR:
                    whole, self._command = bytes(self._command[:-1]), None
                    self._hear(whole, t_ms)
                elif len(self._command) > LONGEST_COMMAND:
                    self.refused += 1
                    self._command = None
            elif self._response is not None:
                self._response.append(byte)
                if byte == CR:
                    whole, self._response = bytes(self._response[:-1]), None
                    told += self._take(whole, t_ms)
                elif len(self._response) > LONGEST_RESPONSE:
                    self.refused += 1
                    self._response = None
        return told

    def _hear(self, whole: bytes, t_ms: int) -> None:
        """Take a command of the device, and prepare our answer."""
        try:
            code, _ = unframed(whole)
        except FrameError:
            self.refused += 1
            answer = framed(SOH, NAK)
        else:
            self.accepted += 1
            self._heard_ms = t_ms
            answer = framed(SOH, code, WE_ARE if code == IDENTIFY else b"")
            if code == ICC:  # it begins anew: what we asked is forgotten
                self._awaited = None
        if len(self._answers) < LONGEST_ANSWERS:
            self._answers += answer

    def _take(self, whole: bytes, t_ms: int) -> list[Numeric]:
        """Take a response of the device: all of it, or none."""
        try:
            code, data = unframed(whole)
            if code not in RESPONSES:
                raise FrameError(f"code {code:02X}")
            told = numerics(entries(data), t_ms) if code == MEASURED else []
        except FrameError:
            self.refused += 1
            return []
        self.accepted += 1
        self._heard_ms = t_ms
        if code in (self._awaited, NAK):
            self._awaited = None
        if code == ICC:
            self._linked = True
        if code == IDENTIFY and (found := _IDENTITY.match(data)):
            self.identity = f"{found[2].decode('ascii').strip()} {found[1].decode('ascii')}"
        return told
