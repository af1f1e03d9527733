"""The search page: as you type, with facets, every state of it in the address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final

from litestar import Response
from litestar.params import FromQuery, QueryParameter

from hardwon.domain.asked import Asked
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
    ("severity", "severities", "Severity"),
    ("factor", "factors", "Factor"),
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
_SYNTAX: Final = (
    ('"connection pool"', "these words, one after the other"),
    ("-canary", "nothing that holds this word or phrase"),
    ("service:ranker", "also kind:, env:, tag:, risk:, state:, factor:"),
    ("sev:<=2", "severity; also sev:1 or sev:1..3"),
    ("before:2026-03", "also after:, since:, until:, on:, with a day, a month, a year, or 30d"),
    ("has:open-action", "something promised after it is not done; has:overdue-action"),
)
"""What may be typed beside words, and what it means."""
_SAID: Final = {
    "kinds": "kind",
    "services": "service",
    "environments": "environment",
    "risks": "risk",
    "tags": "tag",
    "states": "state",
    "factors": "factor",
    "severities": "severity",
}
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
        "understood": list(understood(page.asked)),
        "syntax": _SYNTAX,
        "promises": list(promises.values()),
        "hits_by_kind": [
            (kind, title, [hit for hit in page.hits if hit.kind == kind]) for kind, title in _GROUPS
        ],
    }
    partial = request.headers.get("hx-request") == "true"
    return show(request, "results.html" if partial else "search.html", page, context=context)


def understood(asked: Asked) -> Iterator[str]:
    """Yield the conditions that were typed, in words."""
    for field, name in _SAID.items():
        if values := getattr(asked.filters, field):
            yield f"{name} {' or '.join(values)}"
    if asked.filters.since:
        yield f"since {asked.filters.since.date().isoformat()}"
    if asked.filters.until:
        yield f"until {asked.filters.until.date().isoformat()}"
    yield from (f"holds “{phrase}”" for phrase in asked.phrases)
    yield from (f"without “{phrase}”" for phrase in asked.without)
    yield from (f"with an {wanted.replace('-', ' ')}" for wanted in asked.wanted)
