"""The audit log: committed leaves are placed in the RFC 6962 tree, and all of it can be verified."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from hardwon.domain.actor import system
from hardwon.domain.audit import AuditEntry, Frontier, append, leaf_hash, root
from hardwon.storage import tables
from hardwon.storage.store import Reading, Store
from hardwon.storage.transaction import Transaction

_BATCH = 5_000
_MAX_PROBLEMS = 100
_FRONTIER = msgspec.msgpack.Decoder(Frontier)
_ENTRY = msgspec.json.Decoder(AuditEntry)


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """The tree's size and root, how many leaves wait for their place, and what does not fit."""

    size: int
    root: str
    unplaced: int
    problems: tuple[str, ...]


class _Placed(NamedTuple):
    position: int
    entry: bytes
    leaf: bytes


def sequence(store: Store, now: datetime) -> int:
    """Place every unplaced leaf in the tree, oldest first, and return how many.

    The tree's row is written compare-and-set, so of two sequencers one wins and the other's batch
    is undone whole.
    """
    placed = 0
    while True:
        with store.begin(system(), now) as tx:
            batch = _place(tx)
        placed += batch
        if batch < _BATCH:
            return placed


def _place(tx: Transaction) -> int:
    table, connection = tables.audit, tx.connection
    tree = tables.audit_tree
    newest = select(tree.c.frontier).order_by(tree.c.size.desc()).limit(1)
    stored = connection.scalar(newest)
    frontier = _FRONTIER.decode(stored) if stored else Frontier()
    waiting = connection.execute(
        select(table.c.id, table.c.leaf)
        .where(table.c.position.is_(None))
        .order_by(table.c.id)
        .limit(_BATCH)
        .with_for_update()
    ).all()
    places = []
    for row in waiting:
        places.append({"row": row.id, "place": frontier.size})
        frontier = append(frontier, row.leaf)
    if waiting:
        statement = update(table).where(table.c.id == bindparam("row"))
        connection.execute(statement.values(position=bindparam("place")), places)
        connection.execute(
            insert(tree).values(
                size=frontier.size, frontier=msgspec.msgpack.encode(frontier), root=root(frontier)
            )
        )
    return len(waiting)


def verify(reading: Reading) -> AuditReport:
    """Recompute every leaf, the tree and every revision's digest, and name what does not fit."""
    problems: list[str] = []
    frontier = Frontier()
    roots = _roots(reading)
    for position, row in enumerate(_placed(reading)):
        if row.position != position:
            problems.append(f"position {position} is missing: an entry was removed or moved")
            break
        if leaf_hash(row.entry) != row.leaf:
            problems.append(f"entry {position} was changed after it was written")
        frontier = append(frontier, leaf_hash(row.entry))
        expected = roots.get(frontier.size)
        if expected is not None and expected != root(frontier):
            problems.append(f"the tree of {frontier.size} entries has another root than recorded")
        if len(problems) >= _MAX_PROBLEMS:
            break
    if roots and max(roots) != frontier.size and not problems:
        problems.append(f"{max(roots)} entries were recorded, {frontier.size} are there")
    problems += _changed_revisions(reading, _MAX_PROBLEMS - len(problems))
    unplaced = select(func.count()).where(tables.audit.c.position.is_(None))
    return AuditReport(
        size=frontier.size,
        root=root(frontier).hex(),
        unplaced=int(reading.connection.execute(unplaced).scalar_one()),
        problems=tuple(problems),
    )


def _roots(reading: Reading) -> dict[int, bytes]:
    tree = tables.audit_tree
    rows = reading.connection.execute(select(tree.c.size, tree.c.root))
    return {row.size: bytes(row.root) for row in rows}


def _placed(reading: Reading) -> Iterator[_Placed]:
    table = tables.audit
    query = (
        select(table.c.position, table.c.entry, table.c.leaf)
        .where(table.c.position.is_not(None))
        .order_by(table.c.position)
    )
    for row in reading.connection.execution_options(yield_per=_BATCH).execute(query):
        yield _Placed(row.position, bytes(row.entry), bytes(row.leaf))


def _changed_revisions(reading: Reading, limit: int) -> Iterator[str]:
    """Yield revisions whose body is not what its entry committed to, or that are gone."""
    connection = reading.connection.execution_options(yield_per=_BATCH)
    digests: dict[tuple[str, int], str] = {}
    kept = tables.revisions
    for row in connection.execute(select(kept.c.record, kept.c.number, kept.c.body)):
        digests[row.record, row.number] = hashlib.sha256(row.body).hexdigest()
    found = 0
    for row in connection.execute(select(tables.audit.c.entry)):
        entry = _ENTRY.decode(row.entry)
        if not entry.body_sha256 or found >= limit:
            continue
        digest = digests.get((entry.record, entry.revision))
        if digest != entry.body_sha256:
            found += 1
            what = "is gone" if digest is None else "is not what was written"
            yield f"revision {entry.revision} of {entry.record} {what}"
