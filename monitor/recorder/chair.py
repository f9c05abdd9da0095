"""One chair within the recorder: what it knows, its alarms, its open session."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from devices.numeric import Generation, Numeric, Parameter, Validity, no_value
from monitor.alarms.conditions import Situation, SourceNow
from monitor.alarms.engine import Engine
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.limits import Limit, limits_to_json
from monitor.recorder.link import Link, LinkState
from monitor.session.visit import Answer, Entry, EntryError, Session, check, decide
from monitor.store.writing import Batch, LinkChange, Reading, StoredAnswer

SECOND_MS = 1000


@dataclass
class SourceState:
    """A link with what the chair must know of it besides."""

    link: Link
    name: str
    period_ms: int
    state: LinkState
    heard_ms: int


@dataclass
class ChairState:
    """Folds what came into what is stored. ``limits`` are those in force now."""

    id: int
    name: str
    sources: list[SourceState]
    expected: tuple[Parameter, ...]
    clinic_limits: tuple[Limit, ...]
    time_zone: str
    since_ms: int
    knowledge: Knowledge
    engine: Engine
    session: Session | None = None
    limits: tuple[Limit, ...] = ()
    session_generation: Generation = Generation.REAL
    session_ended_ms: int = 0
    connected_ms: int = 0
    _second: dict[tuple[int, Parameter], int] = field(default_factory=dict)

    def setting(self) -> str:
        """What the alarms and the screens need to know of the chair, as it is stored."""
        return json.dumps(
            {
                "expected": [parameter.value for parameter in self.expected],
                "sources": [source.link.source for source in self.sources],
                "limits": limits_to_json(self.clinic_limits),
                "time_zone": self.time_zone,
            }
        )

    def take_links(self, batch: Batch) -> None:
        """Take what the links brought since the last tick."""
        for source in self.sources:
            numerics, changes = source.link.take()
            words = [x for change in changes for x in self._link_changed(source, change, batch)]
            if source.link.heard_ms is not None:
                source.heard_ms = max(source.heard_ms, source.link.heard_ms)
            # The link's own words count even within a second of which a value is stored.
            kept = [*self._one_a_second(source.link.source, numerics), *words]
            self.knowledge.take(source.link.source, source.period_ms, kept)
            for numeric in kept:
                generation = Generation.SIMULATED if numeric.demo else source.link.generation
                batch.readings.append(Reading(self.id, source.link.source, generation, numeric))
                self._mark_session(generation, batch)

    def _link_changed(self, source: SourceState, change: LinkState, batch: Batch) -> list[Numeric]:
        if change.state == "connected" and source.state.state != "connected":
            self.connected_ms = max(self.connected_ms, change.t_ms)
        source.state = change
        batch.links.append(
            LinkChange(
                source.link.source, change.t_ms, change.state, change.detail, change.identity
            )
        )
        if change.state != "different":
            return []
        after_ms = change.t_ms + 1  # a value of that very millisecond must not hide the word
        return [
            no_value(parameter, after_ms, "different monitor", Validity.UNAVAILABLE)
            for parameter in source.link.driver.facts.parameters
        ]

    def _one_a_second(self, source: int, numerics: list[Numeric]) -> list[Numeric]:
        """Thin continuous parameters to the last word of each second; keep every cuff reading."""
        kept: dict[tuple[Parameter, int], Numeric] = {}
        cuffs = []
        for numeric in numerics:
            if numeric.parameter.episodic:
                cuffs.append(numeric)
                continue
            second = numeric.t_ms // SECOND_MS
            key = (source, numeric.parameter)
            # A second of which a value is stored already is closed.
            if self._second.get(key, -1) < second:
                kept[(numeric.parameter, second)] = numeric
        for parameter, second in kept:
            self._second[(source, parameter)] = second
        return [*kept.values(), *cuffs]

    def answer(
        self, entry: Entry, next_session: int, worst: Callable[[int], Generation], batch: Batch
    ) -> None:
        """Answer one journal entry of this chair.

        ``worst`` tells the worst generation that is stored of the chair since a time.
        """
        before = self.session
        entry = replace(entry, t_ms=min(entry.t_ms, batch.t_ms))  # nothing is done in the future
        try:
            check(entry.kind, entry.actor, entry.data)
        except EntryError as error:
            session = before.id if before else None
            batch.answers.append(StoredAnswer(entry.id, False, str(error), session))
            return
        after_ms = self.session_ended_ms + 1 if self.session_ended_ms else 0
        earliest_ms = max(after_ms, self.connected_ms)
        answer = decide(entry, before, earliest_ms, str(uuid.uuid4()))
        if entry.kind == "acknowledge":
            transition = self.engine.acknowledge(entry.data["occurrence"], entry.actor)
            if transition is None:
                answer = Answer(False, "That alarm is over or acknowledged already.", before)
            else:
                batch.alarms.append((self.id, transition))
        elif entry.kind == "confirm_monitor":
            answer = self._confirm(entry, before)
        if answer.accepted and answer.session is not None and answer.session != before:
            self._session_changed(answer.session, before, next_session, worst, batch)
        session = self.session.id if self.session else (before.id if before else None)
        batch.answers.append(StoredAnswer(entry.id, answer.accepted, answer.text, session))

    def _confirm(self, entry: Entry, session: Session | None) -> Answer:
        for source in self.sources:
            if source.link.source == entry.data["source"] and source.state.state == "different":
                source.link.confirm()
                return Answer(True, f"{source.name} is confirmed as the right monitor.", session)
        return Answer(False, "That monitor needs no confirmation.", session)

    def _session_changed(
        self,
        session: Session,
        before: Session | None,
        next_session: int,
        worst: Callable[[int], Generation],
        batch: Batch,
    ) -> None:
        if before is None:
            held = [worst(session.from_ms), *(source.link.generation for source in self.sources)]
            held += [x.generation for x in batch.readings if x.chair == self.id]
            session = replace(session, id=next_session)
            self.limits = self.clinic_limits
            self.session_generation = max(held)
            # The patient before must not alarm, nor show, on this one.
            self.knowledge.forget_before(session.from_ms)
            batch.alarms += [(self.id, ended) for ended in self.engine.end_all()]
        limits = limits_to_json(self.limits)
        batch.sessions.append((session, limits, self.time_zone, self.session_generation))
        self.session = session
        if session.ended_ms is not None:
            self.session = None
            self.session_ended_ms = session.ended_ms
            self.limits = self.clinic_limits
            self.knowledge.forget_before(session.ended_ms)
            batch.alarms += [(self.id, ended) for ended in self.engine.end_all()]

    def _mark_session(self, generation: Generation, batch: Batch) -> None:
        """A session shows the worst generation that it holds."""
        if self.session and generation > self.session_generation:
            self.session_generation = generation
            limits = limits_to_json(self.limits)
            batch.sessions.append((self.session, limits, self.time_zone, generation))

    def judge(self, batch: Batch) -> None:
        """Choose the preferred sources and judge the alarms of this tick."""
        for parameter, source in self.knowledge.choose(batch.t_ms):
            batch.preferred.append((self.id, parameter, source))
        situation = Situation(
            known=self.knowledge.now(),
            expected=self.expected,
            sources=tuple(
                SourceNow(
                    source.link.source,
                    source.name,
                    source.state.state,  # type: ignore[arg-type]
                    source.heard_ms,
                    source.period_ms,
                )
                for source in self.sources
            ),
            limits=self.limits,
            dosing=self.session is not None and self.session.dosing,
            since_ms=self.since_ms,
        )
        for transition in self.engine.step(batch.tick, batch.t_ms, situation):
            batch.alarms.append((self.id, transition))
