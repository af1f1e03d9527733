"""Services: those to be claimed, the list, one of them, and names that mean the same."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.access import permissions_of
from hardwon.domain.catalog import Service, is_unclaimed
from hardwon.domain.errors import NotFoundError
from hardwon.usecases import actions, artifacts, catalog, deployments, incidents
from hardwon.web.fields import Form, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.view import AnyRequest, plain_id, show


@pages("/services", "/services.json")
def services_page(
    request: AnyRequest, after: FromQuery[str | None] = None, claimed: FromQuery[str] = ""
) -> Response[bytes]:
    """Show the services that nobody owns yet, then the catalogue's services."""
    app, actor = app_of(request), actor_of(request)
    page = catalog.list_services(app, actor, limit=100, after=after)
    context = {
        "unclaimed": None if after else catalog.list_unclaimed(app, actor),
        "teams": catalog.list_teams(app, actor).rows,
        "claimed": claimed,
        "may_write": "write" in permissions_of(actor),
    }
    return show(request, "services.html", page, context=context)


@forms("/services/claim")
def claim(request: AnyRequest, data: Form) -> Redirect:
    """Make a team the owner of a service that nobody owns yet."""
    name, team = text_in(data, "service"), text_in(data, "team")
    catalog.claim(app_of(request), actor_of(request), name, team, number_in(data, "expected"))
    return Redirect(f"/services?claimed={quote(name, safe='')}", status_code=303)


@forms("/services/unite")
def unite(request: AnyRequest, data: Form) -> Redirect:
    """Say that a service is another name of one, and show that one with what moved."""
    name, other = text_in(data, "service"), text_in(data, "same_as")
    same = catalog.unite(app_of(request), actor_of(request), name, other, number_in(data, "expected"))
    moved = "" if same.moved is None else f"&moved={same.moved}"
    return Redirect(f"/services/{quote(other)}?united={quote(name, safe='')}{moved}", status_code=303)


@forms("/services/part")
def part(request: AnyRequest, data: Form) -> Redirect:
    """Say that a service is no other name after all."""
    name = text_in(data, "service")
    catalog.part(app_of(request), actor_of(request), name, number_in(data, "expected"))
    return Redirect("/services", status_code=303)


@pages("/services/{service_id:path}")
def service_page(
    request: AnyRequest,
    service_id: FromPath[str],
    united: FromQuery[str] = "",
    moved: FromQuery[int | None] = None,
) -> Response[Any]:
    """Show a service with its objectives, incidents, lessons, promises and deployments; its name may hold a slash.

    Another name of a service leads to that one.
    """
    app, actor, name = app_of(request), actor_of(request), plain_id(service_id.removeprefix("/"))
    try:
        service = catalog.get_entry(app, actor, Service, name)
        unclaimed = is_unclaimed(service)
    except NotFoundError:
        service, unclaimed = Service(id=name, name=name), False
    if service.same_as and not request.url.path.endswith(".json"):
        return Redirect(f"/services/{quote(service.same_as)}", status_code=302)
    page = {
        "service": service,
        "incidents": incidents.list_incidents(app, actor, service=name, limit=20).rows,
        "lessons": artifacts.list_artifacts(app, actor, "lesson", service=name, limit=20).rows,
        "runbooks": artifacts.list_artifacts(app, actor, "runbook", service=name, limit=20).rows,
        "actions": actions.list_actions(app, actor, service=name, unfinished=True, limit=20).rows,
        "deployments": deployments.list_deployments(app, actor, service=name, limit=10).rows,
    }
    if not any(rows for key, rows in page.items() if key != "service") and service.revision == 1:
        catalog.get_entry(app, actor, Service, name)
    context = {
        "names": catalog.list_names(app, actor, name),
        "unclaimed": unclaimed,
        "united": united,
        "moved": moved,
        "may_write": "write" in permissions_of(actor),
    }
    return show(request, "service.html", page, context=context)
