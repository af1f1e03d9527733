"""What the calendar says is due in the library."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import and_, or_, select

from hardwon.domain.artifact import ANSWER_WITHIN
from hardwon.storage.store import Reading
from hardwon.storage.tables import artifacts


def due_artifacts(reading: Reading, today: date, *, limit: int) -> list[str]:
    """Return ids of what is past its review date and not asked about, or asked about for too long."""
    silent = today - timedelta(days=ANSWER_WITHIN)
    due = or_(
        and_(artifacts.c.review_on <= today, artifacts.c.state == "published"),
        and_(artifacts.c.review_on < silent, artifacts.c.state == "due_for_review"),
    )
    query = select(artifacts.c.id).where(due).order_by(artifacts.c.review_on, artifacts.c.id).limit(limit)
    return list(reading.connection.scalars(query))
