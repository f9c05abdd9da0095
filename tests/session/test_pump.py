"""What a pump says beside what was entered: alike, another, and since when."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.session.pump import Difference, Pumped, difference
from monitor.session.steps import steps_of
from tests.session.visits import MIN, SINGLE, T0_MS, Played, opened

# 35.5 mg over 40 min of 1 mg/mL: 53.25 mL/h.
THIN: dict[str, Any] = {"concentration_mg_ml": 1}


def running(**more: Any) -> Played:
    """The infusion runs since one second after the session began."""
    return opened(**{**THIN, **more}).must("infusion_start")


def told(played: Played, rate_ml_h: float, after_s: float = 60, said_s: float = 0) -> str:
    """What differs ``after_s`` after the last press; the pump has said this since ``said_s``."""
    pump = Pumped().at_rate(rate_ml_h, T0_MS + round(said_s * 1000))
    found = difference(played.now, pump, T0_MS + played.at_ms + round(after_s * 1000))
    return found.text if found else ""


@pytest.mark.parametrize(
    ("rate_ml_h", "text"),
    [
        (53.3, ""),
        (53.25 * 1.049, ""),
        (53.25 * 1.051, "Pump 56 mL/h, entered 53.3"),
        (40.0, "Pump 40 mL/h, entered 53.3"),
        (0.0, "Pump stands still, entered as running"),
        (3.0, "Pump 3 mL/h, entered 53.3"),  # it keeps the line open: the syringe is empty
    ],
)
def test_a_rate_beside_the_one_entered(rate_ml_h: float, text: str) -> None:
    assert told(running(), rate_ml_h) == text


def test_a_pump_that_runs_where_nothing_should() -> None:
    played = opened(**THIN)
    played.at_ms = MIN
    assert told(played, 53.3) == "Pump runs (53.3 mL/h), no start entered"
    assert told(played, 0) == told(played, 5) == ""  # 5 mL/h keep the line open
    played = running().must("infusion_pause", reason="nausea")
    assert told(played, 53.3) == "Pump runs (53.3 mL/h), entered as paused"
    assert told(played, 0) == ""
    played.must("infusion_resume")
    assert told(played, 53.3) == ""
    played.must("infusion_pause", reason="nausea").must("infusion_stop")
    assert told(played, 53.3) == "Pump runs (53.3 mL/h), entered as stopped"
    assert told(played, 0) == ""


def test_a_difference_is_told_once_it_has_stood() -> None:
    """Staff set the pump first and enter it then, or the other way round."""
    played = running()
    began_s = played.at_ms / 1000
    assert told(played, 40, after_s=29.9) == ""
    assert told(played, 40, after_s=30) != ""
    assert told(played, 40, after_s=100, said_s=began_s + 80) == ""
    assert told(played, 40, after_s=110, said_s=began_s + 80) != ""
    found = difference(played.now, Pumped(40, T0_MS + 80_000), T0_MS + 200_000)
    assert found == Difference("Pump 40 mL/h, entered 53.3", T0_MS + 80_000)


def test_what_cannot_be_held_beside_is_not() -> None:
    unknown = opened(minutes=None, **THIN).must("infusion_start")
    assert unknown.now.infusion.rate_mg_min(T0_MS + MIN) is None
    assert told(unknown, 40) == told(opened().must("infusion_start"), 40) == ""
    assert told(unknown, 0) == "Pump stands still, entered as running"
    assert told(opened(SINGLE).must("dose", mg=50), 40) == ""
    assert difference(running().now, Pumped(), T0_MS + 10 * MIN) is None
    # Far below what a pump does: no rate in mL/h can be reckoned, and none is made up.
    weak = replace(running().now, concentration_mg_ml=1e-9)
    assert difference(weak, Pumped(40), T0_MS + 10 * MIN) is None


def test_the_clinic_says_how_much_is_a_difference_and_when() -> None:
    table = {"pump_percent": 50, "pump_seconds": 5, "pump_idle_ml_h": 0}
    played = opened(steps=replace(steps_of(table), table=table), **THIN)
    played.at_ms = MIN
    assert told(played, 1) == "Pump runs (1 mL/h), no start entered"
    played.must("infusion_start")
    assert told(played, 40, after_s=5) == ""
    assert told(played, 20, after_s=5) == "Pump 20 mL/h, entered 53.3"


def test_the_same_rate_again_is_not_a_new_one() -> None:
    pump = Pumped().at_rate(40, 1000).at_rate(40, 2000)
    assert (pump.rate_ml_h, pump.since_ms) == (40, 1000)
    assert pump.at_rate(41, 3000).since_ms == 3000


@given(st.lists(st.floats(0, 50), min_size=1, max_size=20), st.floats(0, 1000))
def test_a_counter_set_to_zero_loses_nothing(parts: list[float], before: float) -> None:
    """Each part is counted from zero; what the counter held before the session is not ours."""
    hour = 3_600_000
    pump = Pumped().counting(before, hour).counting(before + parts[0], 2 * hour)
    for n, part in enumerate(parts[1:]):
        pump = pump.counting(0, (2 * n + 3) * hour).counting(part, (2 * n + 4) * hour)
        assert pump.counting(before, (2 * n + 4) * hour) == pump  # heard before
    assert pump.pumped_ml == pytest.approx(sum(parts), abs=1e-9)


def test_a_counter_that_leaps_ahead_is_another_pumps() -> None:
    """What the next pump gave to the patient before is not counted as this one's."""
    pump = Pumped().counting(2, 1000).counting(10, 600_000)
    assert pump.pumped_ml == 8
    swapped = pump.counting(500, 660_000)
    assert swapped.pumped_ml is None
    assert swapped.counting(501, 720_000).counting(0, 780_000).pumped_ml is None


def test_a_pump_that_never_counted_gave_no_known_volume() -> None:
    assert Pumped().pumped_ml is None
