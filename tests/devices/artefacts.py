"""What each switch of each virtual monitor means for what a driver may say: the whole table.

By driver, then by switch: a name alone is on from `BEGIN_S` to `END_S`, ``name=value`` stands as it
is, and ``&`` joins two. A parameter that is not named keeps the patient's values; ``ALL`` is every
parameter. These are what the manuals' words mean, not what the drivers happen to say.
"""

from dataclasses import dataclass

from devices.driver import BATTERY_LOW, PortError
from devices.numeric import CUFF, PUMP, VITALS, Parameter, Validity
from devices.port import open_port
from devices.table import DRIVERS

BEGIN_S, END_S = 85, 125

P = Parameter
OXIMETER = (P.SPO2, P.PR)
BREATH = (P.RR, P.ETCO2)
ALL = VITALS


@dataclass(frozen=True)
class Means:
    """While it is on: no value with this reason, a value in doubt for it, or not a word.

    ``always``: it has no beginning and no end.
    """

    validity: Validity | None
    reason: str = ""
    always: bool = False


Table = dict[tuple[Parameter, ...], Means]

SILENT: Table = {ALL: Means(None)}
SAME: Table = {}


def gone(reason: str, unplugged: bool = False) -> Means:
    """No value: the sensor has none, or there is no sensor."""
    return Means(Validity.UNAVAILABLE if unplugged else Validity.INVALID, reason)


def doubted(reason: str, always: bool = False) -> Means:
    """A value that is not to be trusted."""
    return Means(Validity.QUESTIONABLE, reason, always)


def failed(reason: str) -> Table:
    """A cuff measurement that ended with nothing."""
    return {CUFF: gone(reason)}


def oximeter(means: Means) -> Table:
    """One meaning for both of its parameters."""
    return {OXIMETER: means}


# What the patient's own switches mean to an oximeter: it knows nothing of leads and cuffs.
_OXIMETER = {"silent": SILENT, "desaturate": SAME, "leads_off": SAME, "cuff_fails": SAME}
_NONIN = {
    **_OXIMETER,
    "disconnected": oximeter(gone("no sensor", unplugged=True)),
    "out_of_track": oximeter(gone("pulse lost")),
    "artifact": oximeter(doubted("artifact")),
    "low_perfusion": oximeter(doubted("low perfusion")),
    "marginal_perfusion": oximeter(doubted("marginal perfusion")),
}
_SENSOR_ALARM = {
    **_NONIN,
    "probe_off": oximeter(gone("sensor alarm")),  # these formats have one bit for both
    "sensor_fault": oximeter(gone("sensor alarm")),
    "battery_low": SAME,
}

