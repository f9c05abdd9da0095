"""Recorders and ports that end with their test."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.recorder.parts import ByHand, Plug


@pytest.fixture
def by_hand(database: Path) -> Generator[Callable[..., ByHand]]:
    """Opens recorders that the test ticks."""
    opened: list[ByHand] = []

    def open_it(*devices: str, speed: float = 1.0) -> ByHand:
        opened.append(ByHand(database, devices, speed))
        return opened[-1]

    yield open_it
    for recorder in opened:
        recorder.end()


@pytest.fixture
def plug(tmp_path: Path) -> Generator[Plug]:
    """A port with nothing plugged in yet."""
    port = Plug(tmp_path)
    yield port
    port.pull()
