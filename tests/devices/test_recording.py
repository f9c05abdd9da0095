"""Real patients' numerics, spoken by virtual monitors: every value right, no zero ever a number."""

import csv
from bisect import bisect_right
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import PortError
from devices.numeric import CUFF, Parameter
from devices.port import open_port
from devices.virtual.datex_monitor import NibpDisplay
from devices.virtual.patient import Cuff
from devices.virtual.recording import RecordedPatient, read_recording
from tests.devices.wire_reading import (
    DRI_LINE,
    EVERY_5_S,
    MASIMO_LINE,
    MEASURING,
    NO_VALUE,
    OLDER,
    Bench,
    Displayed,
    cuff_readings,
    displayed,
    request,
)

ROOT = Path(__file__).parents[2]
EXCERPT = ROOT / "tests" / "recordings" / "mimic3_s25047_excerpt.csv"
SHARED = ROOT.parent / "shared" / "recordings"
HEAD = "t_seconds,parameter,value,unit\n"

Rows = dict[str, list[tuple[float, float]]]


def rows_of(path: Path) -> Rows:
    """The file once more, read without the code under test."""
    rows: Rows = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["parameter"], []).append(
                (float(row["t_seconds"]), float(row["value"]))
            )
    return rows


def play(path: Path, until_s: int, step_s: int = 1, wanted: bytes = EVERY_5_S) -> list[Displayed]:
    bench = Bench(f"sim://datex_dri?recording={path}")
    bench.port.write(wanted)
    said = b""
    for t_s in range(step_s, until_s + step_s, step_s):
        bench.clock.s = min(t_s, until_s)
        said += bench.port.read(0)
    return displayed(said)


def expected_cuffs(rows: Rows) -> list[tuple[int, int, int]]:
    times = sorted({t for name in ("NIBP_sys", "NIBP_dia", "NIBP_mean") for t, _ in rows[name]})
    found = []
    for t_s in times:
        parts = [dict(rows[name]).get(t_s, 0) for name in ("NIBP_sys", "NIBP_dia", "NIBP_mean")]
        found.append(tuple(round(part * 100) if part else NO_VALUE for part in parts))
    return [(a, b, c) for a, b, c in found]


