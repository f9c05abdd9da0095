"""Measures speed and cost, side by side in one run; never part of the tests, gates nothing."""
