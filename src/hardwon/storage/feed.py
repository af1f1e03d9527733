"""The search feed: what the index tails, in an order that never skips a late commit.

On SQLite writers take turns, so a counter orders the rows. On PostgreSQL a row carries its
transaction's number, and a reader takes only rows older than every transaction still running.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Text, cast, func, select, tuple_

from hardwon.domain.errors import InputError
from hardwon.domain.search import SearchDocument
from hardwon.storage.store import Reading
from hardwon.storage.tables import search_documents

_DECODER = msgspec.json.Decoder(SearchDocument)
_FINISHED = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)


class FeedBatch(msgspec.Struct, frozen=True):
    """Documents to index, ids to drop, and the cursor to read on from."""

    documents: tuple[SearchDocument, ...]
    deletions: tuple[str, ...]
    cursor: str


def read_feed(reading: Reading, cursor: str, limit: int) -> FeedBatch:
    """Return what changed since `cursor` (empty: everything), at most `limit` documents.

    Raises InputError for a cursor that is none.
    """
    table = search_documents
    query = select(table).order_by(table.c.txid, table.c.seq).limit(limit)
    if cursor:
        query = query.where(tuple_(table.c.txid, table.c.seq) > tuple_(*_parse(cursor)))
    if reading.connection.dialect.name == "postgresql":
        query = query.where(table.c.txid < _FINISHED)
    rows = reading.connection.execute(query).all()
    return FeedBatch(
        documents=tuple(_DECODER.decode(row.body) for row in rows if not row.deleted),
        deletions=tuple(row.document for row in rows if row.deleted),
        cursor=f"{rows[-1].txid}:{rows[-1].seq}" if rows else cursor,
    )


def _parse(cursor: str) -> tuple[int, int]:
    try:
        txid, seq = cursor.split(":")
        return int(txid), int(seq)
    except ValueError as error:
        raise InputError("That is no feed cursor.", fix="Run `hardwon reindex`.") from error
