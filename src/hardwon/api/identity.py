"""Who asks: the bearer of a token, or the local owner of an embedded workspace.

Every route passes `identify` unless it is marked public, so a new one is refused to strangers by
default.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any, Final, TypeAlias

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler

from hardwon.api.problem import MalformedError
from hardwon.domain.actor import Actor
from hardwon.usecases import people
from hardwon.usecases.app import App

PUBLIC: Final = "hardwon_public"
"""The option that opens a route to anyone."""
BASIC: Final = "hardwon_basic"
"""The option that takes a token as the password of basic authentication too, for senders that set no header."""
_ACTOR: Final = "hardwon_actor"

_LONGEST: Final = 1_000

OpenApp: TypeAlias = NamedDependency[App]
"""The open workspace, as a route asks for it."""
Asker: TypeAlias = NamedDependency[Actor]
"""Who asks, as a route asks for it."""
AnyConnection = ASGIConnection[Any, Any, Any, Any]


def app_of(connection: AnyConnection) -> App:
    """Return the open workspace that this application serves."""
    app: App = connection.app.state["hardwon"]
    return app


async def identify(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Find out who asks, or refuse. Raises UnauthenticatedError, MalformedError."""
    refuse_nul(connection)
    if handler.opt.get(PUBLIC):
        return
    basic = bool(handler.opt.get(BASIC))
    connection.state[_ACTOR] = await asyncio.to_thread(resolve, connection, basic=basic)


def refuse_nul(connection: AnyConnection) -> None:
    """Raise MalformedError for an address with a NUL or bytes that are no UTF-8."""
    query = connection.scope.get("query_string", b"")
    if b"%00" in query or b"\x00" in query or "\x00" in connection.scope["path"]:
        raise MalformedError("The address holds a NUL.", fix="Leave it out.")


def resolve(connection: AnyConnection, *, basic: bool = False) -> Actor:
    """Return the actor; with `basic` the token may be a password. Raises UnauthenticatedError."""
    client = connection.client.host if connection.client else None
    authorization = connection.headers.get("authorization")
    if basic and authorization is not None:
        authorization = _bearer(authorization)
    return people.resolve_asker(app_of(connection), authorization, client, connection.headers)


def _bearer(authorization: str) -> str:
    """Return basic authentication with a token as the header of a bearer; anything else as it is."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic" or len(given) > _LONGEST:
        return authorization
    try:
        return f"Bearer {base64.b64decode(given.strip(), validate=True).decode().partition(':')[2]}"
    except (binascii.Error, ValueError):
        return authorization


def actor_id(scope: Any) -> str:
    """Return the id of who asks, as `identify` found out, empty where it did not."""
    actor: Actor | None = scope.get("state", {}).get(_ACTOR)
    return actor.id if actor else ""


def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """Return who asks, as `identify` found out."""
    actor: Actor = request.state[_ACTOR]
    return actor


def provide_app(request: Request[Any, Any, Any]) -> App:
    """Return the open workspace."""
    return app_of(request)


PROVIDED: Final = {
    "app": Provide(provide_app, sync_to_thread=False),
    "actor": Provide(provide_actor, sync_to_thread=False),
}
"""What routes ask for by name."""
