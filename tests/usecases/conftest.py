"""A real workspace on SQLite with a frozen clock, words only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.settings import Settings
from hardwon.usecases.app import App
from tests.fresh import fresh, fresh_database
from tests.postgres import named, new_database

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ADMIN = Actor(id="ada", name="Ada", roles=("admin",))
VIEWER = Actor(id="vera", name="Vera", roles=("viewer",))
RESPONDER = Actor(id="remi", name="Remi", roles=("responder",), teams=("search",))
OUTSIDER = Actor(id="olu", name="Olu", roles=("responder",), teams=("risk",))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An empty workspace."""
    settings = Settings(home=fresh(tmp_path, NOW), meaning=False)
    with open_app(settings, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def postgres_database(postgres_url: str) -> Callable[[], str]:
    """A function that returns the URL of another new PostgreSQL database."""
    return lambda: named(postgres_url, new_database(postgres_url))


@pytest.fixture
def postgres_workspace(postgres_url: str) -> Callable[[], str]:
    """A function that returns the URL of another PostgreSQL database with an empty workspace."""
    return lambda: fresh_database(postgres_url, NOW)
