"""Reviews of the sample: two that were held, one that people keep putting off."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from hardwon.domain.incident import Incident
from hardwon.domain.planning import Customs, Invitation, ReviewPlan, plan
from hardwon.domain.review import Decision, Review, Seat
from hardwon.sample.dates import days_before, moment, morning
from hardwon.sample.incidents import SOURCE
from hardwon.sample.tables import ReviewSource


def review_of(source: ReviewSource, incident: Incident, customs: Customs, today: date) -> Review:
    """Return the review, as far as it came."""
    starts = None if source.held is None else moment(days_before(today, source.held), source.at)
    given = ReviewPlan(
        starts_at=starts,
        minutes=source.minutes,
        place=source.place,
        facilitator=source.facilitator,
        seats=tuple(Invitation(perspective=seat.perspective, person=seat.person) for seat in source.seats),
    )
    planned = msgspec.structs.replace(
        plan(incident, source.id, given, morning(today, source.written), customs),
        questions=source.questions,
        source=SOURCE,
        source_id=f"review-{source.id.lower()}",
    )
    if starts is None or source.closed is None:
        return planned
    return _held(planned, source, morning(today, source.closed))


def _held(planned: Review, source: ReviewSource, closed: datetime) -> Review:
    """Return the review as it was held at the time it was planned for, and closed."""
    starts = planned.starts_at or closed
    ended = starts + timedelta(minutes=source.minutes)
    seats = (
        Seat(
            perspective=seat.perspective,
            person=seat.person,
            verdict=seat.verdict,
            note=seat.note,
            signed_at=ended,
        )
        for seat in source.seats
    )
    decisions = (
        Decision(
            text=decision.text,
            at=starts + timedelta(minutes=decision.after),
            by=decision.by,
            action=decision.action,
        )
        for decision in source.decisions
    )
    return msgspec.structs.replace(
        planned,
        state="closed",
        seats=tuple(seats),
        decisions=tuple(decisions),
        began_at=starts,
        ended_at=ended,
        updated_at=closed,
    )
