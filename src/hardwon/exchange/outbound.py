"""The one way out: requests to addresses that somebody typed never reach machines of our own network.

A host is resolved once, each of its addresses is looked at, and the connection goes to one of those; what the
name resolves to a moment later does not matter, and the connected peer is looked at once more. No redirect is
followed, no proxy of the environment is used, an answer is bounded in time and in bytes.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import msgspec

_DENIED: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
"""Of IANA's registries of special-purpose addresses, all that is no public host; tunnels to IPv4 too."""
_GLOBAL: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS: Final = frozenset({80, 443})
_SCHEMES: Final = {"http": 80, "https": 443}
ANYWHERE: Final = "*"


class Egress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a request may go.

    `allowed` are hosts and networks that may be asked though they are not public, or at another port than 80 and
    443; `*` allows all of them. An answer may take `seconds` in all and hold `most` bytes; 0 reads none of them.
    """

    allowed: tuple[str, ...] = ()
    seconds: float = 5.0
    most: int = 1024 * 1024


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered. Names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class RefusedError(Exception):
    """The address must not be asked, or its answer cannot be taken."""


class TooLongError(RefusedError):
    """Its answer is too long."""


def send(
    method: str,
    url: str,
    egress: Egress,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send one request and return its answer, whatever its status; a redirect is an answer too.

    Raises RefusedError (TooLongError for the answer), TimeoutError, OSError, http.client.HTTPException.
    """
    parts = _parts(url)
    port = parts.port or _SCHEMES[parts.scheme]
    host = parts.hostname or ""
    connection = _Connection(parts.scheme, host, port, vetted(host, port, egress), egress.seconds)
    deadline = threading.Timer(egress.seconds, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        told = {"Accept": "*/*", **(headers or {}), "Accept-Encoding": "identity", "Connection": "close"}
        connection.request(method, _ascii(path), body=body, headers=told)
        response = connection.getresponse()
        found = response.read(egress.most + 1) if egress.most else b""
    except (OSError, http.client.HTTPException) as error:
        raise (TimeoutError() if connection.was_cut else error) from error
    finally:
        deadline.cancel()
        connection.close()
    if connection.was_cut:
        raise TimeoutError
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise RefusedError("its answer is packed, which was not asked for")
    if len(found) > egress.most:
        raise TooLongError(f"its answer is longer than {egress.most:,} bytes")
    names = {name.lower(): value for name, value in response.getheaders()}
    return Reply(status=response.status, headers=names, body=found)


def vetted(host: str, port: int, egress: Egress) -> str:
    """Return an IP address of the host. Raises RefusedError where one of them must not be asked, OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        named = _is_named(host, address, egress)
        if not named and not is_public(address):
            raise RefusedError(f"{host} is at {address}, which is not a public address")
        if not named and port not in _PORTS:
            raise RefusedError(f"port {port} is neither 80 nor 443")
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, however it is wrapped."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None or ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _GLOBAL:
            return False
    return not any(ip in network for network in _DENIED if network.version == ip.version)


def _parts(url: str) -> SplitResult:
    """Return the parts of a plain web address. Raises RefusedError for any other."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in _SCHEMES and parts.hostname and parts.username is None and parts.port != 0
    except ValueError as error:
        raise RefusedError("it is no web address") from error
    if not plain or any(ord(letter) <= ord(" ") for letter in url):
        raise RefusedError(f"it leads to {parts.scheme or 'nothing'}, not to a plain web address")
    return parts


def _is_named(host: str, address: str, egress: Egress) -> bool:
    """Tell whether a host, or the network its address lies in, is allowed by name."""
    if ANYWHERE in egress.allowed or host.lower() in egress.allowed:
        return True
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    for text in egress.allowed:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            continue
        if network.version == ip.version and ip in network:
            return True
    return False


def _ascii(path: str) -> str:
    """Return a path with all that HTTP does not carry written as percent signs and figures."""
    return quote(path, safe="/%?&=:@!$'()*+,;~[]#")


class _Connection(http.client.HTTPConnection):  # noqa: TID251  (the one way out)
    """A connection to one vetted address, whatever the name resolves to a moment later."""

    def __init__(self, scheme: str, host: str, port: int, ip: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.default_port = _SCHEMES[scheme]
        self._secure = scheme == "https"
        self._ip = ip
        self._held: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        """Connect to the vetted address; TLS still asks for the name. Raises RefusedError for another peer."""
        self.sock = self._held = socket.create_connection((self._ip, self.port), self.timeout)
        peer = str(self.sock.getpeername()[0])
        if ipaddress.ip_address(peer.partition("%")[0]) != ipaddress.ip_address(self._ip.partition("%")[0]):
            raise RefusedError(f"the connection went to {peer} instead of {self._ip}")
        if self._secure:
            context = ssl.create_default_context()
            self.sock = self._held = context.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End what takes too long, so that no answer can drip in for ever; `sock` is gone once its end is in sight."""
        self.was_cut = True
        held = self._held
        if held is not None:
            try:
                socket.socket.shutdown(held, socket.SHUT_RDWR)
            except OSError:
                return
