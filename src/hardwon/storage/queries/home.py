"""What the home page asks: changes, reviews that are due, a promise whose failure came back."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from sqlalchemy import literal, select, union_all

from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.queries.actions import ActionRow, get_action_rows
from hardwon.storage.queries.artifacts import ArtifactRow, get_artifact_rows
from hardwon.storage.queries.incidents import IncidentRow, get_incident_rows
from hardwon.storage.store import Reading
from hardwon.storage.tables import UNFINISHED, actions, artifacts, incidents, links

_MOST_OVERDUE = 200


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last thing that happened to one record: when, and the state it is in since."""

    at: datetime
    kind: str
    id: str
    title: str
    state: str


class Recurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that was not kept, and the incidents like its own that came since, oldest first."""

    action: ActionRow
    incidents: tuple[IncidentRow, ...]


def recent_changes(reading: Reading, now: datetime, *, limit: int) -> tuple[ChangeRow, ...]:
    """Return the incidents, artifacts and actions that moved last, newest first."""
    found: list[ChangeRow] = []
    for table, column, kind in (
        (incidents, incidents.c.at, literal("incident")),
        (artifacts, artifacts.c.updated_at, artifacts.c.kind),
        (actions, actions.c.updated_at, literal("action")),
    ):
        state = table.c.status if table is incidents else table.c.state
        query = (
            select(column, kind, table.c.id, table.c.title, state)
            .where(reading.visible(table.c.scope), column <= to_ms(now))
            .order_by(column.desc(), table.c.id.desc())
            .limit(limit)
        )
        for at, name, record, title, stands in reading.connection.execute(query):
            row = ChangeRow(at=from_ms(at), kind=name, id=record, title=title, state=stands)
            found.append(row)
    return tuple(sorted(found, key=lambda row: row.at, reverse=True)[:limit])


def overdue_reviews(reading: Reading, today: date, *, limit: int) -> tuple[ArtifactRow, ...]:
    """Return artifacts whose review date has passed, longest overdue first."""
    query = (
        select(artifacts.c.id)
        .where(
            artifacts.c.review_on <= today,
            artifacts.c.state.in_(("in_review", "published", "due_for_review")),
            reading.visible(artifacts.c.scope),
        )
        .order_by(artifacts.c.review_on, artifacts.c.id)
        .limit(limit)
    )
    ids = list(reading.connection.scalars(query))
    rows = {row.id: row for row in get_artifact_rows(reading, ids)}
    return tuple(rows[name] for name in ids)


def broken_promise(reading: Reading, today: date) -> Recurrence | None:
    """Return the action overdue longest whose incident came back, if any."""
    overdue = (
        select(actions.c.id, actions.c.incident, actions.c.due_on)
        .where(UNFINISHED, actions.c.due_on < today, reading.visible(actions.c.scope))
        .order_by(actions.c.due_on, actions.c.id)
        .limit(_MOST_OVERDUE)
        .subquery()
    )
    pairs = [(links.c.source, links.c.target), (links.c.target, links.c.source)]
    like = union_all(
        *(
            select(overdue.c.id, overdue.c.incident, overdue.c.due_on, other.label("other"))
            .join(links, own == overdue.c.incident)
            .where(links.c.relation == "related")
            for own, other in pairs
        )
    ).subquery()
    found: dict[str, set[str]] = {}
    for row in reading.connection.execute(select(like).order_by(like.c.due_on, like.c.id)):
        found.setdefault(row.id, {row.incident}).add(row.other)
    for action, names in found.items():
        rows = tuple(reversed(get_incident_rows(reading, sorted(names), today=today)))
        if len(rows) > 1:
            return Recurrence(action=get_action_rows(reading, [action], today=today)[0], incidents=rows)
    return None


def worked_lately(reading: Reading, today: date) -> ActionRow | None:
    """Return the last action that was verified, if any."""
    query = (
        select(actions.c.id)
        .where(actions.c.state == "verified", reading.visible(actions.c.scope))
        .order_by(actions.c.updated_at.desc(), actions.c.id)
        .limit(1)
    )
    return next(iter(get_action_rows(reading, list(reading.connection.scalars(query)), today=today)), None)


def reread(reading: Reading, today: date) -> ArtifactRow | None:
    """Return a published lesson, another one each day, among the 365 changed last."""
    query = (
        select(artifacts.c.id)
        .where(
            artifacts.c.kind == "lesson",
            artifacts.c.state == "published",
            reading.visible(artifacts.c.scope),
        )
        .order_by(artifacts.c.updated_at.desc(), artifacts.c.id.desc())
        .limit(365)
    )
    ids = list(reading.connection.scalars(query))
    return get_artifact_rows(reading, [ids[today.toordinal() % len(ids)]])[0] if ids else None
