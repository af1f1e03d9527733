"""Planning a review: by when it must be held, whose view it needs, and what it goes through."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.incident import Incident
from hardwon.domain.moment import Moment
from hardwon.domain.review import AgendaItem, Minutes, Perspective, Review, ReviewKind, Seat, spoken_state
from hardwon.domain.template import Template
from hardwon.domain.text import Line, Name

SHORTEST: Final = 15
"""Minutes in which a review can be held at all."""
_DAYS: Final = {1: 3, 2: 5, 3: 10}
_DAYS_ELSE: Final = 15
_DAYS_FAILED: Final = 5
_DAYS_SHIPPED: Final = 10
_SEVERE: Final = 2
_DATA: Final = frozenset(
    {"data", "model", "models", "training-data", "features", "embeddings", "freshness", "ml"}
)
_DATA_KINDS: Final = frozenset({"model", "pipeline", "data"})
_CUSTOMERS: Final = frozenset({"customer", "customers", "users", "public", "search-quality"})
_SECURITY: Final = frozenset({"security", "vulnerability", "leak", "breach", "privacy"})
_MOST_POINTS: Final = 20
_MINUTES_UNSAID: Final = 5
_OPEN_POINT: Final = AgendaItem(title="What happened, and what we change")


class Customs(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan goes by where it says nothing itself: what kinds of things the subject's services
    are (a model, a pipeline, data), and the points a review goes through.
    """

    kinds: frozenset[str] = frozenset()
    points: tuple[AgendaItem, ...] = (_OPEN_POINT,)


class Invitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose view is asked, and who is to bring it (None: nobody in particular yet)."""

    perspective: Perspective
    person: Name | None = None


NO_CUSTOMS: Final = Customs()
"""Where nothing is known."""


class ReviewPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says of a review that is to come; what is left out follows from its subject."""

    title: Annotated[str, Meta(max_length=500)] = ""
    kind: ReviewKind | None = None
    starts_at: Moment | None = None
    zone: Line = "UTC"
    minutes: Minutes = 60
    place: Line = ""
    facilitator: Name | None = None
    seats: Annotated[tuple[Invitation, ...], Meta(max_length=5)] | None = None
    agenda: Annotated[tuple[AgendaItem, ...], Meta(min_length=1, max_length=20)] | None = None


def due_on(subject: Incident | Deployment, at: datetime) -> date:
    """Return the day by which a review must be held: the graver, the sooner.

    Counted from when the incident was resolved, else noticed; from when the deployment ended.
    """
    if isinstance(subject, Deployment):
        bad = subject.outcome in {"failed", "rolled_back"}
        ended = subject.finished_at or subject.started_at or at
        return (ended + timedelta(days=_DAYS_FAILED if bad else _DAYS_SHIPPED)).date()
    times = subject.times
    since = times.resolved_at or times.detected_at or times.started_at or at
    return (since + timedelta(days=_DAYS.get(subject.severity or 0, _DAYS_ELSE))).date()


def perspectives_for(subject: Incident | Deployment, kinds: Collection[str] = ()) -> tuple[Perspective, ...]:
    """Return whose view a review of it needs, by severity, tags, what it carried and what it touched.

    `kinds` says what its services are: a model, a pipeline, data.
    """
    wanted: list[Perspective] = []
    if isinstance(subject, Deployment):
        wanted.append("reliability")
        versions = subject.versions
        carried = versions.model or versions.data or versions.feature or versions.prompt
        if carried or not _DATA_KINDS.isdisjoint(kinds):
            wanted.append("data")
        return tuple(wanted)
    tags = {tag.lower() for tag in subject.tags}
    if subject.severity is not None and subject.severity <= _SEVERE:
        wanted.append("reliability")
    if tags & _DATA or not _DATA_KINDS.isdisjoint(kinds):
        wanted.append("data")
    if tags & _CUSTOMERS or subject.detection in {"user", "support"}:
        wanted += ["product", "support"]
    if tags & _SECURITY:
        wanted.append("security")
    return tuple(wanted) or ("reliability",)


def kind_for(subject: Incident | Deployment) -> ReviewKind:
    """Return what kind of review its subject asks for."""
    if isinstance(subject, Incident):
        return "incident"
    kinds: dict[str, ReviewKind] = {"rolled_back": "rollback", "succeeded": "success"}
    return kinds.get(subject.outcome, "launch")


