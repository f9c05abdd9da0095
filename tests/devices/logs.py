"""Recorded bytes with their numerics: ``tests/logs/<driver>/<case>.raw`` and ``.expected``.

An ``.expected`` begins with a header, lines ``# Key: text``: Device, Source, Evidence (captured,
published or constructed) and Notes. Then one line for each numeric, and ``refused N`` if any frame
was. A ``.raw`` holds no times: the connection opens at 0 s and each whole frame, accepted or
refused, ends one period of its driver later.

The header is written by hand. Then ``python -m tests.devices.logs`` writes what follows it, anew
for all logs. Read the difference.
"""

from dataclasses import dataclass
from pathlib import Path

from devices.driver import Driver
from devices.numeric import Numeric
from devices.table import DRIVERS

FOLDER = Path(__file__).parents[1] / "logs"
START_MS = 1_700_000_000_000
KEYS = ("Device", "Source", "Evidence", "Notes")
EVIDENCE = ("captured", "published", "constructed")


@dataclass(frozen=True)
class Log:
    """One recording of one driver."""

    driver: str
    raw: Path

    def __str__(self) -> str:
        return f"{self.driver}/{self.raw.stem}"

    @property
    def expected(self) -> Path:
        return self.raw.with_suffix(".expected")

    def header(self) -> list[str]:
        if not self.expected.exists():
            keys = ", ".join(f"'# {key}: ...'" for key in KEYS)
            raise FileNotFoundError(f"Write {self.expected} by hand, with the lines {keys}.")
        text = self.expected.read_text(encoding="utf-8")
        return [line for line in text.splitlines() if line.startswith("#")]

    def facts(self) -> dict[str, str]:
        parts = (line.removeprefix("# ").partition(": ") for line in self.header())
        return {key: text for key, _, text in parts}

    def outcome(self) -> list[str]:
        driver = DRIVERS[self.driver]()
        lines = [line_of(numeric) for numeric in played(driver, self.raw.read_bytes())]
        return lines + ([f"refused {driver.refused}"] if driver.refused else [])

    def text(self) -> str:
        return "\n".join([*self.header(), *self.outcome()]) + "\n"


def played(driver: Driver, raw: bytes) -> list[Numeric]:
    """Give a driver recorded bytes, a period for each frame."""
    period_ms = round(driver.facts.period_s * 1000)
    driver.connected(START_MS)
    numerics: list[Numeric] = []
    for at in range(len(raw)):
        frames = 1 + driver.accepted + driver.refused
        numerics += driver.receive(raw[at : at + 1], START_MS + frames * period_ms)
    return numerics


def frames_in(name: str, raw: bytes) -> list[bytes]:
    """The frames of recorded bytes as a driver counts them, each from the end of the one before."""
    driver, frames, begin = DRIVERS[name](), [], 0
    driver.connected(START_MS)
    for end in range(1, len(raw) + 1):
        before = driver.accepted + driver.refused
        driver.receive(raw[end - 1 : end], START_MS)
        if driver.accepted + driver.refused > before:
            frames.append(raw[begin:end])
            begin = end
    return frames


def line_of(numeric: Numeric) -> str:
    """One numeric as one line: seconds since connecting, parameter, value, unit, validity, why."""
    after_s = (numeric.t_ms - START_MS) / 1000
    value = "---" if numeric.value is None else f"{numeric.value:g}"
    words = [f"{after_s:+.1f}", numeric.parameter.value, value, numeric.parameter.unit]
    words += [numeric.validity.value] + ([f"({numeric.reason})"] if numeric.reason else [])
    return " ".join(words + (["demo"] if numeric.demo else []))


def logs(driver: str = "*") -> list[Log]:
    """All logs, or those of one driver."""
    return [Log(raw.parent.name, raw) for raw in sorted(FOLDER.glob(f"{driver}/*.raw"))]


def main() -> None:
    """Write all expectations anew."""
    for log in logs():
        log.expected.write_text(log.text(), encoding="utf-8")


if __name__ == "__main__":
    main()
