from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, insert, inspect, select, text, update

from hardwon.domain.actor import system
from hardwon.domain.errors import UnavailableError
from hardwon.domain.incident import Incident
from hardwon.storage import migration
from hardwon.storage.engine import open_engine
from hardwon.storage.feed import read_feed
from hardwon.storage.migration import HEAD, current_version
from hardwon.storage.store import Store
from hardwon.storage.tables import metadata, search_documents, services
from tests.postgres import named, run_outside


def test_the_chain_leads_to_the_tables_the_code_uses(store):
    assert current_version(store.engine) == HEAD
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.migrate()
    assert current_version(store.engine) == HEAD


def test_the_head_is_the_last_of_the_chain_and_no_released_version_reads_the_live_tables():
    scripts = ScriptDirectory.from_config(migration._config())
    assert scripts.get_current_head() == HEAD
    for script in scripts.walk_revisions():
        assert "storage.tables" not in Path(script.path).read_text()


def test_the_chain_makes_the_checks_the_tables_declare(store):
    declared = {
        c.name for t in metadata.tables.values() for c in t.constraints if isinstance(c, CheckConstraint)
    }
    found = {c["name"] for t in metadata.tables for c in inspect(store.engine).get_check_constraints(t)}
    assert found == declared


def test_a_newer_schema_is_refused(store):
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError, match="Upgrade Hardwon"):
        store.migrate()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_several_processes_may_migrate_at_once(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if kind == "postgresql":
        server = request.getfixturevalue("postgres_url")
        name = f"new_{uuid.uuid4().hex[:12]}"
        run_outside(server, f"CREATE DATABASE {name}")
        url = named(server, name)
    errors: list[Exception] = []

    def migrate() -> None:
        store = Store(open_engine(url))
        try:
            store.migrate()
        except Exception as error:  # noqa: BLE001  (any error fails the test)
            errors.append(error)
        store.close()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    engine = open_engine(url)
    assert current_version(engine) == HEAD
    engine.dispose()


def test_services_that_nobody_owns_are_marked_where_they_stood_before(store):
    folder = Path(migration.__file__).parent / "migrations/versions"
    told = {
        "ranker": {"team": "search", "tags": []},
        "stray": {"team": None, "tags": ["new"]},
        "bare": {},
        "aws-s3": {"team": None, "tags": ["public"]},
    }
    statement = next(
        line for line in (folder / "v0010_claims.sql").read_text().split(";\n") if line.startswith("UPDATE")
    )
    words = import_module("hardwon.storage.migrations.versions.v0010_claims")._WORDS
    with store.engine.begin() as connection:
        for name, said in told.items():
            row = {
                "id": name,
                "name": name,
                "revision": 1,
                "scope": "everyone",
                "body": json.dumps(said).encode(),
            }
            connection.execute(insert(services), row)
        connection.execute(text(statement.format_map(words[connection.dialect.name])))
        marked = connection.scalars(
            select(services.c.id).where(services.c.unclaimed == 1).order_by(services.c.id)
        )
        assert list(marked) == ["bare", "stray"]


def test_what_is_indexed_of_incidents_says_their_severity(store):
    with store.begin(system(), datetime(2026, 11, 20, tzinfo=UTC)) as tx:
        for number, severity in ((1, 2), (2, None)):
            tx.save(Incident(id=f"INC-000{number}", title="Down", severity=severity), ())
    with store.read(None) as reading:
        now = {document.id: document for document in read_feed(reading, "", 10).documents}
    table = search_documents.c
    old = msgspec.json.encode({**msgspec.to_builtins(now["INC-0001"]), "severity": ""})
    with store.engine.begin() as connection:
        connection.execute(update(search_documents).where(table.document == "INC-0001").values(body=old))
        statement = import_module("hardwon.storage.migrations.versions.v0011_severity").statement_for(
            connection
        )
        connection.execute(statement)
    with store.read(None) as reading:
        assert {document.id: document for document in read_feed(reading, "", 10).documents} == now
    assert now["INC-0001"].severity == "2"
    assert now["INC-0002"].severity == ""
