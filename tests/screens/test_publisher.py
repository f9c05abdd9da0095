"""The one poller: many screens, a recorder that stops, a store that fails or is replaced."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the library it chose

from monitor.screens import publisher as publisher_module
from monitor.screens.feed import Feed
from monitor.screens.publisher import ALL_CHAIRS, Publisher
from monitor.store import journal, writing
from monitor.store.database import StoreError, open_to_write
from monitor.store.writing import StoredAnswer
from tests.screens.stored import Stored

Event = tuple[str, dict[str, Any]]


class Screen:
    """Reads one stream."""

    def __init__(self, publisher: Publisher, chair: int = 1) -> None:
        self._events: AsyncGenerator[bytes] = publisher.stream(chair)

    async def next(self) -> Event:
        """The next event."""
        while True:
            data = await asyncio.wait_for(anext(self._events), 5)
            name, _, text = data.decode().strip().partition("\ndata: ")
            if text:
                return name.removeprefix("event: "), json.loads(text)

    async def until(self, name: str) -> dict[str, Any]:
        """The next event of that name."""
        while True:
            found, message = await self.next()
            if found == name:
                return message

    async def close(self) -> None:
        await self._events.aclose()


def run(path: Path, play: Callable[[Publisher], Awaitable[None]]) -> Publisher:
    """Play with a publisher that polls."""
    publisher = Publisher(path, lambda: ("stopped", "The recorder is not running."))

    async def all_of_it() -> None:
        poller = asyncio.create_task(publisher.run())
        try:
            async with asyncio.timeout(15):
                await play(publisher)
            assert not poller.done()
        finally:
            poller.cancel()
            publisher.close()

    # In a thread: the browser tests leave a loop running in the main one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, all_of_it()).result()
    return publisher


@pytest.fixture
def stored(database: Path) -> Generator[Stored]:
    """A store whose connection any thread may use: `run` plays in one of its own."""
    open_to_write(database).close()
    connection = sqlite3.connect(database, check_same_thread=False)
    stored = Stored(Database(connection))
    stored.connected()
    stored.values(seconds=5)
    yield stored
    connection.close()


def test_ticks_told_before_are_no_sign_of_life(stored: Stored, database: Path) -> None:
    """Who opens a screen after the recorder died must not take its last ticks for new ones."""

    async def play(publisher: Publisher) -> None:
        first = Screen(publisher)
        await first.until("snapshot")
        for _ in range(3):
            stored.values()
            assert "past" not in await first.until("tick")
        late = Screen(publisher)
        snapshot = await late.until("snapshot")
        told = [await late.until("tick") for _ in range(stored.tick - snapshot["tick"])]
        assert all(tick["past"] is True for tick in told)
        stored.values(hr=99)
        for screen in (first, late):
            tick = await screen.until("tick")
            assert "past" not in tick
            assert tick["readings"][0]["v"] == 99
            await screen.close()
        assert publisher.viewers() == 0

    run(database, play)


def test_an_alarm_is_told_although_a_poll_failed(
    stored: Stored, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came with the tick that could not be read is in the next snapshot."""
    advance = Feed.advance
    failing = True

    def fail_once(*arguments: Any, **options: Any) -> Any:
        nonlocal failing
        if failing:
            failing = False
            raise StoreError("The database cannot be used: the disk reports an error.")
        return advance(*arguments, **options)

    async def play(publisher: Publisher) -> None:
        screen = Screen(publisher)
        assert (await screen.until("snapshot"))["alarms"] == []
        monkeypatch.setattr(Feed, "advance", fail_once)
        stored.alarm()
        assert (await screen.until("snapshot"))["alarms"]
        await screen.close()

    run(database, play)
    assert not failing


