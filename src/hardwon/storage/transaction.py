"""One write: state, revision, audit entry, outbox, notices and search feed, together or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, Connection, Table, Text, cast, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hardwon.domain.audit import AuditEntry, canonical, leaf_hash
from hardwon.domain.document import document_of
from hardwon.domain.errors import DuplicateError, NotFoundError, RevisionConflictError
from hardwon.domain.event import Event
from hardwon.domain.record import TYPES, Record, RecordKind, decode, encode, kind_of
from hardwon.domain.revision import KeptRevision
from hardwon.domain.text import format_id
from hardwon.storage import tables
from hardwon.storage.clock import to_ms
from hardwon.storage.rows import TABLES, labels_of, links_of, row_of

AnyRecord = TypeVar("AnyRecord", bound=Record)
_ENCODER = msgspec.json.Encoder()
CURRENT_TXID = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
"""The number of the running PostgreSQL transaction, which orders the search feed."""


class Transaction:
    """What a use case may do inside one write. Made by `Store.begin`."""

    def __init__(self, connection: Connection, actor: str, at: datetime) -> None:
        """Write through `connection` in the name of `actor` at that time."""
        self.connection = connection
        self.actor = actor
        self.at = at
        self._fed = 0

    def next_id(self, kind: RecordKind) -> str:
        """Return the next readable id of a kind."""
        return self.next_ids(kind, 1)[0]

    def next_ids(self, kind: RecordKind, count: int) -> list[str]:
        """Return `count` new ids of a kind in order."""
        last = self._advance(f"id:{kind}", count)
        return [format_id(kind, number) for number in range(last - count + 1, last + 1)]

    def reserve_ids(self, kind: RecordKind, highest: int) -> None:
        """Never give out an id of that kind up to `highest` from now on."""
        name = f"id:{kind}"
        self._advance(name, 0)
        table = tables.counters
        self.connection.execute(
            update(table).where(table.c.name == name, table.c.last < highest).values(last=highest)
        )

    def get(self, kind: type[AnyRecord], record_id: str) -> AnyRecord:
        """Return a record as it is now, whoever asks; authorise on its scope.

        Raises NotFoundError.
        """
        name = _KIND_OF[kind]
        table = TABLES[name]
        query = select(table.c.body).where(table.c.id == record_id)
        if table is tables.artifacts:
            query = query.where(table.c.kind == name)
        body = self.connection.scalar(query)
        if body is None:
            raise NotFoundError(f"There is no {name} {record_id}.", fix="Check the id.")
        return decode(name, body)  # type: ignore[return-value]

    def save(
        self, record: AnyRecord, events: tuple[Event, ...], expected_revision: int | None = None
    ) -> AnyRecord:
        """Keep a new record, or the next revision of one that stands at `expected_revision`.

        Raises DuplicateError for a new one that is there, RevisionConflictError for one that moved
        on, NotFoundError for a revision of nothing.
        """
        kind = kind_of(record)
        number = 1 if not expected_revision else expected_revision + 1
        saved = msgspec.structs.replace(record, revision=number)
        if number == 1:
            self._create(TABLES[kind], row_of(saved, self.at))
        else:
            self._replace(TABLES[kind], row_of(saved, self.at), number - 1)
            for table, column in ((tables.labels, "record"), (tables.links, "source")):
                self.connection.execute(delete(table).where(table.c[column] == saved.id))
        self._write_sides([saved])
        for event in events:
            self._write_history([saved], event)
        self._notify(saved, events)
        return saved

    def save_many(self, records: Sequence[Record], event: Event) -> None:
        """Keep many new records at once, each with its own history. No notices are sent.

        Raises DuplicateError where one of them is there already.
        """
        for table, group in groupby(records, key=lambda record: TABLES[kind_of(record)]):
            rows = [row_of(record, self.at) for record in group]
            self.connection.execute(insert(table), rows)
        self._write_sides(records)
        self._write_history(records, event)

    def put_history(self, record: Record, history: Sequence[KeptRevision]) -> None:
        """Keep a record that comes with all its revisions, as an export wrote them.

        Raises DuplicateError where a record with this id is there.
        """
        kind = kind_of(record)
        self._create(TABLES[kind], row_of(record, self.at))
        self._write_sides([record])
        rows = [
            {
                "record": record.id,
                "number": kept.number,
                "kind": kind,
                "at_ms": to_ms(kept.at),
                "by": kept.by,
                "verb": kept.verb,
                "detail": kept.detail,
                "body": kept.body,
            }
            for kept in history
        ]
        self.connection.execute(insert(tables.revisions), rows)
        event = Event(verb="imported", detail=f"with {len(rows)} revisions")
        self._audit([(record, encode(record))], event)

    def mark_read(self, readers: Sequence[str], notices: Sequence[int]) -> int:
        """Mark these readers' notices as read and return how many were unread."""
        table = tables.notices
        result = self.connection.execute(
            update(table)
            .where(
                table.c.reader.in_(readers), table.c.id.in_(notices), table.c.read_at_ms.is_(None)
            )
            .values(read_at_ms=to_ms(self.at))
        )
        return int(result.rowcount)

    def audit(self, verb: str, kind: str, name: str, detail: str = "") -> None:
        """Put an entry of its own into the trail, for what is no record (a token, an export)."""
        self._append([self._entry(verb, kind, name, 0, detail, "")])

    def _create(self, table: Table, row: dict[str, Any]) -> None:
        taken = self.connection.scalar(select(table.c.id).where(table.c.id == row["id"]))
        if taken is not None:
            raise DuplicateError(f"{row['id']} is there already.", fix="Revise it instead.")
        self.connection.execute(insert(table), row)

    def _replace(self, table: Table, row: dict[str, Any], expected: int) -> None:
        matched = self.connection.execute(
            update(table)
            .where(table.c.id == row["id"], table.c.revision == expected)
            .values({key: value for key, value in row.items() if key != "id"})
        ).rowcount
        if matched:
            return
        stands = self.connection.scalar(select(table.c.revision).where(table.c.id == row["id"]))
        if stands is None:
            raise NotFoundError(f"There is no {row['id']}.", fix="Check the id.")
        raise RevisionConflictError(
            f"{row['id']} is at revision {stands}, not {expected}.",
            fix="Read it again, and bring your change to the new revision.",
        )

    def _write_sides(self, records: Sequence[Record]) -> None:
        """Write labels, links and search documents."""
        labels = [
            {"record": record.id, "axis": axis, "value": value}
            for record in records
            for axis, value in labels_of(record)
        ]
        links = [
            {"source": record.id, "relation": relation, "target": target}
            for record in records
            for relation, target in links_of(record)
        ]
        for table, rows in ((tables.labels, labels), (tables.links, links)):
            if rows:
                self.connection.execute(insert(table), rows)
        self._feed(records)

    def _feed(self, records: Sequence[Record]) -> None:
        documents = [document_of(record, self.at) for record in records]
        kept = [document for document in documents if document is not None]
        if not kept:
            return
        txid, last = 0, 0
        if not self._on_postgres:
            last = self._advance("feed", len(kept))
        else:
            self._fed = last = self._fed + len(kept)
            txid = int(self.connection.execute(select(CURRENT_TXID)).scalar_one())
        rows = [
            {
                "document": document.id,
                "txid": txid,
                "seq": last - len(kept) + number,
                "deleted": 0,
                "body": _ENCODER.encode(document),
            }
            for number, document in enumerate(kept, 1)
        ]
        self._upsert(tables.search_documents, rows, ("document",))

    def _write_history(self, records: Sequence[Record], event: Event) -> None:
        """Write one revision row and one audit entry per record."""
        pairs = [(record, encode(record)) for record in records]
        rows = [
            {
                "record": record.id,
                "number": record.revision,
                "kind": kind_of(record),
                "at_ms": to_ms(self.at),
                "by": self.actor,
                "verb": event.verb,
                "detail": event.detail,
                "body": body,
            }
            for record, body in pairs
        ]
        self.connection.execute(insert(tables.revisions), rows)
        self._audit(pairs, event)

    def _audit(self, pairs: Iterable[tuple[Record, bytes]], event: Event) -> None:
        self._append(
            [
                self._entry(
                    event.verb,
                    kind_of(record),
                    record.id,
                    record.revision,
                    event.detail,
                    hashlib.sha256(body).hexdigest(),
                )
                for record, body in pairs
            ]
        )

    def _entry(  # noqa: PLR0913
        self, verb: str, kind: str, name: str, revision: int, detail: str, digest: str
    ) -> bytes:
        return canonical(
            AuditEntry(
                at_ms=to_ms(self.at),
                actor=self.actor,
                verb=verb,
                kind=kind,
                record=name,
                revision=revision,
                detail=detail,
                body_sha256=digest,
            )
        )

    def _append(self, entries: Sequence[bytes]) -> None:
        rows = [{"entry": entry, "leaf": leaf_hash(entry)} for entry in entries]
        self.connection.execute(insert(tables.audit), rows)

    def _notify(self, record: Record, events: tuple[Event, ...]) -> None:
        """Put notices into the inboxes of those who should know, and one row into the outbox."""
        title = getattr(record, "title", None) or getattr(record, "name", record.id)
        notices = [
            {
                "reader": reader,
                "record": record.id,
                "text": f"{title}: {event.detail or event.verb}",
                "at_ms": to_ms(self.at),
            }
            for event in events
            for reader in dict.fromkeys(event.tell)
            if reader != self.actor
        ]
        if notices:
            self.connection.execute(insert(tables.notices), notices)
        outbox = [
            {
                "topic": f"{kind_of(record)}.{event.verb}",
                "key": f"{record.id}@{record.revision}:{event.verb}",
                "payload": _ENCODER.encode({"record": record.id, "revision": record.revision}),
                "at_ms": to_ms(self.at),
            }
            for event in events
        ]
        if outbox:
            self.connection.execute(insert(tables.outbox), outbox)

    def _advance(self, name: str, count: int) -> int:
        """Add to a counter and return it; the row's lock keeps other writers behind us."""
        table = tables.counters
        self._ensure_counter(name)
        return int(
            self.connection.execute(
                update(table)
                .where(table.c.name == name)
                .values(last=table.c.last + count)
                .returning(table.c.last)
            ).scalar_one()
        )

    def _ensure_counter(self, name: str) -> None:
        build = postgresql.insert if self._on_postgres else sqlite.insert
        statement = build(tables.counters).values(name=name, last=0)
        self.connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))

    def _upsert(self, table: Table, rows: list[dict[str, Any]], key: tuple[str, ...]) -> None:
        build = postgresql.insert if self._on_postgres else sqlite.insert
        statement = build(table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_=changed), rows
        )

    @property
    def _on_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"


_KIND_OF: dict[type[Any], RecordKind] = {cls: kind for kind, cls in TYPES.items()}
