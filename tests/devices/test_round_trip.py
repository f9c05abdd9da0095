"""Every driver with the virtual monitor of its protocol, which was written apart from it."""

import pytest

from devices.numeric import CUFF, Parameter, Validity
from devices.port import open_port
from devices.table import DRIVERS
from devices.virtual.table import MONITORS
from tests.conftest import ROOT
from tests.devices.artefacts import (
    BEGIN_S,
    CASES,
    END_S,
    MEANS,
    UNREPEATED,
    WEAKNESS,
    Means,
    switches_of,
    url_of,
)
from tests.devices.round_trip import Open, Told, played, valid
from tests.devices.terminal import OverTerminal

LONG_S, WITHOUT_CUFF_S = 175, 145  # cuff readings at 40, 100 and 160 s
SETTLED_S = 7  # after a switch: a period of the slowest, five frames that agree
FAULTY = ("damaged", "garbled", "several")
LINES: dict[str, Open] = {"in memory": open_port, "over a pseudo-terminal": OverTerminal}


def meaning(name: str, switch: str, parameter: Parameter) -> Means:
    """What a switch means for a parameter; without a word in the table it keeps its values."""
    for parameters, means in MEANS[name][switch].items():
        if parameter in parameters:
            return means
    return Means(Validity.VALID)


def test_every_driver_has_its_virtual_monitor() -> None:
    assert set(MONITORS) == set(DRIVERS), "devices/table.py and devices/virtual/table.py differ"
    assert set(MEANS) == set(DRIVERS), "tests/devices/artefacts.py lacks a driver"


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_the_table_knows_every_switch(name: str) -> None:
    parts = {part.partition("=")[0] for switch in MEANS[name] for part in switch.split("&")}
    assert parts - {"without"} == switches_of(name)


@pytest.mark.parametrize("opens", LINES.values(), ids=LINES)
@pytest.mark.parametrize(("name", "switch"), CASES)
def test_an_artefact_is_what_it_means_and_then_the_values_are_back(
    name: str, switch: str, opens: Open
) -> None:
    parameters = set(DRIVERS[name].facts.parameters)
    long_s = LONG_S if parameters & set(CUFF) else WITHOUT_CUFF_S
    found = played(name, url_of(name, switch), long_s, opens)
    assert {x.parameter for _, x in found.told} <= parameters
    assert found.untrue() == []
    assert (found.driver.refused == UNREPEATED.get(name, 0)) == (switch not in FAULTY)
    assert {x.demo for _, x in found.told} == {switch == "demo=1"}
    weak = {w for s, w in found.weaknesses if BEGIN_S + SETTLED_S <= s < END_S}
    assert weak == {WEAKNESS.get(switch, "")} or (not weak and switch not in WEAKNESS)
    assert {w for s, w in found.weaknesses if not BEGIN_S <= s < END_S + SETTLED_S} == {""}
    for parameter in parameters:
        while_on(found, parameter, meaning(name, switch, parameter))
    passing = {p for p in parameters if not meaning(name, switch, p).always}
    back = found.between(END_S + SETTLED_S, long_s, *passing)
    assert valid(back) == passing
    assert {x.validity for x in back if x.parameter not in CUFF} <= {Validity.VALID}
    assert {x.validity for x in back} <= {Validity.VALID, Validity.MEASURING}
    if not switch.startswith("refuses"):  # from the beginning on
        assert valid(found.between(0, BEGIN_S, *passing)) == passing


def while_on(found: Told, parameter: Parameter, means: Means) -> None:
    """While it is on, and has been for a moment."""
    said = found.between(BEGIN_S + SETTLED_S, END_S, parameter)
    if means.validity is None:
        assert said == []
        return
    assert said
    assert {(x.validity, x.reason) for x in said} == {(means.validity, means.reason)}


@pytest.mark.parametrize(
    "name", sorted(n for n, d in DRIVERS.items() if CUFF[0] in d.facts.parameters)
)
def test_a_reading_of_before_connecting_is_never_a_value(name: str) -> None:
    found = played(name, f"sim://{name}?seed=5&cuff_min=3&start_s=100", 110)  # at -60, 120 s
    assert found.untrue() == []
    cuffs = found.between(0, 110, *CUFF)
    assert valid(cuffs) == set()
    assert {x.reason.partition(" ")[0] for x in cuffs} <= {"before", "measuring"}


@pytest.mark.parametrize("begin_s", [60, 72, 87])
@pytest.mark.parametrize("long_s", [20, 55, 130])
def test_a_monitor_that_tells_the_cuff_s_time_is_believed_after_a_silence(
    begin_s: int, long_s: int
) -> None:
    end_s = begin_s + long_s
    found = played("datex_dri", f"sim://datex_dri?seed=5&cuff_min=1&silent={begin_s}-{end_s}", 260)
    told = {(x.t_ms / 1000 - found.began_s, x.value) for x in found.between(end_s, 260, CUFF[0])}
    told = {one for one in told if one[1] is not None}
    assert told
    assert {value for _, value in told} <= {cuff.sys for cuff in found.truth.cuffs}
    for at_s, value in told:
        assert min(abs(at_s - cuff.t_s) for cuff in found.truth.cuffs if cuff.sys == value) <= 2


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
