"""Deployments: record one, list them, open one."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from hardwon.domain.access import EVERYONE, authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.projection import project
from hardwon.domain.risk import assess
from hardwon.domain.shipment import shipment_of
from hardwon.storage.queries.deployments import DeploymentRow, get_deployment_rows, ran_before
from hardwon.storage.queries.deployments import list_deployments as query_deployments
from hardwon.storage.queries.incidents import IncidentRow, get_incident_rows
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record, get_records
from hardwon.storage.queries.risks import known_now, risk_of
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

_FORETOLD: Final = 10


class DeploymentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment with the incidents it is tied to, (incident, relation), and what ran there before it, which
    one would go back to.
    """

    deployment: Deployment
    incidents: tuple[tuple[IncidentRow, str], ...]
    rollback_to: DeploymentRow | None = None


def record(app: App, actor: Actor, deployment: Deployment) -> Deployment:
    """Keep a deployment with its risk as known now. One (source, source_id) is stored once: a repeat
    returns the first. The risk rests on what everybody sees who sees the deployment.

    Raises ForbiddenError.
    """
    authorise(actor, "deploy", deployment.scope)
    now = app.now()
    shipment = shipment_of(deployment, now.timestamp())
    with app.store.read((EVERYONE, deployment.scope)) as reading:
        risk = assess(shipment, known_now(reading, shipment, app.today(), app.settings.freezes))
    with app.store.begin(actor, now) as tx:
        if deployment.source_id:
            known = tx.find_by_source("deployment", deployment.source, deployment.source_id)
            if known is not None:
                return tx.get_as(actor, "deploy", Deployment, known)
        fresh = msgspec.structs.replace(deployment, id=tx.next_id("deployment"), revision=1, risk=risk)
        return tx.save(fresh, (Event(verb="created"),))


def list_deployments(  # noqa: PLR0913  (the list's filters)
    app: App,
    actor: Actor,
    *,
    service: str | None = None,
    environment: str | None = None,
    outcome: str | None = None,
    risk: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[DeploymentRow]:
    """Return a page of the deployments the actor may see, newest first."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        page = query_deployments(
            reading,
            service=service,
            environment=environment,
            outcome=outcome,
            risk=risk,
            since=since,
            until=until,
            limit=limit,
            after=after,
        )
        return msgspec.structs.replace(page, rows=_foretold(reading, page.rows))


def _foretold(reading: Reading, rows: tuple[DeploymentRow, ...]) -> tuple[DeploymentRow, ...]:
    """Return the rows; what is still to ship and came by import gets the band it has now."""
    at = {row.id: row.at for row in rows if row.risk is None and row.outcome == "planned"}
    bands = {
        name: risk_of(reading, stored, at[name]).band
        for name, stored in get_records(reading, list(at)[:_FORETOLD]).items()
        if isinstance(stored, Deployment)
    }
    return tuple(msgspec.structs.replace(row, risk=bands.get(row.id, row.risk)) for row in rows)


def get_deployment(app: App, actor: Actor, deployment_id: str) -> DeploymentPage:
    """Return a deployment and its incidents. Raises NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        stored = get_record(reading, Deployment, deployment_id)
        row = get_deployment_rows(reading, [deployment_id]).get(deployment_id)
        tied = dict(row.incidents) if row else {}
        incidents = get_incident_rows(reading, list(tied), today=app.today())
        before = ran_before(reading, row) if row else None
    return DeploymentPage(
        deployment=project(stored, actor),
        incidents=tuple((incident, tied[incident.id]) for incident in incidents),
        rollback_to=before,
    )
