"""Threads over HTTP: say or ask something about a section of an artifact, reply, settle."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.errors import InputError
from hardwon.domain.text import Line, Name, Prose
from hardwon.domain.thread import Thread, ThreadKind, ThreadState
from hardwon.usecases import questions, threads

AnyRequest = Request[Any, Any, Any]


class NewThread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment or a question on a section (empty: on all) of an artifact; only questions go unnamed."""

    artifact: Name
    section: Line = ""
    kind: ThreadKind = "comment"
    text: Prose
    anonymous: bool = False


class NewReply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer in a thread."""

    text: Prose


class ThreadStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state to take a thread to."""

    state: ThreadState


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an unnamed question: it was taken, and nothing leads to it."""

    taken: Literal[True] = True


@get("/", sync_to_thread=True)
def list_threads(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    artifact: Annotated[str, QueryParameter(max_length=200, description="An artifact's id")] = "",
    in_state: Annotated[ThreadState | None, QueryParameter(name="state")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List an artifact's threads, oldest first."""
    return page(request, threads.list_threads(app, actor, artifact, state=in_state, limit=limit, after=after))


@get("/{thread_id:str}", sync_to_thread=True)
def get_thread(app: OpenApp, actor: Asker, thread_id: FromPath[str]) -> Response[Thread]:
    """Read a thread."""
    return with_etag(threads.get_thread(app, actor, thread_id))


@post("/", sync_to_thread=True)
def begin_thread(app: OpenApp, actor: Asker, data: JSONBody[NewThread]) -> Response[Thread | Taken]:
    """Comment or ask. An unnamed question is published on a later day; the answer says only that it was taken."""
    if data.anonymous:
        if data.kind != "question":
            raise InputError("Only a question goes without a name.", fix='Send `"kind": "question"`.')
        questions.ask(app, actor, data.artifact, data.text, section=data.section)
        return Response(Taken(), status_code=201, headers={"Cache-Control": "no-store"})
    begin = threads.ask if data.kind == "question" else threads.comment
    thread = begin(app, actor, data.artifact, data.text, section=data.section)
    return with_etag(thread, status=201, location="/api/v1/threads")


@post("/{thread_id:str}/replies", sync_to_thread=True)
def reply_to_thread(
    app: OpenApp, actor: Asker, thread_id: FromPath[str], data: JSONBody[NewReply]
) -> Response[Thread]:
    """Reply in a thread."""
    return with_etag(threads.reply(app, actor, thread_id, data.text), status=201)


@patch("/{thread_id:str}", sync_to_thread=True)
def settle_thread(
    request: AnyRequest, app: OpenApp, actor: Asker, thread_id: FromPath[str], data: JSONBody[ThreadStep]
) -> Response[Thread]:
    """Resolve a thread, or open it again. Needs If-Match, so that no reply is overlooked."""
    change = threads.resolve if data.state == "resolved" else threads.reopen
    return with_etag(change(app, actor, thread_id, expected_revision(request)))


router = Router(
    "/threads",
    route_handlers=[
        list_threads,
        get_thread,
        begin_thread,
        reply_to_thread,
        settle_thread,
        *history_routes("thread"),
    ],
    tags=["Threads"],
)
