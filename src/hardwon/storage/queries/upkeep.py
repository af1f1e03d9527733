"""What the calendar says is due in the library."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import and_, or_, select

from hardwon.domain.artifact import ANSWER_WITHIN, REMIND_AFTER
from hardwon.domain.catalog import Person
from hardwon.domain.record import decode
from hardwon.storage.store import Reading
from hardwon.storage.tables import artifacts, people


def due_artifacts(reading: Reading, today: date, *, limit: int) -> list[str]:
    """Return ids of what is past its review date and waits for a step: not asked about yet, to be
    reminded of, or silent for too long; longest overdue first.
    """
    c = artifacts.c
    silent = [c.review_on < today - timedelta(days=ANSWER_WITHIN)]
    for number, days in enumerate(REMIND_AFTER):
        silent.append(and_(c.reminded == number, c.review_on <= today - timedelta(days=days)))
    due = or_(
        and_(c.review_on <= today, c.state == "published"),
        and_(c.review_on <= today, c.state == "due_for_review", or_(*silent)),
    )
    query = select(c.id).where(due).order_by(c.review_on, c.id).limit(limit)
    return list(reading.connection.scalars(query))


def reviewers(reading: Reading, *, limit: int) -> tuple[str, ...]:
    """Return the people who may review and are still here."""
    rows = reading.connection.execute(select(people.c.id, people.c.body).order_by(people.c.id))
    found = []
    for row in rows:
        person = decode("person", row.body)
        if isinstance(person, Person) and person.active and {"reviewer", "admin"} & set(person.roles):
            found.append(person.id)
    return tuple(found[:limit])
