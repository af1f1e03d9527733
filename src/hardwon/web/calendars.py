"""The reader's reviews as a calendar: a page, and a feed at a secret address for calendar programs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.params import Parameter

from hardwon.domain.errors import NotFoundError
from hardwon.usecases import calendars
from hardwon.web.fields import Form
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.view import AnyRequest, show

_MEDIA: Final = "text/calendar"
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@pages("/calendar", "/calendar.json")
def calendar_page(request: AnyRequest) -> Response[bytes]:
    """Show the reviews in which the reader has a part, and whether their feed has an address."""
    return _page(request)


@forms("/calendar", status=200)
def change(request: AnyRequest, data: Form) -> Response[bytes]:
    """Give the reader's feed a new address, shown this once, or end it."""
    app, actor = app_of(request), actor_of(request)
    if data.get("do") == "revoke":
        calendars.revoke(app, actor)
        return _page(request)
    secret = calendars.share(app, actor)
    return _page(request, f"{str(request.base_url).rstrip('/')}/calendar/{secret}.ics")


@get("/calendar/{secret:str}", sync_to_thread=True, include_in_schema=False)
def get_feed(request: Request[Any, Any, Any], secret: Annotated[str, Parameter()]) -> Response[bytes]:
    """Send the calendar behind a secret address; whoever holds the address needs no other proof."""
    if not secret.endswith(".ics"):
        raise NotFoundError("There is no such calendar.", fix="Copy its address again, or make a new one.")
    text = calendars.feed(app_of(request), secret.removesuffix(".ics"), str(request.base_url).rstrip("/"))
    return answer_calendar(text)


def answer_calendar(text: str) -> Response[bytes]:
    """Return iCalendar text as a file that calendar programs open."""
    headers = {**_HEADERS, "Content-Disposition": 'attachment; filename="reviews.ics"'}
    return Response(text.encode(), media_type=_MEDIA, headers=headers)


def _page(request: AnyRequest, address: str = "") -> Response[bytes]:
    page = calendars.open_calendar(app_of(request), actor_of(request))
    return show(request, "calendar.html", page, context={"address": address})
