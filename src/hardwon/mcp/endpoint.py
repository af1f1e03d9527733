"""The protocol over HTTP at /mcp: every request stands alone, is authorised by its own token, and is answered
in JSON.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from litestar import asgi
from litestar.datastructures import Headers, State
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from hardwon.domain.actor import Actor
from hardwon.domain.errors import HardwonError, UnavailableError
from hardwon.usecases import people
from hardwon.usecases.app import App

_ACTOR: Final = "hardwon_agent"
_SERVER: Final = "hardwon_agents"


@asgi("/mcp", copy_scope=True)
async def serve_agents(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one message of the Model Context Protocol."""
    if scope.get("method") != "POST":  # nothing is streamed, and no session is kept that could end
        await ASGIResponse(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
        return
    app: App = scope["litestar_app"].state["hardwon"]
    headers = Headers.from_scope(scope)
    client = scope.get("client")
    try:
        actor = await asyncio.to_thread(
            people.resolve_asker, app, headers.get("authorization"), client[0] if client else None, headers
        )
        manager = _manager(app, scope["litestar_app"].state)
    except HardwonError as error:
        await _refuse(error, scope, receive, send)
        return
    scope["state"][_ACTOR] = actor
    async with manager.run():
        await manager.handle_request(scope, receive, send)


def actor_id(scope: Any) -> str:
    """Return the id of the agent that asked, empty where none did."""
    actor: Actor | None = scope.get("state", {}).get(_ACTOR)
    return actor.id if actor else ""


def _manager(app: App, state: State) -> Any:
    """Return what takes one request in; the SDK is loaded with the first of them."""
    try:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from mcp.server.transport_security import TransportSecuritySettings
    except ImportError as error:
        raise UnavailableError("Agents are not served here.", fix="Install hardwon[mcp].") from error
    if state.get(_SERVER) is None:
        from hardwon.mcp.server import create_server

        state[_SERVER] = create_server(app, _asker, writes=True)
    return StreamableHTTPSessionManager(
        app=state[_SERVER],
        json_response=True,
        stateless=True,
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


def _asker(ctx: Any) -> Actor:
    actor: Actor = ctx.request.scope["state"][_ACTOR]
    return actor


async def _refuse(error: HardwonError, scope: Scope, receive: Receive, send: Send) -> None:
    unknown = error.code == "unauthenticated"
    body = msgspec.json.encode({"code": error.code, "detail": error.message, "fix": error.fix})
    answer = ASGIResponse(
        body=body,
        status_code=401 if unknown else 503,
        media_type="application/problem+json",
        headers={"WWW-Authenticate": "Bearer"} if unknown else {},
    )
    await answer(scope, receive, send)
