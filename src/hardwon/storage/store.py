"""The store: one write at a time through a transaction, reads through a visible view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, true

from hardwon.domain.actor import Actor
from hardwon.domain.errors import BusyError
from hardwon.storage import migration
from hardwon.storage.engine import BUSY_MS, empty_log, fold_log, said_plainly
from hardwon.storage.transaction import Transaction
from hardwon.storage.turns import Turns

_LONG_LOG: Final = 4 * 1024 * 1024
"""Bytes of SQLite's write-ahead log from which on it is folded."""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class Reading:
    """One consistent view of the database for one reader.

    `scopes` are what the reader may see, None for everything; every query applies `visible`.
    """

    def __init__(self, connection: Connection, scopes: Sequence[str] | None) -> None:
        """Read through `connection` with these scopes."""
        self.connection = connection
        self.scopes = scopes

    def visible(self, scope: ColumnElement[str]) -> ColumnElement[bool]:
        """Return the condition under which this reader may see a row of that scope."""
        return true() if self.scopes is None else scope.in_(list(self.scopes))


class Store:
    """The database behind an engine. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Use the engine; nothing is read or written yet."""
        self.engine = engine
        self._turns = Turns()
        self._writer = engine.execution_options(writes=True)
        self._reader = engine
        if engine.dialect.name == "postgresql":
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def migrate(self) -> None:
        """Bring the schema up to this version.

        Raises UnavailableError where the database was written by a newer Hardwon.
        """
        with said_plainly():
            migration.upgrade(self._writer)

    @contextmanager
    def begin(self, actor: Actor, at: datetime) -> Iterator[Transaction]:
        """Open one write transaction: all of it is kept at the end, or nothing on any error.

        Raises BusyError where another process writes for too long, UnavailableError where the
        database or its disk is out of reach.
        """
        with said_plainly(), self._turn(), self._writer.begin() as connection:
            yield Transaction(connection, actor.id, at)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the writing threads of this process take turns; SQLite's own waiting starves some of them."""
        if self.dialect != "sqlite":
            yield
            return
        if not self._turns.acquire(BUSY_MS / 1000):
            raise BusyError("Another writer is at work.", fix="Try again in a moment.")
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def read(self, scopes: Sequence[str] | None) -> Iterator[Reading]:
        """Open one consistent view for a reader with these scopes (None: everything)."""
        with said_plainly(), self._reader.connect() as connection, connection.begin():
            yield Reading(connection, scopes)

    def fold_log(self) -> None:
        """Move SQLite's write-ahead log into the database where it has grown, beside those who write."""
        path = self.engine.url.database
        if self.dialect == "sqlite" and path and _size(Path(f"{path}-wal")) > _LONG_LOG:
            with said_plainly():
                fold_log(self.engine)

    def empty_log(self) -> None:
        """Move SQLite's write-ahead log into the database and empty it: the order of the latest writes
        is gone with it. Left alone where others read or write just now; nothing to do on PostgreSQL.
        """
        if self.dialect == "sqlite":
            empty_log(self.engine)

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()
