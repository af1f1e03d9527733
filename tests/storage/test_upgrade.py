"""A workspace that an older Hardwon wrote is brought up to this one: nothing is lost, and work goes on."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from alembic import command
from litestar.testing import TestClient
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.domain.errors import UnavailableError
from hardwon.domain.record import decode
from hardwon.settings import Settings
from hardwon.storage import aside, migration
from hardwon.storage.engine import open_engine
from hardwon.storage.migration import HEAD, current_version
from hardwon.storage.rows import TABLES
from tests.postgres import named, run_outside
from tests.serving import serving

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)
DAY = "2026-11-19T09:30:00Z"
SECRET = "hw_of-an-older-version"
ENTRY = (
    b'{"actor":"ad\xc3\xa4","at_ms":1795253400000,"body_sha256":"","detail":"\\"ci\\"","kind":"token",'
    b'"record":"token-1","revision":0,"verb":"granted"}'
)
"""What the trail held, byte for byte."""
WRITTEN = {"written_at": DAY, "updated_at": DAY}
OLD: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("team", "teams", {"id": "search", "name": "Search"}, {"name": "Search"}),
    ("person", "people", {"id": "ada", "name": "Ada", "roles": ["admin"]}, {"name": "Ada"}),
    ("service", "services", {"id": "search", "name": "Search", "team": "search"}, {"name": "Search"}),
    (
        "deployment",
        "deployments",
        {"id": "DEP-0001", "title": "Ship search", "finished_at": DAY},
        {"title": "Ship search", "version": "", "outcome": "unknown", "at": MS},
    ),
    (
        "incident",
        "incidents",
        {
            "id": "INC-0001",
            "title": "Search was slow",
            "severity": 2,
            "services": ["search"],
            "times": {"started_at": DAY},
            "timeline": [{"text": "The pager went", "at": DAY, "kind": "detection"}],
            "factors": [{"text": "No signal", "standing": "confirmed"}],
            "deployments": [{"deployment": "DEP-0001", "relation": "caused"}],
        },
        {"title": "Search was slow", "severity": 2, "status": "open", "at": MS},
    ),
    (
        "postmortem",
        "artifacts",
        {
            "id": "PM-0001",
            "title": "Why search was slow",
            "incident": "INC-0001",
            "state": "published",
            "sections": [{"name": "summary", "text": "The index was a day old."}],
            **WRITTEN,
        },
        {"kind": "postmortem", "title": "Why search was slow", "state": "published"},
    ),
    (
        "lesson",
        "artifacts",
        {
            "id": "LES-0001",
            "title": "Watch the age",
            "claim": "Alert on it.",
            "state": "published",
            **WRITTEN,
        },
        {"kind": "lesson", "title": "Watch the age", "state": "published"},
    ),
    (
        "runbook",
        "artifacts",
        {"id": "RB-0001", "title": "Rebuild", "steps": [{"text": "Stop it"}], **WRITTEN},
        {"kind": "runbook", "title": "Rebuild", "state": "draft"},
    ),
    (
        "action",
        "actions",
        {
            "id": "ACT-0001",
            "title": "Add the alert",
            "incident": "INC-0001",
            "due_on": "2026-11-01",
            **WRITTEN,
        },
        {
            "title": "Add the alert",
            "kind": "prevent",
            "side": "technical",
            "state": "open",
            "due_on": "2026-11-01",
            "incident": "INC-0001",
            "unfinished": 1,
            "updated_at": MS,
        },
    ),
)
"""Each record's kind, table, body and columns, as the first version wrote them."""


KEPT = {
    "links": "source IN ('PM-0001', 'INC-0001')",
    "labels": "record = 'INC-0001'",
    "notices": "reader = 'ada' AND read_at_ms IS NULL",
    "tokens": "revoked_at_ms IS NULL",
}
"""How what is no record is still known."""
FOLDERS = {
    "DEP": "deployments",
    "INC": "incidents",
    "PM": "postmortems",
    "LES": "lessons",
    "RB": "runbooks",
    "ACT": "actions",
}


def put(connection: Connection, table: str, **row: Any) -> None:
    """Insert a row in plain SQL."""
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608


