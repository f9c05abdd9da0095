"""The virtual monitors' bytes, read from the protocols' tables."""

import struct
import threading
import time

import pytest

from devices.driver import PortError
from devices.port import open_port
from devices.virtual.patient import Baseline, CalmPatient, infusion_effect
from tests.devices.wire_reading import (
    EVERY_5_S,
    EVERY_10_S,
    MASIMO_LINE,
    MEASURING,
    NO_VALUE,
    OLDER,
    ONCE,
    STOP,
    TREND_60_S,
    Bench,
    Clock,
    cuff_readings,
    displayed,
    request,
    unframe,
)

AUTO = 1 << 3


def fields(line: str) -> dict[str, str]:
    return dict(word.split("=") for word in line.split()[2:])


# --- DRI ---------------------------------------------------------------------------------------


def test_the_request_builder_of_these_tests_gives_the_makers_own_bytes() -> None:
    assert request(1, 5) == EVERY_5_S
    assert request(1, -1) == ONCE
    assert request(1, 10, 14) == EVERY_10_S
    assert request(1, 0) == STOP
    assert request(3, 60, 14) == TREND_60_S


def test_dri_says_nothing_unasked() -> None:
    assert Bench("sim://datex_dri").until(120) == b""


def test_dri_answers_at_the_interval_that_was_asked() -> None:
    bench = Bench("sim://datex_dri")
    bench.port.write(EVERY_5_S)
    records = displayed(bench.until(61))
    assert [record.r_time - records[0].r_time for record in records] == list(range(0, 61, 5))
    assert all(len(record.record) == 40 + 278 for record in records)
    assert [record.record[2] for record in records] == list(range(13))  # they are counted


def test_dri_hears_a_request_in_pieces_after_noise() -> None:
    bench = Bench("sim://datex_dri")
    bench.port.write(b"\x00\xff\x7e\x7e")
    for byte in EVERY_5_S:
        bench.port.write(bytes([byte]))
    assert len(displayed(bench.until(10))) == 2


