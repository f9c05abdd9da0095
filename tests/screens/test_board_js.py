"""What the board's cards say, run in the real browser: its pure words."""

from pathlib import Path
from typing import Any

import pytest

from monitor.screens import board
from monitor.screens.live import MODULES
from tests.screens.board_alone import PROBE_OFF, due, session
from tests.screens.conftest import Js
from tests.screens.glass_alone import HIGH, LOW, NOW_MS, alarm, snapshot

pytestmark = pytest.mark.browser

M = f"const m0 = {{now: {NOW_MS}, sure: true}};"
LINE = """
  const { Model } = await import('/model.js');
  const model = new Model();
  if (d.state) model.snapshot(d.state);
  const line = m.cardLine(model, d.state?.now_ms ?? 0,
    { fresh: true, starting: false, cause: "connection to the server lost", ...d.link });
  return [line.state, line.text, line.detail];
"""


@pytest.mark.parametrize(
    ("given", "text", "kind"),
    [
        (session("P"), "Dosing 22:24 / 40", "running"),
        (session("P", "recovery"), "Recovery 0:41", "after"),
        (session("P", "baseline"), "Baseline 0:41", "before"),
        (None, "", "none"),
    ],
)
def test_the_stage_with_how_long_it_lasts(js: Js, given: Any, text: str, kind: str) -> None:
    assert js("cardwords.js", f"{M} return m.stageOf(d, m0);", given) == {
        "text": text,
        "kind": kind,
    }


def test_a_paused_infusion_is_said_and_its_dose_stands_still(js: Js) -> None:
    paused = session("P")
    paused["infusion"] |= {"paused_ms": NOW_MS - 72_000, "given_mg": 12.0, "rate_mg_min": 0}
    paused["infusion"]["at_ms"] = NOW_MS - 72_000
    stage, dose = js("cardwords.js", f"{M} return [m.stageOf(d, m0), m.doseOf(d, m0)];", paused)
    assert (stage["text"], stage["kind"]) == ("Dosing · PAUSED 1:12", "paused")
    assert dose["text"] == "12.0 of 35.5 mg"


def test_where_the_time_is_not_known_no_clock_runs(js: Js) -> None:
    said = js(
        "cardwords.js",
        "const m0 = {now: 0, sure: false};"
        "const { session } = d;"
        "return [m.stageOf(session, m0).text, m.nextOf(d, m0).text, m.doseOf(session, m0).text];",
        {"session": session("P"), "due": [due("BP", 60)]},
    )
    assert said == ["Dosing", "", ""]


@pytest.mark.parametrize(
    ("after_s", "text"),
    [(0, "19.9 of 35.5 mg"), (60, "20.8 of 35.5 mg"), (3600, "73.1 of 35.5 mg, past the plan")],
)
def test_the_dose_runs_on_at_the_rate_that_was_entered(js: Js, after_s: int, text: str) -> None:
    """It is rate times time, also beyond what was planned."""
    said = js(
        "cardwords.js",
        f"return m.doseOf(d, {{now: {NOW_MS + after_s * 1000}, sure: true}});",
        session("P"),
    )
    assert said["text"] == text
    assert 0 < said["share"] <= 1


@pytest.mark.parametrize(
    "entered",
    [
        {"given_mg": 0, "rate_mg_min": None, "at_ms": NOW_MS - 600_000},
        {"given_mg": None, "rate_mg_min": 0, "paused_ms": NOW_MS - 1000},
        {"given_mg": None, "rate_mg_min": 0, "stopped_ms": NOW_MS - 1000},
    ],
)
def test_what_ran_at_a_rate_that_nobody_entered_is_no_amount(
    js: Js, entered: dict[str, Any]
) -> None:
    """Not 0 mg, and not what the plan would have given, though there is one."""
    given = session("P")
    given["infusion"] |= entered
    said = js("cardwords.js", f"{M} return m.doseOf(d, m0);", given)
    assert said == {"share": None, "text": "given: not known, no rate entered"}


@pytest.mark.parametrize(
    ("dues", "step", "text", "late"),
    [
        ([due("Sedation", 900), due("BP", 106)], None, "Next: BP in 1:46", False),
        ([due("BP", -52)], None, "BP overdue 0:52", True),
        ([due("IV site check", -9), due("BP", -52)], None, "BP overdue 0:52 +1", True),
        ([], {"to": "timeout", "label": "time-out"}, "Next: time-out", False),
        ([], None, "", False),
    ],
)
def test_what_is_next(js: Js, dues: list[Any], step: Any, text: str, late: bool) -> None:
    given = {"session": session("P", next=step), "due": dues}
    assert js("cardwords.js", f"{M} return m.nextOf(d, m0);", given) == {
        "text": text,
        "late": late,
    }


def test_no_alarm_is_said_only_where_nothing_is_missing_or_overdue(js: Js) -> None:
    def line(link: dict[str, Any] | None = None, **changes: Any) -> list[str]:
        given = {"state": snapshot(**changes), "link": link or {}}
        return list(js("cardwords.js", LINE, given))

    parameters = snapshot()["parameters"]
    assert line() == ["none", "No alarm", ""]
    missing = {**parameters, "SpO2": PROBE_OFF}
    assert line(parameters=missing)[:2] == ["incomplete", "SpO₂: probe off"]
    late = [due("BP", -52)]
    assert line(due=late)[:2] == ["incomplete", "BP overdue 0:52"]
    assert line(due=late, parameters=missing)[1] == "SpO₂: probe off · BP overdue 0:52"
    assert line(alarms=[HIGH], due=late)[1] == HIGH["text"]
    assert line({"fresh": False})[:2] == ["no-data", "NO DATA"]
    assert line(chair={"id": 1, "name": "Chair 1", "removed": True})[1] == "NOT RECORDED"


