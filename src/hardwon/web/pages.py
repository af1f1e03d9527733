"""Registering pages: one function under several addresses, each a handler of its own in a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import HttpMethod, post, route
from litestar.handlers import HTTPRouteHandler

Handlers = tuple[HTTPRouteHandler, ...]


def pages(*paths: str) -> Callable[[Callable[..., Any]], Handlers]:
    """Return a decorator that answers GET at every one of `paths`, and HEAD with the same but its body."""

    def register(function: Callable[..., Any]) -> Handlers:
        methods = (HttpMethod.GET, HttpMethod.HEAD)
        return tuple(route(path, http_method=methods, sync_to_thread=True)(function) for path in paths)

    return register


def forms(*paths: str, status: int = 303) -> Callable[[Callable[..., Any]], Handlers]:
    """Return a decorator that answers POST at every one of `paths`."""

    def register(function: Callable[..., Any]) -> Handlers:
        return tuple(post(path, status_code=status, sync_to_thread=True)(function) for path in paths)

    return register
