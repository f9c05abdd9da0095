"""Many viewers without a browser: each holds the live stream open and notes when each tick came.

``python -m bench.crowd PORT TOKEN COUNT FILE`` runs until told to end, then writes what it noted.
"""

import asyncio
import json
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

_TICK = re.compile(rb'"tick":(\d+)')


@dataclass(slots=True)
class Viewer:
    """One open stream. ``snapshot`` is the tick that it began with."""

    asked_ms: float = 0.0
    began_ms: float = 0.0
    snapshot: int = 0
    snapshots: int = 0
    ticks: list[tuple[int, float]] = field(default_factory=list)
    length: int = 0

    def take(self, event: bytes) -> None:
        """Note one server-sent event."""
        at_ms = time.time_ns() / 1e6
        kind = event.partition(b"\n")[0]
        found = _TICK.search(event)
        if not found:
            return
        if kind == b"event: snapshot":
            self.snapshots += 1
            if not self.snapshot:
                self.snapshot, self.began_ms = int(found[1]), at_ms
        elif kind == b"event: tick":
            self.ticks.append((int(found[1]), at_ms))
            self.length += len(event) + 2


async def watch(viewer: Viewer, port: int, token: str) -> None:
    """Hold one stream open until cancelled or ended by the server."""
    viewer.asked_ms = time.time_ns() / 1e6
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    request = f"GET /api/stream?chair=1&token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    try:
        writer.write(request.encode("ascii"))
        await reader.readuntil(b"\r\n\r\n")
        rest = b""
        while length := int(await reader.readline(), 16):  # HTTP's chunks
            rest += (await reader.readexactly(length + 2))[:-2]
            *events, rest = rest.split(b"\n\n")
            for event in events:
                viewer.take(event)
    finally:
        writer.close()


async def crowd(port: int, token: str, count: int, file: Path) -> None:
    """Open all streams at once and keep them open."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    viewers = [Viewer() for _ in range(count)]
    tasks = [asyncio.create_task(watch(viewer, port, token)) for viewer in viewers]
    await stopping.wait()
    ended = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    said = {
        "ended_early": ended,
        "viewers": [
            {
                "snapshot_ms": viewer.began_ms - viewer.asked_ms,
                "snapshot": viewer.snapshot,
                "snapshots": viewer.snapshots,
                "ticks": viewer.ticks,
                "bytes": viewer.length,
            }
            for viewer in viewers
        ],
    }
    part = file.with_suffix(".part")
    part.write_text(json.dumps(said), encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    asyncio.run(crowd(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
