"""What this workspace signed of others as their witness, and what a witness signed of it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import delete, func, insert, select

from hardwon.domain.checkpoint import Checkpoint
from hardwon.storage.clock import to_ms
from hardwon.storage.sides import advance
from hardwon.storage.store import Reading
from hardwon.storage.tables import cosignatures, witnessed
from hardwon.storage.transaction import Transaction


class Seen(NamedTuple):
    """The newest tree that was signed of a workspace."""

    size: int
    root: bytes


def seen_of(tx: Transaction, origin: str) -> Seen | None:
    """Return the newest tree of a workspace, None before the first; others who ask wait until `tx` ends."""
    advance(tx.connection, "witnessed", 1)
    query = select(witnessed.c.size, witnessed.c.root).where(witnessed.c.origin == origin)
    row = tx.connection.execute(query).one_or_none()
    return Seen(row.size, bytes(row.root)) if row else None


def put_seen(tx: Transaction, checkpoint: Checkpoint) -> None:
    """Keep the newest tree of a workspace in the place of the one before."""
    tx.connection.execute(delete(witnessed).where(witnessed.c.origin == checkpoint.origin))
    row = {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "at_ms": to_ms(tx.at),
    }
    tx.connection.execute(insert(witnessed).values(row))


def cosigned_size(reading: Reading) -> int:
    """Return the size of the largest checkpoint that a witness signed, 0 before the first."""
    return int(reading.connection.scalar(select(func.max(cosignatures.c.size))) or 0)


def put_cosignature(tx: Transaction, size: int, line: str) -> None:
    """Keep a witness's signature under the checkpoint of that size."""
    tx.connection.execute(delete(cosignatures).where(cosignatures.c.size == size))
    tx.connection.execute(insert(cosignatures).values(size=size, line=line, at_ms=to_ms(tx.at)))
