"""Signing in at a real OpenID Connect provider, which runs as a process of its own; and one that lies."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from playwright.sync_api import Browser, Page, expect

from hardwon.bootstrap import open_app
from hardwon.domain.catalog import Person
from hardwon.domain.errors import UnauthenticatedError, UnavailableError
from hardwon.exchange.oidc import Provider, Ticket
from hardwon.settings import Settings
from hardwon.usecases import catalog, people
from hardwon.usecases.app import App
from tests.browsing import follow
from tests.fresh import fresh
from tests.serving import serving

ROSA = {"sub": "u-17", "email": "rosa@shop.example", "email_verified": True}
STRANGER = {"sub": "u-18", "email": "eve@elsewhere.example", "email_verified": True}
UNVERIFIED = {"sub": "u-19", "email": "rosa@shop.example", "email_verified": False}
CLIENT = "hardwon"
BACK = "http://localhost/sign-in/answer"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows three people."""
    port = free_port()
    users = [part for user in (ROSA, STRANGER, UNVERIFIED) for part in ("--user-claims", json.dumps(user))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://localhost:{port}"
        for _ in range(200):
            try:
                httpx.get(f"{address}/.well-known/openid-configuration").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield address
        process.kill()


@pytest.fixture
def app(tmp_path: Path, issuer: str) -> Iterator[App]:
    settings = Settings(
        home=fresh(tmp_path),
        meaning=False,
        sign_in="oidc",
        oidc_issuer=issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret="a secret of a test",
    )
    with open_app(settings) as opened:
        owner = people.local_owner(opened)
        catalog.put(opened, owner, Person(id="rosa", name="Rosa", email="Rosa@Shop.example"))
        yield opened


@pytest.fixture
def site(app: App) -> Iterator[str]:
    with serving(app) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def go_there(page: Page, site: str, subject: str) -> None:
    page.goto(f"{site}/people?after=")
    follow(page.get_by_role("link", name="Sign in with your organisation"))
    page.locator("input[name=sub]").fill(subject)
    follow(page.get_by_role("button", name=re.compile("authorize|sign in", re.IGNORECASE)).first)


def test_whom_the_provider_knows_by_a_verified_address_is_let_in(page: Page, app: App, site: str) -> None:
    go_there(page, site, "u-17")
    expect(page).to_have_url(f"{site}/people?after=")
    expect(page.get_by_role("link", name="Rosa").first).to_be_visible()
    names = {cookie["name"] for cookie in page.context.cookies(site)}
    assert names == {"__Host-hardwon"}
    owner = people.local_owner(app)
    stored = catalog.get_entry(app, owner, Person, "rosa")
    moved = Person(id="rosa", name="Rosa", email="new@shop.example", revision=stored.revision)
    catalog.put(app, owner, moved, stored.revision)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site}/sign-in")
    go_there(page, site, "u-17")
    expect(page.get_by_role("link", name="Rosa").first).to_be_visible()


@pytest.mark.parametrize("subject", ["u-18", "u-19"])
def test_a_stranger_and_an_unverified_address_stay_out(page: Page, site: str, subject: str) -> None:
    go_there(page, site, subject)
    expect(page.get_by_role("alert")).to_contain_text("Nobody here has your e-mail address")
    page.goto(f"{site}/incidents")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(site: str) -> None:
    with httpx.Client(base_url=site) as client:
        for query in ("", "?code=x&state=y", f"?code=x&state={Ticket('stolen').state}"):
            answer = client.get(f"/sign-in/answer{query}")
            assert answer.status_code == 401
            assert "begun elsewhere" in answer.text
            assert "__Host-hardwon=" not in answer.headers.get("set-cookie", "").replace("-ticket=", "")


class Liar:
    """A provider whose word can be bent."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k", "use": "sig"})
        self.other = RSAKey.generate_key(2048, {"kid": "k", "use": "sig"})
        self.bend: dict[str, Any] = {}
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.answer(self, liar.discovery() if "well-known" in self.path else liar.keys())

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                liar.answer(
                    self,
                    {"access_token": "a", "token_type": "Bearer", "id_token": liar.token(parse_qs(sent))},
                )

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("localhost", 0), Handler)
        self.issuer = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        handler.send_response(302 if self.bend.get("redirects") else 200)
        handler.send_header("Location", "http://localhost:1/")
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(json.dumps(body).encode())

    def discovery(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
        found = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {"issuer": self.issuer, **found, **self.bend.get("discovery", {})}

    def keys(self) -> dict[str, Any]:
        return KeySet([self.key]).as_dict(private=False)

    def token(self, _sent: dict[str, list[str]]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 60}
        claims |= {"nonce": self.ticket.nonce, "email": "rosa@shop.example", "email_verified": True}
        claims |= self.bend.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "k"} | self.bend.get("header", {})
        key = self.bend.get("key", self.key)
        if header["alg"] == "none":
            return unsigned(claims)
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    ticket: Ticket


def unsigned(claims: dict[str, Any]) -> str:
    import base64

    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()
    made.ticket = Ticket()
    yield made
    made.server.shutdown()
    made.server.server_close()


def claims(liar: Liar) -> object:
    provider = Provider(liar.issuer, CLIENT, "secret", BACK)
    return provider.claims(liar.ticket, "code", liar.ticket.state)


def test_an_honest_word_holds(liar: Liar) -> None:
    found = claims(liar)
    assert (found.issuer, found.subject, found.email) == (liar.issuer, "u-1", "rosa@shop.example")  # type: ignore[attr-defined]
    liar.bend = {"claims": {"email_verified": "true"}}
    assert claims(liar).email == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "bend",
    [
        {"claims": {"iss": "https://accounts.evil.example"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"exp": 1}},
        {"claims": {"exp": None}},
        {"claims": {"sub": None}},
        {"claims": {"sub": 7}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}, "key": OctKey.import_key("a shared secret that is long enough")},
        {"header": {"alg": "RS512"}},
        {"key": "other"},
    ],
    ids=lambda bend: json.dumps(bend, default=lambda _: "key")[:60],
)
def test_a_bent_word_does_not(liar: Liar, bend: dict[str, Any]) -> None:
    liar.bend = {**bend, "key": liar.other} if bend.get("key") == "other" else bend
    with pytest.raises(UnauthenticatedError):
        claims(liar)


@pytest.mark.parametrize(
    "bend",
    [
        {"discovery": {"issuer": "https://accounts.evil.example"}},
        {"discovery": {"issuer": None}},
        {"redirects": True},
    ],
)
def test_a_provider_that_calls_itself_otherwise_or_leads_elsewhere_is_not_asked(
    liar: Liar, bend: dict[str, Any]
) -> None:
    liar.bend = bend
    with pytest.raises(UnavailableError):
        claims(liar)