def shown_cuffs(records: list[Displayed]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    marked = True
    for record in records:
        if record.nibp_bits & (MEASURING | OLDER):
            marked = True
        elif record.nibp != (NO_VALUE,) * 3 and (marked or record.nibp != found[-1]):
            found.append(record.nibp)
            marked = False
    return found


def check_continuous(rows: Rows, records: list[Displayed]) -> int:
    """Each number sent is the row that holds; a zero or an impossible row is never one."""
    begin, checked = records[0].r_time - 1, 0
    spacing = {
        name: median(after - before for (before, _), (after, _) in pairwise(found))
        for name, found in rows.items()
    }
    for record in records:
        for name, sent, scale in (
            ("HR", record.hr, 1),
            ("PR", record.pr, 1),
            ("SpO2", record.spo2, 100),
            ("RR", record.impedance_rr, 1),
        ):
            if name not in rows:
                assert sent == NO_VALUE
                continue
            held = bisect_right([t for t, _ in rows[name]], record.r_time - begin) - 1
            value = rows[name][held][1] if held >= 0 else 0.0
            low, high = Parameter(name).range
            if sent == NO_VALUE:
                age = record.r_time - begin - rows[name][max(held, 0)][0]
                assert held < 0 or not low <= value <= high or age > 2 * spacing[name]
            else:
                assert low <= value <= high
                assert sent == round(value * scale)
                checked += 1
    return checked


def test_the_excerpt_says_where_it_comes_from() -> None:
    words = (EXCERPT.parent / "README.md").read_text(encoding="utf-8")
    for word in (EXCERPT.name, "MIMIC-III Waveform Database Matched Subset", "PhysioNet", "ODbL"):
        assert word in words


def test_the_excerpt_as_dri_every_value_and_every_cuff_reading() -> None:
    rows = rows_of(EXCERPT)
    records = play(EXCERPT, 1860)
    assert check_continuous(rows, records) > 1300
    assert len(expected_cuffs(rows)) == 9
    assert shown_cuffs(records) == expected_cuffs(rows)
    assert (NO_VALUE, NO_VALUE, 9400) in shown_cuffs(records)  # only a mean was recorded


def test_the_excerpts_zeros_are_no_values() -> None:
    records = play(EXCERPT, 430)
    by_s = {1 + 5 * index: record for index, record in enumerate(records)}
    for t_s in (1, 56, 61, 116):  # SpO2 and PR 0: the probe is off
        assert by_s[t_s].spo2 == by_s[t_s].pr == NO_VALUE
        assert by_s[t_s].hr in (101, 103)
    assert by_s[121].spo2 == 9570
    assert by_s[361].hr == by_s[361].impedance_rr == NO_VALUE
    assert by_s[361].u32(4) == 0b1011  # the leads are on: there is just no rate
    assert by_s[361].pr == 40


def test_the_excerpt_as_masimo() -> None:
    bench = Bench(f"sim://masimo_ascii1?recording={EXCERPT}", MASIMO_LINE)
    lines = bench.until(960).decode("ascii").splitlines()
    at = dict(enumerate(lines, start=1))
    assert "SPO2=---% BPM=--- PI=--.--%" in at[1]
    assert at[1].endswith("EXC=000820")
    assert "SPO2=096% BPM=088" in at[120] or "SPO2=096% BPM=089" in at[120]
    assert "SPO2=---% BPM=075" in at[840]  # saturation lost, pulse kept: the sensor is not off
    assert at[840].endswith("EXC=000800")
    assert not any("=000%" in line or "BPM=000" in line for line in lines)


def test_a_recording_may_begin_part_way_through() -> None:
    bench = Bench(f"sim://datex_dri?recording={EXCERPT}&start_s=1200")
    bench.port.write(EVERY_5_S)
    first, *rest = displayed(bench.until(90))
    assert first.hr == 60
    assert first.nibp == (8900, 6300, 7500)  # taken at 1020 s: already there when we connect
    assert first.nibp_bits & OLDER
    assert rest[-1].nibp == (6300, 4100, 5200)
    assert not rest[-1].nibp_bits & (OLDER | MEASURING)


def test_switches_work_on_a_recording_too() -> None:
    bench = Bench(f"sim://datex_dri?recording={EXCERPT}&start_s=1200&probe_off=10-20")
    bench.port.write(EVERY_5_S)
    spo2 = [record.spo2 for record in displayed(bench.until(30))]  # at 1, 6, 11, ...
    assert spo2 == [10000, 10000, NO_VALUE, NO_VALUE, 10000, 10000]


# --- the whole recordings -----------------------------------------------------------------------


def shared(pattern: str) -> list[Path]:
    return sorted(SHARED.glob(pattern))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the whole recordings are not beside the project")
@pytest.mark.parametrize("path", shared("mimic3_numerics/*.csv"), ids=lambda path: path.stem)
def test_a_whole_recording(path: Path) -> None:
    rows = rows_of(path)
    last = int(max(found[-1][0] for found in rows.values()))
    records = play(path, last + 130, 30, request(1, 30))
    assert check_continuous(rows, records) > 100
    assert shown_cuffs(records) == expected_cuffs(rows)
    assert records[-1].hr == records[-1].pr == records[-1].spo2 == NO_VALUE  # it is over


@pytest.mark.skipif(not SHARED.is_dir(), reason="the whole recordings are not beside the project")
@pytest.mark.parametrize("path", shared("*/*_[0-9]*.csv"), ids=lambda path: path.stem)
def test_a_recording_at_one_value_a_second(path: Path) -> None:
    rows = rows_of(path)
    rows.pop("RR") if "EtCO2" in rows else None  # then breathing is in the capnograph's group
    records = play(path, 200)
    begin = records[0].r_time - 1
    if "EtCO2" not in rows:
        assert check_continuous(rows, records) > 50
        return
    for record in records:
        t_s = record.r_time - begin
        et = [value for at, value in rows["EtCO2"] if at <= t_s][-1]
        assert record.i16(142) == (round(et * 100) if et >= 0.14 else NO_VALUE)
        assert record.i16(148) == 7600


# --- holding and cuffs --------------------------------------------------------------------------


def write(path: Path, *lines: str) -> Path:
    file = path / "rec.csv"
    file.write_text(HEAD + "".join(line + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_value_holds_for_twice_the_usual_spacing_and_no_longer(tmp_path: Path) -> None:
    times = [0, 10, 20, 30, 100]
    patient = read_recording(str(write(tmp_path, *(f"{t},HR,{60 + t},bpm" for t in times))))
    held = [t_s for t_s in range(150) if isinstance(patient.at(t_s)[Parameter.HR], float)]
    assert held == [*range(51), *range(100, 121)]
    assert patient.at(29.9)[Parameter.HR] == 80


def test_temperature_and_carbon_dioxide_reach_their_groups(tmp_path: Path) -> None:
    lines = ("0,Temp,36.85,°C", "0,EtCO2,38,mmHg", "0,RR,12,/min", "0,HR,70,/min")
    (record,) = play(write(tmp_path, *lines), 2)
    assert record.i16(96) == 3685
    assert record.u32(90) == 3
    assert record.i16(142) * record.i16(148) / 100_000 == pytest.approx(38, abs=0.05)
    assert record.i16(146) == 12
    assert record.impedance_rr == NO_VALUE


def test_cuff_rows_seconds_apart_and_with_the_same_numbers_are_all_told(tmp_path: Path) -> None:
    lines = [
        f"{t},NIBP_{part},{value},mmHg"
        for t in (60, 63, 64, 120, 300)
        for part, value in (("sys", 120), ("dia", 80), ("mean", 93))
    ]
    assert shown_cuffs(play(write(tmp_path, *lines), 400)) == [(12000, 8000, 9300)] * 5


def test_a_cuff_that_failed_measures_and_gives_nothing(tmp_path: Path) -> None:
    lines = ("60,NIBP_sys,120,mmHg", "120,NIBP_sys,0,mmHg", "120,NIBP_dia,0,mmHg")
    records = play(write(tmp_path, *lines), 180)
    by_s = {1 + 5 * index: record for index, record in enumerate(records)}
    assert by_s[61].nibp == (12000, NO_VALUE, NO_VALUE)
    assert by_s[91].nibp_bits & MEASURING
    assert by_s[121].nibp == (NO_VALUE,) * 3
    assert not by_s[121].nibp_bits & MEASURING
    assert shown_cuffs(records) == [(12000, NO_VALUE, NO_VALUE)]


readings = st.lists(
    st.tuples(st.integers(2, 400), st.sampled_from([0, 118, 120])),
    unique_by=lambda reading: reading[0],
    max_size=12,
).map(sorted)


@given(readings=readings, interval=st.integers(5, 60))
def test_no_cuff_is_lost_or_told_twice(readings: list[tuple[int, int]], interval: int) -> None:
    rows = {CUFF[0]: [(float(t), float(value)) for t, value in readings]}
    display = NibpDisplay(RecordedPatient(rows))
    told: list[float] = []
    last: float | None = None
    marked = False
    for t_s in range(1, 500 + 30 * interval, interval):
        cuff, bits = display.record(float(t_s))
        if bits & (MEASURING | OLDER):
            marked = True
        elif isinstance(cuff, Cuff) and cuff.sys is not None and (marked or cuff.sys != last):
            told.append(cuff.sys)
            last, marked = cuff.sys, False
            assert cuff.t_s <= t_s
    assert told == [value for _, value in readings if value]


def test_after_a_pause_only_the_last_reading_is_shown() -> None:
    rows = {CUFF[0]: [(t, 100 + t / 100) for t in (10.0, 100.0, 200.0, 300.0)]}
    display = NibpDisplay(RecordedPatient(rows))
    assert display.record(1)[1] & MEASURING
    assert display.record(11)[0] == Cuff(10, 100.1, None, None)
    cuff, bits = display.record(400)
    assert cuff == Cuff(300, 103, None, None)
    assert bits & OLDER


# --- what is wrong with a file ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "line 1: the header is not t_seconds,parameter,value,unit."),
        ("t,parameter,value,unit\n0,HR,60,bpm\n", "line 1: the header is not"),
        ("t_seconds,parameter,value\n0,HR,60\n", "line 1: the header is not"),
        (HEAD, "holds none of HR, PR, SpO2, NIBP_sys"),
        (HEAD + "0,ABP_sys,120,mmHg\n", "holds none of HR, PR, SpO2, NIBP_sys"),
        (HEAD + "0,HR,60,bpm\n1,HR,61\n", "line 3: 3 columns, not 4."),
        (HEAD + "0,HR,60,bpm\n\n1,HR,61,bpm\n", "line 3: 0 columns, not 4."),
        (HEAD + "0,HR,sixty,bpm\n", "line 2: the value sixty is no number."),
        (HEAD + "0,HR,,bpm\n", "line 2: the value (empty) is no number."),
        (HEAD + "0,HR,nan,bpm\n", "line 2: the value nan is no number."),
        (HEAD + "noon,HR,60,bpm\n", "line 2: the time noon is no number."),
        (HEAD + "5,HR,60,bpm\n4,HR,61,bpm\n", "line 3: 4 s comes after a later time"),
        (HEAD + "5,ABP_sys,60,mmHg\n4,HR,61,bpm\n", "line 3: 4 s comes after a later time"),
        (HEAD + "0,Temp,98.6,°F\n", "line 2: Temp in °F, not °C."),
        (HEAD + "0,NIBP_sys,16,kPa\n", "line 2: NIBP_sys in kPa, not mmHg."),
        (HEAD + "0,HR,60,\n", "line 2: HR in (no unit), not /min."),
        (HEAD + "0,HR,60,bpm\n0,HR,61,bpm\n", "line 3: a second HR at 0 s."),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "rec.csv"
    file.write_text(content, encoding="utf-8")
    for monitor, line in (("datex_dri", DRI_LINE), ("masimo_ascii1", MASIMO_LINE)):
        with pytest.raises(PortError) as caught:
            open_port(f"sim://{monitor}?recording={file}", line)
        assert sentence in str(caught.value)
        assert str(file) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_no_text_are_named(tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_bytes(b"\xff\xfe\x00t")
    for path, sentence in (
        (tmp_path / "gone.csv", "gone.csv is not there."),
        (tmp_path, "cannot be read as text."),
        (odd, "odd.csv cannot be read as text."),
    ):
        with pytest.raises(PortError) as caught:
            open_port(f"sim://datex_dri?recording={path}", DRI_LINE)
        assert sentence in str(caught.value)


def test_options_of_the_simulated_patient_do_not_fit_a_recording() -> None:
    with pytest.raises(PortError, match="has no option hr here"):
        open_port(f"sim://datex_dri?recording={EXCERPT}&hr=70", DRI_LINE)


def test_other_parameters_are_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path, "0,EtAgent,1.2,%", "0,HR,70,bpm", "1,FiO2,n/a,?")
    (record,) = play(file, 2)
    assert record.hr == 70
    assert cuff_readings(b"") == []
