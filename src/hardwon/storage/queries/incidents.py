"""Lists of incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, case, func, select

from hardwon.domain.errors import InputError
from hardwon.storage.clock import from_ms, optional_time, to_ms
from hardwon.storage.queries.labels import carries, labels_by_record
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.store import Reading
from hardwon.storage.tables import UNFINISHED, actions, artifacts, incidents, links


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident in a list. `postmortem` is its state, None where none is written."""

    id: str
    title: str
    severity: int | None
    status: str
    at: datetime
    detected_at: datetime | None
    resolved_at: datetime | None
    services: tuple[str, ...]
    tags: tuple[str, ...]
    postmortem: str | None
    open_actions: int
    overdue_actions: int


_COLUMNS = (
    incidents.c.id,
    incidents.c.title,
    incidents.c.severity,
    incidents.c.status,
    incidents.c.at,
    incidents.c.detected_at,
    incidents.c.resolved_at,
)
_ORDERS: dict[str, tuple[Any, bool]] = {
    "newest": (incidents.c.at, True),
    "oldest": (incidents.c.at, False),
}


def start_of(day: date) -> int:
    """Return a day's first millisecond, UTC."""
    return to_ms(datetime.combine(day, time.min, tzinfo=UTC))


def list_incidents(  # noqa: PLR0913  (every filter is one)
    reading: Reading,
    *,
    service: str | None = None,
    severity: int | None = None,
    status: str | None = None,
    tag: str | None = None,
    since: date | None = None,
    until: date | None = None,
    sort: str = "newest",
    limit: int = 50,
    after: str | None = None,
    today: date,
) -> Page[IncidentRow]:
    """Return a page of incidents by when they occurred; `until` includes its whole day.

    Raises InputError for an unknown order, a bad cursor or limit.
    """
    check_limit(limit)
    if sort not in _ORDERS:
        raise InputError(f"Incidents cannot be sorted by {sort}.", fix=f"Use {', '.join(_ORDERS)}.")
    column, descending = _ORDERS[sort]
    query = select(*_COLUMNS).where(reading.visible(incidents.c.scope))
    for value, where in ((severity, incidents.c.severity), (status, incidents.c.status)):
        if value is not None:
            query = query.where(where == value)
    for axis, label in (("service", service), ("tag", tag)):
        if label:
            query = query.where(carries(incidents.c.id, axis, label))
    if since:
        query = query.where(incidents.c.at >= start_of(since))
    if until:
        query = query.where(incidents.c.at < start_of(until + timedelta(days=1)))
    if after:
        key = decode_cursor(after, (int, str))
        query = query.where(past((column, incidents.c.id), key, descending=descending))
    order = (column.desc(), incidents.c.id.desc()) if descending else (column, incidents.c.id)
    rows = reading.connection.execute(query.order_by(*order).limit(limit + 1)).all()
    page = _fill(reading, rows[:limit], today)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows=page, next=encode_cursor((last.at, last.id)) if last else None)


def get_incident_rows(reading: Reading, ids: Sequence[str], *, today: date) -> tuple[IncidentRow, ...]:
    """Return the visible ones of these incidents, newest first."""
    if not ids:
        return ()
    query = (
        select(*_COLUMNS)
        .where(incidents.c.id.in_(ids), reading.visible(incidents.c.scope))
        .order_by(incidents.c.at.desc(), incidents.c.id.desc())
    )
    return _fill(reading, reading.connection.execute(query).all(), today)


def _fill(reading: Reading, rows: Sequence[AnyRow], today: date) -> tuple[IncidentRow, ...]:
    """Add labels, the postmortem's state and the open actions of a page."""
    ids = [row.id for row in rows]
    labels = labels_by_record(reading, ids)
    written = _postmortems(reading, ids)
    open_actions = _open_actions(reading, ids, today)
    return tuple(
        IncidentRow(
            id=row.id,
            title=row.title,
            severity=row.severity,
            status=row.status,
            at=from_ms(row.at),
            detected_at=optional_time(row.detected_at),
            resolved_at=optional_time(row.resolved_at),
            services=labels[row.id].get("service", ()),
            tags=labels[row.id].get("tag", ()),
            postmortem=written.get(row.id),
            open_actions=open_actions.get(row.id, (0, 0))[0],
            overdue_actions=open_actions.get(row.id, (0, 0))[1],
        )
        for row in rows
    )


def _postmortems(reading: Reading, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    query = (
        select(links.c.target, artifacts.c.state)
        .join(artifacts, artifacts.c.id == links.c.source)
        .where(
            links.c.target.in_(ids),
            links.c.relation == "incident",
            artifacts.c.kind == "postmortem",
            reading.visible(artifacts.c.scope),
        )
    )
    return {row.target: row.state for row in reading.connection.execute(query)}


def _open_actions(reading: Reading, ids: Sequence[str], today: date) -> dict[str, tuple[int, int]]:
    if not ids:
        return {}
    overdue = func.sum(case((actions.c.due_on < today, 1), else_=0))
    query: Select[Any] = (
        select(actions.c.incident, func.count(), overdue)
        .where(
            actions.c.incident.in_(ids),
            UNFINISHED,
            reading.visible(actions.c.scope),
        )
        .group_by(actions.c.incident)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in reading.connection.execute(query)}
