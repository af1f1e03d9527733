"""Lists of actions, what is due first on top."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import func, select, union

from hardwon.domain.action import Action
from hardwon.domain.criterion import describe
from hardwon.domain.record import decode
from hardwon.storage.clock import from_ms
from hardwon.storage.queries.labels import carries, labels_by_record
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.rows import NO_DUE_DATE
from hardwon.storage.store import Reading
from hardwon.storage.tables import UNFINISHED, actions, links, people


class ActionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One action in a list. `criterion` is its success criterion in words, empty where none."""

    id: str
    title: str
    kind: str
    side: str
    state: str
    owner: str | None
    owner_name: str | None
    team: str | None
    due_on: date | None
    overdue_days: int
    criterion: str
    outcome: str
    incident: str | None
    services: tuple[str, ...]
    updated_at: datetime


_COLUMNS = (
    actions.c.id,
    actions.c.title,
    actions.c.kind,
    actions.c.side,
    actions.c.state,
    actions.c.owner,
    people.c.name.label("owner_name"),
    actions.c.team,
    actions.c.due_on,
    actions.c.incident,
    actions.c.unfinished,
    actions.c.updated_at,
    actions.c.body,
)
_QUERY = select(*_COLUMNS).outerjoin(people, people.c.id == actions.c.owner)
_MOST = 200
_WAITING = 5_000


def list_actions(  # noqa: PLR0913  (every filter is one)
    reading: Reading,
    *,
    state: str | None = None,
    owner: str | None = None,
    team: str | None = None,
    service: str | None = None,
    incident: str | None = None,
    unfinished: bool = False,
    limit: int = 50,
    after: str | None = None,
    today: date,
) -> Page[ActionRow]:
    """Return a page of actions by due date. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    query = _QUERY.where(reading.visible(actions.c.scope))
    pairs = ((state, "state"), (owner, "owner"), (team, "team"), (incident, "incident"))
    for value, name in pairs:
        if value:
            query = query.where(actions.c[name] == value)
    if service:
        query = query.where(carries(actions.c.id, "service", service))
    if unfinished:
        query = query.where(UNFINISHED)
    if after:
        day, record = decode_cursor(after, (int, str))
        key = (date.fromordinal(min(max(day, 1), date.max.toordinal())), record)
        query = query.where(past((actions.c.due_on, actions.c.id), key, descending=False))
    query = query.order_by(actions.c.due_on, actions.c.id).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=_fill(reading, rows[:limit], today),
        next=encode_cursor((last.due_on.toordinal(), last.id)) if last else None,
    )


def waiting_for_actions(reading: Reading, *, overdue: bool, today: date) -> tuple[str, ...]:
    """Return the incidents and lessons with an unfinished action that the reader may see, at most 5,000, those with
    what is due first on top. With `overdue` only those whose day has passed.
    """
    unfinished = [UNFINISHED, reading.visible(actions.c.scope)]
    if overdue:
        unfinished.append(actions.c.due_on < today)
    of_incident = select(actions.c.incident.label("id"), actions.c.due_on).where(
        *unfinished, actions.c.incident.is_not(None)
    )
    of_lesson = (
        select(links.c.target.label("id"), actions.c.due_on)
        .join(actions, actions.c.id == links.c.source)
        .where(*unfinished, links.c.relation == "lesson")
    )
    both = union(of_incident, of_lesson).subquery()
    query = select(both.c.id).group_by(both.c.id).order_by(func.min(both.c.due_on), both.c.id)
    return tuple(reading.connection.scalars(query.limit(_WAITING)))


def get_action_rows(reading: Reading, ids: Sequence[str], *, today: date) -> tuple[ActionRow, ...]:
    """Return the visible ones of these actions, what is due first on top."""
    if not ids:
        return ()
    query = _QUERY.where(actions.c.id.in_(ids), reading.visible(actions.c.scope))
    rows = reading.connection.execute(query.order_by(actions.c.due_on, actions.c.id)).all()
    return _fill(reading, rows, today)


def actions_of(
    reading: Reading,
    *,
    incidents: Sequence[str] = (),
    lessons: Sequence[str] = (),
    unfinished: bool = False,
    today: date,
) -> tuple[ActionRow, ...]:
    """Return the actions of these incidents or lessons, what is due first on top, at most 200."""
    if not incidents and not lessons:
        return ()
    of_lesson = select(links.c.source).where(links.c.relation == "lesson", links.c.target.in_(lessons))
    of_incident = select(actions.c.id).where(actions.c.incident.in_(incidents))
    query = _QUERY.where(actions.c.id.in_(union(of_incident, of_lesson)), reading.visible(actions.c.scope))
    if unfinished:
        query = query.where(UNFINISHED)
    rows = reading.connection.execute(query.order_by(actions.c.due_on, actions.c.id).limit(_MOST)).all()
    return _fill(reading, rows, today)


def _fill(reading: Reading, rows: Sequence[AnyRow], today: date) -> tuple[ActionRow, ...]:
    labels = labels_by_record(reading, [row.id for row in rows])
    return tuple(_row(row, labels[row.id].get("service", ()), today) for row in rows)


def _row(row: AnyRow, services: tuple[str, ...], today: date) -> ActionRow:
    record = decode("action", row.body)
    assert isinstance(record, Action)  # noqa: S101  (the table holds nothing else)
    due_on = None if row.due_on == NO_DUE_DATE else row.due_on
    late = (today - due_on).days if due_on and row.unfinished else 0
    return ActionRow(
        id=row.id,
        title=row.title,
        kind=row.kind,
        side=row.side,
        state=row.state,
        owner=row.owner,
        owner_name=row.owner_name,
        team=row.team,
        due_on=due_on,
        overdue_days=max(0, late),
        criterion=describe(record.criterion) if record.criterion else "",
        outcome=record.outcome,
        incident=row.incident,
        services=services,
        updated_at=from_ms(row.updated_at),
    )
