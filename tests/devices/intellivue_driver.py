"""A driver that has just associated with a constructed IntelliVue, and what it makes of results."""

import os
from collections.abc import Sequence
from pathlib import Path

from devices.intellivue_frames import (
    association_request,
    release_request,
)
from devices.numeric import CUFF, Numeric, Parameter
from devices.philips_intellivue import PhilipsIntellivue
from tests.conftest import SHARED
from tests.devices import intellivue_messages as made
from tests.devices.intellivue_messages import (
    SECOND,
    START,
    result,
    wire,
)

T_MS = 1_700_000_000_000
CAPTURES = Path(os.environ.get("CHAIRSIDE_SHARED", SHARED)) / "captures"
ASSOCIATE = wire(association_request())
RELEASE = wire(release_request())


def polling(now: bytes = made.NOON, relative: int = START) -> PhilipsIntellivue:
    """A driver at T_MS that has just been told what the monitor is."""
    driver = PhilipsIntellivue()
    driver.connected(T_MS)
    driver.receive(wire(made.accept()) + wire(made.mds_create(relative=relative, now=now)), T_MS)
    driver.due(T_MS)
    return driver


def after(
    driver: PhilipsIntellivue, s: float, *objects: bytes, relative: int = START
) -> list[Numeric]:
    """What a result so many seconds after T_MS gives."""
    message = result(objects, (relative + round(s * SECOND)) % 2**32)
    return driver.receive(wire(message), T_MS + round(s * 1000))


def value_of(numerics: Sequence[Numeric], parameter: Parameter) -> Numeric:
    (found,) = [n for n in numerics if n.parameter is parameter]
    return found


def cuff_of(numerics: Sequence[Numeric]) -> list[Numeric]:
    return [n for n in numerics if n.parameter in CUFF]
