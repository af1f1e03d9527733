"""The pseudonyms under which the trail knows people, and how one is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from sqlalchemy import Connection, select, update

from hardwon.domain.commitment import KeptName, commit, fresh_salt, stand_in
from hardwon.storage import tables


def pseudonym_of(connection: Connection, name: str) -> str:
    """Return the pseudonym of a name; one that was never used before gets its own."""
    table = tables.names
    query = select(table.c.pseudonym).where(table.c.name == name)
    if (known := connection.scalar(query)) is not None:
        return str(known)
    salt = fresh_salt()
    row = {"name": name, "pseudonym": commit(salt, name.encode()), "salt": salt}
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    connection.execute(dialect.insert(table).values(row).on_conflict_do_nothing(index_elements=["name"]))
    return str(connection.execute(query).scalar_one())


def forget(connection: Connection, name: str) -> KeptName:
    """Drop the salt of a name and put its stand-in there instead; return what is kept now."""
    table = tables.names
    pseudonym = pseudonym_of(connection, name)
    row = {"name": stand_in(pseudonym), "salt": None}
    connection.execute(update(table).where(table.c.name == name).values(row))
    return KeptName(stand_in(pseudonym), pseudonym, None)


def iterate_names(connection: Connection) -> Iterator[KeptName]:
    """Yield every name the trail knows."""
    table = tables.names
    query = select(table.c.name, table.c.pseudonym, table.c.salt).order_by(table.c.name)
    for row in connection.execute(query):
        yield KeptName(row.name, row.pseudonym, row.salt and bytes(row.salt))
