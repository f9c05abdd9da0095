"""Datex-Ohmeda DRI: what is a cuff reading, and when it was taken.

A case is a list of what happens: ``(seconds, what)`` and what the driver says of the cuff then.
"""

from dataclasses import replace

import pytest

from devices.datex_dri import DatexDri
from devices.numeric import CUFF, Numeric, Validity
from tests.devices.dri_frames import (
    CLOCK_S,
    INVALID,
    MEASURING,
    NO_CUFF,
    OLDER,
    OVER,
    Record,
    Shown,
    aux,
    displayed,
)

T_MS = 1_700_000_000_000
MEASURES = Shown(cuff=NO_CUFF, cuff_label=MEASURING)
NOTHING = Shown(cuff=NO_CUFF)
CONNECTS = "connects"


def young(systolic: int = 120) -> Shown:
    return Shown(cuff=(systolic * 100, 8000, 9300))


def old(systolic: int = 120) -> Shown:
    return replace(young(systolic), cuff_label=OLDER)


def told(numerics: list[Numeric]) -> str:
    """What is said of the systolic, and that the others are said alike."""
    cuff = [numeric for numeric in numerics if numeric.parameter in CUFF]
    if not cuff:
        return ""
    assert tuple(numeric.parameter for numeric in cuff) == CUFF
    assert len({numeric.validity for numeric in cuff}) == 1
    assert len({numeric.t_ms for numeric in cuff}) == 1
    systolic = cuff[0]
    if systolic.value is None:
        return systolic.reason
    return f"{systolic.value:g} at {(systolic.t_ms - T_MS) / 1000:g}"


Happening = tuple[float, str | Shown | tuple[int | None], str]
"""When, what, and what is said. A tuple is an aux record: the time of the last cuff reading."""

