"""What is derived from a record and written beside it: labels, links and its search document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Table, Text, cast, delete, func, insert, select, update

from hardwon.domain.document import document_of
from hardwon.domain.record import Record
from hardwon.domain.sensitivity import withhold
from hardwon.storage import tables
from hardwon.storage.risk_rows import clear_risk, write_risk
from hardwon.storage.rows import labels_of, links_of

_ENCODER = msgspec.json.Encoder()
CURRENT_TXID = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
"""The number of the running PostgreSQL transaction, which orders the search feed."""


class Sides:
    """Writes the derived rows of records inside one write."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        """Write through `connection`; `at` dates what carries no time of its own."""
        self.connection = connection
        self.at = at
        self._fed = 0

    def clear(self, record_id: str) -> None:
        """Drop a record's labels, links and part in the risk score, to write those of its next revision."""
        for table, column in ((tables.labels, "record"), (tables.links, "source")):
            self.connection.execute(delete(table).where(table.c[column] == record_id))
        clear_risk(self.connection, record_id)

    def relink(self, records: Sequence[Record]) -> None:
        """Write the links of records anew, and what the risk score counts."""
        table = tables.links
        self.connection.execute(delete(table).where(table.c.source.in_([record.id for record in records])))
        self._link(records)
        for record in records:
            clear_risk(self.connection, record.id)
        write_risk(self.connection, records, self.at)

    def _link(self, records: Sequence[Record]) -> None:
        rows = [
            {"source": record.id, "relation": relation, "target": target}
            for record in records
            for relation, target in links_of(record)
        ]
        if rows:
            self.connection.execute(insert(tables.links), rows)

    def write(self, records: Sequence[Record]) -> None:
        """Write labels, links and search documents."""
        said = {(record.id, axis, withhold(value)) for record in records for axis, value in labels_of(record)}
        labels = [{"record": name, "axis": axis, "value": value} for name, axis, value in sorted(said)]
        if labels:
            self.connection.execute(insert(tables.labels), labels)
        self._link(records)
        write_risk(self.connection, records, self.at)
        self._feed(records)

    def _feed(self, records: Sequence[Record]) -> None:
        documents = [document_of(record, self.at) for record in records]
        kept = [document for document in documents if document is not None]
        if not kept:
            return
        txid, last = self._places(len(kept))
        rows = [
            {
                "document": document.id,
                "txid": txid,
                "seq": last - len(kept) + number,
                "deleted": 0,
                "scope": document.scope,
                "body": _ENCODER.encode(document),
            }
            for number, document in enumerate(kept, 1)
        ]
        self._upsert(rows)

    def _places(self, count: int) -> tuple[int, int]:
        """Return the feed's transaction number and the last of `count` new places in it."""
        if self.connection.dialect.name == "postgresql":
            self._fed += count
            return int(self.connection.execute(select(CURRENT_TXID)).scalar_one()), self._fed
        return 0, advance(self.connection, "feed", count)

    def _upsert(self, rows: list[dict[str, Any]]) -> None:
        statement = _insert(self.connection, tables.search_documents)
        changed = {name: statement.excluded[name] for name in rows[0] if name != "document"}
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=["document"], set_=changed), rows
        )


def advance(connection: Connection, name: str, count: int) -> int:
    """Add to a counter and return it; the row's lock keeps other writers behind us."""
    table = tables.counters
    counted = (
        update(table).where(table.c.name == name).values(last=table.c.last + count).returning(table.c.last)
    )
    last = connection.execute(counted).scalar()
    if last is None:
        fresh = _insert(connection, table).values(name=name, last=0)
        connection.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
        last = connection.execute(counted).scalar_one()
    return int(last)


def stands_at(connection: Connection, name: str) -> int:
    """Return what a counter says, 0 where it never counted."""
    table = tables.counters
    return int(connection.scalar(select(table.c.last).where(table.c.name == name)) or 0)


def _insert(connection: Connection, table: Table) -> Any:
    """Return the dialect's own insert, which knows ON CONFLICT; only that dialect is loaded."""
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
