"""Every storage test runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from hardwon.storage.engine import open_engine
from hardwon.storage.store import Store
from tests.postgres import named


def run_outside(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    engine = open_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def template(postgres_url) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    run_outside(postgres_url, f"CREATE DATABASE {name}")
    store = Store(open_engine(named(postgres_url, name)))
    store.migrate()
    store.close()
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path) -> Iterator[str]:
    """The URL of an empty database with the schema in it (on SQLite: no file yet)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hardwon.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"test_{uuid.uuid4().hex[:12]}"
    run_outside(server, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('template')}")
    yield named(server, name)
    run_outside(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    """A migrated, empty store."""
    opened = Store(open_engine(database_url))
    opened.migrate()
    yield opened
    opened.close()
