"""Kill -9 before every statement of every migration: the old schema or the new one, and the next start ends it.

Each upgrade begins at a version that was released, with records in it. `HARDWON_KILLS_MIGRATION` (4)
bounds how many statements of each are tried, spread over all of them; 0 tries every one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from hardwon.storage import migration
from hardwon.storage.engine import open_engine
from hardwon.storage.migration import HEAD, current_version
from hardwon.storage.store import Store
from tests.abuse import shim
from tests.postgres import named, new_database
from tests.storage.test_upgrade import write_as_the_first_version

MOST = int(os.environ.get("HARDWON_KILLS_MIGRATION", "4"))
VERSIONS = sorted(s.revision for s in ScriptDirectory.from_config(migration._config()).walk_revisions())
OLD = ["", *VERSIONS[:-1]] if MOST == 0 else ["", VERSIONS[0]]
"""Where an upgrade begins; empty: at no schema at all. Every version where every statement is tried."""


def upgrade(url: str, version: str) -> None:
    """Take an empty database to a version, with records as the first one wrote them."""
    engine = open_engine(url)
    config = migration._config()
    for target in [known for known in VERSIONS if known <= version]:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, target)
            if target == VERSIONS[0]:
                write_as_the_first_version(connection)
    engine.dispose()


class Migrator:
    """Upgrades of one database, each in a process that may die."""

    def __init__(self, url: str, mode: str = "honest") -> None:
        line = [sys.executable, "-m", "tests.abuse.migrator", url, mode]
        env = {**os.environ, "PYTHONPATH": str(shim.ROOT / "src")}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(line, cwd=shim.ROOT, env=env, stdin=pipe, stdout=pipe, text=True)

    def upgrade(self, point: str) -> tuple[int, int]:
        """Upgrade until that point, and return how it ended and how many statements it ran."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{point}\n")
        self._process.stdin.flush()
        code, count = self._process.stdout.readline().split()
        return int(code), int(count)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def schema_of(engine: Engine) -> dict[str, Any]:
    """Return tables with their columns and indexes, and what is written in them."""
    look = inspect(engine)
    names = sorted(look.get_table_names())
    with engine.connect() as connection:
        rows = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in names}  # noqa: S608
    columns = {name: sorted(column["name"] for column in look.get_columns(name)) for name in names}
    indexes = {name: sorted(str(index["name"]) for index in look.get_indexes(name)) for name in names}
    return {"columns": columns, "indexes": indexes, "rows": rows}


def spread(total: int) -> list[str]:
    """Return the numbers of the statements to die at, and the commit."""
    step = max(1, total // MOST) if MOST else 1
    return [*(str(number) for number in range(0, total, step)), "COMMIT"]


def whole(url: str, before: dict[str, Any]) -> bool:
    """Tell whether the schema is as it was before, or the new one; nothing between."""
    engine = open_engine(url)
    stands, version = schema_of(engine), current_version(engine)
    engine.dispose()
    return stands == before or version == HEAD


@pytest.mark.parametrize("version", OLD)
def test_an_upgrade_killed_at_a_statement_is_whole_and_completed(
    copies: Callable[[str], str], version: str
) -> None:
    first = copies(version)
    engine = open_engine(first)
    before = schema_of(engine)
    engine.dispose()
    migrator = Migrator(first)
    code, total = migrator.upgrade("-1")
    migrator.close()
    assert code == 0
    engine = open_engine(first)
    after = schema_of(engine)
    engine.dispose()
    points, url = spread(total), copies(version)
    migrator = Migrator(url)
    for point in points:
        assert migrator.upgrade(point)[0] == -9, point
        assert whole(url, before), f"half a schema after statement {point}"
    migrator.close()
    store = Store(open_engine(url))
    store.migrate()
    assert schema_of(store.engine) == after
    assert current_version(store.engine) == HEAD
    store.close()
    print(f"{version or 'nothing'} to {HEAD}: {len(points)} kills in {total} statements")  # noqa: T201


def test_an_upgrade_that_commits_in_between_is_caught(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    upgrade(url, VERSIONS[0])
    engine = open_engine(url)
    before = schema_of(engine)
    engine.dispose()
    migrator = Migrator(url, "mutant")
    assert migrator.upgrade("9")[0] == -9
    migrator.close()
    assert not whole(url, before), "half a schema went unnoticed"


def test_an_older_program_refuses_a_newer_schema(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {**os.environ, "HARDWON_MEANING": "false", "PYTHONPATH": str(shim.ROOT / "src")}
    assert shim.run(home, "init", env=env).returncode == 0
    engine = open_engine(f"sqlite:///{home / 'hardwon.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = (home / "hardwon.db").read_bytes()
    for words in (("serve", "--port", "0"), ("search", "mail")):
        done = shim.run(home, *words, env=env)
        assert done.returncode != 0, words
        assert "9999" in done.stdout + done.stderr, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert (home / "hardwon.db").read_bytes() == before


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def copies(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """A function that returns the URL of a new database at a version."""
    server = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""

    def create(version: str) -> str:
        file = tmp_path / f"{uuid.uuid4().hex}.db"
        url = named(server, new_database(server)) if server else f"sqlite:///{file}"
        upgrade(url, version)
        return url

    return create
