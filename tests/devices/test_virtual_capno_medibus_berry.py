"""Three virtual monitors' bytes, read from the protocols' tables, not through a driver."""

from devices.numeric import Parameter
from devices.virtual.berry_monitor import BerryArtefacts, BerryMonitor
from devices.virtual.capnostream_monitor import (
    CapnostreamArtefacts,
    CapnostreamMonitor,
    framed,
)
from devices.virtual.medibus_monitor import MedibusArtefacts, MedibusMonitor
from devices.virtual.patient import Cuff, Staged, Vitals
from devices.virtual.query import Intervals
from devices.virtual.wire import Source

SHOWN = {
    Parameter.HR: 72.0,
    Parameter.PR: 71.0,
    Parameter.SPO2: 97.0,
    Parameter.RR: 14.0,
    Parameter.ETCO2: 38.0,
    Parameter.TEMP: 36.8,
}
ENABLE, START = b"\x85\x01\x01\x00", b"\x85\x01\x04\x05"
ALIVE, STOP = b"\x85\x01\x06\x07", b"\x85\x01\x05\x04"


class Steady:
    """A patient who never changes; a cuff reading at 40 and at 100 s, the one at 160 s fails."""

    def at(self, t_s: float) -> Vitals:
        return SHOWN

    def cuffs(self, after_s: float, until_s: float) -> list[Cuff]:
        found = [Cuff(t_s, 118, 76, 90) for t_s in (40.0, 100.0)] + [Cuff(160.0, None, None, None)]
        return [cuff for cuff in found if after_s < cuff.t_s <= until_s]


def during(begin: float, end: float) -> Intervals:
    return Intervals(((begin, end),))


def until(monitor: Source, t_s: float) -> list[tuple[float, bytes]]:
    said = []
    while (due := monitor.next_s()) is not None and due < t_s:
        said.append((due, monitor.emit()))
    return said


def clock_s(t_s: float) -> int:
    return 1_767_225_600 + int(t_s)


# --- Capnostream ----------------------------------------------------------------------------------


def capno(stream: bytes) -> list[tuple[int, bytes]]:
    """Code and payload of each frame; every byte must belong to one and every XOR be right."""
    found, at = [], 0
    while at < len(stream):
        assert stream[at] == 0x85
        at += 1
        check, length, plain = 0, None, []
        while length is None or len(plain) < length + 2:
            byte = stream[at]
            last = length is not None and len(plain) == length + 1
            assert byte != 0x85
            check ^= 0 if last else byte
            at += 1
            if byte == 0x80:
                check ^= 0 if last else stream[at]
                byte = {5: 0x85, 0: 0x80}[stream[at]]
                at += 1
            length = byte if length is None else length
            plain.append(byte)
        assert plain[-1] == check
        found.append((plain[1], bytes(plain[2:-1])))
    return found


def capnostream(artefacts: CapnostreamArtefacts | None = None, **staged: Intervals) -> Source:
    return CapnostreamMonitor(Staged(Steady(), **staged), clock_s, artefacts=artefacts)  # type: ignore[arg-type]


def kept_alive(monitor: Source, t_s: int) -> list[tuple[float, int, bytes]]:
    """Enable, start, then a sign of life each 5 s; all that comes back."""
    said = []
    monitor.receive(ENABLE + START, 0.0)
    for s in range(t_s):
        if s % 5 == 0:
            monitor.receive(ALIVE, float(s))
        for due, data in until(monitor, s + 1):
            said += [(due, code, payload) for code, payload in capno(data)]
    return said


def test_capnostream_is_silent_until_enabled_and_started() -> None:
    monitor = capnostream()
    assert monitor.next_s() is None
    monitor.receive(START, 1.0)
    assert monitor.next_s() is None
    monitor.receive(ENABLE, 2.0)
    ((_, data),) = until(monitor, 60)
    assert capno(data) == [(4, b"V45.67 02/24/2008 B355987654  ")]


def test_capnostream_sends_20_samples_and_one_record_a_second() -> None:
    said = kept_alive(capnostream(), 10)
    assert sum(code == 0 for _, code, _ in said) in range(180, 201)
    records = [payload for _, code, payload in said if code == 1]
    assert len(records) == 9
    for at, record in enumerate(records, 1):
        assert len(record) == 27
        assert int.from_bytes(record[:4], "big") == clock_s(at)
        assert list(record[4:9]) == [38, 0, 14, 97, 71]
        assert (record[13], record[14], record[25]) == (0, 0, 1)


