"""Templates over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.template import Template, TemplateKind, TemplateState
from hardwon.usecases import templates
from hardwon.usecases.templates import GivenTemplate

AnyRequest = Request[Any, Any, Any]


class TemplateStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state to go to."""

    state: Literal["in_use", "retired"]


@get("/", sync_to_thread=True)
def list_templates(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    kind: Annotated[TemplateKind | None, QueryParameter()] = None,
    in_state: Annotated[TemplateState | None, QueryParameter(name="state")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List templates, by kind."""
    rows = templates.list_templates(app, actor, kind=kind, state=in_state, limit=limit, after=after)
    return page(request, rows)


@get("/{template_id:str}", sync_to_thread=True)
def get_template(app: OpenApp, actor: Asker, template_id: FromPath[str]) -> Response[Template]:
    """Read a template."""
    return with_etag(templates.get_template(app, actor, template_id))


@post("/", sync_to_thread=True)
def create_template(app: OpenApp, actor: Asker, data: JSONBody[GivenTemplate]) -> Response[Template]:
    """Write a template; `text` is its outline, or what a document begins with."""
    return with_etag(templates.create(app, actor, data), status=201, location="/api/v1/templates")


@put("/{template_id:str}", sync_to_thread=True)
def revise_template(
    request: AnyRequest, app: OpenApp, actor: Asker, template_id: FromPath[str], data: JSONBody[GivenTemplate]
) -> Response[Template]:
    """Replace a template's words. Needs If-Match; its kind stays."""
    return with_etag(templates.revise(app, actor, template_id, data, expected_revision(request)))


@patch("/{template_id:str}", sync_to_thread=True)
def move_template(
    request: AnyRequest, app: OpenApp, actor: Asker, template_id: FromPath[str], data: JSONBody[TemplateStep]
) -> Response[Template]:
    """Retire a template, or take it into use again. Needs If-Match."""
    return with_etag(templates.move(app, actor, template_id, data.state, expected_revision(request)))


router = Router(
    "/templates",
    route_handlers=[
        list_templates,
        get_template,
        create_template,
        revise_template,
        move_template,
        *history_routes("template"),
    ],
    tags=["Templates"],
)
