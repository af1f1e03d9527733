"""What every test may ask for: a browser that works here, and the accessibility rules to run in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hardwon.storage.engine import open_engine
from hardwon.storage.store import Store
from tests.postgres import named, new_database, running_postgres

ROOT = Path(__file__).parents[1]
PATIENCE = 20_000
"""Milliseconds until what a page is expected to show is missing; what it is told to do may take 30 seconds."""
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the test is skipped, in CI it fails."""
    command = [sys.executable, str(ROOT / "tools/chromium.py"), "--find"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        reason = found.stderr.strip() + " (`make browser` tries)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return found.stdout.strip()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium) -> dict[str, object]:
    """Start that Chromium, without the traffic it makes of its own accord; a slow machine fails no test."""
    expect.set_options(timeout=PATIENCE)
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(QUIET)}


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to `page.evaluate` (which a strict content security policy permits)."""
    return (ROOT / "build/vendor/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL: the URL of its maintenance database."""
    with running_postgres() as url:
        yield url


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
