"""One application: the pages, the API and the agents' door over one open workspace."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.datastructures import Headers, State
from litestar.events import BaseEventEmitterBackend
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse

from hardwon.api.identity import actor_id as token_actor
from hardwon.api.probes import MEASURED
from hardwon.api.problem import on_http_error
from hardwon.api.routes import api_router
from hardwon.logs.requests import RequestLog
from hardwon.mcp.endpoint import actor_id as agent
from hardwon.mcp.endpoint import serve_agents
from hardwon.throttle import Throttle
from hardwon.usecases.app import App
from hardwon.web.assets import get_asset
from hardwon.web.calendars import get_feed
from hardwon.web.identity import actor_id as reader
from hardwon.web.identity import address_of
from hardwon.web.problem import HANDLERS, on_http
from hardwon.web.routes import web_router
from hardwon.web.sign_in import sign_in_router


class _Application(Litestar):
    """Refuses a Host that is none before anything reads an address out of it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not _is_host(Headers.from_scope(scope).get("host", "")):
            refusal = ASGIResponse(body=b"The Host is none.", status_code=400, media_type="text/plain")
            await refusal(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


class _NoEvents(BaseEventEmitterBackend):
    """Nothing listens to the framework's own events; its emitter would belong to one server at a time."""

    def emit(self, event_id: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    async def __aenter__(self) -> Self:
        """Begin nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End nothing."""


@cache
def _routed() -> _Application:
    """Return the application without a workspace. Its 330 routes take a third of a second to set up, once a process."""
    return _Application(
        [web_router, sign_in_router, get_feed, get_asset, api_router, serve_agents],
        openapi_config=None,
        event_emitter_backend=_NoEvents,
        exception_handlers={**HANDLERS, HTTPException: on_refusal},
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, exclude=["/static"]),
        middleware=[MEASURED.middleware],
        logging_config=None,
    )


def create_asgi(app: App) -> Litestar:
    """Return the application that serves this workspace."""
    made = (
        _routed.__wrapped__() if app.settings.otlp_endpoint else copy(_routed())
    )  # a trace ends with its own
    made.state = State({"hardwon": app})
    traced = None
    if app.settings.otlp_endpoint:
        from hardwon.traces import Traces

        traced = Traces(app.settings.otlp_endpoint)
        made.on_shutdown.append(traced.close)
    settings, served = app.settings, made.asgi_handler
    if settings.sign_in != "owner" and settings.requests_per_minute:
        served = Throttle(served, settings.requests_per_minute, lambda scope: address_of(scope, app))
    made.asgi_handler = RequestLog(served, _actor, traced)
    return made


def _actor(scope: Any) -> str:
    return token_actor(scope) or reader(scope) or agent(scope)


def on_refusal(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer an address or a method that no route has: a program is told as one, a person as one."""
    if request.url.path.startswith("/api/"):
        return on_http_error(request, error)
    return on_http(request, error)


def _is_host(text: str) -> bool:
    try:
        parts = urlsplit(f"//{text}")
        _ = parts.port
    except ValueError:
        return False
    return parts.netloc == text