def test_a_chair_that_cannot_be_told_does_not_take_the_others_screens(
    stored: Stored, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stored.db.execute("INSERT INTO chair(name) VALUES ('Chair 2') RETURNING id").fetchone()
    stored.db.commit()
    advance = Feed.advance

    def fail(feed: Feed, *arguments: Any, **options: Any) -> Any:
        if feed.chair == other[0]:
            raise ValueError("odd")
        return advance(feed, *arguments, **options)

    async def play(publisher: Publisher) -> None:
        good, bad = Screen(publisher), Screen(publisher, other[0])
        await good.until("snapshot")
        await bad.until("snapshot")
        monkeypatch.setattr(Feed, "advance", fail)
        for hr in (80, 81, 82):
            stored.values(hr=hr)
            assert (await good.until("tick"))["readings"][0]["v"] == hr
        await bad.until("snapshot")  # it begins anew
        await good.close()
        await bad.close()

    run(database, play)


def test_a_chair_that_the_clinic_removed_is_said_while_its_session_is_open_then_gone(
    stored: Stored, database: Path
) -> None:
    other = writing.register_chair(stored.db, "Chair 2")
    session = stored.session()

    async def play(publisher: Publisher) -> None:
        screens = [Screen(publisher), Screen(publisher, other)]
        for number, screen in enumerate(screens, 1):
            told = await screen.until("snapshot")
            assert told["chair"] == {"id": number, "name": f"Chair {number}", "removed": False}
        gone = stored.setting("[]").replace("{", '{"removed": true, ', 1)
        stored.write(settings=[(stored.chair, gone)])
        for screen in screens:
            listed = (await screen.until("snapshot"))["chairs"]
            assert [chair["removed"] for chair in listed] == [True, False]
        ended = stored.session_of(ended_ms=stored.t_ms, from_ms=session.from_ms)
        entry = journal.write_entry(
            stored.db, press="an end", t_ms=stored.t_ms, chair=stored.chair, kind="session_end",
            actor="RN Ode", data={"session": 1},
        )  # fmt: skip
        answers = [StoredAnswer(entry, True, "Session ended.", 1)]
        stored.write(sessions=[ended], answers=answers)
        assert "names no such chair" in (await screens[0].until("server"))["text"]
        assert [x["id"] for x in (await screens[1].until("snapshot"))["chairs"]] == [other]
        for screen in screens:
            await screen.close()

    run(database, play)


def test_a_database_that_is_deleted_and_made_anew_is_followed(
    stored: Stored, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "SAME_FILE_S", 0.0)

    async def play(publisher: Publisher) -> None:
        screen = Screen(publisher)
        assert (await screen.until("snapshot"))["parameters"]["HR"]["value"] == 72
        token = publisher.token
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        told = await screen.until("server")
        assert told["recorder"] == "failed"
        assert "There is no database" in told["text"]
        again = Stored(open_to_write(database))
        again.connected()
        again.values(hr=55)
        assert (await screen.until("snapshot"))["parameters"]["HR"]["value"] == 55
        assert publisher.token
        assert publisher.token != token
        await screen.close()
        again.db.close()

    run(database, play)


@pytest.mark.parametrize("chair", [1, ALL_CHAIRS])
def test_a_screen_that_does_not_read_gets_a_new_snapshot(
    stored: Stored, database: Path, monkeypatch: pytest.MonkeyPatch, chair: int
) -> None:
    monkeypatch.setattr(publisher_module, "MOST_WAITING", 3)
    monkeypatch.setattr(publisher_module, "POLL_S", 0.01)

    async def play(publisher: Publisher) -> None:
        slow, quick = Screen(publisher, chair), Screen(publisher, chair)
        await slow.until("snapshot")
        await quick.until("snapshot")
        for _ in range(6):
            stored.values(hr=101)
            await quick.until("tick")
        name, message = await slow.next()
        while name == "tick" and "past" not in message:
            name, message = await slow.next()
        assert name == "snapshot"
        await slow.close()
        await quick.close()

    run(database, play)


def test_streams_end_with_the_server(stored: Stored, database: Path) -> None:
    async def play(publisher: Publisher) -> None:
        screen = Screen(publisher)
        await screen.until("snapshot")
        publisher.end_streams()
        with pytest.raises(StopAsyncIteration):
            await screen.until("never")

    run(database, play)


# ---- all chairs --------------------------------------------------------------------------------


def test_a_screen_of_all_chairs_is_told_of_each_in_one_message_a_tick(
    stored: Stored, database: Path
) -> None:
    other = writing.register_chair(stored.db, "Chair 2")

    async def play(publisher: Publisher) -> None:
        board, one = Screen(publisher, ALL_CHAIRS), Screen(publisher)
        whole = await board.until("snapshot")
        assert [x["name"] for x in whole["chairs"]] == ["Chair 1", "Chair 2"]
        assert {"tick", "now_ms", "rate", "tz", "heartbeat_limit_ms"} <= set(whole)
        first, second = whole["each"]["1"], whole["each"][str(other)]
        assert first["parameters"]["HR"]["value"] == 72
        assert first["chair"]["name"] == "Chair 1"
        assert second["alarms"] == []
        assert "history" not in first
        assert "now_ms" not in first
        alone = await one.until("snapshot")
        shared = set(alone) & set(first) - {"parameters"}
        assert {"alarms", "audio", "session", "sources", "tiles", "watch", "answers"} <= shared
        assert {key: alone[key] for key in shared} == {key: first[key] for key in shared}
        stored.alarm()
        ticked = await board.until("tick")
        assert ticked["tick"] == stored.tick
        assert [x["priority"] for x in ticked["each"]["1"]["alarms"]] == ["medium"]
        assert ticked["each"][str(other)] == {"readings": []}
        stored.values(hr=99)
        ticked = await board.until("tick")
        assert [x["v"] for x in ticked["each"]["1"]["readings"] if x["p"] == "HR"] == [99]
        assert "alarms" not in ticked["each"]["1"]
        late = Screen(publisher, ALL_CHAIRS)
        assert (await late.until("snapshot"))["tick"] == whole["tick"]
        assert (await late.until("tick"))["past"] is True
        for screen in (board, one, late):
            await screen.close()

    run(database, play)


def test_a_chair_that_cannot_be_told_is_named_and_comes_back_on_the_board(
    stored: Stored, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = writing.register_chair(stored.db, "Chair 2")
    advance, load = Feed.advance, Feed.load

    def fail(feed: Feed, *arguments: Any, **options: Any) -> Any:
        if feed.chair == other:
            raise ValueError("odd")
        return advance(feed, *arguments, **options)

    def fail_to_load(feed: Feed, *arguments: Any) -> None:
        if feed.chair == other:
            raise ValueError("odd")
        load(feed, *arguments)

    async def comes_back(board: Screen) -> None:
        monkeypatch.undo()
        stored.values(hr=81)
        second = (await board.until("tick"))["each"][str(other)]
        assert second["chair"]["name"] == "Chair 2"
        assert "failed" not in second
        assert "tiles" in second
        stored.values(hr=82)
        assert (await board.until("tick"))["each"][str(other)] == {"readings": []}

    async def play(publisher: Publisher) -> None:
        monkeypatch.setattr(Feed, "load", fail_to_load)
        board = Screen(publisher, ALL_CHAIRS)
        each = (await board.until("snapshot"))["each"]
        assert each["1"]["parameters"]["HR"]["value"] == 72
        assert "cannot show this chair: odd" in each[str(other)]["failed"]
        assert each[str(other)]["chair"]["name"] == "Chair 2"
        await comes_back(board)
        monkeypatch.setattr(Feed, "advance", fail)
        stored.values(hr=80)
        each = (await board.until("tick"))["each"]
        assert "cannot show this chair: odd" in each[str(other)]["failed"]
        assert each["1"]["readings"][0]["v"] == 80
        await comes_back(board)
        await board.close()

    run(database, play)


def test_the_board_follows_chairs_that_come_and_a_database_that_is_made_anew(
    stored: Stored, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "SAME_FILE_S", 0.0)

    async def play(publisher: Publisher) -> None:
        board = Screen(publisher, ALL_CHAIRS)
        assert list((await board.until("snapshot"))["each"]) == ["1"]
        other = writing.register_chair(stored.db, "Chair 2")
        stored.write(settings=[(other, stored.setting("[]"))])
        assert list((await board.until("snapshot"))["each"]) == ["1", str(other)]
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        assert "There is no database" in (await board.until("server"))["text"]
        again = Stored(open_to_write(database))
        again.connected()
        again.values(hr=55)
        each = (await board.until("snapshot"))["each"]
        assert {key: x["parameters"]["HR"]["value"] for key, x in each.items()} == {"1": 55}
        await board.close()
        again.db.close()

    run(database, play)
