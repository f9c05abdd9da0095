"""Decodes the kept raw bytes of a session again, and compares then with now.

The bytes go through today's driver as they went through the one of then: opened, heard and asked
what is due at the same times, taken where the tick took them, thinned by the same code. Where
another monitor stood on the port, what it said is withheld now as it was then.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from devices.driver import Driver
from devices.numeric import Generation, Numeric, Parameter
from monitor.recorder.chair import DIFFERENT_MONITOR
from monitor.recorder.link import hear
from monitor.recorder.thinning import OneASecond
from monitor.session.by_hand import DRIVER
from monitor.session.state import Session
from monitor.store import current, raw
from monitor.store.raw import Segment
from monitor.store.raw_format import Block, Damage, Kind, Record, blocks

# Of a connection that began long before the session, its first minutes are heard, for what was
# agreed in them; then the bytes shortly before the session, for what a driver knows by heart.
OPENING_MS = 2 * 60_000
# A recorder that still runs has the newest bytes in memory: longer than it keeps them there.
UNWRITTEN_MS = 15_000

Drivers = Mapping[str, Callable[[], Driver]]
Key = tuple[int, Parameter]


class NothingKeptError(Exception):
    """No raw bytes of that session are kept. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is compared of a reading."""

    value: float | None
    validity: str
    reason: str
    generation: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A reading that is not the same. ``what``: changed, only_then, only_now or no_bytes."""

    what: str
    t_ms: int
    parameter: Parameter
    then: Value | None
    now: Value | None


