"""How deployments relate to an incident: proposed by time and service, decided by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.incident import DeploymentLink, Incident, occurred_at
from hardwon.storage.queries.deployments import DeploymentRow, finished_between
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App

BEFORE: Final = timedelta(hours=48)
"""How long before an incident a deployment still counts as a candidate."""
_MOST: Final = 20


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that may have to do with an incident, and why it is proposed."""

    deployment: DeploymentRow
    because: str


def propose(app: App, actor: Actor, incident_id: str) -> tuple[Candidate, ...]:
    """Return deployments nobody has judged yet that finished in the 48 hours before the incident, or
    during it: those of its services first, the latest on top, at most 20.

    Raises NotFoundError, ForbiddenError.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        incident = get_record(reading, Incident, incident_id)
        began = occurred_at(incident)
        if began is None:
            return ()
        ended = incident.times.resolved_at or app.now()
        known = {link.deployment for link in incident.deployments}
        rows = finished_between(
            reading, began - BEFORE, max(ended, began), services=incident.services, limit=_MOST + len(known)
        )
    found = [row for row in rows if row.id not in known][:_MOST]
    return tuple(
        Candidate(
            deployment=row,
            because=("the same service, " if row.service in incident.services else "")
            + ("before it began" if row.at <= began else "while it lasted"),
        )
        for row in found
    )


def decide(
    app: App, actor: Actor, incident_id: str, link: DeploymentLink, expected_revision: int
) -> Incident:
    """Say how a deployment relates to the incident, in the actor's name; what stood before is replaced.

    Raises ForbiddenError, NotFoundError also for a deployment the actor does not see,
    RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        tx.get_as(actor, "read", Deployment, link.deployment)
        decided = msgspec.structs.replace(link, decided_by=actor.id)
        others = tuple(kept for kept in stored.deployments if kept.deployment != link.deployment)
        changed = msgspec.structs.replace(stored, deployments=(*others, decided))
        event = Event(verb="revised", detail=f"{link.deployment} {link.relation}")
        return tx.save(changed, (event,), expected_revision)
