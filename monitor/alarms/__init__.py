"""Alarms: limits, pure conditions, and the engine. Time is an argument."""
