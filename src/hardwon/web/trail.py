"""The audit trail to read: a page, its JSON, and a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args
from urllib.parse import quote, urlencode

from litestar import Response

from hardwon.domain.audit import TrailFilter
from hardwon.domain.event import Verb
from hardwon.domain.record import TYPES
from hardwon.usecases import trail
from hardwon.web.fields import day_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import FOLDERS, AnyRequest, path_of, show

_OTHERS: Final = ("token", "calendar", "sign_in", "workspace")
_NAMED: Final = {"person": "/people/", "service": "/services/"}


@pages("/audit", "/audit.json")
def trail_page(request: AnyRequest) -> Response[bytes]:
    """Show a page of the trail, newest first."""
    asked = request.query_params
    after = asked.get("after") or None
    page = trail.list_entries(app_of(request), actor_of(request), _wanted(asked), after=after)
    fields = ("actor", "kind", "record", "verb", "since", "until")
    chosen = {name: text_in(asked, name) for name in fields}
    kept = urlencode({name: value for name, value in chosen.items() if value})
    context = {
        "chosen": chosen,
        "kinds": (*TYPES, *_OTHERS),
        "verbs": get_args(Verb),
        "sheet": f"/audit.csv?{kept}" if kept else "/audit.csv",
        "place_of": place_of,
    }
    return show(request, "trail.html", page, context=context)


@pages("/audit.csv")
def sheet(request: AnyRequest) -> Response[bytes]:
    """Send entries as a sheet; a Link header names the next one where they are more."""
    asked = request.query_params
    after = asked.get("after") or None
    made = trail.get_sheet(app_of(request), actor_of(request), _wanted(asked), after=after)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    if made.next:
        kept = {name: value for name, value in asked.items() if name != "after"}
        headers["Link"] = f'</audit.csv?{urlencode({**kept, "after": made.next})}>; rel="next"'
    return Response(made.text.encode(), media_type="text/csv", headers=headers)


def place_of(kind: str, record: str) -> str:
    """Return the page of what an entry is about, empty where it has none."""
    if kind == "policy":
        return f"/{FOLDERS[kind]}"
    if kind in FOLDERS or kind == "thread":
        return path_of(record)
    return f"{_NAMED[kind]}{quote(record, safe='')}" if kind in _NAMED else ""


def _wanted(asked: Mapping[str, str]) -> TrailFilter:
    return TrailFilter(
        actor=text_in(asked, "actor"),
        kind=text_in(asked, "kind"),
        record=text_in(asked, "record"),
        verb=text_in(asked, "verb"),
        since=day_in(asked, "since"),
        until=day_in(asked, "until"),
    )
