"""A real port, pulled and plugged in again; and another monitor where the right one was."""

import time
from collections.abc import Callable
from pathlib import Path

from devices.numeric import Parameter
from tests.conftest import Program, until
from tests.recorder.parts import START, ByHand, Plug, answered, line, write

OURS, THEIRS = "0000000011", "0000000022"
SEEN = f"monitor={THEIRS}"
STATES = "SELECT state FROM link ORDER BY id"
VALUES = "SELECT count(*) FROM reading WHERE value IS NOT NULL"
SPO2 = Parameter.SPO2


def states(program: Program) -> list[str]:
    return [state for (state,) in program.query(STATES)]


def speak(program: Program, plug: Plug, number: str, look: Callable[[], object]) -> None:
    """Send lines until something is seen."""

    def send_and_look() -> object:
        plug.send(line(number))
        return look()

    until(send_and_look, every_s=0.1)


def test_port_that_is_pulled_comes_back_by_itself(program: Program, plug: Plug) -> None:
    plug.plug_in()
    process = program.record(f"masimo_ascii1={plug.url}")
    speak(program, plug, OURS, lambda: program.query(VALUES)[0][0] >= 4)
    assert states(program)[-1] == "connected"
    plug.pull()
    until(lambda: states(program)[-1] == "lost")
    ((detail,),) = program.query("SELECT detail FROM link ORDER BY id DESC LIMIT 1")
    assert "is not there" in detail or "was lost" in detail
    before = program.query(VALUES)[0][0]
    plug.plug_in()
    began_s = time.monotonic()
    speak(program, plug, OURS, lambda: program.query(VALUES)[0][0] > before)
    assert time.monotonic() - began_s < 3
    assert states(program)[-1] == "connected"
    ((lost_ms,),) = program.query("SELECT min(t_ms) FROM link WHERE state = 'lost'")
    ((back_ms,),) = program.query("SELECT max(t_ms) FROM link WHERE state = 'connected'")
    between = "SELECT count(*) FROM reading WHERE t_ms > ? AND t_ms < ?"
    assert program.query(between, lost_ms, back_ms) == [(0,)]
    assert program.end(process) == 0
    assert program.said().count("was lost") + program.said().count("is not there") >= 1
    assert "Traceback" not in program.said()


def test_other_monitor_gives_no_value_until_a_person_confirms(program: Program, plug: Plug) -> None:
    plug.plug_in()
    process = program.record(f"masimo_ascii1={plug.url}", speed=5)
    speak(program, plug, OURS, lambda: program.query(VALUES)[0][0] >= 4)
    plug.pull()
    until(lambda: states(program)[-1] == "lost")
    plug.plug_in()
    ((before,),) = program.query(VALUES)
    speak(program, plug, THEIRS, lambda: states(program)[-1] == "different")
    seen = program.ticks()
    speak(program, plug, THEIRS, lambda: program.ticks() > seen + 1)
    assert program.query(VALUES) == [(before,)]
    ((text,),) = program.query(
        "SELECT text FROM alarm WHERE condition LIKE 'different_monitor%' AND state = 'active'"
    )
    assert text.startswith("DIFFERENT MONITOR")
    assert program.query("SELECT DISTINCT reason FROM reading WHERE value IS NULL") == [
        ("different monitor",)
    ]

    # A restart is no confirmation.
    assert program.end(process) == 0
    program.record(f"masimo_ascii1={plug.url}", speed=5)
    speak(program, plug, THEIRS, lambda: states(program)[-1] == "different")
    assert program.query(VALUES) == [(before,)]

    # Nor is a press for the monitor that was seen before this one.
    other = write(program.database, "confirm_monitor", source=1, identity="monitor=1")
    told = answered(program.database, other)
    assert (told.accepted, told.text) == (
        False,
        f"Yet another monitor is there now: {SEEN}. Look again.",
    )
    entry = write(program.database, "confirm_monitor", "RN Ode", source=1, identity=SEEN)
    assert answered(program.database, entry).accepted
    speak(program, plug, THEIRS, lambda: program.query(VALUES)[0][0] > before)
    assert states(program)[-1] == "connected"
    rows = program.query("SELECT actor FROM journal WHERE kind = 'confirm_monitor'")
    assert rows == [("RN Keller",), ("RN Ode",)]


