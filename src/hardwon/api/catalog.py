"""The catalogue over HTTP: services, teams, environments and people."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, page
from hardwon.api.problem import MalformedError
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.usecases import catalog

AnyRequest = Request[Any, Any, Any]


@get("/", sync_to_thread=True)
def list_services(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    unclaimed: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    limit: Limit = 200,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List services by id, or those alone that nobody owns; other names of a service are left out."""
    return page(request, catalog.list_services(app, actor, unclaimed=unclaimed, limit=limit, after=after))


@get("/", sync_to_thread=True)
def list_teams(
    request: AnyRequest, app: OpenApp, actor: Asker, limit: Limit = 200, after: After = None
) -> Response[dict[str, Any]]:
    """List teams by id."""
    return page(request, catalog.list_teams(app, actor, limit=limit, after=after))


@get("/", sync_to_thread=True)
def list_environments(
    request: AnyRequest, app: OpenApp, actor: Asker, limit: Limit = 200, after: After = None
) -> Response[dict[str, Any]]:
    """List environments by id."""
    return page(request, catalog.list_environments(app, actor, limit=limit, after=after))


@get("/", sync_to_thread=True)
def list_people(
    request: AnyRequest, app: OpenApp, actor: Asker, limit: Limit = 200, after: After = None
) -> Response[dict[str, Any]]:
    """List people by id."""
    return page(request, catalog.list_people(app, actor, limit=limit, after=after))


@put("/{entry_id:str}", sync_to_thread=True)
def put_service(
    request: AnyRequest, app: OpenApp, actor: Asker, entry_id: FromPath[str], data: JSONBody[Service]
) -> Response[Service]:
    """Add a service, or replace one with If-Match."""
    return with_etag(catalog.put(app, actor, _named(data, entry_id), _expected(request)))


@put("/{entry_id:str}", sync_to_thread=True)
def put_team(
    request: AnyRequest, app: OpenApp, actor: Asker, entry_id: FromPath[str], data: JSONBody[Team]
) -> Response[Team]:
    """Add a team, or replace one with If-Match."""
    return with_etag(catalog.put(app, actor, _named(data, entry_id), _expected(request)))


@put("/{entry_id:str}", sync_to_thread=True)
def put_environment(
    request: AnyRequest, app: OpenApp, actor: Asker, entry_id: FromPath[str], data: JSONBody[Environment]
) -> Response[Environment]:
    """Add an environment, or replace one with If-Match."""
    return with_etag(catalog.put(app, actor, _named(data, entry_id), _expected(request)))


@put("/{entry_id:str}", sync_to_thread=True)
def put_person(
    request: AnyRequest, app: OpenApp, actor: Asker, entry_id: FromPath[str], data: JSONBody[Person]
) -> Response[Person]:
    """Add a person, or replace one with If-Match. Needs the right to administer."""
    return with_etag(catalog.put(app, actor, _named(data, entry_id), _expected(request)))


def _one(kind: type[Any], name: str) -> HTTPRouteHandler:
    @get("/{entry_id:str}", sync_to_thread=True, operation_id=f"get_{name}")
    def get_entry(app: OpenApp, actor: Asker, entry_id: FromPath[str]) -> Response[Any]:
        """Read one entry."""
        return with_etag(catalog.get_entry(app, actor, kind, entry_id))

    return get_entry


def _named(entry: Any, entry_id: str) -> Any:
    if entry.id != entry_id:
        raise MalformedError("The body's id is not the address's.", fix="Send the same id in both.")
    return msgspec.structs.replace(entry, revision=1)


def _expected(request: AnyRequest) -> int | None:
    """Return the revision to replace, or None to add (`If-None-Match: *`)."""
    adding = request.headers.get("if-none-match", "").strip() == "*"
    return None if adding else expected_revision(request)


def _router(folder: str, handlers: list[HTTPRouteHandler]) -> Router:
    return Router(f"/{folder}", route_handlers=handlers, tags=["Catalogue"])


routers: Final = [
    _router("services", [list_services, _one(Service, "service"), put_service]),
    _router("teams", [list_teams, _one(Team, "team"), put_team]),
    _router("environments", [list_environments, _one(Environment, "environment"), put_environment]),
    _router("people", [list_people, _one(Person, "person"), put_person]),
]
