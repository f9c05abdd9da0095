"""The same monitors, played: pySerial ports `sim://` (virtual monitors) and `replay://` (recorded
bytes). `devices.port` registers this package with pySerial; see protocol_sim and protocol_replay.
"""
