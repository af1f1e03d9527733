"""What is marked never reaches a reader it is not for: every record, every route, every reading."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from hardwon.domain import projection
from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.record import TYPES, kind_of
from hardwon.domain.text import PREFIXES
from hardwon.usecases import indexing, people
from hardwon.usecases.app import App

NOW = "2026-11-20T09:30:00Z"
PLAIN = {"id", "scope", "source", "source_id", "kind", "sha256", "media_type"}
"""Fields that name things; nobody writes prose into them."""
SHIPPED = {"template": "TPL-0100", "term": "TRM-0100"}
"""Kinds whose first records a workspace begins with."""
VIEWER = Actor(id="vera", name="Vera", roles=("viewer",))


def filled(kind: str) -> Any:
    """A record of a kind whose every text holds a canary of each mark."""
    values = {field.name: text for field in inspect.type_info(TYPES[kind]).fields if (text := value(field))}
    own = f"{PREFIXES[kind]}-0001" if kind in PREFIXES else "acme"
    links = {"incident": "INC-0001", "subject": "INC-0001", "artifact": "PM-0001", "incidents": ["INC-0001"]}
    known = {name: link for name, link in links.items() if name in TYPES[kind].__struct_fields__}
    fixed = {"id": own, "scope": "everyone"} if "scope" in TYPES[kind].__struct_fields__ else {"id": own}
    state = {"state": "published"} if "retire_when" in TYPES[kind].__struct_fields__ else {}
    return msgspec.convert({**values, **known, **fixed, **state}, TYPES[kind])


def value(field: inspect.Field) -> Any:
    return of(field.type, field.name)


def of(info: inspect.Type, name: str) -> Any:  # noqa: PLR0911  (one return a type)
    if isinstance(info, inspect.Metadata):
        return of(info.type, name)
    if isinstance(info, inspect.StrType):
        long = (info.max_length or 9_999) > 200
        if info.pattern and "http" in info.pattern:
            return "https://acme.example/page"
        if name in PLAIN or info.pattern or not long:
            return "acme"
        return f"word [[internal: CANARY-{name}]] and [[restricted: SECRET-{name}]]"
    if isinstance(info, inspect.UnionType):
        return next((of(t, name) for t in info.types if not isinstance(t, inspect.NoneType)), None)
    if isinstance(info, inspect.VarTupleType):
        return [of(info.item_type, name)]
    if isinstance(info, inspect.DictType):
        return {"acme": of(info.value_type, name)}
    if isinstance(info, inspect.StructType):
        return {field.name: text for field in inspect.type_info(info.cls).fields if (text := value(field))}
    simple: dict[type, Any] = {
        inspect.DateTimeType: NOW,
        inspect.DateType: "2026-11-20",
        inspect.IntType: 1,
        inspect.FloatType: 0.5,
        inspect.BoolType: True,
    }
    return info.values[0] if isinstance(info, inspect.LiteralType) else simple[type(info)]


@pytest.fixture
def marked(app: App) -> App:
    """A workspace with one record of each kind, marked everywhere."""
    with app.store.begin(people.local_owner(app), app.now()) as tx:
        for kind in TYPES:
            record = filled(kind)
            if kind in SHIPPED:
                record = msgspec.structs.replace(record, id=SHIPPED[kind])
            assert b"CANARY" in msgspec.json.encode(record) or kind in {"environment", "team"}, kind
            saved = tx.save(
                record, (Event(verb="created", detail="[[internal: CANARY-detail]]", tell=("vera",)),)
            )
            tx.save(saved, (Event(verb="revised"),), 1)
    indexing.catch_up(app)
    return app


def routes(client: Any) -> Iterator[str]:
    """Every address that is read, with the ids of the marked records."""
    described = client.get("/api/v1/openapi.json").json()
    for path, verbs in described["paths"].items():
        if "get" not in verbs or "/audit/verify" in path:
            continue
        kind = next((k for k in TYPES if f"/{k}s/" in path), "incident")
        name = f"{PREFIXES[kind]}-0001" if kind in PREFIXES else "acme"
        name = SHIPPED.get(kind, name)
        address = re.sub(r"\{number\w*\}", "1", re.sub(r"\{(?!number)\w+\}", name, path))
        query = {"compare": "?left=1&right=2", "search": "?q=word", "similar": "?incident=INC-0001"}
        yield address + query.get(path.rsplit("/", 1)[1], "")


def read_all(client: Any, headers: dict[str, str]) -> tuple[dict[str, str], set[str]]:
    """What each route answers, and those that answered with something."""
    said, answered = {}, set()
    for address in routes(client):
        answer = client.get(address, headers=headers)
        body = answer.content
        if body.startswith(b"%PDF"):
            body = b"".join(_unpacked(body))
        said[address] = body.decode("utf-8", "replace")
        if answer.status_code == 200:
            answered.add(address)
    for address in ("search", "similar", "check"):
        asked = {"text": "word canary secret", "q": "word"}
        answer = client.post(f"/api/v1/{address}", json=asked, headers=headers)
        said[f"POST {address}"] = answer.text
    return said, answered


def _unpacked(pdf: bytes) -> Iterator[bytes]:
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            yield stream


def leaks(said: dict[str, str], *marks: str) -> list[str]:
    return [address for address, text in said.items() if any(mark in text for mark in marks)]


@pytest.mark.usefixtures("marked")
def test_no_route_tells_a_viewer_what_is_marked(client, issue):
    said, answered = read_all(client, issue("read", "ask"))
    assert leaks(said, "CANARY", "SECRET") == []
    assert {a.split("?")[0] for a in answered} >= {
        "/api/v1/incidents/INC-0001",
        "/api/v1/incidents/INC-0001/brief",
        "/api/v1/incidents/INC-0001/appendix",
        "/api/v1/incidents/INC-0001/summary",
        "/api/v1/postmortems/PM-0001",
        "/api/v1/postmortems/PM-0001/revisions",
        "/api/v1/lessons/LES-0001/compare",
        "/api/v1/actions",
        "/api/v1/inbox",
    }


@pytest.mark.usefixtures("marked")
def test_who_writes_reads_what_they_wrote_but_readings_are_made_for_others(client, issue):
    said, _ = read_all(client, issue("read", "ask", "write"))
    assert "/api/v1/incidents/INC-0001" in leaks(said, "CANARY")
    assert "/api/v1/incidents/INC-0001/appendix" in leaks(said, "CANARY")
    readings = {a: t for a, t in said.items() if a.endswith(("/brief", "/brief.pdf", "/summary"))}
    assert len(readings) == 3
    assert leaks(readings, "CANARY", "SECRET") == []
    assert leaks({"appendix": said["/api/v1/incidents/INC-0001/appendix"]}, "SECRET") == []
    assert leaks({a: t for a, t in said.items() if "search" in a or "similar" in a}, "CANARY", "SECRET") == []


@pytest.mark.parametrize("kind", list(TYPES))
def test_every_field_of_every_record_is_cleaned(kind):
    seen = msgspec.json.encode(projection.project(filled(kind), VIEWER))
    assert b"CANARY" not in seen
    assert b"SECRET" not in seen
    assert kind_of(filled(kind)) == kind


@pytest.mark.usefixtures("marked")
def test_a_gate_that_skips_a_field_is_caught(client, issue, monkeypatch):
    whole = projection._of_struct

    def careless(record, fields, marks):
        seen = whole(record, fields, marks)
        return msgspec.structs.replace(seen, text=record.text) if hasattr(record, "text") else seen

    monkeypatch.setattr(projection, "_of_struct", careless)
    said, _ = read_all(client, issue("read", "ask"))
    assert leaks(said, "CANARY") != []
