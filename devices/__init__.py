"""Bytes in, numerics out: bedside monitors, real, recorded and virtual. Imports nothing of ours."""
