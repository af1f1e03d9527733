"""The audit log: committed leaves are placed in the RFC 6962 tree, and all of it can be verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from hardwon.domain.actor import system
from hardwon.domain.audit import Frontier, append, root
from hardwon.storage import tables
from hardwon.storage.audit_check import (
    Claim,
    check_entries,
    check_outside,
    check_states,
    check_waiting,
    kept_claims,
)
from hardwon.storage.findings import Findings
from hardwon.storage.openings import Openings
from hardwon.storage.store import Reading, Store
from hardwon.storage.transaction import Transaction

_BATCH: Final = 1_000
MOST_TOLD: Final = 1_000
_LEASE: Final = 0x48_57_41_55
"""The advisory lock PostgreSQL's one sequencer holds; on SQLite the write transaction is it."""
_FRONTIER = msgspec.msgpack.Decoder(Frontier)


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """The tree's size and root, how many leaves wait for their place, how many checkpoints were compared,
    what does not fit, and the last thousand revisions that an erasure rewrote, with who did it and why.
    """

    size: int
    root: str
    unplaced: int
    checkpoints: int = 0
    problems: tuple[str, ...]
    erasures: tuple[str, ...] = ()


def sequence(store: Store, now: datetime) -> int:
    """Place every unplaced leaf in the tree, oldest first, and return how many.

    Of several sequencers one holds the lease; the others return at once.
    """
    placed = 0
    while _unplaced(store):
        with store.begin(system(), now) as tx:
            batch = _place(tx) if leased(tx) else 0
        placed += batch
        if batch < _BATCH:
            break
    return placed


def _unplaced(store: Store) -> bool:
    table = tables.audit
    with store.read(None) as reading:
        query = select(table.c.id).where(table.c.position.is_(None)).limit(1)
        return reading.connection.scalar(query) is not None


def leased(tx: Transaction) -> bool:
    """Take the lease of the one who places leaves and signs, until the end of `tx`; tell whether it was free."""
    if tx.connection.dialect.name != "postgresql":
        return True
    return bool(tx.connection.scalar(select(func.pg_try_advisory_xact_lock(_LEASE))))


def _place(tx: Transaction) -> int:
    table, connection = tables.audit, tx.connection
    tree = tables.audit_tree
    newest = select(tree.c.frontier).order_by(tree.c.size.desc()).limit(1)
    stored = connection.scalar(newest)
    frontier = _FRONTIER.decode(stored) if stored else Frontier()
    waiting = connection.execute(
        select(table.c.id, table.c.leaf).where(table.c.position.is_(None)).order_by(table.c.id).limit(_BATCH)
    ).all()
    places = []
    for row in waiting:
        places.append({"row": row.id, "place": frontier.size})
        frontier = append(frontier, bytes(row.leaf))
    if waiting:
        statement = update(table).where(table.c.id == bindparam("row"))
        connection.execute(statement.values(position=bindparam("place")), places)
        connection.execute(
            insert(tree).values(
                size=frontier.size, frontier=msgspec.msgpack.encode(frontier), root=root(frontier)
            )
        )
    return len(waiting)


def verify(reading: Reading, claims: Sequence[Claim] = (), told: Sequence[str] = ()) -> AuditReport:
    """Recompute every leaf, the tree and every revision's digest, and name what does not fit.

    Roots that `claims` and the kept checkpoints name must be those of the recomputed tree. What
    is `told` to be wrong already is named first. Reads in batches; a hundred problems end it.
    """
    found = Findings()
    for problem in told:
        found.add(problem)
    said = [*claims, *kept_claims(reading, found)]
    frontier, committed = check_entries(reading, found, said)
    unplaced, waiting = check_waiting(reading, found)
    if not found.full:
        check_outside(reading, found, frontier.size + unplaced)
    check_states(reading, found, committed + waiting)
    return AuditReport(
        size=frontier.size,
        root=root(frontier).hex(),
        unplaced=unplaced,
        checkpoints=len(said),
        problems=tuple(found.problems),
        erasures=tuple(Openings(reading, Findings()).erasures[-MOST_TOLD:]),
    )
