"""Gates over HTTP: what waits for the check asks here, with a token that may ask, and kept answers are read."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import HttpMethod, MediaType, Request, Response, Router, get, post, route
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hardwon.api.identity import BASIC, PROVIDED, Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.domain.check import CheckQuestion, Verdict
from hardwon.domain.errors import InputError
from hardwon.usecases.checks import gates, keeping
from hardwon.usecases.checks.gates import Gated
from hardwon.usecases.checks.keeping import CheckPage

_HOLD = 403
_UNCHECKED = 503
_NEVER_STORED = {"Cache-Control": "no-store"}
_Few = Annotated[list[str] | None, QueryParameter(max_items=50)]
_Said = Annotated[str, QueryParameter(max_length=500)]


@post("/flagger", opt={BASIC: True}, status_code=200, include_in_schema=False)
async def ask_for_flagger(request: Request[Any, Any, Any], app: OpenApp, actor: Asker) -> Response[str]:
    """Let a canary go on with 200, hold it with 403, or with 503 where nobody could answer."""
    body = await request.body()
    told = await asyncio.to_thread(gates.ask_flagger, app, actor, body)
    held = _UNCHECKED if told.verdict == "unchecked" else _HOLD
    return Response(
        told.text, status_code=200 if told.go else held, media_type=MediaType.TEXT, headers=_NEVER_STORED
    )


@post("/argo", opt={BASIC: True}, status_code=200, sync_to_thread=True, include_in_schema=False)
def ask_for_argo(app: OpenApp, actor: Asker, data: JSONBody[CheckQuestion]) -> Response[Gated]:
    """Answer the web metric of an analysis."""
    return Response(gates.ask(app, actor, "argo", data), headers=_NEVER_STORED)


@route(
    "/argo",
    http_method=[HttpMethod.GET],
    opt={BASIC: True},
    status_code=200,
    sync_to_thread=True,
    include_in_schema=False,
)
def ask_for_argo_by_query(  # noqa: PLR0913, PLR0917  (the query's parameters)
    app: OpenApp,
    actor: Asker,
    title: _Said = "",
    service: _Few = None,
    environment: Word = None,
    version: _Said = "",
    file: _Few = None,
    model: _Few = None,
    deployment: Word = None,
) -> Response[Gated]:
    """Answer the web metric of an analysis that sends no body."""
    if any(not 1 <= len(one) <= 200 for many in (service, file, model) for one in many or ()):  # noqa: PLR2004
        raise InputError("A name has 1 to 200 characters.", fix="Shorten it.")
    question = CheckQuestion(
        title=title or " ".join([*(service or ()), version]).strip()[:500],
        environment=environment or None,
        version=version,
        deployment=deployment or None,
        services=tuple(service or ()),
        files=tuple(file or ()),
        models=tuple(model or ()),
    )
    return Response(gates.ask(app, actor, "argo", question), headers=_NEVER_STORED)


@get("/", sync_to_thread=True)
def list_checks(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: Request[Any, Any, Any],
    app: OpenApp,
    actor: Asker,
    verdict: FromQuery[Verdict | None] = None,
    service: Word = None,
    deployment: Word = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List what gates were answered, newest first."""
    rows = keeping.list_checks(
        app, actor, verdict=verdict, service=service, deployment=deployment, limit=limit, after=after
    )
    return page(request, rows)


@get("/{check_id:str}", sync_to_thread=True)
def get_check(app: OpenApp, actor: Asker, check_id: FromPath[str]) -> CheckPage:
    """Read what a gate was answered."""
    return keeping.get_check(app, actor, check_id)


gates_router = Router(
    "/gates", route_handlers=[ask_for_flagger, ask_for_argo, ask_for_argo_by_query], dependencies=PROVIDED
)
router = Router("/checks", route_handlers=[list_checks, get_check], tags=["Recall"])
