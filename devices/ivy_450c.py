"""Ivy 450C: the "ANSAR-B" output of the Ivy Biomedical 450C bedside monitor.

9600 8N1. The monitor pushes; we never send anything. One message a second:

    FF "ANSAR-B " waves lines FE

    waves   400 bytes of any value, passed over: a second of ECG (200 points), then respiration,
            pleth, pressure 1 and pressure 2 (50 points each)
    lines   ASCII, CR between them, the last with or without: NAME=, fields between semicolons

    HR=;72;II;                    ECG heart rate /min; lead; alarm
    RR=;14;;                      respiration rate /min; label; alarm
    ETCO2=;38;;                   end-tidal CO2 mmHg; label; alarm
    SPO2=;97;PR=72;               oxygen saturation %; label=pulse rate of the oximeter; alarm
    NIBP=;118;76;90;71;;          sys; dia; mean mmHg; pulse rate of the cuff; label; alarm
    P1=, P2=                      invasive pressures, not used
    T1=;36.8;;   T2=              temperatures °C; label; alarm. The first with a value is Temp

An empty field means that the monitor has no value; so does any text without a digit. What the
labels and the alarm fields can say is not known: they decide nothing, but for a label of HR that
names the oximeter or a pressure, which makes the rate no HR. The units are not on the wire: whole
numbers are taken for mmHg and °C; a pressure or EtCO2 with a decimal point (kPa?) is no value.

The last cuff reading is repeated in every message, without its time and without a word about
measuring. It is told once: when its numbers (pulse included) change, or come back after 10 s of
absence, which is shorter than any cuff measures. Two readings in a row with the very same numbers
and no absence between them count as one. Numbers that are there when we connect are ``before
connection``; those that changed over more than 60 s without a message have an unknown time. The
pulse rate of the cuff is not told: PR is the oximeter's, a continuous value.

No checksum. What guards instead: nine bytes of beginning, the end at its place, nothing but text
after the waves, each line of its form, none twice, numbers of at most three digits within the
range of their parameter. A wrong digit in a whole message cannot be noticed: 2.6 % of flipped bits
give another number (docs/integrity.md). Of 20 million random bytes none were taken for a message.
Of the 515 ways to lose one byte of a whole message 43 were accepted, 15 of them with a digit less.

Source: mdpnp (OpenICE) AnsarB.java, BSD-2, read for its facts: it is the only description that was
found. The maker's document was not, nor any recording: our logs are constructed from this.
"""

import re
from dataclasses import dataclass, field

from devices.driver import DriverFacts, FrameError, Line, PushDriver
from devices.numeric import CUFF, VITALS, Numeric, Parameter, Validity, no_value, numeric

BEGIN, END = b"\xffANSAR-B ", 0xFE
WAVES = 400
LONGEST_TEXT = 1000
LONGEST_JUNK = 512
PERIOD_S = 1.0
GONE_MS = 10_000
UNWATCHED_MS = 60_000

FIELDS = {"HR": 4, "RR": 4, "ETCO2": 4, "SPO2": 4, "NIBP": 7, "P1": 6, "P2": 6, "T1": 4, "T2": 4}
"""How many fields a line has at least, its name included."""

_PIECE = re.compile(rb"[^\r\n]{0,%d}[\r\n]" % (LONGEST_JUNK - 1))
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,7}=", re.ASCII)
_WHOLE = re.compile(r"\d{1,3}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,3}\.\d{1,2}", re.ASCII)
_NOT_ECG = ("SPO2", "PLETH", "PULSE", "ART", "BP", "P1", "P2")


@dataclass
class Messages:
    """Cut a byte stream into messages; what lies between them comes in pieces, to be refused."""

    _rest: bytearray = field(default_factory=bytearray)

    def __call__(self, data: bytes) -> list[bytes]:
        """Add bytes; give the whole messages and pieces."""
        self._rest += data
        rest, at, found = bytes(self._rest), 0, []
        while piece := _first(rest, at):
            at += len(piece)
            found.append(piece)
        del self._rest[:at]
        return [piece for piece in found if piece.strip(b"\r\n")]

    def clear(self) -> None:
        """Forget a half message."""
        self._rest.clear()


def _first(rest: bytes, at: int) -> bytes:
    """Give the message or piece that begins at ``at``, nothing while it is not whole.

    Looks no further than the longest of them, so that long junk takes no longer for its length.
    """
    text = at + len(BEGIN) + WAVES
    begin = rest.find(BEGIN, at, at + LONGEST_JUNK + len(BEGIN) - 1)
    if begin == at:
        end = rest.find(END, text, text + LONGEST_TEXT)
        again = rest.find(BEGIN, at + 1, end if end >= 0 else text + LONGEST_TEXT)
        if again >= 0:  # the end never came
            return rest[at:again]
        if end >= 0:
            return rest[at : end + 1]
        return BEGIN if len(rest) >= text + LONGEST_TEXT else b""
    junk = rest[at : begin if begin >= 0 else at + LONGEST_JUNK]
    if line := _PIECE.match(junk):
        return line[0]
    if len(junk) == LONGEST_JUNK and len(rest) - at >= LONGEST_JUNK + len(BEGIN) - 1:
        return junk
    return junk if begin >= 0 else b""


