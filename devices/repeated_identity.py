"""A monitor's own name where no checksum guards it: it counts once two frames in a row say it.

One damaged character would else be a different monitor: a high alarm, and no values until a named
person confirms; or, at the first connection, a wrong name to which the chair is then bound.

Until the second frame has come it is open whether the name is damaged or another monitor is there.
Either way a frame that holds values beside a name that is not the settled one does not hold this
patient's values for sure, so its driver refuses it. What that costs: one frame where a name is
damaged, in which time the value before stands, with its age; one frame once in the program's life,
when a monitor is first heard. What it spares: another patient's number on this chair, if only for a
second. A missing second can be seen, a wrong one cannot. ``settled`` outlives a lost connection, so
that the monitor which was there before is known again by its first frame.
"""

from dataclasses import dataclass


@dataclass
class RepeatedIdentity:
    """The name that counts, and one that was said since and waits to be said again, or None."""

    settled: str | None = None
    waiting: str | None = None

    def connected(self) -> None:
        """Begin a connection: what waited was said on another one."""
        self.waiting = None

    def told(self, name: str) -> bool:
        """Take the name in a frame; whether it is now the one that counts."""
        if name not in (self.settled, self.waiting):
            self.waiting = name
            return False
        self.settled, self.waiting = name, None
        return True
