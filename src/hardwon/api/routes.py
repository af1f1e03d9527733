"""All routes of the API, guarded as one: whoever adds a route here adds it behind `identify`."""

from __future__ import annotations

from typing import Final

from litestar import Router

from hardwon.api import (
    actions,
    artifacts,
    audit,
    catalog,
    deployments,
    destinations,
    gates,
    importing,
    inbox,
    incidents,
    links,
    observations,
    recall,
    retention,
    reviews,
    sources,
    standard,
    templates,
    terms,
    threads,
)
from hardwon.api.body import MAX_JSON
from hardwon.api.description import get_docs, get_openapi
from hardwon.api.hooks import take_delivery
from hardwon.api.identity import PROVIDED, identify
from hardwon.api.probes import live, metrics, ready
from hardwon.api.problem import HANDLERS
from hardwon.api.schemas import get_schema, list_schemas
from hardwon.api.witness import add_checkpoint


def v1_router() -> Router:
    """Return the routes of version 1."""
    return Router(
        "/api/v1",
        route_handlers=[
            recall.search_all,
            recall.find_similar,
            recall.check_change,
            gates.router,
            incidents.router,
            *artifacts.routers,
            deployments.router,
            actions.router,
            reviews.router,
            observations.router,
            templates.router,
            terms.router,
            standard.router,
            retention.router,
            sources.router,
            destinations.router,
            threads.router,
            *catalog.routers,
            inbox.router,
            links.router,
            importing.import_lines,
            audit.router,
        ],
        dependencies=PROVIDED,
    )


api_router: Final = Router(
    "/",
    route_handlers=[
        v1_router(),
        get_openapi,
        get_docs,
        list_schemas,
        get_schema,
        live,
        ready,
        metrics,
        add_checkpoint,
        gates.gates_router,
        take_delivery,
    ],
    guards=[identify],
    exception_handlers=HANDLERS,
    request_max_body_size=MAX_JSON,
)
"""Mount this at the root of an application whose state holds the App as `hardwon`."""
