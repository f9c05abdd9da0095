"""Datascope Accutorr 3: the ASCII "PC Interface" of an older spot monitor.

9600 8N1. The speed is selectable in the monitor's User Configuration menu: set 9600. No handshake,
a 25-pin socket. The monitor executes one character at a time, once it has shown its prompt ``>``:

    ^C (03)    give the prompt        P    show patient data        L    show the alarm limits

After power-up it says ``ACCUTORR PC Interface is ready`` and prompts. We send ^C when we connect
and when P went unanswered twice; and P every 5 s. The answer is a line, ended by CR LF:

    P:--,85,120, 45, 80,000,010,000, 5

    1 SpO2 %    2 pulse rate /min    3 systolic  4 mean  5 diastolic, mmHg
    6 to 8      status 0, 1, 2, three digits each: flags, see SPO2_NONE and below
    9           minutes since the last cuff reading
    --          in place of a number: not in use

The line above is the maker's example; its mean is below its diastolic. Whether that is a slip or
fields 4 and 5 are the other way round in truth is not known: the manual's text has mean before
diastolic, for the limits too. Where mean is below diastolic both are kept, marked questionable.

The base of the status digits is not stated (decimal, hex, octal). Up to 007 all agree; beyond, a
flag counts if any of the three sets it, so a value that may be disowned is none.

Without SpO2 the pulse rate can only be the cuff's, as in the example: it is then told with a cuff
reading, never as a present value. Beside SpO2 it is the oximeter's.

The last cuff reading is repeated in every answer. It is new when its numbers changed or its
minutes went down; a second reading within the same minute with the very same numbers is not
noticed. What the first answer shows is before connection, unless it is what we had told already.
Its time is that of the answer, less the minutes where we did not watch.

No checksum. What guards instead: the whole line has its form, no number of more than three digits
or out of its range; else it is refused. Of 20 million random bytes and of 200 000 shuffled
answers none was taken for an answer. A changed digit in a well-formed answer cannot be noticed:
24.5 % of flipped bits give another number (docs/integrity.md).

Source: Datascope Accutorr 3 service manual, revised 08/24/90, pages 1-37 and 1-52 to 1-54
(manualslib.de 1387918, pages 102 and 130 to 132). Its one example line is published; no recording
was found: our other logs are constructed from the manual.
"""

import re
from dataclasses import dataclass

from devices.driver import DriverFacts, FrameError, Line, LineSplitter, PushDriver
from devices.numeric import CUFF, Numeric, Parameter, Validity, no_value, numeric

PERIOD_S = 5
PROMPT, ASK = b"\x03", b"P"
AFTER_PROMPT_MS = 1000
READY = "ACCUTORR PC Interface is ready"

# Flags of status 0 (bits 0-7) and status 1 (bits 8-15) with which SpO2 and its pulse are no values.
SPO2_NONE = {
    0x0001: "no sensor",
    0x0002: "probe off",
    0x0008: "pulse search",
    0x0020: "no pulse",
    0x0040: "check sensor site",
    0x0200: "not calibrated",
    0x0800: "oximeter fault",  # its RAM
    0x1000: "oximeter fault",  # its ROM
    0x2000: "oximeter fault",  # offsets do not match
    0x4000: "oximeter fault",  # filters do not match
    0x8000: "oximeter test",
}
SPO2_DOUBT = {0x0004: "interference", 0x0010: "weak pulse"}
PR_NONE = {0x0080: "pulse rate below 30 (monitor)", 0x0100: "pulse rate above 250 (monitor)"}
# Bit 10 (an alarm of the oximeter is overlapped) says nothing of its values.
OVERPRESSURE, MOTION = 1, 2  # of status 2

_FIELD = r" *(\d{1,3}|--)"
_FLAGS = r" *([0-9A-F]{3})"
_ANSWER = re.compile(
    "P:" + ",".join([_FIELD] * 5 + [_FLAGS] * 3 + [r" *(\d{1,3}|--)"]) + " *", re.ASCII
)
_HIGHEST = (100, 350, 300, 300, 300)


