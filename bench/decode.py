"""How much faster than its line each driver decodes, on one core.

The bytes are some minutes of its virtual monitor, in pieces of 256 as a port gives them; beside
them the same number of random bytes, as a wrong speed would bring. A line at its full rate is
the worst case: most monitors say far less. The time is that of the thread on the processor.
"""

import time
from random import Random

from bench.processes import Window
from bench.report import Result, Row, number, percentile, say
from devices.driver import Driver
from devices.port import open_port
from devices.table import DRIVERS

MUST_TIMES = 50.0
PLAYED_S, STEP_S = 240, 0.25
PIECE = 256
LEAST_BYTES = 50_000
RUNS = 11
BEGIN_MS = 1_700_000_000_000


class _Clock:
    """The program's clock, stepped."""

    def __init__(self) -> None:
        self.now_s = BEGIN_MS / 1000

    def __call__(self) -> float:
        return self.now_s


def run(seconds: float) -> Result:
    """Decode with each driver in turn, ``RUNS`` times over, for about ``seconds`` in all."""
    result = Result("decode", seconds)
    say(f"decode: {len(DRIVERS)} drivers for about {seconds:g} s")
    streams = {name: played(name) for name in DRIVERS}
    window = Window()
    own_s = seconds / len(DRIVERS) / RUNS / 2
    ratios: dict[str, list[float]] = {name: [] for name in DRIVERS}
    noisy: dict[str, list[float]] = {name: [] for name in DRIVERS}
    noise = Random(1).randbytes(LEAST_BYTES)
    for _ in range(RUNS):
        for name, kind in DRIVERS.items():
            line = kind.facts.line.baudrate / 10
            ratios[name].append(rate(kind, streams[name], own_s) / line)
            noisy[name].append(rate(kind, noise, own_s) / line)
    result.others_percent = window.others_percent()
    for name, kind in DRIVERS.items():
        half, low = percentile(ratios[name], 0.5), percentile(ratios[name], 0.05)
        of_noise = percentile(noisy[name], 0.5)
        result.rows.append(
            Row(
                f"{name}, {kind.facts.line.baudrate} baud",
                f">= {MUST_TIMES:.0f} times its line",
                f"p50 {number(half)}, p5 {number(low)} times; noise p50 {number(of_noise)}",
                "" if half is None else f"{half / MUST_TIMES:.1f} times enough",
                {"p50": half, "p5": low, "noise_p50": of_noise},
            )
        )
    result.notes.append(f"n={RUNS} each, in turns; a line carries a tenth of its baud in bytes/s")
    return result


def played(name: str) -> bytes:
    """What the virtual monitor of a driver says, answered by the driver."""
    clock, driver, said = _Clock(), DRIVERS[name](), bytearray()
    port = open_port(f"sim://{name}?patient=calm&cuff_min=2", driver.facts.line, clock)
    sending = driver.connected(BEGIN_MS)
    while clock.now_s < BEGIN_MS / 1000 + PLAYED_S:
        if sending:
            port.write(sending)
        clock.now_s += STEP_S
        data = port.read(0)
        driver.receive(data, round(clock.now_s * 1000))
        said += data
        sending = driver.due(round(clock.now_s * 1000))
    port.close()
    return bytes(said * (1 + LEAST_BYTES // len(said)))


def rate(kind: type[Driver], stream: bytes, seconds: float) -> float:
    """Bytes a second that a driver decodes, over at least ``seconds`` and one whole stream."""
    pieces = [stream[at : at + PIECE] for at in range(0, len(stream), PIECE)]
    driver, decoded, t_ms = kind(), 0, BEGIN_MS
    driver.connected(t_ms)
    began_s = time.thread_time()
    while (took_s := time.thread_time() - began_s) < seconds or not decoded:
        for piece in pieces:
            t_ms += 100
            driver.receive(piece, t_ms)
        decoded += len(stream)
    return decoded / took_s
