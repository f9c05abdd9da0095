"""The demo: four simulated chairs at different steps of a visit, so that the first minute shows it.

The recorder's clock starts in the past and is stepped until it has caught up with the wall clock:
what is seen was recorded by the very code that records a ward. The presses of the demo's staff are
journal entries like any other, and what the recorder refuses of them is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.numeric import Parameter
from monitor.clinic import Chair, Clinic, Device
from monitor.recorder.loop import Recorder
from monitor.session.dosing import planned
from monitor.session.regimens import Regimen
from monitor.session.scales import Scale, ranges
from monitor.session.steps import Steps
from monitor.session.visit import OF_A_SESSION
from monitor.store.database import StoreError
from monitor.store.journal import write_entry

STARTS_BEFORE_S = 1680
STAFF = ("RN Keller", "RN Ode")
# When the drug of each chair is given, in seconds from the beginning of the recording.
INFUSION_AFTER_S = 420
IM_AFTER_S = 240
LATE_AFTER_S = 900
BASELINE = (Parameter.HR, Parameter.PR, Parameter.SPO2, Parameter.NIBP_SYS, Parameter.NIBP_DIA)


def demo_clinic(time_zone: str) -> Clinic:
    """A monitor and a pump, a monitor whose probe came off, an oximeter, and a chair by hand."""
    full = (
        f"sim://datex_dri?patient=calm&seed=7&infusion_s={INFUSION_AFTER_S}&plug=4711"
        "&sys=128&hr=72&cuff_min=5&without=EtCO2,Temp"
    )
    oximeter = (
        f"sim://masimo_ascii1?patient=calm&seed=3&sn=0000093112&hr=64&infusion_s={IM_AFTER_S}"
    )
    late = (
        f"sim://datex_dri?patient=calm&seed=11&infusion_s={LATE_AFTER_S}&plug=4712"
        f"&sys=116&hr=66&cuff_min=12&without=EtCO2,Temp,RR&probe_off={STARTS_BEFORE_S - 20}-999999"
    )
    # What was entered of it: 35.5 mg over 40 minutes, 1 mg/mL.
    pump = f"sim://bbraun_bcc?rate=53.25&from={INFUSION_AFTER_S}&until={INFUSION_AFTER_S + 2400}"
    rate, spo2 = Parameter.HR, Parameter.SPO2
    return Clinic(
        "Demo",
        time_zone,
        STAFF,
        (
            Chair(
                "Chair 1",
                (Device("B450", "datex_dri", full), Device("Space", "bbraun_bcc", pump)),
                (rate, spo2, Parameter.RR),
                made_up=True,
            ),
            Chair("Chair 2", (Device("Rad-8", "masimo_ascii1", oximeter),), made_up=True),
            Chair("Chair 3", (Device("B450", "datex_dri", late),), (rate, spo2), made_up=True),
            Chair("Chair 4", (), made_up=True),
        ),
    )


@dataclass(frozen=True, slots=True)
class Press:
    """What the demo's staff do at a time, in seconds from the beginning of the recording."""

    at_s: float
    chair: int  # counted from 0
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


def script(
    regimens: Mapping[str, Regimen], steps: Steps, scales: Mapping[str, Scale]
) -> list[Press]:
    """All that the demo's staff do, in the order of time."""
    found = [Press(5, chair, "watch") for chair in range(4)]
    takes = {"steps": dict(steps.table or {}), "scales": ranges(scales)}
    iv = _visit(regimens["iv-ketamine-40"], takes, "DEMO-0147", "1979", 71.0, 0.5)
    # Into the muscle go few mL: from the ampoule of 50 mg/mL.
    im = _visit(regimens["im-ketamine"], takes, "DEMO-0102", "1986", 64.0, 0.75, 50.0)
    late = _visit(regimens["iv-ketamine-40"], takes, "DEMO-0151", "1991", 63.0, 0.5)
    plain = _visit(regimens["iv-ketamine-40"], takes, "DEMO-0098", "1968", 80.0, 0.5)
    found += _until_dose(0, 60, INFUSION_AFTER_S, iv, steps)
    found += [
        Press(INFUSION_AFTER_S, 0, "infusion_start"),
        Press(INFUSION_AFTER_S + 420, 0, "event", {"text": "Music"}),
        Press(INFUSION_AFTER_S + 605, 0, "done", {"due": "iv_site", "name": "IV site check"}),
        Press(INFUSION_AFTER_S + 660, 0, "event", {"text": "Dissociation"}),
        Press(INFUSION_AFTER_S + 900, 0, "stage", {"to": "peak"}),
        Press(INFUSION_AFTER_S + 1195, 0, "score", _MOAAS),
    ]
    found += _until_dose(1, 20, IM_AFTER_S, im, steps)
    found += [
        Press(IM_AFTER_S, 1, "dose", {"mg": im["dose_mg"]}),
        Press(IM_AFTER_S + 905, 1, "reading", _pressure(134, 82)),
        Press(IM_AFTER_S + 1200, 1, "stage", {"to": "recovery"}),
        Press(IM_AFTER_S + 1205, 1, "reading", _pressure(126, 77)),
    ]
    found += _until_dose(2, 500, LATE_AFTER_S, late, steps)
    found += [Press(LATE_AFTER_S, 2, "infusion_start")]
    arrived_s = STARTS_BEFORE_S - 200
    found += [
        Press(arrived_s, 3, "session_start", plain),
        Press(arrived_s + 40, 3, "stage", {"to": "consent"}),
        Press(arrived_s + 90, 3, "stage", {"to": "baseline"}),
        Press(arrived_s + 100, 3, "reading", {"values": {"HR": 76, "SpO2": 99}}),
        Press(arrived_s + 105, 3, "reading", _pressure(134, 84)),
    ]
    return sorted(found, key=lambda press: press.at_s)


