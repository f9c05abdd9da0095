"""Datex-Ohmeda DRI: the "S/5 Computer Interface" of GE and Datex-Ohmeda bedside monitors.

19200 8E1 with RTS/CTS. B450, B650 and B850 need a USB adapter in the monitor and a null modem.
There is no handshake: we write one request, and the monitor then sends a record each 5 s until it
is stopped or restarted. Hence the request is repeated when nothing has come for two periods.

    7E record checksum 7E     on the wire; in between 7E is sent as 7D 5E, 7D as 7D 5D

The checksum is the sum of the record's bytes before that, modulo 256. All numbers are little-endian
and packed. A record is a header of 40 bytes, then subrecords:

    0  i16 length of the record   2  u8 number   3  u8 level of the interface, any is accepted
    4  u16 plug id, 0 unknown     6  u32 time of the monitor, s     10  reserved
    14 i16 main type: 0 parameters, 1 waves, 4 alarms, 5 network, 8 other
    16 eight times {i16 offset from byte 40, u8 type}, ended by type FF

The sum sees every flipped bit but those that make or unmake a 7E or 7D; these change the length of
the frame, and the length is required to fit exactly. A piece cut off the end of a record of one
subrecord is too short to hold another.

Request, type 0 (9 bytes): u8 record type (1 displayed values, 4 aux), i16 period in s (5 at least;
0 stops), u32 classes (0: basic only), i16 reserved. Displayed values, type 1 (278 bytes):

    4   ECG    10 HR, 18 RR by impedance /min. Status: 2 asystole, 3-6 source of HR (1 ECG, 9 ECG by
               Mortara, 2-5, 7, 8 pressures, 6 and 12 pleth), 7 noise, 8 artifact, 9 learning,
               11-13 lead off
    76  NIBP   82 sys, 84 dia, 86 mean 0.01 mmHg. Label: 5 measuring, 8 older than 60 s
    90  Temp   T1 to T4, 8 bytes each: 96, 104, 112, 120 in 0.01 °C, whatever their site
    122 SpO2   128 SpO2 0.01 %, 130 PR /min
    136 CO2    142 et 0.01 %, 146 RR /min, 148 ambient pressure 0.1 mmHg. Status: 2 apnea,
               3 calibrating, 4 zeroing, 5 occlusion, 6 leak, 7 apnea by impedance, 9 wet
    276 u16    bits 8-11: class; 0 is basic

Each group begins with u32 status (0 module there, 1 active) and u16 label; values are i16. At
-32001 and below a value is none: see SENTINELS. Zero is none. The status bits come from a summary
of the record specification, not yet seen from a monitor; those of the SpO2 group are not known.

Our choices. HR only if its source is the ECG: a pulse is not HR. Noise, artifact and learning leave
HR in doubt, because the monitor itself still shows and alarms on it. RR is by CO2 while that is
active, else by impedance. EtCO2 in mmHg = et x ambient pressure, dry gas; a wet reading is taken as
it is. Temp is the first active probe with a value.

The cuff's last numbers are repeated in every record. A reading is new when it is not older than 60
s and is the first, or has other numbers, or measuring or older was seen in between. `LatchedCuff`
holds the rule, also for reconnecting. The aux record, type 4, begins with u32 time of the last cuff
reading (0 unknown). Not stated: whether all monitors send it, whether it comes before or after the
values that it belongs to, and whether it is the cuff's start or end. So it is asked for first, that
it may come first and that the request which counts is the last word. A monitor that stays silent
then is asked for values alone, and for aux once they flow; if that stops them, never again. The
time in it is used only where it can belong to no earlier reading. All works without it. Where aux
flowed and the line was then silent, a first record without aux leaves the cuff to the next: else a
reading of the silence had the time of its arrival, up to a minute late, as it has where no aux
comes, and after a new connection.

Source: GE S/5 Computer Interface Specification M1017617, 12th edition (frames, requests, examples);
Datex-Ohmeda Record Interface Specification 8005313, 12th edition (records). No captured record was
found: our logs are constructed from these.
"""

from collections.abc import Iterator
from struct import pack, unpack_from

from devices.driver import Driver, DriverFacts, FrameError, Line
from devices.latched_cuff import LatchedCuff
from devices.numeric import VITALS, Numeric, Parameter, Validity, no_value, numeric

PERIOD_S = 5
HEADER = 40
LONGEST = HEADER + 1450
REQUEST, DISPLAYED, AUX, END = 0, 1, 4, 0xFF
PARAMETERS = 0
MAIN_TYPES = (PARAMETERS, 1, 4, 5, 8)
SIZES = {DISPLAYED: 278, AUX: 114}