def test_capnostream_stops_without_a_sign_of_life() -> None:
    monitor = capnostream()
    monitor.receive(ENABLE + START, 0.0)
    assert max(due for due, _ in until(monitor, 60)) < 12
    assert monitor.next_s() is None
    monitor.receive(ALIVE, 61.0)
    assert monitor.next_s() is None
    monitor.receive(ENABLE + START, 62.0)
    assert monitor.next_s() is not None


def test_capnostream_stops_when_told_and_when_restarted() -> None:
    monitor = capnostream()
    monitor.receive(ENABLE + START, 0.0)
    until(monitor, 3)
    monitor.receive(STOP, 3.0)
    assert monitor.next_s() is None
    monitor = capnostream(CapnostreamArtefacts(restart=(5.0,)))
    said = kept_alive(monitor, 20)
    assert max(due for due, _, _ in said) < 5


def record_at(t_s: int, artefacts: CapnostreamArtefacts, **staged: Intervals) -> bytes:
    said = kept_alive(capnostream(artefacts, **staged), t_s + 1)
    return next(payload for due, code, payload in said if code == 1 and due == t_s)


def test_capnostream_says_what_is_wrong() -> None:
    span, none = during(3, 5), CapnostreamArtefacts()
    assert list(record_at(3, none, probe_off=span)[7:9]) == [0xFF, 0xFF]
    assert record_at(3, none, probe_off=span)[14] == 0x20
    off = record_at(3, CapnostreamArtefacts(disconnected=span))
    assert (off[7], off[8], off[14]) == (0xFF, 0xFF, 0x40)
    assert record_at(3, CapnostreamArtefacts(no_pulse=span))[14] == 1
    for artefacts in (
        CapnostreamArtefacts(filterline_off=span),
        CapnostreamArtefacts(occlusion=span),
        CapnostreamArtefacts(purging=span),
        CapnostreamArtefacts(start_up_s=4),
    ):
        assert list(record_at(3, artefacts)[4:9]) == [0xFF, 0xFF, 0xFF, 97, 71]
    apnea = record_at(3, CapnostreamArtefacts(no_breath=span))
    assert (apnea[4], apnea[6], apnea[13], apnea[15]) == (0, 0, 1, 20)
    assert list(record_at(3, CapnostreamArtefacts(shifted=span))[6:9]) == [14, 14, 97]
    assert list(record_at(5, none, probe_off=span)[7:9]) == [97, 71]


def test_capnostream_waves_say_what_is_wrong() -> None:
    span = during(3, 5)
    for artefacts, bit in (
        (CapnostreamArtefacts(filterline_off=span), 0x40),
        (CapnostreamArtefacts(occlusion=span), 0x04),
        (CapnostreamArtefacts(purging=span), 0x20),
    ):
        waves = [(due, p) for due, code, p in kept_alive(capnostream(artefacts), 7) if code == 0]
        assert {p[3] for due, p in waves if 3 <= due < 5} == {bit | 1}
        assert {p[3] for due, p in waves if due >= 5} == {0}


def test_capnostream_units() -> None:
    for units, number, et in (("kPa", 2, 51), ("vol%", 3, 50)):
        record = record_at(2, CapnostreamArtefacts(units=units))
        assert (record[25], record[4]) == (number, et)


def test_capnostream_hears_pieces_and_no_damaged_command() -> None:
    monitor = capnostream()
    for byte in ENABLE:
        monitor.receive(bytes((byte,)), 1.0)
    assert monitor.next_s() == 1.0
    monitor = capnostream()
    monitor.receive(b"\x00\x13" + ENABLE[:-1] + b"\x01", 1.0)
    assert monitor.next_s() is None


def test_capnostream_escapes_85_and_80() -> None:
    assert framed(4, b"\x80\x85") == bytes.fromhex("8503048000800502")


# --- MEDIBUS --------------------------------------------------------------------------------------