def test_a_chair_that_the_server_cannot_tell_of_says_no_data(js: Js) -> None:
    state, text, detail = js("cardwords.js", LINE, {"link": {"failed": "It is odd."}})
    assert (state, text) == ("no-data", "NO DATA")
    assert detail.startswith("It is odd · look at the patient")


def test_the_header_sums_up_all_chairs(js: Js) -> None:
    def line(state: str, alarms: int = 0) -> dict[str, Any]:
        return {"state": state, "alarm": HIGH if alarms else None, "others": [LOW] * (alarms - 1)}

    def said(*cards: tuple[Any, dict[str, Any]]) -> str:
        given = [
            {"name": f"Chair {n}", "told": told, "line": x} for n, (told, x) in enumerate(cards, 1)
        ]
        return str(js("cardwords.js", f"{M} return m.summaryOf(d, m0);", given))

    late = {"session": session("P"), "due": [due("BP", -52)]}
    calm = {"session": session("P")}
    assert said((calm, line("none")), (None, line("none"))) == "1 occupied · no alarm"
    assert said((late, line("incomplete")), (late, line("active", 2))) == (
        "2 occupied · 2 alarms · 1 chair to look at · Chair 1: BP overdue 0:52"
    )
    assert said((late, line("no-data")), (None, line("no-data"))).startswith(
        "1 occupied · NO DATA: 2 chairs · Chair 1: BP overdue"
    )
    assert "no alarm" not in said((None, line("starting")))


@pytest.mark.parametrize(
    ("generations", "text", "mixed"),
    [
        (["simulated", "simulated"], "SIMULATED MONITORS — NOT PATIENTS", False),
        (["real", "simulated"], "SOME MONITORS ARE NOT PATIENTS: SEE THE CHAIRS", True),
        (["replay"], "REPLAY — NOT LIVE", False),
        (["real", "real"], "", False),
    ],
)
def test_the_banner_tells_made_up_chairs_from_patients(
    js: Js, generations: list[str], text: str, mixed: bool
) -> None:
    said = js("cardwords.js", "return m.bannerOf(d);", generations)
    assert (said["text"], said["mixed"]) == (text, mixed)


def test_who_is_on_watch_over_all_chairs(js: Js) -> None:
    def said(*names: str | None) -> str:
        return str(js("cardwords.js", "return m.watchWords(d);", names))

    assert said("RN Ode", "RN Ode") == "On watch: RN Ode"
    assert said("RN Ode", None, "RN Keller") == "On watch: RN Ode, RN Keller (1 without)"
    assert said(None, None) == "On watch: nobody"


def test_a_pause_on_one_chair_leaves_the_others_sounding(js: Js) -> None:
    body = """
      const { PageAudio } = await import('/pageaudio.js');
      const { Lost } = await import('/signals.js');
      const one = (now) => ({ model: { now }, lost: new Lost() });
      const all = d.map(one);
      const audio = { watched: () => all, before: new Map() };
      const at = { at: 0, now: 0, sure: true, fresh: true, awake: true };
      const out = [PageAudio.prototype.next.call(audio, at)];
      all[0].model.now.alarms = [];
      out.push(PageAudio.prototype.next.call(audio, at));
      return out;
    """
    paused = {"state": "paused", "until_ms": 1000}
    medium = alarm("HR", "medium", "x")

    def heard(*chairs: dict[str, Any]) -> Any:
        return [x["name"] for x in js("pageaudio.js", body, list(chairs))]

    assert heard({"alarms": [HIGH], "audio": paused}, {"alarms": [medium]}) == ["medium", "medium"]
    assert heard({"alarms": [medium]}, {"alarms": [HIGH]}) == ["high", "high"]
    assert heard({"alarms": [HIGH]}, {"alarms": [medium], "audio": paused}) == ["high", None]


def test_what_ends_by_itself_is_not_cut_off_by_another_chairs_acknowledgement(js: Js) -> None:
    body = """
      const { PageAudio } = await import('/pageaudio.js');
      const { Lost } = await import('/signals.js');
      const all = d.map((now) => ({ model: { now }, lost: new Lost() }));
      const audio = { watched: () => all, before: new Map() };
      const at = { at: 0, now: 0, sure: true, fresh: true, awake: true };
      PageAudio.prototype.next.call(audio, at);
      all[0].model.now.alarms = [];
      return PageAudio.prototype.next.call(audio, at);
    """
    seen = {**HIGH, "state": "acknowledged", "by": "RN Ode"}
    after = js("pageaudio.js", body, [{"alarms": [HIGH]}, {"alarms": [seen]}])
    assert after == {"name": None, "byHand": False}


@pytest.mark.parametrize(
    ("given", "grid"),
    [
        ((1, 1920, 930), [1, 1]),
        ((2, 1920, 930), [2, 1]),
        ((4, 1920, 930), [2, 2]),
        ((16, 1920, 930), [4, 4]),
        ((4, 800, 1100), [1, 4]),
        ((16, 1024, 600), [4, 4]),
    ],
)
def test_the_cards_are_as_large_as_the_glass_allows(
    js: Js, given: tuple[int, int, int], grid: list[int]
) -> None:
    assert js("cardwords.js", "return m.gridOf(...d);", given) == grid


def test_both_screens_modules_have_names_of_their_own() -> None:
    folders = [Path(board.__file__).parent, Path(board.__file__).parents[1] / "live"]
    assert len(MODULES) == sum(len(list(folder.glob("*.js"))) for folder in folders)