CASES: dict[str, list[Happening]] = {
    "the first seen is a reading": [(5, young(), "120 at 5"), (10, young(), "")],
    "old at connecting is of before": [(5, old(), "before connection 120"), (10, old(), "")],
    "old in the first record, however late": [(200, old(), "before connection 120")],
    "old soon after connecting, though not in the first record": [
        (5, NOTHING, ""),
        (60, old(), "before connection 120"),
    ],
    "a measurement": [
        (5, old(), "before connection 120"),
        (10, MEASURES, "measuring"),
        (15, MEASURES, ""),
        (20, young(131), "131 at 20"),
        (25, young(131), ""),
        (80, old(131), ""),
    ],
    "values shown while measuring are those of before": [
        (5, young(), "120 at 5"),
        (10, replace(young(), cuff_label=MEASURING), "measuring"),
        (15, replace(young(140), cuff_label=MEASURING | OLDER), ""),
        (20, young(125), "125 at 20"),
    ],
    "another number is another reading": [(5, young(), "120 at 5"), (10, young(121), "121 at 10")],
    "the same numbers after measuring": [
        (5, young(), "120 at 5"),
        (10, MEASURES, "measuring"),
        (15, young(), "120 at 15"),
    ],
    "the same numbers after growing old": [
        (5, young(), "120 at 5"),
        (70, old(), ""),
        (75, young(), "120 at 75"),
    ],
    "the same numbers after having been of before": [
        (5, old(), "before connection 120"),
        (10, young(), "120 at 10"),
    ],
    "a measurement that fails": [
        (5, MEASURES, "measuring"),
        (10, NOTHING, "cuff measurement failed"),
        (15, NOTHING, ""),
        (20, MEASURES, "measuring"),
        (25, NOTHING, "cuff measurement failed"),
    ],
    "a measurement that ends with the old numbers": [
        (5, young(), "120 at 5"),
        (70, old(), ""),
        (75, MEASURES, "measuring"),
        (80, old(), "cuff measurement failed"),
        (85, old(), ""),
    ],
    "values that come after the measurement seemed to fail": [
        (5, MEASURES, "measuring"),
        (10, NOTHING, "cuff measurement failed"),
        (15, young(), "120 at 15"),
    ],
    "no values at all": [(5, NOTHING, ""), (10, NOTHING, "")],
    "values that vanish and return": [
        (5, young(), "120 at 5"),
        (10, NOTHING, ""),
        (15, young(), ""),
    ],
    "zeros": [(5, Shown(cuff=(0, 0, 0)), ""), (10, young(), "120 at 10")],
    "the monitor was silent while it measured": [
        (5, young(), "120 at 5"),
        (200, old(131), "time unknown 131"),
        (205, old(131), ""),
    ],
    "after a short loss it is the same": [
        (5, young(), "120 at 5"),
        (20, CONNECTS, ""),
        (25, young(), ""),
        (64, young(), ""),
    ],
    "after a short loss, other numbers": [
        (5, young(), "120 at 5"),
        (20, CONNECTS, ""),
        (25, young(131), "131 at 25"),
    ],
    "after a long loss, still young: a new one": [
        (5, young(), "120 at 5"),
        (60, CONNECTS, ""),
        (65, young(), "120 at 65"),
        (70, young(), ""),
    ],
    "after a loss the same is old": [
        (5, young(), "120 at 5"),
        (100, CONNECTS, ""),
        (105, old(), ""),
        (110, young(), "120 at 110"),
    ],
    "after a loss another is old": [
        (5, young(), "120 at 5"),
        (200, CONNECTS, ""),
        (205, old(131), "before connection 131"),
        (210, old(131), ""),
    ],
    "lost while measuring": [
        (5, MEASURES, "measuring"),
        (8, CONNECTS, ""),
        (10, MEASURES, "measuring"),
        (15, young(), "120 at 15"),
    ],
    "lost while measuring, back with nothing": [
        (5, MEASURES, "measuring"),
        (8, CONNECTS, ""),
        (900, NOTHING, ""),
    ],
    "connected in the midst of a measurement, then the old values": [
        (5, MEASURES, "measuring"),
        (10, old(), "before connection 120"),
        (15, old(), ""),
    ],
    "aux tells when": [
        (5, MEASURES, "measuring"),
        (19, (16,), ""),
        (20, young(), "120 at 16"),
        (24, (16,), ""),
        (25, young(), ""),
    ],
    "aux that comes late changes nothing": [
        (5, MEASURES, "measuring"),
        (20, young(), "120 at 20"),
        (21, (16,), ""),
        (25, young(), ""),
    ],
    "aux of the reading before is not taken for this one": [
        (5, young(120), "120 at 5"),
        (6, (3,), ""),
        (40, MEASURES, "measuring"),
        (45, young(131), "131 at 45"),
        (50, young(131), ""),
    ],
    "aux of a reading never seen is not taken for this one": [
        (1, (-300,), ""),
        (5, MEASURES, "measuring"),
        (20, MEASURES, ""),
        (30, young(131), "131 at 30"),
    ],
    "aux tells, one record later, of a reading in a silence": [
        (5, old(), "before connection 120"),
        (6, (-200,), ""),
        (66, young(131), ""),
        (67, (30,), ""),
        (71, young(131), "131 at 30"),
        (76, young(131), ""),
    ],
    "aux that comes no more after a silence is not waited for twice": [
        (5, old(), "before connection 120"),
        (6, (-200,), ""),
        (66, young(131), ""),
        (71, young(131), "131 at 71"),
    ],
    "aux of a reading that a silence hid is not taken for the one after it": [
        (10, MEASURES, "measuring"),
        (70, MEASURES, ""),
        (71, (40,), ""),
        (80, young(131), "131 at 80"),
    ],
    "aux tells the start of the measurement": [
        (10, MEASURES, "measuring"),
        (39, (7,), ""),
        (40, young(), "120 at 7"),
    ],
    "aux tells a start before connecting of what was seen measuring": [
        (2, MEASURES, "measuring"),
        (24, (-3,), ""),
        (25, young(), "120 at -3"),
    ],
    "aux that knows no time": [(4, (None,), ""), (5, young(), "120 at 5")],
    "aux of the future": [(4, (9,), ""), (5, young(), "120 at 5")],
    "aux of long ago": [(4, (-596,), ""), (5, young(), "120 at 5")],
    "aux of just before long ago": [(4, (-595,), ""), (5, young(), "before connection 120")],
    "aux tells that a young value is older than the connection": [
        (4, (-20,), ""),
        (5, young(), "before connection 120"),
        (10, young(), ""),
        (60, old(), ""),
    ],
    "aux tells that it was taken while the line was lost": [
        (5, young(), "120 at 5"),
        (40, CONNECTS, ""),
        (44, (30,), ""),
        (45, young(131), "before connection 131"),
    ],
    "aux tells of an old value that it came after connecting": [
        (5, young(), "120 at 5"),
        (199, (100,), ""),
        (200, old(131), "131 at 100"),
        (205, old(131), ""),
    ],
    "aux tells after a loss that equal numbers are another reading": [
        (5, young(), "120 at 5"),
        (20, CONNECTS, ""),
        (44, (40,), ""),
        (45, young(), "120 at 40"),
        (50, young(), ""),
    ],
    "aux tells after a loss that it is the same": [
        (5, young(), "120 at 5"),
        (20, CONNECTS, ""),
        (24, (4,), ""),
        (25, young(), ""),
    ],
    "the monitor's clock is set back": [
        (5, young(), "120 at 5"),
        (6, (4,), ""),
        (10, young(), ""),
        (15, (14,), ""),  # the same reading, as it looks by the new clock
        (16, young(), ""),
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_a_cuff_reading_is_told_once_and_in_its_time(case: str) -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    for seconds, what, said in CASES[case]:
        t_ms = T_MS + round(seconds * 1000)
        if isinstance(what, str):
            driver.connected(t_ms)
            continue
        shown = isinstance(what, Shown)
        frame = displayed(what, round(seconds)) if isinstance(what, Shown) else aux(*what)
        assert told(driver.receive(frame, t_ms)) == said, f"at {seconds} s"
        assert shown or said == ""


def test_aux_in_the_same_record_counts_whatever_the_order() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    frame = displayed(young(), 30, cuff_s=CLOCK_S + 20)
    assert told(driver.receive(frame, T_MS + 30_000)) == "120 at 20"


def test_no_time_is_not_taken_for_the_year_1970() -> None:
    driver = DatexDri()
    driver.connected(T_MS + 20_000)
    parts = ((1, young().subrecord(30)), (4, bytes(114)))
    assert told(driver.receive(Record(parts, 30).wire(), T_MS + 31_000)) == "120 at 31"


def test_a_reading_is_three_values() -> None:
    driver = DatexDri()
    cuff = [n for n in driver.receive(displayed(young(142)), T_MS) if n.parameter in CUFF]
    assert [(n.value, n.validity) for n in cuff] == [
        (142.0, Validity.VALID),
        (80.0, Validity.VALID),
        (93.0, Validity.VALID),
    ]


def test_a_reading_may_lack_values() -> None:
    driver = DatexDri()
    shown = Shown(cuff=(OVER, INVALID, 9000))
    cuff = [n for n in driver.receive(displayed(shown), T_MS) if n.parameter in CUFF]
    assert [(n.value, n.reason) for n in cuff] == [
        (None, "above range"),
        (None, "no value"),
        (90.0, ""),
    ]
    again = driver.receive(displayed(replace(shown, cuff=(INVALID, 0, 9000))), T_MS + 5000)
    assert told(again) == ""


def test_a_pressure_out_of_range_is_no_value() -> None:
    driver = DatexDri()
    shown = Shown(cuff=(30100, 8000, 9000))
    cuff = [n for n in driver.receive(displayed(shown), T_MS) if n.parameter in CUFF]
    assert (cuff[0].value, cuff[0].reason) == (None, "out of range")


def test_what_is_told_without_a_time_carries_its_numbers_but_no_value() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    shown = Shown(cuff=(14200, INVALID, 9949), cuff_label=OLDER)
    cuff = [n for n in driver.receive(displayed(shown), T_MS + 1000) if n.parameter in CUFF]
    assert [(n.value, n.validity, n.reason) for n in cuff] == [
        (None, Validity.UNAVAILABLE, "before connection 142"),
        (None, Validity.UNAVAILABLE, "no value"),
        (None, Validity.UNAVAILABLE, "before connection 99"),
    ]


def test_records_that_waited_before_they_were_read_are_no_new_reading() -> None:
    """The reader stood still for 40 s: the monitor's clock says that nothing was measured since."""
    driver = DatexDri()
    driver.connected(T_MS)
    assert told(driver.receive(aux(3) + displayed(young(), 5), T_MS + 5000)) == "120 at 3"
    waited = b"".join(aux(3) + displayed(young(), at_s) for at_s in (10, 15, 20))
    assert told(driver.receive(waited, T_MS + 45_000)) == ""
    assert told(driver.receive(aux(3) + displayed(old(), 70), T_MS + 70_000)) == ""
    assert told(driver.receive(aux(75) + displayed(young(), 80), T_MS + 80_000)) == "120 at 75"


def test_records_that_waited_for_minutes_are_no_new_reading_without_aux_either() -> None:
    driver = DatexDri()
    driver.connected(T_MS)
    assert told(driver.receive(displayed(young(), 5), T_MS + 5000)) == "120 at 5"
    waited = b"".join(displayed(young(), at_s) for at_s in range(10, 60, 5))
    assert told(driver.receive(waited, T_MS + 200_000)) == ""
