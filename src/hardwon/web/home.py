"""Home, inbox, services and the doctor."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath, FromQuery

from hardwon.domain.catalog import Service
from hardwon.domain.errors import NotFoundError
from hardwon.usecases import actions, artifacts, catalog, deployments, doctor, home, inbox, incidents
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, plain_id, show


@pages("/", "/index.json")
def home_page(request: AnyRequest) -> Response[bytes]:
    """Show what waits, what changed, what came back and what worked."""
    return show(request, "home.html", home.get_home(app_of(request), actor_of(request)))


@pages("/inbox", "/inbox.json")
def inbox_page(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[bytes]:
    """Show the reader's notices."""
    page = inbox.list_notices(app_of(request), actor_of(request), after=after)
    return show(request, "inbox.html", page)


@pages("/services", "/services.json")
def services_page(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[bytes]:
    """Show the catalogue's services."""
    page = catalog.list_services(app_of(request), actor_of(request), limit=100, after=after)
    return show(request, "services.html", page)


@pages("/services/{service_id:path}")
def service_page(request: AnyRequest, service_id: FromPath[str]) -> Response[bytes]:
    """Show a service with its incidents, lessons, promises and deployments; its name may hold a slash."""
    app, actor, name = app_of(request), actor_of(request), plain_id(service_id.removeprefix("/"))
    try:
        service = catalog.get_entry(app, actor, Service, name)
    except NotFoundError:
        service = Service(id=name, name=name)
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
    return show(request, "service.html", page)


@pages("/doctor", "/doctor.json")
def doctor_page(request: AnyRequest) -> Response[bytes]:
    """Show whether the workspace is safe and sound."""
    return show(request, "doctor.html", doctor.examine_as(app_of(request), actor_of(request)))
