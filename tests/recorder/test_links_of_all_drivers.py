"""Every driver on a real link and a real pseudo-terminal, its virtual monitor on the other side."""

import os
from dataclasses import dataclass, field

from devices.driver import Driver
from devices.numeric import CUFF, Parameter
from devices.port import Port, open_port
from devices.table import DRIVERS
from monitor.clock import Clock
from monitor.recorder.link import Link, LinkState
from tests.conftest import until
from tests.devices.artefacts import UNREPEATED
from tests.devices.round_trip import Told, truth_of, valid
from tests.devices.terminal import Terminal

RATE = 4.0  # a quiet line is looked at four times a second: once a second of this clock
OPTIONS = "seed=5&cuff_min=1&start_s=32"  # the cuff works, and has its reading after 8 s
LONG_S = 120


@dataclass
class Bedside:
    """One monitor, its cable, and the link to it."""

    name: str
    clock: Clock
    began_s: float = field(init=False)
    states: list[LinkState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began_s = self.clock.now_s()
        self.driver: Driver = DRIVERS[self.name]()
        line = self.driver.facts.line
        self.monitor: Port = open_port(f"sim://{self.name}?{OPTIONS}", line, self.clock.now_s)
        self.cable = Terminal()
        self.link = Link(1, self.name, self.driver, self.cable.name, self.clock, None)
        self.told = Told(self.driver, truth_of(OPTIONS, LONG_S), self.began_s)

    def pass_on(self) -> None:
        """Carry what was said, both ways, and take what the link has."""
        if said := self.cable.sent():
            self.monitor.write(said)
        if self.states and (said := self.monitor.read(0)):  # the port is open
            os.write(self.cable.ours, said)
        numerics, states, _ = self.link.take(0)
        now_s = self.clock.now_s() - self.began_s
        self.told.told += [(now_s, x) for x in numerics]
        self.states += states

    def missing(self) -> set[Parameter]:
        """The parameters of which no valid value came yet."""
        return set(self.driver.facts.parameters) - valid([x for _, x in self.told.told])

    def close(self) -> None:
        """See the link end, and pull the cable."""
        if self.link.is_alive():
            self.link.join(5)
        self.monitor.close()
        self.cable.close()


def test_every_parameter_of_every_driver_comes_through_a_link() -> None:
    clock = Clock.starting(0, RATE)
    beds = [Bedside(name, clock) for name in sorted(DRIVERS)]
    try:
        for bed in beds:
            bed.link.start()

        def all_came() -> bool:
            for bed in beds:
                bed.pass_on()
            return not any(bed.missing() for bed in beds)

        until(all_came, wait_s=25, every_s=0.005)
        for bed in beds:
            assert bed.told.untrue() == [], bed.name
            assert [change.state for change in bed.states] == ["connecting", "connected"], bed.name
            assert bed.driver.refused == UNREPEATED.get(bed.name, 0), bed.name
            assert bed.link.failure is None
            cuffs = [x for _, x in bed.told.told if x.parameter is CUFF[0] and x.value is not None]
            assert len(cuffs) == (CUFF[0] in bed.driver.facts.parameters)
    finally:
        for bed in beds:
            bed.link.stop()
        for bed in beds:
            bed.close()
