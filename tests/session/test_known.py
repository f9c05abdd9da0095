"""A visit takes no score, task or witness that it does not know."""

from typing import Any

import pytest

from monitor.session.due import due
from monitor.session.scales import ranges, read_scales
from tests.alarms.bedside import ROOT
from tests.session.visits import INFUSION, MIN, SINGLE, SITE, STEPS, T0_MS, WHY, Played, opened

SCALES = ranges(read_scales(ROOT / "data" / "presets" / "scales"))
SEDATION = {"id": "sedation", "name": "Sedation", "scale": "moaas", "at_minutes": [20]}
OWN = {"id": "own", "name": "Own", "scale": "our_own", "at_minutes": [20]}
TASKED = {**INFUSION, "task": [SITE, SEDATION, OWN], "bp_at_minutes": [0, 40], "bp_at_end": True}
REST = {"between_doses_minutes": 5}
# (scale, total, why it is refused; empty: it is taken)
SCORES = [
    ("aldrete", 0, ""),
    ("aldrete", 10, ""),
    ("aldrete", 9.0, ""),
    ("aldrete", 11, "The total of Modified Aldrete score is a whole number from 0 to 10."),
    ("aldrete", 9.5, "The total of Modified Aldrete score is a whole number from 0 to 10."),
    ("cadss6", 24, ""),
    ("cadss6", 25, "The total of Modified Aldrete score is a whole number from 0 to 24."),
    ("nonsense", 4, "This visit knows no such scale."),
    ("our_own", 150, ""),  # its file is gone, but the regimen asks for it
]


@pytest.mark.parametrize(("scale", "total", "why"), SCORES)
def test_a_score_is_of_a_known_scale_and_within_its_range(
    scale: str, total: float, why: str
) -> None:
    """Also afterwards: a visit that is over takes a late score."""
    name = "Modified Aldrete score"
    played = opened(TASKED, STEPS, scales=SCALES)
    for _ in range(2):
        text = played.press("score", scale=scale, name=name, total=total)
        assert text == (f"no: {why}" if why else "Noted.")
        played.visit = opened(TASKED, scales=SCALES).must("session_end", how="left", **WHY).now


def test_a_visit_that_began_without_scales_takes_any_score() -> None:
    assert opened(TASKED, STEPS).press("score", scale="nonsense", total=150) == "Noted."


def test_without_a_file_of_its_scale_the_discharge_can_still_be_scored() -> None:
    played = opened(INFUSION, STEPS, scales={"moaas": [0, 6]})
    assert played.press("score", scale="aldrete", total=9) == "Noted."


def test_done_is_for_the_tasks_that_have_no_score() -> None:
    played = opened(TASKED)
    assert played.press("done", due="sedation") == "no: That is done by its score."
    for due_id in ("bp", "open", "nonsense"):
        assert played.press("done", due=due_id) == "no: This visit has no such task."
    assert played.press("done", due="iv_site") == "Noted."
    assert opened().press("done", due="iv_site") == "no: This visit has no such task."


def seen(played: Played) -> set[str]:
    return {x.id for x in due(played.now, {"dosing": 300}, None, T0_MS + played.at_ms)}


def test_not_now_is_for_all_that_can_be_due_and_for_nothing_else() -> None:
    """What is due at any time of a visit can be put off."""
    infusion, single = opened(TASKED), opened({**SINGLE, "bp_at_minutes": [7.5], **REST})
    found: set[str] = set()
    for played in (infusion, single):
        steps: list[tuple[str, dict[str, Any]]] = [("infusion_start", {}), ("infusion_stop", {})]
        if played is single:
            steps = [("dose", {"mg": 5}), ("stage", {"to": "recovery"})]
        for kind, data in steps:
            played.must(kind, **data)
            for due_id in seen(played):
                found.add(due_id)
                assert played.press("not_now", due=due_id) == "Noted.", due_id
    assert {"bp", "bp_0", "bp_7.5", "bp_end", "iv_site", "sedation", "own", "open"} <= found
    assert {"infusion_end", "observation", "next_dose"} <= found
    assert infusion.press("not_now", due="bp_40") == "Noted."
    for played, due_id in ((infusion, "bp_90"), (single, "infusion_end"), (single, "iv_site")):
        text = played.press("not_now", due=due_id)
        assert text == "no: Nothing of that kind is due in this visit."


@pytest.mark.parametrize("witness", ["RN Keller", " rn  KELLER "])
def test_the_witness_of_what_is_thrown_away_is_another_person(witness: str) -> None:
    played = opened(INFUSION)
    for _ in range(2):
        text = played.press("waste", mg=5, witness=witness)
        assert text == "no: The witness is another person than who enters it."
        played.visit = opened(INFUSION).must("session_end", MIN, how="left", **WHY).now
    assert opened(INFUSION).press("waste", mg=5, witness="RN Keller-Ode") == "Noted."
