"""Nobody gets in by accident: every route, the local owner, foreign pages, old tokens."""

from __future__ import annotations

import pytest
from litestar.routes import HTTPRoute

from hardwon.api.identity import PUBLIC
from hardwon.domain.locality import is_local
from hardwon.usecases import people, tokens

OPEN = {"/api/v1/openapi.json", "/api/docs", "/schemas", "/schemas/{name:str}", "/livez", "/readyz"}
API = ("/api", "/schemas", "/livez", "/readyz", "/metrics")
LOCAL = {"host": "127.0.0.1:8321"}


def guarded(asgi):
    for route in asgi.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith(API):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield route.path, str(method), bool(handler.opt.get(PUBLIC))


def filled(path):
    parts = [part if "{" not in part else ("1" if ":int" in part else "LES-0001") for part in path.split("/")]
    return "/".join(parts)


def test_every_route_refuses_a_stranger(asgi, client):
    routes = list(guarded(asgi))
    assert len(routes) > 50
    for path, method, public in routes:
        assert public == (path in OPEN), path
        answer = client.request(method, filled(path), json={})
        if not public:
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (method, path)


def test_every_route_refuses_who_holds_no_permission(asgi, client, issue):
    nothing = issue()
    bodies = {
        "PUT": {"id": "LES-0001", "name": "x", "title": "x"},
        "PATCH": {"state": "draft", "status": "closed"},
    }
    for path, method, public in guarded(asgi):
        if public:
            continue
        headers = {**nothing, "If-Match": '"1"'}
        answer = client.request(
            method, filled(path) + "?q=x&left=1&right=1", json=bodies.get(method), headers=headers
        )
        assert answer.status_code in {400, 403, 404, 422}, (method, path, answer.text)
        if method == "GET":
            assert answer.status_code in {403, 404}, (path, answer.text)


@pytest.mark.parametrize(
    "header", ["Basic eDp5", "Bearer", "Bearer hw_wrong", "Bearer " + "x" * 9000, "hw_x"]
)
def test_no_token_but_the_right_one(client, header):
    answer = client.get("/api/v1/incidents", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused(client, app):
    owner = people.local_owner(app)
    secret, row = tokens.issue(app, owner, "ci", ["read"])
    header = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/incidents", headers=header).status_code == 200
    tokens.revoke(app, owner, row.id)
    assert client.get("/api/v1/incidents", headers=header).status_code == 401


def test_a_reader_does_not_write(client, issue):
    answer = client.post("/api/v1/notes", json={"title": "x"}, headers=issue("read"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert client.get("/api/v1/audit/verify", headers=issue("read", "write")).status_code == 403


def local(client="127.0.0.1", **headers: str):
    found = {name.replace("_", "-"): value for name, value in {**LOCAL, **headers}.items()}
    return is_local(client, found)


def test_the_owner_at_this_machine_passes():
    assert local()
    assert local(host="localhost:8321")
    assert local("::1", host="[::1]:8321")
    assert local(origin="http://127.0.0.1:8321", sec_fetch_site="same-origin")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {"host": "[::1"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"x_forwarded_for": "10.0.0.1"},
        {"forwarded": "for=10.0.0.1"},
    ],
)
def test_a_foreign_page_or_proxy_does_not_act_as_the_owner(headers):
    assert not local(**headers)


def test_another_machine_is_not_the_owner():
    assert not local("10.0.0.7")
