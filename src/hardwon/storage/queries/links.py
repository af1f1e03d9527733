"""Links read backwards: who points at a record or an address, and links that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, cast

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, literal, or_, select, tuple_

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
    query = select(links).where(links.c.target == target, _visible_source(reading))
    if after:
        key = decode_cursor(after, (str, str))
        query = query.where(past((links.c.relation, links.c.source), key, descending=False))
    query = query.order_by(links.c.relation, links.c.source).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=_headed(reading, rows[:limit]),
        next=encode_cursor((last.relation, last.source)) if last else None,
    )


def count_pointing_at(reading: Reading, target: str) -> int:
    """Return how many links of visible records point there."""
    query = select(func.count()).select_from(links)
    query = query.where(links.c.target == target, _visible_source(reading))
    return int(reading.connection.execute(query).scalar_one())


def sharing(reading: Reading, record: str, keys: Sequence[str], *, limit: int = 50) -> tuple[LinkRow, ...]:
    """Return the other visible records that refer to one of these addresses."""
    if not keys:
        return ()
    query = (
        select(links)
        .where(
            links.c.target.in_(keys),
            links.c.relation == _REFERENCE,
            links.c.source != record,
            _visible_source(reading),
        )
        .limit(limit)
    )
    rows = reading.connection.execute(query.order_by(links.c.target, links.c.source)).all()
    return _headed(reading, rows)


def dead_links(reading: Reading, *, limit: int = 50, after: str | None = None) -> Page[DeadLinkRow]:
    """Return a page of the links of visible, living records that lead nowhere, by what they name.

    A target is missing where no record has that id (a hidden one is no dead link, and ids are counted,
    so this tells nothing new), archived where the reader sees that it is.
    """
    check_limit(limit)
    key = decode_cursor(after, (str, str, str)) if after else None
    kinds = [kind for kind in PREFIXES if kind in TABLES]
    if key:
        named = kind_of_id(key[0])
        kinds = kinds[kinds.index(named) if named in kinds else 0 :]
    rows: list[DeadLinkRow] = []
    for kind in kinds:
        query = _dead(reading, kind, key).limit(limit + 1 - len(rows))
        rows += [
            DeadLinkRow(source=row.source, relation=row.relation, target=row.target, fault=row.fault)
            for row in reading.connection.execute(query)
        ]
        key = None
        if len(rows) > limit:
            break
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(rows[:limit]),
        next=encode_cursor((last.target, last.relation, last.source)) if last else None,
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


def _headed(reading: Reading, rows: Sequence[AnyRow]) -> tuple[LinkRow, ...]:
    """Return links with what a list shows of their sources."""
    ids = {row.source for row in rows}
    heads: dict[str, AnyRow] = {}
    for kind, table in _SOURCES.items():
        named = [name for name in ids if TABLES.get(cast("RecordKind", kind_of_id(name))) is table]
        if named:
            query = _head(kind, table).where(table.c.id.in_(named), reading.visible(table.c.scope))
            heads |= {row.id: row for row in reading.connection.execute(query)}
    return tuple(_row(row, heads[row.source]) for row in rows if row.source in heads)


def _head(kind: RecordKind, table: Table) -> Select[Any]:
    """Return the query of what a list shows of records."""
    state = {tables.incidents: "status", tables.deployments: "outcome"}.get(table, "state")
    named = table.c.kind if table is tables.artifacts else literal(kind)
    title = table.c.artifact if table is tables.threads else table.c.title
    return select(table.c.id, named.label("kind"), title.label("title"), table.c[state].label("state"))


def _dead(reading: Reading, kind: RecordKind, key: tuple[str, str, str] | None) -> Select[Any]:
    """Return the query of the links to records of one kind that lead nowhere, beyond a key."""
    table = TABLES[kind]
    gone = ~exists().where(table.c.id == links.c.target)
    condition: ColumnElement[bool] = gone
    fault: ColumnElement[str] = literal("missing")
    if table is tables.artifacts:
        archived = (table.c.state == "archived", reading.visible(table.c.scope))
        condition = or_(gone, exists().where(table.c.id == links.c.target, *archived))
        fault = case((gone, "missing"), else_="archived")
    columns = (links.c.target, links.c.relation, links.c.source)
    query = select(*columns, fault.label("fault")).where(
        _begins(reading, f"{PREFIXES[kind]}-"), condition, _visible_source(reading, living=True)
    )
    if key:
        query = query.where(tuple_(*columns) > tuple_(*map(literal, key)))
    return query.order_by(*columns)


def _begins(reading: Reading, prefix: str) -> ColumnElement[bool]:
    """Return the condition that a target begins so; only SQLite's order makes a range of it."""
    if reading.connection.dialect.name == "sqlite":
        return and_(links.c.target >= prefix, links.c.target < f"{prefix[:-1]}.")
    return links.c.target.like(f"{prefix}%")


def _visible_source(reading: Reading, *, living: bool = False) -> ColumnElement[bool]:
    """Return the condition that the reader may see a link's source (and that it is not archived)."""
    return or_(
        *(
            exists().where(
                table.c.id == links.c.source,
                *(_alive(reading, table) if living else (reading.visible(table.c.scope),)),
            )
            for table in _SOURCES.values()
        )
    )


def _alive(reading: Reading, table: Table) -> list[ColumnElement[bool]]:
    seen = [reading.visible(table.c.scope)]
    return [*seen, table.c.state != "archived"] if table is tables.artifacts else seen


def _row(link: AnyRow, head: AnyRow) -> LinkRow:
    return LinkRow(
        relation=link.relation,
        target=link.target,
        id=head.id,
        kind=head.kind,
        title=f"On {head.title}" if head.kind == "thread" else head.title,
        state=head.state,
    )
