"""Asking web addresses whether they still answer, without being led to machines of our own network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import msgspec

Progress = Callable[[str, int, int | None], None]
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
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


class _RefusedError(Exception):
    """The address, or one it leads to, must not be asked."""


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
    except _RefusedError as error:
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
    """Return the status at the end of the redirects. Raises _RefusedError, OSError, HTTPException."""
    for _ in range(_MAX_HOPS + 1):
        status, target = _request(urlsplit(url), method, reach)
        if status not in _MOVED or not target:
            return status
        url = urljoin(url, target)
    raise _RefusedError(f"it redirects more than {_MAX_HOPS} times")


def _request(parts: SplitResult, method: str, reach: Reach) -> tuple[int, str]:
    """Send one request to a vetted address of the host, and return its status and where it leads."""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise _RefusedError(f"it leads to {parts.scheme or 'nothing'}, not to a plain web address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    ip = _vetted(parts.hostname, port, reach)
    connection = _Connection(parts.scheme, parts.hostname, port, ip, reach.seconds)
    deadline = threading.Timer(reach.seconds, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": _AGENT, "Accept": "*/*", "Connection": "close"}
        connection.request(method, _ascii(path), headers=headers)
        response = connection.getresponse()
        return response.status, response.getheader("Location") or ""
    except (OSError, http.client.HTTPException) as error:
        raise (TimeoutError() if connection.was_cut else error) from error
    finally:
        deadline.cancel()
        connection.close()


def _ascii(path: str) -> str:
    """Return a path with all that HTTP does not carry written as percent signs and figures."""
    return quote(path, safe="/%?&=:@!$'()*+,;~[]#")


def _vetted(host: str, port: int, reach: Reach) -> str:
    """Return an IP address of the host. Raises _RefusedError where one of them is not public."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses if not reach.allow_private else ():
        if not is_public(address):
            raise _RefusedError(f"{host} is at {address}, which is not a public address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, however it is wrapped."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _Connection(http.client.HTTPConnection):
    """A connection to one vetted address, whatever the name resolves to a moment later."""

    def __init__(self, scheme: str, host: str, port: int, ip: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.default_port = 443 if scheme == "https" else 80
        self._secure = scheme == "https"
        self._ip = ip
        self.was_cut = False

    def connect(self) -> None:
        """Connect to the vetted address; TLS still asks for the name."""
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End what takes too long, so that no answer can drip in for ever."""
        self.was_cut = True
        held: socket.socket | None = self.sock
        if held is not None:
            try:
                socket.socket.shutdown(held, socket.SHUT_RDWR)
            except OSError:
                return
