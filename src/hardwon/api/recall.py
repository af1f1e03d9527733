"""Search, "seen before?" and the check over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import Words
from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.search import DocumentKind, Filters
from hardwon.domain.text import Line, Name, Prose
from hardwon.usecases.checks import check, gates
from hardwon.usecases.search import SearchPage, search
from hardwon.usecases.similar import SimilarPage, similar


class SimilarQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of an incident: words, or the id of a stored one."""

    title: Line = ""
    text: Prose = ""
    services: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    incident: Name | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


@get("/search", sync_to_thread=True, tags=["Recall"])
def search_all(  # noqa: PLR0913, PLR0917  (the query's parameters)
    app: OpenApp,
    actor: Asker,
    q: FromQuery[str],
    kind: FromQuery[list[DocumentKind] | None] = None,
    service: Words = None,
    environment: Words = None,
    risk: Words = None,
    tag: Words = None,
    in_state: Annotated[list[str] | None, QueryParameter(name="state", max_items=50)] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000)] = 0,
    words_only: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
) -> SearchPage:
    """Search everything by words and meaning. A filter given twice means either."""
    filters = Filters(
        kinds=tuple(kind or ()),
        services=tuple(service or ()),
        environments=tuple(environment or ()),
        risks=tuple(risk or ()),
        tags=tuple(tag or ()),
        states=tuple(in_state or ()),
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until, time.max, UTC) if until else None,
    )
    return search(app, actor, q, filters=filters, limit=limit, offset=offset, words_only=words_only)


@post("/similar", status_code=200, sync_to_thread=True, tags=["Recall"])
def find_similar(app: OpenApp, actor: Asker, data: JSONBody[SimilarQuestion]) -> SimilarPage:
    """Return the past incidents, lessons and runbooks most like a description or a stored incident."""
    return similar(
        app,
        actor,
        title=data.title,
        text=data.text,
        services=data.services,
        incident=data.incident,
        limit=data.limit,
    )


@post("/check", status_code=200, sync_to_thread=True, tags=["Recall"])
def check_change(
    app: OpenApp,
    actor: Asker,
    data: JSONBody[CheckQuestion],
    fail: FromQuery[Literal["warn", "block"] | None] = None,
) -> Response[CheckAnswer]:
    """Ask what is known about a change before it ships. With `fail` the status is the verdict too: 409 where the
    change is to be held, 503 where nobody could answer, and the answer is kept.
    """
    if fail is None:
        return Response(check(app, actor, data))
    told = gates.ask(app, actor, "http", data, fail_on=fail)
    held = 503 if told.verdict == "unchecked" else 409
    return Response(told.answer, status_code=200 if told.go else held)