ICC, WHO, NOP = b"\x1bQ6C\r", b"\x1bR6D\r", b"\x1b04B\r"
ICC_ECHO, WHO_ECHO, NOP_ECHO = b"\x01Q52\r", b"\x01R53\r", b"\x01031\r"
MEASURED = b"\x1b$3F\r"


def medibus(artefacts: MedibusArtefacts | None = None, **staged: Intervals) -> Source:
    return MedibusMonitor(Staged(Steady(), **staged), clock_s, artefacts=artefacts)  # type: ignore[arg-type]


def joined(monitor: Source) -> Source:
    """Answer ICC and the question for our name, as soon as each comes."""
    assert [data for _, data in until(monitor, 1.5) if data.strip(b"\x80")][-1:] == [ICC]
    monitor.receive(ICC_ECHO, 1.5)
    assert [data for _, data in until(monitor, 1.6) if data] == [WHO]
    monitor.receive(WHO_ECHO, 1.6)
    return monitor


def answer(monitor: Source, command: bytes, t_s: float) -> bytes:
    monitor.receive(command, t_s)
    return b"".join(data for _, data in until(monitor, t_s + 0.01))


def body(message: bytes) -> bytes:
    assert message[:1] == b"\x01"
    assert message[-1:] == b"\r"
    assert int(message[-3:-1], 16) == sum(message[:-3]) % 256
    return message[1:-3]


def test_medibus_calls_until_it_is_answered() -> None:
    assert until(medibus(), 6) == [(1.0, ICC), (3.0, ICC), (5.0, ICC)]


def test_medibus_asks_who_we_are_then_says_nop() -> None:
    monitor = joined(medibus())
    said = []
    for s in range(2, 12):
        monitor.receive(NOP_ECHO, float(s))
        said += until(monitor, s + 1)
    assert {data for _, data in said} == {NOP}
    assert len(said) in (4, 5)


def test_medibus_asks_again_who_we_are() -> None:
    monitor = medibus()
    until(monitor, 1.5)
    monitor.receive(ICC_ECHO, 1.5)
    said = []
    for s in range(2, 8):
        monitor.receive(NOP, float(s))
        said += [data for _, data in until(monitor, s + 1)]
    assert said.count(WHO) == 4


def test_medibus_loses_the_link_after_three_seconds_of_silence() -> None:
    monitor = joined(medibus())
    said = [(due, data) for due, data in until(monitor, 9) if data]
    assert [data for _, data in said] == [NOP, ICC, ICC, ICC]
    assert said[1][0] == 4.6


def test_medibus_answers() -> None:
    monitor = joined(medibus())
    assert answer(monitor, ICC, 2.0) == ICC_ECHO
    assert body(answer(monitor, WHO, 2.1)) == b"R0161'Virtual'01.00:04.03"
    assert body(answer(monitor, MEASURED, 2.2)) == b"$EB 97 E1 71 E6 38 D6 14 C136.8"
    assert body(answer(monitor, b"\x1b(43\r", 2.3)) == b"(00:00:0201-JAN-26"
    assert answer(monitor, b"\x1bI64\r", 2.4) == b"\x01I4A\r"
    assert answer(monitor, b"\x1b$00\r", 2.5) == b"\x011516\r".replace(b"15", b"\x15", 1)
    assert answer(monitor, b"\x1bz95\r", 2.6) == bytes.fromhex("011531360d")
    assert answer(monitor, NOP, 2.7) == NOP_ECHO


def test_medibus_leaves_out_what_has_no_value() -> None:
    monitor = joined(medibus(probe_off=during(2, 3)))
    assert body(answer(monitor, MEASURED, 2.0)) == b"$E6 38 D6 14 C136.8"
    assert b"EB 97 E1 71 " in answer(monitor, MEASURED, 3.0)
    monitor = joined(medibus(MedibusArtefacts(no_data=during(2, 3))))
    assert answer(monitor, MEASURED, 2.0) == bytes.fromhex("0124 32350d")


def test_medibus_other_units_of_co2() -> None:
    for unit, said in (("kPa", b"E35.1 "), ("%", b"DB5.0 ")):
        monitor = joined(medibus(MedibusArtefacts(co2_unit=unit)))
        measured = body(answer(monitor, MEASURED, 2.0))
        assert said[:2] in measured
        assert measured[measured.index(said[:2]) + 2 :][:4].strip() == said[2:].strip()


