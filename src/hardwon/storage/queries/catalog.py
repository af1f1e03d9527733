"""Lists of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import case, or_, select

from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.record import TYPES, RecordKind, decode
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor
from hardwon.storage.rows import MEMBER, TABLES
from hardwon.storage.store import Reading
from hardwon.storage.tables import links

Entry = TypeVar("Entry", Service, Environment, Team, Person)
_KINDS: dict[object, RecordKind] = {cls: kind for kind, cls in TYPES.items()}


def list_catalog(
    reading: Reading, kind: type[Entry], *, limit: int = 200, after: str | None = None
) -> Page[Entry]:
    """Return a page of one kind of entry by id. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    name = _KINDS[kind]
    table = TABLES[name]
    query = select(table.c.id, table.c.body).order_by(table.c.id).limit(limit + 1)
    if after:
        query = query.where(table.c.id > decode_cursor(after, (str,))[0])
    rows = reading.connection.execute(query).all()
    entries = tuple(decode(name, row.body) for row in rows[:limit])
    more = len(rows) > limit
    return Page(rows=entries, next=encode_cursor((rows[limit - 1].id,)) if more else None)  # type: ignore[arg-type]


def find_names(reading: Reading, text: str, *, limit: int) -> tuple[Person | Team, ...]:
    """Return people and teams whose id or name holds `text`, those whose id begins with it first."""
    found: list[Person | Team] = []
    for kind in ("person", "team"):
        table = TABLES[kind]
        held = or_(table.c.id.icontains(text, autoescape=True), table.c.name.icontains(text, autoescape=True))
        first = case((table.c.id.istartswith(text, autoescape=True), 0), else_=1)
        query = select(table.c.body).where(held).order_by(first, table.c.id).limit(limit)
        entries = (decode(kind, body) for body in reading.connection.scalars(query))
        found += [entry for entry in entries if isinstance(entry, Person | Team)]
    found.sort(key=lambda entry: (not entry.id.lower().startswith(text.lower()), entry.id))
    return tuple(found[:limit])


def service_kinds(reading: Reading, names: Sequence[str]) -> frozenset[str]:
    """Return what kinds of things these services are: a model, a pipeline, a library, data or a service."""
    if not names:
        return frozenset()
    table = TABLES["service"]
    bodies = reading.connection.scalars(select(table.c.body).where(table.c.id.in_(names)))
    entries = (decode("service", body) for body in bodies)
    return frozenset(entry.kind for entry in entries if isinstance(entry, Service))


def calls_of(reading: Reading, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what each of these services depends on."""
    if not names:
        return {}
    table = TABLES["service"]
    bodies = reading.connection.scalars(select(table.c.body).where(table.c.id.in_(names)))
    entries = (decode("service", body) for body in bodies)
    return {entry.id: entry.calls for entry in entries if isinstance(entry, Service)}


def teams_of(reading: Reading, names: Sequence[str]) -> tuple[str, ...]:
    """Return the teams that own these services, each once, in the order of the services."""
    if not names:
        return ()
    table = TABLES["service"]
    rows = reading.connection.execute(select(table.c.id, table.c.body).where(table.c.id.in_(names))).all()
    owners = {row.id: decode("service", row.body) for row in rows}
    found = (owners.get(name) for name in names)
    teams = (entry.team for entry in found if isinstance(entry, Service))
    return tuple(dict.fromkeys(team for team in teams if team))


def grants_of(reading: Reading, person: str) -> tuple[str, ...]:
    """Return the restricted scopes a person was let into, at most 500, the newest first."""
    query = select(links.c.source).where(links.c.target == person, links.c.relation == MEMBER)
    found = reading.connection.scalars(query.order_by(links.c.source.desc()).limit(500))
    return tuple(f"restricted:{name}" for name in found)
