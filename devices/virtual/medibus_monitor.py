"""A virtual Draeger machine that speaks MEDIBUS.

Constructed from the published protocol definition; its examples, but no recording, were at hand.
It starts the conversation: ICC (51) every 2 s until answered, then asks the host who it is (52).
After that it answers what the host asks and sends NOP (30) when it has said nothing for 2 s. When
either side hears nothing for 3 s the link is lost, and it begins again with ICC.

Answered: 30, 51, 52, 24 (measured data of codepage 1), 25 and 26 (no limits), 27 (alarms), 28 (date
and time), 29 (no settings), 2A and 2B to 2E (nothing), 49, 4A, 55 (stop). A command with a wrong
checksum or another code is answered with NAK (15).

Our choices where the definition, as far as we have it, says nothing: answers come at once; after
stop it is silent for 3 s, as if the link were lost; realtime bytes come one each 50 ms, the highest
bit set, also in the midst of an answer.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from devices.numeric import Parameter
from devices.virtual.patient import Patient, Why, known
from devices.virtual.query import NEVER, Intervals

ESC, SOH, CR = 0x1B, 0x01, 0x0D
NOP, ICC, WHO, STOP, NAK = b"0", b"Q", b"R", b"U", b"\x15"
_EVERY_S, _LOST_S, _REALTIME_S = 2.0, 3.0, 0.05
_NOTHING = (b"%", b"&", b")", b"*", b"+", b",", b"-", b".", b"I", b"J")
_LONGEST = 256
_MONTHS = ("JAN", "FEB", "MRZ", "APR", "MAI", "JUN", "JUL", "AUG", "SEP", "OKT", "NOV", "DEZ")
_CO2_UNITS = {"mmHg": (b"E6", 1.0, 0), "kPa": (b"E3", 0.133322, 1), "%": (b"DB", 100 / 760, 1)}


@dataclass(frozen=True, slots=True)
class MedibusArtefacts:
    """What happens to it, in seconds since it was switched on.

    ``no_data``: it answers, but with no measured data at all; ``alarm``: the alarm ``SPO2 LOW`` is
    on; ``garbled``: its checksums are wrong; ``realtime``: realtime bytes between and within what
    it says; ``embedded``: a NOP command within each of its answers; ``deaf``: it hears nothing;
    ``restart``: moments at which it forgets its host. ``co2_unit``: mmHg, kPa or %.
    """

    no_data: Intervals = NEVER
    alarm: Intervals = NEVER
    garbled: Intervals = NEVER
    realtime: Intervals = NEVER
    embedded: Intervals = NEVER
    deaf: Intervals = NEVER
    restart: tuple[float, ...] = ()
    co2_unit: str = "mmHg"


class MedibusMonitor:
    """Asks a host for its name and answers it; shows a patient."""

    def __init__(
        self,
        patient: Patient,
        clock_s: Callable[[float], int],
        identity: str = "0161'Virtual'01.00:04.03",
        artefacts: MedibusArtefacts | None = None,
    ) -> None:
        """Begin: the first ICC comes after one second."""
        self._patient = patient
        self._clock_s = clock_s
        self._identity = identity.encode("ascii")
        self._happens = artefacts or MedibusArtefacts()
        self._restarts = sorted(self._happens.restart)
        self._begin(1.0)
        self._sample = 0

    def _begin(self, first_s: float) -> None:
        self._heard = bytearray()
        self._answers: list[tuple[float, bytes]] = []
        self._joined = False  # the host answered ICC
        self._named = False  # and said who it is
        self._heard_s = first_s
        self._speaks_s = first_s

    def next_s(self) -> float | None:
        """When it speaks next."""
        due = [self._answers[0][0] if self._answers else self._speaks_s]
        due.append(self._lost_s())
        due += self._restarts[:1]
        if self._happens.realtime.spans:
            due.append(self._sample * _REALTIME_S)
        return min(due)

    def _lost_s(self) -> float:
        return self._heard_s + _LOST_S if self._joined else math.inf

    def emit(self) -> bytes:
        """What it says at that time; nothing where it only notices that the link is lost."""
        t_s = self.next_s() or 0.0
        if self._restarts and self._restarts[0] <= t_s:
            self._restarts.pop(0)
            self._begin(t_s + 1)
            return b""
        if self._lost_s() <= t_s:
            self._begin(t_s)
            return b""
        if self._happens.realtime.spans and self._sample * _REALTIME_S <= t_s:
            self._sample += 1
            return self._realtime() if t_s in self._happens.realtime else b""
        if self._answers:
            if self._named:
                self._speaks_s = t_s + _EVERY_S
            said = self._answers.pop(0)[1]
        else:
            self._speaks_s = t_s + _EVERY_S
            code = ICC if not self._joined else NOP if self._named else WHO
            said = framed(ESC, code)
        if t_s in self._happens.garbled:
            said = said[:-3] + (b"00" if said[-3:-1] != b"00" else b"11") + said[-1:]
        if t_s in self._happens.embedded and said[0] == SOH and len(said) > 5:
            said = said[:3] + framed(ESC, NOP) + said[3:]
        if t_s in self._happens.realtime:
            half = len(said) // 2
            said = said[:half] + self._realtime() + said[half:]
        return said

    def _realtime(self) -> bytes:
        """A sync byte and one value: every byte with its highest bit set."""
        value = round(2000 + 1500 * math.sin(self._sample / 5))
        return bytes((0xD0, 0x80 | value >> 6, 0x80 | value & 0x3F))

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear commands and answers, in whatever pieces they come."""
        if t_s in self._happens.deaf:
            return
        self._heard += bytes(byte for byte in data if byte < 0x80)
        *whole, rest = bytes(self._heard).split(b"\r")
        self._heard = bytearray(rest[-_LONGEST:])
        for message in whole:
            for start in (ESC, SOH):  # a command may lie within an answer
                at = message.rfind(start)
                if at >= 0:
                    self._message(message[at:], t_s)
                    break

    def _message(self, message: bytes, t_s: float) -> None:
        start, code, argument, check = message[0], message[1:2], message[2:-2], message[-2:]
        good = len(message) >= 4 and check == checksum(message[:-2])
        if start == SOH:
            if good:
                self._heard_s = t_s
                self._joined = self._joined or code == ICC
                self._named = self._named or (self._joined and code == WHO)
                if code in (ICC, WHO):
                    self._speaks_s = t_s if not self._named else t_s + _EVERY_S
            return
        self._heard_s = t_s
        if not good:
            self._answers.append((t_s, framed(SOH, NAK)))
        elif code == STOP:
            self._answers.append((t_s, framed(SOH, STOP)))
            self._joined = self._named = False
            self._speaks_s = t_s + _LOST_S
        else:
            self._answers.append((t_s, self._answer(code, argument, t_s)))

    def _answer(self, code: bytes, argument: bytes, t_s: float) -> bytes:
        if code in (NOP, ICC, *_NOTHING):
            return framed(SOH, code)
        if code == WHO:
            return framed(SOH, code, self._identity)
        if code == b"$":
            return framed(SOH, code, self._measured(t_s))
        if code == b"'":
            alarm = b"?" + b"EBSPO2 LOW    " if t_s in self._happens.alarm else b""
            return framed(SOH, code, alarm)
        if code == b"(":
            now = datetime.fromtimestamp(self._clock_s(t_s), UTC)
            month = _MONTHS[now.month - 1]
            text = f"{now:%H:%M:%S%d}-{month}-{now:%y}"
            return framed(SOH, code, text.encode("ascii"))
        return framed(SOH, NAK)

    def _measured(self, t_s: float) -> bytes:
        """Codes and values of what is measured now; what has no value is absent."""
        if t_s in self._happens.no_data:
            return b""
        vitals = self._patient.at(t_s)
        if vitals.get(Parameter.SPO2) is Why.PROBE_OFF:
            vitals = {p: v for p, v in vitals.items() if p not in (Parameter.SPO2, Parameter.PR)}
        code, scale, digits = _CO2_UNITS[self._happens.co2_unit]
        said = b""
        for name, parameter, factor, places in (
            (b"EB", Parameter.SPO2, 1.0, 0),
            (b"E1", Parameter.PR, 1.0, 0),
            (code, Parameter.ETCO2, scale, digits),
            (b"D6", Parameter.RR, 1.0, 0),
            (b"C1", Parameter.TEMP, 1.0, 1),
        ):
            value = known(vitals, parameter)
            if value is not None:
                said += name + _four(value * factor, places)
        return said


def _four(value: float, places: int) -> bytes:
    return f"{value:.{places}f}".rjust(3).ljust(4)[:4].encode("ascii")


def checksum(message: bytes) -> bytes:
    """Two upper-case hex digits: the sum of all from ESC or SOH on."""
    return b"%02X" % (sum(message) & 0xFF)


def framed(start: int, code: bytes, argument: bytes = b"") -> bytes:
    """One command (ESC) or answer (SOH)."""
    message = bytes((start,)) + code + argument
    return message + checksum(message) + bytes((CR,))
