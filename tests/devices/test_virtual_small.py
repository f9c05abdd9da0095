"""The small virtual monitors' bytes, read from the protocols' tables, not through a driver."""

import re
from dataclasses import dataclass, field

import pytest

from devices.numeric import Parameter
from devices.virtual.accutorr_monitor import AccutorrMonitor
from devices.virtual.ivy_monitor import IvyMonitor
from devices.virtual.medlab_monitor import MedlabMonitor
from devices.virtual.patient import Baseline, CalmPatient, Cuff, Staged, Vitals, Why
from devices.virtual.query import Intervals
from devices.virtual.wire import Source

VITALS: Vitals = {
    Parameter.HR: 72.4,
    Parameter.PR: 70.6,
    Parameter.SPO2: 97.0,
    Parameter.RR: 14.2,
    Parameter.ETCO2: 38.0,
    Parameter.TEMP: 36.64,
}
READING = Cuff(40.0, 121.0, 78.0, 93.0)


@dataclass
class Still:
    """A patient of whom everything is known."""

    vitals: Vitals = field(default_factory=lambda: VITALS)
    readings: tuple[Cuff, ...] = (READING,)

    def at(self, t_s: float) -> Vitals:
        return self.vitals

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        return [cuff for cuff in self.readings if after_s < cuff.t_s <= until_s]


def without(*lost: Parameter) -> Still:
    return Still({**VITALS, **dict.fromkeys(lost, Why.PROBE_OFF)})


def span(begin_s: float, end_s: float) -> Intervals:
    return Intervals(((begin_s, end_s),))


def said(monitor: Source, until_s: float) -> dict[float, bytes]:
    """Everything that is said until then, by its time; silence is left out."""
    found: dict[float, bytes] = {}
    while (due := monitor.next_s()) is not None and due <= until_s:
        if data := monitor.emit():
            found[due] = found.get(due, b"") + data
    return found


# --- Ivy ---------------------------------------------------------------------------------------


def ivy(message: bytes) -> dict[str, list[str]]:
    """The fields of each line, after checking all that is around them."""
    assert message[:9] == b"\xffANSAR-B "
    assert message[-1] == 0xFE
    text = message[409:-1].decode("ascii").removesuffix("\r")
    assert text.isprintable() or set(text) - set(text.replace("\r", "")) == {"\r"}
    return {line.split("=")[0]: line.split(";")[1:] for line in text.split("\r")}


def test_ivy_says_what_the_patient_has_every_second() -> None:
    messages = said(IvyMonitor(Still()), 60)
    assert list(messages) == list(range(1, 61))
    found = ivy(messages[60])
    assert found == {
        "HR": ["72", "II", ""],
        "RR": ["14", "", ""],
        "ETCO2": ["38", "", ""],
        "SPO2": ["97", "PR=71", ""],
        "NIBP": ["121", "78", "93", "71", "", ""],
        "P1": [""] * 5,
        "P2": [""] * 5,
        "T1": ["36.6", "", ""],
        "T2": ["", "", ""],
    }


def test_ivy_may_end_without_a_cr() -> None:
    ended, separated = (
        said(IvyMonitor(Still()), 1)[1],
        said(IvyMonitor(Still(), last_cr=False), 1)[1],
    )
    assert ended == separated[:-1] + b"\r\xfe"
    assert ivy(ended) == ivy(separated)


def test_ivy_leaves_empty_what_it_does_not_know() -> None:
    patient = without(Parameter.HR, Parameter.SPO2, Parameter.PR, Parameter.RR, Parameter.TEMP)
    found = ivy(said(IvyMonitor(patient), 1)[1])
    assert found["HR"][0] == found["RR"][0] == found["SPO2"][0] == found["T1"][0] == ""
    assert found["SPO2"][1] == "PR="
    assert found["ETCO2"][0] == "38"


def test_ivy_repeats_its_reading_and_is_empty_while_it_measures() -> None:
    second = Cuff(200.0, 131.0, 84.0, 99.0)
    messages = said(IvyMonitor(Still(readings=(READING, second))), 300)
    shown = [ivy(messages[t])["NIBP"][:3] for t in range(1, 301)]
    assert shown[:39] == [["", "", ""]] * 39
    assert shown[39:169] == [["121", "78", "93"]] * 130
    assert shown[169:199] == [["", "", ""]] * 30
    assert shown[199:] == [["131", "84", "99"]] * 101


def test_ivy_has_a_reading_from_before_opening() -> None:
    patient = Staged(Still(), start_s=100)
    assert ivy(said(IvyMonitor(patient), 1)[1])["NIBP"][:3] == ["121", "78", "93"]


def test_ivy_a_failed_measurement_and_a_partial_one() -> None:
    failed, partial = Cuff(100.0, None, None, None), Cuff(200.0, None, None, 90.0)
    messages = said(IvyMonitor(Still(readings=(READING, failed, partial))), 210)
    assert ivy(messages[110])["NIBP"][:4] == [""] * 4
    assert ivy(messages[210])["NIBP"][:3] == ["", "", "90"]


