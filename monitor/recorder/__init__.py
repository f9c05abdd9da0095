"""The recorder: one process, one loop a second; it alone writes readings and decides alarms."""
