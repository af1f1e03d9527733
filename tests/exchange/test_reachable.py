"""Addresses are asked over a real connection, and nobody is led into our own network."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hardwon.exchange.outbound import is_public
from hardwon.exchange.reachable import Reach, ask, ask_all

PRIVATE = Reach(allow_private=True, seconds=2)


class Site(BaseHTTPRequestHandler):
    """Answers by its path: `/200`, `/404`, `/head`, `/to?ADDRESS`, `/drip`, `/slow`."""

    seen: list[tuple[str, str]]
    lock = threading.Lock()
    inside = 0
    most = 0

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        self.seen.append((self.command, self.path))
        path, _, target = self.path.partition("?")
        if path == "/to":
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()
        elif path == "/drip":
            self.drip()
        elif path == "/slow":
            with self.lock:
                Site.inside += 1
                Site.most = max(Site.most, Site.inside)
            time.sleep(0.05)
            with self.lock:
                Site.inside -= 1
            self.say(200)
        elif path == "/head":
            self.say(405 if self.command == "HEAD" else 200)
        else:
            self.say(int(path[1:4]))

    def say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def drip(self) -> None:
        try:
            for _ in range(200):
                self.wfile.write(b"H")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """A site on this machine; it forgets between tests."""
    Site.seen, Site.inside, Site.most = [], 0, 0
    made = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join(5)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("200", ""),
        ("204", ""),
        ("401", ""),
        ("403", ""),
        ("429", ""),
        ("404", "gone"),
        ("410", "gone"),
        ("500", "failing"),
        ("503", "failing"),
        ("head", ""),
    ],
)
def test_an_answer_is_judged(server: str, path: str, fault: str) -> None:
    answer = ask(f"{server}/{path}", PRIVATE)
    assert answer.fault == fault
    assert bool(answer.fix) == bool(fault)


def test_get_is_tried_only_where_head_may_not_be_served(server: str) -> None:
    ask(f"{server}/200", PRIVATE)
    ask(f"{server}/head", PRIVATE)
    assert Site.seen == [("HEAD", "/200"), ("HEAD", "/head"), ("GET", "/head")]


def test_redirects_are_followed_and_counted(server: str) -> None:
    assert ask(f"{server}/to?/200", PRIVATE).fault == ""
    assert ask(f"{server}/to?/404", PRIVATE).fault == "gone"
    answer = ask(f"{server}/to?/to?/to?/to?/to?/to?/to?/200", PRIVATE)
    assert (answer.fault, "redirects" in answer.reason) == ("refused", True)


def test_a_private_address_is_not_asked(server: str) -> None:
    answer = ask(f"{server}/200", Reach())
    assert answer.fault == "refused"
    assert "127.0.0.1" in answer.reason
    assert "--allow-private" in answer.fix
    assert Site.seen == []


def test_a_redirect_into_a_private_network_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first hop counts as public; where it leads is looked at again."""
    port = int(server.rsplit(":", 1)[1])
    public = {"127.0.0.1"}
    monkeypatch.setattr(
        "hardwon.exchange.outbound.is_public", lambda address: address in public or is_public(address)
    )
    monkeypatch.setattr("hardwon.exchange.outbound._PORTS", {80, port})
    assert ask(f"{server}/200", Reach(seconds=2)).fault == ""
    for target in (
        "http://127.0.0.2/",
        f"http://127.0.0.3:{port}/200",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
    ):
        answer = ask(f"{server}/to?{target}", Reach(seconds=2))
        assert answer.fault == "refused", target
        assert "not a public address" in answer.reason


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.org/", "http://ada:x@127.0.0.1/", "gopher:x"]
)
def test_a_redirect_leads_to_a_plain_web_address_only(server: str, target: str) -> None:
    answer = ask(f"{server}/to?{target}", PRIVATE)
    assert answer.fault == "refused"


def test_an_answer_that_drips_in_is_cut_off(server: str) -> None:
    began = time.monotonic()
    answer = ask(f"{server}/drip", Reach(allow_private=True, seconds=0.5))
    assert (answer.fault, answer.reason) == ("unreachable", "it does not answer in time")
    assert time.monotonic() - began < 3


def test_nobody_listening_is_said() -> None:
    answer = ask("http://127.0.0.1:9/", PRIVATE)
    assert (answer.fault, "refused" in answer.reason.lower()) == ("unreachable", True)


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "nothing"])
def test_a_broken_address_is_a_fault_and_no_crash(url: str) -> None:
    assert ask(url, PRIVATE).fault in {"unreachable", "refused"}


def test_a_host_is_asked_by_two_at_a_time_and_answers_keep_their_order(server: str) -> None:
    urls = [f"{server}/slow?{number}" for number in range(10)] + [f"{server}/404"]
    steps: list[int] = []
    answers = ask_all(urls, PRIVATE, progress=lambda _what, done, _all: steps.append(done))
    assert [answer.url for answer in answers] == urls
    assert [bool(answer.fault) for answer in answers] == [False] * 10 + [True]
    assert Site.most == 2
    assert steps == list(range(1, 12))
