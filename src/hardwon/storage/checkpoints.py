"""Checkpoints: the tree signed from time to time, kept here and, if asked, in a file outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, insert, select

from hardwon.domain.actor import system
from hardwon.domain.audit import verify_consistency
from hardwon.domain.checkpoint import Checkpoint, key_of, note_of, read_notes
from hardwon.domain.errors import UnavailableError
from hardwon.storage import tables
from hardwon.storage.audit_log import leased
from hardwon.storage.clock import to_ms
from hardwon.storage.keys import SigningKey
from hardwon.storage.proofs import prove_consistency
from hardwon.storage.store import Reading, Store

EVERY_MS: Final = 60_000
"""Between two checkpoints, unless a review is closed."""


class StoredCheckpoint(NamedTuple):
    """A checkpoint as it is kept: of how many entries, when, and the signed note."""

    size: int
    at_ms: int
    note: str


class _Tree(NamedTuple):
    size: int
    root: bytes


def sign(
    store: Store, key: SigningKey, now: datetime, *, at_once: bool = False, anchor: Path | None = None
) -> bool:
    """Sign the tree where it grew, if it is time or a review was closed, and tell whether that was done.

    The note goes to the anchor file first, so none is kept here that is not there. Raises
    UnavailableError where the tree does not go on from the one signed last, or the file cannot be written.
    """
    with store.read(None) as reading:
        if not _is_due(reading.connection, now, at_once=at_once):
            return False
    with store.begin(system(), now) as tx:
        if not leased(tx) or not _is_due(tx.connection, now, at_once=at_once):
            return False
        tree = _newest_tree(tx.connection)
        _expect_growth(tx.connection, tree)
        name = key_of(key.public)
        note = note_of(Checkpoint(name.name, tree.size, tree.root), name, key.sign)
        if anchor is not None:
            _anchor(anchor, note)
        table = tables.checkpoints
        tx.connection.execute(insert(table).values(size=tree.size, at_ms=to_ms(now), note=note))
    return True


def newest(reading: Reading) -> StoredCheckpoint | None:
    """Return the newest checkpoint, with what a witness signed of it; None before the first."""
    found = _newest(reading.connection)
    if found is None:
        return None
    table = tables.cosignatures
    line = reading.connection.scalar(select(table.c.line).where(table.c.size == found.size))
    return found._replace(note=found.note + (line or ""))


def iterate(reading: Reading) -> Iterator[StoredCheckpoint]:
    """Yield every checkpoint, oldest first."""
    table = tables.checkpoints
    query = select(table.c.size, table.c.at_ms, table.c.note).order_by(table.c.size)
    for row in reading.connection.execute(query):
        yield StoredCheckpoint(*row)


def _newest(connection: Connection) -> StoredCheckpoint | None:
    table = tables.checkpoints
    query = select(table.c.size, table.c.at_ms, table.c.note).order_by(table.c.size.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return StoredCheckpoint(*row) if row else None


def _newest_tree(connection: Connection) -> _Tree:
    table = tables.audit_tree
    row = connection.execute(
        select(table.c.size, table.c.root).order_by(table.c.size.desc()).limit(1)
    ).one_or_none()
    return _Tree(row.size, bytes(row.root)) if row else _Tree(0, b"")


def _is_due(connection: Connection, now: datetime, *, at_once: bool) -> bool:
    tree, last = _newest_tree(connection), _newest(connection)
    if last is None:
        return tree.size > 0
    if tree.size <= last.size:
        return tree.size < last.size
    return at_once or abs(to_ms(now) - last.at_ms) >= EVERY_MS or _review_closed(connection, last.size)


def _review_closed(connection: Connection, since: int) -> bool:
    table = tables.audit
    closed = select(table.c.id).where(
        table.c.position >= since,
        table.c.kind == "review",
        table.c.verb == "moved",
        table.c.detail.startswith("closed"),
    )
    return connection.scalar(closed.limit(1)) is not None


def _expect_growth(connection: Connection, tree: _Tree) -> None:
    """Raise UnavailableError where the tree does not go on from the one that was signed last."""
    last = _newest(connection)
    if last is None:
        return
    before = read_notes(last.note)[0].checkpoint
    if before.size <= tree.size:
        path = prove_consistency(connection, before.size, tree.size)
        if verify_consistency(before.size, tree.size, path, before.root, tree.root):
            return
    raise UnavailableError(
        f"The trail is not the one that was signed at {before.size} entries; it is not signed again.",
        fix="Run `hardwon audit verify`, and compare with a backup.",
    )


def _anchor(path: Path, note: str) -> None:
    """Append a note to a file outside, on disk before it is said to be there. Raises UnavailableError."""
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{note}\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise UnavailableError(
            f"The checkpoint cannot be anchored in {path}: {error.strerror}.",
            fix="Make its folder writable, or set another anchor_file.",
        ) from error
