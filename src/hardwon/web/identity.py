"""Who reads: the local owner of an embedded workspace, and nobody else until sign-in is set up."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError
from hardwon.domain.locality import is_local
from hardwon.usecases import people
from hardwon.usecases.app import App

AnyConnection = ASGIConnection[Any, Any, Any, Any]
_ACTOR: Final = "hardwon_reader"


def app_of(connection: AnyConnection) -> App:
    """Return the open workspace that is served."""
    app: App = connection.app.state["hardwon"]
    return app


def actor_of(connection: AnyConnection) -> Actor:
    """Return who asks, as `identify` found out."""
    actor: Actor = connection.state[_ACTOR]
    return actor


async def identify(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Find out who asks, or refuse; every page passes here. Raises ForbiddenError."""
    app = app_of(connection)
    client = connection.client.host if connection.client else None
    reads = connection.scope.get("method") in {"GET", "HEAD"}
    if app.settings.database_url or not is_local(client, connection.headers, navigation=reads):
        raise ForbiddenError(
            "The pages of this workspace open on its own machine only.",
            fix="Use the API with a token from anywhere else.",
        )
    connection.state[_ACTOR] = await asyncio.to_thread(people.local_owner, app)