def write_as_the_first_version(connection: Connection) -> None:
    """Write each record with its revision, its links and labels, a token and an unread notice."""
    for kind, table, record, columns in OLD:
        body = json.dumps({**record, "revision": 1, "schema_version": 1}).encode()
        row = {"id": record["id"], "revision": 1, "scope": "everyone", "body": body, **columns}
        if table == "artifacts":
            row |= {"excerpt": "", "updated_at": MS}
        put(connection, table, **row)
        revision = {"record": record["id"], "number": 1, "at_ms": MS, "by": "ada", "verb": "created"}
        put(connection, "revisions", kind=kind, detail="", body=body, **revision)
    put(connection, "audit", entry=ENTRY, leaf=hashlib.sha256(b"\x00" + ENTRY).digest())
    for kind in ("deployment", "incident", "postmortem", "lesson", "runbook", "action"):
        put(connection, "counters", name=f"id:{kind}", last=1)
    put(connection, "links", source="PM-0001", relation="incident", target="INC-0001")
    put(connection, "links", source="INC-0001", relation="caused", target="DEP-0001")
    put(connection, "labels", record="INC-0001", axis="service", value="search")
    put(connection, "notices", reader="ada", record="ACT-0001", text="It is overdue", at_ms=MS)
    put(
        connection,
        "tokens",
        id="token-1",
        name="ci",
        sha256=hashlib.sha256(SECRET.encode()).hexdigest(),
        permissions="read ask write",
        teams="",
        created_at_ms=MS,
        expires_at_ms=MS + 86_400_000,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def old(request, tmp_path) -> Iterator[Settings]:
    """A workspace at the first version of the schema, with a record of each kind it knew."""
    url = f"sqlite:///{tmp_path / 'hardwon.db'}"
    settings = Settings(home=tmp_path, meaning=False)
    name = ""
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgres_url"), f"old_{uuid.uuid4().hex[:12]}"
        run_outside(server, f"CREATE DATABASE {name}")
        url = named(server, name)
        settings = Settings(home=tmp_path, meaning=False, database_url=url)
    assert settings.database == url
    engine = open_engine(url)
    config = migration._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        write_as_the_first_version(connection)
    assert current_version(engine) == "0001"
    engine.dispose()
    yield settings
    if name:
        run_outside(server, f"DROP DATABASE {name} WITH (FORCE)")


def test_every_record_and_revision_stays_as_it_was(old: Settings) -> None:
    with open_app(old, clock=lambda: NOW) as app, app.store.engine.connect() as connection:
        assert current_version(app.store.engine) == HEAD
        for kind, _table, record, _columns in OLD:
            table = TABLES[kind]  # type: ignore[index]
            body = connection.scalar(
                table.select().with_only_columns(table.c.body).where(table.c.id == record["id"])
            )
            query = text("SELECT body FROM revisions WHERE kind = :kind AND record = :record")
            first = connection.scalar(query, {"kind": kind, "record": record["id"]})
            assert (
                bytes(first)
                == bytes(body)
                == json.dumps({**record, "revision": 1, "schema_version": 1}).encode()
            )
            read = decode(kind, bytes(body))  # type: ignore[arg-type]
            assert (read.id, read.revision) == (record["id"], 1)
        for table, count in (("links", 2), ("labels", 1), ("notices", 1), ("tokens", 1)):
            query = text(f"SELECT count(*) FROM {table} WHERE {KEPT[table]}")  # noqa: S608
            assert connection.scalar(query) == count


def test_the_trail_stays_byte_for_byte_and_can_be_filtered(old: Settings) -> None:
    with open_app(old, clock=lambda: NOW) as app, app.store.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM audit ORDER BY id LIMIT 1")).mappings().one()
        assert bytes(row["entry"]) == ENTRY
        told = {name: row[name] for name in ("at_ms", "actor", "verb", "kind", "record", "revision")}
        assert told == {name: json.loads(ENTRY)[name] for name in told}
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("UPDATE audit SET actor = 'nobody'"))


def test_what_was_there_is_copied_before_and_an_older_hardwon_could_read_it(old: Settings) -> None:
    with open_app(old, clock=lambda: NOW):
        pass
    with open_app(old, clock=lambda: NOW):
        pass
    (copy,) = (old.home / "before-upgrade").iterdir()
    assert (copy.name, copy.stat().st_mode & 0o777) == ("schema-0001-20261120T093000Z.db", 0o600)
    engine = open_engine(f"sqlite:///{copy}")
    try:
        assert current_version(engine) == "0001"
        with engine.connect() as connection:
            for _kind, table, record, _columns in OLD:
                query = text(f"SELECT body FROM {table} WHERE id = :id")  # noqa: S608
                body = json.loads(connection.scalar(query, {"id": record["id"]}))
                assert body == {**record, "revision": 1, "schema_version": 1}
            assert bytes(connection.scalar(text("SELECT entry FROM audit"))) == ENTRY
    finally:
        engine.dispose()


def test_an_upgrade_waits_while_there_is_no_room_for_the_copy(
    old: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "_SPARE", 10**18)
    with pytest.raises(UnavailableError, match="no room") as refused, open_app(old, clock=lambda: NOW):
        pass
    assert "upgrade_copy" in refused.value.fix
    engine = open_engine(old.database)
    assert current_version(engine) == "0001"
    engine.dispose()
    with open_app(msgspec.structs.replace(old, upgrade_copy=False), clock=lambda: NOW) as app:
        assert current_version(app.store.engine) == HEAD


def test_work_goes_on_where_it_was_left(old: Settings) -> None:
    with (
        open_app(old, clock=lambda: NOW) as app,
        TestClient(create_asgi(app), base_url="http://127.0.0.1") as client,
    ):
        client.headers["Authorization"] = f"Bearer {SECRET}"
        read = client.get("/api/v1/incidents/INC-0001").json()
        assert (read["incident"]["title"], read["postmortem"]["id"]) == ("Search was slow", "PM-0001")
        assert read["actions"][0]["overdue_days"] == 19
        made = client.post("/api/v1/incidents", json={"title": "Mail is late"})
        assert made.json()["id"] == "INC-0002"
        section = {"text": "The index was two days old.", "base": ""}
        path = "/api/v1/postmortems/PM-0001/sections/impact"
        assert client.put(path, json=section).json()["revision"] == 2
        review = client.post("/api/v1/reviews", json={"subject": "INC-0001"})
        assert review.status_code == 201, review.text
        history = client.get("/api/v1/postmortems/PM-0001/revisions").json()
        assert len(history["rows"]) == 2


def test_the_pages_open(old: Settings) -> None:
    if old.database_url:
        pytest.skip("the pages open on the machine of an embedded workspace only")
    with open_app(old, clock=lambda: NOW) as app, serving(app) as site, httpx.Client(base_url=site) as client:
        for _kind, _table, record, _columns in OLD[3:]:
            folder = FOLDERS[record["id"].split("-")[0]]
            page = client.get(f"/{folder}/{record['id']}")
            assert (page.status_code, record["title"] in page.text) == (200, True), record["id"]
        for path in (
            "/",
            "/incidents/INC-0001/brief",
            "/postmortems/PM-0001/edit",
            "/services/search",
            "/templates",
        ):
            assert client.get(path).status_code == 200, path
