"""Services that nobody owns yet with what is known of them, and the names that mean the same service."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select

from hardwon.domain.catalog import Service
from hardwon.domain.record import decode
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor
from hardwon.storage.store import Reading
from hardwon.storage.tables import deployments, incidents, labels, services


class UnclaimedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A service that nobody owns, and how many deployments and incidents the reader sees of it."""

    service: Service
    deployments: int = 0
    incidents: int = 0


def list_services(
    reading: Reading, *, unclaimed: bool = False, limit: int = 200, after: str | None = None
) -> Page[Service]:
    """Return a page of services by id, without those that are another name of one; `unclaimed` those alone
    that nobody owns. Raises InputError for a bad cursor or limit.
    """
    check_limit(limit)
    query = select(services.c.id, services.c.body).where(services.c.same_as.is_(None))
    if unclaimed:
        query = query.where(services.c.unclaimed == 1)
    if after:
        query = query.where(services.c.id > decode_cursor(after, (str,))[0])
    rows = reading.connection.execute(query.order_by(services.c.id).limit(limit + 1)).all()
    found = tuple(_service(row.body) for row in rows[:limit])
    return Page(rows=found, next=encode_cursor((rows[limit - 1].id,)) if len(rows) > limit else None)


def count_unclaimed(reading: Reading) -> int:
    """Return how many services nobody owns."""
    query = select(func.count()).select_from(services).where(services.c.unclaimed == 1)
    return int(reading.connection.scalar(query) or 0)


def with_counts(reading: Reading, found: Sequence[Service]) -> tuple[UnclaimedRow, ...]:
    """Return these services with what the reader sees of each."""
    names = [service.id for service in found]
    if not names:
        return ()
    d, i = deployments.c, incidents.c
    shipped = (
        select(d.service, func.count())
        .where(d.service.in_(names), reading.visible(d.scope))
        .group_by(d.service)
    )
    happened = (
        select(labels.c.value, func.count())
        .join(incidents, i.id == labels.c.record)
        .where(labels.c.axis == "service", labels.c.value.in_(names), reading.visible(i.scope))
        .group_by(labels.c.value)
    )
    ships = {row[0]: int(row[1]) for row in reading.connection.execute(shipped)}
    happens = {row[0]: int(row[1]) for row in reading.connection.execute(happened)}
    return tuple(
        UnclaimedRow(service=one, deployments=ships.get(one.id, 0), incidents=happens.get(one.id, 0))
        for one in found
    )


def other_names(reading: Reading, service: str, *, limit: int = 50) -> tuple[Service, ...]:
    """Return the names that mean this service."""
    query = select(services.c.body).where(services.c.same_as == service).order_by(services.c.id).limit(limit)
    return tuple(_service(body) for body in reading.connection.scalars(query))


def meant_by(reading: Reading, names: Sequence[str]) -> dict[str, str]:
    """Return the service that is meant, by each of these names that is another name of one."""
    if not names:
        return {}
    query = select(services.c.id, services.c.same_as).where(
        services.c.id.in_(names), services.c.same_as.is_not(None)
    )
    return {row.id: row.same_as for row in reading.connection.execute(query)}


def _service(body: bytes) -> Service:
    found = decode("service", body)
    assert isinstance(found, Service)  # noqa: S101  (the table holds nothing else)
    return found
