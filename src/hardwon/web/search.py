"""The search page: as you type, with facets, every state of it in the address."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from litestar import Response
from litestar.params import FromQuery, QueryParameter

from hardwon.domain.search import Filters
from hardwon.usecases import search
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, show

AXES: Final = (
    ("kind", "kinds", "Kind"),
    ("service", "services", "Service"),
    ("risk", "risks", "Risk"),
    ("tag", "tags", "Tag"),
    ("state", "states", "State"),
)
_GROUPS: Final = (
    ("lesson", "Lessons"),
    ("incident", "Incidents"),
    ("action", "Actions"),
    ("runbook", "Runbooks"),
    ("postmortem", "Postmortems"),
    ("note", "Notes"),
    ("deployment", "Deployments"),
)
_SHOWN: Final = 5
"""Hits of each kind, until one kind is chosen."""
_DAYS: Final = {"30": 30, "90": 90, "365": 365}


@pages("/search", "/search.json")
def search_page(
    request: AnyRequest,
    q: Annotated[str, QueryParameter(max_length=search.MAX_QUERY)] = "",
    words: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    when: FromQuery[str] = "",
) -> Response[bytes]:
    """Show what answers the words typed; htmx asks for the results alone."""
    app = app_of(request)
    chosen = {axis: tuple(request.query_params.getall(axis, []))[:20] for axis, _, _ in AXES}
    since = app.now() - timedelta(days=_DAYS[when]) if when in _DAYS else None
    filters = Filters(since=since, **{field: chosen[axis] for axis, field, _ in AXES})  # type: ignore[arg-type]
    page = search.search(app, actor_of(request), q, filters=filters, limit=40, words_only=words)
    promises = {p.id: (p, hit.id) for hit in page.hits for p in hit.promises if p.overdue_days}
    counts = {facet.field: facet.counts for facet in page.facets}
    context = {
        "text": q,
        "chosen": chosen,
        "when": when,
        "words": words,
        "axes": AXES,
        "counts": counts,
        "found_of": dict(counts.get("kind", ())),
        "shown": len(page.hits) if chosen["kind"] else _SHOWN,
        "promises": list(promises.values()),
        "hits_by_kind": [
            (kind, title, [hit for hit in page.hits if hit.kind == kind]) for kind, title in _GROUPS
        ],
    }
    partial = request.headers.get("hx-request") == "true"
    return show(request, "results.html" if partial else "search.html", page, context=context)
