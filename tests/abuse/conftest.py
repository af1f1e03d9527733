"""New databases to kill writers of."""

from __future__ import annotations

import shutil
import uuid

import pytest

from tests.postgres import named, new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    """A function that returns the URL of another new database with the schema in it."""
    if request.param == "sqlite":
        migrated = request.getfixturevalue("migrated")
        return lambda: f"sqlite:///{shutil.copy(migrated, tmp_path / f'{uuid.uuid4().hex}.db')}"
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("template")

    return lambda: named(server, new_database(server, template))
