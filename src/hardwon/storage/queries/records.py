"""Whole records: one, many, their revisions, and all of them for an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy import Table, func, literal, select

from hardwon.domain.errors import NotFoundError
from hardwon.domain.record import TYPES, Record, RecordKind, decode
from hardwon.domain.revision import KeptRevision
from hardwon.domain.text import kind_of as kind_of_id
from hardwon.storage import tables
from hardwon.storage.clock import from_ms
from hardwon.storage.rows import TABLES, scope_of
from hardwon.storage.store import Reading

AnyRecord = TypeVar("AnyRecord", bound=Record)
_KIND_OF: dict[type[Any], RecordKind] = {cls: kind for kind, cls in TYPES.items()}
_CHUNK = 500


class RevisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote which revision when."""

    revision: int
    at: datetime
    by: str
    verb: str
    detail: str


def get_record(reading: Reading, kind: type[AnyRecord], record_id: str) -> AnyRecord:
    """Return a record the reader may see. Raises NotFoundError for any other."""
    name = _KIND_OF[kind]
    table = TABLES[name]
    query = select(table.c.body).where(table.c.id == record_id, reading.visible(scope_of(table)))
    if table is tables.artifacts:
        query = query.where(table.c.kind == name)
    body = reading.connection.scalar(query)
    if body is None:
        raise NotFoundError(f"There is no {name} {record_id}.", fix="Check the id, or search.")
    return decode(name, body)  # type: ignore[return-value]


def get_records(reading: Reading, ids: Sequence[str]) -> dict[str, Record]:
    """Return those of the records (by readable id) that the reader may see."""
    found: dict[str, Record] = {}
    groups: dict[RecordKind, list[str]] = {}
    for record_id in ids:
        kind = kind_of_id(record_id)
        if kind in TYPES:
            groups.setdefault(kind, []).append(record_id)
    for kind, group in groups.items():
        table = TABLES[kind]
        query = select(table.c.id, table.c.body).where(
            table.c.id.in_(group), reading.visible(scope_of(table))
        )
        for row in reading.connection.execute(query):
            found[row.id] = decode(kind, row.body)
    return found


def known_ids(reading: Reading, kind: RecordKind, ids: Sequence[str]) -> set[str]:
    """Return which of the ids are taken."""
    return set(_lookup(reading, TABLES[kind], "id", ids, "").values())


def find_by_source(
    reading: Reading, kind: RecordKind, source: str, source_ids: Sequence[str]
) -> dict[str, str]:
    """Return {source_id: record id} for those of one source that are stored, whoever may see them."""
    return _lookup(reading, TABLES[kind], "source_id", source_ids, source)


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stored record as an import may know it: where it came from, its title and when it happened."""

    id: str
    source: str
    source_id: str
    title: str
    at: datetime


def find_by_source_id(
    reading: Reading, kind: Literal["deployment", "incident"], source_ids: Sequence[str]
) -> list[SourceRow]:
    """Return what any source calls by these ids, whoever may see it."""
    table = TABLES[kind]
    found = []
    for start in range(0, len(source_ids), _CHUNK):
        chunk = source_ids[start : start + _CHUNK]
        columns = (table.c.id, table.c.source, table.c.source_id, table.c.title, table.c.at)
        query = select(*columns).where(table.c.source_id.in_(chunk)).order_by(table.c.id)
        found += [
            SourceRow(
                id=row.id, source=row.source, source_id=row.source_id, title=row.title, at=from_ms(row.at)
            )
            for row in reading.connection.execute(query)
        ]
    return found


def _lookup(
    reading: Reading, table: Table, column: str, values: Sequence[str], source: str
) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK]
        query = select(table.c[column], table.c.id).where(table.c[column].in_(chunk))
        if source:
            query = query.where(table.c.source == source)
        found |= {row[0]: row[1] for row in reading.connection.execute(query)}
    return found


def get_source_ids(reading: Reading, kinds: Sequence[RecordKind]) -> dict[str, str]:
    """Return {record id: source_id} of every visible record of those kinds."""
    found: dict[str, str] = {}
    for table in dict.fromkeys(TABLES[kind] for kind in kinds):
        query = select(table.c.id, table.c.source_id).where(reading.visible(scope_of(table)))
        found |= {row.id: row.source_id for row in reading.connection.execute(query)}
    return found


def get_revisions(reading: Reading, record_id: str) -> list[RevisionRow]:
    """Return who wrote a record's revisions, newest first; ask for the record itself before."""
    kept = tables.revisions
    query = (
        select(kept.c.number, kept.c.at_ms, kept.c.by, kept.c.verb, kept.c.detail)
        .where(kept.c.kind == kind_of_id(record_id), kept.c.record == record_id)
        .order_by(kept.c.number.desc())
        .limit(1_000)
    )
    return [
        RevisionRow(revision=row.number, at=from_ms(row.at_ms), by=row.by, verb=row.verb, detail=row.detail)
        for row in reading.connection.execute(query)
    ]


