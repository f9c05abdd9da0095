"""The dashboard's process: the poller, the journal's writer, and the recorder's keeper."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from starlette.routing import Route

from monitor.clinic import ClinicError
from monitor.command import places
from monitor.command.places import Place
from monitor.recorder.demo import STAFF
from monitor.recorder.supervision import Keeper
from monitor.screens.publisher import Publisher
from monitor.screens.routes import Journal, routes
from monitor.store import current
from monitor.store.database import StoreError, open_to_read


@dataclass
class Server:
    """What lives as long as the dashboard. Without a keeper it only says its place's error."""

    place: Place
    keeper: Keeper | None
    publisher: Publisher
    journal: Journal
    token: str

    @classmethod
    def from_environment(cls) -> "Server":
        """Decide what to serve, and start the recorder unless one runs."""
        place = places.place()
        keeper = None
        token = ""
        if place.mode != "error":
            arguments = ["--clinic", str(places.clinic_file())]
            if place.mode == "demo":
                arguments = ["--demo", "--speed", str(place.speed)]
            keeper = Keeper(place.database, arguments, demo=place.mode == "demo")
            try:
                keeper.prepare()
                token = screen_token(place)
            except StoreError as error:
                place = Place("error", place.database, error=str(error))
                keeper = None
        publisher = Publisher(place.database, keeper.why_silent if keeper else _not_serving)
        publisher.static = {"demo": place.mode == "demo", "staff": staff(place)}
        return cls(place, keeper, publisher, Journal(place.database), token)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncGenerator[dict[str, Any]]:
        """Run the poller as long as the server runs."""
        _before_exit(self.publisher.end_streams)
        if self.keeper:
            self.keeper.start()
        poller = asyncio.create_task(self.publisher.run(), name="live stream")
        try:
            yield {}
        finally:
            poller.cancel()
            with suppress(asyncio.CancelledError):
                await poller
            if self.keeper:
                await asyncio.to_thread(self.keeper.stop)
            self.publisher.close()
            self.journal.close()

    def routes(self) -> list[Route]:
        """The routes beside Streamlit's own."""
        return routes(self.publisher, self.journal, self.token)


def screen_token(place: Place) -> str:
    """The token of the database's screens. Raises StoreError."""
    db = open_to_read(place.database)
    try:
        return current.facts(db)["token"]
    finally:
        db.close()


def staff(place: Place) -> list[str]:
    """The names to choose from."""
    if place.mode == "demo":
        return list(STAFF)
    try:
        return list(places.clinic().staff)
    except ClinicError:
        return []


def _before_exit(do: Callable[[], None]) -> None:
    """Do something as soon as the process is told to end.

    The server waits for open connections before it ends the lifespan, and a live stream is always
    open: the streams must end first.
    """
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None or threading.current_thread() is not threading.main_thread():
            continue
        before = signal.getsignal(number)

        def handle(
            signum: int,
            frame: FrameType | None,
            before: Callable[[int, FrameType | None], Any] | int | None = before,
        ) -> None:
            loop.call_soon_threadsafe(do)
            if callable(before):
                before(signum, frame)

        signal.signal(number, handle)


def _not_serving() -> tuple[str, str]:
    return "failed", "The dashboard does not serve: see the message on the page."
