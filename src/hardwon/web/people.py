"""People and what they own, handing it over, and how fresh the library is."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.usecases import catalog, ownership
from hardwon.web.accounts import account_context, show_person
from hardwon.web.fields import Form, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.view import AnyRequest, path_of_person, plain_id, show


@pages("/people", "/people.json")
def people_page(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[bytes]:
    """Show the people of the catalogue."""
    page = catalog.list_people(app_of(request), actor_of(request), after=after)
    return show(request, "people.html", page, context=account_context(request))


@pages("/names.json")
def names(request: AnyRequest, text: FromQuery[str] = "") -> Response[Any]:
    """Return whom a text may begin to mention."""
    found = catalog.suggest_names(app_of(request), actor_of(request), text)
    return Response(found, media_type=MediaType.JSON)


@pages("/people/{person_id:str}")
def person_page(request: AnyRequest, person_id: FromPath[str], moved: FromQuery[int] = 0) -> Response[bytes]:
    """Show a person and what they own."""
    return show_person(request, plain_id(person_id), moved=moved)


@forms("/people/{person_id:str}/hand-over")
def hand_over(request: AnyRequest, person_id: FromPath[str], data: Form) -> Redirect:
    """Give all that a person owns to another."""
    number = ownership.hand_over(app_of(request), actor_of(request), person_id, text_in(data, "to"))
    return Redirect(f"{path_of_person(person_id)}?moved={number}", status_code=303)


@pages("/freshness", "/freshness.json")
def freshness_page(
    request: AnyRequest,
    kind: FromQuery[str | None] = None,
    age: FromQuery[str | None] = None,
    service: FromQuery[str | None] = None,
) -> Response[Any]:
    """Show how fresh each service's library is, and what is of one age."""
    page = ownership.get_freshness(
        app_of(request), actor_of(request), kind=kind or None, age=age or None, service=service
    )
    chosen = {"kind": kind or "", "age": age or "", "service": service}
    return show(request, "freshness.html", page, context={"chosen": chosen})
