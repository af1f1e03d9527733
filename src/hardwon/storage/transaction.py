"""One write: state, revision, audit entry, outbox and search feed, together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Table, insert, select, update

from hardwon.domain.access import EVERYONE, Permission, authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import (
    DuplicateError,
    NotFoundError,
    RevisionConflictError,
)
from hardwon.domain.event import Event
from hardwon.domain.moment import check_moments
from hardwon.domain.record import TYPES, Record, RecordKind, check_history, decode, kind_of
from hardwon.domain.revision import KeptRevision
from hardwon.domain.text import check_plain, format_id, number_of
from hardwon.storage import tables
from hardwon.storage.clock import to_ms
from hardwon.storage.rows import TABLES, row_of
from hardwon.storage.sides import Sides, advance
from hardwon.storage.trail import Said, Trail, Written

AnyRecord = TypeVar("AnyRecord", bound=Record)
_KIND_OF: dict[type[Any], RecordKind] = {cls: kind for kind, cls in TYPES.items()}


class Transaction:
    """What a use case may do inside one write. Made by `Store.begin`."""

    def __init__(self, connection: Connection, actor: str, at: datetime) -> None:
        """Write through `connection` in the name of `actor` at that time."""
        self.connection = connection
        self.actor = actor
        self.at = at
        self._trail = Trail(connection, actor, at)
        self._sides = Sides(connection, at)

    def next_id(self, kind: RecordKind) -> str:
        """Return the next readable id of a kind."""
        return self.next_ids(kind, 1)[0]

    def next_ids(self, kind: RecordKind, count: int) -> list[str]:
        """Return `count` new ids of a kind in order."""
        last = advance(self.connection, f"id:{kind}", count)
        return [format_id(kind, number) for number in range(last - count + 1, last + 1)]

    def reserve_ids(self, kind: RecordKind, highest: int) -> None:
        """Never give out an id of that kind up to `highest` from now on."""
        name = f"id:{kind}"
        advance(self.connection, name, 0)
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

    def get_as(
        self, actor: Actor, permission: Permission, kind: type[AnyRecord], record_id: str
    ) -> AnyRecord:
        """Return a record as it is now for an actor who may do that to it.

        Raises ForbiddenError without the permission, NotFoundError for a record that is not there and,
        in the same words, for one the actor does not see.
        """
        authorise(actor, permission)
        record = self.get(kind, record_id)
        scopes = scopes_of(actor)
        if scopes is not None and getattr(record, "scope", EVERYONE) not in scopes:
            raise NotFoundError(f"There is no {_KIND_OF[kind]} {record_id}.", fix="Check the id.")
        return record

    def find_by_source(self, kind: RecordKind, source: str, source_id: str) -> str | None:
        """Return the id of the record that came from there, or None."""
        table = TABLES[kind]
        query = select(table.c.id).where(table.c.source == source, table.c.source_id == source_id)
        return self.connection.scalar(query.limit(1))

    def save(
        self, record: AnyRecord, events: tuple[Event, ...], expected_revision: int | None = None
    ) -> AnyRecord:
        """Keep a new record, or the next revision of one that stands at `expected_revision`.

        Without an event the write is a plain `created` or `revised`. Raises DuplicateError for a
        new one that is there, RevisionConflictError for one that moved on, NotFoundError for a
        revision of nothing, InputError for text no database can keep.
        """
        number = 1 if not expected_revision else expected_revision + 1
        saved = msgspec.structs.replace(record, revision=number)
        written = self._written(saved)
        table = TABLES[written.kind]
        if number == 1:
            self._create(table, written.row)
        else:
            self._replace(table, written.row, number - 1)
            self._sides.clear(saved.id)
        self._sides.write([saved])
        facts = events or (Event(verb="created" if number == 1 else "revised"),)
        self._trail.keep([written], facts[0])
        self._trail.note(written, facts[1:])
        self._trail.tell(written, facts)
        return saved

    def save_many(self, records: Sequence[Record], event: Event) -> None:
        """Keep many new records at once, each with its own history. No notices are sent.

        Raises DuplicateError where one of them is there already.
        """
        if not records:
            return
        written = [self._written(record) for record in records]
        groups: dict[Table, list[dict[str, Any]]] = {}
        for item in written:
            groups.setdefault(TABLES[item.kind], []).append(item.row)
        for table, rows in groups.items():
            self.connection.execute(insert(table), rows)
        self._sides.write(records)
        self._trail.keep(written, event)
        self._trail.tell_many(written, event)

    def put_history(self, record: Record, history: Sequence[KeptRevision]) -> None:
        """Keep a record that comes with all its revisions, as an export wrote them.

        Raises DuplicateError where a record with this id is there, InputError where the history
        does not lead to the record.
        """
        written = self._written(record)
        check_history(record, history)
        written.row["body"] = history[-1].body
        self._create(TABLES[written.kind], written.row)
        self._sides.write([record])
        self._trail.keep_history(written, history)
        self._trail.tell_many([written], Event(verb="imported"))
        if (number := number_of(record.id)) is not None:
            self.reserve_ids(written.kind, number)

    def extend_history(self, record: Record, history: Sequence[KeptRevision], stands: int) -> None:
        """Keep what a record's history holds beyond revision `stands`, which is the one that is here.

        Raises NotFoundError, RevisionConflictError where it moved on, InputError where the history
        does not lead to the record.
        """
        written = self._written(record)
        check_history(record, history)
        written.row["body"] = history[-1].body
        self._replace(TABLES[written.kind], written.row, stands)
        self._sides.clear(record.id)
        self._sides.write([record])
        self._trail.keep_history(written, [kept for kept in history if kept.number > stands])
        self._trail.tell_many([written], Event(verb="imported"))

    def relink(self, kind: RecordKind, after: str, count: int) -> tuple[str, ...]:
        """Write the links of the next `count` records of a kind anew, and return their ids.

        Links are derived: no revision and no audit entry comes of it. Records stay locked meanwhile.
        """
        table = TABLES[kind]
        query = select(table.c.id, table.c.body).where(table.c.id > after)
        if table is tables.artifacts:
            query = query.where(table.c.kind == kind)
        rows = self.connection.execute(query.order_by(table.c.id).limit(count).with_for_update()).all()
        self._sides.relink([decode(kind, row.body) for row in rows])
        return tuple(row.id for row in rows)

    def derive(self, before: str, record: Record) -> None:
        """Write what is derived from a record anew; `before` is the id under which it stood."""
        self._sides.clear(before)
        self._sides.write([record])

    def mark_read(self, readers: Sequence[str], notices: Sequence[int]) -> int:
        """Mark these readers' notices as read and return how many were unread."""
        table = tables.notices
        result = self.connection.execute(
            update(table)
            .where(table.c.reader.in_(readers), table.c.id.in_(notices), table.c.read_at_ms.is_(None))
            .values(read_at_ms=to_ms(self.at))
        )
        return int(result.rowcount)

    def audit(self, verb: str, kind: str, name: str, detail: str = "") -> None:
        """Put an entry of its own into the trail, for what is no record (a token, an export)."""
        self.append([Said(verb, kind, name, detail=detail)])

    def append(self, said: Sequence[Said]) -> None:
        """Put entries into the trail that come with no revision of their own."""
        self._trail.append(said)

    def _written(self, record: Record) -> Written:
        """Return the record with its row.

        Raises InputError for a time no calendar needs, or a NUL, which PostgreSQL refuses.
        """
        check_moments(record)
        row = row_of(record, self.at)
        check_plain(record.id, row["body"])
        return Written(kind_of(record), record, row)

    def _create(self, table: Table, row: dict[str, Any]) -> None:
        taken = self.connection.scalar(select(table.c.id).where(table.c.id == row["id"]))
        if taken is not None:
            raise DuplicateError(f"{row['id']} is there already.", fix="Revise it instead.")
        self.connection.execute(insert(table), row)

    def _replace(self, table: Table, row: dict[str, Any], expected: int) -> None:
        same = [table.c.id == row["id"]]
        if table is tables.artifacts:
            same.append(table.c.kind == row["kind"])
        matched = self.connection.execute(
            update(table)
            .where(*same, table.c.revision == expected)
            .values({key: value for key, value in row.items() if key != "id"})
        ).rowcount
        if matched:
            return
        stands = self.connection.scalar(select(table.c.revision).where(*same))
        if stands is None:
            raise NotFoundError(f"There is no {row['id']}.", fix="Check the id.")
        raise RevisionConflictError(
            f"{row['id']} is at revision {stands}, not {expected}.",
            fix="Read it again, and bring your change to the new revision.",
        )
