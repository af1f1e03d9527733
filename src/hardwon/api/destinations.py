"""Destinations over HTTP: which systems are told what, and what became of it; for an admin alone."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After
from hardwon.api.revision import expected_revision, with_etag
from hardwon.api.sources import Secret
from hardwon.domain.destination import Destination
from hardwon.usecases import destinations
from hardwon.usecases.destinations import Answer, DestinationPage, NewDestination

AnyRequest = Request[Any, Any, Any]
_NEVER_STORED: Final = {"Cache-Control": "no-store"}
Dispatch = Annotated[int, PathParameter(ge=1, le=2**53)]


class MadeDestination(msgspec.Struct, frozen=True, kw_only=True):
    """A new destination and the secret its messages are signed with, which is shown this once."""

    destination: Destination
    secret: str


class GivenDestination(NewDestination, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of a destination."""

    active: bool = True


class Redelivered(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages are sent once more."""

    messages: int


@get("/", sync_to_thread=True)
def list_destinations(app: OpenApp, actor: Asker) -> dict[str, Any]:
    """List the destinations, at most two hundred."""
    return {"rows": destinations.get_destinations(app, actor), "next": None}


@post("/", sync_to_thread=True)
def add_destination(app: OpenApp, actor: Asker, data: JSONBody[NewDestination]) -> Response[MadeDestination]:
    """Add a destination. Its secret is in this answer and in no other."""
    made, secret = destinations.add(app, actor, data)
    headers = {"ETag": f'"{made.revision}"', "Location": f"/api/v1/destinations/{made.id}", **_NEVER_STORED}
    return Response(MadeDestination(destination=made, secret=secret), status_code=201, headers=headers)


@get("/{destination_id:str}", sync_to_thread=True)
def get_destination(
    app: OpenApp,
    actor: Asker,
    destination_id: FromPath[str],
    failed: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    after: After = None,
) -> Response[DestinationPage]:
    """Read a destination and a page of what it was sent, newest first; `failed` shows its dead letters alone."""
    found = destinations.get_destination(app, actor, destination_id, failed=failed, after=after)
    return with_etag(found.destination, found)


@put("/{destination_id:str}", sync_to_thread=True)
def change_destination(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    destination_id: FromPath[str],
    data: JSONBody[GivenDestination],
) -> Response[Destination]:
    """Replace what is said of a destination, and try again what waits for it. Needs If-Match."""
    expected = expected_revision(request)
    stored = destinations.get_destination(app, actor, destination_id).destination
    changed = msgspec.structs.replace(stored, **msgspec.structs.asdict(data))
    return with_etag(destinations.change(app, actor, changed, expected))


@post("/{destination_id:str}/secret", status_code=200, sync_to_thread=True)
def renew_destination_secret(app: OpenApp, actor: Asker, destination_id: FromPath[str]) -> Response[Secret]:
    """Give a destination another secret; messages are signed with both until the next."""
    secret = Secret(secret=destinations.renew_secret(app, actor, destination_id))
    return Response(secret, headers=_NEVER_STORED)


@post("/{destination_id:str}/test", status_code=200, sync_to_thread=True)
def try_destination(app: OpenApp, actor: Asker, destination_id: FromPath[str]) -> Answer:
    """Send a test event and tell what was answered."""
    return destinations.try_out(app, actor, destination_id)


@post("/{destination_id:str}/dispatches", status_code=202, sync_to_thread=True)
def redeliver_all(app: OpenApp, actor: Asker, destination_id: FromPath[str]) -> Redelivered:
    """Send all dead letters of a destination once more."""
    return Redelivered(messages=destinations.redeliver(app, actor, destination_id))


@post("/{destination_id:str}/dispatches/{dispatch:int}", status_code=202, sync_to_thread=True)
def redeliver_one(
    app: OpenApp, actor: Asker, destination_id: FromPath[str], dispatch: Dispatch
) -> Redelivered:
    """Send one message once more."""
    return Redelivered(messages=destinations.redeliver(app, actor, destination_id, dispatch))


router = Router(
    "/destinations",
    route_handlers=[
        list_destinations,
        add_destination,
        get_destination,
        change_destination,
        renew_destination_secret,
        try_destination,
        redeliver_all,
        redeliver_one,
    ],
    tags=["Destinations"],
)
