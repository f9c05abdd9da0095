"""A visit as it stands: its session as lists show it, and all that staff entered of it. Pure.

These are the records; `course` folds them from the presses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor.session.dosing import Infusion
from monitor.session.regimens import Regimen
from monitor.session.steps import Stage, Steps

Phase = Literal["baseline", "dosing", "recovery"]


@dataclass(frozen=True, slots=True)
class Session:
    """One infusion visit on one chair, as it is listed. ``id`` is 0 until stored. Times in UTC ms.

    ``infusion_started_ms`` is the start of the infusion, or the first single dose.
    """

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
    stage: Stage = "arrival"
    stage_ms: int = 0
    how: str | None = None
    regimen: str = ""
    signed_by: str | None = None
    signed_ms: int | None = None

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
class Said:
    """Something that a person entered: with its entry's number, its time, and who."""

    entry: int
    t_ms: int
    by: str
    kind: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """All that staff entered of a visit. ``seen_ms`` is the time of the newest entry.

    ``checks`` are the answers by item, ``overrides`` who let an item pass and why; ``done`` the
    times at which a task was done; ``put_off`` those at which a thing was put off; ``struck`` what
    was struck through, by the number of its entry; ``stale`` why weight and dose must be looked at
    again; ``scales`` the least and the most total by scale, as the clinic's files had them: empty
    where the visit began without.
    """

    session: Session
    regimen: Regimen | None = None
    steps: Steps = field(default_factory=Steps)
    scales: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    concentration_mg_ml: float | None = None
    infusion: Infusion = field(default_factory=Infusion)
    paused: Said | None = None
    baseline: Mapping[str, float] = field(default_factory=dict)
    checks: Mapping[str, Said] = field(default_factory=dict)
    overrides: Mapping[str, Said] = field(default_factory=dict)
    done: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    put_off: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    scores: tuple[Said, ...] = ()
    said: tuple[Said, ...] = ()
    struck: Mapping[int, Said] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    stale: str = ""
    seen_ms: int = 0

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The steps of this visit: the regimen's own, else the clinic's."""
        own = self.regimen.stages if self.regimen else ()
        return own or self.steps.stages

    @property
    def running(self) -> bool:
        """The pump runs, as staff entered it."""
        return self.session.dosing and self.infuses and self.paused is None

    @property
    def infuses(self) -> bool:
        """The drug runs at a rate; else it is given in single doses."""
        return self.regimen is None or self.regimen.infusion

    @property
    def newest(self) -> int:
        """The number of the newest entry, a strike among them; 0 where there is none."""
        return max((x.entry for x in (*self.said, *self.struck.values())), default=0)

    @property
    def signed(self) -> int:
        """The number of the entry that signed it; 0 where none did."""
        return max((x.entry for x in self.said if x.kind == "sign"), default=0)

    def standing(self, scale: str) -> list[Said]:
        """The scores of one scale, oldest first."""
        return sorted((x for x in self.scores if x.data["scale"] == scale), key=lambda x: x.t_ms)
