"""Values by hand in the recorder: stored as events, taken up again, replayed to the tick."""

from pathlib import Path

import pytest

from devices.numeric import Generation, Parameter
from monitor.alarms.presets import read_preset
from monitor.clinic import Chair, Clinic
from monitor.command.places import LIMITS
from monitor.exports.csv import write_csv
from monitor.recorder.opening import open_recorder
from monitor.review.figure import session_figure
from monitor.review.past import drawn_session
from monitor.review.replay import replay
from monitor.screens.baseline_form import proposed
from monitor.screens.feed import Feed
from monitor.store import by_hand, current, history, inputs, sessions, writing
from monitor.store.writing import Batch, Struck
from tests.recorder.parts import OXIMETER
from tests.recorder.past import PATIENT, Past

SPO2, SYS = Parameter.SPO2, Parameter.NIBP_SYS


class WithoutDevices(Past):
    """A chair of a clinic that measures by hand alone."""

    def __post_init__(self) -> None:
        self.open()
        self.end_ms = self.recorder.clock.now_ms()

    def open(self) -> None:
        clinic = Clinic("Spot checks", "Europe/Zurich", (), (Chair("Chair 1", ()),))
        preset = read_preset(LIMITS)
        self.recorder = open_recorder(
            self.path, clinic, preset, rate=1, say=self.said.append, starts_before_s=self.before_s
        )


def enter(past: Past, **values: float) -> None:
    past.press("reading", session=past.recorder.chairs[0].state.session.id, values=values)  # type: ignore[union-attr]
    past.run(1)


def answers(past: Past) -> list[tuple[int, str]]:
    return past.rows(
        "SELECT accepted, text FROM answer JOIN journal ON journal.id = answer.journal"
        " WHERE kind = 'reading' ORDER BY journal.id"
    )


def strike(past: Past, entry: int) -> None:
    """What the press that strikes an entry will do: it ends in the same tick's batch."""
    state, last = past.recorder.chairs[0].state, current.last_tick(past.recorder.db)
    assert last
    gone = [Struck(1, *word, entry) for word in state.strike_reading(entry)]
    batch = Batch(last.tick + 1, last.t_ms + 1, last.journal, struck=gone)
    writing.write_ticks(past.recorder.db, [batch])
    past.recorder.tick += 1


def test_a_chair_without_devices_works_by_hand(database: Path) -> None:
    past = WithoutDevices(database)
    past.run(5)
    past.press("session_start", **PATIENT)
    past.run(1)
    enter(past, SpO2=84, NIBP_sys=150, NIBP_dia=95)
    past.press("infusion_start")
    past.run(800)  # 84 does not expire; a pressure was due
    state = past.recorder.chairs[0].state
    assert {x.condition: x.priority.word for x in state.engine.on.values()} == {
        "spo2_low": "high",
        "bp_overdue": "low",
        "nobody_listening": "medium",
    }
    rows = past.rows(
        "SELECT source.name, driver, value, validity, reading.generation, episodic FROM reading"
        " JOIN source ON source.id = reading.source ORDER BY parameter"
    )
    assert rows == [
        ("By hand", "by_hand", value, "valid", Generation.REAL, 1) for value in (84, 150, 95)
    ]
    enter(past, SpO2=97, NIBP_sys=120, NIBP_dia=80)
    past.press("session_end")
    past.run(1)
    assert answers(past) == [(1, "Values saved.")] * 2
    assert [x.row() for x in replay(past.recorder.db, 1)] == inputs.transitions_between(
        past.recorder.db, 1, *(inputs.span_of(past.recorder.db, 1) or (0, 0))
    )
    past.end()


DEVICES = {
    "an oximeter whose probe is off for a while": (OXIMETER + "&probe_off=60-200&spo2=88",),
    "an oximeter that falls silent": (OXIMETER + "&silent=60-200",),
}


@pytest.mark.parametrize("devices", DEVICES.values(), ids=DEVICES)
def test_a_session_with_values_by_hand_replays_to_the_tick(
    devices: tuple[str, ...], database: Path
) -> None:
    past = Past(database, devices)
    past.run(20)
    past.press("session_start", **PATIENT)
    past.run(30)
    enter(past, SpO2=83, NIBP_sys=185, NIBP_dia=100)  # the device has a value: it does not count
    past.run(30)
    enter(past, SpO2=83, RR=6)
    past.run(20)
    enter(past, SpO2=96, NIBP_sys=120, NIBP_dia=80)
    past.run(150)
    past.press("session_end")
    past.run(1)
    db = past.recorder.db
    stored = inputs.transitions_between(db, 1, *(inputs.span_of(db, 1) or (0, 0)))
    assert answers(past) == [(1, "Values saved.")] * 3
    assert past.rows("SELECT DISTINCT generation FROM reading WHERE episodic = 1") == [
        (int(Generation.SIMULATED),)
    ]
    seen = {(row[1].split(".")[1], row[4]) for row in stored}  # type: ignore[attr-defined]
    assert {("spo2_low", 83), ("rr_low", 6), ("nibp_sys_high", 185)} <= seen
    assert [x.row() for x in replay(db, 1)] == stored
    past.end()


