"""The audit trail over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.params import QueryParameter

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.domain.audit import TrailFilter
from hardwon.usecases import audit, trail

AnyRequest = Request[Any, Any, Any]
Day = Annotated[date | None, QueryParameter(description="A day in UTC, as 2026-11-23")]


@get("/", sync_to_thread=True)
def list_entries(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    by: Word = None,
    kind: Word = None,
    record: Word = None,
    verb: Word = None,
    since: Day = None,
    until: Day = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List who did what to the records you may see, newest first; `by` is who, `until` includes its day."""
    wanted = TrailFilter(
        actor=by or "", kind=kind or "", record=record or "", verb=verb or "", since=since, until=until
    )
    return page(request, trail.list_entries(app, actor, wanted, limit=limit, after=after))


@get("/checkpoint", sync_to_thread=True)
def get_checkpoint(app: OpenApp, actor: Asker) -> dict[str, str]:
    """Read the newest signed checkpoint, and the key it is checked with."""
    return {"checkpoint": audit.get_checkpoint(app, actor), "key": audit.get_key(app, actor)}


@get("/verify", sync_to_thread=True)
def verify_audit(app: OpenApp, actor: Asker) -> dict[str, Any]:
    """Recompute the audit trail and name what does not fit. Needs the right to administer."""
    report: dict[str, Any] = msgspec.to_builtins(audit.verify(app, actor))
    return report


router = Router("/audit", route_handlers=[list_entries, get_checkpoint, verify_audit], tags=["Audit"])
