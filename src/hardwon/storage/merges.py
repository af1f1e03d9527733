"""What was merged, by its commit, and the deployments that carry a commit."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import msgspec
from sqlalchemy import select

from hardwon.domain.change import Change
from hardwon.domain.source import Source
from hardwon.storage.rows import CARRIES
from hardwon.storage.tables import links, merges
from hardwon.storage.transaction import Transaction


def put_merge(tx: Transaction, source: Source, change: Change) -> None:
    """Keep what a source says was merged; what it says again replaces it."""
    statement = import_module(f"sqlalchemy.dialects.{tx.connection.dialect.name}").insert(merges)
    body = msgspec.json.encode(change).decode()
    row = {"source": source.id, "commit": change.commit, "scope": source.scope, "body": body}
    kept = {"scope": statement.excluded.scope, "body": statement.excluded.body}
    tx.connection.execute(
        statement.on_conflict_do_update(index_elements=["source", "commit"], set_=kept), row
    )


def merged(tx: Transaction, commits: Sequence[str], scope: str) -> dict[str, Change]:
    """Return what is known of these commits by sources whose reports are seen by the same readers."""
    if not commits:
        return {}
    query = select(merges.c.body).where(merges.c.commit.in_(commits), merges.c.scope == scope)
    found = (msgspec.json.decode(body, type=Change) for body in tx.connection.scalars(query))
    return {change.commit: change for change in found}


def carriers(tx: Transaction, commit: str, *, limit: int = 100) -> tuple[str, ...]:
    """Return the deployments that carry a commit."""
    query = select(links.c.source).where(links.c.target == commit, links.c.relation == CARRIES)
    return tuple(tx.connection.scalars(query.order_by(links.c.source.desc()).limit(limit)))
