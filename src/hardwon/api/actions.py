"""Actions over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hardwon.api.body import GivenAction, record_of
from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.action import Action, ActionState
from hardwon.domain.text import Line
from hardwon.usecases import actions

AnyRequest = Request[Any, Any, Any]


class ActionStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state to go to, and what came of it."""

    state: ActionState
    outcome: Line = ""


@get("/", sync_to_thread=True)
def list_actions(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    in_state: Annotated[ActionState | None, QueryParameter(name="state")] = None,
    owner: Word = None,
    team: Word = None,
    service: Word = None,
    incident: Word = None,
    unfinished: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List actions, what is due first on top."""
    rows = actions.list_actions(
        app,
        actor,
        state=in_state,
        owner=owner,
        team=team,
        service=service,
        incident=incident,
        unfinished=unfinished,
        limit=limit,
        after=after,
    )
    return page(request, rows)


@get("/{action_id:str}", sync_to_thread=True)
def get_action(app: OpenApp, actor: Asker, action_id: FromPath[str]) -> Response[Action]:
    """Read an action."""
    return with_etag(actions.get_action(app, actor, action_id))


@post("/", sync_to_thread=True)
def promise_action(app: OpenApp, actor: Asker, data: JSONBody[GivenAction]) -> Response[Action]:
    """Promise an action; it starts open."""
    saved = actions.promise(app, actor, record_of(data, Action))
    return with_etag(saved, status=201, location="/api/v1/actions")


@put("/{action_id:str}", sync_to_thread=True)
def revise_action(
    request: AnyRequest, app: OpenApp, actor: Asker, action_id: FromPath[str], data: JSONBody[GivenAction]
) -> Response[Action]:
    """Replace an action's content. Needs If-Match; its state changes by PATCH alone."""
    expected = expected_revision(request)
    return with_etag(actions.revise(app, actor, record_of(data, Action, action_id), expected))


@patch("/{action_id:str}", sync_to_thread=True)
def move_action(
    request: AnyRequest, app: OpenApp, actor: Asker, action_id: FromPath[str], data: JSONBody[ActionStep]
) -> Response[Action]:
    """Take an action to another state. Needs If-Match."""
    expected = expected_revision(request)
    return with_etag(actions.move(app, actor, action_id, data.state, expected, outcome=data.outcome))


router = Router(
    "/actions",
    route_handlers=[
        list_actions,
        get_action,
        promise_action,
        revise_action,
        move_action,
        *history_routes("action"),
    ],
    tags=["Actions"],
)
