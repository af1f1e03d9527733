"""What the home page asks: changes, reviews that are due, a promise whose failure came back."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from sqlalchemy import or_, select

from hardwon.domain.record import RecordKind
from hardwon.storage.clock import from_ms
from hardwon.storage.queries.actions import ActionRow, list_actions
from hardwon.storage.queries.artifacts import ArtifactRow, get_artifact_rows
from hardwon.storage.queries.incidents import IncidentRow, get_incident_rows
from hardwon.storage.queries.page import AnyRow
from hardwon.storage.queries.titles import titles_of
from hardwon.storage.store import Reading
from hardwon.storage.tables import actions, artifacts, links, revisions

_LOOK_BACK = 200


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One write to a record the reader may see."""

    at: datetime
    by: str
    verb: str
    detail: str
    kind: RecordKind
    id: str
    title: str


class Recurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that was not kept, and the incidents like its own that came since, oldest first."""

    action: ActionRow
    incidents: tuple[IncidentRow, ...]


def recent_changes(reading: Reading, *, limit: int) -> tuple[ChangeRow, ...]:
    """Return the newest writes to visible records, one line per record; imports stay out."""
    query = (
        select(
            revisions.c.record,
            revisions.c.kind,
            revisions.c.at_ms,
            revisions.c.by,
            revisions.c.verb,
            revisions.c.detail,
        )
        .where(revisions.c.verb != "imported")
        .order_by(revisions.c.at_ms.desc(), revisions.c.record, revisions.c.number.desc())
        .limit(_LOOK_BACK)
    )
    rows: dict[str, AnyRow] = {}
    for row in reading.connection.execute(query):
        rows.setdefault(row.record, row)
    titles = titles_of(reading, list(rows))
    found = [
        ChangeRow(
            at=from_ms(row.at_ms),
            by=row.by,
            verb=row.verb,
            detail=row.detail,
            kind=row.kind,
            id=row.record,
            title=titles[row.record],
        )
        for row in rows.values()
        if row.record in titles
    ]
    return tuple(found[:limit])


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
    """Return the overdue action whose incident was followed by most incidents like it, if any."""
    overdue = list_actions(reading, unfinished=True, limit=50, today=today).rows
    best: Recurrence | None = None
    for action in overdue:
        if not action.overdue_days or not action.incident:
            continue
        related = links.c.relation == "related"
        query = select(links.c.source, links.c.target).where(
            related, or_(links.c.target == action.incident, links.c.source == action.incident)
        )
        names = {name for row in reading.connection.execute(query) for name in row}
        rows = tuple(reversed(get_incident_rows(reading, sorted(names), today=today)))
        if len(rows) > 1 and (best is None or len(rows) > len(best.incidents)):
            best = Recurrence(action=action, incidents=rows)
    return best


def worked_lately(reading: Reading, today: date) -> ActionRow | None:
    """Return the last action that was verified, if any."""
    query = (
        select(actions.c.id)
        .where(actions.c.state == "verified", reading.visible(actions.c.scope))
        .order_by(actions.c.updated_at.desc(), actions.c.id)
        .limit(1)
    )
    name = reading.connection.scalar(query)
    verified = list_actions(reading, state="verified", limit=500, today=today).rows
    return next((row for row in verified if row.id == name), None)