def test_medibus_alarm_date_and_stop() -> None:
    monitor = joined(medibus(MedibusArtefacts(alarm=during(2, 3))))
    assert body(answer(monitor, b"\x1b'42\r", 2.0)) == b"'?EBSPO2 LOW    "
    assert body(answer(monitor, b"\x1b'42\r", 3.0)) == b"'"
    assert answer(monitor, b"\x1bU70\r", 3.5) == b"\x01U56\r"
    assert [data for _, data in until(monitor, 7) if data] == [ICC]


def test_medibus_realtime_bytes_are_outside_every_message() -> None:
    monitor = joined(medibus(MedibusArtefacts(realtime=during(1.7, 4))))
    monitor.receive(MEASURED, 2.0)
    stream = b"".join(data for _, data in until(monitor, 3.9))
    assert any(byte >= 0x80 for byte in stream)
    plain = bytes(byte for byte in stream if byte < 0x80)
    assert body(plain[: plain.index(b"\r") + 1]) == b"$EB 97 E1 71 E6 38 D6 14 C136.8"
    assert max(byte for byte in stream[: stream.index(b"\r")]) >= 0x80


def test_medibus_embedded_garbled_deaf_and_restarted() -> None:
    monitor = joined(medibus(MedibusArtefacts(embedded=during(2, 3))))
    said = answer(monitor, MEASURED, 2.0)
    assert NOP in said[1:]
    assert body(said.replace(NOP, b"")) == b"$EB 97 E1 71 E6 38 D6 14 C136.8"
    monitor = joined(medibus(MedibusArtefacts(garbled=during(2, 3))))
    said = answer(monitor, MEASURED, 2.0)
    assert int(said[-3:-1], 16) != sum(said[:-3]) % 256
    monitor = joined(medibus(MedibusArtefacts(deaf=during(2, 3))))
    assert answer(monitor, MEASURED, 2.0) == b""
    monitor = joined(medibus(MedibusArtefacts(restart=(2.5,))))
    assert [data for _, data in until(monitor, 4) if data] == [ICC]


# --- Berry ----------------------------------------------------------------------------------------


def berry(stream: bytes) -> list[tuple[int, bytes]]:
    """Kind and data of each packet; every byte must belong to one and every sum be right."""
    found = []
    while stream:
        assert stream[:2] == b"\x55\xaa"
        words = stream[2 : 2 + stream[2]]
        assert words[-1] == ~sum(words[:-1]) & 0xFF
        found.append((words[1], words[2:-1]))
        stream = stream[2 + stream[2] :]
    return found


def pushed(monitor: Source, t_s: float) -> list[tuple[float, int, bytes]]:
    return [(due, kind, data) for due, words in until(monitor, t_s) for kind, data in berry(words)]


def test_berry_pushes_parameters_and_waveforms() -> None:
    said = pushed(BerryMonitor(Steady(), unasked=True), 10.1)
    kinds = [kind for _, kind, _ in said]
    assert [kinds.count(kind) for kind in (0x01, 0xFE, 0xFF)] == [50, 50, 50]
    assert {data for _, kind, data in said if kind == 2} == {bytes((0, 72, 14))}
    assert {data for _, kind, data in said if kind == 4} == {bytes((0, 97, 71))}
    assert {data for _, kind, data in said if kind == 5} == {bytes((0, 36, 8))}
    assert [kinds.count(kind) for kind in (2, 3, 4, 5, 0x30, 0x31)] == [10] * 6


def test_berry_is_silent_until_asked_and_again_after_it_was_off() -> None:
    monitor = BerryMonitor(Steady(), BerryArtefacts(off=during(110, 120)))
    assert pushed(monitor, 10) == []
    monitor.receive(bytes.fromhex("55aa040201f8"), 10.0)  # a cuff is no output
    assert pushed(monitor, 11) == []
    for command, kinds in (
        ("55aa040301f7", {3, 4, 0x31}),
        ("55aa040101f9", {1, 2, 3, 4, 0x30, 0x31}),
        ("55aa040401f6", {1, 2, 3, 4, 5, 0x30, 0x31}),
    ):
        monitor.receive(bytes.fromhex(command), monitor.next_s() or 0.0)
        assert {kind for _, kind, _ in pushed(monitor, (monitor.next_s() or 0.0) + 1.1)} == kinds
    assert max(due for due, _, _ in pushed(monitor, 122)) < 110
    monitor.receive(bytes.fromhex("55aa040301f7"), 122.0)
    said = pushed(monitor, 126)  # the readings of before are forgotten
    assert {data for _, kind, data in said if kind == 3} == {bytes(5)}


