"""The trail to read: who did what to which record, as far as the reader may see that record now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, case, false, select, true

from hardwon.domain.audit import TrailFilter
from hardwon.domain.record import RecordKind
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.rows import TABLES, scope_of
from hardwon.storage.store import Reading
from hardwon.storage.tables import artifacts, audit, people

_doers: Final = people.alias("doers")
_EPOCH: Final = from_ms(0)


class TrailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: who did what to which record; `entry` is its number in the tree, None while it waits."""

    entry: int | None
    at: datetime
    actor: str
    actor_name: str | None
    verb: str
    kind: str
    record: str
    title: str
    revision: int
    detail: str


_COLUMNS: Final = (
    audit.c.id,
    audit.c.position,
    audit.c.at_ms,
    audit.c.actor,
    _doers.c.name.label("actor_name"),
    audit.c.verb,
    audit.c.kind,
    audit.c.record,
    audit.c.revision,
    audit.c.detail,
)


def list_entries(
    reading: Reading, wanted: TrailFilter, *, limit: int = 50, after: str | None = None
) -> Page[TrailRow]:
    """Return a page of entries, newest first; what is no record shows to readers of everything alone.

    Raises InputError for a bad cursor or limit.
    """
    check_limit(limit)
    query = select(*_COLUMNS).outerjoin(_doers, _doers.c.id == audit.c.actor)
    query = query.where(_seen(reading), *_conditions(wanted))
    if after:
        key = decode_cursor(after, (int, int))
        query = query.where(past((audit.c.at_ms, audit.c.id), key, descending=True))
    query = query.order_by(audit.c.at_ms.desc(), audit.c.id.desc()).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    titles = _titles(reading, rows[:limit])
    return Page(
        rows=tuple(_row(row, titles.get((row.kind, row.record), "")) for row in rows[:limit]),
        next=encode_cursor((last.at_ms, last.id)) if last else None,
    )


def _conditions(wanted: TrailFilter) -> list[ColumnElement[bool]]:
    values = ("actor", "kind", "record", "verb")
    found = [audit.c[name] == value for name in values if (value := getattr(wanted, name))]
    if wanted.since:
        found.append(audit.c.at_ms >= _ms(wanted.since))
    if wanted.until:
        found.append(audit.c.at_ms < _ms(wanted.until) + 86_400_000)
    return found


def _ms(day: date) -> int:
    return to_ms(_EPOCH + timedelta(days=day.toordinal() - _EPOCH.toordinal()))


def _seen(reading: Reading) -> ColumnElement[bool]:
    """Return the condition under which the reader may see the record that an entry is about.

    It is one CASE by kind, so that no database reads each kind's entries apart and sorts them after.
    """
    if reading.scopes is None:
        return true()
    seen = {}
    for kind, table in TABLES.items():
        there = select(table.c.id).where(table.c.id == audit.c.record, reading.visible(scope_of(table)))
        if table is artifacts:
            there = there.where(table.c.kind == kind)
        seen[kind] = there.correlate(audit).exists()
    return case(seen, value=audit.c.kind, else_=false())


def _titles(reading: Reading, rows: Sequence[AnyRow]) -> dict[tuple[str, str], str]:
    """Return what the records of these entries are called now."""
    groups: dict[RecordKind, set[str]] = {}
    for row in rows:
        if row.kind in TABLES:
            groups.setdefault(row.kind, set()).add(row.record)
    found: dict[tuple[str, str], str] = {}
    for kind, ids in groups.items():
        table = TABLES[kind]
        if (called := table.c.get("title", table.c.get("name"))) is None:
            continue
        query = select(table.c.id, called.label("called")).where(table.c.id.in_(sorted(ids)))
        for row in reading.connection.execute(query):
            found[kind, row.id] = row.called
    return found


def _row(row: AnyRow, title: str) -> TrailRow:
    return TrailRow(
        entry=row.position,
        at=from_ms(row.at_ms),
        actor=row.actor,
        actor_name=row.actor_name,
        verb=row.verb,
        kind=row.kind,
        record=row.record,
        title=title,
        revision=row.revision,
        detail=row.detail,
    )
