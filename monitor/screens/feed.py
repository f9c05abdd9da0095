"""What a screen of one chair is told: a snapshot once, then only what is new (docs/stream.md)."""

import json
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any

from sqlite_utils import Database

from devices.numeric import CUFF, Generation, Parameter
from devices.table import DRIVERS
from monitor.alarms.engine import Occurrence, by_urgency
from monitor.alarms.freshness import HEARTBEAT_LIMIT_MS, Known, dash_ms, dim_ms
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.limits import Priority, in_force
from monitor.alarms.presets import Preset, from_json
from monitor.alarms.presses import differences
from monitor.alarms.situation import figure, label_of
from monitor.screens.visit_feed import due_message, visit_message
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
        self.visit = self._folded(db, stored[0]) if stored else None
        self.clinic = from_json(self.setting.get("limits", "[]"))
        self.settings = alarm_settings(db, self.chair)
        self.starting = from_json(stored[1]) if stored else self.clinic
        self.preset = self.settings.preset or self.starting
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
        found: dict[str, Any] = {
            "generation": Generation(max(self.generation, self.held)).word,
            "alarms": [self._alarm(x) for x in by_urgency(self.occurrences)],
            "tiles": self._tiles(),
            "limits": self._limits(),
            "limits_changed": differences(self.preset, self.starting),
            "baseline": {p.value: value for p, value in self.settings.baseline.items()},
            "due": self._due(),
            "audio": self._audio(),
            "alarms_off": [asdict(off) for off in self.settings.off.values()],
            "by_hand": self.marks,
        }
        if self._shape(self._parameters()) != self._shape(self.sections.get("parameters", {})):
            found["parameters"] = self._parameters()
        if db is not None:
            found["sources"] = self._links()
            found["session"] = self._session(db)
            found["watch"] = journal.on_watch(db, self.chair)
        return found

    @staticmethod
    def _shape(parameters: Message) -> dict[str, Any]:
        """What of the parameters is worth telling anew, beside their values."""
        keys = ("source", "choice", "instead_of", "dim_ms", "dash_ms", "by_hand")
        shape = {name: [x[key] for key in keys] for name, x in parameters.items()}
        for name, x in parameters.items():
            if x["by_hand"]:  # an event of its own, told by nothing else
                shape[name] += [x["t_ms"], x["value"]]
        return shape

    def _parameters(self) -> Message:
        known = self.knowledge.shown(self.t_ms)
        names = set(known) | self._expected()
        return {p.value: self._parameter(p, known.get(p)) for p in Parameter if p in names}

    def _expected(self) -> set[Parameter]:
        return {Parameter(name) for name in self.setting.get("expected", [])}

    def _parameter(self, parameter: Parameter, known: Known | None) -> Message:
        period_ms = known.period_ms if known else 1000
        better = self._better(parameter, known.source) if known else []
        return {
            "unit": parameter.unit,
            "decimals": 1 if parameter is Parameter.TEMP else 0,
            "episodic": known.event if known else parameter.episodic,
            "by_hand": known is not None and known.by_hand,
            "dim_ms": dim_ms(period_ms),
            "dash_ms": dash_ms(period_ms),
            "source": known.source if known else None,
            "choice": len(better) + 1,
            "instead_of": better[0] if better else None,
            "t_ms": known.t_ms if known else None,
            "value": known.value if known else None,
            "validity": known.validity.value if known else "unavailable",
            "reason": known.reason if known else "not seen yet",
            "last": {"t_ms": known.last[0], "value": known.last[1]}
            if known and known.last
            else None,
        }

    def _better(self, parameter: Parameter, shown: int) -> list[Message]:
        """The sources that the clinic prefers to the one that is shown, and why each is not.

        Of cuff readings the latest counts, whoever took it: there is no better source. A device
        that was not heard, because it is not connected, is one that its driver knows to give it.
        """
        better: list[Message] = []
        if parameter.episodic or shown not in self.knowledge.order:
            return better
        for source in self.knowledge.order[: self.knowledge.order.index(shown)]:
            word = self.knowledge.by_source.get((parameter, source))
            if word is None and not self._away(source, parameter):
                continue
            if word is not None and word.value is not None:
                if word.current(self.t_ms) is not None:
                    continue  # the recorder has chosen it by now
                better.append({"source": source, "why": "no data"})
            else:
                better.append({"source": source, "why": word.reason if word else "no data"})
        return better

    def _away(self, source: int, parameter: Parameter) -> bool:
        """The source would give the parameter if it were connected."""
        link, stored = self.links.get(source), self.sources.get(source)
        if stored is None or stored.driver not in DRIVERS or (link and link.state == "connected"):
            return False
        return parameter in DRIVERS[stored.driver]().facts.parameters

    def _tiles(self) -> Message:
        """The chair's tiles. Where no ECG is expected, the HR tile shows PR, so labelled."""
        expected = self._expected()
        there = set(self.knowledge.shown(self.t_ms)) | expected
        ecg = Parameter.HR in expected or (Parameter.HR in there and Parameter.PR not in expected)
        rate = Parameter.HR if ecg else Parameter.PR
        tiles: Message = {}
        if rate in there:
            tiles["HR"] = _tile([rate], rate.value, rate in expected)
        if Parameter.SPO2 in there:
            tiles["SpO2"] = _tile([Parameter.SPO2], "SpO₂", Parameter.SPO2 in expected)
        if there & set(CUFF):
            tiles["NIBP"] = _tile(list(CUFF), "NIBP", bool(expected & set(CUFF)))
        labels = {Parameter.RR: "RR", Parameter.ETCO2: "EtCO₂", Parameter.TEMP: "Temp"}
        for parameter, label in labels.items():
            if parameter in there:
                tiles[parameter.value] = _tile([parameter], label, parameter in expected)
        return tiles

    def _limits(self) -> Message:
        """The bounds that are in force now; those relative to a baseline only where it is set."""
        found: dict[str, list[Message]] = {}
        for x in in_force(self.preset.limits, self.session.phase[0] if self.session else None):
            bound = x.at(self.settings.baseline.get(x.parameter))
            if bound is not None and x.priority is not Priority.LOW:
                found.setdefault(x.parameter.value, []).append(
                    {"priority": x.priority.word, "side": x.side, "bound": bound}
                )
        return found

    def _audio(self) -> Message:
        x = self.settings.audio
        return {
            "state": x.state,
            "by": x.by,
            "reason": x.reason,
            "since_ms": x.since_ms,
            "until_ms": x.until_ms,
        }

    def _alarm(self, x: Occurrence) -> Message:
        text, value, unknown = x.text, x.value, False
        if x.kind == "physiological" and x.parameter and x.limit is not None:
            known = self.knowledge.shown(self.t_ms).get(x.parameter)
            unknown = known is None or known.current(self.t_ms) is None
            if known and (known.value is not None or known.last):
                value = known.value if known.value is not None else (known.last or (0, 0.0))[1]
                below = x.condition.split("_")[-1] == "low" or "_low_" in x.condition
                sign = "<" if below or "below_baseline" in x.condition else ">"
                beyond = value < x.limit if sign == "<" else value > x.limit
                now = f"{label_of(x.parameter)} {figure(x.parameter, value, x.limit)}"
                text = f"{now} {sign} {x.limit:.4g}" if beyond else f"{now}, was {x.text}"
        return {
            "occurrence": x.id,
            "condition": x.condition,
            "parameter": x.parameter.value if x.parameter else None,
            "kind": x.kind,
            "priority": x.priority.word,
            "state": x.state,
            "since_ms": x.since_ms,
            "text": text,
            "value": value,
            "limit": x.limit,
            "by": x.acknowledged_by,
            "unknown": unknown,
        }

    def _links(self) -> list[Message]:
        order = [s for s in self.setting.get("sources", []) if s in self.sources]
        links = self.links
        return [
            {
                "id": source,
                "name": self.sources[source].name,
                "generation": Generation(self.sources[source].generation).word,
                "state": links[source].state if source in links else "connecting",
                "since_ms": links[source].t_ms if source in links else self.t_ms,
                "detail": links[source].detail if source in links else "",
                "identity": links[source].identity if source in links else None,
                "period_ms": self.sources[source].period_ms,
            }
            for source in order
        ]

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


def _tile(parameters: list[Parameter], label: str, expected: bool) -> Message:
    return {"parameters": [p.value for p in parameters], "label": label, "expected": expected}


def encode(event: str, message: Message) -> bytes:
    """One server-sent event."""
    text = json.dumps(message, separators=(",", ":"), allow_nan=False)
    return f"event: {event}\ndata: {text}\n\n".encode()
