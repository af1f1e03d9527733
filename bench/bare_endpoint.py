"""The least that could take a delivery in: one route, one table, one commit for each."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from typing import Any

import pysqlite3
import uvicorn
from litestar import Litestar, Request, Response, post


def create(path: str) -> Litestar:
    """Return an application that inserts what is posted anywhere under /hooks."""
    connection = pysqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE taken (id INTEGER PRIMARY KEY, body BLOB)")
    turn = threading.Lock()

    def insert(body: bytes) -> None:
        with turn:
            connection.execute("INSERT INTO taken (body) VALUES (?)", (body,))

    @post("/hooks/{name:str}", status_code=202)
    async def take(request: Request[Any, Any, Any], name: str) -> Response[dict[str, str]]:
        del name
        await asyncio.to_thread(insert, await request.body())
        return Response({"status": "kept"}, status_code=202)

    return Litestar([take])


def main() -> None:
    """Serve until told to stop; print the port first."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(sock.getsockname()[1], flush=True)
        config = uvicorn.Config(create(sys.argv[1]), log_level="error", access_log=False)
        uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    main()
