"""Every storage test runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from hardwon.storage.engine import open_engine
from hardwon.storage.store import Store
from tests.postgres import named, new_database, run_outside


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
