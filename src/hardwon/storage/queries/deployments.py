"""Lists of deployments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import get_args

import msgspec
from sqlalchemy import select

from hardwon.domain.incident import Relation
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.queries.incidents import start_of
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.store import Reading
from hardwon.storage.tables import deployments, incidents, links


class DeploymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment in a list, with the incidents it is tied to: (incident, relation).

    `risk` is the band said when it was recorded, null where none was, or that of what is still to ship.
    """

    id: str
    title: str
    service: str | None
    environment: str | None
    version: str
    outcome: str
    risk: str | None = None
    at: datetime
    incidents: tuple[tuple[str, str], ...]


_COLUMNS = (
    deployments.c.id,
    deployments.c.title,
    deployments.c.service,
    deployments.c.environment,
    deployments.c.version,
    deployments.c.outcome,
    deployments.c.risk,
    deployments.c.at,
)


def list_deployments(  # noqa: PLR0913  (every filter is one)
    reading: Reading,
    *,
    service: str | None = None,
    environment: str | None = None,
    outcome: str | None = None,
    risk: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[DeploymentRow]:
    """Return a page of deployments, newest first; `until` includes its whole day.

    Raises InputError for a bad cursor or limit.
    """
    check_limit(limit)
    query = select(*_COLUMNS).where(reading.visible(deployments.c.scope))
    pairs = ((service, "service"), (environment, "environment"), (outcome, "outcome"), (risk, "risk"))
    for value, name in pairs:
        if value:
            query = query.where(deployments.c[name] == value)
    if since:
        query = query.where(deployments.c.at >= start_of(since))
    if until:
        query = query.where(deployments.c.at < start_of(until + timedelta(days=1)))
    if after:
        key = decode_cursor(after, (int, str))
        query = query.where(past((deployments.c.at, deployments.c.id), key, descending=True))
    query = query.order_by(deployments.c.at.desc(), deployments.c.id.desc()).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=_fill(reading, rows[:limit]),
        next=encode_cursor((last.at, last.id)) if last else None,
    )


def finished_between(
    reading: Reading, since: datetime, until: datetime, *, services: Sequence[str], limit: int
) -> tuple[DeploymentRow, ...]:
    """Return deployments that finished in that time, those of `services` first, the latest on top."""
    inside = (
        reading.visible(deployments.c.scope),
        deployments.c.at >= to_ms(since),
        deployments.c.at <= to_ms(until),
    )
    order = (deployments.c.at.desc(), deployments.c.id.desc())
    own = select(*_COLUMNS).where(*inside, deployments.c.service.in_(services)).order_by(*order).limit(limit)
    rows = list(reading.connection.execute(own).all()) if services else []
    if len(rows) < limit:
        known = [row.id for row in rows]
        others = select(*_COLUMNS).where(*inside, deployments.c.id.not_in(known)).order_by(*order)
        rows += reading.connection.execute(others.limit(limit - len(rows))).all()
    return _fill(reading, rows)


def ran_before(reading: Reading, row: DeploymentRow) -> DeploymentRow | None:
    """Return what ran on that service and environment before, in another version: what one would go back to."""
    if not (row.service and row.environment and row.version):
        return None
    table = deployments.c
    query = select(*_COLUMNS).where(
        table.service == row.service,
        table.at < to_ms(row.at),
        table.environment == row.environment,
        table.outcome == "succeeded",
        table.version.not_in(["", row.version]),
        reading.visible(table.scope),
    )
    rows = reading.connection.execute(query.order_by(table.at.desc(), table.id.desc()).limit(1)).all()
    return next(iter(_fill(reading, rows)), None)


def get_deployment_rows(reading: Reading, ids: Sequence[str]) -> dict[str, DeploymentRow]:
    """Return the visible ones of these deployments by id."""
    if not ids:
        return {}
    query = select(*_COLUMNS).where(deployments.c.id.in_(ids), reading.visible(deployments.c.scope))
    rows = _fill(reading, reading.connection.execute(query).all())
    return {row.id: row for row in rows}


def _fill(reading: Reading, rows: Sequence[AnyRow]) -> tuple[DeploymentRow, ...]:
    ids = [row.id for row in rows]
    tied: dict[str, list[tuple[str, str]]] = {}
    if ids:
        query = (
            select(links.c.target, links.c.source, links.c.relation)
            .join(incidents, incidents.c.id == links.c.source)
            .where(
                links.c.target.in_(ids),
                links.c.relation.in_(get_args(Relation)),
                reading.visible(incidents.c.scope),
            )
            .order_by(links.c.target, links.c.relation, links.c.source)
        )
        for row in reading.connection.execute(query):
            tied.setdefault(row.target, []).append((row.source, row.relation))
    return tuple(
        DeploymentRow(
            id=row.id,
            title=row.title,
            service=row.service,
            environment=row.environment,
            version=row.version,
            outcome=row.outcome,
            risk=row.risk,
            at=from_ms(row.at),
            incidents=tuple(tied.get(row.id, ())),
        )
        for row in rows
    )
