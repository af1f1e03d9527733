"""A copy of the database as it stands before a newer Hardwon changes its schema."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import pysqlite3
from sqlalchemy import Column, Engine, MetaData, Table, insert, select, text

from hardwon.domain.errors import UnavailableError
from hardwon.storage.copying import back_up
from hardwon.storage.engine import free_bytes, open_engine, said_plainly

_BATCH: Final = 2_000
_SPARE: Final = 100_000_000
"""Bytes that are to be free beside the copy."""


def set_aside(engine: Engine, version: str, folder: Path, at: datetime) -> Path:
    """Write a SQLite file that an earlier Hardwon opens, and return where it lies; readable by its owner alone.

    Raises UnavailableError where there is no room for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"schema-{version}-{at:%Y%m%dT%H%M%SZ}.db"
    partial = path.with_suffix(".new")
    partial.unlink(missing_ok=True)
    with said_plainly():
        _expect_room(engine, folder)
        if engine.dialect.name == "sqlite":
            back_up(engine, partial)
        else:
            _copy(engine, partial)
    partial.chmod(0o600)
    partial.replace(path)
    return path


def _expect_room(engine: Engine, folder: Path) -> None:
    size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if engine.dialect.name == "postgresql":
        size = "SELECT pg_database_size(current_database())"
    with engine.connect() as connection:
        needed = int(connection.scalar(text(size)) or 0) + _SPARE
    if free_bytes(folder) < needed:
        raise UnavailableError(
            f"There is no room in {folder} for the copy that is made before an upgrade.",
            fix=f"Free {needed / 1e9:.1f} GB, or make a backup yourself and set upgrade_copy = false.",
        )


def _copy(engine: Engine, path: Path) -> None:
    """Copy tables as they are found, whatever their schema: this Hardwon knows only its own."""
    found = MetaData()
    found.reflect(engine)
    target = open_engine(f"sqlite:///{path}")
    try:
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with reading.connect() as source, target.execution_options(writes=True).begin() as sink:
            for table in found.sorted_tables:
                columns = (
                    Column(column.name, column.type.as_generic(), primary_key=column.primary_key)
                    for column in table.columns
                )
                plain = Table(table.name, MetaData(), *columns)
                plain.create(sink)
                for rows in source.execute(select(table)).mappings().partitions(_BATCH):
                    sink.execute(insert(plain), [dict(row) for row in rows])
    finally:
        target.dispose()
    connection = pysqlite3.connect(str(path), isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()
