"""The risk of a stored deployment: what was said when it was recorded, and what its time knew."""

from __future__ import annotations

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.deployment import Deployment
from hardwon.domain.projection import project
from hardwon.domain.risk import Risk
from hardwon.domain.text import Name
from hardwon.storage.queries.deployments import get_deployment_rows
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.risks import risk_of
from hardwon.usecases.app import App


class RiskPage(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment's risk. `said` was said when it was recorded, null where it came by import or
    before the score was kept; `risk` is said now, by what is stored of the time when it shipped.
    """

    deployment: Name
    said: Risk | None
    risk: Risk


def get_risk(app: App, actor: Actor, deployment_id: str) -> RiskPage:
    """Return the risk of a deployment the actor may see.

    Failures seen after it shipped play no part, nor what is open on its service by now.
    Raises ForbiddenError, NotFoundError.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        stored = project(get_record(reading, Deployment, deployment_id), actor)
        row = get_deployment_rows(reading, [deployment_id])[deployment_id]
        risk = risk_of(reading, stored, row.at)
    return RiskPage(deployment=stored.id, said=stored.risk, risk=risk)
