"""Reviews: plan one, hold it, ask and answer in it, sign, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hardwon.domain import planning
from hardwon.domain import review as steps
from hardwon.domain.access import Permission, authorise, permissions_of, scopes_of
from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.planning import ReviewPlan
from hardwon.domain.projection import project
from hardwon.domain.review import Perspective, Review, Verdict, told_of
from hardwon.domain.text import kind_of
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record, get_records
from hardwon.storage.queries.reviews import ReviewRow, planned_review_of
from hardwon.storage.queries.reviews import get_review as query_review
from hardwon.storage.queries.reviews import list_reviews as query_reviews
from hardwon.storage.reviews import SUBJECTS, customs_of, open_review
from hardwon.storage.store import Reading
from hardwon.usecases.app import App


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """A review with its subject, one of the two, and the actions that came of its decisions, by id."""

    review: Review
    incident: Incident | None
    deployment: Deployment | None
    actions: dict[str, Action]


def plan(app: App, actor: Actor, subject_id: str, given: ReviewPlan) -> Review:
    """Plan the review of an incident or a deployment; all who have a part in it are told.

    It is seen by whom its subject is seen. Raises ForbiddenError, NotFoundError for a subject the
    actor does not see, RuleError where one is planned already, InputError.
    """
    kind = _subject_type(subject_id)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        subject = tx.get_as(actor, "write", kind, subject_id)
        reading = Reading(tx.connection, None)
        fresh = planning.plan(subject, tx.next_id("review"), given, now, customs_of(reading, subject))
        if other := planned_review_of(reading, subject_id):
            raise RuleError(
                f"{other} of {subject_id} is planned already.", fix="Change its plan, or hold it."
            )
        return tx.save(fresh, (Event(verb="created", tell=told_of(fresh)),))


def propose(app: App, actor: Actor, subject_id: str) -> Review:
    """Return the review that would be planned of a subject if nobody said otherwise; nothing is kept.

    Raises NotFoundError for a subject the actor does not see, InputError for what cannot be reviewed.
    """
    authorise(actor, "write")
    with app.store.read(scopes_of(actor)) as reading:
        subject = get_record(reading, _subject_type(subject_id), subject_id)
        customs = customs_of(reading, subject)
    return planning.plan(subject, "new", ReviewPlan(facilitator=actor.id), app.now(), customs)


def reschedule(app: App, actor: Actor, review_id: str, given: ReviewPlan, expected: int) -> Review:
    """Change the plan of a review that has not begun; who was in it and who is now are told.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError, InputError.
    """
    return _step(
        app,
        actor,
        review_id,
        expected,
        lambda r: planning.reschedule(_all_free(r, actor, given), given, app.now()),
        detail="replanned",
    )


def invite(
    app: App, actor: Actor, review_id: str, perspective: Perspective, person: str | None, expected: int | None
) -> Review:
    """Ask a perspective of a person, who is told, or of nobody in particular.

    What was asked of one person is asked of another by a reviewer alone. Raises as `reschedule` does.
    """
    return _step(
        app,
        actor,
        review_id,
        expected,
        lambda r: steps.invite(_free(r, actor, perspective, person), perspective, person, app.now()),
        detail=f"{perspective} asked of {person or 'nobody yet'}",
    )


def begin(app: App, actor: Actor, review_id: str, expected: int) -> Review:
    """Begin a planned review now. Raises as `reschedule` does."""
    return _step(app, actor, review_id, expected, lambda r: steps.begin(r, app.now()), "moved", "begun")


def end(app: App, actor: Actor, review_id: str, expected: int) -> Review:
    """End a review that is going on: it is held. Raises as `reschedule` does."""
    return _step(app, actor, review_id, expected, lambda r: steps.end(r, app.now()), "moved", "held")


def ask(app: App, actor: Actor, review_id: str, text: str, expected: int | None = None) -> Review:
    """Write down a question; whoever may ask may. Without `expected` it joins what stands there.

    Raises as `reschedule` does.
    """
    change: Callable[[Review], Review] = lambda r: steps.ask(r, text, app.now())  # noqa: E731
    return _step(app, actor, review_id, expected, change, detail="a question", permission="ask")


def answer(app: App, actor: Actor, review_id: str, number: int, text: str, expected: int) -> Review:
    """Write down the answer to question `number`. Raises as `reschedule` does."""
    change: Callable[[Review], Review] = lambda r: steps.answer(r, number, text, app.now())  # noqa: E731
    return _step(app, actor, review_id, expected, change, detail=f"question {number} answered")


def sign(
    app: App,
    actor: Actor,
    review_id: str,
    perspective: Perspective,
    verdict: Verdict,
    note: str = "",
    expected: int | None = None,
) -> Review:
    """Sign from a perspective, in agreement or in dissent, in the actor's own name.

    A reviewer may speak for an empty seat. Raises as `reschedule` does.
    """
    stands_in = "review" in permissions_of(actor)
    with app.store.begin(actor, app.now()) as tx:
        stored = open_review(tx, actor, "read", review_id)
        signed = steps.sign(
            stored, perspective, verdict, note=note, by=actor.id, stands_in=stands_in, at=app.now()
        )
        event = Event(verb="revised", detail=f"{perspective} {verdict}", tell=told_of(stored))
        return tx.save(signed, (event,), stored.revision if expected is None else expected)


def close(app: App, actor: Actor, review_id: str, expected: int, *, because: str = "") -> Review:
    """Close a review that was held; without a signature that was asked only a reviewer may, who says why.

    Raises as `reschedule` does.
    """
    if because.strip():
        authorise(actor, "review")
    detail = f"closed: {because.strip()}" if because.strip() else "closed"
    return _step(
        app, actor, review_id, expected, lambda r: steps.close(r, app.now(), because), "moved", detail
    )


def cancel(app: App, actor: Actor, review_id: str, because: str, expected: int) -> Review:
    """Cancel a review that has not begun, with the reason. Raises as `reschedule` does."""
    detail = f"cancelled: {because.strip()}"
    return _step(
        app, actor, review_id, expected, lambda r: steps.cancel(r, because, app.now()), "moved", detail
    )


def get_review(app: App, actor: Actor, review_id: str) -> ReviewPage:
    """Return a review with its subject and its actions. Raises NotFoundError also for a hidden one."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        review = query_review(reading, review_id)
        names = [decision.action for decision in review.decisions if decision.action]
        found = get_records(reading, [review.subject, *names])
    subject = found.pop(review.subject, None)
    return ReviewPage(
        review=project(review, actor),
        incident=project(subject, actor) if isinstance(subject, Incident) else None,
        deployment=project(subject, actor) if isinstance(subject, Deployment) else None,
        actions={name: project(row, actor) for name, row in found.items() if isinstance(row, Action)},
    )


