"""Unplugged and plugged in again, two hundred times: back to live soon, and the gap is seen.

Each bed is a real `Link` on a real pseudo-terminal behind a name, at real speed, with a virtual
monitor that knows nothing of its cable and goes on speaking. The line after plugging in: a burst
of 25 random bytes at once; then, for the first second, random bytes before every message, a
quarter of its length and without a break between them. So 20 % of all bytes are garbage, and a line
of text that they touch is lost.
"""

import math
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from devices.numeric import Numeric, Parameter, Validity
from devices.port import open_port
from devices.table import DRIVERS
from monitor.alarms.freshness import dash_ms
from monitor.clock import Clock
from monitor.recorder.link import Link
from monitor.screens.feed import Feed
from monitor.store import current, history
from tests.conftest import until
from tests.devices.terminal import Terminal
from tests.recorder.parts import ByHand, Plug, line

GARBAGE_S = 1.0
LIVE_S = 3.0
PLAUSIBLE = {Parameter.SPO2: (93, 100), Parameter.PR: (50, 100), Parameter.HR: (50, 100)}

CUFF_ALONE = "medlab_nibp"  # nothing of it is live: what it says first is before connection
LATE = {"nonin_format1": 6.0, "nonin_format8": 6.0, "nellcor_printout": 5.0}
"""Not within 3 s, by their nature: four frames that agree, one a second; a line each 2 seconds."""


class Bed:
    """One monitor whose cable is pulled and plugged in again and again."""

    def __init__(self, name: str, folder: Path, seed: int, cycles: int) -> None:
        self.name = name
        self.connected_s: list[float] = []
        self.value_s: list[float] = []
        self.untrue: list[Numeric] = []
        self._cycles = cycles
        self._chance = random.Random(f"{name}{seed}")
        self._place = folder / f"{name}{seed}"
        self._cable: Terminal | None = None
        self._there_s = 0.0
        self._next_s = time.monotonic() + self._chance.random()
        self._state = ""
        clock = Clock.starting(0, 1.0)
        driver = DRIVERS[name]()
        url = f"sim://{name}?seed={seed}&cuff_min=60"
        self._monitor = open_port(url, driver.facts.line, clock.now_s)
        self.link = Link(1, name, driver, str(self._place), clock, None)

    def step(self) -> bool:
        """Carry bytes, look at the link, pull or plug in; true when all is done."""
        now_s = time.monotonic()
        self._carry(now_s)
        numerics, changes, _ = self.link.take(0)
        for change in changes:
            self._state = change.state
            if change.state == "connected":
                self.connected_s.append(now_s - self._there_s)
        if self._cable is None:
            if self._state != "lost" or now_s < self._next_s:
                return False
            assert numerics == []  # nothing more of before
            if len(self.value_s) < self._cycles:
                self._plug_in(now_s)
            return len(self.value_s) == self._cycles
        self._look(numerics, now_s)
        if len(self.value_s) == len(self.connected_s) and now_s > self._next_s:
            self._pull(now_s)
        return False

    def _look(self, numerics: list[Numeric], now_s: float) -> None:
        for x in numerics:
            low, high = PLAUSIBLE.get(x.parameter, x.parameter.range)
            if x.value is not None and not low <= x.value <= high:
                self.untrue.append(x)
        first = len(self.value_s) < len(self.connected_s)
        if first and any(x.validity is Validity.VALID for x in numerics):
            self.value_s.append(now_s - self._there_s)
            self._next_s = now_s + self._chance.random() / 2

    def _plug_in(self, now_s: float) -> None:
        self._there_s, self._next_s = now_s, math.inf
        self._cable = Terminal()
        os.write(self._cable.ours, self._chance.randbytes(25))
        self._place.symlink_to(self._cable.name)

    def _pull(self, now_s: float) -> None:
        """Away for up to a period: it may be back at any moment of the monitor's own."""
        assert self._cable
        away_s = min(2.0, max(0.5, self.link.driver.facts.period_s))
        self._next_s = now_s + self._chance.random() * away_s
        self._state = ""
        self._place.unlink()
        self._cable.close()
        self._cable = None

    def _carry(self, now_s: float) -> None:
        said = self._monitor.read(0)
        if self._cable is None:
            return
        if heard := self._cable.sent():
            self._monitor.write(heard)
        if said and now_s - self._there_s < GARBAGE_S:
            said = self._chance.randbytes(math.ceil(len(said) / 4)) + said
        if said:
            os.write(self._cable.ours, said)

    def close(self) -> None:
        """See the link end, and take all away."""
        self.link.join(5)
        self._monitor.close()
        if self._cable:
            self._cable.close()


