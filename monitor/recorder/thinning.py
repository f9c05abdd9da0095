"""One value a second: how what the drivers give becomes what is stored."""

from devices.numeric import Numeric, Parameter

SECOND_MS = 1000


class OneASecond:
    """Thins continuous parameters to the last word of each second; keeps every cuff reading.

    The recorder calls it once a tick and source; decoding again calls it where the tick did.
    """

    def __init__(self) -> None:
        """Begin with nothing stored."""
        self._second: dict[tuple[int, Parameter], int] = {}

    def __call__(self, source: int, numerics: list[Numeric]) -> list[Numeric]:
        """What is stored of the numerics of one tick."""
        kept: dict[tuple[Parameter, int], Numeric] = {}
        cuffs = []
        for numeric in numerics:
            if numeric.parameter.episodic:
                cuffs.append(numeric)
                continue
            second = numeric.t_ms // SECOND_MS
            key = (source, numeric.parameter)
            # A second of which a value is stored already is closed.
            if self._second.get(key, -1) < second:
                kept[(numeric.parameter, second)] = numeric
        for parameter, second in kept:
            self._second[(source, parameter)] = second
        return [*kept.values(), *cuffs]