NO_DATA = -32001
SENTINELS = {
    -32766: "not updated",
    -32764: "below range",
    -32763: "above range",
    -32762: "not calibrated",
}
"""Any other number at or below NO_DATA, above all -32767, says no more than ``no value``."""


# Frames


def frame(record: bytes) -> bytes:
    """Wrap a record for the wire."""
    checked = record + bytes([sum(record) & 0xFF])
    return b"\x7e" + checked.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def unframe(stuffed: bytes) -> bytes:
    """Give the record out of the bytes between two 7E, or FrameError."""
    if not HEADER < len(stuffed) <= 2 * (LONGEST + 1):
        raise FrameError(f"{len(stuffed)} bytes")
    start, *escaped = stuffed.split(b"\x7d")
    if not all(part[:1] in (b"\x5d", b"\x5e") for part in escaped):
        raise FrameError("an escape that is none")
    checked = start + b"".join(bytes([part[0] | 0x20]) + part[1:] for part in escaped)
    record, checksum = checked[:-1], checked[-1]
    if len(record) < HEADER or _i16(record, 0) != len(record):
        raise FrameError("length")
    if sum(record) & 0xFF != checksum:
        raise FrameError("checksum")
    if _i16(record, 14) not in MAIN_TYPES:
        raise FrameError("main type")
    return record


def subrecords(record: bytes) -> Iterator[tuple[int, bytes]]:
    """Give type and bytes of each subrecord, as far as the record goes, or FrameError."""
    sizes = SIZES if _i16(record, 14) == PARAMETERS else {}
    for at in range(16, HEADER, 3):
        offset, kind = _i16(record, at), record[at + 2]
        if kind == END:
            return
        data = record[HEADER + offset :]
        if offset < 0 or len(data) < sizes.get(kind, 1):
            raise FrameError(f"subrecord {kind} does not fit")
        yield kind, data


def request_frame(main_type: int, body: bytes) -> bytes:
    """Ask for something: a record of one subrecord of type 0."""
    described = pack("<hB", 0, REQUEST) + pack("<hB", 0, END)
    header = pack("<h12xh", HEADER + len(body), main_type) + described
    return frame(header.ljust(HEADER, b"\0") + body)


def parameter_request(record_type: int, period_s: int, classes: int = 0) -> bytes:
    """Ask for a kind of parameter record every ``period_s`` seconds; 0 stops it."""
    return request_frame(PARAMETERS, pack("<BhIh", record_type, period_s, classes, 0))


START = parameter_request(DISPLAYED, PERIOD_S)
START_AUX = parameter_request(AUX, PERIOD_S)
STOP = parameter_request(DISPLAYED, 0)
STOP_AUX = parameter_request(AUX, 0)


# Displayed values


def _i16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little", signed=True)


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _bit(bits: int, number: int) -> bool:
    return bool(bits >> number & 1)


def _absence(status: int, inactive: str = "not measuring") -> str:
    """Why a whole group has no values, or nothing."""
    if not _bit(status, 0):
        return "not connected"
    return "" if _bit(status, 1) else inactive


def _measured(
    parameter: Parameter, raw: int, scale: int, t_ms: int, *, doubt: str = "", why: str = "no value"
) -> Numeric:
    """Read one value, sent in 1/``scale`` of the canonical unit. ``why`` explains the -32767."""
    if raw <= NO_DATA:
        return no_value(parameter, t_ms, SENTINELS.get(raw, why))
    return numeric(parameter, raw / scale, t_ms, doubt=doubt)


def _unavailable(parameter: Parameter, t_ms: int, reason: str) -> Numeric:
    return no_value(parameter, t_ms, reason, Validity.UNAVAILABLE)


def heart_rate(data: bytes, t_ms: int) -> Numeric:
    """HR, only where the monitor counts it from the ECG."""
    status, raw = _u32(data, 4), _i16(data, 10)
    if _bit(status, 0) and _bit(status, 2):  # even if the group is inactive: nobody may miss it
        return no_value(Parameter.HR, t_ms, "asystole (monitor)")
    leads_off = bool(status >> 11 & 0b111)
    if absence := _absence(status, "leads off" if leads_off else "not measuring"):
        return _unavailable(Parameter.HR, t_ms, absence)
    if status >> 3 & 0b1111 not in (1, 9):
        reason = "leads off" if leads_off else "not from ECG"
        return _unavailable(Parameter.HR, t_ms, reason)
    doubts = {7: "noise", 8: "artifact", 9: "learning"}
    doubt = ", ".join(word for number, word in doubts.items() if _bit(status, number))
    why = "leads off" if leads_off else doubt or "no value"
    return _measured(Parameter.HR, raw, 1, t_ms, doubt=doubt, why=why)