def test_value_goes_at_once_when_the_monitor_is_another(
    by_hand: Callable[..., ByHand], plug: Plug
) -> None:
    """Also within the very second of which a value of the right monitor is stored."""
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=0.2)  # a second lasts and lasts

    def ours() -> bool:
        plug.send(line(OURS, spo2=96))
        recorder.tick()
        known = recorder.known(SPO2)
        return bool(known and known.value == 96)

    until(ours)

    def theirs() -> bool:
        plug.send(line(THEIRS, spo2=81))
        recorder.tick()
        return next(iter(recorder.chair.sources.values())).state == "different"

    until(theirs)
    known = recorder.known(SPO2)
    assert known
    assert (known.value, known.reason) == (None, "different monitor")
    assert recorder.rows("SELECT count(*) FROM reading WHERE value = 81") == [(0,)]
    assert recorder.rows(
        "SELECT count(*) FROM reading WHERE value IS NULL AND reason = 'different monitor'"
    ) == [(2,)]
    assert any("DIFFERENT MONITOR" in words for words in recorder.said)


def test_one_damaged_serial_number_is_no_other_monitor(
    by_hand: Callable[..., ByHand], plug: Plug
) -> None:
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}")

    def told(data: bytes, spo2: int) -> Callable[[], bool]:
        def look() -> bool:
            plug.send(data)
            recorder.tick()
            known = recorder.known(SPO2)
            return bool(known and known.value == spo2)

        return look

    until(told(line(OURS, spo2=96), 96))
    driver = recorder.recorder.chairs[0].links[0].driver
    refused = driver.refused
    plug.send(line("0000000031", spo2=81))
    recorder.tick_until(lambda: driver.refused > refused)
    until(told(line(OURS, spo2=95), 95))
    changes = recorder.rows("SELECT state, identity FROM link ORDER BY id")
    assert {state for state, _ in changes} == {"connecting", "connected"}
    assert {identity for _, identity in changes} == {None, f"monitor={OURS}"}
    assert recorder.rows("SELECT count(*) FROM reading WHERE value = 81") == [(0,)]


def test_low_battery_is_the_detail_of_the_link_while_the_device_says_so(
    by_hand: Callable[..., ByHand],
) -> None:
    recorder = by_hand("masimo_ascii1=sim://masimo_ascii1?battery_low=5-10", speed=8)
    details = "SELECT state, detail FROM link WHERE state = 'connected' ORDER BY id"

    def well_again() -> bool:
        recorder.tick()
        return len(recorder.rows(details)) >= 3

    until(well_again)
    assert recorder.rows(details) == [
        ("connected", ""),
        ("connected", "battery low"),
        ("connected", ""),
    ]


def test_confirmation_of_a_monitor_that_needs_none_is_answered(
    by_hand: Callable[..., ByHand], plug: Plug
) -> None:
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}")
    recorder.tick()
    for source in (1, 99):
        told = recorder.press("confirm_monitor", source=source, identity=SEEN)
        assert (told.accepted, told.text) == (False, "That monitor needs no confirmation.")


def test_session_claims_nothing_from_before_the_monitor_was_away(
    by_hand: Callable[..., ByHand], plug: Plug
) -> None:
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=20)

    def hear(spo2: int) -> object:
        plug.send(line(OURS, spo2=spo2))
        return recorder.rows("SELECT t_ms FROM reading WHERE value = ?", spo2)

    recorder.tick_until(lambda: hear(91))
    plug.pull()
    recorder.tick_until(lambda: next(iter(recorder.chair.sources.values())).state == "lost")
    plug.plug_in()
    recorder.tick_until(lambda: hear(98))
    assert recorder.press("session_start", **START).accepted
    claimed = "SELECT count(*) FROM reading, session WHERE value = ? AND t_ms >= from_ms"
    assert recorder.rows(claimed, 91) == [(0,)]
    assert recorder.rows(claimed, 98)[0][0] > 0


def test_noise_gives_no_value_and_the_next_whole_line_does(
    by_hand: Callable[..., ByHand], plug: Plug, tmp_path: Path
) -> None:
    plug.plug_in()
    recorder = by_hand(f"masimo_ascii1={plug.url}", speed=20)
    for junk in (b"\xff\x00\x8e" * 50 + b"\r\n", line(OURS)[7:], line(OURS)[:30] + b"\r\n"):
        plug.send(junk)
    for _ in range(5):
        recorder.tick()
    assert recorder.rows("SELECT * FROM reading") == []

    def heard() -> object:
        plug.send(line(OURS, spo2=94))
        return recorder.rows("SELECT 1 FROM reading WHERE value = 94")

    recorder.tick_until(heard)
    assert recorder.rows("SELECT DISTINCT value FROM reading WHERE parameter = 3") == [(94.0,)]
