"""The API over a real workspace on SQLite, words only, with a frozen clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.domain.access import Permission
from hardwon.settings import Settings
from hardwon.usecases import people, tokens
from hardwon.usecases.app import App
from tests.fresh import fresh

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOST = "http://127.0.0.1:8321"
Issue = Callable[..., dict[str, str]]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An empty workspace."""
    with open_app(Settings(home=fresh(tmp_path, NOW), meaning=False), clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def asgi(app: App) -> Litestar:
    """The whole application."""
    return create_asgi(app)


@pytest.fixture
def client(asgi: Litestar) -> Iterator[TestClient[Litestar]]:
    """Nobody in particular: asks without a token, from another machine."""
    with TestClient(asgi, base_url=HOST) as made:
        yield made


@pytest.fixture
def issue(app: App) -> Issue:
    """Return the header of a fresh token that holds the named permissions."""

    def make(*permissions: Permission, teams: tuple[str, ...] = ()) -> dict[str, str]:
        owner = people.local_owner(app)
        secret, _ = tokens.issue(app, owner, "test", permissions, teams=teams)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def writer(client: TestClient[Litestar], issue: Issue) -> TestClient[Litestar]:
    """Who may read, ask, write, review, deploy, import and administer."""
    client.headers.update(issue("read", "ask", "write", "review", "deploy", "import", "administer"))
    return client
