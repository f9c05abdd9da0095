"""The chart of a past session: gaps, limits, cuff readings, events, alarms."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from devices.numeric import Generation, Parameter, no_value, numeric
from monitor.alarms.engine import Occurrence, Transition
from monitor.alarms.limits import Limit, Priority
from monitor.exports.csv import write_csv
from monitor.review.figure import PRIORITY_COLOURS, alarm_spans, session_figure
from monitor.review.past import drawn_session
from monitor.store import writing
from monitor.store.sessions import AlarmRow
from monitor.store.writing import Reading
from tests.alarms.bedside import SHIPPED, cuff, ms
from tests.review.past_visit import PastVisit


def drawn(visit: PastVisit, now_s: float = 600) -> Any:
    return session_figure(drawn_session(visit.db, visit.stored(), ms(now_s)))


def traces(figure: Any, name: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == name]


def titles(figure: Any) -> list[str]:
    return [axis.title.text for axis in figure.select_yaxes()]


def hands(at_s: float) -> str:
    """What the clinic's clock shows."""
    zone = ZoneInfo("Europe/Zurich")
    return datetime.fromtimestamp(ms(at_s) / 1000, zone).replace(tzinfo=None).isoformat()


def spo2(visit: PastVisit, from_s: int, to_s: int) -> None:
    words = [numeric(Parameter.SPO2, 97, ms(second)) for second in range(from_s, to_s)]
    visit.write(to_s, *words)


@pytest.mark.parametrize("how", ["silence", "no value"])
def test_the_line_is_broken_where_the_recording_is(how: str, db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 100)
    if how == "no value":
        visit.write(101, no_value(Parameter.SPO2, ms(101), "probe off"))
    spo2(visit, 103 if how == "no value" else 200, 300)
    (line,) = traces(drawn(visit), "SpO2")
    assert line.connectgaps is False
    assert list(line.y).count(None) == 1
    at = list(line.y).index(None)
    assert line.x[at - 1] == hands(99)
    assert line.x[at + 1] == hands(103 if how == "no value" else 200)


def test_a_whole_line_is_not_broken(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 300)
    (line,) = traces(drawn(visit), "SpO2")
    assert None not in line.y
    assert set(line.y) == {97}


def test_times_are_those_of_the_clinics_clock(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 2)
    (line,) = traces(drawn(visit), "SpO2")
    assert line.x[0] == "2023-11-14T23:13:20"


def limit_lines(figure: Any) -> set[tuple[str, float, str]]:
    """Dotted lines across the chart: on which axis, where, in which colour."""
    return {
        (shape.yref, shape.y0, shape.line.color)
        for shape in figure.layout.shapes
        if shape.type == "line" and shape.y0 == shape.y1
    }


def test_limits_are_drawn_at_their_height_in_their_colour(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 10)
    visit.write(10, numeric(Parameter.HR, 72, ms(10)), *cuff(10, 120, 80, 93))
    figure = drawn(visit)
    assert titles(figure) == ["HR, PR /min", "SpO₂ %", "NIBP mmHg"]
    medium, high = PRIORITY_COLOURS["medium"], PRIORITY_COLOURS["high"]
    assert limit_lines(figure) == {
        ("y", 50, medium),
        ("y", 120, medium),
        ("y", 40, high),
        ("y", 150, high),
        ("y2", 90, medium),
        ("y2", 85, high),
        ("y3", 90, medium),
        ("y3", 160, medium),
        ("y3", 50, medium),
        ("y3", 100, medium),
    }
    whose = {(x.y0, x.label.text) for x in figure.layout.shapes if x.yref == "y3" and x.label.text}
    parts = {"sys": (90, 160), "dia": (50, 100)}
    assert whose == {(x, f"{part} {x}") for part, bounds in parts.items() for x in bounds}


def test_a_second_device_is_told_from_the_first(db: Database) -> None:
    visit = PastVisit(db, ended_s=None)
    second = writing.register_source(
        db, visit.chair, "Rad-8", "masimo_ascii1", "COM4", Generation.REAL, 1000
    )
    visit.write(5, settings=[(visit.chair, f'{{"sources": [{second}, {visit.source}]}}')])
    for source, value in ((visit.source, 97), (second, 95)):
        told = [numeric(Parameter.SPO2, value, ms(10 + i)) for i in range(5)]
        told += cuff(10 + source, 120 + source, 80)
        visit.write(
            15 + source, readings=[Reading(visit.chair, source, Generation.REAL, x) for x in told]
        )
    visit.write(30, settings=[(visit.chair, f'{{"sources": [{visit.source}]}}')])
    figure = drawn(visit, 29)  # what the settings were then
    first, other = traces(figure, "SpO2 · Rad-8")[0], traces(figure, "SpO2 · B450")[0]
    assert (first.line.dash, other.line.dash) == ("solid", "dash")
    assert (set(first.y), set(other.y)) == ({95}, {97})
    marks = [traces(figure, f"NIBP systolic · {name}")[0] for name in ("Rad-8", "B450")]
    assert [list(mark.y) for mark in marks] == [[120 + second], [120 + visit.source]]
    assert marks[0].marker.symbol != marks[1].marker.symbol
    assert figure.layout.showlegend


