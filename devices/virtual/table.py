"""The virtual monitors, a few lines each: the options that ``sim://DRIVER?...`` takes for it."""

import math
from collections.abc import Callable, Iterable
from functools import partial

from devices.driver import PortError
from devices.virtual.accutorr_monitor import AccutorrMonitor
from devices.virtual.bbraun_pump import BBraunPump, PumpArtefacts
from devices.virtual.berry_monitor import BerryArtefacts, BerryMonitor
from devices.virtual.capnostream_monitor import CapnostreamArtefacts, CapnostreamMonitor
from devices.virtual.contec_monitor import Contec5ByteMonitor, ContecMonitor
from devices.virtual.datex_monitor import DatexMonitor
from devices.virtual.intellivue_monitor import IntellivueMonitor, Switches
from devices.virtual.ivy_monitor import IvyMonitor
from devices.virtual.masimo_monitor import MasimoMonitor
from devices.virtual.medibus_monitor import MedibusArtefacts, MedibusMonitor
from devices.virtual.medlab_monitor import MedlabMonitor
from devices.virtual.nellcor_monitor import NellcorMonitor
from devices.virtual.nonin_monitor import Form, NoninMonitor
from devices.virtual.patient import Patient
from devices.virtual.query import Intervals, Query
from devices.virtual.wire import Source

ClockS = Callable[[float], int]
Build = Callable[[Query, Patient, ClockS], Source]


def _spans(query: Query, names: Iterable[str]) -> dict[str, Intervals]:
    return {name: query.intervals(name) for name in names}


def _one_of(query: Query, key: str, choices: tuple[str, ...]) -> str:
    choice = query.text(key, choices[0])
    if choice not in choices:
        raise PortError(f"{query.short}: {key}={choice} is none of {', '.join(choices)}.")
    return choice


def _datex(query: Query, patient: Patient, clock_s: ClockS) -> Source:
    return DatexMonitor(patient, clock_s, query.whole("plug", 1, 0, 65535))


def _masimo(query: Query, patient: Patient, clock_s: ClockS) -> Source:
    number = query.text("sn", "1")
    if not (number.isascii() and number.isdigit()) or len(number) > 10:
        raise PortError(f"{query.short}: sn={number} is not one to ten digits.")
    return MasimoMonitor(patient, clock_s, number.zfill(10), query.intervals("battery_low"))


def _nonin(form: Form, query: Query, patient: Patient, clock_s: ClockS) -> Source:
    return NoninMonitor(patient, clock_s, form, _spans(query, NoninMonitor.ARTEFACTS[form]))


def _nellcor(query: Query, patient: Patient, clock_s: ClockS) -> Source:
    artefacts = _spans(query, NellcorMonitor.ARTEFACTS)
    return NellcorMonitor(patient, clock_s, artefacts=artefacts)


def _contec(query: Query, patient: Patient, _clock_s: ClockS) -> Source:
    return ContecMonitor(patient, artefacts=_spans(query, ContecMonitor.ARTEFACTS))


def _contec_5byte(query: Query, patient: Patient, _clock_s: ClockS) -> Source:
    return Contec5ByteMonitor(patient, _spans(query, Contec5ByteMonitor.ARTEFACTS))


def _intellivue(query: Query, patient: Patient, clock_s: ClockS) -> Source:
    switches = Switches(
        demo=query.whole("demo", 0, 0, 1) == 1,
        other_units=query.whole("other_units", 0, 0, 1) == 1,
        questionable=query.intervals("questionable"),
        unplugged=query.intervals("unplugged"),
        refuses=query.intervals("refuses"),
        restart=query.intervals("restart"),
    )
    return IntellivueMonitor(patient, clock_s, query.whole("number", 1, 1, 65535), switches)


def _capnostream(query: Query, patient: Patient, clock_s: ClockS) -> Source:
    artefacts = CapnostreamArtefacts(
        filterline_off=query.intervals("filterline_off"),
        occlusion=query.intervals("occlusion"),
        purging=query.intervals("purging"),
        no_breath=query.intervals("no_breath"),
        disconnected=query.intervals("disconnected"),
        no_pulse=query.intervals("no_pulse"),
        units=_one_of(query, "units", ("mmHg", "kPa", "vol%")),
    )
    return CapnostreamMonitor(patient, clock_s, artefacts=artefacts)


def _medibus(query: Query, patient: Patient, clock_s: ClockS) -> Source:
    artefacts = MedibusArtefacts(
        no_data=query.intervals("no_data"),
        alarm=query.intervals("alarm"),
        garbled=query.intervals("garbled"),
        realtime=query.intervals("realtime"),
        embedded=query.intervals("embedded"),
        deaf=query.intervals("deaf"),
        co2_unit=_one_of(query, "co2_unit", ("mmHg", "kPa", "%")),
    )
    return MedibusMonitor(patient, clock_s, artefacts=artefacts)


def _berry(query: Query, patient: Patient, _clock_s: ClockS) -> Source:
    names = ("lost_end", "stopped", "timeout", "noise", "damaged", "off")
    unasked = query.whole("unasked", 0, 0, 1) == 1
    return BerryMonitor(patient, BerryArtefacts(**_spans(query, names)), unasked)


def _bbraun(query: Query, _patient: Patient, _clock_s: ClockS) -> Source:
    names = ("no_value", "standby", "pressure", "bolus", "battery_low", "several", "removed")
    artefacts = PumpArtefacts(
        **_spans(query, (*names, "damaged")),
        stuffing=query.whole("stuffing", 0, 0, 1) == 1,
        parts=query.whole("parts", 0, 0, 1) == 1,
    )
    from_s = query.number("from", 0, 0, 1e7)
    until_s = query.maybe("until", from_s, 1e7)
    return BBraunPump(
        query.number("rate", 60, 0, 1200),
        from_s,
        math.inf if until_s is None else until_s,
        query.whole("sn", 1, 1, 10**9),
        artefacts,
    )


def _ivy(query: Query, patient: Patient, _clock_s: ClockS) -> Source:
    return IvyMonitor(
        patient, interference=query.intervals("interference"), off=query.intervals("off")
    )


def _medlab(query: Query, patient: Patient, _clock_s: ClockS) -> Source:
    return MedlabMonitor(patient, **_spans(query, ("end_lost", "off")))


def _accutorr(query: Query, patient: Patient, _clock_s: ClockS) -> Source:
    return AccutorrMonitor(patient, **_spans(query, ("off",)))


MONITORS: dict[str, Build] = {
    "accutorr3_ascii": _accutorr,
    "bbraun_bcc": _bbraun,
    "berry_pm6750": _berry,
    "capnostream": _capnostream,
    "contec_cms50": _contec,
    "contec_cms50_5byte": _contec_5byte,
    "datex_dri": _datex,
    "draeger_medibus": _medibus,
    "ivy_450c": _ivy,
    "masimo_ascii1": _masimo,
    "medlab_nibp": _medlab,
    "nellcor_printout": _nellcor,
    "nonin_ascii": partial(_nonin, "ascii"),
    "nonin_format1": partial(_nonin, "1"),
    "nonin_format2": partial(_nonin, "2"),
    "nonin_format7": partial(_nonin, "7"),
    "nonin_format8": partial(_nonin, "8"),
    "philips_intellivue": _intellivue,
}
