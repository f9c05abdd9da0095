"""Two virtual Contec oximeters: a CMS50 that speaks protocol V7.0, and an older one that pushes.

Constructed from the protocol and from a conversation that others recorded (headrotor/contec_data).
The V7.0 one is silent until it is asked, then sends 60 packets a second as long as it hears that
the host is still there, each 5 s. The older one sends 60 packets of 5 bytes a second, unasked.
Both give six packets at a time.

Where the protocol says nothing: the link dies 10 s after the last command, with a disconnect
notice; the keep-alive has no answer; a search that lasts 5 s has lasted too long; the older one has
zeros where it has no value, and tells a finger that is out in both of its bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from devices.numeric import Parameter
from devices.virtual.patient import Patient, known
from devices.virtual.pleth import Pleth
from devices.virtual.query import NEVER, Intervals

_PACKETS_A_SECOND, _AT_ONCE = 60, 6
_BATCH_S = _AT_ONCE / _PACKETS_A_SECOND
_COMMAND_BYTES = 9
_PATIENCE_S = 10.0
_TOO_LONG_S = 5.0
_LOW_SPO2 = 90
_START, _STOP, _ALIVE = 0xA1, 0xA2, 0xAF
_FEEDBACK, _FREE, _GOODBYE = 0x0B, 0x0C, 0x0D
_UNSUPPORTED = 5
_ANSWERS = {
    0xA0: bytes([0x06, 0x80, 0x80, 0x87]),
    0xA2: bytes([_FREE, 0x80]),
    0xA7: bytes([_FREE, 0x80]),
    0xAA: bytes.fromhex("0480f5f3e5f2a0a0a0"),
    0xAC: bytes([0x0E, 0x80, 0x81]),
    0xB0: bytes.fromhex("118081818080808080"),
}
"""As the recorded device answered. 0E says whether it measures the perfusion index."""


def packed(kind: int, payload: bytes) -> bytes:
    """A V7.0 packet: all but the first byte have the top bit set; the real ones come before."""
    tops = sum((byte >> 7) << place for place, byte in enumerate(payload))
    return bytes([kind, 0x80 | tops]) + bytes(0x80 | byte for byte in payload)


class _Oximeter:
    ARTEFACTS: ClassVar[tuple[str, ...]] = ("searching", "low_perfusion")

    def __init__(self, patient: Patient, artefacts: Mapping[str, Intervals] | None = None) -> None:
        """Begin."""
        self._patient = patient
        self._artefacts = artefacts or {}
        self._pleth = Pleth()
        self._searching_since_s: float | None = None

    def _now(self, artefact: str, t_s: float) -> bool:
        return t_s in self._artefacts.get(artefact, NEVER)

    def _look(self, t_s: float) -> "_Look":
        vitals = self._patient.at(t_s)
        pulse, spo2 = known(vitals, Parameter.PR), known(vitals, Parameter.SPO2)
        off = pulse is None and spo2 is None
        searching = self._now("searching", t_s) and not off
        if not searching:
            self._searching_since_s = None
        elif self._searching_since_s is None:
            self._searching_since_s = t_s
        begun_s = self._searching_since_s
        return _Look(
            pulse=None if searching else _whole(pulse, 254),
            spo2=None if searching else _whole(spo2, 100),
            off=off,
            searching=searching,
            too_long=begun_s is not None and t_s - begun_s >= _TOO_LONG_S,
            weak=self._now("low_perfusion", t_s),
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """What an oximeter sees at one moment."""

    pulse: int | None
    spo2: int | None
    off: bool
    searching: bool
    too_long: bool
    weak: bool

    @property
    def low(self) -> bool:
        return self.spo2 is not None and self.spo2 < _LOW_SPO2

    @property
    def strength(self) -> int:
        if self.off or self.searching:
            return 0
        return 1 if self.weak else 5

    @property
    def index(self) -> int:
        """The perfusion index in 0.01 %."""
        return 30 if self.weak else 240


def _whole(value: float | None, highest: int) -> int | None:
    return None if value is None or not 1 <= round(value) <= highest else round(value)


class ContecMonitor(_Oximeter):
    """A CMS50D+, E, F or EW with protocol V7.0. ``off`` are times when it has no power."""

    ARTEFACTS: ClassVar[tuple[str, ...]] = ("searching", "low_perfusion", "off")

    def __init__(
        self,
        patient: Patient,
        perfusion_index: bool = True,
        artefacts: Mapping[str, Intervals] | None = None,
    ) -> None:
        """Begin in silence. The recorded device did not measure a perfusion index."""
        super().__init__(patient, artefacts)
        self._has_index = perfusion_index
        self._heard = bytearray()
        self._heard_s = 0.0
        self._answers: list[tuple[float, bytes]] = []
        self._next_s: float | None = None

    def next_s(self) -> float | None:
        """When it speaks next; None while nobody asked."""
        if self._answers:
            return self._answers[0][0]
        return self._next_s

    def emit(self) -> bytes:
        """An answer, or six packets, or the notice that the host is gone."""
        if self._answers:
            t_s, answer = self._answers.pop(0)
            return b"" if self._now("off", t_s) else answer
        t_s = self._next_s or 0.0
        if self._now("off", t_s):
            self._next_s = None
            return b""
        if t_s - self._heard_s >= _PATIENCE_S:
            self._next_s = None
            return packed(_GOODBYE, b"")
        self._next_s = t_s + _BATCH_S
        look = self._look(t_s)
        return b"".join(packed(0x01, self._payload(look)) for _ in range(_AT_ONCE))

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear commands of nine bytes, in whatever pieces they come."""
        if self._now("off", t_s):
            self._next_s = None
            self._heard.clear()
            return
        self._heard += data
        while (begin := self._heard.find(b"\x7d\x81")) >= 0:
            command = bytes(self._heard[begin : begin + _COMMAND_BYTES])
            if len(command) < _COMMAND_BYTES:
                del self._heard[:begin]
                return
            if all(byte & 0x80 for byte in command[1:]):
                del self._heard[: begin + _COMMAND_BYTES]
                self._obey(command[2], t_s)
            else:
                del self._heard[: begin + 2]
        del self._heard[:-1]

    def _obey(self, command: int, t_s: float) -> None:
        self._heard_s = t_s
        if command == _START:
            if self._next_s is None:
                self._next_s = t_s + _BATCH_S
            return
        if command == _STOP:
            self._next_s = None
        if command == _ALIVE:
            return
        unsupported = packed(_FEEDBACK, bytes([command, _UNSUPPORTED]))
        answer = _ANSWERS.get(command, unsupported)
        if command == 0xAC:
            answer = packed(0x0E, bytes([self._has_index]))
        self._answers.append((t_s, answer))

    def _payload(self, look: _Look) -> bytes:
        wave = round(self._pleth.step(look.pulse, 1 / _PACKETS_A_SECOND) * 100)
        no_index = not self._has_index or look.spo2 is None
        return bytes(
            [
                look.strength
                | look.too_long << 4
                | look.low << 5
                | self._pleth.beat << 6
                | look.off << 7,
                (0x40 if look.off else wave) | look.searching << 7,
                (0 if look.off else wave * 15 // 100) | no_index << 4,
                0xFF if look.pulse is None else look.pulse,
                0x7F if look.spo2 is None else look.spo2,
                *(0xFFFF if no_index else look.index).to_bytes(2, "little"),
            ]
        )


class Contec5ByteMonitor(_Oximeter):
    """A CMS50D+ with firmware before 4.6, or an older CMS50E."""

    def __init__(self, patient: Patient, artefacts: Mapping[str, Intervals] | None = None) -> None:
        """Begin."""
        super().__init__(patient, artefacts)
        self._said = 0

    def next_s(self) -> float:
        """When the next six packets come."""
        return _BATCH_S * (self._said + 1)

    def emit(self) -> bytes:
        """Six packets."""
        look = self._look(self.next_s())
        self._said += 1
        return b"".join(self._packet(look) for _ in range(_AT_ONCE))

    def receive(self, data: bytes, t_s: float) -> None:
        """It hears nothing."""

    def _packet(self, look: _Look) -> bytes:
        wave = round(self._pleth.step(look.pulse, 1 / _PACKETS_A_SECOND) * 100)
        pulse, spo2 = look.pulse or 0, look.spo2 or 0
        return bytes(
            [
                0x80 | look.strength | look.off << 4 | look.low << 5 | self._pleth.beat << 6,
                wave,
                wave * 15 // 100 | look.off << 4 | look.searching << 5 | (pulse >> 7) << 6,
                pulse & 0x7F,
                spo2,
            ]
        )
