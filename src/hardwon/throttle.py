"""How often somebody may ask: a token bucket for each credential and, ten times as wide, for each address.

What is over the bound is answered with 429 and the seconds to wait, before anything else is done. Buckets live
in this process; the oldest are forgotten. Guessing passwords has bounds of its own, which outlive the process.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Served = Callable[[Scope, Receive, Send], Awaitable[None]]
_BURST: Final = 15
"""Seconds' worth of requests that may come at once."""
_WIDER: Final = 10
_KEPT: Final = 20_000
_CREDENTIALS: Final = frozenset({b"authorization", b"cookie"})
_FREE: Final = ("/livez", "/readyz", "/static/", "/hooks/")
"""A sender that is told to come again may never do so."""


class Throttle:
    """An ASGI application around another that bounds how often each client is answered."""

    def __init__(self, served: Served, per_minute: int, address_of: Callable[[Scope], str]) -> None:
        """Serve through `served`; `address_of` tells from where a request comes."""
        self._served, self._address_of = served, address_of
        self._rate = per_minute / 60
        self._buckets: OrderedDict[tuple[str, bytes], tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say when to come again."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._served(scope, receive, send)
            return
        now = time.monotonic()
        wait = max(self._take(key, width, now) for key, width in self._keys(scope))
        if wait:
            await _refuse(send, wait)
        else:
            await self._served(scope, receive, send)

    def _keys(self, scope: Scope) -> list[tuple[tuple[str, bytes], int]]:
        keys = [(("address", self._address_of(scope).encode()), _WIDER)]
        said = [value for name, value in scope["headers"] if name in _CREDENTIALS]
        if said:
            keys.append((("credential", hashlib.sha256(b"\n".join(said)).digest()), 1))
        else:
            keys[0] = (keys[0][0], 1)
        return keys

    def _take(self, key: tuple[str, bytes], width: int, now: float) -> int:
        """Take one token of a bucket; return the seconds until there is one, 0 where it was there."""
        rate = self._rate * width
        most = max(1.0, rate * _BURST)
        left, since = self._buckets.pop(key, (most, now))
        left = min(most, left + (now - since) * rate)
        taken = left >= 1
        self._buckets[key] = (left - 1 if taken else left, now)
        while len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
        return 0 if taken else int((1 - left) / rate) + 1


async def _refuse(send: Send, wait: int) -> None:
    body = msgspec.json.encode(
        {
            "type": "about:blank",
            "title": "Asked too often",
            "status": 429,
            "code": "throttled",
            "detail": "You ask more often than this Hardwon answers.",
            "fix": f"Wait {wait} s, then ask less often.",
        }
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"retry-after", str(wait).encode()),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})
