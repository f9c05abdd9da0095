"""One chair without a recorder, pressed and driven second by second."""

from dataclasses import dataclass, field
from typing import Any

from devices.numeric import Parameter, numeric
from monitor.alarms.engine import Transition
from monitor.chair import ChairState, Inputs, Outcome, SourceState
from monitor.session.visit import OF_A_SESSION, Entry
from tests.alarms.bedside import PRESET, ms

START: dict[str, Any] = {"patient": "P-1", "second_identifier": "1980-02-03", "drug": "ketamine"}


@dataclass
class Chair:
    """A chair with two monitors, driven second by second."""

    state: ChairState = field(
        default_factory=lambda: ChairState(
            7,
            {
                1: SourceState(1, "Monitor 1", 1000, ms(0)),
                2: SourceState(2, "Monitor 2", 5000, ms(0)),
            },
            (Parameter.SPO2,),
            PRESET,
            ms(0),
        )
    )
    ticks: int = 0
    presses: int = 0
    log: list[Transition] = field(default_factory=list)

    def press(
        self, at_s: float, kind: str, actor: str = "RN Keller", ahead_s: float = 0, **data: Any
    ) -> Outcome:
        self.presses += 1
        if kind in OF_A_SESSION:  # what stood on the glass
            data.setdefault("session", self.state.session.id if self.state.session else 0)
        if kind == "confirm_monitor":
            source = self.state.sources.get(data.get("source", 0))
            data.setdefault("identity", source.identity if source and source.identity else "?")
        entry = Entry(self.presses, f"p{self.presses}", ms(at_s + ahead_s), 7, kind, actor, data)
        outcome = self.state.press(entry, ms(at_s), 100 + self.presses, f"uuid-{self.presses}")
        self.log += outcome.transitions
        return outcome

    def tick(self, at_s: float, **values: float) -> list[Transition]:
        """All monitors are heard; these values come from the first."""
        self.ticks += 1
        words = [(1, numeric(Parameter(name), x, ms(at_s))) for name, x in values.items()]
        self.state.take(Inputs(words=words, heard=set(self.state.sources)), ms(at_s))
        return self.judge(at_s)

    def judge(self, at_s: float) -> list[Transition]:
        _, changes = self.state.judge(self.ticks, ms(at_s))
        self.log += changes
        return changes

    def run(self, start_s: int, until_s: int, **values: float) -> None:
        for at_s in range(start_s, until_s):
            self.tick(at_s, **values)

    def on(self) -> dict[str, str]:
        return {x.condition: x.priority.word for x in self.state.engine.on.values()}


def in_session(at_s: float = 0, dosing: bool = False) -> Chair:
    chair = Chair()
    assert chair.press(at_s, "session_start", **START).answer.accepted
    if dosing:
        assert chair.press(at_s, "infusion_start").answer.accepted
    return chair


def answered(outcome: Outcome) -> tuple[bool, str]:
    return outcome.answer.accepted, outcome.answer.text
