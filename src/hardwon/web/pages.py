"""Registering pages: one function under several addresses, each a handler of its own in a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

Handlers = tuple[HTTPRouteHandler, ...]


def pages(*paths: str) -> Callable[[Callable[..., Any]], Handlers]:
    """Return a decorator that answers GET at every one of `paths`."""

    def register(function: Callable[..., Any]) -> Handlers:
        return tuple(get(path, sync_to_thread=True)(function) for path in paths)

    return register


def forms(*paths: str, status: int = 303) -> Callable[[Callable[..., Any]], Handlers]:
    """Return a decorator that answers POST at every one of `paths`."""

    def register(function: Callable[..., Any]) -> Handlers:
        return tuple(post(path, status_code=status, sync_to_thread=True)(function) for path in paths)

    return register
