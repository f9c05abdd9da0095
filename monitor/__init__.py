"""What readings mean and what happens to them.

devices (bytes to numerics) → recorder (one tick a second: readings, alarms, heartbeat) → store
(SQLite) → screens (live stream, pages). What people do goes the other way: screens → journal →
recorder, which answers within one tick.
"""

__version__ = "0.1.0"
