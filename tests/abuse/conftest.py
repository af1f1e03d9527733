"""New databases to kill writers of."""

from __future__ import annotations

import uuid

import pytest

from tests.postgres import named, new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    """A function that returns the URL of another new database."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex}.db"
    server = request.getfixturevalue("postgres_url")

    return lambda: named(server, new_database(server))
