"""What the alarm conditions of one chair may look at, and what they give. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from devices.numeric import Parameter
from monitor.alarms.freshness import Known
from monitor.alarms.limits import Limit, Phase, Priority
from monitor.alarms.presets import Preset
from monitor.alarms.trends import Trends

MEDIUM_AFTER_MS = 10_000  # design.md, promise 1: how the no-data alarm rises
HIGH_AFTER_MS = 60_000

LABELS = {
    Parameter.NIBP_SYS: "NIBP systolic",
    Parameter.NIBP_DIA: "NIBP diastolic",
    Parameter.NIBP_MEAN: "NIBP mean",
}


def label_of(parameter: Parameter) -> str:
    """The parameter as alarms name it."""
    return LABELS.get(parameter, parameter.value)


@dataclass(frozen=True, slots=True)
class SourceNow:
    """A source of the chair: its link, and the time of the last tick that heard from it."""

    id: int
    name: str
    state: Literal["connecting", "connected", "lost", "different"]
    heard_ms: int
    period_ms: int
    detail: str = ""


# What is left of the disk: enough; less than 1 GB; less than 100 MB. Our choice.
Room = Literal["enough", "little", "none"]
LITTLE_BYTES, NONE_BYTES = 1_000_000_000, 100_000_000


def room_of(free_bytes: int) -> Room:
    """What so many free bytes are."""
    if free_bytes < NONE_BYTES:
        return "none"
    return "little" if free_bytes < LITTLE_BYTES else "enough"


@dataclass(frozen=True, slots=True)
class Host:
    """The computer. Times are those of the ticks that noticed; None where nothing was."""

    late_ms: int | None = None
    late_s: float = 0.0
    stepped_ms: int | None = None
    stepped_s: float = 0.0
    room: Room = "enough"


@dataclass(frozen=True, slots=True)
class LimitsNow:
    """The limits in force, sorted out: by condition, and those that are told some time before."""

    by_condition: list[tuple[str, list[Limit]]]
    soon: list[tuple[Limit, float]]


@dataclass(frozen=True, slots=True)
class DueNow:
    """A thing that the visit wants at a time. ``not_before_ms`` is until when staff put it off.

    ``alarms``: overdue, it is an alarm of its own; the blood pressure of the phase (``bp``) has
    `bp_overdue`.
    """

    id: str
    name: str
    at_ms: int
    not_before_ms: int = 0
    alarms: bool = True


# The best that the screens of a chair can do: none is visible; one is seen; one is seen and sounds.
Screens = Literal["none", "seen", "heard"]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the conditions of one chair may look at.

    ``known`` holds the preferred source's latest word on each parameter; cuff values only of the
    present patient. ``events`` are what people entered of continuous parameters, where no device
    gave a later value; ``struck`` are the parameters of which an entry was taken back since the
    last tick. ``since_ms`` is when the chair's recording began, ``phase_ms`` when the phase
    did; ``phase`` is None without a session. ``measuring_ms`` is since when the cuff is inflated.
    ``measurable`` is what the chair's devices can give at all.
    ``due`` is what the visit wants next.
    ``limits`` are those of preset, phase and baseline, where the caller keeps them sorted out.
    """

    known: Mapping[Parameter, Known]
    expected: tuple[Parameter, ...]
    sources: tuple[SourceNow, ...]
    preset: Preset
    since_ms: int
    phase: Phase | None = None
    phase_ms: int = 0
    baseline: Mapping[Parameter, float] = field(default_factory=dict)
    trends: Trends = field(default_factory=Trends)
    same_arm: bool = False
    measuring_ms: int | None = None
    screens: Screens = "heard"
    host: Host = Host()
    limits: LimitsNow | None = None
    measurable: frozenset[Parameter] = frozenset(Parameter)
    due: tuple[DueNow, ...] = ()
    events: Mapping[Parameter, Known] = field(default_factory=dict)
    struck: frozenset[Parameter] = frozenset()

    @property
    def dosing(self) -> bool:
        """True while the infusion runs."""
        return self.phase == "dosing"


@dataclass(frozen=True, slots=True)
class Tier:
    """One priority of a condition: whether it holds now, and how long it must to count.

    ``near``: it does not hold, but by so little that an occurrence goes on for a while.
    """

    priority: Priority
    holds: bool
    delay_ms: int
    limit: float | None
    text: str
    near: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a condition in this tick.

    ``since_ms`` is since when it holds, where the situation tells; else the engine counts from the
    tick that first saw it. ``quiet``: another alarm says it already, so that no new occurrence
    begins; one that is on goes on and rises. ``yields_to`` names conditions that say the same more
    urgently: while one of them is on, this one does not hold.
    """

    condition: str
    kind: Literal["physiological", "technical"]
    parameter: Parameter | None
    value: float | None
    tiers: tuple[Tier, ...] = field(default=())
    since_ms: int | None = None
    quiet: bool = False
    yields_to: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True where any of its tiers holds now, delay or not."""
        return any(tier.holds for tier in self.tiers)


@dataclass(frozen=True, slots=True)
class Frozen:
    """Nothing is known of this condition now: it stays as it is."""

    condition: str


Verdict = Finding | Frozen


def figure(parameter: Parameter, value: float, beside: float | None = None) -> str:
    """A value as the screen shows it: whole numbers, tenths of a degree.

    ``beside`` is a limit that it is compared with: then as many more decimals (two at most) as it
    takes to tell the two apart, so that nothing reads ``90 < 90``.
    """
    decimals = 1 if parameter is Parameter.TEMP else 0
    while beside is not None and value != beside and decimals < 2:
        if f"{value:.{decimals}f}" != f"{beside:.{decimals}f}":
            break
        decimals += 1
    return f"{value:.{decimals}f}"


def one_tier(
    condition: str,
    priority: Priority,
    holds: bool,
    text: str,
    *,
    delay_s: float = 0,
    parameter: Parameter | None = None,
    value: float | None = None,
) -> Finding:
    """A technical finding of one priority."""
    tier = Tier(priority, holds, round(delay_s * 1000), None, text)
    return Finding(condition, "technical", parameter, value, (tier,))
