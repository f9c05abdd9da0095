"""Stores prepared for the screens' tests, written as a recorder writes them."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Parameter, Validity, no_value, numeric
from monitor.alarms.engine import Occurrence, Transition
from monitor.alarms.limits import Limit, Priority
from monitor.alarms.presets import Preset, read_preset, to_json
from monitor.chair import LinkChange
from monitor.clock import boot_id, boot_ns, wall_ms
from monitor.session.state import Session
from monitor.store import writing
from monitor.store.writing import Batch, Reading

LIMITS = read_preset(Path(__file__).parents[2] / "data" / "presets" / "limits.toml").limits


@dataclass
class Stored:
    """One chair with one DRI source, and a clock that the test steps."""

    db: Database
    chair: int = 0
    source: int = 0
    tick: int = 0
    t_ms: int = field(default_factory=wall_ms)
    generation: Generation = Generation.SIMULATED
    limits: tuple[Limit, ...] = LIMITS

    def __post_init__(self) -> None:
        self.chair = writing.register_chair(self.db, "Chair 1")
        self.source = writing.register_source(
            self.db, self.chair, "B450", "datex_dri", "sim://datex_dri", self.generation, 5000
        )
        writing.begin_run(
            self.db,
            writing.Run("test", 1, "host", 1, self.t_ms, self.t_ms, boot_ns(), boot_id(), 1.0),
        )
        self.write(settings=[(self.chair, self.setting())])

    def setting(self, expected: str = '["HR", "SpO2"]') -> str:
        """The chair's settings, as the recorder stores them."""
        limits = to_json(Preset(self.limits)).replace('"', '\\"')
        return (
            f'{{"expected": {expected}, "sources": [{self.source}], "limits": "{limits}",'
            ' "time_zone": "Europe/Zurich"}'
        )

    def write(self, *numerics: Numeric, **parts: object) -> Batch:
        """Write one tick, a second after the last."""
        self.tick += 1
        self.t_ms += 1000
        batch = Batch(self.tick, self.t_ms, 0)
        batch.readings = [Reading(self.chair, self.source, self.generation, x) for x in numerics]
        for name, value in parts.items():
            setattr(batch, name, value)
        writing.write_ticks(self.db, [batch])
        return batch

    def connected(self) -> None:
        """The link is up and every parameter's source chosen."""
        change = LinkChange(self.source, self.t_ms, "connected", "", "monitor=plug 7")
        chosen = [(self.chair, parameter, self.source) for parameter in Parameter]
        self.write(links=[change], preferred=chosen)

    def values(self, hr: float = 72, spo2: float = 97, seconds: int = 1) -> None:
        """Ticks with HR and SpO2."""
        for _ in range(seconds):
            self.write(
                numeric(Parameter.HR, hr, self.t_ms + 900),
                numeric(Parameter.SPO2, spo2, self.t_ms + 900),
            )

    def cuff(self, sys: float, dia: float, mean: float, t_ms: int | None = None) -> None:
        """A tick with a cuff reading."""
        at_ms = self.t_ms + 900 if t_ms is None else t_ms
        self.write(
            numeric(Parameter.NIBP_SYS, sys, at_ms),
            numeric(Parameter.NIBP_DIA, dia, at_ms),
            numeric(Parameter.NIBP_MEAN, mean, at_ms),
        )

    def probe_off(self) -> None:
        """A tick in which the device says that it has no SpO2."""
        self.write(no_value(Parameter.SPO2, self.t_ms + 900, "probe off", Validity.INVALID))

    def alarm(self, state: str = "active", actor: str | None = None) -> Occurrence:
        """A stored transition of a medium SpO2 alarm."""
        occurrence = Occurrence(
            f"{self.chair}.spo2_low.5",
            "spo2_low",
            "physiological",
            Parameter.SPO2,
            Priority.MEDIUM,
            self.t_ms,
            87.0,
            90.0,
            "SpO2 87 < 90",
        )
        transition = Transition(occurrence, state, actor)  # type: ignore[arg-type]
        self.write(alarms=[(self.chair, transition)])
        return occurrence

    def session_of(self, **changes: object) -> tuple[Session, str, str, Generation]:
        """A session as a tick stores it; ``changes`` replace its fields."""
        fields: dict[str, object] = {
            "id": 1,
            "uuid": f"uuid-{changes.get('id', 1)}",
            "chair": self.chair,
            "patient": "KAP-0147",
            "second_identifier": "1979",
            "weight_kg": 71.0,
            "drug": "ketamine",
            "dose_mg": 35.5,
            "minutes": 40.0,
            "opened_by": "RN Keller",
            "from_ms": self.t_ms,
            "started_ms": self.t_ms,
            **changes,
        }
        session = Session(**fields)  # type: ignore[arg-type]
        return session, to_json(Preset(self.limits)), "Europe/Zurich", self.generation

    def session(self, **changes: object) -> Session:
        """A tick with a session."""
        stored = self.session_of(**changes)
        self.write(sessions=[stored])
        return stored[0]
