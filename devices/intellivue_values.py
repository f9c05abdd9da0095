"""What a Philips IntelliVue message holds: lists, attributes, numerics, times.

Pure reading; `devices.philips_intellivue` says what all of it means and where it comes from.
"""

from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from devices.driver import FrameError
from devices.numeric import Numeric, Parameter, Validity, no_value, numeric

NUMERIC, COMPOUND, LABEL = 0x0950, 0x094B, 0x0924
TIME_ABSOLUTE, TIME_RELATIVE = 0x0990, 0x0991

IDS = {
    Parameter.HR: (0x4182,),
    Parameter.PR: (0x4822, 0x480A),
    Parameter.SPO2: (0x4BB8,),
    Parameter.RR: (0x5012, 0x500A),
    Parameter.ETCO2: (0x50B0,),
    Parameter.TEMP: (0x4B48, 0xE014),
}
WANTED = frozenset(code for codes in IDS.values() for code in codes)
OTHER = 0
"""Stands for every label that is not wanted."""

CUFF_IDS = {0x4A05: Parameter.NIBP_SYS, 0x4A06: Parameter.NIBP_DIA, 0x4A07: Parameter.NIBP_MEAN}


def _from_kpa(value: float) -> float:
    return round(value * 7.500617, 1)


def _from_fahrenheit(value: float) -> float:
    return round((value - 32) / 1.8, 2)


UNITS: dict[str, dict[int, Callable[[float], float]]] = {
    "/min": {0x0AA0: float, 0x0AE0: float},
    "%": {0x0220: float},
    "mmHg": {0x0F20: float, 0x0F03: _from_kpa},
    "°C": {0x17A0: float, 0x1140: _from_fahrenheit},
}

INVALID, QUESTIONABLE, UNAVAILABLE, CALIBRATING = 0x8000, 0x4000, 0x2000, 0x1000
TEST, DEMO, EARLY, MEASURING = 0x0800, 0x0400, 0x0040, 0x0020
SPECIAL = {
    0x7FFFFF: "no value",
    0x800000: "no value",
    0x7FFFFE: "above range",
    0x800002: "below range",
    0x800001: "no value",  # reserved
}


class Words:
    """Takes a message apart from the front; what is not there is a FrameError."""

    def __init__(self, data: bytes) -> None:
        """Begin at its first byte."""
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        """Give the next bytes."""
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise FrameError("a part does not fit")
        self._at += size
        return found

    def left(self) -> bytes:
        """Give all that is left."""
        return self.take(len(self._data) - self._at)

    def u16(self) -> int:
        """Give the next two bytes as a number."""
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        """Give the next four bytes as a number."""
        return int.from_bytes(self.take(4), "big")

    def within(self) -> "Words":
        """Give the part whose length comes first."""
        return Words(self.take(self.u16()))

    def rest(self) -> "Words":
        """Give a part whose length comes first and which must be all that is left."""
        part = self.within()
        if self:
            raise FrameError("more than the length says")
        return part

    def items(self) -> tuple[int, "Words"]:
        """Give the count and the bytes of a list."""
        return self.u16(), self.within()


class Told(NamedTuple):
    """One numeric as the monitor tells it."""

    code: int
    state: int
    unit: int
    exponent: int
    mantissa: int

    @classmethod
    def of(cls, words: Words) -> "Told":
        """Take the next ten bytes."""
        code, state, unit = words.u16(), words.u16(), words.u16()
        exponent = int.from_bytes(words.take(1), "big", signed=True)
        return cls(code, state, unit, exponent, int.from_bytes(words.take(3), "big"))

    def value(self) -> float:
        """The number, if the mantissa is none of SPECIAL."""
        number = self.mantissa - (1 << 24 if self.mantissa >> 23 else 0)
        if self.exponent < 0:  # so that 370 and -1 are 37.0 to the last digit
            return float(number / 10**-self.exponent)
        return float(number * 10**self.exponent)

    def judged(self, parameter: Parameter, t_ms: int) -> Numeric:
        """The numeric in its canonical unit, or why there is none."""
        demo = bool(self.state & (DEMO | TEST))
        if self.state & UNAVAILABLE:
            return no_value(parameter, t_ms, "not measuring", Validity.UNAVAILABLE, demo=demo)
        wrong = {CALIBRATING: "calibrating", TEST: "test data", INVALID: "no valid value"}
        reason = next((why for bit, why in wrong.items() if self.state & bit), "")
        if not reason and self.mantissa in SPECIAL:
            if self.state & MEASURING:
                return no_value(parameter, t_ms, "measuring", Validity.MEASURING, demo=demo)
            reason = SPECIAL[self.mantissa]
        convert = UNITS[parameter.unit].get(self.unit)
        if not reason and convert is None:
            reason = f"unknown unit {self.unit:04X}"
        if reason or convert is None:
            return no_value(parameter, t_ms, reason, demo=demo)
        doubts = {QUESTIONABLE: "questionable", EARLY: "early value"}
        doubt = ", ".join(why for bit, why in doubts.items() if self.state & bit)
        return numeric(parameter, convert(self.value()), t_ms, doubt=doubt, demo=demo)