MEANS: dict[str, dict[str, Table]] = {
    "accutorr3_ascii": {
        **_OXIMETER,
        "probe_off": oximeter(gone("not in use", unplugged=True)),
        "cuff_fails": {CUFF: Means(None)},  # the last page has no word for it
        "off": SILENT,
    },
    "bbraun_bcc": {  # what happens to the patient is nothing to a pump
        **dict.fromkeys(("desaturate", "probe_off", "leads_off", "cuff_fails"), SAME),
        "silent": {PUMP: Means(None)},
        "no_value": {PUMP: gone("no value")},
        "standby": {PUMP: gone("standby")},
        "pressure": {(P.PUMP_RATE,): doubted("pressure alarm")},
        "bolus": {(P.PUMP_RATE,): doubted("bolus")},
        "battery_low": SAME,
        "several": {PUMP: Means(None)},  # said once, and then nothing that counts
        "removed": {PUMP: gone("pump removed", unplugged=True)},
        "damaged": {PUMP: Means(None)},
        "sn=11": SAME,
        "stuffing=1": SAME,
        "parts=1": SAME,
        "stuffing=1&parts=1": SAME,
    },
    "berry_pm6750": {
        "silent": SILENT,
        "desaturate": SAME,
        "probe_off": oximeter(gone("probe off")),
        "leads_off": {(P.HR, P.RR): gone("leads off")},
        "cuff_fails": failed("cuff measurement failed: cuff loose"),
        "cuff_fails&stopped": failed("cuff measurement failed: stopped"),
        "cuff_fails&timeout": failed("cuff measurement failed: took too long"),
        "lost_end": SAME,
        "noise": SAME,
        "damaged": SILENT,
        "off": SILENT,
        "unasked=1": SAME,
    },
    "capnostream": {
        **_OXIMETER,
        "probe_off": oximeter(gone("probe off")),
        "disconnected": oximeter(gone("no sensor", unplugged=True)),
        "no_pulse": oximeter(gone("no pulse")),
        "filterline_off": {BREATH: gone("FilterLine off", unplugged=True)},
        "occlusion": {BREATH: gone("occlusion")},
        "purging": {BREATH: gone("purging")},
        "no_breath": {BREATH: gone("apnea (monitor)")},
        "units=kPa": SAME,
        "units=vol%": {(P.ETCO2,): doubted("air pressure unknown", always=True)},
    },
    "contec_cms50": {
        **_OXIMETER,
        "probe_off": oximeter(gone("probe off")),
        "searching": oximeter(gone("pulse search")),
        "low_perfusion": SAME,
        "off": SILENT,
    },
    "contec_cms50_5byte": {
        **_OXIMETER,
        "probe_off": oximeter(gone("probe off")),
        "searching": oximeter(gone("pulse search")),  # a doubt, but the numbers are zeros
        "low_perfusion": SAME,
    },
    "datex_dri": {
        "silent": SILENT,
        "desaturate": SAME,
        "probe_off": oximeter(gone("probe off", unplugged=True)),
        "leads_off": {(P.HR,): gone("leads off", unplugged=True)},
        "leads_off&without=EtCO2": {
            (P.HR,): gone("leads off", unplugged=True),
            (P.RR,): gone("no value"),
            (P.ETCO2,): Means(Validity.UNAVAILABLE, "not connected", always=True),
        },
        "cuff_fails": failed("cuff measurement failed"),
        "plug=7": SAME,
    },
    "draeger_medibus": {
        **_OXIMETER,
        "probe_off": oximeter(gone("not sent", unplugged=True)),
        "no_data": {ALL: gone("not sent", unplugged=True)},
        "garbled": SILENT,
        "deaf": SILENT,
        "alarm": SAME,
        "realtime": SAME,
        "embedded": SAME,
        "co2_unit=kPa": SAME,
        "co2_unit=%": {(P.ETCO2,): doubted("air pressure unknown", always=True)},
    },
    "ivy_450c": {
        "silent": SILENT,
        "desaturate": SAME,
        "probe_off": oximeter(gone("no value", unplugged=True)),
        "leads_off": {(P.HR,): gone("no value", unplugged=True)},
        "cuff_fails": {CUFF: Means(None)},  # it has no word for it
        "interference": SAME,
        "off": SILENT,
    },
    "masimo_ascii1": {
        **_OXIMETER,
        "probe_off": oximeter(gone("probe off")),
        "sn=11": SAME,
        "battery_low": SAME,
    },
    "medlab_nibp": {
        "silent": SILENT,
        "desaturate": SAME,
        "leads_off": SAME,
        "probe_off": {(P.PR,): gone("no value (0)")},
        "cuff_fails": {**failed("cuff error 01"), (P.PR,): Means(None)},
        "end_lost": SAME,
        "off": SILENT,
    },
    "nellcor_printout": {
        **_OXIMETER,
        "probe_off": oximeter(gone("probe off")),
        "disconnected": oximeter(gone("no sensor", unplugged=True)),
        "pulse_lost": oximeter(gone("pulse lost")),
        "pulse_lost_motion": oximeter(gone("pulse lost")),
        "pulse_search": oximeter(doubted("pulse search")),
        "motion": oximeter(doubted("interference")),
        "low_perfusion": SAME,
        "battery_low": SAME,
        "audio_paused": SAME,
    },
    "nonin_ascii": {
        **_OXIMETER,
        "probe_off": oximeter(gone("no value")),
        "disconnected": oximeter(gone("no value")),
        "event": SAME,
        "fast": SAME,
    },
    "nonin_format1": {**_NONIN, "probe_off": oximeter(gone("pulse lost"))},
    "nonin_format2": _SENSOR_ALARM,
    "nonin_format7": _SENSOR_ALARM,
    "nonin_format8": {
        **_NONIN,
        "probe_off": oximeter(gone("pulse lost")),
        "sensor_fault": oximeter(gone("sensor fault")),
        "battery_low": SAME,
    },
    "philips_intellivue": {
        "silent": SILENT,
        "desaturate": SAME,
        "probe_off": oximeter(gone("no valid value")),
        "unplugged": oximeter(gone("not measuring", unplugged=True)),
        "questionable": oximeter(doubted("questionable")),
        "leads_off": {(P.HR,): gone("no valid value")},
        "cuff_fails": failed("cuff measurement failed"),
        "restart": SILENT,
        f"refuses=0-{END_S}": SILENT,
        "demo=1": SAME,
        "other_units=1": SAME,
        "number=7": SAME,
    },
}

# What a switch makes the device say of itself, beside its values; any other: nothing.
WEAKNESS = {"battery_low": BATTERY_LOW}

# How many first frames are refused, because a name counts once it is repeated.
UNREPEATED = {"masimo_ascii1": 1}

CASES = [(name, switch) for name in sorted(MEANS) for switch in MEANS[name]]

# The patient's and the line's options, which say what is measured and not what goes wrong.
ORDINARY = {"patient", "recording", "seed", "hr", "spo2", "sys", "etco2", "temp", "cuff_min",
            "infusion_s", "start_s", "without", "rate", "from", "until"}  # fmt: skip


def switches_of(name: str) -> set[str]:
    """What the virtual monitor itself says that can be switched."""
    try:
        open_port(f"sim://{name}?no_such=1", DRIVERS[name].facts.line).close()
    except PortError as error:
        options = str(error).partition("; it has ")[2].rstrip(".")
        return set(options.split(", ")) - ORDINARY
    raise AssertionError("an unknown option was taken")


def url_of(name: str, switch: str = "") -> str:
    """The port of a virtual monitor with a switch on for a while."""
    parts = ["seed=5", "cuff_min=1"]
    if switch:
        parts += [x if "=" in x else f"{x}={BEGIN_S}-{END_S}" for x in switch.split("&")]
    return f"sim://{name}?" + "&".join(parts)
