"""New workspaces, copied from one that was made once a process: only tests of migrations pay for migrating."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from hardwon.bootstrap import open_app, utc_now
from hardwon.settings import Settings
from tests.postgres import named, new_database


def fresh(home: Path, at: datetime | None = None) -> Path:
    """Make a folder a workspace that was new `at` a moment (now, if none is named), and return the folder."""
    return shutil.copytree(_home(at), home, dirs_exist_ok=True)


def fresh_database(server: str, at: datetime | None = None) -> str:
    """Return the URL of another database with a workspace that was new `at` a moment."""
    return named(server, new_database(server, _database(server, at)))


@cache
def _home(at: datetime | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hardwon-fresh-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _make(folder / "home", at)
    return folder / "home"


@cache
def _database(server: str, at: datetime | None) -> str:
    name = new_database(server)
    with tempfile.TemporaryDirectory(prefix="hardwon-fresh-") as home:
        _make(Path(home), at, named(server, name))
    return name


def _make(home: Path, at: datetime | None, database_url: str = "") -> None:
    settings = Settings(home=home, meaning=False, database_url=database_url)
    with open_app(settings, clock=(lambda: at) if at else utc_now):
        pass
