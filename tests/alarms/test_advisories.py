"""Advisories and limits of the session's baseline: quiet tiers that yield to their alarm."""

import pytest

from devices.numeric import Parameter
from monitor.alarms.limits import Limit, Priority
from tests.alarms.bedside import SHIPPED, Bedside, Row, cuff, ms, play, states

HR, SPO2 = Parameter.HR, Parameter.SPO2

ADVISORY: dict[str, list[Row]] = {
    "on the limit is inside": [(0, 94, ""), (60, 94, "")],
    "below, once the delay is over": [(0, 93, ""), (14, 93, ""), (15, 93, "low")],
    "it settles": [(0, 93, ""), (15, 93, "low"), (16, 94, "low"), (20, 94, "low"), (21, 94, "")],
    "acknowledged, over": [(0, 93, ""), (15, 93, "low"), (16, "ack", "low ack"), (17, 95, "")],
    "the alarm's own delay runs: stays": [(0, 93, ""), (15, 93, "low"), (20, 88, "low"),
                                          (34, 88, "low"), (35, 88, "")],
    "the alarm is over, and its own delay is too": [(0, 88, ""), (15, 88, ""), (16, 91, "low")],
    "while the alarm settles": [(0, 88, ""), (15, 88, ""), (16, 90, ""), (20, 90, ""),
                                (21, 90, "low")],
    "while the alarm is latched": [(0, 80, ""), (5, 80, ""), (6, 92, ""), (60, 92, "")],
    "unknown stays": [(0, 93, ""), (15, 93, "low"), (16, "off", "low"), (60, "silent", "low")],
}  # fmt: skip


@pytest.mark.parametrize("rows", ADVISORY.values(), ids=ADVISORY)
def test_an_advisory(rows: list[Row]) -> None:
    play(Bedside(), "spo2_low_advisory", SPO2, rows)


def test_an_advisory_and_its_alarm_leave_no_gap_and_are_never_on_together() -> None:
    """Whatever the way down and up, and in whichever order the preset names them."""
    for limits in (SHIPPED, SHIPPED[::-1]):
        bedside = Bedside(limits=limits)
        way = [93] * 20 + [88] * 20 + [91] * 10 + [80] * 10 + [88] * 20 + [92] * 9
        for at_s, value in enumerate(way):
            if at_s == 75:
                bedside.acknowledge("spo2_low", at_s)
            bedside.value(at_s, value)
            bedside.tick(at_s)
            both = {"spo2_low", "spo2_low_advisory"} & set(bedside.engine.on)
            assert len(both) == (at_s >= 15), f"at {at_s} s"
        ids = [x for x in states(bedside.log) if x[1] in ("active", "cleared")]
        assert ids[:3] == [
            ("spo2_low_advisory", "active", "low"),
            ("spo2_low", "active", "medium"),
            ("spo2_low_advisory", "cleared", "low"),
        ]


def test_a_restart_leaves_no_advisory_beside_its_alarm() -> None:
    bedside = Bedside()
    for at_s in range(16):
        bedside.value(at_s, 88)
        bedside.tick(at_s)
    bedside.restart(16)
    bedside.value(17, 88)
    bedside.tick(17)
    assert set(bedside.engine.on) == {"spo2_low"}


SIDES = [
    ("low", "percent", Priority.LOW, "hr_below_baseline_advisory", 55, "55 < 60 (25 % below"),
    ("high", "percent", Priority.LOW, "hr_above_baseline_advisory", 101, "101 > 100 (25 % above"),
    ("low", "difference", Priority.MEDIUM, "hr_below_baseline", 54, "54 < 55 (25 below"),
    ("high", "difference", Priority.HIGH, "hr_above_baseline", 106, "106 > 105 (25 above"),
]


