"""Proofs over the stored tree: what lies beside a leaf, and how an older tree goes on into a newer one.

No node is stored for them: the frontiers that the sequencer left at each batch hold most of the
subtrees' roots, and a few thousand leaves at the most fill in the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from hardwon.domain.audit import (
    Frontier,
    append,
    consistency_ranges,
    inclusion_ranges,
    root,
    starts_of,
)
from hardwon.domain.commitment import NAMED_FOR_PEOPLE, TrailLine
from hardwon.domain.errors import NotFoundError, UnavailableError
from hardwon.storage import tables
from hardwon.storage.queries.page import AnyRow
from hardwon.storage.store import Reading

_BATCH: Final = 5_000
_DIGITS: Final = 19
_FRONTIER: Final = msgspec.msgpack.Decoder(Frontier)


def prove_inclusion(connection: Connection, position: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of the entry at a position in the tree of `size`."""
    return tuple(_root(connection, start, end) for start, end in inclusion_ranges(position, size))


def prove_consistency(connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` entries goes on from that of `old`."""
    return tuple(_root(connection, start, end) for start, end in consistency_ranges(old, new))


def root_at(connection: Connection, size: int) -> bytes:
    """Return the root of the tree when it had `size` entries."""
    return _root(connection, 0, size)


def _root(connection: Connection, start: int, end: int) -> bytes:
    """Return the root of the subtree over the leaves `start` to `end`.

    Raises UnavailableError where leaves are missing.
    """
    table = tables.audit
    frontier = _begun(connection, start, end)
    query = (
        select(table.c.leaf)
        .where(table.c.position >= start + frontier.size, table.c.position < end)
        .order_by(table.c.position)
    )
    for leaf in connection.scalars(query):
        frontier = append(frontier, bytes(leaf))
    if frontier.size != end - start:
        raise UnavailableError(
            f"Entries between {start} and {end} are missing from the trail.",
            fix="Run `hardwon audit verify`.",
        )
    return root(frontier)


def _begun(connection: Connection, start: int, end: int) -> Frontier:
    """Return how far recorded frontiers lead into a subtree: the longest one in which it stands apart."""
    tree = tables.audit_tree
    query = (
        select(tree.c.frontier)
        .where(tree.c.size > start, tree.c.size <= end)
        .order_by(tree.c.size.desc())
        .limit(2)
    )
    for stored in connection.scalars(query):
        frontier = _FRONTIER.decode(stored)
        starts = starts_of(frontier.size)
        if start in starts:
            return Frontier(frontier.size - start, frontier.hashes[starts.index(start) :])
    return Frontier()


class FoundEntry(NamedTuple):
    """One placed entry: where it stands, its bytes, and {field: (value, salt)} of what it commits to."""

    position: int
    entry: bytes
    opening: dict[str, tuple[str, str]]


def find_entry(reading: Reading, name: str, revision: int | None = None) -> FoundEntry:
    """Return the entry at a position, or the newest one about a record, or the one that says what one of
    its revisions is.

    Raises NotFoundError, also for one that waits for its place.
    """
    table = tables.audit
    query = select(table).where(table.c.position.is_not(None))
    if name.isascii() and name.isdigit() and len(name) < _DIGITS:
        query = query.where(table.c.position == int(name))
    else:
        query = query.where(table.c.record == name)
    order = table.c.position.desc()
    if (
        revision is not None
    ):  # a write's first entry holds its revision's digest, the others its further events
        query, order = query.where(table.c.revision == revision), table.c.position.asc()
    row = reading.connection.execute(query.order_by(order).limit(1)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"The trail has no entry {name}{f' at revision {revision}' if revision else ''}.",
            fix="Name a record, a record and its revision as INC-0042@3, or the number of an entry.",
        )
    return FoundEntry(row.position, bytes(row.entry), _opening(reading, row))


def _opening(reading: Reading, row: AnyRow) -> dict[str, tuple[str, str]]:
    """Return the values and salts that are kept of what an entry commits to."""
    found = {"detail": (row.detail, bytes(row.salt).hex())} if row.salt else {}
    table = tables.names
    fields = ("actor", "record") if row.kind in NAMED_FOR_PEOPLE else ("actor",)
    for field in fields:
        name = getattr(row, field)
        salt = reading.connection.scalar(select(table.c.salt).where(table.c.name == name))
        if salt:
            found[field] = (name, bytes(salt).hex())
    return found


def iterate_lines(reading: Reading) -> Iterator[TrailLine]:
    """Yield every entry: those in the tree in its order, then those that wait for their place."""
    table = tables.audit
    columns = (table.c.entry, table.c.detail, table.c.salt)
    placed = select(*columns).where(table.c.position.is_not(None)).order_by(table.c.position)
    waiting = select(*columns).where(table.c.position.is_(None)).order_by(table.c.id)
    for query in (placed, waiting):
        for row in reading.connection.execute(query).yield_per(_BATCH):
            yield TrailLine(bytes(row.entry), row.detail, row.salt and bytes(row.salt))