def test_a_restart_takes_up_what_was_entered_and_still_counts(database: Path) -> None:
    past = Past(database, (OXIMETER + "&probe_off=100-4000",))
    past.run(10)
    past.press("session_start", **PATIENT)
    past.run(5)
    enter(past, SpO2=82, RR=6, NIBP_sys=185, NIBP_dia=100)  # the probe gives SpO2 after it
    past.run(500)
    enter(past, Temp=36.6, NIBP_sys=190, NIBP_dia=100)
    past.run(1)
    before = past.recorder.chairs[0].state
    strike(past, 3)
    past.end()
    again = Past(database, (OXIMETER,), before_s=1)
    state = again.recorder.chairs[0].state
    for one in (before, state):
        one.knowledge.choose(again.end_ms)
    assert {p: x.value for p, x in state.knowledge.events().items()} == {Parameter.RR: 6}
    assert state.knowledge.events() == before.knowledge.events()
    assert state.knowledge.now()[SYS] == before.knowledge.now()[SYS]
    assert state.knowledge.now()[SYS].value == 185
    assert state.entered == before.entered
    again.end()


def test_what_was_struck_stays_in_the_record_and_in_no_chart(database: Path) -> None:
    past = WithoutDevices(database)
    past.run(1)
    past.press("session_start", **PATIENT)
    past.run(1)
    enter(past, SpO2=84, NIBP_sys=195, NIBP_dia=95)
    feed = Feed(1)
    feed.load(past.recorder.db, current.last_tick(past.recorder.db), 1.0)  # type: ignore[arg-type]
    told = feed.snapshot(past.recorder.db)
    seen = told["parameters"]["SpO2"]
    assert (seen["value"], seen["by_hand"], seen["episodic"]) == (84, True, True)
    assert told["tiles"]["SpO2"]["expected"] is False
    assert [(x["p"], x["v"]) for x in told["by_hand"]] == [("SpO2", 84)]
    assert [(x["sys"], x["by_hand"]) for x in told["history"]["cuffs"]] == [(195, True)]
    assert told["sources"] == []
    strike(past, 2)
    last = current.last_tick(past.recorder.db)
    told = feed.advance(past.recorder.db, last, 1.0, changed=True)  # type: ignore[arg-type]
    assert (told["by_hand"], told["history"]["cuffs"]) == ([], [])
    assert "SpO2" not in told["parameters"]
    enter(past, SpO2=97, NIBP_sys=120, NIBP_dia=80)
    db = past.recorder.db
    assert [(x.parameter, x.value) for x in by_hand.marks(db, 1, 0, 2**62)] == [(SPO2, 97)]
    assert [x.sys for x in history.cuff_readings(db, 1, 0, 2**62)] == [120]
    assert [x.numeric.value for x in current.cuff_rows(db, 1, 0)] == [120, 80]
    assert history.traces(db, 1, 0, 2**62, 1000) == {}
    stored = sessions.one(db, 1)
    assert stored
    now_ms = past.recorder.clock.now_ms()
    assert proposed(db, stored.session, now_ms).values == {
        SPO2: 97,
        SYS: 120,
        Parameter.NIBP_DIA: 80,
    }
    text = write_csv(db, stored)
    assert text.count(",By hand,") == 6
    assert 'invalid,"struck, was 195",By hand' in text
    assert '"by hand: NIBP 120/80 mmHg, SpO2 97 %",RN Keller' in text
    figure = session_figure(drawn_session(db, stored, now_ms)).to_dict()
    parts = {x["name"]: x for x in figure["data"] if "name" in x}
    assert (parts["SpO2 · By hand"]["y"], parts["NIBP systolic"]["y"]) == ([97], [120])
    assert {parts[x]["marker"]["symbol"] for x in ("SpO2 · By hand", "NIBP systolic")} == {
        "square-open"
    }
    with pytest.raises(Exception, match="stays struck"):
        db.execute("UPDATE struck SET t_ms = 1")
    db.rollback()
    past.end()