def test_one_device_needs_no_names(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 10)
    figure = drawn(visit)
    assert [x.name for x in figure.data] == ["SpO2"]
    assert not figure.layout.showlegend


def test_a_pump_has_no_row_and_is_no_second_device(db: Database) -> None:
    visit = PastVisit(db, ended_s=None)
    key = (visit.chair, "Pump", "bbraun_bcc", "COM5", Generation.REAL, 2000)
    pump = writing.register_source(db, *key)
    visit.write(5, settings=[(visit.chair, f'{{"sources": [{visit.source}, {pump}]}}')])
    spo2(visit, 6, 10)
    without = drawn(visit, 40)
    said = [numeric(x, 30, ms(20)) for x in (Parameter.PUMP_RATE, Parameter.PUMP_VOLUME)]
    visit.write(30, readings=[Reading(visit.chair, pump, Generation.REAL, x) for x in said])
    assert drawn(visit, 40) == without


def test_where_only_pr_is_measured_its_own_limits_are_drawn(db: Database) -> None:
    limits = (
        Limit(Parameter.HR, "high", Priority.MEDIUM, 120, 0),
        Limit(Parameter.PR, "high", Priority.MEDIUM, 130, 0),
    )
    visit = PastVisit(db, limits=limits)
    visit.write(1, numeric(Parameter.PR, 72, ms(1)))
    assert {y for _, y, _ in limit_lines(drawn(visit))} == {130}


def test_cuff_readings_are_single_marks_and_a_part_that_is_none_is_not_drawn(db: Database) -> None:
    visit = PastVisit(db)
    visit.write(10, *cuff(10, 120, 80, 93))
    visit.write(310, *cuff(310, 140))
    figure = drawn(visit)
    marks = {name: traces(figure, f"NIBP {name}")[0] for name in ("systolic", "diastolic", "mean")}
    assert {mark.mode for mark in marks.values()} == {"markers"}
    assert [list(mark.y) for mark in marks.values()] == [[120, 140], [80, None], [93, None]]
    assert list(marks["systolic"].x) == [hands(10), hands(310)]
    stems = next(x for x in figure.data if x.hoverinfo == "skip")
    assert list(stems.y) == [120, 80, None]


def test_events_stand_as_words(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 10)
    visit.press(2, "infusion_start")
    visit.press(3, "event", text="Nausea")
    visit.press(4, "watch")
    texts = [(note.text, note.x) for note in drawn(visit).layout.annotations[2:]]
    assert texts == [("infusion started", hands(2)), ("Nausea", hands(3))]


def test_what_was_given_stands_at_its_time_and_what_was_struck_does_not(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 10)
    given: dict[str, Any] = {"drug": "ondansetron", "dose": 4, "unit": "mg"}
    given |= {"route": "IV", "given_by": "RN Ode"}
    visit.press(5, "medication", at_ms=ms(3), **given)
    visit.press(6, "event", text="Nausea")
    visit.press(7, "strike", entry=2, reason="it was the next chair")
    visit.press(8, "stage", to="peak")
    texts = [(note.text, note.x) for note in drawn(visit).layout.annotations[2:]]
    assert texts == [("ondansetron 4 mg IV, by RN Ode", hands(3))]


def test_the_end_of_the_visit_before_is_not_of_this_one(db: Database) -> None:
    visit = PastVisit(db)
    visit.press(0, "session_end", of=None)
    visit.press(1, "event", text="Nausea")
    entries = drawn_session(db, visit.stored(), ms(600)).entries
    assert [entry.kind for entry in entries] == ["event"]
    assert "session_end" not in write_csv(db, visit.stored())


def test_what_people_typed_is_no_markup_and_covers_no_other_word(db: Database) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 10)
    visit.press(2, "event", text="<b>HR</b> <60 & >50")
    visit.press(3, "event", text="Nausea")
    visit.press(4, "event", text="a long note that would run over all the words after it")
    first, second, third = drawn(visit).layout.annotations[2:]
    assert first.text == "&lt;b&gt;HR&lt;/b&gt; &lt;60 &amp; &gt;50"
    assert len({first.yshift, second.yshift, third.yshift}) == 3
    assert len(third.text) <= 32


