"""A visit played press by press, without a recorder; and what is sensible to press."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from devices.numeric import Parameter
from monitor.session.state import Visit
from monitor.session.steps import Steps, read_steps
from monitor.session.visit import OF_A_SESSION, Answer, Entry, apply, decide
from tests.alarms.bedside import ROOT

T0_MS = 1_700_000_000_000
MIN = 60_000
STEPS = read_steps(ROOT / "data" / "presets" / "visit.toml")
START: dict[str, Any] = {
    "patient": " KAP-0147 ",
    "second_identifier": "1979 ",
    "weight_kg": 71,
    "drug": " ketamine ",
    "dose_mg": 35.5,
    "minutes": 40,
}
INFUSION: dict[str, Any] = {"id": "iv", "name": "IV", "drug": "", "route": "iv", "infusion": True}
SINGLE: dict[str, Any] = {**INFUSION, "id": "po", "name": "PO", "route": "oral", "infusion": False}
SITE: dict[str, Any] = {"id": "iv_site", "name": "IV site check", "every_s": {"dosing": 600}}
WHY = {"reason": "agreed"}
# One sensible press of each kind.
DATA: dict[str, dict[str, Any]] = {
    "watch": {},
    "acknowledge": {"occurrence": "1.spo2_low.16"},
    "confirm_monitor": {"source": 1, "identity": "monitor=7"},
    "event": {"text": "Nausea"},
    "medication": {
        "drug": "ondansetron",
        "dose": 4,
        "unit": "mg",
        "route": "IV",
        "given_by": "RN Ode",
        "ordered_by": "Dr Lim",
    },
    "session_start": START,
    "session_end": {"how": "aborted", **WHY},
    "stage": {"to": "recovery"},
    "check": {"item": "identity", "answer": "yes"},
    "override": {"item": "fasting", "prescriber": "Dr Lim", **WHY},
    "plan": {"weight_kg": 70, "dose_mg": 35, "minutes": 40, **WHY},
    "drug": {"drug": "ketamine", "lot": "K7", "concentration_mg_ml": 10, "drawn_mg": 50},
    "waste": {"mg": 14.5, "witness": "RN Ode"},
    "infusion_start": {},
    "infusion_rate": {"rate_mg_min": 0.5},
    "infusion_pause": {"reason": "nausea"},
    "infusion_resume": {},
    "infusion_stop": {},
    "dose": {"mg": 50},
    "reading": {"values": {"HR": 72}},
    "score": {"scale": "aldrete", "total": 10},
    "done": {"due": "iv_site"},
    "not_now": {"due": "bp"},
    "strike": {"entry": 1, **WHY},
    "sign": {},
    "addendum": {"text": "Called the day after: well."},
    "reassign": {"patient": "KAP-0200", "second_identifier": "1981", **WHY},
}


@dataclass
class Played:
    """Presses in their order, and the visit that they make. Times in ms after `T0_MS`."""

    visit: Visit | None = None
    entries: list[Entry] = field(default_factory=list)  # the accepted ones, once the visit is open
    at_ms: int = 0
    latest: dict[Parameter, tuple[int, float]] = field(default_factory=dict)
    pressed: int = 0
    answer: Answer | None = None

    @property
    def now(self) -> Visit:
        assert self.visit is not None
        return self.visit

    def press(self, kind: str, at_ms: int | None = None, /, **data: Any) -> str:
        """Press a second later, or at a time; give the answer's text, ``no: `` before a refusal."""
        self.at_ms = self.at_ms + 1000 if at_ms is None else at_ms
        self.pressed += 1
        if kind in OF_A_SESSION:
            data.setdefault("session", self.visit.session.id if self.visit else 0)
        entry = Entry(
            self.pressed, f"p{self.pressed}", T0_MS + self.at_ms, 3, kind, "RN Keller", data
        )
        before = self.visit
        answer = self.answer = decide(entry, before, 0, "uuid", self.latest)
        self.visit = answer.visit
        if answer.accepted and answer.visit is not None:
            self.entries.append(entry)
            if before is None:  # as the chair numbers it
                session = replace(answer.visit.session, id=7)
                self.visit = replace(answer.visit, session=session)
        return answer.text if answer.accepted else f"no: {answer.text}"

    def must(self, kind: str, at_ms: int | None = None, /, **data: Any) -> "Played":
        """Press what is accepted, and go on."""
        text = self.press(kind, at_ms, **data)
        assert not text.startswith("no: "), text
        return self


def opened(
    regimen: Mapping[str, Any] | None = None, steps: Steps | None = None, **more: Any
) -> Played:
    """An open visit: of a regimen or none, with the clinic's steps or without questions."""
    data: dict[str, Any] = {**START, **more}
    if regimen is not None:
        data["regimen"] = dict(regimen)
    if steps is not None:
        data["steps"] = dict(steps.table or {})
    return Played().must("session_start", 0, **data)


def ready(regimen: Mapping[str, Any] | None = None, **more: Any) -> Played:
    """A visit with the clinic's steps whose pre-flight check lets the first dose pass."""
    played = opened(regimen, STEPS, **more)
    for item in STEPS.preflight:
        if item.auto is None:
            played.must("check", item=item.id, answer="yes")
    baseline = {"HR": 70.0, "NIBP_sys": 120.0, "NIBP_dia": 80.0, "SpO2": 98.0}
    entry = Entry(900, "b", T0_MS + played.at_ms, 3, "baseline", "RN", {"values": baseline})
    played.visit = apply(played.now, entry)
    played.entries.append(entry)
    return played
