"""Asking web addresses whether they still answer, without being led to machines of our own network."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from hardwon.exchange.outbound import ANYWHERE, Egress, RefusedError, send

Progress = Callable[[str, int, int | None], None]
_LANES: Final = 2
"""Requests to one host at a time."""
_WORKERS: Final = 8
_MAX_HOPS: Final = 5
_AGENT: Final = "hardwon-links"
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_SIGN_IN: Final = frozenset({401, 402, 403, 407, 429})
_GONE: Final = frozenset({404, 410})
_TRY_GET: Final = frozenset({400, 403, 404, 405, 406, 410, 500, 501, 503})
"""Answers to HEAD that a server may mean for the method alone."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far to go: whether to private addresses, and how many seconds one answer may take."""

    allow_private: bool = False
    seconds: float = 5.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an address answered. `fault` is empty where it does, or only asks for a sign-in."""

    url: str
    fault: str = ""
    reason: str = ""
    fix: str = ""


def ask_all(urls: Sequence[str], reach: Reach, *, progress: Progress) -> list[Answer]:
    """Ask every address, two of one host at a time, and return the answers in the same order."""
    lanes: dict[str, list[list[int]]] = {}
    for position, url in enumerate(urls):
        host = lanes.setdefault(_host(url), [[] for _ in range(_LANES)])
        min(host, key=len).append(position)
    answers: dict[int, Answer] = {}
    counting = threading.Lock()

    def run(lane: list[int]) -> None:
        for position in lane:
            answer = ask(urls[position], reach)
            with counting:
                answers[position] = answer
                progress("addresses", len(answers), len(urls))

    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="links") as pool:
        list(pool.map(run, (lane for host in lanes.values() for lane in host if lane)))
    return [answers[position] for position in range(len(urls))]


def ask(url: str, reach: Reach) -> Answer:
    """Ask one address by HEAD, then by GET where HEAD is not served; follow redirects, each looked at."""
    try:
        status = _follow(url, "HEAD", reach)
        if status in _TRY_GET:
            status = _follow(url, "GET", reach)
    except RefusedError as error:
        fix = "Open it yourself, or add --allow-private where you trust what your records name."
        return Answer(url=url, fault="refused", reason=str(error), fix=fix)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = _reason(error)
        return Answer(url=url, fault="unreachable", reason=reason, fix="Correct it, or try again later.")
    return _answer(url, status)


def _answer(url: str, status: int) -> Answer:
    if status < HTTPStatus.BAD_REQUEST or status in _SIGN_IN:
        return Answer(url=url)
    said = f"it answers {status} {http.client.responses.get(status, '')}".rstrip()
    if status in _GONE:
        return Answer(url=url, fault="gone", reason=said, fix="Link where it moved to, or take it off.")
    return Answer(url=url, fault="failing", reason=said, fix="Try again later; correct it if it stays so.")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, socket.gaierror):
        return "its host has no address"
    if isinstance(error, ssl.SSLError):
        return f"its certificate is refused: {getattr(error, 'verify_message', '') or error.reason}"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"it cannot be asked: {said}"[:300]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _follow(url: str, method: str, reach: Reach) -> int:
    """Return the status at the end of the redirects. Raises RefusedError, OSError, HTTPException."""
    allowed = (ANYWHERE,) if reach.allow_private else ()
    egress = Egress(allowed=allowed, seconds=reach.seconds, most=0)
    for _ in range(_MAX_HOPS + 1):
        reply = send(method, url, egress, headers={"User-Agent": _AGENT})
        target = reply.headers.get("location")
        if reply.status not in _MOVED or not target:
            return reply.status
        url = urljoin(url, target)
    raise RefusedError(f"it redirects more than {_MAX_HOPS} times")
