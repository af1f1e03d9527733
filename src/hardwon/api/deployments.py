"""Deployments over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from hardwon.api.body import GivenDeployment, record_of
from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.api.revision import with_etag
from hardwon.domain.deployment import Deployment, Outcome
from hardwon.domain.risk import Band
from hardwon.usecases import deployments, risks
from hardwon.usecases.deployments import DeploymentPage
from hardwon.usecases.risks import RiskPage


@get("/", sync_to_thread=True)
def list_deployments(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: Request[Any, Any, Any],
    app: OpenApp,
    actor: Asker,
    service: Word = None,
    environment: Word = None,
    outcome: FromQuery[Outcome | None] = None,
    risk: FromQuery[Band | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List deployments, newest first."""
    rows = deployments.list_deployments(
        app,
        actor,
        service=service,
        environment=environment,
        outcome=outcome,
        risk=risk,
        since=since,
        until=until,
        limit=limit,
        after=after,
    )
    return page(request, rows)


@get("/{deployment_id:str}", sync_to_thread=True)
def get_deployment(app: OpenApp, actor: Asker, deployment_id: FromPath[str]) -> Response[DeploymentPage]:
    """Read a deployment with the incidents it is tied to."""
    found = deployments.get_deployment(app, actor, deployment_id)
    return with_etag(found.deployment, found)


@get("/{deployment_id:str}/risk", sync_to_thread=True)
def get_risk(app: OpenApp, actor: Asker, deployment_id: FromPath[str]) -> RiskPage:
    """Read how likely a deployment was to fail, as said when it was recorded and as its time knew it."""
    return risks.get_risk(app, actor, deployment_id)


@post("/", sync_to_thread=True)
def record_deployment(app: OpenApp, actor: Asker, data: JSONBody[GivenDeployment]) -> Response[Deployment]:
    """Record a deployment. One (source, source_id) is kept once: a repeat returns the first."""
    saved = deployments.record(app, actor, record_of(data, Deployment))
    return with_etag(saved, status=201, location="/api/v1/deployments")


router = Router(
    "/deployments",
    route_handlers=[
        list_deployments,
        get_deployment,
        get_risk,
        record_deployment,
        *history_routes("deployment"),
    ],
    tags=["Deployments"],
)
