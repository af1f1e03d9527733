"""Many rows in one statement.

SQLite's driver lets go of the interpreter's lock for every row of an `executemany` and gets it back in its turn: beside
busy threads a hundred rows take a hundred turns. In one statement they take one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from sqlalchemy import Connection, Table

_TOGETHER: Final = 100


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    known_by: tuple[str, ...] = (),
) -> None:
    """Insert rows that have the same columns; one that is there already by `known_by` is passed over."""
    if connection.dialect.name != "sqlite" or len(rows) == 1:
        statement = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
        if known_by:
            statement = statement.on_conflict_do_nothing(index_elements=known_by)
        connection.execute(statement, list(rows))
        return
    columns = tuple(rows[0])
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        given = tuple(row[column] for row in some for column in columns)
        connection.exec_driver_sql(_statement(table.name, columns, len(some), known_by), given)


@lru_cache(maxsize=1_000)
def _statement(table: str, columns: tuple[str, ...], rows: int, known_by: tuple[str, ...]) -> str:
    row = f"({', '.join('?' * len(columns))})"
    end = f" ON CONFLICT ({', '.join(known_by)}) DO NOTHING" if known_by else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}{end}"  # noqa: S608  (our own names)