_MOAAS = {"scale": "moaas", "name": "MOAA/S", "total": 5}


def _pressure(systolic: float, diastolic: float) -> dict[str, Any]:
    return {"values": {"NIBP_sys": systolic, "NIBP_dia": diastolic}}


def _visit(
    regimen: Regimen,
    takes: Mapping[str, Any],
    patient: str,
    second: str,
    weight_kg: float,
    mg_per_kg: float,
    mg_ml: float = 1.0,
) -> dict[str, Any]:
    """What is entered when a visit starts."""
    plan = planned(weight_kg, None, mg_per_kg, regimen.minutes, mg_ml)
    return {
        "patient": patient,
        "second_identifier": second,
        "weight_kg": weight_kg,
        "drug": regimen.drug,
        "dose_mg": plan.dose_mg,
        "minutes": plan.minutes,
        "concentration_mg_ml": plan.concentration_mg_ml,
        "regimen": dict(regimen.table),
        **takes,
        "limits_seen": True,
    }


def _until_dose(
    chair: int, from_s: float, dose_s: float, visit: Mapping[str, Any], steps: Steps
) -> list[Press]:
    """From arrival to the first dose, all items answered."""
    wait_s = (dose_s - from_s) / 10
    asked = [item.id for item in steps.preflight if item.auto is None]
    found = [
        Press(from_s, chair, "session_start", visit),
        Press(from_s + wait_s, chair, "stage", {"to": "consent"}),
        *(Press(from_s + 2 * wait_s, chair, "check", {"item": x, "answer": "yes"}) for x in asked),
        Press(from_s + 3 * wait_s, chair, "stage", {"to": "baseline"}),
        Press(from_s + 8 * wait_s, chair, "baseline"),
        Press(from_s + 9 * wait_s, chair, "stage", {"to": "preparation"}),
    ]
    if chair == 1:  # its oximeter has no cuff
        found.insert(4, Press(from_s + 7 * wait_s, chair, "reading", _pressure(122, 76)))
    return found


@dataclass
class DemoStaff:
    """Presses the buttons of the demo."""

    presses: list[Press]
    began_ms: int | None = None

    def __call__(self, recorder: Recorder, now_ms: int) -> None:
        """Before each tick."""
        if self.began_ms is None:
            self.began_ms = now_ms
        while self.presses and now_ms - self.began_ms >= self.presses[0].at_s * 1000:
            press = self.presses[0]
            state = recorder.chairs[press.chair].state
            data = dict(press.data)
            if press.kind == "baseline":
                known = state.knowledge.now()
                values = {p.value: known[p].value for p in BASELINE if p in known}
                data = {"values": {name: x for name, x in values.items() if x is not None}}
            if (press.kind in OF_A_SESSION or press.kind == "baseline") and state.session:
                data["session"] = state.session.id
            try:
                write_entry(
                    recorder.db,
                    press=f"demo-{self.began_ms}-{press.chair}-{len(self.presses)}",
                    t_ms=now_ms,
                    chair=recorder.chairs[press.chair].id,
                    kind=press.kind,
                    actor=STAFF[press.chair // 2],
                    data=data,
                )
            except StoreError as error:
                recorder.say(str(error))
                return
            self.presses.pop(0)
