"""Titles of records of any kind."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from hardwon.storage.store import Reading
from hardwon.storage.tables import (
    actions,
    artifacts,
    deployments,
    environments,
    incidents,
    people,
    services,
    teams,
)

_TABLES = (incidents, artifacts, actions, deployments, services, teams, environments, people)


def titles_of(reading: Reading, ids: Sequence[str]) -> dict[str, str]:
    """Return {id: title} of the visible ones of these records."""
    found: dict[str, str] = {}
    for table in _TABLES if ids else ():
        title = table.c.title if "title" in table.c else table.c.name
        query = select(table.c.id, title).where(table.c.id.in_(ids), reading.visible(table.c.scope))
        found |= {row[0]: row[1] for row in reading.connection.execute(query)}
    return found