def oximetry(data: bytes, t_ms: int) -> list[Numeric]:
    """PR and SpO2."""
    if absence := _absence(_u32(data, 122), "probe off"):
        return [_unavailable(p, t_ms, absence) for p in (Parameter.PR, Parameter.SPO2)]
    return [
        _measured(Parameter.PR, _i16(data, 130), 1, t_ms),
        _measured(Parameter.SPO2, _i16(data, 128), 100, t_ms),
    ]


def respiration_rate(data: bytes, t_ms: int) -> Numeric:
    """RR by CO2 while that measures, else by impedance."""
    co2, ecg = _u32(data, 136), _u32(data, 4)
    if _bit(co2, 0) and (_bit(co2, 7) or (_bit(co2, 1) and _bit(co2, 2))):
        return no_value(Parameter.RR, t_ms, "apnea (monitor)")
    if _absence(co2):
        if absence := _absence(ecg):
            return _unavailable(Parameter.RR, t_ms, absence)
        return _measured(Parameter.RR, _i16(data, 18), 1, t_ms)
    if hindrance := _hindrance(co2):
        return no_value(Parameter.RR, t_ms, hindrance)
    return _measured(Parameter.RR, _i16(data, 146), 1, t_ms, doubt=_leak(co2))


def end_tidal_co2(data: bytes, t_ms: int) -> Numeric:
    """EtCO2 as a partial pressure: the fraction times the ambient pressure that comes with it."""
    status, fraction, ambient = _u32(data, 136), _i16(data, 142), _i16(data, 148)
    if absence := _absence(status):
        return _unavailable(Parameter.ETCO2, t_ms, absence)
    if hindrance := "apnea (monitor)" if _bit(status, 2) else _hindrance(status):
        return no_value(Parameter.ETCO2, t_ms, hindrance)
    if fraction <= NO_DATA:
        return _measured(Parameter.ETCO2, fraction, 1, t_ms)
    if not 4000 <= ambient <= 8500:  # 400 to 850 mmHg, where people live
        return no_value(Parameter.ETCO2, t_ms, "no ambient pressure")
    mmhg = round(fraction * ambient / 100_000, 1)
    return numeric(Parameter.ETCO2, mmhg, t_ms, doubt=_leak(status))


def _hindrance(status: int) -> str:
    """Why an active CO2 group measures no breath."""
    hindrances = {3: "calibrating", 4: "zeroing", 5: "occlusion"}
    return next((word for number, word in hindrances.items() if _bit(status, number)), "")


def _leak(status: int) -> str:
    return "leak" if _bit(status, 6) else ""


def temperature(data: bytes, t_ms: int) -> Numeric:
    """Temp of the first active probe that has a value."""
    found = [(_absence(_u32(data, at)), _i16(data, at + 6)) for at in (90, 98, 106, 114)]
    active = [raw for absence, raw in found if not absence]
    if not active:
        reasons = [absence for absence, _ in found]
        reason = "not measuring" if "not measuring" in reasons else "not connected"
        return _unavailable(Parameter.TEMP, t_ms, reason)
    raw = next((raw for raw in active if raw > 0), active[0])
    return _measured(Parameter.TEMP, raw, 100, t_ms)


# The cuff


def _pressure(data: bytes, at: int) -> float | str:
    """A pressure in mmHg, or the reason why there is none."""
    raw = _i16(data, at)
    return raw / 100 if raw > 0 else SENTINELS.get(raw, "no value")


# The conversation


