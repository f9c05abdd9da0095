"""The dashboard's process: the poller, the journal's writer, and the recorder's keeper."""

import asyncio
import os
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
from monitor.session.scales import Scale, ScaleError
from monitor.session.steps import StepsError
from monitor.store import current
from monitor.store.database import StoreError, open_to_read

AGAIN_S = 2.0  # how often a place that could not be served is looked at again


@dataclass
class Server:
    """What lives as long as the dashboard. Without a keeper it only says its place's error."""

    place: Place
    publisher: Publisher
    journal: Journal
    keeper: Keeper | None = None

    @classmethod
    def from_environment(cls) -> "Server":
        """Decide what to serve, and make its database unless there is one."""
        place = places.place()
        server = cls(place, Publisher(place.database, _not_serving), Journal(place.database))
        server.decide(place)
        return server

    def decide(self, place: Place) -> None:
        """Serve this place if it can be; what is decided holds for the pages too, to the end."""
        self.place = place
        if place.mode == "error":
            return
        arguments = ["--clinic", str(places.clinic_file())]
        if place.mode == "demo":
            arguments = ["--demo", "--speed", str(place.speed)]
        keeper = Keeper(place.database, arguments, demo=place.mode == "demo")
        try:
            keeper.prepare()
            screen_token(place)
        except (StoreError, OSError) as error:
            self.place = Place("error", place.database, error=str(error))
            return
        os.environ[places.MODE_VARIABLE] = place.mode
        os.environ[places.DATABASE_VARIABLE] = str(place.database)
        self.publisher.path = self.journal.path = place.database
        self.publisher.static = {
            "demo": place.mode == "demo",
            "staff": staff(place),
            "pad": event_pad(),
        }
        self.publisher.why_silent = keeper.why_silent
        self.keeper = keeper

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncGenerator[dict[str, Any]]:
        """Keep the recorder and run the poller as long as the server runs."""
        _before_exit(self.publisher.end_streams)
        serving = asyncio.create_task(self._serve(), name="live stream")
        try:
            yield {}
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
            if self.keeper:
                await asyncio.to_thread(self.keeper.stop)
            self.publisher.close()
            self.journal.close()

    async def _serve(self) -> None:
        """Serve the place; one that is in error, as soon as it is mended."""
        while self.keeper is None:
            await asyncio.sleep(AGAIN_S)
            await asyncio.to_thread(lambda: self.decide(places.place()))
        self.keeper.start()
        await self.publisher.run()

    def routes(self) -> list[Route]:
        """The routes beside Streamlit's own."""
        return routes(self.publisher, self.journal)


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


def event_pad() -> dict[str, Any]:
    """The event pad's buttons and short scales; none where the clinic's files cannot be read."""
    try:
        steps = places.steps()
        scales = places.scales()
    except (StepsError, ScaleError) as error:
        return {"error": str(error), "events": [], "medications": [], "scales": []}
    return {
        "error": "",
        "scales": [short_scale(x) for x in scales.values() if len(x.items) < 2],
        "events": [{"text": text, "key": key} for text, key in steps.events],
        "medications": [
            {"drug": drug, "routes": list(routes)} for drug, routes in steps.medications
        ],
    }


def short_scale(scale: Scale) -> dict[str, Any]:
    """A scale of one question, or of which only the total is entered."""
    choices = scale.items[0].choices if scale.items else ()
    return {
        "id": scale.id,
        "name": scale.name,
        "low": scale.low,
        "high": scale.high,
        "ask": scale.ask,
        "weeks": scale.weeks,
        "choices": [{"value": x.value, "text": x.text} for x in choices],
    }


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