def lines(frame: bytes) -> dict[str, list[str]]:
    """Give the lines of one message by name, each of its form; or FrameError."""
    if not frame.startswith(BEGIN) or len(frame) <= len(BEGIN) + WAVES or frame[-1] != END:
        raise FrameError(f"not a message: {frame[:16]!r}")
    text = frame[len(BEGIN) + WAVES : -1].decode("latin-1")
    found: dict[str, list[str]] = {}
    for line in text.replace("\r\n", "\r").split("\r"):
        if not line.isascii() or not line.isprintable():
            raise FrameError(f"not text: {line!r}")
        if not line.strip():
            continue
        first, *others = (part.strip() for part in line.split(";"))
        name = first.partition("=")[0]
        if not _NAME.match(first) or name in found or 1 + len(others) < FIELDS.get(name, 1):
            raise FrameError(f"a line of another form: {line!r}")
        found[name] = [first, *others]
    if not FIELDS.keys() & found.keys():
        raise FrameError("no line that is known")
    return found


def value(parameter: Parameter, text: str) -> float | str:
    """Read one field: a number in the canonical unit, or the reason why there is none."""
    if not re.search(r"\d", text):
        return "no value"
    whole, decimal = _WHOLE.fullmatch(text), _DECIMAL.fullmatch(text)
    if not whole and not decimal:
        raise FrameError(f"{parameter.value}: {text!r}")
    number = float(text)
    if decimal and parameter is not Parameter.TEMP:
        return "unit unknown"
    low, high = parameter.range
    if number and not low <= number <= high and parameter in (Parameter.SPO2, *CUFF):
        raise FrameError(f"{parameter.value}: {text} is out of range")
    return number


def told(parameter: Parameter, text: str, t_ms: int) -> Numeric:
    """Make a numeric of one field of a continuous parameter."""
    read = value(parameter, text)
    if isinstance(read, str):
        return no_value(parameter, t_ms, read, Validity.UNAVAILABLE)
    return numeric(parameter, read, t_ms)


@dataclass
class RepeatedCuff:
    """Tells each reading of a cuff once that is repeated without time or state."""

    connected_ms: int = 0
    heard_ms: int | None = None
    gone_ms: int | None = None
    seen: tuple[float | str, ...] | None = None

    def connected(self, t_ms: int) -> None:
        """Begin a connection; what was told before is remembered."""
        self.connected_ms, self.heard_ms, self.gone_ms = t_ms, None, None

    def told(self, parts: tuple[float | str, ...], t_ms: int) -> list[Numeric]:
        """Take what one message says: systolic, diastolic, mean and pulse."""
        heard_ms, self.heard_ms = self.heard_ms, t_ms
        if not any(isinstance(part, float) and part for part in parts[:3]):
            self.gone_ms = t_ms if self.gone_ms is None else self.gone_ms
            return []
        gone_ms, self.gone_ms = self.gone_ms, None
        back = gone_ms is not None and t_ms - gone_ms >= GONE_MS
        seen = self.seen or ("",) * len(parts)
        pairs = zip(parts, seen, strict=True)
        if not back and not any(isinstance(new, float) and new != old for new, old in pairs):
            return []
        self.seen = parts
        if heard_ms is None:
            return self._of_unknown_time("before connection", parts, t_ms)
        if t_ms - heard_ms > UNWATCHED_MS:
            return self._of_unknown_time("time unknown", parts, t_ms)
        return [
            no_value(p, t_ms, part) if isinstance(part, str) else numeric(p, part, t_ms)
            for p, part in zip(CUFF, parts, strict=False)
        ]

    @staticmethod
    def _of_unknown_time(words: str, parts: tuple[float | str, ...], t_ms: int) -> list[Numeric]:
        reasons = [part if isinstance(part, str) else f"{words} {part:.0f}" for part in parts]
        return [
            no_value(p, t_ms, reason, Validity.UNAVAILABLE)
            for p, reason in zip(CUFF, reasons, strict=False)
        ]


class Ivy450C(PushDriver):
    """An Ivy 450C with its ANSAR-B output."""

    facts = DriverFacts(
        name="ivy_450c",
        maker="Ivy Biomedical",
        models=("450C",),
        parameters=VITALS,
        expected=(Parameter.HR, Parameter.SPO2),
        line=Line(9600),
        period_s=PERIOD_S,
        checksum=None,
        evidence=("constructed",),
    )

    def __init__(self) -> None:
        """Begin with no message heard."""
        self.split = Messages()
        self._cuff = RepeatedCuff()

    def connected(self, t_ms: int) -> bytes:
        """Forget the half message; what the cuff showed is before connection."""
        self._cuff.connected(t_ms)
        return super().connected(t_ms)

    def parse(self, frame: bytes, t_ms: int) -> list[Numeric]:
        """Read one message: all of it, or FrameError."""
        found = lines(frame)
        numerics: list[Numeric] = []
        if "HR" in found:
            _, rate, label, *_ = found["HR"]
            heart = told(Parameter.HR, rate, t_ms)
            if heart.value is not None and any(word in label.upper() for word in _NOT_ECG):
                heart = no_value(Parameter.HR, t_ms, "not from ECG", Validity.UNAVAILABLE)
            numerics.append(heart)
        if "SPO2" in found:
            _, saturation, label, *_ = found["SPO2"]
            numerics.append(told(Parameter.SPO2, saturation, t_ms))
            numerics.append(told(Parameter.PR, label.partition("=")[2], t_ms))
        for name, parameter in (("RR", Parameter.RR), ("ETCO2", Parameter.ETCO2)):
            if name in found:
                numerics.append(told(parameter, found[name][1], t_ms))
        temps = [
            told(Parameter.TEMP, found[name][1], t_ms) for name in ("T1", "T2") if name in found
        ]
        if temps:
            numerics.append(next((temp for temp in temps if temp.value is not None), temps[0]))
        if "NIBP" in found:
            texts = found["NIBP"][1:5]
            kinds = (*CUFF, Parameter.PR)
            parts = tuple(value(kind, text) for kind, text in zip(kinds, texts, strict=True))
            numerics += self._cuff.told(parts, t_ms)
        return numerics
