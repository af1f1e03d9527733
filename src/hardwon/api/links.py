"""Links over HTTP: who points at a record or an address, and links that lead nowhere."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.params import QueryParameter

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, page
from hardwon.usecases import links

AnyRequest = Request[Any, Any, Any]
Target = Annotated[str, QueryParameter(max_length=2_000, description="An id, or an address with its scheme")]


@get("/", sync_to_thread=True)
def list_links(
    request: AnyRequest, app: OpenApp, actor: Asker, to: Target = "", limit: Limit = 50, after: After = None
) -> Response[dict[str, Any]]:
    """List the records that point at an id or an address, with their relation."""
    return page(request, links.list_pointing(app, actor, to, limit=limit, after=after))


@get("/dead", sync_to_thread=True)
def list_dead_links(
    request: AnyRequest, app: OpenApp, actor: Asker, limit: Limit = 50, after: After = None
) -> Response[dict[str, Any]]:
    """List the links between records that lead nowhere, whose they are and what to do."""
    return page(request, links.list_dead(app, actor, limit=limit, after=after))


router = Router("/links", route_handlers=[list_links, list_dead_links], tags=["Links"])
