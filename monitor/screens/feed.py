"""What a screen of one chair is told: a snapshot once, then only what is new (docs/stream.md)."""

import json
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any

from sqlite_utils import Database

from devices.numeric import Generation, Parameter
from monitor.alarms.engine import Occurrence, by_urgency
from monitor.alarms.freshness import HEARTBEAT_LIMIT_MS
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.presets import Preset, from_json
from monitor.alarms.presses import differences
from monitor.screens.alarm_feed import alarm_message, audio_message, limits_message
from monitor.screens.value_feed import links_message, parameters_message, shape, tiles_message
from monitor.screens.visit_feed import due_message, pump_message, visit_message
from monitor.session.pump import Pumped
from monitor.session.state import Session, Visit
from monitor.session.visit import apply, fold
from monitor.store import by_hand, current, history, journal
from monitor.store.alarm_settings import AlarmSettings, alarm_settings

HISTORY_MS = 3 * 3_600_000
SEED_MS = 600_000
LAST_ANSWERS = 20
MARGIN_MS = 2000  # a reading may be stored in the tick after the one that its time lies in

Message = dict[str, Any]


@dataclass
class Feed:
    """The chair as its screens see it; fed from the database alone."""

    chair: int
    tick: int = 0
    t_ms: int = 0
    rate: float = 1.0
    knowledge: Knowledge = field(default_factory=lambda: Knowledge(()))
    setting: Message = field(default_factory=dict)
    sources: dict[int, current.Source] = field(default_factory=dict)
    links: dict[int, current.Link] = field(default_factory=dict)
    visit: Visit | None = None
    clinic: Preset = field(default_factory=Preset)
    starting: Preset = field(default_factory=Preset)  # with which the session began
    preset: Preset = field(default_factory=Preset)
    settings: AlarmSettings = field(default_factory=AlarmSettings)
    occurrences: list[Occurrence] = field(default_factory=list)
    generation: int = 0
    held: int = 0  # the worst generation among the readings that are shown
    sections: dict[str, Any] = field(default_factory=dict)
    from_ms: int = 0
    answered: int = 0
    folded: int = 0  # the last entry that the visit was folded from
    static: Message = field(default_factory=dict)
    marks: list[Message] = field(default_factory=list)
    struck: int = 0
    pump: Pumped = field(default_factory=Pumped)

    def load(self, db: Database, tick: current.Tick, rate: float) -> None:
        """Take up how things stand at a tick."""
        self.tick, self.t_ms, self.rate = tick.tick, tick.t_ms, rate
        self.refresh(db)
        self.held = self._worst(db)
        rows = current.cuff_rows(db, self.chair, max(self.from_ms, tick.t_ms - HISTORY_MS))
        seed_ms = max(self.from_ms - 1, tick.t_ms - SEED_MS)
        rows += current.readings_since(db, self.chair, seed_ms, 2**62)
        for row in rows:
            if row.tick <= tick.tick:
                self._take(row)
        self.answered = journal.last_answered(db, self.chair)
        self.sections = self._sections(db)

    def refresh(self, db: Database) -> None:
        """Read again what changes rarely: session, links, alarms, settings."""
        self.setting = current.setting(db, self.chair) or {}
        self.sources = {source.id: source for source in current.sources(db, self.chair)}
        devices, hand = self.setting.get("sources", []), self.setting.get("by_hand")
        self.knowledge.order = devices if hand is None else [*devices, hand]
        self.knowledge.by_hand = hand
        self.links = current.links(db, devices)
        self.knowledge.preferred = {
            p: s for p, s in current.preferred(db, self.chair).items() if s in self.sources
        }
        stored = current.open_session(db, self.chair)
        before, self.visit = self.session, self._folded(db, stored[0]) if stored else None
        self.clinic = from_json(self.setting.get("limits", "[]"))
        self.settings = alarm_settings(db, self.chair)
        self.starting = from_json(stored[1]) if stored else self.clinic
        self.preset = self.settings.preset or self.starting
        if self.session and (before is None or before.id != self.session.id):
            self.pump = Pumped()
            for row in current.pump_rows(db, self.chair, self.session.started_ms):
                self._pump(row)
        from_ms = self.session.from_ms if self.session else current.last_session_end(db, self.chair)
        if from_ms != self.from_ms:
            self.from_ms = from_ms
            self.knowledge.forget_before(from_ms)
            self.held = self._worst(db)
        self._enter(db)
        self.occurrences = current.open_alarms(db, self.chair)
        ports = [self.sources[s].generation for s in self.knowledge.order if s in self.sources]
        self.generation = max(ports, default=0)

    def _folded(self, db: Database, session: Session) -> Visit:
        """The visit of the open session; only what was entered since the last look is read."""
        before = self.visit
        if before is None or before.session.id != session.id:
            self.folded = 0
            before = None
        entries = journal.accepted_of(db, session.id, self.folded)
        self.folded = max([self.folded, *(entry.id for entry in entries)])
        return fold(session, entries) if before is None else reduce(apply, entries, before)

    @property
    def session(self) -> Session | None:
        """The session that is open on the chair."""
        return self.visit.session if self.visit else None

    def advance(self, db: Database, tick: current.Tick, rate: float, *, changed: bool) -> Message:
        """Go on to a newer tick; give the ``tick`` message. ``changed``: `refresh` first."""
        rows = current.readings_since(
            db, self.chair, self.t_ms - round(MARGIN_MS * max(1.0, rate)), self.tick
        )
        fresh = [row for row in rows if self.tick < row.tick <= tick.tick]
        from_ms, struck = self.from_ms, self.struck
        if changed:
            self.refresh(db)
        # What was measured before the session that begins or ends here is nothing to go on with;
        # a press that was dated ahead hides nothing.
        since_ms = self.from_ms if self.from_ms <= tick.t_ms else 0
        self.knowledge.from_ms = min(self.knowledge.from_ms, tick.t_ms)
        fresh = [row for row in fresh if row.numeric.t_ms >= since_ms]
        cuff_times = {x.t_ms for row in fresh if (x := row.numeric).parameter.episodic}
        cuffs = [x for x in self._cuffs(db) if x["t_ms"] in cuff_times] if cuff_times else []
        for row in fresh:
            self._take(row)
            self._pump(row)
        message: Message = {"tick": tick.tick, "now_ms": tick.t_ms, "rate": rate}
        message["readings"] = [
            {
                "p": x.parameter.value,
                "t": x.t_ms,
                "v": x.value,
                "ok": x.validity.value,
                "why": x.reason,
            }
            for row in fresh
            if row.source != self.knowledge.by_hand
            and (x := row.numeric)
            and self.knowledge.preferred.get(x.parameter) == row.source
        ]
        if cuffs:
            message["cuffs"] = cuffs
        self.tick, self.t_ms, self.rate = tick.tick, tick.t_ms, rate
        for name, section in self._sections(db if changed else None).items():
            if self.sections.get(name) != section:
                message[name] = section
                self.sections[name] = section
        if changed and (answers := self._answers(db)):
            message["answers"] = answers
        if cuff_times:
            message["parameters"] = self._parameters()
        # Another patient: the trends of the one before must go. So must a mark that was struck.
        if self.from_ms != from_ms or self.struck != struck:
            message["parameters"] = self._parameters()
            message["history"] = self._history(db)
        return message

    def snapshot(self, db: Database, *, trends: bool = True) -> Message:
        """Everything that a screen needs at the present tick; ``trends``: what its chart does."""
        history = {"history": self._history(db)} if trends else {}
        return {
            "tick": self.tick,
            "now_ms": self.t_ms,
            "rate": self.rate,
            "tz": self.setting.get("time_zone", "UTC"),
            "heartbeat_limit_ms": HEARTBEAT_LIMIT_MS,
            **self.static,
            **self.sections,
            "parameters": self._parameters(),
            **history,
            # For a screen that was not connected when its press was refused.
            "answers": _answers(journal.last_answers(db, self.chair, LAST_ANSWERS)),
        }

    def _worst(self, db: Database) -> int:
        """The worst generation among the readings of the span that is shown."""
        since_ms = max(self.from_ms, self.t_ms - HISTORY_MS)
        return int(current.worst_generation(db, self.chair, since_ms))

    def _take(self, row: current.ReadingRow) -> None:
        self.held = max(self.held, row.generation)
        if row.source == self.knowledge.by_hand:
            return  # `_enter` has it
        source = self.sources.get(row.source)
        period_ms = source.period_ms if source else 1000
        self.knowledge.take(row.source, period_ms, [row.numeric])

    def _pump(self, row: current.ReadingRow) -> None:
        """Take up what the chair's pump says; of two, the one that the clinic names first."""
        x = row.numeric
        if x.value is None or self.knowledge.preferred.get(x.parameter) != row.source:
            return
        if x.parameter is Parameter.PUMP_RATE:
            self.pump = self.pump.at_rate(x.value, x.t_ms)
        elif x.parameter is Parameter.PUMP_VOLUME:
            self.pump = self.pump.counting(x.value, x.t_ms)

    def _enter(self, db: Database) -> None:
        """Take up what people entered: it comes and goes with answers to presses."""
        hand = self.knowledge.by_hand
        self.marks = []
        if hand is None:
            return
        from_ms = max(self.from_ms, self.t_ms - HISTORY_MS)
        self.marks = [
            {"p": x.parameter.value, "t": x.t_ms, "v": x.value}
            for x in by_hand.marks(db, self.chair, from_ms, 2**62)
        ]
        held = by_hand.entered(db, self.chair, self.from_ms) if self.session else {}
        self.knowledge.entered = []
        self.knowledge.enter(by_hand.counting(db, self.chair, hand, held))
        self.struck = by_hand.struck(db, self.chair, self.from_ms)

    def _sections(self, db: Database | None) -> dict[str, Any]:
        """The parts of a snapshot that are told again when they change."""
        shown = self.knowledge.shown(self.t_ms)
        phase = self.session.phase[0] if self.session else None
        parameters = self._parameters()
        found: dict[str, Any] = {
            "generation": Generation(max(self.generation, self.held)).word,
            "alarms": [alarm_message(x, shown, self.t_ms) for x in by_urgency(self.occurrences)],
            "tiles": tiles_message(shown, self._expected()),
            "limits": limits_message(self.preset, self.settings.baseline, phase),
            "limits_changed": differences(self.preset, self.starting),
            "baseline": {p.value: value for p, value in self.settings.baseline.items()},
            "due": self._due(),
            "pump": pump_message(self.visit, self.pump, shown.get(Parameter.PUMP_RATE), self.t_ms),
            "audio": audio_message(self.settings.audio),
            "alarms_off": [asdict(off) for off in self.settings.off.values()],
            "by_hand": self.marks,
        }
        if shape(parameters) != shape(self.sections.get("parameters", {})):
            found["parameters"] = parameters
        if db is not None:
            order = self.setting.get("sources", [])
            found["sources"] = links_message(order, self.sources, self.links, self.t_ms)
            found["session"] = self._session(db)
            found["watch"] = journal.on_watch(db, self.chair)
        return found

    def _parameters(self) -> Message:
        return parameters_message(
            self.knowledge, self._expected(), self.sources, self.links, self.t_ms
        )

    def _expected(self) -> set[Parameter]:
        return {Parameter(name) for name in self.setting.get("expected", [])}

    def _session(self, db: Database) -> Message | None:
        if self.visit is None:
            return None
        x = self.visit.session
        told = {said.entry for said in self.visit.said}
        early = journal.entries_of(db, self.chair, x.from_ms, x.started_ms)
        before = [e for e in early if e.kind in ("event", "medication") and e.id not in told]
        number = current.visits_of(db, x.patient, x.id)
        return visit_message(self.visit, number, before, self.t_ms)

    def _due(self) -> list[Message]:
        known = self.knowledge.now().get(Parameter.NIBP_SYS)
        bp_ms = known.last[0] if known and known.last else None
        return due_message(self.visit, self.preset.rules.bp_interval_s, bp_ms, self.t_ms)

    def _history(self, db: Database) -> Message:
        from_ms = max(self.from_ms, self.t_ms - HISTORY_MS)
        from_ms = history.first_reading_ms(db, self.chair, from_ms, self.t_ms)
        width_ms = history.bucket_width_ms(from_ms, self.t_ms)
        found = history.traces(db, self.chair, from_ms, self.t_ms, width_ms)
        traces = {
            parameter.value: {"t": x.t_ms, "min": x.low, "max": x.high, "broken": x.broken}
            for (parameter, source), x in found.items()
            if self.knowledge.preferred.get(parameter) == source
        }
        return {"width_ms": width_ms, "traces": traces, "cuffs": self._cuffs(db)}

    def _cuffs(self, db: Database) -> list[Message]:
        from_ms = max(self.from_ms, self.t_ms - HISTORY_MS)
        found = history.cuff_readings(db, self.chair, from_ms, 2**62)
        hand = self.knowledge.by_hand
        return [
            {
                "t_ms": x.t_ms,
                "sys": x.sys,
                "dia": x.dia,
                "mean": x.mean,
                **({"by_hand": True} if x.source == hand else {}),
            }
            for x in found
        ]

    def _answers(self, db: Database) -> list[Message]:
        rows = journal.answers_after(db, self.chair, self.answered)
        if rows:
            self.answered = rows[-1][0]
        return _answers(rows)


def _answers(rows: list[tuple[int, str, int, str]]) -> list[Message]:
    return [
        {"id": entry, "press": press, "accepted": bool(accepted), "text": text}
        for entry, press, accepted, text in rows
    ]


def encode(event: str, message: Message) -> bytes:
    """One server-sent event."""
    text = json.dumps(message, separators=(",", ":"), allow_nan=False)
    return f"event: {event}\ndata: {text}\n\n".encode()
