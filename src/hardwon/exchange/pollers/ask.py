"""Asking one system politely: only below its address, with its token, as often and as long as a round may."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec

from hardwon.domain.errors import InputError
from hardwon.exchange.outbound import Egress, RefusedError, Reply, TooLongError, send
from hardwon.exchange.webhooks.payload import Payload

MOST_REQUESTS: Final = 40
"""Requests in one round."""
MOST_SECONDS: Final = 30.0
"""Seconds of one round, besides those of its last request."""
MOST_BYTES: Final = 10 * 1024 * 1024
_SECONDS: Final = 10.0
_LONGEST: Final = timedelta(hours=24)
"""For no longer a system is left alone, whatever it asks for."""
_UNCHANGED: Final = 304
_TOO_MANY: Final = 429
_REFUSALS: Final = frozenset({401, 403})


class PollError(Exception):
    """What went wrong in asking, in words for the source's page.

    `status` is the answer's, 0 for none, 413 for one that is too long for us.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        """Say what went wrong."""
        super().__init__(reason)
        self.status = status


class Answer(NamedTuple):
    """What was answered: the JSON, the headers, and when, by the system's own clock. Unchanged: no JSON."""

    value: Payload
    headers: Mapping[str, str]
    at: datetime
    unchanged: bool = False


class Ask:
    """Asks one system within the bounds of one round."""

    def __init__(
        self,
        address: str,
        token: str,
        allowed: tuple[str, ...],
        now: datetime,
        known: Callable[[Sequence[str]], frozenset[str]],
    ) -> None:
        """Ask below `address`, with a token or `user:password`; `known` tells which deliveries are kept already."""
        self.now, self.known = now, known
        self.held_until: datetime | None = None
        self._address, self._egress = address, Egress(allowed=allowed, seconds=_SECONDS, most=MOST_BYTES)
        self._headers = {"Accept": "application/json", "User-Agent": "hardwon", **_authorization(token)}
        self._left, self._until = MOST_REQUESTS, monotonic() + MOST_SECONDS

    def has_room(self) -> bool:
        """Tell whether the round may ask once more."""
        return self._left > 0 and monotonic() < self._until and self.held_until is None

    def get(
        self, path: str, query: Mapping[str, str], *, etag: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask for what lies at a path below the address; with `etag` only where it changed since.

        Raises PollError.
        """
        if not self.has_room():
            raise PollError("there is more than one round may ask for")
        self._left -= 1
        told = {**self._headers, **(headers or {}), **({"If-None-Match": etag} if etag else {})}
        spelled = {name: value for name, value in query.items() if value}
        url = f"{self._address}{path}{'?' if spelled else ''}{urlencode(spelled)}"
        try:
            reply = send("GET", url, self._egress, headers=told)
        except (RefusedError, OSError, http.client.HTTPException, ValueError) as error:
            status = http.client.REQUEST_ENTITY_TOO_LARGE if isinstance(error, TooLongError) else 0
            raise PollError(_reason(error), status) from error
        self._hold(reply)
        at = _moment(reply.headers.get("date", "")) or self.now
        if etag and reply.status == _UNCHANGED:
            return Answer(Payload(None), reply.headers, at, unchanged=True)
        return Answer(Payload(self._value(reply)), reply.headers, at)

    def _value(self, reply: Reply) -> object:
        if reply.status == _TOO_MANY or (reply.status in _REFUSALS and self.held_until):
            raise PollError("it says that it was asked too often", reply.status)
        if reply.status in _REFUSALS:
            raise PollError(f"it answers {reply.status}: the token does not let us in", reply.status)
        if not http.client.OK <= reply.status < http.client.MULTIPLE_CHOICES:
            said = http.client.responses.get(reply.status, "")
            raise PollError(f"it answers {reply.status} {said}".rstrip(), reply.status)
        try:
            return msgspec.json.decode(reply.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PollError("its answer is no JSON: is the address right?") from error

    def _hold(self, reply: Reply) -> None:
        """Note until when the system wants to be left alone: Retry-After, or a rate that is almost used up."""
        wait = reply.headers.get("retry-after", "").strip()
        until: datetime | None = None
        if wait.isascii() and wait.isdigit():
            until = self.now + timedelta(seconds=min(int(wait[:9]), 10**8))
        elif wait:
            until = _moment(wait)
        elif _is_used_up(reply.headers):
            until = _epoch(reply.headers.get("x-ratelimit-reset", ""))
        if until is not None and until > self.now:
            self.held_until = min(until, self.now + _LONGEST)


def plain_address(address: str, example: str) -> str:
    """Return an address without a slash at its end. Raises InputError for one that is no plain web address."""
    try:
        parts = urlsplit(address)
        plain = (
            parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.username is None
            and parts.port != 0
        )
    except ValueError:
        plain, parts = False, urlsplit("")
    if (
        not plain
        or parts.query
        or parts.fragment
        or not address.isascii()
        or not address.isprintable()
        or " " in address
    ):
        raise InputError(
            "That is no address to ask.", fix=f"Give one like {example}, without a password in it."
        )
    return address.rstrip("/")


def _authorization(token: str) -> dict[str, str]:
    """Return the header for a token, or for `user:password`: no bearer token holds a colon."""
    if not token:
        return {}
    if ":" in token:
        return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}


def _moment(text: str) -> datetime | None:
    """Return the time in a header, aware UTC, None where it cannot be read."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (ValueError, TypeError, OverflowError):
        return None


def _is_used_up(headers: Mapping[str, str]) -> bool:
    """Tell whether no more than the twentieth part of a rate is left; that is for others who use the token."""
    left, limit = (headers.get(f"x-ratelimit-{name}", "").strip()[:9] for name in ("remaining", "limit"))
    if not (left.isascii() and left.isdigit()):
        return False
    return int(left) <= (int(limit) // 20 if limit.isascii() and limit.isdigit() else 0)


def _epoch(text: str) -> datetime | None:
    said = text.strip()
    if not (said.isascii() and said.isdigit() and len(said) < 12):  # noqa: PLR2004
        return None
    return datetime.fromtimestamp(int(said), UTC)


def _reason(error: Exception) -> str:
    if isinstance(error, RefusedError):
        return str(error) if isinstance(error, TooLongError) else f"it must not be asked: {error}"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, socket.gaierror):
        return "its host has no address"
    if isinstance(error, ssl.SSLError):
        return f"its certificate is refused: {getattr(error, 'verify_message', '') or error.reason}"
    if isinstance(error, ValueError):
        return "its address or its token cannot be sent"  # the error would spell the token out
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"it cannot be asked: {said}"[:300]
