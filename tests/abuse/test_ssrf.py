"""Requests that are to reach machines of our own network: by address, name, change of mind, redirect, proxy.

Nothing is sent and no connection is opened for any of them. A guard that asks Python whether an address is
private lets many of them pass, which the last test shows.
"""

from __future__ import annotations

import gzip
import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from hardwon.exchange import outbound
from hardwon.exchange.outbound import Egress, RefusedError, is_public, send

INSIDE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254"),  # noqa: S104
    *(
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.0.192",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
    ),
    *("192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *(
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
    ),
    *(
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
    ),
    *("fd00::1", "fe80::1", "fec0::1", "ff02::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
)
OUTSIDE = ("93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e")
PUBLIC = "93.184.215.14"
Opened = list[tuple[str, int]]


def spelled(address: str) -> Iterator[str]:
    """Yield ways to write an address in a URL that a resolver of C's library understands."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        yield f"http://[{address}]/"
        yield f"http://[{ip.exploded}]/"
        return
    number, parts = int(ip), address.split(".")
    yield f"http://{address}/"
    yield f"http://{number}/"
    yield f"http://{number:#x}/"
    yield f"http://0{number:o}/"
    yield f"http://{'.'.join(f'0{int(part):o}' for part in parts)}/"
    yield f"http://{'.'.join(f'{int(part):#x}' for part in parts)}/"
    yield f"https://[::ffff:{address}]/"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The connections that were opened: none is, in truth."""
    found: Opened = []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        found.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outbound.socket, "create_connection", connect)
    return found


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> None:
    """Let names resolve to the first answer, then to the next."""
    left = list(answers)

    def resolve(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
            for ip in answer
        ]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_however_it_is_spelled(opened: Opened, address: str) -> None:
    assert not is_public(address)
    for url in spelled(address):
        with pytest.raises((RefusedError, socket.gaierror)):
            send("GET", url, Egress())
    assert opened == []


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_one(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    for answer in ((address,), (PUBLIC, address), (address, PUBLIC)):
        resolve_to(monkeypatch, answer)
        with pytest.raises(RefusedError, match="not a public address"):
            send("POST", "https://hooks.example/in", Egress(), body=b"{}")
    assert opened == []


def test_a_name_that_changes_its_mind_is_asked_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, (PUBLIC,), ("127.0.0.1",))
    with pytest.raises(ConnectionRefusedError):
        send("GET", "http://rebind.example/", Egress())
    assert opened == [(PUBLIC, 80)]


def test_another_peer_than_was_looked_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _theirs = socket.socketpair()
    pair = socket.create_server(("127.0.0.1", 0))
    led = socket.create_connection(pair.getsockname())
    ours.close()
    resolve_to(monkeypatch, (PUBLIC,))
    monkeypatch.setattr(outbound.socket, "create_connection", lambda *_: led)
    with pytest.raises(RefusedError, match="instead of"):
        send("GET", "http://led.example/", Egress())
    pair.close()
    _theirs.close()


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "http:///nothing", "nothing"),
        *(
            "http://ada:x@example.org/",
            "http://example.org:22/",
            "http://example.org:6379/",
            "http://[",
            "http://a b/",
        ),
        *(
            "http://example.org:0/",
            "http://example.org:99999/",
            "http://example.org/\r\nX: y",
            "//example.org/",
        ),
    ],
)
def test_only_plain_web_addresses_at_usual_ports_are_asked(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    resolve_to(monkeypatch, (PUBLIC,))
    with pytest.raises(RefusedError):
        send("GET", url, Egress())
    assert opened == []


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public_is_asked(opened: Opened, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert is_public(address)
    resolve_to(monkeypatch, (address,))
    with pytest.raises(ConnectionRefusedError):
        send("GET", "https://example.org/", Egress())
    assert opened == [(address, 443)]


@pytest.mark.parametrize(
    ("allowed", "address", "reached"),
    [
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "192.168.1.1", False),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        (("metrics.example",), "10.1.2.3", True),
        (("other.example",), "10.1.2.3", False),
        (("*",), "127.0.0.1", True),
        (("nonsense/99", ""), "127.0.0.1", False),
    ],
)
def test_what_is_allowed_by_name_or_network_is_asked(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, allowed: tuple[str, ...], address: str, *, reached: bool
) -> None:
    resolve_to(monkeypatch, (address,))
    with pytest.raises(ConnectionRefusedError if reached else RefusedError):
        send("GET", "http://metrics.example/", Egress(allowed=allowed))
    assert bool(opened) is reached


class Site(BaseHTTPRequestHandler):
    """Leads elsewhere, or answers at length."""

    def do_GET(self) -> None:
        if self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            return
        if self.path == "/packed":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(gzip.compress(b"x" * 10_000_000))
            return
        if self.path == "/long":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 5_000)
            return
        self.send_response(302)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join(5)


def test_a_redirect_is_an_answer_and_a_proxy_of_the_environment_is_not_used(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    reply = send("GET", site, Egress(allowed=("*",)))
    assert (reply.status, reply.headers["location"]) == (302, "http://169.254.169.254/latest/meta-data")


def test_an_answer_that_is_too_long_is_refused(site: str) -> None:
    assert len(send("GET", f"{site}/long", Egress(allowed=("*",), most=5_000)).body) == 5_000
    with pytest.raises(RefusedError, match="longer"):
        send("GET", f"{site}/long", Egress(allowed=("*",), most=4_999))


def test_an_answer_that_drips_in_without_an_end_is_cut_off(site: str) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        send("GET", f"{site}/drip", Egress(allowed=("*",), seconds=0.5))
    assert time.monotonic() - began < 3


def test_an_answer_that_is_packed_is_refused(site: str) -> None:
    with pytest.raises(RefusedError, match="packed"):
        send("GET", f"{site}/packed", Egress(allowed=("*",)), headers={"Accept-Encoding": "gzip"})


def test_a_guard_that_asks_python_alone_lets_some_of_them_pass() -> None:
    passed = [address for address in INSIDE if not ipaddress.ip_address(address).is_private]
    print(f"{len(passed)} of {len(INSIDE)} pass a guard of `is_private`")  # noqa: T201  (the figure)
    assert len(passed) > 5
