"""A loopback server that answers as a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """One request: its path, its query (one value a name), its headers with names in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class Told(NamedTuple):
    """One answer: JSON, or bytes as they are."""

    value: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Peer:
    """The server. `answer` may be set anew at any time."""

    def __init__(self, answer: Callable[[Asked], Told]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.address = ""

    def take(self) -> list[Asked]:
        """Return what was asked since the last time."""
        taken, self.asked = self.asked, []
        return taken


@contextmanager
def peering(answer: Callable[[Asked], Told]) -> Iterator[Peer]:
    """Serve answers on a port of the loopback address while the block runs."""
    peer = Peer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(parts.path, query, {name.lower(): value for name, value in self.headers.items()})
            peer.asked.append(asked)
            told = peer.answer(asked)
            body = told.value if isinstance(told.value, bytes) else json.dumps(told.value).encode()
            try:
                self.send_response(told.status)
                for name, value in told.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    peer.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
