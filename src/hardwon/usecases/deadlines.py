"""Deadlines of reviews: what the worker plans and says in the system's name."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from hardwon.domain import planning
from hardwon.domain.actor import system
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.planning import ReviewPlan
from hardwon.domain.review import Review, days_late, people_of
from hardwon.storage.queries.reviews import any_review_of, unheard, unreviewed
from hardwon.storage.reviews import customs_of
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

RECENT: Final = timedelta(days=30)
"""An incident resolved longer ago is not given a review of its own accord."""
_BATCH: Final = 200


def plan_due(app: App) -> int:
    """Plan a review for each SEV1 to SEV3 incident resolved lately that never had one; return how many.

    Safe in several workers at once: one of them plans it, and its team is told.
    """
    with app.store.read(None) as reading:
        names = unreviewed(reading, app.now() - RECENT, limit=_BATCH)
    planned = 0
    for name in names:
        now = app.now()
        with app.store.begin(system(), now) as tx:
            tx.reserve_ids("review", 0)  # the counter's lock lets one worker at a time past this point
            reading = Reading(tx.connection, None)
            if any_review_of(reading, name):
                continue
            incident = tx.get(Incident, name)
            customs = customs_of(reading, incident)
            review = planning.plan(incident, tx.next_id("review"), ReviewPlan(), now, customs)
            told = (review.team,) if review.team else ()
            tx.save(review, (Event(verb="created", detail=f"{name} is resolved", tell=told),))
            planned += 1
    return planned


def remind(app: App) -> int:
    """Tell those who have a part in an overdue review once; return how many reviews.

    Where nobody leads it, its team is told too.
    """
    today = app.today()
    with app.store.read(None) as reading:
        names = unheard(reading, today, limit=_BATCH)
    reminded = 0
    for name in names:
        with app.store.begin(system(), app.now()) as tx:
            tx.reserve_ids("review", 0)  # as above, so that it is said once
            review = tx.get(Review, name)
            late = days_late(review, today)
            if not late or name not in unheard(Reading(tx.connection, None), today, limit=_BATCH):
                continue
            team = (review.team,) if review.team and not review.facilitator else ()
            told = (*people_of(review), *team)
            event = Event(verb="reminded", detail=f"overdue since {review.due_on}", tell=told)
            tx.save(msgspec.structs.replace(review, updated_at=app.now()), (event,), review.revision)
            reminded += 1
    return reminded
