"""New databases to kill writers of."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text

from hardwon.storage.engine import open_engine
from tests.postgres import named


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    """A function that returns the URL of another new database."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex}.db"
    server = request.getfixturevalue("postgres_url")

    def create() -> str:
        name = f"kill_{uuid.uuid4().hex[:12]}"
        engine = open_engine(server)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return named(server, name)

    return create
