"""Reviews as the use cases open them: with their subject looked at, and what the house goes by."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.access import Permission, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import NotFoundError
from hardwon.domain.incident import Incident
from hardwon.domain.planning import Customs, agenda_for, services_of
from hardwon.domain.review import Review
from hardwon.domain.text import kind_of
from hardwon.storage.queries.catalog import service_kinds
from hardwon.storage.queries.templates import agendas
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction

SUBJECTS: Final[dict[str | None, type[Incident | Deployment]]] = {
    "incident": Incident,
    "deployment": Deployment,
}
"""What can be reviewed."""


def customs_of(reading: Reading, subject: Incident | Deployment) -> Customs:
    """Return what the plan of its review goes by: the kinds of its services, its team's agenda."""
    team = subject.team if isinstance(subject, Incident) else None
    return Customs(
        kinds=service_kinds(reading, services_of(subject)),
        points=agenda_for(agendas(reading, subject.scope), team),
    )


def open_review(tx: Transaction, actor: Actor, permission: Permission, review_id: str) -> Review:
    """Return a review for an actor who may do that, seen by whom its subject is seen by now.

    Those who write in reviews at once queue behind the counter's lock, so that both are kept.
    """
    tx.reserve_ids("review", 0)
    review = tx.get_as(actor, permission, Review, review_id)
    try:
        subject: Incident | Deployment = tx.get(SUBJECTS[kind_of(review.subject)], review.subject)
    except (KeyError, NotFoundError):
        return review
    scopes = scopes_of(actor)
    if scopes is not None and subject.scope not in scopes:
        raise NotFoundError(f"There is no review {review_id}.", fix="Check the id.")
    return msgspec.structs.replace(review, scope=subject.scope)
