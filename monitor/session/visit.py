"""What people's presses mean: journal entries in, an answer and the open session out. Pure.

The dashboard writes what was pressed; the recorder asks `decide` in the next tick and stores the
answer. Nothing here knows a clock or a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

MAX_TEXT = 500
BASELINE_MS = 30 * 60_000  # how far back a session may claim readings: our choice


Phase = Literal["baseline", "dosing", "recovery"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry. ``press`` is the id that the browser made; ``data`` is by kind."""

    id: int
    press: str
    t_ms: int
    chair: int
    kind: str
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """One infusion visit on one chair. ``id`` is 0 until it is stored. Times in UTC ms."""

    id: int
    uuid: str
    chair: int
    patient: str
    second_identifier: str
    weight_kg: float | None
    drug: str
    dose_mg: float | None
    minutes: float | None
    opened_by: str
    from_ms: int
    started_ms: int
    infusion_started_ms: int | None = None
    infusion_stopped_ms: int | None = None
    ended_ms: int | None = None

    @property
    def phase(self) -> tuple[Phase, int]:
        """The phase of the visit, and since when."""
        if self.infusion_started_ms is None:
            return "baseline", self.started_ms
        if self.infusion_stopped_ms is None:
            return "dosing", self.infusion_started_ms
        return "recovery", self.infusion_stopped_ms

    @property
    def dosing(self) -> bool:
        """True from the press that the infusion runs to the press that it stopped."""
        return self.phase[0] == "dosing"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a press: accepted or refused, with a sentence for the person who pressed."""

    accepted: bool
    text: str
    session: Session | None = None


class EntryError(Exception):
    """A press that makes no sense. The message is a sentence for the person who pressed."""


KINDS = (
    "watch",
    "acknowledge",
    "event",
    "infusion_start",
    "infusion_stop",
    "confirm_monitor",
    "session_start",
    "session_end",
)

# They carry the number of the session that was on the glass when the finger came down.
OF_A_SESSION = ("infusion_start", "infusion_stop", "session_end")


def check(kind: str, actor: str, data: Mapping[str, Any]) -> None:
    """Refuse at the door what can be nothing but nonsense. Raises EntryError."""
    if kind not in KINDS:
        raise EntryError(f"There is no entry of the kind {kind!r}.")
    check_actor(actor, data)
    if kind == "event":
        text = data.get("text")
        if not isinstance(text, str) or not text.strip():
            raise EntryError("The note is empty.")
        if len(text) > MAX_TEXT:
            raise EntryError(f"The note is longer than {MAX_TEXT} letters.")
    if kind == "acknowledge" and not isinstance(data.get("occurrence"), str):
        raise EntryError("The entry does not say which alarm was acknowledged.")
    if kind == "confirm_monitor" and (
        type(data.get("source")) is not int or not isinstance(data.get("identity"), str)
    ):
        raise EntryError("The entry does not say which monitor was confirmed.")
    if kind in OF_A_SESSION and type(data.get("session")) is not int:
        raise EntryError("The entry does not say which session it is for: load the page again.")
    if kind == "session_start":
        _check_start(data)


def check_actor(actor: str, data: Mapping[str, Any]) -> None:
    """Refuse an entry of nobody, and one that cannot be stored. Raises EntryError."""
    if not actor.strip() or len(actor) > 80:
        raise EntryError("Say first who is on watch.")
    for text in (actor, *data.values()):
        _check_letters(text)


def _check_letters(text: object) -> None:
    """Half a letter (a lone surrogate) cannot be stored: it would stop the recorder at each try."""
    try:
        str(text).encode()
    except UnicodeEncodeError:
        raise EntryError("The entry holds a letter that cannot be stored.") from None


def _check_start(data: Mapping[str, Any]) -> None:
    for key, what in (("patient", "patient reference"), ("second_identifier", "second identifier")):
        text = data.get(key)
        if not isinstance(text, str) or not text.strip() or len(text) > 80:
            raise EntryError(f"The {what} is missing.")
    # Bounds that no adult visit leaves: our choice, to catch a slipped finger.
    _number(data, "weight_kg", "weight", 25, 300, "kg")
    _number(data, "dose_mg", "dose", 0.1, 2000, "mg")
    _number(data, "minutes", "duration", 1, 600, "minutes")
    drug = data.get("drug", "")
    if not isinstance(drug, str) or len(drug) > 80:
        raise EntryError("The drug must be a name of at most 80 letters.")


def _number(
    data: Mapping[str, Any], key: str, what: str, low: float, high: float, unit: str
) -> None:
    value = data.get(key)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise EntryError(f"The {what} must be between {low:g} and {high:g} {unit}.")


def decide(entry: Entry, session: Session | None, earliest_ms: int, uuid: str) -> Answer:
    """Answer one entry, given the chair's open session.

    ``earliest_ms`` is the furthest that a new session may reach back: the end of the last session
    or of the last disconnection. ``uuid`` names the session if one begins. Presses may overtake
    each other on their way: what follows another thing is never stored as earlier than it.
    """
    try:
        check(entry.kind, entry.actor, entry.data)
    except EntryError as error:  # an entry that came past the door must not stop the recorder
        return Answer(False, str(error), session)
    match entry.kind:
        case "session_start":
            return _start(entry, session, earliest_ms, uuid)
        case "watch":
            return Answer(True, f"{entry.actor} is on watch.", session)
        case "acknowledge" | "confirm_monitor":
            return Answer(True, "Taken up.", session)
        case "event":  # also before a session, which then claims it with the readings around it
            return Answer(True, "Noted.", session)
    if session is None:
        return Answer(False, "There is no open session on this chair.", None)
    if entry.kind in OF_A_SESSION and entry.data["session"] != session.id:
        text = f"Another session is open on this chair now, started by {session.opened_by}."
        return Answer(False, text, session)
    before_ms = (session.started_ms, session.infusion_started_ms, session.infusion_stopped_ms)
    at_ms = max(entry.t_ms, *(t_ms for t_ms in before_ms if t_ms is not None))
    match entry.kind:
        case "infusion_start" if session.infusion_started_ms is not None:
            return Answer(False, "The infusion was already started.", session)
        case "infusion_start":
            return Answer(True, "Infusion started.", replace(session, infusion_started_ms=at_ms))
        case "infusion_stop" if not session.dosing:
            return Answer(False, "No infusion is running.", session)
        case "infusion_stop":
            return Answer(True, "Infusion stopped.", replace(session, infusion_stopped_ms=at_ms))
        case "session_end":
            stopped = at_ms if session.dosing else session.infusion_stopped_ms
            ended = replace(session, infusion_stopped_ms=stopped, ended_ms=at_ms)
            return Answer(True, "Session ended.", ended)
    return Answer(False, f"There is no entry of the kind {entry.kind!r}.", session)


def _start(entry: Entry, session: Session | None, earliest_ms: int, uuid: str) -> Answer:
    if session is not None:
        return Answer(
            False,
            f"This chair already has an open session, started by {session.opened_by}.",
            session,
        )
    data = entry.data
    from_ms = max(earliest_ms, entry.t_ms - BASELINE_MS)
    started = Session(
        id=0,
        uuid=uuid,
        chair=entry.chair,
        patient=data["patient"].strip(),
        second_identifier=data["second_identifier"].strip(),
        weight_kg=data.get("weight_kg"),
        drug=str(data.get("drug", "")).strip(),
        dose_mg=data.get("dose_mg"),
        minutes=data.get("minutes"),
        opened_by=entry.actor,
        from_ms=from_ms,
        started_ms=max(entry.t_ms, from_ms),
    )
    return Answer(True, "Session started.", started)
