"""The secrets of sources and destinations: several hold at once, so that one is replaced while another is in use."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import delete, func, insert, select

from hardwon.domain.errors import NotFoundError
from hardwon.domain.record import RecordKind
from hardwon.domain.source import Source
from hardwon.storage.clock import to_ms
from hardwon.storage.sealing import seal, unseal
from hardwon.storage.sides import advance
from hardwon.storage.store import Reading, Store
from hardwon.storage.tables import source_secrets, sources
from hardwon.storage.transaction import Transaction

_REMEMBERED: Final = 1.0
"""Seconds for which a source's secrets are not asked for again."""


class _Door(NamedTuple):
    source: Source
    secrets: tuple[str, ...]
    until: float


class SourceRow(msgspec.Struct, frozen=True):
    """One source in a list."""

    id: str
    title: str
    kind: str


def put_secret(tx: Transaction, home: Path, source: str, secret: str, *, kind: RecordKind = "source") -> str:
    """Keep a secret of a source or a destination, encrypted, with its audit entry; return its id."""
    name = f"{source}-{advance(tx.connection, f'secret:{source}', 1):06d}"
    row = {"id": name, "source": source, "sealed": seal(home, name, secret), "created_at_ms": to_ms(tx.at)}
    tx.connection.execute(insert(source_secrets).values(row))
    tx.audit("granted", kind, source, f"secret {name}")
    return name


def drop_secrets(tx: Transaction, source: str, *, keep: int, kind: RecordKind = "source") -> int:
    """Drop all but the newest secrets of a source or a destination; return how many went."""
    table = source_secrets
    newest = select(table.c.id).where(table.c.source == source).order_by(table.c.id.desc())
    kept = newest.limit(keep).subquery()
    gone = tx.connection.execute(
        delete(table).where(table.c.source == source, table.c.id.not_in(select(kept.c.id)))
    ).rowcount
    if gone:
        tx.audit("revoked", kind, source, f"{gone} secrets")
    return int(gone)


def secrets_of(reading: Reading, home: Path, owner: str) -> tuple[str, ...]:
    """Return the secrets of a source or a destination, newest first.

    Raises UnavailableError where the key is not the one they were sealed with.
    """
    table = source_secrets
    query = select(table.c.id, table.c.sealed).where(table.c.source == owner)
    rows = reading.connection.execute(query.order_by(table.c.id.desc())).all()
    return tuple(unseal(home, row.id, bytes(row.sealed)) for row in rows)


class Doors:
    """Sources and their secrets, remembered for a second, so that a delivery waits for no query.

    What this process changes it forgets at once; what another one changes holds a second later.
    """

    def __init__(self, store: Store, home: Path) -> None:
        """Ask that store; the secrets' key lies in that folder."""
        self._store, self._home = store, home
        self._known: dict[str, _Door] = {}

    def is_known(self, source: str) -> bool:
        """Tell whether a source is remembered just now."""
        door = self._known.get(source)
        return door is not None and time.monotonic() < door.until

    def of(self, source: str) -> tuple[Source, tuple[str, ...]]:
        """Return a source and its secrets, newest first.

        Raises NotFoundError, UnavailableError where the key is not the one they were sealed with.
        """
        door = self._known.get(source)
        if door is None or time.monotonic() >= door.until:
            door = self._ask(source)
            self._known[source] = door
        return door.source, door.secrets

    def forget(self, source: str) -> None:
        """Ask anew for a source that was changed."""
        self._known.pop(source, None)

    def _ask(self, source: str) -> _Door:
        until = time.monotonic() + _REMEMBERED
        with self._store.read(None) as reading:
            body = reading.connection.scalar(select(sources.c.body).where(sources.c.id == source))
            if body is None:
                raise NotFoundError(f"There is no source {source}.", fix="Check the address.")
            secrets = secrets_of(reading, self._home, source)
        return _Door(msgspec.json.decode(body, type=Source), secrets, until)


def count_secrets(reading: Reading, source: str) -> int:
    """Return how many secrets a source has."""
    query = select(func.count()).select_from(source_secrets).where(source_secrets.c.source == source)
    return int(reading.connection.scalar(query) or 0)


def list_sources(reading: Reading) -> list[SourceRow]:
    """Return the sources the reader may see, at most two hundred."""
    table = sources
    query = select(table.c.id, table.c.title, table.c.kind).where(reading.visible(table.c.scope))
    return [SourceRow(*row) for row in reading.connection.execute(query.order_by(table.c.id).limit(200))]


def active_sources(reading: Reading) -> list[Source]:
    """Return the sources that are switched on, at most two hundred."""
    bodies = reading.connection.scalars(select(sources.c.body).order_by(sources.c.id).limit(200))
    found = [msgspec.json.decode(body, type=Source) for body in bodies]
    return [source for source in found if source.active]