class DatexDri(Driver):
    """A bedside monitor with a Datex-Ohmeda computer interface."""

    facts = DriverFacts(
        name="datex_dri",
        maker="GE / Datex-Ohmeda",
        models=(
            *("CARESCAPE B450", "CARESCAPE B650", "CARESCAPE B850", "B20", "B30", "B40"),
            *("B105", "B125", "Cardiocap/5", "S/5", "AS/3"),
        ),
        parameters=VITALS,
        expected=(Parameter.HR, Parameter.SPO2),
        line=Line(19200, parity="E", rtscts=True),
        period_s=float(PERIOD_S),
        checksum="8-bit sum",
        evidence=("published", "constructed"),
    )

    def __init__(self) -> None:
        """Begin with nothing asked and nothing heard."""
        self._cuff = LatchedCuff(PERIOD_S * 1000)
        self._aux_first, self._aux_harms = True, False
        self._begin(None)

    def _begin(self, asked_ms: int | None) -> None:
        self._rest = bytearray()
        self._in_step = False  # a 7E was seen: what follows begins a frame
        self._asked_ms = asked_ms
        self._heard_ms: int | None = None
        self._aux_asked = False
        self._cuff_s = 0
        self._aux_heard_ms: int | None = None
        self._waited = False

    def connected(self, t_ms: int) -> bytes:
        """Ask for aux and for the displayed values."""
        self.identity = None
        self._begin(t_ms)
        self._cuff.connected(t_ms)
        self._aux_asked = self._aux_first and not self._aux_harms
        return (START_AUX if self._aux_asked else b"") + START

    def due(self, t_ms: int) -> bytes:
        """Ask for the values again after two periods without; for aux once they flow."""
        if self._asked_ms is None:
            return b""
        heard_ms = self._heard_ms
        if t_ms - max(self._asked_ms, heard_ms or 0) >= 2 * PERIOD_S * 1000:
            if self._aux_asked and heard_ms is None:
                self._aux_first = False
            elif self._aux_asked and heard_ms is not None and heard_ms <= self._asked_ms:
                self._aux_harms = True
            self._asked_ms, self._heard_ms, self._aux_asked = t_ms, None, False
            return START
        if heard_ms is None or self._aux_asked or self._aux_harms:
            return b""
        if t_ms - self._asked_ms < PERIOD_S * 1000:
            return b""
        self._asked_ms, self._aux_asked = t_ms, True
        return START_AUX

    def closing(self) -> bytes:
        """Ask the monitor to stop what we asked for."""
        return STOP + (STOP_AUX if self._aux_asked or self._aux_harms else b"")

    def receive(self, data: bytes, t_ms: int) -> list[Numeric]:
        """Cut at 7E, read what is whole, count."""
        numerics: list[Numeric] = []
        self._rest += data
        *pieces, rest = bytes(self._rest).split(b"\x7e")
        self._rest = bytearray(rest)
        for piece in pieces:
            if piece and self._in_step:
                try:
                    numerics += self._read(unframe(piece), t_ms)
                except FrameError:
                    self.refused += 1
                else:
                    self.accepted += 1
            self._in_step = True
        if self._in_step and len(self._rest) > 2 * (LONGEST + 1):
            self.refused += 1
            self._in_step = False
        if not self._in_step:
            self._rest.clear()
        return numerics

    def _read(self, record: bytes, t_ms: int) -> list[Numeric]:
        """Read one record: all of it, or FrameError."""
        found = list(subrecords(record))
        if any(kind == REQUEST for kind, _ in found):
            raise FrameError("a request: our own words come back")
        plug, clock_s = unpack_from("<HI", record, 4)
        if plug:
            self.identity = f"plug {plug}"
        if _i16(record, 14) != PARAMETERS:
            return []
        for kind, data in found:
            if kind == AUX:
                self._cuff_s, self._aux_heard_ms = _u32(data, 0), t_ms
        numerics: list[Numeric] = []
        for kind, data in found:
            if kind == DISPLAYED and not _i16(data, 276) >> 8 & 0b1111:
                self._heard_ms = t_ms
                numerics += self._displayed(data, clock_s, t_ms)
        return numerics

    def _aux_missing(self, made_ms: int, t_ms: int) -> bool:
        """Whether aux flowed, and is not there yet after a silence."""
        heard_ms, aux_ms = self._cuff.heard_ms, self._aux_heard_ms
        if heard_ms is None or aux_ms is None:
            return False
        return min(made_ms - heard_ms, t_ms - aux_ms) > 3 * PERIOD_S * 1000

    def _displayed(self, data: bytes, clock_s: int, t_ms: int) -> list[Numeric]:
        age_s = clock_s - self._cuff_s
        known = self._cuff_s and 0 <= age_s <= 600
        cuff_ms = t_ms - age_s * 1000 if known else None
        label = _i16(data, 80)
        parts = (_pressure(data, 82), _pressure(data, 84), _pressure(data, 86))
        made_ms, stamp = clock_s * 1000, self._cuff_s or None
        measuring, older = _bit(label, 5), _bit(label, 8)
        self._waited = not (measuring or self._waited) and self._aux_missing(made_ms, t_ms)
        cuff: list[Numeric] = []
        if not self._waited:
            cuff = self._cuff.told(measuring, older, parts, cuff_ms, t_ms, stamp, made_ms)
        return [
            heart_rate(data, t_ms),
            *oximetry(data, t_ms),
            *cuff,
            respiration_rate(data, t_ms),
            end_tidal_co2(data, t_ms),
            temperature(data, t_ms),
        ]
