"""Changed bytes for every driver: ``python -m tests.devices.fuzz --inputs N --seed S``.

What one input is, `tests.devices.fuzz_inputs` says. Inputs come in conversations, each with a new
driver object: between inputs whole frames are given, time passes and at times jumps, ``due`` and
``connected`` are called, and an input may come in pieces. A fault is

- an exception out of a driver, or a call that takes more than a second of processor time (a hang);
- a numeric that contradicts itself: its type, range, validity, reason, parameter, a time to come;
- counters that go back, words of ``identity`` or ``trouble`` that are not plain text, or a driver
  that holds more than ``MOST_HELD`` bytes, or a process that grows by more than ``MOST_GROWN_MB``.

A fault is printed with the command that shows it again; then the exit code is 1.
"""

import argparse
import math
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import Pool
from random import Random
from types import FrameType

import psutil

from devices.driver import Driver
from devices.numeric import Numeric
from devices.table import DRIVERS
from tests.devices.fuzz_inputs import Inputs, seeds
from tests.devices.logs import START_MS

LONGEST_CONVERSATION = 10_000
HANG_S = 1.0
MOST_HELD = 65_536
MOST_GROWN_MB = 16.0
MOST_TO_SEND = 4096
JUMPS_MS = (6_000, 61_000, 600_000, 86_400_000, 5_000_000_000)


class FaultError(Exception):
    """A driver did what no driver may do."""

    kind = "wrong"


class HangError(FaultError):
    """A call did not come back in time."""

    kind = "hang"


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise HangError(f"more than {HANG_S:g} s of processor time")


class in_time:  # noqa: N801  reads as a word; @contextmanager is ten times as slow
    """A HangError unless what stands in it ends in HANG_S of the processor; in the main thread."""

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, _hang)
        signal.setitimer(signal.ITIMER_PROF, HANG_S)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)


@dataclass
class Outcome:
    """What came of one conversation. ``fault`` is empty where there was none."""

    driver: str
    conversation: int
    inputs: int = 0
    accepted: int = 0
    valued: int = 0
    slowest_s: float = 0.0
    held: int = 0
    fault: str = ""
    kind: str = ""
    place: str = ""
    process: int = 0
    rss_mb: float = 0.0


@dataclass
class Conversation:
    """One driver object under changed bytes; ``inputs`` is what it is given."""

    driver: Driver
    inputs: Inputs
    chance: Random
    outcome: Outcome
    t_ms: int = START_MS
    last: bytes = b""
    counted: tuple[int, int] = (0, 0)

    def hold(self, count: int) -> None:
        """Give ``count`` inputs; whatever happens is noted in ``outcome``."""
        try:
            self._send(self.driver.connected(self.t_ms))
            for number in range(count):
                with in_time():
                    self._input()
                self.outcome.inputs = number + 1
                if number % 500 == 499 or number + 1 == count:
                    self._look()
            self._send(self.driver.closing())
        except Exception as error:  # noqa: BLE001  whatever it is, it is what we look for
            self.outcome.fault = "".join(traceback.format_exception(error, limit=-6))
            self.outcome.kind = error.kind if isinstance(error, FaultError) else "crash"
            place = traceback.extract_tb(error.__traceback__)[-1]
            self.outcome.place = f"{type(error).__name__} {place.filename}:{place.lineno}"
        self.outcome.accepted = self.driver.accepted

    def _input(self) -> None:
        chance = self.chance.random()
        if chance < 0.3:
            for _ in range(1 + self.inputs.below(6)):
                self._give(self.inputs.whole())
        self._pass_time()
        if chance > 0.998:
            self._send(self.driver.connected(self.t_ms))
        elif chance > 0.7:
            self._send(self.driver.due(self.t_ms))
        data = self.inputs.changed()
        if chance < 0.2 and len(data) > 1:
            cut = 1 + self.inputs.below(len(data) - 1)
            self._give(data[:cut])
            data = data[cut:]
        self._give(data)

    def _pass_time(self) -> None:
        chance = self.chance.random()
        if chance < 0.002:
            self.t_ms += JUMPS_MS[self.inputs.below(len(JUMPS_MS))]
        elif chance < 0.8:
            self.t_ms += int(chance * 1500)

    def _give(self, data: bytes) -> None:
        self.last = data
        began_s = time.thread_time()
        numerics = self.driver.receive(data, self.t_ms)
        took_s = time.thread_time() - began_s
        if took_s > self.outcome.slowest_s:
            self.outcome.slowest_s = took_s
        for numeric in numerics:
            self.outcome.valued += wrong_or_valued(numeric, self.driver, self.t_ms)
        counted = self.driver.accepted, self.driver.refused
        if counted[0] < self.counted[0] or counted[1] < self.counted[1]:
            raise FaultError(f"the counters go back: {self.counted} to {counted}")
        self.counted = counted

    def _send(self, data: bytes) -> None:
        if type(data) is not bytes or len(data) > MOST_TO_SEND:
            raise FaultError(f"this is not to be sent: {data[:80]!r}")

    def _look(self) -> None:
        """What is looked at now and then, because it is slow."""
        held = len(pickle.dumps(vars(self.driver)))
        self.outcome.held = max(self.outcome.held, held)
        if held > MOST_HELD:
            raise FaultError(f"it holds {held} bytes")
        for words in (self.driver.identity or "", self.driver.trouble):
            if not (words.isascii() and words.isprintable() and len(words) < 200):
                raise FaultError(f"these are no words: {words!r}")


