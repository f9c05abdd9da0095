"""The visit's arithmetic and words on the live screen, run in the real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MINUTE = 60_000
START = 1_795_330_328_000  # 07:52:08 in Zurich

Js = Callable[..., Any]


@pytest.fixture
def js(blank: Page) -> Js:
    """Run the body of a function that sees a module as ``m``, its data as ``d``, a clock."""

    def run(module: str, body: str, data: Any = None) -> Any:
        source = (
            f"async (d) => {{ const m = await import('/{module}');"
            " const { clinicTime } = await import('/format.js');"
            " const { clock } = clinicTime('Europe/Zurich');"
            f" {body} }}"
        )
        return blank.evaluate(source, data)

    return run


def infusion(**rest: Any) -> dict[str, Any]:
    """35.5 mg over 40 minutes, begun at START at its planned rate."""
    return {"drug": "ketamine", "dose_mg": 35.5, "minutes": 40, "started_ms": START,
            "stopped_ms": None, "paused_ms": None, "paused_reason": None, "at_ms": START,
            "given_mg": 0, "rate_mg_min": 35.5 / 40, "rate_ml_h": None,
            "steps": [[START, 35.5 / 40]], "doses": [], **rest}  # fmt: skip


SLOWER = infusion(
    at_ms=START + 20 * MINUTE,
    given_mg=17.75,
    rate_mg_min=0.5,
    steps=[[START, 35.5 / 40], [START + 20 * MINUTE, 0.5]],
)
PAUSED = infusion(
    at_ms=START + 10 * MINUTE,
    given_mg=8.875,
    rate_mg_min=0,
    paused_ms=START + 10 * MINUTE,
    paused_reason="blood pressure",
    steps=[[START, 35.5 / 40], [START + 10 * MINUTE, 0]],
)
UNKNOWN = infusion(rate_mg_min=None, steps=[[START, None]])
STOPPED = {**PAUSED, "paused_ms": None, "stopped_ms": START + 10 * MINUTE}


# ---- the dose ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(19.94, 1, "19.9"), (35.0, 1, "35"), (0.8875, 2, "0.89"), (0.0042, 2, "0.0042"),
     (0, 1, "0"), (120, 1, "120")],
)  # fmt: skip
def test_a_number_has_no_zeros_at_its_end_and_never_reads_nothing(
    js: Js, value: float, places: int, text: str
) -> None:
    assert js("dose.js", "return m.figure(...d);", [value, places]) == text


@pytest.mark.parametrize(
    ("of", "minutes", "given", "ends"),
    [
        (infusion(), 22.4, 19.88, 40.0),
        (SLOWER, 30.0, 22.75, 55.5),
        (SLOWER, 60.0, 37.75, 55.5),  # it may be more than was planned: it is what the rate says
        (PAUSED, 30.0, 8.875, None),
        (UNKNOWN, 5.0, None, None),
        ({**PAUSED, "given_mg": None, "rate_mg_min": 1.0}, 30.0, None, None),
    ],
)
def test_what_was_given_follows_from_the_rates_that_were_entered(
    js: Js, of: dict[str, Any], minutes: float, given: float | None, ends: float | None
) -> None:
    mg, end = js(
        "dose.js", "return [m.givenMg(d[0], d[1]), m.endMs(d[0])];", [of, START + minutes * MINUTE]
    )
    assert mg == (None if given is None else pytest.approx(given))
    assert end == (None if ends is None else pytest.approx(START + ends * MINUTE))


@pytest.mark.parametrize(
    ("of", "minutes", "given", "left"),
    [
        (infusion(rate_ml_h=53.25), 22.4, "19.9 of 35.5 mg · 0.89 mg/min (53.3 mL/h)",
         "17:36 left · ends 08:32:08"),
        (infusion(), 41 + 1 / 3, "36.7 of 35.5 mg · 0.89 mg/min",
         "planned dose reached 1:20 ago"),
        (PAUSED, 11.5, "8.9 of 35.5 mg", "PAUSED 1:30: blood pressure"),
        (STOPPED, 30, "8.9 of 35.5 mg", "stopped 08:02:08"),
        (infusion(dose_mg=None), 2, "1.8 mg · 0.89 mg/min", ""),
    ],
)  # fmt: skip
def test_the_infusion_in_words(
    js: Js, of: dict[str, Any], minutes: float, given: str, left: str
) -> None:
    said = js(
        "dose.js",
        "return m.progress({ infusion: d[0] }, { now: d[1], sure: true, clock });",
        [of, START + minutes * MINUTE],
    )
    assert (said["given"], said["left"]) == (given, left)


def test_a_single_dose_is_given_and_never_stopped(js: Js) -> None:
    """Its dosing is over when recovery begins: nothing ran, and nothing was stopped."""
    given = infusion(dose_mg=84, rate_mg_min=0, given_mg=84, at_ms=START + 5 * MINUTE, steps=[],
                     doses=[[START, 56], [START + 5 * MINUTE, 28]])  # fmt: skip
    over = {**given, "stopped_ms": START + 40 * MINUTE}
    nasal = {"regimen": {"infusion": False}}
    said = js(
        "dose.js",
        "return d.map((x) => m.progress(x, { now: x.infusion.at_ms + 6e5, sure: true, clock }));",
        [{**nasal, "infusion": x} for x in (given, over)],
    )
    assert [(x["given"], x["left"]) for x in said] == [("84 of 84 mg", "last dose 07:57:08")] * 2
    marks = js(
        "chart.js",
        "return d.map((session) => m.Chart.prototype.events({ now: { session } }))",
        [{**nasal, "infusion": over}, {"infusion": STOPPED}],
    )
    stops = [[x["text"] for x in events][-1] for events in marks]
    assert stops == ["Recovery", "Infusion stopped"]
    card = "return m.doseOf(d, { now: d.infusion.stopped_ms + 6e5, sure: true }).text;"
    assert js("cardwords.js", card, {**nasal, "infusion": over}) == "84.0 of 84.0 mg"


def test_an_unknown_rate_gives_no_number(js: Js) -> None:
    said = js(
        "dose.js",
        "return m.progress({ infusion: d }, { now: d.at_ms + 6e5, sure: true, clock });",
        UNKNOWN,
    )
    assert said["share"] is None
    assert said["given"] == "How much was given is not known: a rate was not entered"
    assert not any(letter.isdigit() for letter in said["given"] + said["left"])


def test_without_the_time_nothing_is_reckoned_on(js: Js) -> None:
    said = js(
        "dose.js",
        "return m.progress({ infusion: d }, { now: d.at_ms + 6e5, sure: false, clock });",
        infusion(),
    )
    assert (said["share"], said["given"]) == (None, "0.89 mg/min")
    assert said["left"] == "planned dose at 08:32:08"


def test_the_chart_draws_the_rates_and_stops_where_one_is_not_known(js: Js) -> None:
    lines, unknown, doses = js(
        "chartlayout.js",
        f"const toX = (t) => (t - {START}) / {MINUTE};"
        f" const at = {START + 30 * MINUTE};"
        " return d.map((of) => m.doseLines(of, at, toX));",
        [
            SLOWER,
            {**UNKNOWN, "steps": [[START, 1.0], [START + 10 * MINUTE, None]]},
            infusion(steps=[], doses=[[START, 20], [START + 15 * MINUTE, 10]], rate_mg_min=0,
                     given_mg=30),
        ],
    )  # fmt: skip
    assert lines["given"]["x"] == pytest.approx([0, 0, 20, 30])
    assert lines["given"]["y"] == pytest.approx([0, 0, 17.75, 22.75])
    assert lines["plan"]["x"] == pytest.approx([30, 55.5])
    assert lines["plan"]["y"] == pytest.approx([22.75, 35.5])
    assert unknown["given"]["x"] == pytest.approx([0, 0, 10])
    assert unknown["plan"]["x"] == []
    assert doses["given"]["y"] == pytest.approx([0, 0, 20, 20, 30, 30])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (infusion(rate_ml_h=53.25), "19.9 of 35.5 mg · 19.9 mL · 0.89 mg/min (53.3 mL/h)"),
        (PAUSED, "8.9 of 35.5 mg · 8.9 mL"),
    ],
)
def test_the_volume_stands_beside_the_dose(js: Js, given: Any, said: str) -> None:
    session = {"infusion": given, "plan": {"concentration_mg_ml": 1}}
    moment = f"{{ now: {START} + 22.4 * 6e4, sure: true, clock }}"
    assert js("dose.js", f"return m.progress(d, {moment});", session)["given"] == said


@pytest.mark.parametrize(
    ("of", "rate", "words"),
    [
        (infusion(), 1.775, "Planned dose at 08:17:08, in 15:00."),
        (infusion(given_mg=36.0), 1.0, "The planned dose is reached already."),
        (UNKNOWN, 1.0, "How much was given is not known: no end can be said."),
        (infusion(dose_mg=None), 1.0, "No dose was planned: no end can be said."),
    ],
)
def test_where_another_rate_would_lead(js: Js, of: dict[str, Any], rate: float, words: str) -> None:
    said = js(
        "infusion.js",
        f"return m.projected(...d, {{ now: {START + 10 * MINUTE}, sure: true, clock }});",
        [of, rate],
    )
    assert said == words


@pytest.mark.parametrize(
    ("planned", "rate", "far"),
    [(1, 2, False), (1, 2.01, True), (1, 0.5, False), (1, 0.49, True), (None, 99, False)],
)
def test_a_rate_far_from_the_planned_one_is_asked_twice(
    js: Js, planned: float | None, rate: float, far: bool
) -> None:
    assert js("infusion.js", "return m.farFrom(...d);", [planned, rate]) is far


# ---- what is due -------------------------------------------------------------------------------


def due(kind: str = "bp", at: float = 0, later: float | None = None) -> dict[str, Any]:
    until = None if later is None else START + later
    return {"id": "x", "name": "BP", "at_ms": START + at, "not_before_ms": until, "kind": kind,
            "scale": None}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "state", "words"),
    [
        (due(at=106_000), "waiting", "BP in 1:46"),
        (due(at=-52_000), "overdue", "BP overdue 0:52"),
        (due(at=-52_000, later=120_000), "later", "BP put off until 07:54"),
        (due(at=-52_000, later=-1), "overdue", "BP overdue 0:52"),
        ({**due(at=-52_000, later=-1), "put_off": 1}, "overdue", "BP overdue 0:52"),
        ({**due(at=-52_000, later=-1), "put_off": 3}, "overdue", "BP overdue 0:52, put off 3×"),
        ({**due(at=-52_000, later=120_000), "put_off": 3}, "later", "BP put off 3× until 07:54"),
        (due("end", at=-80_000), "overdue", "Planned dose reached 1:20 ago"),
        (due("open", at=-1), "overdue", "BP "),
        (due("dose", at=60_000), "waiting", "BP in 1:00"),
        (due("dose", at=-1), "waiting", "BP rest is over"),
    ],
)
def test_what_is_due_in_words(js: Js, what: dict[str, Any], state: str, words: str) -> None:
    said = js("duewords.js", f"return m.dueWords(d, {{ now: {START}, sure: true, clock }});", what)
    assert (said["state"], f"{said['name']} {said['when']}") == (state, words)


def test_nothing_counts_down_without_the_time(js: Js) -> None:
    moment = f"{{ now: {START}, sure: false, clock }}"
    said = js("duewords.js", f"return m.dueWords(d, {moment});", due())
    assert (said["state"], said["when"]) == ("waiting", "due 07:52")


def test_that_a_visit_may_be_over_is_asked_when_it_is_time(js: Js) -> None:
    all_ = [due(), due("open", at=5), due("open", at=-5)]
    kinds = js("duewords.js", f"return m.shown(d, {START}).map((x) => [x.kind, x.at_ms]);", all_)
    assert kinds == [["bp", START], ["open", START - 5]]


# ---- fingers and numbers -----------------------------------------------------------------------


def test_two_taps_are_two_and_not_one_finger_twice(js: Js) -> None:
    got = js(
        "taps.js",
        """
        const twice = new m.Twice();
        const at = (what, t) => twice.tap(what, t);
        return [at(7, 0), at(7, 300), at(7, 900), at(7, 1000), at(7, 6000), at(8, 7000),
          at(8, 7600), twice.armed(8, 7700)];
        """,
    )
    assert got == [False, False, True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.2", 1.2), ("1,2", 1.2), (".5", 0.5), ("12.", 12), (" 7 ", 7), ("", None), (".", None),
     ("1e3", None), ("-1", None), ("1.2.3", None), ("Infinity", None)],
)  # fmt: skip
def test_what_is_a_number(js: Js, text: str, value: float | None) -> None:
    assert js("numberpad.js", "return m.numberOf(d);", text) == value


@pytest.mark.parametrize(
    ("value", "total"), [(0, 0), (24, 24), (25, None), (3.5, None), (None, None)]
)
def test_a_total_is_a_whole_number_within_the_scale(
    js: Js, value: float | None, total: int | None
) -> None:
    found = js("scorepad.js", "return m.totalOf({ low: 0, high: 24 }, d);", value)
    assert found["total"] == total


@pytest.mark.parametrize(
    ("session", "text", "kind"),
    [
        ({"stage": {"id": "arrival", "name": "Arrival", "since_ms": START}, "infusion": None},
         "Arrival 22:24", "before"),
        ({"stage": {"id": "dosing", "name": "Dosing", "since_ms": START}, "infusion": infusion()},
         "Dosing 22:24 / 40", "running"),
        ({"stage": {"id": "dosing", "name": "Dosing", "since_ms": START}, "infusion": PAUSED},
         "Dosing · PAUSED 12:24", "paused"),
        ({"stage": {"id": "dosing", "name": "Dosing", "since_ms": START}, "infusion": STOPPED},
         "Infusion stopped 12:24", "after"),
        (None, "", "none"),
    ],
)  # fmt: skip
def test_the_step_and_how_long_it_lasts(js: Js, session: Any, text: str, kind: str) -> None:
    got = js("header.js", f"return m.phase(d, {START + 1_344_000}, true);", session)
    assert got == {"text": text, "kind": kind}
