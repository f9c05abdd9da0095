"""One chair, pure: the inputs of a tick in, alarms and answers out.

The recorder feeds it what the links bring; a replay feeds it what was stored. Both get the same,
tick for tick: nothing here knows a port, a database or a clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from devices.numeric import Numeric, Parameter
from monitor.alarms import presses
from monitor.alarms.conditions import judge, limits_now
from monitor.alarms.engine import NO_DATA, Engine, Occurrence, Transition
from monitor.alarms.freshness import dash_ms
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.limits import LimitsError, Phase
from monitor.alarms.presets import Preset, merged
from monitor.alarms.situation import DueNow, Host, LimitsNow, Screens, Situation, SourceNow
from monitor.session import by_hand, due, visit
from monitor.session.regimens import regimen_of
from monitor.session.state import Session, Visit
from monitor.session.visit import Answer, Entry, EntryError

LinkWord = Literal["connecting", "connected", "lost", "different"]


@dataclass
class SourceState:
    """A device of the chair, as its alarms see it.

    ``heard_ms`` is the last tick that heard it; ``parameters`` is all that its driver can give.
    """

    id: int
    name: str
    period_ms: int
    heard_ms: int
    state: LinkWord = "connecting"
    detail: str = ""
    identity: str | None = None
    parameters: frozenset[Parameter] = frozenset(Parameter)


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link's new state. ``detail`` is a sentence for staff."""

    source: int
    t_ms: int
    state: str
    detail: str
    identity: str | None


