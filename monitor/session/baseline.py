"""The baseline of a visit: what is proposed to staff, who confirm it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from devices.numeric import CUFF, VITALS, Numeric, Parameter, Validity

SPAN_MS = 5 * 60_000  # so far back values count: our choice
LEAST_MS = 30_000  # so much of it must hold values, or there is no telling: our choice


@dataclass(frozen=True, slots=True)
class Proposal:
    """The values to confirm, in the parameter's unit, and why the others have none.

    ``cuff_ms`` is when the cuff measured what is proposed of it; None where nothing is.
    ``by_hand`` is when somebody took the continuous ones that were entered by hand.
    """

    values: Mapping[Parameter, float]
    missing: Mapping[Parameter, str]
    cuff_ms: int | None
    by_hand: Mapping[Parameter, int] = field(default_factory=dict)


def propose(
    words: Iterable[tuple[int, Numeric]],
    preferred: Mapping[Parameter, int],
    periods_ms: Mapping[int, int],
    expected: Iterable[Parameter],
    from_ms: int,
    now_ms: int,
    by_hand: Iterable[Numeric] = (),
) -> Proposal:
    """The median of each continuous parameter over the last 5 minutes, and the last cuff reading.

    ``words`` are what the sources (by number) said, ``periods_ms`` how often each has a value; of a
    continuous parameter its preferred source counts, of the cuff whoever measured last. What was
    measured before the session claims readings (``from_ms``) is another patient's. Where a device
    gave too few values of a parameter, the last that somebody entered ``by_hand`` is proposed.
    """
    values: dict[Parameter, list[Numeric]] = {}
    cuffs: dict[tuple[int, int], dict[Parameter, float]] = {}
    since_ms = max(from_ms, now_ms - SPAN_MS)
    for source, x in words:
        if x.value is None or x.validity is not Validity.VALID or not from_ms <= x.t_ms <= now_ms:
            continue
        if x.parameter.episodic:
            cuffs.setdefault((x.t_ms, source), {})[x.parameter] = x.value
        elif x.t_ms >= since_ms and preferred.get(x.parameter) == source:
            values.setdefault(x.parameter, []).append(x)
    entered = {
        x.parameter: (x.t_ms, x.value)
        for x in sorted(by_hand, key=lambda x: x.t_ms)
        if x.value is not None and from_ms <= x.t_ms <= now_ms
    }
    found: dict[Parameter, float] = {}
    missing: dict[Parameter, str] = {}
    taken_ms: dict[Parameter, int] = {}
    there = {*values, *expected, *entered}
    for parameter in VITALS:
        if parameter.episodic or parameter not in there:
            continue
        held = values.get(parameter, [])
        period_ms = periods_ms.get(preferred.get(parameter, 0), 1000)
        covered_ms = len({x.t_ms // period_ms for x in held}) * period_ms
        if covered_ms < LEAST_MS and parameter in entered:
            taken_ms[parameter], found[parameter] = entered[parameter]
        elif covered_ms < LEAST_MS:
            of = f"{covered_ms // 1000} s of values in the last {SPAN_MS // 60_000} minutes"
            missing[parameter] = f"not enough: {of}, at least {LEAST_MS // 1000} s are needed"
        else:
            found[parameter] = round(median(x.value for x in held if x.value is not None), 1)
    fit = [at for at, parts in cuffs.items() if _fits(parts)]
    if fit:
        found.update(cuffs[max(fit)])
    else:
        missing[CUFF[0]] = "no cuff reading in this session"
    return Proposal(found, missing, max(fit)[0] if fit else None, taken_ms)


def _fits(parts: Mapping[Parameter, float]) -> bool:
    """The parts of a cuff reading go with each other, as `nibp_implausible` asks."""
    systolic, diastolic, mean = (parts.get(parameter) for parameter in CUFF)
    if systolic is None or diastolic is None:
        return False
    return systolic > diastolic and (mean is None or diastolic <= mean <= systolic)
