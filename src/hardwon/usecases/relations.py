"""How deployments relate to an incident: proposed for reasons that can be read, decided by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.incident import DeploymentLink, Incident, occurred_at
from hardwon.domain.tie import Shipped, Tie, tie_of
from hardwon.storage.queries.catalog import calls_of
from hardwon.storage.queries.deployments import DeploymentRow, finished_between
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App

BEFORE: Final = timedelta(hours=48)
"""How long before an incident a deployment still counts as a candidate."""
_MOST: Final = 20
_LOOKED_AT: Final = 60


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that may have to do with an incident, how, and why it is proposed."""

    deployment: DeploymentRow
    tie: Tie
    because: str


def propose(app: App, actor: Actor, incident_id: str) -> tuple[Candidate, ...]:
    """Return deployments nobody has judged yet that finished in the 48 hours before the incident, or
    during it: what most speaks for first, at most 20.

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
        calls = calls_of(reading, incident.services)
        near = (*incident.services, *(name for called in calls.values() for name in called))
        rows = finished_between(
            reading, began - BEFORE, max(ended, began), services=near, limit=_LOOKED_AT + len(known)
        )
    shipped = [msgspec.convert(row, Shipped, from_attributes=True) for row in rows]
    ties = [(row, tie_of(incident, one, shipped, calls)) for row, one in zip(rows, shipped, strict=True)]
    fresh = [(row, tie) for row, tie in ties if row.id not in known]
    fresh.sort(key=lambda found: -found[1].points)
    return tuple(
        Candidate(deployment=row, tie=tie, because=", ".join(tie.reasons)) for row, tie in fresh[:_MOST]
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