@dataclass
class Inputs:
    """What a tick brings to one chair: words by source, changes of links, who was heard."""

    words: list[tuple[int, Numeric]] = field(default_factory=list)
    links: list[LinkChange] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a press. ``confirm``: a source, and the identity that was confirmed.

    ``words`` are values that it brings, by source; ``struck`` those that it takes back.
    """

    answer: Answer
    transitions: tuple[Transition, ...] = ()
    confirm: tuple[int, str] | None = None
    words: tuple[tuple[int, Numeric], ...] = ()
    struck: tuple[tuple[int, Numeric], ...] = ()


@dataclass
class ChairState:
    """Folds inputs. ``clinic`` is the clinic's preset, ``preset`` the one in force.

    ``hand`` is the source of the values that people enter; ``entered`` holds those of each
    journal entry, struck or not.
    """

    id: int
    sources: dict[int, SourceState]
    expected: tuple[Parameter, ...]
    clinic: Preset
    since_ms: int
    same_arm: bool = False
    preset: Preset = field(default_factory=Preset)
    visit: Visit | None = None
    baseline: dict[Parameter, float] = field(default_factory=dict)
    session_ended_ms: int = 0
    connected_ms: int = 0
    host: Host = field(default_factory=Host)
    screens: Screens = "heard"
    measuring_ms: int | None = None
    hand: int | None = None
    entered: dict[int, tuple[Numeric, ...]] = field(default_factory=dict)
    struck: set[Parameter] = field(default_factory=set)
    _limits: tuple[Preset, Phase | None, dict[Parameter, float], LimitsNow] | None = None

    def __post_init__(self) -> None:
        """Begin with the clinic's preset, and nothing known."""
        self.preset = self.preset if self.preset.limits else self.clinic
        hand = [] if self.hand is None else [self.hand]
        self.knowledge = Knowledge([*self.sources, *hand], by_hand=self.hand)
        self.engine = Engine(self.id)

    @property
    def session(self) -> Session | None:
        """The session that is open on the chair."""
        return self.visit.session if self.visit else None

    @property
    def phase(self) -> tuple[Phase | None, int]:
        """The phase of the visit, and since when; None without a session."""
        return self.session.phase if self.session else (None, 0)

    def take(self, inputs: Inputs, t_ms: int) -> None:
        """Take what a tick brought, before its presses."""
        for change in inputs.links:
            source = self.sources[change.source]
            if change.state == "connected" and source.state != "connected":
                self.connected_ms = max(self.connected_ms, change.t_ms)
            if source.state == "different" and change.state != "lost":
                # The other monitor spoke all the while: confirmed, it is not silent since then.
                source.heard_ms = max(source.heard_ms, t_ms)
            source.state = cast(LinkWord, change.state)
            source.detail, source.identity = change.detail, change.identity
        for number in inputs.heard:
            self.sources[number].heard_ms = max(self.sources[number].heard_ms, t_ms)
        for number, numeric in sorted(inputs.words, key=in_order):
            self.knowledge.take(number, self.sources[number].period_ms, [numeric])

    def press(self, entry: Entry, t_ms: int, number: int, uuid: str) -> Outcome:
        """Answer one journal entry. ``number`` and ``uuid`` name the session if one begins."""
        entry = replace(entry, t_ms=min(entry.t_ms, t_ms))  # nothing is done in the future
        before = self.visit
        try:
            check(entry.kind, entry.actor, entry.data)
            if entry.kind == "session_start" and entry.data.get("regimen") is not None:
                merged(self.clinic, regimen_of(entry.data["regimen"]).limits)
            if entry.kind in presses.KINDS:
                return self._alarm_press(entry, t_ms)
            if entry.kind in by_hand.KINDS:
                return self._reading(entry)
        except (EntryError, LimitsError) as error:
            return Outcome(Answer(False, _sentence(error), before))
        if entry.kind == "acknowledge":
            seen = self.engine.acknowledge(entry.data["occurrence"], entry.actor, t_ms)
            if seen is None:
                text = "That alarm is over or acknowledged already."
                return Outcome(Answer(False, text, before))
            return Outcome(Answer(True, "Acknowledged.", before), (seen,))
        if entry.kind == "confirm_monitor":
            return self._confirm(entry)
        after_ms = self.session_ended_ms + 1 if self.session_ended_ms else 0
        earliest_ms = max(after_ms, self.connected_ms)
        answer = visit.decide(entry, before, earliest_ms, uuid, self.latest(t_ms))
        changed: list[Transition] = []
        if answer.accepted and answer.visit is not None and answer.visit is not before:
            if before is None:
                session = replace(answer.visit.session, id=number)
                answer = replace(answer, visit=replace(answer.visit, session=session))
            changed = self._visit_changed(cast(Visit, answer.visit), before)
        struck: tuple[tuple[int, Numeric], ...] = ()
        if answer.accepted and entry.kind == "strike":
            struck = self.strike_reading(entry.data["entry"])
        return Outcome(answer, tuple(changed), struck=struck)

    def judge(self, tick: int, t_ms: int) -> tuple[list[tuple[Parameter, int]], list[Transition]]:
        """Choose the preferred sources and judge the alarms of this tick; give what changed."""
        self.engine.resignal_ms = round(self.preset.rules.resignal_s * 1000)
        chosen = self.knowledge.choose(t_ms)
        inflating = self.knowledge.inflating()
        self.measuring_ms = (self.measuring_ms or t_ms) if inflating else None
        changes = self.engine.step(tick, t_ms, judge(t_ms, self.situation(t_ms)))
        self.struck.clear()
        return chosen, changes

    def situation(self, t_ms: int) -> Situation:
        """What the conditions may look at now."""
        phase, phase_ms = self.phase
        kept = self._limits
        if kept is None or kept[0] is not self.preset or kept[1:3] != (phase, self.baseline):
            baseline = dict(self.baseline)
            limits = limits_now(self.preset, phase, baseline)
            kept = self._limits = (self.preset, phase, baseline, limits)
        return Situation(
            known=self.knowledge.now(),
            expected=self.expected,
            sources=tuple(
                SourceNow(x.id, x.name, x.state, x.heard_ms, x.period_ms, x.detail)
                for x in self.sources.values()
            ),
            preset=self.preset,
            since_ms=self.since_ms,
            phase=phase,
            phase_ms=phase_ms,
            baseline=self.baseline,
            trends=self.knowledge.trends,
            same_arm=self.same_arm,
            measuring_ms=self.measuring_ms,
            screens=self.screens,
            host=self.host,
            limits=kept[3],
            due=tuple(
                DueNow(x.id, x.name, x.at_ms, x.not_before_ms or 0, x.alarms)
                for x in self.due(t_ms)
            ),
            measurable=frozenset().union(*(x.parameters for x in self.sources.values())),
            events=self.knowledge.events(),
            struck=frozenset(self.struck),
        )

    def take_up(
        self,
        words: Iterable[tuple[int, Numeric]],
        occurrences: Sequence[Occurrence],
        preferred: Mapping[Parameter, int],
    ) -> None:
        """Go on where another recorder left off: last words, open alarms, chosen sources."""
        for occurrence in occurrences:
            # A silence that was alarmed before goes on, it does not begin anew.
            if occurrence.condition.startswith("no_data_"):
                number = int(occurrence.condition.removeprefix("no_data_"))
                if number in self.sources:
                    source = self.sources[number]
                    since_ms = min(occurrence.since_ms, self.since_ms)
                    source.heard_ms = since_ms - dash_ms(source.period_ms)
        for number, numeric in words:
            if number in self.sources:
                self.knowledge.take(number, self.sources[number].period_ms, [numeric])
        of_chair = set(self.knowledge.order)
        self.knowledge.preferred = {p: s for p, s in preferred.items() if s in of_chair}
        self.engine.restore(occurrences)

    def _reading(self, entry: Entry) -> Outcome:
        """Take values that a person entered; they count for the alarms of this tick."""
        if self.hand is None:
            raise EntryError("This chair takes no values by hand.")
        numerics = by_hand.taken(entry, self.session)
        before = {(x.parameter, x.t_ms) for held in self.entered.values() for x in held}
        if any((x.parameter, x.t_ms) in before for x in numerics):
            raise EntryError("A value of that very moment was entered already.")
        self.entered[entry.id] = numerics
        self.knowledge.enter(numerics)
        self.visit = visit.apply(self.visit, entry) if self.visit else None
        words = tuple((self.hand, x) for x in numerics)
        return Outcome(Answer(True, "Values saved.", self.visit), words=words)

    def strike_reading(self, entry: int) -> tuple[tuple[int, Numeric], ...]:
        """Take back what an entry of values brought: for charts, alarms and what is due.

        Gives what is struck, for the outcome of the press that strikes it; nothing where that entry
        brought no values. What alarmed by one of them, and has no other value now, is over.
        """
        numerics = self.entered.get(entry, ())
        if self.hand is None or not numerics:
            return ()
        word = {**self.knowledge.now(), **self.knowledge.events()}
        for x in numerics:
            counted = word.get(x.parameter)
            if counted and (counted.source, counted.t_ms) == (self.hand, x.t_ms):
                self.struck.add(x.parameter)
        self.knowledge.strike(numerics)
        return tuple((self.hand, x) for x in numerics)

    def _alarm_press(self, entry: Entry, t_ms: int) -> Outcome:
        engine, data, changed = self.engine, entry.data, []
        text = ""
        match entry.kind:
            case "audio_pause" if engine.audio.state == "off":
                return Outcome(Answer(False, "Audio is off on this chair.", self.visit))
            case "audio_pause":
                engine.pause_audio(entry.actor, data["seconds"], t_ms)
                text = f"Audio paused for {data['seconds']:g} s."
            case "audio_off":
                reason = data["reason"].strip()
                engine.audio = engine.audio.switched_off(entry.actor, reason, t_ms)
                text = "Audio off."
            case "audio_resume" | "audio_on":
                engine.audio = type(engine.audio)()
                text = "Audio on."
            case "alarm_off" if data["scope"] == NO_DATA and self.phase[0] == "dosing":
                text = "The no-data alarm cannot be off while the infusion runs."
                return Outcome(Answer(False, text, self.visit))
            case "alarm_off":
                reason = data["reason"].strip()
                changed = engine.alarm_off(data["scope"], entry.actor, reason, t_ms)
                text = f"Alarm off: {data['scope']}."
            case "alarm_on":
                engine.alarm_on(data["scope"])
                text = f"Alarm on: {data['scope']}."
            case _ if self.session is None:
                return Outcome(Answer(False, "There is no open session on this chair.", None))
            case _ if self.session and data.get("session", self.session.id) != self.session.id:
                by = self.session.opened_by
                text = f"Another session is open on this chair now, started by {by}."
                return Outcome(Answer(False, text, self.visit))
            case "limits":
                self.preset = presses.with_tier(self.preset, data)
                text = "Limits changed."
            case "baseline":
                self.baseline = presses.baseline_of(data)
                self.visit = visit.apply(self.visit, entry) if self.visit else None
                text = "Baseline set."
        return Outcome(Answer(True, text, self.visit), tuple(changed))

    def _confirm(self, entry: Entry) -> Outcome:
        """Take the monitor that the person saw; another one that is there by now must be seen."""
        source = self.sources.get(entry.data["source"])
        if source is None or source.state != "different":
            return Outcome(Answer(False, "That monitor needs no confirmation.", self.visit))
        seen = entry.data["identity"]
        if source.identity != seen:
            text = f"Yet another monitor is there now: {source.identity}. Look again."
            return Outcome(Answer(False, text, self.visit))
        text = f"{source.name} is confirmed as the right monitor."
        return Outcome(Answer(True, text, self.visit), (), (source.id, seen))

    def _visit_changed(self, now: Visit, before: Visit | None) -> list[Transition]:
        """What changes with the visit. The patient before must not alarm, nor show, on this one."""
        changed: list[Transition] = []
        session = now.session
        self.visit = now
        if before is None or session.ended_ms is not None:
            from_ms = session.from_ms if session.ended_ms is None else session.ended_ms
            limits = now.regimen.limits if now.regimen and session.ended_ms is None else {}
            self.preset, self.baseline = merged(self.clinic, limits), {}
            self.knowledge.forget_before(from_ms)
            self.entered.clear()
            changed = self.engine.end_all()
        if session.ended_ms is not None:
            self.visit, self.session_ended_ms = None, session.ended_ms
        elif session.dosing:
            self.engine.alarm_on(NO_DATA)
        return changed

    def latest(self, t_ms: int) -> dict[Parameter, tuple[int, float]]:
        """The values that may be shown now or were read last by a cuff, as far as they are sure."""
        return self.knowledge.latest(t_ms)

    def due(self, t_ms: int) -> tuple[due.Due, ...]:
        """What is due next in the visit."""
        if self.visit is None:
            return ()
        known = self.knowledge.now().get(Parameter.NIBP_SYS)
        bp_ms = known.last[0] if known and known.last else None
        return due.due(self.visit, self.preset.rules.bp_interval_s, bp_ms, t_ms)


def in_order(word: tuple[int, Numeric]) -> tuple[bool, int]:
    """The order in which the words of a tick count: a cuff reading ends what was said before it."""
    numeric = word[1]
    return numeric.parameter.episodic and numeric.value is not None, numeric.t_ms


def check(kind: str, actor: str, data: Mapping[str, Any]) -> None:
    """Refuse a press at the door that can be nothing but nonsense. Raises EntryError."""
    if kind not in presses.KINDS:
        visit.check(kind, actor, data)
        return
    visit.check_actor(actor, data)
    try:
        presses.check_press(kind, data)
    except LimitsError as error:
        raise EntryError(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
