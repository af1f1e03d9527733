"""The secrets of sources and destinations: several hold at once, so that one is replaced while another is in use."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select

from hardwon.domain.record import RecordKind
from hardwon.storage.clock import to_ms
from hardwon.storage.sealing import seal, unseal
from hardwon.storage.sides import advance
from hardwon.storage.store import Reading
from hardwon.storage.tables import source_secrets, sources
from hardwon.storage.transaction import Transaction


class SourceRow(NamedTuple):
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


def secrets_of(reading: Reading, home: Path, source: str) -> tuple[str, ...]:
    """Return a source's secrets, newest first. Raises UnavailableError where the key is another."""
    table = source_secrets
    query = select(table.c.id, table.c.sealed).where(table.c.source == source)
    rows = reading.connection.execute(query.order_by(table.c.id.desc())).all()
    return tuple(unseal(home, row.id, bytes(row.sealed)) for row in rows)


def count_secrets(reading: Reading, source: str) -> int:
    """Return how many secrets a source has."""
    query = select(func.count()).select_from(source_secrets).where(source_secrets.c.source == source)
    return int(reading.connection.scalar(query) or 0)


def list_sources(reading: Reading) -> list[SourceRow]:
    """Return the sources the reader may see, at most two hundred."""
    table = sources
    query = select(table.c.id, table.c.title, table.c.kind).where(reading.visible(table.c.scope))
    return [SourceRow(*row) for row in reading.connection.execute(query.order_by(table.c.id).limit(200))]
