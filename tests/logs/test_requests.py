"""One id and one line a request; no secret, no name and no text of a record in any of them."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.testing import TestClient

from hardwon.api.problem import HANDLERS as API_HANDLERS
from hardwon.asgi import _routed, create_asgi
from hardwon.bootstrap import open_app
from hardwon.logs.setup import set_up
from hardwon.settings import Settings
from hardwon.usecases import incidents, people, sign_in, tokens
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.web.problem import HANDLERS as PAGE_HANDLERS
from tests.fresh import fresh

CANARY = "canary-7d1f-kept-to-itself"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOST = "http://127.0.0.1:8321"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=fresh(tmp_path, NOW), meaning=False), clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as JSON, from `debug` on."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    set_up("debug", "json", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    for name in ("hardwon", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """Every line: each is a JSON object."""
    return [msgspec.json.decode(line, type=dict) for line in log.getvalue().splitlines()]


def broken(thing: FromPath[str]) -> None:
    secret = CANARY
    raise ValueError(secret + thing)


@pytest.fixture
def client(app: App, log: io.StringIO) -> Iterator[TestClient[Litestar]]:
    _routed.cache_clear()  # the routes of this test are nobody else's
    asgi = create_asgi(app)
    asgi.register(get("/pages/{thing:str}", exception_handlers=PAGE_HANDLERS, sync_to_thread=True)(broken))
    asgi.register(
        get("/api/broken/{thing:str}", exception_handlers=API_HANDLERS, sync_to_thread=True)(broken)
    )
    with TestClient(asgi, base_url=HOST, raise_server_exceptions=False) as made:
        log.truncate(0)
        yield made
    _routed.cache_clear()


def test_one_line_a_request(client: TestClient[Litestar], log: io.StringIO, app: App) -> None:
    secret, _ = tokens.issue(app, people.local_owner(app), "t", ("read", "write"))
    bearer = {"Authorization": f"Bearer {secret}"}
    made = client.post("/api/v1/incidents", json={"title": CANARY}, headers=bearer)
    assert made.status_code == 201, made.text
    client.get(f"/api/v1/incidents/{made.json()['id']}?q={CANARY}", headers=bearer)
    client.get(f"/nowhere/{CANARY}")
    said = [line for line in lines(log) if line["logger"] == "hardwon.access"]
    assert [(line["method"], line["route"], line["status"]) for line in said] == [
        ("POST", "/api/v1/incidents", 201),
        ("GET", "/api/v1/incidents/{incident_id}", 200),
        ("GET", "-", 404),
    ]
    assert ["actor" in line for line in said] == [True, False, False]
    assert all(line["ms"] >= 0 and len(line["request_id"]) == 16 for line in said)
    assert CANARY not in log.getvalue()
    assert secret not in log.getvalue()


@pytest.mark.parametrize("path", ["/pages/x", "/api/broken/x"])
def test_a_fault_shows_its_request(client: TestClient[Litestar], log: io.StringIO, path: str) -> None:
    parent = f"00-{'a1' * 16}-{'b2' * 8}-01"
    answer = client.get(path, headers={"X-Request-ID": "from-the.proxy_1", "traceparent": parent})
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "from-the.proxy_1"
    assert "from-the.proxy_1" in answer.text
    error, access = lines(log)
    for line in (error, access):
        assert (line["request_id"], line["trace_id"]) == ("from-the.proxy_1", "a1" * 16)
    assert "in broken" in error["exception"]
    assert error["exception"].endswith("builtins.ValueError")
    assert CANARY not in log.getvalue() + answer.text


@pytest.mark.parametrize("offered", ["", "x" * 65, "two words", 'a"b', "é", "a\tb", '{"a":1}'])
def test_a_strange_id_is_replaced(client: TestClient[Litestar], log: io.StringIO, offered: str) -> None:
    headers = {"X-Request-ID": offered.encode("latin-1"), "traceparent": "00-" + "0" * 32 + "-x-01"}
    answer = client.get("/livez", headers=headers)
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    assert lines(log)[0]["request_id"] == answer.headers["x-request-id"]
    assert "trace_id" not in lines(log)[0]


def test_an_unnamed_question_leaves_no_line(client: TestClient[Litestar], log: io.StringIO) -> None:
    client.post("/api/v1/threads", json={"text": "Who?", "anonymous": True})
    client.post("/notes/NOTE-0001/threads", data={"text": "Who?", "anonymous": "1"})
    assert log.getvalue() == ""


def test_no_secret_is_logged(client: TestClient[Litestar], log: io.StringIO, app: App) -> None:
    """Every GET and POST of the application, with secrets wherever a secret can stand."""
    owner = people.local_owner(app)
    declared = incidents.declare(app, owner, NewIncident(title=CANARY, scope="restricted"))
    secret, _ = tokens.issue(app, owner, "t", ("read", "ask", "write", "review", "administer"))
    link = sign_in.invite(app, owner, owner.id)
    canaries = (CANARY, secret, link, declared.id)
    for route in client.app.routes:
        path = re.sub(r"\{[^}]+\}", link, route.path)
        for method in ("GET", "POST", "PATCH", "PUT"):
            for headers in ({}, {"Authorization": f"Bearer {secret}"}, {"Authorization": f"Basic {CANARY}"}):
                client.request(
                    method,
                    f"{path}?q={CANARY}&incident={declared.id}",
                    json={"text": CANARY, "title": CANARY, "password": CANARY},
                    headers={**headers, "Cookie": f"__Host-hardwon={link}", "Sec-Fetch-Site": "none"},
                    follow_redirects=False,
                )
    found = lines(log)
    assert len(found) > 300
    assert [name for name in canaries if name in log.getvalue()] == []


def test_no_line_can_be_forged(log: io.StringIO) -> None:
    forged = 'x\n{"level":"error"}\r\x1b[31m\u2028'
    logging.getLogger("hardwon.web").warning("heard %s", forged)
    logging.getLogger("some.library").warning("token hw_abcdefgh1234 at /invitation/%s", CANARY)
    first, second = lines(log)
    assert first["event"] == f"heard {forged}"
    assert second["event"] == "token hw_*** at /invitation/***"
    stream = io.StringIO()
    set_up("info", "text", stream)
    logging.getLogger("hardwon.web").error("heard %s", forged, exc_info=ValueError(forged))
    text = stream.getvalue()
    assert text.splitlines()[0].endswith(r'heard x\n{"level":"error"}\r\x1b[31m\u2028')
    assert all(line.startswith("    ") for line in text.splitlines()[1:])
    assert "\x1b" not in text


@pytest.mark.usefixtures("log")
def test_the_level_is_kept() -> None:
    stream = io.StringIO()
    set_up("warning", "json", stream)
    logging.getLogger("hardwon.web").info("quiet")
    logging.getLogger("httpx").info("quiet")
    structlog.stdlib.get_logger("hardwon.access").info("request")
    logging.getLogger("hardwon.web").warning("heard")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["heard"]


def test_parameters_are_hidden(app: App) -> None:
    assert app.store.engine.hide_parameters
