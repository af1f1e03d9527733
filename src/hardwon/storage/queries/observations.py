"""Lists of observations, the newest on top."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from hardwon.domain.observation import Observation, ObservationKind, ObservationState
from hardwon.domain.record import decode
from hardwon.storage.clock import from_ms
from hardwon.storage.queries.labels import carries
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.store import Reading
from hardwon.storage.tables import observations


class ObservationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One observation in a list; `became` and `because` say what came of it."""

    id: str
    title: str
    kind: ObservationKind
    state: ObservationState
    author: str | None
    services: tuple[str, ...]
    became: str | None
    because: str
    written_at: datetime


def list_observations(
    reading: Reading,
    *,
    state: str | None = None,
    kind: str | None = None,
    service: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[ObservationRow]:
    """Return a page of observations, newest first. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    o = observations.c
    query = select(o.id, o.at, o.body).where(reading.visible(o.scope))
    if state:
        query = query.where(o.state == state)
    if kind:
        query = query.where(o.kind == kind)
    if service:
        query = query.where(carries(o.id, "service", service))
    if after:
        query = query.where(past((o.at, o.id), decode_cursor(after, (int, str)), descending=True))
    rows = reading.connection.execute(query.order_by(o.at.desc(), o.id.desc()).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(_row(row.body, row.at) for row in rows[:limit]),
        next=encode_cursor((last.at, last.id)) if last else None,
    )


def count_noted(reading: Reading) -> int:
    """Return how many observations the reader may see wait for triage."""
    o = observations.c
    query = select(func.count()).where(o.state == "noted", reading.visible(o.scope))
    return int(reading.connection.execute(query).scalar_one())


def _row(body: bytes, at: int) -> ObservationRow:
    record = decode("observation", body)
    assert isinstance(record, Observation)  # noqa: S101  (the table holds nothing else)
    return ObservationRow(
        id=record.id,
        title=record.title,
        kind=record.kind,
        state=record.state,
        author=record.author,
        services=record.services,
        became=record.became,
        because=record.because,
        written_at=from_ms(at),
    )
