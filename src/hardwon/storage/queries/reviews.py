"""Lists of reviews, what is due first on top, and what their calendar asks for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, exists, not_, select, true

from hardwon.domain.errors import NotFoundError
from hardwon.domain.record import decode
from hardwon.domain.review import Review, awaited, days_late, is_live
from hardwon.storage.clock import to_ms
from hardwon.storage.queries.page import AnyRow, Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.store import Reading
from hardwon.storage.tables import deployments, incidents, links, reviews, revisions

_LONGEST = timedelta(days=120)
"""An incident resolved lately began at most this long before."""


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One review in a list. `waiting_for` are the perspectives that have not signed."""

    id: str
    title: str
    kind: str
    subject: str
    state: str
    live: bool
    due_on: date
    overdue_days: int
    starts_at: datetime | None
    facilitator: str | None
    team: str | None
    perspectives: tuple[str, ...]
    waiting_for: tuple[str, ...]
    decisions: int
    dissents: int


def open_to(reading: Reading) -> ColumnElement[bool]:
    """Return the condition under which this reader may see a review: its subject is not hidden either."""
    if reading.scopes is None:
        return true()
    hidden = [
        exists().where(table.c.id == reviews.c.subject, not_(reading.visible(table.c.scope)))
        for table in (incidents, deployments)
    ]
    return and_(reading.visible(reviews.c.scope), *(not_(condition) for condition in hidden))


def list_reviews(  # noqa: PLR0913  (every filter is one)
    reading: Reading,
    *,
    state: str | None = None,
    subject: str | None = None,
    person: str | None = None,
    overdue: bool = False,
    limit: int = 50,
    after: str | None = None,
    today: date,
) -> Page[ReviewRow]:
    """Return a page of reviews by the day they must be held. Raises InputError for a bad cursor or limit.

    `person` leaves those in which that person has a part; `overdue` those nobody held in time.
    """
    check_limit(limit)
    r = reviews.c
    query = select(r.id, r.due_on, r.body).where(open_to(reading))
    if overdue:
        query = query.where(r.state == "planned", r.due_on < today)
    elif state:
        query = query.where(r.state == state)
    if subject:
        query = query.where(r.subject == subject)
    if person:
        query = query.where(_has_part(person))
    if after:
        day, record = decode_cursor(after, (int, str))
        key = (date.fromordinal(min(max(day, 1), date.max.toordinal())), record)
        query = query.where(past((r.due_on, r.id), key, descending=False))
    rows = reading.connection.execute(query.order_by(r.due_on, r.id).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(_row(row, today) for row in rows[:limit]),
        next=encode_cursor((last.due_on.toordinal(), last.id)) if last else None,
    )


def get_review(reading: Reading, review_id: str) -> Review:
    """Return a review the reader may see, and whose subject they may see. Raises NotFoundError."""
    body = reading.connection.scalar(
        select(reviews.c.body).where(reviews.c.id == review_id, open_to(reading))
    )
    if body is None:
        raise NotFoundError(f"There is no review {review_id}.", fix="Check the id, or search.")
    return _decoded(body)


def reviews_of(reading: Reading, person: str, since: date, *, limit: int) -> tuple[Review, ...]:
    """Return the reviews in which a person has a part, due `since` then or later, soonest first."""
    query = (
        select(reviews.c.body)
        .where(_has_part(person), reviews.c.due_on >= since, open_to(reading))
        .order_by(reviews.c.due_on, reviews.c.id)
        .limit(limit)
    )
    return tuple(_decoded(body) for body in reading.connection.scalars(query))


def reviews_on(reading: Reading, subject: str) -> tuple[Review, ...]:
    """Return all reviews of that subject, whoever may see them."""
    query = select(reviews.c.body).where(reviews.c.subject == subject).order_by(reviews.c.id)
    return tuple(_decoded(body) for body in reading.connection.scalars(query))


def any_review_of(reading: Reading, subject: str) -> str | None:
    """Return the id of a review of that subject, whatever became of it, or None."""
    query = select(reviews.c.id).where(reviews.c.subject == subject).order_by(reviews.c.due_on).limit(1)
    return reading.connection.scalar(query)


def planned_review_of(reading: Reading, subject: str) -> str | None:
    """Return the id of the planned review of that subject, whoever may see it, or None."""
    query = select(reviews.c.id).where(reviews.c.subject == subject, reviews.c.state == "planned").limit(1)
    return reading.connection.scalar(query)


def unreviewed(reading: Reading, since: datetime, *, limit: int) -> list[str]:
    """Return incidents of SEV1 to SEV3 resolved since then that never had a review."""
    i = incidents.c
    query = (
        select(i.id)
        .where(
            i.severity.in_((1, 2, 3)),
            i.at >= to_ms(since - _LONGEST),
            i.status.in_(("resolved", "closed")),
            i.resolved_at >= to_ms(since),
            ~exists().where(reviews.c.subject == i.id),
            ~exists().where(links.c.source == i.id, links.c.relation == "merged"),
        )
        .limit(limit)
    )
    return sorted(reading.connection.scalars(query))


def unheard(reading: Reading, today: date, *, limit: int) -> list[str]:
    """Return planned reviews past their day of which nobody was told yet, longest overdue first."""
    told = exists().where(
        revisions.c.kind == "review", revisions.c.record == reviews.c.id, revisions.c.verb == "reminded"
    )
    query = (
        select(reviews.c.id)
        .where(reviews.c.state == "planned", reviews.c.due_on < today, ~told)
        .order_by(reviews.c.due_on, reviews.c.id)
        .limit(limit)
    )
    return list(reading.connection.scalars(query))


def _has_part(person: str) -> ColumnElement[bool]:
    """Return the condition under which a person has a part in a review."""
    asked = (links.c.source == reviews.c.id, links.c.relation == "asked", links.c.target == person)
    return exists().where(*asked)


def _decoded(body: bytes) -> Review:
    record = decode("review", body)
    assert isinstance(record, Review)  # noqa: S101  (the table holds nothing else)
    return record


def _row(row: AnyRow, today: date) -> ReviewRow:
    review = _decoded(row.body)
    return ReviewRow(
        id=review.id,
        title=review.title,
        kind=review.kind,
        subject=review.subject,
        state=review.state,
        live=is_live(review),
        due_on=review.due_on,
        overdue_days=days_late(review, today),
        starts_at=review.starts_at,
        facilitator=review.facilitator,
        team=review.team,
        perspectives=tuple(seat.perspective for seat in review.seats),
        waiting_for=tuple(seat.perspective for seat in awaited(review)),
        decisions=len(review.decisions),
        dissents=sum(seat.verdict == "dissents" for seat in review.seats),
    )
