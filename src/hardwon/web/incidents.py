"""Incidents: the list, and one of them."""

from __future__ import annotations

from datetime import date
from typing import Final, get_args

from litestar import Response
from litestar.params import FromPath, FromQuery

from hardwon.domain.incident import Relation, later_than
from hardwon.usecases import incidents, pictures, relations, reviews, similar, standards, templates
from hardwon.web.identity import actor_of, app_of
from hardwon.web.links import links_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, plain_id, show

_RELATIONS: Final = {"suspected": "Suspect it", "fixed": "It fixed it", "rolled_back": "It was rolled back"}
"""What the button says that takes a proposal."""


@pages("/incidents", "/incidents.json")
def incidents_page(  # noqa: PLR0913  (the list's filters)
    request: AnyRequest,
    *,
    service: FromQuery[str | None] = None,
    severity: FromQuery[int | None] = None,
    status: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    since: FromQuery[date | None] = None,
    sort: FromQuery[str] = "newest",
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of incidents; the filters live in the address."""
    page = incidents.list_incidents(
        app_of(request),
        actor_of(request),
        service=service or None,
        severity=severity,
        status=status or None,
        tag=tag or None,
        since=since,
        sort=sort,
        after=after,
    )
    chosen = {"service": service, "severity": severity, "status": status, "tag": tag, "sort": sort}
    return show(request, "incidents.html", page, context={"chosen": chosen})


@pages("/incidents/{incident_id:str}")
def incident_page(request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Show one incident with what belongs to it and what resembles it."""
    app, actor = app_of(request), actor_of(request)
    page = incidents.get_incident(app, actor, plain_id(incident_id))
    seen = similar.similar(app, actor, incident=page.incident.id, limit=6)
    earlier = [hit for hit in seen.hits if hit.kind == "incident" and hit.id in page.incident.related]
    broken = [p for hit in earlier for p in hit.promises if p.overdue_days]
    context = {
        "reviews": reviews.list_reviews(app, actor, subject=page.incident.id).rows,
        "candidates": relations.propose(app, actor, page.incident.id),
        "words_of_relation": _RELATIONS,
        "relations": get_args(Relation),
        "picture": pictures.swimlane(page.incident),
        "templates": templates.list_templates(app, actor, kind="postmortem", state="in_use").rows,
        "standing": standards.get_standing(app, actor, page.incident.id),
        "next_statuses": later_than(page.incident.status),
        "seen": seen,
        "earlier": earlier,
        "broken": broken,
        **links_of(request, page.incident),
    }
    return show(request, "incident.html", page, context=context)
