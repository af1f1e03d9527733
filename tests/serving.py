"""A real server over an open workspace, for tests that drive a browser or a client."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from hardwon.asgi import create_asgi
from hardwon.usecases.app import App


@contextmanager
def serving(app: App) -> Iterator[str]:
    """Yield the address of a server over the workspace."""
    server = uvicorn.Server(uvicorn.Config(create_asgi(app), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
