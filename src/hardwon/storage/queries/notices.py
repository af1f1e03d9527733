"""The inbox's notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, not_, select

from hardwon.domain.notice import Notice
from hardwon.storage.clock import from_ms, optional_time
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor
from hardwon.storage.rows import TABLES, scope_of
from hardwon.storage.store import Reading
from hardwon.storage.tables import notices


def list_notices(
    reading: Reading, readers: Sequence[str], *, limit: int = 50, after: str | None = None
) -> Page[Notice]:
    """Return a page of these readers' notices, newest first; those of what they may not see now are left out."""
    check_limit(limit)
    query = select(notices).where(notices.c.reader.in_(readers), *_not_hidden(reading))
    if after:
        query = query.where(notices.c.id < decode_cursor(after, (int,))[0])
    rows = reading.connection.execute(query.order_by(notices.c.id.desc()).limit(limit + 1)).all()
    found = tuple(
        Notice(
            id=row.id,
            reader=row.reader,
            record=row.record,
            text=row.text,
            at=from_ms(row.at_ms),
            read_at=optional_time(row.read_at_ms),
        )
        for row in rows[:limit]
    )
    return Page(rows=found, next=encode_cursor((found[-1].id,)) if len(rows) > limit else None)


def count_unread(reading: Reading, readers: Sequence[str]) -> int:
    """Return how many of these readers' notices are unread."""
    query = (
        select(func.count())
        .select_from(notices)
        .where(notices.c.reader.in_(readers), notices.c.read_at_ms.is_(None), *_not_hidden(reading))
    )
    return int(reading.connection.execute(query).scalar_one())


def _not_hidden(reading: Reading) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which no record that the reader may not see is told of."""
    if reading.scopes is None:
        return
    for table in dict.fromkeys(TABLES.values()):
        hidden = table.c.id == notices.c.record, not_(reading.visible(scope_of(table)))
        yield not_(select(table.c.id).where(*hidden).correlate(notices).exists())