def list_reviews(  # noqa: PLR0913  (the list's filters)
    app: App,
    actor: Actor,
    *,
    state: str | None = None,
    subject: str | None = None,
    mine: bool = False,
    overdue: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> Page[ReviewRow]:
    """Return a page of the reviews the actor may see, what is due first on top."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        rows = query_reviews(
            reading,
            state=state,
            subject=subject,
            person=actor.id if mine else None,
            overdue=overdue,
            limit=limit,
            after=after,
            today=app.today(),
        )
    return project(rows, actor)


def _free(review: Review, actor: Actor, perspective: Perspective, person: str | None) -> Review:
    """Return the review where the actor may give that seat to somebody else. Raises ForbiddenError."""
    given = next((seat.person for seat in review.seats if seat.perspective == perspective), None)
    if given not in {None, person, actor.id}:
        authorise(actor, "review", review.scope)
    return review


def _all_free(review: Review, actor: Actor, given: ReviewPlan) -> Review:
    """Return the review where the actor may give its seats as the plan does. Raises ForbiddenError."""
    wanted = {seat.perspective: seat.person for seat in given.seats or ()}
    for seat in review.seats if given.seats is not None else ():
        _free(review, actor, seat.perspective, wanted.get(seat.perspective))
    return review


def _step(  # noqa: PLR0913, PLR0917  (every step differs in these)
    app: App,
    actor: Actor,
    review_id: str,
    expected: int | None,
    change: Callable[[Review], Review],
    verb: Any = "revised",
    detail: str = "",
    permission: Permission = "write",
) -> Review:
    """Take one step: load, let the domain decide, keep it and tell who has a part before or after."""
    with app.store.begin(actor, app.now()) as tx:
        stored = open_review(tx, actor, permission, review_id)
        changed = change(stored)
        told = tuple(dict.fromkeys((*told_of(stored), *told_of(changed))))
        event = Event(verb=verb, detail=detail, tell=told)
        return tx.save(changed, (event,), stored.revision if expected is None else expected)


def _subject_type(subject_id: str) -> type[Incident | Deployment]:
    if (kind := SUBJECTS.get(kind_of(subject_id))) is None:
        raise InputError(
            f"{subject_id} cannot be reviewed.", fix="Name an incident or a deployment, e.g. INC-0042."
        )
    return kind
