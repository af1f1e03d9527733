"""One id and one line a request: its route and how it ended, never what it held.

A line names the route's template, so no record's id stands in it. Who wrote is named, as in the audit
trail; who read is not. What is sent to an address that ends in `/threads` leaves no line at all: there
questions are asked without a name.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Protocol

import structlog

REQUEST_ID: Final = "request_id"
_HEADER: Final = b"x-request-id"
_GIVEN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PARENT: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS: Final = _READS | {"POST", "PUT", "PATCH", "DELETE"}
_UNNAMED: Final = "/threads"
_LOG: Final = structlog.stdlib.get_logger("hardwon.access")
_STANDARD: Final = logging.getLogger("hardwon.access")

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Served = Callable[[Scope, Receive, Send], Awaitable[None]]


class Span(Protocol):
    """What a trace wants to know when a request has ended."""

    trace_id: str

    def end(self, method: str, route: str, status: int) -> None:
        """Take the request's end down."""


class Traced(Protocol):
    """Begins spans; `traceparent` is what the caller sent."""

    def __call__(self, traceparent: str) -> AbstractContextManager[Span]:
        """Return the span of one request."""


def current_request_id() -> str:
    """Return the id of the request that is being answered, empty outside one."""
    return str(structlog.contextvars.get_contextvars().get(REQUEST_ID, ""))


def route_of(scope: Scope) -> str:
    """Return the template of the route that answers, `-` where there is none."""
    return str(scope.get("path_template") or "-")


def is_unnamed(scope: Scope) -> bool:
    """Tell whether what is sent here may come from somebody who wants no trace left."""
    return route_of(scope).endswith(_UNNAMED)


class RequestLog:
    """An ASGI application around another: gives each request its id, its line and, where wanted, its span."""

    def __init__(
        self, served: Served, actor_of: Callable[[Scope], str], traced: Traced | None = None
    ) -> None:
        """Serve through `served`; `actor_of` tells the id of who asked, empty where nobody is known."""
        self._served, self._actor_of, self._traced = served, actor_of, traced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._served(scope, receive, send)
            return
        given = {name: value for name, value in scope["headers"] if name in {_HEADER, b"traceparent"}}
        offered = given.get(_HEADER, b"")
        known = offered.decode() if _GIVEN.fullmatch(offered) else secrets.token_hex(8)
        parent = _PARENT.fullmatch(given.get(b"traceparent", b""))
        bound = {REQUEST_ID: known}
        span = self._traced(parent[0].decode() if parent else "") if self._traced else nullcontext(None)
        with span as begun:
            if begun is not None:
                bound["trace_id"] = begun.trace_id
            elif parent:
                bound["trace_id"] = parent[1].decode()
            with structlog.contextvars.bound_contextvars(**bound):
                await self._answer(scope, receive, send, begun)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, span: Span | None) -> None:
        status, started = 500, time.perf_counter()
        shown = current_request_id().encode()

        async def sent(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, shown)]
            await send(message)

        try:
            await self._served(scope, receive, sent)
        finally:
            if not is_unnamed(scope):
                method = scope["method"] if scope["method"] in _METHODS else "-"
                if span is not None:
                    span.end(method, route_of(scope), status)
                self._write(scope, method, status, time.perf_counter() - started)

    def _write(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        if not _STANDARD.isEnabledFor(logging.INFO):
            return
        names: dict[str, str] = {}
        if method not in _READS and (actor := self._actor_of(scope)):
            names["actor"] = actor
        taken = round(seconds * 1_000, 1)
        _LOG.info("request", method=method, route=route_of(scope), status=status, ms=taken, **names)
