"""The conditions about devices, links, the computer, the screens, and missing values."""

from collections.abc import Iterator
from dataclasses import replace

from devices.driver import BATTERY_LOW
from devices.numeric import CUFF, PUMP, Parameter
from monitor.alarms.freshness import dash_ms
from monitor.alarms.limits import Priority
from monitor.alarms.situation import (
    HIGH_AFTER_MS,
    MEDIUM_AFTER_MS,
    Finding,
    Frozen,
    Screens,
    Situation,
    SourceNow,
    Tier,
    Verdict,
    label_of,
    one_tier,
)

HOLD_MS = 60_000  # Philips warns that a cuff on the probe's arm may hide hypoxia for so long
SAID = ("apnea", "apnoea", "asystole")  # what alarms by itself when a monitor says it
LISTEN_MS = 15_000  # so long may a chair be without a screen: our choice
TOLD_MS = 60_000  # for how long a late recorder or a stepped clock is told
OVERDUE_MS = 120_000  # as for a blood pressure; our choice
STEP_S = 2.0


def technical(now_ms: int, situation: Situation) -> Iterator[Verdict]:
    """Judge them all, in a fixed order."""
    silent = frozenset(_silent(now_ms, situation))
    for source in situation.sources:
        yield no_data(source, source.id in silent, situation.dosing)
        yield different_monitor(source)
        weak = source.detail == BATTERY_LOW and source.id not in silent
        text = f"Battery low: {source.name}"
        yield one_tier(f"battery_low_{source.id}", Priority.LOW, weak, text)
    for parameter in situation.expected:
        if parameter.episodic:
            continue  # a cuff reading is an event: that it is due is another condition
        yield missing(now_ms, parameter, situation, silent)
    yield nibp_implausible(situation)
    yield hr_pr_apart(now_ms, situation)
    yield from bp_overdue(now_ms, situation)
    yield from overdue(now_ms, situation)
    held = cuff_holds(now_ms, situation)
    text = "SpO2 low is held: the cuff is inflated on the same arm"
    yield one_tier("spo2_held", Priority.LOW, held, text, parameter=Parameter.SPO2)
    flows = _flows(now_ms, situation)
    yield one_tier(
        "no_session",
        Priority.LOW,
        flows and situation.phase is None,
        "NO SESSION: values come, and nobody has opened a session",
        delay_s=situation.preset.rules.no_session_s,
    )
    yield nobody_listening(situation.screens, flows or situation.phase is not None)
    yield from host(now_ms, situation)


def no_data(source: SourceNow, silent: bool, dosing: bool) -> Finding:
    """``no_data_<source>``: a device is lost, or says nothing at all."""
    start_ms = source.heard_ms + dash_ms(source.period_ms)
    text = f"NO DATA from {source.name}"
    return _rising(f"no_data_{source.id}", None, silent, start_ms, text, dosing)


def missing(
    now_ms: int, parameter: Parameter, situation: Situation, silent: frozenset[int]
) -> Verdict:
    """``<parameter>_missing``: expected, and no value. Quiet while its whole device is silent."""
    condition = f"{parameter.value.lower()}_missing"
    known = situation.known.get(parameter)
    label = label_of(parameter)
    if known is None:
        start_ms, reason = situation.since_ms + dash_ms(0), "never seen"
        if now_ms < start_ms:
            return Frozen(condition)  # a restart is no reason to end it
        sources = {source.id for source in situation.sources}
        holds, quiet = True, bool(sources) and sources <= silent
    else:
        start_ms, quiet = known.gone_ms, known.source in silent
        holds = known.absent_ms is not None or now_ms >= start_ms
        reason = "no new value" if known.absent_ms is None else known.reason
        quiet = quiet or (parameter is Parameter.PR and _probe_off(situation))
        quiet = quiet or (known.absent_ms is not None and _said(parameter, situation))
    text = f"{label} missing: {reason}"
    finding = _rising(condition, parameter, holds, start_ms, text, situation.dosing)
    return replace(finding, quiet=quiet)


