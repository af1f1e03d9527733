"""Links read backwards: who points at a record or an address, and links that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, cast

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, exists, func, literal, or_, select, union_all

from hardwon.domain.record import Record, RecordKind, decode
from hardwon.domain.text import PREFIXES
from hardwon.domain.text import kind_of as kind_of_id
from hardwon.storage import tables
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.rows import TABLES
from hardwon.storage.store import Reading
from hardwon.storage.tables import links

Fault = Literal["missing", "archived"]
_REFERENCE: Final = "reference"
_CHUNK: Final = 500
_SOURCES: Final[dict[RecordKind, Table]] = {
    "incident": tables.incidents,
    "deployment": tables.deployments,
    "note": tables.artifacts,
    "action": tables.actions,
    "observation": tables.observations,
    "review": tables.reviews,
    "thread": tables.threads,
}
"""A table each; the artifacts' own column says which kind one is."""


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record that points at `target`, and by which relation."""

    relation: str
    target: str
    id: str
    kind: str
    title: str
    state: str


class DeadLinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A link of `source` to a record that is not there, or is archived."""

    source: str
    relation: str
    target: str
    fault: Fault


def pointing_at(reading: Reading, target: str, *, limit: int = 50, after: str | None = None) -> Page[LinkRow]:
    """Return a page of the visible records that point at a record's id or an address's key."""
    check_limit(limit)
    pointing = _pointing(reading, [target]).subquery()
    query = select(pointing)
    if after:
        key = decode_cursor(after, (str, str))
        query = query.where(past((pointing.c.relation, pointing.c.id), key, descending=False))
    query = query.order_by(pointing.c.relation, pointing.c.id).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(_row(row) for row in rows[:limit]),
        next=encode_cursor((last.relation, last.id)) if last else None,
    )


def count_pointing_at(reading: Reading, target: str) -> int:
    """Return how many visible records point there."""
    query = select(func.count()).select_from(_pointing(reading, [target]).subquery())
    return int(reading.connection.execute(query).scalar_one())


def sharing(reading: Reading, record: str, keys: Sequence[str], *, limit: int = 50) -> tuple[LinkRow, ...]:
    """Return the other visible records that refer to one of these addresses."""
    if not keys:
        return ()
    pointing = _pointing(reading, keys).subquery()
    query = select(pointing).where(pointing.c.relation == _REFERENCE, pointing.c.id != record)
    query = query.order_by(pointing.c.target, pointing.c.id).limit(limit)
    return tuple(_row(row) for row in reading.connection.execute(query))


def dead_links(reading: Reading, *, limit: int = 50, after: str | None = None) -> Page[DeadLinkRow]:
    """Return a page of the links of visible, living records that lead nowhere.

    A target is missing where no record has that id (a hidden one is no dead link, and ids are counted,
    so this tells nothing new), archived where the reader sees that it is.
    """
    check_limit(limit)
    found = union_all(*(_dead(reading, kind) for kind in PREFIXES if kind in TABLES)).subquery()
    query = select(found)
    if after:
        key = decode_cursor(after, (str, str))
        query = query.where(past((found.c.source, found.c.target), key, descending=False))
    query = query.group_by(found.c.source, found.c.target)
    columns = (func.min(found.c.relation).label("relation"), func.min(found.c.fault).label("fault"))
    query = query.with_only_columns(found.c.source, found.c.target, *columns)
    rows = reading.connection.execute(query.order_by(found.c.source, found.c.target).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(
            DeadLinkRow(source=row.source, relation=row.relation, target=row.target, fault=row.fault)
            for row in rows[:limit]
        ),
        next=encode_cursor((last.source, last.target)) if last else None,
    )


def living_records(reading: Reading) -> Iterator[Record]:
    """Yield every visible record that is not archived, one table after the other."""
    for table in _SOURCES.values():
        last = ""
        while True:
            query = select(table.c.id, table.c.body).where(table.c.id > last, *_alive(reading, table))
            rows = reading.connection.execute(query.order_by(table.c.id).limit(_CHUNK)).all()
            for row in rows:
                yield decode(cast("RecordKind", kind_of_id(row.id)), row.body)
            if len(rows) < _CHUNK:
                break
            last = rows[-1].id


def _pointing(reading: Reading, targets: Sequence[str]) -> Any:
    """Return the query of the links to these targets, each with its source where that is visible."""
    return union_all(
        *(
            _head(kind, table)
            .join(links, links.c.source == table.c.id)
            .where(links.c.target.in_(targets), reading.visible(table.c.scope))
            for kind, table in _SOURCES.items()
        )
    )


def _head(kind: RecordKind, table: Table) -> Select[Any]:
    """Return a query of what a list shows of a record, beside its link."""
    state = table.c.status if table is tables.incidents else None
    if state is None:
        state = table.c.outcome if table is tables.deployments else table.c.state
    named = table.c.kind.label("kind") if table is tables.artifacts else literal(kind).label("kind")
    title = table.c.artifact if table is tables.threads else table.c.title
    columns = (links.c.relation, links.c.target, table.c.id, named, title.label("title"))
    return select(*columns, state.label("state")).select_from(table)


def _dead(reading: Reading, kind: str) -> Select[Any]:
    """Return the query of the links to records of one kind that lead nowhere."""
    table = TABLES[cast("RecordKind", kind)]
    prefix = PREFIXES[kind]
    gone = ~exists().where(table.c.id == links.c.target)
    fault = literal("missing").label("fault")
    conditions: list[ColumnElement[bool]] = [gone]
    if table is tables.artifacts:
        archived = exists().where(
            table.c.id == links.c.target, table.c.state == "archived", reading.visible(table.c.scope)
        )
        conditions = [or_(gone, archived)]
        fault = func.coalesce(
            select(literal("archived")).where(table.c.id == links.c.target).scalar_subquery(), "missing"
        ).label("fault")
    query = select(links.c.source, links.c.relation, links.c.target, fault)
    return query.where(_begins(reading, f"{prefix}-"), *conditions, _from_living(reading))


def _begins(reading: Reading, prefix: str) -> ColumnElement[bool]:
    """Return the condition that a target begins so; only SQLite's order makes a range of it."""
    if reading.connection.dialect.name == "sqlite":
        return and_(links.c.target >= prefix, links.c.target < f"{prefix[:-1]}.")
    return links.c.target.like(f"{prefix}%")


def _from_living(reading: Reading) -> ColumnElement[bool]:
    """Return the condition that a link's source is visible and not archived."""
    return or_(
        *(
            exists().where(and_(table.c.id == links.c.source, *_alive(reading, table)))
            for table in _SOURCES.values()
        )
    )


def _alive(reading: Reading, table: Table) -> list[ColumnElement[bool]]:
    seen = [reading.visible(table.c.scope)]
    return [*seen, table.c.state != "archived"] if table is tables.artifacts else seen


def _row(row: AnyRow) -> LinkRow:
    return LinkRow(
        relation=row.relation,
        target=row.target,
        id=row.id,
        kind=row.kind,
        title=f"On {row.title}" if row.kind == "thread" else row.title,
        state=row.state,
    )
