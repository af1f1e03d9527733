"""Who may sign in, and as what: an admin adds people, changes and invites them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.domain.access import permissions_of
from hardwon.domain.actor import Role
from hardwon.domain.catalog import Person
from hardwon.domain.errors import HardwonError, NotFoundError
from hardwon.usecases import catalog, ownership, sign_in
from hardwon.web.fields import Form, checked, names_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of_person, show

ROLES: Final = tuple(role for role in get_args(Role) if role != "service")


@forms("/people", status=200)
def add(request: AnyRequest, data: Form) -> Response[Any]:
    """Add a person; with a mistake the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    try:
        person = checked({"id": text_in(data, "id"), **_given(data)}, Person)
        kept = catalog.put(app, actor, person)
    except HardwonError as error:
        page = catalog.list_people(app, actor)
        context = {**account_context(request), "typed": data, "problem": f"{error.message} {error.fix}"}
        return show(request, "people.html", page, status=status_of(error), context=context)
    return Redirect(path_of_person(kept.id), status_code=303)


@forms("/people/{person_id:str}", status=200)
def change(request: AnyRequest, person_id: FromPath[str], data: Form) -> Response[Any]:
    """Change what a person is called and may do."""
    app, actor = app_of(request), actor_of(request)
    stored = catalog.get_entry(app, actor, Person, person_id)
    values = {**_given(data), "active": data.get("active") == "yes"}
    try:
        changed = checked({**msgspec.structs.asdict(stored), **values}, Person)
        catalog.put(app, actor, changed, number_in(data, "expected"))
    except NotFoundError:
        raise
    except HardwonError as error:
        return show_person(
            request, person_id, problem=f"{error.message} {error.fix}", status=status_of(error)
        )
    return Redirect(path_of_person(person_id), status_code=303)


@forms("/people/{person_id:str}/invitation", status=200)
def invite(request: AnyRequest, person_id: FromPath[str]) -> Response[Any]:
    """Make a one-time link and show it, this once."""
    app = app_of(request)
    secret = sign_in.invite(app, actor_of(request), person_id)
    base = app.settings.base_url.rstrip("/") or str(request.base_url).rstrip("/")
    return show_person(request, person_id, link=f"{base}/invitation/{secret}")


@forms("/people/{person_id:str}/sign-out")
def sign_out_everywhere(request: AnyRequest, person_id: FromPath[str]) -> Redirect:
    """End all sessions of a person."""
    sign_in.end_sessions(app_of(request), actor_of(request), person_id)
    return Redirect(path_of_person(person_id), status_code=303)


def show_person(
    request: AnyRequest,
    person_id: str,
    *,
    moved: int = 0,
    link: str = "",
    problem: str = "",
    status: int = 200,
) -> Response[bytes]:
    """Return the page of a person; `link` is a one-time link that was just made."""
    page = ownership.get_person(app_of(request), actor_of(request), person_id)
    app, actor = app_of(request), actor_of(request)
    context: dict[str, object] = {
        "moved": moved,
        "link": link,
        **account_context(request),
        "problem": problem,
    }
    if app.settings.has_accounts and (context["administers"] or actor.id == person_id):
        context["sessions"] = sign_in.list_sessions(app, actor, person_id)
    return show(request, "person.html", page, status=status, context=context)


def account_context(request: AnyRequest) -> dict[str, object]:
    """Return what the pages of people need to offer what this reader may do."""
    administers = "administer" in permissions_of(actor_of(request))
    return {"administers": administers, "roles": ROLES, "typed": {}, "problem": ""}


def _given(data: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": text_in(data, "name"),
        "email": text_in(data, "email"),
        "roles": (data.get("role", "viewer"),),
        "teams": names_in(data.get("teams", "")),
    }
