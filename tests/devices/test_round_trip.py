"""Every driver with the virtual monitor of its protocol, which was written apart from it."""

from dataclasses import dataclass

import pytest

from devices.driver import Driver
from devices.numeric import CUFF, Numeric, Parameter, Validity
from devices.port import open_port
from devices.table import DRIVERS
from devices.virtual.table import MONITORS
from tests.conftest import ROOT

STEP_S = 0.25
LONG_S = 200
RANGES = {
    Parameter.HR: (50, 100),
    Parameter.PR: (50, 100),
    Parameter.SPO2: (92, 100),
    Parameter.RR: (8, 24),
    Parameter.NIBP_SYS: (100, 150),
    Parameter.NIBP_DIA: (55, 100),
    Parameter.NIBP_MEAN: (65, 115),
}


@dataclass
class Stepped:
    """The program's clock, stepped by the test."""

    now_s: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


def played(name: str, options: str, long_s: float = LONG_S) -> tuple[Driver, list[Numeric]]:
    """What the driver says of its virtual monitor over some minutes, without waiting for them."""
    clock = Stepped()
    driver = DRIVERS[name]()
    port = open_port(f"sim://{name}?{options}", driver.facts.line, clock)
    numerics: list[Numeric] = []
    try:
        end_s = clock.now_s + long_s
        sending = driver.connected(round(clock.now_s * 1000))
        while clock.now_s < end_s:
            if sending:
                port.write(sending)
            clock.now_s += STEP_S
            t_ms = round(clock.now_s * 1000)
            if data := port.read(0):
                numerics += driver.receive(data, t_ms)
            sending = driver.due(t_ms)
        if sending := driver.closing():
            port.write(sending)
    finally:
        port.close()
    return driver, numerics


def test_every_driver_has_its_virtual_monitor() -> None:
    assert set(MONITORS) == set(DRIVERS), "devices/table.py and devices/virtual/table.py differ"


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_what_the_patient_has_comes_back(name: str) -> None:
    driver, numerics = played(name, "patient=calm&seed=5&cuff_min=1")
    assert driver.accepted > 0
    assert driver.refused == 0
    valued = {x.parameter: x for x in numerics if x.validity is Validity.VALID}
    wanted = set(driver.facts.parameters) & set(RANGES)
    if not set(CUFF) <= set(driver.facts.parameters):
        wanted -= set(CUFF)
    missing = wanted - set(valued)
    # A patient without a capnograph: some devices have their breathing rate from there alone.
    assert missing <= {Parameter.RR, Parameter.HR, Parameter.PR}, missing
    assert valued
    for parameter, x in valued.items():
        low, high = RANGES[parameter]
        assert x.value is not None
        assert low <= x.value <= high, x


@pytest.mark.parametrize(
    "name", sorted(n for n, d in DRIVERS.items() if Parameter.SPO2 in d.facts.parameters)
)
def test_a_probe_that_is_off_is_never_a_number(name: str) -> None:
    _, numerics = played(name, "patient=calm&probe_off=60-400")
    late = [
        x for x in numerics if x.parameter is Parameter.SPO2 and x.t_ms > 1_700_000_000_000 + 75_000
    ]
    assert all(x.value is None and x.reason for x in late)
    before = [x for x in numerics if x.parameter is Parameter.SPO2 and x.value is not None]
    assert before


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_the_readme_has_a_row_for_every_driver(name: str) -> None:
    rows = [line for line in (ROOT / "README.md").read_text().split("\n") if f"`{name}`" in line]
    facts = DRIVERS[name].facts
    rows = [line for line in rows if line.startswith("|")]
    assert len(rows) == 1, f"README.md, Supported monitors: {len(rows)} rows for `{name}`"
    (row,) = rows
    assert all(parameter.value.split("_")[0] in row for parameter in facts.parameters), row
    # The column of the integrity check begins with "none" where the protocol has none.
    assert ("| none" in row) == (facts.checksum is None), row