def agenda_for(templates: Sequence[Template], team: str | None) -> tuple[AgendaItem, ...]:
    """Return the points a team goes through: its own template's, else the first that is nobody's own.

    Without one there is a single open point.
    """
    own = [template for template in templates if team and template.team == team]
    shared = [template for template in templates if template.team is None]
    for template in (*own, *shared):
        if template.sections:
            return tuple(
                AgendaItem(title=section.title, ask=section.ask, minutes=section.minutes or _MINUTES_UNSAID)
                for section in template.sections[:_MOST_POINTS]
            )
    return (_OPEN_POINT,)


def fitted(points: Sequence[AgendaItem], minutes: int) -> tuple[AgendaItem, ...]:
    """Return the points with their minutes stretched or shortened to fill the time, each at least one.

    Raises InputError where the time is too short for them.
    """
    if minutes < max(SHORTEST, len(points)):
        raise InputError(
            f"{minutes} minutes are too few for {len(points)} points.",
            fix=f"Take {max(SHORTEST, len(points))} minutes or more.",
        )
    spare, whole = minutes - len(points), sum(point.minutes for point in points)
    if whole == minutes:
        return tuple(points)
    ends = [sum(point.minutes for point in points[: n + 1]) * spare // whole for n in range(len(points))]
    spans = [1 + end - start for start, end in zip((0, *ends), ends, strict=False)]
    return tuple(
        msgspec.structs.replace(point, minutes=span) for point, span in zip(points, spans, strict=True)
    )


def services_of(subject: Incident | Deployment) -> tuple[str, ...]:
    """Return the services it touched."""
    if isinstance(subject, Incident):
        return subject.services
    return (subject.service,) if subject.service else ()


def plan(
    subject: Incident | Deployment,
    review_id: str,
    given: ReviewPlan,
    at: datetime,
    customs: Customs = NO_CUSTOMS,
) -> Review:
    """Return a review of an incident or a deployment, planned and seen by whom its subject is seen.

    `customs` say whose view it needs and what it goes through where the plan does not.
    Raises InputError for an agenda longer than the review, a perspective asked twice, a time too short.
    """
    seats = given.seats
    if seats is None:
        seats = tuple(Invitation(perspective=name) for name in perspectives_for(subject, customs.kinds))
    return Review(
        id=review_id,
        title=given.title.strip() or f"Review of {subject.id}: {subject.title}"[:500],
        kind=given.kind or kind_for(subject),
        subject=subject.id,
        due_on=due_on(subject, at),
        starts_at=given.starts_at,
        zone=given.zone,
        minutes=given.minutes,
        place=given.place,
        facilitator=given.facilitator,
        team=subject.team if isinstance(subject, Incident) else None,
        seats=_seats(seats),
        agenda=_agenda(given, customs.points),
        written_at=at,
        updated_at=at,
        scope=subject.scope,
    )


def reschedule(review: Review, given: ReviewPlan, at: datetime) -> Review:
    """Return a planned review with another plan; the day it must be held by stays.

    What the plan leaves out (title, seats, agenda) stays, its agenda fitted to the new length. Raises
    RuleError once it began, InputError as `plan` does.
    """
    if review.state != "planned" or review.began_at is not None:
        raise RuleError(f"{review.id} is {spoken_state(review)}.", fix="Plan another review.")
    return msgspec.structs.replace(
        review,
        title=given.title.strip() or review.title,
        kind=given.kind or review.kind,
        starts_at=given.starts_at,
        zone=given.zone,
        minutes=given.minutes,
        place=given.place,
        facilitator=given.facilitator,
        seats=review.seats if given.seats is None else _seats(given.seats),
        agenda=_agenda(given, review.agenda or (_OPEN_POINT,)),
        updated_at=at,
    )


def _seats(asked: Sequence[Invitation]) -> tuple[Seat, ...]:
    names = [seat.perspective for seat in asked]
    if len(set(names)) < len(names):
        raise InputError("A perspective is asked twice.", fix="Give each perspective one seat.")
    return tuple(Seat(perspective=seat.perspective, person=seat.person) for seat in asked)


def _agenda(given: ReviewPlan, points: Sequence[AgendaItem]) -> tuple[AgendaItem, ...]:
    if given.agenda is None:
        return fitted(points, given.minutes)
    if (needed := sum(point.minutes for point in given.agenda)) > given.minutes:
        raise InputError(
            f"The agenda takes {needed} minutes, the review {given.minutes}.",
            fix="Shorten a point, or plan more time.",
        )
    return given.agenda
