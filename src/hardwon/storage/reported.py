"""Erasing from what other systems reported and are told: deliveries, alerts, groups, messages, answers to gates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from hardwon.domain.erasure import Eraser
from hardwon.storage import tables

_BATCH: Final = 200
_STATES: Final = (
    (tables.alerts, ("key", "grp", "title", "said", "url")),
    (tables.alert_groups, ("grp",)),
    (tables.reported, ("key",)),
    (tables.merges, ("commit", "body")),
)
"""What stands of alerts and groups: a row that holds the words goes, and comes again with the next alert."""


def find_reported(connection: Connection, eraser: Eraser) -> list[tuple[Any, str, str]]:
    """Return what would be cleared: the row, nothing, and no record."""
    found: list[tuple[Any, str, str]] = [(key, "", "") for key, _ in _deliveries(connection, eraser)]
    found += [(key, "", record) for key, _, record in _messages(connection, eraser)]
    found += [(key, "", "") for key in _checks(connection, eraser)]
    return found + [
        (row, "", "") for table, names in _STATES for row in _rows(connection, eraser, table, names)
    ]


def clear_reported(connection: Connection, eraser: Eraser) -> list[tuple[Any, str, str]]:
    """Erase from what other systems reported, and return what was cleared."""
    found = list(_deliveries(connection, eraser))
    table = tables.deliveries
    for key, changed in found:
        connection.execute(update(table).where(table.c.id == key).values(changed))
    cleared: list[tuple[Any, str, str]] = [(key, "", "") for key, _ in found]
    messages = tables.dispatches
    for number, payload, record in list(_messages(connection, eraser)):
        connection.execute(update(messages).where(messages.c.id == number).values(payload=payload))
        cleared.append((number, "", record))
    for name in list(_checks(connection, eraser)):
        connection.execute(delete(tables.checks).where(tables.checks.c.id == name))
        cleared.append((name, "", ""))
    for state, names in _STATES:
        for row in list(_rows(connection, eraser, state, names)):
            same = [column == row[column.name] for column in state.primary_key.columns]
            connection.execute(delete(state).where(*same))
            cleared.append((tuple(row.values()), "", ""))
    return cleared


def _deliveries(connection: Connection, eraser: Eraser) -> Iterator[tuple[int, dict[str, Any]]]:
    table = tables.deliveries
    columns = (table.c.id, table.c.headers, table.c.body, table.c.reason, table.c.event)
    for row in connection.execute(select(*columns)).yield_per(_BATCH):
        changed: dict[str, Any] = {
            name: cleared
            for name, data in (("headers", row.headers), ("body", row.body))
            if (cleared := eraser.foreign(bytes(data))) is not None
        }
        for name in ("reason", "event"):
            said = row._mapping[name]  # noqa: SLF001  (SQLAlchemy's public name for it)
            if (text := eraser.note(said)) != said:
                changed[name] = text
        if changed:
            yield row.id, changed


def _messages(connection: Connection, eraser: Eraser) -> Iterator[tuple[int, bytes, str]]:
    table = tables.dispatches
    for row in connection.execute(select(table.c.id, table.c.payload, table.c.record)).yield_per(_BATCH):
        if (cleared := eraser.foreign(bytes(row.payload))) is not None:
            yield row.id, cleared, row.record


def _checks(connection: Connection, eraser: Eraser) -> Iterator[str]:
    """Yield the kept answers to gates that hold the words: they go, for the gate may ask again."""
    table = tables.checks
    for row in connection.execute(select(table.c.id, table.c.body)).yield_per(_BATCH):
        said = bytes(row.body).decode()
        if eraser.note(said) != said:
            yield row.id


def _rows(
    connection: Connection, eraser: Eraser, table: Any, names: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    for row in connection.execute(select(table)).mappings().yield_per(_BATCH):
        if any(eraser.note(row[name]) != row[name] for name in names):
            yield dict(row)
