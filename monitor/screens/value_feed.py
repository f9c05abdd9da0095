"""What a screen is told of a chair's values: parameters, tiles, and the devices behind them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from devices.numeric import CUFF, Generation, Parameter
from devices.table import DRIVERS
from monitor.alarms.freshness import Known, dash_ms, dim_ms
from monitor.alarms.knowledge import Knowledge
from monitor.store.current import Link, Source

Message = dict[str, Any]
DECIMALS = {Parameter.TEMP: 1, Parameter.PUMP_RATE: 2, Parameter.PUMP_VOLUME: 1}
SHAPE = ("source", "choice", "instead_of", "dim_ms", "dash_ms", "by_hand")


def shape(parameters: Message) -> dict[str, Any]:
    """What of the parameters is worth telling anew, beside their values."""
    found = {name: [x[key] for key in SHAPE] for name, x in parameters.items()}
    for name, x in parameters.items():
        if x["by_hand"]:  # an event of its own, told by nothing else
            found[name] += [x["t_ms"], x["value"]]
    return found


def parameters_message(
    knowledge: Knowledge,
    expected: Collection[Parameter],
    sources: Mapping[int, Source],
    links: Mapping[int, Link],
    t_ms: int,
) -> Message:
    """Each parameter that is known or expected, by its name: its value, and whose it is."""
    shown = knowledge.shown(t_ms)

    def away(source: int, parameter: Parameter) -> bool:
        """The source would give the parameter if it were connected."""
        link, stored = links.get(source), sources.get(source)
        if stored is None or stored.driver not in DRIVERS or (link and link.state == "connected"):
            return False
        return parameter in DRIVERS[stored.driver]().facts.parameters

    def better(parameter: Parameter, source: int) -> list[Message]:
        """The sources that the clinic prefers to the one that is shown, and why each is not.

        Of cuff readings the latest counts, whoever took it: there is no better source. A device
        that was not heard, because it is not connected, is one that its driver knows to give it.
        """
        found: list[Message] = []
        if parameter.episodic or source not in knowledge.order:
            return found
        for other in knowledge.order[: knowledge.order.index(source)]:
            word = knowledge.by_source.get((parameter, other))
            if word is None and not away(other, parameter):
                continue
            if word is not None and word.value is not None:
                if word.current(t_ms) is not None:
                    continue  # the recorder has chosen it by now
                found.append({"source": other, "why": "no data"})
            else:
                found.append({"source": other, "why": word.reason if word else "no data"})
        return found

    return {
        p.value: _parameter(p, known, better(p, known.source) if known else [])
        for p in Parameter
        if (known := shown.get(p)) or p in expected
    }


def _parameter(parameter: Parameter, known: Known | None, better: list[Message]) -> Message:
    period_ms = known.period_ms if known else 1000
    last = {"t_ms": known.last[0], "value": known.last[1]} if known and known.last else None
    return {
        "unit": parameter.unit,
        "decimals": DECIMALS.get(parameter, 0),
        "episodic": known.event if known else parameter.episodic,
        "by_hand": known is not None and known.by_hand,
        "dim_ms": dim_ms(period_ms),
        "dash_ms": dash_ms(period_ms),
        "source": known.source if known else None,
        "choice": len(better) + 1,
        "instead_of": better[0] if better else None,
        "t_ms": known.t_ms if known else None,
        "value": known.value if known else None,
        "validity": known.validity.value if known else "unavailable",
        "reason": known.reason if known else "not seen yet",
        "last": last,
    }


def tiles_message(shown: Collection[Parameter], expected: Collection[Parameter]) -> Message:
    """The chair's tiles. Where no ECG is expected, the HR tile shows PR, so labelled."""
    there = {*shown, *expected}
    ecg = Parameter.HR in expected or (Parameter.HR in there and Parameter.PR not in expected)
    rate = Parameter.HR if ecg else Parameter.PR
    tiles: Message = {}
    if rate in there:
        tiles["HR"] = _tile([rate], rate.value, rate in expected)
    if Parameter.SPO2 in there:
        tiles["SpO2"] = _tile([Parameter.SPO2], "SpO₂", Parameter.SPO2 in expected)
    if there & set(CUFF):
        tiles["NIBP"] = _tile(list(CUFF), "NIBP", bool({*expected} & set(CUFF)))
    labels = {Parameter.RR: "RR", Parameter.ETCO2: "EtCO₂", Parameter.TEMP: "Temp"}
    for parameter, label in labels.items():
        if parameter in there:
            tiles[parameter.value] = _tile([parameter], label, parameter in expected)
    return tiles


def _tile(parameters: list[Parameter], label: str, expected: bool) -> Message:
    return {"parameters": [p.value for p in parameters], "label": label, "expected": expected}


def links_message(
    order: Sequence[int], sources: Mapping[int, Source], links: Mapping[int, Link], t_ms: int
) -> list[Message]:
    """The devices of a chair in the clinic's order, and how each stands."""
    return [
        {
            "id": source,
            "name": sources[source].name,
            "generation": Generation(sources[source].generation).word,
            "state": links[source].state if source in links else "connecting",
            "since_ms": links[source].t_ms if source in links else t_ms,
            "detail": links[source].detail if source in links else "",
            "identity": links[source].identity if source in links else None,
            "period_ms": sources[source].period_ms,
        }
        for source in order
        if source in sources
    ]
