"""What holds for every virtual oximeter: none hears noise, and each artefact is seen and ends."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from devices.virtual.contec_monitor import Contec5ByteMonitor, ContecMonitor
from devices.virtual.nellcor_monitor import NellcorMonitor
from devices.virtual.nonin_monitor import FORMS, Form, NoninMonitor
from devices.virtual.query import Intervals
from devices.virtual.wire import Source
from tests.devices.still_patient import clock, patient, said
from tests.devices.test_virtual_contec import ask


@pytest.mark.parametrize(
    "monitor",
    [
        *(NoninMonitor(patient(), clock, form) for form in FORMS),
        NellcorMonitor(patient(), clock),
        Contec5ByteMonitor(patient()),
    ],
    ids=lambda monitor: f"{type(monitor).__name__}-{getattr(monitor, '_form', '')}",
)
def test_those_that_push_hear_nothing_and_never_stop(monitor: Source) -> None:
    noise = bytes(byte for byte in range(256) if byte not in (0x11, 0x13))
    data = said(monitor, 10, lambda _: noise)
    assert data
    due = monitor.next_s()
    assert due is not None
    assert 10 < due <= 12


def with_artefact(artefact: str) -> Mapping[str, Intervals]:
    return {artefact: Intervals(((2, 6),))} if artefact else {}


def nonin(form: Form, artefact: str) -> Source:
    return NoninMonitor(patient(), clock, form, with_artefact(artefact))


MAKERS: dict[str, tuple[tuple[str, ...], Callable[[str], Source]]] = {
    **{f"nonin {form}": (NoninMonitor.ARTEFACTS[form], partial(nonin, form)) for form in FORMS},
    "nellcor": (
        NellcorMonitor.ARTEFACTS,
        lambda artefact: NellcorMonitor(patient(), clock, artefacts=with_artefact(artefact)),
    ),
    "contec": (
        ContecMonitor.ARTEFACTS,
        lambda artefact: ContecMonitor(patient(), artefacts=with_artefact(artefact)),
    ),
    "contec, older": (
        Contec5ByteMonitor.ARTEFACTS,
        lambda artefact: Contec5ByteMonitor(patient(), artefacts=with_artefact(artefact)),
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_artefact_can_be_seen_and_ends(name: str) -> None:
    artefacts, make = MAKERS[name]
    well = said(make(""), 6, ask)
    for artefact in artefacts:
        touched = said(make(artefact), 6, ask)
        assert touched != well, artefact
        # Up to its begin, a second before which all of them have spoken, nothing differs.
        before = len(said(make(""), 1.5, ask))
        assert touched[:before] == well[:before], artefact