def wrong_or_valued(numeric: Numeric, driver: Driver, t_ms: int) -> bool:
    """Whether a numeric has a value; a FaultError where it contradicts itself or its driver."""
    parameter, value, reason = numeric.parameter, numeric.value, numeric.reason
    right = (
        parameter in driver.facts.parameters
        and type(numeric.t_ms) is int
        and 0 < numeric.t_ms <= t_ms
        and type(numeric.demo) is bool
        and type(reason) is str
        and reason.isprintable()
        and len(reason) < 200
        and numeric.validity.has_value == (value is not None)
    )
    if value is None:
        right = right and reason != ""
    else:
        low, high = parameter.range
        right = right and type(value) is float and math.isfinite(value) and low <= value <= high
    if not right:
        raise FaultError(f"{numeric} at {t_ms}")
    return value is not None


def converse(
    name: str, seed: int, conversation: int, count: int, kind: type[Driver] | None = None
) -> Outcome:
    """Hold one conversation; ``kind`` is another driver in the place of the one of that name."""
    chance = Random(f"{seed} {name} {conversation}")
    outcome = Outcome(name, conversation)
    driver = (kind or DRIVERS[name])()
    held = Conversation(driver, Inputs(name, chance), chance, outcome)
    held.hold(count)
    if outcome.fault:
        outcome.fault += (
            f"given {held.last[:400].hex()} ({len(held.last)} bytes)\n"
            f"again: python -m tests.devices.fuzz --seed {seed} --driver {name}"
            f" --conversation {conversation}\n"
        )
    own = psutil.Process()
    outcome.process, outcome.rss_mb = own.pid, own.memory_info().rss / 2**20
    return outcome


def _converse(task: tuple[str, int, int, int]) -> Outcome:
    return converse(*task)


@dataclass
class Report:
    """A whole run, as far as it came."""

    seed: int
    outcomes: list[Outcome] = field(default_factory=list)

    def grown_mb(self) -> float:
        """How much the processes grew from the first third of their conversations to the last."""
        grown = [0.0]
        for process in {outcome.process for outcome in self.outcomes}:
            rss = [outcome.rss_mb for outcome in self.outcomes if outcome.process == process]
            third = len(rss) // 3
            if third:
                grown.append(max(rss[-third:]) - max(rss[:third]))
        return max(grown)

    def kinds(self, kind: str) -> int:
        """How many conversations ended so."""
        return sum(outcome.kind == kind for outcome in self.outcomes)

    def good(self) -> bool:
        """Whether nothing was found."""
        return not any(o.fault for o in self.outcomes) and self.grown_mb() <= MOST_GROWN_MB

    def text(self) -> str:
        """A line for each driver, then one for the run."""
        lines = ["driver               inputs   frames accepted   values   slowest call   held"]
        for name in dict.fromkeys(outcome.driver for outcome in self.outcomes):
            of = [outcome for outcome in self.outcomes if outcome.driver == name]
            lines.append(
                f"{name:18} {sum(o.inputs for o in of):>8,} {sum(o.accepted for o in of):>17,}"
                f" {sum(o.valued for o in of):>8,} {max(o.slowest_s for o in of) * 1000:>11.1f} ms"
                f" {max(o.held for o in of):>6,} bytes"
            )
        lines.append(
            f"seed {self.seed}: {sum(o.inputs for o in self.outcomes):,} inputs,"
            f" {self.kinds('crash')} crashes, {self.kinds('hang')} hangs,"
            f" {self.kinds('wrong')} wrong numerics or states; memory"
            f" {max((o.rss_mb for o in self.outcomes), default=0):.0f} MB,"
            f" grown by {self.grown_mb():.1f} MB"
        )
        return "\n".join(lines)


def tasks(names: Sequence[str], seed: int, inputs: int) -> Iterator[tuple[str, int, int, int]]:
    """The conversations of a run, the drivers in turn."""
    left, conversation = -(-inputs // len(names)), 0
    while left > 0:
        for name in names:
            yield name, seed, conversation, min(left, LONGEST_CONVERSATION)
        left -= LONGEST_CONVERSATION
        conversation += 1


def run(
    todo: Sequence[tuple[str, int, int, int]], seed: int, processes: int, say: Callable[[str], int]
) -> Report:
    """Hold all conversations, and say each fault the first time that it is found."""
    report, places = Report(seed), set()
    for name in DRIVERS:
        seeds(name)
    began_s = said_s = time.monotonic()
    with ExitStack() as ending:
        outcomes: Iterable[Outcome] = map(_converse, todo)
        if processes > 1:
            outcomes = ending.enter_context(Pool(processes)).imap_unordered(_converse, todo)
        for outcome in outcomes:
            report.outcomes.append(outcome)
            if outcome.fault and (outcome.driver, outcome.place) not in places:
                places.add((outcome.driver, outcome.place))
                say(f"{outcome.driver}: {outcome.kind}\n{outcome.fault}\n")
            if time.monotonic() - said_s > 60:
                said_s = time.monotonic()
                done = sum(outcome.inputs for outcome in report.outcomes)
                say(f"{done:,} inputs in {said_s - began_s:.0f} s\n")
    say(f"{report.text()}; {time.monotonic() - began_s:.0f} s\n")
    return report


def _say(words: str) -> int:
    written = sys.stdout.write(words)
    sys.stdout.flush()
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.devices.fuzz")
    parser.add_argument("--inputs", type=int, default=100_000, help="over all drivers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--driver", choices=sorted(DRIVERS), help="this one alone")
    parser.add_argument("--conversation", type=int, help="this one alone, whole")
    given = parser.parse_args(arguments)
    names = [given.driver] if given.driver else sorted(DRIVERS)
    if given.conversation is None:
        todo = list(tasks(names, given.seed, given.inputs))
    else:
        todo = [(name, given.seed, given.conversation, LONGEST_CONVERSATION) for name in names]
    return 0 if run(todo, given.seed, given.processes, _say).good() else 1


if __name__ == "__main__":
    sys.exit(main())