def test_ivy_waves_run_into_the_marks_under_interference() -> None:
    messages = said(IvyMonitor(Still(), interference=span(5, 6)), 6)
    assert {0xFE, 0xFF} <= set(messages[5][9:409])
    assert not {0xFE, 0xFF} & set(messages[4][9:409])
    assert ivy(messages[5]) == ivy(messages[4])


def test_ivy_switched_off_forgets() -> None:
    messages = said(IvyMonitor(Still(), off=span(60, 70)), 80)
    assert [t for t in range(1, 81) if t not in messages] == list(range(60, 70))
    assert ivy(messages[59])["NIBP"][0] == "121"
    assert ivy(messages[70])["NIBP"][0] == ""


# --- Medlab ------------------------------------------------------------------------------------

STATUS_REQUEST = b"\x0218;;DF\x03"  # printed in the sources of the summary, as are the next two
START, MANUAL = b"\x0201;;D7\x03", b"\x0203;;D9\x03"
_STATUS = re.compile(
    r"S(\d);A(\d);C(\d\d);M(\d\d);P(\d{3})(\d{3})(\d{3});R(\d{3});T(\d{4});;([0-9A-F]{2})"
)


def texts(stream: bytes) -> list[str]:
    """The texts of frames, of which the stream holds nothing else."""
    found = re.findall(rb"\x02([ -~]+)\x03\r", stream)
    assert b"".join(b"\x02" + text + b"\x03\r" for text in found) == stream
    return [text.decode("ascii") for text in found]


def status(stream: bytes) -> tuple[str, ...]:
    """M, sys, dia, mean and pulse of an only status, after checking its sum."""
    (text,) = texts(stream)
    found = _STATUS.fullmatch(text)
    assert found is not None
    assert int(found[10], 16) == sum(text[:-2].encode()) % 256
    return found.group(4, 5, 6, 7, 8)


def ask(monitor: MedlabMonitor, t_s: float, *requests: bytes) -> bytes:
    """Let time pass, ask, and take what comes within half a second."""
    said(monitor, t_s)
    for request in requests or (STATUS_REQUEST,):
        monitor.receive(request, t_s)
    return b"".join(said(monitor, t_s + 0.4).values())


def test_medlab_says_nothing_unasked_until_the_cuff_measures() -> None:
    assert said(MedlabMonitor(Still(readings=())), 300) == {}


def test_medlab_says_the_pressure_in_the_cuff_and_its_end() -> None:
    stream = said(MedlabMonitor(Still()), 60)
    pressures = [int(text) for data in stream.values() for text in texts(data)]
    assert min(stream) == 10.0
    assert max(stream) == 40.0
    assert len(pressures) == 61
    assert pressures[-1] == 999
    assert all(0 <= pressure <= 180 for pressure in pressures[:-1])
    assert max(pressures[:-1]) == 180
    assert all(len(text) == 3 for data in stream.values() for text in texts(data))


def test_medlab_tells_its_result_when_asked_and_again() -> None:
    monitor = MedlabMonitor(Still())
    assert status(ask(monitor, 45)) == ("00", "121", "078", "093", "071")
    assert status(ask(monitor, 400)) == ("00", "121", "078", "093", "071")


def test_medlab_has_no_result_or_one_from_before_opening() -> None:
    assert status(ask(MedlabMonitor(Still(readings=())), 5)) == ("00", "000", "000", "000", "000")
    before = MedlabMonitor(Staged(Still(), start_s=100))
    assert status(ask(before, 5)) == ("00", "121", "078", "093", "071")


def test_medlab_a_failed_measurement_has_an_error_and_no_numbers() -> None:
    monitor = MedlabMonitor(Still(readings=(READING, Cuff(200.0, None, None, None))))
    assert status(ask(monitor, 205)) == ("01", "000", "000", "000", "000")


def test_medlab_does_not_answer_while_it_measures() -> None:
    monitor = MedlabMonitor(Still())
    assert texts(ask(monitor, 20)) == []


def test_medlab_hears_requests_in_pieces_among_noise() -> None:
    pieces = [bytes([byte]) for byte in b"\x02\x03\xff18" + STATUS_REQUEST]
    assert len(texts(ask(MedlabMonitor(Still()), 45, *pieces))) == 1