def replugged(beds: list[Bed], wait_s: float) -> None:
    """Run all beds at once until each has had its cycles."""
    try:
        for bed in beds:
            bed.link.start()
        waiting = list(beds)

        def all_done() -> bool:
            waiting[:] = [bed for bed in waiting if not bed.step()]
            return not waiting

        until(all_done, wait_s, every_s=0.005)
    finally:
        for bed in beds:
            bed.link.stop()
        for bed in beds:
            bed.close()
    for bed in beds:
        assert bed.link.failure is None
        assert bed.untrue == [], bed.name


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def test_two_hundred_times_back_to_live(tmp_path: Path) -> None:
    soon = [name for name in sorted(DRIVERS) if name not in (*LATE, CUFF_ALONE)]
    many = {1: 4, 2: 4, 3: 3, 4: 3}  # together as often as one bed can within the same time
    beds = [Bed(name, tmp_path, seed, many[seed]) for name in soon for seed in many]
    beds += [Bed(name, tmp_path, seed, 2) for name in LATE for seed in (1, 2, 3)]
    replugged(beds, 90)
    connected_s = [s for bed in beds if bed.name not in LATE for s in bed.connected_s]
    value_s = [s for bed in beds if bed.name not in LATE for s in bed.value_s]
    assert sum(len(bed.value_s) for bed in beds) == 214
    assert len(connected_s) == len(value_s) == 196
    assert percentile(connected_s, 0.99) < LIVE_S
    assert percentile(value_s, 0.99) < LIVE_S
    for bed in beds:
        assert percentile(bed.value_s, 0.5) < LATE.get(bed.name, LIVE_S), bed.name


def test_the_gap_is_seen_wherever_one_looks(by_hand: Callable[..., ByHand], plug: Plug) -> None:
    """In the store, by the alarms, in the stream and in the chart; and then it is over."""
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=8)
    db, spo2 = recorder.recorder.db, Parameter.SPO2

    def hear(value: int) -> None:
        def heard() -> bool:
            plug.send(line("0000000011", spo2=value))
            recorder.tick()
            known = recorder.known(spo2)
            return bool(known and known.value == value)

        until(heard, every_s=0.05)

    def link(state: str) -> object:
        return recorder.tick_until(
            lambda: recorder.rows("SELECT t_ms, detail FROM link WHERE state = ?", state)
        )

    for value in (96, 97, 96, 97):
        hear(value)
    feed = Feed(recorder.chair.id)
    tick = current.last_tick(db)
    assert tick
    feed.load(db, tick, 8.0)
    assert feed.knowledge.now()[spo2].current(tick.t_ms) == 97

    plug.pull()
    link("lost")
    ((last_ms,),) = recorder.rows("SELECT max(t_ms) FROM reading")
    tick = current.last_tick(db)
    assert tick
    told = feed.advance(db, tick, 8.0, changed=True)
    assert [(x["state"], x["detail"].split()[0]) for x in told["sources"]] == [("lost", plug.url)]
    active = "SELECT text FROM alarm WHERE condition = 'no_data_1' AND state = 'active'"
    recorder.tick_until(lambda: recorder.rows(active))
    tick = current.last_tick(db)
    assert tick
    told = feed.advance(db, tick, 8.0, changed=True)
    assert feed.knowledge.now()[spo2].current(tick.t_ms) is None
    assert told["readings"] == []
    assert "NO DATA from masimo_ascii1" in [x["text"] for x in told["alarms"]]

    plug.plug_in()
    for value in (95, 94):
        hear(value)
    ((first_ms,),) = recorder.rows("SELECT min(t_ms) FROM reading WHERE t_ms > ?", last_ms)
    assert first_ms - last_ms > dash_ms(1000)
    states = [state for (state,) in recorder.rows("SELECT state FROM link ORDER BY id")]
    assert states[:3] == ["connecting", "connected", "lost"]
    assert states[-2:] == ["connecting", "connected"]
    trace = history.traces(db, recorder.chair.id, last_ms - 9000, first_ms + 9000, 1000)[spo2, 1]
    after = [t_ms > last_ms for t_ms in trace.t_ms].index(True)
    assert trace.t_ms[after] == first_ms // 1000 * 1000
    assert trace.broken[after]
    ended = active.replace("'active'", "'cleared'")
    recorder.tick_until(lambda: recorder.rows(ended))
    tick = current.last_tick(db)
    assert tick
    told = feed.advance(db, tick, 8.0, changed=True)
    assert told["sources"][0]["state"] == "connected"
    assert told["alarms"] == []
    drawn = feed.snapshot(db)["history"]["traces"]["SpO2"]
    assert drawn["broken"][drawn["t"].index(trace.t_ms[after])]
