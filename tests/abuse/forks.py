"""Processes to kill: each is a fork of one that has imported what they run, which takes most of a start."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
from collections.abc import Callable
from typing import BinaryIO, Self

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["tests.abuse.importer", "alembic.command", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"]
)


class Fork:
    """A process of its own that runs `main`; `output` is what it writes to its standard output."""

    def __init__(self, main: Callable[..., None], *arguments: str) -> None:
        reading, writing = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_run, args=(writing, main, arguments), daemon=True)
        self._process.start()
        writing.close()
        self.output: BinaryIO = os.fdopen(os.dup(reading.fileno()), "rb")
        reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.output.close()
        self._process.join()
        self._process.close()

    def kill(self) -> None:
        """Let it die at once, as `kill -9` does."""
        self._process.kill()

    def runs(self) -> bool:
        """Tell whether it still runs."""
        return self._process.is_alive()

    def ended(self, seconds: float) -> int | None:
        """Wait until it ends, and return its exit code: -9 where it was killed, None where it goes on."""
        self._process.join(seconds)
        return self._process.exitcode


def _run(
    output: multiprocessing.connection.Connection, main: Callable[..., None], arguments: tuple[str, ...]
) -> None:
    os.dup2(output.fileno(), 1)
    output.close()
    main(*arguments)
