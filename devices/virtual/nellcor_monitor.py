"""A virtual Nellcor oximeter that prints a line each 2 s, in the layout of an NPB-290 or N-595.

Constructed from lines in the makers' manuals, not from a recording of the device. Two header lines
(three on an N-595) come first and again after each 25 lines. XOFF stops it, XON lets it go on; what
it would have printed in between is lost.

Where the manuals say nothing: a sensor that is off or disconnected prints dashes; a lost pulse
prints zeros, as the device's display shows them; pulse search and motion keep the last numbers;
columns are two blanks apart.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

from devices.numeric import Parameter
from devices.virtual.patient import Patient, known
from devices.virtual.query import NEVER, Intervals

MODELS = ("NPB-290", "NPB-295", "N-595")
_EVERY_S = 2.0
_LINES_A_PAGE = 25
_XON, _XOFF = 0x11, 0x13
_LIMITS = {Parameter.SPO2: (85, 100), Parameter.PR: (40, 170)}
_CODES = {Parameter.SPO2: ("SL", "SH"), Parameter.PR: ("PL", "PH")}
_HIGHEST = {Parameter.SPO2: 100, Parameter.PR: 250}
_AMPLITUDE, _LOW_AMPLITUDE = 50, 4


class NellcorMonitor:
    """One line at each even second after opening."""

    ARTEFACTS: ClassVar[tuple[str, ...]] = (
        "disconnected",
        "pulse_lost",
        "pulse_lost_motion",
        "pulse_search",
        "motion",
        "low_perfusion",
        "battery_low",
        "audio_paused",
    )
    """What can happen. Low perfusion has no code: only the pulse amplitude is small."""

    def __init__(
        self,
        patient: Patient,
        clock_s: Callable[[float], int],
        model: str = "NPB-290",
        artefacts: Mapping[str, Intervals] | None = None,
    ) -> None:
        """Begin at the top of a page."""
        self._patient = patient
        self._clock_s = clock_s
        self._model = model
        self._artefacts = artefacts or {}
        self._said = 0
        self._stopped = False

    def next_s(self) -> float:
        """When the next line comes."""
        return _EVERY_S * (self._said + 1)

    def emit(self) -> bytes:
        """One line, and the header before it where it is due."""
        t_s = self.next_s()
        lines = [] if self._said % _LINES_A_PAGE else self._header()
        lines.append(self._line(t_s))
        self._said += 1
        if self._stopped:
            return b""
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")

    def receive(self, data: bytes, t_s: float) -> None:
        """Hear XON and XOFF, nothing else."""
        for byte in data:
            if byte in (_XON, _XOFF):
                self._stopped = byte == _XOFF

    def _now(self, artefact: str, t_s: float) -> bool:
        return t_s in self._artefacts.get(artefact, NEVER)

    def _header(self) -> list[str]:
        spo2, pulse = _LIMITS[Parameter.SPO2], _LIMITS[Parameter.PR]
        limits = f"SpO2 Limit: {spo2[0]}-{spo2[1]}% PR Limit: {pulse[0]}-{pulse[1]}BPM"
        lines = [f"{self._model} VERSION 1.0.0.1 CRC: XXXX {limits}"]
        if self._model == "N-595":
            lines.append("ADULT 0SAT-S SPO2 RESP MODE: NORMAL")
        return [*lines, "TIME  %SPO2  BPM  PA  Status"]

    def _line(self, t_s: float) -> str:
        stamp = datetime.fromtimestamp(self._clock_s(t_s), UTC)
        day = f"{stamp.day:02d}-{_MONTHS[stamp.month - 1]}-{stamp.year % 100:02d}"
        columns, codes = self._columns(t_s)
        return "  ".join([f"{day} {stamp:%H:%M:%S}", *columns, " ".join(codes)]).rstrip()

    def _columns(self, t_s: float) -> tuple[list[str], list[str]]:
        always = [("battery_low", "LB"), ("audio_paused", "AS")]
        codes = [code for artefact, code in always if self._now(artefact, t_s)]
        vitals = self._patient.at(t_s)
        values = {p: known(vitals, p) for p in (Parameter.SPO2, Parameter.PR)}
        off = all(value is None for value in values.values())
        if self._now("disconnected", t_s) or off:
            gone = "SD" if self._now("disconnected", t_s) else "SO"
            return ["---", "---", "---"], [*codes, gone]
        for artefact, code in (("pulse_lost_motion", "LM"), ("pulse_lost", "LP")):
            if self._now(artefact, t_s):
                return ["  0", "  0", "  0"], [*codes, code]
        doubts = [("motion", "MO"), ("pulse_search", "PS")]
        codes += [code for artefact, code in doubts if self._now(artefact, t_s)]
        columns = []
        for parameter, value in values.items():
            if value is None or not 1 <= round(value) <= _HIGHEST[parameter]:
                columns.append("---")
                continue
            low, high = _LIMITS[parameter]
            outside = not low <= round(value) <= high
            columns.append(f"{round(value):3d}{'*' if outside else ''}")
            if outside:
                codes.append(_CODES[parameter][round(value) > high])
        amplitude = _LOW_AMPLITUDE if self._now("low_perfusion", t_s) else _AMPLITUDE
        return [*columns, f"{amplitude:3d}"], codes


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN",
           "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")  # fmt: skip