@dataclass
class Compared:
    """One source: how many readings are the same, by parameter, and what is not."""

    source: current.Source
    same: dict[Parameter, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def identical(self) -> bool:
        """True where every reading was decoded again to the same value, from whole files."""
        return not self.differences and not self.damage


class Player:
    """Lets a driver live through records again.

    ``found`` are the readings by time and parameter, ``ticks`` the times of the ticks all of whose
    bytes are kept.
    """

    def __init__(self, make: Callable[[], Driver], source: current.Source, from_ms: int) -> None:
        """Play for a session that begins at ``from_ms``."""
        self.found: dict[Key, Value] = {}
        self.ticks: set[int] = set()
        self.joined = False  # the driver had to begin in the midst of a connection
        self.asked_otherwise = 0
        self._make = make
        self._source = source
        self._lead_ms = from_ms - raw.LEAD_MS
        self._life: tuple[str, int] = ("", -1)
        self._begin()

    def _begin(self) -> None:
        self._driver = self._make()
        self._thin = OneASecond()
        self._waiting: list[Numeric] = []
        self._whole = True  # nothing is missing since the last tick
        self._begun_ms: int | None = None
        self._asks = b""
        self._all_heard = True  # from its beginning on: else it counts its requests otherwise

    def block(self, life: str, block: Block) -> None:
        """Play one block of a recorder's life."""
        before, sequence = self._life
        self._life = (life, block.sequence)
        if life != before:
            self._begin()  # a new process had new drivers
            self._whole = block.sequence == 0
        elif block.sequence != sequence + 1:
            self._whole = self._all_heard = False
            self._waiting.clear()
        for record in block.records:
            self._record(record)

    def _record(self, record: Record) -> None:
        kind, t_ms, data = record
        if kind == Kind.BEGUN:
            if t_ms <= self._lead_ms:
                self._begin()
            self._begun_ms = t_ms
            self._asks = self._driver.connected(t_ms)
            return
        if t_ms < self._lead_ms and (self._begun_ms is None or t_ms > self._begun_ms + OPENING_MS):
            self._whole = self._all_heard = False
            self._waiting.clear()
            return
        if self._begun_ms is None:
            if not data:
                return
            self.joined, self._all_heard = True, False
            self._begun_ms = t_ms
            self._driver.connected(t_ms)
        if kind in (Kind.HEARD, Kind.WITHHELD):
            numerics = hear(self._driver, data, t_ms)
            if kind == Kind.HEARD and numerics is not None:
                self._waiting += numerics
            self._other_request(b"")
            self._asks = self._driver.due(t_ms)
        elif kind == Kind.SENT:
            if data != self._driver.closing():
                self._other_request(data)
        elif kind == Kind.TAKEN:
            self._taken(t_ms)
        elif kind == Kind.ENDED:
            self._asks = b""

    def _other_request(self, sent: bytes) -> None:
        """Note where the driver of now would have asked for something else."""
        self.asked_otherwise += self._all_heard and self._asks != sent
        self._asks = b""

    def _taken(self, tick_ms: int) -> None:
        kept = self._thin(self._source.id, self._waiting)
        self._waiting = []
        if not self._whole:
            self._whole = True
            return
        self.ticks.add(tick_ms)
        for numeric in kept:
            generation = Generation.SIMULATED if numeric.demo else self._source.generation
            value = Value(numeric.value, numeric.validity.value, numeric.reason, int(generation))
            self.found.setdefault((numeric.t_ms, numeric.parameter), value)


def compare(db: Database, database: Path, session: Session, drivers: Drivers) -> Iterator[Compared]:
    """Decode each source of the session's chair again and compare it with what was stored.

    An open session is compared as far as its bytes are on the disk. Raises NothingKeptError.
    """
    last, run = current.last_tick(db), current.last_run(db)
    last_ms = last.t_ms if last else session.from_ms
    to_ms = last_ms if session.ended_ms is None else session.ended_ms
    running = run is not None and run[1] is None
    folder = raw.folder_of(database)
    nothing = NothingKeptError(f"No raw bytes of session {session.id} are kept in {folder}.")
    if not raw.ever_kept(db):
        raise nothing
    any_kept = False
    for source in current.sources(db, session.chair):
        if source.driver == DRIVER:
            continue  # what people entered came through no port
        segments = raw.of_source(db, source.id, session.from_ms, to_ms)
        stored = raw.stored_values(db, session.chair, source.id, session.from_ms, to_ms)
        stored = [x for x in stored if x.reason != DIFFERENT_MONITOR]  # the link's words
        any_kept = any_kept or any((folder / segment.file).exists() for segment in segments)
        if not segments and not stored:
            continue
        compared = Compared(source)
        if source.driver not in drivers:
            compared.damage.append(f"there is no driver {source.driver!r} any more")
            yield compared
            continue
        player = Player(drivers[source.driver], source, session.from_ms)
        for segment in segments:
            _play(folder, segment, player, to_ms + raw.AFTER_MS, compared)
        going_on = running or (bool(segments) and segments[-1].sha256 is None)
        unwritten_ms = last_ms - UNWRITTEN_MS if going_on else last_ms
        _weigh(compared, player, stored, (session.from_ms, to_ms), unwritten_ms)
        yield compared
    if not any_kept:
        raise nothing


def _play(
    folder: Path, segment: Segment, player: Player, until_ms: int, compared: Compared
) -> None:
    """Play one file, and say what is wrong with it."""
    try:
        data = (folder / segment.file).read_bytes()
    except OSError as error:
        compared.damage.append(f"{segment.file} cannot be read: {error.strerror}")
        return
    finished = segment.sha256 is not None
    wrong = []
    for found in blocks(data):
        if isinstance(found, Damage):
            wrong.append(f"{segment.file} is damaged at byte {found.at}: {found.what}")
        elif found.facts is None and found.from_ms <= until_ms:
            player.block(segment.life, found)
    if finished and not wrong and hashlib.sha256(data).hexdigest() != segment.sha256:
        wrong.append(f"{segment.file} is not what was written: its SHA-256 differs")
    compared.damage += wrong


def _weigh(
    compared: Compared,
    player: Player,
    stored: list[raw.StoredValue],
    span: tuple[int, int],
    unwritten_ms: int,
) -> None:
    from_ms, to_ms = span
    now = {key: value for key, value in player.found.items() if from_ms <= key[0] <= to_ms}
    if player.joined:
        compared.remarks.append("the bytes of how its connection began are not kept")
    if player.asked_otherwise:
        compared.remarks.append(
            f"the driver would now have asked the monitor otherwise {player.asked_otherwise} times;"
            " what it answered is the answer to what was asked then"
        )
    unwritten_ms = max(unwritten_ms, *player.ticks, 0)
    waiting = 0
    for x in stored:
        then = Value(x.value, x.validity, x.reason, x.generation)
        again = now.pop((x.t_ms, x.parameter), None)
        if again == then:
            compared.same[x.parameter] = compared.same.get(x.parameter, 0) + 1
        elif again is not None:
            compared.differences.append(Difference("changed", x.t_ms, x.parameter, then, again))
        elif x.tick_ms in player.ticks:
            compared.differences.append(Difference("only_then", x.t_ms, x.parameter, then, None))
        elif x.tick_ms > unwritten_ms:
            waiting += 1
        else:
            compared.differences.append(Difference("no_bytes", x.t_ms, x.parameter, then, None))
    for (t_ms, parameter), value in now.items():
        compared.differences.append(Difference("only_now", t_ms, parameter, None, value))
    compared.differences.sort(key=lambda x: (x.t_ms, x.parameter.value))
    if waiting:
        compared.remarks.append(
            f"the bytes of the last {waiting} readings are not on the disk yet and not compared"
        )
