"""One chair as the recorder serves it: its links, and what is stored of each tick."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlite_utils import Database

from devices.numeric import Generation, Numeric, Validity, no_value
from monitor.alarms.presets import to_json
from monitor.alarms.situation import Host, Screens
from monitor.chair import ChairState, Inputs, LinkChange
from monitor.recorder.link import Link, LinkState
from monitor.recorder.thinning import OneASecond
from monitor.session import by_hand
from monitor.session.state import Visit
from monitor.session.visit import Entry, decide
from monitor.store import current
from monitor.store.alarm_settings import settings_to_json
from monitor.store.writing import Batch, Reading, StoredAnswer, Struck

DIFFERENT_MONITOR = "different monitor"  # the link's own word: no device was heard


@dataclass
class ServedChair:
    """Brings what the links say to the chair's state, and what follows from it to the batch."""

    name: str
    links: list[Link]
    state: ChairState
    time_zone: str
    session_generation: Generation = Generation.REAL
    removed: bool = False  # the clinic's file does not name it any more
    made_up: bool = False  # nothing that is entered here is a patient's, not even by hand
    _one_a_second: OneASecond = field(default_factory=OneASecond)
    _alarm_setting: str = ""

    @property
    def id(self) -> int:
        """The chair's number in the store."""
        return self.state.id

    @property
    def generation(self) -> Generation:
        """The worst that the chair's ports give; a demo's chair gives nothing real."""
        least = Generation.SIMULATED if self.made_up else Generation.REAL
        return max([least, *(link.generation for link in self.links)])

    def setting(self) -> str:
        """What the alarms and the screens need to know of the chair, as it is stored."""
        return json.dumps(
            {
                "expected": [parameter.value for parameter in self.state.expected],
                "sources": list(self.state.sources),
                "limits": to_json(self.state.clinic),
                "time_zone": self.time_zone,
                "same_arm": self.state.same_arm,
                "by_hand": self.state.hand,
                **({"removed": True} if self.removed else {}),
            }
        )

    def setting_is_new(self, db: Database) -> bool:
        """True where the setting stored last is another one."""
        return bool(current.setting(db, self.id) != json.loads(self.setting()))

    def take(self, batch: Batch, host: Host, screens: Screens) -> None:
        """Take what the links brought since the last tick, and how the computer does."""
        inputs = Inputs()
        for link in self.links:
            numerics, changes, heard = link.take(batch.t_ms)
            words = [x for change in changes for x in self._link_changed(link, change, inputs)]
            said = self._one_a_second(link.source, numerics)
            if heard:
                inputs.heard.add(link.source)
                if not said:
                    batch.heard.append(link.source)
            # The link's own words count even within a second of which a value is stored.
            for numeric in [*said, *words]:
                inputs.words.append((link.source, numeric))
                generation = Generation.SIMULATED if numeric.demo else link.generation
                batch.readings.append(Reading(self.id, link.source, generation, numeric))
                self._mark_session(generation, batch)
        batch.links += inputs.links
        if screens != self.state.screens:
            batch.inputs.append((self.id, "screens", json.dumps(screens)))
        self.state.host, self.state.screens = host, screens
        self.state.take(inputs, batch.t_ms)

    def _link_changed(self, link: Link, change: LinkState, inputs: Inputs) -> list[Numeric]:
        inputs.links.append(
            LinkChange(link.source, change.t_ms, change.state, change.detail, change.identity)
        )
        if change.state != "different":
            return []
        after_ms = change.t_ms + 1  # a value of that very millisecond must not hide the word
        return [
            no_value(parameter, after_ms, DIFFERENT_MONITOR, Validity.UNAVAILABLE)
            for parameter in link.driver.facts.parameters
        ]

    def answer(
        self, entry: Entry, next_session: int, worst: Callable[[int], Generation], batch: Batch
    ) -> None:
        """Answer one journal entry of this chair.

        ``worst`` tells the worst generation that is stored of the chair since a time.
        """
        state, before = self.state, self.state.visit
        outcome = state.press(entry, batch.t_ms, next_session, str(uuid.uuid4()))
        if outcome.confirm is not None:
            source, identity = outcome.confirm
            for link in self.links:
                if link.source == source:
                    link.confirm(identity)
        batch.alarms += [(self.id, transition) for transition in outcome.transitions]
        after = outcome.answer.session
        if outcome.answer.accepted and after is not None:
            if before is None:
                held = [worst(after.from_ms), self.generation]
                held += [x.generation for x in batch.readings if x.chair == self.id]
                self.session_generation = max(held)
            if before is None or after != before.session:
                preset = to_json(state.preset)
                batch.sessions.append((after, preset, self.time_zone, self.session_generation))
        # The values that people enter at a virtual monitor are not a patient's either.
        for hand, numeric in outcome.words:
            batch.readings.append(Reading(self.id, hand, self.generation, numeric, by_hand=True))
            self._mark_session(self.generation, batch)
        batch.struck += [Struck(self.id, *word, entry.id) for word in outcome.struck]
        session = after or (before.session if before else None)
        answer = outcome.answer
        number = session.id if session else None
        batch.answers.append(StoredAnswer(entry.id, answer.accepted, answer.text, number))

    def answer_past(self, entry: Entry, past: Visit | None, batch: Batch) -> None:
        """Answer an entry about a session of this chair that is over, as it was left."""
        entry = replace(entry, t_ms=min(entry.t_ms, batch.t_ms))
        if past is None:
            text = "There is no such session on this chair."
            batch.answers.append(StoredAnswer(entry.id, False, text, None))
            return
        answer = decide(entry, past, past.session.from_ms, "")
        after = answer.session
        if answer.accepted and after is not None and after != past.session:
            row = (after, "", self.time_zone, Generation.REAL)  # neither of the three is changed
            batch.sessions.append(row)
        if answer.accepted and entry.kind == "strike" and self.state.hand is not None:
            said = next(x for x in past.said if x.entry == entry.data["entry"])
            if said.kind == "reading":
                batch.struck += [
                    Struck(self.id, self.state.hand, x, entry.id)
                    for x in by_hand.numerics(said.data, said.t_ms)
                ]
        number = past.session.id
        batch.answers.append(StoredAnswer(entry.id, answer.accepted, answer.text, number))

    def _mark_session(self, generation: Generation, batch: Batch) -> None:
        """A session shows the worst generation that it holds."""
        if self.state.session and generation > self.session_generation:
            self.session_generation = generation
            preset = to_json(self.state.preset)
            batch.sessions.append((self.state.session, preset, self.time_zone, generation))

    def judge(self, batch: Batch) -> None:
        """Judge this tick, and store what changed."""
        chosen, transitions = self.state.judge(batch.tick, batch.t_ms)
        batch.preferred += [(self.id, parameter, source) for parameter, source in chosen]
        batch.alarms += [(self.id, transition) for transition in transitions]
        setting = settings_to_json(self.state)
        if setting != self._alarm_setting:
            batch.alarm_settings.append((self.id, setting))
            self._alarm_setting = setting
