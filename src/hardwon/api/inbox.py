"""The asker's own inbox over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import JSONBody
from msgspec import Meta

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, page
from hardwon.usecases import inbox


class ReadNotices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The notices to mark as read."""

    ids: Annotated[tuple[Annotated[int, Meta(ge=1, le=2**62)], ...], Meta(max_length=1_000)]


@get("/", sync_to_thread=True)
def list_notices(
    request: Request[Any, Any, Any], app: OpenApp, actor: Asker, limit: Limit = 50, after: After = None
) -> Response[dict[str, Any]]:
    """List the asker's notices and their teams', newest first."""
    return page(request, inbox.list_notices(app, actor, limit=limit, after=after))


@post("/read", status_code=200, sync_to_thread=True)
def read_notices(app: OpenApp, actor: Asker, data: JSONBody[ReadNotices]) -> dict[str, int]:
    """Mark notices as read; others' are left alone."""
    return {"read": inbox.read(app, actor, data.ids)}


router = Router("/inbox", route_handlers=[list_notices, read_notices], tags=["Inbox"])
