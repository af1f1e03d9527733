"""Threads of an artifact, seen by whom the artifact is seen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from hardwon.domain.record import decode
from hardwon.domain.thread import Thread
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.rows import scope_of
from hardwon.storage.store import Reading
from hardwon.storage.tables import threads


def list_threads(
    reading: Reading,
    artifact: str,
    *,
    state: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[Thread]:
    """Return a page of an artifact's threads, oldest first. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    query = select(threads.c.at, threads.c.id, threads.c.body).where(
        threads.c.artifact == artifact, reading.visible(scope_of(threads))
    )
    if state:
        query = query.where(threads.c.state == state)
    if after:
        key = decode_cursor(after, (int, str))
        query = query.where(past((threads.c.at, threads.c.id), key, descending=False))
    query = query.order_by(threads.c.at, threads.c.id).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows=_decoded(rows[:limit]), next=encode_cursor((last.at, last.id)) if last else None)


def count_open(reading: Reading, artifact: str) -> dict[str, int]:
    """Return how many threads of an artifact are open, by section."""
    query = (
        select(threads.c.section, func.count())
        .where(threads.c.artifact == artifact, threads.c.state == "open", reading.visible(scope_of(threads)))
        .group_by(threads.c.section)
    )
    return {row[0]: int(row[1]) for row in reading.connection.execute(query)}


def count_threads(reading: Reading, artifact: str) -> int:
    """Return how many threads an artifact has, whoever may see them."""
    query = select(func.count()).select_from(threads).where(threads.c.artifact == artifact)
    return int(reading.connection.execute(query).scalar_one())


def _decoded(rows: Sequence[AnyRow]) -> tuple[Thread, ...]:
    return tuple(decode("thread", row.body) for row in rows)  # type: ignore[misc]
