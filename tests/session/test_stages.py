"""The steps of a visit: docs/visit.md says which can follow which, and the code does so."""

import pytest

from monitor.session.ahead import beside, next_step
from monitor.session.steps import BEFORE_DOSE, STAGES
from tests.alarms.bedside import ROOT
from tests.session.visits import INFUSION, MIN, SINGLE, WHY, Played, opened, ready

DOC = ROOT / "docs" / "visit.md"


def table(heading: str) -> dict[str, dict[str, str]]:
    """A table of the page: rows by their first cell, cells by the head of their column."""
    text = DOC.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [x for x in text.splitlines() if x.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[2:]}


def states(regimen: dict[str, object]) -> dict[str, Played]:
    """A visit in each of its steps: before the first dose, while dosing, after it."""
    found: dict[str, Played] = {}
    for stage in BEFORE_DOSE:
        found[stage] = opened(regimen)
        if stage != "arrival":
            found[stage].must("stage", to=stage, **WHY)
    for stage in STAGES[len(BEFORE_DOSE) :]:
        if stage in ("dosing", "peak", "exploration"):
            played = found[f"{stage}, while dosing"] = begun(regimen)
            if stage != "dosing":
                played.must("stage", to=stage, **WHY)
        if stage == "dosing" and regimen is SINGLE:
            continue  # there it is not over
        played = found[f"{stage}, after it"] = begun(regimen)
        if regimen is INFUSION:
            played.must("infusion_stop")
        else:
            played.must("stage", to="recovery")
        if played.now.session.stage != stage:
            played.must("stage", to=stage, **WHY)
    return found


def begun(regimen: dict[str, object]) -> Played:
    if regimen is SINGLE:
        return opened(regimen).must("dose", mg=50)
    return opened(regimen).must("infusion_start")


def said(played: Played, to: str) -> str:
    """What becomes of a step: accepted, accepted with a reason, or refused."""
    before = played.visit
    text = played.press("stage", to=to)
    played.visit = before
    if not text.startswith("no: "):
        return "yes"
    if text == "no: Going back, or leaving a step out, needs a reason.":
        text = played.press("stage", to=to, **WHY)
        played.visit = before
        assert text == "Step entered."
        return "reason"
    assert played.press("stage", to=to, **WHY) == text
    return "no"


@pytest.mark.parametrize(
    ("heading", "regimen"),
    [("Steps of an infusion", INFUSION), ("Steps of single doses", SINGLE)],
)
def test_the_steps_are_those_of_the_page(heading: str, regimen: dict[str, object]) -> None:
    found = {
        name: {to: said(played, to) if to != played.now.session.stage else "" for to in STAGES}
        for name, played in states(regimen).items()
    }
    assert found == table(heading)


@pytest.mark.parametrize("regimen", [INFUSION, SINGLE])
def test_the_large_button_leads_from_arrival_to_the_end_without_a_reason(
    regimen: dict[str, object],
) -> None:
    played = opened(regimen)
    seen = []
    while (step := next_step(played.now)) is not None:
        seen.append(step.label)
        if step.kind == "form":
            played.must("session_end")
            continue
        data = {"to": step.to} if step.to else {}
        played.must(step.kind, **data, **({"mg": step.mg} if step.mg else {}))
    assert seen == [
        *("Consent and time-out", "Baseline", "Preparation"),
        *(("Infusion started",) if regimen is INFUSION else ("Dose given",)),
        *("Peak", "Exploration"),
        *(("Infusion stopped",) if regimen is INFUSION else ()),
        *("Recovery", "Integration", "Discharge", "Discharge check"),
    ]
    assert played.now.session.how == "discharged"


@pytest.mark.parametrize(
    ("regimen", "offered"),
    [
        (INFUSION, {"dosing, while dosing": "exploration", "recovery, after it": "discharge"}),
        (
            SINGLE,
            {
                "dosing, while dosing": "exploration",
                "peak, while dosing": "recovery",
                "peak, after it": "recovery",
                "recovery, after it": "discharge",
            },
        ),
    ],
)
def test_beside_a_step_that_may_be_left_out_stands_the_one_after_it(
    regimen: dict[str, object], offered: dict[str, str]
) -> None:
    found = {}
    for name, played in states(regimen).items():
        step = beside(played.now)
        if step is not None and step.to is not None:
            assert said(played, step.to) == "yes", name
            found[name] = step.to
    assert found == offered
    assert beside(opened(regimen).must("session_end", how="aborted", **WHY).now) is None


def test_after_the_infusion_the_large_button_offers_recovery() -> None:
    played = opened(INFUSION).must("infusion_start", MIN).must("infusion_stop", 2 * MIN)
    step = next_step(played.now)
    assert step
    assert step.to == "recovery", "no peak is awaited of what was stopped"
    played.must("stage", 3 * MIN, to="peak").must("stage", 4 * MIN, to=step.to)


def test_the_large_button_counts_what_is_open_before_the_first_dose() -> None:
    played = ready({**INFUSION, "hold": {"HR": {"high": 60}}})
    played.must("stage", to="preparation", **WHY)
    step = next_step(played.now)
    assert step
    assert (step.kind, step.label) == ("form", "Pre-flight: 1 open")
    assert played.press("infusion_start").startswith("no: Not before the pre-flight check:")


def test_a_second_dose_after_recovery_was_entered_by_a_slip() -> None:
    played = opened(SINGLE).must("dose", MIN, mg=50).must("stage", to="recovery")
    assert played.now.session.phase[0] == "recovery"
    assert played.press("dose", mg=50) == "no: Dosing is over: go back to it with a reason."
    played.must("stage", to="dosing", **WHY).must("dose", mg=50)
    session = played.now.session
    assert (session.phase, session.stage) == (("dosing", session.infusion_started_ms), "dosing")
    assert [mg for _, mg in played.now.infusion.doses] == [50, 50]


def test_a_step_is_taken_once_and_only_one_of_the_visit() -> None:
    played = opened(INFUSION)
    assert played.press("stage", to="arrival") == "no: The step is Arrival already."
    short = {"stages": ["arrival", "dosing", "recovery", "discharge"]}
    played = Played().must("session_start", patient="P", second_identifier="1", steps=short)
    assert played.press("stage", to="peak") == "no: This visit has no step 'Peak'."
    step = next_step(played.now)
    assert step
    assert step.kind == "infusion_start"


def test_an_infusion_that_was_stopped_goes_on_with_a_reason_in_its_own_step() -> None:
    played = opened(INFUSION).must("infusion_start", MIN).must("infusion_stop", 2 * MIN)
    played.must("stage", 3 * MIN, to="recovery")
    began_ms = played.now.session.infusion_started_ms
    played.must("infusion_resume", 4 * MIN, **WHY)
    session = played.now.session
    assert (session.stage, session.phase) == ("dosing", ("dosing", began_ms))
    assert played.now.infusion.given_mg(began_ms + 4 * MIN) == pytest.approx(2 * 35.5 / 40)  # type: ignore[operator]