@pytest.mark.parametrize("bit", range(8 * len(EVERY_5_S)))
def test_dri_refuses_a_damaged_request(bit: int) -> None:
    damaged = bytearray(EVERY_5_S)
    damaged[bit // 8] ^= 1 << bit % 8
    bench = Bench("sim://datex_dri")
    bench.port.write(bytes(damaged))
    assert bench.until(8) == b""


@pytest.mark.parametrize(("offset", "value"), [(0, 48), (0, 50), (14, 1), (14, 4), (18, 1)])
def test_dri_refuses_what_is_whole_but_no_request_for_numerics(offset: int, value: int) -> None:
    record = bytearray(EVERY_5_S[1:-2])
    record[offset] = value  # the length; the main type: waveforms, alarms; the subrecord's type
    bench = Bench("sim://datex_dri")
    bench.port.write(b"\x7e" + bytes(record) + bytes([sum(record) & 0xFF]) + b"\x7e")
    assert bench.until(8) == b""


def test_dri_stops_when_told() -> None:
    bench = Bench("sim://datex_dri")
    bench.port.write(EVERY_5_S)
    assert bench.until(2) != b""
    bench.port.write(STOP)
    assert bench.until(60) == b""


def test_dri_refuses_intervals_below_five_seconds() -> None:
    bench = Bench("sim://datex_dri")
    for interval in (1, 4, -2):
        bench.port.write(request(1, interval))
    assert bench.until(30) == b""


def test_dri_gives_single_records_no_faster_than_every_five_seconds() -> None:
    bench = Bench("sim://datex_dri")
    said = b""
    for t_s in range(20):
        bench.port.write(ONCE)
        said += bench.until(t_s + 1)
    assert len(displayed(said)) == 4


def test_dri_sends_every_class_that_was_asked_as_a_part_of_its_own() -> None:
    bench = Bench("sim://datex_dri")
    bench.port.write(EVERY_10_S)
    (record,) = unframe(bench.until(2))
    parts = [struct.unpack_from("<hB", record, 16 + 3 * index) for index in range(5)]
    assert parts == [(0, 1), (278, 1), (556, 1), (834, 1), (0, 0xFF)]
    classes = [struct.unpack_from("<H", record, 40 + 278 * n + 276)[0] >> 8 for n in range(4)]
    assert classes == [0, 1, 2, 3]
    assert struct.unpack_from("<h", record, 40 + 278 + 128)[0] == NO_VALUE


def test_dri_header_and_groups() -> None:
    bench = Bench("sim://datex_dri?plug=513&hr=80&spo2=96&without=EtCO2,Temp")
    bench.port.write(EVERY_5_S)
    (record,) = displayed(bench.until(2))
    assert record.plug_id == 513
    assert record.record[3] == 11
    assert struct.unpack_from("<h", record.record, 14)[0] == 0
    assert record.u16(276) & 0xF00 == 0
    assert record.u32(0) == record.r_time
    assert 70 <= record.hr <= 90
    assert record.i16(230) == record.hr
    assert 70 <= record.pr <= 90
    assert 9300 <= record.spo2 <= 9900
    assert 10 <= record.impedance_rr <= 18
    assert record.u32(4) == 0b1011  # exists, active, the rate is from ECG
    assert record.u32(122) == 0b11
    assert record.u32(20) == record.u32(90) == record.u32(136) == 0  # no such modules
    assert record.i16(96) == record.i16(142) == record.i16(26) == NO_VALUE


def test_dri_stuffs_what_looks_like_a_flag() -> None:
    bench = Bench("sim://datex_dri?plug=32126")  # 0x7D7E
    bench.port.write(EVERY_5_S)
    stream = bench.until(2)
    assert b"\x7d\x5e\x7d\x5d" in stream
    assert displayed(stream)[0].plug_id == 0x7D7E


def test_dri_probe_and_leads_off_are_sentinels() -> None:
    bench = Bench("sim://datex_dri?probe_off=10-20,30-40&leads_off=50-60&without=EtCO2")
    bench.port.write(EVERY_5_S)
    records = displayed(bench.until(65))  # at 1, 6, 11, ...
    missing = [index for index, record in enumerate(records) if record.spo2 == NO_VALUE]
    assert missing == [2, 3, 6, 7]
    assert all(records[index].pr == NO_VALUE for index in missing)
    assert all(records[index].u32(122) == 0b01 for index in missing)  # there, not active
    assert all(records[index].hr > 0 for index in missing)
    off = [index for index, record in enumerate(records) if record.hr == NO_VALUE]
    assert off == [10, 11]
    assert all(records[index].u32(4) == 0b11 | 0b111 << 11 for index in off)
    assert all(records[index].impedance_rr == NO_VALUE for index in off)
    assert all(records[index].pr > 0 for index in off)


def test_dri_cuff_measures_then_stands_then_is_old() -> None:
    bench = Bench("sim://datex_dri")  # a reading at 40 s, the next at 340 s
    bench.port.write(EVERY_5_S)
    records = displayed(bench.until(340))
    bits = {1 + 5 * index: record.nibp_bits for index, record in enumerate(records)}
    assert all(record.nibp == (NO_VALUE,) * 3 for record in records[:8])
    assert [t for t, found in bits.items() if found & MEASURING] == [
        *range(11, 40, 5),
        *range(311, 340, 5),
    ]
    assert [t for t, found in bits.items() if found & OLDER] == list(range(106, 310, 5))
    assert all(found & AUTO for found in bits.values())
    shown = {record.nibp for record in records} - {(NO_VALUE,) * 3}
    assert len(shown) == 1
    high, low, mean = shown.pop()
    assert 10000 < high < 14500
    assert low < mean < high
    assert high % 100 == low % 100 == 0


def test_dri_auxiliary_record_has_the_time_of_the_reading_that_is_shown() -> None:
    bench = Bench("sim://datex_dri")
    bench.port.write(request(1, 5) + request(4, 5))
    records = unframe(bench.until(60))
    kinds = [record[18] for record in records]
    assert kinds == [1, 4] * 12
    first = displayed(bench_bytes(records))[0].r_time - 1
    times = [struct.unpack_from("<I", record, 40)[0] for record in records if record[18] == 4]
    assert all(len(record) == 40 + 114 for record in records if record[18] == 4)
    assert times == [0] * 8 + [first + 40] * 4


def bench_bytes(records: list[bytes]) -> bytes:
    """Frame records again (without stuffing: none of these need it)."""
    framed = b""
    for record in records:
        whole = record + bytes([sum(record) & 0xFF])
        whole = whole.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
        framed += b"\x7e" + whole + b"\x7e"
    return framed


def test_dri_shows_an_old_reading_as_old_when_we_connect() -> None:
    bench = Bench("sim://datex_dri?start_s=200")
    bench.port.write(request(1, 5) + request(4, 5))
    records = unframe(bench.until(2))
    shown = displayed(bench_bytes(records))[0]
    assert shown.nibp[0] > 0
    assert shown.nibp_bits & OLDER
    nibp_time = struct.unpack_from("<I", records[1], 40)[0]
    assert shown.r_time - nibp_time == 161


@pytest.mark.parametrize("interval", [5, 7, 10, 30, 60])
def test_dri_loses_and_doubles_no_reading_at_any_interval(interval: int) -> None:
    bench = Bench("sim://datex_dri?cuff_min=3")
    bench.port.write(request(1, interval))
    assert len(cuff_readings(bench.until(3600))) == 20


def test_silence_loses_what_is_said_both_ways() -> None:
    bench = Bench("sim://datex_dri?silent=10-20")
    bench.port.write(EVERY_5_S)
    records = displayed(bench.until(30))
    assert [record.r_time - records[0].r_time for record in records] == [0, 5, 20, 25]
    bench = Bench("sim://datex_dri?silent=0-5")
    bench.port.write(EVERY_5_S)
    assert bench.until(30) == b""


# --- Masimo ------------------------------------------------------------------------------------


def test_masimo_says_one_line_a_second() -> None:
    said = Bench("sim://masimo_ascii1?sn=93112&spo2=98&hr=60", MASIMO_LINE).until(5)
    lines = said.decode("ascii").split("\r\n")
    assert len(lines) == 6
    assert lines[-1] == ""
    for number, line in enumerate(lines[:5], start=1):
        assert line.startswith(f"01/01/26 00:00:0{number} ")
        found = fields(line)
        assert list(found) == ["SN", "SPO2", "BPM", "PI", "DESAT", "PIDELTA", "ALARM", "EXC"]
        assert found["SN"] == "0000093112"
        assert 95 <= int(found["SPO2"].removesuffix("%")) <= 100
        assert 50 <= int(found["BPM"]) <= 70
        assert found["EXC"] == "000800"


def test_masimo_probe_off_is_dashes() -> None:
    said = Bench("sim://masimo_ascii1?probe_off=3-5", MASIMO_LINE).until(6).decode("ascii")
    off = ["SPO2=---%" in line for line in said.split("\r\n")[:6]]
    assert off == [False, False, True, True, False, False]
    found = fields(said.split("\r\n")[2])
    assert (found["BPM"], found["PI"], found["EXC"]) == ("---", "--.--%", "000820")


def test_masimo_desaturates_and_recovers() -> None:
    said = Bench("sim://masimo_ascii1?desaturate=60-120", MASIMO_LINE).until(200).decode("ascii")
    spo2 = [int(fields(line)["SPO2"][:3]) for line in said.split("\r\n")[:-1]]
    assert min(spo2[:59]) >= 94
    assert max(spo2[80:119]) <= 88
    assert min(spo2[140:]) >= 94


def test_the_same_seed_gives_the_same_bytes_however_they_are_read() -> None:
    url = "sim://masimo_ascii1?seed=7"
    steady = Bench(url, MASIMO_LINE).until(300)
    clock = Clock()
    port = open_port(url, MASIMO_LINE, clock)
    clock.s = 300
    assert port.read(0) == steady
    assert Bench("sim://masimo_ascii1?seed=8", MASIMO_LINE).until(300) != steady


def test_the_same_seed_begun_part_way_through_goes_on_as_the_whole() -> None:
    def values(said: bytes) -> list[str]:
        return [line[17:] for line in said.decode("ascii").split("\r\n")]

    whole = Bench("sim://masimo_ascii1?seed=7", MASIMO_LINE).until(130)
    part = Bench("sim://masimo_ascii1?seed=7&start_s=100", MASIMO_LINE).until(30)
    assert values(part) == values(whole)[100:]


def test_the_device_clock_runs_on_over_a_reconnection() -> None:
    clock = Clock(5000.0)
    first = Bench("sim://masimo_ascii1", MASIMO_LINE, clock).until(10)
    clock.s += 50
    second = Bench("sim://masimo_ascii1", MASIMO_LINE, clock).until(1)
    assert first.splitlines()[-1][:17] == b"01/01/26 01:23:30"
    assert second[:17] == b"01/01/26 01:24:21"


# --- the patient --------------------------------------------------------------------------------


def test_dosing_raises_the_pressure_most_at_40_minutes() -> None:
    def mean_sys(start_s: int) -> float:
        found = []
        for seed in range(20):
            url = f"sim://datex_dri?seed={seed}&cuff_min=1&infusion_s=0&start_s={start_s}"
            bench = Bench(url)
            bench.port.write(EVERY_5_S)
            found += [high / 100 for high, _, _ in cuff_readings(bench.until(130))]
        return sum(found) / len(found)

    calm, peak, after = mean_sys(0), mean_sys(2340), mean_sys(2 * 3600)
    assert peak - calm == pytest.approx(15, abs=3)
    assert after - calm < 6


def test_a_patient_asked_again_about_the_past_answers_the_same() -> None:
    patient = CalmPatient(Baseline(), 3)
    early, late = dict(patient.at(50)), dict(patient.at(400))
    assert (patient.at(50), patient.at(400)) == (early, late)
    assert early != late


def test_course_begins_peaks_and_ends() -> None:
    assert infusion_effect(-1) == infusion_effect(0) == infusion_effect(1e9) == 0
    assert infusion_effect(2400) == 1
    assert infusion_effect(600) == pytest.approx(0.44)
    assert infusion_effect(900) == pytest.approx(0.585)


# --- options ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sim://nihon", "There is no virtual monitor nihon; there are accutorr3_ascii, bbraun"),
        ("sim://", "There is no virtual monitor (no name)"),
        ("sim://datex_dri?patient=x", "There is no simulated patient x; there is calm."),
        ("sim://datex_dri?hr=nan", "sim://datex_dri: hr=nan is no number from 30 to 220."),
        ("sim://datex_dri?spo2=0", "spo2=0 is no number from 50 to 100."),
        ("sim://datex_dri?seed=1.5", "seed=1.5 is no whole number."),
        ("sim://datex_dri?hr", "hr needs a value (hr=...)."),
        ("sim://datex_dri?hr=70&hr=80", "hr is given twice."),
        ("sim://datex_dri?sn=1", "has no option sn here"),
        ("sim://datex_dri?without=CO2", "without=CO2 is none of HR, PR, SpO2, RR, EtCO2, Temp."),
        ("sim://datex_dri?without=NIBP_sys", "without=NIBP_sys is none of HR, PR,"),
        ("sim://datex_dri?hart=1", "has no option hart here; it has cuff_fails, cuff_min,"),
        ("sim://datex_dri?silent=9-3", "silent=9-3 is no list of intervals in seconds"),
        ("sim://datex_dri?probe_off=60", "probe_off=60 is no list of intervals"),
        ("sim://datex_dri?plug=65536", "plug=65536 is no number from 0 to 65535."),
        ("sim://masimo_ascii1?sn=12345678901", "sn=12345678901 is not one to ten digits."),
        ("sim://bbraun_bcc?rate=-1", "rate=-1 is no number from 0 to 1200."),
        ("sim://bbraun_bcc?from=60&until=59", "until=59 is no number from 60 to 1e+07."),
        ("sim://masimo_ascii1?sn=A1", "sn=A1 is not one to ten digits."),
    ],
)
def test_a_wrong_url_is_refused_in_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(PortError) as caught:
        open_port(url, MASIMO_LINE)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


