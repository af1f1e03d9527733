"""Home, inbox and the doctor."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromQuery

from hardwon.usecases import doctor, home, inbox
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, show


@pages("/", "/index.json")
def home_page(request: AnyRequest) -> Response[bytes]:
    """Show what waits, what changed, what came back and what worked."""
    return show(request, "home.html", home.get_home(app_of(request), actor_of(request)))


@pages("/inbox", "/inbox.json")
def inbox_page(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[bytes]:
    """Show the reader's notices."""
    page = inbox.list_notices(app_of(request), actor_of(request), after=after)
    return show(request, "inbox.html", page)


@pages("/doctor", "/doctor.json")
def doctor_page(request: AnyRequest) -> Response[bytes]:
    """Show whether the workspace is safe and sound."""
    return show(request, "doctor.html", doctor.examine_as(app_of(request), actor_of(request)))
