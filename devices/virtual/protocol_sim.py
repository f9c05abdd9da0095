"""The port ``sim://MONITOR?OPTIONS``: a virtual monitor with a patient behind it.

There is a monitor for each driver; `devices.virtual.table` has the options of each, e.g. ``plug``
of ``datex_dri`` (the number the monitor calls itself) or ``sn`` of ``masimo_ascii1``. The pump of
``bbraun_bcc`` knows no patient: ``rate=47.3&from=60&until=2460`` is mL/h between two seconds.

The simulated patient, a teaching course, not validated::

    patient=calm seed=1 hr=72 spo2=97 sys=122 etco2=38 temp=36.8 cuff_min=5 infusion_s=SECONDS

or a real one, whose numerics are spoken as bytes: ``recording=FILE.csv`` (see recording.py).

For both: ``start_s`` begins part-way through; ``without=EtCO2,Temp`` leaves out what the monitor
has no module or probe for; and in seconds since the port was opened, each a list such as
``60-90,300-330``: ``probe_off``, ``leads_off``, ``desaturate``, ``cuff_fails`` (a measurement that
ends then gives nothing) and ``silent`` (nothing comes out of the monitor or reaches it).
"""

from devices.driver import PortError
from devices.numeric import VITALS, Parameter
from devices.virtual.patient import Baseline, CalmPatient, Patient, Staged
from devices.virtual.query import Intervals, Query
from devices.virtual.recording import read_recording
from devices.virtual.table import MONITORS
from devices.virtual.wire import Source, VirtualSerial

PATIENTS = ("calm",)


class Serial(VirtualSerial):
    """What pySerial looks for in this module."""

    def source_of(self, url: str) -> Source:
        """Read the URL."""
        query = Query(url)
        if query.name not in MONITORS:
            raise PortError(
                f"There is no virtual monitor {query.name or '(no name)'}; "
                f"there are {', '.join(MONITORS)}."
            )
        silent = query.intervals("silent")
        patient = _patient(query)
        monitor = MONITORS[query.name](query, patient, self.clock_s)
        query.finish()
        return Cut(monitor, silent)


class Cut:
    """A line that is cut now and then: what passes meanwhile is lost, both ways."""

    def __init__(self, monitor: Source, silent: Intervals) -> None:
        """Lay the line."""
        self._monitor = monitor
        self._silent = silent

    def next_s(self) -> float | None:
        """When the monitor speaks next, heard or not."""
        return self._monitor.next_s()

    def emit(self) -> bytes:
        """What comes through."""
        t_s = self._monitor.next_s()
        data = self._monitor.emit()
        return b"" if t_s is not None and t_s in self._silent else data

    def receive(self, data: bytes, t_s: float) -> None:
        """Pass on what gets through."""
        if t_s not in self._silent:
            self._monitor.receive(data, t_s)


def _patient(query: Query) -> Patient:
    patient: Patient
    if path := query.text("recording"):
        patient = read_recording(path)
    else:
        name = query.text("patient", "calm")
        if name not in PATIENTS:
            raise PortError(f"There is no simulated patient {name}; there is {PATIENTS[0]}.")
        rest = Baseline()
        baseline = Baseline(
            hr=query.number("hr", rest.hr, 30, 220),
            spo2=query.number("spo2", rest.spo2, 50, 100),
            sys=query.number("sys", rest.sys, 50, 250),
            etco2=query.number("etco2", rest.etco2, 5, 120),
            temp=query.number("temp", rest.temp, 30, 43),
            cuff_min=query.number("cuff_min", rest.cuff_min, 1, 240),
            infusion_s=query.maybe("infusion_s", 0, 1e6),
        )
        patient = CalmPatient(baseline, query.whole("seed", 1, 0, 2**32))
    return Staged(
        patient,
        start_s=query.number("start_s", 0, 0, 1e7),
        without=_without(query),
        probe_off=query.intervals("probe_off"),
        leads_off=query.intervals("leads_off"),
        desaturate=query.intervals("desaturate"),
        cuff_fails=query.intervals("cuff_fails"),
    )


def _without(query: Query) -> frozenset[Parameter]:
    names = {p.value: p for p in VITALS if not p.episodic}
    left_out = query.text("without").split(",") if query.text("without") else []
    for name in left_out:
        if name not in names:
            raise PortError(f"{query.short}: without={name} is none of {', '.join(names)}.")
    return frozenset(names[name] for name in left_out)
