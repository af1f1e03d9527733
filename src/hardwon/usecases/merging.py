"""Merging incidents: one is kept, the other points at it, and everything that hung on it moves along."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.merging import merge as merge_incidents
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import TYPES
from hardwon.domain.review import cancel, told_of
from hardwon.storage.queries.actions import actions_of
from hardwon.storage.queries.artifacts import artifacts_of
from hardwon.storage.queries.reviews import planned_review_of, reviews_on
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

_MOVED: Final = "moved with"


def merge(app: App, actor: Actor, kept_id: str, given_id: str, expected_revision: int) -> Incident:
    """Merge `given_id` into `kept_id`, which stands at `expected_revision`, and return the latter.

    Actions, artifacts and reviews of the one that is given belong to the one that is kept afterwards; a
    second postmortem stays a document of its own that names both, a second planned review is cancelled.
    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError, InputError for a timeline
    that gets too long.
    """
    with app.store.begin(actor, app.now()) as tx:
        kept = tx.get_as(actor, "write", Incident, kept_id)
        given = tx.get_as(actor, "write", Incident, given_id)
        merged, pointing = merge_incidents(kept, given)
        tx.save(pointing, (Event(verb="moved", detail=f"merged into {kept_id}"),), given.revision)
        _move_actions(app, tx, kept_id, given_id)
        _move_artifacts(tx, kept_id, given_id)
        _move_reviews(tx, kept, given_id)
        return tx.save(merged, (Event(verb="revised", detail=f"merged with {given_id}"),), expected_revision)


def _move_actions(app: App, tx: Transaction, kept: str, given: str) -> None:
    reading = Reading(tx.connection, None)
    while rows := actions_of(reading, incidents=[given], today=app.today()):
        for row in rows:
            action = tx.get(Action, row.id)
            moved = msgspec.structs.replace(action, incident=kept, updated_at=tx.at)
            tx.save(moved, (Event(verb="revised", detail=f"{_MOVED} {given} to {kept}"),), action.revision)


def _move_artifacts(tx: Transaction, kept: str, given: str) -> None:
    reading = Reading(tx.connection, None)
    written = any(row.kind == "postmortem" for row in artifacts_of(reading, kept))
    for row in artifacts_of(reading, given):
        stored: Any = tx.get(TYPES[row.kind], row.id)
        names = dict.fromkeys((*(kept if name == given else name for name in stored.incidents), kept))
        changed = msgspec.structs.replace(stored, incidents=tuple(names), updated_at=tx.at)
        if isinstance(stored, Postmortem) and stored.incident == given and not written:
            changed = msgspec.structs.replace(changed, incident=kept)
        tx.save(changed, (Event(verb="revised", detail=f"{_MOVED} {given} to {kept}"),), stored.revision)


def _move_reviews(tx: Transaction, kept: Incident, given: str) -> None:
    reading = Reading(tx.connection, None)
    planned = planned_review_of(reading, kept.id)
    for review in reviews_on(reading, given):
        moved = msgspec.structs.replace(review, subject=kept.id, scope=kept.scope, updated_at=tx.at)
        detail = f"{_MOVED} {given} to {kept.id}"
        if planned and review.state == "planned" and review.began_at is None:
            moved = cancel(moved, f"{planned} is planned of {kept.id} already.", tx.at)
        tx.save(moved, (Event(verb="revised", detail=detail, tell=told_of(review)),), review.revision)
