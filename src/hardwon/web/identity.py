"""Who reads: the local owner of an embedded workspace, or whoever signed in; every page passes here."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError, UnauthenticatedError
from hardwon.domain.locality import is_local, is_same_site
from hardwon.usecases import people, sign_in
from hardwon.usecases.app import App

AnyConnection = ASGIConnection[Any, Any, Any, Any]
COOKIE: Final = "__Host-hardwon"
"""Holds a session's secret. The prefix binds it to this host, to HTTPS, and to no path."""
_ACTOR: Final = "hardwon_reader"
_READS: Final = frozenset({"GET", "HEAD"})


def app_of(connection: AnyConnection) -> App:
    """Return the open workspace that is served."""
    app: App = connection.app.state["hardwon"]
    return app


def actor_of(connection: AnyConnection) -> Actor:
    """Return who asks, as `identify` found out."""
    actor: Actor = connection.state[_ACTOR]
    return actor


def actor_id(scope: Any) -> str:
    """Return the id of who asks, as `identify` found out, empty where it did not."""
    actor: Actor | None = scope.get("state", {}).get(_ACTOR)
    return actor.id if actor else ""


async def identify(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Find out who asks, or refuse. Raises ForbiddenError, UnauthenticatedError."""
    connection.state[_ACTOR] = await asyncio.to_thread(_resolve, connection)


async def refuse_foreign(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Refuse what another site's page sends; for the pages that anybody may open. Raises ForbiddenError."""
    expect_same_site(connection)


def expect_same_site(connection: AnyConnection) -> None:
    """Raise ForbiddenError for a change that does not come from a page of this site."""
    if connection.scope.get("method") not in _READS and not is_same_site(connection.headers):
        raise ForbiddenError("Another site sent this.", fix="Open the page here, and send it again.")


def client_of(connection: AnyConnection) -> str:
    """Return the address of who asks; behind a trusted proxy, the one it names last."""
    return address_of(connection.scope, app_of(connection))


def address_of(scope: Any, app: App) -> str:
    """Return the address from which a request comes; behind a trusted proxy, the one it names last."""
    client = str(scope["client"][0]) if scope.get("client") else ""
    if client not in _proxies(app):
        return client
    said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    named = said[-1].decode("latin-1").rpartition(",")[2].strip() if said else ""
    return named or client


def _resolve(connection: AnyConnection) -> Actor:
    app = app_of(connection)
    if app.settings.sign_in == "owner":
        return _owner(connection, app)
    expect_same_site(connection)
    if app.settings.sign_in == "proxy":
        return _named_by_proxy(connection, app)
    secret = connection.cookies.get(COOKIE, "")
    if not secret:
        raise UnauthenticatedError("You are not signed in.", fix="Sign in.")
    return sign_in.resolve_session(app, secret)


def _owner(connection: AnyConnection, app: App) -> Actor:
    client = connection.client.host if connection.client else None
    reads = connection.scope.get("method") in _READS
    if app.settings.database_url or not is_local(client, connection.headers, navigation=reads):
        raise ForbiddenError(
            "The pages of this workspace open on its own machine only.",
            fix="Set sign_in to accounts or proxy, or use the API with a token.",
        )
    return people.local_owner(app)


def _named_by_proxy(connection: AnyConnection, app: App) -> Actor:
    client = connection.client.host if connection.client else ""
    named = connection.headers.getall(app.settings.proxy_header.lower(), [])
    if client not in _proxies(app) or len(named) != 1 or not named[0].strip():
        raise ForbiddenError("The proxy did not say who you are.", fix="Open the pages through it.")
    return sign_in.resolve_name(app, named[0])


def _proxies(app: App) -> frozenset[str]:
    return frozenset(part.strip() for part in app.settings.proxy_from.split(",") if part.strip())