def _said(parameter: Parameter, situation: Situation) -> bool:
    """The monitor says apnoea or asystole: that alarm says that no value is."""
    by = Parameter.RR if parameter is Parameter.ETCO2 else parameter
    pair = [situation.known.get(x) for x in (parameter, by)]
    said = all(x is not None and x.value is None and x.reason.startswith(SAID) for x in pair)
    return said and by in (Parameter.RR, Parameter.HR)


def _probe_off(situation: Situation) -> bool:
    """The probe gives neither SpO2 nor PR, for one reason: one alarm says it."""
    pulse, spo2 = situation.known.get(Parameter.PR), situation.known.get(Parameter.SPO2)
    return (
        Parameter.SPO2 in situation.expected
        and pulse is not None
        and spo2 is not None
        and pulse.absent_ms is not None
        and spo2.absent_ms is not None
        and (pulse.source, pulse.reason) == (spo2.source, spo2.reason)
    )


def different_monitor(source: SourceNow) -> Finding:
    """``different_monitor_<source>``: another monitor than before answers on this port."""
    text = f"DIFFERENT MONITOR on {source.name}: check the patient, then confirm"
    different = source.state == "different"
    return one_tier(f"different_monitor_{source.id}", Priority.HIGH, different, text)


def nibp_implausible(situation: Situation) -> Verdict:
    """``nibp_implausible``: the parts of the last cuff reading do not fit each other."""
    parts = [situation.known.get(parameter) for parameter in CUFF]
    systolic, diastolic, mean = (known.value if known else None for known in parts)
    if systolic is None and diastolic is None and mean is None:
        if Parameter.NIBP_SYS in situation.struck:
            return one_tier("nibp_implausible", Priority.LOW, holds=False, text="")
        return Frozen("nibp_implausible")
    odd = systolic is not None and diastolic is not None and systolic <= diastolic
    if mean is not None:
        odd = odd or (systolic is not None and mean > systolic)
        odd = odd or (diastolic is not None and mean < diastolic)
    said = "/".join("---" if part is None else f"{part:.0f}" for part in (systolic, diastolic))
    text = f"NIBP {said} is implausible: repeat it"
    return one_tier("nibp_implausible", Priority.LOW, odd, text, parameter=Parameter.NIBP_SYS)


def hr_pr_apart(now_ms: int, situation: Situation) -> Verdict:
    """``hr_pr_apart``: the ECG and the probe count differently."""
    rules = situation.preset.rules
    hr, pr = (
        known.current(now_ms) if (known := situation.known.get(parameter)) else None
        for parameter in (Parameter.HR, Parameter.PR)
    )
    if hr is None or pr is None:
        return Frozen("hr_pr_apart")
    text = f"HR {hr:.0f} and PR {pr:.0f} differ: check the leads and the probe"
    apart = abs(hr - pr) > rules.apart
    return one_tier("hr_pr_apart", Priority.LOW, apart, text, delay_s=rules.apart_s, value=hr)


def bp_overdue(now_ms: int, situation: Situation) -> Iterator[Finding]:
    """``bp_overdue``: the phase wants a cuff reading every so often, and none came."""
    rules = situation.preset.rules
    wanted_s = rules.bp_interval_s.get(situation.phase) if situation.phase else None
    known = situation.known.get(Parameter.NIBP_SYS)
    cuffs = known is not None or not set(CUFF).isdisjoint(situation.expected)
    # On a chair where no device measures a patient it is measured by hand.
    cuffs = cuffs or not situation.sources or situation.measurable <= set(PUMP)
    if wanted_s is None or not cuffs:
        return
    last = known.last if known else None
    from_ms = max(last[0], situation.phase_ms) if last else situation.phase_ms
    late_s = (now_ms - from_ms) / 1000 - wanted_s
    old = last is not None and (now_ms - last[0]) / 1000 >= rules.bp_oldest_dosing_s
    # An old reading from before the infusion does not make the first one overdue at its start.
    # Staff may put the next one off for a while, but not so long that the last one is too old.
    put_off = any(x.id == "bp" and now_ms < x.not_before_ms for x in situation.due)
    medium = late_s >= rules.bp_medium_after_s and not put_off
    medium = medium or (situation.dosing and old and late_s >= 0)
    low = (late_s >= rules.bp_low_after_s and not put_off) or medium
    text = f"BP overdue: wanted every {wanted_s / 60:g} min"
    yield Finding(
        "bp_overdue",
        "technical",
        Parameter.NIBP_SYS,
        last[1] if last else None,
        (Tier(Priority.LOW, low, 0, None, text), Tier(Priority.MEDIUM, medium, 0, None, text)),
    )


