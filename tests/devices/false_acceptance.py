"""How often a driver without a checksum takes wrong bytes for right: measures docs/integrity.md.

``python -m tests.devices.false_acceptance [--millions N]`` prints the table. Random bytes are all
equally likely; random text is printable characters and line ends, about equally likely. Bits are
flipped one by one in each frame of the logs that tells a number, in the stream as it was recorded:
what counts is whether a number is then told, by that frame or the two after it, that was not told
before.
"""

import argparse
import string
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random

from devices.agreeing_frames import AgreeingFrames
from devices.driver import Driver, PushDriver
from devices.numeric import Numeric, Parameter
from devices.table import DRIVERS
from tests.devices.logs import START_MS, frames_in, logs

UNCHECKED = sorted(name for name in DRIVERS if DRIVERS[name].facts.checksum is None)
AFTER = 2
_TEXT = (string.ascii_letters + string.digits + string.punctuation + " \r\n").encode()
_TO_TEXT = bytes(_TEXT[byte % len(_TEXT)] for byte in range(256))
_PIECE = 4096


@dataclass(frozen=True, slots=True)
class Taken:
    """What of random bytes was taken: frames, and numerics with a value."""

    frames: int
    values: int

    def __str__(self) -> str:
        return f"{self.frames:,} / {self.values:,}"


def noise(kind: type[Driver], count: int, *, text: bool = False, seed: int = 1) -> Taken:
    """Give a driver ``count`` random bytes."""
    chance, driver, values = Random(seed), kind(), 0
    driver.connected(START_MS)
    for at in range(0, count, _PIECE):
        data = chance.randbytes(min(_PIECE, count - at))
        data = data.translate(_TO_TEXT) if text else data
        values += sum(numeric.value is not None for numeric in driver.receive(data, START_MS + at))
    return Taken(driver.accepted, values)


def alone(name: str, in_a_row: int = 1) -> type[Driver]:
    """The driver as it would be if so few frames in a row were enough."""
    return type("Loosened", (DRIVERS[name],), {"in_a_row": in_a_row})


Told = list[tuple[int, Parameter, float]]


def _told(driver: Driver, frames: Sequence[bytes], first_ms: int) -> Told:
    period_ms = round(driver.facts.period_s * 1000)
    told: list[Numeric] = []
    for number, frame in enumerate(frames):
        told += driver.receive(frame, first_ms + number * period_ms)
    return [(one.t_ms, one.parameter, one.value) for one in told if one.value is not None]


def flips(name: str, every: int = 1, kind: type[Driver] | None = None) -> Iterator[bool]:
    """Whether a number is told that was not, for each flipped bit, or one of ``every`` of them."""
    number = 0
    for log in logs(name):
        frames = frames_in(name, log.raw.read_bytes())
        driver = (kind or DRIVERS[name])()
        driver.connected(START_MS)
        for n, frame in enumerate(frames):
            t_ms = START_MS + (n + 1) * round(driver.facts.period_s * 1000)
            right = set(_told(deepcopy(driver), frames[n : n + AFTER + 1], t_ms))
            before = deepcopy(driver)
            bits = len(frame) * 8 if _told(driver, [frame], t_ms) else 0
            for at in range(bits):
                number += 1
                if number % every:
                    continue
                flipped = bytearray(frame)
                flipped[at // 8] ^= 1 << at % 8
                stream = [bytes(flipped), *frames[n + 1 : n + AFTER + 1]]
                yield not right.issuperset(_told(deepcopy(before), stream, t_ms))


def share(found: Iterator[bool]) -> float:
    """Per cent of true ones."""
    all_of = list(found)
    return 100 * sum(all_of) / len(all_of)


def row(name: str, millions: float) -> str:
    """One line of the table."""
    kind, count = DRIVERS[name], round(millions * 1_000_000)
    in_a_row, single, pair = "1", "", ""
    if issubclass(kind, AgreeingFrames):
        in_a_row = str(kind.in_a_row)
        single, pair = (
            f"{noise(alone(name, few), count // 4).values / (count / 4e6):.3g}" for few in (1, 2)
        )
    text = str(noise(kind, count, text=True)) if issubclass(kind, PushDriver) else ""
    cells = (f"`{name}`", in_a_row, str(noise(kind, count)), text, single, pair)
    return f"| {' | '.join(cells)} | {share(flips(name)):.1f} % |"


def table(millions: float) -> Iterator[str]:
    """The lines of the table, as each is measured."""
    yield (
        f"| driver | frames in a row | {millions:g} million random bytes: frames / values"
        f" | … of random text | values per million if one frame were enough"
        " | if two were | a flipped bit gives another value |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name in UNCHECKED:
        yield row(name, millions)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.devices.false_acceptance")
    parser.add_argument("--millions", type=float, default=20.0, help="of random bytes, each kind")
    for line in table(parser.parse_args().millions):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
