"""What staff set of a chair's alarms, as it is stored: audio, alarms off, limits, the baseline."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlite_utils import Database

from devices.numeric import Parameter
from monitor.alarms.audio import Audio, Off
from monitor.alarms.limits import Priority
from monitor.alarms.presets import Preset, from_json, to_json
from monitor.chair import ChairState


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """The last stored settings of a chair. ``preset`` is None where the clinic's is in force."""

    audio: Audio = field(default_factory=Audio)
    off: dict[str, Off] = field(default_factory=dict)
    preset: Preset | None = None
    baseline: dict[Parameter, float] = field(default_factory=dict)


def settings_to_json(state: ChairState) -> str:
    """Write a chair's settings; the preset only while a session has one of its own."""
    audio = asdict(state.engine.audio)
    covers = state.engine.audio.covers
    audio["covers"] = covers.word if covers else None
    return json.dumps(
        {
            "audio": audio,
            "off": [asdict(off) for off in state.engine.off.values()],
            "preset": to_json(state.preset) if state.session else None,
            "baseline": {p.value: value for p, value in state.baseline.items()},
        }
    )


def settings_from_json(text: str) -> AlarmSettings:
    """Read what `settings_to_json` wrote."""
    held: dict[str, Any] = json.loads(text)
    audio = dict(held["audio"])
    covers = audio.pop("covers")
    return AlarmSettings(
        Audio(**audio, covers=Priority[covers.upper()] if covers else None),
        {off["scope"]: Off(**off) for off in held["off"]},
        from_json(held["preset"]) if held["preset"] else None,
        {Parameter(name): value for name, value in held["baseline"].items()},
    )


def alarm_settings(db: Database, chair: int, before_tick: int = 2**62) -> AlarmSettings:
    """The chair's settings as last stored before a tick."""
    row = db.execute(
        "SELECT data FROM alarm_setting WHERE chair = ? AND tick < ? ORDER BY id DESC LIMIT 1",
        [chair, before_tick],
    ).fetchone()
    return settings_from_json(row[0]) if row else AlarmSettings()