def overdue(now_ms: int, situation: Situation) -> Iterator[Finding]:
    """``overdue_<task>``: what the visit wanted was not done, nor put off."""
    for x in situation.due:
        if x.alarms:
            late = now_ms - max(x.at_ms, x.not_before_ms) >= OVERDUE_MS
            yield one_tier(f"overdue_{x.id}", Priority.LOW, late, f"Overdue: {x.name}")


def cuff_holds(now_ms: int, situation: Situation) -> bool:
    """True while the cuff is inflated on the probe's arm, for 60 s at most."""
    since_ms = situation.measuring_ms
    return situation.same_arm and since_ms is not None and now_ms - since_ms < HOLD_MS


def nobody_listening(screens: Screens, needed: bool) -> Finding:
    """``nobody_listening``: something to listen for, and no screen that is visible and sounds."""
    silent, unseen = needed and screens != "heard", needed and screens == "none"
    text = "NOBODY LISTENING: no screen in sight"
    quiet = "Sound is off on every screen"
    return Finding(
        "nobody_listening",
        "technical",
        None,
        None,
        (
            Tier(Priority.LOW, silent, LISTEN_MS, None, quiet),
            Tier(Priority.MEDIUM, unseen, LISTEN_MS, None, text),
        ),
    )


def host(now_ms: int, situation: Situation) -> Iterator[Finding]:
    """``recorder_late``, ``clock_stepped``, ``disk_nearly_full``: the computer itself."""
    x = situation.host
    late = x.late_ms is not None and now_ms - x.late_ms < TOLD_MS
    text = f"The recorder did not run for {x.late_s:.1f} s"
    yield one_tier("recorder_late", Priority.LOW, late, text)
    stepped = x.stepped_ms is not None and now_ms - x.stepped_ms < TOLD_MS
    text = f"The computer's clock was set by {x.stepped_s:+.1f} s"
    yield one_tier("clock_stepped", Priority.LOW, stepped and abs(x.stepped_s) > STEP_S, text)
    text = "Disk nearly full: less than 100 MB left"
    if x.room == "little":
        text = "Disk nearly full: less than 1 GB left"
    yield Finding(
        "disk_nearly_full",
        "technical",
        None,
        None,
        (
            Tier(Priority.LOW, x.room != "enough", 0, None, text),
            Tier(Priority.MEDIUM, x.room == "none", 0, None, text),
        ),
    )


def _flows(now_ms: int, situation: Situation) -> bool:
    """A continuous value is there: a cuff reading stays after its patient, a pump needs none."""
    return any(
        known.current(now_ms) is not None
        for parameter, known in situation.known.items()
        if not parameter.episodic and parameter not in PUMP
    )


def _silent(now_ms: int, situation: Situation) -> Iterator[int]:
    for source in situation.sources:
        if source.state == "different":
            continue
        if now_ms - source.heard_ms >= dash_ms(source.period_ms):
            yield source.id


def _rising(
    condition: str, parameter: Parameter | None, holds: bool, start_ms: int, text: str, dosing: bool
) -> Finding:
    """The tiers of a no-data alarm: low at once, medium 10 s later, high at 60 s while dosing."""
    return Finding(
        condition,
        "technical",
        parameter,
        None,
        (
            Tier(Priority.LOW, holds, 0, None, text),
            Tier(Priority.MEDIUM, holds, MEDIUM_AFTER_MS, None, text),
            Tier(Priority.HIGH, holds and dosing, HIGH_AFTER_MS, None, text),
        ),
        start_ms,
    )
