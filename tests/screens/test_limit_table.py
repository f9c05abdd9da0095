"""Limits in words: what is not the clinic's is marked, and no widening goes unsaid."""

from typing import Any

import pytest

from devices.numeric import VITALS
from monitor.alarms.presets import Preset
from monitor.alarms.presses import with_tier
from monitor.review.whatif import tier_table
from monitor.screens.limit_table import edited, rows, widened
from tests.screens.stored import LIMITS

CLINIC = Preset(LIMITS)


def changed(tier: str, parameter: str = "SpO2", phase: str | None = None, **limits: Any) -> Preset:
    return with_tier(
        CLINIC, {"parameter": parameter, "tier": tier, "phase": phase, "limits": limits}
    )


def row(preset: Preset, name: str) -> dict[str, str]:
    (found,) = [row for row in rows(preset, CLINIC) if row["parameter"].startswith(name)]
    return found


def test_the_clinics_own_limits_carry_no_mark() -> None:
    assert row(CLINIC, "SpO2") == {
        "parameter": "SpO2 (%)",
        "advisory": "low 94, after 15 s",
        "medium": "low 90, after 15 s",
        "high": "low 85, after 5 s",
    }
    assert row(CLINIC, "HR")["advisory"] == "25 % below or above baseline, after 10 s"
    assert row(CLINIC, "NIBP systolic")["medium"] == "low 90, high 160, at once"
    assert set(row(CLINIC, "Temp").values()) == {"Temp (°C)", "none"}
    assert "clinic" not in str(rows(CLINIC, CLINIC))


def test_each_difference_names_the_clinics() -> None:
    assert row(changed("medium", low=88, delay_s=20), "SpO2")["medium"] == (
        "low 88 (clinic 90), after 20 s (clinic 15 s)"
    )
    assert row(changed("medium"), "SpO2")["medium"] == "no low limit (clinic 90)"
    hr = row(changed("advisory", "HR", low_percent=25, high_difference=30, delay_s=10), "HR")
    assert hr["advisory"] == (
        "30 above baseline (clinic none), 25 % below baseline, no high limit (clinic 25 %),"
        " after 10 s"
    )
    dosing = changed("medium", "NIBP_sys", "dosing", low=90, high=170, delay_s=0)
    assert row(dosing, "NIBP systolic while dosing")["medium"] == (
        "low 90 (clinic none), high 170 (clinic none), at once"
    )


@pytest.mark.parametrize(
    ("preset", "told"),
    [
        (CLINIC, []),
        (changed("medium", low=92, delay_s=15), []),
        (changed("medium", low=90, delay_s=10), []),
        (changed("medium", low=88, delay_s=15), ["This widens SpO2 medium: low 90 -> low 88"]),
        (changed("medium"), ["This widens SpO2 medium: low 90 -> none"]),
        (changed("medium", low=90, delay_s=30), ["This delays SpO2 medium: 15 s -> 30 s"]),
        (
            changed("medium", "HR", low=50, high=130, delay_s=10),
            ["This widens HR medium: high 120 -> high 130"],
        ),
        (
            changed("advisory", "HR", low_percent=30, high_percent=20, delay_s=10),
            ["This widens HR advisory: 25 % below baseline -> 30 % below baseline"],
        ),
        (
            changed("medium", "NIBP_sys", "dosing", low=90, high=170, delay_s=0),
            ["This widens NIBP systolic medium: high 160 -> high 170 (dosing)"],
        ),
        (
            changed("medium", "SpO2", "baseline", high=99, delay_s=15),
            ["This widens SpO2 medium: low 90 -> none (baseline)"],
        ),
    ],
)
def test_widening_is_said(preset: Preset, told: list[str]) -> None:
    assert widened(CLINIC, preset) == told


def test_taking_a_phases_own_limits_away_can_widen() -> None:
    strict = changed("medium", "SpO2", "dosing", low=92, delay_s=15)
    assert widened(strict, CLINIC) == ["This widens SpO2 medium: low 92 -> low 90 (dosing)"]


def test_editing_one_kind_keeps_the_other_kinds() -> None:
    table = {"low": 50.0, "high": 120.0, "high_percent": 25.0, "delay_s": 10.0}
    assert edited(table, "value", 45, None, 5) == {"low": 45, "high_percent": 25, "delay_s": 5}
    assert edited(table, "percent", 30, 20, 10) == {
        "low": 50, "high": 120, "low_percent": 30, "high_percent": 20, "delay_s": 10,
    }  # fmt: skip
    assert edited({"low": 50.0, "delay_s": 1.0}, "value", None, None, 1) == {}


def test_a_tiers_table_gives_the_same_tier_again() -> None:
    for parameter in VITALS:
        for tier in ("advisory", "medium", "high"):
            table = tier_table(CLINIC, parameter, tier)
            again = with_tier(CLINIC, {"parameter": parameter.value, "tier": tier, "limits": table})
            assert set(again.limits) == set(CLINIC.limits)
