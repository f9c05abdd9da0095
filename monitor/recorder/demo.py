"""The demo: two simulated chairs with a visit under way, so that the first minute shows something.

The recorder's clock starts in the past and is stepped until it has caught up with the wall clock:
what is seen was recorded by the very code that records a ward. The presses of the demo's staff are
journal entries like any other.
"""

from dataclasses import dataclass, field
from typing import Any

from devices.numeric import Parameter
from monitor.clinic import Chair, Clinic, Device
from monitor.recorder.loop import Recorder
from monitor.session.visit import OF_A_SESSION
from monitor.store.database import StoreError
from monitor.store.journal import write_entry

STARTS_BEFORE_S = 1500
INFUSION_AFTER_S = 420  # from the beginning of the recording

BASELINE = (Parameter.HR, Parameter.SPO2, Parameter.NIBP_SYS, Parameter.NIBP_DIA)

STAFF = ("RN Keller", "RN Ode")


def demo_clinic(time_zone: str) -> Clinic:
    """The demo's chairs: a DRI monitor that gives everything, and an oximeter alone."""
    full = (
        f"sim://datex_dri?patient=calm&seed=7&infusion_s={INFUSION_AFTER_S}&plug=4711"
        "&sys=128&hr=72&cuff_min=5&without=EtCO2,Temp"
    )
    oximeter = "sim://masimo_ascii1?patient=calm&seed=3&sn=0000093112&hr=64"
    return Clinic(
        "Demo",
        time_zone,
        STAFF,
        (
            Chair(
                "Chair 1",
                (Device("B450", "datex_dri", full),),
                (Parameter.HR, Parameter.SPO2, Parameter.RR),
            ),
            Chair("Chair 2", (Device("Rad-8", "masimo_ascii1", oximeter),)),
        ),
    )


@dataclass
class DemoStaff:
    """Presses the buttons of the demo."""

    began_ms: int | None = None
    script: list[tuple[int, str, dict[str, Any]]] = field(
        default_factory=lambda: [
            (5, "watch", {}),
            (
                60,
                "session_start",
                {
                    "patient": "DEMO-0147",
                    "second_identifier": "1979",
                    "weight_kg": 71,
                    "drug": "ketamine",
                    "dose_mg": 35.5,
                    "minutes": 40,
                },
            ),
            (INFUSION_AFTER_S - 20, "baseline", {}),  # with what the monitor says then
            (INFUSION_AFTER_S, "infusion_start", {}),
            (INFUSION_AFTER_S + 420, "event", {"text": "Music"}),
            (INFUSION_AFTER_S + 660, "event", {"text": "Dissociation"}),
        ]
    )

    def __call__(self, recorder: Recorder, now_ms: int) -> None:
        """Before each tick."""
        if self.began_ms is None:
            self.began_ms = now_ms
        while self.script and now_ms - self.began_ms >= self.script[0][0] * 1000:
            at_s, kind, data = self.script[0]
            session = recorder.chairs[0].state.session
            if kind in OF_A_SESSION and session:
                data = {"session": session.id}
            elif kind == "baseline":
                known = recorder.chairs[0].state.knowledge.now()
                values = {p.value: known[p].value for p in BASELINE if p in known}
                data = {"values": {name: value for name, value in values.items() if value}}
            try:
                write_entry(
                    recorder.db,
                    press=f"demo-{self.began_ms}-{at_s}-{kind}",
                    t_ms=now_ms,
                    chair=recorder.chairs[0].id,
                    kind=kind,
                    actor=STAFF[0],
                    data=data,
                )
            except StoreError as error:
                recorder.say(str(error))
                return
            self.script.pop(0)