def test_a_temperature_keeps_its_tenth(db: Database) -> None:
    visit = PastVisit(db)
    visit.write(1, numeric(Parameter.TEMP, 37.6, ms(1)), numeric(Parameter.SPO2, 97, ms(1)))
    figure = drawn(visit)
    assert traces(figure, "Temp")[0].hovertemplate == "%{y:.1f}"
    assert traces(figure, "SpO2")[0].hovertemplate == "%{y:.0f}"


def test_an_empty_session_can_be_drawn(db: Database) -> None:
    assert titles(drawn(PastVisit(db))) == ["HR, PR /min"]


def alarm(at_s: float, state: str, priority: str = "medium", number: str = "1") -> AlarmRow:
    return AlarmRow(
        ms(at_s), number, "spo2_low", "SpO2", "physiological", priority, state, 87, 90, "", None
    )


SPANS: dict[str, tuple[Sequence[AlarmRow], list[tuple[float, float, str]]]] = {
    "none": ([], []),
    "from beginning to end": ([alarm(10, "active"), alarm(20, "cleared")], [(10, 20, "medium")]),
    "with its highest priority": (
        [
            alarm(10, "active", "low"),
            alarm(12, "active", "high"),
            alarm(13, "acknowledged", "high"),
            alarm(15, "active", "medium"),
            alarm(20, "cleared", "medium"),
        ],
        [(10, 20, "high")],
    ),
    "still on": ([alarm(10, "active")], [(10, 600, "medium")]),
    "on before the session": ([alarm(20, "cleared")], [(0, 20, "medium")]),
    "on before, and still on": ([alarm(20, "acknowledged")], [(0, 600, "medium")]),
    "two at once": (
        [alarm(10, "active"), alarm(11, "active", "high", "2"), alarm(12, "cleared")],
        [(10, 12, "medium"), (11, 600, "high")],
    ),
}


@pytest.mark.parametrize(("alarms", "spans"), SPANS.values(), ids=SPANS)
def test_alarm_spans(alarms: Sequence[AlarmRow], spans: list[tuple[float, float, str]]) -> None:
    found = alarm_spans(alarms, ms(0), ms(600))
    assert found == [(ms(begin), ms(end), priority) for begin, end, priority in spans]


def test_a_priority_is_told_by_its_height_and_nothing_technical_covers_the_patients(
    db: Database,
) -> None:
    visit = PastVisit(db)
    spo2(visit, 0, 10)
    for at_s, priority in ((100, Priority.LOW), (200, Priority.MEDIUM), (300, Priority.HIGH)):
        visit.alarm(at_s, "active", priority, str(at_s))
        visit.alarm(at_s + 50, "cleared", priority, str(at_s))
    technical = Occurrence(
        "1.nobody_listening.1", "nobody_listening", "technical", None, Priority.HIGH, ms(1), None,
        None, "NOBODY LISTENING",
    )  # fmt: skip
    visit.write(400, alarms=[(visit.chair, Transition(technical, "active", None))])
    colours = set(PRIORITY_COLOURS.values())
    figure = drawn(visit)
    bars = sorted(
        (x for x in figure.layout.shapes if x.type == "rect" and x.fillcolor in colours),
        key=lambda x: x.x0,
    )
    low, medium, high, nobody = (x.y1 - x.y0 for x in bars)
    assert low < medium < high == pytest.approx(nobody)
    assert len({x.y0 for x in bars[:3]}) == 1
    assert bars[3].y1 <= bars[0].y0 + 1e-9, "a lane of its own below"
    assert {"alarms ", "technical "} <= {x.text for x in figure.layout.annotations}


@pytest.mark.parametrize("ended_s", [600, None])
def test_an_alarm_that_nothing_followed_is_drawn_to_the_end(
    ended_s: float | None, db: Database
) -> None:
    visit = PastVisit(db, ended_s=ended_s)
    spo2(visit, 0, 10)
    visit.alarm(100, "active", Priority.HIGH)
    spans = [shape for shape in drawn(visit, 500).layout.shapes if shape.type == "rect"]
    assert {(x.x0, x.x1, x.fillcolor) for x in spans} == {
        (hands(100), hands(ended_s or 500), PRIORITY_COLOURS["high"])
    }


def test_the_shipped_limits_are_those_drawn() -> None:
    assert {x.priority.word for x in SHIPPED} <= set(PRIORITY_COLOURS)


def test_a_spike_within_a_bucket_stays_visible(db: Database) -> None:
    visit = PastVisit(db, ended_s=7200)
    spo2(visit, 0, 600)
    spikes = ((300.5, 71), (304.5, 99))
    visit.write(601, *(numeric(Parameter.SPO2, value, ms(at_s)) for at_s, value in spikes))
    (line,) = traces(drawn(visit, 7200), "SpO2")
    assert (min(line.y), max(line.y)) == (71, 99)
    assert None not in line.y
