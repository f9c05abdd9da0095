"""data/README.md names each kind of the journal, and its fields."""

import re

import pytest

from monitor.session.door import KINDS
from monitor.session.entries import EntryError
from tests.conftest import ROOT

README = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
TABLE = README.split("### The journal's kinds")[1].split("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", TABLE, re.MULTILINE))

# What each field may hold that must be there.
HELD = {
    "text": "x", "drug": "x", "dose": 4, "unit": "mg", "route": "IV", "given_by": "x",
    "patient": "P", "second_identifier": "1980", "to": "peak", "item": "x", "answer": "yes",
    "prescriber": "x", "reason": "x", "lot": "7", "mg": 3, "witness": "x", "rate_mg_min": 1,
    "scale": "x", "total": 9, "due": "x", "entry": 3, "occurrence": "x", "source": 1,
    "identity": "x", "limits_seen": True, "values": {"HR": 72},
}  # fmt: skip


def test_the_readme_names_every_kind() -> None:
    assert set(ROWS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_readme_says_must_be_there_is_enough_and_is_needed(kind: str) -> None:
    fields = re.findall(r"`(\w+)(\?)?`", ROWS[kind])
    needed = {name: HELD[name] for name, maybe in fields if not maybe}
    KINDS[kind]({**needed, "session": 1})
    for name in needed.keys() - {"limits_seen"}:
        less = {key: value for key, value in needed.items() if key != name}
        with pytest.raises(EntryError):
            KINDS[kind]({**less, "session": 1})