def test_berry_without_probe_or_leads() -> None:
    span = during(2, 4)
    said = pushed(BerryMonitor(Staged(Steady(), probe_off=span, leads_off=span), unasked=True), 6)
    assert [data for _, kind, data in said if kind == 4] == [
        bytes(words)
        for words in ((0, 97, 71), (2, 127, 255), (2, 127, 255), (0, 97, 71), (0, 97, 71))
    ]
    assert [tuple(data) for _, kind, data in said if kind == 2] == [
        (0, 72, 14), (2, 0, 0), (2, 0, 0), (0, 72, 14), (0, 72, 14)
    ]  # fmt: skip


def test_berry_cuff_measures_ends_and_repeats_its_result() -> None:
    cuffs = {
        round(due): data
        for due, kind, data in pushed(BerryMonitor(Steady(), unasked=True), 200)
        if kind == 3
    }
    assert len(cuffs) == 199
    assert {cuffs[s] for s in range(1, 10)} == {bytes(5)}
    for s in range(10, 40):
        assert cuffs[s][0] >> 2 & 0xF not in (0, 2, 4, 5)
        assert 0 < cuffs[s][1] * 2 <= 170
        assert cuffs[s][2:] == bytes(3)
    done = bytes((0, 0, 118, 90, 76))
    assert {cuffs[s] for s in range(40, 70)} == {cuffs[s] for s in range(100, 130)} == {done}
    assert cuffs[70] != done
    assert {cuffs[s] for s in range(160, 200)} == {bytes((4 << 2, 0, 0, 0, 0))}


def test_berry_ways_to_fail() -> None:
    for artefacts, result in (
        (BerryArtefacts(stopped=during(150, 170)), 2),
        (BerryArtefacts(timeout=during(150, 170)), 5),
    ):
        said = pushed(BerryMonitor(Steady(), artefacts, unasked=True), 165)
        assert [data[0] >> 2 for due, kind, data in said if kind == 3 and due == 160] == [result]
    lost = pushed(
        BerryMonitor(Steady(), BerryArtefacts(lost_end=during(100, 101)), unasked=True), 110
    )
    assert not [data for due, kind, data in lost if kind == 3 and due == 100]


def test_berry_noise_and_damage() -> None:
    noisy = BerryMonitor(Steady(), BerryArtefacts(noise=during(0, 2)), unasked=True)
    assert until(noisy, 0.3)[0][1].startswith(b"\x55\xaa\x55\x55\xaa\x04\x01")
    damaged = BerryMonitor(Steady(), BerryArtefacts(damaged=during(0, 2)), unasked=True)
    words = until(damaged, 0.3)[0][1][:6]
    assert words[-1] != ~sum(words[2:-1]) & 0xFF


def test_berry_is_switched_but_starts_no_cuff() -> None:
    monitor = BerryMonitor(Steady(), unasked=True)
    off = b"".join(bytes.fromhex(h) for h in ("55aa04fb0000", "55aa04fe00fd", "55aa04ff00fc"))
    monitor.receive(off[:5] + bytes((~(4 + 0xFB) & 0xFF,)) + off[6:], 0.0)
    monitor.receive(bytes.fromhex("55aa040201f8"), 0.0)  # start a cuff
    monitor.receive(bytes.fromhex("55aa040300f8"), 0.0)  # oximeter off
    said = pushed(monitor, 9)
    assert {kind for _, kind, _ in said} == {2, 3, 5, 0x30}
    assert {data for _, kind, data in said if kind == 3} == {bytes(5)}
    monitor.receive(bytes.fromhex("55aa040301f7"), 9.0)
    assert 4 in {kind for _, kind, _ in pushed(monitor, 11)}