def last_mover(reading: Reading, kind: RecordKind, record_id: str) -> str | None:
    """Return who moved a record to its status last, None where nobody did yet."""
    kept = tables.revisions
    query = (
        select(kept.c.by)
        .where(kept.c.kind == kind, kept.c.record == record_id, kept.c.verb == "moved")
        .order_by(kept.c.number.desc())
        .limit(1)
    )
    return reading.connection.scalar(query)


def get_revision(reading: Reading, kind: type[AnyRecord], record_id: str, number: int) -> AnyRecord:
    """Return one revision; ask for the record itself before, which checks visibility.

    Raises NotFoundError.
    """
    kept = tables.revisions
    name = _KIND_OF[kind]
    body = reading.connection.scalar(
        select(kept.c.body).where(kept.c.kind == name, kept.c.record == record_id, kept.c.number == number)
    )
    if body is None:
        raise NotFoundError(f"{record_id} has no revision {number}.", fix="See its history.")
    return decode(name, body)  # type: ignore[return-value]


def get_bodies(reading: Reading, kind: RecordKind, ids: Sequence[str]) -> dict[str, dict[int, bytes]]:
    """Return what each revision of these records says, by id and number, whoever may see it."""
    kept = tables.revisions
    found: dict[str, dict[int, bytes]] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        query = select(kept.c.record, kept.c.number, kept.c.body).where(
            kept.c.kind == kind, kept.c.record.in_(chunk)
        )
        for row in reading.connection.execute(query):
            found.setdefault(row.record, {})[row.number] = bytes(row.body)
    return found


def count_records(reading: Reading, most: int | None = None) -> dict[RecordKind, int]:
    """Return how many visible records there are of each kind, counting no further than `most`."""
    counts: dict[RecordKind, int] = {}
    for kind, table in TABLES.items():
        query = select(literal(1)).select_from(table).where(reading.visible(scope_of(table)))
        if table is tables.artifacts:
            query = query.where(table.c.kind == kind)
        rows = (query if most is None else query.limit(most)).subquery()
        counts[kind] = int(reading.connection.execute(select(func.count()).select_from(rows)).scalar_one())
    return counts


def iterate_histories(reading: Reading) -> Iterator[tuple[Record, tuple[KeptRevision, ...]]]:
    """Yield every visible record with all its revisions, oldest first, kind by kind."""
    for kind, table in TABLES.items():
        last = ""
        while True:
            query = (
                select(table.c.id, table.c.body)
                .where(reading.visible(scope_of(table)), table.c.id > last)
                .order_by(table.c.id)
                .limit(_CHUNK)
            )
            if table is tables.artifacts:
                query = query.where(table.c.kind == kind)
            rows = reading.connection.execute(query).all()
            kept = _histories(reading, kind, [row.id for row in rows])
            for row in rows:
                yield decode(kind, row.body), tuple(kept[row.id])
            if len(rows) < _CHUNK:
                break
            last = rows[-1].id


def _histories(reading: Reading, kind: RecordKind, ids: Sequence[str]) -> dict[str, list[KeptRevision]]:
    found: dict[str, list[KeptRevision]] = {record: [] for record in ids}
    kept = tables.revisions
    query = (
        select(kept).where(kept.c.kind == kind, kept.c.record.in_(ids)).order_by(kept.c.record, kept.c.number)
    )
    for row in reading.connection.execute(query) if ids else ():
        found[row.record].append(
            KeptRevision(
                number=row.number,
                at=from_ms(row.at_ms),
                by=row.by,
                verb=row.verb,
                detail=row.detail,
                body=bytes(row.body),
                salt=bytes(row.salt or b""),
            )
        )
    return found