@pytest.mark.parametrize(("side", "kind", "priority", "condition", "value", "text"), SIDES)
def test_a_value_far_from_the_baseline(
    side: str, kind: str, priority: Priority, condition: str, value: float, text: str
) -> None:
    limit = Limit(HR, side, priority, 25, 0, kind)  # type: ignore[arg-type]
    bedside = Bedside(limits=[limit], baseline={HR: 80})
    bound = limit.at(80)
    assert bound is not None
    bedside.value(0, bound, HR)
    bedside.tick(0)
    assert bedside.engine.on == {}
    bedside.value(1, value, HR)
    assert states(bedside.tick(1)) == [(condition, "active", priority.word)]
    x = bedside.one(condition)
    assert (x.text, x.limit, x.value) == (f"HR {text} baseline 80)", bound, value)


def test_without_a_baseline_nothing_is_judged_against_one() -> None:
    bedside = Bedside(limits=[Limit(HR, "low", Priority.LOW, 25, 0, "percent")])
    bedside.value(0, 20, HR)
    assert bedside.tick(0) == []
    assert "hr_below_baseline_advisory" not in bedside.engine.unknown
    bedside.baseline[HR] = 80
    assert states(bedside.tick(1)) == [("hr_below_baseline_advisory", "active", "low")]
    del bedside.baseline[HR]
    assert states(bedside.tick(2)) == [("hr_below_baseline_advisory", "cleared", "low")]


@pytest.mark.parametrize(
    ("limits", "on"),
    [
        (
            [
                Limit(HR, "low", Priority.LOW, 25, 0, "percent"),
                Limit(HR, "low", Priority.MEDIUM, 50, 0),
            ],
            {"hr_low"},
        ),
        (
            [
                Limit(HR, "low", Priority.LOW, 60, 0),
                Limit(HR, "low", Priority.MEDIUM, 30, 0, "difference"),
            ],
            {"hr_below_baseline"},
        ),
        (
            [
                Limit(HR, "low", Priority.LOW, 25, 0, "percent"),
                Limit(HR, "high", Priority.MEDIUM, 40, 0),
            ],
            {"hr_below_baseline_advisory", "hr_high"},
        ),
    ],
    ids=["absolute", "from the baseline", "of the other side"],
)
def test_an_advisory_yields_to_the_alarms_of_its_side(limits: list[Limit], on: set[str]) -> None:
    bedside = Bedside(limits=limits, baseline={HR: 80})
    bedside.value(0, 45, HR)
    bedside.tick(0)
    assert set(bedside.engine.on) == on


def test_a_systolic_pressure_above_the_baseline_is_told_without_sound_once() -> None:
    bedside = Bedside(baseline={Parameter.NIBP_SYS: 110})
    bedside.say(0, *cuff(0, 135, 80, 98))
    assert states(bedside.tick(0)) == [("nibp_sys_above_baseline_advisory", "active", "low")]
    bedside.say(60, *cuff(60, 165, 80, 98))
    assert states(bedside.tick(60)) == [
        ("nibp_sys_high", "active", "medium"),
        ("nibp_sys_above_baseline_advisory", "cleared", "low"),
    ]
    bedside.say(120, *cuff(120, 133, 80, 98))
    assert states(bedside.tick(120)) == [
        ("nibp_sys_high", "cleared", "medium"),
        ("nibp_sys_above_baseline_advisory", "active", "low"),
    ]


def test_the_limits_of_a_phase() -> None:
    limits = [
        Limit(SPO2, "low", Priority.MEDIUM, 90, 0),
        Limit(SPO2, "low", Priority.MEDIUM, 93, 0, "value", "dosing"),
    ]
    bedside = Bedside(limits=limits, phase="baseline")
    bedside.value(0, 92)
    assert bedside.tick(0) == []
    bedside.phase, bedside.phase_s = "dosing", 1
    bedside.value(1, 92)
    assert states(bedside.tick(1)) == [("spo2_low", "active", "medium")]
    assert bedside.one("spo2_low").since_ms == ms(1)
    bedside.phase = "recovery"
    bedside.value(2, 92)
    assert states(bedside.tick(2)) == [("spo2_low", "cleared", "medium")]
