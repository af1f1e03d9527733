"""Thirty malformed bodies to every route that writes, pages and API alike: never a 5xx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import incidents, people, samples

HOST = "http://127.0.0.1:8321"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
BIG = 2**63
BODIES: tuple[tuple[str, bytes], ...] = (
    (JSON, b""),
    (JSON, b"null"),
    (JSON, b"[]"),
    (JSON, b"[" * 20_000),
    (JSON, b'{"title":' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    (JSON, b'{"title":"x","severity":' + b"9" * 5_000 + b"}"),
    (JSON, f'{{"title":"x","severity":{BIG},"limit":{-BIG - 1},"minutes":{BIG}}}'.encode()),
    (JSON, b'{"title":"x","severity":1e400,"minutes":-1e400}'),
    (JSON, b'{"title":NaN,"text":Infinity}'),
    (JSON, b'{"title":"\\ud800","text":"\\udfff","name":"\\ud800"}'),
    (JSON, b'{"title":"a\\u0000b","text":"\\u0000","name":"\\u0000"}'),
    (JSON, b'{"title":"x","title":"y","text":1,"text":"z"}'),
    (JSON, b'{"title":"\xff\xfe","text":"\xc3\x28"}'),
    (JSON, b"{" + b",".join(b'"k%d":0' % number for number in range(20_000)) + b"}"),
    (JSON, b'{"title":{"title":{"title":1}},"text":[{}],"name":[[]]}'),
    (JSON, b'\xef\xbb\xbf{"title":"x"}'),
    (JSON, b'{"title":"x"} {"title":"y"}'),
    (JSON, b'{"due_on":"9999-12-31","at":"9999-12-31T23:59:59.999999-12:00","date":"0001-01-01"}'),
    ("text/plain", b'{"title":"x"}'),
    ("application/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    ("application/json; charset=utf-7", b'{"title":"x"}'),
    ("", b'{"title":"x"}'),
    (FORM, b"title=%00&text=%00&expected=1&name=%00"),
    (FORM, b"title=%ff%fe&text=%ED%A0%80&expected=1&name=%c3%28"),
    (FORM, b"expected=" + b"9" * 5_000 + b"&position=-1&title=x"),
    (FORM, f"expected={BIG}&position={BIG}&minutes={BIG}&severity={BIG}&title=x&text=y".encode()),
    (FORM, b"title=x&due_on=9999-12-31&at=9999-12-31T23:59&day=0001-01-01&expected=1e400&severity=NaN"),
    (FORM, b"&".join(b"k%d=v" % number for number in range(3_000))),
    (FORM, b"title=x&title=y&expected=1&expected=2&" + b"%" * 500),
    (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="file"; filename="../../x"\r\n\r\n'),
    (MULTIPART, b"--b\r\n" + b"X: y\r\n" * 500 + b"\r\nz\r\n--b--"),
    ("multipart/form-data", b"no boundary"),
)
IDS = {
    "incident_id": "INC-0001",
    "postmortem_id": "PM-0001",
    "action_id": "ACT-0001",
    "review_id": "REV-0001",
    "observation_id": "OBS-0001",
    "position": "0",
    "number": "1",
}


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    with open_app(Settings(home=tmp_path, meaning=False)) as app:
        samples.load(app, people.local_owner(app))
        asgi = create_asgi(app)

        async def at_this_machine(scope: Any, receive: Any, send: Any) -> None:
            await asgi({**scope, "app": asgi, "client": ("127.0.0.1", 1)}, receive, send)

        with TestClient(at_this_machine, base_url=HOST, raise_server_exceptions=False) as made:
            yield World(asgi, made)


class World(NamedTuple):
    """The application, and a person at its machine."""

    app: Litestar
    client: TestClient[Any]


def routes(app: Litestar) -> list[tuple[str, str]]:
    """Return the method and a concrete address of every route that writes."""
    found = []
    for route in app.routes:
        parts = [
            part if isinstance(part, str) else IDS.get(part.name, f"{part.name.upper()}-0001")
            for part in route.path_components
        ]
        path = "/" + "/".join(parts)
        methods = sorted(getattr(route, "methods", ()))
        found += [(method, path) for method in methods if method in {"POST", "PUT", "PATCH", "DELETE"}]
    return found


def failures(world: World, to: list[tuple[str, str]], answers: Counter[int]) -> list[str]:
    """Send every body to these routes, and return which of them the program did not expect."""
    found = []
    for method, path in to:
        for number, (kind, body) in enumerate(BODIES):
            headers = {"If-Match": '"1"', "Sec-Fetch-Site": "same-origin", "Content-Type": kind}
            answer = world.client.request(method, path, content=body, headers=headers, follow_redirects=False)
            answers[answer.status_code] += 1
            if answer.status_code >= 500:
                found.append(f"{method} {path} body {number}: {answer.status_code}")
    return found


def test_no_body_is_too_much_for_a_route(world: World) -> None:
    answers: Counter[int] = Counter()
    written = routes(world.app)
    assert failures(world, written, answers) == []
    assert len(written) > 100
    print(f"{len(written)} routes, {answers.total()} bodies, answers {dict(sorted(answers.items()))}")  # noqa: T201


def test_a_route_that_breaks_on_a_body_is_caught(world: World, monkeypatch) -> None:
    def declare(_app: object, _actor: object, new: incidents.NewIncident) -> object:
        return {}[new.title]

    monkeypatch.setattr(incidents, "declare", declare)
    assert failures(world, [("POST", "/api/v1/incidents")], Counter())