@pytest.mark.parametrize("bit", range(8 * len(STATUS_REQUEST)))
def test_medlab_refuses_a_damaged_request(bit: int) -> None:
    damaged = bytearray(STATUS_REQUEST)
    damaged[bit // 8] ^= 1 << bit % 8
    assert ask(MedlabMonitor(Still()), 45, bytes(damaged)) == b""


def test_medlab_keeps_commands_and_does_not_obey() -> None:
    monitor = MedlabMonitor(Still(readings=()))
    assert ask(monitor, 5, START, MANUAL) == b""
    assert monitor.commands == ["01;;", "03;;"]
    assert said(monitor, 100) == {}


def test_medlab_may_lose_the_end() -> None:
    monitor = MedlabMonitor(Still(), end_lost=span(39, 41))
    stream = said(monitor, 60)
    assert max(stream) == 39.5
    assert b"999" not in b"".join(stream.values())
    assert status(ask(monitor, 60)) == ("00", "121", "078", "093", "071")


def test_medlab_switched_off_forgets_and_says_so() -> None:
    monitor = MedlabMonitor(Still(), off=span(60, 70))
    assert ask(monitor, 65) == b""
    stream = said(monitor, 75)
    assert list(stream) == [70.0]
    assert status(stream[70.0]) == ("00", "000", "000", "000", "000")


def test_medlab_begins_anew_in_the_middle_of_a_measurement() -> None:
    stream = said(MedlabMonitor(Still(), off=span(20, 25)), 60)
    assert not any(20 <= t_s < 25 for t_s in stream)
    first, *_ = texts(stream[25.0])
    assert first.startswith("S1")
    assert texts(stream[40.0]) == ["999"]


# --- Accutorr ----------------------------------------------------------------------------------


def answer(monitor: AccutorrMonitor, t_s: float, letters: bytes = b"P") -> bytes:
    monitor.receive(letters, t_s)
    return b"".join(said(monitor, t_s + 0.5).values())


def fields(line: bytes) -> list[str]:
    assert line[:2] == b"P:"
    assert line[-2:] == b"\r\n"
    found = line[2:-2].decode("ascii").split(",")
    assert len(found) == 9
    return found


def test_accutorr_says_nothing_unasked() -> None:
    assert AccutorrMonitor(Still()).next_s() is None


def test_accutorr_prompts() -> None:
    assert answer(AccutorrMonitor(Still()), 5, b"C") == b">"


def test_accutorr_answers_in_the_shape_of_the_manual() -> None:
    # The manual's own line is P:--,85,120, 45, 80,000,010,000, 5
    patient = Still({Parameter.PR: 85.0}, (Cuff(40.0, 120.0, 80.0, 45.0),))
    line = answer(AccutorrMonitor(patient), 40 + 5 * 60)
    assert line == b"P:--,85,120, 45, 80,000,000,000, 5\r\n"


def test_accutorr_mean_stands_before_diastolic() -> None:
    assert fields(answer(AccutorrMonitor(Still()), 100))[:5] == ["97", "71", "121", " 93", " 78"]


def test_accutorr_minutes_tell_old_from_new() -> None:
    again = Cuff(340.0, 121.0, 78.0, 93.0)
    monitor = AccutorrMonitor(Still(readings=(READING, again)))
    told = [fields(answer(monitor, float(t_s)))[8] for t_s in (41, 99, 101, 339, 341, 400)]
    assert told == [" 0", " 0", " 1", " 4", " 0", " 1"]
    assert fields(answer(monitor, 20_000.0))[8] == "99"


def test_accutorr_says_dashes_for_what_it_does_not_know() -> None:
    monitor = AccutorrMonitor(without(Parameter.SPO2, Parameter.PR))
    assert fields(answer(monitor, 10)) == ["--"] * 5 + ["000"] * 3 + ["--"]
    failed = AccutorrMonitor(Still(readings=(READING, Cuff(90.0, None, None, None))))
    assert fields(answer(failed, 100))[2:5] == ["--"] * 3
    partial = AccutorrMonitor(Still(readings=(Cuff(40.0, None, None, 90.0),)))
    assert fields(answer(partial, 100))[2:5] == ["--", " 90", "--"]


def test_accutorr_has_a_reading_from_before_opening() -> None:
    monitor = AccutorrMonitor(Staged(Still(), start_s=100))
    assert fields(answer(monitor, 1))[8] == " 1"


@pytest.mark.parametrize("letters", [b"", b"\r\n", b"L", b"p", b"c", b"\xff\x00", b"?"])
def test_accutorr_passes_over_what_it_does_not_know(letters: bytes) -> None:
    assert answer(AccutorrMonitor(Still()), 5, letters) == b""


def test_accutorr_answers_each_letter_in_turn() -> None:
    told = answer(AccutorrMonitor(Still()), 5, b"C\rP\r\nP")
    assert told.startswith(b">P:")
    assert told.count(b"\r\n") == 2


def test_accutorr_switched_off_is_silent_and_forgets() -> None:
    monitor = AccutorrMonitor(Still(), off=span(60, 70))
    assert fields(answer(monitor, 59))[2] == "121"
    assert answer(monitor, 65) == b""
    assert fields(answer(monitor, 71))[2:5] == ["--"] * 3


def test_a_flood_of_letters_is_bounded() -> None:
    assert answer(AccutorrMonitor(Still()), 5, b"P" * 100_000).count(b"P:") <= 32


# --- All ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [IvyMonitor, MedlabMonitor, AccutorrMonitor])
def test_the_calm_patient_speaks_through_all(
    kind: type[IvyMonitor] | type[MedlabMonitor] | type[AccutorrMonitor],
) -> None:
    streams = []
    for _ in range(2):
        monitor: Source = kind(CalmPatient(Baseline(), 1))
        if kind is AccutorrMonitor:
            monitor.receive(b"P", 100.0)
        streams.append(b"".join(said(monitor, 120).values()))
    assert streams[0] == streams[1] != b""
