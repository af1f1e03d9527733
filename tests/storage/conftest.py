"""Every storage test runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardwon.storage.engine import open_engine
from hardwon.storage.store import Store
from tests.postgres import named, new_database, run_outside


@pytest.fixture(scope="session")
def template(postgres_url) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = new_database(postgres_url)
    migrate(named(postgres_url, name))
    return name


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("migrated") / "hardwon.db"
    migrate(f"sqlite:///{path}")
    return path


def migrate(url: str) -> None:
    """Bring the schema of a database up to this version."""
    store = Store(open_engine(url))
    store.migrate()
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path) -> Iterator[str]:
    """The URL of an empty database with the schema in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated'), tmp_path)}"
        return
    server = request.getfixturevalue("postgres_url")
    name = new_database(server, request.getfixturevalue("template"))
    yield named(server, name)
    run_outside(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    """A migrated, empty store."""
    opened = Store(open_engine(database_url))
    yield opened
    opened.close()
