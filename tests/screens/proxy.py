"""A network between the browser and the dashboard that can fall silent."""

import selectors
import socket
import threading
from urllib.parse import urlsplit


class Proxy:
    """A TCP relay that can be told to swallow everything: a network that says nothing any more."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._to = (str(parts.hostname), int(parts.port or 80))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.swallow = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        peers: dict[socket.socket, socket.socket] = {}
        with selectors.DefaultSelector() as ready:
            ready.register(self._door, selectors.EVENT_READ)
            while not self._stop.is_set():
                for key, _ in ready.select(0.1):
                    here = key.fileobj
                    assert isinstance(here, socket.socket)
                    if here is self._door:
                        inner, _ = self._door.accept()
                        outer = socket.create_connection(self._to)
                        peers[inner], peers[outer] = outer, inner
                        for one in (inner, outer):
                            ready.register(one, selectors.EVENT_READ)
                        continue
                    if here not in peers:
                        continue  # its other end, in this same round, closed it
                    try:
                        data = here.recv(65536)
                        if data and not self.swallow.is_set():
                            peers[here].sendall(data)
                    except OSError:
                        data = b""
                    if not data:
                        there = peers.pop(here)
                        del peers[there]
                        for one in (here, there):
                            ready.unregister(one)
                            one.close()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        self._door.close()
