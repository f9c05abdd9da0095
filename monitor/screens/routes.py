"""The routes beside Streamlit's own: the live stream, the journal, and the component's files."""

import asyncio
import json
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import plotly  # type: ignore[import-untyped]
from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from monitor.chair import check
from monitor.clock import Anchor, boot_id, wall_ms
from monitor.screens.document import page_routes
from monitor.screens.listening import ScreenReport, Screens, read_report
from monitor.screens.live import MODULES, MODULES_PATH
from monitor.screens.publisher import Publisher, which_file
from monitor.session.visit import EntryError
from monitor.store import current, journal, listening
from monitor.store.database import StoreError, open_to_write, told

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
MOST_BYTES = 20_000
PRESS = re.compile(r"[0-9A-Za-z-]{8,80}")

T = TypeVar("T")


def recorder_now_ms(db: Database) -> int:
    """The recorder's time. Where it never ran since the machine started, the wall clock."""
    stored = current.last_run(db)
    tick = current.last_tick(db)
    earliest_ms = tick.t_ms if tick else 0
    if stored and stored[0].boot == boot_id():
        run = stored[0]
        now_ms = Anchor(run.anchor_ms, run.anchor_boot_ns, run.rate).now_ms()
        # A recorder that ended takes its rate with it.
        return max(earliest_ms, now_ms if stored[1] is None else wall_ms())
    return max(earliest_ms, wall_ms())


class Journal:
    """Writes what people press and screens report. One thread and one connection of its own."""

    def __init__(self, path: Path) -> None:
        """Prepare; the database is opened at the first press."""
        self.path = path
        self.screens = Screens()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._db: Database | None = None
        self._file: tuple[int, int] | None = None

    async def write(self, entry: dict[str, Any]) -> int:
        """Store an entry, its time by the recorder's clock. Raises StoreError, EntryError."""

        def store(db: Database, now_ms: int) -> int:
            with told(self.path):
                if entry["chair"] not in current.chairs(db):
                    raise EntryError("There is no such chair.")
            return journal.write_entry(db, t_ms=now_ms, **entry)

        return await self._do(store)

    async def hear(self, said: ScreenReport) -> None:
        """Take a screen's report. Raises StoreError, EntryError."""

        def store(db: Database, now_ms: int) -> None:
            with told(self.path):
                if said.chair not in {listening.ALL_CHAIRS, *current.chairs(db)}:
                    raise EntryError("There is no such chair.")
            for x in self.screens.take(said):
                listening.report(
                    db,
                    self.screens.dashboard,
                    x.chair,
                    now_ms,
                    visible=x.visible,
                    sounding=x.sounding,
                )
                self.screens.written(x)

        await self._do(store)

    def close(self) -> None:
        """Let go of the database."""
        self._thread.submit(self._drop)
        self._thread.shutdown()

    async def _do(self, what: Callable[[Database, int], T]) -> T:
        """Do it in the thread, with the database and the recorder's time."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._with_database, what)

    def _with_database(self, what: Callable[[Database, int], T]) -> T:
        try:
            if self._file != (file := which_file(self.path)):
                self._drop()  # replaced: what is written to the old one, nobody reads
            if file is None:
                raise StoreError(f"There is no database at {self.path}.")
            if self._db is None:
                self._db, self._file = open_to_write(self.path), file
            with told(self.path):
                now_ms = recorder_now_ms(self._db)
            return what(self._db, now_ms)
        except StoreError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def routes(publisher: Publisher, writer: Journal) -> list[Route]:
    """The app's own routes. The database's token is what our screens know and no foreign page."""

    def known(given: object) -> bool:
        token = publisher.token.encode()
        if not token or not isinstance(given, str):
            return False  # nothing is served yet
        return secrets.compare_digest(given.encode(errors="replace"), token)

    async def stream(request: Request) -> Response:
        if not known(request.query_params.get("token")):
            return JSONResponse({"error": "This page is not of this dashboard."}, 403)
        asked = request.query_params.get("chair", "")
        try:
            chair = listening.ALL_CHAIRS if asked == "all" else int(asked)
        except ValueError:
            return JSONResponse({"error": 'The chair must be a number, or "all".'}, 400)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            publisher.stream(chair), media_type="text/event-stream", headers=headers
        )

    async def press(request: Request) -> Response:
        try:
            entry = _entry(await request.body())
            if not known(entry.pop("token")):
                return _refused("This page is not of this dashboard: load it again.", 403)
            check(entry["kind"], entry["actor"], entry["data"])
            number = await writer.write(entry)
        except EntryError as error:
            return _refused(str(error), 400)
        except StoreError as error:
            return _refused(str(error), 503)
        return JSONResponse({"saved": True, "id": number})

    async def screen(request: Request) -> Response:
        try:
            body = await request.body()
            if len(body) > MOST_BYTES:
                raise EntryError("The page sent what is not a report: load it again.")
            token, said = read_report(body)
            if not known(token):
                return JSONResponse({"error": "This page is not of this dashboard."}, 403)
            await writer.hear(said)
        except EntryError as error:
            return JSONResponse({"error": str(error)}, 400)
        except StoreError as error:
            return JSONResponse({"error": str(error)}, 503)
        return JSONResponse({"heard": True})

    async def plotly_js(_request: Request) -> Response:
        return FileResponse(
            PLOTLY,
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=86400"},
        )

    async def live_file(request: Request) -> Response:
        path = MODULES.get(str(request.path_params["name"]))
        if path is None:
            return Response(status_code=404)
        headers = {"Cache-Control": "no-cache"}
        return FileResponse(path, media_type="text/javascript", headers=headers)

    return [
        Route("/api/stream", stream),
        Route("/api/journal", press, methods=["POST"]),
        Route("/api/screen", screen, methods=["POST"]),
        Route("/api/plotly.min.js", plotly_js),
        Route(f"{MODULES_PATH}{{name}}", live_file),
        *page_routes(),
    ]


def _entry(body: bytes) -> dict[str, Any]:
    """Read a press. Raises EntryError where it is not one."""
    try:
        if len(body) > MOST_BYTES:
            raise ValueError("too long")
        got = json.loads(body)
        entry = {
            "press": str(got["press"]),
            "token": got["token"],
            "chair": int(got["chair"]),
            "kind": str(got["kind"]),
            "actor": str(got["by"]),
            "data": dict(got.get("data") or {}),
        }
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise EntryError("The page sent what is not an entry: load it again.") from error
    if not PRESS.fullmatch(entry["press"]):
        raise EntryError("The page sent what is not an entry: load it again.")
    return entry


def _refused(text: str, status: int) -> Response:
    return JSONResponse({"saved": False, "error": text}, status)
