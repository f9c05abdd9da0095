"""Numerics recorded from a real patient, for a virtual monitor to speak.

A CSV with the header ``t_seconds,parameter,value,unit``, sorted by time. Ours are HR, PR, RR,
SpO2, EtCO2, Temp and NIBP_sys, NIBP_dia, NIBP_mean; other parameters are passed over. Recorders
write 0 and impossible numbers where there was no value: here they are no value.
"""

import csv
import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

from devices.driver import PortError
from devices.numeric import CUFF, VITALS, Parameter
from devices.virtual.patient import Cuff, Vitals, Why

HEADER = ["t_seconds", "parameter", "value", "unit"]
_SAME_UNIT = {"bpm": "/min"}
_MMHG_PER_PERCENT = 7.6  # a gas fraction at 760 mmHg
_ONE_ROW_HOLDS_S = 60.0

Rows = dict[Parameter, list[tuple[float, float]]]


class RecordedPatient:
    """A patient who repeats what was recorded.

    A continuous value holds until the next of its parameter, but no longer than twice the usual
    (median) spacing. Cuff rows of the same time are one measurement.
    """

    def __init__(self, rows: Rows) -> None:
        """Sort out the cuff measurements."""
        self._rows = {key: found for key, found in rows.items() if key not in CUFF}
        self._times = {key: [t for t, _ in found] for key, found in self._rows.items()}
        self._hold_s = {key: _hold_s(times) for key, times in self._times.items()}
        taken: dict[float, dict[Parameter, float | None]] = {}
        for parameter in CUFF:
            for t_s, value in rows.get(parameter, []):
                possible = _possible(parameter, value)
                taken.setdefault(t_s, {})[parameter] = possible
        self._cuffs = [
            Cuff(t_s, *(taken[t_s].get(parameter) for parameter in CUFF)) for t_s in sorted(taken)
        ]
        self._cuff_times = [cuff.t_s for cuff in self._cuffs]

    def at(self, t_s: float) -> Vitals:
        """The values that hold at this time."""
        return {parameter: self._value(parameter, t_s) for parameter in self._rows}

    def _value(self, parameter: Parameter, t_s: float) -> float | Why:
        index = bisect_right(self._times[parameter], t_s) - 1
        if index < 0:
            return Why.NO_VALUE
        begin_s, value = self._rows[parameter][index]
        if t_s - begin_s > self._hold_s[parameter]:
            return Why.NO_VALUE
        possible = _possible(parameter, value)
        return Why.NO_VALUE if possible is None else possible

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        """The cuff measurements of the recording."""
        begin, end = (bisect_right(self._cuff_times, t_s) for t_s in (after_s, until_s))
        return self._cuffs[begin:end]


def _hold_s(times: list[float]) -> float:
    spacing = [after - before for before, after in pairwise(times)]
    return 2 * median(spacing) if spacing else _ONE_ROW_HOLDS_S


def _possible(parameter: Parameter, value: float) -> float | None:
    low, high = parameter.range
    return value if low <= value <= high else None


def read_recording(path: str) -> RecordedPatient:
    """Read a recording whole, or raise PortError that names the file and the line."""
    return RecordedPatient(read_rows(path))


def read_rows(path: str) -> Rows:
    """The rows of a recording by parameter, times in seconds, values raw: a 0 is still a 0.

    Raises PortError that names the file and the line.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = _read(path, csv.reader(file))
    except FileNotFoundError as error:
        raise PortError(f"The recording {path} is not there.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PortError(f"The recording {path} cannot be read as text.") from error
    if not any(rows.values()):
        known = ", ".join(parameter.value for parameter in VITALS)
        raise PortError(f"The recording {path} holds none of {known}.")
    return rows


def _read(path: str, lines: Iterator[list[str]]) -> Rows:
    ours = {parameter.value: parameter for parameter in VITALS}
    rows: Rows = {}
    if next(lines, None) != HEADER:
        raise PortError(f"{path}, line 1: the header is not {','.join(HEADER)}.")
    last_s = -math.inf
    for number, cells in enumerate(lines, start=2):
        where = f"{path}, line {number}"
        if len(cells) != len(HEADER):
            raise PortError(f"{where}: {len(cells)} columns, not {len(HEADER)}.")
        t_s = _number(where, "time", cells[0])
        if t_s < last_s:
            raise PortError(f"{where}: {cells[0]} s comes after a later time; sort by time.")
        last_s = t_s
        parameter = ours.get(cells[1])
        if parameter is None:
            continue
        value = _canonical(where, parameter, _number(where, "value", cells[2]), cells[3])
        found = rows.setdefault(parameter, [])
        if found and found[-1][0] == t_s:
            raise PortError(f"{where}: a second {parameter.value} at {cells[0]} s.")
        found.append((t_s, value))
    return rows


def _number(where: str, what: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PortError(f"{where}: the {what} {text or '(empty)'} is no number.")
    return value


def _canonical(where: str, parameter: Parameter, value: float, unit: str) -> float:
    if _SAME_UNIT.get(unit, unit) == parameter.unit:
        return value
    if parameter is Parameter.ETCO2 and unit == "%":
        return value * _MMHG_PER_PERCENT
    raise PortError(f"{where}: {parameter.value} in {unit or '(no unit)'}, not {parameter.unit}.")