def attributes_in(words: Words) -> dict[int, bytes]:
    """Take a list of attributes."""
    count, body = words.items()
    found: dict[int, bytes] = {}
    for _ in range(count):
        key = body.u16()
        found[key] = body.take(body.u16())
    if body:
        raise FrameError("more attributes than counted")
    return found


def told_in(attributes: dict[int, bytes]) -> list[Told]:
    """The numerics of one object."""
    told: list[Told] = []
    if NUMERIC in attributes:
        told.append(Told.of(Words(attributes[NUMERIC])))
    if COMPOUND in attributes:
        count, body = Words(attributes[COMPOUND]).items()
        told += [Told.of(body) for _ in range(count)]
    return told


def absolute_ms(bcd: bytes) -> int | None:
    """A time as the monitor's clock has it, in ms since 1970 there; None where it is not told."""
    digits = bcd.hex()
    if len(digits) != 16 or not digits.isdecimal():
        return None
    year = int(digits[:4])
    month, day, hour, minute, second, hundredths = (int(digits[n : n + 2]) for n in range(4, 16, 2))
    if not (1 <= month <= 12 and 1 <= day <= 31 and year >= 1970 and max(minute, second) < 60):
        return None
    return timegm((year, month, day, hour, minute, second)) * 1000 + hundredths * 10


@dataclass
class Result:
    """The answer to one poll, as far as it came: ``parts`` linked results, ``whole`` so far.

    Linked results may never end: what is kept is bounded, as only wanted codes are, and one OTHER.
    """

    invoke: int
    parts: int = 0
    whole: bool = True
    ended: bool = True
    known: set[int] = field(default_factory=set)
    told: dict[int, Told] = field(default_factory=dict)
    cuff: dict[int, bytes] | None = None

    def add(self, contexts: Words) -> None:
        """Take the objects of one message."""
        count, body = contexts.items()
        if contexts:
            raise FrameError("more after the list of contexts")
        for _ in range(count):
            body.u16()
            objects, inner = body.items()
            for _ in range(objects):
                inner.u16()
                self._object(attributes_in(inner))
            if inner:
                raise FrameError("more objects than counted")
        if body:
            raise FrameError("more contexts than counted")

    def _object(self, attributes: dict[int, bytes]) -> None:
        label = int.from_bytes(attributes.get(LABEL, b"")[-2:], "big")
        self.known.add(label if label in WANTED else OTHER)
        for told in told_in(attributes):
            if told.code in CUFF_IDS:
                self.cuff = attributes
            elif told.code not in WANTED:
                continue
            elif told.code == label or told.code not in self.told:  # of two, the one named so
                self.told[told.code] = told

    def continuous(self, t_ms: int) -> list[Numeric]:
        """What is told of each continuous parameter: the first of its ids that has a value."""
        numerics = []
        for parameter, codes in IDS.items():
            found = [self.told[code].judged(parameter, t_ms) for code in codes if code in self.told]
            found.sort(key=lambda one: one.value is None)
            reason = "not measuring" if self.known & set(codes) else "not connected"
            if not found and (self.whole or reason == "not measuring"):
                found = [no_value(parameter, t_ms, reason, Validity.UNAVAILABLE)]
            numerics += found[:1]
        return numerics


@dataclass
class MonitorClock:
    """The monitor's clock: absolute where it was told, carried on by relative time."""

    relative: int | None = None
    absolute_ms: float | None = None

    def tell(self, relative: int, absolute: int | None) -> None:
        """Take what a message says of now."""
        if absolute is not None:
            self.absolute_ms = absolute
        elif self.absolute_ms is not None and self.relative is not None:
            passed = (relative - self.relative) % 2**32
            if passed >= 2**31:  # linked results and events may overtake each other
                passed -= 2**32
            self.absolute_ms += passed / 8
        self.relative = relative

    def age_ms(self, attributes: dict[int, bytes]) -> int | None:
        """How old a value says it is; None where it does not, or lies in the future."""
        age: float | None = None
        relative = attributes.get(TIME_RELATIVE)
        absolute = absolute_ms(attributes.get(TIME_ABSOLUTE, b""))
        if relative is not None and len(relative) == 4 and self.relative is not None:
            age = (self.relative - int.from_bytes(relative, "big") + 2**24) % 2**32 - 2**24
            age /= 8
        elif absolute is not None and self.absolute_ms is not None:
            age = self.absolute_ms - absolute
        return None if age is None or age < -2000 else max(0, round(age))
