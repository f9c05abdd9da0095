"""A chair without a recorder: words in, time as an argument, alarms out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from devices.numeric import Numeric, Parameter, Validity, no_value, numeric
from monitor.alarms.conditions import judge
from monitor.alarms.engine import Engine, Occurrence, Transition
from monitor.alarms.knowledge import Knowledge
from monitor.alarms.limits import Limit, Phase
from monitor.alarms.presets import Preset, Rules, read_preset
from monitor.alarms.situation import DueNow, Finding, Host, Screens, Situation, SourceNow

ROOT = Path(__file__).resolve().parents[2]
PRESET = read_preset(ROOT / "data" / "presets" / "limits.toml")
SHIPPED = PRESET.limits
Row = tuple[float, float | str, str]
T0_MS = 1_700_000_000_000

LinkWord = Literal["connecting", "connected", "lost", "different"]


def ms(at_s: float) -> int:
    return T0_MS + round(at_s * 1000)


@dataclass
class Bedside:
    """One chair. ``periods`` are its sources, the preferred first, with periods in seconds.

    ``dosing`` is short for the phase in which the infusion runs.
    """

    expected: tuple[Parameter, ...] = ()
    limits: Sequence[Limit] = SHIPPED
    periods: dict[int, float] = field(default_factory=lambda: {1: 1.0})
    dosing: bool = False
    since_s: float = 0.0
    engine: Engine = field(default_factory=lambda: Engine(1))
    states: dict[int, LinkWord] = field(default_factory=dict)
    ticks: int = 0
    log: list[Transition] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    phase: Phase | None = None
    phase_s: float = 0.0
    baseline: dict[Parameter, float] = field(default_factory=dict)
    same_arm: bool = False
    measuring_s: float | None = None
    screens: Screens = "heard"
    host: Host = field(default_factory=Host)
    details: dict[int, str] = field(default_factory=dict)
    due: tuple[DueNow, ...] = ()

    def __post_init__(self) -> None:
        self.knowledge = Knowledge(list(self.periods))
        self.heard = {source: ms(self.since_s) for source in self.periods}

    def hear(self, at_s: float, source: int = 1) -> None:
        """A whole frame came, whatever it said."""
        self.heard[source] = max(self.heard[source], ms(at_s))

    def say(self, at_s: float, *words: Numeric, source: int = 1) -> None:
        self.hear(at_s, source)
        self.knowledge.take(source, round(self.periods[source] * 1000), words)

    def value(
        self,
        at_s: float,
        value: float,
        parameter: Parameter = Parameter.SPO2,
        *,
        source: int = 1,
    ) -> None:
        self.say(at_s, numeric(parameter, value, ms(at_s)), source=source)

    def none(
        self,
        at_s: float,
        parameter: Parameter = Parameter.SPO2,
        *,
        reason: str = "probe off",
        source: int = 1,
    ) -> None:
        self.say(at_s, no_value(parameter, ms(at_s), reason), source=source)

    def situation(self) -> Situation:
        return Situation(
            known=self.knowledge.now(),
            expected=self.expected,
            sources=tuple(
                SourceNow(
                    source,
                    f"Monitor {source}",
                    self.states.get(source, "connected"),
                    self.heard[source],
                    round(period_s * 1000),
                    self.details.get(source, ""),
                )
                for source, period_s in self.periods.items()
            ),
            preset=Preset(tuple(self.limits), self.rules),
            since_ms=ms(self.since_s),
            phase="dosing" if self.dosing else self.phase,
            phase_ms=ms(self.phase_s),
            baseline=self.baseline,
            trends=self.knowledge.trends,
            same_arm=self.same_arm,
            measuring_ms=None if self.measuring_s is None else ms(self.measuring_s),
            screens=self.screens,
            host=self.host,
            due=self.due,
        )

    def tick(self, at_s: float) -> list[Transition]:
        self.ticks += 1
        self.knowledge.choose(ms(at_s))
        changes = self.engine.step(self.ticks, ms(at_s), judge(ms(at_s), self.situation()))
        self.log += changes
        return changes

    def restart(self, at_s: float) -> None:
        """A new recorder: open occurrences are taken up, nothing else is known."""
        engine = Engine(1)
        engine.restore(self.engine.on.values())
        self.engine, self.since_s = engine, at_s
        self.knowledge = Knowledge(list(self.periods))
        self.heard = {source: ms(at_s) for source in self.periods}

    def acknowledge(self, condition: str, at_s: float, actor: str = "RN Keller") -> None:
        told = self.engine.acknowledge(self.one(condition).id, actor, ms(at_s))
        assert told is not None
        self.log.append(told)

    def priority(self, condition: str) -> str:
        """``""`` where the alarm is off, else its priority, ``medium ack`` once acknowledged.

        ``latched`` where only somebody's acknowledgement is missing.
        """
        x = self.engine.on.get(condition)
        if x is None:
            return ""
        words = {"active": x.priority.word, "acknowledged": f"{x.priority.word} ack"}
        return words.get(x.state, x.state)

    def finding(self, condition: str, at_s: float) -> Finding | None:
        """What is found of a condition then; None where its value is unknown."""
        self.knowledge.choose(ms(at_s))
        (found,) = (x for x in judge(ms(at_s), self.situation()) if x.condition == condition)
        return found if isinstance(found, Finding) else None

    def one(self, condition: str) -> Occurrence:
        return self.engine.on[condition]


def quiet_chair(**more: object) -> Bedside:
    """A chair without limits, in a session: what is found of it is technical."""
    return replace(Bedside(limits=(), phase="baseline", rules=PRESET.rules), **more)  # type: ignore[arg-type]


def states(changes: Sequence[Transition]) -> list[tuple[str, str, str]]:
    """Transitions in short: the condition, what became of it, the priority."""
    return [(x.occurrence.condition, x.state, x.occurrence.priority.word) for x in changes]


def cuff(
    at_s: float, sys: float | None, dia: float | None = None, mean: float | None = None
) -> list[Numeric]:
    """A cuff reading as a driver gives it: a part that is None is left out."""
    parts = zip(
        (Parameter.NIBP_SYS, Parameter.NIBP_DIA, Parameter.NIBP_MEAN),
        (sys, dia, mean),
        strict=True,
    )
    return [numeric(parameter, value, ms(at_s)) for parameter, value in parts if value is not None]


def cuff_word(at_s: float, reason: str, validity: Validity = Validity.INVALID) -> list[Numeric]:
    """What a driver says of the cuff without a number."""
    return [
        no_value(parameter, ms(at_s), reason, validity)
        for parameter in (Parameter.NIBP_SYS, Parameter.NIBP_DIA, Parameter.NIBP_MEAN)
    ]


def play(
    bedside: Bedside, condition: str, parameter: Parameter, rows: list[Row], every_s: float = 1.0
) -> None:
    """Play a table: at so many seconds this comes, and that is the alarm after the tick.

    A number is a value that comes, "off" the word that there is none, "quiet" that the device talks
    of other things, "silent" that it says nothing, "ack" that a person acknowledges (no tick). The
    last column is that of `Bedside.priority`. Between the rows, what came last goes on, with a tick
    every ``every_s``.
    """
    what: float | str = "silent"
    at_s = -every_s
    for row_s, new, expected in rows:
        while at_s + every_s < row_s:
            at_s += every_s
            come(bedside, condition, parameter, at_s, "" if what == "ack" else what)
        at_s, what = row_s, new
        come(bedside, condition, parameter, at_s, what)
        assert bedside.priority(condition) == expected, f"at {at_s:g} s"


def come(
    bedside: Bedside, condition: str, parameter: Parameter, at_s: float, what: float | str
) -> None:
    if what == "ack":
        bedside.acknowledge(condition, at_s)
        return
    if what == "off":
        bedside.none(at_s, parameter)
    elif what == "quiet":
        bedside.hear(at_s)
    elif isinstance(what, int | float):
        bedside.value(at_s, what, parameter)
    bedside.tick(at_s)
