"""Decisions of a review: write one down as it falls, turn it into an action."""

from __future__ import annotations

from datetime import date

import msgspec

from hardwon.domain import review as steps
from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.review import Review, told_of
from hardwon.domain.text import Name, kind_of
from hardwon.storage.reviews import open_review
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App


class Promised(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who does what was decided, and by when."""

    owner: Name
    due_on: date


def decide(
    app: App,
    actor: Actor,
    review_id: str,
    text: str,
    expected: int | None = None,
    *,
    promised: Promised | None = None,
) -> Review:
    """Write down a decision as it fell, with its action at once where somebody takes it on.

    Without `expected` it joins what stands there. Raises as `reschedule` does.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = open_review(tx, actor, "write", review_id)
        changed = steps.write_decision(stored, text, actor.id, now)
        number = len(changed.decisions)
        if promised:
            changed = _promise(tx, changed, number, promised)
        event = Event(verb="revised", detail=f"decision {number}", tell=told_of(stored))
        return tx.save(changed, (event,), stored.revision if expected is None else expected)


def decide_to_action(
    app: App, actor: Actor, review_id: str, number: int, promised: Promised, expected: int | None = None
) -> Review:
    """Turn decision `number` into an open action that leads back to it; its owner is told.

    Raises as `reschedule` does.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = open_review(tx, actor, "write", review_id)
        changed = _promise(tx, stored, number, promised)
        event = Event(verb="linked", detail=f"decision {number} to {changed.decisions[number - 1].action}")
        return tx.save(changed, (event,), stored.revision if expected is None else expected)


def _promise(tx: Transaction, review: Review, number: int, promised: Promised) -> Review:
    """Keep the action that came of a decision and return the review that names it."""
    decision = steps.decision_at(review, number)
    action = Action(
        id=tx.next_id("action"),
        title=decision.text[:500],
        description=decision.text if len(decision.text) > 500 else "",  # noqa: PLR2004  (a title's length)
        owner=promised.owner,
        team=review.team,
        due_on=promised.due_on,
        incident=review.subject if kind_of(review.subject) == "incident" else None,
        written_at=tx.at,
        updated_at=tx.at,
        source="review",
        source_id=f"{review.id}#{number}",
        scope=review.scope,
    )
    tx.save(action, (Event(verb="created", tell=(promised.owner,)),))
    return steps.tie_action(review, number, action.id, tx.at)