class Lines(LineSplitter):
    """Lines without the prompts before them."""

    def __call__(self, data: bytes) -> list[bytes]:
        """Add bytes; give the whole lines."""
        return [line for whole in super().__call__(data) if (line := whole.lstrip(b"> "))]


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that digits set in any base that they can have; ``sure`` if all bases agree."""

    bits: int
    sure: bool

    @classmethod
    def of(cls, *texts: str) -> "Flags":
        """Read the digits of one status, or of several, the first the lowest."""
        bits, sure = 0, True
        for at, text in enumerate(texts):
            bases = [base for base in (8, 10, 16) if all(int(c, 16) < base for c in text)]
            values = {value for base in bases if (value := int(text, base)) <= 0xFF}
            if not values:
                raise FrameError(f"status {text} is no byte")
            sure = sure and len(values) == 1
            for value in values:
                bits |= value << 8 * at
        return cls(bits, sure)

    def first(self, words: dict[int, str]) -> str:
        """Give the word of the first flag that is set, a vaguer one where that is not sure."""
        word = next((word for bit, word in words.items() if self.bits & bit), "")
        return word if self.sure or not word else "flagged by the monitor"


def fields(frame: bytes) -> tuple[list[int | None], Flags, Flags, int | None]:
    """Read one answer: five numbers, flags of the oximeter, of the cuff, minutes; or FrameError."""
    found = _ANSWER.fullmatch(frame.decode("latin-1"))
    if found is None:
        raise FrameError(f"not patient data: {frame!r}")
    *texts, zero, one, two, since = found.groups()
    numbers = [None if text == "--" else int(text) for text in texts]
    for number, highest in zip(numbers, _HIGHEST, strict=True):
        if number is not None and number > highest:
            raise FrameError(f"{number} is out of range: {frame!r}")
    minutes = None if since == "--" else int(since)
    return numbers, Flags.of(zero, one), Flags.of(two), minutes


class Accutorr3Ascii(PushDriver):
    """A Datascope Accutorr 3 asked through its PC Interface."""

    facts = DriverFacts(
        name="accutorr3_ascii",
        maker="Datascope",
        models=("Accutorr 3",),
        parameters=(Parameter.SPO2, Parameter.PR, *CUFF),
        expected=(Parameter.SPO2,),
        line=Line(9600),
        period_s=float(PERIOD_S),
        checksum=None,
        evidence=("published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        self.split = Lines()
        self._seen: tuple[int | None, ...] | None = None
        self._read_ms = 0
        self._minutes: int | None = None
        self._begin(None)

    def _begin(self, t_ms: int | None) -> None:
        self._connected_ms = t_ms or 0
        self._asked_ms = t_ms
        self._prompted = True  # the last that we sent was ^C
        self._unanswered = 0
        self._heard_ms: int | None = None

    def connected(self, t_ms: int) -> bytes:
        """Ask for the prompt; what the cuff shows first was measured before."""
        super().connected(t_ms)
        self._begin(t_ms)
        return PROMPT

    def due(self, t_ms: int) -> bytes:
        """Ask for patient data; for the prompt after two answers that did not come."""
        if self._asked_ms is None:
            return b""
        if t_ms - self._asked_ms < (AFTER_PROMPT_MS if self._prompted else PERIOD_S * 1000):
            return b""
        self._asked_ms = t_ms
        if self._unanswered >= 2:
            self._prompted, self._unanswered = True, 0
            return PROMPT
        self._prompted = False
        self._unanswered += 1
        return ASK

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read one line: all of it, or FrameError."""
        if frame.decode("latin-1").strip() == READY:
            return []
        numbers, oximeter, cuff, minutes = fields(frame)
        self._unanswered = 0
        spo2, pr, *pressures = numbers
        own = pr if spo2 is None else None
        of_cuff = self._cuff((*pressures, own), cuff, minutes, t_ms)
        numerics = [self._oximeter(Parameter.SPO2, spo2, oximeter, {}, t_ms)]
        if spo2 is not None:
            numerics.append(self._oximeter(Parameter.PR, pr, oximeter, PR_NONE, t_ms))
        elif not any(n.parameter is Parameter.PR for n in of_cuff):
            reason = "not in use" if pr is None else "only with the cuff"
            numerics.append(no_value(Parameter.PR, t_ms, reason, Validity.UNAVAILABLE))
        return numerics + of_cuff

    def _oximeter(
        self,
        parameter: Parameter,
        number: int | None,
        flags: Flags,
        more: dict[int, str],
        t_ms: int,
    ) -> Numeric:
        reason = flags.first(SPO2_NONE | more)
        if number is None:
            why = reason if reason and flags.sure else "not in use"
            return no_value(parameter, t_ms, why, Validity.UNAVAILABLE)
        if reason:
            return no_value(parameter, t_ms, reason)
        return numeric(parameter, number, t_ms, doubt=flags.first(SPO2_DOUBT))

    def _cuff(
        self, parts: tuple[int | None, ...], flags: Flags, minutes: int | None, t_ms: int
    ) -> list[Numeric]:
        """Tell the reading of the cuff if it is a new one. ``parts``: sys, mean, dia, pulse."""
        heard_ms, self._heard_ms = self._heard_ms, t_ms
        before, self._minutes = self._minutes, minutes
        if not any(parts[:3]):
            return []
        # While we watch, an answer comes every 5 s: then its minutes say no more than its arrival.
        watched = heard_ms is not None and t_ms - heard_ms <= 3 * PERIOD_S * 1000
        back_ms = 0 if watched or minutes is None else minutes * 60_000
        again = minutes is not None and before is not None and minutes < before
        if heard_ms is None or not watched:
            # The minutes are whole ones: a reading told a minute apart is the same.
            again = minutes is not None and t_ms - back_ms - self._read_ms > 90_000
        pressures = parts[:3]
        seen = self._seen or (None, None, None)
        pairs = zip(pressures, seen, strict=True)
        changed = any(new is not None and new != old for new, old in pairs)
        if not changed and not again:
            return []
        self._seen, self._read_ms = pressures, t_ms - back_ms
        high, mean, low, pulse = parts
        told = list(zip((*CUFF, Parameter.PR), (high, low, mean, pulse), strict=True))
        if pulse is None:
            told.pop()
        late = not watched and minutes is None
        if heard_ms is None or late or t_ms - back_ms < self._connected_ms:
            words = "time unknown" if late and heard_ms is not None else "before connection"
            return [
                no_value(
                    p,
                    t_ms,
                    "no value" if part is None else f"{words} {part}",
                    Validity.UNAVAILABLE,
                )
                for p, part in told
            ]
        odd = mean is not None and low is not None and mean < low
        return [self._pressure(p, part, flags.bits, odd, t_ms - back_ms) for p, part in told]

    def _pressure(
        self, parameter: Parameter, number: int | None, bits: int, odd: bool, t_ms: int
    ) -> Numeric:
        if bits & OVERPRESSURE:
            return no_value(parameter, t_ms, "cuff overpressure")
        if number is None:
            return no_value(parameter, t_ms, "no value")
        doubts = ["motion"] if bits & MOTION else []
        if odd and parameter in (Parameter.NIBP_DIA, Parameter.NIBP_MEAN):
            doubts.append("mean below diastolic")
        return numeric(parameter, number, t_ms, doubt=", ".join(doubts))
