"""What docs/integrity.md and the README say of drivers without a checksum, tried in part."""

import pytest

from devices.table import DRIVERS
from tests.conftest import ROOT
from tests.devices.false_acceptance import UNCHECKED, alone, flips, noise, row, share

DOCS = (ROOT / "docs" / "integrity.md").read_text(encoding="utf-8")
TABLE = DOCS.partition("## Protocols without a checksum")[2].splitlines()
README = (ROOT / "README.md").read_text(encoding="utf-8")
COUNT = 200_000


def published(name: str) -> list[str]:
    """The cells of a driver's line in the table."""
    (line,) = [line for line in TABLE if line.startswith(f"| `{name}` |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_has_every_driver_without_a_checksum_and_no_other() -> None:
    told = [line.split("`")[1] for line in TABLE if line.startswith("| `")]
    assert told == UNCHECKED == sorted(n for n, d in DRIVERS.items() if not d.facts.checksum)


@pytest.mark.parametrize("name", UNCHECKED)
def test_the_readme_says_it_in_short(name: str) -> None:
    (line,) = [line for line in README.splitlines() if line.startswith(f"| `{name}`")]
    _, _, random_bytes, *_, flipped = published(name)
    values = random_bytes.rpartition(" / ")[2]
    assert f"; noise {values} / 20 M, a flipped bit {flipped} |" in line


@pytest.mark.parametrize("name", UNCHECKED)
def test_random_bytes_and_random_text_give_no_value(name: str) -> None:
    for text in (False, True):
        taken = noise(DRIVERS[name], COUNT, text=text, seed=4)
        assert (taken.frames, taken.values) == (0, 0)
    assert {"0 / 0"} == {cell for cell in published(name)[2:4] if cell}


@pytest.mark.parametrize("name", UNCHECKED)
def test_flipped_bits_give_another_value_as_often_as_published(name: str) -> None:
    wanted = float(published(name)[-1].rstrip(" %"))
    if name == "ivy_450c":  # its messages are long: one bit in 37 of each
        assert share(flips(name, 37)) == pytest.approx(wanted, abs=0.5)
    else:
        assert share(flips(name)) == pytest.approx(wanted, abs=0.051)


def test_a_loosened_driver_would_be_seen() -> None:
    assert noise(alone("nonin_format1", 2), COUNT, seed=4).values > 0
    assert noise(alone("nonin_format8"), COUNT, seed=4).values > 100
    assert noise(alone("contec_cms50_5byte"), COUNT, seed=4).values > 100


def test_the_command_measures_what_the_table_has() -> None:
    measured = [cell.strip() for cell in row("nonin_ascii", 0.01).strip("|").split("|")]
    assert measured == published("nonin_ascii")
