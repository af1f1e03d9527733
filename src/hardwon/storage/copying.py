"""Copying a whole database: SQLite to a file while others write, or any table by table to the other kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pysqlite3
from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from hardwon.domain.errors import RuleError
from hardwon.storage.engine import open_engine, said_plainly
from hardwon.storage.store import Store
from hardwon.storage.tables import attempts, invitations, metadata, sessions

_BATCH: Final = 2_000
_PASSING: Final = (sessions, invitations, attempts)
"""Who is just signed in or invited: not worth keeping, and dangerous in the wrong hands."""


def copy_to_file(store: Store, path: Path) -> None:
    """Write a copy of the database to a new SQLite file, as it stands at one moment; writers go on.

    Sessions and one-time links stay behind. Raises UnavailableError, BusyError.
    """
    with said_plainly():
        if store.dialect == "sqlite":
            back_up(store.engine, path)
        else:
            with opened(path) as target:
                target.migrate()
                copy_tables(store, target)
        _finish(path)


def copy_tables(source: Store, target: Store) -> int:
    """Copy every row of one database into another of the same schema that has none, and return how many.

    The source is read as it stands at one moment; the target gets everything or nothing. Raises RuleError
    for a target that holds something.
    """
    copied = 0
    writer = target.engine.execution_options(writes=True)
    with said_plainly(), source.read(None) as reading, writer.begin() as connection:
        for table in metadata.sorted_tables:
            if connection.scalar(select(func.count()).select_from(table)):
                raise RuleError(f"The target holds {table.name} already.", fix="Name an empty database.")
        for table in metadata.sorted_tables:
            for rows in _rows(reading.connection, table):
                connection.execute(insert(table), rows)
                copied += len(rows)
            if connection.dialect.name == "postgresql":
                _go_on(connection, table)
    return copied


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open a SQLite file as a store for as long as the block runs."""
    store = Store(open_engine(f"sqlite:///{path}"))
    try:
        yield store
    finally:
        store.close()


def counts_of(store: Store) -> dict[str, int]:
    """Return how many rows each table has."""
    with store.read(None) as reading:
        ask = reading.connection.scalar
        return {
            table.name: int(ask(select(func.count()).select_from(table)) or 0)
            for table in metadata.sorted_tables
            if table not in _PASSING
        }


def is_sound(path: Path) -> bool:
    """Tell whether a SQLite file is whole by its own account."""
    try:
        connection = pysqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
        finally:
            connection.close()
    except pysqlite3.DatabaseError:
        return False


def back_up(engine: Engine, path: Path) -> None:
    """Copy all pages in one step: it holds writers back for a moment, and cannot be overtaken by them."""
    source = engine.raw_connection()
    target = pysqlite3.connect(str(path))
    try:
        source.driver_connection.backup(target, pages=-1)  # type: ignore[union-attr]
    finally:
        target.close()
        source.close()


def _finish(path: Path) -> None:
    """Drop what must not be kept, and fold the log into the one file."""
    connection = pysqlite3.connect(str(path), isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete=ON")
        for table in _PASSING:
            connection.execute(f"DELETE FROM {table.name}")  # noqa: S608  (our own names)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("VACUUM")
    finally:
        connection.close()


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    result = connection.execute(select(table).order_by(*table.primary_key.columns))
    for rows in result.mappings().partitions(_BATCH):
        yield [dict(row) for row in rows]


def _go_on(connection: Connection, table: Table) -> None:
    """Let a table that numbers its rows itself go on behind the highest number."""
    column = table.autoincrement_column
    if column is None:
        return
    query = text("SELECT setval(pg_get_serial_sequence(:table, :column), greatest(:last, 1), :used)")
    last = connection.scalar(select(func.max(column))) or 0
    connection.execute(query, {"table": table.name, "column": column.name, "last": last, "used": last > 0})
