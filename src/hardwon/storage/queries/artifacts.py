"""Lists of postmortems, lessons, runbooks and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import or_, select

from hardwon.domain.artifact import ArtifactKind
from hardwon.storage.clock import from_ms
from hardwon.storage.queries.labels import carries, labels_by_record
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.store import Reading
from hardwon.storage.tables import artifacts, labels, links


class ArtifactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One artifact in a list. `remedy` is a lesson's, `proven_on` a runbook's."""

    id: str
    kind: ArtifactKind
    title: str
    state: str
    owner: str | None
    team: str | None
    risk: str | None
    services: tuple[str, ...]
    tags: tuple[str, ...]
    incidents: tuple[str, ...]
    review_on: date | None
    proven_on: date | None
    remedy: str | None
    updated_at: datetime
    excerpt: str


_COLUMNS = (
    artifacts.c.id,
    artifacts.c.kind,
    artifacts.c.title,
    artifacts.c.state,
    artifacts.c.owner,
    artifacts.c.team,
    artifacts.c.risk,
    artifacts.c.review_on,
    artifacts.c.proven_on,
    artifacts.c.remedy,
    artifacts.c.updated_at,
    artifacts.c.excerpt,
)
_LIVING = ("published", "due_for_review")


def list_artifacts(  # noqa: PLR0913  (every filter is one)
    reading: Reading,
    kind: str,
    *,
    state: str | None = None,
    service: str | None = None,
    tag: str | None = None,
    risk: str | None = None,
    owner: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[ArtifactRow]:
    """Return a page of one kind, last changed first. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    query = select(*_COLUMNS).where(artifacts.c.kind == kind, reading.visible(artifacts.c.scope))
    for value, name in ((state, "state"), (risk, "risk"), (owner, "owner")):
        if value:
            query = query.where(artifacts.c[name] == value)
    for axis, label in (("service", service), ("tag", tag)):
        if label:
            query = query.where(carries(artifacts.c.id, axis, label))
    if after:
        key = decode_cursor(after, (int, str))
        query = query.where(past((artifacts.c.updated_at, artifacts.c.id), key, descending=True))
    query = query.order_by(artifacts.c.updated_at.desc(), artifacts.c.id.desc()).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=_fill(reading, rows[:limit]),
        next=encode_cursor((last.updated_at, last.id)) if last else None,
    )


def get_artifact_rows(reading: Reading, ids: Sequence[str]) -> tuple[ArtifactRow, ...]:
    """Return the visible ones of these artifacts, by id."""
    if not ids:
        return ()
    query = (
        select(*_COLUMNS)
        .where(artifacts.c.id.in_(ids), reading.visible(artifacts.c.scope))
        .order_by(artifacts.c.id)
    )
    return _fill(reading, reading.connection.execute(query).all())


def artifacts_of(reading: Reading, incident: str) -> tuple[ArtifactRow, ...]:
    """Return the artifacts that come from an incident, at most 100."""
    sources = select(links.c.source).where(links.c.target == incident, links.c.relation == "incident")
    query = (
        select(*_COLUMNS)
        .where(artifacts.c.id.in_(sources), reading.visible(artifacts.c.scope))
        .order_by(artifacts.c.kind, artifacts.c.id)
        .limit(100)
    )
    return _fill(reading, reading.connection.execute(query).all())


def runbooks_for(
    reading: Reading, *, services: Sequence[str], lessons: Sequence[str]
) -> tuple[ArtifactRow, ...]:
    """Return living runbooks of these services or lessons, at most 50, oldest proof first."""
    of_service = select(labels.c.record).where(labels.c.axis == "service", labels.c.value.in_(services))
    of_lesson = select(links.c.source).where(links.c.relation == "lesson", links.c.target.in_(lessons))
    query = (
        select(*_COLUMNS)
        .where(
            artifacts.c.kind == "runbook",
            artifacts.c.state.in_(_LIVING),
            or_(artifacts.c.id.in_(of_service), artifacts.c.id.in_(of_lesson)),
            reading.visible(artifacts.c.scope),
        )
        .order_by(artifacts.c.id)
        .limit(50)
    )
    rows = _fill(reading, reading.connection.execute(query).all())
    return tuple(sorted(rows, key=lambda row: (row.proven_on or date.min, row.id)))


def _fill(reading: Reading, rows: Sequence[AnyRow]) -> tuple[ArtifactRow, ...]:
    ids = [row.id for row in rows]
    marks = labels_by_record(reading, ids)
    sources: dict[str, list[str]] = {}
    if ids:
        query = (
            select(links.c.source, links.c.target)
            .where(links.c.source.in_(ids), links.c.relation == "incident")
            .order_by(links.c.source, links.c.relation, links.c.target)
        )
        for link in reading.connection.execute(query):
            sources.setdefault(link.source, []).append(link.target)
    return tuple(
        ArtifactRow(
            id=row.id,
            kind=row.kind,
            title=row.title,
            state=row.state,
            owner=row.owner,
            team=row.team,
            risk=row.risk,
            services=marks[row.id].get("service", ()),
            tags=marks[row.id].get("tag", ()),
            incidents=tuple(sources.get(row.id, ())),
            review_on=row.review_on,
            proven_on=row.proven_on,
            remedy=row.remedy,
            updated_at=from_ms(row.updated_at),
            excerpt=row.excerpt,
        )
        for row in rows
    )