# --- waiting ------------------------------------------------------------------------------------


def test_a_fast_clock_makes_a_waiting_reader_wake_in_time() -> None:
    begin = time.monotonic()
    port = open_port("sim://masimo_ascii1", MASIMO_LINE, lambda: (time.monotonic() - begin) * 50)
    said, reads = b"", 0
    while said.count(b"\n") < 20 and time.monotonic() < begin + 10:
        said += port.read(5)
        reads += 1
    assert said.count(b"\n") >= 20
    assert time.monotonic() - begin < 3  # 20 of its seconds are 0.4 of ours
    assert reads > 10


def test_waiting_costs_nothing() -> None:
    asked = 0

    def now_s() -> float:
        nonlocal asked
        asked += 1
        return time.monotonic()

    port = open_port("sim://masimo_ascii1", MASIMO_LINE, now_s)
    assert port.read(3).count(b"\n") == 1
    assert asked < 30


def test_a_write_and_a_close_wake_a_waiting_reader() -> None:
    begin = time.monotonic()
    port = open_port("sim://datex_dri", MASIMO_LINE, lambda: (time.monotonic() - begin) * 20)
    heard: list[bytes] = []
    lost: list[str] = []

    def listen() -> None:
        try:
            heard.append(port.read(30))
            port.read(30)
            port.read(30)
        except PortError as error:
            lost.append(str(error))

    reader = threading.Thread(target=listen)
    reader.start()
    port.write(ONCE)
    while not heard and time.monotonic() < begin + 10:
        reader.join(0.01)
    assert len(displayed(heard[0])) == 1
    port.close()
    reader.join(10)
    assert not reader.is_alive()
    assert len(lost) == 1


def test_what_nobody_reads_is_lost_from_its_old_end() -> None:
    clock = Clock()
    port = open_port("sim://masimo_ascii1", MASIMO_LINE, clock)
    clock.s = 86_400
    said = b"".join(iter(lambda: port.read(0), b""))
    assert len(said) == 65536
    assert said.splitlines()[-1].startswith(b"01/02/26 00:00:00")
