"""One past session in a store, written as a recorder writes it."""

from dataclasses import dataclass, field

from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Parameter
from monitor.alarms.engine import Occurrence, State, Transition
from monitor.alarms.limits import Limit, Priority
from monitor.alarms.presets import Preset, to_json
from monitor.session.state import Session
from monitor.store import journal, sessions, writing
from monitor.store.sessions import StoredSession
from monitor.store.writing import Batch, Reading, StoredAnswer
from tests.alarms.bedside import SHIPPED, ms


@dataclass
class PastVisit:
    """A session from second 0 to 600, on a chair with one device; it claims from second 0 on."""

    db: Database
    device: str = "B450"
    limits: tuple[Limit, ...] = SHIPPED
    started_s: float = 0
    ended_s: float | None = 600
    patient: str = "KAP-0147"
    zone: str = "Europe/Zurich"
    ticks: int = field(default=0)

    def __post_init__(self) -> None:
        self.chair = writing.register_chair(self.db, "Chair 1")
        self.source = writing.register_source(
            self.db, self.chair, self.device, "masimo_ascii1", "COM3", Generation.REAL, 1000
        )
        session = Session(
            id=1,
            uuid="uuid",
            chair=self.chair,
            patient=self.patient,
            second_identifier="1979",
            weight_kg=None,
            drug="",
            dose_mg=None,
            minutes=None,
            opened_by="RN Keller",
            from_ms=ms(0),
            started_ms=ms(self.started_s),
            ended_ms=None if self.ended_s is None else ms(self.ended_s),
        )
        text = to_json(Preset(self.limits))
        self.write(0, sessions=[(session, text, self.zone, Generation.REAL)])

    def write(self, at_s: float, *numerics: Numeric, **parts: object) -> None:
        self.ticks += 1
        batch = Batch(self.ticks, ms(at_s), 0)
        batch.readings = [Reading(self.chair, self.source, Generation.REAL, x) for x in numerics]
        for name, value in parts.items():
            setattr(batch, name, value)
        writing.write_ticks(self.db, [batch])

    def alarm(
        self, at_s: float, state: State, priority: Priority = Priority.MEDIUM, number: str = "1"
    ) -> None:
        occurrence = Occurrence(
            f"{self.chair}.spo2_low.{number}",
            "spo2_low",
            "physiological",
            Parameter.SPO2,
            priority,
            ms(at_s),
            87.0,
            90.0,
            "SpO2 87 < 90",
        )
        actor = "RN Keller" if state == "acknowledged" else None
        self.write(at_s, alarms=[(self.chair, Transition(occurrence, state, actor))])

    def press(
        self, at_s: float, kind: str, actor: str = "RN Keller", of: int | None = 1, **data: object
    ) -> None:
        """An accepted entry, by default of this session."""
        number = journal.write_entry(
            self.db,
            press=f"press-{self.ticks}",
            t_ms=ms(at_s),
            chair=self.chair,
            kind=kind,
            actor=actor,
            data=data,
        )
        self.write(at_s, answers=[StoredAnswer(number, True, "Noted.", of)])

    def stored(self) -> StoredSession:
        stored = sessions.one(self.db, 1)
        assert stored is not None
        return stored
