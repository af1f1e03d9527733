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
from hardwon.usecases import deployments
from hardwon.usecases.deployments import DeploymentPage


@get("/", sync_to_thread=True)
def list_deployments(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: Request[Any, Any, Any],
    app: OpenApp,
    actor: Asker,
    service: Word = None,
    environment: Word = None,
    outcome: FromQuery[Outcome | None] = None,
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


@post("/", sync_to_thread=True)
def record_deployment(app: OpenApp, actor: Asker, data: JSONBody[GivenDeployment]) -> Response[Deployment]:
    """Record a deployment. One (source, source_id) is kept once: a repeat returns the first."""
    saved = deployments.record(app, actor, record_of(data, Deployment))
    return with_etag(saved, status=201, location="/api/v1/deployments")


router = Router(
    "/deployments",
    route_handlers=[list_deployments, get_deployment, record_deployment, *history_routes("deployment")],
    tags=["Deployments"],
)
